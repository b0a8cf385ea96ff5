#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "base/text.h"
#include "cli/cli.h"

namespace siglab::cli {
namespace {

std::atomic<bool> g_interrupted{false};

// Each value of an option, parsed, once; the first error ends it.
template <class T, class Parse>
Status parse_all(const std::vector<std::string>& texts, const Parse& parse, std::vector<T>& into) {
	for (const std::string& text : texts) {
		Result<T> value = parse(text);
		if (!value) return value.error();
		if (std::find(into.begin(), into.end(), *value) == into.end()) into.push_back(*value);
	}
	return Done{};
}

Result<const Isa*> parse_isa(const std::string& text) {
	if (const Isa* isa = find_isa(text)) return isa;
	return Error{Exit::usage, unknown_name("isa", text, isa_names())};
}

// A name of the catalogue, or a file: what has a slash or a suffix, or is there.
Result<VdsoChoice> parse_vdso_or_file(const std::string& text) {
	std::error_code error;
	const bool named = text == kNoVdso || find_vdso(text) != nullptr;
	const bool file = text.find('/') != std::string::npos || text.find('.') != std::string::npos || std::filesystem::exists(text, error);
	if (!named && file) return VdsoChoice{.file = text};
	return parse_vdso(text);
}

Result<GuestChoice> parse_guest_file(const std::string& path) {
	if (path.empty()) return Error{Exit::usage, "--guest is not followed by a file's path"};
	return GuestChoice{.file = path};
}

}  // namespace

void ScenarioOptions::add_to(CLI::App& app) {
	const auto list = [&](const char* name, std::vector<std::string>& into, const std::string& help) {
		app.add_option(name, into, help)->delimiter(',')->allow_extra_args(false);
	};
	list("--isa", isas, "arm64, arm");
	list("--variant", variants, "versions of Go's fix: v0 .. v7 (siglab list variants)");
	list("--guest", guests, "a runtime of your own: a .S file that defines what lab/guest_asm/layout.h asks for");
	list("--function", functions, join(function_names(), ", "));
	list("--caller", callers, join(caller_names(), ", "));
	list("--vdso", vdsos, "a synthetic vDSO (siglab list vdsos), none, or a file: an ELF image or a .S");
	list("--world", worlds, "what the process looks like (siglab list worlds)");
	list("--signal", signals, "USR1, PROF, URG");
	app.add_option("--calls", calls, "calls in one walk")->check(CLI::Range(1u, kMaxCalls));
}

Result<Selection> ScenarioOptions::selection() const {
	Selection chosen{.calls = calls};
	Status done = parse_all(isas, parse_isa, chosen.isas);
	if (done) done = parse_all(variants, parse_guest, chosen.guests);
	if (done) done = parse_all(functions, parse_function, chosen.functions);
	if (done) done = parse_all(callers, parse_caller, chosen.callers);
	if (done) done = parse_all(vdsos, parse_vdso_or_file, chosen.vdsos);
	if (done) done = parse_all(worlds, parse_world, chosen.worlds);
	if (done) done = parse_all(signals, parse_signal_name, chosen.signals);
	if (done) done = parse_all(guests, parse_guest_file, chosen.guests);
	if (!done) return done.error();
	// Somebody's own vDSO is judged by the runtime of today, and their own runtime by a vDSO that hides g.
	const bool own_vdso = std::any_of(chosen.vdsos.begin(), chosen.vdsos.end(), [](const VdsoChoice& vdso) { return !vdso.file.empty(); });
	if (own_vdso && chosen.guests.empty()) chosen.guests = {{.variant = find_variant("v6")}};
	if (!guests.empty() && chosen.vdsos.empty()) chosen.vdsos = {{.blob = find_vdso("clobber-g")}};
	return chosen;
}

void add_engine_option(CLI::App& app, std::string& engine, std::string_view usual) {
	app.add_option("--engine", engine, fmt::format("unicorn, dynarmic, or both, compared at every step (default: {})", usual))
		->check(CLI::IsMember({"unicorn", "dynarmic", "both"}));
}

Result<EngineChoice> choose_engine(const std::string& name) {
	const EngineChoice chosen = find_engine(name);
	if (!chosen || is_there(*chosen)) return chosen;
	return Error{Exit::environment, fmt::format("--engine {}: this build has no dynarmic (siglab doctor)", name)};
}

void print(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

const std::atomic<bool>& interrupted() { return g_interrupted; }

void catch_interrupts() {
	std::signal(SIGINT, [](int) {
		g_interrupted = true;
		std::signal(SIGINT, SIG_DFL);  // whoever presses the keys twice does not want to wait
	});
}

}  // namespace siglab::cli
