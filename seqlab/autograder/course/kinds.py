"""What a file is that is no notebook: by how it begins, else by what it is called. One table for every message."""

import re
from typing import NamedTuple


class Kind(NamedTuple):
    """A kind of file, in words, with the bytes that it begins with and the endings of its name."""

    words: str
    marks: tuple[bytes, ...] = ()
    endings: str = ""


KINDS = (
    Kind("a rar archive", (b"Rar!",), ".rar"),
    Kind("a 7z archive", (b"7z\xbc\xaf",), ".7z"),
    Kind("a gzip archive", (b"\x1f\x8b",), ".gz .tgz"),
    Kind("a bzip2 archive", (b"BZh",), ".bz2 .tbz .tbz2"),
    Kind("a xz archive", (b"\xfd7zXZ",), ".xz .txz"),
    Kind("a tar archive", (), ".tar"),  # how one begins is looked at in `of_bytes`
    Kind("a zip archive or an office document", (b"PK\x03\x04",)),
    Kind("an empty zip archive", (b"PK\x05\x06",)),
    Kind("a PDF", (b"%PDF",), ".pdf"),
    Kind("a picture", (b"\x89PNG", b"\xff\xd8\xff", b"GIF8"), ".png .jpg .jpeg .heic .gif .svg"),
    Kind("a text document", (b"{\\rtf",), ".rtf .odt"),
    Kind("a Word document", (), ".docx .doc"),
    Kind("an office document", (b"\xd0\xcf\x11\xe0",)),
    Kind("a link or settings file of a Mac", (b"bplist",)),
    Kind("a database", (b"SQLite",)),
    Kind("a web page", (), ".html .htm"),
    Kind("a Python file", (), ".py"),
    Kind("a text file", (), ".txt"),
    Kind("a link", (), ".url .webloc .desktop"),
    Kind("a link of Windows", (), ".lnk"),
    Kind("a link to Google Drive", (), ".gdoc .gsheet"),
    Kind("a link to Colab", (), ".colab"),
)
_BY_ENDING = {ending: kind.words for kind in KINDS for ending in kind.endings.split()}
_TAR_AT = 257  # bytes before a tar's mark


def of_bytes(start: bytes) -> str:
    """What begins like this: "a PDF"; nothing where it could be anything."""
    if start[_TAR_AT:].startswith(b"ustar"):
        return "a tar archive"
    return next((kind.words for kind in KINDS if kind.marks and start.startswith(kind.marks)), "")


def of_name(name: str) -> str:
    """What is called like this; nothing where the name does not say it.

    >>> of_name("lab2.PDF"), of_name("lab2.ipynb")
    ('a PDF', '')
    """
    found = re.search(r"\.[^.]*$", name.casefold())
    return _BY_ENDING.get(found[0], "") if found else ""


def is_packed(words: str) -> bool:
    """Is this kind that of an archive which holds other files?"""
    return words.endswith(" archive")
