"""The two HTML pages, each one file: a student's, and the instructor's overview of the class.

Everything in a row that a student could have written is escaped by the template engine; besides, each page
forbids itself to load anything or to run any script but its own (Content-Security-Policy).
"""

import base64
import datetime as dt
import functools
import hashlib
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from seqlab.autograder.course.intake import Line
from seqlab.autograder.course.row import Row
from seqlab.autograder.course.submission import Student
from seqlab.autograder.judging.verdict import STATUSES
from seqlab.autograder.reports import rows as reading
from seqlab.autograder.reports import summary
from seqlab.autograder.reports.hints import first_hint, prose
from seqlab.autograder.reports.rows import clean
from seqlab.autograder.reports.similar import Alike, everyone_has, near_identical

TEMPLATES = Path(__file__).parent / "templates"
MAX_LINES, MAX_WIDTH = 200, 300  # of a student's code for one exercise: some 60 KB at most
# a mark for each status that every font has; the word is always said too
MARKS = {"passed": "✓", "partial": "◐", "failed": "✗", "error": "!", "timeout": "∞", "missing": "–"}
STATUS_WORDS = {
    "passed": "right",
    "partial": "partly right",
    "failed": "not right",
    "error": "raised an error",
    "timeout": "ran out of time",
    "missing": "not answered",
}


def student_page(row: Row, notebook: str = "") -> str:
    """The page that a student is given: marks, and for each exercise what happened, their code, what to try next.

    Args:
        row: the result. Its `answers` are shown as far as there are any.
        notebook: the address of what was handed in, from this page.
    """
    row = printable(row)
    hints = {e.exercise: first_hint(row.lab, e.exercise) for e in row.exercises if e.status != "passed"}
    code = {name: capped(source) for name, source in (row.answers or {}).items() if source.strip()}
    return render("student.html", row=row, hints=hints, code=code, notebook=notebook)


def index_page(rows: list[Row], pages: str = "students/") -> str:
    """All pages by name, id and e-mail, with a field to search them; nothing is loaded for it."""
    ids = ("id", "login", "sis_id", "canvas_id", "participant")
    people = []
    for row in sorted(rows, key=lambda r: reading.display_name(r).casefold()):
        who = reading.student(row)
        numbers = list(dict.fromkeys(reading.line(who[key]) for key in ids if who.get(key)))
        people.append((printable(row), pages + reading.page_name(row), numbers, reading.line(who.get("email"))))
    labs = sorted({row.lab for row in rows if row.lab})
    return render("index.html", people=people, labs=labs)


def capped(source: str) -> str:
    """A student's code, as much as a page should hold."""
    lines = [line if len(line) <= MAX_WIDTH else line[:MAX_WIDTH] + " …" for line in source.strip("\n").split("\n")]
    more = len(lines) - MAX_LINES
    return "\n".join([*lines[:MAX_LINES], *([f"… and {more} more lines"] if more > 0 else [])])


def class_page(
    rows: list[Row],
    alike: list[Alike] | None = None,
    pages: str = "students/",
    index: str = "",
    lines: list[Line] | None = None,
    missing: list[Student] | None = None,
) -> str:
    """The instructor's page of a whole class.

    Args:
        rows: the results.
        alike: groups of near-identical submissions (`near_identical`), their members called by `page_name(row)`; by
            default they are looked for among the rows' `answers`.
        pages: where the students' pages are, from this page.
        index: where the page is that lists them (`index_page`), if there is one.
        lines: the manifest, a line for everything that lay there.
        missing: who of the class has handed in nothing.
    """
    names = [reading.page_name(row) for row in rows]  # of the row as it is: the files are called so
    rows = [printable(row) for row in rows]
    by_page = dict(zip(names, rows, strict=True))
    page_of = {id(row): page for page, row in zip(names, rows, strict=True)}
    labs = sorted({row.lab for row in rows if row.lab})
    if alike is None:
        answers = {page: row.answers for page, row in by_page.items() if row.answers}
        alike = near_identical(answers, everyone_has(labs)) if len(answers) > 1 else []
    columns = list(dict.fromkeys((row.lab, e.exercise) for row in rows for e in row.exercises))
    return render(
        "class.html",
        rows=sorted(rows, key=lambda r: reading.display_name(r).casefold()),
        by_page=by_page,
        columns=columns,
        labs=labs,
        page=lambda row: pages + page_of[id(row)],
        index=index,
        alike=alike,
        verdicts={id(r): {(r.lab, e.exercise): e for e in r.exercises} for r in rows},
        distribution=summary.distribution(rows),
        exercises=summary.exercises(rows),
        slips=summary.slips(rows),
        to_look_at=summary.to_look_at(rows),
        late=any(r.late for r in rows),
        intake=summary.intake(lines) if lines else None,
        missing=[reading.line(who.name or who.id or who.email) for who in missing or ()],
        sandboxes=list(dict.fromkeys(r.sandbox for r in rows if r.sandbox)),
    )


def printable(row: Row) -> Row:
    """The row with text that any page can hold."""
    return Row.from_dict(clean(row.as_dict()))


def _moment(iso: str) -> str:
    """A time to the minute, in the zone that it was given in."""
    try:
        when = dt.datetime.fromisoformat(iso)
    except ValueError:
        return iso
    return f"{when:%Y-%m-%d %H:%M}{f' ({when:%Z})' if when.tzinfo else ''}"


def render(template: str, **values: Any) -> str:
    """A template of this folder with values in it, as every page of the project is made."""
    return _environment().get_template(template).render(**values)


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "css": Markup(_file("page.css")),
        "sort_script": Markup(_file("sort.js")),
        "sort_hash": script_hash(_file("sort.js")),
        "find_script": Markup(_file("find.js")),
        "find_hash": script_hash(_file("find.js")),
        "MARKS": MARKS,
        "STATUSES": STATUSES,
        "WORDS": STATUS_WORDS,
        "graded": reading.graded,
        "share": reading.share,
    }
    environment.filters |= {
        "name": reading.display_name,
        "file": reading.file_name,
        "number": reading.number,
        "line": reading.line,
        "percent": lambda x: f"{100 * x:.0f}",
        "identity": id,
        "what": reading.what_happened,
        "prose": prose,
        "moment": _moment,
    }
    environment.tests["graded"] = reading.graded
    return environment


def script_hash(script: str) -> str:
    """What a Content-Security-Policy calls this one script."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _file(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")
