"""What starts the processes for students' code, and knows how each ended."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from typing import Any

from seqlab.autograder.judging.children import START_SECONDS, Child, ParentGone, environment
from seqlab.autograder.judging.interpreter import interpreter
from seqlab.autograder.judging.ordinary import OrdinaryParent
from seqlab.autograder.wire.channel import Channel, Gone, OutOfTime
from seqlab.errors import SeqlabError


class WarmParent:
    """A process that has imported TensorFlow and forks a child in a moment. Use it as a context manager."""

    def __init__(
        self,
        program: tuple[str, ...] = ("-m", "seqlab.autograder.child.warm"),
        python: str | None = None,
        beside: Iterable[os.PathLike[str]] = (),
    ) -> None:
        runs = interpreter(python)
        self.python = runs.version
        ours, theirs = socket.socketpair()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115
        self.process = subprocess.Popen(
            [runs.program, "-P", *program, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._log,
            env=environment(),
            start_new_session=True,
        )
        theirs.close()
        self._socket, self._control = ours, Channel(ours)
        self._lock, self._hung_up = threading.Lock(), False
        self._wait_ready([os.path.abspath(path) for path in beside])

    def _wait_ready(self, beside: list[str]) -> None:
        self._control.deadline = time.monotonic() + START_SECONDS
        try:
            self._control.send(beside)
            ready = self._control.receive()
        except (Gone, OutOfTime):
            ready = None
        self._control.deadline = None
        match ready:
            case ["ready", str(line), bool(full)]:
                self.sandbox, self.sandboxed = line, full
                return
        self._log.seek(0)
        last = self._log.read().decode(errors="replace").strip().splitlines()[-1:] or ["no reason given"]
        self.close()
        raise SeqlabError(
            "the process that runs students' code could not start",
            got=last[0],
            fix="check that TensorFlow imports in this environment, and that another user than root can read it",
        )

    @property
    def alive(self) -> bool:
        """Is the process there, and has it not hung up? One that is dying is still there for a moment."""
        return not self._hung_up and self.process.poll() is None

    def spawn(self, cpu: int = -1) -> Child:
        """A fresh fork, ready to answer; bound to one processor if `cpu` names it. ParentGone if it died."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                return Child(self, self._request(f"fork {cpu}", theirs.fileno()), Channel(ours))
            except ParentGone:
                ours.close()
                raise

    def end(self, pid: int, patience: float = 0.0) -> int:
        """Kill a child with all that it started; but let one whose connection is gone have the time to end by itself.

        Returns how it had ended by itself: its exit status, negative for a signal; 0 if it was alive.
        """
        until = time.monotonic() + patience
        while time.monotonic() < until and not self._request(f"ended {pid}"):
            time.sleep(0.005)
        return self._request(f"end {pid}")

    def _request(self, words: str, *fds: int) -> int:
        with self._lock:
            try:
                socket.send_fds(self._socket, [words.encode()], fds)
                return int(self._control.receive())
            except (OSError, Gone):
                self._hung_up = True
                raise ParentGone from None

    def close(self) -> None:
        self._socket.close()
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._log.close()

    def __enter__(self) -> "WarmParent":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()


def start_parent(python: str | None = None, beside: Iterable[os.PathLike[str]] = ()) -> WarmParent | OrdinaryParent:
    """The parent for this system: a warm one where TensorFlow survives a fork, else ordinary processes.

    python: the program that runs students' code, if not this one; a SeqlabError says what it lacks. beside: what no child
    may see, wherever it lies, such as the folder of results.
    """
    return WarmParent(python=python, beside=beside) if sys.platform == "linux" else OrdinaryParent(python)


def self_test(python: str | None = None) -> tuple[str, list[dict[str, Any]]]:
    """The sandbox's line on this machine, and its promises, each with what came of trying it from inside."""
    command = [interpreter(python).program, "-P", "-m", "seqlab.autograder.child.self_test"]
    asked = subprocess.run(command, env=environment(), capture_output=True, text=True)
    try:
        line, _, promises = json.loads(asked.stdout)
    except ValueError:
        reason = (asked.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise SeqlabError("the sandbox can be tried", got=reason) from None
    return line, promises
