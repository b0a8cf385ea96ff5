#include <dynarmic/interface/A32/a32.h>
#include <dynarmic/interface/A32/config.h>
#include <dynarmic/interface/A32/coprocessor.h>
#include <dynarmic/interface/A64/a64.h>
#include <dynarmic/interface/A64/config.h>
#include <dynarmic/interface/exclusive_monitor.h>
#include <sys/mman.h>

#include <new>
#include <vector>

#include "machine/bus.h"
#include "machine/by_hand.h"
#include "machine/coprocessor.h"
#include "machine/mirror.h"
#include "machine/translated.h"

namespace siglab {
namespace {

using Dynarmic::HaltReason;
using Vector = std::array<uint64_t, 2>;  // dynarmic's, on both ISAs
using Vectors = std::array<Vector, 32>;  // laid out as a Cpu's

constexpr HaltReason kEnds = HaltReason::UserDefined1;  // an svc, or an exception
constexpr HaltReason kTold = HaltReason::UserDefined2;  // interrupt()
constexpr HaltReason kAbort = HaltReason::MemoryAbort;
constexpr size_t kCodeCache = 32 << 20;

// The memory callbacks, which both ISAs name alike. Whatever ends the run halts it before anything more is done.
template <class Callbacks, class Jit, class VAddr>
class Memories : public Callbacks {
   public:
	std::uint8_t MemoryRead8(VAddr at) override { return read<uint8_t>(at); }
	std::uint16_t MemoryRead16(VAddr at) override { return read<uint16_t>(at); }
	std::uint32_t MemoryRead32(VAddr at) override { return read<uint32_t>(at); }
	std::uint64_t MemoryRead64(VAddr at) override { return read<uint64_t>(at); }
	void MemoryWrite8(VAddr at, std::uint8_t value) override { write(at, value); }
	void MemoryWrite16(VAddr at, std::uint16_t value) override { write(at, value); }
	void MemoryWrite32(VAddr at, std::uint32_t value) override { write(at, value); }
	void MemoryWrite64(VAddr at, std::uint64_t value) override { write(at, value); }
	bool MemoryWriteExclusive8(VAddr at, std::uint8_t value, std::uint8_t old) override { return exchange(at, value, old); }
	bool MemoryWriteExclusive16(VAddr at, std::uint16_t value, std::uint16_t old) override { return exchange(at, value, old); }
	bool MemoryWriteExclusive32(VAddr at, std::uint32_t value, std::uint32_t old) override { return exchange(at, value, old); }
	bool MemoryWriteExclusive64(VAddr at, std::uint64_t value, std::uint64_t old) override { return exchange(at, value, old); }

	std::optional<std::uint32_t> MemoryReadCode(VAddr at) override {
		uint32_t word = 0;
		const std::byte* from = shared.bus.host(at, Perm::exec);
		if (from == nullptr) return std::nullopt;
		std::memcpy(&word, from, sizeof word);
		return word;
	}

	// What dynarmic has no translation for, user mode has no use for either.
	void InterpreterFallback(VAddr pc, size_t) override { raise(false, pc); }
	void CallSVC(std::uint32_t) override {
		shared.stop = Stop{};
		end();
	}
	// Never asked: no cycles are counted.
	void AddTicks(std::uint64_t) override {}
	std::uint64_t GetTicksRemaining() override { return 0; }

	void begin() {
		shared.writes.clear();
		shared.stop.reset();
		shared.at.reset();
		status.reset();
		// Whoever starts here comes from the kernel, and that loses the mark of an exclusive load.
		jit->ClearExclusiveState();
	}

	// Not by ClearCache, which fills a table of 16 MB.
	void forget(const GuestRange& code) { jit->InvalidateCacheRange(static_cast<VAddr>(code.begin.value), code.size()); }
	Port shared;
	std::optional<uint64_t> status;  // FPSR or FPSCR, where the run ended
	Dynarmic::ExclusiveMonitor monitor{1};
	std::unique_ptr<Jit> jit;

