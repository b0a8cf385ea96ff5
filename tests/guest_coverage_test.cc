// Every instruction of every runtime and every vDSO of the catalogue is executed in some scenario, and a signal strikes at it in some. What is
// not so stands in guest_coverage.txt, with its reason; an entry there that is not needed any more fails too.
//
// Handlers  all signals are blocked in Go's handlers, so nothing can strike there. For their instructions the scenario is run with an empty
//           sa_mask, as in the world mask-empty. Each injection must be seen by the guest, at the PC that it was made at.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <set>

#include "explore/watched.h"
#include "image/disassemble.h"
#include "lab_fixture.h"

namespace siglab {
namespace {

using std::string;

constexpr std::array<Signal, 3> kSignals = {Signal::prof, Signal::usr1, Signal::urg};

using Addresses = std::set<uint64_t>;
struct Covered {
	Addresses executed, injected;  // as linked
};
using Coverage = std::map<const Image*, Covered>;

// A boundary inside a handler that nothing has struck at yet.
struct Inside {
	Thread thread;
	Ghost ghost;
	Snapshot memory;
};

class Coverer {
   public:
	Coverer(World world, Coverage& coverage) : world_(std::move(world)), machine_(test::machine(world_.isa())), coverage_(coverage) {
		for (const Signal signal : kSignals) world_.start.signals.actions[static_cast<size_t>(signal)].mask = 0;
	}

	void run() {
		const Walk walk = recorded();
		ASSERT_TRUE(machine_.load(world_.plan).ok());
		Memory& memory = machine_.memory();
		Snapshot shadow(memory);
		for (uint32_t i = 0; i < walk.boundaries(); ++i) {
			for (const Write& write : walk.writes(i)) {
				(void)memory.place(write.at, write.data());
				shadow.apply(write);
			}
			note(walk.cpu(i).pc, &Covered::executed);
			for (const Signal signal : kSignals) {
				if (kernel::deliverable(walk.thread(i), signal)) strike(walk.thread(i), walk.ghost(i), signal, shadow);
			}
		}
	}

   private:
	Walk recorded() {
		EXPECT_TRUE(machine_.load(world_.plan).ok());
		std::vector<Finding> findings;
		Result<Walk> walk = record_walk(world_, machine_, world_.start, world_.ghost, 0, findings);
		EXPECT_TRUE(walk.ok());
		return walk ? *std::move(walk) : Walk{};
	}

	void note(uint64_t pc, Addresses Covered::*what) {
		const World::Site site = world_.site({pc});
		if (site.image != nullptr) (coverage_[site.image].*what).insert(site.offset);
	}
	[[nodiscard]] bool struck(uint64_t pc) {
		const World::Site site = world_.site({pc});
		return site.image == nullptr || coverage_[site.image].injected.contains(site.offset);
	}

	// Whether the guest says that one signal came, and came at `pc`.
	static bool seen(const Observed& before, const Observed& now, uint64_t pc) { return now.tramp_count == before.tramp_count + 1 && now.tramp_pc == pc; }

	// One signal at one boundary of the walk, and another at each new boundary of its handler.
	void strike(const Thread& thread, const Ghost& ghost, Signal signal, const Snapshot& shadow) {
		Memory& memory = machine_.memory();
		const Observed before = read_observed(memory);
		const kernel::Resumed entered = kernel::return_to_user(world_.kernel, kernel::send(thread, signal), memory);
		std::vector<Inside> inside;
		if (entered.fate == kernel::Fate::runs) {
			const auto on_moment = [&](const Moment& moment) {
				const uint64_t pc = moment.thread.cpu.pc;
				note(pc, &Covered::executed);
				if (!struck(pc)) inside.push_back({moment.thread, moment.ghost, Snapshot(memory)});
				return true;
			};
			Result<Course> course = run_course(world_, machine_, CourseOf::handler, entered.thread, handler_ghost(ghost), on_moment);
			ASSERT_TRUE(course.ok());
		}
		if (seen(before, read_observed(memory), thread.cpu.pc)) note(thread.cpu.pc, &Covered::injected);
		const Signal other = signal == Signal::usr1 ? Signal::urg : Signal::usr1;
		for (const Inside& moment : inside) strike_inside(moment, other);
		shadow.restore(memory);
	}

