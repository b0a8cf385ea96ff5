// A third opinion, for arm64: qemu-aarch64 runs the same walk as a static program, with the same vDSO at the same place, and must leave the same
// registers and the same memory behind as the lab's walk does.
//
// Over  every vDSO of the catalogue that ends its walk, generated ones, and the real ones at hand; nanotime1 and walltime1 each.
// Counter  qemu shows the host's. So its rate is 0 here, for both: the time is the data page's alone. What the image has left of the counter in
//          registers that AAPCS64 lets it spoil may differ, in images that read it.
// Not compared  the thread pointer, which no frame has; of an image that reads the counter, what it has left below the SP.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <filesystem>

#include "base/file.h"
#include "executable.h"
#include "explore/walk.h"
#include "generate/generate.h"
#include "guest_asm/layout.h"
#include "image/assemble.h"
#include "kernel_model/frame.h"
#include "lab_fixture.h"
#include "real_vdsos.h"
#include "run_guest.h"
#include "start.h"
#include "vdso_blobs/catalogue.h"

namespace siglab::test {
namespace {

constexpr Signal kTrap{5};
constexpr GuestRange kStack{{0x320000}, {0x330000}};  // SIGTRAP's own
constexpr size_t kFrameBytes = 4704;

// A world whose walk both can make, and its end as the lab has it.
struct Made {
	World world;
	Cpu end;
	std::vector<std::pair<GuestRange, std::vector<std::byte>>> memory;
	bool reads_counter = false;
};

void stop_the_counter(World& world) {
	for (RegionPlan& region : world.plan) {
		for (const uint64_t data : {world.kernel.vvar.value, world.kernel.vvar.value + world.kernel.layout.raw}) {
			const GuestAddr at{data + VVAR_MULT};
			if (world.kernel.has_vvar && region.range.contains(at)) std::memset(region.contents.data() + (at - region.range.begin), 0, 4);
		}
	}
}

Made make(World world) {
	Made made{.world = std::move(world)};
	made.reads_counter = made.world.kernel.layout.counter;
	if (made.reads_counter) stop_the_counter(made.world);
	Machine& machine = test::machine(kArm64);
	EXPECT_TRUE(machine.load(made.world.plan).ok());
	std::vector<Finding> findings;
	Result<Walk> walk = record_walk(made.world, machine, made.world.start, made.world.ghost, 0, findings);
	EXPECT_TRUE(walk && walk->end.kind == EndKind::completed);
	if (!walk) return made;
	made.end = walk->cpu(walk->boundaries() - 1);
	for (const Region& region : machine.memory().regions()) {
		if (allows(region.perm, Perm::write)) made.memory.push_back({region.range, {region.bytes().begin(), region.bytes().end()}});
	}
	return made;
}

// The walk as a program: SIGTRAP instead of its last svc, and a handler that writes out what it finds.
class Program {
   public:
	explicit Program(const Made& made) : made_(made), plan_(made.world.plan) {}

	Status write_to(const std::string& path) {
		Result<Image> report = assemble(kArm64, {.linker_script = SIGLAB_CROSS_DIR "/end_state.ld"}, SIGLAB_CROSS_DIR "/end_state.S", SIGLAB_SOURCES);
		if (!report) return report.error();
		add_report(*report);
		World world = made_.world;
		world.scenario.signal = kTrap;
		world.start.signals.altstack = {kStack.begin.value, kStack.size(), 0};
		world.start.signals.actions.set(static_cast<size_t>(kTrap), {report->find("end_state.report")->value, kSaSiginfo | kSaOnstack, 0, 0});
		const Result<GuestAddr> entry = peers::add_start(world, plan_);
		if (!entry) return entry.error();
		if (Status written = write_file(path, peers::make_executable(plan_, *entry).bytes); !written) return written;
		std::filesystem::permissions(path, std::filesystem::perms::owner_all);
		return Done{};
	}

   private:
	void add_report(const Image& report) {
		for (const Segment& segment : report.segments()) {
			const std::span<const std::byte> loaded = report.loaded(segment.range.begin.value);
			RegionPlan region{"report", {segment.range.begin, {round_up(segment.range.end.value, kPageSize)}},
			                  segment.executable ? Perm::read | Perm::exec : Perm::read, {loaded.begin(), loaded.end()}};
			region.contents.resize(region.range.size());
			plan_.push_back(std::move(region));
		}
		plan_.push_back({"report's stack", kStack, Perm::read | Perm::write, {}});
		place({made_.end.pc}, report.loaded(report.find("end_state.stop")->value).first(4));
		GuestAddr row{report.find("end_state.table")->value};
		for (const auto& [range, bytes] : made_.memory) {
			const std::array<uint64_t, 2> pair = {range.begin.value, range.size()};
			place(row, std::as_bytes(std::span{pair}));
			row = row + sizeof pair;
		}
	}

	void place(GuestAddr at, std::span<const std::byte> bytes) {
		for (RegionPlan& region : plan_) {
			if (!region.range.contains(at)) continue;
			region.contents.resize(region.range.size());
			std::copy(bytes.begin(), bytes.end(), region.contents.begin() + static_cast<std::ptrdiff_t>(at - region.range.begin));
		}
	}

