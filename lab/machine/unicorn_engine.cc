#include <fmt/format.h>
#include <unicorn/unicorn.h>

#include <array>
#include <atomic>
#include <bit>
#include <functional>
#include <vector>

#include "machine/by_hand.h"
#include "machine/fast_store.h"
#include "machine/fp_changes.h"
#include "machine/it_block.h"
#include "machine/register_io.h"
#include "machine/stops.h"
#include "machine/torn_store.h"
#include "machine/translated.h"

namespace siglab {
namespace {

// One ISA's CPU in Unicorn's numbering.
struct UnicornCpu {
	uc_arch arch;
	int flags;
	const char* symbol_suffix;  // of Unicorn's functions for it
	RegisterMap registers;
};

UnicornCpu arm64_cpu() {
	RegisterMap map{.scalars = {&Cpu::sp, &Cpu::flags, &Cpu::tls, &Cpu::fpsr, &Cpu::fpcr, &Cpu::pc}, .vecs = 32, .vec_words = 2, .seldom = 3};
	for (uint8_t i = 0; i < 31; ++i) {
		map.ids.push_back(i < 29 ? UC_ARM64_REG_X0 + i : i == 29 ? UC_ARM64_REG_X29 : UC_ARM64_REG_X30);
		map.gprs.push_back(i);
	}
	for (int i = 0; i < 32; ++i) map.ids.push_back(UC_ARM64_REG_V0 + i);
	map.ids.insert(map.ids.end(), {UC_ARM64_REG_SP, UC_ARM64_REG_PSTATE, UC_ARM64_REG_TPIDR_EL0, UC_ARM64_REG_FPSR, UC_ARM64_REG_FPCR,
	                               UC_ARM64_REG_PC});
	return {UC_ARCH_ARM64, UC_ARM64_REG_PSTATE, "aarch64", map};
}

UnicornCpu arm_cpu() {
	RegisterMap map{.scalars = {&Cpu::sp, &Cpu::flags, &Cpu::tls, &Cpu::fpsr, &Cpu::pc}, .vecs = 32, .vec_words = 1, .seldom = 2};
	for (uint8_t i = 0; i < 13; ++i) {
		map.ids.push_back(UC_ARM_REG_R0 + i);
		map.gprs.push_back(i);
	}
	map.ids.push_back(UC_ARM_REG_LR);
	map.gprs.push_back(14);
	for (int i = 0; i < 32; ++i) map.ids.push_back(UC_ARM_REG_D0 + i);
	map.ids.insert(map.ids.end(), {UC_ARM_REG_SP, UC_ARM_REG_CPSR, UC_ARM_REG_C13_C0_3, UC_ARM_REG_FPSCR, UC_ARM_REG_PC});
	return {UC_ARCH_ARM, UC_ARM_REG_CPSR, "arm", map};
}

const UnicornCpu& cpu_of(const Isa& isa) {
	static const UnicornCpu kCpus[] = {arm64_cpu(), arm_cpu()};
	return kCpus[static_cast<size_t>(isa.id)];
}

Error engine_error(std::string_view what, uc_err error) {
	return {Exit::environment, fmt::format("Unicorn: {}: {}", what, uc_strerror(error))};
}

uint32_t unicorn_perm(Perm perm) {
	uint32_t bits = UC_PROT_NONE;
	if (allows(perm, Perm::read)) bits |= UC_PROT_READ;
	if (allows(perm, Perm::write)) bits |= UC_PROT_WRITE;
	if (allows(perm, Perm::exec)) bits |= UC_PROT_EXEC;
	return bits;
}

// Code of the engine's own, in a page far from any guest's.
constexpr uint64_t kPage = 0x7fff0000;
constexpr uint64_t kDropped = kPage + 0x400;
constexpr uint64_t kClear = kPage + 0x800;
constexpr uint32_t kDrop[] = {0xd5184000, 0xd5184021, 0xd69f03e0};                                    // msr spsr_el1, x0; msr elr_el1, x1; eret
constexpr uint32_t kClearCode[kIsaCount][2] = {{0xd5033f5f, 0xd4000001}, {0xf57ff01f, 0xef000000}};  // clrex; svc #0

uc_err map_own_code(uc_engine* uc, const Isa& isa) {
	const auto& clear = kClearCode[static_cast<size_t>(isa.id)];
	uc_err error = uc_mem_map(uc, kPage, kPageSize, UC_PROT_READ | UC_PROT_EXEC);
	if (error == UC_ERR_OK) error = uc_mem_write(uc, kPage, kDrop, sizeof kDrop);
	return error != UC_ERR_OK ? error : uc_mem_write(uc, kClear, clear, sizeof clear);
}

// Writing PSTATE changes what is read back, but not the exception level that the translator works with: only an eret does.
uc_err drop_to_el0(uc_engine* uc) {
	constexpr uint64_t kEl0 = 0;
	uc_err error = uc_reg_write(uc, UC_ARM64_REG_X0, &kEl0);
	if (error == UC_ERR_OK) error = uc_reg_write(uc, UC_ARM64_REG_X1, &kDropped);
	return error != UC_ERR_OK ? error : uc_emu_start(uc, kPage, kDropped, 0, 0);
}

// Both CPUs come up privileged and without FP. Programs run in EL0 / USR mode with FP on.
uc_err become_user(uc_engine* uc, const Isa& isa) {
	if (isa.id == IsaId::arm64) {
		const uint64_t fp_on = 3u << 20;
		const uc_err error = uc_reg_write(uc, UC_ARM64_REG_CPACR_EL1, &fp_on);
		return error != UC_ERR_OK ? error : drop_to_el0(uc);
	}
	const uint32_t fp_access = 0xfu << 20;
	const uint32_t fp_on = 1u << 30;
	const auto usr = static_cast<uint32_t>(isa.user_flags);
	uc_err error = uc_reg_write(uc, UC_ARM_REG_C1_C0_2, &fp_access);
	if (error == UC_ERR_OK) error = uc_reg_write(uc, UC_ARM_REG_FPEXC, &fp_on);
	return error != UC_ERR_OK ? error : uc_reg_write(uc, UC_ARM_REG_CPSR, &usr);
}

constexpr uint32_t kUndefined = 1, kSvc = 2;  // EXCP_UDEF, EXCP_SWI, on both ISAs

struct UnicornEngine final : Engine {
	UnicornEngine(const Isa& of, Hooks with) : isa(&of), unicorn(&cpu_of(of)), hooks(with), io(unicorn->registers) {}
	~UnicornEngine() override {
		if (uc != nullptr) uc_close(uc);
	}

