"""A gradebook that Canvas exported, or a grading worksheet of Moodle's: its students, its columns, its maximum.

Canvas writes English headings in every language; its importer (`lib/gradebook_importer.rb`) asks for "Student", or
"LastName" and "FirstName", then "ID" and "Section". Moodle translates every heading of a worksheet
(`mod/assign/gradingtable.php`), but not their order: who it is, more about them, the grade, its maximum, whether it can
be changed. The first says "Participant 123" in the language of the course, and only the number counts.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from textwrap import shorten

from seqlab.autograder.reports.people import CANVAS_ID, EMAIL, LOGIN, NAME, PARTICIPANT, SIS_ID, Key, of, plain
from seqlab.autograder.reports.rows import clean
from seqlab.autograder.reports.sheet import Line, Sheet
from seqlab.errors import SeqlabError
from seqlab.exercises import all_labs

# "no" where Moodle says whether a grade can be changed
_LOCKED = set("no nein non nee não nej nei ei nie ne нет ні いいえ 否 아니오 hayır لا לא όχι nu nem não não".split())
_TOTALS = re.compile(r"(Current|Final|Override) (Score|Points|Grade|Status)")


@dataclass
class Column:
    """The cells that marks are entered into, and the points that the gradebook gives at most, if it says so."""

    index: int
    title: str
    full: float | None
    comma: bool = False  # numbers are written with a decimal comma
    locked: int | None = None  # the column that says whether the grade can be changed


@dataclass
class Book:
    """A file of Canvas's or Moodle's, understood."""

    platform: str
    sheet: Sheet
    students: list[Line]
    keys: list[Key[Line]]  # the first is the platform's own number
    name: Callable[[Line], str]  # what the gradebook calls a student; nothing where it does not
    columns: list[Column] = field(default_factory=list)  # that can take marks: of Moodle's one

    def says(self, line: Line, column: int) -> str:
        """What a cell says, without the spaces around it."""
        return self.sheet.value(line, column).strip()

    def is_locked(self, line: Line, column: Column) -> bool:
        """Does the gradebook say that this grade cannot be changed?"""
        return column.locked is not None and self.says(line, column.locked).casefold() in _LOCKED

    def column(self, lab: str, title: str | None = None, chosen: bool = False) -> Column:
        """The column of a lab.

        Args:
            lab: the lab's id.
            title: the assignment's title, with or without Canvas's number; by default the one column that is named
                after the lab.
            chosen: this lab was asked for, so that a title may name another one.

        Raises:
            SeqlabError: no column fits, or several do: it names those that there are.
        """
        if self.platform == "Moodle":
            return self.columns[0]
        if title is None:
            fitting = [c for c in self.columns if _is_named_after(lab, c.title)]
        else:
            fitting = [c for c in self.columns if plain(c.title) == plain(title)]
            fitting = fitting or [c for c in self.columns if plain(_bare(c.title)) == plain(title)]
        if len(fitting) != 1:
            there = ", ".join(repr(c.title) for c in self.columns) or "none"
            raise SeqlabError(
                f"--assignment names the gradebook's one column for {lab}",
                got=(repr(title) if title else "no title") + (", which fits several" if fitting else ""),
                fix=f"name one of its columns: {there}",
            )
        named = lab_of(fitting[0].title)
        if named and named != lab and not chosen:
            raise SeqlabError(
                f"a column holds the marks of one lab, and {fitting[0].title!r} is named after {named}",
                got=f"hand-ins of {lab}",
                fix=f"name the column of {lab} with --assignment, or say --lab {lab} if it is this one",
            )
        return fitting[0]


def read_book(text: str) -> Book:
    """Understand a gradebook; SeqlabError where it is neither Canvas's nor Moodle's."""
    sheet = Sheet(text)
    header = [heading.strip() for heading in sheet.values(sheet.lines[0])] if sheet.lines else []
    if "ID" in header and ("Student" in header or {"LastName", "FirstName"} <= set(header)) and "Section" in header:
        return _canvas(sheet, header)
    if worksheet := _moodle(sheet, header):
        return worksheet
    got = f"the columns {shorten(', '.join(header), 120, placeholder=' …')}" if any(header) else "an empty file"
    raise SeqlabError(
        "--gradebook is the CSV that Canvas exports (columns Student or LastName and FirstName, ID, Section) or "
        "Moodle's grading worksheet (a participant's number, the grade, its maximum)",
        got="an Excel workbook" if text.startswith("PK\x03\x04") else clean(got),
        fix='export it again as CSV: Canvas, "Export Entire Gradebook"; Moodle, "Download grading worksheet"',
    )


def platform_of(text: str) -> str:
    """Whose file it is, as far as one can say: Canvas, Moodle, or nothing."""
    try:
        return read_book(text).platform
    except SeqlabError:
        return ""


def lab_of(title: str) -> str | None:
    """The lab that a title names, as "Lab 02: RNN" names lab2, there or not; None if it names none or several."""
    found = {lab.id for lab in all_labs() if re.search(rf"\b{re.escape(lab.id)}(\b|_)", title, re.I)}
    found |= {f"lab{int(number)}" for number in re.findall(r"(?<![^\W\d_])lab[\s_#-]*(\d+)", title, re.I)}
    return found.pop() if len(found) == 1 else None


# -- Canvas ----------------------------------------------------------------------------------------------------
def _canvas(sheet: Sheet, header: list[str]) -> Book:
    def at(name: str) -> int:
        return header.index(name)

    body = [line for line in sheet.lines[1:] if any(sheet.values(line))]
    possible = next((line for line in body if "Points Possible" in sheet.value(line, 0)), None)
    postings = [line for line in body if all(_is_posting(value) for value in sheet.values(line))]
    students = [line for line in body if line is not possible and not any(line is p for p in postings)]

    def name(line: Line) -> str:
        if "Student" in header:
            return sheet.value(line, at("Student"))
        return f"{sheet.value(line, at('FirstName'))} {sheet.value(line, at('LastName'))}"

    ways = (("ID", CANVAS_ID, True), ("SIS User ID", SIS_ID, False), ("SIS Login ID", LOGIN, False))
    keys = [_key(sheet, at(heading), fields, sure) for heading, fields, sure in ways if heading in header]
    book = Book("Canvas", sheet, students, [*keys, Key(name, of(*NAME))], name)
    for index in range(at("Section") + 1, len(header)):
        written = sheet.value(possible, index).strip() if possible else ""
        full = decimal(written)
        # a column of notes has no points, and the totals are read only, in whatever language
        is_assignment = full is not None or (not written and _bare(header[index]) != header[index])
        if is_assignment and not (_TOTALS.search(header[index]) and _bare(header[index]) == header[index]):
            cells = [written, *(sheet.value(line, index) for line in students)]
            book.columns.append(Column(index, header[index], full, any(_has_comma(cell) for cell in cells)))
    return book


def _is_posting(value: str) -> bool:
    """A cell of the line that says which marks students do not see yet."""
    return not value.strip() or bool(re.match(r"\s*(Muted|Manual Posting)", value, re.I))


def _bare(title: str) -> str:
    """An assignment's title without Canvas's number."""
    return re.sub(r"\s*\(\d+\)$", "", title)


def _is_named_after(lab: str, title: str) -> bool:
    """Does the title say the lab and nothing else, but for what stands behind a colon, a dash or in brackets?"""
    begin = re.split(r"\s*[:(]|\s+[-–—]\s", title)[0].strip()
    return lab_of(title) == lab and bool(re.fullmatch(rf"(lab[\s_#-]*\d+|{re.escape(lab)})(_\w+)?", begin, re.I))


# -- Moodle ----------------------------------------------------------------------------------------------------
def _moodle(sheet: Sheet, header: list[str]) -> Book | None:
    """A grading worksheet, known by its English headings or, in any language, by the shape of its columns."""
    students = [line for line in sheet.lines[1:] if any(sheet.values(line))]
    columns = [[sheet.value(line, i).strip() for line in students] for i in range(len(header))]
    who = header.index("Identifier") if "Identifier" in header else 0
    if not students or not all(re.fullmatch(r"\D+\d+", cell) for cell in columns[who] if cell) or not any(columns[who]):
        return None
    most = _maximum(header, columns, who)
    grade = header.index("Grade") if "Grade" in header else most - 1 if most is not None else None
    if grade is None or grade <= who:
        return None
    written = columns[most][0] if most is not None else ""
    comma = any(_has_comma(cell) for cell in (written, *columns[grade]))
    locked = most + 1 if most is not None and most + 1 < len(header) else None
    number = Key[Line](lambda line: re.sub(r"\D", "", sheet.value(line, who)), of(*PARTICIPANT), sure=True)
    kinds = {i: _kind(header[i], [cell for cell in columns[i] if cell]) for i in range(who + 1, grade)}
    keys = [number]
    for kind, fields in (("id", SIS_ID), ("email", EMAIL), ("name", NAME)):
        keys += [_key(sheet, i, fields) for i, found in kinds.items() if found == kind]
    names = [i for i, kind in kinds.items() if kind == "name"]
    column = Column(grade, header[grade], decimal(written), comma, locked)
    return Book("Moodle", sheet, students, keys, lambda line: sheet.value(line, names[0]) if names else "", [column])


def _maximum(header: list[str], columns: list[list[str]], who: int) -> int | None:
    """The column with the maximum grade: one number in all lines, to its left only marks or nothing, to its right
    a word or two, whether the grade can be changed."""
    if "Maximum Grade" in header:
        return header.index("Maximum Grade")
    for index in range(len(header) - 2, who + 1, -1):
        full = {decimal(cell) for cell in columns[index]}
        left = [decimal(cell) for cell in columns[index - 1] if cell not in ("", "-")]
        right = set(columns[index + 1])
        words = len(right) <= 2 and not any("@" in cell or decimal(cell) is not None for cell in right)
        if len(full) == 1 and all(full) and None not in left and words:
            return index
    return None


def _kind(heading: str, cells: list[str]) -> str:
    """What of a student a worksheet's column says: by its English heading, else by what its cells look like."""
    known = {"Full name": "name", "ID number": "id", "Email address": "email"}
    if heading in known or not cells:
        return known.get(heading, "")
    if all(re.fullmatch(r"[^\s@]+@[^\s@]+", cell) for cell in cells):
        return "email"
    distinct = len(set(cells)) == len(cells)
    if distinct and all(re.fullmatch(r"\S*\d\S*", cell) for cell in cells):
        return "id"
    return "name" if distinct and not any(re.search(r"\d", cell) for cell in cells) else ""


def _key(sheet: Sheet, column: int, fields: tuple[str, ...], sure: bool = False) -> Key[Line]:
    return Key(lambda line: sheet.value(line, column), of(*fields), sure)


# -- numbers ---------------------------------------------------------------------------------------------------
def decimal(text: str) -> float | None:
    """A number as a gradebook writes it, with a point or a comma; None for anything else."""
    found = re.fullmatch(r"\s*(\d+)(?:[.,](\d+))?\s*", text)
    return float(f"{found[1]}.{found[2] or 0}") if found else None


def _has_comma(text: str) -> bool:
    return bool(re.fullmatch(r"\s*\d+,\d+\s*", text))
