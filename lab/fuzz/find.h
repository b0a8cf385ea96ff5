// Find: a deviation made small, written down so that it can be seen again without the generator.
#pragma once

#include "fuzz/shrink.h"
#include "record/fuzz_record.h"

namespace siglab {

// Judges a file by the law that generated vDSOs are held to, by the lab's usual recipe: a .S, or an ELF image. It should declare its dirty
// intervals by labels.
// Errors    as ImageStore::vdso and Judge.
Result<Judgement> judge_file(Judge& judge, const Draw& draw, const Scenario& scenario, const std::string& path, std::span<const Effort> efforts);

// Shrinks it, and writes finds/NAME.S into the folder `out` (none if that is empty).
// Errors    as shrink; environment: the file cannot be written.
Result<FuzzFind> write_find(Judge& judge, const Draw& draw, const Case& what, const Judgement& first, const std::string& out);

// "the vDSO's: sp = 0x51f88, not 0x51f80" where what breaks first is the contract of the vDSO itself; else empty.
std::string fault_of(const Judgement& judgement);

}  // namespace siglab
