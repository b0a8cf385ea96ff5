// A film played in C++, by what lab/record/film.h says alone: so the lab's own way to write one is checked by a second reading.
#pragma once

#include <fmt/format.h>

#include <map>
#include <string>

#include "base/text.h"
#include "record/film.h"

namespace siglab::test {

// Registers, the kernel's state and the owner by name; memory words that somebody wrote.
struct Played {
	std::map<std::string, uint64_t> values;
	std::map<uint64_t, uint64_t> words;
};

class FilmPlayer {
   public:
	FilmPlayer(const FilmRecord& film, const ShotRecord& shot) : film_(film), word_(film.machines.at(shot.isa).word) {
		for (const std::string& word : split(film.stages[shot.stage].memory, ' ')) set(word);
		step(film.steps[shot.start]);
	}

	void step(const std::string& text) {
		std::vector<std::string> words = split(text, ' ');
		const std::string verb = words[0];
		const bool sends = verb == "take" || verb == "pend";
		words.erase(words.begin(), words.begin() + (sends ? 2 : verb == "return" || verb == "leave" || verb == "tick" ? 1 : 0));
		if (verb == "take") open_.push_back(now.values);
		if (verb == "return") {
			for (const std::string& name : registers()) now.values[name] = open_.back().at(name);
		}
		const uint64_t pc = words[0] == "$pc" ? open_.back().at("pc") : number(words[0]);
		// All values are as they were before the step.
		std::vector<std::pair<std::string, uint64_t>> sets;
		for (size_t i = 1; i < words.size(); ++i) {
			const size_t at = words[i].find('=');
			sets.emplace_back(words[i].substr(0, at), value(words[i].substr(at + 1)));
		}
		for (const auto& [name, value] : sets) put(name, value);
		now.values["pc"] = pc;
		if (verb == "return") open_.pop_back();
		if (verb == "leave") open_.clear();
	}

	[[nodiscard]] std::vector<std::string> steps(uint32_t number) const {
		const auto below = static_cast<uint32_t>(film_.steps.size());
		const std::vector<uint32_t> numbers = *parse_ranges(film_.reels[number].steps, below, SIZE_MAX);
		std::vector<std::string> texts;
		for (const uint32_t one : numbers) texts.push_back(film_.steps[one]);
		return texts;
	}

	Played now;

   private:
	[[nodiscard]] std::vector<std::string> registers() const {
		for (const auto& [isa, machine] : film_.machines) {
			if (machine.word == word_) return machine.registers;
		}
		return {};
	}
	static uint64_t number(const std::string& text) { return *parse_number("0x" + text); }
	[[nodiscard]] uint64_t value(const std::string& text) const {
		if (!text.starts_with('$')) return number(text);
		const uint64_t pc = open_.back().at("pc");
		if (text.starts_with("$pc^")) return pc ^ number(text.substr(4));
		if (text.starts_with("$pc-")) return (pc - number(text.substr(4))) & (word_ == 4 ? 0xffffffff : ~uint64_t{0});
		return open_.back().at(text.substr(1));
	}
	void put(const std::string& name, uint64_t value) {
		if (name.starts_with('@')) {
			now.words[number(name.substr(1))] = value;
		} else {
			now.values[name] = value;
		}
	}
	void set(const std::string& word) {
		const size_t at = word.find('=');
		put(word.substr(0, at), value(word.substr(at + 1)));
	}

	const FilmRecord& film_;
	const uint32_t word_;
	std::vector<std::map<std::string, uint64_t>> open_;
};

}  // namespace siglab::test
