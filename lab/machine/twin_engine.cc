#include "machine/twin_engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "state/state.h"

namespace siglab {
namespace {

// What an instruction left in memory, however an engine cuts its stores into pieces: each byte once, by address.
using Bytes = std::vector<std::pair<uint64_t, std::byte>>;

void spread(std::span<const Write> writes, Bytes& bytes) {
	bytes.clear();
	for (const Write& write : writes) {
		for (uint32_t i = 0; i < write.size; ++i) bytes.emplace_back(write.at.value + i, write.bytes[i]);
	}
	std::sort(bytes.begin(), bytes.end());
	bytes.erase(std::unique(bytes.begin(), bytes.end()), bytes.end());
}

// "x3 is 0x1 and 0x2": the first register that differs.
std::optional<std::string> difference(const Isa& isa, const Cpu& a, const Cpu& b) {
	const auto say = [](std::string_view name, uint64_t first, uint64_t second) { return fmt::format("{} is {:#x} and {:#x}", name, first, second); };
	if (a.pc != b.pc) return say("the next instruction", a.pc, b.pc);
	for (uint8_t i = 0; i < isa.gpr_names.size(); ++i) {
		if (a.gpr[i] != b.gpr[i]) return say(gpr_name(isa, i), a.gpr[i], b.gpr[i]);
	}
	struct Named {
		std::string_view name;
		uint64_t Cpu::*value;
	};
	for (const Named& one : {Named{"sp", &Cpu::sp}, Named{"the flags word", &Cpu::flags}, Named{"the thread pointer", &Cpu::tls},
	                         Named{"the FP status", &Cpu::fpsr}, Named{"the FP control", &Cpu::fpcr}}) {
		if (a.*one.value != b.*one.value) return say(one.name, a.*one.value, b.*one.value);
	}
	for (size_t i = 0; i < a.vec.size(); ++i) {
		if (a.vec[i] != b.vec[i]) return say(fmt::format("word {} of the FP registers", i), a.vec[i], b.vec[i]);
	}
	return std::nullopt;
}

std::optional<std::string> difference(const Bytes& a, const Bytes& b) {
	if (a == b) return std::nullopt;
	const auto [one, other] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
	const auto say = [](const Bytes& bytes, Bytes::const_iterator at) {
		return at == bytes.end() ? std::string{"nothing"} : fmt::format("{:#04x} at {:#x}", std::to_integer<unsigned>(at->second), at->first);
	};
	return fmt::format("it writes {} and {}", say(a, one), say(b, other));
}

std::string words(bool goes_on, const Stop& stop) {
	if (goes_on) return "another instruction";
	if (stop.reason == StopReason::syscall) return "a system call";
	if (stop.reason == StopReason::told_to) return "nowhere";
	return stop.text;
}

// Of one engine, at the boundary at which they differ.
struct Look {
	Cpu cpu;
	uint64_t from = 0;  // the PC of the instruction before
	Bytes bytes;        // that it wrote
	bool there = false;
};

class TwinEngine final : public Engine {
   public:
	TwinEngine(const Isa& isa, Hooks hooks, std::array<TwinSide, 2> sides, std::unique_ptr<Engine> first, std::unique_ptr<Engine> second)
		: isa_(isa), hooks_(hooks), sides_(sides), engines_{std::move(first), std::move(second)} {}

	Status map(Memory& memory) override {
		memory_ = &memory;
		before_ = Snapshot(memory);
		copy_of(memory);
		if (hooked_) {
			if (Status mapped = hooked_->map(memory); !mapped) return mapped;
		}
		if (Status mapped = engines_[0]->map(memory); !mapped) return mapped;
		return engines_[1]->map(*own_memory_);
	}

	Result<Stop> run(Cpu& cpu, Watcher watcher) override {
		begin_ = cpu;
		before_.take(*memory_);
		copy_changes();
		begin_run();
		Result<Stop> stop = hooks_ == Hooks::every_boundary ? run_hooked(cpu, watcher) : run_free(cpu);
		end_run();
		return stop;
	}

	Result<Stop> run_steps(Cpu&, uint64_t) override { return Error{Exit::environment, "two engines at once do not count steps"}; }

