"""Marks in the form that a gradebook imports: Canvas's CSV, Moodle's grading worksheet and grade import.

The surest way is to hand over the file that the gradebook itself exports. It comes back with cells of one column
filled in, and every other byte as it was: a mark that somebody entered by hand is kept and told, and so is a student
who is excused. Without that file one is made from what is known of the students.

Formats: Canvas, "How do I import grades in the Gradebook?" and its importer, which finds a student by ID, then
SIS User ID, then SIS Login ID, and only then by name. Moodle, "Grading worksheet" of the assignment (found by
Identifier, "Participant 123") and "Grade import" of the gradebook (by ID number or Email address).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from seqlab.autograder.course.row import Row
from seqlab.autograder.reports.books import Book, Column, decimal, read_book
from seqlab.autograder.reports.people import identity, matched
from seqlab.autograder.reports.rows import conflict, display_name, graded, line, number
from seqlab.autograder.reports.sheet import Line
from seqlab.autograder.reports.tables import write_csv
from seqlab.errors import SeqlabError
from seqlab.exercises import lab_id

WORKSHEET = [
    "Identifier",
    "Full name",
    "Email address",
    "Status",
    "Grade",
    "Maximum Grade",
    "Grade can be changed",
    "Last modified (submission)",
    "Last modified (grade)",
    "Feedback comments",
]
_EMPTY = ("", "-")  # both platforms read a dash as no mark
_NOT_OURS = {"ex": "is excused", "n/a": "is not assigned this"}  # Canvas's words, and what they mean

Marks = dict[str, str]  # by student's line: the mark that seqlab has last written there


@dataclass
class Entered:
    """What came of entering marks into a gradebook."""

    text: str
    platform: str  # canvas or moodle
    told: list[str] = field(default_factory=list)  # a sentence for each cell that was left alone, and why
    faults: list[str] = field(default_factory=list)  # a sentence for each lab that has no place in it
    absent: list[Row] = field(default_factory=list)  # rows whose student the gradebook does not list
    marks: Marks = field(default_factory=dict)


def canvas_csv(
    rows: list[Row], gradebook: str | None = None, assignment: str | None = None, *, scale: bool = False
) -> str:
    """Canvas's gradebook import.

    Args:
        rows: the results of one lab.
        gradebook: the text of the CSV that Canvas exports; without it students are listed as far as known.
        assignment: the column's title, as "Lab 2" or "Lab 2 (4711)"; by default the column named after the lab, or,
            without a gradebook, the lab's id.
        scale: give the same share of the points that the gradebook has for the assignment, where they differ.

    Raises:
        SeqlabError: the gradebook is not Canvas's, no column of it fits, or its maximum is another one.
    """
    if gradebook is not None:
        return enter(rows, gradebook, assignment, scale=scale).text
    header = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", assignment or _one_lab(rows)]
    lines: list[Sequence[str | None]] = [header, ["    Points Possible", "", "", "", "", number(_full(rows))]]
    for row in rows:
        if conflict(row):  # a line for each of two hand-ins would say that neither is a mark
            continue
        who = identity(row)
        ids = [who.get(k) for k in ("canvas_id", "sis_id")] + [who.get("login") or who.get("id")]
        lines.append([display_name(row), *ids, who.get("section"), _mark(row)])
    return write_csv(lines)


def moodle_csv(
    rows: list[Row], worksheet: str | None = None, assignment: str | None = None, *, scale: bool = False
) -> str:
    """Moodle's grading worksheet of an assignment, or the gradebook's import where no worksheet can be made.

    Args:
        rows: the results of one lab.
        worksheet: the text of the grading worksheet that Moodle exports, in any language.
        assignment: the grade item's name in the gradebook's import; by default the lab's id.
        scale: give the same share of the worksheet's maximum grade, where it differs from the lab's points.

    Without a worksheet, submissions that carry Moodle's participant number (they do in the zip of all
    submissions) make one; others make a file for *Grades > Import*, to be mapped by ID number or email.
    """
    if worksheet is not None:
        return enter(rows, worksheet, scale=scale).text
    people = [(row, identity(row)) for row in rows if not conflict(row)]
    if people and all(who.get("participant") for _, who in people):
        lines = [
            [
                f"Participant {who['participant']}",
                display_name(row),
                who.get("email"),
                "Submitted",
                _mark(row),
                number(_full(rows)),
                "Yes",
                "-",
                "-",
                "",
            ]
            for row, who in people
        ]
        return write_csv([WORKSHEET, *lines])
    header = ["Full name", "ID number", "Email address", assignment or _one_lab(rows)]
    lines = [
        [display_name(row), who.get("sis_id") or who.get("id"), who.get("email"), _mark(row)] for row, who in people
    ]
    return write_csv([header, *lines])


def enter(
    rows: list[Row],
    gradebook: str,
    assignment: str | None = None,
    *,
    lab: str | None = None,
    scale: bool = False,
    replace: bool = False,
    before: Mapping[str, str] | None = None,
) -> Entered:
    """Enter marks into what Canvas or Moodle exported, each lab's into its column.

    Args:
        rows: the results, of one lab or several.
        gradebook: the text of the file.
        assignment: the column's title; by default each lab's marks go into the column that is named after it.
        lab: the lab that was asked for, whose marks alone are entered, whatever the column's title says.
        scale: give the same share of the gradebook's maximum, where it differs from the lab's points.
        replace: write over marks that stand there, too.
        before: the marks that seqlab has last written (`Entered.marks`): these are not somebody's by hand.

    Raises:
        SeqlabError: the file is no gradebook, or no lab fits a column of it and its maximum.
    """
    book = read_book(gradebook)
    entered = Entered("", book.platform.lower())
    chosen = lab_id(lab) if lab else None
    labs = sorted({row.lab for row in rows if row.lab and graded(row) and chosen in (None, row.lab)})
    if book.platform == "Moodle" and len(labs) > 1:
        raise SeqlabError(
            "a grading worksheet is of one assignment, and so of one lab",
            got=f"hand-ins of {', '.join(labs)}",
            fix="say which with --lab",
        )
    faults = []
    for own in labs:
        try:
            column = book.column(own, assignment, chosen=own == chosen)
            of_lab = [row for row in rows if row.lab == own]
            _enter(of_lab, book, column, _points(of_lab, column.full, scale), entered, replace, before or {})
        except SeqlabError as fault:
            faults.append(fault)
    if faults and len(faults) == len(labs):
        raise faults[0]
    entered.faults = [str(fault) for fault in faults]
    entered.absent = [row for row, lines in matched(rows, book.students, book.keys) if not lines]
    entered.text = str(book.sheet)
    return entered


def not_in_gradebook(rows: list[Row], gradebook: str) -> list[Row]:
    """The rows whose student the gradebook or worksheet does not list: to be entered by hand."""
    book = read_book(gradebook)
    return [row for row, lines in matched(rows, book.students, book.keys) if not lines]


def _enter(
    rows: list[Row],
    book: Book,
    column: Column,
    points: Callable[[Row], float],
    entered: Entered,
    replace: bool,
    before: Mapping[str, str],
) -> None:
    found = matched(rows, book.students, book.keys)
    holders: dict[int, list[Row]] = {}
    for row, lines in found:
        for one in lines if graded(row) else ():
            holders.setdefault(id(one), []).append(row)
    for row, lines in found:
        if not lines or not graded(row):
            continue
        mark, name = number(points(row)), line(book.name(lines[0]) or display_name(row))
        if conflict(row) or any(len(holders[id(one)]) > 1 for one in lines):
            why = conflict(row) or "there is more than one hand-in"
            entered.told.append(f"{name}: nothing is entered, for {why}; {line(row.notebook)} got {mark}.")
            continue
        for one in lines:
            key = f"{column.title}: {book.keys[0].said(one)}"
            if kept := _kept(book, one, column, mark, replace, before.get(key, "")):
                entered.told.append(f"{name} {kept}; seqlab says {mark}.")
            elif decimal(book.says(one, column.index)) != decimal(mark):  # an equal one may be somebody's, and stays so
                entered.marks[key] = mark
                book.sheet.put(one, column.index, mark.replace(".", ",") if column.comma else mark)


def _kept(book: Book, one: Line, column: Column, mark: str, replace: bool, ours: str) -> str:
    """Why a cell is left as it is, as the rest of a sentence; nothing where the mark may be written."""
    there = book.says(one, column.index)
    if there.casefold() in _NOT_OURS:
        return _NOT_OURS[there.casefold()]
    if book.is_locked(one, column):
        return "has a grade that cannot be changed in Moodle"
    value = decimal(there)
    if there in _EMPTY or replace or (value is not None and value in (decimal(mark), decimal(ours))):
        return ""
    return f"has {line(there)} by hand"


# -- points ----------------------------------------------------------------------------------------------------
def _mark(row: Row) -> str:
    """The cell for a mark; empty where nothing could be graded, which is not the same as no points."""
    return number(row.points) if graded(row) else ""


def _one_lab(rows: list[Row]) -> str:
    labs = {row.lab for row in rows if row.lab}
    if len(labs) != 1:
        raise SeqlabError(
            "a gradebook column holds the marks of one lab",
            got=", ".join(sorted(labs)) or "no lab",
            fix="name the assignment, or export lab by lab",
        )
    return labs.pop()


def _full(rows: list[Row]) -> float:
    return max((row.max_points or 0 for row in rows), default=0)


def _points(rows: list[Row], full: float | None, scale: bool) -> Callable[[Row], float]:
    """What to enter for a row, when the gradebook counts to `full`."""
    ours = _full(rows)
    if full is None or full == ours:
        return lambda row: row.points
    if not scale:
        raise SeqlabError(
            f"the gradebook's maximum is the lab's {number(ours)} points",
            got=number(full),
            fix="change it there, or scale the marks to it with --scale",
        )
    return lambda row: row.points * full / ours
