"""The wheel, in an environment with what it requires and nothing else, used from an empty folder, runs a lab."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from importlib.metadata import PathDistribution, distribution
from pathlib import Path

import pytest
from kit import ROOT
from packaging.requirements import Requirement

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


def lay_in(room: Path, requires: list[str]) -> set[str]:
    """Lay beside the wheel what it requires, and what that requires: links to what is installed here, no gigabyte anew."""
    here, names, todo = Path(sysconfig.get_path("purelib")), set(), [(Requirement(r), "") for r in requires]
    while todo:
        wanted, extra = todo.pop()
        if (wanted.marker and not wanted.marker.evaluate({"extra": extra})) or wanted.name.lower() in names:
            continue
        found = distribution(wanted.name)
        names.add(wanted.name.lower())
        for entry in {file.parts[0] for file in found.files or [] if file.parts[0] not in ("..", "__pycache__")}:
            if not (room / entry).exists():
                (room / entry).symlink_to(here / entry)
        todo += [(Requirement(r), extra) for r in found.requires or [] for extra in ("", *wanted.extras)]
    return names


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
    venv.create(env)
    python = env / ("Scripts" if os.name == "nt" else "bin") / "python"
    install = ["install", "--quiet", "--no-compile", "--no-deps", "--disable-pip-version-check", str(wheel)]
    subprocess.run([sys.executable, "-m", "pip", "--python", str(python), *install], **quiet)
    [room] = env.rglob("site-packages")
    [installed] = room.glob("seqlab-*.dist-info")
    there = lay_in(room, PathDistribution(installed).requires)
    assert {"numpy", "tensorflow", "music21"} <= there
    assert subprocess.run([python, "-c", "import distributed"], capture_output=True).returncode == 1  # nothing besides
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "SEQLAB", "VIRTUAL_ENV"))}
    done = subprocess.run([python, "-c", RUN_A_LAB], cwd=empty, env=clean, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Hint 1 of 3" in done.stdout
    assert "tunes;" in done.stdout
    assert not list(empty.iterdir())
    helped = subprocess.run([env / "bin" / "seqlab", "--help"], **quiet)
    assert "grade" in helped.stdout
