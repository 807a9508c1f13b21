"""Marks as CSV and results as JSON."""

import csv
import io
import json
import re
from collections.abc import Iterable
from typing import Any

from seqlab.autograder.course.intake import Line
from seqlab.autograder.course.row import Row
from seqlab.autograder.course.submission import Student
from seqlab.autograder.reports.rows import clean, display_name, file_name, number, student

FIRST_KEYS = ("notebook", "lab", "points", "max_points", "status", "message", "exercises", "seconds")
NOT_WRITTEN = ("answers",)  # students' code
# What makes a spreadsheet read a cell as a formula, also in the full-width form, and after a character at
# which a spreadsheet with other settings would cut the cell in two.
_FORMULA = re.compile(r"(^\s*|[;\t\n]\s*)(?=[=+\-@＝＋－＠])")
_HARMLESS = re.compile(r"-|[+-]?\d+([.,]\d*)?%?")


def results_json(rows: list[Row]) -> str:
    """The rows as JSON, in their order, an object a submission, the keys always in the same order."""
    written = []
    for row in rows:
        content = row.as_dict()
        rest = sorted(k for k in content if k not in FIRST_KEYS and k not in NOT_WRITTEN)
        written.append({k: content[k] for k in (*FIRST_KEYS, *rest)})
    return json.dumps(clean(written), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def marks_csv(rows: list[Row]) -> str:
    """The marks, a line a submission: student, total, status, then the points of every exercise.

    Exercises of several labs get a column each, `lab/exercise`. Cells that a spreadsheet would take for a
    formula begin with an apostrophe (see `cell`).
    """
    labs = list(dict.fromkeys(row.lab for row in rows))
    columns = list(dict.fromkeys((row.lab, e.exercise) for row in rows for e in row.exercises))
    header = [
        "student",
        "id",
        "email",
        "file",
        "lab",
        "points",
        "max_points",
        "percent",
        "status",
        "late_days",
        *(f"{lab}/{name}" if len(labs) > 1 else name for lab, name in columns),
        "flags",
        "message",
    ]
    lines: list[list[Any]] = [header]
    for row in rows:
        who = student(row)
        points = {e.exercise: number(e.points) for e in row.exercises}
        full = row.max_points or 0
        lines.append(
            [
                display_name(row),
                who.get("id"),
                who.get("email"),
                file_name(row),
                row.lab,
                number(row.points),
                number(full),
                number(100 * row.points / full) if full else "",
                row.status,
                row.late.days if row.late else None,
                *(points.get(name) if lab == row.lab else None for lab, name in columns),
                "; ".join(map(str, row.flags or ())),
                row.message,
            ]
        )
    return write_csv(lines)


def intake_csv(lines: list[Line], missing: list[Student]) -> str:
    """The manifest: a line for everything that lay there, then one for each who has handed in nothing."""
    table: list[list[str]] = [["path", "whose", "id", "lab", "outcome"]]
    table += [[line.path, line.whose, line.id, line.lab, line.outcome] for line in lines]
    table += [["", who.name or who.email, who.id, "", "nothing handed in"] for who in missing]
    return write_csv(table)


def write_csv(lines: Iterable[Iterable[Any]]) -> str:
    """Rows of cells as CSV text (RFC 4180), every cell made harmless."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows([cell(value) for value in row] for row in lines)
    return out.getvalue()


def cell(value: Any) -> str:
    """One cell as one line of text that no spreadsheet takes for a formula.

    A text that begins with = + - @ gets an apostrophe before it, which spreadsheets read as "this is text".
    Numbers stay as they are. Gradebooks find a student by an id, not by the name, so the file still imports.

    >>> cell("=1+1"), cell("-3.5"), cell("  Points Possible")
    ("'=1+1", '-3.5', '  Points Possible')
    """
    if value is None:
        return ""
    text = clean(str(value))
    if _HARMLESS.fullmatch(text.strip()):
        return text.strip()
    guarded = _FORMULA.sub(lambda found: found.group(1) + "'", text)
    return re.sub(r"\s*\n\s*", " ", guarded) if "\n" in guarded else guarded.replace("\t", " ")


def read_csv(text: str) -> list[list[str]]:
    """The cells of a CSV file, with or without a byte-order mark, separated by commas or semicolons."""
    text = text.removeprefix("\ufeff")
    first = text.split("\n", 1)[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    return [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if any(row)]
