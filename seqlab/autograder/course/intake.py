"""What was handed in: folders, notebooks and the zips of Canvas, Moodle and Gradescope, as one list.

A source is only read here, never unpacked to disk. Whose work a file is, is told by its name, by the folder
it lies in, or by a roster; a file that cannot be told stays in the list and is named in the report.
"""

import datetime as dt
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath

from seqlab.autograder.course.roster import match, read_roster
from seqlab.autograder.course.submission import Student, Submission
from seqlab.errors import SeqlabError
from seqlab.exercises import all_labs

SUFFIXES = (".ipynb", ".json")
_CANVAS = re.compile(r"^(?P<name>[^_]+)_(?:(?P<late>LATE)_)?(?P<id>\d+)_(?P<submission>\d+)_(?P<file>.+)$")
_MOODLE = re.compile(r"^(?P<name>.+)_(?P<id>\d+)_assignsubmission_(?:file|onlinetext)_?$")
_GRADESCOPE = re.compile(r"^submission_(?P<id>\d+)$")
_Gradescope = dict[str, tuple[Student, dt.datetime | None]]  # by submission id: who, and when


def collect(paths: list[Path], roster: Path | None = None) -> list[Submission]:
    """Everything that was handed in below the given paths, the newest of each student and lab last named.

    Raises SeqlabError for a path that is not there and where nothing at all is found.
    """
    students = read_roster(roster) if roster else []
    found: list[Submission] = []
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
    return [match(submission, students) for submission in found] if students else found


def _from_path(path: Path) -> list[Submission]:
    if path.is_file():
        if zipfile.is_zipfile(path):
            return _from_zip(path)
        return [_identify(Submission(str(path), path, submitted_at=_modified(path)), PurePosixPath(path.name))]
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
            submission = Submission(str(file), file, submitted_at=_modified(file))
            found.append(_identify(submission, where, metadata))
    return found


def _from_zip_among_others(path: Path, where: PurePosixPath, metadata: _Gradescope) -> list[Submission]:
    """A zip in a folder: of the student whom the platform names, of one who zipped a single file, or of a class."""
    inside = _from_zip(path)
    itself = Submission(str(path), path, submitted_at=_modified(path))
    owner = _named_by_platform(itself, where, metadata)
    if owner is None and len(inside) == 1 and (member := inside[0].member):
        parts = PurePosixPath(member).parts
        if not _named_by_platform(itself, PurePosixPath(member)) and not any(map(_GRADESCOPE.match, parts)):
            owner = _identify(itself, where, metadata)
    if owner is None:
        return inside
    # within a student's own zip no name counts, and no time: it could say that it is another's, and newer
    return [replace(owner, label=s.label, member=s.member, known=s.known, note=s.note or owner.note) for s in inside]


def _from_zip(path: Path) -> list[Submission]:
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
    except Exception as error:  # as in `Submission.data`
        return [Submission(str(path), path, known=False, note=f"the zip cannot be read: {error}")]
    found = []
    for info in members:
        try:
            when = dt.datetime(*info.date_time).astimezone()
        except ValueError:
            when = None
        submission = Submission(f"{path}!{info.filename}", path, info.filename, submitted_at=when)
        found.append(_identify(submission, PurePosixPath(info.filename), metadata))
    return found


def _identify(submission: Submission, where: PurePosixPath, gradescope: _Gradescope | None = None) -> Submission:
    """Tell the student by the name of the file or of a folder it lies in.

    The outermost folder that says so counts: the platform made it, those further in may be the student's own.
    """
    if named := _named_by_platform(submission, where, gradescope):
        return named
    labs = {name for lab in all_labs() for name in (lab.name, lab.id)}
    folders = [f for f in where.parts[:-1] if f not in labs]  # nbgrader: STUDENT/LAB/LAB.ipynb
    if folders:
        return replace(submission, student=Student(folders[-1], folders[-1]))
    stem = where.stem
    return replace(submission, student=Student(stem, stem))


def _named_by_platform(
    submission: Submission, where: PurePosixPath, gradescope: _Gradescope | None = None
) -> Submission | None:
    """With the student that a name of Moodle's, Gradescope's or Canvas's tells; None where there is none."""
    for part in where.parts[:-1]:
        if moodle := _MOODLE.match(part):
            return replace(submission, student=Student(moodle["id"], moodle["name"].strip()))
        if (scope := _GRADESCOPE.match(part)) and gradescope and scope["id"] in gradescope:
            student, when = gradescope[scope["id"]]
            return replace(submission, student=student, submitted_at=when or submission.submitted_at)
    if canvas := _CANVAS.match(where.name):
        note = "late, says Canvas" if canvas["late"] else ""
        return replace(submission, student=Student(canvas["id"], canvas["name"]), note=note)
    return None


def _gradescope_metadata(text: str) -> _Gradescope:
    """Names, e-mails and times by submission id, from the few lines of Gradescope's YAML that say so."""
    people: _Gradescope = {}
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


def newest(submissions: list[Submission]) -> Iterator[tuple[Submission, bool]]:
    """Each submission with whether it is the student's last one of that name: only that counts."""
    best: dict[tuple[str, ...], Submission] = {}
    oldest = dt.datetime.min.replace(tzinfo=dt.UTC)
    for submission in submissions:
        who = _whose(submission)
        if who not in best or (submission.submitted_at or oldest) >= (best[who].submitted_at or oldest):
            best[who] = submission
    for submission in submissions:
        yield submission, best[_whose(submission)] is submission


def _whose(submission: Submission) -> tuple[str, ...]:
    """Student and file. A student told by nothing but a folder's name has that one folder: others may call
    a folder of theirs so too."""
    guessed = submission.student.id == submission.student.name
    folder = str(PurePosixPath(submission.label).parent) if guessed else ""
    return submission.student.id or submission.label, _plain_name(submission), folder


def _plain_name(submission: Submission) -> str:
    """The file's own name, without what Canvas puts before it and the number of a later try."""
    name = PurePosixPath(submission.member or submission.source.name).name
    name = canvas["file"] if (canvas := _CANVAS.match(name)) else name
    return re.sub(r"(?:-\d+| ?\(\d+\))(\.\w+)$", r"\1", name)


def _modified(path: Path) -> dt.datetime:
    return dt.datetime.fromtimestamp(path.stat().st_mtime).astimezone()
