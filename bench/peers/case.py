"""What the lab hands over to a peer (hand_over.cc), and what a peer hands back.

A peer takes the PC and the true g of each boundary from the lab, and nothing else that its verdict could be taken from.
"""

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple


class Range(NamedTuple):
    at: int
    size: int


class Boundary(NamedTuple):
    pc: int
    g: int
    live: list[Range]  # what the interrupted code can still read; without the observer page


class Region(NamedTuple):
    at: int
    size: int
    write: bool
    execute: bool
    offset: int  # in guest.elf


@dataclass(frozen=True)
class Row:
    """`count` values of `width` bytes each, from `offset` in the signal frame on."""

    name: str
    offset: int
    width: int
    count: int
    value: int
    constant: bool


@dataclass(frozen=True)
class Frame:
    size: int
    record_size: int
    alignment: int
    rows: list[Row]


@dataclass(frozen=True)
class Kernel:
    signal: int
    handler: int
    restorer: int
    blocked: int
    stack_at: int
    stack_size: int
    rt_sigreturn: int


@dataclass(frozen=True)
class Cells:
    """The observer page: where the handler notes what it saw."""

    at: int
    size: int
    tramp_count: int
    tramp_pc: int
    fetch_count: int
    fetched_g: int
    handler_count: int
    handler_pc: int


@dataclass(frozen=True)
class Case:
    scenario: str
    program: Path
    regions: list[Region]
    start: dict[str, Any]
    kernel: Kernel
    frame: Frame
    cells: Cells
    walk: list[Boundary]


def read_case(directory: Path) -> Case:
    raw = json.loads((directory / "case.json").read_text())
    frame = raw["frame"]
    return Case(
        scenario=raw["scenario"],
        program=directory / "guest.elf",
        regions=[Region(r["at"], r["size"], r["write"], r["execute"], r["offset"]) for r in raw["regions"]],
        start=raw["start"],
        kernel=Kernel(**raw["kernel"]),
        frame=Frame(frame["size"], frame["record_size"], frame["alignment"], [Row(**row) for row in frame["rows"]]),
        cells=Cells(**raw["observer"]),
        walk=[Boundary(b["pc"], b["g"], [Range(*r) for r in b["live"]]) for b in raw["walk"]],
    )


class Observed(NamedTuple):
    """What the guest has noted up to now."""

    entered: int
    entered_pc: int
    fetched: int
    fetched_g: int
    handled: int
    handler_pc: int


def observed(cells: Cells, page: bytes) -> Observed:
    """`page`: the `cells.size` bytes at `cells.at`."""
    offsets = (cells.tramp_count, cells.tramp_pc, cells.fetch_count, cells.fetched_g, cells.handler_count, cells.handler_pc)
    return Observed(*(int.from_bytes(page[offset : offset + 8], "little") for offset in offsets))


@dataclass
class Result:
    """What a run over the walk has shown: the boundaries at which something is not as it must be."""

    peer: str
    versions: dict[str, str]
    boundaries: int
    injections: int = 0
    seconds: float = 0.0
    unfired: list[int] = field(default_factory=list)    # the guest did not note this signal at this PC: nothing was tested
    wrong_g: list[int] = field(default_factory=list)    # recovers-g
    not_alive: list[int] = field(default_factory=list)  # alive: no return from the handler
    registers: list[int] = field(default_factory=list)  # transparent-return
    memory: list[int] = field(default_factory=list)     # transparent-return

    def judge_notes(self, i: int, boundary: Boundary, before: Observed, after: Observed, alive: bool) -> None:
        self.injections += 1
        entered = (after.entered, after.entered_pc) == (before.entered + 1, boundary.pc)
        handled = (after.handled, after.handler_pc) == (before.handled + 1, boundary.pc)
        goes_on = alive and after.fetched_g != 0  # without a g the signal is dropped before the handler proper
        if not entered or (goes_on and not handled):
            self.unfired.append(i)
        if after.fetched != before.fetched and after.fetched_g != boundary.g:
            self.wrong_g.append(i)
        if not alive:
            self.not_alive.append(i)

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(self.__dict__) + "\n")


def cpu_seconds(child: int | None = None) -> float:
    """Processor time of this process, and of a child that still runs. Other load on the machine does not count, waiting does not either."""
    of_child = time.clock_gettime(~child << 3 | 2) if child is not None else 0.0  # what clock_getcpuclockid(3) makes of a process id
    return time.process_time() + of_child
