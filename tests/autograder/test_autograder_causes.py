"""The first cause is told: the package, the file, the module, the time; and whose fault a broken check is."""

import json
import os
import re
import stat
import sys
import venv
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from seqlab.autograder.course.row import NOT_JUDGED
from seqlab.autograder.course.unit import Grader
from seqlab.autograder.judging import grade as grading
from seqlab.autograder.judging.causes import first_cause, told
from seqlab.autograder.judging.interpreter import interpreter
from seqlab.autograder.judging.parents import WarmParent
from seqlab.autograder.wire.answer_error import AnswerError
from seqlab.cli import main
from seqlab.errors import SeqlabError
from seqlab.exercises import LabFolder, find_lab
from seqlab.labs import Lab

HEAD = "def rnn_step(x, h, W_xh, W_hh, b):\n"
BODY = "    return np.tanh(x @ W_xh + h @ W_hh + b)\n"
STEP = HEAD + BODY
COUNT = "def count_params(U, D, O, T):\n    return U*D + U*U + O*U, T*D*O"


def notebook(*cells, **metadata):
    """A cell is a source, or a kind and a source."""
    pairs = [cell if isinstance(cell, tuple) else ("code", cell) for cell in cells]
    content = [{"cell_type": kind, "source": source, "metadata": {}} for kind, source in pairs]
    metadata = {"seqlab": {"lab": "lab2"}} | metadata
    return json.dumps({"cells": content, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}).encode()


@pytest.fixture
def grade(warm, monkeypatch, here):
    """The row of a notebook of lab 2, of two of its exercises, with two seconds for a statement."""
    monkeypatch.setattr(grading, "DEFINE_SECONDS", 2.0)
    every = find_lab("lab2").exercises

    def graded(data: bytes, only=("rnn_step", "count_params"), parent=warm, **changed):
        chosen = {n: replace(e, **changed) for n, e in every.items() if n in only}
        monkeypatch.setattr(LabFolder, "exercises", chosen)
        return Grader(lambda: parent).grade(data, "x.ipynb", 5)

    return graded


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["import einops\n" + HEAD + "    x = einops.rearrange(x)\n" + BODY], "No module named 'einops', at your line `import einops`"),
        (["from numba import njit", "@njit\n" + STEP], "No module named 'numba', at your line `from numba import njit`"),
        (["import torch", "Tensor = torch.Tensor", f"def rnn_step(x: Tensor, h, W_xh, W_hh, b):\n{BODY}"], "No module named 'torch'"),
        (["from my_own import *", HEAD + "    x = mine(x)\n" + BODY], "No module named 'my_own'"),
        (["K = np.load('table.npy')\n" + HEAD + "    x = K * x\n" + BODY], "No such file or directory: 'table.npy', at your line `K = np.load('table.npy')`"),
        (["import time\ndef slow():\n    time.sleep(9)\nK = slow()\n" + HEAD + "    K\n" + BODY], "K is missing because a statement did not get through: it takes longer than 2 seconds"),
        (["while True: K = 1\n" + HEAD + "    K\n" + BODY], "it takes longer than 2 seconds"),
        (["def helper(x:\n    return x", HEAD + "    x = helper(x)\n" + BODY], "helper is missing because a statement did not get through: SyntaxError"),
        (["<<<<<<< HEAD\nK = 1\n=======\nK = 2\n>>>>>>> main\n", HEAD + "    K\n" + BODY], "a merge conflict was left in the cell"),
    ],
)  # fmt: skip
def test_the_first_cause_is_told(grade, cells, said):
    row = grade(notebook(*cells, COUNT))
    results = {e.exercise: e for e in row.exercises}
    assert results["rnn_step"].points == 0
    assert said in results["rnn_step"].message
    assert "into the answer's cell" not in results["rnn_step"].message
    assert results["count_params"].points == 10
    assert row.points == 10


