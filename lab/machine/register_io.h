// RegisterIo: the registers of an emulated CPU in and out of a Cpu, for a library that takes a number and a pointer for each of them.
//
// Does not  take what FastRegisters has found to the library's functions, nor write again what is seldom changed and still holds what it should.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "machine/fast_registers.h"

namespace siglab {

// The registers in a library's numbering, and where each lives in a Cpu: the general ones, the vectors, the scalars.
struct RegisterMap {
	std::vector<int> ids;
	// SP first. The last `seldom` of them are seldom changed. PC comes behind these, and is only read: a run is told where to begin.
	std::vector<uint64_t Cpu::*> scalars;
	std::vector<uint8_t> gprs;
	size_t vecs = 0;
	size_t vec_words = 0;  // 64-bit words in one of the library's vector registers
	size_t seldom = 0;     // thread pointer, FPSR, FPCR, as far as there are such
};

// `ReadBatch`, `WriteBatch`: (library, ids, pointers, count), 0 if that was done.
template <auto ReadBatch, auto WriteBatch>
class RegisterIo {
   public:
	explicit RegisterIo(const RegisterMap& map) : map_(&map), ids_(map.ids) {}

	// Whose registers are meant from now on. The pointers into it are kept: callers hand in the same one again and again.
	void bind(Cpu& cpu) {
		if (cpu_ == &cpu) return;
		cpu_ = &cpu;
		pointers_.clear();
		for (const uint8_t gpr : map_->gprs) pointers_.push_back(&cpu.gpr[gpr]);
		for (size_t i = 0; i < map_->vecs; ++i) pointers_.push_back(&cpu.vec[i * map_->vec_words]);
		for (uint64_t Cpu::*scalar : map_->scalars) pointers_.push_back(&(cpu.*scalar));
	}
	void unbind() { cpu_ = nullptr; }
	Cpu& operator*() const { return *cpu_; }
	Cpu* operator->() const { return cpu_; }

	// False: the library refused. Require  a Cpu is bound.
	template <class Library>
	bool read(Library* library) {
		return read_up_to(library, ids_.size());
	}
	// All but PC, which the caller knows. `fp`: it does not know either whether the vectors and what is seldom changed still are what was read or
	// written last.
	template <class Library>
	bool read_at(uint64_t pc, bool fp, Library* library) {
		cpu_->pc = pc;
		if (fp || !fast.on()) return read_up_to(library, ids_.size() - 1);
		fast.read_general(*cpu_);
		return read_slow(library, ids_.size() - 1 - map_->seldom);
	}
	template <class Library>
	bool write(Library* library) {
		if (fast.on()) fast.write(*cpu_);
		const Seldom wanted = seldom_of(*cpu_);
		const size_t first = first_slow(), end = ids_.size() - 1 - (held_ == wanted ? map_->seldom : 0);
		held_ = wanted;
		return WriteBatch(library, ids_.data() + first, pointers_.data() + first, static_cast<int>(end - first)) == 0;
	}
	// Something has run, and the registers have not been read since.
	void forget() { held_.reset(); }

	FastRegisters fast;

   private:
	template <class Library>
	bool read_up_to(Library* library, size_t end) {
		if (fast.on()) fast.read(*cpu_);
		const bool done = read_slow(library, end);
		held_ = seldom_of(*cpu_);
		return done;
	}
	template <class Library>
	bool read_slow(Library* library, size_t end) {
		const size_t first = first_slow();
		return ReadBatch(library, ids_.data() + first, pointers_.data() + first, static_cast<int>(end - first)) == 0;
	}

	using Seldom = std::array<uint64_t, 3>;
	static Seldom seldom_of(const Cpu& cpu) { return {cpu.tls, cpu.fpsr, cpu.fpcr}; }
	// What is left to the library's functions: all registers, or those behind the general and the vector ones and SP.
	[[nodiscard]] size_t first_slow() const { return fast.on() ? map_->gprs.size() + map_->vecs + 1 : 0; }

	const RegisterMap* map_;
	std::vector<int> ids_;
	Cpu* cpu_ = nullptr;
	std::vector<void*> pointers_;
	std::optional<Seldom> held_;  // of what is seldom changed, what the library has
};

}  // namespace siglab
