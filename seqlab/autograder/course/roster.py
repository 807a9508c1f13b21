"""The roster of a class: who is on it, and which of them a submission is by."""

import csv
import io
import re
from dataclasses import replace
from pathlib import Path, PurePosixPath

from seqlab.autograder.course.submission import Student, Submission
from seqlab.errors import SeqlabError

_COLUMNS = {
    "id": ("id", "student id", "id number", "sid", "user id", "username"),
    "name": ("name", "full name", "student", "student name"),
    "email": ("email", "email address", "e-mail"),
    "sis_id": ("sis id", "sis user id", "sis login id"),
}


def read_roster(path: Path) -> list[Student]:
    """The students of a roster CSV with a column for a name, an id or an e-mail (Canvas's and Moodle's have them)."""
    path = Path(path)
    try:
        rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SeqlabError("a roster is a CSV file in UTF-8", got=f"{path}: {error}", fix="check the file") from None
    heads = {(h or "").strip().lower(): h for h in (rows[0] if rows else {})}
    columns = {field: next((heads[n] for n in names if n in heads), None) for field, names in _COLUMNS.items()}
    if not any(columns[c] for c in ("id", "name", "email")):
        first, last = heads.get("first name"), heads.get("last name", heads.get("surname"))
        if not (first and last):
            raise SeqlabError(
                "a roster has a column id, name or email",
                got=", ".join(heads) or "no columns",
                fix=f"add one to {path}",
            )
    first, last = heads.get("first name"), heads.get("last name", heads.get("surname"))

    def student(row: dict[str, str]) -> Student:
        named = {f: (row.get(c) or "").strip() for f, c in columns.items() if c}
        if not named.get("name") and first and last:
            named["name"] = f"{row.get(first) or ''} {row.get(last) or ''}".strip()
        return Student(**named)

    return [s for s in map(student, rows) if any((s.id, s.name, s.email))]


def match(submission: Submission, students: list[Student]) -> Submission:
    """The roster's student whose id, e-mail or name the submission carries; unknown if none or several do."""
    given = submission.student
    ids = {given.id.lower(), given.email.lower(), given.sis_id.lower()} - {""}
    names = {_letters(given.name), _letters(given.id)} - {""}
    for wanted in (
        lambda s: bool(ids & {s.id.lower(), s.email.lower(), s.sis_id.lower(), s.email.lower().split("@")[0]} - {""}),
        lambda s: bool(s.name) and _letters(s.name) in names,
        lambda s: bool(s.name) and _letters(s.name, backwards=True) in names,
        lambda s: _mentioned(s, PurePosixPath(submission.member or submission.source.name).as_posix()),
    ):
        matching = [s for s in students if wanted(s)]
        if len(matching) == 1:
            return replace(submission, student=matching[0], known=True)
    return replace(submission, known=False, note=submission.note or "not on the roster")


def _letters(name: str, backwards: bool = False) -> str:
    """A name's letters without spaces, case and commas; `backwards` puts the last name first, as Canvas does."""
    if "," in name:
        last, _, rest = name.partition(",")
        name = f"{rest} {last}"
    parts = re.findall(r"\w+", name.lower())
    return "".join(parts[-1:] + parts[:-1]) if backwards else "".join(parts)


def _mentioned(student: Student, where: str) -> bool:
    tokens = set(re.split(r"[^A-Za-z0-9@.]+", where.lower())) | {_letters(where)}
    return any(
        x and len(x) > 2 and x.lower() in tokens for x in (student.id, student.email, student.email.split("@")[0])
    )
