"""A row of the results goes to JSON and back, and the files of a run stay byte for byte what they were.

`small_class/` holds what `seqlab grade` wrote for six submissions, before rows were a type of their own: solved, partly
right, blank, no notebook, one that hangs and dies, one from Canvas's zip; with a roster, a late policy and `--execute`.
"""

import json
from pathlib import Path

import pytest

from seqlab.autograder import reports
from seqlab.autograder.course.row import ExerciseResult, Row
from seqlab.autograder.judging.closed import Told
from seqlab.autograder.judging.verdict import Verdict
from seqlab.autograder.reports.publish import publish

SMALL_CLASS = Path(__file__).with_name("small_class")
FILES = ("results.json", "marks.csv", "canvas.csv", "moodle.csv")


@pytest.fixture
def rows():
    return [Row.from_dict(row) for row in json.loads((SMALL_CLASS / "results.json").read_text(encoding="utf-8"))]


def test_a_run_s_files_are_byte_for_byte_what_they_were(rows, tmp_path):
    publish(rows, tmp_path, ("json", "csv", "canvas", "moodle"))
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (SMALL_CLASS / name).read_bytes(), name


def test_every_kind_of_row_is_among_them(rows):
    """Else the test above would show little."""
    written = [row.as_dict() for row in rows]
    assert {"late", "flags", "student", "submitted_at", "sandbox", "executed"} <= set().union(*written)
    assert {e.status for row in rows for e in row.exercises} == {"passed", "failed", "error", "timeout", "missing"}
    assert any(not row.exercises for row in rows)


def test_a_row_comes_back_whole(rows):
    rows.append(Row("a.ipynb", "lab2", 1, 2, "partial", answers={"f": "code"}, worker=4711, seqlab="0.1.0"))
    for row in rows:
        assert Row.from_dict(json.loads(json.dumps(row.as_dict()))) == row


@pytest.mark.parametrize("content", [{}, {"notebook": "a"}, {"exercises": [{"what": 1}]}, {"exercises": 3}])
def test_what_is_no_row_is_refused(content):
    with pytest.raises((KeyError, TypeError)):
        Row.from_dict(content)


def test_a_hidden_case_has_no_values_in_a_row():
    words = ("in 3 of 7 places", "B=3", "[0.123321]", "[0.789987]", "no bias")
    hidden = Told("drawn sizes", "wrong values", "no bias")
    result = ExerciseResult.of(Verdict("f", 0, 10, "failed", *words, visible=False, hidden=hidden))
    assert (result.expected, result.got) == ("", "")
    assert result.message == "case drawn sizes: wrong values. Likely slip: no bias."
    unsaid = ExerciseResult.of(Verdict("f", 0, 10, "failed", *words, visible=False))
    assert unsaid.message == "case another case: the result is not what it should be."
    assert ExerciseResult.of(Verdict("f", 0, 10, "failed", *words)).got == "[0.789987]"  # of a worked example
    row = Row("a.ipynb", "lab2", 0, 10, "failed", exercises=[result])
    text = reports.results_json([row]) + reports.student_page(row) + reports.class_page([row])
    assert "0.123321" not in text
    assert "0.789987" not in text
