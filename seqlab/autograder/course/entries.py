"""Everything that lies below the given paths, as a flat list: files, links, members of zips, zips in zips.

Nothing is left out here and nothing is unpacked to disk. What cannot be graded as it is, such as a link or a
damaged zip, has its reason with it, and so has what is passed over: leavings of systems, and what a run wrote.
"""

import contextlib
import io
import os
import stat
import struct
import threading
import unicodedata
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from seqlab.autograder.course import rubbish
from seqlab.autograder.course.reading import archive_kind
from seqlab.autograder.course.submission import MAX_FILE
from seqlab.errors import SeqlabError

DEPTH = 3  # zips within a zip that are looked into
MAX_MEMBERS = 100_000  # of a class's zip that are listed, and
MAX_OWN = 2_000  # of a student's, with the zips in it
MAX_DIRECTORY = 64 * 2**20  # bytes of the list of members in a zip
_MAX_END = (1 << 16) + 1000  # bytes after it, with a comment
DEEPEST = 64  # names of a path, in a folder or in one zip, that are looked at
MAX_OPENED = 1 << 30  # bytes of the members of a student's zip, unpacked, that are looked at
_TOO_DEEP = f"it lies {DEEPEST} folders deep, and no deeper one is looked at: put what you hand in into one folder"


def _nothing() -> bytes:
    return b""


@dataclass(frozen=True)
class Entry:
    """One thing that lies there. Only names in `outer` can be a platform's or an instructor's."""

    path: str  # as it is shown: below what was given, the member of a zip behind an exclamation mark
    source: str  # the same, with the whole path
    outer: tuple[str, ...]  # the given path's own name, and the names below it, up to a student's own zip
    inner: tuple[str, ...] = ()  # the names in that zip: a student's
    read: Callable[[], bytes] = _nothing
    problem: str = ""  # why it cannot be graded
    passed: str = ""  # why it is passed over
    archive: bool = False  # a student's zip: what is in it has entries of its own

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
    archives = _Archives()
    for path in map(Path, paths):
        if not path.exists():
            raise SeqlabError(
                "a submission is a notebook, a hand-in, a folder or a zip of them",
                got=f"{path}, which is not there",
                fix="check the path",
            )
        name = os.path.basename(os.path.abspath(path)) or str(path)
        start = Entry(str(path), os.path.abspath(path), (_plain(name),))
        if path.is_dir():
            found += _in_folder(path, start, archives, out.resolve() if out else None)
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


def _plain(name: str) -> str:
    """A name in composed letters, as macOS does not write it."""
    return unicodedata.normalize("NFC", name)


# -- folders ---------------------------------------------------------------------------------------------------
def _in_folder(folder: Path, at: Entry, archives: "_Archives", out: Path | None) -> Iterator[Entry]:
    # each with the names below a folder that an earlier run has written: a class may be graded into its own
    stack: list[tuple[Path, Entry, tuple[str, ...] | None]] = [(folder, at, None)]
    while stack:
        here, entry, ours = stack.pop()
        ours = () if rubbish.grading_folder(here) else ours
        try:
            children = sorted(os.scandir(here), key=lambda child: child.name)
        except OSError as error:
            yield replace(entry, problem=f"the folder cannot be read: {error.strerror}")
            continue
        folders: list[tuple[Path, Entry, tuple[str, ...] | None]] = []
        for child in children:
            path, new = Path(child.path), _below(entry, child.name)
            names = None if ours is None else (*ours, child.name)
            if names and rubbish.is_ours(names):
                yield replace(new, passed="an earlier run wrote it")
            elif child.is_symlink():
                yield replace(new, problem="it is a symbolic link, which is not followed: put the file itself here")
            elif child.is_dir() and out and path.resolve() == out:
                yield replace(new, passed="the folder is that of this run's results")
            elif child.is_dir() and len(new.outer) >= DEEPEST:
                yield replace(new, problem=_TOO_DEEP)
            elif child.is_dir():
                folders.append((path, new, names))
            elif child.is_file():
                yield from _file(path, new, archives)
            else:
                yield replace(new, problem="it is neither a file nor a folder")
        if not children and here != folder:
            yield replace(entry, problem="the folder is empty")
        stack += reversed(folders)


