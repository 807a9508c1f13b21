"""What the sandbox promises, each tried from inside: an attempt that gets through is a promise that is not kept.

`sandbox.prepare` has them tried before the first hand-in, and `self_test.py` tells what came of each. The attempts do no
harm where they get through: a file is opened for writing and not written to, a signal is number 0. What cannot be tried
is not kept either: no answer is no refusal.
"""

import contextlib
import ctypes
import errno
import json
import mmap
import os
import stat
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from seqlab.autograder.child.kernel_calls import (
    CAP_AMBIENT,
    CAP_AMBIENT_IS_SET,
    CAPBSET_READ,
    GET_NO_NEW_PRIVS,
    LIBC,
    prctl,
    syscall,
)
from seqlab.autograder.child.privileges import FILE, FILES, MEMORY, is_root, resource
from seqlab.autograder.child.shown import inside
from seqlab.autograder.child.syscalls import NUMBERS

_CAPABILITIES = range(64)
_ON_EVERY_KERNEL = 37  # the last capability that each kernel has which this sandbox can run on
_REFUSED = (
    errno.EPERM,
    errno.EACCES,
    errno.ENOSYS,
    errno.EROFS,
    errno.ENOENT,
    errno.ESRCH,
    errno.ENOTDIR,
    errno.ETXTBSY,
)


@dataclass
class Promise:
    """One thing that the sandbox promises. kept: None where it is not promised on this machine, or for this use."""

    name: str
    kept: bool | None = None
    why: str = ""


def _gets_through(*attempts: Callable[[], Any]) -> str:
    """What was not refused, of attempts that must all fail as the system refuses; "" if they all did."""
    for number, attempt in enumerate(attempts):
        try:
            attempt()
        except OSError as error:
            if error.errno not in _REFUSED:
                return f"attempt {number + 1}: {error.strerror}"
        else:
            return f"attempt {number + 1} got through"
    return ""


def _calls(*calls: tuple[Any, ...]) -> str:
    """The same, of system calls by name with their arguments. One that this machine never had cannot get through."""
    here = NUMBERS.get(os.uname().machine, {})
    elsewhere = set().union(*NUMBERS.values()) if here else set()
    for name, *args in calls:
        if name not in here and name not in elsewhere:
            return f"{name}: cannot be tried, its number is not known"
        ctypes.set_errno(0)
        if syscall(name, *args) != -1 or ctypes.get_errno() not in _REFUSED:
            return f"{name}: {os.strerror(ctypes.get_errno())}"
    return ""


def _opened(path: str, flags: int = os.O_WRONLY) -> Callable[[], None]:
    return lambda: os.close(os.open(path, flags))


# -- the attempts; each says what got through ----------------------------------------------------------------
def _sees_what_is_hidden(plan: Any, canary: str) -> str:
    for path in plan.hidden:
        to_the_shown = {v[len(path) :].strip("/").split("/")[0] for v in plan.visible if inside(v, path)}
        with contextlib.suppress(OSError):  # it is not there
            if not stat.S_ISDIR(os.stat(path).st_mode):
                if os.stat(path).st_rdev != os.stat(os.devnull).st_rdev:  # with which a file is covered up
                    return f"{path} can be seen"
            elif set(os.listdir(path)) - to_the_shown:
                return f"{path} can be looked into"
    return f"{canary} can be seen" if os.path.exists(canary) else ""


def _writes_outside_tmp(plan: Any) -> str:
    folders = ["/", "/dev", *(p for p in plan.visible if os.path.isdir(p))]
    files = [p for p in plan.visible if os.path.isfile(p)]
    return _gets_through(
        *(_opened(f"{folder}/seqlab-was-here", os.O_WRONLY | os.O_CREAT) for folder in folders),
        *map(_opened, files),
        *(lambda path=path: os.utime(path) for path in files),
    )


def _reaches_the_system() -> str:
    names = ("sys/kernel/core_pattern", "sys/vm/drop_caches", "sysrq-trigger", "self/oom_score_adj", "1/oom_score_adj")
    return _gets_through(
        *(_opened(f"/proc/{name}") for name in names),
        *(_opened(f"/proc/{name}", os.O_RDONLY) for name in ("kcore", "kmsg", "1/mem", "1/environ")),
        _opened("/sys/kernel", os.O_RDONLY),
        _opened("/sys/fs/cgroup", os.O_RDONLY),
    )


