"""Blows at the sandbox from inside, each with the one defence that holds it: with that switched off, it lands.

    python -P tests/autograder/blows.py FOLDER

FOLDER lies below nothing that is shown. Printed, as JSON: name -> [did it land in the sandbox?, did it land without the
defence?]. No TensorFlow is needed, so that all of them take seconds.
"""

import contextlib
import ctypes
import json
import os
import resource
import signal
import stat
import sys
from pathlib import Path
from unittest import mock

from seqlab.autograder.child import privileges, promises, root, sandbox, seccomp
from seqlab.autograder.child.kernel_calls import CAPBSET_READ, prctl, syscall

FOLDER = Path(sys.argv[1])
OUT = FOLDER / "shown" / "marks"
PAGE = ctypes.create_string_buffer(3 * 4096)
HERE = (ctypes.addressof(PAGE) + 4095) // 4096 * 4096
LIBRARY = os.__file__
MEMORY = 3 * 2**30


def went(name, *args):
    """Did a system call get through?"""
    return syscall(name, *args) >= 0


def of_the_socket(call, option, value):
    """An option of the one socket that there is, asked for or set."""
    socket = next(f for f in range(3, 64) if is_socket(f))
    number, size = ctypes.c_int(value), ctypes.c_int(4)
    return went(call, socket, 1, option, ctypes.byref(number), ctypes.byref(size) if call == "getsockopt" else 4)


def is_socket(file):
    try:
        return stat.S_ISSOCK(os.fstat(file).st_mode)
    except OSError:
        return False


def whiteout():
    open("/tmp/renamed", "w").close()
    went("renameat2", -100, b"/tmp/renamed", -100, b"/tmp/anew", 4)
    return stat.S_ISCHR(os.stat("/tmp/renamed").st_mode)


def many_files(folder, count=6000):
    names = [f"{folder}/{number}" for number in range(count)]
    try:
        for name in names:
            open(name, "w").close()
        return True
    finally:
        for name in filter(os.path.exists, names):
            os.remove(name)


def locked():
    with open(LIBRARY) as file:
        return went("flock", file.fileno(), 1 | 4)


def with_attribute():
    open("/tmp/own", "w").close()
    return went("setxattr", b"/tmp/own", b"user.x", b"x", 1, 0)


def cached():
    with open("/tmp/own", "w+") as file:
        return went("cachestat", file.fileno(), (ctypes.c_uint64 * 2)(0, 4096), ctypes.create_string_buffer(40), 0)


def now():
    with open(LIBRARY, "rb") as file:
        file.read(16)  # what no one has read since the machine's start is not in memory
        part = ctypes.create_string_buffer(16)
        vector = (ctypes.c_uint64 * 2)(ctypes.addressof(part), 16)
        return went("preadv2", file.fileno(), vector, 1, 0, 0, 8)


def touched(path):
    os.utime(path)
    return True


def opened(path, flags=os.O_WRONLY):
    os.close(os.open(path, flags))
    return True


def forked():
    if not (pid := os.fork()):
        os._exit(0)
    return os.waitpid(pid, 0)[1] == 0


def outlives_its_parent():
    prctl(1, 0)
    told = ctypes.c_int(9)
    ctypes.CDLL(None).prctl(2, ctypes.byref(told), 0, 0, 0)
    return told.value == 0


# -- the defences, switched off ------------------------------------------------------------------------------
def no_filter(plan):
    plan.seccomp = False


def no_other_user(plan):
    plan.other_user = False


def instead(owner, name, value):
    return lambda plan: mock.patch.object(owner, name, value)


def shows(path):
    def switch(plan):
        plan.visible = [*plan.visible, str(path)]
        plan.hidden = []

    return switch


def all_of(*switches):
    def switch(plan):
        stack = contextlib.ExitStack()
        for one in switches:
            stack.enter_context(one(plan) or contextlib.nullcontext())
        return stack

    return switch


AS_ROOT = all_of(no_other_user, instead(privileges, "never_root", lambda other_user: None))
FREELY = instead(privileges, "limit", lambda *_: None)
WRITABLE = instead(root, "_RDONLY", 0)

