"""The sandbox: what a fork of the warm parent gives up before it runs a student's code (Linux).

In order: namespaces of its own (mounts, processes, network, IPC, host name; a user namespace where we are not
root), a new root that holds only Python and the system's libraries, read-only, with a small private /tmp; an
unprivileged user; limits on memory, processor time, files and processes; no_new_privs; and a seccomp filter
that takes away new processes, programs, sockets and everything that looks at or changes the system.

`prepare` finds out once what this machine allows; `enter` does it in each fork, and fails closed.
"""

import ctypes
import itertools
import os
import signal
import socket
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy

from seqlab.autograder.child import seccomp
from seqlab.places import BESIDE, PACKAGE

try:
    import resource
except ModuleNotFoundError:  # Windows
    resource = cast(Any, None)

MEMORY = 2 * 2**30  # bytes of address space beyond what the warm parent has mapped
FILE = 64 * 2**20
CPU_SECONDS = 900
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", "/etc/localtime", "/etc/fonts")
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
FIRST_UID = 1_000_000  # of no account: each fork is a user of its own

_NEWNS, _NEWUTS, _NEWIPC, _NEWUSER, _NEWPID, _NEWNET = (
    0x20000,
    0x4000000,
    0x8000000,
    0x10000000,
    0x20000000,
    0x40000000,
)
_RDONLY, _NOSUID, _NODEV, _NOEXEC, _REMOUNT, _BIND, _REC, _PRIVATE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18
_PDEATHSIG, _DUMPABLE, _CAPBSET_DROP, _NO_NEW_PRIVS = 1, 4, 24, 38
# None on other systems
_libc = cast(ctypes.CDLL, ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None)


class SandboxError(Exception):
    """A step of entering the sandbox failed."""


@dataclass
class Plan:
    """What this machine allows. `line` is the sentence for the output and every report."""

    namespaces: bool = False
    other_user: bool = False  # as root: each fork is a user of its own; else it keeps its user, without powers
    seccomp: bool = False
    limits: bool = True
    why: str = ""
    visible: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    processes: bool = False  # may it start processes and use sockets (inside its own namespaces)?
    tmp: int = 64 * 2**20  # bytes of its private /tmp

    @property
    def full(self) -> bool:
        return self.namespaces and self.seccomp

    @property
    def line(self) -> str:
        if self.full:
            return (
                "Sandbox: on (own mount, process, network, IPC and user namespaces, read-only files, private /tmp, "
                "no privileges, system-call filter, memory and time limits)."
            )
        have = ["processes of their own", "memory and time limits" if self.limits else "deadlines"]
        have += ["a system-call filter"] if self.seccomp else []
        missing = [] if self.namespaces else ["namespaces (files and network are not hidden)"]
        missing += [] if self.seccomp else ["a system-call filter"]
        return f"Sandbox: REDUCED. Students' code has {', '.join(have)}, but not {' or '.join(missing)}: {self.why}."


def prepare() -> Plan:
    """Find out, in a fork that is thrown away, what this machine allows."""
    plan = Plan(visible=_visible(), hidden=_hidden())
    if sys.platform != "linux":
        return Plan(limits=False, why=f"{sys.platform} has none of the kernel's means that it needs")
    filters = [True, False] if seccomp.known() else [False]
    users = [True, False] if os.geteuid() == 0 else [False]  # an environment may be for root's eyes only
    for plan.namespaces, plan.seccomp, plan.other_user in itertools.product([True, False], filters, users):
        reason = _rehearse(plan)
        if reason is None:
            return plan
        plan.why = reason if plan.namespaces or not plan.why else plan.why
    plan.limits = False
    return plan


