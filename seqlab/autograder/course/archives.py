"""Zips and tars, one way to both: the members in their order, and the bytes of one. Nothing is unpacked to a folder.

A tar is a stream, and may be a bomb: it is decompressed once, up to a size, into a file without a name, and from
there on it looks like a zip.
"""

import contextlib
import gzip
import hashlib
import io
import os
import stat
import struct
import tarfile
import tempfile
import threading
import unicodedata
import zipfile
from collections import OrderedDict
from collections.abc import Iterator
from typing import IO, Any, BinaryIO

from seqlab.autograder.course import kinds
from seqlab.autograder.course.limits import DEEPEST, LONGEST, MAX_DIRECTORY, MAX_FILE, MAX_MEMBERS, MAX_TAR

_MAX_END = (1 << 16) + 1000  # bytes after a zip's list of members, with a comment
_MAX_READ = 2**20  # bytes of a tar that are read at once: its own headers are small

Way = tuple[str | int, ...]  # to an archive: its path, and then a member's number in each


class TooMuch(zipfile.BadZipFile):
    """An archive that nobody looks through; the message says what it has too much of."""


class Archives:
    """Opens archives by the way to them; the last few stay open."""

    def __init__(self, kept: int = 8) -> None:
        self._open: OrderedDict[Way, zipfile.ZipFile | TarFile] = OrderedDict()
        self._kept, self._lock = kept, threading.RLock()

    def members(self, way: Way) -> list[zipfile.ZipInfo]:
        """The members of an archive, of a tar too; whatever is raised, it cannot be opened."""
        return self._at(way).infolist()

    def _at(self, way: Way) -> "zipfile.ZipFile | TarFile":
        with self._lock:
            archive = self._open.pop(way, None)
            if archive is None:
                archive = _opened(str(way[0]) if len(way) == 1 else io.BytesIO(self.read(way)))
            self._open[way] = archive
            while len(self._open) > self._kept:
                self._open.popitem(last=False)
            return archive

    def read(self, way: Way, most: int = MAX_FILE + 1) -> bytes:
        """The bytes of a member. OSError or BadZipFile: damaged streams, passwords and unknown methods too."""
        try:
            with self._lock:
                archive = self._at(way[:-1])
                info = archive.infolist()[int(way[-1])]
            with archive.open(info) as file:
                return file.read(most)  # a zip bomb is cut here
        except OSError:
            raise
        except Exception as error:  # each library has errors of its own
            raise zipfile.BadZipFile(str(error)) from None


def _opened(file: str | io.BytesIO) -> "zipfile.ZipFile | TarFile":
    with open(file, "rb") if isinstance(file, str) else contextlib.nullcontext(file) as data:
        words = kinds.of_bytes(data.read(512))
        data.seek(0)
        if words in _TARS:
            return TarFile(data, words)
        _count_members(data)
    return zipfile.ZipFile(file)


def _count_members(file: BinaryIO) -> None:
    """Raise TooMuch before zipfile makes an object of each member, as it does on opening.

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
            raise TooMuch(f"too many members, more than {MAX_MEMBERS}")
    file.seek(0)


# -- tars ------------------------------------------------------------------------------------------------------
_TARS: dict[str, Any] = {"a tar archive": contextlib.nullcontext, "a gzip archive": gzip.open}


class _Bounded(io.BufferedReader):
    """A file of which little is read at once: a header that states a gigabyte is a lie."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0 or size > _MAX_READ:
            raise tarfile.ReadError("one of its headers is too long")
        return super().read(size)


class TarFile:
    """A tar with the two methods of a zip that are needed here."""

    def __init__(self, file: BinaryIO, words: str) -> None:
        unpacked: Any = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115  (closed with this object)
        self._file = _Bounded(unpacked)
        size = 0
        with _TARS[words](file) as stream:
            while data := stream.read(_MAX_READ):
                size += len(data)
                if size > MAX_TAR:
                    raise TooMuch(f"more than {MAX_TAR >> 20} MB in it")
                unpacked.write(data)
        self._file.seek(0)
        self._lock = threading.Lock()
        self._members: list[tarfile.TarInfo] = []
        self._tar = tarfile.open(fileobj=self._file, mode="r:", encoding="utf-8")  # noqa: SIM115
        for member in self._tar:
            self._members.append(member)
            if len(self._members) > MAX_MEMBERS:
                raise TooMuch(f"too many members, more than {MAX_MEMBERS}")
        self._infos = [self._info(member) for member in self._members]
        self._of = {id(info): member for info, member in zip(self._infos, self._members, strict=True)}

    def __del__(self) -> None:  # as a ZipFile does it, when it is no longer among those that stay open
        with contextlib.suppress(AttributeError):
            self._file.close()

    @staticmethod
    def _info(member: tarfile.TarInfo) -> zipfile.ZipInfo:
        info = zipfile.ZipInfo(member.name + ("/" if member.isdir() else ""))
        kind = stat.S_IFDIR if member.isdir() else stat.S_IFREG if member.isfile() else stat.S_IFIFO
        info.external_attr = (stat.S_IFLNK if member.issym() or member.islnk() else kind) << 16
        info.file_size, info.flag_bits = member.size, 0x800  # the name is text already
        return info

    def infolist(self) -> list[zipfile.ZipInfo]:
        """Its members as those of a zip; whatever is neither file nor folder is a link or, for us, a pipe."""
        return self._infos

    def open(self, info: zipfile.ZipInfo) -> IO[bytes]:
        """A member's bytes, up to the size of a hand-in."""
        with self._lock:  # two threads would move each other's place in the file
            found = self._tar.extractfile(self._of[id(info)])
            parts, rest = [], MAX_FILE + 1
            while found and rest > 0 and (data := found.read(min(rest, 2**16))):
                parts.append(data)
                rest -= len(data)
        return io.BytesIO(b"".join(parts))


# -- names -----------------------------------------------------------------------------------------------------
def composed(name: str) -> str:
    """A name in composed letters, as macOS does not write it."""
    return unicodedata.normalize("NFC", name)


def names_of(info: zipfile.ZipInfo) -> tuple[str, ...]:
    """The parts of a member's name, whoever packed it: with backslashes, or in UTF-8 without saying so (macOS)."""
    name = info.filename
    if not info.flag_bits & 0x800:
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    parts = tuple(_short(composed(p)) for p in name.replace("\\", "/").split("/") if p not in ("", ".")) or ("unnamed",)
    return parts if len(parts) <= DEEPEST else (*parts[: DEEPEST - 1], "…", parts[-1])  # one more tells that it is cut


def _short(part: str) -> str:
    """A name that fits on a disk; one that does not keeps its beginning, its end, and what tells it from others."""
    data = part.encode("utf-8", "replace")
    if len(data) <= LONGEST:
        return part
    return f"{part[:40]}…{hashlib.sha256(data).hexdigest()[:8]}…{part[-20:]}"


def shown(infos: list[zipfile.ZipInfo]) -> Iterator[tuple[int, zipfile.ZipInfo, tuple[str, ...], str]]:
    """Of each member that is no folder its number, itself, its names, and how it is shown: no two are shown alike."""
    times: dict[str, int] = {}
    taken: set[str] = set()
    for number, info in enumerate(infos):
        if info.is_dir():
            continue
        names = names_of(info)
        label = called = "/".join(names)
        while label in taken:
            times[called] = times.get(called, 1) + 1
            label = f"{called}#{times[called]}"
        taken.add(label)
        yield number, info, names, label
