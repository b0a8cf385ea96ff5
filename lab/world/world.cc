#include "world/world.h"

#include <elf.h>
#include <fmt/format.h>

#include "guest_asm/layout.h"
#include "world/go_layout.h"

namespace siglab {
namespace {

constexpr std::pair<std::string_view, Mark> kMarks[] = {
	{"vdsopc_store", Mark::vdsopc_store}, {"vdsosp_store", Mark::vdsosp_store}, {"vdsosp_restore", Mark::vdsosp_restore},
	{"vdsopc_restore", Mark::vdsopc_restore}, {"sp_switch", Mark::sp_switch}, {"sp_restore", Mark::sp_restore},
	{"slot_store", Mark::slot_store}, {"slot_clear", Mark::slot_clear}, {"fetched", Mark::fetched}, {"setg", Mark::setg},
	{"setg_back", Mark::setg_back}, {"leaves", Mark::leaves}};

constexpr std::pair<std::string_view, Mark> kEntries[] = {{"runtime.nanotime1", Mark::enter_nanotime},
                                                          {"runtime.walltime1", Mark::enter_walltime},
                                                          {"runtime.vdsoCall", Mark::enter_vdsocall},
                                                          {"runtime.sighandler", Mark::enter_handler}};

void read_landmarks(const Image& guest, Landmarks& landmarks) {
	for (const Symbol& symbol : guest.symbols()) {
		if (symbol.absolute) continue;
		for (const auto& [name, mark] : kEntries) {
			if (symbol.name == name) landmarks.add({symbol.value}, mark);
		}
		const size_t dot = symbol.name.rfind('.');
		if (dot == std::string::npos || symbol.function) continue;
		const std::string_view suffix = std::string_view{symbol.name}.substr(dot + 1);
		for (const auto& [name, mark] : kMarks) {
			if (suffix == name) landmarks.add({symbol.value}, mark);
		}
		if (suffix == "call" || suffix.starts_with("call_")) landmarks.add({symbol.value}, Mark::call);
	}
}

// The intervals between labels PREFIXdirty_begin[.KIND][.N] and PREFIXdirty_end[.KIND][.N], moved by `base`. `dirt`: of those without a KIND.
std::vector<DirtyStretch> dirty_intervals(const Image& image, std::string_view prefix, uint64_t base, Dirt dirt) {
	const std::string begin = fmt::format("{}dirty_begin", prefix);
	std::vector<DirtyStretch> stretches;
	for (const Symbol& symbol : image.symbols()) {
		if (!symbol.name.starts_with(begin)) continue;
		const std::string suffix = symbol.name.substr(begin.size());
		const uint64_t from = symbol.value & ~uint64_t{image.thumb(symbol.value & ~uint64_t{1}) ? 1u : 0u};
		const Symbol* last = image.find(fmt::format("{}dirty_end{}", prefix, suffix));
		if (last != nullptr) stretches.push_back({{{base + from}, {base + (last->value & ~uint64_t{1})}}, dirt_of_suffix(suffix, dirt)});
	}
	return stretches;
}

Perm perm_of(const Segment& segment) {
	if (segment.writable) return Perm::read | Perm::write;
	return segment.executable ? Perm::read | Perm::exec : Perm::read;
}

// One region for each PT_LOAD of an image, whole pages.
Status add_image(std::vector<RegionPlan>& plan, const Image& image, const std::string& name, uint64_t base) {
	for (const Segment& segment : image.segments()) {
		const GuestRange range{{round_down(base + segment.range.begin.value, kPageSize)}, {round_up(base + segment.range.end.value, kPageSize)}};
		RegionPlan region{name, range, perm_of(segment), {}};
		region.contents.resize(range.size());
		const std::span<const std::byte> file = image.bytes().subspan(segment.file_offset, segment.file_size);
		const uint64_t in_front = base + segment.range.begin.value - range.begin.value;
		std::copy(file.begin(), file.end(), region.contents.begin() + static_cast<std::ptrdiff_t>(in_front));
		plan.push_back(std::move(region));
	}
	return Done{};
}

Result<GuestAddr> require(const Image& guest, std::string_view name) {
	const Symbol* symbol = guest.find(name);
	if (symbol != nullptr && !symbol->absolute) return GuestAddr{symbol->value};
	return Error{Exit::usage, fmt::format("{}: the guest does not define {}, which the lab needs", guest.name(), name)};
}

std::string entry_name(Function function) {
	return function == Function::time_now ? "lab.call_time_now" : fmt::format("lab.call_{}", function_name(function));
}

// Sets a global of an image in the plan, if the image has it: as many bytes as its symbol says, or a word.
void set_global(std::vector<RegionPlan>& plan, const Image& image, uint64_t word, std::string_view name, uint64_t value) {
	const Symbol* symbol = image.find(name);
	if (symbol == nullptr || symbol->absolute) return;
	const uint64_t size = symbol->size == 0 ? word : std::min(symbol->size, word);
	for (RegionPlan& region : plan) {
		if (!region.range.contains({symbol->value}) || region.range.end.value - symbol->value < size) continue;
		std::memcpy(region.contents.data() + (symbol->value - region.range.begin.value), &value, size);
	}
}

void set_global(std::vector<RegionPlan>& plan, const World& world, std::string_view name, uint64_t value) {
	set_global(plan, *world.guest, world.isa().word, name, value);
}

VdsoLookup lookup_for(const VdsoSymbol& symbol, std::string_view hashed_name) {
	return {symbol, sysv_hash(hashed_name), gnu_hash(hashed_name)};
}

// The name whose hashes the runtime looks for; some versions take another than the function's own.
std::string_view hashed_name(const Scenario& scenario) {
	const Variant* variant = scenario.guest.variant;
	const bool wrong = variant != nullptr && variant->wrong_hash.isas.on(*scenario.isa);
	return wrong ? variant->wrong_hash.name : scenario.isa->clock_gettime.name;
}

// The vDSO as the runtime finds it: through AT_SYSINFO_EHDR, by its own rules.
Status find_vdso(World& world, std::vector<RegionPlan>& plan) {
	uint64_t base = 0;
	for (const kernel::AuxEntry& entry : kernel::auxv(world.scenario.vdso.none() ? 0 : VDSO)) {
		if (entry.type == AT_SYSINFO_EHDR) base = entry.value;
	}
	if (base == 0) return Done{};
	const VdsoSymbol& symbol = world.isa().clock_gettime;
	Result<VdsoFound> found = find_in_vdso(*world.vdso, lookup_for(symbol, hashed_name(world.scenario)));
	if (!found) return found.error();
	Result<VdsoFound> proper = find_in_vdso(*world.vdso, lookup_for(symbol, symbol.name));
	if (!proper) return proper.error();
	if (!proper->function && world.scenario.vdso.blob == nullptr) {
		return Error{Exit::usage, fmt::format("{}: the image does not export {} ({})", world.vdso->name(), symbol.name, symbol.version)};
	}
	Truth& truth = world.truth;
	truth.exports_clock = proper->function.has_value();
	if (found->function) {
		const uint64_t page = round_down(base + *found->function, kPageSize);
		truth.vdso_page = {{page}, {page + kPageSize}};
		set_global(plan, world, "runtime.vdsoClockgettimeSym", base + *found->function);
	}
	set_global(plan, world, "runtime.vdsoLoadStart", base + found->first_load.begin.value);
	set_global(plan, world, "runtime.vdsoLoadEnd", base + found->first_load.end.value);
	return Done{};
}

Status map_images(World& world, std::vector<RegionPlan>& plan) {
	if (Status added = add_image(plan, *world.guest, "guest", 0); !added) return added;
	if (world.sigpage) {
		if (Status added = add_image(plan, *world.sigpage, "sigpage", 0); !added) return added;
	}
	if (world.clib) {
		if (Status added = add_image(plan, *world.clib, "clib", 0); !added) return added;
	}
	if (!world.vdso) return Done{};
	Result<std::vector<RegionPlan>> regions = map_vdso(*world.vdso, world.pages, world.kernel);
	if (!regions) return regions.error();
	plan.insert(plan.end(), regions->begin(), regions->end());
	if (const auto& restorer = world.isa().vdso_restorer) {
		const Symbol* symbol = world.vdso->find(*restorer);
		if (symbol == nullptr) {
			return Error{Exit::usage, fmt::format("{}: no {}: a handler would have nowhere to return to", world.vdso->name(), *restorer)};
		}
		world.kernel.vdso_restorer = VDSO + symbol->value;
	}
	return Done{};
}

Action go_action(WorldKind world, Signal signal, uint64_t handler) {
	Action action{handler, kSaSiginfo | kSaOnstack | kSaRestart, 0, ~SignalSet{0} & ~kUnblockable};
	const bool empty = world == WorldKind::mask_empty || world == WorldKind::overflow || (world == WorldKind::urg_mask_empty && signal == Signal::urg);
	if (empty) action.mask = 0;
	if (world == WorldKind::nodefer || world == WorldKind::overflow) action.flags |= kSaNodefer;
	if (world == WorldKind::no_onstack) action.flags &= ~kSaOnstack;
	return action;
}

void arrange_signals(const Isa& isa, WorldKind world, uint64_t handler, Signals& signals) {
	signals.clock = kStartClock;
	for (const Signal signal : {Signal::usr1, Signal::prof, Signal::urg}) {
		signals.actions.set(static_cast<size_t>(signal), go_action(world, signal, handler));
	}
	if (blocks_signals(world)) {
		signals.blocked = ~SignalSet{0} & ~kUnblockable;
		return;
	}
	const GuestRange stack = signal_stack_of(world);
	signals.altstack = {stack.begin.value, stack.size(), 0};
	if (world == WorldKind::no_altstack) signals.altstack = AltStack{};
	if (world == WorldKind::autodisarm) signals.altstack.flags = kSsAutodisarm;
	if (world == WorldKind::small_altstack || world == WorldKind::overflow) signals.altstack.size = isa.min_sigstack;
}

Status place_thread(World& world) {
	const Isa& isa = world.isa();
	const Scenario& scenario = world.scenario;
	Result<GuestAddr> entry = require(*world.guest, entry_name(scenario.function));
	if (!entry) return entry.error();
	Result<GuestAddr> sigtramp = require(*world.guest, "runtime.sigtramp");
	if (!sigtramp) return sigtramp.error();
	uint64_t begin = entry->value, handler = sigtramp->value;
	if (world.clib) {
		// C's code stands in front of both, and is told what lies behind it.
		set_global(world.plan, *world.clib, isa.word, "clib.work", begin);
		set_global(world.plan, *world.clib, isa.word, "clib.next_handler", handler);
		Result<GuestAddr> main = require(*world.clib, "clib.main");
		if (!main) return main.error();
		Result<GuestAddr> in_front = require(*world.clib, "clib.handler");
		if (!in_front) return in_front.error();
		begin = main->value;
		handler = in_front->value;
	}
	const bool curg = scenario.caller == Caller::curg;
	Cpu& cpu = world.start.cpu;
	fill_registers(isa, cpu);
	world.ghost.owner = curg ? CURG : G0;
	cpu.gpr[isa.g] = world.ghost.owner;
	cpu.gpr[0] = scenario.calls;
	// g0's frames lie below the place from which it switched to the goroutine.
	cpu.sp = curg ? CURG_STACK + CURG_STACK_SIZE - 64 : G0_STACK + G0_STACK_SIZE - 256 - 64;
	isa.enter(cpu, begin);

	arrange_signals(isa, scenario.world, handler, world.start.signals);
	return Done{};
}

void know_truth(World& world, const GoOffsets& offsets) {
	const WorldKind kind = world.scenario.world;
	Truth& truth = world.truth;
	truth.gsignal = GSIGNAL;
	truth.caller = world.ghost.owner;
	read_landmarks(*world.guest, truth.landmarks);
	if (world.clib) read_landmarks(*world.clib, truth.landmarks);
	world.dirty = dirty_intervals(*world.guest, "native.", 0, Dirt::garbage);
	if (world.vdso) {
		uint64_t end = 0;
		for (const Segment& segment : world.vdso->segments()) end = std::max(end, segment.range.end.value);
		truth.vdso = {{VDSO}, {VDSO + round_up(end, kPageSize)}};
		const Vdso* blob = world.scenario.vdso.blob;
		const std::vector<DirtyStretch> declared = dirty_intervals(*world.vdso, "", VDSO, blob == nullptr ? Dirt::garbage : blob->dirt);
		truth.dirty_declared = !declared.empty() || blob != nullptr;
		world.dirty.insert(world.dirty.end(), declared.begin(), declared.end());
	}
	for (const DirtyStretch& stretch : world.dirty) truth.dirty.push_back(stretch.range);
	if (!blocks_signals(kind) && kind != WorldKind::foreign_before) truth.slot = GuestAddr{GSIGNAL_STACK};
	truth.signal_stack = signal_stack_of(kind);
	if (kind == WorldKind::overflow) truth.neighbour = {{NEIGHBOUR}, {NEIGHBOUR + NEIGHBOUR_SIZE}};
	if (offsets.m_vdso_pc && offsets.m_vdso_sp) {
		for (const uint64_t m : {uint64_t{M0}, uint64_t{M1}, uint64_t{EXTRA_M}}) {
			truth.trace.push_back({{m + *offsets.m_vdso_pc}, {m + *offsets.m_vdso_sp}});
		}
	}
	const Variant* variant = world.scenario.guest.variant;
	truth.sigtramp_keeps_aapcs = variant != nullptr && variant->sigtramp_saves.on(world.isa());
	truth.sigtramp_keeps_vec = variant != nullptr && variant->sigtramp_saves_vec.on(world.isa());
	if (offsets.m_curg && offsets.m_g0 && offsets.g_sched_sp) {
		truth.c_stacks = {{{G0_STACK}, {G0_STACK + G0_STACK_SIZE}}, {{GSIGNAL_STACK}, {GSIGNAL_STACK + GSIGNAL_STACK_SIZE}}, truth.signal_stack};
	}
	if (offsets.g_stack_lo && offsets.g_stack_hi) truth.gsignal_bounds = BoundsFields{{GSIGNAL + *offsets.g_stack_lo}, {GSIGNAL + *offsets.g_stack_hi}};
	truth.out_in_c = kind == WorldKind::out_in_c && offsets.m_is_extra_in_c;
	const Landmarks& declared = truth.landmarks;
	truth.checks_fetch = declared.any(Mark::fetched);
	truth.checks_setg = declared.any(Mark::setg);
	truth.checks_slot = declared.any(Mark::slot_store) || variant != nullptr;  // a version without a slot: nobody may write there
	truth.sees_vdso_calls = declared.any(Mark::call);
	truth.sees_trampolines = declared.any(Mark::enter_nanotime) || declared.any(Mark::enter_walltime);
}

// The vvar pages' first contents go through the same function that ticks use.
void fill_vvar(World& world) {
	std::vector<Region> regions;
	for (RegionPlan& region : world.plan) {
		if (!allows(region.perm, Perm::kernel_writes)) continue;
		region.contents.resize(region.range.size());
		regions.push_back({region.name, region.range, region.perm, region.contents.data()});
	}
	Memory memory(std::move(regions));
	kernel::write_vvar(world.kernel, world.start.signals.clock, world.scenario.world == WorldKind::clock_none ? 0 : 1, memory);
}

uint64_t images_hash(const World& world) {
	std::vector<std::byte> both(world.guest->bytes().begin(), world.guest->bytes().end());
	for (const ImagePtr& image : {world.vdso, world.clib}) {
		if (image) both.insert(both.end(), image->bytes().begin(), image->bytes().end());
	}
	return hash_bytes(both).high;
}

}  // namespace

Result<World> build_world(const Scenario& scenario, ImageStore& store) {
	const Isa& isa = *scenario.isa;
	Result<ImagePtr> guest = store.guest(isa, scenario.guest);
	if (!guest) return guest.error();
	Result<ImagePtr> vdso = store.vdso(isa, scenario.vdso);
	if (!vdso) return vdso.error();
	Result<ImagePtr> sigpage = store.sigpage(isa);
	if (!sigpage) return sigpage.error();
	Result<DataPages> pages = store.data_pages(isa, scenario.vdso);
	if (!pages) return pages.error();
	WorldImages images{*guest, *vdso, *sigpage, nullptr, *pages};
	if (scenario.world == WorldKind::longjmp) {
		Result<ImagePtr> clib = store.clib(isa);
		if (!clib) return clib.error();
		images.clib = *clib;
	}
	return build_world(scenario, std::move(images));
}

Result<World> build_world(const Scenario& scenario, WorldImages images) {
	World world{.scenario = scenario, .guest = std::move(images.guest), .vdso = std::move(images.vdso), .sigpage = std::move(images.sigpage),
	            .pages = images.pages, .clib = std::move(images.clib)};
	const Isa& isa = *scenario.isa;
	world.kernel.isa = &isa;

	const GoOffsets offsets = read_offsets(*world.guest);
	world.plan = GoMemory(isa, offsets).regions(scenario);
	if (Status done = map_images(world, world.plan); !done) return done.error();
	if (Status done = find_vdso(world, world.plan); !done) return done.error();
	if (Status done = place_thread(world); !done) return done.error();
	set_global(world.plan, world, "runtime.iscgo", is_cgo(scenario.world) ? 1 : 0);
	set_global(world.plan, world, "runtime.extram", is_cgo(scenario.world) ? EXTRA_M : 0);
	know_truth(world, offsets);
	fill_vvar(world);
	world.images = images_hash(world);
	return world;
}

Dirt World::dirt_at(GuestAddr pc) const {
	const auto there = std::find_if(dirty.begin(), dirty.end(), [&](const DirtyStretch& stretch) { return stretch.range.contains(pc); });
	return there == dirty.end() ? Dirt::none : there->dirt;
}

World::Site World::site(GuestAddr address) const {
	if (vdso && truth.vdso.contains(address)) return {vdso.get(), address.value - VDSO};
	for (const ImagePtr& image : {guest, sigpage, clib}) {
		if (!image) continue;
		for (const Segment& segment : image->segments()) {
			if (segment.range.contains(address)) return {image.get(), address.value};
		}
	}
	return {};
}

bool World::may_hold_it_blocks() const {
	for (const ImagePtr& image : {guest, vdso, sigpage}) {
		if (!image) continue;
		for (const Segment& segment : image->segments()) {
			if (!segment.executable) continue;
			const std::span<const std::byte> code = image->loaded(segment.range.begin.value);
			if (image->has_thumb() && isa().may_hold_it_block(code)) return true;
		}
	}
	return false;
}

std::string World::describe(GuestAddr address) const {
	const Site where = site(address);
	if (where.image == nullptr) return fmt::format("{:#x}", address.value);
	std::string name = where.image->describe(where.offset);
	if (name.empty()) name = fmt::format("+{:#x}", where.offset);
	return where.image == vdso.get() ? "vdso:" + name : name;
}

}  // namespace siglab
