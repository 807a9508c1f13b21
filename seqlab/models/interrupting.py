"""Stopping by hand what should not be torn apart."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stop:
    """Whether somebody has asked for an end."""

    asked = False


@contextmanager
def stop_between_steps() -> Iterator[Stop]:
    """Ctrl-C waits for the end of the step: weights, optimizer and history then agree. Twice: at once."""
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def ask(number: int, frame: FrameType | None) -> None:
        if stop.asked:
            raise KeyboardInterrupt
        stop.asked = True

    handler = signal.signal(signal.SIGINT, ask)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, handler)
