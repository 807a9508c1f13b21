"""The people of a class, from a roster, a Canvas gradebook or a Moodle worksheet: who is on it, and who is meant.

A name is compared by its letters alone, in any order of first and last name, so "van der Berg, Anna", "Anna van der
Berg" and Canvas's "vanderberganna" are one.
"""

import csv
import datetime as dt
import io
import re
import unicodedata
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

from seqlab.autograder.course.reading import as_written
from seqlab.autograder.course.submission import Student
from seqlab.autograder.course.times import parse_time
from seqlab.errors import SeqlabError

_COLUMNS = {
    "id": """id; student id; student number; student no; id number; idnumber; sid; user id; matriculation number;
             matrikelnummer; registration number; nia; orgdefinedid; username; user name""",
    "name": """name; full name; fullname; student; student name; student s name; sortable name; display name;
               vollstandiger name; nombre completo; nom complet; nome completo; volledige naam""",
    "first": "first name; firstname; first; given name; given names; forename; vorname; prenom; nombre; voornaam; nome",
    "last": """last name; lastname; last; surname; family name; familyname; nachname; familienname; nom; apellido;
               apellidos; apellido s; achternaam; cognome""",
    "email": "email; e mail; mail; email address; e mail address; e mail adresse; emailadresse; sis email; correo",
    "sis_id": "sis id; sis user id",
    "login": "sis login id; login id; login; username; user name; benutzername; anmeldename",
    "section": "section; sections; sektion",
    "group": "group; groups; group name; groupname; team; team name; gruppe; gruppen; groupe; grupo; gruppo; groep",
    "status": "status; estado; statut",
    "handed_in": "last modified submission; zuletzt geandert abgabe",
}
MAX_TABLE = 20 * 2**20  # bytes of a list of people: of ten thousand it is two
MAX_WORDS = 40  # of a name: its letters are kept in the order that begins with each
_AT = ("time", "submitted", "submitted at", "submission time", "handed in", "date", "when", "created at")
_HEADS = {key: [" ".join(name.split()) for name in names.split(";")] for key, names in _COLUMNS.items()}
_PLAIN = {"ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe"}
_NUMBERED = re.compile(r"[^\W\d][^\d,;@]{3,}[ /]\D*(\d+)|Participant\D?(\d+)")


@dataclass(frozen=True)
class Person:
    """A line of the list: the student, and what Moodle's worksheet says of the hand-in."""

    student: Student
    handed_in: bool | None = None  # None where the list does not say
    at: dt.datetime | None = None
    forms: frozenset[str] = frozenset()  # the letters of the name in every order


@dataclass
class People:
    """The class, and who of it is meant by a number, a name, or a group's name."""

    persons: list[Person] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._numbers: dict[tuple[str, str], list[Person]] = {}
        self._boxes: dict[str, list[Person]] = {}  # the part of an address before the @
        self._names: dict[str, list[Person]] = {}
        self._groups: dict[str, list[Person]] = {}
        for person in self.persons:
            student = person.student
            numbers = {(kind, getattr(student, kind).casefold()) for kind in ("canvas_id", "participant", "email")}
            for kind in ("id", "sis_id", "login", "email"):
                numbers.add(("any", getattr(student, kind).casefold()))
            for key in numbers:
                if key[1]:
                    self._numbers.setdefault(key, []).append(person)
            self._boxes.setdefault(student.email.casefold().partition("@")[0], []).append(person)
            for form in person.forms:
                self._names.setdefault(form, []).append(person)
            for group in re.split(r"[,;|]", student.group):
                if group.strip():
                    self._groups.setdefault(letters(group), []).append(person)

    def __bool__(self) -> bool:
        return bool(self.persons)

    def numbered(self, kind: str, number: str) -> Person | None:
        """The one whose Canvas or Moodle number, or e-mail, this is; `kind` "any" is any other id or login."""
        return _only(self._numbers.get((kind, number.strip().casefold()), []) if number.strip() else [])

    def named(self, name: str) -> Person | None:
        """The one of this name; None where there is none, or several are called so."""
        plain = letters(name)
        return _only(self._names.get(plain, [])) or _only(self._names.get(folded(plain), [])) if plain else None

    def group(self, name: str) -> list[Person]:
        """The members of a group."""
        return self._groups.get(letters(name), []) if name else []

    def mentioned(self, text: str) -> Person | None:
        """The one whom the name of a file or folder names: by the whole name, an id, a login or an e-mail.

        Nobody where it names two. A word that is a login or a mailbox, or the only name of somebody, may be part of
        another's name ("lee" in "ann_lee"): it counts only where no whole name, number or address does.
        """
        plain = unicodedata.normalize("NFC", text).strip()
        sure: list[Person] = []
        perhaps: list[Person] = []
        for number in (plain, *re.split(r"[^\w@.+-]+|_", plain)):
            if len(number) > 1:
                told = sure if re.search(r"[\d@]", number) else perhaps
                told += self._numbers.get(("any", number.casefold()), [])
                perhaps += self._boxes.get(number.casefold(), [])
        words = [word for word in re.split(r"[\W_]+", plain) if word]
        for length in range(min(6, len(words)), 0, -1):
            for start in range(len(words) - length + 1):
                if found := self.named("".join(words[start : start + length])):
                    (sure if len(re.findall(r"\w+", found.student.name)) > 1 else perhaps).append(found)
        return _only(list({id(person): person for person in sure or perhaps}.values()))


