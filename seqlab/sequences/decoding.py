"""The text in a stranger's file, in whatever encoding it was saved, compressed or not."""

import codecs
import zlib
from dataclasses import dataclass
from pathlib import Path

from seqlab.errors import SeqlabError

MAX_BYTES = 200_000_000
_MARKS = (  # the longer mark of UTF-32 begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Decoded:
    """A text, and the lines in which bytes stood that are no UTF-8: each has become a `�`."""

    text: str
    broken: tuple[int, ...] = ()


def bytes_of(path: Path, most: int = MAX_BYTES, what: str = "a file") -> bytes:
    """The bytes of a file of at most so many; SeqlabError if it is larger, or cannot be read. what: it is, in words."""
    try:
        if path.stat().st_size > most:
            raise SeqlabError(f"{what} of at most {most // 1_000_000} MB", got=f"a larger one, {path}")
        return path.read_bytes()
    except OSError as error:
        raise SeqlabError("a file that can be read", got=f"{path}: {error.strerror}") from None


def decoded(data: bytes, name: object = "the file", most: int = MAX_BYTES) -> Decoded:
    """The text of a file's bytes: UTF-8, UTF-16 or UTF-32, else Windows-1252; gzip is undone.

    UTF-8 with a few bytes that are broken stays UTF-8: read as Windows-1252, every accent of it would be wrong.

    Args:
        name: what messages call it. most: bytes that are read of what was compressed.

    Raises:
        SeqlabError: it is an archive or no text at all, or a larger one.
    """
    if data[:2] == b"\x1f\x8b":
        data = _inflated(data, name, most)
    if data[:4] == b"PK\3\4":
        raise SeqlabError("a file of text", got=f"a zip, {name}", fix="unpack it, and give what was in it")
    encoding = next((encoding for mark, encoding in _MARKS if data.startswith(mark)), "") or _without_mark(data)
    try:
        found = Decoded(data.decode(encoding)) if encoding else _of_one_byte_units(data)
    except UnicodeDecodeError:
        raise SeqlabError(
            "a file of text", got=f"broken {encoding.upper()} in {name}", fix="save it in UTF-8"
        ) from None
    if "\0" in found.text:
        raise SeqlabError("a file of text", got=f"something else in {name}", fix="save it as text in UTF-8")
    return found


def _inflated(data: bytes, name: object, most: int) -> bytes:
    inflate = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        content = inflate.decompress(data, most)
    except zlib.error:
        raise SeqlabError("a gzip file that is whole", got=f"a damaged one, {name}", fix="copy it again") from None
    if inflate.unconsumed_tail:
        raise SeqlabError(f"at most {most // 1_000_000} MB of text", got=f"more in {name}")
    if not inflate.eof:
        raise SeqlabError("a gzip file that is whole", got=f"one that is cut off, {name}", fix="copy it again")
    return content


def _without_mark(data: bytes) -> str:
    """UTF-16 that does not say so: every other byte of a text in Latin letters is 0."""
    head = data[:2000]
    zeros = [head[k::2].count(0) for k in (0, 1)]
    if len(data) % 2 or max(zeros) < 0.7 * len(head) / 2 or min(zeros):
        return ""
    return "utf-16-le" if zeros[1] else "utf-16-be"


def _of_one_byte_units(data: bytes) -> Decoded:
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        return Decoded(data.decode())
    except UnicodeDecodeError:
        pass
    text = data.decode("utf-8", "replace")
    broken = text.count("�")
    right = sum(character > "\x7f" for character in text) - broken
    if right and right >= broken:
        lines = (number for number, line in enumerate(text.split("\n"), 1) if "�" in line)
        return Decoded(text, tuple(lines))
    try:
        return Decoded(data.decode("cp1252"))
    except UnicodeDecodeError:  # five of its bytes mean nothing
        return Decoded(data.decode("latin-1"))
