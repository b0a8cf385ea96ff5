// A scenario made concrete: what the catalogue claims of each version stands in its image, and what cannot be a world is refused by name.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "guest_asm/layout.h"
#include "lab_fixture.h"
#include "world/expectation.h"
#include "world/go_layout.h"

namespace siglab {
namespace {

using std::string;
using test::edited;
using test::OwnFile;
using test::store;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

string text(const Isa& isa, std::string_view variant, std::string_view vdso = "clobber-g", std::string_view world = "go") {
	return fmt::format("{}:{}:nanotime1:curg:{}:{}:PROF:1", isa.name, variant, vdso, world);
}
World world(const Isa& isa, std::string_view variant, std::string_view vdso = "clobber-g", std::string_view world = "go") {
	return test::world(text(isa, variant, vdso, world));
}

string refusal(const string& scenario) {
	const Result<World> built = build_world(test::scenario(scenario), store());
	EXPECT_FALSE(built.ok());
	if (built.ok()) return {};
	EXPECT_EQ(built.error().exit, Exit::usage);
	return built.error().text;
}

// Calls `judge` with every world of every version on both ISAs.
template <class Judge>
void every_version(const Judge& judge) {
	for (const Isa* isa : all_isas()) {
		for (const Variant& variant : all_variants()) {
			if (!variant.isas.on(*isa)) continue;
			SCOPED_TRACE(fmt::format("{} {}", isa->name, variant.id));
			judge(world(*isa, variant.id), variant);
		}
	}
}

bool marks(const World& world, Mark mark) {
	for (const Symbol& symbol : world.guest->symbols()) {
		if (!symbol.absolute && world.truth.landmarks.has({symbol.value}, mark)) return true;
	}
	return false;
}

uint64_t word_in(const World& world, uint64_t at) {
	for (const RegionPlan& region : world.plan) {
		const uint64_t offset = at - region.range.begin.value;
		if (!region.range.contains({at}) || offset + world.isa().word > region.contents.size()) continue;
		uint64_t value = 0;
		std::memcpy(&value, region.contents.data() + offset, world.isa().word);
		return value;
	}
	ADD_FAILURE() << fmt::format("nothing is planned at {:#x}", at);
	return 0;
}
uint64_t global(const World& world, std::string_view name) {
	const Symbol* symbol = world.guest->find(name);
	EXPECT_NE(symbol, nullptr) << name;
	return symbol == nullptr ? 0 : word_in(world, symbol->value);
}

// The table of facts/go-runtime.md.
TEST(World, OffsetsAreThoseOfTheRelease) {
	struct Row {
		const char* variant;
		std::array<uint64_t, 6> arm64, arm;  // g.m, g.sched.sp, m.gsignal, m.curg, m.vdsoSP, m.vdsoPC
	};
	const Row rows[] = {
		{"v0", {48, 56, 80, 192, 816, 824}, {24, 28, 44, 104, 456, 460}},
		{"v1", {48, 56, 80, 192, 816, 824}, {24, 28, 44, 104, 456, 460}},
		{"v2", {48, 56, 80, 192, 816, 824}, {24, 28, 44, 104, 456, 460}},
		{"v3", {48, 56, 80, 192, 808, 816}, {24, 28, 44, 104, 452, 456}},
		{"v4", {48, 56, 80, 192, 800, 808}, {24, 28, 44, 104, 448, 452}},
		{"v5", {48, 56, 80, 192, 800, 808}, {24, 28, 48, 108, 452, 456}},
		{"v6", {48, 56, 72, 184, 896, 904}, {24, 28, 40, 104, 508, 512}},
	};
	for (const Isa* isa : all_isas()) {
		for (const Row& row : rows) {
			const GoOffsets o = read_offsets(*world(*isa, row.variant).guest);
			EXPECT_EQ(o.g_stack_lo, 0u);
			EXPECT_EQ(o.m_g0, 0u);
			const std::array<uint64_t, 6> read = {*o.g_m, *o.g_sched_sp, *o.m_gsignal, *o.m_curg, *o.m_vdso_sp, *o.m_vdso_pc};
			EXPECT_EQ(read, isa->word == 8 ? row.arm64 : row.arm) << isa->name << " " << row.variant;
		}
	}
}

TEST(World, LandmarksAreWhatTheCatalogueClaims) {
	every_version([](const World& made, const Variant& variant) {
		for (const Mark mark : {Mark::enter_nanotime, Mark::enter_walltime, Mark::vdsopc_store, Mark::vdsosp_store, Mark::vdsosp_restore,
		                        Mark::sp_switch, Mark::sp_restore, Mark::call, Mark::fetched, Mark::setg, Mark::setg_back}) {
			EXPECT_TRUE(marks(made, mark)) << static_cast<int>(mark);
		}
		EXPECT_EQ(marks(made, Mark::slot_store), variant.saves_slot);
		EXPECT_EQ(marks(made, Mark::slot_clear), variant.saves_slot);
		EXPECT_EQ(marks(made, Mark::vdsopc_restore), variant.keeps_old_pair);
		const bool since_v6 = variant.declares_caller_sp && variant.wrong_hash.name.empty();
		EXPECT_EQ(marks(made, Mark::enter_vdsocall), made.isa().id == IsaId::arm && since_v6);
		EXPECT_EQ(made.truth.sigtramp_keeps_aapcs, variant.sigtramp_saves.on(made.isa()));
		EXPECT_TRUE(made.truth.checks_fetch && made.truth.checks_setg && made.truth.checks_slot);
		EXPECT_EQ(made.truth.trace.size(), 3u);
		EXPECT_THAT(not_applicable(made.truth), testing::IsEmpty());
	});
}

TEST(World, TheThreadStandsAtItsCallWithItsG) {
	every_version([](const World& made, const Variant&) {
		EXPECT_EQ(made.describe({made.start.cpu.pc}), "lab.call_nanotime1");
		EXPECT_EQ(made.start.cpu.gpr[made.isa().g], uint64_t{CURG});
		EXPECT_EQ(made.ghost.owner, uint64_t{CURG});
		EXPECT_EQ(made.start.cpu.sp % 16, 0u);
		for (const Signal signal : {Signal::usr1, Signal::prof, Signal::urg}) {
			const Action& action = made.start.signals.actions[static_cast<size_t>(signal)];
			EXPECT_EQ(made.describe({action.handler}), "runtime.sigtramp");
			EXPECT_EQ(action.flags, kSaSiginfo | kSaOnstack | kSaRestart);
			EXPECT_EQ(action.mask, ~kUnblockable);
		}
		EXPECT_EQ(made.start.signals.actions[static_cast<size_t>(Signal::segv)].handler, kSigDfl);
	});
	const World g0 = test::world("arm64:v3:walltime1:g0:clean:go:USR1:7");
	EXPECT_EQ(g0.describe({g0.start.cpu.pc}), "lab.call_walltime1");
	EXPECT_EQ(g0.start.cpu.gpr[28], uint64_t{G0});
	EXPECT_EQ(g0.start.cpu.gpr[0], 7u);
	EXPECT_EQ(word_in(g0, TLS_BLOCK + TLS_G), uint64_t{G0});
}

// go#62309: up to 1.21, arm64 looked under the wrong hashes, which only a GNU table makes it notice.
TEST(World, TheVdsoIsFoundOrNotByTheVersionsOwnRules) {
	every_version([](const World& made, const Variant& variant) {
		const Isa& isa = made.isa();
		const Symbol* clock = made.vdso->find(isa.clock_gettime.name);
		ASSERT_NE(clock, nullptr);
		EXPECT_EQ(global(made, "runtime.vdsoClockgettimeSym"), VDSO + clock->value);
		EXPECT_TRUE(made.truth.exports_clock);
		EXPECT_EQ(made.truth.vdso_page, (GuestRange{{VDSO}, {VDSO + 0x1000}}));
		const World gnu = world(isa, variant.id, "gnu-hash-only");
		const bool found = !variant.wrong_hash.isas.on(isa);
		EXPECT_EQ(global(gnu, "runtime.vdsoClockgettimeSym") != 0, found);
		EXPECT_EQ(finds_vdso(gnu.scenario), found);
		EXPECT_TRUE(gnu.truth.exports_clock);
	});
}

TEST(World, WithoutAVdsoTheRuntimeIsToldOfNone) {
	for (const Isa* isa : all_isas()) {
		const World none = world(*isa, "v5", "none");
		EXPECT_EQ(global(none, "runtime.vdsoClockgettimeSym"), 0u);
		EXPECT_FALSE(none.truth.exports_clock);
		EXPECT_EQ(none.vdso != nullptr, isa->vdso_restorer.has_value()) << "arm64's handlers return through it all the same";
		EXPECT_EQ(none.sigpage != nullptr, isa->has_sigpage);
	}
}

TEST(World, AThumbVdsoIsEnteredThroughAnOddAddress) {
	const World thumb = world(kArm, "v5", "thumb");
	EXPECT_EQ(global(thumb, "runtime.vdsoClockgettimeSym") % 2, 1u);
	EXPECT_THAT(thumb.truth.dirty, Not(IsEmpty()));
	for (const GuestRange& range : thumb.truth.dirty) EXPECT_EQ(range.begin.value % 2 + range.end.value % 2, 0u);
}

TEST(World, DirtyIntervalsAreTheBlobsLabels) {
	for (const Isa* isa : all_isas()) {
		for (const Vdso& blob : all_vdsos()) {
			if (!blob.isas.on(*isa)) continue;
			const World made = world(*isa, "v0", blob.name);
			SCOPED_TRACE(print_scenario(made.scenario));
			EXPECT_TRUE(made.truth.dirty_declared);
			size_t in_vdso = 0, in_native = 0;
			for (const GuestRange& range : made.truth.dirty) {
				EXPECT_LT(range.begin, range.end);
				const bool vdso = made.truth.vdso.contains(range.begin) && made.truth.vdso.contains(range.end - 1);
				++(vdso ? in_vdso : in_native);
			}
			EXPECT_EQ(in_vdso > 0, blob.dirt != Dirt::none);
			EXPECT_EQ(in_native, 1u) << "native.work, in the guest's text";
		}
	}
}

struct WorldRow {
	const char* name;
	bool blocks, foreign, cgo;
	uint64_t gsignal, lo;  // m.gsignal, gsignal.stack.lo
	std::optional<uint64_t> span_state;  // of the signal stack's span, if it has one
	bool slot;
};
const WorldRow kWorlds[] = {
	{"go", false, false, false, GSIGNAL, GSIGNAL_STACK, SPAN_MANUAL, true},
	{"clock-none", false, false, false, GSIGNAL, GSIGNAL_STACK, SPAN_MANUAL, true},
	{"iscgo", false, false, true, GSIGNAL, GSIGNAL_STACK, SPAN_MANUAL, true},
	{"iscgo-foreign", false, true, true, GSIGNAL, GSIGNAL_STACK, SPAN_MANUAL, true},
	{"foreign-before", false, true, false, GSIGNAL, FOREIGN_STACK, SPAN_MANUAL, false},
	{"foreign-later", false, true, false, GSIGNAL, GSIGNAL_STACK, SPAN_MANUAL, true},
	{"heap-altstack", false, true, false, GSIGNAL, GSIGNAL_STACK, SPAN_MANUAL, true},
	{"efence", false, false, false, GSIGNAL, GSIGNAL_STACK, std::nullopt, true},
	{"gsignal-nil", true, false, false, 0, GSIGNAL_STACK, SPAN_MANUAL, false},
	{"gsignal-freed", true, false, false, GSIGNAL, GSIGNAL_STACK, SPAN_DEAD, false},
	{"gsignal-lo-zero", true, false, false, GSIGNAL, 0, SPAN_MANUAL, false},
	{"out-in-c", false, false, true, GSIGNAL, GSIGNAL_STACK, SPAN_MANUAL, true},
};
static_assert(is_relaxed(static_cast<WorldKind>(std::size(kWorlds))) && !is_relaxed(static_cast<WorldKind>(std::size(kWorlds) - 1)));

TEST(World, EachHasItsSignalStackMaskAndSpans) {
	for (const Isa* isa : all_isas()) {
		for (const WorldRow& row : kWorlds) {
			SCOPED_TRACE(fmt::format("{} {}", isa->name, row.name));
			const World made = world(*isa, "v5", "clobber-g", row.name);
			const Signals& signals = made.start.signals;
			EXPECT_EQ(signals.blocked, row.blocks ? ~kUnblockable : 0);
			const GuestRange stack = signal_stack_of(made.scenario.world);
			EXPECT_EQ(stack.begin.value != GSIGNAL_STACK, row.foreign);
			const AltStack go{GSIGNAL_STACK, GSIGNAL_STACK_SIZE, 0}, foreign{stack.begin.value, stack.size(), 0};
			EXPECT_EQ(signals.altstack, row.blocks ? AltStack{} : row.foreign ? foreign : go);
			EXPECT_EQ(made.truth.slot, row.slot ? std::optional{GuestAddr{GSIGNAL_STACK}} : std::nullopt);
			EXPECT_EQ(global(made, "runtime.iscgo"), row.cgo ? 1u : 0u);
			EXPECT_EQ(global(made, "runtime.extram"), row.cgo ? uint64_t{EXTRA_M} : 0u);
			const GoOffsets offsets = read_offsets(*made.guest);
			EXPECT_EQ(word_in(made, M0 + *offsets.m_gsignal), row.gsignal);
			EXPECT_EQ(word_in(made, GSIGNAL + *offsets.g_stack_lo), row.lo);
			EXPECT_EQ(word_in(made, GSIGNAL_STACK), 0u) << "malg clears the slot";
			const uint64_t span = word_in(made, MHEAP + ((GSIGNAL_STACK - ARENA) >> ARENA_PAGE_SHIFT) * isa->word);
			EXPECT_EQ(span != 0, row.span_state.has_value());
			if (span == 0) continue;
			EXPECT_EQ(word_in(made, span + SPAN_BASE * isa->word), uint64_t{GSIGNAL_STACK}) << "that equality makes the slot findable";
			EXPECT_EQ(word_in(made, span + SPAN_STATE * isa->word), row.span_state);
		}
	}
}

// A signal stack on Go's heap lies in a span, in one that is none for a stack.
TEST(World, TheHeapsSignalStackIsInASpanInUse) {
	for (const Isa* isa : all_isas()) {
		const World made = world(*isa, "v6", "clobber-g", "heap-altstack");
		for (uint64_t at = HEAP_STACK; at < HEAP_STACK + HEAP_STACK_SIZE; at += uint64_t{1} << ARENA_PAGE_SHIFT) {
			const uint64_t span = word_in(made, MHEAP + ((at - ARENA) >> ARENA_PAGE_SHIFT) * isa->word);
			ASSERT_NE(span, 0u);
			EXPECT_EQ(word_in(made, span + SPAN_STATE * isa->word), uint64_t{SPAN_IN_USE});
		}
	}
}

// Only a version that asks has the field, and only there is a handler expected to do without g.
TEST(World, AnMThatIsOutInCSaysSo) {
	for (const Isa* isa : all_isas()) {
		for (const char* variant : {"v5", "v6", "v7"}) {
			const World made = world(*isa, variant, "clobber-g", "out-in-c");
			const std::optional<uint64_t> field = read_offsets(*made.guest).m_is_extra_in_c;
			EXPECT_EQ(field.has_value(), variant != std::string_view{"v5"});
			EXPECT_EQ(made.truth.out_in_c, field.has_value());
			if (field) {
				EXPECT_EQ(word_in(made, M0 + *field), 1u);
			}
			EXPECT_FALSE(world(*isa, variant, "clobber-g", "iscgo").truth.out_in_c);
		}
	}
}

// What if: each gives up one thing, and is the world "go" in everything else.
TEST(World, ARelaxedOneGivesUpOneThing) {
	const auto change = [](Signals& signals, Signal signal, const auto& how) {
		Action action = signals.actions[static_cast<size_t>(signal)];
		how(action);
		signals.actions.set(static_cast<size_t>(signal), action);
	};
	const auto unmask = [&](Signals& signals, Signal signal) { change(signals, signal, [](Action& action) { action.mask = 0; }); };
	for (const Isa* isa : all_isas()) {
		const auto relaxed = [&](const char* name) { return world(*isa, "v5", "clobber-g", name).start.signals; };
		const Signals go = relaxed("go");
		Signals expected = go;
		unmask(expected, Signal::urg);
		EXPECT_EQ(relaxed("urg-mask-empty"), expected);
		unmask(expected, Signal::usr1);
		unmask(expected, Signal::prof);
		EXPECT_EQ(relaxed("mask-empty"), expected);
		Signals nodefer = go, no_onstack = go;
		for (const Signal signal : {Signal::usr1, Signal::prof, Signal::urg}) {
			change(nodefer, signal, [](Action& action) { action.flags |= kSaNodefer; });
			change(no_onstack, signal, [](Action& action) { action.flags &= ~kSaOnstack; });
		}
		EXPECT_EQ(relaxed("nodefer"), nodefer);
		EXPECT_EQ(relaxed("no-onstack"), no_onstack);
		expected = go;
		expected.altstack.flags = kSsAutodisarm;
		EXPECT_EQ(relaxed("autodisarm"), expected);
		expected = go;
		expected.altstack.size = isa->min_sigstack;
		EXPECT_EQ(relaxed("small-altstack"), expected);
		expected = go;
		expected.altstack = AltStack{};
		EXPECT_EQ(relaxed("no-altstack"), expected);
	}
}

TEST(World, TheImagesHashTellsImagesApart) {
	EXPECT_EQ(world(kArm64, "v2").images, world(kArm64, "v2", "clobber-g", "iscgo").images);
	EXPECT_NE(world(kArm64, "v2").images, world(kArm64, "v3").images);
	EXPECT_NE(world(kArm64, "v2").images, world(kArm64, "v2", "clean").images);
}

TEST(World, PlacesAreDescribedByTheirSymbols) {
	const World made = world(kArm64, "v2");
	const Symbol* clock = made.vdso->find("__kernel_clock_gettime");
	ASSERT_NE(clock, nullptr);
	EXPECT_EQ(made.describe({VDSO + clock->value + 4}), "vdso:__kernel_clock_gettime+0x4");
	EXPECT_EQ(made.describe({0x1234}), "0x1234");
}

// ---- What cannot be a world ----

TEST(World, AGuestWithoutWhatTheLabNeedsIsRefusedByTheNameOfIt) {
	for (const Isa* isa : all_isas()) {
		for (const char* needed : {"lab.call_nanotime1", "runtime.sigtramp"}) {
			const char* has = string{needed} == "runtime.sigtramp" ? "lab.call_nanotime1" : "runtime.sigtramp";
			const OwnFile file("lacks.S", fmt::format("\t.text\n\t.globl {0}\n{0}:\n\tnop\n\t.data\n\t.long 0\n", has));
			EXPECT_THAT(refusal(text(*isa, file.text())), HasSubstr(fmt::format("lacks.S: the guest does not define {}", needed)));
		}
	}
}

TEST(World, AGlobalIsAsLargeAsItsSymbolSays) {
	const std::string_view bool_and_neighbour = "runtime.iscgo:\n\t.byte\t0\n\t.size\truntime.iscgo, 1\n\t.byte\t0x7f\n\t.balign\t8\n";
	const OwnFile file("bool.S", edited("guest_asm/arm64/v5.S", "runtime.iscgo:\n\t.xword\t0\n", bool_and_neighbour));
	const World made = world(kArm64, file.text(), "clean", "iscgo");
	EXPECT_EQ(global(made, "runtime.iscgo"), 0x7f01u);
}

TEST(World, AVdsoWithoutTheSymbolIsRefused) {
	for (const Isa* isa : all_isas()) {
		string source = *read_text(fmt::format("{}/vdso_blobs/{}/clean.S", SIGLAB_SOURCES, isa->name));
		const string name{isa->clock_gettime.name};
		for (size_t at = 0; (at = source.find(name, at)) != string::npos; at += name.size()) source[at + 2] = 'x';
		const OwnFile file("nothing.S", source);
		EXPECT_THAT(refusal(text(*isa, "v5", file.text())),
		            HasSubstr(fmt::format("nothing.S: the image does not export {} ({})", name, isa->clock_gettime.version)));
	}
}

// The catalogue's clean vDSO with one field of its ELF header or of its first program header changed.
OwnFile patched_vdso(const Isa& isa, size_t offset, uint8_t value) {
	const World made = world(isa, "v5", "clean");
	string bytes(reinterpret_cast<const char*>(made.vdso->bytes().data()), made.vdso->bytes().size());
	bytes[offset] = static_cast<char>(value);
	return {"patched.so", bytes};
}

TEST(World, AVdsoIsASharedObjectWithoutAWritableSegment) {
	for (const Isa* isa : all_isas()) {
		const bool wide = isa->word == 8;
		const OwnFile executable = patched_vdso(*isa, 16, 2);  // e_type
		EXPECT_THAT(refusal(text(*isa, "v5", executable.text())),
		            HasSubstr("patched.so: a vDSO is a shared object (ET_DYN), not an executable"));
		const OwnFile writable = patched_vdso(*isa, wide ? 64 + 4 : 52 + 24, 7);  // p_flags
		EXPECT_THAT(refusal(text(*isa, "v5", writable.text())), HasSubstr("patched.so: a vDSO has no writable segment"));
		const OwnFile large = patched_vdso(*isa, wide ? 64 + 40 + 2 : 52 + 20 + 2, 2);  // p_memsz
		EXPECT_THAT(refusal(text(*isa, "v5", large.text())), HasSubstr("patched.so: larger than 64 KiB"));
	}
}

// On arm64 handlers return through the vDSO: without its trampoline there is no way back.
TEST(World, AnArm64VdsoWithoutARestorerIsRefused) {
	string source = *read_text(string{SIGLAB_SOURCES} + "/vdso_blobs/arm64/clean.S");
	for (size_t at = 0; (at = source.find("__kernel_rt_sigreturn", at)) != string::npos; ++at) source[at + 9] = 'x';
	const OwnFile file("norestorer.S", source);
	EXPECT_THAT(refusal(text(kArm64, "v5", file.text())), HasSubstr("norestorer.S: no __kernel_rt_sigreturn"));
}

}  // namespace
}  // namespace siglab
