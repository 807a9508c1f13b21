"""A class of twelve as Canvas, Moodle and Gradescope hand it out, really graded, and every page of it read.

On time, late, blank, renamed, a group of two, two files, a zip from a Mac, a PDF, a link, and two who handed in nothing.
"""

import csv
import datetime as dt
import html
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from class_kit import STEP, handin, notebook, zip_of, zipped
from click.testing import CliRunner

from seqlab.autograder.course import classroom
from seqlab.autograder.course.unit import Grader
from seqlab.commands.grade import grade

DUE = "[late]\ndue = 2026-11-20T12:00:00\npercent_per_day = 20\n"  # in the zone of the machine, as Moodle's times


@dataclass(frozen=True)
class Student:
    number: int
    first: str
    last: str
    mark: float | None = 15  # None: it cannot be graded

    @property
    def full(self) -> str:
        return f"{self.first} {self.last}"

    @property
    def listed(self) -> str:
        return f"{self.last}, {self.first}"


ANN, BEN, CAT, DAN, EVE, FAY, GIL, HAL, IDA, JON, KIM, LOU = CLASS = (
    Student(101, "Ann", "van der Aa"),
    Student(102, "Ben", "Berg"),  # late
    Student(103, "Cat", "Óscarsdóttir", 0),  # blank
    Student(104, "Dan", "D'Arcy"),  # renamed
    Student(105, "Eve", "Ek"),  # with Fay
    Student(106, "Fay", "Fox-Hall"),
    Student(107, "Gil", "Gómez"),  # notebook and hand-in
    Student(108, "Hal", "Hu"),  # compressed by a Mac
    Student(109, "Ida", "Ito", None),  # a PDF
    Student(110, "Jon", "Juul", None),  # a link to Colab
    Student(111, "Kim", "Kay"),  # nothing
    Student(112, "Lou", "Lee"),  # nothing
)
THERE = CLASS[:10]


def files(student: Student, at: Path) -> dict[str, bytes]:
    """What each has handed in, by the name that it was given."""
    own = notebook(f"# {student.full}", STEP)
    inside = {"lab2/lab2_rnn.ipynb": own, "__MACOSX/lab2/._lab2_rnn.ipynb": b"\0\5", "lab2/.DS_Store": b"\0"}
    special = {
        CAT: {"lab2_rnn.ipynb": notebook("# nothing yet")},
        DAN: {"my work, final.ipynb": own},
        GIL: {"lab2_rnn.ipynb": own, "submission-lab2.json": handin(f"# {student.full}", STEP)},
        HAL: {"lab2.zip": zipped(inside, at)},
        IDA: {"lab2.pdf": b"%PDF-1.4"},
        JON: {"link.html": b"<a href='https://colab.research.google.com/drive/1'>"},
    }
    return special.get(student, {"lab2_rnn.ipynb": own})


def canvas(at: Path) -> list[Path | str]:
    members = {}
    for student in THERE:
        squashed = "".join(c for c in f"{student.last}{student.first}".casefold() if c.isalnum())
        who = "blue_team_106" if student == FAY else f"{squashed}{'_LATE' if student == BEN else ''}_{student.number}"
        if student != EVE:
            for number, (name, data) in enumerate(files(student, at).items()):
                members[f"{who}_{9000 + 10 * student.number + number}_{name}"] = data
    heads = "Student,ID,SIS User ID,SIS Login ID,Section,Lab 2 (77)\n    Points Possible,,,,,100\n"
    lines = [f'"{s.listed}",{s.number},S{s.number},u{s.number},A,' for s in CLASS]
    (at / "book.csv").write_text(heads + "\n".join([*lines, '"Student, Test",999,,t,A,']), encoding="utf-8")
    groups = "".join(f'"{s.listed}",S{s.number},{"Blue Team" if s in (EVE, FAY) else ""}\n' for s in CLASS)
    (at / "roster.csv").write_text("Name,SIS ID,Group\n" + groups, encoding="utf-8")
    path = zip_of(at / "submissions.zip", members)
    return [path, "--gradebook", at / "book.csv", "--assignment", "Lab 2", "--roster", at / "roster.csv"]


def moodle(at: Path) -> list[Path | str]:
    members = {}
    for student in THERE:
        who = f"Group 5-{student.full}" if student in (EVE, FAY) else student.full
        for name, data in files(student, at).items():
            members[f"{who}_{student.number}_assignsubmission_file/{name}"] = data
    heads = "Identifier,Full name,Email address,Status,Group,Grade,Maximum Grade,Last modified (submission),Feedback comments\n"
    lines = []
    for s in CLASS:
        status, day = ("Submitted for grading - ", 21 if s == BEN else 20) if s in THERE else ("No submission - ", 0)
        when = f'"Friday, {day} November 2026, 8:00 AM"' if day else "-"
        lines.append(f"Participant {s.number},{s.full},{s.first}@x.edu,{status},,,100.00,{when},")
    (at / "sheet.csv").write_text(heads + "\n".join(lines), encoding="utf-8")
    return [zip_of(at / "moodle.zip", members), "--gradebook", at / "sheet.csv"]


