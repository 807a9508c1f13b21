"""`seqlab grade` around the grading: what is said of a gradebook, and how the command ends."""

import pytest
from click.testing import CliRunner

from seqlab.autograder.course import classroom
from seqlab.autograder.course.row import ExerciseResult, Row
from seqlab.cli import main

BOOK = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Lab 2: RNN (777),Homework (778)\n"
    "    Points Possible,,,,,100.00,10.00\n"
    '"Poe, Ann",1,,,A,55.00,\n"Roe, Bob",2,,,A,,\n'
)


@pytest.fixture
def grade(monkeypatch, tmp_path):
    """Run the command on a class of two that is graded already, in a folder of its own."""
    rows = [
        Row(
            f"in/{number}.ipynb",
            "lab2",
            points,
            100.0,
            "partial",
            exercises=[ExerciseResult("unroll", points, 100.0, "partial")],
            student={"canvas_id": number},
        )
        for number, points in (("1", 70.0), ("2", 40.0))
    ]
    monkeypatch.setattr(classroom, "grade_class", lambda *_: classroom.Outcome(rows, everyone=rows))

    def run(book, *options):
        if book is not None:
            (tmp_path / "book.csv").write_text(book)
        command = ["grade", str(tmp_path), "--out", str(tmp_path / "marks"), "--gradebook", str(tmp_path / "book.csv")]
        return CliRunner().invoke(main, [*command, *options])

    return run


def written(tmp_path):
    return {path.name for path in (tmp_path / "marks").iterdir()}


def test_marks_go_into_the_column_and_what_is_kept_is_told(grade, tmp_path):
    done = grade(BOOK)
    assert done.exit_code == 0, done.output
    assert (tmp_path / "marks" / "canvas.csv").read_text() == BOOK.replace('"Roe, Bob",2,,,A,', '"Roe, Bob",2,,,A,40')
    assert "Poe, Ann has 55.00 by hand; seqlab says 70." in done.output
    assert "2 graded" in done.output
    assert grade(BOOK, "--replace").exit_code == 0
    assert "A,70," in (tmp_path / "marks" / "canvas.csv").read_text()


@pytest.mark.parametrize(
    ("book", "options", "said"),
    [
        (BOOK, ("--assignment", "Lab 3"), "'Lab 2: RNN (777)', 'Homework (778)'"),
        (BOOK.replace("100.00", "10.00"), (), "--scale"),
        ("a,b\n", (), "the columns a, b"),
        (None, (), "cannot be read: No such file or directory"),
    ],
)
def test_a_fault_of_the_gradebook_is_one_sentence_at_the_end(grade, tmp_path, book, options, said):
    done = grade(book, *options)
    assert done.exit_code == 1
    [told] = [line for line in done.output.splitlines() if said in line]
    assert told.startswith("The gradebook: ")
    assert {"results.json", "marks.csv", "report.html", "index.html", "students"} <= written(tmp_path)
    assert "canvas.csv" not in written(tmp_path)


def test_scale_fills_what_would_not_fit(grade, tmp_path):
    done = grade(BOOK.replace("100.00", "10.00"), "--scale")
    assert done.exit_code == 0
    assert "A,4," in (tmp_path / "marks" / "canvas.csv").read_text()