	Status map(Memory& wanted) override;
	Result<Stop> run(Cpu& cpu, Watcher watching) override;
	Result<Stop> run_steps(Cpu& cpu, uint64_t steps) override;
	void interrupt() override;
	[[nodiscard]] Shortcuts shortcuts() const override { return {.stores = fast_store.on(), .registers = io.fast.on()}; }
	void plain() override {
		fast_store = {};
		io.fast = {};
	}

	const Isa* isa;
	const UnicornCpu* unicorn;
	Hooks hooks;
	uc_engine* uc = nullptr;
	Memory* memory = nullptr;
	bool clears = false;  // some code loads exclusively
	std::vector<Region> mapped;
	FastStore fast_store;
	uint64_t runs = 0;             // since memory was mapped, or a block opened
	BlockSet open;                 // blocks that an un-hooked engine may store to
	Translated translated;

	// Registers, between Unicorn and the caller's Cpu.
	RegisterIo<uc_reg_read_batch, uc_reg_write_batch> io;

	// Of the run under way.
	Watcher watcher;
	std::vector<Write> writes;
	bool clearing = false;
	ItBlock it_block{*isa};
	FpChanges fp_changes{*isa};
	bool stopped_by_watcher = false;
	std::optional<uint64_t> steps_left;
	bool failed = false;
	std::optional<uint32_t> exception;
	std::optional<Stop> fault;
	bool fetch_fault = false;
	TornStore torn;
	std::optional<GuestAddr> to_open;  // a store met this block, which is not open yet
	std::optional<Cpu> entered;        // how the run began, once registers have been read on the way: one that opens a block begins again
	std::atomic<bool> told_to{false};

	void find_shortcuts();

