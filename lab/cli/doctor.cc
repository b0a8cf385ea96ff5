#include <capstone/capstone.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <spdlog/version.h>

#include <thread>

#include "cli/cli.h"
#include "explore/campaign.h"
#include "image/disassemble.h"
#include "image/tool.h"

namespace siglab::cli {
namespace {

void say(std::string_view what, std::string_view value) { print(fmt::format("  {:<40}{}\n", what, value)); }

void libraries() {
	print("libraries\n");
	int major = 0;
	int minor = 0;
	cs_version(&major, &minor);
	say("Unicorn", engine_version(EngineKind::unicorn));
	say("dynarmic", is_there(EngineKind::dynarmic) ? engine_version(EngineKind::dynarmic) : "not in this build: the lab works without");
	say("Capstone", fmt::format("{}.{}", major, minor));
	say("fmt", fmt::format("{}.{}.{}", FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100));
	say("spdlog", fmt::format("{}.{}.{}", SPDLOG_VER_MAJOR, SPDLOG_VER_MINOR, SPDLOG_VER_PATCH));
	say("CLI11", CLI11_VERSION);
	say("nlohmann-json", fmt::format("{}.{}.{}", NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR, NLOHMANN_JSON_VERSION_PATCH));
}

// The tools that --guest and --vdso need for a .S; the catalogue's images are made by the build.
bool tools() {
	print("tools for your own .S files\n");
	Result<TempDir> dir = TempDir::make();
	if (!dir) return false;
	bool all = true;
	std::vector<std::string> names = {"cpp"};
	for (const Isa* isa : all_isas()) {
		for (const std::string_view tool : {"as", "ld", "objdump"}) names.push_back(fmt::format("{}{}", isa->tool_prefix, tool));
	}
	for (const std::string& name : names) {
		Result<ToolRun> run = run_tool({name, "--version"}, *dir, WorkIn::current);
		const bool there = run.ok() && run->code == 0;
		say(name, there ? run->output.substr(0, run->output.find('\n')) : "missing");
		all = all && there;
	}
	return all;
}

// Every boundary of a walk is one instruction: each PC follows from the last by that instruction's size, or by a jump it makes.
Result<uint32_t> odd_steps(const World& world, const Walk& walk) {
	uint32_t odd = 0;
	for (uint32_t i = 1; i < walk.boundaries(); ++i) {
		const World::Site site = world.site({walk.cpu(i - 1).pc});
		if (site.image == nullptr) {
			return Error{Exit::environment, fmt::format("the walk runs outside every image at {:#x}", walk.cpu(i - 1).pc)};
		}
		const Instruction instruction = disassemble(*site.image, site.offset, site.image->thumb(site.offset));
		const bool falls_through = walk.cpu(i).pc == walk.cpu(i - 1).pc + instruction.size;
		const bool jumps = instruction.text.find_first_of("bt") == 0 || instruction.text.starts_with("c") || instruction.text.starts_with("r") ||
		                   instruction.text.find("pc") != std::string::npos;
		if (!falls_through && !jumps) ++odd;
	}
	return odd;
}

// The hooked engine's walk against the un-hooked engine's: from every boundary the latter must reach the same end.
Result<uint32_t> engines_disagree(const World& world, Machine& machine, const Walk& walk) {
	uint32_t different = 0;
	const uint32_t last = walk.boundaries() - 1;
	Snapshot at(machine.memory());
	for (uint32_t i = 0; i <= last; ++i) {
		for (const Write& write : walk.writes(i)) at.apply(write);
		at.restore(machine.memory());
		Cpu cpu = walk.cpu(i);
		Result<Stop> stop = machine.replay(cpu);
		if (!stop) return stop.error();
		// The last boundary is the svc of HYPERCALL_DONE: one instruction later both stand behind it.
		Cpu expected = walk.cpu(last);
		expected.pc += world.isa().svc_size(expected);
		if (stop->reason != StopReason::syscall || cpu != expected) ++different;
	}
	return different;
}

// The same run on both machines, from every boundary: registers, how it ends, and all memory that can change. The first one goes past its
// library's public API as far as that lets it, the second one does not.
Result<uint32_t> shortcuts_disagree(Machine& fast, Machine& plain, const Walk& walk) {
	uint32_t different = 0;
	Snapshot at(fast.memory());
	for (uint32_t i = 0; i < walk.boundaries(); ++i) {
		for (const Write& write : walk.writes(i)) at.apply(write);
		std::array<Cpu, 2> cpus = {walk.cpu(i), walk.cpu(i)};
		std::array<Stop, 2> stops;
		std::array<Snapshot, 2> left;
		for (size_t which = 0; which < 2; ++which) {
			Machine& machine = which == 0 ? fast : plain;
			at.restore(machine.memory());
			Result<Stop> stop = machine.replay(cpus[which]);
			if (!stop) return stop.error();
			stops[which] = *stop;
			left[which] = Snapshot(machine.memory());
		}
		if (cpus[0] != cpus[1] || stops[0].reason != stops[1].reason || left[0] != left[1]) ++different;
	}
	return different;
}

Result<bool> check_shortcuts(const World& world, Machine& fast, const Walk& walk) {
	const Isa& isa = world.isa();
	const Engine::Shortcuts past = fast.replayer().shortcuts();
	const auto tell = [&](const char* what, bool is_past, std::string_view how, std::string_view hidden) {
		const std::string slow = fmt::format("slow, by the public API: Unicorn is not 2.0, or hides {}", hidden);
		say(fmt::format("{}: {}", isa.name, what), is_past ? std::string{how} : slow);
	};
	tell("stores", past.stores, "straight to memory (tlb_set_dirty)", "tlb_set_dirty");
	tell("registers", past.registers, "straight to Unicorn's CPU", "its CPU");
	if (!past.stores && !past.registers) return true;
	Result<std::unique_ptr<Machine>> plain = Machine::open(isa);
	if (!plain) return plain.error();
	(*plain)->replayer().plain();
	if (Status loaded = (*plain)->load(world.plan); !loaded) return loaded.error();
	if (Status loaded = fast.load(world.plan); !loaded) return loaded.error();
	Result<uint32_t> different = shortcuts_disagree(fast, **plain, walk);
	if (!different) return different.error();
	const uint32_t all = walk.boundaries();
	say(fmt::format("{}: as by the public API from", isa.name), fmt::format("{} of {} boundaries", all - *different, all));
	return *different == 0;
}

Result<bool> check_isa(const Isa& isa, ImageStore& store) {
	const Scenario scenario{.isa = &isa, .guest = {.variant = find_variant("v6")}, .vdso = {.blob = find_vdso("clobber-all")},
	                        .signal = Signal::prof};
	Result<World> world = build_world(scenario, store);
	if (!world) return world.error();
	Result<std::unique_ptr<Machine>> machine = Machine::open(isa);
	if (!machine) return machine.error();
	const std::array<Signal, 1> signals = {Signal::prof};
	Result<Sweep> swept = sweep(*world, signals, **machine, {.watch_every_handler = true});
	if (!swept) return swept.error();
	if (Status loaded = (*machine)->load(world->plan); !loaded) return loaded.error();
	Result<uint32_t> odd = odd_steps(*world, swept->walk);
	if (!odd) return odd.error();
	Result<uint32_t> different = engines_disagree(*world, **machine, swept->walk);
	if (!different) return different.error();
	Result<bool> alike = check_shortcuts(*world, **machine, swept->walk);
	if (!alike) return alike.error();
	const Run& run = swept->runs.front();
	const uint32_t all = swept->walk.boundaries();
	say(fmt::format("{}: steps of one instruction", isa.name), fmt::format("{} of {}", all - *odd, all));
	say(fmt::format("{}: hooked = un-hooked from", isa.name), fmt::format("{} of {} boundaries", all - *different, all));
	say(fmt::format("{}: deliveries seen by the guest", isa.name), fmt::format("{} of {}", run.fired, run.injections));
	return *odd == 0 && *different == 0 && *alike && run.fired == run.boundaries && run.findings.empty();
}

// The whole catalogue once more, by both engines at once: each walk compared at every boundary, each handler's run at its end.
Result<bool> second_engine(ImageStore& store) {
	print("second engine\n");
	if (!is_there(EngineKind::dynarmic)) {
		say("dynarmic", "missing: no --engine dynarmic or both; boundaries inside Thumb IT blocks are not injected");
		say("to get it", "apt-get download works here? rm -rf build/dynarmic, then ./run --yes");
		return true;
	}
	const CampaignOptions options{.threads = std::max(1u, std::thread::hardware_concurrency()), .engine = EngineKind::both};
	Result<Record> record = run_campaign(grid({}), store, options);
	if (!record) return record.error();
	uint64_t boundaries = 0;
	for (const WalkRecord& walk : record->walks) boundaries += walk.pc.size();
	const Totals sum = totals(*record);
	say("dynarmic = Unicorn, whole catalogue", fmt::format("{} walks, {} boundaries, {} handler runs", record->walks.size(), boundaries, sum.injections));
	return verdict_of(*record) == Exit::ok;
}

Result<Exit> run(const Places& places) {
	libraries();
	bool well = tools();
	print("engine\n");
	say("path", "a hooked engine records, an un-hooked one replays");
	ImageStore store(places);
	for (const Isa* isa : all_isas()) {
		Result<bool> fine = check_isa(*isa, store);
		if (!fine) return fine.error();
		well = well && *fine;
	}
	Result<bool> second = second_engine(store);
	if (!second) return second.error();
	well = well && *second;
	print(well ? "all is well\n" : "something is missing or wrong: see above\n");
	return well ? Exit::ok : Exit::environment;
}

}  // namespace

void add_doctor(CLI::App& app, Context& context) {
	CLI::App* sub = app.add_subcommand("doctor", "what is installed, and whether the engine does what the lab relies on");
	sub->callback([&context] { context.chosen = [&context] { return run(context.places); }; });
}

}  // namespace siglab::cli
