// Strong types for what is easily mixed up: an address in the guest is not a number and not a pointer of ours.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>

namespace siglab {

// An address in the guest's address space, in bytes.
struct GuestAddr {
	uint64_t value = 0;

	constexpr auto operator<=>(const GuestAddr&) const = default;
	constexpr GuestAddr operator+(uint64_t bytes) const { return {value + bytes}; }
	constexpr GuestAddr operator-(uint64_t bytes) const { return {value - bytes}; }
	constexpr uint64_t operator-(GuestAddr other) const { return value - other.value; }
};

// [begin, end) in the guest's address space.
struct GuestRange {
	GuestAddr begin;
	GuestAddr end;

	constexpr bool operator==(const GuestRange&) const = default;
	[[nodiscard]] constexpr bool contains(GuestAddr at) const { return begin <= at && at < end; }
	[[nodiscard]] constexpr uint64_t size() const { return end - begin; }
	[[nodiscard]] constexpr bool empty() const { return begin >= end; }
};

constexpr uint64_t round_down(uint64_t value, uint64_t power_of_two) { return value & ~(power_of_two - 1); }
constexpr uint64_t round_up(uint64_t value, uint64_t power_of_two) { return round_down(value + power_of_two - 1, power_of_two); }

inline constexpr uint64_t kPageSize = 4096;

}  // namespace siglab