   protected:
	// A32 puts the guest's floating-point exceptions away before it calls CallSVC or ExceptionRaised, and takes the host's for them behind it. A64
	// has them in the host's register all the time, and puts them away where the run ends.
	static constexpr bool kStatusInCallback = sizeof(VAddr) == 4;
	[[nodiscard]] virtual uint64_t fp_status() const = 0;
	void end() {
		if (kStatusInCallback) status = fp_status();
		jit->HaltExecution(kEnds);
	}
	void raise(bool fetch, uint64_t pc) {
		shared.raise(fetch, pc);
		end();
	}
	template <class T>
	T read(uint64_t at) {
		const T value = shared.read<T>(at);
		settle();
		return value;
	}
	template <class T>
	void write(uint64_t at, T value) {
		shared.write(at, value);
		settle();
	}
	// From now on this page is read and written without the callbacks.
	virtual void quick(size_t page, std::byte* host) = 0;
	template <class T>
	bool exchange(uint64_t at, T value, T expected) {
		const bool done = shared.exchange(at, value, expected);
		settle();
		return done;
	}
	void settle() {
		if (shared.stop) jit->HaltExecution(kAbort);
		for (const uint64_t page : shared.fresh) {
			if (std::byte* host = shared.bus.host(page * kPageSize, Perm::read | Perm::write)) quick(page, host);
		}
		shared.fresh.clear();
	}
};

// What both configurations have in common: exact faults, no counting, and pages that may be written and read at full speed.
template <class Config>
void configure(Config& config, Dynarmic::ExclusiveMonitor& monitor) {
	config.global_monitor = &monitor;
	config.check_halt_on_memory_access = true;
	config.enable_cycle_counting = false;
	config.wall_clock_cntpct = true;
	config.code_cache_size = kCodeCache;
	config.absolute_offset_page_table = false;
	config.only_detect_misalignment_via_page_table_on_page_boundary = true;
}

class A64 final : public Memories<Dynarmic::A64::UserCallbacks, Dynarmic::A64::Jit, uint64_t> {
   public:
	static constexpr size_t kTableBits = 24;

	A64(const Isa&, bool logs) {
		shared.logs = logs;
		Dynarmic::A64::UserConfig config{.callbacks = this};
		configure(config, monitor);
		config.tpidr_el0 = &tls_;
		config.tpidrro_el0 = &zero_;
		if (!logs) {
			table_.resize(size_t{1} << (kTableBits - 12));
			config.page_table = table_.data();
			config.page_table_address_space_bits = kTableBits;
			config.silently_mirror_page_table = false;
			config.fastmem_pointer = mirror_.base();
			config.fastmem_address_space_bits = kTableBits;
			config.silently_mirror_fastmem = false;
			config.detect_misaligned_access_via_page_table = 16 | 32 | 64 | 128;
		}
		jit = std::make_unique<Dynarmic::A64::Jit>(config);
	}

	Vector MemoryRead128(uint64_t at) override { return read<Vector>(at); }
	void MemoryWrite128(uint64_t at, Vector value) override { write(at, value); }
	bool MemoryWriteExclusive128(uint64_t at, Vector value, Vector old) override { return exchange(at, value, old); }

	// The counters and CTR_EL0 would be the host's: the lab traps them, and answers what is modelled (goes_on).
	std::optional<std::uint32_t> MemoryReadCode(uint64_t at) override {
		constexpr uint32_t kUdf = 0;
		const std::optional<uint32_t> word = Memories::MemoryReadCode(at);
		const bool trapped = word && ((*word & 0xffffff00) == 0xd53be000 || (*word & 0xffffffe0) == 0xd53b0020);
		return trapped ? kUdf : word;
	}
	// Hints are told of although nobody asked for them; the run goes on behind them.
	static bool is_hint(Dynarmic::A64::Exception exception) {
		using enum Dynarmic::A64::Exception;
		return exception == WaitForInterrupt || exception == WaitForEvent || exception == SendEvent || exception == SendEventLocal ||
		       exception == Yield;
	}
	void ExceptionRaised(uint64_t pc, Dynarmic::A64::Exception exception) override {
		if (is_hint(exception)) return;
		raise(exception == Dynarmic::A64::Exception::NoExecuteFault, pc);
	}
	std::uint64_t GetCNTPCT() override { return 0; }