def gradescope(at: Path) -> list[Path | str]:
    members, yaml = {}, "---\n"
    for student in THERE:
        if student == FAY:
            continue
        yaml += f"submission_{student.number}:\n  :submitters:\n"
        for s in (EVE, FAY) if student == EVE else (student,):
            yaml += f"  - :name: \"{s.full}\"\n    :sid: '{s.number}'\n    :email: {s.first}@x.edu\n"
        when = dt.datetime(2026, 11, 21 if student == BEN else 20, 8).astimezone()
        yaml += f"  :created_at: {when:%Y-%m-%d %H:%M:%S.123456789 %z}\n"
        for name, data in files(student, at).items():
            members[f"assignment_9_export/submission_{student.number}/{name}"] = data
    members["assignment_9_export/submission_metadata.yml"] = yaml.encode()
    lines = [f"{s.first},{s.last},{s.number},{s.first}@x.edu" for s in CLASS]
    (at / "roster.csv").write_text("First Name,Last Name,SID,Email\n" + "\n".join(lines), encoding="utf-8")
    return [zip_of(at / "export.zip", members), "--roster", at / "roster.csv"]


@pytest.mark.parametrize("platform", [canvas, moodle, gradescope])
def test_a_class_of_twelve(platform, tmp_path, warm, monkeypatch):
    class Shared(Grader):
        def close(self) -> None:
            """The warm parent is every test's."""

    monkeypatch.setattr(classroom, "Grader", lambda start_parent: Shared(lambda: warm))
    (tmp_path / "late.toml").write_text(DUE)
    out = tmp_path / "out"
    arguments = [*platform(tmp_path), "--out", out, "--late", tmp_path / "late.toml"]
    done = CliRunner().invoke(grade, [str(a) for a in arguments], catch_exceptions=False)
    assert done.exit_code == 1, done.output  # a PDF and a link
    assert "8 graded, 2 not graded" in done.output
    named = re.search(r"Nothing handed in by 2: (.+)", done.output)[1]
    assert all(s.last in named for s in (KIM, LOU))

    late = 15 if platform is canvas else 12
    expected = {s.last: late if s == BEN else s.mark for s in THERE}
    lines = list(csv.DictReader((out / "marks.csv").read_text(encoding="utf-8").splitlines()))
    got = {}
    for line in lines:
        [last] = [s.last for s in CLASS if s.last in line["student"] and s.first in line["student"]]
        assert last not in got
        got[last] = None if line["status"] == "error" else float(line["points"])
    assert got == expected
    flags = {line["student"]: line["flags"] for line in lines}
    assert [who for who, told in flags.items() if "late, says" in told] == ([BEN.listed] if platform is canvas else [])

    pages = [html.unescape(path.read_text(encoding="utf-8")) for path in (out / "students").iterdir()]
    assert len(pages) == 10
    for page in pages:
        heading = re.search(r"<h1>(.*?)</h1>", page)[1]
        [whose] = [s for s in CLASS if s.last in heading]
        assert not [s for s in CLASS if s.last in page and s not in (whose, EVE, FAY)]
        if expected[whose.last] is None:
            assert "could not be graded" in page
            assert "hand in" in page
        else:
            assert re.search(rf"<dt>Marks</dt><dd>{expected[whose.last]:g} ", page)
        assert ("handed in <time" in page) == (platform is not canvas)
        assert ("1 day late: 3 points deducted" in page) == (whose == BEN and platform is not canvas)

    report = html.unescape((out / "report.html").read_text(encoding="utf-8"))
    assert "What lay there" in report
    assert all(s.last in report for s in CLASS)
    manifest = list(csv.DictReader((out / "intake.csv").read_text(encoding="utf-8").splitlines()))
    assert sum(line["outcome"] == "nothing handed in" for line in manifest) == 2
    assert sum("left by a system" in line["outcome"] for line in manifest) == 2
    assert all(line["outcome"] for line in manifest)
    if platform is canvas:
        book = {row[1]: row[5] for row in csv.reader((out / "canvas.csv").read_text(encoding="utf-8").splitlines())}
        assert book == {"ID": "Lab 2 (77)", "": "100", "999": ""} | {
            str(s.number): "" if expected.get(s.last) is None else f"{expected[s.last]:g}" for s in CLASS
        }
    if platform is moodle:
        sheet = list(csv.DictReader((out / "moodle.csv").read_text(encoding="utf-8").splitlines()))
        assert {row["Full name"]: row["Grade"] for row in sheet} == {
            s.full: "" if expected.get(s.last) is None else f"{expected[s.last]:g}" for s in CLASS
        }
