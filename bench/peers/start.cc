#include "start.h"

#include "kernel_model/frame.h"

namespace siglab::peers {
namespace {

RegionPlan region_of(const Image& image, const Segment& segment) {
	const GuestRange pages{segment.range.begin, {round_up(segment.range.end.value, kPageSize)}};
	const std::span<const std::byte> loaded = image.loaded(segment.range.begin.value);
	const Perm perm = segment.executable ? Perm::read | Perm::exec : Perm::read;
	RegionPlan region{"start", pages, perm, {loaded.begin(), loaded.end()}};
	region.contents.resize(pages.size());
	return region;
}

// The frame, but for the CPU, of a signal that would have interrupted the world's first moment.
kernel::Frame first_moment(const Thread& thread) {
	kernel::Frame frame;
	frame.stack_sp = thread.signals.altstack.sp;
	frame.stack_size = thread.signals.altstack.size;
	frame.stack_flags = thread.signals.altstack.flags;
	frame.mask = thread.signals.blocked;
	return frame;
}

bool fill_in(const World& world, const Image& image, Memory& memory) {
	const auto at = [&](std::string_view name) {
		const Symbol* symbol = image.find(name);
		return GuestAddr{symbol == nullptr ? 0 : symbol->value};
	};
	const Action action = action_for_peers(world);
	const std::array<uint64_t, 4> words = {action.handler, action.flags, action.restorer, action.mask};
	return kernel::write_frame(world.isa(), world.start.cpu, first_moment(world.start), at("start.frame"), memory) &&
	       memory.write(at("start.action"), std::as_bytes(std::span{words})) &&
	       memory.store(at("start.signal"), uint64_t{static_cast<uint8_t>(world.scenario.signal)}) &&
	       memory.store(at("start.tls"), world.start.cpu.tls);
}

}  // namespace

Action action_for_peers(const World& world) {
	Action action = world.start.signals.actions[static_cast<size_t>(world.scenario.signal)];
	action.flags |= kSaRestorer;
	action.restorer = world.kernel.vdso_restorer;
	return action;
}

Result<GuestAddr> add_start(const World& world, std::vector<RegionPlan>& plan) {
	const Recipe recipe{.linker_script = SIGLAB_PEERS_DIR "/start.ld"};
	Result<Image> image = assemble(world.isa(), recipe, SIGLAB_PEERS_DIR "/start.S", SIGLAB_SOURCES);
	if (!image) return image.error();
	std::vector<RegionPlan> added;
	for (const Segment& segment : image->segments()) added.push_back(region_of(*image, segment));
	std::vector<Region> regions;
	for (RegionPlan& region : added) regions.push_back({region.name, region.range, Perm::read | Perm::write, region.contents.data()});
	Memory memory(std::move(regions));
	const Symbol* entry = image->find("start");
	if (entry == nullptr || !fill_in(world, *image, memory)) return Error{Exit::environment, "start.S does not have what is to be filled in"};
	plan.insert(plan.end(), added.begin(), added.end());
	return GuestAddr{entry->value};
}

}  // namespace siglab::peers
