// A course: one stretch of guest execution, watched at every boundary, with the kernel model answering its system calls.
//
// Models    the walk of the interrupted code, up to HYPERCALL_DONE; or a handler's walk, up to its rt_sigreturn.
// Does not  decide anything: what a boundary shows is the watcher's business.
#pragma once

#include <functional>

#include "properties/property.h"
#include "world/world.h"

namespace siglab {

// One boundary of a course: the state now, and how it came about.
struct Moment {
	const Thread& thread;
	const Ghost& ghost;
	StepView step;                  // of the last step; at boundary 0 it starts from nowhere (`retired` is 0) and changes nothing
	uint32_t boundary = 0;
};
// False stops the course at this boundary.
using OnMoment = std::function<bool(const Moment&)>;

enum class CourseOf : uint8_t { walk, handler };

struct Course {
	End end;
	bool stopped = false;           // the watcher stopped it: `end` says nothing
	Thread thread;                  // where it ended; of a completed handler: resumed code
	Thread leaving;                 // a handler's last moment, just before rt_sigreturn
	// Signals were pending, and a system call has let them in: the code that goes on before it takes them. With `completed` it is the
	// resumed code. Otherwise the course's own code has opened its mask: who can deliver them goes on here, others see the end `refused`.
	std::shared_ptr<const Thread> between;
	Ghost ghost;
	uint32_t boundaries = 0;
};

// A run longer than this is given up, unless somebody asks for another length: EndKind::bound.
inline constexpr uint32_t kMaxBoundaries = 400'000;

struct RunBounds {
	uint32_t longest = kMaxBoundaries;  // boundaries; one that runs longer ends as EndKind::bound
	uint64_t patience = 512;            // boundaries before anything is remembered to prove a livelock by
};

// Runs on the machine's hooked engine, from `thread` over what the machine's memory holds now, and leaves memory as the course left it.
// A livelock is proved: the whole state comes a second time.
// Errors    environment: the engine.
Result<Course> run_course(const World& world, Machine& machine, CourseOf what, const Thread& thread, const Ghost& ghost,
                          const OnMoment& on_moment, const RunBounds& bounds = {});

// Notices when a whole state comes a second time (Brent: one remembered state, renewed at powers of two).
class Recurrence {
   public:
	// Remembers nothing before the `patience`-th state: most runs are over by then.
	explicit Recurrence(uint64_t patience) : renew_at_(patience) {}
	// Called with successive states of one run; true when this one equals an earlier one in every byte.
	bool again(const Thread& thread, const Memory& memory);

   private:
	struct Remembered {
		Thread thread;
		std::vector<uint32_t> numbers;  // of blocks
		std::vector<std::byte> bytes;   // that they held
		[[nodiscard]] bool equals(const Memory& memory) const;
	};
	uint64_t count_ = 0;
	uint64_t renew_at_;
	std::unique_ptr<Remembered> remembered_;
};

// What a stop that is no system call means for the process: a fault, or an undefined instruction.
End end_of(const World& world, const Stop& stop, const Cpu& cpu);
// What a system call that does not come back means. Not for resumed and returned.
End end_of(const World& world, const kernel::CallResult& call, const Cpu& cpu, std::string_view last_words);

}  // namespace siglab
