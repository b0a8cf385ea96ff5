#include "executable.h"

#include <elf.h>

#include <algorithm>

namespace siglab::peers {
namespace {

Elf64_Ehdr header(GuestAddr entry, size_t segments) {
	Elf64_Ehdr head{};
	constexpr unsigned char kIdent[] = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT, ELFOSABI_SYSV};
	std::copy(std::begin(kIdent), std::end(kIdent), head.e_ident);
	head.e_type = ET_EXEC;
	head.e_machine = EM_AARCH64;
	head.e_version = EV_CURRENT;
	head.e_entry = entry.value;
	head.e_phoff = sizeof head;
	head.e_ehsize = sizeof head;
	head.e_phentsize = sizeof(Elf64_Phdr);
	head.e_phnum = static_cast<Elf64_Half>(segments);
	return head;
}

Elf64_Phdr load(const RegionPlan& region, uint64_t offset) {
	Elf64_Phdr segment{};
	segment.p_type = PT_LOAD;
	if (allows(region.perm, Perm::read)) segment.p_flags |= PF_R;
	if (allows(region.perm, Perm::write)) segment.p_flags |= PF_W;
	if (allows(region.perm, Perm::exec)) segment.p_flags |= PF_X;
	segment.p_offset = offset;
	segment.p_vaddr = segment.p_paddr = region.range.begin.value;
	segment.p_filesz = segment.p_memsz = region.range.size();
	segment.p_align = kPageSize;
	return segment;
}

}  // namespace

Executable make_executable(std::span<const RegionPlan> plan, GuestAddr entry) {
	// Loaders want segments by rising address, and pages at whole pages of the file.
	std::vector<size_t> order(plan.size());
	for (size_t i = 0; i < order.size(); ++i) order[i] = i;
	std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return plan[a].range.begin < plan[b].range.begin; });

	Executable made;
	made.offsets.resize(plan.size());
	uint64_t end = round_up(sizeof(Elf64_Ehdr) + plan.size() * sizeof(Elf64_Phdr), kPageSize);
	for (const size_t i : order) {
		made.offsets[i] = end;
		end += plan[i].range.size();
	}
	made.bytes.resize(end);
	const Elf64_Ehdr head = header(entry, plan.size());
	std::memcpy(made.bytes.data(), &head, sizeof head);
	std::byte* next = made.bytes.data() + sizeof head;
	for (const size_t i : order) {
		const Elf64_Phdr segment = load(plan[i], made.offsets[i]);
		std::memcpy(next, &segment, sizeof segment);
		next += sizeof segment;
		std::copy(plan[i].contents.begin(), plan[i].contents.end(), made.bytes.begin() + static_cast<std::ptrdiff_t>(made.offsets[i]));
	}
	return made;
}

}  // namespace siglab::peers