def _only(found: list[Person]) -> Person | None:
    return found[0] if len(found) == 1 else None


# -- names -----------------------------------------------------------------------------------------------------
def letters(name: str) -> str:
    """The letters and digits of a name, small: what is left of it in a file's name.

    >>> letters("O’Brien, Seán"), letters("García-López María")
    ('obrienseán', 'garcíalópezmaría')
    """
    return "".join(re.findall(r"[^\W_]+", unicodedata.normalize("NFC", name).casefold()))


def folded(text: str) -> str:
    """Without accents, as some systems write names.

    >>> folded("garcíalópez"), folded("søren")
    ('garcialopez', 'soren')
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return "".join(_PLAIN.get(c, c) for c in plain)


def forms(name: str, first: str = "", last: str = "") -> frozenset[str]:
    """A name's letters in every order of its parts: with and without accents.

    >>> {"vanderberganna", "annavanderberg"} <= forms("van der Berg, Anna")
    True
    """
    words = re.findall(r"[^\W_](?:[\w'’.-]*[^\W_])?", unicodedata.normalize("NFC", name))[:MAX_WORDS]
    found = {letters("".join(words[k:] + words[:k])) for k in range(max(1, len(words)))}
    parts = [part for part in name.split(",") if part.strip()]
    found |= {letters("".join(order)) for order in (parts, parts[::-1], (first, last), (last, first))}
    return frozenset(found | {folded(form) for form in found}) - {""}


# -- reading ---------------------------------------------------------------------------------------------------
def read_roster(path: Path) -> list[Student]:
    """The students of a roster CSV with a column for a name, an id or an e-mail (Canvas's and Moodle's have them)."""
    return [person.student for person in read_people(path).persons]


def read_people(path: Path) -> People:
    """The people of a roster, a Canvas gradebook or a Moodle worksheet; SeqlabError if it names nobody."""
    heads, lines = read_table(Path(path), "a roster")
    participants = _participants(heads, lines)
    found = [_person(heads, line, participants) for line in lines]
    return People([person for person in found if person])


def read_times(path: Path) -> list[tuple[Student, dt.datetime]]:
    """Who handed in when: a CSV with a column for the student, as a roster has it, and one called time.

    Raises SeqlabError with the line that holds no time.
    """
    heads, lines = read_table(Path(path), "a CSV of times")
    place = next((heads.index(name) for name in _AT if name in heads), None)
    if place is None:
        raise SeqlabError(
            "--times is a CSV with columns for the student and the time", got=", ".join(heads), fix="call it time"
        )
    found = []
    for number, line in enumerate(lines, 2):
        written = line[place].strip() if place < len(line) else ""
        when = parse_time(written)
        if written and when is None:
            raise SeqlabError(
                "a time is written as 2026-11-20T23:59", got=f"{written!r} in line {number}", fix=f"correct {path}"
            )
        person = _person(heads, line, _participants(heads, [line]))
        if when and person:
            found.append((person.student, when))
    return found


def read_table(path: Path, what: str) -> tuple[list[str], list[list[str]]]:
    """A CSV's headings, plain and small, and its lines: separated by commas, semicolons, tabs or bars.

    Lines above the headings, as some systems write, are passed over.
    """
    telling = {name for key in ("id", "name", "email", "first", "last", "sis_id", "login") for name in _HEADS[key]}
    telling |= {"identifier"}
    found: tuple[list[str], list[list[str]]] = [], []
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_TABLE + 1)
        if len(data) > MAX_TABLE:
            raise csv.Error(f"it has more than {MAX_TABLE >> 20} MB")
        text = as_written(data)[0].removeprefix("\ufeff")
        for delimiter in ",;\t|":
            rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if any(row)]
            for number, row in enumerate(rows[:10]):
                heads = [_head(cell) for cell in row]
                if len(telling & set(heads)) > len(telling & set(found[0])):
                    lines = (
                        rows[number + 1 :] if len(heads) > 1 else [[delimiter.join(row)] for row in rows[number + 1 :]]
                    )
                    found = heads, lines
    except (OSError, csv.Error) as error:
        raise SeqlabError(f"{what} is a CSV file", got=f"{path}: {error}", fix="check the file") from None
    if not found[0]:
        raise SeqlabError(
            f"{what} has a column id, name or email",
            got=text.strip().partition("\n")[0][:100] or "an empty file",
            fix=f"add one to {path}",
        )
    return found


def _head(cell: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", folded(cell.casefold())))


def _participants(heads: list[str], lines: list[list[str]]) -> int | None:
    """The column of Moodle's numbers: "Participant 123", in any language."""
    for name in ("identifier", "id"):
        if name in heads:
            place = heads.index(name)
            cells = [line[place].strip() for line in lines if place < len(line)]
            if cells and all(_NUMBERED.fullmatch(cell) for cell in cells):
                return place
    return None


