// The generator: the same on every host, all that it says it makes, and functions that obey AAPCS by a check that knows nothing of it.
#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "generate/random.h"
#include "generate_fixture.h"
#include "guest_asm/layout.h"

namespace siglab {
namespace {

using test::assembled;
using test::programs;
using testing::HasSubstr;
using testing::IsEmpty;

// Text and tree of one index never depend on anything else.
TEST(Generator, IsAFunctionOfSeedAndIndex) {
	for (const Isa* isa : all_isas()) {
		std::set<std::string> texts;
		for (uint64_t i = 0; i < 40; ++i) {
			const Program once = generate(7, i, *isa);
			EXPECT_EQ(once, generate(7, i, *isa));
			EXPECT_EQ(source_text(once, *isa, "x"), source_text(generate(7, i, *isa), *isa, "x"));
			texts.insert(source_text(once, *isa, "x"));
			EXPECT_NE(once, generate(8, i, *isa));
		}
		EXPECT_EQ(texts.size(), 40u);
	}
}

// The first numbers of the stream, and a hash of what is made of it: equal on every host. A change of the generator changes them, on purpose.
TEST(Generator, MakesTheSameOnEveryHost) {
	Random random(1);
	EXPECT_EQ(random.next(), 0x910a2dec89025cc1u);
	EXPECT_EQ(random.below(1000), 745u);
	std::string all;
	for (const Isa* isa : all_isas()) {
		for (const Program& program : programs(*isa, 1, 50)) all += source_text(program, *isa, "");
	}
	EXPECT_EQ(print_hash(hash_bytes(std::as_bytes(std::span{all}))), "c495abe3965c2fe67f1e0c1242dac66d");
}

void count_ops(const std::vector<Piece>& pieces, std::map<Op, int>& ops) {
	for (const Piece& piece : pieces) {
		++ops[piece.op];
		count_ops(piece.inside, ops);
	}
}

TEST(Generator, MakesAllThatItHasAWordFor) {
	for (const Isa* isa : all_isas()) {
		std::map<Op, int> ops;
		std::set<uint8_t> shapes;
		std::string text;
		int compact = 0;
		for (const Program& program : programs(*isa, 3, 400)) {
			for (const auto& phase : program.phases) count_ops(phase, ops);
			for (const Helper& helper : program.helpers) count_ops(helper.body, ops);
			shapes.insert(program.frame.shape);
			compact += program.compact ? 1 : 0;
			text += functions_text(program, *isa, {.prefix = "", .comments = false});
		}
		EXPECT_EQ(ops.size(), kOpCount) << isa->name;
		EXPECT_GE(shapes.size(), 3u);
		EXPECT_EQ(compact != 0, isa->has_sigpage) << "only arm has two instruction sets";
		for (const char* kind : {"dirty_begin.1", "dirty_begin.zero.", "dirty_begin.g.", "dirty_begin.address."}) EXPECT_THAT(text, HasSubstr(kind));
	}
}

// ---- AAPCS, by somebody who only calls ----

// One call with random numbers in every register that a caller may have something in, and a return address that nobody has code at.
struct Called {
	Cpu before, after;
	std::set<uint64_t> written;   // bytes of memory outside the callee's stack
	uint64_t deepest = 0;         // SP
	int64_t result = -1;
	std::array<uint64_t, 2> timespec{};
	std::string end;
};

constexpr uint64_t kTimespec = CURG_STACK + CURG_STACK_SIZE - 256;

uint64_t read(const Memory& memory, uint64_t at, uint8_t size) { return memory.load_word({at}, size).value_or(0); }

Cpu caller(const Isa& isa, const World& world, Random& random, uint64_t function) {
	Cpu cpu = world.start.cpu;
	for (size_t i = 0; i < isa.gpr_names.size(); ++i) {
		if (!isa.gpr_names[i].empty()) cpu.gpr[i] = isa.word == 4 ? random.next() >> 32 : random.next();
	}
	for (uint8_t i = 0; i < isa.vec_words; ++i) cpu.vec[i] = random.next();
	cpu.sp = CURG_STACK + CURG_STACK_SIZE - 512;
	cpu.gpr[0] = random.below(2);
	cpu.gpr[1] = kTimespec;
	cpu.gpr[isa.lr] = SIGPAGE + 0x4000;
	isa.enter(cpu, function);
	return cpu;
}

// Follows the callee instruction by instruction; the kernel model answers it.
Called call(const World& world, Machine& machine, uint64_t function, Random& random) {
	const Isa& isa = world.isa();
	EXPECT_TRUE(machine.load(world.plan).ok());
	Called called;
	Thread thread = world.start;
	thread.cpu = called.before = caller(isa, world, random, function);
	called.deepest = thread.cpu.sp;
	const uint64_t home = called.before.gpr[isa.lr];
	bool returned = false;
	for (int calls = 0; calls < 100 && !returned; ++calls) {
		const auto watch = [&](const Cpu& cpu, std::span<const Write> writes) {
			for (const Write& write : writes) {
				for (uint64_t i = 0; i < write.size; ++i) {
					if (write.at.value + i >= called.before.sp || write.at.value < CURG_STACK) called.written.insert(write.at.value + i);
				}
			}
			called.deepest = std::min(called.deepest, cpu.sp);
			return true;
		};
		Result<Stop> stop = machine.recorder().run(thread.cpu, watch);
		if (!stop) {
			called.end = stop.error().text;
			return called;
		}
		// It comes home by a jump to where nothing is mapped.
		returned = stop->reason == StopReason::fault && stop->address.value == home;
		if (returned) break;
		if (stop->reason != StopReason::syscall) {
			called.end = stop->text;
			return called;
		}
		kernel::CallResult answer = kernel::syscall(world.kernel, thread, machine.memory());
		if (answer.end != kernel::CallEnd::resumed) {
			called.end = "the call ends the process";
			return called;
		}
		thread = answer.thread;
	}
	called.after = thread.cpu;
	called.result = static_cast<int32_t>(thread.cpu.gpr[0]);
	for (size_t i = 0; i < 2; ++i) called.timespec[i] = read(machine.memory(), kTimespec + i * isa.timespec_word, isa.timespec_word);
	return called;
}

// What of the procedure call standard was broken; empty: nothing.
std::string broken(const Isa& isa, const World& world, const Called& called) {
	if (!called.end.empty()) return called.end;
	for (const uint8_t reg : isa.callee_saved) {
		if (called.after.gpr[reg] != called.before.gpr[reg]) return fmt::format("{} is lost", gpr_name(isa, reg));
	}
	for (const uint8_t word : isa.callee_saved_vec) {
		if (called.after.vec[word] != called.before.vec[word]) return fmt::format("d{} is lost", word);
	}
	if (called.after.sp != called.before.sp) return "SP is lost";
	if (called.before.sp - called.deepest > 0x1800) return "its stack is too deep";
	for (const uint64_t at : called.written) {
		if (at < kTimespec || at >= kTimespec + 2u * isa.timespec_word) return fmt::format("writes to {:#x}", at);
	}
	const Clock& clock = world.start.signals.clock;
	const int64_t now = called.before.gpr[0] == CLOCK_ID_REALTIME ? clock.realtime_ns : clock.monotonic_ns;
	const auto told = static_cast<int64_t>(called.timespec[0] * 1'000'000'000 + called.timespec[1]);
	if (called.result != 0 || told != now) return fmt::format("{} and {} ns, not {}", called.result, told, now);
	return {};
}

World world_with(const Isa& isa, const ImagePtr& vdso, WorldKind kind = WorldKind::go) {
	const GuestChoice v7{.variant = find_variant("v7")};
	Scenario scenario{.isa = &isa, .guest = v7, .vdso = {.blob = &generated_vdso()}, .world = kind};
	Result<World> made = build_world(scenario, WorldImages{.guest = *test::store().guest(isa, v7), .vdso = vdso, .sigpage = *test::store().sigpage(isa)});
	EXPECT_TRUE(made.ok());
	return *std::move(made);
}

std::string conforms(const Isa& isa, const ImagePtr& image, uint64_t seed) {
	const uint64_t function = VDSO + image->find(isa.clock_gettime.name)->value;
	for (const WorldKind kind : {WorldKind::go, WorldKind::clock_none}) {
		const World world = world_with(isa, image, kind);
		Random random(seed);
		for (int i = 0; i < 2; ++i) {
			std::string wrong = broken(isa, world, call(world, test::machine(isa), function, random));
			if (!wrong.empty()) return wrong;
		}
	}
	return {};
}

TEST(GeneratedConformance, EveryFunctionObeysAapcsForAnyRegisters) {
	for (const Isa* isa : all_isas()) {
		const std::vector<ImagePtr> images = assembled(*isa, programs(*isa, 11, 150));
		for (size_t i = 0; i < images.size(); ++i) {
			EXPECT_EQ(conforms(*isa, images[i], i), "") << isa->name << " seed 11 index " << i;
		}
	}
}

TEST(GeneratedConformance, TheCheckNoticesEachBreakage) {
	for (const Isa* isa : all_isas()) {
		for (size_t b = 1; b < kBreakageCount; ++b) {
			const std::vector<ImagePtr> images = assembled(*isa, programs(*isa, 12, 5, static_cast<Breakage>(b)));
			int noticed = 0;
			for (const ImagePtr& image : images) {
				noticed += conforms(*isa, image, b).empty() ? 0 : 1;
			}
			EXPECT_GE(noticed, 4) << isa->name << " " << breakage_name(static_cast<Breakage>(b));
		}
	}
}

// Whatever a shrinker drops, in whatever order: what is left obeys.
RC_GTEST_PROP(GeneratedConformance, OutlivesDroppingPieces, ()) {
	const Isa& isa = *all_isas()[*rc::gen::inRange<size_t>(0, all_isas().size())];
	Program program = generate(13, *rc::gen::inRange<uint64_t>(0, 10'000), isa);
	std::vector<Program> chain;
	for (int step = 0; step < 12; ++step) {
		const std::vector<Program> candidates = smaller(program);
		if (candidates.empty()) break;
		Program next = candidates[*rc::gen::inRange<size_t>(0, candidates.size())];
		RC_ASSERT(weight(next) < weight(program));
		program = std::move(next);
		chain.push_back(program);
	}
	const std::vector<ImagePtr> images = assembled(isa, chain);
	for (const ImagePtr& image : images) RC_ASSERT(image && conforms(isa, image, 1) == "");
}

// ---- many at once are what they would be alone ----

std::vector<std::string> symbols_of(const Image& image) {
	std::vector<std::string> all;
	for (const Symbol& symbol : image.symbols()) {
		// What the linker adds for itself.
		if (symbol.absolute || symbol.name.starts_with("_") != symbol.name.starts_with("__")) continue;
		all.push_back(fmt::format("{} {:#x} {} {}", symbol.name, symbol.value, symbol.size, symbol.function));
	}
	return all;
}

TEST(Mould, MakesWhatTheLinkerMakes) {
	for (const Isa* isa : all_isas()) {
		std::vector<Program> some = programs(*isa, 14, 12);
		const std::vector<ImagePtr> cast = assembled(*isa, some);
		for (size_t i = 0; i < some.size(); ++i) {
			const test::OwnFile file("alone.S", source_text(some[i], *isa, "alone"));
			Result<WorldImages> read = test::judge().read(*isa, file.path());
			ASSERT_TRUE(read.ok()) << read.error().text;
			const ImagePtr alone = read->vdso;
			ASSERT_EQ(cast[i]->segments().size(), 1u);
			EXPECT_EQ(cast[i]->segments()[0].range, alone->segments()[0].range);
			const auto loaded = [](const Image& image) { return std::vector<std::byte>(image.loaded(0).begin(), image.loaded(0).end()); };
			std::vector<std::byte> ours = loaded(*cast[i]), theirs = loaded(*alone);
			// The ELF header says where the section headers are, and here are none.
			const size_t header = isa->word == 8 ? 64 : 52;
			ASSERT_GE(ours.size(), header);
			ours.erase(ours.begin(), ours.begin() + static_cast<std::ptrdiff_t>(header));
			theirs.erase(theirs.begin(), theirs.begin() + static_cast<std::ptrdiff_t>(header));
			EXPECT_EQ(ours, theirs) << isa->name << " index " << i;
			EXPECT_EQ(symbols_of(*cast[i]), symbols_of(*alone));
			for (uint64_t at = 0; at < alone->segments()[0].range.end.value; at += 2) ASSERT_EQ(cast[i]->thumb(at), alone->thumb(at)) << hex(at);
		}
	}
}

TEST(Mould, RefusesWhatNeedsALinker) {
	Result<Mould> mould = Mould::make(kArm64, SIGLAB_SOURCES);
	ASSERT_TRUE(mould.ok());
	const std::string call = "p.__kernel_clock_gettime:\n\tbl elsewhere\np.__kernel_rt_sigreturn:\n\tret\n";
	Result<std::vector<Image>> images = assemble_many(*mould, "", std::array{VdsoPart{"x", "p.", call}});
	ASSERT_FALSE(images.ok());
	EXPECT_EQ(images.error().exit, Exit::usage);
	EXPECT_THAT(images.error().text, HasSubstr("relocations"));
	Result<std::vector<Image>> nonsense = assemble_many(*mould, "", std::array{VdsoPart{"x", "p.", "\tfrobnicate\n"}});
	ASSERT_FALSE(nonsense.ok());
	EXPECT_THAT(nonsense.error().text, HasSubstr("frobnicate"));
	Result<std::vector<Image>> nameless = assemble_many(*mould, "", std::array{VdsoPart{"x", "p.", "\tret\n"}});
	ASSERT_FALSE(nameless.ok());
	EXPECT_THAT(nameless.error().text, HasSubstr("does not define __kernel_"));
}

}  // namespace
}  // namespace siglab
