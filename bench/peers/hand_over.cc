// siglab_hand_over: what the lab knows of a scenario, for programs that are not the lab.
//
//   siglab_hand_over SCENARIO DIR
//
// Writes    DIR/guest.elf   the world's memory as a static program. It starts in start.S, which makes the thread of the first boundary
//           DIR/case.json   the same regions by their place in guest.elf, the thread, what the kernel knows of the signal, the rows of the
//                           frame, the observer page's cells, and the walk: for each boundary PC, the true g and the live memory
// Does not  hand over anything that a peer could take its verdicts from but PC and the true g.
// Errors    one line on stderr: a scenario that does not parse, is not for arm64, or does not come to its end even without a signal; a
//           directory that cannot be written.
#include <fmt/format.h>
#include <sys/stat.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "executable.h"
#include "explore/live.h"
#include "explore/walk.h"
#include "guest_asm/layout.h"
#include "start.h"

namespace siglab::peers {
namespace {

using Json = nlohmann::ordered_json;

Json thread_json(const Cpu& cpu) {
	return {{"x", cpu.gpr}, {"sp", cpu.sp}, {"pc", cpu.pc}, {"flags", cpu.flags}, {"tls", cpu.tls},
	        {"fpsr", cpu.fpsr}, {"fpcr", cpu.fpcr}, {"vec", cpu.vec}};
}

Json kernel_json(const World& world) {
	const Action action = action_for_peers(world);
	const AltStack& stack = world.start.signals.altstack;
	return {{"signal", static_cast<uint8_t>(world.scenario.signal)}, {"handler", action.handler}, {"restorer", action.restorer},
	        {"blocked", world.start.signals.blocked}, {"stack_at", stack.sp}, {"stack_size", stack.size},
	        {"rt_sigreturn", world.isa().sys.rt_sigreturn}};
}

Json frame_json(const Isa& isa) {
	Json rows = Json::array();
	for (const FrameRow& row : isa.frame_rows) {
		rows.push_back({{"name", row.name}, {"offset", row.offset}, {"width", row.width}, {"count", row.count}, {"value", row.value},
		                {"constant", row.field == FrameField::constant}});
	}
	return {{"size", isa.frame_size}, {"record_size", isa.frame_record_size}, {"alignment", isa.frame_alignment}, {"rows", rows}};
}

Json observer_json() {
	return {{"at", OBSERVER}, {"size", OBS_SIZE}, {"tramp_count", OBS_TRAMP_COUNT}, {"tramp_pc", OBS_TRAMP_PC},
	        {"fetch_count", OBS_FETCH_COUNT}, {"fetched_g", OBS_FETCHED_G},
	        {"handler_count", OBS_HANDLER_COUNT}, {"handler_pc", OBS_HANDLER_PC}};
}

Json regions_json(std::span<const RegionPlan> plan, const Executable& program) {
	Json regions = Json::array();
	for (size_t i = 0; i < plan.size(); ++i) {
		regions.push_back({{"name", plan[i].name}, {"at", plan[i].range.begin.value}, {"size", plan[i].range.size()},
		                   {"write", allows(plan[i].perm, Perm::write)}, {"execute", allows(plan[i].perm, Perm::exec)},
		                   {"offset", program.offsets[i]}});
	}
	return regions;
}

// What `transparent-return` compares: live memory, without the observer page, and without vdsoPC while no vdsoSP goes with it.
Json live_json(const World& world, const Memory& memory, const Cpu& cpu, const Ghost& ghost) {
	const bool dead_pc = !world.truth.trace.empty() && (ghost.open() == nullptr || !ghost.open()->sp_stored);
	const GuestAddr vdso_pc = dead_pc ? world.truth.trace.front().vdso_pc : GuestAddr{};
	const std::array<uint64_t, 1> sps = {cpu.sp};
	Json live = Json::array();
	for (const GuestRange& range : live_ranges(world, memory, sps)) {
		if (range.contains({OBSERVER})) continue;
		const bool cut = range.contains(vdso_pc);
		if (cut) live.push_back({range.begin.value, vdso_pc - range.begin});
		const GuestAddr begin = cut ? vdso_pc + world.isa().word : range.begin;
		live.push_back({begin.value, range.end - begin});
	}
	return live;
}

Json walk_json(const World& world, const Memory& memory, const Walk& walk) {
	Json boundaries = Json::array();
	for (uint32_t i = 0; i < walk.boundaries(); ++i) {
		Json live = live_json(world, memory, walk.cpu(i), walk.ghost(i));
		boundaries.push_back({{"pc", walk.cpu(i).pc}, {"g", walk.ghost(i).owner}, {"live", std::move(live)}});
	}
	return boundaries;
}

Status run(const std::string& text, const std::string& dir) {
	Result<Scenario> scenario = parse_scenario(text);
	if (!scenario) return scenario.error();
	if (scenario->isa != &kArm64) return Error{Exit::usage, "the peers run arm64 only"};
	ImageStore store({SIGLAB_IMAGES, SIGLAB_SOURCES});
	Result<World> world = build_world(*scenario, store);
	if (!world) return world.error();
	Result<std::unique_ptr<Machine>> machine = Machine::open(world->isa());
	if (!machine) return machine.error();
	if (Status loaded = (*machine)->load(world->plan); !loaded) return loaded.error();
	std::vector<Finding> findings;
	Result<Walk> walk = record_walk(*world, **machine, world->start, world->ghost, 0, findings);
	if (!walk) return walk.error();
	if (walk->end.kind != EndKind::completed) return Error{Exit::usage, fmt::format("the undisturbed walk has no end: {}", walk->end.text)};

	std::vector<RegionPlan> plan = world->plan;
	Result<GuestAddr> entry = add_start(*world, plan);
	if (!entry) return entry.error();
	const Executable program = make_executable(plan, *entry);
	const Json handed = {{"scenario", print_scenario(*scenario)}, {"regions", regions_json(plan, program)},
	                     {"start", thread_json(world->start.cpu)}, {"kernel", kernel_json(*world)}, {"frame", frame_json(world->isa())},
	                     {"observer", observer_json()}, {"walk", walk_json(*world, (*machine)->memory(), *walk)}};
	const std::string path = dir + "/guest.elf";
	if (Status done = write_file(path, program.bytes); !done) return done;
	if (chmod(path.c_str(), 0755) != 0) return Error{Exit::environment, fmt::format("{}: cannot be made executable", path)};
	return write_text(dir + "/case.json", handed.dump() + "\n");
}

}  // namespace
}  // namespace siglab::peers

int main(int count, char** values) {
	using namespace siglab;
	const Status done = count == 3 ? peers::run(values[1], values[2]) : Error{Exit::usage, "usage: siglab_hand_over SCENARIO DIR"};
	if (done) return 0;
	fmt::print(stderr, "{}\n", done.error().text);
	return static_cast<int>(done.error().exit);
}
