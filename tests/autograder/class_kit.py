"""What tests of a class build it from: notebooks that say what they are worth, zips, and a grader that reads it."""

import json
import re
import zipfile
from pathlib import Path

from seqlab.autograder.course.handin import FORMAT
from seqlab.autograder.course.row import ExerciseResult, Row

STEP = "def rnn_step(x, h, W_xh, W_hh, b):\n    return np.tanh(x @ W_xh + h @ W_hh + b)"
COUNT = "def count_params(U, D, O, T):\n    return U*D + U*U + O*U, T*D*O"


def notebook(*cells: str, lab: str | None = "lab2") -> bytes:
    """A notebook; by default one that says it is of lab 2."""
    code = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": cell} for cell in cells]
    metadata = {"seqlab": {"lab": lab}} if lab else {}
    return json.dumps({"cells": code, "metadata": metadata, "nbformat": 4, "nbformat_minor": 4}).encode()


def worth(points: float, lab: str = "lab2") -> bytes:
    """A notebook that the light grader gives so many points."""
    return notebook(f"# worth {points}\n{STEP}", lab=lab)


def handin(*cells: str, lab: str = "lab2") -> bytes:
    """What `lab.submit()` writes."""
    return json.dumps({"format": FORMAT, "seqlab": "0.1.0", "lab": lab, "cells": list(cells)}).encode()


def zip_of(path: Path, files: dict[str, bytes | str]) -> Path:
    """A zip of these members."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def zipped(files: dict[str, bytes | str], at: Path) -> bytes:
    """The bytes of such a zip; `at` is a place to make it."""
    return zip_of(at / "made.zip", files).read_bytes()


def folder_of(path: Path, files: dict[str, bytes | str]) -> Path:
    """A folder of these files."""
    for name, content in files.items():
        target = path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


class LightGrader:
    """Gives a file the points that it says it is worth, and runs nothing."""

    class parent:
        sandboxed, sandbox = True, "Sandbox: full."

    def __init__(self, start_parent=None):
        pass

    def prepare(self, cpus=()):
        pass

    def grade(self, data, label, seed, lab=None, cpu=-1, execute=None):
        points = float(re.search(rb"# worth ([\d.]+)", data)[1]) if b"# worth" in data else 0.0
        exercise = ExerciseResult("rnn_step", points, 100, "passed" if points == 100 else "partial")
        return Row(label, lab, points, 100, exercise.status, exercises=[exercise], sandbox="Sandbox: full.", answers={})

    def close(self):
        pass
