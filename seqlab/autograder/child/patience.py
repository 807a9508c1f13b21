"""A deadline inside a notebook: an answer that never ends must not hang the student's kernel."""

import contextlib
import signal
import threading
from collections.abc import Iterator


class TakesTooLong(BaseException):
    """Raised in the answer when its time is over. No Exception: `except Exception` must not swallow it."""


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """TakesTooLong inside the block after so many seconds, again and again until it is left.

    It works by a signal, so only in the main thread and not on Windows; elsewhere there is no deadline, and the
    notebook's own Interrupt is left.
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(*_: object) -> None:
        raise TakesTooLong

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
