"""The lab's job as one would write it with python3-unicorn: one engine, a code hook that stops it, a kernel model in Python.

    unicorn_peer.py DIR [WALKS]     DIR is what siglab_hand_over made; the result goes to DIR/unicorn.json

At each boundary of the walk: read all registers, build the signal frame, run the handler to its rt_sigreturn, read the frame back, compare
registers and live memory, write all registers, step on.
"""

import struct
import sys
from dataclasses import dataclass
from pathlib import Path

import unicorn
from unicorn import UC_ARCH_ARM64, UC_HOOK_CODE, UC_HOOK_INTR, UC_MODE_ARM, UC_PROT_EXEC, UC_PROT_READ, UC_PROT_WRITE, Uc, UcError
from unicorn import arm64_const as reg

from case import Boundary, Case, Observed, Range, Region, Result, cpu_seconds, observed, read_case

FP_ON = 3 << 20
SVC = 2
X = [getattr(reg, f"UC_ARM64_REG_X{n}") for n in range(31)]
V = [getattr(reg, f"UC_ARM64_REG_Q{n}") for n in range(32)]
LOW = (1 << 64) - 1


@dataclass(frozen=True)
class Cpu:
    x: list[int]
    sp: int
    pc: int
    flags: int
    tls: int
    fpsr: int
    fpcr: int
    vec: list[int]  # the two halves of V0, of V1, ...


class Emulator:
    """The guest's memory and one CPU. It stays privileged, as scripts leave it: nothing in the guest can tell."""

    def __init__(self, case: Case) -> None:
        self.uc = Uc(UC_ARCH_ARM64, UC_MODE_ARM)
        self.regions = case.regions
        self.program = case.program.read_bytes()
        for region in self.regions:
            rights = UC_PROT_READ | (UC_PROT_WRITE if region.write else 0) | (UC_PROT_EXEC if region.execute else 0)
            self.uc.mem_map(region.at, region.size, rights)
        self.fill(self.regions)
        self.uc.reg_write(reg.UC_ARM64_REG_CPACR_EL1, FP_ON)
        self.steps_left = -1  # below 0: as many as it takes
        self.exception = 0
        self.uc.hook_add(UC_HOOK_CODE, self._before_instruction)
        self.uc.hook_add(UC_HOOK_INTR, self._on_exception)

    def fill(self, regions: list[Region]) -> None:
        for region in regions:
            self.uc.mem_write(region.at, self.program[region.offset : region.offset + region.size])

    def _before_instruction(self, uc: Uc, _address: int, _size: int, _data: object) -> None:
        if self.steps_left == 0:
            uc.emu_stop()
        self.steps_left -= 1

    def _on_exception(self, uc: Uc, number: int, _data: object) -> None:
        self.exception = number
        uc.emu_stop()

    def step(self, pc: int) -> None:
        self.steps_left = 1
        self.uc.emu_start(pc, 0)

    def run_to_syscall(self, pc: int) -> bool:
        """False if it ends otherwise: with a fault, or an instruction that is none."""
        self.steps_left = -1
        self.exception = 0
        try:
            self.uc.emu_start(pc, 0)
        except UcError:
            return False
        return self.exception == SVC

    def cpu(self) -> Cpu:
        read = self.uc.reg_read
        vec: list[int] = []
        for number in V:
            value = read(number)
            vec += (value & LOW, value >> 64)
        return Cpu([read(n) for n in X], read(reg.UC_ARM64_REG_SP), read(reg.UC_ARM64_REG_PC), read(reg.UC_ARM64_REG_NZCV),
                   read(reg.UC_ARM64_REG_TPIDR_EL0), read(reg.UC_ARM64_REG_FPSR), read(reg.UC_ARM64_REG_FPCR), vec)

    def load(self, cpu: Cpu) -> None:
        write = self.uc.reg_write
        for number, value in zip(X, cpu.x):
            write(number, value)
        write(reg.UC_ARM64_REG_SP, cpu.sp)
        write(reg.UC_ARM64_REG_PC, cpu.pc)
        write(reg.UC_ARM64_REG_NZCV, cpu.flags)
        write(reg.UC_ARM64_REG_TPIDR_EL0, cpu.tls)
        write(reg.UC_ARM64_REG_FPSR, cpu.fpsr)
        write(reg.UC_ARM64_REG_FPCR, cpu.fpcr)
        for i, number in enumerate(V):
            write(number, cpu.vec[2 * i] | cpu.vec[2 * i + 1] << 64)

    def memory(self, ranges: list[Range]) -> list[bytearray]:
        return [self.uc.mem_read(at, size) for at, size in ranges]


