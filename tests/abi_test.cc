// The clobber document: what it says of the lab's own vDSOs is what their labels declare, and what the versions show when they are swept.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "abi/beliefs.h"
#include "abi/survey.h"
#include "guest_asm/layout.h"
#include "image/alternatives.h"
#include "lab_fixture.h"
#include "real_vdsos.h"
#include "report/abi.h"

namespace siglab {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

AbiImage surveyed(const Image& image, const std::string& name) {
	Result<AbiImage> record = survey(image, name, test::machine(image.isa()));
	if (!record) ADD_FAILURE() << record.error().text;
	return record ? *std::move(record) : AbiImage{};
}

AbiImage surveyed(const Isa& isa, std::string_view blob) { return surveyed(**test::store().vdso(isa, {.blob = find_vdso(blob)}), std::string{blob}); }

TEST(Abi, DeclaredClobbersOfEveryBlobAreTheMeasuredOnes) {
	for (const Isa* isa : all_isas()) {
		for (const Vdso& blob : all_vdsos()) {
			if (!blob.isas.on(*isa)) continue;
			const World world = test::world(fmt::format("{}:v6:nanotime1:curg:{}:go:PROF:1", isa->name, blob.name));
			const AbiImage image = surveyed(*isa, blob.name);
			size_t dirty = 0;
			for (const AbiPath& path : image.paths) {
				for (const AbiStep& step : path.steps) {
					EXPECT_EQ(path.dirty_at(step), world.truth.declared_dirty({VDSO + step.pc})) << isa->name << " " << blob.name << " " << path.path << hex(step.pc);
				}
				dirty += path.dirty;
			}
			EXPECT_EQ(dirty != 0, blob.dirt != Dirt::none) << blob.name;
		}
	}
}

TEST(Abi, OnlyTheLeakBreaksAapcs) {
	for (const Isa* isa : all_isas()) {
		for (const Vdso& blob : all_vdsos()) {
			if (!blob.isas.on(*isa)) continue;
			for (const AbiPath& path : surveyed(*isa, blob.name).paths) {
				const std::vector<std::string> g = {std::string{gpr_name(*isa, isa->g)}};
				EXPECT_EQ(path.breaks, blob.leaks ? g : std::vector<std::string>{}) << blob.name << " " << path.path;
			}
		}
	}
}

// The caller's register is on the stack while the blob has another use for it: clobber-g's comments say where.
TEST(Abi, SaysWhereTheCallersValueIs) {
	const AbiImage image = surveyed(kArm64, "clobber-g");
	for (const AbiState& state : image.paths.front().states) {
		if (!state.g_dirty) continue;
		EXPECT_EQ(state.away, std::vector{(AbiAway{"x28", "caller's sp - 16"})});
		EXPECT_EQ(state.depth, 16u);
	}
	EXPECT_EQ(image.paths.front().registers, std::vector<std::string>{"x28"});
}

TEST(Abi, StaticViewHasWhatWasReachedAndMore) {
	const AbiImage image = surveyed(kArm64, "clobber-g");
	std::vector<std::string> texts;
	for (const AbiWrite& write : image.writes) {
		EXPECT_EQ(write.registers, std::vector<std::string>{"x28"});
		EXPECT_TRUE(write.reached);
		texts.push_back(image.code.at(write.pc).text);
	}
	EXPECT_THAT(texts, testing::ElementsAre(HasSubstr("mov"), HasSubstr("movk"), HasSubstr("ldr x28")));
}

// Boundaries at which a version loses g by its declared behaviour, against those at which a sweep saw it lose g.
void expect_same_as_sweep(const Isa& isa, const Image& image, const std::string& vdso) {
	const Beliefs beliefs(image);
	const std::vector<std::string> versions = Beliefs::versions(isa);
	for (size_t v = 0; v < versions.size(); ++v) {
		const Sweep sweep = test::swept(fmt::format("{}:{}:nanotime1:curg:{}:go:USR1:1", isa.name, versions[v], vdso));
		std::set<uint32_t> seen, said;
		for (const Finding& finding : sweep.runs.front().findings) {
			if (finding.verdict.property == Property::recovers_g && finding.boundary) seen.insert(*finding.boundary);
		}
		for (uint32_t i = 0; i < sweep.walk.boundaries(); ++i) {
			const Cpu& cpu = sweep.walk.cpu(i);
			if (!sweep.walk.ghost(i).in_vdso) continue;
			const bool dirty = cpu.gpr[isa.g] != sweep.walk.ghost(i).owner;
			if (beliefs.at(cpu.pc - VDSO, dirty)[v].lost) said.insert(i);
		}
		EXPECT_EQ(seen, said) << vdso << " " << versions[v];
	}
}

TEST(Abi, WhereVersionsFindGIsWhatASweepSees) {
	for (const Isa* isa : all_isas()) {
		for (const std::string_view blob : {"clean", "clobber-g", "two-page", "gnu-hash-only"}) {
			expect_same_as_sweep(*isa, **test::store().vdso(*isa, {.blob = find_vdso(blob)}), std::string{blob});
		}
	}
}

TEST(Abi, Difference) {
	const AbiRecord two{Beliefs::versions(kArm64), {surveyed(kArm64, "clean"), surveyed(kArm64, "clobber-g")}};
	const std::string text = to_markdown(abi_difference(two));
	EXPECT_THAT(text, HasSubstr("| `__kernel_clock_gettime` | CLOCK_MONOTONIC | registers used | - | x28 |"));
	const AbiRecord same{two.versions, {two.images[0], two.images[0]}};
	EXPECT_THAT(to_markdown(abi_difference(same)), HasSubstr("the same, byte for byte"));
	AbiRecord elsewhere = same;
	elsewhere.images[1].data = "2 pages, 8 KiB in front";
	EXPECT_THAT(to_markdown(abi_difference(elsewhere)), HasSubstr("| data | " + same.images[0].data + " | 2 pages, 8 KiB in front |"));
	AbiRecord fewer{two.versions, {two.images[0], two.images[0]}};
	const std::string path = fmt::format("| `{}` | {} | path |", fewer.images[0].paths.back().function, fewer.images[0].paths.back().path);
	fewer.images[1].paths.pop_back();
	EXPECT_THAT(to_markdown(abi_difference(fewer)), HasSubstr(path + " there | not there |"));
	std::swap(fewer.images[0], fewer.images[1]);
	EXPECT_THAT(to_markdown(abi_difference(fewer)), HasSubstr(path + " not there | there |"));
}

TEST(Abi, Forms) {
	const AbiRecord record{Beliefs::versions(kArm), {surveyed(kArm, "clobber-g")}};
	EXPECT_THAT(to_markdown(abi_document(record)), HasSubstr("### `__vdso_clock_gettime`: CLOCK_MONOTONIC"));
	EXPECT_THAT(to_html(abi_summary(record)), HasSubstr("<code>__vdso_clock_gettime</code>"));
	AbiRecord inside{record};
	inside.images[0].paths[0].inside_it = 2;
	EXPECT_THAT(to_markdown(abi_document(inside)), HasSubstr("2 boundaries lie inside Thumb IT blocks"));
	const std::string csv = abi_csv(record);
	size_t boundaries = 0;
	for (const AbiPath& path : record.images[0].paths) boundaries += path.steps.size();
	EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), static_cast<long>(boundaries) + 1);
	EXPECT_EQ(print_abi_record(record), print_abi_record({record.versions, {surveyed(kArm, "clobber-g")}}));
}