def enter(plan: Plan, keep: int, cpu: int | None = None, tell_init: Callable[[int], object] = lambda pid: None) -> None:
    """Enter the sandbox; only the file descriptor `keep` stays open. Called in a fresh fork.

    Returns in the innermost process. The outer ones wait for it and end as it ends, here, without returning;
    the outermost first calls `tell_init` with the number of the namespace's process 1, whose end ends all.
    """
    _die_with_parent()
    if cpu is not None:  # one that uses all the processor it can get must not slow its neighbours
        os.sched_setaffinity(0, {cpu})
    if plan.namespaces:
        user, group = os.geteuid(), os.getegid()
        kinds = _NEWNS | _NEWUTS | _NEWIPC | _NEWPID | _NEWNET
        _call("unshare", _libc.unshare(kinds if user == 0 else kinds | _NEWUSER))
        if user != 0:
            _map_user(user, group)
        _become_child_of_init(tell_init)
    _close_all_but(keep)
    if plan.namespaces:
        _new_root(plan)
    if plan.other_user:
        uid = FIRST_UID + int.from_bytes(os.urandom(3))
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
        _die_with_parent()  # a change of user forgets it
    limit()
    _call("no_new_privs", _libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0))
    _drop_capabilities()
    if plan.seccomp:
        seccomp.install(_libc, plan.processes)


def _rehearse(plan: Plan) -> str | None:
    """None if a fork gets through `enter` and can still compute; else the reason it gives."""
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if not pid:
        ours.close()
        try:
            enter(plan, theirs.fileno())
            for needed in (os.devnull, numpy.__file__, os.__file__):
                with open(needed):
                    pass
            theirs.sendall(b"+")
        except BaseException as error:
            theirs.sendall(f"-{error}"[:200].encode())
        os._exit(0)
    theirs.close()
    ours.settimeout(20)
    try:
        said = ours.recv(256)
    except TimeoutError:
        said = b"-it did not answer"
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    ours.close()
    return None if said == b"+" else (said[1:].decode(errors="replace") or "a fork died while entering it")


# -- namespaces ----------------------------------------------------------------------------------------------
def _map_user(user: int, group: int) -> None:
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        try:
            Path(f"/proc/self/{name}").write_text(text)
        except OSError as error:
            raise SandboxError(f"{name}: {error.strerror}") from None


def _become_child_of_init(tell_init: Callable[[int], object]) -> None:
    """Fork twice: process 1 of the new namespace, whose end ends all, and the one that goes on.

    Those that only wait have no filter: they keep no file, and none of the same user can look into them.
    """
    for after in (tell_init, lambda pid: None):
        pid = os.fork()
        if pid:
            after(pid)
            _libc.prctl(_DUMPABLE, 0, 0, 0, 0)
            _close_all_but(None)
            _wait_and_end_alike(pid)
        _die_with_parent()


def _wait_and_end_alike(pid: int) -> None:
    while True:
        done, status = os.wait()  # as process 1 it also reaps orphans
        if done == pid:
            code = os.waitstatus_to_exitcode(status)
            os._exit(code if code >= 0 else 128 - code)


def _new_root(plan: Plan) -> None:
    """A root on a tmpfs of our own with only what the plan shows, read-only."""
    _mount("none", "/", None, _REC | _PRIVATE)
    # over a directory that nothing of what we show lies in
    root = next(
        r
        for r in ("/sys", "/mnt", "/srv", "/media")
        if os.path.isdir(r) and not any(p.startswith(r) for p in plan.visible)
    )
    _mount("tmpfs", root, "tmpfs", _NOSUID | _NODEV, "size=4m,mode=755")
    for folder, options in (("/tmp", f"size={plan.tmp},nr_inodes=4096,mode=1777"), ("/dev/shm", "size=16m,mode=1777")):
        os.makedirs(root + folder)
        _mount("tmpfs", root + folder, "tmpfs", _NOSUID | _NODEV | _NOEXEC, options)
    for path in plan.visible:
        inside = root + path
        if os.path.islink(path):
            os.makedirs(os.path.dirname(inside), exist_ok=True)
            os.symlink(os.readlink(path), inside)
        else:
            _bind(path, inside)
    for path in plan.hidden:
        if os.path.isdir(root + path):
            _mount("tmpfs", root + path, "tmpfs", _NOSUID | _NODEV | _RDONLY, "size=4k,mode=755")
    for device in DEVICES:
        _bind(device, root + device, writable=True)
    os.makedirs(root + "/proc", exist_ok=True)
    _mount("proc", root + "/proc", "proc", _NOSUID | _NODEV | _NOEXEC, check=False)  # some containers refuse
    os.makedirs(root + "/old", exist_ok=True)
    os.chdir(root)
    _call("pivot_root", _libc.syscall(_PIVOT_ROOT[os.uname().machine], b".", b"old"))
    os.chdir("/")
    _call("umount", _libc.umount2(b"/old", 2))
    os.rmdir("/old")
    _mount("none", "/", None, _REMOUNT | _BIND | _RDONLY | _NOSUID | _NODEV)
    os.chdir("/tmp")
    os.environ["HOME"] = os.environ["TMPDIR"] = "/tmp"
    _libc.sethostname(b"lab", 3)


