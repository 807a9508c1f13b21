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
            give_time(self.sock, self.deadline)
            try:
                rest = rest[self.sock.send(rest) :]
            except TimeoutError:
                raise OutOfTime from None
            except OSError:
                raise Gone from None

    def receive(self, served: Callable[..., Any] | None = None) -> Any:
        """The next value; BadMessage where the bytes are none."""
        (length,) = _LENGTH.unpack(read_exactly(self.sock, _LENGTH.size, self.deadline))
        if length > MAX_BYTES:
            raise BadMessage(f"a message of more than the {MAX_BYTES} bytes that are taken is announced")
        self.received += length
        return decode(read_exactly(self.sock, length, self.deadline), served)

    def close(self) -> None:
        self.sock.close()


def read_exactly(sock: socket.socket, count: int, until: float | None) -> bytes:
    """The next so many bytes, until a time of `time.monotonic()`; OutOfTime or Gone if they do not come."""
    parts = []
    while count:
        give_time(sock, until)
        try:
            part = sock.recv(min(count, 1 << 20))
        except TimeoutError:
            raise OutOfTime from None
        except OSError:
            raise Gone from None
        if not part:
            raise Gone
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def give_time(sock: socket.socket, until: float | None) -> None:
    """Give the socket's next system call what is left of the time; OutOfTime if that is none."""
    left = None if until is None else until - time.monotonic()
    if left is not None and left <= 0:
        raise OutOfTime
    sock.settimeout(left)
