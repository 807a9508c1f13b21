"""Marks in the form that a gradebook imports: Canvas's CSV, Moodle's grading worksheet and grade import.

The surest way is to hand over the file that the gradebook itself exports: it comes back with one column
filled in and everything else as it was. Without it the file is made from what is known of the students.

Formats: Canvas, "How do I import grades in the Gradebook?" and its importer, which finds a student by ID, then
SIS User ID, then SIS Login ID, and only then by name. Moodle, "Grading worksheet" of the assignment (found by
Identifier, "Participant 123") and "Grade import" of the gradebook (by ID number or Email address).
"""

import re
from collections.abc import Callable, Iterable, Sequence

from seqlab.autograder.course.row import Row
from seqlab.autograder.reports.rows import display_name, graded, number, student
from seqlab.autograder.reports.tables import read_csv, write_csv
from seqlab.errors import SeqlabError

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


def canvas_csv(
    rows: list[Row], gradebook: str | None = None, assignment: str | None = None, *, scale: bool = False
) -> str:
    """Canvas's gradebook import.

    Args:
        rows: the results of one lab.
        gradebook: the text of the CSV that Canvas exports; without it students are listed as far as known.
        assignment: the column's title, as "Lab 2" or "Lab 2 (4711)"; by default the lab's id. A title that
            Canvas does not know makes a new assignment.
        scale: give the same share of the points that the gradebook has for the assignment, where they differ.
    """
    title = assignment or _one_lab(rows)
    if gradebook is None:
        header = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", title]
        lines: list[Sequence[str | None]] = [header, ["    Points Possible", "", "", "", "", number(_full(rows))]]
        for row in rows:
            who = identity(row)
            ids = [who.get(k) for k in ("canvas_id", "sis_id")] + [who.get("login") or who.get("id")]
            lines.append([display_name(row), *ids, who.get("section"), _mark(row.points, row)])
        return write_csv(lines)
    table = _table(gradebook, "Canvas", ("Student", "ID", "Section"))
    column = _column(table[0], title)
    if column is None:
        column = len(table[0])
        table[0].append(title)
    for line in table[1:]:
        line += [""] * (len(table[0]) - len(line))
    possible = next((line for line in table[1:] if "Points Possible" in line[0]), None)
    students = [line for line in table[1:] if line is not possible and "".join(line[:5]).strip()]
    full = _decimal(possible[column]) if possible else None
    if possible and full is None:
        possible[column] = number(_full(rows))
    points = _points(rows, full, scale)
    for line, row in _matched(rows, table[0], students):
        line[column] = _mark(points(row), row)
    return write_csv(table)


