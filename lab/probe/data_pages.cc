#include "probe/data_pages.h"

#include <fmt/format.h>

#include <algorithm>

#include "guest_asm/layout.h"
#include "image/operands.h"

namespace siglab {
namespace {

constexpr uint64_t kMonotonic = 1, kMonotonicRaw = 4;
constexpr uint64_t kFurthest = 0x100000;  // in front of the image: further away, an address has nothing to do with it
constexpr uint64_t kAskForParams = UINT64_MAX;

class Finder {
   public:
	Finder(const Image& image, Machine& machine) : image_(image), machine_(machine) {}

	Result<DataPages> run() {
		if (Status done = find_time_page(); !done) return done.error();
		if (pages_.time) {
			if (Status done = find_fields(); !done) return done.error();
		}
		if (Status done = find_rng(); !done) return done.error();
		return pages_;
	}

   private:
	struct Seen {
		CallEnding ending;
		std::vector<uint64_t> reads;  // addresses in front of the image, in order; the last may be what it faulted at
		bool counter = false;
	};

	Result<Seen> watch(const CallPlan& plan) {
		Result<VdsoCaller> caller = VdsoCaller::open(image_, pages_, machine_);
		if (!caller) return caller.error();
		Seen seen;
		Result<CallEnding> ending = caller->call(plan, [&](uint32_t, const Cpu& cpu, const Memory& memory) {
			const std::optional<uint32_t> word = memory.load<uint32_t>({cpu.pc});
			seen.counter = seen.counter || (word && image_.isa().counter_read(*word, cpu));
			const std::optional<GuestAddr> touched = memory_operand(image_, VDSO, cpu);
			if (touched && in_front(touched->value)) seen.reads.push_back(touched->value);
		});
		if (!ending) return ending.error();
		seen.ending = *std::move(ending);
		return seen;
	}

	static bool in_front(uint64_t address) { return address < VDSO && address >= VDSO - std::min<uint64_t>(VDSO, kFurthest) && address >= FOREIGN_STACK; }

	[[nodiscard]] Error refuse(std::string_view function, std::string_view why) const {
		return {Exit::usage, fmt::format("{}: cannot tell where its data are: {} {}", image_.name(), function, why)};
	}

	// In front of the image nothing is mapped but the page that an image without one would not miss.
	Status find_time_page() {
		const std::string name{image_.isa().clock_gettime.name};
		if (image_.find(name) == nullptr) return Done{};
		Result<Seen> seen = watch({.function = name, .arguments = {kMonotonic, kCallBuffer}, .mode = 1});
		if (!seen) return seen.error();
		std::optional<uint64_t> first;
		if (!seen->reads.empty()) first = seen->reads.front();
		if (!first) return Done{};  // it faults elsewhere, perhaps: that is for those who run it to tell
		// The sequence number, or the clock mode behind it.
		if (*first % kPageSize >= 8) return refuse(name, fmt::format("first reads {:#x} bytes in front of it, which is no page's beginning", VDSO - *first));
		pages_.time = VDSO - round_down(*first, kPageSize);
		return Done{};
	}

	Status find_fields() {
		const std::string name{image_.isa().clock_gettime.name};
		Result<Seen> seen = watch({.function = name, .arguments = {kMonotonic, kCallBuffer}});
		if (!seen) return seen.error();
		if (seen->ending.outcome == CallOutcome::fault && in_front(seen->ending.address.value)) return refuse(name, fmt::format("{} besides", seen->ending.text));
		pages_.layout.counter = seen->counter;
		if (!seen->counter) return Done{};
		if (Status done = find_raw(name); !done) return done;
		return find_resolution();
	}

	Status find_raw(const std::string& name) {
		Result<Seen> seen = watch({.function = name, .arguments = {kMonotonicRaw, kCallBuffer}});
		if (!seen) return seen.error();
		if (seen->reads.empty()) return Done{};
		const uint64_t offset = seen->reads.front() - (VDSO - *pages_.time);
		if (offset > 1024 || offset % 8 != 0) return refuse(name, fmt::format("of the raw clock reads at {:#x}", seen->reads.front()));
		if (offset != 0) pages_.layout.raw = static_cast<uint32_t>(offset);
		return Done{};
	}

	// It may look at the clock mode before.
	Status find_resolution() {
		const Symbol* function = first_function(image_, {"__kernel_clock_getres", "__vdso_clock_getres"});
		if (function == nullptr) return Done{};
		Result<Seen> seen = watch({.function = function->name, .arguments = {kMonotonic, kCallBuffer}});
		if (!seen) return seen.error();
		if (seen->reads.empty()) return Done{};
		const uint64_t offset = seen->reads.back() - (VDSO - *pages_.time);
		if (offset < kPageSize) pages_.layout.resolution = static_cast<uint32_t>(offset);
		return Done{};
	}

	// struct vdso_rng_data: generation, is_ready. A call with a state of the right size asks is_ready first, and then, if it is, for the other.
	Status find_rng() {
		const Symbol* function = first_function(image_, {"__kernel_getrandom", "__vdso_getrandom"});
		if (function == nullptr) return Done{};
		Result<Seen> asked = watch({.function = function->name, .arguments = {0, 0, 0, kCallBuffer, kAskForParams}});
		if (!asked) return asked.error();
		uint32_t size = 0;
		if (asked->ending.returned()) std::memcpy(&size, asked->ending.buffer.data(), sizeof size);
		const CallPlan plan{.function = function->name, .arguments = {kCallBuffer + kPageSize, 16, 0, kCallBuffer, size}};
		Result<Seen> seen = watch(plan);
		if (!seen) return seen.error();
		const std::optional<uint64_t> ready = first_of_rng(seen->reads);
		if (!ready || size == 0) return refuse(function->name, "reads no data of its own");
		pages_.rng = VDSO - (*ready - 8);
		Result<Seen> again = watch(plan);
		if (!again) return again.error();
		const bool both = std::find(again->reads.begin(), again->reads.end(), *ready - 8) != again->reads.end();
		if (!again->ending.returned() || !both) return refuse(function->name, fmt::format("does not read struct vdso_rng_data at {:#x}", *ready - 8));
		return Done{};
	}

	// Besides the clocks' data, of which it may ask the mode (is it in a time namespace?).
	[[nodiscard]] std::optional<uint64_t> first_of_rng(std::span<const uint64_t> reads) const {
		const uint64_t clocks = VDSO - pages_.time.value_or(0);
		for (const uint64_t read : reads) {
			const bool of_clocks = pages_.time && read >= clocks && read < clocks + 2 * pages_.layout.raw;
			if (!of_clocks) return read;
		}
		return std::nullopt;
	}

	const Image& image_;
	Machine& machine_;
	DataPages pages_;
};

}  // namespace

const Symbol* first_function(const Image& image, std::initializer_list<std::string_view> names) {
	for (const std::string_view name : names) {
		if (const Symbol* symbol = image.find(name)) return symbol;
	}
	return nullptr;
}

Result<DataPages> find_data_pages(const Image& image, Machine& machine) { return Finder(image, machine).run(); }

}  // namespace siglab
