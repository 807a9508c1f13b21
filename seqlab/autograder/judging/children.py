"""A process with a student's code in it, as the tester sees it: talk to it, end it."""

import os
import time
from typing import Any

from seqlab.autograder.judging.remote import RemoteRuntime
from seqlab.autograder.wire.channel import Channel

START_SECONDS = 120.0  # importing TensorFlow on a cold disk
GONE_SECONDS = 2.0  # for one that seems to have died: with two gigabytes to give back, on a busy machine


class ParentGone(Exception):
    """The warm parent itself has died; what was under way must be graded again."""


class Child:
    """One process with a student's code in it."""

    def __init__(self, parent: Any, pid: int, channel: Channel):
        self.parent, self.pid, self.channel = parent, pid, channel
        self.python: str = parent.python  # its version
        self.runtime = RemoteRuntime(channel)
        self.status: int | None = None

    def within(self, seconds: float) -> RemoteRuntime:
        """The child's runtime, with so much time from now for all that is asked of it."""
        self.channel.deadline = time.monotonic() + seconds
        return self.runtime

    def end(self, gone: bool = False) -> int:
        """End it; how it had ended by itself, 0 if it had not.

        gone: its connection is. A process that has died closes its files a moment before its end can be asked for.
        """
        if self.status is None:
            if not gone:
                self.channel.close()
            try:
                self.status = self.parent.end(self.pid, GONE_SECONDS if gone else 0.0)
            finally:
                self.channel.close()
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
            "HDF5_USE_FILE_LOCKING": "FALSE",  # the sandbox has no locks, without which HDF5 would open no file
            "LOGNAME": "student",  # for `getpass.getuser`: the user in there has no account
        }
    )
