"""Files of ABC: a file, folder or address becomes the texts of single tunes, whatever stands between them."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from seqlab import data
from seqlab.errors import SeqlabError
from seqlab.music.header import propagation
from seqlab.sequences.decoding import bytes_of, decoded

MAX_BYTES = 64_000_000  # a file of 200,000 tunes

ENDINGS = (".abc", ".abc.gz", ".abc.zip")

# what I:abc-charset may name besides UTF-8 and Latin-1
_CHARSET = re.compile(rb"^(?:I:|%%)[ \t]*abc-charset[ \t]+([A-Za-z0-9-]{1,20})", re.MULTILINE)
_CHARSETS = {f"iso-8859-{number}" for number in range(2, 11)}

_TUNE_START = re.compile(r"^X[ \t]*:", re.MULTILINE)
_BLANK = re.compile(r"\n[ \t]*\n")


class Source(NamedTuple):
    """The text of one tune where it lies; ``line`` is the line of its file it begins on, from 1."""

    id: str
    text: str
    file: str
    line: int
    defaults: tuple[tuple[str, str], ...] = ()  # header fields that the file sets for all its tunes


class Block(NamedTuple):
    """The text of one tune within its file."""

    text: str
    line: int


def decode(data: bytes, name: object = "the file") -> str:
    """Text of an ABC file, lines ended by ``\\n``; where it is no UTF-8, in the ``abc-charset`` that it names.

    Raises:
        SeqlabError: it is no text.
    """
    found = _CHARSET.search(data)
    charset = found[1].decode().lower() if found else ""
    text = ""
    # Latin-1 that is so called has mostly Windows' quotation marks in it, which `decoded` reads
    if charset in _CHARSETS and not _is_utf8(data):
        text = data.decode(charset, "replace")
    text = text or decoded(data, name, MAX_BYTES).text
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def split_tunes(text: str) -> list[Block]:
    """Cut a file into its tunes: from a line ``X:`` to the next blank line, tune or end.

    What stands before the first tune or between a blank line and the next ``X:`` is prose and is dropped.

    >>> [block.line for block in split_tunes("% songs\\n\\nX:1\\nK:D\\nab|\\n\\nwords\\nX:2\\nK:G\\ncd|")]
    [3, 8]
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    starts = [match.start() for match in _TUNE_START.finditer(text)]
    blocks: list[Block] = []
    line, counted = 1, 0
    for start, end in pairwise([*starts, len(text)]):
        line += text.count("\n", counted, start)
        counted = start
        blank = _BLANK.search(text, start, end)
        blocks.append(Block(text[start : blank.start() if blank else end].rstrip(), line))
    return blocks


def file_header(text: str) -> tuple[tuple[str, str], ...]:
    """Fields at the top of a file, before a blank line and the first tune: they hold for every tune in it."""
    top = _BLANK.split(text.lstrip("\n"), 1)[0]
    if _TUNE_START.search(top):
        return ()
    found = [(match[1], match[2].strip()) for match in re.finditer(r"^([LMRQ]):([^\n%]*)", top, re.MULTILINE)]
    instructions = re.findall(r"^(?:%%|I:)([^\n%]*)", top, re.MULTILINE)
    found += [("I", instruction) for instruction in instructions if propagation(instruction)]
    return tuple(found)


def number_of(text: str) -> str:
    """What stands after ``X:``, without leading zeros; ``"unnumbered"`` where nothing does."""
    found = re.match(r"X[ \t]*:[ \t]*0*(\w*)", text)
    return (found and found[1]) or "unnumbered"


def texts_in(path: Path) -> Iterator[tuple[str, str, str]]:
    """The ABC files in a file: itself, what is in it where it is gzip, the ``.abc`` files of a zip.

    Yields:
        of each the name without endings, what messages call it, and its text.

    Raises:
        SeqlabError: it cannot be read, it is too large, or it is no text.
    """
    data = bytes_of(path, MAX_BYTES, "an ABC file")
    if not data.startswith(b"PK\3\4"):
        yield path.name.partition(".")[0] if path.suffix == ".gz" else path.stem, str(path), decode(data, path)
        return
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield from _members(archive, path)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error, EOFError) as error:
        reason = str(error)[:80] or type(error).__name__
        raise SeqlabError("a zip that can be read", got=f"{path}: {reason}", fix="unpack it") from None


def _members(archive: zipfile.ZipFile, path: Path) -> Iterator[tuple[str, str, str]]:
    left = MAX_BYTES
    for member in sorted(archive.infolist(), key=lambda member: member.filename):
        if not member.filename.lower().endswith(".abc"):
            continue
        with archive.open(member) as file:
            data = file.read(left + 1)  # what the archive says of its size need not be true
        if len(data) > left:
            raise SeqlabError(f"at most {MAX_BYTES // 1_000_000} MB of ABC", got=f"more in {path}")
        left -= len(data)
        name = f"{path}/{member.filename}"
        yield PurePosixPath(member.filename).stem, name, decode(data, name)


def is_place(name: str) -> bool:
    """Does ``name`` look like a path or an address rather than the name of a collection?"""
    return "://" in name or "/" in name or "\\" in name or name.lower().endswith(ENDINGS) or Path(name).exists()


def sources_at(place: str) -> Iterator[Source]:
    """The tunes of a file, of every ABC file below a folder, or at an http(s) address.

    Raises:
        SeqlabError: nothing there, or no tune in it.
    """
    path = _download(place) if "://" in place else Path(place).expanduser()
    files = sorted(_files_below(path)) if path.is_dir() else [path]
    if not files or not path.exists():
        what = "an .abc file in the folder" if path.is_dir() else "an ABC file or a folder of them"
        raise SeqlabError(what, got=f"nothing at {place}", fix="check the path")
    count = 0
    for stem, file, text in (found for path in files for found in texts_in(path)):
        defaults = file_header(text)
        for block in split_tunes(text):
            count += 1
            yield Source(f"{stem}/{number_of(block.text)}", block.text, file, block.line, defaults)
    if not count:
        raise SeqlabError("at least one tune, which begins with a line X:", got=f"none in {place}")


def _files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.name.lower().endswith(ENDINGS) and path.is_file()]


def _download(address: str) -> Path:
    """Fetch an address once into the user's cache, with a progress bar."""
    if not address.startswith(("http://", "https://")):
        raise SeqlabError("an address that begins with http:// or https://", got=address)
    try:
        return data.download(address, data.cache_folder() / "abc")
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise SeqlabError(
            "an ABC file at the address",
            got=f"{address}: {reason[:200]}",
            fix="check the network, or download it by hand and give its path",
        ) from None
