"""Measures the lab and its peers in turns, and writes the table of docs/peers.md.

    compare.py BUILD ROUNDS PAGE

The same walk for all: v6 with clobber-g, one SIGPROF at each boundary, all registers and all live memory compared. Each round runs each of
them once. Of each the median round counts, in processor time: what else runs on the machine does not count.
"""

import datetime
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from peers import PEERS, hand_over, run_peer

OWN_RATE = "injections/unicorn/arm64"
# Benchmarks of siglab_bench, in a row of the table each: the first is the lab's own rate, that all others are held against. A row of
# several does one of each for one injection. A build without an engine has no row for it.
OURS = {
    "siglab, Unicorn": [OWN_RATE],
    "siglab, Unicorn, the recording counted in": [OWN_RATE, "recording/unicorn/arm64"],
    "siglab, dynarmic": ["injections/dynarmic/arm64"],
}
BENCH_OPTIONS = ["--format", "json", "--benchmark_repetitions=3", "--benchmark_min_time=0.1"]
PYTHON_WALKS = 10
PEER_NAMES = {
    "unicorn": "python3-unicorn, code hook",
    "gdb": "gdb on qemu-aarch64, numbers by its Python API",
    "gdb-print": "gdb on qemu-aarch64, registers as it prints them",
}
BEGIN, END = "<!-- made by bench/peers/compare -->", "<!-- end -->"


def measure_ours(build: Path) -> dict[str, float]:
    """By row: injections per second of processor time."""
    wanted = sorted({name for names in OURS.values() for name in names})
    command = [str(build / "bench" / "siglab_bench"), *BENCH_OPTIONS, f"--benchmark_filter=^({'|'.join(wanted)})$"]
    measured = json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True).stdout)
    rates: dict[str, float] = measured["per_second"]
    if measured["errors"] or OWN_RATE not in rates:
        raise SystemExit(f"compare: siglab_bench measured {sorted(rates)}, of {wanted}; errors: {measured['errors']}")
    return {row: 1 / sum(1 / rates[name] for name in names) for row, names in OURS.items() if rates.keys() >= set(names)}


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
    lines = ["| | injections/s | lowest .. highest round | siglab is faster by |", "|---|---:|---:|---:|"]
    for name, median in medians.items():
        spread = f"{number(min(rates[name]))} .. {number(max(rates[name]))}"
        lines.append(f"| {PEER_NAMES.get(name, name)} | {number(median)} | {spread} | {number(ours / median)} |")
    tools = ", ".join(f"{tool} {version}" for tool, version in sorted(versions.items()))
    about = f"`bench/peers/compare --rounds {rounds}`, {datetime.date.today()}, {processor()}: {tools}."
    return "\n".join([BEGIN, about, "", *lines, END])


def main() -> None:
    build, rounds, page = Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    before, _, rest = page.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise SystemExit(f"compare: {page} has no place for the table: {BEGIN} ... {END}")
    rates: dict[str, list[float]] = {}
    versions: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as scratch:
        case = hand_over(build, "v6", Path(scratch))
        for one in range(rounds):
            print(f"compare: round {one + 1} of {rounds}", file=sys.stderr)
            for name, rate in measure_ours(build).items():
                rates.setdefault(name, []).append(rate)
            for peer in PEERS:
                rates.setdefault(peer, []).append(measure_peer(peer, case, versions))
    made = table(rates, versions, rounds)
    page.write_text(before + made + after)
    print(made)


if __name__ == "__main__":
    main()