class Kernel:
    """Delivery of the one signal, and the return from it: Linux's setup_rt_frame and rt_sigreturn by the lab's rows."""

    def __init__(self, case: Case) -> None:
        self.case = case
        size = {4: "I", 8: "Q"}
        self.rows = [(row, struct.Struct(f"<{row.count}{size[row.width]}")) for row in case.frame.rows]
        self.offset = {row.name: row.offset for row in case.frame.rows}

    def frame(self, cpu: Cpu) -> bytearray:
        kernel = self.case.kernel
        values = {
            "si_signo": [kernel.signal], "uc_stack.ss_sp": [kernel.stack_at], "uc_stack.ss_size": [kernel.stack_size],
            "uc_sigmask": [kernel.blocked], "regs": cpu.x, "sp": [cpu.sp], "pc": [cpu.pc], "pstate": [cpu.flags],
            "fpsimd.fpsr": [cpu.fpsr], "fpsimd.fpcr": [cpu.fpcr], "fpsimd.vregs": cpu.vec,
            "frame_record.fp": [cpu.x[29]], "frame_record.lr": [cpu.x[30]],
        }
        frame = bytearray(self.case.frame.size + self.case.frame.record_size)
        for row, words in self.rows:
            value = [row.value] if row.constant else values.get(row.name, [0])
            words.pack_into(frame, row.offset, *value)
        return frame

    def deliver(self, emulator: Emulator, cpu: Cpu) -> int:
        """Leaves the emulator at the handler's first instruction, and says where that is."""
        kernel, layout, uc = self.case.kernel, self.case.frame, emulator.uc
        at = (kernel.stack_at + kernel.stack_size - layout.size - layout.record_size) // layout.alignment * layout.alignment
        uc.mem_write(at, bytes(self.frame(cpu)))
        uc.reg_write(X[0], kernel.signal)
        uc.reg_write(X[1], at)
        uc.reg_write(X[2], at + self.offset["uc_flags"])
        uc.reg_write(X[29], at + self.offset["frame_record.fp"])
        uc.reg_write(X[30], kernel.restorer)
        uc.reg_write(reg.UC_ARM64_REG_SP, at)
        return kernel.handler

    def sigreturn(self, emulator: Emulator) -> Cpu | None:
        """The CPU as the frame has it; None if it is no frame, or another system call."""
        uc, layout = emulator.uc, self.case.frame
        if uc.reg_read(X[8]) != self.case.kernel.rt_sigreturn:
            return None
        frame = uc.mem_read(uc.reg_read(reg.UC_ARM64_REG_SP), layout.size)
        values: dict[str, list[int]] = {}
        for row, words in self.rows:
            if row.offset >= layout.size:
                continue
            values[row.name] = list(words.unpack_from(frame, row.offset))
            if row.constant and values[row.name] != [row.value]:
                return None
        return Cpu(values["regs"], values["sp"][0], values["pc"][0], values["pstate"][0],
                   uc.reg_read(reg.UC_ARM64_REG_TPIDR_EL0), values["fpsimd.fpsr"][0], values["fpsimd.fpcr"][0], values["fpsimd.vregs"])


class Injector:
    """Walks over the guest, with a delivery at each boundary."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.emulator = Emulator(case)
        self.kernel = Kernel(case)
        self.result = Result("unicorn", {"unicorn": unicorn.__version__, "python": sys.version.split()[0]}, len(case.walk))

    def notes(self) -> Observed:
        cells = self.case.cells
        return observed(cells, self.emulator.uc.mem_read(cells.at, cells.size))

    def inject(self, i: int, boundary: Boundary, cpu: Cpu) -> None:
        """One delivery at the boundary that the emulator is at. Afterwards it is there again, whatever the delivery has left behind."""
        emulator, result = self.emulator, self.result
        memory, notes = emulator.memory(boundary.live), self.notes()
        handler = self.kernel.deliver(emulator, cpu)
        back = self.kernel.sigreturn(emulator) if emulator.run_to_syscall(handler) else None
        result.judge_notes(i, boundary, notes, self.notes(), alive=back is not None)
        if back is not None and back != cpu:
            result.registers.append(i)
        if emulator.memory(boundary.live) != memory:
            if back is not None:
                result.memory.append(i)
            for (at, _), block in zip(boundary.live, memory):
                emulator.uc.mem_write(at, bytes(block))
        emulator.load(cpu)

    def walk(self) -> None:
        self.emulator.fill([region for region in self.case.regions if region.write])
        cpu = Cpu(**self.case.start)
        self.emulator.load(cpu)
        for i, boundary in enumerate(self.case.walk):
            if i > 0:
                self.emulator.step(cpu.pc)
                cpu = self.emulator.cpu()
            if cpu.pc != boundary.pc:
                raise SystemExit(f"boundary {i}: PC is {cpu.pc:#x}, the lab has {boundary.pc:#x}")
            self.inject(i, boundary, cpu)

    def run(self, walks: int) -> Result:
        began = cpu_seconds()
        for _ in range(walks):
            self.walk()
        self.result.seconds = cpu_seconds() - began
        return self.result


if __name__ == "__main__":
    directory = Path(sys.argv[1])
    Injector(read_case(directory)).run(int(sys.argv[2]) if len(sys.argv) > 2 else 1).write(directory / "unicorn.json")
