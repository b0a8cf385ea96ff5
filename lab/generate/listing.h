// Listing: lines of assembly as they come, with labels around the stretches in which the g register is dirty. Internal to the room.
//
// Labels    dirty_begin[.KIND].N and dirty_end[.KIND].N, as vdso_blobs/README.md says: a boundary sees that kind of number in the g register
//           exactly if its PC lies between the two.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

#include "generate/generate.h"

namespace siglab::gen {

class Listing {
   public:
	explicit Listing(const Wording& wording) : prefix_(wording.prefix), comments_(wording.comments) {}

	[[nodiscard]] std::string named(std::string_view symbol) const { return fmt::format("{}{}", prefix_, symbol); }
	[[nodiscard]] std::string new_label() { return fmt::format(".L{}{}", prefix_, labels_++); }

	void directive(std::string_view text) { append(text_, "\t", text, "\n"); }
	void label(std::string_view name) { append(text_, "", name, ":\n"); }
	void comment(std::string_view text) {
		if (comments_) append(text_, "\t// ", text, "\n");
	}
	// `before`: what the g register holds when it comes to this instruction.
	void instruction(std::string_view text, Dirt before) {
		declare(before);
		directive(text);
	}
	// From the next instruction on it is as the caller left it, or nobody's.
	void close() { declare(Dirt::none); }

	// What has been written since the last time.
	[[nodiscard]] std::string take() { return std::exchange(text_, {}); }

   private:
	static void append(std::string& to, std::string_view a, std::string_view b, std::string_view c) { to.append(a).append(b).append(c); }

	void declare(Dirt now) {
		if (now == open_) return;
		if (open_ != Dirt::none) label(fmt::format("{}dirty_end{}.{}", prefix_, dirt_suffix(open_), intervals_));
		if (now != Dirt::none) label(fmt::format("{}dirty_begin{}.{}", prefix_, dirt_suffix(now), ++intervals_));
		open_ = now;
	}

	std::string prefix_;
	bool comments_;
	std::string text_;
	uint32_t labels_ = 0, intervals_ = 0;
	Dirt open_ = Dirt::none;
};

}  // namespace siglab::gen
