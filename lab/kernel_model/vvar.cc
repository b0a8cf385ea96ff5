#include "kernel_model/vvar.h"

#include "guest_asm/layout.h"
#include "kernel_model/faults.h"

namespace siglab::kernel {
namespace {

constexpr int64_t kNsPerSecond = 1'000'000'000;
constexpr int64_t kTaiOffset = 37 * kNsPerSecond;
constexpr uint32_t kMonotonicRaw = 4, kRealtimeCoarse = 5, kMonotonicCoarse = 6, kBoottime = 7, kTai = 11;

constexpr int64_t kNsPerCount = 16;        // 62.5 MHz
constexpr uint32_t kShift = 10;
constexpr uint32_t kMult = static_cast<uint32_t>(kNsPerCount) << kShift;
constexpr int64_t kCountsSince = 12'345;   // since the bases were true

// The pages of one image, being filled in.
struct Page {
	const Config& config;
	Memory& memory;

	void word(GuestAddr at, uint64_t value, uint8_t width) const { (void)memory.place_word(at, value, width); }
	void base(GuestAddr data, uint32_t id, int64_t ns, uint32_t shift) const {
		const GuestAddr at = data + VVAR_BASETIME + (uint64_t{id} << VVAR_BASE_SHIFT);
		word(at, static_cast<uint64_t>(ns / kNsPerSecond), 8);
		word(at + 8, static_cast<uint64_t>(ns % kNsPerSecond) << shift, 8);
	}
	void factors(GuestAddr data, const Clock& clock) const {
		word(data + VVAR_CYCLE_LAST, counter_at(clock) - static_cast<uint64_t>(kCountsSince), 8);
		word(data + VVAR_MASK, UINT64_MAX, 8);
		word(data + VVAR_MULT, kMult, 4);
		word(data + VVAR_SHIFT, kShift, 4);
	}
};

// An image that reads the counter: bases as they were a while ago, and the coarse clocks as they are.
void write_for_counter(const Page& page, const Clock& clock, int32_t mode) {
	const GuestAddr hres = page.config.vvar, raw = hres + page.config.layout.raw;
	page.factors(hres, clock);
	page.factors(raw, clock);
	page.word(raw + VVAR_CLOCK_MODE, static_cast<uint32_t>(mode), 4);
	const auto then = [&](uint32_t id) { return *clock_ns(clock, id) - kCountsSince * kNsPerCount; };
	for (const uint32_t id : {uint32_t{CLOCK_ID_REALTIME}, uint32_t{CLOCK_ID_MONOTONIC}, kBoottime, kTai}) page.base(hres, id, then(id), kShift);
	for (const uint32_t id : {kRealtimeCoarse, kMonotonicCoarse}) page.base(hres, id, *clock_ns(clock, id), 0);
	page.base(raw, kMonotonicRaw, then(kMonotonicRaw), kShift);
	if (const auto at = page.config.layout.resolution) page.word(hres + *at, 1, 4);
}

}  // namespace

bool is_clock(uint32_t id) { return id <= kTai && id != 10; }  // 10 was CLOCK_SGI_CYCLE
bool is_coarse(uint32_t id) { return id == kRealtimeCoarse || id == kMonotonicCoarse; }

std::optional<int64_t> clock_ns(const Clock& clock, uint32_t id) {
	switch (id) {
		case CLOCK_ID_REALTIME:
		case kRealtimeCoarse: return clock.realtime_ns;
		case kTai: return clock.realtime_ns + kTaiOffset;
		case CLOCK_ID_MONOTONIC:
		case kMonotonicRaw:
		case kMonotonicCoarse:
		case kBoottime: return clock.monotonic_ns;
		default: return std::nullopt;
	}
}

uint64_t counter_at(const Clock& clock) { return static_cast<uint64_t>(clock.monotonic_ns / kNsPerCount); }

void write_vvar(const Config& config, const Clock& clock, int32_t mode, Memory& memory) {
	const Page page{config, memory};
	if (config.rng) {
		page.word(*config.rng, 1, 8);      // generation
		page.word(*config.rng + 8, 1, 1);  // is_ready
	}
	if (!config.has_vvar) return;
	page.word(config.vvar + VVAR_CLOCK_MODE, static_cast<uint32_t>(mode), 4);
	if (config.layout.counter) {
		write_for_counter(page, clock, mode);
		return;
	}
	page.base(config.vvar, CLOCK_ID_REALTIME, clock.realtime_ns, 0);
	page.base(config.vvar, CLOCK_ID_MONOTONIC, clock.monotonic_ns, 0);
}

void step_sequence(const Config& config, Memory& memory) {
	if (!config.has_vvar) return;
	const auto step = [&](GuestAddr at) {
		const uint64_t sequence = memory.load_word(at, 4).value_or(0);
		(void)memory.place_word(at, (sequence + 1) & 0xffffffff, 4);
	};
	step(config.vvar + VVAR_SEQ);
	if (config.layout.counter) step(config.vvar + config.layout.raw + VVAR_SEQ);
}

Thread tick(const Config& config, const Thread& thread, int64_t by_ns, Memory& memory) {
	Thread next = thread;
	next.signals.clock.realtime_ns += by_ns;
	next.signals.clock.monotonic_ns += by_ns;
	next.cpu.counter = counter_at(next.signals.clock);
	if (!config.has_vvar) return next;
	const auto mode = static_cast<int32_t>(memory.load_word(config.vvar + VVAR_CLOCK_MODE, 4).value_or(0));
	write_vvar(config, next.signals.clock, mode, memory);
	step_sequence(config, memory);
	step_sequence(config, memory);
	spoil<&Spoil::ticked>(config, config, thread.signals.clock, memory);
	return next;
}

}  // namespace siglab::kernel
