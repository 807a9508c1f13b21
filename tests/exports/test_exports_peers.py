"""Real nbgrader and real otter, each in an environment of its own, take a whole lab that we export and give our marks.

They are slow, so they run where SEQLAB_PEERS is set: `make peers`. benchmarks/grading.py knows how to call them.
"""

import importlib.util
import os
import subprocess
from pathlib import Path

import pytest
from environments import environment
from kit import ROOT
from three_notebooks import MIXED_POINTS, only_answers, three_notebooks

from seqlab.autograder.course.unit import Grader

pytestmark = [
    pytest.mark.slow,
    pytest.mark.network,
    pytest.mark.skipif("SEQLAB_PEERS" not in os.environ, reason="not run: `make peers` runs it"),
]

_spec = importlib.util.spec_from_file_location("grading_benchmark", ROOT / "benchmarks" / "grading.py")
bench = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(bench)


@pytest.fixture
def seqlab_marks(warm):
    """What `seqlab grade` gives with a seed, by exercise."""

    def marks(path: Path, seed: int) -> dict[str, float]:
        row = Grader(lambda: warm).grade(path.read_bytes(), path.name, seed, "lab2")
        return {e.exercise: e.points for e in row.exercises}

    return marks


def test_nbgrader_generates_validates_and_autogrades_with_our_marks(tmp_path, seqlab_marks):
    python = environment("nbgrader")
    course = bench.prepare_nbgrader(python, tmp_path)
    source, release = (course / x / "lab2_rnn" / "lab2_rnn.ipynb" for x in ("source", "release"))
    assert "lab.require" in source.read_text()
    released = release.read_text()
    assert "lab.check(rnn_step)" in released
    for secret in ("lab.require", "HIDDEN TESTS", str(bench.SEED), "BEGIN SOLUTION", "np.tanh(x @ W_xh"):
        assert secret not in released

    path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
    short = tmp_path / "short.ipynb"
    short.write_text(source.read_text())
    validate = [python, "-m", "nbgrader", "validate", only_answers(short)]
    said = subprocess.run(validate, cwd=course, env=os.environ | {"PATH": path}, capture_output=True, text=True)
    assert "Success" in said.stdout, said.stdout + said.stderr

    notebooks = three_notebooks(tmp_path)
    (tmp_path / "blank.ipynb").write_text(released)  # as nbgrader's ClearSolutions leaves it
    handed = [notebooks / f"{name}.ipynb" for name in ("blank", "solved", "mixed")]
    only_answers(handed[0]), only_answers(handed[2])  # the solved one is run whole
    _, marks = bench.nbgrader_marks(python, course, handed)
    assert marks == {path.stem: seqlab_marks(path, bench.SEED) for path in handed}
    assert [sum(marks[n].values()) for n in ("blank", "solved", "mixed")] == [0, 100, MIXED_POINTS]

    # a part of the points: the number that lab.require gives is the cell's output, and nbgrader takes it
    script = (
        "from nbformat.v4 import new_code_cell, new_output\n"
        "from nbgrader.utils import determine_grade\n"
        "mark = dict(grade=True, solution=False, locked=True, grade_id='check-f', points=15, schema_version=3)\n"
        "value = new_output('execute_result', {'text/plain': repr(7.5)})\n"
        "error = new_output('error', ename='AssertionError', evalue='', traceback=[])\n"
        "for outputs in ([value], [error]):\n"
        "    print(determine_grade(new_code_cell(outputs=outputs, metadata={'nbgrader': mark}))[0])"
    )
    read = subprocess.run([python, "-c", script], capture_output=True, text=True, check=True)
    assert read.stdout.split() == ["7.5", "0"]


def test_otter_run_gives_the_same_public_marks(tmp_path, seqlab_marks):
    from seqlab.exercises import PUBLISHED_SEED

    python = environment("otter")
    autograder = bench.prepare_otter(python, tmp_path)
    student = (tmp_path / "otter" / "dist" / "student" / "lab2_rnn.ipynb").read_text()
    assert "np.tanh(x @ W_xh" not in student
    mixed = only_answers(three_notebooks(tmp_path) / "mixed.ipynb")
    _, marks = bench.otter_marks(python, autograder, [mixed])
    assert marks == {"mixed": seqlab_marks(mixed, PUBLISHED_SEED)}
    assert sum(marks["mixed"].values()) == MIXED_POINTS
