// Session: gdb's view of a tape: where it stands, breakpoints, and the answer to each packet.
//
// Models    registers, memory, breakpoints, stepi, continue, reverse-stepi, reverse-continue. A signal stops the run at the boundary where
//           it is taken, as a process under gdb stops; the next step goes into its handler.
// Does not  write registers or memory (the run is recorded: E01), watch data, or know more than one thread.
// Follows   "Packets", "General Query Packets" and "Reverse Execution" in the GDB manual.
#pragma once

#include <set>

#include "gdb/tape.h"
#include "gdb/target.h"

namespace siglab::gdb {

class Session {
   public:
	// The tape has at least one moment, and outlives this.
	Session(const Isa& isa, const Tape& tape) : target_(target_of(isa)), tape_(tape) {}

	// The payload of the answer. An empty one says that the packet is not known, as the protocol has it.
	std::string answer(std::string_view packet);
	// gdb has detached, or killed its target.
	[[nodiscard]] bool over() const { return over_; }
	[[nodiscard]] bool acknowledges() const { return acknowledges_; }

   private:
	enum class Direction : uint8_t { forward, backward };

	std::string query(std::string_view packet);
	std::string resume(std::string_view packet);
	std::string read_registers() const;
	std::string read_register(std::string_view number) const;
	std::string read_memory(std::string_view range) const;
	std::string breakpoint(std::string_view packet);
	std::string document(std::string_view range) const;
	std::string move(Direction direction, bool one_step);
	std::string forward(bool one_step);
	std::string backward(bool one_step);
	[[nodiscard]] std::string value_of(const Register& reg) const;
	[[nodiscard]] bool at_breakpoint() const { return breakpoints_.contains(tape_.cpu(at_).pc); }

	const Target& target_;
	const Tape& tape_;
	size_t at_ = 0;
	bool signal_told_ = false;    // gdb knows of the signal that is taken at this moment
	std::set<uint64_t> breakpoints_;
	bool over_ = false, acknowledges_ = true;
};

}  // namespace siglab::gdb
