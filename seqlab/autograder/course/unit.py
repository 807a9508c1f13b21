"""The unit of work of a class: one file in, one row out, in any process that can run a warm parent."""

import hashlib
import threading
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from seqlab.autograder.course.contents import Contents, Unreadable, read_contents
from seqlab.autograder.course.nearly import nearly
from seqlab.autograder.course.row import NOT_JUDGED, ExerciseResult, Row
from seqlab.autograder.judging.children import ParentGone
from seqlab.autograder.judging.court import AS_IT_CAN, Case, Court, JudgeGone, judge_here
from seqlab.autograder.judging.grade import overall
from seqlab.autograder.judging.parents import start_parent
from seqlab.autograder.judging.verdict import Verdict
from seqlab.exercises import LabFolder

TRIES = 3  # a warm parent may be killed under our hands


class Grader:
    """Grades files, one a call, from any number of threads. It holds one parent and some judges and replaces dead ones."""

    apart = AS_IT_CAN  # are answers judged in processes of their own?

    def __init__(self, start: Callable[[], Any] = start_parent) -> None:
        self._start, self._parent, self._lock = start, None, threading.Lock()
        self._court = Court() if self.apart else None

    def prepare(self, cpus: Iterable[int] = (-1,)) -> None:
        """Start a judge for a job on each of these processors, and meanwhile the parent."""
        if self._court:
            self._court.prepare(cpus)
        self.parent  # noqa: B018

    @property
    def parent(self) -> Any:
        """The warm parent, started on first use and again if it has died."""
        with self._lock:
            if self._parent is not None and not self._parent.alive:
                self._parent.close()
                self._parent = None
            if self._parent is None:
                self._parent = self._start()
            return self._parent

    def grade(
        self, data: bytes, label: str, seed: int, lab: str | None = None, cpu: int = -1, execute: float | None = None
    ) -> Row:
        """The row of one file, with the sources of its answers. Whatever is in the file.

        With `execute`, seconds a cell, the whole notebook is run too: `executed` says how that went, and
        `executed_notebook` is its text.
        """
        start = time.monotonic()
        try:
            contents = read_contents(data, label, lab)
        except Unreadable as error:
            return Row(label, lab or "", 0, 0, "error", str(error), answers={})
        try:
            exercises = contents.lab.exercises
        except Exception as error:  # an author's: it must stop neither the run nor the other labs
            what = f"the checks of {contents.lab.id} cannot be loaded ({type(error).__name__}): tell their author"
            return _not_judged(label, contents, what, traceback.format_exc())
        # what leaks of one submission's hidden cases is of no use to the next one, of the same student or another
        own_seed = int.from_bytes(hashlib.sha256(f"{seed}".encode() + data).digest()[:8])
        own = partial(_references, contents.lab)
        case = Case(str(contents.lab.path), exercises, contents.cells, own_seed, contents.python, own)
        for _ in range(TRIES):
            parent = self.parent
            try:
                judged = self._court.judge(case, parent, cpu) if self._court else judge_here(case, parent, cpu)
                break
            except ParentGone:
                continue
            except JudgeGone:
                why = "the process that judges answers died again and again before it began"
                return Row(label, contents.lab.id, 0, 0, "error", why, answers={})
        else:
            why = f"the process that runs students' code died {TRIES} times under it"
            return Row(label, contents.lab.id, 0, 0, "error", why, answers={})
        if judged.faults:
            names = ", ".join(judged.faults)
            what = f"the check of {names} is at fault, not the answer, so there is no mark: tell the lab's author"
            return _not_judged(label, contents, what, "\n".join(judged.faults.values()))
        verdicts, flags = _with_what_is_near(contents, [judged.verdicts[name] for name in exercises])
        flags += [f"{name}: what it gave breaks its check, so judge it by hand" for name in judged.odd]
        flags += [f"{name}: {cost}" for name, cost in judged.costly.items()]
        row = Row(
            label,
            contents.lab.id,
            sum(v.points for v in verdicts),
            sum(e.points for e in exercises.values()),
            overall(verdicts),
            exercises=[ExerciseResult.of(v) for v in verdicts],
            seconds=round(time.monotonic() - start, 3),
            sandbox=parent.sandbox,
            answers=_sources(contents, list(exercises)),
            flags=flags or None,
            fault="\n".join(judged.odd.values()) or None,
        )
        return row if execute is None else _rerun(row, data, execute)

    def close(self) -> None:
        """End the judges and the warm parent."""
        if self._court:
            self._court.close()
        if self._parent is not None:
            self._parent.close()
            self._parent = None


def _rerun(row: Row, data: bytes, seconds_per_cell: float) -> Row:
    from seqlab.autograder.course.rerun import NotRerun, rerun

    try:
        notebook, errors = rerun(data, seconds_per_cell)
    except NotRerun as reason:
        return replace(row, executed=f"not run to its end: {reason}")
    return replace(row, executed=f"run, {errors} cells raised an error", executed_notebook=notebook.decode())


def _not_judged(label: str, contents: Contents, what: str, fault: str) -> Row:
    return Row(label, contents.lab.id, 0, 0, NOT_JUDGED, f"could not be judged: {what}", answers={}, fault=fault)


def _references(lab: LabFolder) -> list[str]:
    """The code cells of the lab's own solution."""
    from seqlab.authoring.source import read_source

    return [cell.solution for cell in read_source(Path(lab.path)).cells if cell.kind == "code"]


def _with_what_is_near(contents: Contents, verdicts: list[Verdict]) -> tuple[list[Verdict], list[str]]:
    """The verdicts that say what lies there instead of a missing answer, and the same for the instructor."""
    told, flags = [], []
    for verdict in verdicts:
        near = nearly(contents, verdict)
        told.append(replace(verdict, message=f"{verdict.message}; {near}") if near else verdict)
        if near:
            flags.append(near if near.startswith(verdict.exercise) else f"{verdict.exercise}: {near}")
    return told, flags


def _sources(contents: Contents, names: list[str]) -> dict[str, str]:
    """The last cell that seems to define each answer, for comparing submissions with each other."""
    found = {}
    for cell in contents.cells:
        for name in names:
            if f"def {name}(" in cell or f"class {name}(" in cell or f"{name} = " in cell:
                found[name] = cell[:20_000]
    return found
