"""The main job once, from end to end, on one page: a notebook filled in, run, graded, seen and heard.

The page holds nothing that the run did not make: its pictures and its sound are the outputs of the executed
notebook's cells, its marks are what `seqlab grade` would give.
"""

import base64
import html
import os
import re
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seqlab.autograder.course.row import Row
from seqlab.errors import SeqlabError

LAB = "lab5"
PAGE = "index.html"
# crisp at every size; only this run's figures, the student's notebook keeps its own setting
_FIGURES = "%config InlineBackend.figure_formats = ['svg']"


@dataclass(frozen=True)
class Heard:
    """What the executed notebook made: images and sound as data: addresses, and what it printed."""

    loss_curve: str
    tune_score: str
    real_score: str
    real_title: str
    tune_roll: str
    tune_sound: str
    tune_abc: str
    temperature: str  # empty where no tune could be read, so that the tune of the beginning stands in
    training: dict[str, str]  # steps, first, last and held-out loss; empty if the cell did not say


def run_demo(out: Path | str, steps: int | None = None) -> Path:
    """Fill in lab 5's notebook with the reference answers, run it, grade it, and write `out/index.html`.

    Args:
        out: the folder for the page and the executed notebook; made if need be.
        steps: training steps; the notebook's own number, about a minute's worth, if left out.

    Returns:
        The path of the page.

    Raises:
        SeqlabError: `out` cannot be written to, or a cell of the notebook fails.
    """
    out = _folder(out)
    if steps is not None and steps < 1:
        raise SeqlabError("the demo trains for 1 step or more", got=str(steps), fix="leave --steps out")
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as workroom, _stage("1/4", "Filling in the notebook with the reference answers"):
        filled, notebook = _filled(Path(workroom))
    _say("2/4", "Running the notebook: tunes, training, writing (one to two minutes)")
    executed = _executed(notebook, out, steps)
    with _stage("3/4", "Grading its answers with hidden numbers, each in a process apart"):
        row = _graded(filled)
    with _stage("4/4", "Writing the page"):
        page = _write(out, executed, row, time.monotonic() - started)
    marks = f"{row.points:g} of {row.max_points:g} points"
    print(f"\nDone in {time.monotonic() - started:.0f} s: {marks}.")
    print(f"The page: {page}\nTo open it: {opening(page)}")
    return page


def opening(page: Path) -> str:
    """What to type or click to see a page, on this system."""
    command = {"darwin": "open", "win32": "start"}.get(sys.platform, "xdg-open")
    return f"{command} {page}   (or paste into a browser: {page.as_uri()})"


# -- the four stages -------------------------------------------------------------------------------------------
def _folder(out: Path | str) -> Path:
    out = Path(out).resolve()
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SeqlabError(
            "--out is a folder that can be made", got=f"{out} ({error.strerror})", fix="name another one"
        ) from None
    if not os.access(out, os.W_OK):
        raise SeqlabError("--out is a folder to write to", got=str(out), fix="name another one")
    return out


def _filled(workroom: Path) -> tuple[bytes, Any]:
    """The notebook with the reference answers, as bytes and parsed."""
    from seqlab.authoring import fill, read_notebook, student_notebook, write_notebook
    from seqlab.exercises import find_lab

    lab = find_lab(LAB)
    blank = write_notebook(student_notebook(lab.path), workroom / f"{lab.name}-blank.ipynb")
    target = workroom / f"{lab.name}.ipynb"
    fill(blank, None, target, reference=True)
    return target.read_bytes(), read_notebook(target)


def _executed(notebook: Any, out: Path, steps: int | None) -> Any:
    """The notebook with its outputs; what it writes, such as the hand-in, lands in `out`."""
    from nbformat.v4 import new_code_cell

    from seqlab.authoring import execute

    setup = next(n for n, cell in enumerate(notebook.cells) if cell.get("id") == "setup")
    notebook.cells.insert(setup + 1, new_code_cell(_FIGURES, id="figures-as-svg"))
    executed = execute(notebook, out, env={"SEQLAB_STEPS": str(steps)} if steps else None)
    del executed.cells[setup + 1]
    return executed


