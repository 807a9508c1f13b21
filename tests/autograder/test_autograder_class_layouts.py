"""However a class is packed: as many people in as rows out, every mark with its own, and a line for every file."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from class_kit import STEP, folder_of, handin, worth, zip_of, zipped
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seqlab.autograder.course.classroom import Settings, grade_class

pytestmark = pytest.mark.usefixtures("light")

FIRST = ("Ann", "Ben", "María José", "Seán", "Zoë", "Kim", "Jürgen", "Li")
LAST = ("Lee", "van der Berg", "O'Brien", "García-López", "Müller", "Poe", "D’Angelo", "Nuñez")
FORMS = ("notebook", "hand-in", "zip", "zip of both", "zip in zip", "IPYNB", "ipynb.txt", "PDF", "empty", "cut zip")
GRADABLE = FORMS[:7]
LEAVINGS = {"__MACOSX/._x": b"\0\5\x16\7", ".DS_Store": b"\0"}


@dataclass(frozen=True)
class Person:
    number: int
    first: str
    last: str
    form: str
    points: int

    @property
    def full(self) -> str:
        return f"{self.first} {self.last}"

    @property
    def squashed(self) -> str:
        return "".join(c for c in f"{self.last}{self.first}".casefold() if c.isalnum())


def handed_in(person: Person, at: Path) -> tuple[str, bytes]:
    """The name and bytes of what a person has handed in."""
    book, receipt = worth(person.points), handin(f"# worth {person.points}\n{STEP}")
    files = {
        "notebook": ("lab2_rnn.ipynb", book),
        "hand-in": ("submission-lab2.json", receipt),
        "IPYNB": ("LAB2_RNN.IPYNB", book),
        "ipynb.txt": ("lab2_rnn.ipynb.txt", book),
        "PDF": ("lab2.pdf", b"%PDF-1.4"),
        "empty": ("lab2_rnn.ipynb", b""),
    }
    if person.form in files:
        return files[person.form]
    inside = {"lab2_rnn.ipynb": book} | LEAVINGS
    if person.form == "zip of both":
        inside |= {"submission-lab2.json": receipt, "old/lab2_rnn.ipynb": worth(99)}
    packed = zipped(inside, at)
    if person.form == "zip in zip":
        packed = zipped({"work/inner.zip": packed}, at)
    return "lab2.zip", packed[: len(packed) // 2] if person.form == "cut zip" else packed


def canvas(people, at):
    for p in people:
        name, data = handed_in(p, at)
        yield f"{p.squashed}_{'LATE_' if p.points % 2 else ''}{p.number}_{p.number + 5000}_{name}", data


def moodle(people, at, between="/"):
    for p in people:
        name, data = handed_in(p, at)
        yield f"{p.full}_{p.number}_assignsubmission_file{between}{name}", data


def moodle_flat(people, at):
    return moodle(people, at, between="_")


def gradescope(people, at):
    yaml = "---\n"
    for p in people:
        name, data = handed_in(p, at)
        yaml += f"submission_{p.number}:\n  :submitters:\n  - :name: \"{p.full}\"\n    :sid: '{p.number}'\n"
        yield f"submission_{p.number}/{name}", data
    yield "submission_metadata.yml", yaml.encode()


def folders(people, at):
    for p in people:
        name, data = handed_in(p, at)
        yield f"{p.squashed}/{name}", data


def zips(people, at):
    for p in people:
        name, data = handed_in(p, at)
        yield f"{p.squashed}.zip", data if name.endswith(".zip") else zipped({name: data}, at)


LAYOUTS = (canvas, moodle, moodle_flat, gradescope, folders, zips)


@st.composite
def classes(draw):
    size = draw(st.integers(2, 7))
    firsts, lasts = (draw(st.permutations(names)) for names in (FIRST, LAST))
    numbers = draw(st.permutations(range(1001, 1001 + size)))
    return [
        Person(numbers[i], firsts[i], lasts[i], draw(st.sampled_from(FORMS)), draw(st.integers(1, 98)))
        for i in range(size)
    ]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(classes(), st.sampled_from(LAYOUTS), st.sampled_from(("folder", "zip", "mac")), st.booleans())
def test_people_in_are_rows_out(people, layout, packing, with_roster):
    with tempfile.TemporaryDirectory() as folder:
        at = Path(folder)
        files = dict(layout(people, at))
        if packing == "mac":
            files = {f"class/{name}": data for name, data in files.items()} | LEAVINGS
        given_path = folder_of(at / "in", files) if packing == "folder" else zip_of(at / "class.zip", files)
        roster = None
        if with_roster:
            roster = at / "roster.csv"
            lines = [f'"{p.last}, {p.first}",S{p.number}' for p in people] + ['"Absent, Al",S1']
            roster.write_text("\n".join(["Name,Student ID", *lines]), encoding="utf-8")
        outcome = grade_class([given_path], Settings(at / "out", roster=roster))

    def told(row):
        return row.student.get("id"), row.student.get("name"), row.points if row.exercises else None

    expected = set()
    for p in people:
        if with_roster:
            who = f"S{p.number}", f"{p.last}, {p.first}"
        elif layout in (folders, zips):
            who = p.squashed, p.squashed
        else:
            who = str(p.number), p.squashed if layout is canvas else p.full
        expected.add((*who, p.points if p.form in GRADABLE else None))
    assert {told(row) for row in outcome.rows} == expected
    assert len(outcome.rows) == len(people)
    assert all(row.message for row in outcome.rows if not row.exercises)
    assert [student.name for student in outcome.missing] == (["Absent, Al"] if with_roster else [])
    assert all(bool(row.guessed) == (layout in (folders, zips) and not with_roster) for row in outcome.rows)

    lines = [line.path.removeprefix(str(given_path))[1:] for line in outcome.lines]
    assert len(lines) == len(set(lines))
    assert set(files) <= {line.replace("\\", "/") for line in lines}
    graded = [line for line in outcome.lines if line.outcome == "graded"]
    assert len(graded) == sum(p.form in GRADABLE for p in people)
    assert all(line.outcome for line in outcome.lines)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(classes(), st.data())
def test_a_class_in_parts_is_the_class_at_once(people, data):
    """Zips of some each, with others handed in again between them, into one folder."""
    with tempfile.TemporaryDirectory() as folder:
        at = Path(folder)
        cut = data.draw(st.integers(1, len(people) - 1))
        first, second = people[: cut + 1], people[cut:]  # one is in both
        for number, part in enumerate((first, second)):
            outcome = grade_class([zip_of(at / f"{number}.zip", dict(canvas(part, at)))], Settings(at / "out"))
    assert sorted(row.student["id"] for row in outcome.everyone) == sorted(str(p.number) for p in people)
    assert {row.student["id"]: row.points for row in outcome.everyone if row.exercises} == {
        str(p.number): p.points for p in people if p.form in GRADABLE
    }
