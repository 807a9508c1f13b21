"""What a child is shown of the machine's files: a list. What is not on it is not there.

On it stand the interpreter, its standard library, the folders of installed packages and the system's libraries, each by
its path. Their surroundings are not shown: not the folder that an environment lies in, which may be the course's own.
What must never be seen (the package with its checks, the clone, the working folder, home, the folder of results) is
covered up where it lies below something shown.
"""

import glob
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy

from seqlab.places import BESIDE, PACKAGE

SYSTEM = (
    *("/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64", "/etc/ld.so.cache", "/etc/localtime"),
    *("/etc/fonts", "/usr/share/fonts", "/usr/share/fontconfig", "/usr/share/zoneinfo", "/usr/share/locale"),
)
PROGRAMS = ("/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/etc/alternatives")  # for a notebook's kernel
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
ALWAYS = ("/proc/cpuinfo", *DEVICES)
PACKAGES = ("site-packages", "dist-packages")


@dataclass(frozen=True)
class Entry:
    """A path that is put into the child's root: shown, or covered up although what it lies in is shown."""

    path: str
    shown: bool = True


def shown(programs: bool = False) -> list[str]:
    """The paths that a child sees: of Python and its packages, and of the system."""
    executables = [step for path in (sys.executable, getattr(sys, "_base_executable", "")) for step in _chain(path)]
    library = os.path.dirname(os.__file__)
    packages = [p for p in sys.path if os.path.basename(p) in PACKAGES] + [str(Path(numpy.__file__).parents[1])]
    folders = [library, *(p for p in sys.path if os.path.basename(p) == "lib-dynload"), *packages]
    for prefix in {sys.prefix, sys.base_prefix}:
        executables += [
            os.path.join(prefix, "pyvenv.cfg"),
            *glob.glob(os.path.join(glob.escape(prefix), "lib/libpython*")),
        ]
        if os.path.isdir(os.path.join(prefix, "conda-meta")):  # its packages load libraries out of lib/
            folders.append(os.path.join(prefix, "lib"))
    wanted = [
        *SYSTEM,
        *(PROGRAMS if programs else ()),
        *executables,
        *folders,
        *map(os.path.realpath, folders),
        *ALWAYS,
    ]
    return [path for path in dict.fromkeys(wanted) if os.path.lexists(path)]


def never(beside: Iterable[str] = (), kernel: bool = False) -> list[str]:
    """What a child must not see, wherever it lies: `beside` names what a run has of its own, such as OUT.

    A notebook's kernel sees what installers wrote: it starts as a new Python, which finds the package by that.
    """
    told = [] if kernel else _told_by_installers()
    clone = [] if BESIDE.name in PACKAGES else [BESIDE]
    installed = [Path(p, PACKAGE.name) for p in sys.path if p]  # an editable install leaves labs and data there
    own = [Path.home(), Path.cwd(), *map(Path, beside)]
    paths = [
        p
        for path in (PACKAGE, *clone, *installed, *told, *own)
        for p in (os.path.abspath(path), os.path.realpath(path))
    ]
    return [path for path in dict.fromkeys(paths) if path != "/"]


def _told_by_installers() -> list[Path]:
    """What installers wrote of this package, such as where the clone lies; but METADATA, which a list of packages needs."""
    folders = [Path(p) for p in sys.path if os.path.basename(p) in PACKAGES]
    told = [
        file for folder in folders for file in folder.glob(f"{PACKAGE.name}-*.dist-info/*") if file.name != "METADATA"
    ]
    return told + [file for folder in folders for file in folder.glob(f"*{PACKAGE.name}*.pth")]


def layout(paths: Iterable[str], hidden: Iterable[str]) -> list[Entry]:
    """The entries of a root, outer ones first: a path that is there already with an outer one has none of its own.

    >>> [(e.path, e.shown) for e in layout(["/v/packages", "/usr/lib"], ["/v", "/usr/lib/course"])]
    [('/usr/lib', True), ('/usr/lib/course', False), ('/v/packages', True)]
    """
    paths = set(paths)
    entries: list[Entry] = []
    for path in sorted(paths.union(hidden), key=lambda p: p.split("/")):
        around = next((e for e in reversed(entries) if inside(path, e.path)), None)
        if (path in paths) != (around is not None and around.shown):
            entries.append(Entry(path, path in paths))
    return entries


def inside(path: str, folder: str) -> bool:
    """Is it the folder, or does it lie below?"""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _chain(path: str) -> list[str]:
    """A program's path and the links that it goes through to the file itself."""
    steps: list[str] = []
    while path and path not in steps:
        steps.append(path)
        if os.path.islink(path):
            path = os.path.normpath(os.path.join(os.path.dirname(path), os.readlink(path)))
    return steps if len(steps) < 9 else []
