#include "world/world.h"

namespace siglab {
namespace {

void add(std::vector<std::byte>& bytes, uint64_t number) {
	const std::span<const std::byte> raw = std::as_bytes(std::span{&number, 1});
	bytes.insert(bytes.end(), raw.begin(), raw.end());
}

}  // namespace

Hash128 first_moment(const World& world) {
	std::vector<std::byte> bytes;
	for (const RegionPlan& region : world.plan) {
		add(bytes, region.range.begin.value);
		add(bytes, region.range.end.value);
		add(bytes, static_cast<uint64_t>(region.perm));
		bytes.insert(bytes.end(), region.contents.begin(), region.contents.end());
		bytes.resize(bytes.size() + region.range.size() - region.contents.size());
	}
	const Hash128 rest = hash_state({world.start, {}, world.ghost});
	add(bytes, rest.high);
	add(bytes, rest.low);
	return hash_bytes(bytes);
}

}  // namespace siglab
