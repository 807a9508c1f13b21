"""The skeleton of a lab builds, checks and grades as it is."""

import json
import shutil
import subprocess
import sys

import pytest
from kit import ROOT

from seqlab.authoring import build, execute, fill, new_lab, read_notebook, reference_code
from seqlab.errors import SeqlabError
from seqlab.exercises import LabFolder
from seqlab.labs import Lab


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return new_lab("lab77_slow_memory", tmp_path_factory.mktemp("labs"))


def test_what_is_made(folder):
    made = sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())
    assert made == ["answers/lab77.jsonl", "checks.py", "hints.md", "notebook.py"]
    assert not [p for p in folder.rglob("*") if p.is_file() and "@" in p.read_text().replace("@exercise", "")]
    assert "# # Lab 77 — slow memory\n" in (folder / "notebook.py").read_text()
    assert sum(LabFolder(folder).points.values()) == 100
    assert [p.name for p in folder.parent.iterdir()] == [folder.name]


def test_it_builds(folder, tmp_path):
    [path] = build(folder.parent, tmp_path)
    assert path.name == "lab77_slow_memory.ipynb"
    sources = [c.source for c in read_notebook(path).cells]
    assert any('lab = seqlab.labs.load("lab77")' in s for s in sources)
    assert not any("np.cumsum" in s for s in sources)


def test_it_checks_and_hints(folder):
    lab = Lab(LabFolder(folder))
    assert lab.check(lab.reference("running_mean")).passed
    assert lab.check(lab.reference("Memory")).passed
    for number, word in enumerate(("two things", "(T,)", "____"), 1):
        hint = str(lab.hint("running_mean"))
        assert hint.startswith(f"Hint {number} of 3")
        assert word in hint


def test_it_grades_its_bank_with_every_slip_named(folder, warm):
    from seqlab.autograder.judging.grade import Answers

    exercises = LabFolder(folder).exercises
    rows = [json.loads(line) for line in (folder / "answers" / "lab77.jsonl").read_text().splitlines()]
    assert [(r["exercise"], r["kind"]) for r in rows] == [
        *[("running_mean", kind) for kind in ["right"] * 2 + ["wrong"] * 3],
        *[("Memory", kind) for kind in ["right"] * 2 + ["wrong"] * 4],
    ]
    for row in rows:
        only = {row["exercise"]: exercises[row["exercise"]]}
        [verdict] = Answers([row["code"]], only, warm.spawn).judge_all(5)
        assert verdict.passed == (row["kind"] == "right"), row["name"]
        assert verdict.passed or verdict.slip, row["name"]
    references = [reference_code(folder, name) for name in exercises]
    assert [v.points for v in Answers(references, exercises, warm.spawn).judge_all(5)] == [60, 40]


def test_its_files_are_in_the_houses_style(folder):
    for what in (["check"], ["format", "--check"]):
        command = [
            sys.executable,
            "-m",
            "ruff",
            *what,
            "--config",
            str(ROOT / "pyproject.toml"),
            "--no-cache",
            str(folder / "checks.py"),
        ]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", ["", "lab9", "memory", "lab9_", "Lab9_memory", "../lab9_x", "lab9_a b", "lab9_a\n"])
def test_a_name_that_is_none(tmp_path, name):
    with pytest.raises(SeqlabError, match="a lab is named like lab9_memory"):
        new_lab(name, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_number_in_use_or_a_folder_that_is_not_there(folder, tmp_path):
    with pytest.raises(SeqlabError, match="lab77 is; got lab77_slow_memory"):
        new_lab("lab77_other", folder.parent)
    with pytest.raises(SeqlabError, match="a folder that is there"):
        new_lab("lab78_other", tmp_path / "no")
    assert [p.name for p in folder.parent.iterdir()] == [folder.name]


@pytest.mark.slow
def test_its_notebook_runs_blank_and_solved_in_a_clone_that_has_it(folder, tmp_path):
    shutil.copytree(ROOT / "seqlab", tmp_path / "clone" / "seqlab", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(folder, tmp_path / "clone" / "labs" / folder.name)
    [blank] = build(folder.parent, tmp_path)
    answers = tmp_path / "answers"
    answers.mkdir()
    for name in ("running_mean", "Memory"):
        (answers / f"{name}.py").write_text(reference_code(folder, name))
    fill(blank, answers, tmp_path / "solved.ipynb")
    for path, here, points in ((blank, "goes on with the reference answer", 0), (tmp_path / "solved.ipynb", "", 100)):
        ran = execute(read_notebook(path), tmp_path, lambda *_: None, env={"PYTHONPATH": str(tmp_path / "clone")})
        outputs = {c.id: c.get("outputs", []) for c in ran.cells}
        assert here in "".join(o.get("text", "") for o in outputs["settling"])
        assert any("image/png" in o.get("data", {}) for o in outputs["settling"])
        assert f"{points} of 100 points" in outputs["handin"][-1].data["text/markdown"]
