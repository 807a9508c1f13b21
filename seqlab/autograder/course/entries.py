"""Everything that lies below the given paths, as a flat list: files, links, members of zips and tars, zips in zips.

Nothing is left out here and nothing is unpacked to disk. What cannot be graded as it is, such as a link or a
damaged zip, has its reason with it, and so has what is passed over: leavings of systems, and what a run wrote.
"""

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from zipfile import BadZipFile, ZipInfo

from seqlab.autograder.course import kinds, rubbish
from seqlab.autograder.course.archives import Archives, TooMuch, Way, composed, names_of, shown
from seqlab.autograder.course.limits import DEEPEST, DEPTH, MAX_FILE, MAX_MEMBERS, MAX_OPENED, MAX_OWN
from seqlab.autograder.course.names import is_archive
from seqlab.errors import SeqlabError

_TOO_DEEP = f"it lies {DEEPEST} folders deep, and no deeper one is looked at: put what you hand in into one folder"
_NO_FILE = "it is neither a file nor a folder"


def _nothing(most: int = 0) -> bytes:
    return b""


@dataclass(frozen=True)
class Entry:
    """One thing that lies there. Only names in `outer` can be a platform's or an instructor's."""

    path: str  # as it is shown: below what was given, the member of an archive behind an exclamation mark
    source: str  # the same, with the whole path
    outer: tuple[str, ...]  # the given path's own name, and the names below it, up to a student's own zip
    inner: tuple[str, ...] = ()  # the names in that zip: a student's
    read: Callable[..., bytes] = _nothing  # with a number, so many bytes from the beginning
    problem: str = ""  # why it cannot be graded
    passed: str = ""  # why it is passed over
    archive: bool = False  # a student's zip or tar: what is in it has entries of its own

    @property
    def name(self) -> str:
        """Its own name, without the folders."""
        return (self.outer + self.inner)[-1]


def list_entries(
    paths: Iterable[Path], is_export: Callable[[Path], bool] = lambda path: False, out: Path | None = None
) -> list[Entry]:
    """All entries below the paths, sorted by name.

    Args:
        paths: files, folders, zips.
        is_export: is a given zip that of a class? Its members then lie as those of a folder do. In every other zip,
            the given ones and those in folders or zips, all names are one student's.
        out: where a run writes to, which is never a hand-in.

    Raises SeqlabError for a path that is not there.
    """
    found: list[Entry] = []
    archives = Archives()
    real = os.path.realpath(out) if out else ""
    for path in map(Path, paths):
        if not path.exists():
            raise SeqlabError(
                "a submission is a notebook, a hand-in, a folder or a zip of them",
                got=f"{path}, which is not there",
                fix="check the path",
            )
        name = os.path.basename(os.path.abspath(path)) or str(path)
        start = Entry(str(path), os.path.abspath(path), (composed(name),))
        if path.is_dir():
            found += _in_folder(path, start, archives, real)
        elif not path.is_file():
            found.append(replace(start, problem=_NO_FILE))
        elif is_export(path):
            found += _in_archive((str(path),), start, archives, own=False, budget=_Budget(MAX_MEMBERS))
        else:
            found += _file(path, start, archives)
    return [_judged(entry) for entry in {entry.source: entry for entry in found}.values()]


def _judged(entry: Entry) -> Entry:
    """With the reason if it is rubbish, which outweighs that it could not be read either."""
    if entry.passed:
        return entry
    if part := rubbish.leaving(entry.outer[1:] + entry.inner):
        return replace(entry, passed=f"{_shown(part)} is left by a system or an editor", problem="")
    return entry


def _shown(part: str) -> str:
    return part.replace("\r", "").strip() or "it"


# -- folders ---------------------------------------------------------------------------------------------------
def _in_folder(folder: Path, at: Entry, archives: Archives, out: str) -> Iterator[Entry]:
    # each with the names below a folder that an earlier run has written: a class may be graded into its own
    stack: list[tuple[Path, Entry, tuple[str, ...] | None]] = [(folder, at, None)]
    while stack:
        here, entry, ours = stack.pop()
        ours = () if rubbish.grading_folder(here) else ours
        try:
            with os.scandir(here) as found:
                children = sorted(found, key=lambda child: child.name)
        except OSError as error:
            yield replace(entry, problem=f"the folder cannot be read: {error.strerror}")
            continue
        folders: list[tuple[Path, Entry, tuple[str, ...] | None]] = []
        for child in children:
            path, new = Path(child.path), _below(entry, child.name)
            names = None if ours is None else (*ours, child.name)
            what = _what(child)
            if names and rubbish.is_ours(names):
                yield replace(new, passed="an earlier run wrote it")
            elif what == "link":
                yield replace(new, problem="it is a symbolic link, which is not followed: put the file itself here")
            elif what == "folder" and out and os.path.realpath(path) == out:
                yield replace(new, passed="the folder is that of this run's results")
            elif what == "folder" and len(new.outer) >= DEEPEST:
                yield replace(new, problem=_TOO_DEEP)
            elif what == "folder":
                folders.append((path, new, names))
            elif what == "file":
                yield from _file(path, new, archives)
            else:
                yield replace(new, problem=what)
        if not children and here != folder:
            yield replace(entry, problem="the folder is empty")
        stack += reversed(folders)


def _what(child: "os.DirEntry[str]") -> str:
    """A link, a folder, a file, or why it is none of them."""
    try:
        if child.is_symlink():
            return "link"
        return "folder" if child.is_dir() else "file" if child.is_file() else _NO_FILE
    except OSError as error:
        return f"it cannot be read: {error.strerror}"


