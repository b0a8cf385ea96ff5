// Every instruction of every runtime and every vDSO of the catalogue is executed in some scenario, and a signal strikes at it in some. What is
// not so stands in guest_coverage.txt, with its reason; an entry there that is not needed any more fails too.
//
// Handlers  all signals are blocked in Go's handlers, so nothing can strike there. Every world is therefore run with an empty sa_mask, as
//           mask-empty has it. Each injection must be seen by the guest, at the PC that it was made at; how it ends is not asked.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <set>

#include "explore/delivery.h"
#include "guest_asm/layout.h"
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

constexpr uint32_t kDeepest = 3;  // handlers in one another: a badsignal's within a badsignal's

template <class How>
void change_actions(World& world, const How& how) {
	Actions& actions = world.start.signals.actions;
	for (size_t number = 1; number < actions.size(); ++number) {
		Action action = actions[number];
		how(action);
		actions.set(number, action);
	}
}

class Coverer {
   public:
	Coverer(World world, Coverage& coverage) : world_(std::move(world)), machine_(test::machine(world_.isa())), coverage_(coverage) {
		change_actions(world_, [](Action& action) { action.mask = 0; });
	}

	void run() {
		ASSERT_TRUE(machine_.load(world_.plan).ok());
		std::vector<Finding> findings;
		Result<Walk> walk = record_walk(world_, machine_, world_.start, world_.ghost, 0, findings);
		ASSERT_TRUE(walk.ok());
		ASSERT_TRUE(machine_.load(world_.plan).ok());
		Memory& memory = machine_.memory();
		Snapshot shadow(memory);
		for (uint32_t i = 0; i < walk->boundaries(); ++i) {
			for (const Write& write : walk->writes(i)) {
				(void)memory.place(write.at, write.data());
				shadow.apply(write);
			}
			note(walk->cpu(i).pc, &Covered::executed);
			for (const Signal signal : kSignals) strike(walk->thread(i), walk->ghost(i), signal, shadow, 1);
		}
	}

   private:
	void note(uint64_t pc, Addresses Covered::*what) {
		const World::Site site = world_.site({pc});
		if (site.image != nullptr) (coverage_[site.image].*what).insert(site.offset);
	}
	[[nodiscard]] bool struck(uint64_t pc) {
		const World::Site site = world_.site({pc});
		return site.image == nullptr || coverage_[site.image].injected.contains(site.offset);
	}

	// One signal at one boundary, then others at the boundaries of its handler that are new.
	void strike(const Thread& thread, const Ghost& ghost, Signal signal, const Snapshot& shadow, uint32_t depth) {
		if (!kernel::deliverable(thread.signals, signal)) return;
		Memory& memory = machine_.memory();
		const Observed before = read_observed(memory);
		const kernel::Resumed entered = kernel::return_to_user(world_.kernel, kernel::send(thread, signal), memory);
		std::vector<Inside> inside;
		if (entered.fate == kernel::Fate::runs) {
			Addresses seen;
			const auto on_moment = [&](const Moment& moment) {
				const uint64_t pc = moment.thread.cpu.pc;
				note(pc, &Covered::executed);
				if (depth < kDeepest && !struck(pc) && seen.insert(pc).second) inside.push_back({moment.thread, moment.ghost, Snapshot(memory)});
				return true;
			};
			Result<Course> course = run_course(world_, machine_, CourseOf::handler, entered.thread, handler_ghost(ghost), on_moment);
			ASSERT_TRUE(course.ok());
		}
		// The guest says that one signal came, and where.
		const Observed now = read_observed(memory);
		if (now.tramp_count == before.tramp_count + 1 && now.tramp_pc == thread.cpu.pc) note(thread.cpu.pc, &Covered::injected);
		for (const Inside& moment : inside) {
			moment.memory.restore(memory);
			for (const Signal other : kSignals) {
				if (!struck(moment.thread.cpu.pc)) strike(moment.thread, moment.ghost, other, moment.memory, depth + 1);
			}
		}
		shadow.restore(memory);
	}

	World world_;
	Machine& machine_;
	Coverage& coverage_;
};

// What no world of the lab has, and an instruction waits for.
using Tweak = void (*)(World&);

