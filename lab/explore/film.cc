#include "explore/film.h"

#include <fmt/format.h>

#include "explore/film_cut.h"
#include "explore/film_stage.h"

namespace siglab {
namespace {

// Few handlers have as many steps: from there on a livelock is looked for.
constexpr uint64_t kPatience = 256;

// Of a livelock's steps, which go round for ever, the first two rounds.
void two_rounds(std::vector<uint32_t>& steps) {
	constexpr size_t kMaxPeriod = 64;
	for (size_t period = 1; period <= kMaxPeriod; ++period) {
		size_t begin = steps.size();
		while (begin > period && steps[begin - 1] == steps[begin - 1 - period]) --begin;
		if (steps.size() - begin < 2 * period) continue;
		steps.resize(begin + period);
		return;
	}
}

// What a film is made of on the way.
class Reels {
   public:
	explicit Reels(std::vector<ReelRecord>& reels) : reels_(reels) {}

	uint32_t add(std::vector<uint32_t> steps, const End& end, const std::vector<Change>& left) {
		if (end.kind == EndKind::livelock) two_rounds(steps);
		// Where in its round a livelock is noticed says nothing.
		const bool goes_round = end.kind == EndKind::livelock;
		ReelRecord reel{.steps = print_ranges(steps), .end = goes_round ? "it runs for ever: the whole state comes again" : end.text, .left = {}};
		for (const Change& change : left) {
			fmt::format_to(std::back_inserter(reel.left), "{}@{:x}={:x}", reel.left.empty() ? "" : " ", change.at.value, change.after);
		}
		const auto [at, fresh] = known_.try_emplace(reel.steps + '\n' + reel.end + '\n' + reel.left, static_cast<uint32_t>(reels_.size()));
		if (fresh) reels_.push_back(std::move(reel));
		return at->second;
	}

   private:
	std::vector<ReelRecord>& reels_;
	std::unordered_map<std::string, uint32_t> known_;
};

// A film on the way: the steps' texts, the reels, and what they show.
class Studio {
   public:
	explicit Studio(const World& world) : table(world.isa()), reels(film_.reels), world_(world) {}

	void see(const Raw& raw) {
		for (const RawStep& step : raw.steps) seen_.insert(step.pc);
	}

	// The first step says all registers; the others are the reel.
	ShotRecord shot(const Raw& raw, const End& end) {
		see(raw);
		std::vector<uint32_t> steps = table.plain(raw);
		const uint32_t start = steps.front();
		steps.erase(steps.begin());
		return {.isa = std::string{world_.isa().name}, .stage = 0, .listings = {}, .start = start, .reel = reels.add(std::move(steps), end, {})};
	}

	FilmRecord wrap(ShotRecord& shot, ListingStore& listings) {
		film_.machines[shot.isa] = machine_of(world_.isa());
		shot.listings = listings.add(world_, seen_);
		film_.steps = table.take();
		film_.stages.push_back(stage_of(world_));
		return std::move(film_);
	}

   private:
	FilmRecord film_;

   public:
	StepTable table;
	Reels reels;

   private:
	const World& world_;
	std::set<uint64_t> seen_;
};

class WalkFilmer {
   public:
	WalkFilmer(const World& world, Machine& machine, std::span<const Signal> signals)
		: world_(world), machine_(machine), memory_(machine.memory()), signals_(signals), studio_(world) {}

	Result<FilmRecord> run(ListingStore& listings) {
		WalkFilmRecord film;
		Snapshot shadow(memory_);
		if (Status done = undisturbed(film.shot); !done) return done.error();
		shadow.restore(memory_);
		for (uint32_t i = 0; i < walk_.boundaries(); ++i) {
			for (const Write& write : walk_.writes(i)) {
				(void)memory_.place(write.at, write.data());
				shadow.apply(write);
			}
			for (const Signal signal : signals_) {
				if (Status done = deliver(i, signal, shadow); !done) return done.error();
			}
		}
		cut(film);
		FilmRecord all = studio_.wrap(film.shot, listings);
		all.walks.push_back(std::move(film));
		return all;
	}

   private:
	struct Delivered {
		bool masked = false;
		Raw raw;
		End end;
		std::vector<Change> left;
	};

	Status undisturbed(ShotRecord& shot) {
		Raw raw;
		raw.start(world_.start.cpu, besides_of(world_.start.signals, world_.ghost.owner));
		Result<Course> course = follow(CourseOf::walk, world_.start, world_.ghost, raw, [this](const Moment& moment) { walk_.add(moment); });
		if (!course) return course.error();
		shot = studio_.shot(raw, course->end);
		return Done{};
	}