	void strike_inside(const Inside& moment, Signal signal) {
		const uint64_t pc = moment.thread.cpu.pc;
		if (struck(pc) || !kernel::deliverable(moment.thread, signal)) return;
		moment.memory.restore(machine_.memory());
		const Observed before = read_observed(machine_.memory());
		Result<Watched> watched = watch_delivery(world_, machine_, moment.memory, moment.thread, moment.ghost, signal, kSignals);
		ASSERT_TRUE(watched.ok());
		if (seen(before, watched->delivery.observed, pc)) note(pc, &Covered::injected);
	}

	World world_;
	Machine& machine_;
	Coverage& coverage_;
};

void cover(const string& scenario, Coverage& coverage) { Coverer(test::world(scenario), coverage).run(); }

// ---- what there is to cover, and what is left out ----

struct Place {
	string function;
	string source;  // of the line that the instruction was made from
	auto operator<=>(const Place&) const = default;
};

// The instructions of the functions that `wanted` names, by address.
std::map<uint64_t, Place> instructions(const Image& image, bool (*wanted)(const Symbol&)) {
	std::map<uint64_t, Place> all;
	for (const Symbol& symbol : image.symbols()) {
		if (!symbol.function || !wanted(symbol)) continue;
		const bool thumb = image.thumb(symbol.start());
		for (uint64_t at = symbol.start(); at < symbol.start() + symbol.size; at += disassemble(image, at, thumb).size) {
			const SourceLine* line = image.line(at);
			all[at] = {symbol.name, line == nullptr ? string{} : line->text};
		}
	}
	return all;
}

bool is_runtime(const Symbol& symbol) { return symbol.name.starts_with("runtime."); }
bool is_any(const Symbol&) { return true; }

// "NAME FUNCTION: SOURCE" of what was not reached, each once.
std::set<string> missing(const string& name, const std::map<uint64_t, Place>& all, const Addresses& reached) {
	std::set<string> lines;
	for (const auto& [at, place] : all) {
		if (!reached.contains(at)) lines.insert(fmt::format("{} {}: {}", name, place.function, place.source));
	}
	return lines;
}

// Entries of guest_coverage.txt: "WHAT NAMES FUNCTION: SOURCE | REASON", NAMES being "arm64:v0,arm64:v1", WHAT "executed" or "injected".
struct Exceptions {
	std::set<string> reasons, used;
	std::map<string, std::set<string>> lines;  // by WHAT
};

Exceptions read_exceptions(const string& name) {
	Exceptions exceptions;
	const Result<string> text = read_text(string{SIGLAB_ROOT} + "/tests/guest_coverage.txt");
	EXPECT_TRUE(text.ok());
	for (const string& line : split(*text, '\n')) {
		if (line.empty() || line[0] == '#') continue;
		if (line.starts_with("reason ")) {
			exceptions.reasons.insert(line.substr(7, line.find(':') - 7));
			continue;
		}
		const size_t bar = line.rfind(" | ");
		const std::vector<string> words = split(line, ' ');
		EXPECT_TRUE(bar != string::npos && words.size() > 4) << line;
		EXPECT_TRUE(exceptions.reasons.contains(line.substr(bar + 3))) << "no such reason: " << line;
		const size_t place = words[0].size() + words[1].size() + 2;
		for (const string& one : split(words[1], ',')) {
			if (one == name) exceptions.lines[words[0]].insert(fmt::format("{} {}", one, line.substr(place, bar - place)));
		}
	}
	return exceptions;
}

void expect_covered(const string& name, const std::map<uint64_t, Place>& all, const Covered& covered) {
	Exceptions exceptions = read_exceptions(name);
	EXPECT_EQ(missing(name, all, covered.executed), exceptions.lines["executed"]) << "not executed, and guest_coverage.txt";
	// What is never executed cannot be struck at either.
	std::set<string> not_struck;
	for (const string& line : missing(name, all, covered.injected)) {
		if (!exceptions.lines["executed"].contains(line)) not_struck.insert(line);
	}
	EXPECT_EQ(not_struck, exceptions.lines["injected"]) << "no signal struck at it, and guest_coverage.txt";
}

// ---- runtimes ----

constexpr std::string_view kWays[] = {
	"nanotime1:curg:clobber-g:go",       "walltime1:curg:clobber-g:go",        "nanotime1:curg:clobber-g-zero:go",
	"nanotime1:curg:none:go",            "walltime1:curg:none:go",             "nanotime1:g0:clobber-g:go",
	"nanotime1:curg:clobber-g:iscgo",    "walltime1:curg:clobber-g:iscgo",     "nanotime1:curg:clobber-g:iscgo-foreign",
	"nanotime1:curg:clobber-g:efence",   "nanotime1:curg:clobber-g:foreign-later", "nanotime1:curg:clobber-g:out-in-c",
	"nanotime1:curg:clobber-g:no-onstack", "nanotime1:g0:clobber-g:no-onstack", "nanotime1:curg:clobber-g:no-altstack",
	"nanotime1:g0:clobber-g:no-altstack", "nanotime1:curg:clobber-g:gsignal-nil", "walltime1:curg:clobber-g:gsignal-nil",
};

struct Subject {
	const Isa* isa;
	std::string_view id;
};

std::vector<Subject> runtimes() {
	std::vector<Subject> subjects;
	for (const Isa* isa : all_isas()) {
		for (const Variant& variant : all_variants()) {
			if (variant.isas.on(*isa)) subjects.push_back({isa, variant.id});
		}
	}
	return subjects;
}

std::vector<Subject> vdsos() {
	std::vector<Subject> subjects;
	for (const Isa* isa : all_isas()) {
		for (const Vdso& vdso : all_vdsos()) {
			if (vdso.isas.on(*isa)) subjects.push_back({isa, vdso.name});
		}
	}
	return subjects;
}

string name_of(const testing::TestParamInfo<Subject>& info) {
	string name = fmt::format("{}_{}", info.param.isa->name, info.param.id);
	std::replace(name.begin(), name.end(), '-', '_');
	return name;
}

class GuestCoverage : public testing::TestWithParam<Subject> {};
INSTANTIATE_TEST_SUITE_P(, GuestCoverage, testing::ValuesIn(runtimes()), name_of);

TEST_P(GuestCoverage, EveryInstructionRunsAndIsStruckAt) {
	const auto& [isa, id] = GetParam();
	Coverage coverage;
	for (const std::string_view way : kWays) cover(fmt::format("{}:{}:{}:PROF:1", isa->name, id, way), coverage);
	const Result<ImagePtr> guest = test::store().guest(*isa, {.variant = find_variant(id)});
	ASSERT_TRUE(guest.ok());
	const std::map<uint64_t, Place> all = instructions(**guest, is_runtime);
	EXPECT_GT(all.size(), 200u);
	expect_covered(fmt::format("{}:{}", isa->name, id), all, coverage[guest->get()]);
}

// ---- vDSOs ----

class VdsoCoverage : public testing::TestWithParam<Subject> {};
INSTANTIATE_TEST_SUITE_P(, VdsoCoverage, testing::ValuesIn(vdsos()), name_of);

TEST_P(VdsoCoverage, EveryInstructionRunsAndIsStruckAt) {
	const auto& [isa, id] = GetParam();
	Coverage coverage;
	// v7 lives with whatever a vDSO does, and finds the function by its right hash.
	for (const std::string_view world : {"go", "clock-none"}) cover(fmt::format("{}:v7:nanotime1:curg:{}:{}:PROF:1", isa->name, id, world), coverage);
	const Result<ImagePtr> vdso = test::store().vdso(*isa, {.blob = find_vdso(id)});
	ASSERT_TRUE(vdso.ok());
	const std::map<uint64_t, Place> all = instructions(**vdso, is_any);
	EXPECT_GT(all.size(), 20u);
	expect_covered(fmt::format("{}:{}", isa->name, id), all, coverage[vdso->get()]);
}

}  // namespace
}  // namespace siglab
