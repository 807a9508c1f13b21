"""What a platform wrote on the outermost names of its export: who handed in, when, and what the file was called.

Read are only the names at one level, which the platform made, and its own list beside them. Where a name could be a
student's choice (a file in a folder), it counts as a platform's only if most of its neighbours are named so.

Canvas      lastfirst_LATE_ID_SUBMISSION_file, anon_..., lastfirst_ID_text.html
Moodle      "Full Name_ID_assignsubmission_file" as a folder, or before a file's name; groups; "Participant_ID"
Gradescope  submission_ID/, with submission_metadata.yml beside
nbgrader    STUDENT/ASSIGNMENT/file, with timestamp.txt
"""

import datetime as dt
import re
from dataclasses import dataclass, field, replace
from typing import Any

from seqlab.autograder.course.entries import Entry
from seqlab.autograder.course.limits import LONGEST
from seqlab.autograder.course.names import is_archive, lab_names, person_in
from seqlab.autograder.course.rubbish import leaving
from seqlab.autograder.course.submission import Student
from seqlab.autograder.course.times import parse_time

PLATFORMS = ("canvas", "moodle", "gradescope", "nbgrader", "folder")
METADATA = "submission_metadata.yml"
TIMESTAMP = "timestamp.txt"
MAX_METADATA = 5 * 2**20  # bytes; of a class of a thousand it is one
_CANVAS = re.compile(r"(?P<name>.+?)_(?:(?P<late>LATE)_)?(?P<id>\d+)_(?P<submission>\d+)_(?P<file>.+)", re.S)
_CANVAS_GROUP = re.compile(  # the first number belongs to the name
    r"(?P<name>(?:team|group)[_-]?\d{1,3})_(?:(?P<late>LATE)_)?(?P<id>\d+)_(?P<submission>\d+)_(?P<file>.+)",
    re.I | re.S,
)
_CANVAS_TEXT = re.compile(r"(?P<name>.+?)_(?:(?P<late>LATE)_)?(?P<id>\d+)_(?P<file>(?:text|link|url)\.html?)", re.S)
_CANVAS_ANONYMOUS = re.compile(
    r"(?P<name>anon(?:ymous)?)_(?:(?P<late>LATE)_)?(?P<id>[A-Za-z0-9]+)_(?P<submission>\d+)_(?P<file>.+)", re.S
)
_MOODLE = re.compile(r"(?P<name>.+?)(?:_(?P<id>\d+))?_assignsubmission_(?:file|onlinetext)_?", re.S)
_MOODLE_FLAT = re.compile(r"(?P<name>.+?)(?:_(?P<id>\d+))?_assignsubmission_(?:file|onlinetext)_(?P<file>.+)", re.S)
_GRADESCOPE = re.compile(r"submission_(?P<id>\d+)(?:\.\w+)?")
_GROUP = re.compile(r"(?:default )?(?:team|group|gruppe|groupe|grupo|gruppo|groep|équipe|equipo)(?![^\W\d_])", re.I)


@dataclass
class Node:
    """A folder of names: those below it, and what lies right there."""

    below: dict[str, "Node"] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)

    def put(self, entry: Entry, parts: tuple[str, ...]) -> None:
        """Let an entry lie below this folder, under the names of its parts."""
        node = self
        for part in parts:
            node = node.below.setdefault(part, Node())
        node.entries.append(entry)

    @property
    def is_folder(self) -> bool:
        """Is it a folder, and no file or student's zip?"""
        return bool(self.below)


@dataclass(frozen=True)
class Claim:
    """What a platform says of one name of its export."""

    platform: str
    students: tuple[Student, ...]
    group: str = ""  # the name of a group, whose members the platform does not tell here
    submitted_at: dt.datetime | None = None
    late: bool = False
    file: str = ""  # what the student called the file


Claims = dict[tuple[str, ...], Claim]  # by the names from the level on: one, or of nbgrader two


