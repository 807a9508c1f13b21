"""A whole class: every submission graded once, whatever interrupts, and the marks written.

In the folder OUT, run.json keeps the seed, so that a later run or a regrade draws the same hidden cases, and work has
one file for each graded submission; a run that is started again takes these and grades the rest. class.json has all
rows of the class, to which a run adds (`record.py`).
"""

import concurrent.futures as cf
import datetime as dt
import fnmatch
import json
import os
import queue
import secrets
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from seqlab import __version__
from seqlab.autograder.course.cluster import grade_on_cluster
from seqlab.autograder.course.deciding import decided
from seqlab.autograder.course.fingerprint import fingerprint
from seqlab.autograder.course.folder import check_folder, make_folder
from seqlab.autograder.course.intake import Line, collect
from seqlab.autograder.course.late import LatePolicy
from seqlab.autograder.course.names import file_name
from seqlab.autograder.course.record import Record, absent
from seqlab.autograder.course.row import NOT_JUDGED, Row
from seqlab.autograder.course.submission import Student, Submission
from seqlab.autograder.course.unit import Grader
from seqlab.autograder.course.worker import Unit, unit
from seqlab.autograder.judging.parents import start_parent
from seqlab.errors import SeqlabError
from seqlab.exercises import find_lab, lab_id
from seqlab.terminal import harmless
from seqlab.whole import write_whole

MAX_LOGGED = 20_000  # bytes of a traceback that are kept: a student's value may stand in it, however large

_Item = TypeVar("_Item")
_Done = TypeVar("_Done")


@dataclass(frozen=True)
class Settings:
    """What a run was asked for."""

    out: Path
    seed: int | None = None
    lab: str | None = None
    jobs: int = 1
    roster: Path | None = None
    gradebook: Path | None = None
    times: Path | None = None
    platform: str = "auto"
    late: LatePolicy | None = None
    since: dt.datetime | None = None
    only: tuple[str, ...] = ()
    regrade: bool = False
    scheduler: str | None = None
    require_sandbox: bool = False
    execute: float | None = None  # seconds a cell, to run whole notebooks too
    python: str | None = None  # the Python that runs students' code, if not this one


@dataclass
class Outcome:
    """What a run gave, the sandbox's line, and what the folder now holds of the class."""

    rows: list[Row]  # of this run
    unmatched: list[str] = field(default_factory=list)
    sandbox: str = ""
    everyone: list[Row] = field(default_factory=list)  # of this run and those before it
    lines: list[Line] = field(default_factory=list)  # the manifest
    missing: list[Student] = field(default_factory=list)  # on the roster, or in the gradebook, and nothing is here
    notes: list[str] = field(default_factory=list)  # what intake has taken for granted
    faults: list[str] = field(default_factory=list)  # tracebacks of checks that broke; they stand in OUT/log.txt

    @property
    def complete(self) -> bool:
        """Could every submission be graded?"""
        return all(row.exercises for row in self.rows)


OnRow = Callable[[int, int, Row | None], None]  # done, all, the row that came


def grade_class(paths: list[Path], settings: Settings, on_row: OnRow = lambda *_: None) -> Outcome:
    """Grade all that lies below the paths; SeqlabError where nothing can be started."""
    if settings.lab:
        find_lab(settings.lab)
    if settings.python and settings.scheduler:
        raise SeqlabError(
            "--python is for this machine", got="--scheduler too", fix="start the workers with the Python that you want"
        )
    check_folder(settings.out, paths)
    intake = collect(
        paths,
        settings.roster,
        gradebook=settings.gradebook,
        times=settings.times,
        lab=lab_id(settings.lab) if settings.lab else None,
        platform=settings.platform,
        out=settings.out,
    )
    submissions = _selected(intake.submissions, settings)
    make_folder(settings.out)
    done, faults = _graded(submissions, settings, on_row)
    rows = decided(submissions, done, intake.lines, settings.late)
    sources = {submission.source for submission in submissions}
    run = Record([(submission.source, row) for submission, row in rows], intake.lines)
    left_out = {s.source for s in intake.submissions} - sources
    record = Record.read(settings.out).with_run(run, [os.path.abspath(path) for path in paths], left_out)
    record.write(settings.out)
    everyone = [row for _, row in record.rows]
    return Outcome(
        [row for _, row in rows],
        [f"{s.label} ({'; '.join(s.flags) or 'not on the roster'})" for s in submissions if not s.known],
        next((row.sandbox for row in everyone if row.sandbox), ""),
        everyone,
        record.lines,
        absent(intake.missing, everyone),
        intake.notes,
        faults,
    )


