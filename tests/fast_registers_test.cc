// FastRegisters over a made-up library: a CPU of plain bytes, and a "public API" that reads and writes it.
#include <gtest/gtest.h>

#include <cstring>

#include "machine/engine.h"
#include "machine/fast_registers.h"

namespace siglab {
namespace {

constexpr std::array<uint8_t, 3> kGprs = {0, 5, 14};

// General registers lie apart and backwards, vectors together, behind some bytes that are none of them.
struct Library {
	explicit Library(const Isa& of) : isa(of), bytes(4096) {}

	[[nodiscard]] size_t gpr_at(size_t i) const { return 512 - i * 64; }
	static constexpr size_t kSpAt = 640;
	[[nodiscard]] static size_t vec_at(size_t i) { return 1024 + i * 8; }

	bool write(const Cpu& cpu) {
		for (size_t i = 0; i < kGprs.size(); ++i) std::memcpy(&bytes[gpr_at(i)], &cpu.gpr[kGprs[i]], isa.word);
		std::memcpy(&bytes[kSpAt], &cpu.sp, isa.word);
		for (size_t i = 0; i < isa.vec_words; ++i) std::memcpy(&bytes[vec_at(i)], &cpu.vec[i], 8);
		if (keeps_a_copy) std::memcpy(&bytes[2048], &cpu.gpr[0], isa.word);
		return works;
	}
	bool read(Cpu& cpu) const {
		for (size_t i = 0; i < kGprs.size(); ++i) std::memcpy(&cpu.gpr[kGprs[i]], &bytes[gpr_at(i)], isa.word);
		std::memcpy(&cpu.sp, &bytes[kSpAt], isa.word);
		for (size_t i = 0; i < isa.vec_words; ++i) std::memcpy(&cpu.vec[i], &bytes[vec_at(i)], 8);
		if (caches) cpu.gpr[5] = 0;
		return works;
	}
	[[nodiscard]] FastRegisters registers() {
		return {bytes, isa, kGprs, [this](Cpu& cpu) { return write(cpu); }, [this](Cpu& cpu) { return read(cpu); }};
	}

	const Isa& isa;
	std::vector<std::byte> bytes;
	bool works = true, keeps_a_copy = false, caches = false;
};

Cpu some_cpu(const Isa& isa) {
	Cpu cpu;
	for (const uint8_t gpr : kGprs) cpu.gpr[gpr] = 0x01020304u + gpr;
	cpu.sp = 0x05060708;
	for (uint8_t i = 0; i < isa.vec_words; ++i) cpu.vec[i] = 0x1122334455667788 + i;
	return cpu;
}

class OnEveryIsaRegisters : public testing::TestWithParam<const Isa*> {};
INSTANTIATE_TEST_SUITE_P(, OnEveryIsaRegisters, testing::ValuesIn(all_isas().begin(), all_isas().end()),
                         [](const auto& test) { return std::string{test.param->name}; });

TEST_P(OnEveryIsaRegisters, AreFoundWhereverTheyLieAndWhatStoodThereIsBack) {
	Library library(*GetParam());
	const Cpu before = some_cpu(*GetParam());
	library.write(before);
	const std::vector<std::byte> bytes = library.bytes;
	const FastRegisters registers = library.registers();
	ASSERT_TRUE(registers.on());
	EXPECT_EQ(library.bytes, bytes);
	Cpu read;
	registers.read(read);
	EXPECT_EQ(read, before);
	Cpu other = before;
	for (const uint8_t gpr : kGprs) ++other.gpr[gpr];
	++other.sp;
	for (uint8_t i = 0; i < GetParam()->vec_words; ++i) ++other.vec[i];
	registers.write(other);
	Cpu seen;
	library.read(seen);
	EXPECT_EQ(seen, other);
}

TEST_P(OnEveryIsaRegisters, AreNotGuessed) {
	for (bool Library::*wrong : {&Library::keeps_a_copy, &Library::caches}) {
		Library library(*GetParam());
		library.*wrong = true;
		EXPECT_FALSE(library.registers().on());
	}
	Library refuses(*GetParam());
	refuses.works = false;
	EXPECT_FALSE(refuses.registers().on());
	Library unknown(*GetParam());
	const auto write = [&](Cpu& cpu) { return unknown.write(cpu); };
	const auto read = [&](Cpu& cpu) { return unknown.read(cpu); };
	EXPECT_FALSE(FastRegisters({}, *GetParam(), kGprs, write, read).on());
}

// The library that this build has: either it lets us, or it says that it does not; plain() does without at once.
TEST_P(OnEveryIsaRegisters, OfUnicornAreFoundAndCanBeDoneWithout) {
	Result<std::unique_ptr<Engine>> engine = open_unicorn(*GetParam(), Hooks::none);
	ASSERT_TRUE(engine.ok());
	EXPECT_EQ((*engine)->shortcuts().registers, unicorn_version().starts_with("2.0."));
	(*engine)->plain();
	EXPECT_FALSE((*engine)->shortcuts().registers);
	EXPECT_FALSE((*engine)->shortcuts().stores);
}

}  // namespace
}  // namespace siglab
