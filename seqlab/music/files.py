"""Files of ABC: a file, folder or address becomes the texts of single tunes, whatever stands between them."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from seqlab import data
from seqlab.errors import SeqlabError

MAX_BYTES = 64_000_000  # a file of 200,000 tunes

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


def decode(data: bytes) -> str:
    """Text of an ABC file, lines ended by ``\\n``: UTF-8 (with or without a mark), else Latin-1, which every byte fits."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n")


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
    return tuple((match[1], match[2].strip()) for match in re.finditer(r"^([LMRQ]):([^\n%]*)", top, re.MULTILINE))


def number_of(text: str) -> str:
    """What stands after ``X:``, without leading zeros; ``"unnumbered"`` where nothing does."""
    found = re.match(r"X[ \t]*:[ \t]*0*(\w*)", text)
    return (found and found[1]) or "unnumbered"


def read_file(path: Path) -> str:
    """The text of an ABC file.

    Raises:
        SeqlabError: it cannot be read, or it is too large to be one.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise SeqlabError(f"an ABC file of at most {MAX_BYTES // 1_000_000} MB", got=f"a larger one, {path}")
        return decode(path.read_bytes())
    except OSError as error:
        raise SeqlabError("a file that can be read", got=f"{path}: {error.strerror}") from None


def is_place(name: str) -> bool:
    """Does ``name`` look like a path or an address rather than the name of a collection?"""
    return "://" in name or "/" in name or "\\" in name or name.lower().endswith(".abc") or Path(name).exists()


def sources_at(place: str) -> Iterator[Source]:
    """The tunes of a file, of every ``.abc`` file below a folder, or at an http(s) address.

    Raises:
        SeqlabError: nothing there, or no tune in it.
    """
    path = _download(place) if "://" in place else Path(place).expanduser()
    files = sorted(path.rglob("*.[aA][bB][cC]")) if path.is_dir() else [path]
    if not files or not path.exists():
        what = "an .abc file in the folder" if path.is_dir() else "an ABC file or a folder of them"
        raise SeqlabError(what, got=f"nothing at {place}", fix="check the path")
    count = 0
    for file in files:
        text = read_file(file)
        defaults = file_header(text)
        for block in split_tunes(text):
            count += 1
            name = f"{file.stem}/{number_of(block.text)}"
            yield Source(name, block.text, str(file), block.line, defaults)
    if not count:
        raise SeqlabError("at least one tune, which begins with a line X:", got=f"none in {place}")


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