	Result<Course> follow(CourseOf what, const Thread& thread, const Ghost& ghost, Raw& raw, const std::function<void(const Moment&)>& also) {
		Besides was{};
		last_ = thread;
		const auto watch = [&](const Moment& now) {
			const Besides is = besides_of(now.thread.signals, now.ghost.owner);
			if (now.boundary > 0) raw.add(world_.isa().word, {Verb::none, {}, last_.cpu, now.step.after, was, is, now.step.writes, memory_});
			if (also) also(now);
			was = is;
			last_ = now.thread;
			return true;
		};
		return run_course(world_, machine_, what, thread, ghost, watch, {.patience = kPatience});
	}

	Status deliver(uint32_t boundary, Signal signal, const Snapshot& shadow) {
		Delivered& delivered = delivered_.emplace_back();
		const Thread thread = walk_.thread(boundary);
		const bool stops_here = (thread.cpu.flags & world_.isa().it_bits) == 0 || stops_anywhere(machine_.recorder_kind());
		delivered.masked = !stops_here || !kernel::deliverable(thread.signals, signal);
		if (delivered.masked) return Done{};
		std::vector<Write> frame;
		memory_.log_writes_to(&frame);
		const kernel::Resumed entered = kernel::return_to_user(world_.kernel, kernel::send(thread, signal), memory_);
		memory_.log_writes_to(nullptr);
		if (entered.fate == kernel::Fate::killed) {
			delivered.end = killed_on_delivery(thread, entered.killed_by);
		} else {
			const uint64_t owner = walk_.ghost(boundary).owner;
			const Besides was = besides_of(thread.signals, owner), is = besides_of(entered.thread.signals, owner);
			delivered.raw.add(world_.isa().word, {Verb::take, signal, thread.cpu, entered.thread.cpu, was, is, frame, memory_});
			if (Status done = handler(thread, entered.thread, walk_.ghost(boundary), delivered); !done) return done;
		}
		const bool returned = !delivered.raw.steps.empty() && delivered.raw.steps.back().verb == Verb::back;
		if (returned) delivered.left = live_changes(world_, memory_, shadow, thread.cpu.sp);
		shadow.restore(memory_);
		return Done{};
	}

	Status handler(const Thread& interrupted, const Thread& entered, const Ghost& ghost, Delivered& delivered) {
		Result<Course> course = follow(CourseOf::handler, entered, handler_ghost(ghost), delivered.raw, {});
		if (!course) return course.error();
		delivered.end = course->end;
		if (course->end.kind == EndKind::left) return left(*course, delivered);
		if (course->end.kind != EndKind::completed) return Done{};
		const Besides was = besides_of(course->leaving.signals, course->ghost.owner), is = besides_of(course->thread.signals, ghost.owner);
		delivered.raw.add(world_.isa().word, {Verb::back, {}, interrupted.cpu, course->thread.cpu, was, is, {}, memory_});
		return Done{};
	}

	// The process goes on elsewhere: what the jump itself has changed is the last step.
	Status left(const Course& course, Delivered& delivered) {
		const Besides was = besides_of(last_.signals, course.ghost.owner);
		const Besides is = besides_of(course.thread.signals, ghost_after_jump(world_.truth).owner);
		delivered.raw.add(world_.isa().word, {Verb::leave, {}, last_.cpu, course.thread.cpu, was, is, {}, memory_});
		delivered.end = {};
		return Done{};
	}

	// The deliveries stand boundary by boundary, and within one in the order of the signals.
	void cut(WalkFilmRecord& film) {
		std::vector<StepTable::Run> runs;
		for (size_t i = 0; i < delivered_.size(); ++i) {
			studio_.see(delivered_[i].raw);
			if (!delivered_[i].masked) runs.push_back({&delivered_[i].raw, registers_of(walk_.cpu(static_cast<uint32_t>(i / signals_.size())))});
		}
		std::vector<std::vector<uint32_t>> numbers = studio_.table.alike(runs);
		auto next = numbers.begin();
		for (const Signal signal : signals_) film.deliveries.push_back({std::string{signal_name(signal)}, {}});
		for (size_t i = 0; i < delivered_.size(); ++i) {
			const Delivered& one = delivered_[i];
			std::optional<uint32_t> reel;
			if (!one.masked) reel = studio_.reels.add(std::move(*next++), one.end, one.left);
			film.deliveries[i % signals_.size()].reels.push_back(reel);
		}
	}

