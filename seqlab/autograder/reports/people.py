"""Whose line of a gradebook a row of results belongs to.

A student is found by what the platform itself calls them, if that is known, and by nothing weaker then; else by the ids
that a roster gave, then by e-mail, then by name. What several lines say of themselves finds none of them.
"""

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from seqlab.autograder.course.row import Row
from seqlab.autograder.reports.rows import student

Who = dict[str, str]
_L = TypeVar("_L")


@dataclass(frozen=True)
class Key(Generic[_L]):
    """One way to find a student: what a line says, and what of a student it may be. `sure` is the platform's own."""

    said: Callable[[_L], str]
    known: Callable[[Who], Iterable[str | None]]
    sure: bool = False


CANVAS_ID = ("canvas_id",)
PARTICIPANT = ("participant",)
SIS_ID = ("sis_id", "id")
LOGIN = ("login", "email", "id")
EMAIL = ("email", "login")
NAME = ("name",)


def of(*fields: str) -> Callable[[Who], Iterable[str | None]]:
    """What is known of a student under these names, in this order."""
    return lambda who: [who.get(field) for field in fields]


def identity(row: Row) -> Who:
    """What intake has decided of a student. An id that is a platform's number is told as that alone."""
    who = {key: str(value) for key, value in student(row).items()}
    if who.get("id") and who["id"] in (who.get("canvas_id"), who.get("participant")):
        del who["id"]
    return who


def matched(rows: Iterable[Row], lines: Sequence[_L], keys: Iterable[Key[_L]]) -> list[tuple[Row, list[_L]]]:
    """Each row with the lines of its student: none where nobody is found, several where a platform lists one twice."""
    index = []
    for key in keys:
        places: dict[str, list[_L]] = {}
        for line in lines:
            places.setdefault(plain(key.said(line)), []).append(line)
        places.pop("", None)
        index.append((key, places))
    return [(row, _lines(identity(row), index)) for row in rows]


def _lines(who: Who, index: list[tuple[Key[_L], dict[str, list[_L]]]]) -> list[_L]:
    for key, places in index:
        wanted = [plain(text) for text in key.known(who) if text]
        for text in wanted:
            found = places.get(text, [])
            if len(found) == 1 or (found and key.sure):
                return found
        if key.sure and wanted:
            return []
    return []


def plain(text: object) -> str:
    """A name or id without its case, its spacing, the way accents are composed, and the order of "Last, First"."""
    words = unicodedata.normalize("NFKC", str(text or "")).strip().casefold().removeprefix('="').removesuffix('"')
    last, comma, first = words.partition(",")
    return " ".join((f"{first} {last}" if comma else words).split())