def _graded(filled: bytes) -> Row:
    from seqlab.autograder.course.unit import Grader

    grader = Grader()
    try:
        return grader.grade(filled, "lab5_music.ipynb", secrets.randbits(62))
    finally:
        grader.close()


def _write(out: Path, executed: Any, row: Row, seconds: float) -> Path:
    from seqlab.authoring import write_notebook
    from seqlab.autograder.reports.pages import printable, render
    from seqlab.whole import write_whole

    page = render("demo.html", row=printable(row), heard=hear(executed), seconds=seconds, notebook="lab5_music.ipynb")
    write_notebook(executed, out / "lab5_music.ipynb")
    write_whole(out / PAGE, page)
    return out / PAGE


# -- from a notebook's outputs to the page ---------------------------------------------------------------------
def hear(notebook: Any) -> Heard:
    """The pictures, sound and numbers of an executed lab 5; SeqlabError names a cell that has not made its own."""
    outputs = {cell.get("id"): cell.get("outputs", []) for cell in notebook.cells if cell.cell_type == "code"}

    def shown(cell: str, *kinds: str) -> tuple[str, str]:
        for output in outputs.get(cell, []):
            for kind in kinds:
                if content := output.get("data", {}).get(kind):
                    return kind, content
        raise SeqlabError(
            f"the notebook's cell {cell} shows {' or '.join(kinds)}",
            got="no such output",
            fix="run the whole notebook again",
        )

    def figure(cell: str) -> str:
        kind, content = shown(cell, "image/svg+xml", "image/png")
        return _data(kind, content.encode()) if kind.endswith("xml") else f"data:{kind};base64,{content.strip()}"

    def inside(cell: str, pattern: str) -> str:
        found = re.search(pattern, shown(cell, "text/html")[1], re.S)
        if not found:
            raise SeqlabError(
                f"the notebook's cell {cell} shows its part", got="something else", fix="run the whole notebook again"
            )
        return found[0]

    def score(cell: str) -> str:
        return _data("image/svg+xml", inside(cell, r"<svg.*</svg>").encode())

    said = "".join(output.get("text", "") for output in outputs.get("choose", []))
    written = re.search(r"Written at τ = ([\d.]+):\s+(.*)", said, re.S)
    trained = re.search(
        r"<(?P<steps>[\d,]+) steps.*?loss (?P<first>[\d.]+) -> (?P<last>[\d.]+)"
        r"(?:, held out (?P<held_out>[\d.]+))?",
        "".join(o.get("data", {}).get("text/plain", "") for o in outputs.get("train", [])),
    )
    return Heard(
        loss_curve=figure("loss-curve"),
        tune_score=score("tune-score"),
        real_score=score("real-score"),
        real_title=html.unescape(re.sub(r"<.*?>", "", inside("real-score", r"<b>.*?</b>"))),
        tune_roll=figure("tune-roll"),
        tune_sound=inside("tune-sound", r"data:audio/[\w.+-]+;base64,[\w+/=]+"),
        tune_abc=written[2].strip() if written else "",
        temperature=written[1] if written else "",
        training={k: v for k, v in trained.groupdict().items() if v} if trained else {},
    )


def _data(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"


# -- what is said meanwhile ------------------------------------------------------------------------------------
def _say(number: str, text: str) -> None:
    print(f"{number}  {text}", file=sys.stderr, flush=True)


@contextmanager
def _stage(number: str, text: str) -> Iterator[None]:
    """A line for a stage; on a terminal a clock runs beside it while it lasts."""
    if not sys.stderr.isatty():
        _say(number, text)
        yield
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console, start = Console(stderr=True, highlight=False), time.monotonic()
    columns = TextColumn(number), SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True) as progress:
        progress.add_task(text, total=None)
        yield
    _say(number, f"{text}: {time.monotonic() - start:.0f} s")
