// Guests of a few instructions, on machines that all tests share: what an engine makes of them.
#pragma once

#include <gtest/gtest.h>

#include "image/assemble.h"
#include "kernel_stage.h"
#include "lab_fixture.h"

namespace siglab::test {

inline constexpr uint64_t kText = GUEST_TEXT, kData = GUEST_DATA, kTwoPages = kData + 0x10000;
inline constexpr uint64_t kThumbFlag = 0x20;

inline const std::vector<std::byte>& assembled(const Isa& isa, const std::string& code) {
	static std::map<std::pair<IsaId, std::string>, std::vector<std::byte>> known;
	std::vector<std::byte>& made = known[{isa.id, code}];
	if (!made.empty()) return made;
	const OwnFile file("micro.S", "\t.text\n" + code + "\n");
	Result<Image> image = assemble(isa, {ImageKind::guest}, file.path(), SIGLAB_SOURCES);
	if (!image) ADD_FAILURE() << image.error().text;
	if (!image) return made;
	const std::span<const std::byte> bytes = image->loaded(kText);
	return made = {bytes.begin(), bytes.end()};
}

// Code at kText and a page of data, and two that lie together.
class Micro {
   public:
	Micro(const Isa& isa, const std::string& code) : machine_(machine(isa, engine)) {
		cpu = patterned_cpu(isa);
		cpu.pc = kText;
		cpu.sp = kData + 0x800;
		const Status loaded =
			machine_.load(std::vector<RegionPlan>{{"text", {{kText}, {kText + kPageSize}}, Perm::read | Perm::exec, assembled(isa, code)},
		                                          {"data", {{kData}, {kData + kPageSize}}, Perm::read | Perm::write, {}},
			                                          {"two pages", {{kTwoPages}, {kTwoPages + 2 * kPageSize}}, Perm::read | Perm::write, {}}});
		EXPECT_TRUE(loaded.ok());
	}

	// On the hooked engine; `pcs`, `cpus` and `writes` are what it tells at its boundaries.
	Stop record(uint32_t stop_at = UINT32_MAX) {
		pcs.clear();
		writes.clear();
		cpus.clear();
		const auto take = [&](const Cpu& now, std::span<const Write> made) {
			pcs.push_back(now.pc);
			cpus.push_back(now);
			writes.insert(writes.end(), made.begin(), made.end());
			return pcs.size() <= stop_at;
		};
		return run(machine_.recorder(), take);
	}
	Stop replay() { return told(machine_.replay(cpu)); }
	Stop run(bool hooked) { return hooked ? record() : replay(); }
	Memory& memory() { return machine_.memory(); }

	Cpu cpu;
	std::vector<uint64_t> pcs;
	std::vector<Cpu> cpus;
	std::vector<Write> writes;

	static inline EngineKind engine = EngineKind::unicorn;

   private:
	Stop run(Engine& on, Watcher watcher) { return told(on.run(cpu, watcher)); }
	static Stop told(const Result<Stop>& stop) {
		if (!stop) ADD_FAILURE() << stop.error().text;
		return stop ? *stop : Stop{};
	}

	Machine& machine_;
};

inline const char* of(const Isa& isa, const char* arm64, const char* arm) { return isa.word == 8 ? arm64 : arm; }

// A test that every engine must pass.
class OnEngine : public testing::TestWithParam<EngineKind> {
   protected:
	void SetUp() override {
		if (!is_there(GetParam())) GTEST_SKIP() << "this build has no dynarmic";
		Micro::engine = GetParam();
	}
	void TearDown() override { Micro::engine = EngineKind::unicorn; }
};

inline auto every_engine() { return testing::Values(EngineKind::unicorn, EngineKind::dynarmic, EngineKind::both); }
inline std::string name_of_engine(const testing::TestParamInfo<EngineKind>& of) { return std::string{engine_name(of.param)}; }

}  // namespace siglab::test
