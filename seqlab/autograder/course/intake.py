"""What was handed in: folders, notebooks and the zips of Canvas, Moodle and Gradescope, as one list.

A source is only read here, never unpacked to disk. Whose work a file is, is told by its name, by the folder
it lies in, or by a roster; a file that cannot be told stays in the list and is named in the report.
"""

import csv
import datetime as dt
import hashlib
import io
import os
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from seqlab.autograder.course.submission import MAX_FILE
from seqlab.errors import SeqlabError
from seqlab.exercises import rooms

SUFFIXES = (".ipynb", ".json")
_CANVAS = re.compile(r"^(?P<name>[^_]+)_(?:(?P<late>LATE)_)?(?P<id>\d+)_(?P<submission>\d+)_(?P<file>.+)$")
_MOODLE = re.compile(r"^(?P<name>.+)_(?P<id>\d+)_assignsubmission_(?:file|onlinetext)_?$")
_GRADESCOPE = re.compile(r"^submission_(?P<id>\d+)$")


@dataclass(frozen=True)
class Student:
    """Who handed something in, as far as it is known."""

    id: str = ""
    name: str = ""
    email: str = ""
    sis_id: str = ""


@dataclass(frozen=True)
class Handin:
    """One file of a student's: where it is, whose, and when it came. `data()` reads it."""

    label: str  # a path, with the member of a zip behind an exclamation mark
    source: Path
    member: str | None = None
    student: Student = field(default_factory=Student)
    submitted_at: dt.datetime | None = None
    known: bool = True  # could the student be told?
    note: str = ""

    def data(self) -> bytes:
        """The bytes of the file; OSError or zipfile.BadZipFile if it cannot be read."""
        if self.member is None:
            with open(self.source, "rb") as file:
                return file.read(MAX_FILE + 1)
        try:
            with zipfile.ZipFile(self.source) as archive, archive.open(self.member) as file:
                return file.read(MAX_FILE + 1)  # a zip bomb is cut here
        except OSError:
            raise
        except Exception as error:  # damaged streams, passwords, unknown methods: each library has errors of its own
            raise zipfile.BadZipFile(str(error)) from None

    @property
    def key(self) -> str:
        """A name for the files of this hand-in, the same in every run."""
        readable = re.sub(r"[^\w.-]+", "-", self.student.name or Path(self.member or self.source).stem)[:40].strip("-.")
        return f"{readable or 'submission'}-{hashlib.sha256(os.fsencode(self.label)).hexdigest()[:20]}"


def collect(paths: list[Path], roster: Path | None = None) -> list[Handin]:
    """Everything that was handed in below the given paths, the newest of each student and lab last named.

    Raises SeqlabError for a path that is not there and where nothing at all is found.
    """
    students = read_roster(roster) if roster else []
    found: list[Handin] = []
    for path in map(Path, paths):
        if not path.exists():
            raise SeqlabError(
                "a submission is a notebook, a hand-in, a folder or a zip of them",
                got=f"{path}, which is not there",
                fix="check the path",
            )
        found += _from_path(path)
    if not found:
        raise SeqlabError(
            "the submissions are .ipynb or hand-in .json files",
            got=f"none in {', '.join(map(str, paths))}",
            fix="check the path",
        )
    return [_match(handin, students) for handin in found] if students else found


def _from_path(path: Path) -> list[Handin]:
    if path.is_file():
        if zipfile.is_zipfile(path):
            return _from_zip(path)
        return [_identify(Handin(str(path), path, submitted_at=_modified(path)), PurePosixPath(path.name))]
    metadata = _gradescope_metadata(
        (path / "submission_metadata.yml").read_text(encoding="utf-8", errors="replace")
        if (path / "submission_metadata.yml").is_file()
        else ""
    )
    found = []
    for file in sorted(path.rglob("*")):
        if file.is_symlink() or not file.is_file() or ".ipynb_checkpoints" in file.parts:
            continue
        where = PurePosixPath(file.relative_to(path).as_posix())
        if file.suffix == ".zip" and zipfile.is_zipfile(file):
            found += _from_zip_among_others(file, where, metadata)
        elif file.suffix in SUFFIXES:
            handin = Handin(str(file), file, submitted_at=_modified(file))
            found.append(_identify(handin, where, metadata))
    return found