	void interrupt() override {
		for (const std::unique_ptr<Engine>& engine : engines_) engine->interrupt();
	}

   private:
	// The second engine has memory of its own, or the first one's stores would be its own before it makes them.
	void copy_of(const Memory& memory) {
		std::vector<Region> regions(memory.regions().begin(), memory.regions().end());
		size_t size = 0;
		for (const Region& region : regions) size += region.range.size();
		if (size > own_size_) {
			own_.reset(new (std::align_val_t{kPageSize}) std::byte[size]);
			own_size_ = size;
		}
		std::byte* host = own_.get();
		for (Region& region : regions) {
			std::copy_n(region.host, region.range.size(), host);
			region.host = host;
			host += region.range.size();
		}
		own_memory_ = std::make_unique<Memory>(std::move(regions));
		own_memory_->track();
	}

	// A block that neither of them has touched is the same in both.
	void copy_changes() {
		const auto copy = [&](uint32_t number, const Block&) {
			std::copy_n(memory_->blocks()[number].host, kBlockSize, own_memory_->blocks()[number].host);
		};
		memory_->each_touched(copy);
		own_memory_->each_touched(copy);
	}

	[[nodiscard]] Hash128 digest(const Cpu& cpu, std::span<const Write> writes) {
		spread(writes, bytes_);
		flat_.assign(reinterpret_cast<const std::byte*>(&cpu), reinterpret_cast<const std::byte*>(&cpu + 1));
		for (const auto& [at, byte] : bytes_) {
			const auto* address = reinterpret_cast<const std::byte*>(&at);
			flat_.insert(flat_.end(), address, address + sizeof at);
			flat_.push_back(byte);
		}
		return hash_bytes(flat_);
	}

	// The first engine runs with whoever watches, the second is held against what was seen.
	Result<Stop> run_hooked(Cpu& cpu, const Watcher& watcher) {
		seen_.clear();
		const auto note = [&](const Cpu& at, std::span<const Write> writes) {
			seen_.push_back(digest(at, writes));
			return !watcher || watcher(at, writes);
		};
		Result<Stop> stop = engines_[0]->run(cpu, note);
		if (!stop) return stop;
		const bool left = stop->reason == StopReason::told_to;
		size_t i = 0;
		bool parted = false;
		const auto check = [&](const Cpu& at, std::span<const Write> writes) {
			parted = i >= seen_.size() || digest(at, writes) != seen_[i];
			if (parted) return false;
			++i;
			return !left || i < seen_.size();
		};
		Cpu other = begin_;
		Result<Stop> second = engines_[1]->run(other, check);
		if (!second) return second;
		const bool same_end = second->reason == stop->reason && second->address == stop->address && (left || other == cpu);
		if (parted || i != seen_.size() || !same_end) return parting(i, *stop, cpu, *second, other);
		// Where the watcher stopped inside an IT block, Unicorn has gone on to its end. What is in memory has been compared step by step.
		if (!left && !same_memory()) return engines_part(cpu.pc, "memory differs, by a store that no engine told of");
		return stop;
	}

	// What comes back without a word is compared whole. Anything else, and any difference, is looked at instruction by instruction.
	Result<Stop> run_free(Cpu& cpu) {
		Result<Stop> stop = engines_[0]->run(cpu);
		if (!stop || stop->reason == StopReason::told_to || stop->reason == StopReason::opened) return stop;
		Cpu other = begin_;
		Result<Stop> second = engines_[1]->run(other);
		while (second && second->reason == StopReason::opened) {
			before_.restore(*own_memory_);
			second = engines_[1]->run(other);
		}
		if (!second) return second;
		// The watchdog, on a busy machine: the first one came back, so there is nothing in it.
		if (second->reason == StopReason::told_to) return look_closely(cpu, true, {});
		const bool same = second->reason == stop->reason && other == cpu && same_memory();
		if (same && stop->reason == StopReason::syscall) return stop;
		const std::string differs = difference(isa_, cpu, other).value_or(second->reason != stop->reason ? "how it ends" : "memory");
		return look_closely(cpu, stop->reason != StopReason::syscall && second->reason == stop->reason, differs);
	}

