// Stands in for libLLVM-14.so.1 next to the libdynarmic that tools/setup.sh fetches: 110 MB on disk less.
//
// dynarmic calls LLVM only to print translated code for its own developers, which the lab never asks for. Whoever does is told.
#include <cstdio>
#include <cstdlib>

namespace {

[[noreturn]] void not_here() {
	std::fputs("siglab: dynarmic asks for LLVM's disassembler, and this is a stand-in without one\n", stderr);
	std::abort();
}

}  // namespace

extern "C" {
[[noreturn]] void LLVMCreateDisasm() { not_here(); }
[[noreturn]] void LLVMDisasmDispose() { not_here(); }
[[noreturn]] void LLVMDisasmInstruction() { not_here(); }
[[noreturn]] void LLVMSetDisasmOptions() { not_here(); }
[[noreturn]] void LLVMInitializeAArch64Disassembler() { not_here(); }
[[noreturn]] void LLVMInitializeAArch64TargetInfo() { not_here(); }
[[noreturn]] void LLVMInitializeAArch64TargetMC() { not_here(); }
[[noreturn]] void LLVMInitializeARMDisassembler() { not_here(); }
[[noreturn]] void LLVMInitializeARMTargetInfo() { not_here(); }
[[noreturn]] void LLVMInitializeARMTargetMC() { not_here(); }
[[noreturn]] void LLVMInitializeX86Disassembler() { not_here(); }
[[noreturn]] void LLVMInitializeX86TargetInfo() { not_here(); }
[[noreturn]] void LLVMInitializeX86TargetMC() { not_here(); }
}
