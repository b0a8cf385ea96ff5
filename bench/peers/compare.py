"""Measures the lab and its peers in turns, and writes the table of docs/peers.md.

    compare.py BUILD ROUNDS PAGE

The same walk for all: v6 with clobber-g, one SIGPROF at each boundary, all registers and all live memory compared. Each round runs each of
them once. Of each the median round counts, in processor time.
"""

import datetime
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from peers import PEERS, hand_over, run_peer

# The lab's own rates: rows of siglab_bench, and what they are called here. The peers are compared with the first.
OURS = {"injections/replay/arm64/PROF": "siglab, replay (Unicorn)"}
SECONDS = "0.3"  # that each of them runs in a round
PYTHON_WALKS = 10
NAMES = {
    "unicorn": "python3-unicorn, code hook",
    "gdb": "gdb on qemu-aarch64, numbers by its Python API",
    "gdb-print": "gdb on qemu-aarch64, registers as it prints them",
}
BEGIN, END = "<!-- made by bench/peers/compare -->", "<!-- end -->"


def measure_ours(build: Path, name: str) -> float:
    """Injections per second of processor time."""
    command = [build / "bench" / "siglab_bench", f"--benchmark_filter=^{name}$", f"--benchmark_min_time={SECONDS}", "--benchmark_format=json"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(ran.stdout)["benchmarks"]
    if len(found) != 1 or "items_per_second" not in found[0]:
        raise SystemExit(f"compare: siglab_bench has no result for {name}: {ran.stderr.strip()}")
    return float(found[0]["items_per_second"])


def measure_peer(peer: str, case: Path, versions: dict[str, str]) -> float:
    result = run_peer(peer, case, PYTHON_WALKS)
    broken = {name: result[name] for name in ("unfired", "wrong_g", "not_alive", "registers", "memory") if result[name]}
    if broken or result["injections"] == 0:
        raise SystemExit(f"compare: {peer} sees something broken in v6, which must not be: {broken}")
    versions.update(result["versions"])
    return float(result["injections"] / result["seconds"])


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return " ".join(line.split(":", 1)[1].split())
    return "an unknown processor"


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def table(rates: dict[str, list[float]], versions: dict[str, str], rounds: int) -> str:
    medians = {name: statistics.median(values) for name, values in rates.items()}
    ours = medians[next(iter(OURS))]
    lines = ["| | injections/s | lowest .. highest round | the lab is faster by |", "|---|---:|---:|---:|"]
    for name, median in medians.items():
        spread = f"{number(min(rates[name]))} .. {number(max(rates[name]))}"
        label = OURS.get(name) or NAMES[name]
        lines.append(f"| {label} | {number(median)} | {spread} | {'' if name in OURS else number(ours / median)} |")
    tools = ", ".join(f"{tool} {version}" for tool, version in sorted(versions.items()))
    about = f"`bench/peers/compare --rounds {rounds}`, {datetime.date.today()}, {processor()}: {tools}."
    return "\n".join([BEGIN, about, "", *lines, END])


def main() -> None:
    build, rounds, page = Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    before, _, rest = page.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise SystemExit(f"compare: {page} has no place for the table: {BEGIN} ... {END}")
    rates: dict[str, list[float]] = {name: [] for name in (*OURS, *PEERS)}
    versions: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as scratch:
        case = hand_over(build, "v6", Path(scratch))
        for one in range(rounds):
            print(f"compare: round {one + 1} of {rounds}", file=sys.stderr)
            for name in OURS:
                rates[name].append(measure_ours(build, name))
            for peer in PEERS:
                rates[peer].append(measure_peer(peer, case, versions))
    made = table(rates, versions, rounds)
    page.write_text(before + made + after)
    print(made)


if __name__ == "__main__":
    main()