def read_level(level: Node, platform: str = "auto") -> Claims:
    """What the platform says of each name at a level; names that it has not made are left out.

    Args:
        level: the names, and what is below them.
        platform: one of PLATFORMS, or "auto" to be found out.
    """
    readers = {"gradescope": _gradescope, "moodle": _moodle, "nbgrader": _nbgrader, "canvas": _canvas}
    names = {name: node for name, node in level.below.items() if not leaving([name])}
    if platform != "auto":
        return readers[platform](names, True) if platform in readers else {}
    found: Claims = {}
    for reader in readers.values():
        taken = {path[0] for path in found}
        found |= reader({name: node for name, node in names.items() if name not in taken}, False)
    return found


def first_bytes(node: Node | None, most: int) -> bytes:
    """The start of a platform's own file; nothing where it is none, a folder, or cannot be read."""
    try:
        return node.entries[0].read(most) if node and not node.is_folder and node.entries else b""
    except Exception:  # whoever damaged it, the run goes on
        return b""


def looks_like_export(level: Node) -> str:
    """The platform whose export of a class the names at a level look like, if any does: by the names alone."""
    names = {name: node for name, node in level.below.items() if not leaving([name])}
    if METADATA in names and sum(bool(_GRADESCOPE.fullmatch(name)) for name in names) > 1:
        return "Gradescope"
    for reader in (_moodle, _canvas):
        claims = list(reader(names, False).values())
        if len({claim.students for claim in claims}) > 1:
            return claims[0].platform
    return ""


def names_somebody(name: str) -> bool:
    """Did Canvas or Moodle put a student's name on this? Then what is in it is that student's."""
    found = (pattern.fullmatch(name) for pattern in (_CANVAS_ANONYMOUS, _CANVAS, _MOODLE_FLAT))
    return any(read and person_in(read["name"]) for read in found)


def bare(name: str) -> str:
    """The student's name in a file name like Canvas's or Moodle's, for a guess; the name itself if it is none."""
    found = _CANVAS.fullmatch(name) or _CANVAS_TEXT.fullmatch(name) or _MOODLE_FLAT.fullmatch(name)
    return found["name"] if found else name


def canvas_number(name: str) -> str:
    """The student's number in a name of Canvas's: what goes back to Canvas is named so; nothing if it is none.

    >>> canvas_number("doejane_LATE_1001_50001_lab2.ipynb"), canvas_number("doejane_1001_text.html")
    ('1001', '')
    """
    found = _CANVAS_GROUP.fullmatch(name) or _CANVAS.fullmatch(name)
    return found["id"] if found else ""


def anonymous_id(name: str) -> str:
    """The same where Canvas hides the names."""
    found = _CANVAS_ANONYMOUS.fullmatch(name)
    return found["id"] if found else ""


def moodle_number(name: str) -> str:
    """The participant's number in a name of Moodle's, a folder's or a file's."""
    found = _MOODLE.fullmatch(name) or _MOODLE_FLAT.fullmatch(name)
    return found["id"] or "" if found else ""


def _most(found: Claims, names: dict[str, Node], sure: bool) -> Claims:
    """What was found, if the platform made this level: two thirds of what could be its files are named so."""
    files = [name for name, node in names.items() if not node.is_folder and not name.casefold().endswith(".csv")]
    rest = sum((name,) not in found for name in files)
    return found if sure or len(found) >= 2 * rest else {}


def _canvas(names: dict[str, Node], sure: bool) -> Claims:
    found: Claims = {}
    for name, node in names.items():
        # a zip of a student's may have been unpacked into a folder of its name
        if node.is_folder and (is_archive(name) or not names_somebody(name)):
            continue
        if read := _CANVAS_ANONYMOUS.fullmatch(name):
            who, group = Student(read["id"], f"{read['name']} {read['id']}"), ""
        elif read := _CANVAS_GROUP.fullmatch(name) or _CANVAS.fullmatch(name) or _CANVAS_TEXT.fullmatch(name):
            who, group = Student(read["id"], read["name"], canvas_id=read["id"]), read["name"]
        else:
            continue
        found[name,] = Claim("Canvas", (who,), group, late=bool(read["late"]), file=read["file"])
    return _most(found, names, sure)


def _moodle(names: dict[str, Node], sure: bool) -> Claims:
    found: Claims = {}
    flat: Claims = {}
    for name, node in names.items():
        if read := _MOODLE.fullmatch(name):
            found[name,] = _moodle_claim(read, "")
        elif not node.is_folder and (read := _MOODLE_FLAT.fullmatch(name)):
            flat[name,] = _moodle_claim(read, read["file"])
    return found | _most(flat, names, sure)