	const Made& made_;
	std::vector<RegionPlan> plan_;
};

// What qemu left, in the lab's words.
struct Theirs {
	Cpu cpu;
	std::span<const std::byte> memory;
};

std::optional<Theirs> read_report(const std::string& output) {
	if (output.size() < kFrameBytes) return std::nullopt;
	std::vector<std::byte> frame(round_up(kFrameBytes, kPageSize));
	std::memcpy(frame.data(), output.data(), kFrameBytes);
	const Memory memory({{"frame", {{0}, {frame.size()}}, Perm::read, frame.data()}});
	if (!kernel::check_frame(kArm64, {0}, memory)) return std::nullopt;
	Cpu cpu;
	kernel::Frame rest;
	kernel::read_frame(kArm64, {0}, memory, cpu, rest);
	return Theirs{cpu, std::as_bytes(std::span{output}).subspan(kFrameBytes)};
}

std::vector<std::string> differences(const Made& made, const Theirs& theirs) {
	std::vector<std::string> found;
	const auto compare = [&](const std::string& what, uint64_t ours, uint64_t other) {
		if (ours != other) found.push_back(fmt::format("{} is {:#x}, and {:#x} to qemu", what, ours, other));
	};
	const auto spoiled = [&](size_t i) { return made.reads_counter && i <= 17; };
	for (size_t i = 0; i < made.end.gpr.size(); ++i) {
		if (!spoiled(i)) compare(fmt::format("x{}", i), made.end.gpr[i], theirs.cpu.gpr[i]);
	}
	compare("sp", made.end.sp, theirs.cpu.sp);
	compare("pc", made.end.pc, theirs.cpu.pc);
	if (!made.reads_counter) compare("pstate", made.end.flags, theirs.cpu.flags);
	compare("fpsr", made.end.fpsr, theirs.cpu.fpsr);
	compare("fpcr", made.end.fpcr, theirs.cpu.fpcr);
	for (size_t i = 0; i < made.end.vec.size(); ++i) compare(fmt::format("v{}.d[{}]", i / 2, i % 2), made.end.vec[i], theirs.cpu.vec[i]);
	size_t offset = 0;
	for (const auto& [range, bytes] : made.memory) {
		// What lies below the SP is nobody's, and has leftovers of the counter.
		const uint64_t from = made.reads_counter && range.contains({made.end.sp}) ? made.end.sp - range.begin.value : 0;
		for (uint64_t i = from; i < bytes.size(); ++i) {
			const std::byte other = theirs.memory[offset + i];
			if (bytes[i] != other) found.push_back(fmt::format("{:#x} holds {:#x}, and {:#x} to qemu", range.begin.value + i, bytes[i], other));
		}
		offset += bytes.size();
	}
	return found;
}

// Empty where the two agree.
std::vector<std::string> third_opinion(World world) {
	const Made made = make(std::move(world));
	const Result<TempDir> dir = TempDir::make();
	const std::string path = dir->file("walk");
	if (const Status written = Program(made).write_to(path); !written) return {written.error().text};
	const std::optional<std::string> output = output_of(SIGLAB_QEMU_ARM64 " -cpu cortex-a57 " + path);
	const std::optional<Theirs> theirs = output ? read_report(*output) : std::nullopt;
	size_t memory = 0;
	for (const auto& [range, bytes] : made.memory) memory += bytes.size();
	if (!theirs || theirs->memory.size() != memory) return {"qemu did not come to the walk's end"};
	return differences(made, *theirs);
}

std::vector<std::string> opinions_on(const std::string& vdso) {
	std::vector<std::string> all;
	for (const char* function : {"nanotime1", "walltime1"}) {
		for (const std::string& one : third_opinion(world(fmt::format("arm64:v6:{}:curg:{}:go:PROF:1", function, vdso)))) all.push_back(function + (": " + one));
	}
	return all;
}

TEST(ThirdOpinion, QemuEndsTheCataloguesWalksAsTheLabDoes) {
	size_t walks = 0;
	for (const Vdso& vdso : all_vdsos()) {
		if (!vdso.isas.on(kArm64)) continue;
		SCOPED_TRACE(vdso.name);
		EXPECT_EQ(opinions_on(std::string{vdso.name}), std::vector<std::string>{});
		++walks;
	}
	EXPECT_GT(walks, 5u);
}

TEST(ThirdOpinion, QemuEndsWalksOfGeneratedVdsosAsTheLabDoes) {
	for (uint64_t i = 0; i < 24; ++i) {
		SCOPED_TRACE(i);
		const OwnFile file("generated.S", source_text(generate(6, i, kArm64), kArm64, "third opinion"));
		EXPECT_EQ(opinions_on(file.text()), std::vector<std::string>{});
	}
}

TEST(ThirdOpinion, QemuEndsRealKernelsWalksAsTheLabDoes) {
	SIGLAB_NEEDS_REAL_VDSOS();
	for (const std::string& path : real_vdsos()) {
		const std::string kernel = path.substr(0, path.rfind('-'));  // a name ends with its ISA and a hash
		if (!kernel.ends_with("-arm64")) continue;
		SCOPED_TRACE(path);
		EXPECT_EQ(opinions_on(guest_text({.file = path})), std::vector<std::string>{});
	}
}

// What would go unseen if nothing were compared.
TEST(ThirdOpinion, ADifferenceIsSeen) {
	Made made = make(world("arm64:v6:nanotime1:curg:clobber-g:go:PROF:1"));
	std::string output(kFrameBytes, '\0');
	std::vector<std::byte> frame(2 * kPageSize);
	Memory memory({{"frame", {{0}, {frame.size()}}, Perm::read | Perm::write, frame.data()}});
	ASSERT_TRUE(kernel::write_frame(kArm64, made.end, {}, {0}, memory));
	std::memcpy(output.data(), frame.data(), kFrameBytes);
	for (const auto& [range, bytes] : made.memory) output.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
	ASSERT_TRUE(read_report(output).has_value());
	EXPECT_EQ(differences(made, *read_report(output)), std::vector<std::string>{});
	made.end.gpr[28] ^= 1;
	made.memory.back().second.back() ^= std::byte{1};
	EXPECT_EQ(differences(made, *read_report(output)).size(), 2u);
}

}  // namespace
}  // namespace siglab::test
