"""The lab's job as one would write it for gdb: the guest under `qemu-aarch64 -g`, gdb steps through it and sends the signal.

    SIGLAB_CASE=DIR SIGLAB_PEER=gdb gdb-multiarch -nx -batch-silent -x gdb_peer.py

DIR is what siglab_hand_over made; the result goes to DIR/gdb.json. SIGLAB_PEER=gdb-print reads registers as gdb prints them.

At each boundary of the walk: read all registers and live memory, `signal`, stop at the restorer, continue to the interrupted PC, read all
again and compare, `stepi`. The signal frame, the handler's entry and the return are qemu's.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gdb

sys.path.insert(0, str(Path(__file__).parent))
from case import Boundary, Case, Observed, Result, cpu_seconds, observed, read_case  # noqa: E402

# No SVE: then gdb and qemu agree on the V registers as they are, 128 bits each.
QEMU = ["qemu-aarch64", "-cpu", "cortex-a57"]
# A guest that went astray would run for ever, and gdb wait for it; and without gdb there is no use for a qemu.
LIMIT = ["setpriv", "--pdeathsig", "KILL", "prlimit", "--cpu=60"]
SCALARS = [f"x{n}" for n in range(31)] + ["sp", "pc", "cpsr", "fpsr", "fpcr", "TPIDR_EL0"]
VECTORS = [f"v{n}" for n in range(32)]


def gdb_command(text: str) -> str:
    return gdb.execute(text, to_string=True) or ""


class Process:
    """The guest in a qemu of its own, at boundary i of its walk."""

    def __init__(self, case: Case, i: int) -> None:
        socket = case.program.with_name("gdb.socket")
        socket.unlink(missing_ok=True)
        command = [*LIMIT, *QEMU, "-g", str(socket), str(case.program)]
        self.qemu = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not self.connected(socket):
            if self.qemu.poll() is not None:
                raise RuntimeError(f"qemu-aarch64 ended with {self.qemu.returncode} before gdb could connect")
            time.sleep(0.001)
        gdb_command(f"tbreak *{case.walk[i].pc:#x}")
        gdb_command(f"ignore $bpnum {sum(earlier.pc == case.walk[i].pc for earlier in case.walk[:i])}")
        gdb_command("continue")
        gdb_command(f"break *{case.kernel.restorer:#x}")

    def connected(self, socket: Path) -> bool:
        """qemu makes the socket first, and listens a moment later."""
        try:
            gdb_command(f"target remote {socket}")
        except gdb.error:
            return False
        return True

    def end(self) -> None:
        gdb_command("delete")
        gdb_command("kill")
        self.qemu.wait()


def pc() -> int:
    return int(gdb.newest_frame().read_register("pc"))


def printed_registers() -> list[str]:
    """As a person would look at them, and as a first script does."""
    return [gdb_command("info registers"), gdb_command("info vector")]


def registers() -> list[int]:
    """The quick way: no text is made."""
    frame = gdb.newest_frame()
    values = [int(frame.read_register(name)) for name in SCALARS]
    for name in VECTORS:
        halves = frame.read_register(name)["d"]["u"]
        values += (int(halves[0]), int(halves[1]))
    return values


def memory(boundary: Boundary) -> list[bytes]:
    inferior = gdb.selected_inferior()
    return [bytes(inferior.read_memory(at, size)) for at, size in boundary.live]


def notes(case: Case) -> Observed:
    return observed(case.cells, bytes(gdb.selected_inferior().read_memory(case.cells.at, case.cells.size)))


READERS: dict[str, Callable[[], Any]] = {"gdb": registers, "gdb-print": printed_registers}


def inject(case: Case, i: int, result: Result) -> bool:
    """One delivery at the boundary that the process is at. False if the process is not there again, unchanged, afterwards."""
    boundary = case.walk[i]
    read = READERS[result.peer]
    before = read(), memory(boundary), notes(case)
    gdb_command("signal SIGPROF")
    alive = pc() == case.kernel.restorer
    result.judge_notes(i, boundary, before[2], notes(case), alive)
    if not alive:
        return False
    gdb_command(f"tbreak *{boundary.pc:#x}")
    gdb_command("continue")
    same_registers, same_memory = read() == before[0], memory(boundary) == before[1]
    if not same_registers:
        result.registers.append(i)
    if not same_memory:
        result.memory.append(i)
    return same_registers and same_memory


def run(case: Case, peer: str) -> Result:
    qemu = subprocess.run([QEMU[0], "--version"], capture_output=True, text=True, check=True).stdout.split()[2]
    result = Result(peer, {"gdb": gdb.VERSION, "qemu": qemu}, len(case.walk))
    gdb_command("handle SIGPROF nostop noprint pass")
    process = Process(case, 0)
    began = cpu_seconds(process.qemu.pid)
    for i, boundary in enumerate(case.walk):
        if pc() != boundary.pc:
            raise RuntimeError(f"boundary {i}: PC is {pc():#x}, the lab has {boundary.pc:#x}")
        unchanged = inject(case, i, result)
        if i + 1 == len(case.walk):
            break
        if unchanged:
            gdb_command("stepi")
        else:
            # What was left behind would be there at the next boundary too.
            process.end()
            process = Process(case, i + 1)
    result.seconds = cpu_seconds(process.qemu.pid) - began
    process.end()
    return result


def main() -> None:
    for setting in ("pagination off", "confirm off", "architecture aarch64"):
        gdb_command(f"set {setting}")
    directory, peer = Path(os.environ["SIGLAB_CASE"]), os.environ["SIGLAB_PEER"]
    run(read_case(directory), peer).write(directory / f"{peer}.json")


main()
