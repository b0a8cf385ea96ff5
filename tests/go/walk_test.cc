// Go's trampolines as they run: at every boundary that both walks have, they have done what v5 has done.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "explore/delivery.h"
#include "go_pair.h"

namespace siglab::go {
namespace {

using testing::IsEmpty;
using Differences = std::vector<std::string>;

// Go's assembler takes the address of each global in x27; v5 leaves the page there. Nobody reads it.
bool matters(const Isa& isa, uint8_t reg) { return isa.id != IsaId::arm64 || reg != 27; }

struct Walks {
	const Pair& pair;
	const Correspondence& correspondence;
	Walk go;
	Walk v5;
};

Machine& loaded(const World& world) {
	Machine& machine = test::machine(world.isa());
	EXPECT_TRUE(machine.load(world.plan).ok());
	return machine;
}

Walk recorded(const World& world) {
	Machine& machine = loaded(world);
	std::vector<Finding> findings;
	Result<Walk> walk = record_walk(world, machine, world.start, world.ghost, 0, findings);
	EXPECT_TRUE(walk.ok());
	EXPECT_THAT(findings, IsEmpty());
	EXPECT_EQ(walk->end.kind, EndKind::completed) << walk->end.text;
	return *std::move(walk);
}

// The walk of SIGPROF's handler, which asks for the time itself, when it strikes that many instructions into the vDSO.
Walk recorded_handler(const World& world, uint32_t instructions) {
	Machine& machine = loaded(world);
	const auto not_yet = [&](const Moment& moment) { return !moment.ghost.in_vdso || instructions-- != 0; };
	Result<Course> until = run_course(world, machine, CourseOf::walk, world.start, world.ghost, not_yet);
	EXPECT_TRUE(until.ok() && until->stopped);
	const kernel::Resumed entered = kernel::return_to_user(world.kernel, kernel::send(until->thread, Signal::prof), machine.memory());
	Walk walk;
	const auto remember = [&](const Moment& moment) {
		walk.add(moment);
		return true;
	};
	Result<Course> handler = run_course(world, machine, CourseOf::handler, entered.thread, handler_ghost(until->ghost), remember);
	EXPECT_TRUE(handler.ok());
	EXPECT_EQ(handler->end.kind, EndKind::completed) << handler->end.text;
	return walk;
}

void compare(Differences& found, std::string_view what, uint64_t go, uint64_t v5) {
	if (go != v5) found.push_back(fmt::format("{}: Go {:#x}, v5 {:#x}", what, go, v5));
}

void compare_registers(const Walks& walks, const Cpu& go, const Cpu& v5, Differences& found) {
	const Isa& isa = walks.pair.v5.isa();
	const auto as_v5 = [&](uint64_t value) { return walks.correspondence.as_v5(value); };
	compare(found, "pc", as_v5(go.pc), v5.pc);
	compare(found, "sp", go.sp, v5.sp);
	compare(found, "flags", go.flags, v5.flags);
	for (uint8_t reg = 0; reg < isa.gpr_names.size(); ++reg) {
		if (matters(isa, reg)) compare(found, gpr_name(isa, reg), as_v5(go.gpr[reg]), v5.gpr[reg]);
	}
	const bool others = go.vec == v5.vec && go.fpsr == v5.fpsr && go.fpcr == v5.fpcr && go.tls == v5.tls;
	if (!others) found.emplace_back("floating point or TLS registers");
}

// Whose turn it is, which calls are open, how far each has come, and which time each may return.
void compare_ghosts(const Correspondence& correspondence, Ghost go, const Ghost& v5, Differences& found) {
	for (OpenCall& call : go.calls) {
		call.return_pc = correspondence.as_v5(call.return_pc);
		call.trace_pc = correspondence.as_v5(call.trace_pc);
	}
	if (go.owner != v5.owner || go.depth != v5.depth || go.calls != v5.calls) found.emplace_back("owner of g, or open calls");
	compare(found, "in the vDSO", go.in_vdso, v5.in_vdso);
	compare(found, "sp at the vDSO's entry", go.vdso.sp, v5.vdso.sp);
	compare(found, "timespec", go.vdso.timespec, v5.vdso.timespec);
}

// The handler is the same code at another address.
bool same_in_kernel(Signals go, const Signals& v5) {
	go.actions = v5.actions;
	return go == v5;
}

// A store, as v5 would have made it: return addresses among its words are Go's.
std::string print_write(const Walks& walks, const Write& write, bool go) {
	std::string text = fmt::format("{:#x}:", write.at.value);
	const size_t word = walks.pair.v5.isa().word;
	for (size_t at = 0; at < write.size; at += word) {
		uint64_t value = 0;
		std::memcpy(&value, write.bytes.data() + at, std::min<size_t>(word, write.size - at));
		text += fmt::format(" {:#x}", go ? walks.correspondence.as_v5(value) : value);
	}
	return text;
}

// What the steps that led from boundary `from` to boundary `to` wrote.
Differences writes(const Walks& walks, bool go, uint32_t from, uint32_t to) {
	Differences texts;
	for (uint32_t i = from + 1; i <= to; ++i) {
		for (const Write& write : (go ? walks.go : walks.v5).writes(i)) texts.push_back(print_write(walks, write, go));
	}
	return texts;
}

// The first corresponding boundary at which the two are not alike, in words.
Differences compare_walks(const Walks& walks) {
	const std::vector<uint32_t> go = walks.correspondence.common(walks.go), v5 = walks.correspondence.common(walks.v5);
	for (size_t i = 0; i < std::min(go.size(), v5.size()); ++i) {
		Differences found;
		compare_registers(walks, walks.go.cpu(go[i]), walks.v5.cpu(v5[i]), found);
		compare_ghosts(walks.correspondence, walks.go.ghost(go[i]), walks.v5.ghost(v5[i]), found);
		if (!same_in_kernel(walks.go.thread(go[i]).signals, walks.v5.thread(v5[i]).signals)) found.emplace_back("what the kernel keeps");
		if (i > 0 && writes(walks, true, go[i - 1], go[i]) != writes(walks, false, v5[i - 1], v5[i])) found.emplace_back("memory");
		const std::string where = walks.pair.go.describe({walks.go.cpu(go[i]).pc});
		if (!found.empty()) return {fmt::format("boundary {} of Go's walk, {} of v5's ({}): {}", go[i], v5[i], where, join(found, "; "))};
	}
	if (go.size() == v5.size()) return {};
	return {fmt::format("{} boundaries of Go's correspond to {} of v5's", go.size(), v5.size())};
}

// vDSOs and worlds in which each path of a trampoline is taken: a saved slot, none with cgo or without gsignal, no vDSO at all.
struct Place {
	std::string_view vdso, world;
};
constexpr Place kPlaces[] = {{"clean", "go"}, {"clobber-g", "go"}, {"clobber-all", "go"}, {"two-page", "go"}, {"none", "go"},
                             {"clean", "clock-none"}, {"clobber-g", "iscgo"}, {"clobber-g", "gsignal-nil"}};

template <class Do>
void for_each_scenario(const Isa& isa, const Do& act) {
	for (const std::string_view function : {"nanotime1", "walltime1", "time.now"}) {
		for (const std::string_view caller : {"curg", "g0"}) {
			for (const Place& place : kPlaces) act(fmt::format("{}:v5:{}:{}:{}:{}:PROF:2", isa.name, function, caller, place.vdso,
			                                                   place.world));
			if (isa.id == IsaId::arm) act(fmt::format("{}:v5:{}:{}:thumb:go:PROF:2", isa.name, function, caller));
		}
	}
}

TEST(GoWalk, HasTheEffectOfV5AtEveryCommonBoundary) {
	for (const Isa* isa : all_isas()) {
		for_each_scenario(*isa, [](const std::string& scenario) {
			SCOPED_TRACE(scenario);
			const Pair pair = pair_of(scenario);
			const Correspondence correspondence(pair);
			EXPECT_THAT(compare_walks({pair, correspondence, recorded(pair.go), recorded(pair.v5)}), IsEmpty());
		});
	}
}

// A call inside a call, on gsignal: what the outer one told the profiler is put by and put back, and the slot is left alone.
TEST(GoWalk, HasTheEffectOfV5InsideAHandlerToo) {
	for (const Isa* isa : all_isas()) {
		for (const std::string_view outer : {"nanotime1", "walltime1"}) {
			for (const uint32_t instructions : {0u, 10u}) {
				SCOPED_TRACE(fmt::format("{} {} {}", isa->name, outer, instructions));
				const Pair pair = pair_of(fmt::format("{}:v5:{}:curg:clobber-g:go:PROF:1", isa->name, outer));
				const Correspondence correspondence(pair);
				const Walks walks{pair, correspondence, recorded_handler(pair.go, instructions), recorded_handler(pair.v5, instructions)};
				EXPECT_THAT(compare_walks(walks), IsEmpty());
				EXPECT_TRUE(walks.go.entered_vdso);
			}
		}
	}
}

// What the first test has seen is all of Go's code. Only the branch in front of the literals has not run.
TEST(GoWalk, RunsAllOfGosInstructions) {
	for (const Isa* isa : all_isas()) {
		std::set<uint64_t> run;
		ImagePtr guest;
		for_each_scenario(*isa, [&](const std::string& scenario) {
			const Pair pair = pair_of(scenario);
			const Walk walk = recorded(pair.go);
			for (uint32_t i = 0; i < walk.boundaries(); ++i) run.insert(walk.cpu(i).pc);
			guest = pair.go.guest;
		});
		for (const std::string_view function : kFunctions) {
			for (const Line& line : listing_of(*guest, function)) {
				const bool guard = line.target == line.address;
				EXPECT_EQ(run.contains(line.address), !guard) << isa->name << " " << guest->describe(line.address) << ": " << line.text;
			}
		}
	}
}

// The lab maps Go's program where Go linked it.
TEST(GoWalk, RunsAtGosOwnAddresses) {
	for (const Isa* isa : all_isas()) {
		const Pair pair = pair_of(fmt::format("{}:v5:nanotime1:curg:clean:go:PROF:1", isa->name));
		Result<Image> program = Image::read(*isa, fmt::format("{}/asks-time-{}", SIGLAB_GO_PROGRAMS, isa->name));
		ASSERT_TRUE(program.ok()) << program.error().text;
		for (const std::string name : {"runtime.nanotime1", "runtime.iscgo", "runtime.vdsoClockgettimeSym"}) {
			const Symbol* theirs = program->find(name);
			if (theirs == nullptr) theirs = program->find(name + ".abi0");
			ASSERT_NE(theirs, nullptr) << name;
			EXPECT_EQ(pair.go.guest->find(name)->value, theirs->value);
		}
		for (const Segment& segment : program->segments()) {
			const std::span<const std::byte> theirs = program->loaded(segment.range.begin.value).first(segment.file_size);
			const std::span<const std::byte> ours = pair.go.guest->loaded(segment.range.begin.value);
			EXPECT_TRUE(ours.size() >= theirs.size() && std::equal(theirs.begin(), theirs.end(), ours.begin()));
		}
	}
}

}  // namespace
}  // namespace siglab::go
