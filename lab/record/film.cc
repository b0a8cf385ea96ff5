#include "record/film.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace siglab {

std::string print_ranges(const std::vector<uint32_t>& numbers) {
	std::string text;
	for (size_t i = 0; i < numbers.size();) {
		size_t end = i + 1;
		while (end < numbers.size() && numbers[end] == numbers[end - 1] + 1) ++end;
		const std::string_view gap = text.empty() ? "" : " ";
		const uint32_t first = numbers[i], last = numbers[end - 1];
		text += first == last ? fmt::format("{}{}", gap, first) : fmt::format("{}{}-{}", gap, first, last);
		i = end;
	}
	return text;
}

namespace {

std::optional<uint32_t> index_below(std::string_view text, uint32_t below) {
	const std::optional<uint64_t> number = text.starts_with("0x") ? std::nullopt : parse_number(text);
	return number && *number < below ? std::optional{static_cast<uint32_t>(*number)} : std::nullopt;
}

}  // namespace

std::optional<std::vector<uint32_t>> parse_ranges(std::string_view text, uint32_t below, size_t limit) {
	std::vector<uint32_t> numbers;
	for (const std::string& piece : split(text, ' ')) {
		const size_t dash = piece.find('-');
		const std::optional<uint32_t> first = index_below(std::string_view{piece}.substr(0, dash), below);
		const std::optional<uint32_t> last = dash == std::string::npos ? first : index_below(std::string_view{piece}.substr(dash + 1), below);
		if (!first || !last || *last < *first || numbers.size() + (*last - *first) >= limit) return std::nullopt;
		for (uint32_t number = *first; number <= *last; ++number) numbers.push_back(number);
	}
	return numbers;
}

namespace {

constexpr size_t kMaxReel = 1'000'000;  // steps

constexpr std::string_view kOtherNames[] = {"blocked", "pending", "alt.sp", "alt.size", "alt.flags", "monotonic", "realtime", "owner"};

bool is_hex(std::string_view text) {
	const auto digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
	return !text.empty() && text.size() <= 16 && std::all_of(text.begin(), text.end(), digit);
}

class FilmCheck {
   public:
	FilmCheck(const FilmRecord& film, const FilmLimits& limits) : film_(film), limits_(limits) {}

	std::string run() {
		for (const auto& [isa, machine] : film_.machines) names_.insert(names_.end(), machine.registers.begin(), machine.registers.end());
		names_.insert(names_.end(), std::begin(kOtherNames), std::end(kOtherNames));
		std::sort(names_.begin(), names_.end());
		std::string why = each("stages", film_.stages, [this](const StageRecord& stage) { return assignments(stage.memory, "memory"); });
		if (why.empty()) why = each("steps", film_.steps, [this](const std::string& step) { return of_step(step); });
		if (why.empty()) why = each("reels", film_.reels, [this](const ReelRecord& reel) { return of_reel(reel); });
		if (why.empty()) why = each("walks", film_.walks, [this](const WalkFilmRecord& walk) { return of_walk(walk); });
		if (why.empty()) why = each("stories", film_.stories, [this](const StoryRecord& story) { return of_story(story); });
		return why;
	}

   private:
	template <class T, class Check>
	static std::string each(std::string_view list, const std::vector<T>& all, const Check& check) {
		for (size_t i = 0; i < all.size(); ++i) {
			if (const std::string why = check(all[i]); !why.empty()) return fmt::format("film.{}[{}]: {}", list, i, why);
		}
		return {};
	}

	[[nodiscard]] bool known(std::string_view name) const { return std::binary_search(names_.begin(), names_.end(), name); }

	[[nodiscard]] bool assigns(std::string_view word) const {
		const size_t at = word.find('=');
		if (at == std::string_view::npos) return false;
		const std::string_view name = word.substr(0, at), value = word.substr(at + 1);
		const bool named = name.starts_with('@') ? is_hex(name.substr(1)) : known(name);
		const bool of_pc = value.starts_with("$pc^") || value.starts_with("$pc-");
		return named && (of_pc ? is_hex(value.substr(4)) : value.starts_with('$') ? known(value.substr(1)) : is_hex(value));
	}

	[[nodiscard]] std::string assignments(std::string_view text, std::string_view what) const {
		for (const std::string& word : split(text, ' ')) {
			if (!assigns(word)) return fmt::format("'{}' in its {} is no assignment", word, what);
		}
		return {};
	}

	[[nodiscard]] std::string of_step(std::string_view step) const {
		const std::vector<std::string> words = split(step, ' ');
		const bool sends = !words.empty() && (words[0] == "take" || words[0] == "pend");
		const bool verb = sends || (!words.empty() && (words[0] == "return" || words[0] == "leave" || words[0] == "tick"));
		const size_t pc = sends ? 2 : verb ? 1 : 0;
		if (words.size() <= pc || !(is_hex(words[pc]) || words[pc] == "$pc")) return "it has no PC";
		for (size_t i = pc + 1; i < words.size(); ++i) {
			if (!assigns(words[i])) return fmt::format("'{}' is no assignment", words[i]);
		}
		return {};
	}

	[[nodiscard]] std::string of_reel(const ReelRecord& reel) const {
		if (!parse_ranges(reel.steps, static_cast<uint32_t>(film_.steps.size()), kMaxReel)) return "its steps are not in the film";
		return assignments(reel.left, "left");
	}

	[[nodiscard]] std::string of_shot(const ShotRecord& shot) const {
		if (!film_.machines.contains(shot.isa)) return fmt::format("machine '{}' is not in the film", shot.isa);
		if (shot.stage >= film_.stages.size()) return fmt::format("stage {} is not in the film", shot.stage);
		if (shot.start >= film_.steps.size()) return fmt::format("step {} is not in the film", shot.start);
		if (shot.reel >= film_.reels.size()) return fmt::format("reel {} is not in the film", shot.reel);
		for (const std::string& listing : shot.listings) {
			if (!film_.listings.contains(listing)) return fmt::format("listing '{}' is not in the film", listing);
		}
		return {};
	}

	[[nodiscard]] std::string of_walk(const WalkFilmRecord& walk) const {
		if (walk.walk >= limits_.walks.size()) return fmt::format("walk {} is not in the record", walk.walk);
		for (const DeliveriesRecord& deliveries : walk.deliveries) {
			if (deliveries.reels.size() != limits_.walks[walk.walk]) return "it has not a delivery for each boundary";
			for (const std::optional<uint32_t>& reel : deliveries.reels) {
				if (reel && *reel >= film_.reels.size()) return fmt::format("reel {} is not in the film", *reel);
			}
		}
		return of_shot(walk.shot);
	}

	[[nodiscard]] std::string of_story(const StoryRecord& story) const {
		if (story.exhibit >= limits_.exhibits) return fmt::format("exhibit {} is not in the record", story.exhibit);
		if (story.run >= limits_.runs) return fmt::format("run {} is not in the record", story.run);
		return of_shot(story.shot);
	}

	const FilmRecord& film_;
	const FilmLimits& limits_;
	std::vector<std::string_view> names_;
};

}  // namespace

std::string nonsense(const FilmRecord& film, const FilmLimits& limits) { return FilmCheck(film, limits).run(); }

}  // namespace siglab