def _person(heads: list[str], line: list[str], participants: int | None) -> Person | None:
    def cell(key: str) -> str:
        for name in _HEADS[key]:
            if name in heads and heads.index(name) < len(line):
                if heads.index(name) != participants:
                    return re.sub(r'^="(.*)"$', r"\1", line[heads.index(name)].strip())
        return ""

    first, last = cell("first"), cell("last")
    canvas = {"section", "id"} <= set(heads) and ("sis login id" in heads or "sis user id" in heads)
    name = cell("name") or f"{first} {last}".strip()
    if canvas and ("points possible" in name.casefold() or not cell("id")):
        return None  # the line with the maxima, and lines that Canvas adds
    number = _NUMBERED.fullmatch(line[participants].strip()) if participants is not None else None
    student = Student(
        id=cell("id"),
        name=name,
        email=cell("email"),
        sis_id=cell("sis_id"),
        login=cell("login"),
        canvas_id=cell("id") if canvas else "",
        participant=number[1] or number[2] if number else "",
        section=cell("section"),
        group=cell("group"),
    )
    if not any((student.id, student.name, student.email, student.participant, student.login)):
        return None
    if not student.id:
        student = replace(student, id=student.sis_id or student.participant)
    return Person(student, *_handed_in(cell("status"), cell("handed_in")), forms(name, first, last))


def _handed_in(status: str, written: str) -> tuple[bool | None, dt.datetime | None]:
    """What Moodle's worksheet says of a hand-in."""
    at = parse_time(written) if written not in ("", "-") else None
    nothing = status.casefold().startswith(("no submission", "keine abgabe", "nichts abgegeben"))
    return (False if nothing else True if at else None), at


def merged(first: People, second: People) -> People:
    """Both lists as one: who stands on both is one person, with what each knows."""
    persons, taken = [], set()
    for person in first.persons:
        other = same_person(person.student, second)
        if other and id(other) not in taken:
            taken.add(id(other))
            joined = joined_student(person.student, other.student)
            at, said = person.at or other.at, person.handed_in if other.handed_in is None else other.handed_in
            person = Person(joined, said, at, person.forms | other.forms)
        persons.append(person)
    return People(persons + [person for person in second.persons if id(person) not in taken])


def joined_student(first: Student, second: Student) -> Student:
    """What the first knows, and where it knows nothing the second."""
    return Student(**{f.name: getattr(first, f.name) or getattr(second, f.name) for f in fields(Student)})


def same_person(student: Student, people: People) -> Person | None:
    """Who of the list a student is: by a number that one system gave, by an id if the names agree, or by the name."""
    for kind in ("canvas_id", "participant", "email"):
        if found := people.numbered(kind, getattr(student, kind)):
            return found if kind == "email" or agree(student, found) else None
    for number in (student.id, student.sis_id, student.login):
        found = people.numbered("any", number)
        if found and agree(student, found):
            return found
    named = people.named(student.name)
    return named if named and agree(student, named) else None


def agree(student: Student, person: Person) -> bool:
    """Could the two be one? Not with two names, nor with two numbers of one system."""
    for kind in ("canvas_id", "participant"):
        one, other = getattr(student, kind), getattr(person.student, kind)
        if one and other and one != other:
            return False
    return not student.name or not person.forms or bool(forms(student.name) & person.forms)
