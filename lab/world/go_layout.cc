#include "world/go_layout.h"

#include "guest_asm/layout.h"

namespace siglab {
namespace {

constexpr Perm kData = Perm::read | Perm::write;
// Whatever nobody has written yet, so that a read of it shows.
constexpr std::byte kPoison{0xa5};

RegionPlan region(std::string name, uint64_t begin, uint64_t size, std::byte fill = {}) {
	return {std::move(name), {{begin}, {begin + size}}, kData, std::vector<std::byte>(size, fill)};
}

std::optional<uint64_t> absolute(const Image& guest, std::string_view name) {
	const Symbol* symbol = guest.find(name);
	return symbol != nullptr && symbol->absolute ? std::optional{symbol->value} : std::nullopt;
}

struct Stack {
	uint64_t lo = 0;
	uint64_t hi = 0;
};

constexpr Stack kGsignalStack{GSIGNAL_STACK, GSIGNAL_STACK + GSIGNAL_STACK_SIZE};
constexpr Stack kHeapStack{HEAP_STACK, HEAP_STACK + HEAP_STACK_SIZE};
constexpr Stack kForeignStack{FOREIGN_STACK, FOREIGN_STACK + FOREIGN_STACK_SIZE};

Stack gsignal_stack(WorldKind world) {
	if (world == WorldKind::foreign_before) return kForeignStack;
	if (world == WorldKind::gsignal_lo_zero) return {0, 0};
	return kGsignalStack;
}

}  // namespace

bool is_cgo(WorldKind world) {
	return world == WorldKind::iscgo || world == WorldKind::iscgo_foreign || world == WorldKind::out_in_c;
}

bool blocks_signals(WorldKind world) {
	return world == WorldKind::gsignal_nil || world == WorldKind::gsignal_freed || world == WorldKind::gsignal_lo_zero;
}

bool uses_foreign_stack(WorldKind world) {
	return world == WorldKind::iscgo_foreign || world == WorldKind::foreign_before || world == WorldKind::foreign_later ||
	       world == WorldKind::heap_altstack;
}

GuestRange signal_stack_of(WorldKind world) {
	const Stack stack = world == WorldKind::heap_altstack ? kHeapStack : uses_foreign_stack(world) ? kForeignStack : kGsignalStack;
	return {{stack.lo}, {stack.hi}};
}

bool asks_tls(const Scenario& scenario) {
	const Variant* variant = scenario.guest.variant;
	return is_cgo(scenario.world) || (variant != nullptr && variant->fetch == Fetch::tls);
}

GoOffsets read_offsets(const Image& guest) {
	return {.g_stack_lo = absolute(guest, "g_stack_lo"), .g_stack_hi = absolute(guest, "g_stack_hi"), .g_m = absolute(guest, "g_m"),
	        .g_sched_sp = absolute(guest, "g_sched_sp"), .m_g0 = absolute(guest, "m_g0"), .m_gsignal = absolute(guest, "m_gsignal"),
	        .m_curg = absolute(guest, "m_curg"), .m_vdso_sp = absolute(guest, "m_vdsoSP"), .m_vdso_pc = absolute(guest, "m_vdsoPC"),
	        .m_is_extra_in_c = absolute(guest, "m_isExtraInC")};
}

void GoMemory::put(RegionPlan& into, uint64_t address, uint64_t value) const {
	const uint64_t offset = address - into.range.begin.value;
	if (offset + isa_.word <= into.contents.size()) std::memcpy(into.contents.data() + offset, &value, isa_.word);
}

void GoMemory::field(RegionPlan& into, uint64_t object, std::optional<uint64_t> offset, uint64_t value) const {
	if (offset) put(into, object + *offset, value);
}

void GoMemory::thread(RegionPlan& gm, uint64_t m, uint64_t curg, uint64_t g0, uint64_t gsignal) const {
	field(gm, m, offsets_.m_g0, g0);
	field(gm, m, offsets_.m_gsignal, gsignal);
	field(gm, m, offsets_.m_curg, curg);
	for (const uint64_t g : {curg, g0, gsignal}) {
		if (g != 0) field(gm, g, offsets_.g_m, m);
	}
}

RegionPlan GoMemory::gs_and_ms(WorldKind world) const {
	RegionPlan gm = region("g's and m's", GM, GM_SIZE);
	thread(gm, M0, CURG, G0, world == WorldKind::gsignal_nil ? 0 : GSIGNAL);
	thread(gm, M1, OTHER_G, OTHER_G0, OTHER_GSIGNAL);
	thread(gm, EXTRA_M, 0, EXTRA_G0, EXTRA_GSIGNAL);
	const auto stack = [&](uint64_t g, Stack bounds) {
		field(gm, g, offsets_.g_stack_lo, bounds.lo);
		field(gm, g, offsets_.g_stack_hi, bounds.hi);
	};
	stack(CURG, {CURG_STACK, CURG_STACK + CURG_STACK_SIZE});
	stack(G0, {G0_STACK, G0_STACK + G0_STACK_SIZE});
	stack(GSIGNAL, gsignal_stack(world));
	// The others' stacks are somewhere in the arena; nobody runs on them here.
	stack(OTHER_G, {ARENA + 0x38000, ARENA + 0x3a000});
	stack(OTHER_G0, {ARENA + 0x3a000, ARENA + 0x3c000});
	stack(OTHER_GSIGNAL, {ARENA + 0x3c000, ARENA + 0x3e000});
	if (world == WorldKind::out_in_c) field(gm, M0, offsets_.m_is_extra_in_c, 1);
	// Where g0 was left when it switched to the goroutine.
	field(gm, G0, offsets_.g_sched_sp, G0_STACK + G0_STACK_SIZE - 256);
	return gm;
}

RegionPlan GoMemory::spans(WorldKind world) const {
	RegionPlan mheap = region("mheap", MHEAP, MHEAP_SIZE);
	const uint64_t word = isa_.word;
	uint64_t next_span = MHEAP + ARENA_PAGES * word;
	const auto add = [&](Stack bounds, uint64_t state) {
		put(mheap, next_span + SPAN_BASE * word, bounds.lo);
		put(mheap, next_span + SPAN_LIMIT * word, bounds.hi);
		put(mheap, next_span + SPAN_STATE * word, state);
		for (uint64_t at = bounds.lo; at < bounds.hi; at += uint64_t{1} << ARENA_PAGE_SHIFT) {
			put(mheap, MHEAP + ((at - ARENA) >> ARENA_PAGE_SHIFT) * word, next_span);
		}
		next_span += 3 * word;
	};
	add({GM, GM + GM_SIZE}, SPAN_IN_USE);
	add({CURG_STACK, CURG_STACK + CURG_STACK_SIZE}, SPAN_MANUAL);
	add({G0_STACK, G0_STACK + G0_STACK_SIZE}, SPAN_MANUAL);
	if (world == WorldKind::heap_altstack) add(kHeapStack, SPAN_IN_USE);
	if (world != WorldKind::efence) add(kGsignalStack, world == WorldKind::gsignal_freed ? SPAN_DEAD : SPAN_MANUAL);
	return mheap;
}

std::vector<RegionPlan> GoMemory::regions(const Scenario& scenario) const {
	RegionPlan gsignal = region("signal stack", GSIGNAL_STACK, GSIGNAL_STACK_SIZE, kPoison);
	// malg clears the slot (from the seed on; before, nobody looks).
	put(gsignal, GSIGNAL_STACK, 0);
	RegionPlan tls = region("TLS", TLS_BLOCK, TLS_SIZE);
	put(tls, TLS_BLOCK + TLS_G, scenario.caller == Caller::curg ? CURG : G0);
	std::vector<RegionPlan> plan = {gs_and_ms(scenario.world),
	                                spans(scenario.world),
	                                region("goroutine stack", CURG_STACK, CURG_STACK_SIZE, kPoison),
	                                region("g0 stack", G0_STACK, G0_STACK_SIZE, kPoison),
	                                std::move(gsignal),
	                                std::move(tls),
	                                region("observer page", OBSERVER, OBSERVER_SIZE)};
	if (scenario.world == WorldKind::overflow) plan.push_back(region("neighbour", NEIGHBOUR, NEIGHBOUR_SIZE, kPoison));
	const GuestRange foreign = signal_stack_of(scenario.world);
	if (uses_foreign_stack(scenario.world)) plan.push_back(region("foreign stack", foreign.begin.value, foreign.size(), kPoison));
	return plan;
}

}  // namespace siglab
