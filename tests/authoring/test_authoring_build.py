"""Notebooks from sources: the same bytes every time, no solution in them, in the field's formats."""

import ast
import hashlib
import json
import os
import subprocess
import sys
from urllib.parse import urlparse

import nbformat
import pytest

from seqlab.authoring import build, check_built, home, read_source, solution_notebook, student_notebook
from seqlab.errors import SeqlabError
from seqlab.exercises import LabFolder, rooms

LABS = sorted(p.parent for p in rooms().glob("*_*/notebook.py"))
each_lab = pytest.mark.parametrize("folder", LABS, ids=lambda f: f.name)

SOURCE = """\
# %% id="setup" role="setup"
# %% id="halve" exercise="halve"
def halve(x):
    ### BEGIN SOLUTION
    return x * 0.5
    ### END SOLUTION
# %% id="check-halve" check="halve"
lab.check(halve)
"""
CHECKS = """\
from seqlab.checks import exercise

@exercise(points=7.5, title="Half")
def halve(t):
    t.tries(3.0, gives=1.5)
"""


@pytest.fixture
def labs(tmp_path):
    folder = tmp_path / "labs" / "lab0_halves"
    folder.mkdir(parents=True)
    (folder / "notebook.py").write_text(SOURCE, encoding="utf-8")
    (folder / "checks.py").write_text(CHECKS, encoding="utf-8")
    return folder.parent


@each_lab
def test_student_notebook_is_valid_and_blank(folder):
    notebook = student_notebook(folder)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert all(not c.outputs and c.execution_count is None for c in notebook.cells if c.cell_type == "code")
    assert notebook.metadata.seqlab.lab == LabFolder(folder).id


@each_lab
def test_no_line_of_a_solution_stands_in_its_answer_cell(folder):
    cells = {c.id: c.source for c in student_notebook(folder).cells}
    compared = 0
    for cell in read_source(folder).cells:
        if not cell.exercise:
            continue
        region, inside = [], False
        for line in cell.source.split("\n"):
            inside = line.strip() != "### END SOLUTION" and (inside or line.strip() == "### BEGIN SOLUTION")
            region += [line.strip()] if inside and not line.strip().startswith("### ") else []
        blank = {line.strip() for line in cells[cell.id].split("\n")}
        assert not blank & {line for line in region if len(line) > 8}, cell.id
        assert "# YOUR CODE HERE" in blank
        assert "SOLUTION" not in cells[cell.id]
        compared += len(region)
    assert compared > len(LabFolder(folder).exercises)


@each_lab
def test_nbgrader_metadata_of_every_exercise(folder):
    exercises = LabFolder(folder).exercises
    marks = [c.metadata.nbgrader for c in student_notebook(folder).cells if "nbgrader" in c.metadata]
    assert {m.schema_version for m in marks} == {3}
    answers = {m.grade_id for m in marks if m.solution and not m.grade and not m.locked and "points" not in m}
    checks = {m.grade_id: m.points for m in marks if m.grade and m.locked and not m.solution}
    assert answers == set(exercises)
    assert checks == {f"check-{e.name}": e.points for e in exercises.values()}
    assert len(marks) == 2 * len(exercises)


def test_checksum_covers_source_kind_flags_name_and_points(labs):
    """nbgrader 0.9.6 computes the same: MD5 of source, cell type, grade, solution, locked, name, points."""
    cells = student_notebook(labs / "lab0_halves").cells
    marked = {c.metadata.nbgrader.grade_id: c for c in cells if "nbgrader" in c.metadata}
    text = "lab.check(halve)" + "code" + "True" + "False" + "True" + "check-halve" + "7.5"
    assert marked["check-halve"].metadata.nbgrader.checksum == hashlib.md5(text.encode()).hexdigest()
    text = marked["halve"].source + "code" + "False" + "True" + "False" + "halve"
    assert marked["halve"].metadata.nbgrader.checksum == hashlib.md5(text.encode()).hexdigest()


@each_lab
def test_solution_notebook_holds_the_marked_solutions(folder):
    notebook = solution_notebook(folder)
    nbformat.validate(notebook)
    answers = [c.source for c in notebook.cells if c.metadata.get("nbgrader", {}).get("solution")]
    assert all("### BEGIN SOLUTION" in a and "NotImplementedError" not in a for a in answers)


def test_setup_cell_is_short_python_but_for_one_magic(labs):
    cell = next(c for c in student_notebook(labs / "lab0_halves").cells if c.id == "setup")
    assert cell.source.count("\n") < 15
    magics = [line for line in cell.source.split("\n") if line.strip().startswith("%")]
    assert magics == [f"    %pip install --quiet {home.archive_url()}"]
    tree = ast.parse(cell.source.replace(magics[0], "    pass"))
    bound = {a.asname or a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    assert bound >= {
        "math",
        "re",
        "collections",
        "functools",
        "heapq",
        "itertools",
        "random",
        "seqlab",
        "np",
        "tf",
        "keras",
        "plt",
    }
    assert 'lab = seqlab.labs.load("lab0")' in cell.source.split("\n")


def test_badge_leads_to_the_notebook_in_the_one_home(labs):
    badge = student_notebook(labs / "lab0_halves").cells[0].source
    assert badge.startswith("[![Open in Colab](https://")
    url = badge.split("](")[2].split(")")[0]
    where = urlparse(url)
    assert (where.scheme, where.netloc) == ("https", "colab.research.google.com")
    assert where.path == f"/github/{home.OWNER}/{home.NAME}/blob/{home.BRANCH}/notebooks/lab0_halves.ipynb"
    assert "Save a copy in Drive" in badge


def test_same_bytes_in_another_process_and_locale(labs, tmp_path):
    [path] = build(labs, tmp_path / "out")
    code = f"from seqlab.authoring import build; build({str(labs)!r}, {str(tmp_path / 'again')!r}, ['lab0'])"
    env = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    subprocess.run([sys.executable, "-c", code], env=env, check=True, cwd=tmp_path)
    assert path == tmp_path / "out" / "lab0_halves.ipynb"
    assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()
    text = path.read_text(encoding="utf-8")
    assert text.endswith("}\n")
    assert text == json.dumps(json.loads(text), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def test_check_built_names_what_is_stale_missing_or_orphaned(labs, tmp_path):
    out = tmp_path / "notebooks"
    assert check_built(labs, out) == ["lab0_halves.ipynb (missing)"]
    build(labs, out)
    assert check_built(labs, out) == []
    (out / "lab9_gone.ipynb").write_text("{}")
    with (labs / "lab0_halves" / "notebook.py").open("a") as source:
        source.write("# and a word more\n")
    assert check_built(labs, out) == ["lab0_halves.ipynb (stale)", "lab9_gone.ipynb (no such lab)"]


def test_the_badges_id_is_taken(labs):
    path = labs / "lab0_halves" / "notebook.py"
    path.write_text(SOURCE.replace('id="setup"', 'id="open-in-colab"'))
    with pytest.raises(SeqlabError, match="open-in-colab is the builder's own"):
        student_notebook(labs / "lab0_halves")


def test_a_wrong_lab_writes_nothing(labs, tmp_path):
    with pytest.raises(SeqlabError, match="lab0_halves; got 'lab7'"):
        build(labs, tmp_path / "out", ["lab7"])
    text = SOURCE.split('# %% id="halve"')[0]
    (labs / "lab0_halves" / "notebook.py").write_text(text)
    with pytest.raises(SeqlabError, match=r"only in checks.py: halve; only in notebook.py: none"):
        build(labs, tmp_path / "out")
    assert not (tmp_path / "out").exists()