def _graded(submissions: list[Submission], settings: Settings, on_row: OnRow) -> tuple[dict[str, Row], list[str]]:
    """What came of each submission, by its key, from an earlier run or graded now; and tracebacks of broken checks."""
    seed = _seed(settings)
    settings = replace(settings, seed=seed)
    work = settings.out / "work"
    done: dict[str, Row] = {}
    faults: list[str] = []
    todo: list[Submission] = []
    for submission in submissions:
        kept = None if settings.regrade else _kept(work / f"{submission.key}.json", submission, settings)
        if submission.problem:
            done[submission.key] = Row(submission.label, submission.lab, 0, 0, "error", submission.problem, answers={})
        elif kept is None:
            todo.append(submission)
        else:
            done[submission.key] = kept
    on_row(len(done), len(submissions), None)
    grade = _on_cluster if settings.scheduler else _on_this_machine
    for submission, made_of, row in grade(todo, seed, settings):
        if row.executed_notebook:
            write_whole(settings.out / "executed" / f"{submission.key}.ipynb", row.executed_notebook)
            row = replace(row, executed_notebook=None)
        if row.fault:
            faults.append(f"{harmless(row.notebook)}\n{_capped(row.fault)}")
            row = replace(row, fault=None)
            _log(settings.out, faults[-1])
        if row.status != NOT_JUDGED:  # that is not kept: the same command judges it again
            content = json.dumps({"fingerprint": made_of, "row": row.as_dict()})
            write_whole(work / f"{submission.key}.json", content)
        done[submission.key] = row
        on_row(len(done), len(submissions), row)
    return done, faults


def _log(out: Path, text: str) -> None:
    """Add to the run's log, which is the instructor's: a traceback may show hidden numbers."""
    handle = os.open(out / "log.txt", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with open(handle, "a", encoding="utf-8", errors="replace") as file:
        file.write(f"{dt.datetime.now(dt.UTC).isoformat(timespec='seconds')} {harmless(text, lines=True)}\n")


def _capped(text: str) -> str:
    """A text's beginning and its end, where a traceback says what happened."""
    data, half = text.encode("utf-8", "replace"), MAX_LOGGED // 2 - 10
    return text if len(data) <= MAX_LOGGED else (data[:half] + b"\n...\n" + data[-half:]).decode("utf-8", "ignore")


def _selected(submissions: list[Submission], settings: Settings) -> list[Submission]:
    """The submissions that --since and --only let through; a time that is not known is not too early."""
    chosen = submissions
    if settings.since:
        chosen = [s for s in chosen if s.submitted_at is None or s.submitted_at >= settings.since]
    if settings.only:
        chosen = [s for s in chosen if any(_names(s, pattern) for pattern in settings.only)]
    if not chosen:
        raise SeqlabError("some hand-in fits --since and --only", got="none", fix="check the names and the time")
    return chosen


def _names(submission: Submission, pattern: str) -> bool:
    names = [submission.label, file_name(submission.label)]
    names += [name for student in submission.students for name in student.known().values()]
    return any(fnmatch.fnmatch(name, pattern) or name == pattern for name in names)


def _seed(settings: Settings) -> int:
    """The run's seed: as asked for, else the one kept from before, else a fresh one, which is kept."""
    path = settings.out / "run.json"
    kept = None
    if path.is_file():
        try:
            kept = int(json.loads(path.read_text(encoding="utf-8"))["seed"])
        except (ValueError, KeyError, TypeError):
            raise SeqlabError(
                "run.json of a grading folder holds its seed", got=f"a damaged {path}", fix="name another --out"
            ) from None
    seed = settings.seed if settings.seed is not None else kept if kept is not None else secrets.randbits(62)
    if seed != kept:
        content = {
            "seed": seed,
            "seqlab": __version__,
            "started": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        }
        write_whole(path, json.dumps(content) + "\n")
        os.chmod(path, 0o600)  # the seed is the instructor's
    return seed


def _kept(path: Path, submission: Submission, settings: Settings) -> Row | None:
    """The row of an earlier run, if file and checks are still what they were."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        same = kept["fingerprint"] == _fingerprint(_read(submission), submission.lab, settings)
        return Row.from_dict(kept["row"]) if same else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _read(submission: Submission) -> bytes:
    """The submission's bytes; one that cannot be read is graded as an empty file, which is reported."""
    try:
        return submission.read()
    except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError, KeyError, EOFError):
        return b""


