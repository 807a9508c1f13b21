"""A whole class: every submission graded once, whatever interrupts, and the marks written.

In the folder OUT, run.json keeps the seed, so that a later run or a regrade draws the same hidden cases, and work has
one file for each graded submission; a run that is started again takes these and grades the rest.
"""

import concurrent.futures as cf
import datetime as dt
import fnmatch
import hashlib
import json
import os
import queue
import secrets
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from seqlab import __version__
from seqlab.autograder.course.intake import collect, newest
from seqlab.autograder.course.late import LatePolicy, apply
from seqlab.autograder.course.row import NOT_JUDGED, Row
from seqlab.autograder.course.submission import Submission
from seqlab.autograder.course.unit import Grader, grade_on_worker
from seqlab.autograder.judging.parents import start_parent
from seqlab.errors import SeqlabError
from seqlab.exercises import all_labs, find_lab
from seqlab.places import PACKAGE
from seqlab.whole import write_whole

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
    """What a run gave: the rows, the submissions that could not be matched, and the sandbox's line."""

    rows: list[Row]
    unmatched: list[str] = field(default_factory=list)
    sandbox: str = ""
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
    if settings.out.exists() and not settings.out.is_dir():
        raise SeqlabError("--out is a folder, which may be new", got=f"the file {settings.out}", fix="name another one")
    submissions = _selected(collect(paths, settings.roster), settings)
    seed = _seed(settings)
    work = settings.out / "work"
    done: dict[str, Row] = {}
    faults: list[str] = []
    todo: list[Submission] = []
    for submission in submissions:
        kept = None if settings.regrade else _kept(work / f"{submission.key}.json", submission, settings)
        if kept is None:
            todo.append(submission)
        else:
            done[submission.key] = kept
    on_row(len(done), len(submissions), None)
    grade = _on_cluster if settings.scheduler else _on_this_machine
    for submission, fingerprint, row in grade(todo, seed, settings):
        if row.executed_notebook:
            write_whole(settings.out / "executed" / f"{submission.key}.ipynb", row.executed_notebook)
            row = replace(row, executed_notebook=None)
        if row.fault:
            faults.append(f"{row.notebook}\n{row.fault}")
            row = replace(row, fault=None)
            _log(settings.out, faults[-1])
        if row.status != NOT_JUDGED:  # that is not kept: the same command judges it again
            content = json.dumps({"fingerprint": fingerprint, "row": row.as_dict()})
            write_whole(work / f"{submission.key}.json", content)
        done[submission.key] = row
        on_row(len(done), len(submissions), row)
    rows = [_with_student(done[s.key], s, settings.late) for s in submissions]
    unmatched = [f"{s.label} ({s.note})" for s in submissions if not s.known]
    sandbox = next((row.sandbox for row in rows if row.sandbox), "")
    return Outcome(rows, unmatched, sandbox, faults)


def _log(out: Path, text: str) -> None:
    """Add to the run's log, which is the instructor's: a traceback may show hidden numbers."""
    path = out / "log.txt"
    with open(path, "a", encoding="utf-8", errors="replace") as file:
        os.chmod(path, 0o600)
        file.write(f"{dt.datetime.now(dt.UTC).isoformat(timespec='seconds')} {text}\n")


def _selected(submissions: list[Submission], settings: Settings) -> list[Submission]:
    """The last submission of each student, of those that --since and --only let through."""
    chosen = [s for s, is_last in newest(submissions) if is_last]
    if settings.since:
        chosen = [s for s in chosen if s.submitted_at is None or s.submitted_at >= settings.since]
    if settings.only:
        chosen = [s for s in chosen if any(_names(s, pattern) for pattern in settings.only)]
    if not chosen:
        raise SeqlabError("some hand-in fits --since and --only", got="none", fix="check the names and the time")
    return chosen


