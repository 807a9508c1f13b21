"""What the exports write, and what the lab answers to graders that read a cell's error or output."""

import importlib.metadata
import json
import os
import re
import subprocess
import sys
import traceback
import zipfile

import nbformat
import pytest
from click.testing import CliRunner
from kit import ROOT

import seqlab
from seqlab.authoring.source import read_source
from seqlab.autograder.exports import export_gradescope, export_nbgrader, export_otter
from seqlab.autograder.exports.course_seed import write_seed
from seqlab.autograder.judging.verdict import Verdict
from seqlab.cli import main
from seqlab.errors import SeqlabError
from seqlab.exercises import PUBLISHED_SEED, find_lab

FOLDER = find_lab("lab2").path


@pytest.fixture(scope="module")
def lab():
    return seqlab.labs.load("lab2")


# -- lab.require ---------------------------------------------------------------------------------------------
def test_require_gives_the_points_of_a_right_answer(lab):
    assert lab.require(lambda U, D, O, T: (U * D + U * U + O * U, T * D * O), "count_params", seed=3) == 10


def test_require_raises_in_words_and_tells_no_hidden_value(lab):
    def count_params(U, D, O, T):
        right = U * D + U * U + O * U, T * D * O
        return right if max(U, D, O, T) <= 12 else (36, 60)  # wrong where the sizes are hidden ones

    with pytest.raises(AssertionError, match="count_params: failed") as caught:
        lab.require(count_params, seed=12)
    assert "expected" not in str(caught.value)
    with pytest.raises(AssertionError, match="expected"):  # the published numbers may be told
        lab.require(count_params)
    with pytest.raises(AssertionError, match="missing"):
        lab.require(_blank(), "count_params")
    with pytest.raises(AssertionError, match="None"):
        lab.require(None, "count_params")


def _blank():
    def count_params(U, D, O, T):
        raise NotImplementedError

    return count_params


def test_require_refuses_the_labs_own_answer(lab):
    with pytest.raises(AssertionError, match="reference answer"):
        lab.require(lab.reference("count_params"), "count_params")


def test_require_gives_a_part_of_the_points_where_a_part_is_right(lab, monkeypatch):
    import dataclasses

    def half(t):
        t.part(0.5)
        t.require(False, "the second part is wrong")

    exercises = dict(lab.exercises)
    exercises["count_params"] = dataclasses.replace(exercises["count_params"], check=half)
    monkeypatch.setattr(lab, "exercises", exercises)
    assert lab.require(_blank(), "count_params") == 5.0


