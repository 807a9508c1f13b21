"""The autograder zip, set up and run in a copy of Gradescope's folders: results.json is always there and valid."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
from three_notebooks import WRONG, three_notebooks

from seqlab.autograder.course.row import ExerciseResult, Row
from seqlab.autograder.course.unit import Grader
from seqlab.autograder.exports import export_gradescope
from seqlab.autograder.exports.container import results

SEED = 123456789
VISIBILITIES = {"hidden", "after_due_date", "after_published", "visible"}
FORMATS = {"text", "html", "simple_format", "md", "ansi"}


@pytest.fixture(scope="module")
def notebooks(tmp_path_factory) -> Path:
    return three_notebooks(tmp_path_factory.mktemp("notebooks"))


@pytest.fixture(scope="module")
def image(tmp_path_factory) -> Path:
    """Gradescope's folders after it has built the image: source/, run_autograder, and what setup.sh made.

    The wheel is installed as setup.sh does it; what it requires is taken from the tests' own environment.
    """
    root = tmp_path_factory.mktemp("autograder")
    with zipfile.ZipFile(export_gradescope("lab2", root / "upload.zip", seed=SEED)) as archive:
        for info in archive.infolist():
            path = Path(archive.extract(info, root / "source"))
            path.chmod(info.external_attr >> 16 & 0o777)
    (root / "upload.zip").unlink()
    shutil.copy(root / "source" / "run_autograder", root)
    environment = os.environ | {
        "AUTOGRADER_ROOT": str(root),
        "PIP_NO_DEPS": "1",
        "PIP_NO_INDEX": "1",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    done = subprocess.run([root / "source" / "setup.sh"], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    [libraries] = (root / "env" / "lib").glob("python3*/site-packages")
    (libraries / "tests.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    return root


@pytest.fixture
def run(image):
    """Run one submission as Gradescope does: `run({name: bytes})` gives results.json and standard output."""

    def run(files: dict[str, bytes], metadata: str | None = None, **settings):
        for name in ("submission", "results"):
            shutil.rmtree(image / name, ignore_errors=True)
            (image / name).mkdir()
        for name, content in files.items():
            (image / "submission" / name).parent.mkdir(exist_ok=True)
            (image / "submission" / name).write_bytes(content)
        (image / "submission_metadata.json").unlink(missing_ok=True)
        if metadata is not None:
            (image / "submission_metadata.json").write_text(metadata)
        (image / "source" / "seed").write_text(str(SEED))
        plain = {"lab": "lab2", "seconds": 200, "visibility": "visible"}
        (image / "source" / "seqlab.json").write_text(json.dumps(plain | settings))
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_ENV"))}
        done = subprocess.run(
            [image / "run_autograder"],
            env=environment | {"AUTOGRADER_ROOT": str(image)},
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0
        text = (image / "results" / "results.json").read_text(encoding="utf-8")
        assert str(image) not in text
        assert str(SEED) not in text
        return valid(json.loads(text)), done.stdout

    return run


def valid(content: dict) -> dict:
    """Is this what Gradescope's specification asks for?"""
    assert (
        set(content)
        == {"score", "execution_time", "output", "output_format", "visibility", "stdout_visibility", "tests"}
        or "stopped before its end" in content["output"]
    )
    assert isinstance(content["score"], int | float)
    assert {content["visibility"], content["stdout_visibility"]} <= VISIBILITIES
    assert content["output_format"] in FORMATS
    assert content["tests"]
    for test in content["tests"]:
        assert set(test) == {
            "score",
            "max_score",
            "status",
            "name",
            "number",
            "output",
            "output_format",
            "tags",
            "visibility",
        }
        assert 0 <= test["score"] <= test["max_score"]
        assert test["status"] in ("passed", "failed")
        assert test["output_format"] in FORMATS
        assert test["visibility"] in VISIBILITIES
        assert all(isinstance(test[key], str) for key in ("name", "number", "output"))
        assert all(isinstance(tag, str) for tag in test["tags"])
    assert content["score"] == sum(test["score"] for test in content["tests"])
    return content


