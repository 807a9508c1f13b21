"""Messages over a socket: a length, then that many bytes, within a deadline."""

import socket
import struct
import time
from collections.abc import Callable
from typing import Any

from seqlab.autograder.wire.codec import MAX_BYTES, BadMessage, decode, encode

_LENGTH = struct.Struct("!I")


class OutOfTime(Exception):
    """The other side did not answer before the deadline."""


class Gone(Exception):
    """The other side closed the connection, or its process ended."""


class Channel:
    """One end of a connection. `deadline` is a time of `time.monotonic()`, None waits for ever."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.deadline: float | None = None
        self.received = 0  # bytes, of all messages

    def send(self, message: Any, serve: Callable[..., Any] | None = None) -> None:
        """Send one value; OutOfTime if the other side does not read it in time."""
        data = encode(message, serve)
        if len(data) > MAX_BYTES:
            raise BadMessage(f"a message of more than the {MAX_BYTES} bytes that are taken")
        rest = memoryview(_LENGTH.pack(len(data)) + data)
        while rest:
            self._wait()
            try:
                rest = rest[self.sock.send(rest) :]
            except TimeoutError:
                raise OutOfTime from None
            except OSError:
                raise Gone from None

    def receive(self, served: Callable[..., Any] | None = None) -> Any:
        """The next value; BadMessage where the bytes are none."""
        (length,) = _LENGTH.unpack(self._bytes(_LENGTH.size))
        if length > MAX_BYTES:
            raise BadMessage(f"a message of more than the {MAX_BYTES} bytes that are taken is announced")
        self.received += length
        return decode(self._bytes(length), served)

    def close(self) -> None:
        self.sock.close()

    def _bytes(self, count: int) -> bytes:
        parts, missing = [], count
        while missing:
            self._wait()
            try:
                part = self.sock.recv(min(missing, 1 << 20))
            except TimeoutError:
                raise OutOfTime from None
            except OSError:
                raise Gone from None
            if not part:
                raise Gone
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def _wait(self) -> None:
        """Give the next system call what is left of the time."""
        if self.deadline is None:
            self.sock.settimeout(None)
            return
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise OutOfTime
        self.sock.settimeout(left)