	void load(const Cpu& cpu) {
		tls_ = cpu.tls;
		jit->SetRegisters(cpu.gpr);
		jit->SetSP(cpu.sp);
		jit->SetPC(cpu.pc);
		jit->SetPstate(static_cast<uint32_t>(cpu.flags));
		jit->SetVectors(*static_cast<const Vectors*>(static_cast<const void*>(cpu.vec.data())));
		if (jit->GetFpcr() != cpu.fpcr) jit->SetFpcr(static_cast<uint32_t>(cpu.fpcr));
		if (fp_status() != cpu.fpsr) jit->SetFpsr(static_cast<uint32_t>(cpu.fpsr));
	}
	void store(Cpu& cpu) const {
		cpu.gpr = jit->GetRegisters();
		cpu.sp = jit->GetSP();
		cpu.pc = jit->GetPC();
		cpu.flags = jit->GetPstate();
		cpu.tls = tls_;
		new (cpu.vec.data()) Vectors(jit->GetVectors());  // without a copy in between
		cpu.fpcr = jit->GetFpcr();
		cpu.fpsr = status.value_or(fp_status());
	}
	[[nodiscard]] uint64_t fp_status() const override { return jit->GetFpsr(); }

	[[nodiscard]] std::optional<uint64_t> not_fetchable() const {
		const uint64_t pc = jit->GetPC();
		return shared.bus.host(pc, Perm::exec) == nullptr ? std::optional{pc} : std::nullopt;
	}
	Status show(std::span<const Region> regions) {
		std::fill(table_.begin(), table_.end(), nullptr);
		return mirror_.map(regions);
	}
	void quick(size_t page, std::byte* host) override {
		if (page < table_.size()) table_[page] = host;
		mirror_.open(page);
	}

   private:
	uint64_t tls_ = 0;
	const uint64_t zero_ = 0;
	std::vector<void*> table_;
	Mirror mirror_{uint64_t{1} << kTableBits};
};

// The one coprocessor register that user programs read, and the barriers that older ones write.
class SystemControl final : public Dynarmic::A32::Coprocessor {
	using Reg = Dynarmic::A32::CoprocReg;

   public:
	SystemControl(uint32_t& tls, uint64_t& counter) : tls_(tls), counter_(counter) {}

	std::optional<Callback> CompileInternalOperation(bool, unsigned, Reg, Reg, Reg, unsigned) override { return std::nullopt; }
	CallbackOrAccessOneWord CompileSendOneWord(bool two, unsigned opc1, Reg n, Reg m, unsigned opc2) override {
		const bool barrier = (m == Reg::C5 && opc2 == 4) || (m == Reg::C10 && (opc2 == 4 || opc2 == 5));  // ISB; DSB, DMB
		if (two || opc1 != 0 || n != Reg::C7 || !barrier) return {};
		return Callback{[](void*, uint32_t, uint32_t) -> uint64_t { return 0; }, nullptr};
	}
	CallbackOrAccessTwoWords CompileSendTwoWords(bool, unsigned, Reg) override { return {}; }
	CallbackOrAccessOneWord CompileGetOneWord(bool two, unsigned opc1, Reg n, Reg m, unsigned opc2) override {
		if (two || opc1 != 0 || n != Reg::C13 || m != Reg::C0 || opc2 != 3) return {};
		return &tls_;
	}
	// CNTVCT.
	CallbackOrAccessTwoWords CompileGetTwoWords(bool two, unsigned opc, Reg m) override {
		if (two || opc != 1 || m != Reg::C14) return {};
		return Callback{[](void* counter, uint32_t, uint32_t) -> uint64_t { return *static_cast<uint64_t*>(counter); }, &counter_};
	}
	std::optional<Callback> CompileLoadWords(bool, bool, Reg, std::optional<uint8_t>) override { return std::nullopt; }
	std::optional<Callback> CompileStoreWords(bool, bool, Reg, std::optional<uint8_t>) override { return std::nullopt; }

