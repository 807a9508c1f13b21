"""The tester's side of judging: a judge for each job, in a process that may die, and what its death costs.

The tester itself looks at nothing that an answer gave back. It starts judges (`bench.py`), gives each one hand-in after
another, starts and ends children for them, and keeps the verdicts. A judge that dies is replaced, and the next one goes on
with the rest of that hand-in. What was under way is tried once more where somebody else may have killed the judge; else
that exercise gets no points, and the instructor is told. On macOS there are judges as well, without the limit of memory.
Windows cannot hand a socket over: there `AS_IT_CAN` is False, and checks run in the tester's own process (`judge_here`).
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from seqlab.autograder.judging.bench import CPU_SECONDS, MEMORY
from seqlab.autograder.judging.children import START_SECONDS, Child, ParentGone
from seqlab.autograder.judging.exercise import Exercise
from seqlab.autograder.judging.frames import Frames
from seqlab.autograder.judging.grade import TOTAL_SECONDS, Answers
from seqlab.autograder.judging.verdict import Verdict
from seqlab.autograder.wire.channel import Gone, OutOfTime

AS_IT_CAN = hasattr(socket, "send_fds")
GRACE = 120.0  # seconds beside the children's: what a judge may take for a hand-in
MUCH = 600 * 2**20  # bytes: a judge that has held more is replaced, a fresh one holds a tenth
TRIES = 3  # judges that die before they begin to judge


class JudgeGone(Exception):
    """Judges die again and again before they have judged anything, or the court was closed."""


class Died(Exception):
    """A judge died, or was ended, over an exercise; `why` is what that one asked too much of, "" if it is not known."""

    def __init__(self, at: str, why: str) -> None:
        super().__init__(at, why)
        self.at, self.why = at, why


@dataclass(frozen=True)
class Case:
    """The answers of one hand-in, and what they are judged by."""

    lab: str  # its folder
    exercises: dict[str, Exercise]
    cells: list[str]
    seed: int
    python: str = ""
    references: Callable[[], list[str]] | None = None


@dataclass
class Judgement:
    """A verdict for each exercise; see `Answers` for faults and odd. `costly`: whose judging cost too much, in words."""

    verdicts: dict[str, Verdict] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    odd: dict[str, str] = field(default_factory=dict)
    costly: dict[str, str] = field(default_factory=dict)
    has_hidden: bool = False  # may a child have been given hidden numbers?


class Judge:
    """One judge's process."""

    def __init__(self, cpu: int = -1) -> None:
        ours, theirs = socket.socketpair()
        log = tempfile.TemporaryFile()  # noqa: SIM115
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "seqlab.autograder.judging.bench", str(theirs.fileno()), str(cpu)],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                env=os.environ | threads,
                start_new_session=True,
            )
        self.frames, self.log, self.begun = Frames(ours), log, False
        self.close = weakref.finalize(self, _close, self.process, ours, log)

    def hear(self, case: Case, names: list[str], parent: Any, cpu: int, until: float, into: Judgement) -> None:
        """Have exercises of a hand-in judged. Died, if the judge did; ParentGone, if the warm parent did."""
        running: dict[int, Child] = {}
        at = ""
        try:
            if not self.begun:
                self.frames.receive(time.monotonic() + START_SECONDS)
                self.begun = True
            seconds = max(0.0, until - time.monotonic())
            self.frames.send([case.lab, names, case.cells, case.seed, case.python, seconds, into.has_hidden])
            while True:
                match self.frames.receive(until + GRACE)[0]:
                    case ["at", str(at)]:
                        pass
                    case ["verdict", str(name), dict(told), fault, odd]:
                        at = ""
                        into.verdicts[name] = Verdict(**told | {"cases": tuple(told["cases"])})
                        into.faults |= {name: fault} if fault else {}
                        into.odd |= {name: odd} if odd else {}
                    case ["hidden"]:
                        at, into.has_hidden = "", True
                    case ["done", int(memory)]:
                        if memory > MUCH:
                            self.close()
                        return
                    case ["parent gone"]:
                        raise ParentGone
                    case asked:
                        self._serve(asked, case, parent, cpu, running)
        except Gone:
            raise Died(at, self._why()) from None
        except OutOfTime:
            raise Died(at, f"more than {GRACE / 60:g} minutes") from None
        finally:
            for child in running.values():
                with contextlib.suppress(ParentGone):
                    child.end()

    def _serve(self, asked: list[Any], case: Case, parent: Any, cpu: int, running: dict[int, Child]) -> None:
        """What only the tester can do: start and end children, read the lab's own answers."""
        try:
            match asked:
                case ["spawn"]:
                    child = parent.spawn(cpu)
                    running[child.pid] = child
                    self.frames.send(["child", child.pid, child.python], child.channel.sock.fileno())
                    child.channel.close()
                case ["end", int(pid), bool(gone)]:
                    self.frames.send(["ended", running.pop(pid).end(gone) if pid in running else 0])
                case ["references"]:
                    self.frames.send(["references", _told(case.references)])
        except ParentGone:
            self.frames.send(["parent gone"])

    def _why(self) -> str:
        """What it died of, if that was a limit of its own."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5)  # its socket closes a moment before it ends
        if hasattr(signal, "SIGXCPU") and self.process.poll() == -signal.SIGXCPU:
            return f"more than {CPU_SECONDS} seconds of processor time"
        with contextlib.suppress(ValueError, OSError):  # the court was closed
            self.log.seek(max(0, self.log.seek(0, os.SEEK_END) - 2000))
            if b"MemoryError" in self.log.read():
                return f"more than {MEMORY >> 30} GB of memory"
        return ""


class Court:
    """The judges of a run, one a job, which wait for the next hand-in; from any number of threads."""

    def __init__(self) -> None:
        self._idle: dict[int, list[Judge]] = {}
        self._all: weakref.WeakSet[Judge] = weakref.WeakSet()
        self._lock, self._closed = threading.Lock(), False

    def prepare(self, cpus: Iterable[int]) -> None:
        """Start a judge for each of these processors; they import while the caller does something else."""
        for cpu in cpus:
            self._put_back(self._start(cpu), cpu)

    def judge(self, case: Case, parent: Any, cpu: int = -1) -> Judgement:
        """Judge a hand-in on one processor. ParentGone if the warm parent died, JudgeGone if no judge lives."""
        into, tried, lost = Judgement(), set[str](), 0
        until = time.monotonic() + TOTAL_SECONDS
        while rest := [name for name in case.exercises if name not in into.verdicts]:
            judge = self._take(cpu)
            try:
                judge.hear(case, rest, parent, cpu, until, into)
            except Died as death:
                judge.close()
                lost += not death.at
                if lost == TRIES:
                    raise JudgeGone from None
                told = death.at in into.verdicts  # by its worked examples
                if death.at and not told and (death.why or death.at in tried):
                    _found_too_costly(case.exercises[death.at], death.why, into)
                tried.add(death.at)  # killed perhaps by somebody else: once more
            except BaseException:
                judge.close()
                raise
            else:
                self._put_back(judge, cpu)
        into.verdicts = {name: into.verdicts[name] for name in case.exercises}
        return into

    def close(self) -> None:
        """End all judges, those at work too."""
        with self._lock:
            self._closed = True
            self._idle.clear()
        for judge in list(self._all):
            judge.close()

    def _start(self, cpu: int) -> Judge:
        judge = Judge(cpu)
        self._all.add(judge)
        return judge

    def _take(self, cpu: int) -> Judge:
        with self._lock:
            if self._closed:
                raise JudgeGone
            idle = self._idle.get(cpu, [])
            while idle:
                judge = idle.pop()
                if judge.process.poll() is None:
                    return judge
                judge.close()
        return self._start(cpu)

    def _put_back(self, judge: Judge, cpu: int) -> None:
        with self._lock:
            if judge.close.alive and not self._closed:
                self._idle.setdefault(cpu, []).append(judge)


def judge_here(case: Case, parent: Any, cpu: int = -1) -> Judgement:
    """Judge a hand-in in this process: where there is nothing hostile, or the system cannot do better."""
    answers = Answers(case.cells, case.exercises, lambda: parent.spawn(cpu), case.python, case.references)
    verdicts = {verdict.exercise: verdict for verdict in answers.judge_all(case.seed)}
    return Judgement(verdicts, answers.faults, answers.odd)


def _found_too_costly(exercise: Exercise, why: str, into: Judgement) -> None:
    cost = why or "its process, which died twice"
    what = f"what {exercise.name} gave back costs the check {cost}: give back only what is asked for"
    into.costly[exercise.name] = f"judging it cost {cost}, so look at it by hand"
    into.verdicts[exercise.name] = Verdict(exercise.name, 0, exercise.points, "error", what, title=exercise.title)


def _told(references: Callable[[], list[str]] | None) -> list[str] | None:
    """The lab's own answers, None if they cannot be read: then a doubt is the author's."""
    try:
        return references() if references else []
    except Exception:
        return None


def _close(process: subprocess.Popen[bytes], *files: Any) -> None:
    process.kill()
    process.wait()
    for file in files:
        file.close()