def test_a_name_that_nobody_defines_has_no_other_cause(grade):
    [result] = grade(notebook("import einops", HEAD + "    x = other(x)\n" + BODY), only=("rnn_step",)).exercises
    assert "name 'other' is not defined" in result.message
    assert "put helpers and imports into the answer's cell" in result.message
    assert "einops" not in result.message


def test_a_statement_that_fails_costs_itself_and_not_the_answer(grade):
    cell = f"import einops\n1 / 0\nx = open('nowhere').read()\nfor i in nothing: pass\n{STEP}assert False"
    assert grade(notebook(cell, COUNT)).points == 25


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["K = None\nK = np.load('table.npy')\n" + HEAD + "    x = K[0] * x\n" + BODY],
         "K has an older value, for a statement that binds it did not get through: FileNotFoundError"),
        (["W = 2.0", "W = W / 0\n" + HEAD + "    x = W * x\n" + BODY], "W has an older value"),
        ([HEAD + "    return x\n", "from numba import njit", "@njit\n" + STEP],
         "rnn_step has an older value, for a statement that binds it did not get through: ModuleNotFoundError"),
    ],
)  # fmt: skip
def test_an_older_value_is_told_where_a_statement_fails_to_bind_it_anew(grade, cells, said):
    [result] = grade(notebook(*cells), only=("rnn_step",)).exercises
    assert result.points == 0
    assert said in result.message
    good = notebook("K = None\nK = np.load('table.npy')", STEP)  # and nothing is said of what an answer does not read
    assert grade(good).points == 15
    [wrong] = grade(notebook("K = None\nK = np.load('table.npy')", HEAD + "    return x"), only=("rnn_step",)).exercises
    assert "older value" not in wrong.message


def test_causes_in_a_circle_end():
    plan = [(0, ["a"], ["b"]), (0, ["b"], ["a"])]
    broken = {
        0: AnswerError("NameError", "name 'b' is not defined"),
        1: AnswerError("NameError", "name 'a' is not defined"),
    }
    assert first_cause(AnswerError("NameError", "name 'a' is not defined"), plan, broken) in broken.values()
    other = AnswerError("ValueError", "name 'a' is not defined")
    assert first_cause(other, plan, broken) is other


@pytest.mark.parametrize(
    ("reads", "told"),
    [("", ""), ("v7 + v3", "v3 is missing"), ("helper()", "v12 is missing")],
    ids=["none", "two", "deep"],
)
def test_a_hidden_number_in_the_name_that_is_missing_is_not_told(grade, reads, told):
    """The name is the first that the answer's code reads, whatever the answer says."""
    names = [f"v{n}" for n in range(10)]
    told_by = "if x.size > 1: raise NameError(f\"name 'v{int(abs(x.flat[0]) * 10) % 10}' is not defined\")"
    step = f"{HEAD}    if not x.size: {reads or 'pass'}\n    {told_by}\n{BODY}"
    cells = [*(f"{name} = 1 / 0" for name in names), "v12 = 1 / 0\ndef helper(): return v12", step]
    [result] = grade(notebook(*cells), only=("rnn_step",)).exercises
    assert "raised an exception" in result.message
    assert re.findall(r"v\d+ is missing", result.message) == [told][: bool(told)]


def test_an_endless_loop_that_calls_what_it_is_given_reads_as_one(grade, monkeypatch):
    monkeypatch.setattr("seqlab.autograder.judging.remote.MAX_CALLBACKS", 300)
    loop = "def one_to_many(step, x0, h0, T):\n    while True:\n        step(x0, h0)"
    [result] = grade(notebook(loop), only=("one_to_many",)).exercises
    assert result.status == "timeout"
    assert "is there a loop that never ends?" in result.message


def test_cells_that_nobody_can_read_in_time_are_tried_once(grade, monkeypatch, warm):
    asked = []

    def spawn(*a):
        asked.append(1)
        return type(warm).spawn(warm, *a)

    monkeypatch.setattr(warm, "spawn", spawn)
    endless = [f"!x{n}\n" * 199 for n in range(99)]
    row = grade(notebook(*endless, STEP, COUNT))
    assert {e.message for e in row.exercises} == {"the notebook's cells could not be read within 2 seconds."}
    assert {e.status for e in row.exercises} == {"timeout"}
    assert len(asked) == 1