def _from_zip_among_others(path: Path, where: PurePosixPath, metadata: dict) -> list[Handin]:
    """A zip in a folder: of the student whom the platform names, of one who zipped a single file, or of a class."""
    inside = _from_zip(path)
    itself = Handin(str(path), path, submitted_at=_modified(path))
    owner = _named_by_platform(itself, where, metadata)
    if owner is None and len(inside) == 1 and (member := inside[0].member):
        parts = PurePosixPath(member).parts
        if not _named_by_platform(itself, PurePosixPath(member)) and not any(map(_GRADESCOPE.match, parts)):
            owner = _identify(itself, where, metadata)
    if owner is None:
        return inside
    # within a student's own zip no name counts, and no time: it could say that it is another's, and newer
    return [replace(owner, label=h.label, member=h.member, known=h.known, note=h.note or owner.note) for h in inside]


def _from_zip(path: Path) -> list[Handin]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [i for i in archive.infolist() if not i.is_dir() and PurePosixPath(i.filename).suffix in SUFFIXES]
            members = [
                i for i in members if not i.filename.startswith("__MACOSX") and ".ipynb_checkpoints" not in i.filename
            ]
            # the outermost is Gradescope's, another one is a student's
            texts = [i for i in archive.namelist() if i.rpartition("/")[2] == "submission_metadata.yml"]
            text = b""
            if texts:
                with archive.open(min(texts, key=lambda name: name.count("/"))) as file:
                    text = file.read(2**24)
            metadata = _gradescope_metadata(text.decode(errors="replace"))
    except Exception as error:  # as in `Handin.data`
        return [Handin(str(path), path, known=False, note=f"the zip cannot be read: {error}")]
    found = []
    for info in members:
        try:
            when = dt.datetime(*info.date_time).astimezone()
        except ValueError:
            when = None
        handin = Handin(f"{path}!{info.filename}", path, info.filename, submitted_at=when)
        found.append(_identify(handin, PurePosixPath(info.filename), metadata))
    return found


def _identify(
    handin: Handin, where: PurePosixPath, gradescope: dict[str, tuple[Student, dt.datetime | None]] | None = None
) -> Handin:
    """Tell the student by the name of the file or of a folder it lies in.

    The outermost folder that says so counts: the platform made it, those further in may be the student's own.
    """
    if named := _named_by_platform(handin, where, gradescope):
        return named
    labs = {
        name for path in rooms().glob("*_*/checks.py") for name in (path.parent.name, path.parent.name.split("_")[0])
    }
    folders = [f for f in where.parts[:-1] if f not in labs]  # nbgrader: STUDENT/LAB/LAB.ipynb
    if folders:
        return replace(handin, student=Student(folders[-1], folders[-1]))
    stem = where.stem
    return replace(handin, student=Student(stem, stem))


def _named_by_platform(
    handin: Handin, where: PurePosixPath, gradescope: dict[str, tuple[Student, dt.datetime | None]] | None = None
) -> Handin | None:
    """With the student that a name of Moodle's, Gradescope's or Canvas's tells; None where there is none."""
    for part in where.parts[:-1]:
        if moodle := _MOODLE.match(part):
            return replace(handin, student=Student(moodle["id"], moodle["name"].strip()))
        if (scope := _GRADESCOPE.match(part)) and gradescope and scope["id"] in gradescope:
            student, when = gradescope[scope["id"]]
            return replace(handin, student=student, submitted_at=when or handin.submitted_at)
    if canvas := _CANVAS.match(where.name):
        note = "late, says Canvas" if canvas["late"] else ""
        return replace(handin, student=Student(canvas["id"], canvas["name"]), note=note)
    return None


