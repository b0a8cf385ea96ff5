// Random numbers that are the same on every host: the generator's own definition, and none of the standard library's distributions.
//
// Follows   SplitMix64 (Steele, Lea, Flood 2014): a counter that is mixed. Good enough to choose shapes of programs by; not for secrets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace siglab {

constexpr uint64_t mix(uint64_t x) {
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

class Random {
   public:
	explicit constexpr Random(uint64_t seed) : state_(seed) {}

	constexpr uint64_t next() { return mix(state_ += 0x9e3779b97f4a7c15); }
	// 0 .. limit - 1. The bias is below limit / 2^32. limit > 0.
	constexpr uint32_t below(uint32_t limit) { return static_cast<uint32_t>((next() >> 32) * limit >> 32); }
	constexpr uint32_t between(uint32_t first, uint32_t last) { return first + below(last - first + 1); }
	constexpr bool one_in(uint32_t n) { return below(n) == 0; }
	template <class T>
	constexpr const T& one_of(std::span<const T> from) {
		return from[below(static_cast<uint32_t>(from.size()))];
	}

   private:
	uint64_t state_;
};

}  // namespace siglab