def moodle_csv(
    rows: list[Row], worksheet: str | None = None, assignment: str | None = None, *, scale: bool = False
) -> str:
    """Moodle's grading worksheet of an assignment, or the gradebook's import where no worksheet can be made.

    Args:
        rows: the results of one lab.
        worksheet: the text of the grading worksheet that Moodle exports (with English headings).
        assignment: the grade item's name in the gradebook's import; by default the lab's id.
        scale: give the same share of the worksheet's maximum grade, where it differs from the lab's points.

    Without a worksheet, submissions that carry Moodle's participant number (they do in the zip of all
    submissions) make one; others make a file for *Grades > Import*, to be mapped by ID number or email.
    """
    if worksheet is not None:
        return _filled_worksheet(rows, worksheet, scale)
    people = [(row, identity(row)) for row in rows]
    if rows and all(who.get("participant") for _, who in people):
        lines = [
            [
                f"Participant {who['participant']}",
                display_name(row),
                who.get("email"),
                "Submitted",
                _mark(row.points, row),
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
        [display_name(row), who.get("sis_id") or who.get("id"), who.get("email"), _mark(row.points, row)]
        for row, who in people
    ]
    return write_csv([header, *lines])


def not_in_gradebook(rows: list[Row], gradebook: str) -> list[Row]:
    """The rows whose student the gradebook or worksheet does not list: to be entered by hand."""
    header, *lines = _table(gradebook, "the gradebook", ())
    placed = {id(row) for _, row in _matched(rows, header, lines)}
    return [row for row in rows if id(row) not in placed]


def _filled_worksheet(rows: list[Row], worksheet: str, scale: bool) -> str:
    header, *lines = _table(worksheet, "Moodle", ("Identifier", "Grade"))
    grade, full = header.index("Grade"), None
    lines = [line + [""] * (len(header) - len(line)) for line in lines]
    written = ""
    if "Maximum Grade" in header:
        written = next((line[header.index("Maximum Grade")] for line in lines), "")
        full = _decimal(written)
    points = _points(rows, full, scale)
    for line, row in _matched(rows, header, lines):
        mark = _mark(points(row), row)
        line[grade] = mark.replace(".", ",") if "," in written else mark  # as this Moodle writes numbers
    return write_csv([header, *lines])


# -- who is who ------------------------------------------------------------------------------------------------
# the names that the two give to the files in their zip of all submissions
_CANVAS_FILE = re.compile(r"(?:^|[/!])[^_/!]+_(?:LATE_)?(\d+)_\d+_[^/]+$")
_MOODLE_FOLDER = re.compile(r"(?:^|[/!])[^/!]+_(\d+)_assignsubmission_")


def identity(row: Row) -> dict[str, str]:
    """What is known of a student, with the numbers of Canvas and Moodle told apart from other ids."""
    who, label = dict(student(row)), row.notebook.replace("\\", "/")
    for key, pattern in (("canvas_id", _CANVAS_FILE), ("participant", _MOODLE_FOLDER)):
        if found := pattern.search(label):
            who.setdefault(key, found[1])
            if str(who.get("id")) == found[1]:
                del who["id"]
    return who


# column of a gradebook -> what of a student stands in it, the surest first
_KEYS: dict[str, Callable[[dict[str, str]], Iterable[str | None]]] = {
    "ID": lambda who: [who.get("canvas_id")],
    "Identifier": lambda who: [who.get("participant") and f"Participant {who['participant']}"],
    "SIS User ID": lambda who: [who.get("sis_id"), who.get("id")],
    "ID number": lambda who: [who.get("sis_id"), who.get("id")],
    "SIS Login ID": lambda who: [who.get("login"), who.get("email"), who.get("id")],
    "Email address": lambda who: [who.get("email"), who.get("login")],
    "Student": lambda who: [who.get("name")],
    "Full name": lambda who: [who.get("name")],
}


def _matched(rows: list[Row], header: list[str], lines: list[list[str]]) -> list[tuple[list[str], Row]]:
    """Each row with the gradebook's line of its student. A key that two lines share matches neither."""
    pairs, taken, placed = [], set(), set()
    for column, keys in _KEYS.items():
        if column not in header:
            continue
        place = header.index(column)
        index: dict[str, list[list[str]]] = {}
        for line in lines:
            index.setdefault(_key(line[place] if place < len(line) else ""), []).append(line)
        for row in rows:
            if id(row) in placed:
                continue
            for key in keys(identity(row)):
                found = index.get(_key(key), []) if key else []
                if len(found) == 1 and id(found[0]) not in taken:
                    taken.add(id(found[0]))
                    placed.add(id(row))
                    pairs.append((found[0], row))
                    break
    return pairs


def _key(text: object) -> str:
    """A name or id without its case, its spacing and the order of "Last, First"."""
    words = str(text or "").strip().casefold().removeprefix('="').removesuffix('"')
    last, comma, first = words.partition(",")
    return " ".join((f"{first} {last}" if comma else words).split())


# -- points ----------------------------------------------------------------------------------------------------
def _mark(points: float, row: Row) -> str:
    """The cell for a mark; empty where nothing could be graded, which is not the same as no points."""
    return number(points) if graded(row) else ""


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
    if full is None or not ours or full == ours:
        return lambda row: row.points
    if not scale:
        raise SeqlabError(
            f"the gradebook's maximum is the lab's {number(ours)} points",
            got=number(full),
            fix="change it there, or ask for the marks to be scaled",
        )
    return lambda row: row.points * full / ours


def _decimal(text: str) -> float | None:
    """A number as a gradebook writes it, with a point or a comma; None for anything else."""
    found = re.fullmatch(r"\s*(\d+)(?:[.,](\d+))?\s*", text)
    return float(f"{found[1]}.{found[2] or 0}") if found else None


def _column(header: list[str], title: str) -> int | None:
    """The column of an assignment: by its whole heading, else by its title without Canvas's number."""
    if title in header:
        return header.index(title)
    bare = [re.sub(r"\s*\(\d+\)$", "", h) for h in header]
    if bare.count(title) > 1:
        raise SeqlabError(
            "the assignment's title stands once in the gradebook",
            got=f"{title!r} several times",
            fix="name it with its number, as in the heading: Lab 2 (4711)",
        )
    return bare.index(title) if title in bare else None


def _table(text: str, whose: str, needed: tuple[str, ...]) -> list[list[str]]:
    table = read_csv(text)
    header = [heading.strip() for heading in table[0]] if table else []
    missing = [name for name in needed if name not in header]
    if not table or missing:
        raise SeqlabError(
            f"the file that {whose} exports has the columns {', '.join(needed) or 'of a gradebook'}",
            got=f"none called {', '.join(missing)}" if table else "an empty file",
            fix="export it again, with the language set to English",
        )
    return [header, *table[1:]]
