"""The sandbox: what a fork of the warm parent gives up before it runs a student's code (Linux).

In order: namespaces of its own (mounts, processes, network, IPC, host name, users); a new root that holds only what
`shown.py` lists, read-only, with a small private /tmp (`root.py`); another user where we are root, with no capability
and none to be had, and limits on memory, processor time, files and processes (`privileges.py`); and a filter that lets
only those system calls through that Python and TensorFlow need (`seccomp.py`).

`prepare` finds out once what this machine allows, and tries from inside whether each promise is kept (`promises.py`);
`enter` does it in each fork, and fails closed. Root itself never runs a student's code.
"""

import itertools
import os
import signal
import socket
import struct
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy

from seqlab.autograder.child import privileges, root, seccomp, shown
from seqlab.autograder.child.kernel_calls import DUMPABLE, LIBC, SandboxError, must, prctl
from seqlab.autograder.child.promises import Promise, tried

_NEWNS, _NEWUTS, _NEWIPC, _NEWUSER, _NEWPID, _NEWNET = (
    0x20000,
    0x4000000,
    0x8000000,
    0x10000000,
    0x20000000,
    0x40000000,
)
TMP, TMP_OF_A_KERNEL = 64 * 2**20, 512 * 2**20
PATIENCE = 20.0  # seconds for a fork to get inside and say so
_CREDENTIALS = 2  # SCM_CREDENTIALS


@dataclass
class Plan:
    """What this machine allows. `line` is the sentence for the output and every report."""

    namespaces: bool = False
    other_user: bool = False  # as root: each fork is another user; else it keeps its user, without powers
    seccomp: bool = False
    limits: bool = True
    why: str = ""
    visible: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    processes: bool = False  # may it start processes and use sockets (inside its own namespaces)?
    tmp: int = TMP  # bytes of its private /tmp
    user: int = 0  # the one that it becomes where files are shown through a mapping of their owner
    maps: dict[int, int] = field(default_factory=dict)  # owner -> a user namespace that maps it to that user
    promises: list[Promise] = field(default_factory=list)  # as they were found to be kept, or not

    @property
    def full(self) -> bool:
        return self.namespaces and self.seccomp and not self.broken

    @property
    def broken(self) -> list[str]:
        """What was tried from inside and got through."""
        return [promise.name for promise in self.promises if promise.kept is False]

    @property
    def line(self) -> str:
        if self.full:
            return (
                "Sandbox: on (own mount, process, network, IPC and user namespaces, read-only files, private /tmp, "
                "no privileges, system-call filter, memory and time limits)."
            )
        have = ["processes of their own", "memory and time limits" if self.limits else "deadlines"]
        have += ["namespaces"] if self.namespaces else []
        have += ["a system-call filter"] if self.seccomp else []
        missing = [] if self.namespaces else ["namespaces (files and network are not hidden)"]
        missing += [] if self.seccomp else ["a system-call filter"]
        missing += [f"this, which was tried and got through: {name}" for name in self.broken]
        why = f": {self.why}" if self.why else ""
        return f"Sandbox: REDUCED. Students' code has {', '.join(have)}, but not {' or '.join(missing)}{why}."


def prepare(beside: Iterable[str] = (), kernel: bool = False) -> Plan:
    """Find out, in forks that are thrown away, what this machine allows, and whether it holds.

    beside: what must not be seen, such as the folder of results. kernel: for a notebook's kernel, which starts processes.
    SandboxError where not even a user without privileges and limits can be had: nothing runs then.
    """
    if sys.platform != "linux":
        return Plan(limits=False, why=f"{sys.platform} has none of the kernel's means that it needs")
    plan = Plan(visible=shown.shown(programs=kernel), hidden=shown.never(beside, kernel), processes=kernel)
    plan.tmp = TMP_OF_A_KERNEL if kernel else TMP
    reason = _choose(plan)
    if reason is not None:
        why = "never runs as root, and as another user it" if privileges.is_root() else "is not run where it"
        without = "" if reason == plan.why else f"; and without namespaces: {reason}"
        raise SandboxError(f"students' code {why} cannot be confined: {plan.why}{without}")
    plan.promises = tried(plan, lambda body: within(plan, body))
    return plan


def _choose(plan: Plan) -> str | None:
    """Set the plan to the most that a fork gets through; None, or why not even the least does."""
    filters = [True, False] if seccomp.known() else [False]
    plan.other_user = os.geteuid() == 0 and privileges.another_user() > 0
    mapped = [False, True] if plan.other_user else [False]  # an environment may be for root's eyes only
    reason: str | None = ""
    for plan.namespaces, plan.seccomp, with_maps in itertools.product([True, False], filters, mapped):
        try:
            plan.maps = _maps(plan) if with_maps and plan.namespaces else {}
            reason = _rehearse(plan)
        except (OSError, SandboxError) as error:
            reason = str(error)
        if reason is None:
            return None
        plan.why = reason if plan.namespaces or not plan.why else plan.why
    return reason


def _maps(plan: Plan) -> dict[int, int]:
    plan.user = privileges.another_user()
    owners = {os.stat(path).st_uid for path in plan.visible if path not in (*shown.SYSTEM, *shown.ALWAYS)}
    return {owner: root.mapping(owner, plan.user) for owner in owners}


