"""The system-call filter: a few lines of BPF that refuse what no answer to an exercise needs.

New processes and programs, sockets, namespaces and mounts, other processes' memory, kernel modules and keys
fail with EPERM. `clone` is let through for threads only, which TensorFlow needs; `clone3`, whose flags a
filter cannot see, fails with ENOSYS, upon which the C library turns to `clone`. Signals and limits are for the
process itself only.
"""

import ctypes
import errno
import os
import struct

# numbers of the refused calls, by machine
_X86_64 = dict(
    fork=57,
    vfork=58,
    execve=59,
    execveat=322,
    socket=41,
    socketpair=53,
    connect=42,
    bind=49,
    listen=50,
    accept=43,
    accept4=288,
    ptrace=101,
    process_vm_readv=310,
    process_vm_writev=311,
    pidfd_open=434,
    pidfd_getfd=438,
    unshare=272,
    setns=308,
    mount=165,
    umount2=166,
    pivot_root=155,
    chroot=161,
    open_tree=428,
    move_mount=429,
    fsopen=430,
    fsmount=432,
    fspick=433,
    mount_setattr=442,
    bpf=321,
    perf_event_open=298,
    userfaultfd=323,
    io_uring_setup=425,
    io_uring_enter=426,
    io_uring_register=427,
    keyctl=250,
    add_key=248,
    request_key=249,
    kexec_load=246,
    kexec_file_load=320,
    init_module=175,
    finit_module=313,
    delete_module=176,
    reboot=169,
    swapon=167,
    swapoff=168,
    sethostname=170,
    setdomainname=171,
    open_by_handle_at=304,
    name_to_handle_at=303,
    acct=163,
    quotactl=179,
    syslog=103,
    settimeofday=164,
    clock_settime=227,
    personality=135,
    iopl=172,
    ioperm=173,
    memfd_create=319,
    sched_setaffinity=203,
    shmget=29,
    msgget=68,
    semget=64,
    mq_open=240,
    fanotify_init=300,
    tkill=200,
    pidfd_send_signal=424,
)
_AARCH64 = dict(
    execve=221,
    execveat=281,
    socket=198,
    socketpair=199,
    connect=203,
    bind=200,
    listen=201,
    accept=202,
    accept4=242,
    ptrace=117,
    process_vm_readv=270,
    process_vm_writev=271,
    pidfd_open=434,
    pidfd_getfd=438,
    unshare=97,
    setns=268,
    mount=40,
    umount2=39,
    pivot_root=41,
    chroot=51,
    open_tree=428,
    move_mount=429,
    fsopen=430,
    fsmount=432,
    fspick=433,
    mount_setattr=442,
    bpf=280,
    perf_event_open=241,
    userfaultfd=282,
    io_uring_setup=425,
    io_uring_enter=426,
    io_uring_register=427,
    keyctl=219,
    add_key=217,
    request_key=218,
    kexec_load=104,
    kexec_file_load=294,
    init_module=105,
    finit_module=273,
    delete_module=106,
    reboot=142,
    swapon=224,
    swapoff=225,
    sethostname=161,
    setdomainname=162,
    open_by_handle_at=265,
    name_to_handle_at=264,
    acct=89,
    quotactl=60,
    syslog=116,
    settimeofday=170,
    clock_settime=112,
    personality=92,
    memfd_create=279,
    sched_setaffinity=122,
    shmget=194,
    msgget=186,
    semget=190,
    mq_open=180,
    fanotify_init=262,
    tkill=130,
    pidfd_send_signal=424,
)
# machine -> AUDIT_ARCH, clone, clone3, refused calls
_MACHINES = {"x86_64": (0xC000003E, 56, 435, _X86_64), "aarch64": (0xC00000B7, 220, 435, _AARCH64)}
# kill, tgkill, rt_sigqueueinfo, rt_tgsigqueueinfo, prlimit64: for its own process only
_TO_ONE_PROCESS = {"x86_64": (62, 234, 129, 297, 302), "aarch64": (129, 131, 138, 240, 261)}
_ZERO_IS_SELF = (302, 261)
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_CLONE_THREAD = 0x00010000


_FOR_A_KERNEL = frozenset(
    "fork vfork execve execveat socket socketpair connect bind listen accept accept4 memfd_create pidfd_open tkill".split()
)


def known() -> bool:
    """Is there a filter for this machine?"""
    return os.uname().machine in _MACHINES if hasattr(os, "uname") else False


def program(processes: bool = False) -> bytes:
    """The filter as BPF instructions (code, jump if true, jump if false, operand).

    With `processes`, new processes, programs and sockets are let through: a notebook's kernel needs them.
    """
    audit, clone, clone3, refused = _MACHINES[os.uname().machine]
    refused = {name: n for name, n in refused.items() if not (processes and name in _FOR_A_KERNEL)}
    body = [
        (_LOAD, 0, 0, 4),  # the architecture: calls of another one (32-bit) have other numbers
        (_EQUAL, 1, 0, audit),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, 0),  # the number of the call
        (_AT_LEAST, 0, 1, 0x40000000),  # the x32 way of calling
        (_RETURN, 0, 0, _ERRNO | errno.ENOSYS),
        (_EQUAL, 0, 1, clone3),
        (_RETURN, 0, 0, _ERRNO | errno.ENOSYS),
    ]
    for number in sorted(refused.values()):
        body += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ERRNO | errno.EPERM)]
    for number in [] if processes else _TO_ONE_PROCESS[os.uname().machine]:
        body += [
            (_EQUAL, 0, 5, number),
            (_LOAD, 0, 0, 16),  # the process
            (_EQUAL, 2, 0, os.getpid()),
            (_EQUAL, 1, 0, 0 if number in _ZERO_IS_SELF else os.getpid()),
            (_RETURN, 0, 0, _ERRNO | errno.EPERM),
            (_RETURN, 0, 0, _ALLOW),
        ]
    body += (
        []
        if processes
        else [
            (_EQUAL, 0, 3, clone),
            (_LOAD, 0, 0, 16),  # its flags
            (_ANY_BIT, 1, 0, _CLONE_THREAD),
            (_RETURN, 0, 0, _ERRNO | errno.EPERM),
        ]
    )
    body.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("=HBBI", *line) for line in body)


def install(libc: ctypes.CDLL, processes: bool = False) -> None:
    """Put the filter on this process and all its threads, for good (no_new_privs must be set)."""
    code = program(processes)
    lines = ctypes.create_string_buffer(code, len(code))

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("lines", ctypes.c_void_p))

    whole = Program(len(code) // 8, ctypes.cast(lines, ctypes.c_void_p))
    if libc.prctl(22, 2, ctypes.byref(whole), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"seccomp: {os.strerror(ctypes.get_errno())}")
