"""Processes for students' code, as the tester sees them: start one, talk to it, end it."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from typing import Any

from seqlab.autograder.channel import Channel, Gone, OutOfTime
from seqlab.autograder.remote import RemoteRuntime
from seqlab.errors import SeqlabError

START_SECONDS = 120.0  # importing TensorFlow on a cold disk


class ParentGone(Exception):
    """The warm parent itself has died; what was under way must be graded again."""


class WarmParent:
    """A process that has imported TensorFlow and forks a child in a moment. Use it as a context manager."""

    def __init__(self, program: tuple[str, ...] = ("-m", "seqlab.autograder.warm")) -> None:
        ours, theirs = socket.socketpair()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115
        self.process = subprocess.Popen(
            [sys.executable, "-P", *program, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._log,
            env=environment(),
            start_new_session=True,
        )
        theirs.close()
        self._socket, self._control = ours, Channel(ours)
        self._lock = threading.Lock()
        self._wait_ready()

    def _wait_ready(self) -> None:
        self._control.deadline = time.monotonic() + START_SECONDS
        try:
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
            fix="check that TensorFlow imports in this environment",
        )

    @property
    def alive(self) -> bool:
        """Is the process there?"""
        return self.process.poll() is None

    def spawn(self, cpu: int = -1) -> "Child":
        """A fresh fork, ready to answer; bound to one processor if `cpu` names it. ParentGone if it died."""
        ours, theirs = socket.socketpair()
        with theirs:
            return Child(self, self._request(f"fork {cpu}", theirs.fileno()), Channel(ours))

    def end(self, pid: int) -> int:
        """Kill a child with all that it started.

        Returns how it had ended by itself: its exit status, negative for a signal; 0 if it was alive.
        """
        return self._request(f"end {pid}")

    def _request(self, words: str, *fds: int) -> int:
        with self._lock:
            try:
                socket.send_fds(self._socket, [words.encode()], fds)
                return int(self._control.receive())
            except (OSError, Gone):
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


class Child:
    """One process with a student's code in it."""

    def __init__(self, parent: Any, pid: int, channel: Channel):
        self.parent, self.pid, self.channel = parent, pid, channel
        self.runtime = RemoteRuntime(channel)
        self.status: int | None = None

    def within(self, seconds: float) -> RemoteRuntime:
        """The child's runtime, with so much time from now for all that is asked of it."""
        self.channel.deadline = time.monotonic() + seconds
        return self.runtime

    def end(self) -> int:
        """End it; how it had ended by itself, 0 if it had not."""
        if self.status is None:
            self.channel.close()
            self.status = self.parent.end(self.pid)
        return self.status


def environment() -> dict[str, str]:
    """The children's environment: what Python and TensorFlow need, and no path, key or name of the instructor's."""
    keep = ("LANG", "LC_ALL", "SYSTEMROOT", "LD_LIBRARY_PATH") + (() if os.name == "posix" else ("PATH",))
    path = {"PATH": "/usr/local/bin:/usr/bin:/bin"} if os.name == "posix" else {}
    return (
        {k: v for k, v in os.environ.items() if k in keep}
        | path
        | {
            "CUDA_VISIBLE_DEVICES": "-1",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "TF_NUM_INTRAOP_THREADS": "1",  # small matrices: threads cost more than they give
            "TF_NUM_INTEROP_THREADS": "1",
            "OMP_NUM_THREADS": "1",
            "MALLOC_ARENA_MAX": "2",  # address space is what the sandbox limits
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONHASHSEED": "0",
        }
    )


def start_parent() -> Any:
    """The parent for this system: a warm one where TensorFlow survives a fork, else ordinary processes."""
    if sys.platform == "linux":
        return WarmParent()
    from seqlab.autograder.ordinary import OrdinaryParent

    return OrdinaryParent()
