"""Reading a row of the results: whose it is, what it is worth, and text that is safe to write anywhere."""

import hashlib
import re
from pathlib import PurePath
from typing import Any

from seqlab.autograder.course import names
from seqlab.autograder.course.row import ExerciseResult, Row
from seqlab.autograder.judging.verdict import STATUSES

# what JSON, a terminal or a page could choke on: control characters and lone surrogates
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def clean(value: Any) -> Any:
    r"""A value with all its text printable and encodable.

    >>> clean({"name": "Ann\x00\ud800"})
    {'name': 'Ann��'}
    """
    if isinstance(value, str):
        return _UNPRINTABLE.sub("\ufffd", value.replace("\r\n", "\n").replace("\r", "\n"))
    if isinstance(value, dict):
        return {clean(k): clean(v) for k, v in value.items()}
    return [clean(v) for v in value] if isinstance(value, list | tuple) else value


def line(value: Any) -> str:
    """A value as one line of text; nothing for None."""
    return "" if value is None else " ".join(str(clean(str(value))).split())


def student(row: Row) -> dict[str, str]:
    """What is known of the student, possibly nothing."""
    return row.student or {}


def file_name(row: Row) -> str:
    """The submitted file's name without the folders, which are the instructor's."""
    return line(names.file_name(row.notebook)) or "submission"


def display_name(row: Row) -> str:
    """The student's name, else an id, else the file's name.

    >>> display_name(Row("in/okeeffe_lab2.ipynb", "lab2", 0, 100, "failed"))
    'okeeffe_lab2.ipynb'
    """
    known = (line(student(row).get(key)) for key in ("name", "id", "login", "email"))
    return next((text for text in known if text), file_name(row))


def page_name(row: Row) -> str:
    """A file name for the student's page: legible, safe on every file system, one for each submission and student."""
    stem = display_name(row) if student(row) else PurePath(file_name(row)).stem
    legible = re.sub(r"[^A-Za-z0-9]+", "-", stem).strip("-").lower()[:40] or "student"
    whose = repr((row.notebook, row.lab, sorted(student(row).items())))  # a group's members share the file
    return f"{legible}-{hashlib.sha256(whose.encode('utf-8', 'replace')).hexdigest()[:20]}.html"


def graded(row: Row) -> bool:
    """Is there a mark: was there anything to give points for, and could all of it be judged?"""
    return bool(row.exercises) and row.max_points > 0 and all(e.status in STATUSES for e in row.exercises)


def conflict(row: Row) -> str:
    """Why it is not known whether the row's mark is the student's; nothing where it is."""
    return line(getattr(row, "conflict", None)).rstrip(".")


def share(points: float, of: float) -> float:
    """Points as a share between 0 and 1."""
    return min(1.0, max(0.0, points / of)) if of else 0.0


def number(value: float) -> str:
    """A mark with at most two decimals, a point and no grouping: what spreadsheets and gradebooks read.

    >>> number(12.50), number(100.0), number(7.333)
    ('12.5', '100', '7.33')
    """
    return f"{value:.2f}".rstrip("0").rstrip(".")


def what_happened(exercise: ExerciseResult) -> str:
    """An exercise's message without the case, values and slip that a page shows on lines of their own."""
    text = line(exercise.message)
    case, slip = line(exercise.case), line(exercise.slip)
    expected, got = line(exercise.expected), line(exercise.got)
    text = text.removeprefix(f"case {case}: ") if case else text
    text = text.removesuffix(".")
    if slip:
        text = text.removesuffix(f"Likely slip: {slip.rstrip('. ')}").rstrip(". ")
    if expected or got:
        text = text.removesuffix(f"expected {expected or '(see above)'}, got {got}".rstrip(". ")).rstrip(". ")
    return text