std::byte* place(World& world, uint64_t at) {
	for (RegionPlan& region : world.plan) {
		if (!region.range.contains({at})) continue;
		region.contents.resize(region.range.size());
		return region.contents.data() + (at - region.range.begin.value);
	}
	ADD_FAILURE() << "nothing is mapped there: " << at;
	return nullptr;
}
void add_to(World& world, uint64_t at, int64_t difference, size_t size) {
	std::byte* const where = place(world, at);
	if (where == nullptr) return;
	int64_t value = 0;
	std::memcpy(&value, where, size);
	value += difference;
	std::memcpy(where, &value, size);
}
void clear(World& world, uint64_t at) {
	if (std::byte* const where = place(world, at)) std::memset(where, 0, world.isa().word);
}

void as_it_is(World&) {}
void no_g(World& world) { world.start.cpu.gpr[world.isa().g] = 0; }
// A thread that Go did not make: TLS has no g.
void foreign_thread(World& world) { clear(world, TLS_BLOCK + TLS_G); }
// And, with cgo, all extra m's are in use.
void no_extra_m(World& world) {
	foreign_thread(world);
	clear(world, world.guest->find("runtime.extram")->value);
}
// The handler's stack is one that neither Go nor the kernel knows, and has room for more handlers.
void disarmed(World& world) { world.start.signals.altstack.flags = kSsAutodisarm; }
void on_a_large_stack(World& world) {
	world.start.cpu.sp = FOREIGN_STACK + FOREIGN_STACK_SIZE - 64;
	world.start.signals.altstack = AltStack{GSIGNAL_STACK, GSIGNAL_STACK_SIZE, 0};
	change_actions(world, [](Action& action) { action.flags &= ~kSaOnstack; });
}
// A base of the vDSO's that holds more than a second in its nanoseconds.
void carries(World& world) {
	const uint64_t base = world.kernel.vvar.value + VVAR_BASETIME + (uint64_t{CLOCK_ID_MONOTONIC} << VVAR_BASE_SHIFT);
	const size_t size = 8;
	add_to(world, base, -1, size);
	add_to(world, base + size, 1'000'000'000, size);
}

void cover(const string& scenario, Coverage& coverage, Tweak tweak = as_it_is) {
	World world = test::world(scenario);
	tweak(world);
	Coverer(std::move(world), coverage).run();
}

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

// "FUNCTION: SOURCE" of what was not reached, each once.
std::set<string> missing(const std::map<uint64_t, Place>& all, const Addresses& reached) {
	std::set<string> lines;
	for (const auto& [at, place] : all) {
		if (!reached.contains(at)) lines.insert(fmt::format("{}: {}", place.function, place.source));
	}
	return lines;
}

// Entries of guest_coverage.txt: "WHAT NAMES FUNCTION: SOURCE | REASON", NAMES being "arm64:v0,arm64:v1", WHAT "executed" or "injected".
using Exceptions = std::map<string, std::set<string>>;  // by WHAT

struct Entry {
	string what;
	std::vector<string> names;
	string line;    // "FUNCTION: SOURCE"
	string reason;  // its name
};

std::optional<Entry> parse_entry(const string& line) {
	const size_t bar = line.rfind(" | ");
	const std::vector<string> words = split(line, ' ');
	if (bar == string::npos || words.size() < 5) return std::nullopt;
	const size_t place = words[0].size() + words[1].size() + 2;
	return Entry{words[0], split(words[1], ','), line.substr(place, bar - place), line.substr(bar + 3)};
}

struct Listed {
	std::set<string> reasons;
	std::vector<Entry> entries;
};

Listed read_list() {
	Listed listed;
	const Result<string> text = read_text(string{SIGLAB_ROOT} + "/tests/guest_coverage.txt");
	EXPECT_TRUE(text.ok());
	if (!text) return listed;
	for (const string& line : split(*text, '\n')) {
		if (line.empty() || line[0] == '#') continue;
		if (line.starts_with("reason ")) {
			listed.reasons.insert(line.substr(7, line.find(':') - 7));
		} else if (std::optional<Entry> entry = parse_entry(line)) {
			listed.entries.push_back(*std::move(entry));
		} else {
			ADD_FAILURE() << "guest_coverage.txt: " << line;
		}
	}
	return listed;
}

bool names(const Entry& entry, const string& name) { return std::find(entry.names.begin(), entry.names.end(), name) != entry.names.end(); }

Exceptions exceptions_of(const string& name, const std::map<uint64_t, Place>& all) {
	constexpr std::string_view kWhole = ": *";
	Exceptions exceptions;
	for (const Entry& entry : read_list().entries) {
		if (!names(entry, name)) continue;
		std::set<string>& lines = exceptions[entry.what];
		if (!entry.line.ends_with(kWhole)) {
			lines.insert(entry.line);
			continue;
		}
		const std::string_view function = std::string_view{entry.line}.substr(0, entry.line.size() - kWhole.size());
		for (const auto& [at, place] : all) {
			if (place.function == function) lines.insert(fmt::format("{}: {}", place.function, place.source));
		}
	}
	return exceptions;
}

void expect_same(const string& what, const string& name, const std::set<string>& found, const std::set<string>& listed) {
	for (const string& line : found) {
		EXPECT_TRUE(listed.contains(line)) << fmt::format("nothing reaches it, and guest_coverage.txt does not say why: {} {} {}", what, name, line);
	}
	for (const string& line : listed) {
		EXPECT_TRUE(found.contains(line)) << fmt::format("guest_coverage.txt says that nothing reaches it: {} {} {}", what, name, line);
	}
}

void expect_covered(const string& name, const std::map<uint64_t, Place>& all, const Covered& covered) {
	Exceptions exceptions = exceptions_of(name, all);
	expect_same("executed", name, missing(all, covered.executed), exceptions["executed"]);
	// What is never executed cannot be struck at either.
	std::set<string> not_struck;
	for (const string& line : missing(all, covered.injected)) {
		if (!exceptions["executed"].contains(line)) not_struck.insert(line);
	}
	expect_same("injected", name, not_struck, exceptions["injected"]);
}

// ---- runtimes ----

constexpr std::string_view kWays[] = {
	"nanotime1:curg:clobber-g:go",         "walltime1:curg:clobber-g:go",          "nanotime1:curg:clobber-g-zero:go",
	"nanotime1:curg:none:go",              "walltime1:curg:none:go",               "nanotime1:g0:clobber-g:go",
	"nanotime1:curg:clobber-g:iscgo",      "walltime1:curg:clobber-g:iscgo",       "nanotime1:curg:clobber-g:iscgo-foreign",
	"nanotime1:curg:clobber-g:efence",     "nanotime1:curg:clobber-g:heap-altstack", "nanotime1:curg:clobber-g:out-in-c",
	"nanotime1:curg:clobber-g:no-onstack", "nanotime1:g0:clobber-g:no-onstack",    "nanotime1:curg:clobber-g:no-altstack",
	"nanotime1:curg:clobber-g:gsignal-nil", "walltime1:curg:clobber-g:gsignal-nil",
};
// WORLD, and what is different there.
constexpr std::pair<std::string_view, Tweak> kTweaked[] = {
	{"iscgo", foreign_thread}, {"iscgo", no_extra_m}, {"go", foreign_thread}, {"go", no_g}, {"foreign-later", disarmed}, {"foreign-later", on_a_large_stack}};

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
	for (const auto& [world, tweak] : kTweaked) cover(fmt::format("{}:{}:nanotime1:curg:clobber-g:{}:PROF:1", isa->name, id, world), coverage, tweak);
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
	for (const std::string_view function : {"nanotime1", "walltime1"}) {
		for (const std::string_view world : {"go", "clock-none"}) {
			cover(fmt::format("{}:v7:{}:curg:{}:{}:PROF:1", isa->name, function, id, world), coverage);
		}
	}
	cover(fmt::format("{}:v7:nanotime1:curg:{}:go:PROF:1", isa->name, id), coverage, carries);
	const Result<ImagePtr> vdso = test::store().vdso(*isa, {.blob = find_vdso(id)});
	ASSERT_TRUE(vdso.ok());
	const std::map<uint64_t, Place> all = instructions(**vdso, is_any);
	EXPECT_GT(all.size(), 20u);
	expect_covered(fmt::format("{}:{}", isa->name, id), all, coverage[vdso->get()]);
}

// ---- the list ----

TEST(GuestCoverageList, NamesWhatThereIsWithReasonsThatThereAre) {
	std::set<string> subjects, used;
	for (const std::vector<Subject>& all : {runtimes(), vdsos()}) {
		for (const Subject& subject : all) subjects.insert(fmt::format("{}:{}", subject.isa->name, subject.id));
	}
	const Listed listed = read_list();
	EXPECT_FALSE(listed.entries.empty());
	for (const Entry& entry : listed.entries) {
		EXPECT_TRUE(entry.what == "executed" || entry.what == "injected") << entry.what;
		for (const string& name : entry.names) EXPECT_TRUE(subjects.contains(name)) << name;
		used.insert(entry.reason);
	}
	EXPECT_EQ(used, listed.reasons);
}

}  // namespace
}  // namespace siglab