def _changes_devices() -> str:
    return _gets_through(
        lambda: os.chmod("/dev/null", 0o666),
        lambda: os.utime("/dev/null"),
        lambda: os.chown("/dev/null", os.getuid(), -1),
        lambda: os.mknod("/tmp/null", 0o666 | 0o020000, os.makedev(1, 3)),
        _opened("/dev/mem", os.O_RDONLY),
        _opened("/dev/kmsg", os.O_RDONLY),
    )


def _has_capabilities() -> str:
    header, sets = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    if LIBC.capget(header, sets) != 0:
        return f"cannot be tried, capget: {os.strerror(ctypes.get_errno())}"
    if any(sets):
        return "some are there"
    return (
        _has_one("the bounding set is not empty", CAPBSET_READ)
        or _has_one("some are ambient", CAP_AMBIENT, CAP_AMBIENT_IS_SET)
        or ("" if prctl(GET_NO_NEW_PRIVS) == 1 else "a program could have new ones")
    )


def _has_one(what: str, *question: int) -> str:
    """What is the case if the answer is yes for one capability; "" if it is no for each that the kernel has."""
    for capability in _CAPABILITIES:
        answer = prctl(*question, capability)
        if answer == -1 and ctypes.get_errno() == errno.EINVAL and capability > _ON_EVERY_KERNEL:
            return ""  # beyond the last one
        if answer == -1:
            return f"cannot be tried, capability {capability}: {os.strerror(ctypes.get_errno())}"
        if answer != 0:
            return what
    return ""


def _changes_user() -> str:
    for attempt in (os.setuid, os.setgid, os.seteuid):
        with contextlib.suppress(OSError):
            attempt(0)
            return f"{attempt.__name__}: got through"
    return ""


def _forks() -> str:
    def fork() -> None:
        if not os.fork():
            os._exit(0)

    return _gets_through(fork) or _calls(("clone3", None, 0))


def _runs_programs() -> str:
    return _calls(("execve", None, None, None), ("execveat", -1, None, None, None, 0))


def _talks() -> str:
    return _calls(*(("socket", family, 1, 0) for family in (1, 2, 10, 16)), ("io_uring_setup", 1, None))


def _looks_into_others() -> str:
    return _calls(
        ("ptrace", 16, os.getppid(), None, None),
        ("process_vm_readv", os.getppid(), None, 0, None, 0, 0),
        ("process_vm_writev", os.getppid(), None, 0, None, 0, 0),
        ("pidfd_open", os.getppid(), 0),
        ("kcmp", 1, 1, 0, 0, 0),
    )


def _signals_others() -> str:
    return _gets_through(lambda: os.kill(1, 0), lambda: os.kill(-1, 0), lambda: os.kill(os.getppid() or 1, 0))


def _mounts() -> str:
    return _calls(
        ("mount", b"none", b"/tmp", b"tmpfs", 0, None),
        ("umount2", b"/tmp", 0),
        ("pivot_root", b"/", b"/"),
        ("chroot", b"/tmp"),
        ("unshare", 0x10000000),
        ("setns", -1, 0),
        ("open_tree", -100, b"/", 0),
        ("fsopen", b"tmpfs", 0),
    )


def _fills_the_kernel() -> str:
    return _calls(
        ("io_setup", 1, ctypes.byref(ctypes.c_ulong())),
        ("setxattr", b"/tmp", b"user.x", b"x", 1, 0),
        ("add_key", b"user", b"x", b"x", 1, -2),
        ("shmget", 0, 4096, 0o1600),
        ("msgget", 0, 0o1600),
        ("semget", 0, 1, 0o1600),
        ("mq_open", b"x", 0o102, 0o600, None),
        ("memfd_create", b"x", 0),
        ("inotify_init1", 0),
        ("bpf", 0, None, 0),
        ("userfaultfd", 0),
        ("perf_event_open", None, 0, -1, -1, 0),
    )


