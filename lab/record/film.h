// Film: what a page needs to show walks and handlers step by step, with every register and every word that was written.
//
// Models    a step as the text of what it changed; a reel as a sequence of steps. Equal steps are stored once, and so are equal reels: a
//           handler that runs alike at sixty boundaries is one reel. Inside a handler a value may stand as the name of the register of the
//           interrupted code that it equals, so that runs that differ in nothing else are alike.
// Does not  say what is right or wrong: that is the runs' business.
//
// A step    [verb] PC {NAME=VALUE}
//           verb     none: an instruction or a system call has retired. `take SIGNAL`: the kernel has set a frame up, a handler is entered.
//                    `return`: rt_sigreturn; all registers are the interrupted code's again, but for those that are named.
//                    `pend SIGNAL`: it was sent, and is masked. `tick`: the clock has moved
//           PC       the next instruction; `$pc` after a return: the one that was interrupted
//           NAME     a register as the machine calls it; blocked, pending, alt.sp, alt.size, alt.flags, monotonic, realtime: the kernel's;
//                    owner: the true g; @ADDRESS: a word of memory, aligned
//           VALUE    as it is now: a number; $REGISTER, as the interrupted code had it; $pc-NUMBER or $pc^NUMBER, made of its PC
//           All numbers are hexadecimal without 0x.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace siglab {

// A row of the signal frame: isa/isa.h's FrameRow, for who has no Isa.
struct FrameRowRecord {
	std::string name;
	uint32_t offset = 0, width = 0, count = 1;
	uint32_t first = 0;                // number of the first register, where the row is registers
	bool operator==(const FrameRowRecord&) const = default;
};

// What is the same for all films of one ISA.
struct MachineRecord {
	uint32_t word = 8;                 // bytes
	std::vector<std::string> registers;  // general ones by number, then sp, pc, flags, tls, fpsr, fpcr, and the 64-bit words of FP/SIMD: vec0 ...
	std::string g, link;               // the g register, the link register
	uint32_t frame_size = 0;
	std::vector<FrameRowRecord> frame;
	bool operator==(const MachineRecord&) const = default;
};

struct RegionRecord {
	std::string name;
	uint64_t begin = 0, end = 0;
	uint32_t fill = 0;                 // the byte that all of it holds at first, but for what `memory` says
	bool operator==(const RegionRecord&) const = default;
};

// Memory before the first step, and what its addresses are called.
struct StageRecord {
	std::vector<RegionRecord> regions;
	std::string memory;                // as the assignments of a step
	std::map<uint64_t, std::string> names;    // of words: "m.vdsoSP", "slot"
	std::map<uint64_t, std::string> objects;  // what a pointer may point to: "curg"
	bool operator==(const StageRecord&) const = default;
};

// One image: the functions that some film runs through.
struct ListedRecord {
	std::string text;                  // disassembled
	uint32_t line = 0;                 // of the source; 0: none
	bool operator==(const ListedRecord&) const = default;
};
// Lines of a source, from number `first` on.
struct StretchRecord {
	uint32_t first = 1;
	std::string text;
	bool operator==(const StretchRecord&) const = default;
};
struct ListingRecord {
	std::map<uint64_t, std::string> functions;    // where they begin
	std::map<uint64_t, ListedRecord> code;
	std::vector<StretchRecord> source;            // these functions' lines, with the comments in front of them
	bool operator==(const ListingRecord&) const = default;
};

struct ReelRecord {
	std::string steps;                 // indices into FilmRecord::steps: "0-41 7 42-50"
	std::string end;                   // why it ends, if the process does not go on; else empty
	std::string left;                  // live memory that a handler left changed, as assignments
	bool operator==(const ReelRecord&) const = default;
};

// Where a film plays, and its steps from the start on.
struct ShotRecord {
	std::string isa;
	uint32_t stage = 0;
	std::vector<std::string> listings; // in FilmRecord::listings; an address is in one of them at most
	uint32_t start = 0;                // the step that says all registers
	uint32_t reel = 0;
	bool operator==(const ShotRecord&) const = default;
};

// A delivery at each boundary of a walk: its reel, from the kernel's entry to the return; none where the signal is masked, or the engine cannot stop.
struct DeliveriesRecord {
	std::string signal;
	std::vector<std::optional<uint32_t>> reels;
	bool operator==(const DeliveriesRecord&) const = default;
};

struct WalkFilmRecord {
	uint32_t walk = 0;                 // index into Record::walks
	ShotRecord shot;
	std::vector<DeliveriesRecord> deliveries;
	bool operator==(const WalkFilmRecord&) const = default;
};

// One schedule, from the start to its end, handlers included.
struct StoryRecord {
	uint32_t exhibit = 0;              // index into Record::exhibits
	uint32_t run = 0;                  // index into Record::runs
	std::string schedule;
	ShotRecord shot;
	bool operator==(const StoryRecord&) const = default;
};

struct FilmRecord {
	std::map<std::string, MachineRecord> machines;  // by ISA
	std::vector<StageRecord> stages;
	std::map<std::string, ListingRecord> listings;
	std::vector<std::string> steps;
	std::vector<ReelRecord> reels;
	std::vector<WalkFilmRecord> walks;
	std::vector<StoryRecord> stories;
	bool operator==(const FilmRecord&) const = default;
};

// "0-41 7 42-50" of 0, 1, .. 41, 7, 42 .. 50; and back. None where it is no such text, or names more than `limit` numbers or one not below `below`.
std::string print_ranges(const std::vector<uint32_t>& numbers);
std::optional<std::vector<uint32_t>> parse_ranges(std::string_view text, uint32_t below, size_t limit);

// What the types alone don't say: the first thing that is wrong, or an empty text. The counts are the record's.
struct FilmLimits {
	size_t runs = 0, exhibits = 0;
	std::vector<size_t> walks;         // boundaries of each
};
std::string nonsense(const FilmRecord& film, const FilmLimits& limits);

}  // namespace siglab