def _below(at: Entry, name: str) -> Entry:
    own = composed(name)
    return replace(at, path=os.path.join(at.path, name), source=os.path.join(at.source, name), outer=(*at.outer, own))


def _file(path: Path, entry: Entry, archives: Archives) -> Iterator[Entry]:
    def read(most: int = MAX_FILE + 1) -> bytes:
        # a pipe may lie there by now, and nobody writes to it
        with open(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)), "rb") as file:
            return file.read(most) if stat.S_ISREG(os.fstat(file.fileno()).st_mode) else b""

    if is_archive(path.name) and not rubbish.leaving(entry.outer[1:]):
        yield from _in_archive((str(path),), entry, archives, own=True, budget=_Budget(MAX_OWN))
    else:
        yield replace(entry, read=read)


# -- zips and tars ---------------------------------------------------------------------------------------------
class _Budget:
    """How much of a zip is still looked at."""

    def __init__(self, members: int) -> None:
        self.members, self.opened = members, MAX_OPENED


def _in_archive(way: Way, at: Entry, archives: Archives, own: bool, budget: _Budget) -> Iterator[Entry]:
    """The archive itself, if it is a student's, and its members."""
    here = replace(at, archive=own)
    try:
        infos = archives.members(way)
    except Exception as error:  # as in `Archives.read`
        yield replace(here, problem=_unopened(way, archives, error))
        return
    files = list(shown(infos))
    folders = dict.fromkeys(names_of(info) for info in infos if info.is_dir())
    if not files and not folders:
        yield replace(here, problem=f"the {_called(at.name)} is empty")
        return
    if own:
        yield here
    for names in [*(names for _, _, names, _ in files), *folders]:
        for length in range(1, len(names)):
            folders.pop(names[:length], None)
    for number, info, names, label in files:
        entry = _member(at, label, names, own)
        budget.members -= not rubbish.leaving(names)  # of these a folder such as node_modules has thousands
        if budget.members < 0:
            yield replace(here, archive=False, problem="it has too many members: the rest is not looked at")
            return
        if len(names) > DEEPEST:
            yield replace(entry, problem=_TOO_DEEP)
            continue
        yield from _one_member((*way, number), info, entry, archives, own, budget)
    for names in folders:
        yield replace(_member(at, "/".join(names), names, own), problem="the folder is empty")


def _one_member(
    way: Way, info: ZipInfo, entry: Entry, archives: Archives, own: bool, budget: _Budget
) -> Iterator[Entry]:
    mode = info.external_attr >> 16
    if stat.S_ISLNK(mode):
        yield replace(entry, problem="it is a symbolic link, which is not followed: put the file itself into the zip")
    elif stat.S_ISFIFO(mode) or stat.S_ISCHR(mode) or stat.S_ISBLK(mode) or stat.S_ISSOCK(mode):
        yield replace(entry, problem=_NO_FILE)
    elif info.flag_bits & 1:
        yield replace(entry, problem="it is protected by a password: hand it in without one")
    elif rubbish.leaving(entry.outer[1:] + entry.inner):
        yield entry
    elif own and info.file_size > budget.opened:
        yield replace(entry, problem=f"the zip holds more than {MAX_OPENED >> 20} MB, and the rest is not looked at")
    elif not is_archive(entry.name):
        budget.opened -= info.file_size if own else 0
        yield replace(entry, read=lambda most=MAX_FILE + 1: archives.read(way, most))
    elif len(way) > DEPTH:
        yield replace(entry, problem=f"it is a zip in {len(way) - 1} zips, and no deeper one is opened")
    elif info.file_size > MAX_FILE or info.file_size > budget.opened:
        yield replace(entry, problem=f"the zip is too large to be looked into: {info.file_size >> 20} MB")
    else:
        budget.opened -= info.file_size
        inside = budget if own else _Budget(MAX_OWN)
        yield from _in_archive(way, entry, archives, own=True, budget=inside)


def _member(at: Entry, label: str, names: tuple[str, ...], own: bool) -> Entry:
    mark = f"!{label}"
    outer, inner = (at.outer, at.inner + names) if own else (at.outer + names, ())
    return Entry(at.path + mark, at.source + mark, outer, inner)


def _called(name: str) -> str:
    return "zip" if name.casefold().endswith(".zip") else "tar"


def _unopened(way: Way, archives: Archives, error: Exception) -> str:
    """Why an archive could not be opened."""
    name = str(way[0]) if len(way) == 1 else archives.members(way[:-1])[int(way[-1])].filename
    called = _called(name)
    if isinstance(error, TooMuch):
        return f"the {called} has {error}: hand in the notebook alone"
    if isinstance(error, OSError) and error.errno:
        return f"the {called} cannot be read: {error.strerror}"
    if isinstance(error, UnicodeDecodeError):
        return f"the {called} says that the names in it are UTF-8, and one is not: pack it again, with plain names"
    try:
        if len(way) == 1:
            with open(str(way[0]), "rb") as file:
                start = file.read(512)
        else:
            start = archives.read(way, 512)
    except (OSError, BadZipFile):
        start = b""
    if not start:
        return f"the {called} is empty: it has no bytes"
    kind = kinds.of_bytes(start)
    if start.startswith(b"PK") or called in kind.split() or (called == "tar" and "gzip" in kind):
        return f"the {called} is damaged, perhaps cut off ({error}): hand it in again"
    if kind:
        return f"it is called a {called} and is {kind}: hand in the notebook itself, or a zip"
    return f"it is called a {called} and is none: hand in the notebook itself"
