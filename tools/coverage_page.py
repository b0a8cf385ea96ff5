"""docs/coverage.md from gcovr's record and from tests/unreached.txt, which says why a line is not reached.

An entry is "FILE: TEXT | REASON": TEXT is a part of the line, and covers every unreached line of FILE that has it ("*": all of them).
"""
import collections
import json
import pathlib
import sys

LEAST = 95.0
HEAD = """<!-- made by tools/coverage --write -->
# Coverage

## Lines of lab/

What the unit tests (`./test`) reach, by gcov, in a build without optimisation. What needs another tool, another machine or a broken one
is not reached by them; each such line has its reason in `tests/unreached.txt`, and a line without one fails `tools/coverage`. Reached does not
mean tested: [mutants.md](mutants.md) asks that.

"""
TAIL = """
## Instructions of the guests

`tests/guest_coverage_test.cc` holds, in `./test`: every instruction of every runtime (`runtime.*` of each version) and of every vDSO of the
catalogue is executed in some scenario, and in some scenario a signal strikes at it and is seen there by the guest. In Go's handlers all signals are
blocked; their instructions are struck at with an empty `sa_mask`, as in the world `mask-empty`. What is left out, in `tests/guest_coverage.txt`:

"""


def read_entries(path):
    reasons, entries = {}, []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        if line.startswith("reason "):
            name, why = line[len("reason "):].split(": ", 1)
            reasons[name] = why
            continue
        place, reason = line.rsplit(" | ", 1)
        file, text = place.split(": ", 1)
        entries.append({"line": number, "file": file, "text": text, "reason": reason, "used": 0})
    return reasons, entries


def read_lines(root):
    """Per room the lines that count, and every one that was not reached."""
    record = json.loads((root / "build/coverage/lines.json").read_text())
    rooms, missed = collections.defaultdict(lambda: [0, 0]), []
    for file in record["files"]:
        path = file["file"]
        source = (root / path).read_text().splitlines()
        for line in file["lines"]:
            if line.get("gcovr/noncode"):
                continue
            room = path.split("/")[1]
            rooms[room][0] += 1
            if line["count"] > 0:
                rooms[room][1] += 1
            else:
                missed.append((path, line["line_number"], source[line["line_number"] - 1].strip()))
    return rooms, missed


def explain(missed, entries, reasons):
    complaints, by_reason = [], collections.Counter()
    for path, number, text in missed:
        for entry in entries:
            if entry["file"] == path and (entry["text"] == "*" or entry["text"] in text):
                entry["used"] += 1
                by_reason[entry["reason"]] += 1
                break
        else:
            complaints.append(f"{path}:{number}: not reached, and nothing says why: {text}")
    for entry in entries:
        if entry["used"] == 0:
            complaints.append(f"tests/unreached.txt:{entry['line']}: fits no unreached line")
        if entry["reason"] not in reasons:
            complaints.append(f"tests/unreached.txt:{entry['line']}: no reason '{entry['reason']}'")
    return complaints, by_reason


def page(root, rooms, by_reason, reasons):
    text = HEAD + "| room | lines | reached |\n|---|---|---|\n"
    for room, (lines, reached) in sorted(rooms.items()):
        text += f"| {room} | {lines} | {100 * reached / lines:.1f} % |\n"
    lines, reached = (sum(counts[i] for counts in rooms.values()) for i in (0, 1))
    text += f"| all | {lines} | {100 * reached / lines:.1f} % |\n\n| why not reached | lines |\n|---|---|\n"
    for reason, count in sorted(by_reason.items()):
        text += f"| {reasons.get(reason, reason)} | {count} |\n"
    text += TAIL
    for line in (root / "tests/guest_coverage.txt").read_text().splitlines():
        if line.startswith("reason "):
            name, why = line[len("reason "):].split(": ", 1)
            text += f"- *{name}*: {why}\n"
    return text, 100 * reached / lines


def main(arguments):
    write, root = "--write" in arguments, pathlib.Path(arguments[-1])
    reasons, entries = read_entries(root / "tests/unreached.txt")
    rooms, missed = read_lines(root)
    complaints, by_reason = explain(missed, entries, reasons)
    text, percent = page(root, rooms, by_reason, reasons)
    if percent < LEAST:
        complaints.append(f"{percent:.1f} % of the lines are reached, not {LEAST:.0f} %")
    target = root / "docs/coverage.md"
    if write:
        target.write_text(text)
    elif not target.exists() or target.read_text() != text:
        complaints.append("docs/coverage.md does not say what was found: tools/coverage --write")
    for complaint in complaints:
        print(f"coverage: {complaint}", file=sys.stderr)
    print(f"{percent:.1f} % of {sum(counts[0] for counts in rooms.values())} lines; {len(missed)} not reached")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
