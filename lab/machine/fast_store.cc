#include "machine/fast_store.h"

#include <dlfcn.h>
#include <malloc.h>

#include <string>

namespace siglab {
namespace {

constexpr uint64_t kTlbPage = 1024;  // of both CPUs

template <class Function>
Function* symbol(const std::string& name) {
	return reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, name.c_str()));
}

}  // namespace

std::span<std::byte> unicorn_cpu(uc_struct* uc, const char* suffix) {
	auto* const get_cpu = symbol<void*(uc_struct*, int)>(std::string("qemu_get_cpu_") + suffix);
	void* cpu = get_cpu == nullptr ? nullptr : get_cpu(uc, -1);
	return {static_cast<std::byte*>(cpu), malloc_usable_size(cpu)};  // it is one piece of the heap
}

FastStore::FastStore(std::span<std::byte> cpu, const char* suffix) : cpu_(cpu.data()) {
	if (cpu.empty()) return;
	// target_ulong is 32 bits wide for arm; both ABIs that Unicorn runs on pass it in the low half of a 64-bit register.
	set_dirty_ = symbol<void(void*, uint64_t)>(std::string("tlb_set_dirty_") + suffix);
}

void FastStore::allow(uint64_t begin, uint64_t end) const {
	if (!on()) return;
	for (uint64_t page = begin / kTlbPage * kTlbPage; page < end; page += kTlbPage) set_dirty_(cpu_, page);
}

}  // namespace siglab