def test_the_marks_are_those_of_seqlab_grade_and_nothing_hidden_is_told(run, notebooks, warm, image):
    data = (notebooks / "mixed.ipynb").read_bytes()
    metadata = json.dumps({"users": [{"name": "Ann Lee"}], "assignment": {"total_points": "20.0"}})
    got, told = run({"mixed.ipynb": data}, metadata)
    row = Grader(lambda: warm).grade(data, "mixed.ipynb", SEED, "lab2")
    assert [(t["score"], t["max_score"]) for t in got["tests"]] == [(e.points, e.max_points) for e in row.exercises]
    assert got["score"] == row.points == 65
    assert {t["tags"][1] for t in got["tests"] if t["status"] == "failed"} == set(WRONG)
    assert [t["output"] for t in got["tests"] if t["status"] == "failed"] == [
        e.message for e in row.exercises if e.status != "passed"
    ]
    assert row.sandbox in got["output"]
    assert not (image / "source" / "seed").exists()
    assert "Ann Lee: mixed.ipynb: 65 of 100" in told
    assert "the assignment 20" in told


def test_of_several_notebooks_the_best_counts_and_broken_ones_are_named(run, notebooks):
    files = {name: (notebooks / name).read_bytes() for name in ("blank.ipynb", "solved.ipynb")}
    got, _ = run(files | {"again/broken.ipynb": b'{"cells": [', "notes.txt": b"x"}, visibility="after_published")
    assert got["score"] == 100
    assert "2 notebooks were handed in; the best one counts: solved.ipynb" in got["output"]
    assert "again/broken.ipynb: not a notebook: the file is cut off" in got["output"]
    assert {t["visibility"] for t in got["tests"]} == {"after_published"}


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({}, "No notebook was handed in"),
        ({"essay.pdf": b"%PDF"}, "No notebook was handed in"),
        ({"lab2.ipynb": b""}, "lab2.ipynb: not a notebook: the file is empty"),
        ({"lab2.ipynb": b'\xff\xfe{"cells"\x00'}, "lab2.ipynb: not a notebook"),
        ({"lab2.ipynb": b"[1, 2]"}, "there is no list of cells"),
        ({"x.ipynb": b'{"cells": [], "metadata": {"seqlab": {"lab": "lab99"}}}'}, "it is for 'lab99'"),
    ],
)
def test_what_cannot_be_graded_is_said_and_every_exercise_is_there_with_0(run, files, says):
    got, _ = run(files, metadata="{broken")
    assert says in got["output"]
    assert (got["score"], len(got["tests"])) == (0, 8)
    assert sum(t["max_score"] for t in got["tests"]) == 100


def test_a_hand_in_for_another_lab_is_refused(run):
    cells = ["lab = seqlab.labs.load('lab5')", "def vectorize(text, vocab): return []"]
    handin = {"format": "seqlab hand-in 1", "lab": "lab5", "cells": cells}
    got, _ = run({"submission-lab5.json": json.dumps(handin).encode()})
    assert "lab5" in got["output"]
    assert got["score"] == 0


def test_a_run_that_takes_too_long_is_stopped_and_says_so(run, notebooks):
    got, _ = run({"solved.ipynb": (notebooks / "solved.ipynb").read_bytes()}, seconds=0.5)
    assert "longer than 0.5 seconds" in got["output"]
    assert (got["score"], len(got["tests"])) == (0, 8)


def test_where_the_autograder_itself_breaks_a_result_is_there(run, image, notebooks):
    data = {"solved.ipynb": (notebooks / "solved.ipynb").read_bytes()}
    assert run(data, lab="lab99")[0]["tests"][0]["name"] == "autograder"
    got, told = run(data, seconds="soon")
    assert "Please tell your instructor" in got["output"]
    assert "TypeError" in told
    assert "TypeError" not in json.dumps(got)
    python = image / "env" / "bin" / "python"
    kept = python.readlink()
    python.unlink()
    try:
        python.write_text("#!/bin/sh\nkill -9 $$\n")
        python.chmod(0o755)
        got, _ = run(data)
        assert "stopped before its end" in got["output"]
        assert got["tests"][0]["max_score"] == 100
    finally:
        python.unlink()
        python.symlink_to(kept)


def test_a_reduced_sandbox_is_named_in_the_output():
    exercises = [ExerciseResult("f", 1, 2, "partial", "half", title="F")]
    row = Row("a.ipynb", "lab2", 1, 2, "partial", exercises=exercises, sandbox="Sandbox: REDUCED. No namespaces.")
    content = valid(results("lab2", [row], [], "hidden", 1.0))
    assert "REDUCED" in content["output"]
    assert [(t["score"], t["status"], t["visibility"]) for t in content["tests"]] == [(1, "failed", "hidden")]