def _moodle_claim(read: re.Match[str], file: str) -> Claim:
    name, number = read["name"].strip(), read["id"] or ""
    if re.match(r"particip|teilnehm|deelnem|deltag|deltak|osallist", name, re.I):  # anonymous marking
        number = number or re.sub(r"\D", "", name)
        name = f"Participant {number}"
    group, dash, member = name.partition("-")
    if dash and _GROUP.match(group) and number:  # each member of a group has a folder: "Team Blue-Ann Lee_7_..."
        return Claim("Moodle", (Student(number, member, participant=number, group=group),), file=file)
    if _GROUP.match(name) or not number:  # the number, if there is one, is not a participant's
        called = f"{name} {number}" if number and _GROUP.fullmatch(name) else name
        return Claim("Moodle", (Student(name=called, group=called),), called, file=file)
    return Claim("Moodle", (Student(number, name, participant=number),), name, file=file)


def _gradescope(names: dict[str, Node], sure: bool) -> Claims:
    folders = {name: read["id"] for name in names if (read := _GRADESCOPE.fullmatch(name))}
    people = metadata(first_bytes(names.get(METADATA), MAX_METADATA + 1)) if folders else {}
    found: Claims = {}
    for name, number in folders.items():
        if number in people:
            students, when = people[number]
            found[name,] = Claim("Gradescope", students, submitted_at=when)
    return found


def metadata(data: bytes) -> dict[str, tuple[tuple[Student, ...], dt.datetime | None]]:
    """Gradescope's submission_metadata.yml: by submission, all its submitters and the time; empty if it is not read."""
    import yaml

    if len(data) > MAX_METADATA:
        return {}
    try:
        content = yaml.load(data.decode("utf-8", "replace"), getattr(yaml, "CBaseLoader", yaml.BaseLoader))
    except (yaml.YAMLError, RecursionError, MemoryError, ValueError):
        return {}
    found = {}
    for key, said in content.items() if isinstance(content, dict) else ():
        read = _GRADESCOPE.fullmatch(str(key))
        if not read or not isinstance(said, dict):
            continue
        listed = _get(said, "submitters")
        people = [one for one in (listed if isinstance(listed, list) else [listed]) if isinstance(one, dict)]
        students = tuple(filter(None, map(_submitter, people)))
        when = _get(said, "created_at")
        if students:
            found[read["id"]] = students, parse_time(when) if isinstance(when, str) else None
    return found


def _get(said: dict[Any, Any], key: str) -> Any:
    """A value of Gradescope's, whose keys begin with a colon."""
    return said.get(f":{key}", said.get(key))


def _submitter(said: dict[Any, Any]) -> Student | None:
    # written out, a list of lists that an alias repeats would have no end
    told = [_get(said, key) for key in ("name", "sid", "email")]
    name, sid, email = (text.strip()[:LONGEST] if isinstance(text, str) else "" for text in told)
    sid = "" if sid.casefold() in ("null", "nil", "~") else sid
    return Student(sid or email, name, email) if name or sid or email else None


def _nbgrader(names: dict[str, Node], sure: bool) -> Claims:
    """Folders with an assignment in each, which is known by its time or by a notebook of a lab's name."""
    notebooks = {f"{name}.ipynb" for name in lab_names()}
    found: Claims = {}
    plain = set()
    for name, node in names.items():
        for assignment, folder in node.below.items():
            if not folder.is_folder or not (sure or assignment.casefold() in lab_names() or TIMESTAMP in folder.below):
                continue
            stamp = first_bytes(folder.below.get(TIMESTAMP), 200)
            when = parse_time(stamp.decode("utf-8", "replace"))
            found[name,] = Claim("nbgrader", (Student(name, name),))
            found[name, assignment] = replace(found[name,], submitted_at=when)
            if stamp or notebooks & set(folder.below):
                plain.add(name)
    folders = [name for name, node in names.items() if node.is_folder]
    return found if sure or 3 * len(plain) >= 2 * len(folders) > 0 else {}
