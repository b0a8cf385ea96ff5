// Target: the registers of one ISA as gdb counts them, and the description that tells it so.
//
// Follows   "Standard Target Features" in the GDB manual: AArch64 Features, ARM Features.
#pragma once

#include <string>
#include <vector>

#include "isa/isa.h"

namespace siglab::gdb {

struct Register {
	std::string name;
	uint8_t bytes;
	const uint64_t* (*words)(const Cpu& cpu, size_t index);  // where its value stands; 16 bytes take two
	size_t index;
};

struct Target {
	std::vector<Register> registers;  // by gdb's number; one without a name is a number that gdb leaves out
	std::string description;          // target.xml
};

const Target& target_of(const Isa& isa);

}  // namespace siglab::gdb
