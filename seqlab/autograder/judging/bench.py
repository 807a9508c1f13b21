"""The judge: a process of its own in which a hand-in's answers are judged, with limits, one hand-in after another.

    python -P -m seqlab.autograder.judging.bench FD CPU

What an answer gives back is decoded, compared and shown here, and whatever that costs, it costs this process: so much
memory, so much processor time an exercise, on the processor on which that hand-in's own child runs. It is told what to
judge over the socket FD (`frames.py`), asks there for children, and tells each verdict as soon as it is known, so that its
death costs the exercise under way and nothing else (`court.py`). It never loads TensorFlow.
"""

import contextlib
import os
import socket
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

from seqlab.autograder.judging.children import Child, ParentGone
from seqlab.autograder.judging.exercise import Exercise
from seqlab.autograder.judging.frames import Frames
from seqlab.autograder.judging.grade import Answers
from seqlab.autograder.judging.verdict import Verdict
from seqlab.autograder.wire.channel import Channel, Gone
from seqlab.exercises import LabFolder

try:
    import resource
except ModuleNotFoundError:  # Windows
    resource = cast(Any, None)

MEMORY = 2 * 2**30  # bytes of address space beyond what a fresh judge has
CPU_SECONDS = 60  # of processor time for an exercise: the costliest of the labs takes two
MAX_TRACE = 20_000  # characters of a traceback: a student's value may stand in it


class ParentAsked:
    """The warm parent, as the judge sees it: the tester starts and ends children, and hands over their sockets."""

    def __init__(self, tester: Frames) -> None:
        self.tester, self.python = tester, ""

    def spawn(self) -> Child:
        """A fresh child; ParentGone if the parent has died."""
        self.tester.send(["spawn"])
        match self.tester.receive():
            case ["child", int(pid), str(python)], [handle]:
                self.python = python
                return Child(self, pid, Channel(socket.socket(fileno=handle)))
        raise ParentGone

    def end(self, pid: int, patience: float = 0.0) -> int:
        """`WarmParent.end`."""
        self.tester.send(["end", pid, patience > 0])
        match self.tester.receive():
            case ["ended", int(status)], []:
                return status
        raise ParentGone


def hear(
    tester: Frames,
    lab: str,
    names: Sequence[str],
    cells: list[str],
    seed: int,
    python: str,
    seconds: float,
    has_hidden: bool,
) -> None:
    """Judge these exercises of one hand-in, and tell the tester of each when it begins and what came of it.

    Each begins twice, with its worked examples and with the rest, and may be told twice: the last counts. has_hidden: a
    judge that died may have given hidden numbers to this hand-in.
    """
    spent: dict[str, float] = {}

    def references() -> list[str]:
        """The lab's own answers, which the tester reads only when a check has broken."""
        tester.send(["references"])
        (_, told), _ = tester.receive()
        if told is None:
            raise OSError("the lab's own answers cannot be read")
        return list(told)

    exercises = LabFolder(Path(lab)).exercises
    chosen = {name: exercises[name] for name in names}
    answers = Answers(cells, chosen, ParentAsked(tester).spawn, python, references)
    answers.until = time.monotonic() + seconds
    answers.has_hidden = has_hidden

    def tell(name: str, judged: Callable[[Exercise, int], Verdict | None]) -> None:
        tester.send(["at", name])
        allow_processor(spent.get(name, 0.0))
        start = time.process_time()
        verdict = judged(chosen[name], seed)
        spent[name] = time.process_time() - start
        if verdict is not None:
            broke = [trace and trace[-MAX_TRACE:] for trace in (answers.faults.get(name), answers.odd.get(name))]
            tester.send(["verdict", name, asdict(verdict), *broke])

    try:
        if not has_hidden:
            for name in chosen:
                tell(name, answers.show)
            tester.send(["hidden"])
            answers.begin_hidden()
        for name in chosen:
            if not answers.settled(name):
                tell(name, answers.judge)
    except ParentGone:
        tester.send(["parent gone"])
        answers.child = None
        return
    with contextlib.suppress(ParentGone):
        answers.end()
    tester.send(["done", most_memory()])


def limit_memory() -> None:
    """So much address space beyond what is mapped now: what asks for more gets a MemoryError, and costs one exercise."""
    if sys.platform == "linux":
        mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (mapped + MEMORY, mapped + MEMORY))


def allow_processor(spent: float = 0.0) -> None:
    """So much processor time from now on, less what was spent before; the system ends what takes more."""
    if resource is not None:
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        seconds = int(time.process_time() - spent) + 1 + CPU_SECONDS
        resource.setrlimit(resource.RLIMIT_CPU, (seconds if hard < 0 else min(seconds, hard), hard))


def most_memory() -> int:
    """The most bytes that this process has held at a time; 0 where that is not known."""
    if sys.platform != "linux":
        return 0
    # not getrusage's maximum, which is that of the process that started this one, if that was larger
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def main(handle: int, cpu: int) -> None:
    """Judge until the tester hangs up."""
    tester = Frames(socket.socket(fileno=handle))
    sys.argv[:] = sys.orig_argv[:] = [""]
    if cpu >= 0 and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {cpu})
    limit_memory()
    tester.send(["ready"])
    while True:
        case, _ = tester.receive()
        hear(tester, *case)


if __name__ == "__main__":
    try:
        main(int(sys.argv[1]), int(sys.argv[2]))
    except (Gone, KeyboardInterrupt):
        os._exit(0)
