"""The system-call filter: a list of what Python and TensorFlow need of the kernel; everything else is refused.

A call that is not on the list fails with EPERM, one that is newer than our table with ENOSYS, upon which the C library
turns to an older one. So does `clone3`, whose flags a filter cannot see. Some are let through with certain arguments
alone: `clone` for threads, signals and limits for the process itself. The advice about files and memory that would
tell one child what another has read (which pages are in memory, whose lock is on a file) is refused with the rest.
"""

import ctypes
import errno
import os
import struct
from collections.abc import Iterable
from itertools import pairwise

from seqlab.autograder.child.syscalls import AUDIT, NUMBERS

_FILES = """
    read write pread64 pwrite64 readv writev preadv pwritev open openat close close_range lseek stat lstat fstat
    newfstatat statx statfs fstatfs access faccessat faccessat2 readlink readlinkat getdents getdents64 getcwd chdir
    fchdir dup dup2 dup3 pipe pipe2 truncate ftruncate fallocate fsync fdatasync rename renameat mkdir mkdirat rmdir
    unlink unlinkat link linkat symlink symlinkat chmod fchmod fchmodat utime utimes utimensat futimesat umask
    sendfile copy_file_range getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr
    poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 eventfd
    eventfd2 timerfd_create timerfd_settime timerfd_gettime signalfd signalfd4
"""
_TALKING = "sendto recvfrom sendmsg recvmsg shutdown getsockname getpeername"  # one socket is there
_MEMORY = "mmap munmap mprotect mremap brk msync munlock"
_THREADS = """
    futex futex_waitv set_tid_address set_robust_list get_robust_list rseq membarrier arch_prctl sched_yield
    sched_getaffinity sched_getparam sched_getscheduler sched_get_priority_max sched_get_priority_min
    sched_rr_get_interval getcpu exit exit_group wait4 waitid restart_syscall
"""
_SIGNALS = """
    rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigsuspend rt_sigtimedwait sigaltstack pause alarm
    getitimer setitimer timer_create timer_settime timer_gettime timer_getoverrun timer_delete
"""
_ASKING = """
    getpid gettid getppid getpgid getpgrp getsid getuid geteuid getgid getegid getresuid getresgid getgroups getrlimit
    uname sysinfo time gettimeofday clock_gettime clock_getres clock_nanosleep nanosleep times getrandom capget
    getpriority
"""
ALLOWED = frozenset(" ".join((_FILES, _TALKING, _MEMORY, _THREADS, _SIGNALS, _ASKING)).split())
# a notebook's kernel besides starts programs and talks to them, inside its own namespaces
FOR_A_KERNEL = frozenset(
    """clone fork vfork execve socket socketpair connect bind listen accept accept4 sendmmsg recvmmsg kill tkill tgkill
    setsid setpgid getrusage flock fcntl prctl prlimit64 setrlimit sched_setaffinity madvise ioctl pidfd_open
    setpriority sched_setscheduler sched_setparam getsockopt setsockopt renameat2""".split()
)
# advice that may be left unfollowed: nothing is done, and nobody needs to know
UNFOLLOWED = ("fadvise64", "readahead")

# call -> (which argument, the values that are let through)
_PROCESS_ITSELF = "the process itself"
_CHECKED: dict[str, tuple[int, tuple[int | str, ...]]] = {
    "kill": (0, (_PROCESS_ITSELF,)),
    "tgkill": (0, (_PROCESS_ITSELF,)),
    "rt_sigqueueinfo": (0, (_PROCESS_ITSELF,)),
    "rt_tgsigqueueinfo": (0, (_PROCESS_ITSELF,)),
    "prlimit64": (0, (_PROCESS_ITSELF, 0)),
    # F_DUPFD, F_GETFD to F_SETFL, F_DUPFD_CLOEXEC, F_GETPIPE_SZ: no lock, lease, notice or larger pipe
    "fcntl": (1, (0, 1, 2, 3, 4, 1030, 1032)),
    # is it a terminal, and how wide (TCGETS, TIOCGWINSZ), FIONREAD, FIONBIO, FIOCLEX, FIONCLEX
    "ioctl": (1, (0x5401, 0x541B, 0x5421, 0x5451, 0x5450, 0x5413)),
    # SO_TYPE, SO_ERROR, SO_ACCEPTCONN, SO_PROTOCOL, SO_DOMAIN: not who is at the other end, nor a handle on it
    "getsockopt": (2, (3, 4, 30, 38, 39)),
    # names of threads and of memory, and questions
    "prctl": (0, (3, 15, 16, 21, 23, 27, 39, 47, 0x53564D41)),
    # NORMAL, RANDOM, SEQUENTIAL, DONTNEED, FREE, UNMERGEABLE, HUGEPAGE, NOHUGEPAGE, DONTDUMP, DODUMP
    "madvise": (2, (0, 1, 2, 4, 8, 13, 14, 15, 16, 17)),
}
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_CLONE_THREAD = 0x00010000
_Line = tuple[int, int, int, int]