# -- newer syntax ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("message", "line", "here", "there", "said"),
    [
        ("f-string: unmatched '['", 'f"{d["b"]}"', "3.11.4", "3.12.1", "run with Python 3.12.1 and is graded with Python 3.11.4"),
        ("invalid syntax", "x = 1", "3.11.4", "3.13.0", "run with Python 3.13.0"),
        ("f-string: unmatched '['", 'f"{d["b"]}"', "3.11.4", "", "Python 3.11.4 says, with which it is graded: if it ran in a notebook with Python 3.12"),
        ("invalid syntax", "type Vector = list[float]", "3.11.4", "", "Python 3.12"),
        ("expected '('", "def first[T](x: list[T]) -> T:", "3.11.4", "", "Python 3.12"),
        ("multiple exception types must be parenthesized", "except A, B:", "3.13.0", "", "Python 3.14"),
        ("f-string: unmatched '['", "", "3.12.1", "", ""),
        ("invalid syntax", "x = = 1", "3.11.4", "", ""),
        ("invalid syntax", "x = = 1", "3.12.4", "3.12.1", ""),
        ("invalid syntax", "x = = 1", "3.12.4", "3.11.1", ""),
    ],
)  # fmt: skip
def test_newer_syntax_names_both_versions(message, line, here, there, said):
    text = told(AnswerError("SyntaxError", message, 0, 1), [line], (here, there))
    assert text.startswith(f"SyntaxError: {message}")
    assert said in text
    assert ("Python" in text) == bool(said)


@pytest.mark.parametrize("how", ["notebook", "hand-in", "unsaid"])
def test_a_notebook_of_a_newer_python_says_so(grade, monkeypatch, warm, how):
    monkeypatch.setattr(warm, "python", "3.11.4")
    cell = HEAD + "    type = = 1\n" + BODY
    data = {
        "notebook": notebook(cell, language_info={"name": "python", "version": "3.99.1"}),
        "hand-in": json.dumps(
            {"format": "seqlab hand-in 1", "lab": "lab2", "python": "3.99.1", "cells": [cell]}
        ).encode(),
        "unsaid": notebook(cell, language_info={"name": "python"}),
    }[how]
    [result] = grade(data, only=("rnn_step",)).exercises
    assert ("run with Python 3.99.1 and is graded with Python 3.11.4" in result.message) == (how != "unsaid")


def script(path, text):
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