def _notices_others() -> str:
    """Which pages of a file are in memory, what is read of it, who has locked it: marks that another child could leave."""
    page = ctypes.create_string_buffer(3 * 4096)
    here = (ctypes.addressof(page) + 4095) // 4096 * 4096
    with open(os.__file__, "rb") as file:
        return _calls(
            ("mincore", here, 4096, ctypes.create_string_buffer(1)),
            ("cachestat", file.fileno(), None, None, 0),
            ("preadv2", file.fileno(), None, 0, 0, 0, 8),
            ("flock", file.fileno(), 1 | 4),
            ("fcntl", file.fileno(), 5, ctypes.create_string_buffer(32)),
            ("fcntl", file.fileno(), 1024, 0),
            ("inotify_add_watch", -1, os.__file__.encode(), 1),
            ("getrusage", 0, ctypes.create_string_buffer(144)),
            ("madvise", here, 4096, 21),
        )


def _takes_memory() -> str:
    try:
        mmap.mmap(-1, MEMORY + 2**28).close()
    except (OSError, MemoryError):
        return ""
    return f"more than {MEMORY // 2**20} MB"


def _fills_tmp(plan: Any) -> str:
    found = os.statvfs("/tmp"), os.statvfs("/dev/shm")
    if sum(f.f_blocks * f.f_frsize for f in found) > plan.tmp + 2**25 or not all(0 < f.f_files <= 4096 for f in found):
        return "there is room for more, or for more files"
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
    return "" if 0 <= limit <= FILE else "a file may be larger"


def _has_no_limits() -> str:
    for name, most in (("CPU", 3600), ("NOFILE", FILES), ("NPROC", 4096), ("CORE", 0), ("MEMLOCK", 0), ("MSGQUEUE", 0)):
        if not 0 <= resource.getrlimit(getattr(resource, f"RLIMIT_{name}"))[0] <= most:
            return f"RLIMIT_{name}"
    return ""


# -- all of them ---------------------------------------------------------------------------------------------
def tried(plan: Any, within: Callable[[Callable[[], bytes]], tuple[bytes, int, bool]]) -> list[Promise]:
    """Every promise, after it was tried in a fork inside the sandbox."""
    handle, canary = tempfile.mkstemp(prefix="seqlab-canary-")
    os.close(handle)
    attempts: list[tuple[str, bool, Callable[[], str]]] = [  # in words, does the plan promise it?, the attempt
        ("no capability, none to be had", plan.namespaces or plan.other_user, _has_capabilities),
        ("no change of user", True, _changes_user),
        ("work, results, home and checks are not seen", plan.namespaces, lambda: _sees_what_is_hidden(plan, canary)),
        ("nothing outside /tmp is written", plan.namespaces, lambda: _writes_outside_tmp(plan)),
        ("/proc and /sys are out of reach", plan.namespaces, _reaches_the_system),
        ("devices are not changed", plan.namespaces, _changes_devices),
        ("/tmp and files are limited", plan.namespaces, lambda: _fills_tmp(plan)),
        ("memory is limited", True, _takes_memory),
        ("time, processes and open files are limited", True, _has_no_limits),
        ("no new process", plan.seccomp and not plan.processes, _forks),
        ("no program", plan.seccomp and not plan.processes, _runs_programs),
        ("no network, no socket", plan.seccomp and not plan.processes, _talks),
        ("no look into other processes", plan.seccomp, lambda: "" if plan.processes else _looks_into_others()),
        ("no signal to others", plan.seccomp and not plan.processes, _signals_others),
        ("no mount, no namespace", plan.seccomp, _mounts),
        ("no memory of the kernel's own", plan.seccomp, _fills_the_kernel),
        ("no mark left for another child", plan.seccomp and not plan.processes, _notices_others),
    ]

    def body() -> bytes:
        found: list[str | None] = []
        for _, promised, attempt in attempts:
            try:
                found.append(attempt() if promised else None)
            except Exception as error:
                found.append(f"{type(error).__name__}: {error}"[:200])
        return json.dumps(found).encode()

    try:
        said, user, own_users = within(body)
        came: list[str | None] = json.loads(said)
    finally:
        os.unlink(canary)
    other = "root" if user == 0 and is_root() else "the user is not known" if user < 0 else ""
    promises = [Promise("students' code is not root to the machine", not other, other)]
    promises.append(Promise("a user namespace of its own", own_users if plan.namespaces else None))
    for (name, _, _), why in zip(attempts, came, strict=True):
        promises.append(Promise(name, None if why is None else not why, why or ""))
    return promises
