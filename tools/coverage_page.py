"""Judges what gcov counted by tests/unreached.txt, which says why a line is not reached; with --write, writes docs/coverage.md.

Every object is read by gcov itself, as JSON, whether any test has run it or not. A line is reached if it is in some object: an inline
function has lines in many.

An entry is "FILE: TEXT | REASON": TEXT is a part of the line, and covers every unreached line of FILE that has it ("*": all of them). The
words "reached sometimes: " before FILE excuse it also where all those lines were reached.
"""
import collections
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys

NO_CODE = re.compile(r"[\s{}()\[\];,]*")  # a line of brackets: what is counted there is what the compiler adds
LEAST = 95.0
SOMETIMES = "reached sometimes: "
HEAD = """<!-- made by tools/coverage --write -->
# Coverage

## Lines of lab/

What the unit tests (`./test`) reach, by gcov, in a build of its own, as it was when this page was written. What needs another
tool, another machine or a broken one is not reached by them; each such line has its reason in `tests/unreached.txt`, and a line without one fails
`tools/coverage`, as does less than {least:.0f} % of the lines. Reached does not mean tested: [mutants.md](mutants.md) asks that.

"""
TAIL = """
## Instructions of the guests

`tests/guest_coverage_test.cc` holds, in `./test`: every instruction of every runtime (`runtime.*` of each version) and of every vDSO of the
catalogue is executed in some scenario, and in some scenario a signal strikes at it and is seen there by the guest. In Go's handlers all signals are
blocked; their instructions are struck at with an empty `sa_mask`, as in the world `mask-empty`. What is left out, in `tests/guest_coverage.txt`:

"""


def read_reasons(path):
    """The lines "reason NAME: why", and the others that say something, with their numbers."""
    reasons, others = {}, []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line.startswith("reason "):
            name, why = line[len("reason "):].split(": ", 1)
            reasons[name] = why
        elif line and not line.startswith("#"):
            others.append((number, line))
    return reasons, others


def read_entries(path):
    reasons, lines = read_reasons(path)
    entries = []
    for number, line in lines:
        place, reason = line.rsplit(" | ", 1)
        file, text = place.removeprefix(SOMETIMES).split(": ", 1)
        entries.append({"line": number, "file": file, "text": text, "reason": reason, "sometimes": line.startswith(SOMETIMES), "used": 0})
    return reasons, entries


def counted(root, notes):
    """One object: its lines that stand in lab/, each with the question whether it was reached."""
    told = subprocess.run(["gcov", "--json-format", "--stdout", notes], cwd=root, check=True, stdout=subprocess.PIPE, text=True).stdout
    lab = str(root / "lab") + "/"
    for text in told.splitlines():
        record = json.loads(text)
        for file in record["files"]:
            path = os.path.normpath(os.path.join(record["current_working_directory"], file["file"]))
            if path.startswith(lab):
                yield from ((path[len(str(root)) + 1:], line["line_number"], line["count"] > 0) for line in file["lines"])


def read_lines(root):
    """Per room the lines that count, and every one that was not reached."""
    reached = {}
    every = sorted((root / "build/coverage").rglob("*.gcno"))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for lines in pool.map(lambda notes: list(counted(root, notes)), every):
            for path, number, is_reached in lines:
                reached[path, number] = reached.get((path, number), False) or is_reached
    rooms, missed, sources = collections.defaultdict(lambda: [0, 0]), [], {}
    for (path, number), is_reached in sorted(reached.items()):
        if path not in sources:
            sources[path] = (root / path).read_text().splitlines()
        text = sources[path][number - 1].strip()
        if NO_CODE.fullmatch(text):
            continue
        room = rooms[path.split("/")[1]]
        room[0] += 1
        room[1] += is_reached
        if not is_reached:
            missed.append((path, number, text))
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
        if entry["used"] == 0 and not entry["sometimes"]:
            complaints.append(f"tests/unreached.txt:{entry['line']}: fits no unreached line")
        if entry["reason"] not in reasons:
            complaints.append(f"tests/unreached.txt:{entry['line']}: no reason '{entry['reason']}'")
    unused = set(reasons) - {entry["reason"] for entry in entries}
    complaints += [f"tests/unreached.txt: no line is not reached for the reason '{name}'" for name in sorted(unused)]
    return complaints, by_reason


def percent_of(rooms):
    lines, reached = (sum(counts[i] for counts in rooms.values()) for i in (0, 1))
    return lines, 100 * reached / lines if lines else 0


def page(root, rooms, by_reason, reasons):
    text = HEAD.format(least=LEAST) + "| room | lines | reached |\n|---|---|---|\n"
    for room, (lines, reached) in sorted(rooms.items()):
        text += f"| {room} | {lines} | {100 * reached / lines:.1f} % |\n"
    lines, percent = percent_of(rooms)
    text += f"| all | {lines} | {percent:.1f} % |\n\n| why not reached | lines |\n|---|---|\n"
    for reason, count in sorted(by_reason.items()):
        text += f"| {reasons.get(reason, reason)} | {count} |\n"
    left_out, _ = read_reasons(root / "tests/guest_coverage.txt")
    return text + TAIL + "".join(f"- *{name}*: {why}\n" for name, why in left_out.items())


def main(arguments):
    root = pathlib.Path(arguments[-1])
    reasons, entries = read_entries(root / "tests/unreached.txt")
    rooms, missed = read_lines(root)
    complaints, by_reason = explain(missed, entries, reasons)
    lines, percent = percent_of(rooms)
    if percent < LEAST:
        complaints.append(f"{percent:.1f} % of the lines are reached, not {LEAST:.0f} %")
    for complaint in complaints:
        print(f"coverage: {complaint}", file=sys.stderr)
    print(f"{percent:.1f} % of {lines} lines; {len(missed)} not reached")
    if "--write" in arguments and not complaints:
        (root / "docs/coverage.md").write_text(page(root, rooms, by_reason, reasons))
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