def enter(plan: Plan, keep: int, cpu: int | None = None, tell_init: Callable[[int], object] = lambda pid: None) -> None:
    """Enter the sandbox; only the file descriptor `keep` stays open. Called in a fresh fork.

    Returns in the innermost process. The outer ones wait for it and end as it ends, here, without returning;
    the outermost first calls `tell_init` with the number of the namespace's process 1, whose end ends all.
    """
    privileges.die_with_parent()
    in_use, was_root = privileges.mapped(), privileges.is_root()  # asked while there is a /proc
    user = plan.user or privileges.another_user() if plan.other_user else 0
    others = 0 if plan.namespaces or plan.other_user else privileges.threads_of(os.getuid())
    if cpu is not None:  # one that uses all the processor it can get must not slow its neighbours
        os.sched_setaffinity(0, {cpu})
    process = None
    if plan.namespaces:
        kinds = _NEWNS | _NEWUTS | _NEWIPC | _NEWPID | _NEWNET
        own, group = os.geteuid(), os.getegid()
        must("unshare", LIBC.unshare(kinds if plan.other_user else kinds | _NEWUSER))
        if not plan.other_user:  # somebody else's root is nobody in here
            itself = os.open("/proc/self", os.O_RDONLY)
            privileges.map_user(own, group, own or privileges.NOBODY, group or privileges.NOBODY, itself)
        _become_child_of_init(tell_init)
    _close_all_but(keep, *plan.maps.values())
    if plan.namespaces:
        process = os.open("/proc/self", os.O_RDONLY)  # in the new root there is none
        root.build(plan.visible, plan.hidden, plan.tmp, plan.processes, plan.maps)
    if plan.other_user:
        privileges.become(user, process)
    _close_all_but(keep)
    privileges.limit(in_use, others)
    privileges.give_up()
    privileges.die_with_parent()  # a change of user forgets it
    if was_root:
        privileges.never_root(plan.other_user)
    if plan.seccomp:
        seccomp.install(LIBC, plan.processes)


def within(plan: Plan, body: Callable[[], bytes]) -> tuple[bytes, int, bool]:
    """What the body returns in a fork inside the sandbox; whom the machine takes that fork for; are its users its own?"""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    pid = os.fork()
    if not pid:
        ours.close()
        try:
            enter(plan, theirs.fileno())
            theirs.sendall(b"+" + body())
        except BaseException as error:
            theirs.sendall(f"-{error}"[:200].encode())
        signal.pause()  # until it has been looked at from outside
        os._exit(0)
    theirs.close()
    ours.settimeout(PATIENCE)
    try:
        said, control, _, _ = ours.recvmsg(1 << 16, socket.CMSG_SPACE(12))
    except TimeoutError:
        said, control = b"-it did not answer", []
    inside, user = next((struct.unpack("2i4x", data) for _, kind, data in control if kind == _CREDENTIALS), (0, -1))
    try:
        own_users = os.readlink(f"/proc/{inside}/ns/user") != os.readlink("/proc/self/ns/user")
    except OSError:  # only to a process of other users is one closed that it has started itself
        own_users = inside > 0
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    ours.close()
    if not said.startswith(b"+"):
        raise SandboxError(said[1:].decode(errors="replace") or "a fork died while entering it")
    return said[1:], user, own_users


def _rehearse(plan: Plan) -> str | None:
    """None if a fork gets through `enter` and can still read what it will need; else the reason it gives."""

    def body() -> bytes:
        for folder in (p for p in plan.visible if p not in shown.SYSTEM and os.path.isdir(p)):
            for name in os.listdir(folder):
                path = os.path.join(folder, name)
                if not os.access(path, os.R_OK | (os.X_OK if os.path.isdir(path) else 0)) and not _covered(path, plan):
                    raise SandboxError(f"{path} is for its owner alone to read")
        for needed in (os.devnull, numpy.__file__, os.__file__):
            try:
                os.close(os.open(needed, os.O_RDONLY))
            except PermissionError:
                raise SandboxError(f"{needed} cannot be read by the user that answers run as") from None
        return b""

    try:
        within(plan, body)
    except SandboxError as error:
        return str(error)
    return None


def _covered(path: str, plan: Plan) -> bool:
    return any(shown.inside(path, hidden) for hidden in plan.hidden) or not os.path.exists(path)


# -- namespaces ----------------------------------------------------------------------------------------------
def _become_child_of_init(tell_init: Callable[[int], object]) -> None:
    """Fork twice: process 1 of the new namespace, whose end ends all, and the one that goes on.

    Those that only wait have no filter: they keep no file, and none of the same user can look into them.
    """
    for after, wait in ((tell_init, _wait_and_end_alike), (lambda pid: None, _wait_and_tell)):
        pid = os.fork()
        if pid:
            after(pid)
            prctl(DUMPABLE, 0)
            _close_all_but()
            wait(pid)
        privileges.die_with_parent()


def _wait_and_tell(pid: int) -> None:
    """End with the status of a child: its exit status, at most 127, or 128 and a signal's number."""
    while True:
        done, status = os.wait()  # as process 1 it also reaps orphans
        if done == pid:
            code = os.waitstatus_to_exitcode(status)
            os._exit(min(code, 127) if code >= 0 else 128 - code)


def _wait_and_end_alike(pid: int) -> None:
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os._exit(code if code >= 0 else 128 - code)


def _close_all_but(*keep: int) -> None:
    null = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(null, standard)
    most = privileges.resource.getrlimit(privileges.resource.RLIMIT_NOFILE)[0]
    ends = [2, *sorted(keep), max(most if 0 < most < 1 << 20 else 1 << 20, *keep, 2) + 1]
    for last, following in itertools.pairwise(ends):
        os.closerange(last + 1, following)