def _below(at: Entry, name: str) -> Entry:
    plain = _plain(name)
    return replace(at, path=os.path.join(at.path, name), source=os.path.join(at.source, name), outer=(*at.outer, plain))


def _file(path: Path, entry: Entry, archives: "_Archives") -> Iterator[Entry]:
    def read() -> bytes:
        with open(path, "rb") as file:
            return file.read(MAX_FILE + 1)

    if path.name.casefold().endswith(".zip") and not rubbish.leaving(entry.outer[1:]):
        yield from _in_archive((str(path),), entry, archives, own=True, budget=_Budget(MAX_OWN))
    else:
        yield replace(entry, read=read)


# -- zips ------------------------------------------------------------------------------------------------------
class _Budget:
    """How much of a zip is still looked at."""

    def __init__(self, members: int) -> None:
        self.members, self.opened = members, MAX_OPENED


class _Archives:
    """Opens zips by the way to them, the path and then a member's number in each; the last few stay open."""

    def __init__(self, kept: int = 8) -> None:
        self._open: OrderedDict[tuple[str | int, ...], zipfile.ZipFile] = OrderedDict()
        self._kept, self._lock = kept, threading.RLock()

    def open(self, way: tuple[str | int, ...]) -> zipfile.ZipFile:
        with self._lock:
            archive = self._open.pop(way, None)
            if archive is None:
                file = str(way[0]) if len(way) == 1 else io.BytesIO(self.read(way))
                with open(file, "rb") if isinstance(file, str) else contextlib.nullcontext(file) as data:
                    _count_members(data)
                archive = zipfile.ZipFile(file)
            self._open[way] = archive
            while len(self._open) > self._kept:
                self._open.popitem(last=False)
            return archive

    def read(self, way: tuple[str | int, ...]) -> bytes:
        """The bytes of a member. OSError or BadZipFile: damaged streams, passwords and unknown methods too."""
        try:
            with self._lock:
                archive = self.open(way[:-1])
                info = archive.infolist()[int(way[-1])]
            with archive.open(info) as file:
                return file.read(MAX_FILE + 1)  # a zip bomb is cut here
        except OSError:
            raise
        except Exception as error:  # each library has errors of its own
            raise zipfile.BadZipFile(str(error)) from None


class _TooManyMembers(zipfile.BadZipFile):
    """Nobody looks through so many."""


def _count_members(file: BinaryIO) -> None:
    """Raise _TooManyMembers before zipfile makes an object of each, as it does on opening.

    The number that a zip states may be a lie, so the marks in its directory are counted, which lies before its end.
    """
    start = max(0, file.seek(0, os.SEEK_END) - _MAX_END)
    file.seek(start)
    tail = file.read()
    end = tail.rfind(b"PK\5\6", 0, max(0, len(tail) - 18))
    if end >= 0:
        size = struct.unpack_from("<L", tail, end + 12)[0]
        if end >= 76 and tail[end - 20 : end - 16] == b"PK\6\7":  # a large zip has a second end before it
            large = struct.unpack_from("<Q", tail, end - 36)[0]
            size = large if size == 0xFFFFFFFF else max(size, large)
        file.seek(max(0, start + end - size - 76))
        if size > MAX_DIRECTORY or file.read(size + 76).count(b"PK\1\2") > MAX_MEMBERS:
            raise _TooManyMembers(f"more than {MAX_MEMBERS}")
    file.seek(0)