// ---- real kernels ----

struct Known {
	std::string_view release;  // begins with
	std::string_view flavour;  // contains
	const Isa* isa;
	uint32_t dirty, boundaries;
};
// Known from disassembly by others, who leave the boundary before the first instruction out: one less than ours.
const Known kKnown[] = {{"5.10", "armmp", &kArm, 46, 80}, {"6.1.", "armmp", &kArm, 33, 71}, {"7.", "armmp", &kArm, 48, 70},
                        {"5.10", "arm64-arm-", &kArm, 49, 75}, {"6.", "arm64-arm-", &kArm, 41, 70}, {"6.", "arm64-16k-arm-", &kArm, 41, 70},
                        {"7.", "arm64-arm-", &kArm, 39, 71}, {"7.", "arm64-16k-arm-", &kArm, 39, 71}};

AbiImage surveyed_file(const std::string& path) {
	Result<std::vector<VdsoFile>> file = read_vdso_file(path);
	if (!file) ADD_FAILURE() << file.error().text;
	Result<Image> mapped = as_mapped(std::move(file->front().image));
	if (!mapped) ADD_FAILURE() << mapped.error().text;
	return surveyed(*mapped, file->front().name);
}

TEST(RealVdsos, ReturnTheModelsTimeAndKeepAapcsOnEveryPath) {
	SIGLAB_NEEDS_REAL_VDSOS();
	for (const std::string& path : test::real_vdsos()) {
		const AbiImage image = surveyed_file(path);
		EXPECT_FALSE(image.paths.empty()) << path;
		EXPECT_THAT(image.unexplored, testing::Each(HasSubstr("sigreturn"))) << path;
		for (const AbiPath& one : image.paths) EXPECT_TRUE(one.good) << path << " " << one.function << " " << one.path << ": " << one.end << " " << one.result;
	}
}

TEST(RealVdsos, DirtyBoundariesAreTheKnownOnes) {
	SIGLAB_NEEDS_REAL_VDSOS();
	for (const std::string& path : test::real_vdsos()) {
		const AbiImage image = surveyed_file(path);
		const AbiPath* fast = nullptr;
		for (const AbiPath& one : image.paths) {
			if (one.path == "CLOCK_MONOTONIC" && one.function.ends_with("_clock_gettime")) fast = &one;
			if (one.function == "__kernel_getrandom" && one.path.find("system call") == std::string::npos && one.steps.size() > 100) {
				EXPECT_GT(one.dirty, one.steps.size() / 2) << path << " " << one.path;
			}
		}
		ASSERT_NE(fast, nullptr) << path;
		if (image.isa == "arm64") {
			EXPECT_EQ(fast->dirty, 0u) << path;
		}
		for (const Known& known : kKnown) {
			const std::string file = path.substr(path.rfind('/') + 1);
			if (image.isa != known.isa->name || !file.starts_with(known.release) || file.find(known.flavour) == std::string::npos) continue;
			EXPECT_EQ(fast->dirty, known.dirty) << path;
			EXPECT_EQ(fast->steps.size(), known.boundaries) << path;
		}
	}
}

TEST(RealVdsos, WhereVersionsFindGIsWhatASweepSees) {
	SIGLAB_NEEDS_REAL_VDSOS();
	const std::vector<std::string> all = test::real_vdsos();
	for (const Isa* isa : all_isas()) {
		const auto one = std::find_if(all.begin(), all.end(), [&](const std::string& path) { return path.find(fmt::format("-{}-", isa->name)) != std::string::npos && path.find("-arm64-arm-") == std::string::npos; });
		if (one == all.end()) continue;
		const VdsoChoice choice{.file = *one};
		Result<ImagePtr> image = test::store().vdso(*isa, choice);
		ASSERT_TRUE(image) << image.error().text;
		expect_same_as_sweep(*isa, **image, vdso_text(choice));
	}
}

}  // namespace
}  // namespace siglab
