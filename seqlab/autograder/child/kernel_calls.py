"""System calls that Python has no function for, and how one that fails is told."""

import ctypes
import os
import sys
from typing import Any, cast

from seqlab.autograder.child.syscalls import NUMBERS

# None on other systems
LIBC = cast(ctypes.CDLL, ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None)
PDEATHSIG, DUMPABLE, CAPBSET_READ, CAPBSET_DROP, SECUREBITS, NO_NEW_PRIVS = 1, 4, 23, 24, 28, 38
GET_NO_NEW_PRIVS, CAP_AMBIENT, CAP_AMBIENT_IS_SET = 39, 47, 1


class SandboxError(Exception):
    """A step of entering the sandbox failed."""


def must(what: str, result: int) -> int:
    """The result of a call of the C library's; SandboxError where it failed."""
    if result < 0:
        raise SandboxError(f"{what}: {os.strerror(ctypes.get_errno())}")
    return result


def syscall(name: str, *args: Any) -> int:
    """A system call by its name; -1 where it failed, or has no number here, with the reason in `ctypes.get_errno()`."""
    number = NUMBERS.get(os.uname().machine, {}).get(name, -1)
    return int(LIBC.syscall(ctypes.c_long(number), *(ctypes.c_long(a) if isinstance(a, int) else a for a in args)))


def prctl(option: int, *args: int) -> int:
    """`prctl`, with zeros for what is not given."""
    return int(LIBC.prctl(option, *(ctypes.c_ulong(a) for a in (*args, 0, 0, 0, 0)[:4])))