@pytest.mark.skipif(os.name != "posix", reason="a script stands for another Python")
def test_another_python_runs_the_answers(grade, tmp_path):
    other = script(tmp_path / "python", f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\nexec {sys.executable} "$@"\n')
    with WarmParent(python=other) as parent:
        assert "seqlab.autograder.child.warm" in (tmp_path / "asked").read_text()
        assert grade(notebook(STEP, COUNT), parent=parent).points == 25


def test_a_python_without_the_packages_is_refused_in_a_sentence(tmp_path):
    venv.create(tmp_path / "bare", with_pip=False, symlinks=True)
    bare = tmp_path / "bare" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    with pytest.raises(SeqlabError, match=r"Python 3.* without seqlab, tensorflow"):
        interpreter(str(bare))
    with pytest.raises(SeqlabError, match="No such file"):
        interpreter(str(tmp_path / "nowhere"))
    (tmp_path / "x.ipynb").write_bytes(notebook(STEP))
    asked = [str(tmp_path / "x.ipynb"), "--out", str(tmp_path / "out"), "--python", str(bare)]
    done = CliRunner().invoke(main, ["grade", *asked])
    assert done.exit_code
    assert "without seqlab, tensorflow" in done.output


@pytest.mark.skipif(os.name != "posix", reason="a script stands for another Python")
@pytest.mark.parametrize(
    ("says", "said"),
    [
        ('["3.9.1", [], "0.1.0"]', "which is Python 3.9.1"),
        ('["3.13.1", [], "0.0.7"]', "with seqlab 0.0.7 instead of"),
        ("hello", "did not answer as a Python"),
    ],
)
def test_an_old_python_and_another_seqlab_are_refused(tmp_path, says, said):
    with pytest.raises(SeqlabError, match=said):
        interpreter(script(tmp_path / "python", f"#!/bin/sh\necho '{says}'\n"))


# -- nearly right ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ([STEP.replace("rnn_step", "rnn_step_final")], "there is rnn_step_final"),
        ([STEP.replace("rnn_step", "RNN_Step")], "there is RNN_Step"),
        ([STEP.replace("rnn_step", "rnnstep")], "there is rnnstep"),
        ([STEP.replace("rnn_step", "rnn_stpe")], "there is rnn_stpe"),
        ([STEP.replace("rnn_step", "step_rnn")], "there is step_rnn"),
        (["rnn_step2 = lambda x, h, W_xh, W_hh, b: np.tanh(x @ W_xh + h @ W_hh + b)"], "there is rnn_step2"),
        ([HEAD + "    raise NotImplementedError", STEP.replace("rnn_step", "my_rnn_step")], "there is my_rnn_step"),
        ([("markdown", STEP)], "rnn_step stands in a Markdown or raw cell"),
        ([("raw", STEP)], "rnn_step stands in a Markdown or raw cell"),
        ([("markdown", f"```python\n{STEP}```")], "rnn_step stands in a Markdown or raw cell"),
        (["# " + STEP.replace("\n", "\n# ")], "commented out"),
        (["#" + STEP.replace("\n", "\n#")], "commented out"),
        (["'''\n" + STEP + "'''"], "in quotes, under a magic"),
        (["%%writefile step.py\n" + STEP], "in quotes, under a magic"),
        (["class Mine:\n    " + STEP.replace("\n    ", "\n        ")], "inside of something else"),
    ],
)
def test_what_is_nearly_right_earns_nothing_and_is_told(grade, cells, said):
    row = grade(notebook(*cells), only=("rnn_step",))
    [result] = row.exercises
    assert (row.points, result.status) == (0, "missing")
    assert said in result.message
    assert [said in flag for flag in row.flags] == [True]


@pytest.mark.parametrize(
    "cells",
    [
        [],
        ["x = 1"],
        [HEAD + "    raise NotImplementedError"],
        [STEP.replace("rnn_step(x, h, W_xh, W_hh, b)", "rnn_step_plot(path)")],  # other arguments
        ["def rn(x, h, W_xh, W_hh, b): pass"],
        [COUNT],  # another exercise
        [STEP, STEP.replace("rnn_step", "rnn_step_final")],
    ],
)
def test_what_is_not_near_is_not_told(grade, cells):
    assert grade(notebook(*cells)).flags is None


@pytest.mark.parametrize("lab", [lab.id for lab in __import__("seqlab.exercises").exercises.all_labs()])
def test_a_blank_notebook_is_near_to_nothing(lab):
    from seqlab.authoring.build import student_notebook
    from seqlab.autograder.course.contents import Contents
    from seqlab.autograder.course.nearly import nearly
    from seqlab.autograder.judging.verdict import Verdict

    found = find_lab(lab)
    blank = student_notebook(found.path)
    kinds = [[c.source for c in blank.cells if (c.cell_type == "code") == code] for code in (True, False)]
    contents = Contents(found, kinds[0], tuple(kinds[1]))
    for name in found.exercises:
        assert nearly(contents, Verdict(name, 0, 1, "missing", f"{name} is not written yet")) == ""


# -- whose fault -------------------------------------------------------------------------------------------
def unnamed(t):
    t.call(*[np.ones((1, 1))] * 4, np.ones(1))
    a_name_that_is_not_there  # noqa: B018, F821


def wants_an_array(t):
    """In order for the reference; a list of one answer's breaks it."""
    got = t.call(*[np.ones((1, 1))] * 4, np.ones(1))
    t.require(got.shape == (1, 1), "another shape")