def _fingerprint(data: bytes, lab: str, settings: Settings) -> str:
    return fingerprint(data, lab, settings.seed, settings.execute, settings.python)


def _on_this_machine(todo: list[Submission], seed: int, settings: Settings) -> Iterator[tuple[Submission, str, Row]]:
    """Grade with threads; each waits for a judge and a child of its own, bound to one processor."""
    if not todo:
        return
    grader = Grader(partial(start_parent, settings.python, (settings.out,)))
    available = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [-1]
    processors = [available[job % len(available)] for job in range(settings.jobs)]
    try:
        grader.prepare(processors)
        if settings.require_sandbox and not grader.parent.sandboxed:
            raise SeqlabError(
                "--require-sandbox grades only in the full sandbox",
                got=grader.parent.sandbox,
                fix="grade on Linux with user namespaces, or leave the option out",
            )
        cpus: queue.SimpleQueue[int] = queue.SimpleQueue()
        for processor in processors:
            cpus.put(processor)

        def grade(submission: Submission) -> tuple[Submission, str, Row]:
            cpu = cpus.get()
            try:
                data = _read(submission)
                row = grader.grade(data, submission.label, seed, submission.lab, cpu, settings.execute)
                return submission, _fingerprint(data, submission.lab, settings), row
            finally:
                cpus.put(cpu)

        with cf.ThreadPoolExecutor(settings.jobs) as pool:
            try:
                yield from _bounded(pool, grade, todo, 2 * settings.jobs)
            except BaseException:  # Ctrl-C: what is under way is given up, what is done is kept
                pool.shutdown(wait=False, cancel_futures=True)
                grader.close()
                raise
    finally:
        grader.close()


def _bounded(pool: cf.Executor, work: Callable[[_Item], _Done], items: Iterable[_Item], ahead: int) -> Iterator[_Done]:
    """Results as they come, with only a few items under way: memory stays flat however large the class is."""
    waiting: set[cf.Future[_Done]] = set()
    rest = iter(items)
    while True:
        for item in rest:
            waiting.add(pool.submit(work, item))
            if len(waiting) >= ahead:
                break
        if not waiting:
            return
        ready, waiting = cf.wait(waiting, return_when=cf.FIRST_COMPLETED)
        for future in ready:
            yield future.result()


def _on_cluster(todo: list[Submission], seed: int, settings: Settings) -> Iterator[tuple[Submission, str, Row]]:
    """The same units of work on the workers of a Dask cluster; what no worker got through is graded again next time."""

    def ask(submission: Submission) -> Unit:
        return unit(submission.label, submission.lab, seed, settings.execute, settings.require_sandbox)

    for submission, data, row in grade_on_cluster(todo, settings.scheduler or "", _read, ask):
        yield submission, "" if data is None else _fingerprint(data, submission.lab, settings), row