	const World& world_;
	Machine& machine_;
	Memory& memory_;
	const std::span<const Signal> signals_;
	Studio studio_;
	Walk walk_;
	Thread last_;                   // of the course under way: where it was seen last
	std::vector<Delivered> delivered_;
};

}  // namespace

Result<FilmRecord> film_walk(const World& world, Machine& machine, std::span<const Signal> signals, ListingStore& listings) {
	if (Status loaded = machine.load(world.plan); !loaded) return loaded.error();
	return WalkFilmer(world, machine, signals).run(listings);
}

Result<FilmRecord> film_story(const World& world, Machine& machine, const Schedule& schedule, ListingStore& listings) {
	Studio studio(world);
	Raw raw;
	raw.start(world.start.cpu, besides_of(world.start.signals, world.ghost.owner));
	std::vector<Cpu> open;
	const auto watch = [&](const TraceMoment& now) {
		constexpr std::array<Verb, 6> kVerbs = {Verb::none, Verb::take, Verb::pend, Verb::tick, Verb::back, Verb::leave};
		const Verb verb = kVerbs[static_cast<size_t>(now.told)];
		const Besides was = besides_of(now.before.signals, now.owner_before), is = besides_of(now.after.signals, now.owner);
		if (verb == Verb::take) open.push_back(now.before.cpu);
		const Cpu& before = verb == Verb::back ? open.back() : now.before.cpu;
		raw.add(world.isa().word, {verb, now.signal, before, now.after.cpu, was, is, now.writes, now.memory});
		if (verb == Verb::back) open.pop_back();
		if (verb == Verb::leave) open.clear();
	};
	Result<Trace> traced = trace(world, machine, schedule, Keep::live_of_walk, watch);
	if (!traced) return traced.error();
	StoryRecord story{.schedule = print_schedule(schedule), .shot = studio.shot(raw, traced->end)};
	FilmRecord all = studio.wrap(story.shot, listings);
	all.stories.push_back(std::move(story));
	return all;
}

// Where a film's numbers have gone in the whole.
struct FilmCutter::Moved {
	std::vector<uint32_t> steps, reels, stages;
	void shot(ShotRecord& shot) const {
		shot.stage = stages[shot.stage];
		shot.start = steps[shot.start];
		shot.reel = reels[shot.reel];
	}
};

uint32_t FilmCutter::step(std::string text) {
	const auto [at, fresh] = steps_.try_emplace(text, static_cast<uint32_t>(all_.steps.size()));
	if (fresh) all_.steps.push_back(std::move(text));
	return at->second;
}

uint32_t FilmCutter::reel(ReelRecord reel) {
	const auto [at, fresh] = reels_.try_emplace(reel.steps + '\n' + reel.end + '\n' + reel.left, static_cast<uint32_t>(all_.reels.size()));
	if (fresh) all_.reels.push_back(std::move(reel));
	return at->second;
}

uint32_t FilmCutter::stage(StageRecord stage) {
	const auto known = std::find(all_.stages.begin(), all_.stages.end(), stage);
	const auto at = static_cast<uint32_t>(known - all_.stages.begin());
	if (known == all_.stages.end()) all_.stages.push_back(std::move(stage));
	return at;
}

FilmCutter::Moved FilmCutter::add(FilmRecord& film) {
	Moved moved;
	for (std::string& text : film.steps) moved.steps.push_back(step(std::move(text)));
	for (StageRecord& one : film.stages) moved.stages.push_back(stage(std::move(one)));
	for (ReelRecord& one : film.reels) {
		std::vector<uint32_t> steps = *parse_ranges(one.steps, static_cast<uint32_t>(film.steps.size()), SIZE_MAX);
		for (uint32_t& number : steps) number = moved.steps[number];
		one.steps = print_ranges(steps);
		moved.reels.push_back(reel(std::move(one)));
	}
	all_.machines.merge(film.machines);
	return moved;
}

FilmRecord FilmCutter::take(ListingStore& listings) {
	all_.listings = listings.take();
	return std::move(all_);
}

void FilmCutter::add_walk(FilmRecord film, uint32_t walk) {
	const Moved moved = add(film);
	for (WalkFilmRecord& one : film.walks) {
		one.walk = walk;
		moved.shot(one.shot);
		for (DeliveriesRecord& deliveries : one.deliveries) {
			for (std::optional<uint32_t>& number : deliveries.reels) {
				if (number) number = moved.reels[*number];
			}
		}
		all_.walks.push_back(std::move(one));
	}
}

void FilmCutter::add_story(FilmRecord film, uint32_t exhibit, uint32_t run) {
	const Moved moved = add(film);
	for (StoryRecord& one : film.stories) {
		one.exhibit = exhibit;
		one.run = run;
		moved.shot(one.shot);
		all_.stories.push_back(std::move(one));
	}
}

}  // namespace siglab