def never_right(t):
    t.call(*[np.ones((1, 1))] * 4, np.ones(1)).nothing_of_the_kind()


def unbound(t):
    for result in t.call(*[np.ones((1, 1))] * 4, np.ones(1)):
        last = result
    t.require(last is not None, "nothing")


@pytest.mark.parametrize("check", [unnamed, never_right])
@pytest.mark.parametrize("answer", [STEP, HEAD + "    return [1.0]\n"])
def test_a_fault_in_a_check_is_no_mark(grade, check, answer):
    row = grade(notebook(answer, COUNT), only=("rnn_step",), check=check)
    assert row.status == NOT_JUDGED
    assert (row.exercises, row.points, row.max_points) == ([], 0, 0)
    assert "the check of rnn_step is at fault, not the answer" in row.message
    assert check.__name__ in row.fault


@pytest.mark.parametrize(("check", "breaks"), [(wants_an_array, "    return [0.5]\n"), (unbound, "    return []\n")])
def test_an_answer_that_breaks_a_check_gets_nothing_and_is_flagged(grade, check, breaks):
    row = grade(notebook(HEAD + breaks), only=("rnn_step",), check=check)
    assert (row.points, row.max_points, row.status) == (0, 15, "error")
    assert ["what it gave breaks its check" in flag for flag in row.flags] == [True]
    assert check.__name__ in row.fault
    assert grade(notebook(STEP), only=("rnn_step",), check=check).points == 15


def test_a_check_that_cannot_be_loaded_is_no_mark(warm, monkeypatch, here):
    def broken(self):
        raise NameError("name 'nump' is not defined")

    monkeypatch.setattr(LabFolder, "exercises", property(broken))
    row = Grader(lambda: warm).grade(notebook(STEP), "x.ipynb", 5)
    assert (row.status, row.exercises) == (NOT_JUDGED, [])
    assert "the checks of lab2 cannot be loaded (NameError)" in row.message


def test_the_command_says_what_could_not_be_judged(tmp_path, monkeypatch, here):
    only = {"rnn_step": replace(find_lab("lab2").exercises["rnn_step"], check=unnamed)}
    right = dict(only, rnn_step=find_lab("lab2").exercises["rnn_step"])
    monkeypatch.setattr(LabFolder, "exercises", only)
    (tmp_path / "ann.ipynb").write_bytes(notebook(STEP))
    asked = ["grade", str(tmp_path / "ann.ipynb"), "--out", str(tmp_path / "out"), "--format", "csv"]
    done = CliRunner().invoke(main, ["--debug", *asked])
    assert done.exit_code == 1
    assert "could not be judged" in done.output
    assert "a_name_that_is_not_there" in done.output
    log = tmp_path / "out" / "log.txt"
    assert "a_name_that_is_not_there" in log.read_text(encoding="utf-8")
    assert stat.S_IMODE(log.stat().st_mode) == 0o600 or os.name == "nt"
    [row] = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    assert row["status"] == NOT_JUDGED
    assert "fault" not in row
    monkeypatch.setattr(LabFolder, "exercises", right)  # mended: the same command judges it
    assert CliRunner().invoke(main, asked).exit_code == 0
    assert json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))[0]["points"] == 15


def test_a_notebook_says_that_the_check_is_at_fault():
    lab = Lab(find_lab("lab2"))
    lab.exercises = {"rnn_step": replace(lab.exercises["rnn_step"], check=unnamed)}

    def rnn_step(x, h, W_xh, W_hh, b):
        return np.tanh(x @ W_xh + h @ W_hh + b)

    with pytest.raises(SeqlabError, match="no verdict on your answer"):
        lab.check(rnn_step)


def test_a_run_with_another_python_takes_no_rows_of_the_first(tmp_path):
    from seqlab.autograder.course.classroom import Settings, _fingerprint

    marks = {
        _fingerprint(b"x", "lab2", Settings(tmp_path, python=python)) for python in (None, "python3.12", "python3.13")
    }
    assert len(marks) == 3
