#include "landmarks.h"

#include <fmt/format.h>

#include <regex>

namespace siglab::go {
namespace {

// An instruction that stands for one landmark, or for several in the order in which they come. PC and SP are the offsets of vdsoPC and
// vdsoSP.
struct Pattern {
	std::string_view text;
	std::vector<std::string_view> marks;
};

const std::vector<Pattern>& patterns(IsaId isa) {
	static const std::vector<Pattern> arm64 = {
		{R"(str x\d+, \[x\d+, #PC\])", {"vdsopc_store", "vdsopc_restore"}},
		{R"(str x\d+, \[x\d+, #SP\])", {"vdsosp_store", "vdsosp_restore"}},
		{R"(mov sp, x\d+)", {"sp_switch", "sp_restore"}},
		{R"(str x28, \[x\d+\])", {"slot_store"}},
		{R"(str xzr, \[x\d+\])", {"slot_clear"}},
		{R"(blr x\d+)", {"call", "call_nosave"}},
	};
	// sl is r10, g. The stack pointer is switched in several steps; the last one aligns it.
	static const std::vector<Pattern> arm = {
		{R"(str \w+, \[r\d+, #PC\])", {"vdsopc_store", "vdsopc_restore"}},
		{R"(str \w+, \[r\d+, #SP\])", {"vdsosp_store", "vdsosp_restore"}},
		{R"(bic sp, sp, #7)", {"sp_switch"}},
		{R"(mov sp, r\d+)", {"sp_restore"}},
		{R"(str sl, \[r\d+\])", {"slot_store"}},
		{R"(str r\d+, \[r\d+\])", {"slot_clear"}},
		{R"(blx r\d+)", {"call", "call_nosave"}},
	};
	return isa == IsaId::arm ? arm : arm64;
}

std::string with_offsets(std::string_view pattern, const GoOffsets& offsets) {
	std::string text{pattern};
	const auto put = [&](std::string_view name, uint64_t value) {
		if (const size_t at = text.find(name); at != std::string::npos) text.replace(at, name.size(), fmt::format("#{:#x}", value));
	};
	put("#PC", offsets.m_vdso_pc.value_or(0));
	put("#SP", offsets.m_vdso_sp.value_or(0));
	return text;
}

}  // namespace

Result<std::vector<Landmark>> find_landmarks(const Isa& isa, const Listing& function, const GoOffsets& offsets) {
	std::vector<Landmark> found;
	for (const Pattern& pattern : patterns(isa.id)) {
		const std::string text = with_offsets(pattern.text, offsets);
		const std::regex instruction(text);
		size_t times = 0;
		for (const Line& line : function) {
			if (!std::regex_match(line.text, instruction)) continue;
			if (times < pattern.marks.size()) found.push_back({pattern.marks[times], line.address});
			++times;
		}
		if (times == pattern.marks.size()) continue;
		return Error{Exit::usage, fmt::format("'{}', the {}, is there {} times, not {}: this is not the trampoline of Go 1.19", text,
		                                      pattern.marks.front(), times, pattern.marks.size())};
	}
	return found;
}

}  // namespace siglab::go