   private:
	uint32_t& tls_;
	uint64_t& counter_;
};

class A32 final : public Memories<Dynarmic::A32::UserCallbacks, Dynarmic::A32::Jit, uint32_t> {
   public:
	A32(const Isa& isa, bool logs) : isa_(isa) {
		shared.logs = logs;
		Dynarmic::A32::UserConfig config{.callbacks = this};
		configure(config, monitor);
		config.arch_version = Dynarmic::A32::ArchVersion::v7;
		config.coprocessors[15] = std::make_shared<SystemControl>(tls_, counter_);
		if (!logs) {
			// 8 MiB, of which the host gives only what is touched.
			void* table = mmap(nullptr, sizeof(Table), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
			table_ = table == MAP_FAILED ? nullptr : static_cast<Table*>(table);
			config.page_table = table_;
			config.fastmem_pointer = mirror_.base();
			config.detect_misaligned_access_via_page_table = 16 | 32 | 64;
		}
		jit = std::make_unique<Dynarmic::A32::Jit>(config);
	}
	~A32() override { if (table_ != nullptr) munmap(table_, sizeof(Table)); }
	// dynarmic aborts where it is to translate an access that SystemControl has no answer to.
	std::optional<std::uint32_t> MemoryReadCode(std::uint32_t at) override {
		const std::optional<uint32_t> word = Memories::MemoryReadCode(at);
		if (!word) return word;
		if (thumb()) return shown_thumb(shared.bus, jit->Regs()[15], at, *word);
		return no_coprocessor_has(*word) ? stand_in_of(*word) : *word;
	}
	void CallSVC(std::uint32_t number) override {
		const uint32_t pc = jit->Regs()[15] - 4;
		const bool stood_in = number == kStandIn && !thumb() && no_coprocessor_has(code_at<uint32_t>(shared.bus, pc));
		return stood_in ? raise(false, pc) : Memories::CallSVC(number);
	}
	void ExceptionRaised(uint32_t pc, Dynarmic::A32::Exception exception) override {
		raise(exception == Dynarmic::A32::Exception::NoExecuteFault, pc);
	}

	void load(const Cpu& cpu) {
		tls_ = static_cast<uint32_t>(cpu.tls);
		counter_ = cpu.counter;
		std::array<uint32_t, 16>& regs = jit->Regs();
		for (size_t i = 0; i < 15; ++i) regs[i] = static_cast<uint32_t>(cpu.gpr[i]);
		regs[13] = static_cast<uint32_t>(cpu.sp);
		regs[15] = static_cast<uint32_t>(cpu.pc);
		jit->SetCpsr(static_cast<uint32_t>(cpu.flags));
		std::memcpy(jit->ExtRegs().data(), cpu.vec.data(), sizeof jit->ExtRegs());
		jit->SetFpscr(static_cast<uint32_t>(cpu.fpsr));
	}
	void store(Cpu& cpu) const {
		const std::array<uint32_t, 16>& regs = jit->Regs();
		for (size_t i = 0; i < 13; ++i) cpu.gpr[i] = regs[i];
		cpu.gpr[14] = regs[14];
		cpu.sp = regs[13];
		cpu.pc = regs[15];
		cpu.flags = jit->Cpsr();
		cpu.tls = tls_;
		std::memcpy(cpu.vec.data(), jit->ExtRegs().data(), sizeof jit->ExtRegs());
		cpu.fpsr = status.value_or(fp_status());
	}
	[[nodiscard]] uint64_t fp_status() const override { return jit->Fpscr(); }

	// A Thumb instruction of two halfwords needs both.
	[[nodiscard]] std::optional<uint64_t> not_fetchable() const {
		const uint32_t pc = jit->Regs()[15];
		if (shared.bus.host(pc, Perm::exec) == nullptr) return pc;
		const bool two = thumb() && is_wide(code_at<uint16_t>(shared.bus, pc));
		return two && shared.bus.host(pc + 2, Perm::exec) == nullptr ? std::optional<uint64_t>{pc + 2} : std::nullopt;
	}
	Status show(std::span<const Region> regions) {
		for (const size_t page : quick_) (*table_)[page] = nullptr;
		quick_.clear();
		return mirror_.map(regions);
	}
	void quick(size_t page, std::byte* host) override {
		if (table_ == nullptr) return;
		(*table_)[page] = reinterpret_cast<uint8_t*>(host);
		quick_.push_back(page);
		mirror_.open(page);
	}

   private:
	[[nodiscard]] bool thumb() const { return (isa_.start_address({.pc = 0, .flags = jit->Cpsr()}) & 1) != 0; }
	using Table = std::array<uint8_t*, Dynarmic::A32::UserConfig::NUM_PAGE_TABLE_ENTRIES>;
	const Isa& isa_;
	uint32_t tls_ = 0;
	uint64_t counter_ = 0;
	Table* table_ = nullptr;
	std::vector<size_t> quick_;  // the table is far larger than what is in it
	Mirror mirror_{uint64_t{1} << 32};
};

template <class Core>
class DynarmicEngine final : public Engine {
   public:
	DynarmicEngine(const Isa& isa, Hooks hooks) : isa_(isa), hooks_(hooks), core_(isa, hooks == Hooks::every_boundary) {}

