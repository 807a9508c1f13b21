"""Where there is no fork that TensorFlow survives (macOS, Windows): an ordinary child process a submission.

The commands are the same and so is the protocol; what is missing of the sandbox is said in its line.
"""

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time

from seqlab.autograder.judging.children import START_SECONDS, Child, environment
from seqlab.autograder.judging.interpreter import interpreter
from seqlab.autograder.wire.channel import Channel
from seqlab.errors import SeqlabError


class OrdinaryParent:
    """Starts a Python process for each child, the next one ahead of time. Same interface as `WarmParent`."""

    alive = True
    sandboxed = False

    def __init__(self, python: str | None = None) -> None:
        self._interpreter = interpreter(python)
        self.python = self._interpreter.version
        limits = "" if sys.platform == "win32" else "and memory limits, "
        self.sandbox = (
            f"Sandbox: REDUCED. Students' code has processes of its own, deadlines {limits}but not namespaces or a "
            f"system-call filter (files and network are not hidden): {sys.platform} has none that seqlab can use."
        )
        self._running: dict[int, subprocess.Popen[bytes]] = {}
        self._next = self._start()

    def _start(self) -> tuple[subprocess.Popen[bytes], socket.socket, str]:
        server = socket.create_server(("127.0.0.1", 0))
        password = secrets.token_hex(16)
        process = subprocess.Popen(
            [self._interpreter.program, "-P", "-m", "seqlab.autograder.child.ordinary"],
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        assert process.stdin is not None  # a pipe, as asked for
        process.stdin.write(f"{server.getsockname()[1]} {password}\n".encode())
        process.stdin.close()
        return process, server, password

    def spawn(self, cpu: int = -1) -> Child:
        """A fresh process, ready to answer."""
        process, server, password = self._next
        self._next = self._start()
        until = time.monotonic() + START_SECONDS
        with server:
            while True:
                server.settimeout(max(0.1, until - time.monotonic()))
                try:
                    connection, _ = server.accept()
                    connection.settimeout(5)
                    if connection.recv(32) == password.encode():
                        break
                    connection.close()  # some other program of this machine
                except TimeoutError:
                    process.kill()
                    raise SeqlabError(
                        "a process for students' code starts within two minutes",
                        got="none",
                        fix="check that TensorFlow imports in this environment",
                    ) from None
        self._running[process.pid] = process
        return Child(self, process.pid, Channel(connection))

    def end(self, pid: int, patience: float = 0.0) -> int:
        """Kill a child and its process group; how it had ended by itself, 0 if it had not within the patience."""
        process = self._running.pop(pid)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
        status = process.returncode
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
        process.kill()
        process.wait()
        return status or 0

    def close(self) -> None:
        process, server, _ = self._next
        server.close()
        self._running[process.pid] = process
        for pid in list(self._running):
            self.end(pid)

    def __enter__(self) -> "OrdinaryParent":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