BLOWS = {
    "all slots of asynchronous reading": (no_filter, lambda: went("io_setup", 9, ctypes.byref(ctypes.c_ulong()))),
    "attributes of files": (no_filter, with_attribute),
    "a file in memory": (no_filter, lambda: went("memfd_create", b"x", 0)),
    "a user namespace": (no_filter, lambda: went("unshare", 0x10000000)),
    "a key in the kernel": (no_filter, lambda: went("add_key", b"user", b"x", b"x", 1, -1)),
    "a process": (no_filter, forked),
    "a notice of what others read": (no_filter, lambda: went("inotify_init1", 0)),
    "a lock that others see": (no_filter, locked),
    "pages in memory, by mincore": (no_filter, lambda: went("mincore", HERE, 4096, ctypes.create_string_buffer(1))),
    "pages in memory, by cachestat": (no_filter, cached),
    "pages in memory, by reading without waiting": (no_filter, now),
    "pages in memory, by faults": (no_filter, lambda: resource.getrusage(resource.RUSAGE_SELF).ru_minflt >= 0),
    "pages thrown out of memory": (no_filter, lambda: went("madvise", HERE, 4096, 21)),
    "a life after its parent's": (no_filter, outlives_its_parent),
    "a handle on the process at the other end": (no_filter, lambda: of_the_socket("getsockopt", 77, 0)),
    "a larger buffer of the socket's": (no_filter, lambda: of_the_socket("setsockopt", 7, 1 << 20)),
    "a device by a rename": (no_filter, whiteout),
    "a queue of messages": (no_filter, lambda: went("msgget", 0, 0o1600)),
    "inodes of /dev/shm": (instead(root, "SHM", "size=16m"), lambda: many_files("/dev/shm", 100)),
    "inodes of /tmp": (instead(root, "TMP", "nr_inodes=9000"), lambda: many_files("/tmp")),
    "the time of a device": (WRITABLE, lambda: touched("/dev/null")),
    "a file of the system's": (all_of(WRITABLE, AS_ROOT), lambda: touched(LIBRARY)),
    "the bounding set": (
        instead(privileges, "forbid_capabilities", lambda: None), lambda: prctl(CAPBSET_READ, 21) == 1,
    ),
    "memory": (FREELY, lambda: len(bytearray(MEMORY)) == MEMORY),
    "a mode of a device": (all_of(WRITABLE, AS_ROOT), lambda: os.chmod("/dev/null", os.stat("/dev/null").st_mode & 0o7777) is None),
    "the kernel's settings": (
        all_of(AS_ROOT, lambda plan: setattr(plan, "processes", True), WRITABLE),
        lambda: opened("/proc/sys/kernel/core_pattern"),
    ),
    "what lies beside the environment": (shows(FOLDER), lambda: bool(os.listdir(FOLDER / "work"))),
    "results that lie below what is shown": (shows(FOLDER / "shown"), lambda: bool(os.listdir(OUT))),
}  # fmt: skip


def land(plan, bodies):
    """Which blows land, all struck in one fork? One that is refused, whatever the way, does not."""

    def inside():
        found = []
        for body in bodies:
            try:
                found.append(bool(body()))
            except (OSError, MemoryError):
                found.append(False)
        return json.dumps(found).encode()

    return json.loads(sandbox.within(plan, inside)[0])


def main():
    with mock.patch.object(sandbox, "tried", return_value=[]):
        plan = sandbox.prepare([OUT])
    whole = sandbox.Plan(**vars(plan) | {"visible": [*plan.visible, str(FOLDER / "shown")]})
    came = {name: [held] for name, held in zip(BLOWS, land(whole, [body for _, body in BLOWS.values()]), strict=True)}
    for switch in dict.fromkeys(switch for switch, _ in BLOWS.values()):
        weak, bodies = sandbox.Plan(**vars(plan)), {n: body for n, (s, body) in BLOWS.items() if s is switch}
        with switch(weak) or contextlib.nullcontext():
            for name, landed in zip(bodies, land(weak, bodies.values()), strict=True):
                came[name].append(landed)
    older = {"an older kernel": [plan.full, on_an_older_kernel(plan)]}
    print(json.dumps([plan.full, os.geteuid() == 0, came, not_kept(plan) | older]))


def on_an_older_kernel(plan, of=root.syscall):
    """Are all promises kept where files are shown by the older calls too?"""
    without = {"open_tree"}
    with mock.patch.object(root, "syscall", lambda name, *args: -1 if name in without else of(name, *args)):
        found = promises.tried(plan, lambda body: sandbox.within(plan, body))
    return [promise.name for promise in found if not promise.kept]


def not_kept(plan):
    """What the self-test finds where a defence is off: name of the switch -> promises that are not kept."""
    switches = {
        "filter": instead(seccomp, "install", lambda *_: None), "root": AS_ROOT, "limits": FREELY, "files": all_of(WRITABLE, AS_ROOT),
        "inodes": instead(root, "SHM", "size=16m,nr_inodes=9000"), "hidden": shows(FOLDER / "shown"),
        "capabilities": instead(privileges, "forbid_capabilities", lambda: None),
    }  # fmt: skip
    found = {}
    for name, switch in switches.items():
        weak = sandbox.Plan(**vars(plan))
        with switch(weak) or contextlib.nullcontext():
            weak.hidden = [str(OUT)] if name == "hidden" else weak.hidden
            with mock.patch.object(root, "layout", _all_shown if name == "hidden" else root.layout):
                weak.promises = promises.tried(weak, lambda body, weak=weak: sandbox.within(weak, body))
        found[name] = [*weak.broken, "and so it is " + ("on" if weak.full else "REDUCED")]
    return found


def _all_shown(paths, hidden, of=root.layout):
    return of(paths, [])


if __name__ == "__main__":
    signal.alarm(120)
    main()
