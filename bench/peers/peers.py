"""Runs the peers, each in a process of its own, on a case that the lab hands over."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PEERS = ("unicorn", "gdb", "gdb-print")
TIME_LIMIT = 600  # seconds; it takes some five. On a busy machine gdb and qemu wait for the processor at each packet


def missing(peer: str) -> str | None:
    """What would have to be installed, by its Debian name."""
    if peer == "unicorn":
        probe = subprocess.run([sys.executable, "-c", "import unicorn"], capture_output=True)
        return "python3-unicorn" if probe.returncode != 0 else None
    for package, command in (("gdb-multiarch", "gdb-multiarch"), ("qemu-user", "qemu-aarch64")):
        if shutil.which(command) is None:
            return package
    return None


def hand_over(build: Path, variant: str, into: Path) -> Path:
    """A directory below `into` with what the peers need to know of one SIGPROF in `variant` with clobber-g."""
    directory = into / variant
    directory.mkdir(exist_ok=True)
    scenario = f"arm64:{variant}:nanotime1:curg:clobber-g:go:PROF:1"
    subprocess.run([str(build / "siglab_hand_over"), scenario, str(directory)], check=True)
    return directory


def run_peer(peer: str, case: Path, walks: int = 1) -> dict[str, Any]:
    """A Result, as case.py has it. gdb makes one walk, whatever `walks` says."""
    answer = case / f"{peer}.json"
    answer.unlink(missing_ok=True)
    environment = os.environ | {"SIGLAB_CASE": str(case), "SIGLAB_PEER": peer}
    command = ["gdb-multiarch", "-nx", "-batch-silent", "-x", str(HERE / "gdb_peer.py")]
    if peer == "unicorn":
        command = [sys.executable, str(HERE / "unicorn_peer.py"), str(case), str(walks)]
    try:
        subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=True, timeout=TIME_LIMIT)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise SystemExit(f"{peer} on {case.name}: {error}") from None
    if not answer.exists():
        raise SystemExit(f"{peer} gave no answer on {case.name}; what went wrong is above")
    result: dict[str, Any] = json.loads(answer.read_text())
    return result
