// One call of one function of a vDSO, on its own: no runtime around it, every boundary watched.
//
// Models    a C caller: arguments in registers, a stack, the data pages that the kernel maps in front of the image, its system calls
//           answered by the kernel model. Callee-saved registers hold patterns that nothing else holds, so they are found wherever they go.
// Boundary  i is the state before the call's (i + 1)th instruction; a call of n instructions has n of them, 0 .. n - 1. What is behind the
//           last one is the caller's again, and not counted. A system call is one instruction.
// Does not  deliver signals: that is a sweep's business.
#pragma once

#include <functional>

#include "image/image.h"
#include "kernel_model/syscall.h"
#include "machine/machine.h"

namespace siglab {

// What an image wants mapped, and how it reads it.
struct DataPages {
	std::optional<uint64_t> time;  // the clocks' page begins so many bytes in front of the image; none: the image looks for none
	std::optional<uint64_t> rng;   // so do the data of getrandom
	kernel::VvarLayout layout;
	bool operator==(const DataPages&) const = default;
};

// Memory that a caller may name in its arguments. Zero at the start of each call, but for what the plan says.
inline constexpr uint64_t kCallBuffer = 0x30000;  // 8 KiB
inline constexpr size_t kMaxArguments = 6;

struct CallPlan {
	std::string function;                     // a symbol
	std::vector<uint64_t> arguments;
	int32_t mode = 1;                         // as VVAR_CLOCK_MODE
	std::optional<uint32_t> tick_at;          // the clock moves at this boundary
	std::optional<uint32_t> odd_until;        // the kernel is writing from the start on, up to this boundary
	std::vector<std::byte> buffer;            // kCallBuffer's first bytes
};

enum class CallOutcome : uint8_t {
	returned,
	fault, undefined,      // `text` says where
	loops,                 // proved: the whole state comes again
	bound,                 // still running after kMaxCallBoundaries
	refused,               // a system call that the kernel model does not know
};
inline constexpr uint32_t kMaxCallBoundaries = 100'000;

struct CallEnding {
	CallOutcome outcome = CallOutcome::returned;
	std::string text;
	Cpu before;                               // as the caller left it
	Cpu after;                                // returned: as it comes back
	GuestAddr address;                        // fault: what it touched
	uint32_t boundaries = 0;
	std::vector<uint32_t> syscalls;           // their numbers, in order
	std::vector<std::byte> buffer;            // what kCallBuffer holds at the end
	Clock clock;                              // at the end

	[[nodiscard]] bool returned() const { return outcome == CallOutcome::returned; }
};

using OnCallBoundary = std::function<void(uint32_t boundary, const Cpu& cpu, const Memory& memory)>;

class VdsoCaller {
   public:
	// Both outlive this. Errors    usage: an image that does not fit into the lab's memory.
	static Result<VdsoCaller> open(const Image& image, const DataPages& pages, Machine& machine);

	// Errors    usage: no such symbol. environment: the engine.
	Result<CallEnding> call(const CallPlan& plan, const OnCallBoundary& on_boundary = {});

	[[nodiscard]] const Image& image() const { return *image_; }
	[[nodiscard]] const DataPages& pages() const { return pages_; }

   private:
	VdsoCaller(const Image& image, const DataPages& pages, Machine& machine) : image_(&image), pages_(pages), machine_(&machine) {}

	const Image* image_;
	DataPages pages_;
	Machine* machine_;
	std::vector<RegionPlan> plan_;
	kernel::Config kernel_;
};

// The regions of an image's segments and of its data pages, at the lab's addresses, and where the kernel model finds the latter.
// Errors    usage: no shared object, writable or too large; data too far in front.
Result<std::vector<RegionPlan>> map_vdso(const Image& image, const DataPages& pages, kernel::Config& kernel);

// What a caller has in its registers before it does anything: a pattern of its own in each.
void fill_registers(const Isa& isa, Cpu& cpu);

// The kernel's clock when a walk, or a call, begins.
extern const Clock kStartClock;

}  // namespace siglab