	// Loads go past the callbacks, stores do once their page has been stored to. From then on any run may have written it.
	Status map(Memory& memory) override {
		core_.shared.map(memory);
		if (hooks_ == Hooks::steps) memory.touch_everything();
		for (const GuestRange& code : translated_.changes(memory.regions(), true)) core_.forget(code);
		return hooks_ == Hooks::every_boundary ? Status(Done{}) : core_.show(memory.regions());
	}

	Result<Stop> run(Cpu& cpu, Watcher watcher) override {
		return run(cpu, [&] { hooks_ == Hooks::every_boundary ? step_all(cpu, watcher) : go(); });
	}

	Result<Stop> run_steps(Cpu& cpu, uint64_t steps) override {
		uint64_t i = 0;
		return run(cpu, [&] {
			for (; !over() && i < steps; ++i) core_.jit->Step();
			if (!core_.shared.stop) told_to_ = true;
		});
	}

	void interrupt() override {
		told_to_ = true;
		core_.jit->HaltExecution(kTold);
	}

   private:
	// A halt of the last run's makes Step() do nothing, but Run() only come back at once, to be called again.
	void forget_halts() {
		if (hooks_ == Hooks::none && !told_to_.load(std::memory_order_relaxed)) return;
		told_to_ = false;
		core_.jit->ClearHalt(kEnds | kTold | kAbort);
	}

	[[nodiscard]] bool over() const { return core_.shared.stop || told_to_; }

	void go() { while (!over()) core_.jit->Run(); }

	void step_all(Cpu& cpu, const Watcher& watcher) {
		Port& shared = core_.shared;
		while (!over()) {
			if (const std::optional<uint64_t> fault = core_.not_fetchable()) {
				shared.stop = fault_stop(Access::fetch, {*fault});
				return;
			}
			core_.store(cpu);
			if (watcher && !watcher(cpu, shared.writes)) {
				told_to_ = true;
				return;
			}
			shared.writes.clear();
			core_.jit->Step();
		}
	}

	// A read of the virtual counter was trapped: it is carried out here, and the run goes on behind it.
	bool goes_on(Cpu& cpu) {
		Port& shared = core_.shared;
		if (!shared.stop || shared.stop->reason != StopReason::undefined || !shared.at) return false;
		core_.store(cpu);
		cpu.pc = *shared.at;
		if (!read_counter(isa_, *shared.memory, cpu)) return false;
		shared.stop.reset();
		shared.at.reset();
		core_.jit->ClearHalt(kEnds);
		core_.load(cpu);
		return true;
	}

	template <class How>
	Result<Stop> run(Cpu& cpu, const How& how) {
		forget_halts();
		core_.begin();
		core_.load(cpu);
		begin_run();
		do {
			how();
		} while (goes_on(cpu));
		end_run();
		core_.shared.memory->touch(core_.shared.open);
		core_.store(cpu);
		if (core_.shared.at) cpu.pc = *core_.shared.at;
		if (!core_.shared.stop) return Stop{.reason = StopReason::told_to};
		return *std::move(core_.shared.stop);
	}

	const Isa& isa_;
	const Hooks hooks_;
	Core core_;
	Translated translated_;
	std::atomic<bool> told_to_{false};
};

}  // namespace

Result<std::unique_ptr<Engine>> open_dynarmic(const Isa& isa, Hooks hooks) {
	using Opened = Result<std::unique_ptr<Engine>>;
	if (isa.id == IsaId::arm64) return Opened(std::make_unique<DynarmicEngine<A64>>(isa, hooks));
	return Opened(std::make_unique<DynarmicEngine<A32>>(isa, hooks));
}

// The library does not tell; this is the version of the package that its interface is taken from.
std::string dynarmic_version() { return SIGLAB_DYNARMIC; }

}  // namespace siglab
