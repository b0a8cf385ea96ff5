#include "explore/film_stage.h"

#include <fmt/format.h>

#include "explore/film_raw.h"
#include "guest_asm/layout.h"
#include "world/go_layout.h"

namespace siglab {

MachineRecord machine_of(const Isa& isa) {
	MachineRecord machine{.word = isa.word, .registers = film_registers(isa), .g = std::string{gpr_name(isa, isa.g)},
	                      .link = std::string{gpr_name(isa, isa.lr)},
	                      .frame_size = uint32_t{isa.frame_size} + isa.frame_record_size, .frame = {}};
	for (const FrameRow& row : isa.frame_rows) machine.frame.push_back({std::string{row.name}, row.offset, row.width, row.count, row.first});
	return machine;
}

namespace {

struct Named {
	uint64_t address;
	std::string_view name;
};

constexpr Named kGs[] = {{CURG, "curg"}, {G0, "g0"}, {GSIGNAL, "gsignal"}, {OTHER_G, "another g"}, {OTHER_G0, "another g0"},
                         {OTHER_GSIGNAL, "another gsignal"}, {EXTRA_G0, "extra m's g0"}, {EXTRA_GSIGNAL, "extra m's gsignal"}};
constexpr Named kMs[] = {{M0, "m"}, {M1, "another m"}, {EXTRA_M, "extra m"}};

constexpr Named kObserved[] = {
	{OBS_TRAMP_COUNT, "sigtramp entered"}, {OBS_TRAMP_PC, "interrupted PC"}, {OBS_TRAMP_SIGNO, "signal"},
	{OBS_FETCH_COUNT, "g fetched"}, {OBS_FETCHED_G, "fetched g"}, {OBS_SETG_COUNT, "setg"}, {OBS_SETG_REG, "g register at setg"},
	{OBS_HANDLER_COUNT, "handler entered"}, {OBS_HANDLER_PC, "handler's PC"}, {OBS_PROF_COUNT, "traceback read"},
	{OBS_PROF_PC, "vdsoPC read"}, {OBS_PROF_SP, "vdsoSP read"}, {OBS_TIME_COUNT, "time read"}, {OBS_TIME, "time"},
	{OBS_NOG_SAMPLES, "sample without g"}, {OBS_BADSIGNAL, "badsignal"}, {OBS_QUIET, "returned quietly"},
	{OBS_RESULT_COUNT, "result"}, {OBS_RESULT_NS, "result in ns"}, {OBS_RESULT_SEC, "result's seconds"},
	{OBS_RESULT_NSEC, "result's nanoseconds"}};

void name_fields(const GoOffsets& offsets, StageRecord& stage) {
	const auto name = [&](const Named& object, std::optional<uint64_t> offset, std::string_view field) {
		if (offset) stage.names[object.address + *offset] = fmt::format("{}.{}", object.name, field);
	};
	for (const Named& g : kGs) {
		name(g, offsets.g_stack_lo, "stack.lo");
		name(g, offsets.g_stack_hi, "stack.hi");
		name(g, offsets.g_m, "m");
		name(g, offsets.g_sched_sp, "sched.sp");
	}
	for (const Named& m : kMs) {
		name(m, offsets.m_g0, "g0");
		name(m, offsets.m_gsignal, "gsignal");
		name(m, offsets.m_curg, "curg");
		name(m, offsets.m_vdso_sp, "vdsoSP");
		name(m, offsets.m_vdso_pc, "vdsoPC");
	}
}

void name_words(const World& world, StageRecord& stage) {
	name_fields(read_offsets(*world.guest), stage);
	for (const Named& cell : kObserved) stage.names[OBSERVER + cell.address] = cell.name;
	if (asks_tls(world.scenario)) stage.names[TLS_BLOCK + TLS_G] = "TLS g";
	if (world.truth.slot) stage.names[world.truth.slot->value] = "slot";
	for (const Symbol& symbol : world.guest->symbols()) {
		if (!symbol.absolute && !symbol.function && GUEST_DATA <= symbol.value && symbol.value < GUEST_DATA + GUEST_DATA_SIZE) {
			stage.names[symbol.value] = symbol.name;
		}
	}
	for (const Named& g : kGs) stage.objects[g.address] = g.name;
	for (const Named& m : kMs) stage.objects[m.address] = m.name;
}

// The byte that a region holds wherever nothing else was put: its last one.
std::byte fill_of(const RegionPlan& region) {
	return region.contents.size() == region.range.size() ? region.contents.back() : std::byte{0};
}

void add_region(const RegionPlan& region, uint8_t word, StageRecord& stage) {
	const std::byte fill = fill_of(region);
	stage.regions.push_back({region.name, region.range.begin.value, region.range.end.value, std::to_integer<uint32_t>(fill)});
	const std::vector<std::byte> as_filled(word, fill);
	for (size_t at = 0; at + word <= region.contents.size(); at += word) {
		const std::byte* bytes = region.contents.data() + at;
		if (std::equal(as_filled.begin(), as_filled.end(), bytes)) continue;
		uint64_t value = 0;
		std::memcpy(&value, bytes, word);
		fmt::format_to(std::back_inserter(stage.memory), "{}@{:x}={:x}", stage.memory.empty() ? "" : " ", region.range.begin.value + at, value);
	}
}

}  // namespace

StageRecord stage_of(const World& world) {
	StageRecord stage;
	for (const RegionPlan& region : world.plan) {
		if (allows(region.perm, Perm::write)) add_region(region, world.isa().word, stage);
	}
	name_words(world, stage);
	return stage;
}

}  // namespace siglab
