"""What tester and judge say to each other: JSON over a socket pair, a length before each, open sockets beside it.

Not the codec of `wire`: these two trust each other, and a notebook's cells may be longer than anything that an answer
gives back. Never pickle, here either: what came from a child passes through the judge.
"""

import array
import json
import socket
import struct
from typing import Any

from seqlab.autograder.wire.channel import Gone, OutOfTime, give_time, read_exactly

_LENGTH = struct.Struct("!I")


class Frames:
    """One end of the connection."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock

    def send(self, message: Any, *handles: int) -> None:
        """Send a message, and open files with it; Gone if nobody is there."""
        data = json.dumps(message).encode("ascii")
        frame = memoryview(_LENGTH.pack(len(data)) + data)
        beside = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", handles))] if handles else []
        try:
            self.sock.settimeout(None)
            sent = self.sock.sendmsg([frame[: _LENGTH.size]], beside)
            self.sock.sendall(frame[sent:])
        except OSError:
            raise Gone from None

    def receive(self, until: float | None = None) -> tuple[Any, list[int]]:
        """The next message and what came with it, until a time of `time.monotonic()`; OutOfTime or Gone if none comes."""
        head, handles = self._with_files(_LENGTH.size, until)
        (length,) = _LENGTH.unpack(head)
        return json.loads(read_exactly(self.sock, length, until)), handles

    def close(self) -> None:
        self.sock.close()

    def _with_files(self, count: int, until: float | None) -> tuple[bytes, list[int]]:
        give_time(self.sock, until)
        try:
            head, handles, _, _ = socket.recv_fds(self.sock, count, 1)
        except TimeoutError:
            raise OutOfTime from None
        except OSError:
            raise Gone from None
        if not head:
            raise Gone
        return head + read_exactly(self.sock, count - len(head), until), handles
