"""What an entry is: a hand-in of a lab, or something that cannot be graded, with the reason in words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from seqlab.autograder.course.contents import Unreadable, read_contents
from seqlab.autograder.course.entries import Entry
from seqlab.autograder.course.names import is_handin_name, is_notebook, lab_names
from seqlab.autograder.course.platforms import METADATA, TIMESTAMP
from seqlab.autograder.course.reading import archive_kind

_PLEASE = "hand in the notebook (.ipynb), or the .json of lab.submit()"
_COURSE = (".csv", ".tsv", ".toml", ".xlsx", ".ods", ".yml", ".yaml", ".md", ".cfg", ".ini", ".log", ".lock")
_KINDS = {
    ".py": "it is a Python file",
    ".pdf": "it is a PDF",
    ".html": "it is a web page",
    ".htm": "it is a web page",
    ".docx": "it is a Word document",
    ".doc": "it is a Word document",
    ".odt": "it is a text document",
    ".rtf": "it is a text document",
    ".txt": "it is a text file",
    ".rar": "it is a rar archive",
    ".7z": "it is a 7z archive",
    ".tar": "it is a tar archive",
    ".gz": "it is a gzip archive",
    ".tgz": "it is a gzip archive",
    ".url": "it is a link",
    ".webloc": "it is a link",
    ".gdoc": "it is a link to Google Drive",
    ".gsheet": "it is a link to Google Drive",
    ".colab": "it is a link to Colab",
    ".desktop": "it is a link",
    ".lnk": "it is a link of Windows",
    ".png": "it is a picture",
    ".jpg": "it is a picture",
    ".jpeg": "it is a picture",
    ".heic": "it is a picture",
    ".gif": "it is a picture",
    ".svg": "it is a picture",
}
_COLAB = re.compile(rb"https?://(?:colab\.research\.google\.com|drive\.google\.com|colab\.google)[^\s\"'<>]*")


@dataclass(frozen=True)
class Sorted:
    """What was found: the lab of a hand-in, or why there is none; or that it is nobody's hand-in at all."""

    lab: str = ""
    problem: str = ""
    passed: str = ""
    answers: bool = False  # does it answer an exercise of the lab?


def sort_out(entry: Entry, lab: str | None) -> Sorted:
    """What an entry is. With `lab`, a file that says nothing of its lab is of that one, and others are not graded."""
    if entry.passed or entry.problem:
        return Sorted(passed=entry.passed, problem=entry.problem)
    if entry.archive:
        return Sorted(passed="it is a zip, and what is in it has lines of its own")
    name = entry.name.casefold()
    if name in (METADATA, TIMESTAMP):
        return Sorted(passed="the platform's own list of hand-ins")
    if re.fullmatch(r"(?:readme|license|requirements)(?:\.txt)?", name):
        return Sorted(passed="it is no hand-in: notes to a folder")
    called = is_notebook(name) or is_handin_name(name)
    if not called and name.endswith(tuple(set(_KINDS) - {".txt"})):
        start = _start(entry)
        return start if isinstance(start, Sorted) else Sorted(problem=_other(name, start))
    try:
        data = entry.read()
    except Exception as error:  # damaged members of zips: `entries` makes a BadZipFile of them
        return Sorted(problem=f"it cannot be read: {error}")
    if not data.strip() and not called and not name.endswith(_COURSE):
        return Sorted(problem=f"the file is empty: {_PLEASE}")
    if not called and not data.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{"):
        if name.endswith(_COURSE):
            return Sorted(passed="it is no hand-in: a table, settings or notes")
        return Sorted(problem=_other(name, data[:4096]))
    if called and (kind := archive_kind(data[:8]) or ("zip" if data.startswith(b"PK\x03\x04") else "")):
        return Sorted(problem=f"it is called a notebook and is a {kind} archive: {_PLEASE}")
    try:
        contents = read_contents(data, "/".join(reversed(tuple(_hints(entry)))), lab)
    except Unreadable as error:
        if not called:
            return Sorted(problem=_other(name, data[:4096]))
        return Sorted(problem=str(error))
    exercises = "|".join(map(re.escape, contents.lab.exercises))
    pattern = re.compile(
        rf"(?:^|\n)[ \t]*(?:(?:async )?def|class) +(?:{exercises})\b|(?:^|\n)[ \t]*(?:{exercises}) *[=:]"
    )
    return Sorted(lab=contents.lab.id, answers=any(map(pattern.search, contents.cells)))


def _hints(entry: Entry) -> Iterator[str]:
    """Names that may tell a lab: the file's, and of the folders around it those that are called like a lab."""
    *folders, name = entry.outer + entry.inner
    yield from (folder for folder in folders if folder.casefold() in lab_names())
    yield name


def _start(entry: Entry) -> bytes | Sorted:
    try:
        return entry.read()[:4096] or Sorted(problem=f"the file is empty: {_PLEASE}")
    except Exception as error:  # as above
        return Sorted(problem=f"it cannot be read: {error}")


def _other(name: str, start: bytes) -> str:
    """What a file is that is no notebook, and what to do."""
    suffix = f".{name.rpartition('.')[2]}" if "." in name else ""
    if _COLAB.search(start):
        return "it holds a link to a notebook on Colab: download that (File > Download > .ipynb) and hand in the file"
    if "onlinetext" in name or re.search(r"(?:^|_)text\.html?$", name):
        return f"it is a text typed into the platform, and no file: {_PLEASE}"
    kind = archive_kind(start)
    if kind or suffix in (".rar", ".7z", ".tar", ".gz", ".tgz"):
        return f"it is a {kind or suffix[1:]} archive, which is not opened: {_PLEASE}, or a zip"
    return f"{_KINDS.get(suffix, 'it is neither a notebook nor a hand-in')}: {_PLEASE}"