	uc_err clear_exclusives();
	void on_boundary(uint64_t pc);
	void on_step(uint64_t pc);
	void on_interrupt(uint32_t number);
	void on_invalid(uc_mem_type type, uint64_t address);
	[[nodiscard]] bool opens_blocks() const { return hooks == Hooks::none; }
	Result<Stop> open_block();
	uc_err add_hooks();
	Status unmap_all();
	Status map_all(std::span<const Region> wanted);
	Status map_some(std::span<const Region> wanted, bool executable);
	bool goes_on(uc_err error);
	[[nodiscard]] Result<Stop> stop(uc_err error, uint64_t pc);
	void allow_fast_stores();
};

// Entering the kernel loses the mark of an exclusive load. Unicorn has no call for that.
uc_err UnicornEngine::clear_exclusives() {
	const uint64_t user = isa->user_flags;
	clearing = true;
	uc_err error = uc_reg_write(uc, unicorn->flags, &user);
	if (error == UC_ERR_OK) error = uc_emu_start(uc, kClear, 0, 0, 0);
	clearing = false;
	exception.reset();
	return error;
}

void UnicornEngine::on_boundary(uint64_t pc) {
	// It goes on for a while after it was told to stop inside an IT block, and calls once more behind a store that has faulted.
	if (clearing || stopped_by_watcher || fault) return;
	for (Write& write : writes) (void)memory->read(write.at, std::span{write.bytes}.first(write.size));
	if (!io.read_at(pc, fp_changes.may(), uc)) failed = true;
	for (bool more = true; more;) {
		io->pc = pc;
		more = it_block.follow(*io, *memory);
		const bool go_on = !failed && (!watcher || watcher(*io, writes));
		writes.clear();
		fp_changes.note(*io);
		if (go_on) continue;
		stopped_by_watcher = true;
		uc_emu_stop(uc);
		return;
	}
}

void UnicornEngine::on_step(uint64_t pc) {
	if (clearing) return;
	if (!steps_left || (*steps_left)-- > 0) return;
	stopped_by_watcher = true;
	if (!io.read_at(pc, true, uc)) failed = true;
	uc_emu_stop(uc);
}

void UnicornEngine::on_interrupt(uint32_t number) {
	exception = number;
	uc_emu_stop(uc);
}

void UnicornEngine::on_invalid(uc_mem_type type, uint64_t address) {
	if (type == UC_MEM_WRITE_PROT && opens_blocks()) {
		const Region* region = memory->find({address});
		if (region != nullptr && allows(region->perm, Perm::write)) {
			to_open = GuestAddr{round_down(address, kBlockSize)};
			return;
		}
	}
	if (fault) return;  // the first one counts
	const bool fetch = fetch_fault = type == UC_MEM_FETCH_UNMAPPED || type == UC_MEM_FETCH_PROT;
	const bool store = type == UC_MEM_WRITE_UNMAPPED || type == UC_MEM_WRITE_PROT;
	if (store) address = torn.refuse(address);
	fault = fault_stop(fetch ? Access::fetch : store ? Access::write : Access::read, {address});
}

void UnicornEngine::find_shortcuts() {
	if (!unicorn_version().starts_with("2.0.")) return;
	const std::span<std::byte> cpu = unicorn_cpu(uc, unicorn->symbol_suffix);
	const auto write = [this](Cpu& from) { return io.bind(from), io.write(uc); };
	const auto read = [this](Cpu& into) { return io.bind(into), io.read(uc); };
	fast_store = FastStore(cpu, unicorn->symbol_suffix);
	io.fast = FastRegisters(cpu, *isa, unicorn->registers.gprs, write, read);
	io.unbind();
}

uc_err UnicornEngine::add_hooks() {
	uc_hook handle{};
	const auto interrupt_hook = +[](uc_engine*, uint32_t number, void* self) { static_cast<UnicornEngine*>(self)->on_interrupt(number); };
	const auto invalid_hook = +[](uc_engine*, uc_mem_type type, uint64_t address, int, int64_t, void* self) {
		static_cast<UnicornEngine*>(self)->on_invalid(type, address);
		return false;
	};
	uc_err error = uc_hook_add(uc, &handle, UC_HOOK_INTR, reinterpret_cast<void*>(interrupt_hook), this, 1, 0);
	if (error == UC_ERR_OK) error = uc_hook_add(uc, &handle, UC_HOOK_MEM_INVALID, reinterpret_cast<void*>(invalid_hook), this, 1, 0);
	if (error != UC_ERR_OK || hooks == Hooks::none) return error;
	if (hooks == Hooks::steps) {
		const auto step_hook = +[](uc_engine*, uint64_t pc, uint32_t, void* self) { static_cast<UnicornEngine*>(self)->on_step(pc); };
		return uc_hook_add(uc, &handle, UC_HOOK_CODE, reinterpret_cast<void*>(step_hook), this, 1, 0);
	}
	const auto code_hook = +[](uc_engine*, uint64_t pc, uint32_t, void* self) { static_cast<UnicornEngine*>(self)->on_boundary(pc); };
	const auto write_hook = +[](uc_engine*, uc_mem_type, uint64_t address, int size, int64_t, void* self) {
		auto* const engine = static_cast<UnicornEngine*>(self);
		const Write& store = engine->writes.emplace_back(Write{{address}, static_cast<uint32_t>(size)});
		engine->torn.note(store, *engine->memory);
		engine->memory->touch(store.at, store.size);
	};
	error = uc_hook_add(uc, &handle, UC_HOOK_CODE, reinterpret_cast<void*>(code_hook), this, 1, 0);
	if (error == UC_ERR_OK) error = uc_hook_add(uc, &handle, UC_HOOK_MEM_WRITE, reinterpret_cast<void*>(write_hook), this, 1, 0);
	return error;
}

Status UnicornEngine::unmap_all() {
	for (const Region& region : mapped) {
		const uc_err error = uc_mem_unmap(uc, region.range.begin.value, region.range.size());
		if (error != UC_ERR_OK) return engine_error("unmapping " + region.name, error);
	}
	mapped.clear();
	translated.forget();
	open = BlockSet(memory->blocks().size());
	return Done{};
}

Status UnicornEngine::map_some(std::span<const Region> wanted, bool executable) {
	for (const Region& region : wanted) {
		if (allows(region.perm, Perm::exec) != executable) continue;
		const Perm perm = opens_blocks() && !executable ? Perm::read : region.perm;
		const uc_err error = uc_mem_map_ptr(uc, region.range.begin.value, region.range.size(), unicorn_perm(perm), region.host);
		if (error != UC_ERR_OK) return engine_error("mapping " + region.name, error);
	}
	return Done{};
}

// Every store asks Unicorn for the translations on the page that it hits. It gives each mapping the next free numbers, in the order of
// mapping, and has a table for each 1024 pages (of 1 KiB) that have code. A page without a table is done quickly; one with a table costs
// two more allocations. So code comes first, then a gap that no table spans. The plain engine is mapped as anybody would.
Status UnicornEngine::map_all(std::span<const Region> wanted) {
	constexpr uint64_t kGapAt = 0x7000'0000;  // far from any guest's memory, and gone before anything runs
	constexpr size_t kGapSize = 1 << 20;
	const bool apart = hooks != Hooks::steps;
	if (Status done = map_some(wanted, true); !done) return done;
	uc_err error = apart ? uc_mem_map(uc, kGapAt, kGapSize, UC_PROT_NONE) : UC_ERR_OK;
	if (error != UC_ERR_OK) return engine_error("a gap in memory", error);
	if (Status done = map_some(wanted, false); !done) return done;
	if (apart) error = uc_mem_unmap(uc, kGapAt, kGapSize);
	if (error != UC_ERR_OK) return engine_error("a gap in memory", error);
	mapped.assign(wanted.begin(), wanted.end());
	runs = 0;
	return Done{};
}

Result<Stop> UnicornEngine::open_block() {
	if (entered) *io = *entered;
	const GuestAddr block = *to_open;
	const uc_err error = uc_mem_protect(uc, block.value, kBlockSize, UC_PROT_READ | UC_PROT_WRITE);
	if (error != UC_ERR_OK) return engine_error("opening a block of memory", error);
	if (const std::optional<uint32_t> number = memory->block_at(block)) open.set(*number);
	runs = 0;
	return Stop{.reason = StopReason::opened};
}

// User mode may not read the counter (CNTKCTL is 0), so the CPU stops there; arm's Unicorn stops behind a yield too, as if that were no
// instruction, and both stop behind a wfi without a word, which Linux lets user mode have. The run goes on behind them.
bool UnicornEngine::goes_on(uc_err error) {
	const bool silent = error == UC_ERR_OK && !exception && !fault && !to_open;
	const bool stopped =
		(silent || exception == kUndefined || error == UC_ERR_INSN_INVALID) && !failed && !stopped_by_watcher && !told_to;
	const uint64_t boundary = io->pc;
	if (stopped && opens_blocks() && !entered) entered = *io;
	if (!stopped || !io.read(uc)) return false;
	const bool began = hooks == Hooks::every_boundary && boundary == io->pc;  // then what stands there is no instruction
	if (!read_counter(*isa, *memory, *io) && (began || !passed_yield(*isa, *memory, *io))) return false;
	exception.reset();
	return io.write(uc);
}

Result<Stop> UnicornEngine::stop(uc_err error, uint64_t pc) {
	if (failed) return Error{Exit::environment, "Unicorn: reading registers at a boundary failed"};
	if (stopped_by_watcher) return Stop{.reason = StopReason::told_to};
	if (fault) return *fault;
	if (exception == kSvc) return Stop{};
	if (told_to.exchange(false)) return Stop{.reason = StopReason::told_to};
	if (exception || error == UC_ERR_INSN_INVALID || error == UC_ERR_EXCEPTION) return undefined_stop({pc});
	if (error != UC_ERR_OK) return engine_error("the run ended", error);
	// uc_emu_start(until = 0) ends without a word at address 0, where nothing is mapped.
	if (pc == 0) return fault_stop(Access::fetch, {0});
	return Error{Exit::environment, fmt::format("Unicorn stopped at {:#x} for no known reason", pc)};
}

// Which pages a run has entered into the TLB is not known, so all are tried, after the first run, the second, the fourth, ...
void UnicornEngine::allow_fast_stores() {
	++runs;
	if (hooks == Hooks::steps || !std::has_single_bit(runs)) return;
	if (opens_blocks()) {
		open.each([&](uint32_t block) { fast_store.allow(memory->blocks()[block].at.value, memory->blocks()[block].at.value + kBlockSize); });
		return;
	}
	for (const Region& region : mapped) {
		const bool data = allows(region.perm, Perm::write) && !allows(region.perm, Perm::exec);
		if (data) fast_store.allow(region.range.begin.value, region.range.end.value);
	}
}

Status UnicornEngine::map(Memory& wanted_memory) {
	const std::span<const Region> wanted = wanted_memory.regions();
	memory = &wanted_memory;
	fp_changes.map(wanted);
	const bool unchanged = std::equal(wanted.begin(), wanted.end(), mapped.begin(), mapped.end(), std::mem_fn(&Region::maps_as));
	if (!unchanged) {
		if (Status done = unmap_all(); !done) return done;
		if (Status done = map_all(wanted); !done) return done;
	}
	if (hooks == Hooks::steps) memory->touch_everything();
	// Host writes into translated code are not seen by Unicorn.
	for (const GuestRange& code : translated.changes(mapped, false)) {
		const uc_err error = uc_ctl_remove_cache(uc, code.begin.value, code.end.value);
		if (error != UC_ERR_OK) return engine_error("forgetting translations", error);
	}
	const auto loads_exclusively = [&](const Region& region) { return allows(region.perm, Perm::exec) && isa->may_load_exclusively(region.bytes()); };
	clears = std::any_of(mapped.begin(), mapped.end(), loads_exclusively);
	return Done{};
}

Result<Stop> UnicornEngine::run(Cpu& cpu, Watcher watching) {
	io.bind(cpu);
	watcher = watching;
	writes.clear();
	stopped_by_watcher = failed = false;
	fp_changes.begin();
	told_to.store(false, std::memory_order_relaxed);
	exception.reset();
	fault.reset();
	torn.begin();
	to_open.reset();
	entered.reset();
	uc_err error = clears ? clear_exclusives() : UC_ERR_OK;
	it_block.begin(cpu);
	if (error != UC_ERR_OK || !io.write(uc)) return Error{Exit::environment, "Unicorn: writing registers failed"};
	begin_run();
	do {
		error = uc_emu_start(uc, isa->start_address(cpu), 0, 0, 0);
	} while (goes_on(error));
	end_run();
	io.forget();
	memory->touch(open);
	torn.mend(*memory);
	if (to_open) return open_block();
	allow_fast_stores();
	// Where a store faulted Unicorn goes on to the end of its block: the last boundary is the truth.
	const bool at_boundary = stopped_by_watcher || (hooks == Hooks::every_boundary && fault && !fetch_fault);
	if (at_boundary) return stop(error, cpu.pc);
	if (!io.read(uc)) return Error{Exit::environment, "Unicorn: reading registers failed"};
	return stop(error, cpu.pc);
}

Result<Stop> UnicornEngine::run_steps(Cpu& cpu, uint64_t steps) {
	steps_left = steps;
	Result<Stop> stop = run(cpu, {});
	steps_left.reset();
	return stop;
}

void UnicornEngine::interrupt() {
	told_to = true;
	uc_emu_stop(uc);
}

}  // namespace

Result<std::unique_ptr<Engine>> open_unicorn(const Isa& isa, Hooks hooks) {
	auto engine = std::make_unique<UnicornEngine>(isa, hooks);
	uc_err error = uc_open(engine->unicorn->arch, UC_MODE_ARM, &engine->uc);
	if (error == UC_ERR_OK) error = map_own_code(engine->uc, isa);
	if (error == UC_ERR_OK) error = become_user(engine->uc, isa);
	if (error == UC_ERR_OK) error = engine->add_hooks();
	if (error == UC_ERR_OK) engine->find_shortcuts();
	if (error != UC_ERR_OK) return engine_error(fmt::format("no {} engine", isa.name), error);
	return Result<std::unique_ptr<Engine>>(std::move(engine));
}

std::string unicorn_version() {
	unsigned major = 0, minor = 0;
	const unsigned packed = uc_version(&major, &minor);
	return fmt::format("{}.{}.{}", major, minor, packed >> 8 & 0xff);
}

}  // namespace siglab
