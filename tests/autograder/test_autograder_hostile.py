"""Strangers' notebooks: each of `hostile/*.py` is the answer to an exercise, beside an honest one.

A file's docstring says what it tries. `# exercise:` names what it answers (else rnn_step), `# status:` what may
come of it. Whatever it does: no point, the honest answer keeps its points, nothing hidden is shown, nothing is left.
"""

import html
import json
import os
import re
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from test_autograder_sandbox import family

from seqlab.autograder.course import unit
from seqlab.autograder.course.row import Row
from seqlab.autograder.judging import grade as grading
from seqlab.autograder.judging.trial import Trial
from seqlab.autograder.reports.pages import student_page
from seqlab.exercises import LabFolder, find_lab

HERE = Path(__file__).parent
HOSTILE = sorted((HERE / "hostile").glob("*.py"))
HONEST = "def count_params(U, D, O, T):\n    return U*D + U*U + O*U, T*D*O"
SEED = 3141592653589793
SECRET = "token-of-the-instructor"
DEADLINE = 1.5
os.environ["COURSE_TOKEN"] = SECRET  # before any warm parent is started


def notebook(*cells: str) -> bytes:
    code = [{"cell_type": "code", "source": c, "metadata": {}, "outputs": []} for c in cells]
    return json.dumps({"cells": code, "metadata": {"seqlab": {"lab": "lab2"}}, "nbformat": 4}).encode()


def program(path: Path) -> str:
    """A hostile notebook's cell; one that writes to the channel begins with what finds it."""
    source = path.read_text(encoding="utf-8")
    finds = (HERE / "open_channel.py").read_text(encoding="utf-8") if "channel()" in source else ""
    return finds + source


def setting(source: str, name: str, default: str) -> list[str]:
    found = re.search(rf"^# {name}: (.+)$", source, re.M)
    return (found[1] if found else default).split()


@pytest.fixture
def hidden_numbers(monkeypatch):
    """All numbers that are drawn as hidden inputs, as the texts in which they could be told."""
    texts = set()
    draw = Trial.normal

    def normal(self, *shape, **how):
        array = draw(self, *shape, **how)
        for value in np.abs(array.ravel()[:200]).tolist():
            texts.update({f"{value:.5f}"[:7], f"{value:.8f}"[:9], str(int(value * 1e6)).rjust(6, "0")})
        return array

    monkeypatch.setattr(Trial, "normal", normal)
    return texts


@pytest.fixture
def grade_bytes(warm, monkeypatch, here):
    """Grade a file of lab 2, some of its exercises, with short deadlines: its row."""
    monkeypatch.setattr(grading, "DEFINE_SECONDS", DEADLINE)
    grader = unit.Grader(lambda: warm)
    every = find_lab("lab2").exercises

    def grade(data: bytes, only: list[str], label: str = "hostile.ipynb"):
        chosen = {n: replace(e, deadline=DEADLINE) for n, e in every.items() if n in only}
        monkeypatch.setattr(LabFolder, "exercises", chosen)
        return grader.grade(data, label, SEED)

    return grade


def damage(source: str, row: Row, shown: str, secrets: list[str]) -> list[str]:
    """What a hostile answer, in a notebook with the honest one, has brought about."""
    names = setting(source, "exercise", "rnn_step")
    verdicts = {e.exercise: e for e in row.exercises}
    found = [f"{name} gained points" for name in names if verdicts[name].points]
    if verdicts["count_params"].points != 10:
        found.append("the honest answer lost points")
    for line in source.splitlines():  # a student's own line may be shown
        shown = shown.replace(line.strip(), "") if len(line) > 6 else shown
    found += [f"{secret!r} was told" for secret in secrets if secret in shown]
    if row.seconds > 6 * DEADLINE + 3:
        found.append("the deadlines were not kept")
    return found


@pytest.mark.parametrize("path", HOSTILE, ids=lambda p: p.stem)
def test_a_hostile_answer_gains_nothing_and_harms_nobody(path, grade_bytes, hidden_numbers, warm, tmp_path):
    canary = tmp_path / "somebody_else.ipynb"
    canary.write_bytes(notebook(HONEST))
    source = program(path)
    names = setting(source, "exercise", "rnn_step")
    row = grade_bytes(notebook(source, HONEST), [*names, "count_params"])
    page = student_page(replace(row, student={"id": "s"}))
    assert "<script>alert" not in page
    told = str([vars(e) for e in row.exercises]) + str([row.message, row.status, row.sandbox])
    secrets = [SECRET, str(SEED), str(HERE.parents[1]), str(canary), "LEAK", *hidden_numbers]
    assert damage(source, row, told + told.replace("\\'", "'") + html.unescape(page), secrets) == []

    for result in row.exercises:
        if result.exercise in names:
            assert result.status in setting(source, "status", "failed error timeout"), result
            assert 10 < len(result.message) < 1500
    assert not family(warm.process.pid)
    assert canary.read_bytes() == notebook(HONEST)


OF_THE_CHANNEL = [path for path in HOSTILE if program(path) != path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("path", OF_THE_CHANNEL, ids=lambda p: p.stem)
def test_what_writes_to_the_channel_has_the_one_that_is_open(path, warm):
    """A blow at a connection that is closed hits nothing, and shows nothing."""
    source = program(path) + "\n\ndef hits():\n    return channel().sock.send(b'')\n"
    child = warm.spawn()
    try:
        runtime = child.within(20)
        for index in range(len(runtime.perform("plan", [source], ["hits"]))):
            runtime.perform("run", index)
        assert runtime.perform("call", runtime.perform("find", "hits"), ())[0] == 0
    finally:
        child.end()


def test_an_honest_notebook_is_graded_as_before(grade_bytes):
    """After all of that, in the same warm parent."""
    step = "def rnn_step(x, h, W_xh, W_hh, b):\n    return np.tanh(x @ W_xh + h @ W_hh + b)"
    start = time.monotonic()
    row = grade_bytes(notebook(step, HONEST), ["rnn_step", "count_params"])
    assert row.points == 25
    assert time.monotonic() - start < 5
