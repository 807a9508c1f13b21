"""The notebooks, executed by a real kernel: blank ones run through and score 0, solved ones score 100."""

import json
import re
from pathlib import Path

import nbformat
import pytest
from kit import ROOT, printed, program

from seqlab.authoring import build, check_built, execute, fill, read_notebook
from seqlab.autograder.course.contents import read_file
from seqlab.demo import LAB as IN_DEMO
from seqlab.exercises import find_lab, lab_id, rooms

LABS = sorted(path.parent.name for path in rooms().glob("*_*/notebook.py"))
READING = {
    lab
    for lab in LABS
    if re.search(
        r'load_(sentences|pairs)\("(rt_polarity|spa-eng)"\)', (rooms() / lab / "notebook.py").read_text("utf-8")
    )
}
PARAMETERS = {x: pytest.param(x, marks=[pytest.mark.beside] * (x in READING)) for x in LABS}
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def short_training():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEQLAB_STEPS", "8")
        yield


def marks(warm, path: Path) -> float:
    from seqlab.autograder.judging.grade import Answers

    found = read_file(path)
    verdicts = Answers(found.cells, found.lab.exercises, warm.spawn).judge_all(11)
    return sum(v.points for v in verdicts)


def run(path: Path, folder: Path) -> nbformat.NotebookNode:
    notebook = execute(read_notebook(path), cwd=folder)
    errors = [(c.id, o.ename) for c in notebook.cells for o in c.get("outputs", []) if o.output_type == "error"]
    assert not errors
    return notebook


def test_the_notebooks_on_disk_equal_a_fresh_build(tmp_path):
    assert not check_built(rooms(), ROOT / "notebooks")
    first = [p.read_bytes() for p in build(rooms(), tmp_path)]
    assert first == [p.read_bytes() for p in build(rooms(), tmp_path)]


@pytest.mark.parametrize("lab", PARAMETERS.values())
def test_a_blank_notebook_is_valid_runs_and_scores_nothing(warm, tmp_path, lab):
    path = ROOT / "notebooks" / f"{lab}.ipynb"
    text = path.read_text(encoding="utf-8")
    assert "BEGIN SOLUTION" not in text
    nbformat.validate(json.loads(text))
    assert not [c for c in json.loads(text)["cells"] if c.get("outputs")]
    notebook = run(path, tmp_path)
    assert "goes on with the reference answer" in printed(notebook)
    handin = tmp_path / f"submission-{lab_id(lab)}.json"
    assert program(path) == program(handin)
    assert marks(warm, handin) == 0


# test_demo.py runs the demo's
@pytest.mark.parametrize("lab", [parameter for x, parameter in PARAMETERS.items() if lab_id(x) != IN_DEMO])
def test_a_solved_notebook_runs_and_scores_all(warm, tmp_path, lab):
    solved = tmp_path / f"{lab}.ipynb"
    fill(ROOT / "notebooks" / f"{lab}.ipynb", None, solved, reference=True)
    assert sum(find_lab(lab).points.values()) == 100
    notebook = run(solved, tmp_path)
    assert "goes on with the reference answer" not in printed(notebook)
    handin = tmp_path / f"submission-{lab_id(lab)}.json"
    assert program(solved) == program(handin)
    assert marks(warm, handin) == 100