def known() -> bool:
    """Is there a filter for this machine?"""
    return os.uname().machine in NUMBERS if hasattr(os, "uname") else False


def program(processes: bool = False) -> bytes:
    """The filter as BPF instructions (code, jump if true, jump if false, operand).

    With `processes`, new processes, programs and sockets are let through: a notebook's kernel needs them.
    """
    machine = os.uname().machine
    numbers = NUMBERS[machine]
    allowed = ALLOWED | FOR_A_KERNEL if processes else ALLOWED
    body: list[_Line] = [
        (_LOAD, 0, 0, 4),  # the architecture: calls of another one (32-bit) have other numbers
        (_EQUAL, 1, 0, AUDIT[machine]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, 0),  # the number of the call
        (_AT_LEAST, 0, 1, max(numbers.values()) + 1),  # newer than the table, or the x32 way of calling
        (_RETURN, 0, 0, _ERRNO | errno.ENOSYS),
        (_EQUAL, 0, 1, numbers["clone3"]),
        (_RETURN, 0, 0, _ERRNO | errno.ENOSYS),
    ]
    for name in UNFOLLOWED:
        body += [(_EQUAL, 0, 1, numbers[name]), (_RETURN, 0, 0, _ERRNO)]
    if not processes:
        body += [
            (_EQUAL, 0, 4, numbers["clone"]),
            (_LOAD, 0, 0, 16),  # its flags
            (_ANY_BIT, 0, 1, _CLONE_THREAD),
            (_RETURN, 0, 0, _ALLOW),
            (_RETURN, 0, 0, _ERRNO | errno.EPERM),
        ]
        for name, (argument, values) in _CHECKED.items():
            body += _checked(numbers[name], argument, [os.getpid() if isinstance(v, str) else v for v in values])
    for first, end in _ranges(numbers[name] for name in allowed if name in numbers):
        body += [(_AT_LEAST, 0, 2, first), (_AT_LEAST, 1, 0, end), (_RETURN, 0, 0, _ALLOW)]
    body.append((_RETURN, 0, 0, _ERRNO | errno.EPERM))
    return b"".join(struct.pack("=HBBI", *line) for line in body)


def _checked(number: int, argument: int, values: list[int]) -> list[_Line]:
    """Let a call through with one of the values; only the lower half of an argument is an int to the kernel."""
    tests: list[_Line] = [(_EQUAL, len(values) - n, 0, value) for n, value in enumerate(values)]
    lines: list[_Line] = [(_LOAD, 0, 0, 16 + 8 * argument), *tests, (_RETURN, 0, 0, _ERRNO | errno.EPERM)]
    lines.append((_RETURN, 0, 0, _ALLOW))
    return [(_EQUAL, 0, len(lines), number), *lines]


def _ranges(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Numbers that follow each other as one: (first, one beyond the last)."""
    ordered = sorted(set(numbers))
    cuts = [0, *(n for n, (a, b) in enumerate(pairwise(ordered), 1) if b != a + 1), len(ordered)]
    return [(ordered[a], ordered[b - 1] + 1) for a, b in pairwise(cuts)]


def install(libc: ctypes.CDLL, processes: bool = False) -> None:
    """Put the filter on this process and all its threads, for good (no_new_privs must be set)."""
    code = program(processes)
    lines = ctypes.create_string_buffer(code, len(code))

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("lines", ctypes.c_void_p))

    whole = Program(len(code) // 8, ctypes.cast(lines, ctypes.c_void_p))
    if libc.prctl(22, 2, ctypes.byref(whole), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"seccomp: {os.strerror(ctypes.get_errno())}")
