"""What a run's folder holds of the class, in class.json: a run adds to it, and the reports always show all of it.

A row is known by its student and lab, or, where the student is only guessed, by the file. A row of an earlier run
goes when its file was looked at again, is no longer there, or the student has handed in that lab anew.
"""

import contextlib
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from seqlab.autograder.course.intake import Line
from seqlab.autograder.course.row import Row
from seqlab.autograder.course.submission import Student
from seqlab.whole import write_whole

NAME = "class.json"
_IDS = ("canvas_id", "participant", "sis_id", "email", "id")


@dataclass
class Record:
    """The rows of a class, each with where its file lies, and the manifest."""

    rows: list[tuple[str, Row]] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)

    @classmethod
    def read(cls, out: Path) -> "Record":
        """What an earlier run has left in a folder; empty if there is nothing that can be read."""
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            content: dict[str, Any] = json.loads((out / NAME).read_text(encoding="utf-8"))
            rows = [(one["source"], Row.from_dict(one["row"])) for one in content["rows"]]
            return cls(rows, [Line(**line) for line in content["lines"]])
        return cls()

    def write(self, out: Path) -> None:
        """Keep it, for the instructor alone: it holds students' code."""
        rows = [{"source": source, "row": row.as_dict()} for source, row in self.rows]
        content = {"rows": rows, "lines": [asdict(line) for line in self.lines]}
        write_whole(out / NAME, json.dumps(content, ensure_ascii=True) + "\n")
        os.chmod(out / NAME, 0o600)

    def with_run(self, run: "Record", roots: Iterable[str], left_out: set[str]) -> "Record":
        """This class after a run.

        Args:
            run: the run's rows, and the manifest of all that lay there.
            roots: the whole paths that the run was given.
            left_out: the sources that --only or --since left out: their rows stay.
        """
        below = tuple(roots)
        newer: dict[tuple[str, str], list[Row]] = {}
        for _, row in run.rows:
            for number in _numbers(row):
                newer.setdefault(number, []).append(row)
        rows = []
        for source, row in self.rows:
            if source not in left_out and any(_is_below(source, root) for root in below):
                continue
            if source not in left_out and any(
                _displaces(new, row) for number in _numbers(row) for new in newer.get(number, ())
            ):
                continue
            rows.append((source, row))
        lines = [line for line in self.lines if not any(_is_below(line.source, root) for root in below)]
        before = {line.source: line for line in self.lines}
        for line in run.lines:
            if line.source in left_out:
                lines.append(before.get(line.source) or replace(line, outcome="left out by --since or --only"))
            else:
                lines.append(line)
        return Record(sorted(rows + run.rows, key=lambda one: one[0]) if rows else run.rows, lines)


def _is_below(source: str, root: str) -> bool:
    return source == root or source.startswith((root.rstrip(os.sep) + os.sep, root + "!"))


def _numbers(row: Row) -> list[tuple[str, str]]:
    return [(key, row.student[key]) for key in _IDS if row.student and key in row.student]


def _displaces(new: Row, old: Row) -> bool:
    """Is it the same student's row for the same lab? What could not be graded may not have told its lab."""
    return same_student(new, old) and (new.lab == old.lab or (not old.exercises and "" in (new.lab, old.lab)))


def is_of(student: Student, row: Row) -> bool:
    """Is a row this student's, by a number or an address that both have?"""
    return any((key, getattr(student, key)) in _numbers(row) for key in _IDS)


def same_student(one: Row, other: Row) -> bool:
    """Are two rows one student's? Not if either is a guess, nor if a number that both have differs."""
    if one.guessed or other.guessed or not one.student or not other.student:
        return False
    for key in _IDS:
        if key in one.student and key in other.student:
            return one.student[key] == other.student[key]
    return False
