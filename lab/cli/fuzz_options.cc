#include "cli/fuzz_options.h"

#include <fmt/format.h>

#include "base/text.h"

namespace siglab::cli {
namespace {

constexpr uint64_t kDefaultCount = 100;
constexpr uint32_t kMaxShards = 1'000'000;

Result<uint64_t> number_of(std::string_view option, const std::string& text) {
	if (const std::optional<uint64_t> number = parse_number(text)) return *number;
	return Error{Exit::usage, fmt::format("{} is '{}', which is no number", option, text)};
}

Result<FuzzShard> shard_of(const std::string& text) {
	const std::vector<std::string> parts = split(text, '/');
	const std::optional<uint64_t> number = parts.size() == 2 ? parse_number(parts[0]) : std::nullopt;
	const std::optional<uint64_t> of = parts.size() == 2 ? parse_number(parts[1]) : std::nullopt;
	if (number && of && *number >= 1 && *number <= *of && *of <= kMaxShards) {
		return FuzzShard{static_cast<uint32_t>(*number), static_cast<uint32_t>(*of), 0};
	}
	return Error{Exit::usage, fmt::format("--shard is '{}': it is i/N, with i from 1 to N and N at most {}", text, kMaxShards)};
}

Result<Breakage> breakage_of(const std::string& text) {
	std::vector<std::string> known;
	for (size_t i = 0; i < kBreakageCount; ++i) {
		known.emplace_back(breakage_name(static_cast<Breakage>(i)));
		if (known.back() == text) return static_cast<Breakage>(i);
	}
	return Error{Exit::usage, unknown_name("breakage", text, known)};
}

}  // namespace

void FuzzOptions::add_to(CLI::App& app) {
	scenarios.add_to(app);
	app.add_option("--seed", seed, "what the vDSOs are drawn from (default 1)");
	app.add_option("--count", count, fmt::format("vDSOs of each ISA (default {}; with --time alone, as many as there is time for)", kDefaultCount));
	app.add_option("--from", from, "the first one's index (default 0)");
	app.add_option("--time", time, "seconds for everything")->check(CLI::Range(1u, 10'000'000u));
	app.add_option("--shard", shard, "i/N: every N-th of them, beginning with the i-th");
	app.add_option("--explore", explore, "every n-th is explored with any number of signals, besides being swept (default 1: each; 0: none)");
	app.add_option("--ticks", ticks, "times that the clock moves, at any boundary of an exploration")->check(CLI::Range(0u, 4u));
	app.add_option("--out", out, "folder for fuzz.json and for finds; a run that was stopped goes on from it");
	app.add_option("--format", format, "text or json, on stdout")->check(CLI::IsMember({"text", "json"}));
	app.add_option("-j", threads, "threads (default: one for each core)")->check(CLI::Range(1u, 256u));
	add_engine_option(app, engine, "Unicorn for walks; dynarmic for handlers, and where there are IT blocks");
	app.add_option("--union", unite, "folders or records of all shards of one run: they are put together")->delimiter(',');
	app.add_option("--file", files, "files to judge like generated vDSOs, instead of generating some")->delimiter(',');
	app.add_option("--show", show, "prints the source of the vDSO with this index");
	app.add_option("--break", breakage, "make each wrong on purpose: forget-restore, leak-g, leak-other, leak-vector, misalign-sp, write-beyond");
}

Result<Draw> FuzzOptions::draw() const {
	Result<Selection> selection = scenarios.selection();
	if (!selection) return selection.error();
	if (selection->calls != 1) return Error{Exit::usage, "fuzz makes one call in a walk: --calls means nothing here"};
	Result<Draw> draw = draw_of(*selection);
	if (!draw) return draw.error();
	Result<uint64_t> number = number_of("--seed", seed);
	if (!number) return number.error();
	Result<Breakage> wrong = breakage_of(breakage);
	if (!wrong) return wrong.error();
	draw->seed = *number;
	draw->explore = explore;
	draw->ticks = ticks;
	draw->breakage = *wrong;
	return draw;
}

Result<FuzzRecord> FuzzOptions::task(const Draw& draw) const {
	Result<uint64_t> first = number_of("--from", from);
	if (!first) return first.error();
	Result<uint64_t> how_many = count.empty() ? Result<uint64_t>(time != 0 ? UINT64_MAX : kDefaultCount) : number_of("--count", count);
	if (!how_many) return how_many.error();
	if (*how_many == 0) return Error{Exit::usage, "--count is 0: there is nothing to do"};
	Result<FuzzShard> part = shard_of(shard);
	if (!part) return part.error();
	return new_task(draw, *first, *how_many, part->number, part->of);
}

}  // namespace siglab::cli
