"""Do the peers of docs/peers.md really inject and check? Each must find what the lab's record says, boundary by boundary, and no more.

    peers_test.py BUILD PEER VARIANT...     BUILD has siglab and siglab_hand_over

The peers know the lab's PCs and true g's, and nothing of its verdicts.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "bench" / "peers"))
from peers import hand_over, missing, run_peer  # noqa: E402

Broken = dict[str, list[int]]


def recorded(build: Path, variant: str) -> Broken:
    """By the names of Result: the boundaries at which the lab sees the same broken, at the delivery itself."""
    filters = ["--isa", "arm64", "--variant", variant, "--vdso", "clobber-g", "--signal", "PROF"]
    swept = subprocess.run([str(build / "siglab"), "sweep", *filters, "--format", "json"], capture_output=True, text=True)
    broken: Broken = {"unfired": [], "wrong_g": [], "not_alive": [], "registers": [], "memory": []}
    for violation in json.loads(swept.stdout)["runs"][0]["violations"]:
        name = {
            "fired": "unfired",
            "recovers-g": "wrong_g",
            "alive": "not_alive",
            "transparent-return": "registers" if violation["kind"] == "registers" else "memory",
        }.get(violation["property"])
        if name is not None and violation["boundary"] == violation["at"]:
            broken[name].append(violation["boundary"])
    return {name: sorted(set(boundaries)) for name, boundaries in broken.items()}


def main() -> int:
    build, peer, variants = Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
    package = missing(peer)
    if package is not None:
        print(f"skipped: {package} is not installed")
        return 0
    failed = False
    with tempfile.TemporaryDirectory() as scratch:
        for variant in variants:
            expected = recorded(build, variant)
            result = run_peer(peer, hand_over(build, variant, Path(scratch)))
            seen = {name: result[name] for name in expected}
            everywhere = result["injections"] == result["boundaries"] > 0
            counts = ", ".join(f"{name} {len(boundaries)}" for name, boundaries in seen.items())
            print(f"{variant}: {result['injections']} of {result['boundaries']} boundaries; {counts}")
            if seen != expected or not everywhere:
                failed = True
                print(f"  {peer}: {seen}\n  the lab: {expected}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
