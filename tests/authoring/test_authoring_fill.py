"""Answers into blank notebooks."""

import json

import nbformat
import pytest

from seqlab.authoring import fill, read_notebook, reference_code, student_notebook, write_notebook
from seqlab.errors import SeqlabError
from seqlab.exercises import find_lab

STEP = "def rnn_step(x, h, W_xh, W_hh, b):\n    return 1"


@pytest.fixture
def blank(tmp_path):
    return write_notebook(student_notebook(find_lab("lab2").path), tmp_path / "lab2_rnn.ipynb")


def cell(path, name):
    return next(c for c in read_notebook(path).cells if c.id == name)


def jsonl(path, *lines):
    path.write_text("\n".join(json.dumps(line) for line in lines) + "\n")
    return path


def test_from_a_folder(blank, tmp_path):
    folder = tmp_path / "answers"
    folder.mkdir()
    (folder / "rnn_step.py").write_text(STEP + "\n")
    (folder / "_notes.py").write_text("nothing")
    out = tmp_path / "out.ipynb"
    assert fill(blank, folder, out) == []
    nbformat.validate(nbformat.read(out, as_version=4))
    assert cell(out, "rnn_step").source == STEP
    before, after = read_notebook(blank), read_notebook(out)
    assert [c.id for c in before.cells if c not in after.cells] == ["rnn_step"]


def test_reference_fills_every_exercise(blank, tmp_path):
    out = tmp_path / "out.ipynb"
    fill(blank, None, out, reference=True)
    text = out.read_text()
    assert "NotImplementedError" not in text
    assert "SOLUTION" not in text
    assert cell(out, "rnn_step").source + "\n" == reference_code(find_lab("lab2").path, "rnn_step")


def test_of_a_bank_the_lines_of_the_lab_and_the_last_one_counts(blank, tmp_path):
    bank = jsonl(
        tmp_path / "bank.jsonl",
        {"lab": "lab5", "exercise": "generate", "code": "x"},
        {"lab": "lab2", "exercise": "rnn_step", "code": "first"},
        {"lab": "lab2", "exercise": "unroll", "code": "a = '\u2028'"},
        {"lab": "lab2", "exercise": "rnn_step", "code": STEP},
    )
    bank.write_text(bank.read_text().replace("\\u2028", "\u2028"), encoding="utf-8")
    out = tmp_path / "out.ipynb"
    assert fill(blank, bank, out) == ["bank.jsonl: line 4 replaces line 2, both answer rnn_step."]
    assert cell(out, "rnn_step").source == STEP
    assert cell(out, "unroll").source == "a = '\u2028'"


@pytest.mark.parametrize("keep", ["metadata", "id", "symbol"])
def test_todo_cells_are_found_whatever_a_tool_dropped(blank, tmp_path, keep):
    content = json.loads(blank.read_text())
    del content["metadata"]["seqlab"]
    for number, c in enumerate(content["cells"]):
        if keep != "metadata":
            c["metadata"] = {}
        if keep != "id":
            c["id"] = f"z{number}"
    blank.write_text(json.dumps(content))
    answers = jsonl(tmp_path / "a.jsonl", {"lab": "lab2", "exercise": "patterns", "code": "patterns = 3"})
    out = tmp_path / "out.ipynb"
    fill(blank, answers, out)
    sources = [c.source for c in read_notebook(out).cells]
    assert sources.count("patterns = 3") == 1
    assert not any(s.startswith("patterns = {") for s in sources)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"lab": "lab2"', "line 1, should be .* got no JSON"),
        ("[" * 100_000, "got no JSON"),
        ("[1]", "JSON that is no object"),
        ('{"lab": "lab2", "exercise": "unroll"}', "got code missing"),
        ('{"lab": "lab2", "exercise": "unroll", "code": 3}', "code of the wrong type"),
        ('{"lab": "lab2", "exercise": "unroll", "code": " "}', "code of the wrong type or empty"),
        ('{"lab": "lab2", "exercise": "unroll", "code": "\\ud800"}', "lone surrogate"),
        ('{"lab": "lab2", "exercise": "unrol", "code": "x"}', "rnn_step, .* an answer for unrol"),
        ('{"lab": "lab5", "exercise": "generate", "code": "x"}', "should hold answers to lab2; got none"),
        ("", "should hold answers to lab2; got none"),
    ],
)
def test_bad_answers_are_told_and_nothing_is_written(blank, tmp_path, text, told):
    path = tmp_path / "bad.jsonl"
    path.write_text(text)
    with pytest.raises(SeqlabError, match=told) as caught:
        fill(blank, path, tmp_path / "out.ipynb")
    assert "\n" not in str(caught.value)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bad.jsonl", "lab2_rnn.ipynb"]


def test_bad_paths_and_notebooks(blank, tmp_path):
    out = tmp_path / "out.ipynb"
    for answers, told in [("no.jsonl", "does not exist"), (blank, "a folder of NAME.py files or a .jsonl")]:
        with pytest.raises(SeqlabError, match=told):
            fill(blank, tmp_path / answers, out)
    with pytest.raises(SeqlabError, match="got neither"):
        fill(blank, None, out)
    with pytest.raises(SeqlabError, match="got both"):
        fill(blank, tmp_path, out, reference=True)
    with pytest.raises(SeqlabError, match="does not exist"):
        fill(tmp_path / "no.ipynb", None, out, reference=True)
    (tmp_path / "foreign.ipynb").write_text('{"nbformat": 4, "cells": []}')
    with pytest.raises(SeqlabError, match="which lab it is of"):
        fill(tmp_path / "foreign.ipynb", None, out, reference=True)
    (tmp_path / "lab9.ipynb").write_text('{"nbformat": 4, "cells": [], "metadata": {"seqlab": {"lab": "lab9"}}}')
    with pytest.raises(SeqlabError, match="'lab9'"):
        fill(tmp_path / "lab9.ipynb", None, out, reference=True)
    assert not out.exists()