def _gradescope_metadata(text: str) -> dict[str, tuple[Student, dt.datetime | None]]:
    """Names, e-mails and times by submission id, from the few lines of Gradescope's YAML that say so."""
    people: dict[str, tuple[Student, dt.datetime | None]] = {}
    for block in re.split(r"^submission_", text, flags=re.M)[1:]:
        number = re.match(r"\d+", block)
        named = {
            k: m[1].strip().strip("'\"")
            for k in ("name", "email", "sid", "created_at")
            if (m := re.search(rf"^[ \t]*(?:- )?:{k}: +(.+)$", block, re.M))
        }
        if number:
            student = Student(named.get("sid") or named.get("email", ""), named.get("name", ""), named.get("email", ""))
            people[number[0]] = (student, parse_time(named.get("created_at", "")))
    return people


def parse_time(text: str) -> dt.datetime | None:
    """A time such as 2026-11-21T10:00, with or without a zone (then the machine's); None if it is none."""
    text = re.sub(r" UTC$| Z$", "+00:00", text.strip())
    text = re.sub(r" ([+-]\d\d:?\d\d)$", r"\1", text)
    try:
        return dt.datetime.fromisoformat(text).astimezone()
    except ValueError:
        return None


# -- roster --------------------------------------------------------------------------------------------------
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


def _match(handin: Handin, students: list[Student]) -> Handin:
    """The roster's student whose id, e-mail or name the hand-in carries; unknown if none or several do."""
    given = handin.student
    ids = {given.id.lower(), given.email.lower(), given.sis_id.lower()} - {""}
    names = {_letters(given.name), _letters(given.id)} - {""}
    for wanted in (
        lambda s: bool(ids & {s.id.lower(), s.email.lower(), s.sis_id.lower(), s.email.lower().split("@")[0]} - {""}),
        lambda s: bool(s.name) and _letters(s.name) in names,
        lambda s: bool(s.name) and _letters(s.name, backwards=True) in names,
        lambda s: _mentioned(s, PurePosixPath(handin.member or handin.source.name).as_posix()),
    ):
        matching = [s for s in students if wanted(s)]
        if len(matching) == 1:
            return replace(handin, student=matching[0], known=True)
    return replace(handin, known=False, note=handin.note or "not on the roster")


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


def newest(handins: list[Handin]) -> Iterator[tuple[Handin, bool]]:
    """Each hand-in with whether it is the student's last one of that name: only that counts."""
    best: dict[tuple[str, ...], Handin] = {}
    oldest = dt.datetime.min.replace(tzinfo=dt.UTC)
    for handin in handins:
        who = _whose(handin)
        if who not in best or (handin.submitted_at or oldest) >= (best[who].submitted_at or oldest):
            best[who] = handin
    for handin in handins:
        yield handin, best[_whose(handin)] is handin


def _whose(handin: Handin) -> tuple[str, ...]:
    """Student and file. A student told by nothing but a folder's name has that one folder: others may call
    a folder of theirs so too."""
    guessed = handin.student.id == handin.student.name
    folder = str(PurePosixPath(handin.label).parent) if guessed else ""
    return handin.student.id or handin.label, _plain_name(handin), folder


def _plain_name(handin: Handin) -> str:
    """The file's own name, without what Canvas puts before it and the number of a later try."""
    name = PurePosixPath(handin.member or handin.source.name).name
    name = canvas["file"] if (canvas := _CANVAS.match(name)) else name
    return re.sub(r"(?:-\d+| ?\(\d+\))(\.\w+)$", r"\1", name)


def _modified(path: Path) -> dt.datetime:
    return dt.datetime.fromtimestamp(path.stat().st_mtime).astimezone()
