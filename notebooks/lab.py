"""What the notebooks share: run siglab, load a record, draw a strip. No lab of its own: every number comes from siglab's command line.

A command's output is shown as a user sees it. A record is the JSON of docs/record.md, as Python reads it. Figures are SVG, need no colour,
and go to out/figures too when notebooks/run asks for that.
"""

import atexit
import io
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile

import matplotlib
import matplotlib.pyplot as plt
import pandas
from IPython.display import SVG, display

ROOT = pathlib.Path(__file__).resolve().parent.parent
SIGLAB = os.environ.get("SIGLAB", str(ROOT / "build/release/siglab"))
SCRATCH = pathlib.Path(tempfile.mkdtemp(prefix="siglab-notebook."))  # where siglab runs, and where a notebook's own files lie
atexit.register(shutil.rmtree, SCRATCH, ignore_errors=True)

matplotlib.rcParams.update({
    "svg.hashsalt": "siglab", "svg.fonttype": "none", "font.family": "DejaVu Sans", "font.size": 13, "axes.titlesize": 15,
    "axes.titlelocation": "left", "axes.spines.top": False, "axes.spines.right": False, "figure.facecolor": "white", "hatch.linewidth": 0.8})
pandas.set_option("display.max_colwidth", 120)

INK, PAPER, GREY, DARK = "#1a1a1a", "#ffffff", "#d9d9d9", "#8c2d04"
LETTERS = {"recovers-g": "R", "transparent-return": "P", "slot-discipline": "S", "time-correct": "M", "abi": "B", "traceback": "T",
           "alive": "A", "fired": "F", "g-in-register": "G", "vdso-used": "U"}


# --- siglab

def siglab(command, expect=(0,)):
    """Runs `siglab COMMAND`, and gives its stdout. Any exit code but the expected ones is an error, with what siglab said."""
    done = subprocess.run([SIGLAB, *shlex.split(command)], capture_output=True, text=True, cwd=SCRATCH)
    if done.returncode not in expect:
        raise RuntimeError(f"siglab {command}: exit {done.returncode}\n{done.stderr}{done.stdout[-2000:]}")
    return done.stdout


def show(command, expect=(0,), lines=None, width=132):
    """Prints what `siglab COMMAND` prints: all of it, or those lines that the pattern `lines` finds something in."""
    print(f"$ siglab {command}")
    text = siglab(command, expect)
    for line in text.splitlines():
        if lines is None or re.search(lines, line):
            print(line[:width].rstrip())


def record(command, expect=(0,)):
    """The record of a sweep or of the museum."""
    found = json.loads(siglab(f"{command} --format json", expect))
    assert found["outcome"] == "exhausted", found["outcome"]
    return found


def run_of(found, **wanted):
    """The one run of a record with these members: run_of(record, variant="v0", signal="USR1")."""
    runs = [run for run in found["runs"] if all(run[key] == value for key, value in wanted.items())]
    assert len(runs) == 1, f"{len(runs)} runs with {wanted}"
    return runs[0]


def walk_of(found, run):
    """The undisturbed run, a row for each boundary: symbol, instruction, our source line, and whether the g register is dirty."""
    walk = found["walks"][run["walk"]]
    code = found["code"][walk["code"]]
    dirty = set(walk["dirty"])
    rows = [{**code[pc], "pc": pc, "dirty": index in dirty, "room": room_of(code[pc]["symbol"])} for index, pc in enumerate(walk["pc"])]
    return pandas.DataFrame(rows).rename_axis("boundary")


def room_of(symbol):
    return "vDSO" if symbol.startswith("vdso:") else "caller" if symbol.startswith("lab.") else "Go"


def broken(run, prop=None, kind=None, causes=False):
    """Boundary -> letters of what breaks there; of a search with several signals, where the last one comes."""
    at = {}
    for violation in run["violations"]:
        if (prop and violation["property"] != prop) or (kind and violation["kind"] != kind) or (causes and not violation["cause"]):
            continue
        places = violation["window"] or [violation["boundary"]]
        for place in places:
            at.setdefault(place, "")
            if LETTERS[violation["property"]] not in at[place]:
                at[place] += LETTERS[violation["property"]]
    return at


def steps(target, expect=(0, 1)):
    """What `siglab replay` shows, as a table: a row for each boundary, of the walk and of the handlers' walks."""
    row = re.compile(r"^ *(?P<at>h*\d+'*) +(?P<pc>0x[0-9a-f]+) +(?P<symbol>\S+) +(?P<text>.+?) {2,}(?P<reg>clean|DIRTY) +(?P<slot>\S+) +"
                     r"(?P<g>\S.*?) {2,}(?P<source>.*)$")
    rows = [found.groupdict() for found in map(row.match, siglab(f"replay {target}", expect).splitlines()) if found]
    frame = pandas.DataFrame(rows)
    frame["handler"] = frame["at"].str.startswith("h")
    return frame


# --- figures