_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}


def _bind(source: str, target: str, writable: bool = False) -> None:
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        Path(target).touch()
    _mount(source, target, None, _BIND | _REC)
    # flags that the mount has already are locked in a user namespace, and must be repeated
    kept = os.statvfs(target).f_flag & (_NOSUID | _NODEV | _NOEXEC | 1024 | 2048)
    _mount("none", target, None, _REMOUNT | _BIND | kept | _NOSUID | (0 if writable else _RDONLY))


def _mount(source: str, target: str, kind: str | None, flags: int, options: str = "", check: bool = True) -> None:
    done = _libc.mount(
        source.encode(),
        target.encode(),
        kind.encode() if kind else None,
        ctypes.c_ulong(flags),
        options.encode() or None,
    )
    if check:
        _call(f"mount {target}", done)


def _visible() -> list[str]:
    """What Python needs to go on: its own folders and the system's libraries (a clone is not among them)."""
    libraries = {p for p in sys.path if os.path.basename(p) in ("site-packages", "dist-packages")}
    libraries.add(str(Path(numpy.__file__).parents[1]))
    wanted = {sys.prefix, sys.base_prefix, *sysconfig.get_paths().values(), *libraries}
    wanted = {p for path in wanted if os.path.isdir(path) for p in (path, os.path.realpath(path))}
    shown = [p for p in SYSTEM if os.path.lexists(p)]
    for path in sorted(wanted, key=len):
        if not any(path == s or path.startswith(s.rstrip("/") + "/") for s in shown):
            shown.append(path)
    return shown


def _hidden() -> list[str]:
    """Folders with checks, references or submissions that may lie below what is shown.

    An editable install puts labs and data among the libraries although the package itself lies elsewhere.
    """
    clone = [BESIDE / name for name in ("labs", "data", "tests", "notebooks")]
    installed = [Path(p, PACKAGE.name) for p in sys.path if p]
    sources = [Path("/usr/src"), Path("/usr/local/src")]  # where a container keeps its own work
    return [str(p) for p in dict.fromkeys([PACKAGE, *clone, *installed, *sources])]


# -- privileges and limits -----------------------------------------------------------------------------------
def limit() -> None:
    """Limits on memory, processor time, files and processes, where the system has them; for good."""
    if resource is None:
        return
    statm = Path("/proc/self/statm")
    mapped = int(statm.read_text().split()[0]) * resource.getpagesize() if statm.exists() else 32 * 2**30
    limits = {
        "AS": mapped + MEMORY,
        "CPU": CPU_SECONDS,
        "CORE": 0,
        "FSIZE": FILE,
        "NOFILE": 256,
        "NPROC": 256,
        "MSGQUEUE": 0,
        "MEMLOCK": 0,
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


def _drop_capabilities() -> None:
    """No capability is left, nor can one be had again."""
    for capability in range(64):
        _libc.prctl(_CAPBSET_DROP, capability, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    _call("capset", _libc.capset(header, (ctypes.c_uint32 * 6)()))


def _die_with_parent() -> None:
    if _libc is not None:
        _libc.prctl(_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _close_all_but(keep: int | None) -> None:
    null = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(null, standard)
    keep = 2 if keep is None else keep
    os.closerange(3, keep)
    os.closerange(keep + 1, max(keep + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0]))


def _call(what: str, result: int) -> None:
    if result != 0:
        raise SandboxError(f"{what}: {os.strerror(ctypes.get_errno())}")
