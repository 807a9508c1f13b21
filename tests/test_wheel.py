"""The wheel, installed into an empty environment and used from an empty folder, runs a lab."""

import os
import subprocess
import sys
import venv
import zipfile

import pytest
from kit import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.network]

RUN_A_LAB = """
import seqlab, sys
assert "site-packages" in seqlab.__file__, seqlab.__file__
lab = seqlab.labs.load("lab2")
for name in lab.exercises:
    answer = lab.reference(name)
    verdict = lab.check(answer, name)
    assert verdict.passed, verdict
print(lab.hint("rnn_step"))
tunes = seqlab.music.load_tunes()
print(len(tunes), "tunes;", tunes[0].title)
"""


def test_an_installed_wheel_runs_a_lab(tmp_path):
    dist, env, empty = tmp_path / "dist", tmp_path / "env", tmp_path / "empty"
    empty.mkdir()
    quiet = {"check": True, "capture_output": True, "text": True}
    subprocess.run([sys.executable, "-m", "build", "--wheel", "--outdir", str(dist), str(ROOT)], **quiet)
    [wheel] = dist.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "seqlab/_labs/lab2_rnn/checks.py" in names
    assert "seqlab/_data/README.md" in names
    assert {"seqlab/py.typed", "seqlab/__init__.pyi", "seqlab/music/__init__.pyi"} <= set(names)  # for type checkers
    assert not [n for n in names if n.startswith(("labs/", "tests/", "data/", ".venv"))]
    venv.create(env, with_pip=True)
    python = env / ("Scripts" if os.name == "nt" else "bin") / "python"
    # most of the thousands of modules are never imported here, so that compiling them all would be time lost
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-compile", str(wheel)], **quiet)
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "SEQLAB", "VIRTUAL_ENV"))}
    done = subprocess.run([python, "-c", RUN_A_LAB], cwd=empty, env=clean, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Hint 1 of 3" in done.stdout
    assert "tunes;" in done.stdout
    assert not list(empty.iterdir())
    helped = subprocess.run([env / "bin" / "seqlab", "--help"], **quiet)
    assert "grade" in helped.stdout