	Result<Stop> look_closely(Cpu& cpu, bool may_differ, const std::string& differs) {
		if (!hooked_) {
			Result<std::unique_ptr<Engine>> opened = open_twin(isa_, Hooks::every_boundary, sides_[0], sides_[1]);
			if (!opened) return opened.error();
			hooked_ = std::move(*opened);
			if (Status mapped = hooked_->map(*memory_); !mapped) return mapped.error();
		}
		before_.restore(*memory_);
		cpu = begin_;
		Result<Stop> stop = hooked_->run(cpu);
		if (!stop || may_differ) return stop;
		return engines_part(begin_.pc, differs + ", although they agree when they are stepped through");
	}

	[[nodiscard]] bool same_memory() const {
		const std::span<const Region> a = memory_->regions();
		const std::span<const Region> b = own_memory_->regions();
		for (size_t i = 0; i < a.size(); ++i) {
			if (!a[i].constant() && std::memcmp(a[i].host, b[i].host, a[i].range.size()) != 0) return false;
		}
		return true;
	}

	[[nodiscard]] Error engines_part(uint64_t pc, std::string_view how) const {
		return {Exit::environment, fmt::format("{} and {} part at {:#x}: {}", sides_[0].name, sides_[1].name, pc, how)};
	}

	// One of them once more, up to the boundary at which they differ.
	[[nodiscard]] Look look(size_t which, Memory& memory, size_t boundary) const {
		before_.restore(memory);
		Look look;
		size_t i = 0;
		const auto go = [&](const Cpu& at, std::span<const Write> writes) {
			if (i < boundary) look.from = at.pc;
			if (i++ < boundary) return true;
			look.there = true;
			look.cpu = at;
			spread(writes, look.bytes);
			return false;
		};
		Cpu start = begin_;
		(void)engines_[which]->run(start, go);
		return look;
	}

	// The instruction before that boundary is the one that does it.
	[[nodiscard]] Error parting(size_t boundary, const Stop& stop, const Cpu& cpu, const Stop& second, const Cpu& other) const {
		const Look a = look(0, *memory_, boundary);
		const Look b = look(1, *own_memory_, boundary);
		std::optional<std::string> how;
		if (a.there && b.there) how = difference(isa_, a.cpu, b.cpu);
		if (a.there && b.there && !how) how = difference(a.bytes, b.bytes);
		if (!a.there && !b.there) how = difference(isa_, cpu, other);
		if (!how) how = fmt::format("it leads to {} and to {}", words(a.there, stop), words(b.there, second));
		return engines_part(a.from, fmt::format("instruction {} of this run, {}", boundary, *how));
	}

	struct Unaligned {
		void operator()(std::byte* bytes) const { ::operator delete[](bytes, std::align_val_t{kPageSize}); }
	};

	const Isa& isa_;
	const Hooks hooks_;
	const std::array<TwinSide, 2> sides_;
	const std::array<std::unique_ptr<Engine>, 2> engines_;
	std::unique_ptr<Engine> hooked_;  // of an un-hooked one: the pair that finds the instruction
	Memory* memory_ = nullptr;
	std::unique_ptr<std::byte[], Unaligned> own_;
	size_t own_size_ = 0;
	std::unique_ptr<Memory> own_memory_;

	// Of the run under way.
	Cpu begin_;
	Snapshot before_;
	std::vector<Hash128> seen_;
	Bytes bytes_;
	std::vector<std::byte> flat_;
};

}  // namespace

Result<std::unique_ptr<Engine>> open_twin(const Isa& isa, Hooks hooks, TwinSide first, TwinSide second) {
	Result<std::unique_ptr<Engine>> one = first.open(isa, hooks);
	if (!one) return one;
	Result<std::unique_ptr<Engine>> other = second.open(isa, hooks);
	if (!other) return other;
	return Result<std::unique_ptr<Engine>>(std::make_unique<TwinEngine>(isa, hooks, std::array{first, second}, *std::move(one), *std::move(other)));
}

}  // namespace siglab