# -- nbgrader ------------------------------------------------------------------------------------------------
def test_the_nbgrader_source_has_a_hidden_test_in_each_check_cell(tmp_path):
    export_nbgrader("lab2", tmp_path, seed=770123)
    notebook = nbformat.read(tmp_path / "source" / "lab2_rnn" / "lab2_rnn.ipynb", 4)
    checks = [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade")]
    assert [c.metadata.nbgrader.grade_id for c in checks] == [f"check-{n}" for n in read_source(FOLDER).exercises]
    for cell in checks:
        name = cell.metadata.nbgrader.grade_id.removeprefix("check-")
        hidden = re.search(r"### BEGIN HIDDEN TESTS\n(.*)\n### END HIDDEN TESTS\Z", cell.source)
        assert hidden[1] == f'lab.require({name}, "{name}", hidden=True)'
    assert [p.name for p in tmp_path.rglob("*") if p.is_file() and b"770123" in p.read_bytes()] == ["seqlab_seed"]
    assert (tmp_path / "seqlab_seed").stat().st_mode & 0o077 == 0 or os.name == "nt"
    assert "same process as the tests" in (tmp_path / "README.md").read_text()
    assert "same process as the tests" in (tmp_path / "nbgrader_config.py").read_text()


def test_a_second_nbgrader_export_keeps_seed_and_configuration(tmp_path):
    seed = tmp_path / "seqlab_seed"
    export_nbgrader("lab2", tmp_path)
    first = seed.read_bytes()
    (tmp_path / "nbgrader_config.py").write_text("# the instructor's own\n")
    export_nbgrader("lab2", tmp_path)
    assert seed.read_bytes() == first
    assert (tmp_path / "nbgrader_config.py").read_text() == "# the instructor's own\n"
    export_nbgrader("lab2", tmp_path / "another")
    assert (tmp_path / "another" / "seqlab_seed").read_bytes() != first


def test_an_export_of_before_keeps_its_seed_and_shows_it_no_more(tmp_path):
    source = tmp_path / "source" / "lab2_rnn" / "lab2_rnn.ipynb"
    source.parent.mkdir(parents=True)
    source.write_text('lab.require(rnn_step, \\"rnn_step\\", seed=4711)')
    export_nbgrader("lab2", tmp_path)
    assert (tmp_path / "seqlab_seed").read_text() == "4711\n"
    assert "4711" not in source.read_text()


def test_a_hidden_test_finds_the_seed_of_its_course(lab, tmp_path, monkeypatch):
    inside = tmp_path / "autograded" / "ann" / "lab2_rnn"
    inside.mkdir(parents=True)
    asked = []
    monkeypatch.setattr(lab, "_judge", lambda found, answer, seed: asked.append(seed) or Verdict("", 1, 1, "passed"))
    for where, kept in ((tmp_path, None), (inside, None), (inside, 4711)):
        if kept:
            write_seed(tmp_path, kept)
        monkeypatch.chdir(where)
        lab.require(_blank(), "count_params", hidden=True)
    assert asked[0] == asked[1] not in (4711, PUBLISHED_SEED)  # none is there: the process draws its own
    assert asked[2] == 4711


def test_what_breaks_a_check_is_not_told_by_a_hidden_test(lab, monkeypatch):
    import dataclasses

    def breaks(t):
        raise ValueError("a hidden number")

    broken = dataclasses.replace(lab.exercises["count_params"], check=breaks)
    monkeypatch.setattr(lab, "exercises", dict(lab.exercises) | {"count_params": broken})
    for seed, told in ((None, True), (3, False)):
        with pytest.raises(SeqlabError, match="could not judge") as caught:
            lab.require(_blank(), "count_params", seed=seed)
        assert ("a hidden number" in "".join(traceback.format_exception(caught.value))) == told


# -- otter ---------------------------------------------------------------------------------------------------
def test_the_otter_notebook_has_a_question_for_each_exercise(tmp_path):
    export_otter("lab2", tmp_path)
    cells = nbformat.read(tmp_path / "lab2_rnn.ipynb", 4).cells
    nbformat.validate(nbformat.read(tmp_path / "lab2_rnn.ipynb", 4))
    assert cells[0].source.startswith("# ASSIGNMENT CONFIG")
    raw = [c.source.split("\n") for c in cells if c.cell_type == "raw"][1:]
    names = read_source(FOLDER).exercises
    assert [lines[0] for lines in raw] == [
        f"# {what}"
        for _ in names
        for what in ("BEGIN QUESTION", "BEGIN SOLUTION", "END SOLUTION", "BEGIN TESTS", "END TESTS", "END QUESTION")
    ]
    exercises = find_lab("lab2").exercises
    assert [lines[1:] for lines in raw[::6]] == [[f"name: {n}", f"points: {exercises[n].points}"] for n in names]
    assert not any("### BEGIN SOLUTION" in c.source for c in cells)


# -- Gradescope ----------------------------------------------------------------------------------------------
def test_the_gradescope_zip_has_executables_at_its_root_and_a_wheel_that_is_whole(tmp_path):
    path = export_gradescope("lab2", tmp_path / "x.zip", seed=9)
    with zipfile.ZipFile(path) as archive:
        modes = {i.filename: i.external_attr >> 16 & 0o777 for i in archive.infolist()}
        wheel = next(name for name in modes if name.endswith(".whl"))
        assert modes == {"setup.sh": 0o755, "run_autograder": 0o755, "seqlab.json": 0o644, "seed": 0o600, wheel: 0o644}
        assert json.loads(archive.read("seqlab.json"))["lab"] == "lab2"
        assert archive.read("setup.sh").startswith(b"#!/usr/bin/env bash\n")
        archive.extract(wheel, tmp_path)
    with zipfile.ZipFile(tmp_path / wheel) as inside:
        names = inside.namelist()
        [record] = [n for n in names if n.endswith("/RECORD")]
        assert sorted(line.split(",")[0] for line in inside.read(record).decode().split()) == sorted(names)
        metadata = inside.read(record.replace("RECORD", "METADATA")).decode()
    assert "Requires-Dist: tensorflow" in metadata
    assert importlib.metadata.version("seqlab") in wheel
    assert "seqlab/_labs/lab2_rnn/checks.py" in names
    assert "seqlab/autograder/exports/templates/setup.sh" in names
    assert not [n for n in names if "/answers/" in n or "lab5" in n or "__pycache__" in n]


def test_the_gradescope_scripts_are_bash(tmp_path):
    for script in (ROOT / "seqlab" / "autograder" / "exports" / "templates").glob("*.sh"):
        assert subprocess.run(["bash", "-n", script], capture_output=True).returncode == 0


# -- the command ---------------------------------------------------------------------------------------------
def test_the_command_writes_all_three(tmp_path):
    written = {
        "nbgrader": ("course", "course/source/lab2_rnn/lab2_rnn.ipynb"),
        "otter": ("otter", "otter/lab2_rnn.ipynb"),
        "gradescope": ("lab2.zip", "lab2.zip"),
    }
    for name, (out, expected) in written.items():
        done = CliRunner().invoke(main, ["export", name, "lab2", "--out", str(tmp_path / out)])
        assert done.exit_code == 0, done.output
        assert str(tmp_path / expected) in done.output
        assert (tmp_path / expected).stat().st_size > 10_000


@pytest.mark.parametrize("name", ["nbgrader", "otter", "gradescope"])
def test_bad_input_is_one_sentence_and_writes_nothing(tmp_path, name):
    (tmp_path / "file").write_text("")
    taken = tmp_path / "file" / "x.zip" if name == "gradescope" else tmp_path / "file"
    for lab, out in (("lab99", tmp_path / "new"), ("lab2", taken)):
        done = CliRunner().invoke(main, ["export", name, lab, "--out", str(out)])
        assert done.exit_code == 1
        assert done.output.startswith("seqlab: ")
        assert done.output.count("\n") == 1
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
    with pytest.raises(SeqlabError, match="after_due_date"):
        export_gradescope("lab2", tmp_path / "y.zip", visibility="sometimes")


def test_importing_the_exports_is_light():
    code = (
        "import sys, seqlab.autograder.exports, seqlab.cli\n"
        "print([m for m in ('tensorflow', 'nbformat', 'jupytext', 'numpy') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"
