"""A class: each submission graded once, whatever interrupts."""

import json
import os
import signal
import subprocess
import sys
import time

import nbformat
import pytest

from seqlab.autograder.course.classroom import Settings, grade_class
from seqlab.errors import SeqlabError

STEP = "def rnn_step(x, h, W_xh, W_hh, b):\n    return np.tanh(x @ W_xh + h @ W_hh + b)"
COUNT = "def count_params(U, D, O, T):\n    return U*D + U*U + O*U, T*D*O"


def notebook(path, *cells, lab="lab2"):
    nb = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(c) for c in cells], metadata={"seqlab": {"lab": lab}}
    )
    nbformat.write(nb, path)


@pytest.fixture
def submissions(tmp_path):
    folder = tmp_path / "submissions"
    folder.mkdir()
    for i in range(4):
        notebook(folder / f"s{i}.ipynb", STEP, *([COUNT] if i % 2 else []), f"number = {i}")
    return folder


def test_marks_are_kept_and_nothing_is_graded_twice(submissions, tmp_path, lent):
    out, seen = tmp_path / "marks", []

    def note(done, total, row):
        seen.append(row and row.notebook)

    first = grade_class([submissions], Settings(out, jobs=2), note)
    assert [r.points for r in first.rows] == [15, 25, 15, 25]
    assert len([s for s in seen if s]) == 4
    seed = json.loads((out / "run.json").read_text())["seed"]
    seen.clear()
    again = grade_class([submissions], Settings(out), note)
    assert seen == [None]  # nothing was left to do
    assert again.rows == first.rows
    notebook(submissions / "s0.ipynb", COUNT)  # handed in again
    seen.clear()
    third = grade_class([submissions], Settings(out), note)
    assert [s for s in seen if s] == [str(submissions / "s0.ipynb")]
    assert third.rows[0].points == 10
    regraded = grade_class([submissions], Settings(out, regrade=True), note)
    assert [r.points for r in regraded.rows] == [10, 25, 15, 25]
    assert json.loads((out / "run.json").read_text())["seed"] == seed
    assert oct((out / "run.json").stat().st_mode)[-3:] == "600"


def test_only_and_since(submissions, tmp_path, lent):
    out = tmp_path / "marks"
    assert len(grade_class([submissions], Settings(out, only=("s1", "s2*"))).rows) == 2
    from seqlab.autograder.course.times import parse_time

    (tmp_path / "t.csv").write_text("student,time\ns0,2026-11-20T10:00\ns1,2026-11-20T10:00\ns2,2026-11-22T10:00\n")
    since = Settings(out, times=tmp_path / "t.csv", since=parse_time("2026-11-21T10:00"))
    outcome = grade_class([submissions], since)
    assert [row.student["id"] for row in outcome.rows] == ["s2", "s3"]  # of s3 no time is known
    assert [row.student["id"] for row in outcome.everyone] == ["s1", "s2", "s3"]
    with pytest.raises(SeqlabError):
        grade_class([submissions], Settings(out, only=("nobody",)))


@pytest.mark.parametrize("victim", ["the run", "the warm parent"])
def test_a_run_that_is_killed_goes_on(submissions, tmp_path, victim):
    slow = STEP.replace("return", "import time; time.sleep(0.2); return")
    for i in range(4, 10):
        notebook(submissions / f"s{i}.ipynb", slow, f"number = {i}")
    out = tmp_path / "marks"
    command = [sys.executable, "-m", "seqlab.cli", "grade", str(submissions), "--out", str(out), "--format", "json"]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    until = time.monotonic() + 90
    while len(list((out / "work").glob("*.json"))) < 5 and time.monotonic() < until:
        time.sleep(0.02)
    if victim == "the run":
        run.kill()
        run.communicate()
        kept = {p.name: p.stat().st_mtime_ns for p in (out / "work").glob("*.json")}
        assert 5 <= len(kept) < 10
        assert not (out / "results.json").exists()
        subprocess.run(command, check=True, capture_output=True)
        assert all((out / "work" / name).stat().st_mtime_ns == when for name, when in kept.items())
    else:
        find = ["pgrep", "-P", str(run.pid), "-f", "child.warm"]
        [parent] = map(int, subprocess.run(find, capture_output=True, text=True).stdout.split())
        os.kill(parent, signal.SIGKILL)
        output, _ = run.communicate(timeout=120)
        assert run.returncode == 0, output
    rows = json.loads((out / "results.json").read_text())
    assert [r["points"] for r in rows] == [15, 25, 15, 25] + [15] * 6
    assert len({r["notebook"] for r in rows}) == 10


def test_what_is_no_notebook_has_a_row_and_a_reason(submissions, tmp_path, lent):
    (submissions / "bad.ipynb").write_text('{"cells": [\n{"cell_type": \n')
    (submissions / "empty.ipynb").write_text("")
    (submissions / "list.ipynb").write_text("[1, 2]")
    (submissions / "deep.ipynb").write_text("[" * 100_000)
    notebook(submissions / "other.ipynb", "x = 1", lab="lab99")
    outcome = grade_class([submissions], Settings(tmp_path / "marks"))
    reasons = {os.path.basename(r.notebook): r.message for r in outcome.rows if not r.exercises}
    assert set(reasons) == {"bad.ipynb", "empty.ipynb", "list.ipynb", "deep.ipynb", "other.ipynb"}
    assert "cut off: it ends in the middle, at line 2" in reasons["bad.ipynb"]
    assert "lab99" in reasons["other.ipynb"]
    assert all(r.status == "error" for r in outcome.rows if not r.exercises)
    assert not outcome.complete


def test_an_ordinary_child_gives_the_same_marks(submissions, warm):
    from seqlab.autograder.course.unit import Grader
    from seqlab.autograder.judging.ordinary import OrdinaryParent

    data = (submissions / "s1.ipynb").read_bytes()
    forked = Grader(lambda: warm).grade(data, "s1", seed=3)
    grader = Grader(OrdinaryParent)
    try:
        ordinary = grader.grade(data, "s1", seed=3)
    finally:
        grader.close()
    assert forked.points == ordinary.points == 25
    assert [e.status for e in forked.exercises] == [e.status for e in ordinary.exercises]
    assert "REDUCED" in ordinary.sandbox


def test_require_sandbox_refuses_where_there_is_none(submissions, tmp_path, monkeypatch):
    from seqlab.autograder.course import classroom
    from seqlab.autograder.judging.ordinary import OrdinaryParent

    monkeypatch.setattr(classroom, "start_parent", lambda python=None, beside=(): OrdinaryParent())
    with pytest.raises(SeqlabError, match="require-sandbox"):
        grade_class([submissions], Settings(tmp_path / "marks", require_sandbox=True))
