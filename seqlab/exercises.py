"""An exercise: a name, its points and the function that judges an answer to it.

A lab's `checks.py` declares its exercises in order:

    @exercise(points=15, title="One step of the recurrence")
    def rnn_step(t): ...

and `load_exercises` collects them.
"""

import functools
import importlib.util
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from seqlab.errors import SeqlabError
from seqlab.places import BESIDE, PACKAGE

PUBLISHED_SEED = 2015  # the notebook's; grading draws its own for every run
KINDS = ("function", "class", "dict")


@dataclass(frozen=True)
class Exercise:
    """One exercise of a lab: `check(trial)` raises `trial.Failed` where the answer is wrong."""

    name: str
    points: float
    title: str
    check: Callable
    kind: str = "function"
    takes: str = ""  # the arguments' names, for messages: "x, h, W_xh, W_hh, b"
    deadline: float = 30.0  # seconds, for all its cases together


def exercise(*, points: float, title: str, kind: str = "function", takes: str = "", deadline: float = 30.0) -> Callable:
    """Declare a check; the function's name is the exercise's, and the name of the answer."""
    if kind not in KINDS:
        raise ValueError(f"kind is one of {KINDS}, not {kind!r}")

    def declare(check: Callable) -> Exercise:
        return Exercise(check.__name__, points, title, check, kind, takes, deadline)

    return declare


def rooms() -> Path:
    """The folder of the labs: inside the installed package, or beside it in a clone."""
    installed = PACKAGE / "_labs"
    return installed if installed.is_dir() else BESIDE / "labs"


def lab_folder(lab: str, labs_dir: Path | None = None) -> Path:
    """The folder of a lab, by its id ("lab2") or whole name ("lab2_rnn")."""
    folders = {f.name: f for f in sorted((labs_dir or rooms()).glob("*_*")) if (f / "checks.py").is_file()}
    for name, folder in folders.items():
        if lab in (name, name.split("_")[0]):
            return folder
    known = ", ".join(name.split("_")[0] for name in folders) or "none"
    raise SeqlabError(f"a lab is one of: {known}", got=repr(lab), fix="use one of these names")


@functools.cache
def load_exercises(folder: Path) -> dict[str, Exercise]:
    """The exercises that a lab's `checks.py` declares, by name, in its order."""
    path = Path(folder) / "checks.py"
    if not path.is_file():
        raise SeqlabError("a lab's folder holds a checks.py", got=str(folder), fix="name another folder")
    module_name = "seqlab_checks_" + re.sub(r"\W", "_", str(Path(folder).name))
    spec = importlib.util.spec_from_file_location(module_name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {e.name: e for e in vars(module).values() if isinstance(e, Exercise)}


def find_exercise(lab: str, name: str) -> Exercise:
    """One exercise of a lab, or a SeqlabError that lists what there is."""
    exercises = load_exercises(lab_folder(lab))
    if name not in exercises:
        raise SeqlabError(f"{lab} has the exercises {', '.join(exercises)}", got=repr(name), fix="use one of these")
    return exercises[name]