def _in_archive(
    way: tuple[str | int, ...], at: Entry, archives: _Archives, own: bool, budget: _Budget
) -> Iterator[Entry]:
    """The zip itself, if it is a student's, and its members."""
    here = replace(at, archive=own)
    try:
        infos = archives.open(way).infolist()
    except Exception as error:  # as in `_Archives.read`
        yield replace(here, problem=_unopened(way, archives, error))
        return
    files = [(number, info) for number, info in enumerate(infos) if not info.is_dir()]
    folders = {_names(info): number for number, info in enumerate(infos) if info.is_dir()}
    if not files and not folders:
        yield replace(here, problem="the zip is empty")
        return
    if own:
        yield here
    for names in [*map(_names, (info for _, info in files)), *folders]:
        for length in range(1, len(names)):
            folders.pop(names[:length], None)
    seen: dict[tuple[str, ...], int] = {}
    for number, info in files:
        names = _names(info)
        again = seen[names] = seen.get(names, 0) + 1
        deep = len(names) > DEEPEST
        shown = "/".join(names) if deep else info.filename
        entry = _member(at, shown + (f"#{again}" if again > 1 else ""), names, own)
        budget.members -= not rubbish.leaving(names)  # of these a folder such as node_modules has thousands
        if budget.members < 0:
            yield replace(here, archive=False, problem="it has too many members: the rest is not looked at")
            return
        if deep:
            yield replace(entry, problem=_TOO_DEEP)
            continue
        yield from _one_member((*way, number), info, entry, archives, own, budget)
    for names in folders:
        yield replace(_member(at, "/".join(names), names, own), problem="the folder is empty")


def _one_member(
    way: tuple[str | int, ...], info: zipfile.ZipInfo, entry: Entry, archives: _Archives, own: bool, budget: _Budget
) -> Iterator[Entry]:
    mode = info.external_attr >> 16
    if stat.S_ISLNK(mode):
        yield replace(entry, problem="it is a symbolic link, which is not followed: put the file itself into the zip")
    elif info.flag_bits & 1:
        yield replace(entry, problem="it is protected by a password: hand it in without one")
    elif rubbish.leaving(entry.outer[1:] + entry.inner):
        yield entry
    elif own and info.file_size > budget.opened:
        yield replace(entry, problem=f"the zip holds more than {MAX_OPENED >> 20} MB, and the rest is not looked at")
    elif not entry.name.casefold().endswith(".zip"):
        budget.opened -= info.file_size if own else 0
        yield replace(entry, read=lambda: archives.read(way))
    elif len(way) > DEPTH:
        yield replace(entry, problem=f"it is a zip in {len(way) - 1} zips, and no deeper one is opened")
    elif info.file_size > MAX_FILE or info.file_size > budget.opened:
        yield replace(entry, problem=f"the zip is too large to be looked into: {info.file_size >> 20} MB")
    else:
        budget.opened -= info.file_size
        inside = budget if own else _Budget(MAX_OWN)
        yield from _in_archive(way, entry, archives, own=True, budget=inside)


def _names(info: zipfile.ZipInfo) -> tuple[str, ...]:
    """The parts of a member's name, whoever packed it: with backslashes, or in UTF-8 without saying so (macOS)."""
    name = info.filename
    if not info.flag_bits & 0x800:
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    parts = tuple(_plain(part) for part in name.replace("\\", "/").split("/") if part not in ("", ".")) or ("unnamed",)
    return parts if len(parts) <= DEEPEST else (*parts[: DEEPEST - 1], "…", parts[-1])  # one more tells that it is cut


def _member(at: Entry, shown: str, names: tuple[str, ...], own: bool) -> Entry:
    mark = f"!{shown}"
    outer, inner = (at.outer, at.inner + names) if own else (at.outer + names, ())
    return Entry(at.path + mark, at.source + mark, outer, inner)


def _unopened(way: tuple[str | int, ...], archives: _Archives, error: Exception) -> str:
    """Why a zip could not be opened."""
    if isinstance(error, _TooManyMembers):
        return f"the zip has too many members, {error}: hand in the notebook alone"
    try:
        if len(way) == 1:
            with open(str(way[0]), "rb") as file:
                start = file.read(8)
        else:
            start = archives.read(way)[:8]
    except (OSError, zipfile.BadZipFile):
        start = b""
    if not start:
        return "the zip is empty: it has no bytes"
    if kind := archive_kind(start):
        return f"it is called a zip and is a {kind} archive: hand in the notebook itself, or a zip"
    if start.startswith(b"PK"):
        return f"the zip is damaged, perhaps cut off ({error}): hand it in again"
    return "it is called a zip and is none: hand in the notebook itself"
