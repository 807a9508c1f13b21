"""The root that a child sees: a tmpfs with what `shown.py` lists, all of it read-only, and a small /tmp of its own.

Where an environment is for its owner's eyes alone (made by root with umask 077), what is shown is shown through a mount
that maps the owner to the child's user (an id-mapped mount, Linux 5.12): the child reads as the owner could, and is
not the owner to anything else.
"""

import ctypes
import errno
import os
import signal
import struct
import sys
from pathlib import Path

from seqlab.autograder.child.kernel_calls import LIBC, SandboxError, must, syscall
from seqlab.autograder.child.shown import ALWAYS, DEVICES, SYSTEM, Entry, inside, layout

_RDONLY, _NOSUID, _NODEV, _NOEXEC, _REMOUNT, _BIND, _REC, _PRIVATE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18
_AT_FDCWD, _AT_EMPTY_PATH, _AT_RECURSIVE, _OPEN_TREE_CLONE, _MOVE_MOUNT_F_EMPTY_PATH = -100, 0x1000, 0x8000, 1, 4
_ATTR_IDMAP, _MNT_DETACH, _NEWUSER = 0x00100000, 2, 0x10000000
TMP, SHM = "nr_inodes=4096", "size=16m,nr_inodes=64"


def build(shown: list[str], hidden: list[str], tmp: int, proc: bool, maps: dict[int, int]) -> None:
    """Make the root and move into it; SandboxError where a step fails. Needs a mount namespace of its own.

    tmp: bytes of /tmp. proc: is there a /proc, of the own process namespace? maps: owner -> a user namespace that maps it.
    """
    os.umask(0o022)
    _mount("none", "/", None, _REC | _PRIVATE)
    # over a directory that nothing of what we show lies in
    root = next(
        r for r in ("/sys", "/mnt", "/srv", "/media") if os.path.isdir(r) and not any(inside(p, r) for p in shown)
    )
    _mount("tmpfs", root, "tmpfs", _NOSUID | _NODEV, "size=4m,nr_inodes=8192,mode=755")
    for folder, options in (("/tmp", f"size={tmp},{TMP},mode=1777"), ("/dev/shm", f"{SHM},mode=1777")):
        os.makedirs(root + folder)
        _mount("tmpfs", root + folder, "tmpfs", _NOSUID | _NODEV | _NOEXEC, options)
    os.makedirs(root + "/proc/self")
    os.symlink(os.path.realpath(sys.executable), root + "/proc/self/exe")  # TensorFlow asks for both
    Path(root + "/proc/self/cmdline").write_bytes(b"python\0")
    if proc:  # some containers refuse
        _mount("proc", root + "/proc", "proc", _RDONLY | _NOSUID | _NODEV | _NOEXEC, check=False)
    covers = [covered for entry in layout(shown, hidden) if (covered := _put(entry, root, maps))]
    for cover in covers:
        _mount("none", cover, None, _REMOUNT | _BIND | _RDONLY | _NOSUID | _NODEV)
    os.makedirs(root + "/old")
    os.chdir(root)
    must("pivot_root", syscall("pivot_root", b".", b"old"))
    os.chdir("/")
    must("umount", LIBC.umount2(b"/old", _MNT_DETACH))
    os.rmdir("/old")
    _mount("none", "/", None, _REMOUNT | _BIND | _RDONLY | _NOSUID | _NODEV)
    os.chdir("/tmp")
    os.environ["HOME"] = os.environ["TMPDIR"] = "/tmp"
    LIBC.sethostname(b"lab", 3)


def _put(entry: Entry, root: str, maps: dict[int, int]) -> str:
    """Show a path, or cover it up; the cover, which is open for what is shown below it."""
    path, target = entry.path, root + entry.path
    if not entry.shown:
        if os.path.isdir(target):
            _mount("tmpfs", target, "tmpfs", _NOSUID | _NODEV, "size=64k,nr_inodes=64,mode=755")
            return target
        if os.path.exists(target):
            _bind("/dev/null", target, {})
    elif os.path.islink(path):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.symlink(os.readlink(path), target)
    elif not (path.startswith("/proc/") and os.path.exists(target)):
        _bind(path, target, maps)
    return ""


def _bind(source: str, target: str, maps: dict[int, int]) -> None:
    """The source at the target, with all that is mounted below it, read-only. A device is written to all the same."""
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if not os.path.lexists(target):  # what is there already is read-only
            Path(target).touch()
    user_namespace = None if source in (*SYSTEM, *ALWAYS) else maps.get(os.stat(source).st_uid)
    flags = _RDONLY | _NOSUID | (0 if source in DEVICES else _NODEV)
    tree = syscall("open_tree", _AT_FDCWD, source.encode(), _OPEN_TREE_CLONE | _AT_RECURSIVE)
    attributes = struct.pack("=4Q", flags | (_ATTR_IDMAP if user_namespace else 0), 0, 0, user_namespace or 0)
    how = _AT_EMPTY_PATH | _AT_RECURSIVE
    if tree >= 0 and syscall("mount_setattr", tree, b"", how, attributes, len(attributes)) == 0:
        must(f"mount {target}", syscall("move_mount", tree, b"", _AT_FDCWD, target.encode(), _MOVE_MOUNT_F_EMPTY_PATH))
        os.close(tree)
        return
    if tree >= 0:
        os.close(tree)
    if user_namespace:
        must(f"an id-mapped mount of {source}", -1)
    _mount(source, target, None, _BIND | _REC)  # an older kernel
    # flags that the mount has already are locked in a user namespace, and must be repeated
    kept = os.statvfs(target).f_flag & (_NOSUID | _NODEV | _NOEXEC | 1024 | 2048)
    _mount("none", target, None, _REMOUNT | _BIND | kept | flags)


def _mount(source: str, target: str, kind: str | None, flags: int, options: str = "", check: bool = True) -> None:
    done = LIBC.mount(
        source.encode(),
        target.encode(),
        kind.encode() if kind else None,
        ctypes.c_ulong(flags),
        options.encode() or None,
    )
    if check:
        must(f"mount {target}", done)


def mapping(owner: int, user: int) -> int:
    """A user namespace, as an open file, in which a file of the owner's belongs to the user; group likewise."""
    listen, tell = os.pipe()
    stay, go = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(go)
        os.write(tell, bytes([0 if LIBC.unshare(_NEWUSER) == 0 else ctypes.get_errno()]))
        os.read(stay, 1)
        os._exit(0)
    try:
        if failed := (os.read(listen, 1) or bytes([errno.ECHILD]))[0]:
            raise SandboxError(f"a user namespace: {os.strerror(failed)}")
        Path(f"/proc/{pid}/uid_map").write_text(f"{owner} {user} 1")
        Path(f"/proc/{pid}/gid_map").write_text(f"{owner} {user} 1")
        return os.open(f"/proc/{pid}/ns/user", os.O_RDONLY | os.O_CLOEXEC)
    finally:
        for end in (listen, tell, stay, go):
            os.close(end)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
