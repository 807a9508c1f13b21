"""What an entry is: a hand-in of a lab, or something that cannot be graded, with the reason in words."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from seqlab.autograder.course import kinds
from seqlab.autograder.course.contents import Unreadable, read_contents
from seqlab.autograder.course.entries import Entry
from seqlab.autograder.course.names import is_handin_name, is_notebook, lab_names
from seqlab.autograder.course.platforms import METADATA, TIMESTAMP

_PLEASE = "hand in the notebook (.ipynb), or the .json of lab.submit()"
_COURSE = (".csv", ".tsv", ".toml", ".xlsx", ".ods", ".yml", ".yaml", ".md", ".cfg", ".ini", ".log", ".lock")
_START = 4096  # bytes that tell what a file is
_COLAB = re.compile(rb"https?://(?:colab\.research\.google\.com|drive\.google\.com|colab\.google)[^\s\"'<>]*")


@dataclass(frozen=True)
class Sorted:
    """What was found: the lab of a hand-in, or why there is none; or that it is nobody's hand-in at all."""

    lab: str = ""
    problem: str = ""
    passed: str = ""
    answers: bool = False  # does it answer an exercise of the lab?
    digest: str = ""  # of the bytes of a hand-in: equal in a copy


def sort_out(entry: Entry, lab: str | None) -> Sorted:
    """What an entry is. With `lab`, a file that says nothing of its lab is of that one, and others are not graded."""
    if entry.passed or entry.problem:
        return Sorted(passed=entry.passed, problem=entry.problem)
    if entry.archive:
        return Sorted(passed="it is an archive, and what is in it has lines of its own")
    name = entry.name.casefold()
    if name in (METADATA, TIMESTAMP):
        return Sorted(passed="the platform's own list of hand-ins")
    if re.fullmatch(r"(?:readme|license|requirements)(?:\.txt)?", name):
        return Sorted(passed="it is no hand-in: notes to a folder")
    called = is_notebook(name) or is_handin_name(name)
    try:
        if not called and (why := _not_called(name, entry.read(_START))):
            return why
        data = entry.read()
    except Exception as error:  # damaged members of zips: `archives` makes a BadZipFile of them
        # an OSError's own text has the whole path in it, which is the instructor's
        return Sorted(problem=f"it cannot be read: {getattr(error, 'strerror', None) or error}")
    start = data[:_START]
    if called and kinds.is_packed(kind := kinds.of_bytes(start)):
        return Sorted(problem=f"it is called a notebook and is {kind}: {_PLEASE}")
    if called and start.startswith(b"PK\x03\x04"):
        return Sorted(problem=f"it is called a notebook and is a zip archive: {_PLEASE}")
    try:
        contents = read_contents(data, "/".join(reversed(tuple(_hints(entry)))), lab)
    except Unreadable as error:
        if not called:
            return Sorted(problem=_other(name, start))
        return Sorted(problem=str(error))
    exercises = "|".join(map(re.escape, contents.lab.exercises))
    pattern = re.compile(
        rf"(?:^|\n)[ \t]*(?:(?:async )?def|class) +(?:{exercises})\b|(?:^|\n)[ \t]*(?:{exercises}) *[=:]"
    )
    digest = hashlib.sha256(data).hexdigest()[:32]
    return Sorted(lab=contents.lab.id, answers=any(map(pattern.search, contents.cells)), digest=digest)


def _hints(entry: Entry) -> Iterator[str]:
    """Names that may tell a lab: the file's, and of the folders around it those that are called like a lab."""
    *folders, name = entry.outer + entry.inner
    yield from (folder for folder in folders if folder.casefold() in lab_names())
    yield name


def _not_called(name: str, start: bytes) -> Sorted | None:
    """What a file is that is not called a hand-in; None where it could be one all the same."""
    course = name.endswith(_COURSE)
    if not start.strip() and not course:
        return Sorted(problem=f"the file is empty: {_PLEASE}")
    if kinds.of_name(name) not in ("", "a text file"):
        return Sorted(problem=_other(name, start))
    if start.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{"):
        return None
    return (
        Sorted(passed="it is no hand-in: a table, settings or notes") if course else Sorted(problem=_other(name, start))
    )


def _other(name: str, start: bytes) -> str:
    """What a file is that is no notebook, and what to do."""
    if _COLAB.search(start):
        return "it holds a link to a notebook on Colab: download that (File > Download > .ipynb) and hand in the file"
    if "onlinetext" in name or re.search(r"(?:^|_)text\.html?$", name):
        return f"it is a text typed into the platform, and no file: {_PLEASE}"
    kind = kinds.of_bytes(start)
    if not kinds.is_packed(kind):
        kind = kinds.of_name(name) or kind
    if kinds.is_packed(kind):
        return f"it is {kind}, which is not opened: {_PLEASE}, or a zip"
    return f"it is {kind or 'neither a notebook nor a hand-in'}: {_PLEASE}"