def strip(rows, walk, title, name):
    """One line for each (label, boundary -> letters): a cell for each boundary. Dark cells are broken, their letter says how.

    Below, where PC is, and where the g register is dirty (hatched)."""
    size = len(walk)
    figure, axis = plt.subplots(figsize=(15, 1.4 + 0.5 * len(rows)))
    for line, (label, at) in enumerate(rows):
        for boundary in range(size):
            letters = at.get(boundary, "")
            axis.add_patch(plt.Rectangle((boundary, -line), 0.9, 0.84, facecolor=DARK if letters else PAPER, edgecolor=INK, linewidth=0.6))
            for step, letter in enumerate(letters[:2]):
                axis.text(boundary + 0.45, -line + (0.42 if len(letters) == 1 else 0.62 - 0.4 * step), letter, color=PAPER,
                          fontsize=9 if len(letters) == 1 else 7.5, ha="center", va="center", weight="bold")
        axis.text(-0.8, -line + 0.42, label, ha="right", va="center")
    ground(axis, walk, -len(rows))
    axis.set_xlim(0, size)
    axis.set_ylim(-len(rows) - 0.6, 1)
    axis.set_yticks([])
    axis.set_xticks([tick + 0.45 for tick in range(0, size, 10)], [str(tick) for tick in range(0, size, 10)])
    axis.set_xlabel("boundary: instructions retired when the signal comes")
    for side in ("left", "bottom"):
        axis.spines[side].set_visible(False)
    axis.set_title(title)
    finish(figure, name, title)


def ground(axis, walk, top):
    """Under a strip: whose code runs, and where the g register is dirty."""
    for label, first, last in stretches(list(walk["room"])):
        axis.add_patch(plt.Rectangle((first, top + 0.25), last - first + 1 - 0.1, 0.55, facecolor=GREY if label == "vDSO" else PAPER,
                                     edgecolor=INK, linewidth=0.8))
        if last - first >= 5:
            axis.text((first + last + 1) / 2, top + 0.52, label, ha="center", va="center", fontsize=11)
    for dirty, first, last in stretches(list(walk["dirty"])):
        if dirty:
            axis.add_patch(plt.Rectangle((first, top - 0.4), last - first + 1 - 0.1, 0.5, facecolor=PAPER, edgecolor=INK, hatch="////",
                                         linewidth=0.8))
            axis.text(last + 1.2, top - 0.15, "g register dirty", va="center", fontsize=11)


def ladder(rows, title, name):
    """As strip, for walks of different versions: (label, walk, boundary -> letters), the vDSO's first boundary under the vDSO's first."""
    start = [next(index for index, room in enumerate(walk["room"]) if room == "vDSO") for _, walk, _ in rows]
    left = max(start)
    size = max(left - first + len(walk) for first, (_, walk, _) in zip(start, rows))
    figure, axis = plt.subplots(figsize=(15, 1 + 0.5 * len(rows)))
    for line, ((label, walk, at), first) in enumerate(zip(rows, start)):
        for boundary, room in enumerate(walk["room"]):
            letters = at.get(boundary, "")
            colour = DARK if letters else GREY if room == "vDSO" else PAPER
            place = left - first + boundary
            axis.add_patch(plt.Rectangle((place, -line), 0.9, 0.84, facecolor=colour, edgecolor=INK, linewidth=0.5))
            for step, letter in enumerate(letters[:2]):
                axis.text(place + 0.45, -line + (0.42 if len(letters) == 1 else 0.62 - 0.4 * step), letter, color=PAPER,
                          fontsize=8 if len(letters) == 1 else 7, ha="center", va="center", weight="bold")
        axis.text(left - first - 0.6, -line + 0.42, label, ha="right", va="center")
    axis.text(left, 1.05, "the vDSO's code is grey", fontsize=11, va="bottom")
    axis.set_xlim(-3, size)
    axis.set_ylim(-len(rows) + 0.8, 1.6)
    axis.axis("off")
    axis.set_title(title)
    finish(figure, name, title)


def stretches(values):
    """[(value, first index, last index)] of equal neighbours."""
    found = []
    for index, value in enumerate(values):
        if found and found[-1][0] == value:
            found[-1][2] = index
        else:
            found.append([value, index, index])
    return found


def finish(figure, name, words):
    """Shows a figure as SVG, with its title for a screen reader; leaves it as a file for slides where notebooks/run wants that."""
    text = io.StringIO()
    figure.savefig(text, format="svg", bbox_inches="tight", metadata={"Date": None, "Creator": None, "Title": words})
    plt.close(figure)
    picture = text.getvalue()
    picture = re.sub(r"<svg ", '<svg role="img" style="max-width:100%;height:auto" ', picture, count=1)
    folder = os.environ.get("SIGLAB_FIGURES")
    if folder:
        pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
        (pathlib.Path(folder) / f"{name}.svg").write_text(picture)
    # Twice: Debian's nbconvert strips image/svg+xml from its pages, and some viewers strip SVG out of HTML.
    svg = SVG(data=picture).data
    display({"text/html": svg, "image/svg+xml": svg, "text/plain": f"[{words}]"}, raw=True)


def table(rows, **options):
    """A table without the index column, as HTML and as text."""
    frame = rows if isinstance(rows, pandas.DataFrame) else pandas.DataFrame(rows, **options)
    display(Plain(frame))


class Plain:
    """pandas gives its styled tables random ids; this has none."""

    def __init__(self, frame):
        self.frame = frame

    def _repr_html_(self):
        text = self.frame.to_html(index=False, border=0)
        return re.sub(r"<(t[dh])>", r'<\1 style="text-align:left">', text)

    def __repr__(self):
        return self.frame.to_string(index=False)