def _names(submission: Submission, pattern: str) -> bool:
    names = (
        submission.label,
        Path(submission.member or submission.source).name,
        submission.student.id,
        submission.student.name,
    )
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
                "run.json of a grading folder holds its seed",
                got=f"a damaged {path}",
                fix="name another --out, or give --seed and remove the file",
            ) from None
    seed = settings.seed if settings.seed is not None else kept if kept is not None else secrets.randbits(62)
    if seed != kept:
        for stale in (settings.out / "work").glob("*.json"):
            stale.unlink()  # drawn from another seed
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
        return Row.from_dict(kept["row"]) if kept["fingerprint"] == _fingerprint(_read(submission), settings) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _read(submission: Submission) -> bytes:
    """The submission's bytes; one that cannot be read is graded as an empty file, which is reported."""
    try:
        return submission.data()
    except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError, KeyError, EOFError):
        return b""


def _fingerprint(data: bytes, settings: Settings) -> str:
    """Changes with the submission, the checks, the version of the package and the Python that was asked for."""
    judging = [
        p
        for room in ("checks", "autograder/judging", "autograder/child")
        for p in sorted((PACKAGE / room).glob("*.py"))
    ]
    checks = b"".join(path.read_bytes() for path in (*(lab.checks for lab in all_labs()), *judging))
    return hashlib.sha256(data + checks + f"{__version__}{settings.python or ''}".encode()).hexdigest()


def _on_this_machine(todo: list[Submission], seed: int, settings: Settings) -> Iterator[tuple[Submission, str, Row]]:
    """Grade with threads; each waits for a child of its own, bound to one processor."""
    if not todo:
        return
    grader = Grader(partial(start_parent, settings.python)) if settings.python else Grader()
    try:
        if settings.require_sandbox and not grader.parent.sandboxed:
            raise SeqlabError(
                "--require-sandbox grades only in the full sandbox",
                got=grader.parent.sandbox,
                fix="grade on Linux with user namespaces, or leave the option out",
            )
        grader.parent  # noqa: B018  (started before the threads ask for it)
        available = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [-1]
        cpus: queue.SimpleQueue[int] = queue.SimpleQueue()
        for job in range(settings.jobs):
            cpus.put(available[job % len(available)])

        def grade(submission: Submission) -> tuple[Submission, str, Row]:
            cpu = cpus.get()
            try:
                data = _read(submission)
                row = grader.grade(data, submission.label, seed, settings.lab, cpu, settings.execute)
                return submission, _fingerprint(data, settings), row
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
    """The same units of work on the workers of a Dask cluster; a unit whose worker dies is given to another."""
    try:
        from distributed import Client, Future, as_completed
    except ModuleNotFoundError:
        raise SeqlabError(
            "--scheduler needs the package distributed",
            got="an environment without it",
            fix="pip install 'seqlab[cluster]'",
        ) from None
    try:
        client = Client(settings.scheduler, timeout=20, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise SeqlabError(
            "--scheduler is the address of a Dask scheduler, such as tcp://host:8786",
            got=f"{settings.scheduler} ({type(error).__name__})",
            fix="start one",
        ) from None
    with client, client.as_current():
        rest, futures = iter(todo), {}

        def submit(count: int) -> "list[Future[Row]]":
            new = []
            for submission in rest:
                data = _read(submission)
                future = client.submit(
                    grade_on_worker, data, submission.label, seed, settings.lab, retries=5, pure=False
                )
                futures[future.key] = submission, _fingerprint(data, settings)
                new.append(future)
                if len(new) == count:
                    break
            return new

        ahead = 4 * max(1, sum(client.ncores().values()))
        completed = as_completed(submit(ahead))
        for future in completed:
            submission, fingerprint = futures.pop(future.key)
            row = future.result()
            for following in submit(1):
                completed.add(following)
            yield submission, fingerprint, row


def _with_student(row: Row, submission: Submission, policy: LatePolicy | None) -> Row:
    """The row with what is known of student, time and lateness; found anew in each run, so never stale."""
    when = submission.submitted_at
    row = replace(
        row,
        student={k: v for k, v in asdict(submission.student).items() if v},
        submitted_at=when.isoformat(timespec="seconds") if when else None,
        flags=[*(row.flags or ()), submission.note] if submission.note else row.flags,
    )
    return apply(policy, row, submission.submitted_at) if policy else row
