"""What a run's folder holds of the class, in class.json: a run adds to it, and the reports always show all of it.

A row is known by its student and lab, or, where the student is only guessed, by the file. A row of an earlier run
goes when its file was looked at again, is no longer there, or the student has handed in that lab anew. A guess has
moved where the same bytes lie under the same name in another folder, and no longer in the old one; where they lie in
both, both stay, and the newer one is flagged.
"""

import contextlib
import json
import os
from collections.abc import Callable, Iterable
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
        below = _Below(roots)
        newer: dict[tuple[str, str], list[Row]] = {}
        for _, row in run.rows:
            for number in _numbers(row):
                newer.setdefault(number, []).append(row)
        copies = self._copies(run, below)
        moved = {source for sources in copies.values() for source in sources if not _is_there(source)}
        rows = []
        for source, row in self.rows:
            if source not in left_out and (below(source) or source in moved):
                continue
            if source not in left_out and any(
                _displaces(new, row) for number in _numbers(row) for new in newer.get(number, ())
            ):
                continue
            rows.append((source, row))
        lines = [line for line in self.lines if not below(line.source) and line.source not in moved]
        before = {line.source: line for line in self.lines}
        for line in run.lines:
            if line.source in left_out:
                lines.append(before.get(line.source) or replace(line, outcome="left out by --since or --only"))
            else:
                lines.append(line)
        new = [
            (source, _flagged(row, [c for c in copies.get(source, ()) if c not in moved])) for source, row in run.rows
        ]
        return Record(sorted(rows + new, key=lambda one: one[0]) if rows else new, lines)

    def _copies(self, run: "Record", below: Callable[[str], bool]) -> dict[str, list[str]]:
        """By a run's guessed hand-in: the same file, of the same name, as an earlier run found it elsewhere."""
        earlier = self._guesses()
        return {
            source: [other for other in earlier.get(key, ()) if not below(other)]
            for key, sources in run._guesses().items()
            for source in sources
        }

    def _guesses(self) -> dict[tuple[str, str, str], list[str]]:
        """Where the hand-ins of guessed students lie, by the student's name, the lab and the file's bytes."""
        digests = {line.source: line.digest for line in self.lines if line.digest}
        found: dict[tuple[str, str, str], list[str]] = {}
        for source, row in self.rows:
            if row.guessed and row.student and source in digests:
                found.setdefault((row.student.get("name", ""), row.lab, digests[source]), []).append(source)
        return found


class _Below:
    """Does a whole path lie below one of those that were given, in a folder or in an archive?"""

    def __init__(self, roots: Iterable[str]) -> None:
        self._roots = {root.rstrip(os.sep) for root in roots}

    def __call__(self, source: str) -> bool:
        if source in self._roots:
            return True
        ends = (place for place, letter in enumerate(source) if letter in (os.sep, "!"))
        return any(source[:end] in self._roots for end in ends)


def _is_there(source: str) -> bool:
    """Does the file still lie there, or the archive that it is in?"""
    ends = [place for place, letter in enumerate(source) if letter == "!"]
    return os.path.lexists(source) or any(os.path.isfile(source[:end]) for end in ends)


def _flagged(row: Row, copies: list[str]) -> Row:
    if not copies:
        return row
    flag = (
        f"the same file, of the same name, was graded in another folder ({len(copies)}): is it one class, given twice?"
    )
    return row if flag in (row.flags or ()) else replace(row, flags=[*(row.flags or ()), flag])


def _numbers(row: Row) -> list[tuple[str, str]]:
    return [(key, row.student[key]) for key in _IDS if row.student and key in row.student]


def _displaces(new: Row, old: Row) -> bool:
    """Is it the same student's row for the same lab? What could not be graded may not have told its lab."""
    return same_student(new, old) and (new.lab == old.lab or (not old.exercises and "" in (new.lab, old.lab)))


def absent(students: Iterable[Student], rows: Iterable[Row]) -> list[Student]:
    """Those who have no row, by a number or an address that a row has too."""
    there = {number for row in rows for number in _numbers(row)}
    return [student for student in students if not any((key, getattr(student, key)) in there for key in _IDS)]


def same_student(one: Row, other: Row) -> bool:
    """Are two rows one student's? Not if either is a guess, nor if a number that both have differs."""
    if one.guessed or other.guessed or not one.student or not other.student:
        return False
    for key in _IDS:
        if key in one.student and key in other.student:
            return one.student[key] == other.student[key]
    return False
