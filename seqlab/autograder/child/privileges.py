"""Who a child is, and what it may no longer become: its user, its capabilities, its limits."""

import ctypes
import os
import signal
import sys
from pathlib import Path
from typing import Any, cast

from seqlab.autograder.child.kernel_calls import (
    CAP_AMBIENT,
    CAPBSET_DROP,
    DUMPABLE,
    LIBC,
    NO_NEW_PRIVS,
    PDEATHSIG,
    SECUREBITS,
    SandboxError,
    must,
    prctl,
)

try:
    import resource as resource
except ModuleNotFoundError:  # Windows
    resource = cast(Any, None)

MEMORY = 2 * 2**30  # bytes of address space beyond what the warm parent has mapped
FILE = 64 * 2**20
CPU_SECONDS = 900
FILES, PROCESSES = 256, 256
FIRST_UID = 1_000_000  # of no account
NOBODY = 65534
_NEWUSER = 0x10000000
# NOROOT and no capability handed on or kept, each locked
_SECUREBITS = 0x1 | 0x2 | 0x20 | 0x40 | 0x80


# -- users ---------------------------------------------------------------------------------------------------
def is_root() -> bool:
    """Are we root to the machine? Not if we are somebody else's root, in a container without other users."""
    return sys.platform == "linux" and os.geteuid() == 0 and any(outside == 0 for _, outside, _ in _ids("uid"))


def another_user() -> int:
    """A user, and group, that no account has, drawn from those that there are here; 0 if there are none."""
    ranges = [(max(first, 1), first + count) for first, _, count in _ids("uid")]
    groups = [(max(first, 1), first + count) for first, _, count in _ids("gid")]
    wanted = FIRST_UID + int.from_bytes(os.urandom(3))
    for user in (wanted, max((end - 1 for _, end in ranges), default=0), NOBODY):
        if all(any(first <= user < end for first, end in both) for both in (ranges, groups)):
            return user
    return 0


def _ids(kind: str) -> list[tuple[int, int, int]]:
    lines = Path(f"/proc/self/{kind}_map").read_text().splitlines()
    return [(int(first), int(outside), int(count)) for first, outside, count in map(str.split, lines)]


def become(user: int, process: int | None) -> None:
    """Leave root for the user, for good; and for a user namespace of its own where `process` is its folder in /proc.

    In that namespace the user has every capability, which it then drops: over nothing outside has it any.
    """
    forbid_capabilities()
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    if process is None:
        return
    prctl(DUMPABLE, 1)  # or the files in /proc are still root's
    if LIBC.unshare(_NEWUSER) == 0:  # where it may not be had, the self-test says so
        map_user(user, user, user, user, process)


def map_user(user: int, group: int, as_user: int, as_group: int, process: int) -> None:
    """Let a new user namespace have one user, and one group."""
    maps = (("setgroups", "deny"), ("uid_map", f"{as_user} {user} 1"), ("gid_map", f"{as_group} {group} 1"))
    for name, text in maps:
        try:
            file = os.open(name, os.O_WRONLY, dir_fd=process)
            try:
                os.write(file, text.encode())
            finally:
                os.close(file)
        except OSError as error:
            raise SandboxError(f"{name}: {error.strerror}") from None


def never_root(other_user: bool) -> None:
    """The last look at one who was root to the machine: SandboxError for who still is, under whatever name in here."""
    if not other_user or 0 in (*os.getresuid(), *os.getresgid()) or 0 in os.getgroups():
        raise SandboxError("students' code would run as root")


# -- privileges ----------------------------------------------------------------------------------------------
def forbid_capabilities() -> None:
    """Let no capability be gained: the bounding set empty, nothing ambient, root no longer special."""
    for capability in range(64):
        prctl(CAPBSET_DROP, capability)
    prctl(CAP_AMBIENT, 4)
    prctl(SECUREBITS, _SECUREBITS)


def give_up() -> None:
    """No capability is left, nor can one be had again."""
    must("no_new_privs", prctl(NO_NEW_PRIVS, 1))
    forbid_capabilities()
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    must("capset", LIBC.capset(header, (ctypes.c_uint32 * 6)()))


def die_with_parent() -> None:
    """The parent's death is ours. A change of user forgets it."""
    if LIBC is not None:
        prctl(PDEATHSIG, signal.SIGKILL)


# -- limits --------------------------------------------------------------------------------------------------
def mapped() -> int:
    """Bytes of address space that are in use."""
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[0]) * resource.getpagesize() if statm.exists() else 32 * 2**30


def threads_of(user: int) -> int:
    """How many threads a user has on this machine, as far as they can be seen: the limit of processes counts them all."""
    found = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            said = dict(line.split(":", 1) for line in status.read_text(errors="replace").splitlines())
        except OSError:  # it has ended
            continue
        found += int(said["Threads"]) if int(said["Uid"].split()[0]) == user else 0
    return found


def limit(in_use: int | None = None, others: int = 0) -> None:
    """Limits on memory, processor time, files and processes, where the system has them; for good.

    others: threads that the user has already, where it has no user namespace of its own.
    """
    if resource is None:
        return
    limits = {
        "AS": (mapped() if in_use is None else in_use) + MEMORY,
        "CPU": CPU_SECONDS,
        "CORE": 0,
        "FSIZE": FILE,
        "NOFILE": FILES,
        "NPROC": PROCESSES + others,
        "SIGPENDING": 256,  # timers too
        "MSGQUEUE": 0,
        "MEMLOCK": 0,
        "RTPRIO": 0,
        "NICE": 0,
    }
    for name, value in limits.items():
        kind = getattr(resource, f"RLIMIT_{name}", None)
        if kind is None:
            continue
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(kind, (value, value))
        except (ValueError, OSError):  # macOS has no limit of address space
            continue
