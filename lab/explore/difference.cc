#include "explore/difference.h"

#include <fmt/format.h>

#include <cstring>
#include <set>

namespace siglab {
namespace {

using Differences = std::vector<Difference>;

void add(Differences& all, std::string name, uint64_t first, uint64_t second) {
	if (first != second) all.push_back({std::move(name), first, second});
}

void compare_registers(const Isa& isa, const Cpu& first, const Cpu& second, Differences& all) {
	for (uint8_t i = 0; i < first.gpr.size(); ++i) add(all, std::string{gpr_name(isa, i)}, first.gpr[i], second.gpr[i]);
	add(all, "sp", first.sp, second.sp);
	add(all, "pc", first.pc, second.pc);
	add(all, "flags", first.flags, second.flags);
	add(all, "fpsr", first.fpsr, second.fpsr);
	add(all, "fpcr", first.fpcr, second.fpcr);
	for (size_t i = 0; i < first.vec.size(); ++i) add(all, fmt::format("FP/SIMD word {}", i), first.vec[i], second.vec[i]);
}

void compare_kernel(const Signals& first, const Signals& second, Differences& all) {
	add(all, "blocked", first.blocked, second.blocked);
	add(all, "pending", first.pending, second.pending);
	add(all, "clock", static_cast<uint64_t>(first.clock.monotonic_ns), static_cast<uint64_t>(second.clock.monotonic_ns));
}

std::string name_of(const World& world, GuestAddr at) {
	if (world.truth.slot == at) return "slot";
	for (const TraceFields& trace : world.truth.trace) {
		if (trace.vdso_pc == at) return "vdsoPC";
		if (trace.vdso_sp == at) return "vdsoSP";
	}
	return fmt::format("{:#x}", at.value);
}

std::span<const std::byte> block_of(const Snapshot& base, const Delta& delta, uint32_t number) {
	const auto at = std::lower_bound(delta.blocks.begin(), delta.blocks.end(), number);
	if (at == delta.blocks.end() || *at != number) return base.all().subspan(number * kBlockSize, kBlockSize);
	return std::span{delta.bytes}.subspan(static_cast<size_t>(at - delta.blocks.begin()) * kBlockSize, kBlockSize);
}

void compare_block(const World& world, const Snapshot& base, uint32_t number, const State& first, const State& second, Differences& all) {
	const std::span<const std::byte> one = block_of(base, first.memory, number), other = block_of(base, second.memory, number);
	const uint8_t word = world.isa().word;
	for (size_t offset = 0; offset < kBlockSize; offset += word) {
		uint64_t a = 0, b = 0;
		std::memcpy(&a, one.data() + offset, word);
		std::memcpy(&b, other.data() + offset, word);
		if (a != b) add(all, name_of(world, base.address_of_block(number) + offset), a, b);
	}
}

}  // namespace

std::vector<Difference> differences(const World& world, const Snapshot& base, const State& first, const State& second) {
	Differences all;
	compare_registers(world.isa(), first.thread.cpu, second.thread.cpu, all);
	compare_kernel(first.thread.signals, second.thread.signals, all);
	std::set<uint32_t> blocks(first.memory.blocks.begin(), first.memory.blocks.end());
	blocks.insert(second.memory.blocks.begin(), second.memory.blocks.end());
	for (const uint32_t block : blocks) compare_block(world, base, block, first, second, all);
	return all;
}

}  // namespace siglab
