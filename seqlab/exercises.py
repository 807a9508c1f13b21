"""A lab as its folder holds it, and the exercises that its `checks.py` declares (see `seqlab.checks`).

What is asked about a lab, its `LabFolder` answers: `find_lab("lab2").exercises`.
"""

import functools
import importlib.util
import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

from seqlab.checks import Exercise, exercise
from seqlab.errors import SeqlabError
from seqlab.places import BESIDE, PACKAGE
from seqlab.prelude import ALIASES, IMPORTS

__all__ = [
    "PUBLISHED_SEED",
    "Exercise",
    "LabFolder",
    "all_labs",
    "exercise",
    "find_exercise",
    "find_lab",
    "lab_id",
    "rooms",
]

PUBLISHED_SEED = 2015  # the notebook's; grading draws its own for every run


@dataclass(frozen=True)
class LabFolder:
    """One lab: `LabFolder(path)`, where path is a folder such as labs/lab2_rnn."""

    path: Path

    #: the lines with which every answer of a lab begins: imports, and short names
    prelude = IMPORTS, ALIASES

    @property
    def name(self) -> str:
        """The folder's name, which its notebook has too: "lab2_rnn"."""
        return self.path.name

    @property
    def id(self) -> str:
        """How notebooks, banks and commands call it: "lab2"."""
        return lab_id(self.name)

    @property
    def notebook(self) -> Path:
        """The source of the notebook, py:percent text."""
        return self.path / "notebook.py"

    @property
    def checks(self) -> Path:
        """The module that declares the exercises."""
        return self.path / "checks.py"

    @property
    def banks(self) -> list[Path]:
        """The files of right and wrong answers; none in a package that was installed for grading alone."""
        return sorted((self.path / "answers").glob("*.jsonl"))

    @property
    def title(self) -> str:
        """The first heading of the notebook."""
        found = re.search(r"^# # +(.+)$", self.notebook.read_text(encoding="utf-8"), re.M)
        return found[1].strip() if found else self.name

    @property
    def exercises(self) -> dict[str, Exercise]:
        """What `checks.py` declares, by name, in its order; a SeqlabError if there is no such file."""
        return _declared(self.checks)

    @property
    def points(self) -> dict[str, float]:
        """The points of each exercise."""
        return {e.name: e.points for e in self.exercises.values()}

    @property
    def hints(self) -> dict[str, list[str]]:
        """The hints to each exercise, Markdown: `## exercise` in hints.md, then numbered paragraphs."""
        path = self.path / "hints.md"
        if not path.is_file():
            return {}
        sections = re.split(r"^## +(\S+)[^\n]*$", path.read_text(encoding="utf-8"), flags=re.M)
        hints = {}
        for name, body in zip(sections[1::2], sections[2::2], strict=True):
            items = re.split(r"^\d\. +", body, flags=re.M)[1:]
            hints[name] = [textwrap.dedent(item).strip() for item in items]
        return hints


def lab_id(name: str) -> str:
    """The id in a lab's id or whole name.

    >>> lab_id("lab2_rnn"), lab_id("lab2")
    ('lab2', 'lab2')
    """
    return name.partition("_")[0]


def rooms() -> Path:
    """The folder of the labs: inside the installed package, or beside it in a clone."""
    installed = PACKAGE / "_labs"
    return installed if installed.is_dir() else BESIDE / "labs"


def all_labs(labs_dir: Path | None = None) -> list[LabFolder]:
    """The labs that there are, by name; what has no checks is none."""
    return [LabFolder(path.parent) for path in sorted((labs_dir or rooms()).glob("*_*/checks.py"))]


def find_lab(lab: str, labs_dir: Path | None = None) -> LabFolder:
    """A lab by its id ("lab2") or whole name ("lab2_rnn"), or a SeqlabError that lists what there is."""
    labs = all_labs(labs_dir)
    for found in labs:
        if lab in (found.name, found.id):
            return found
    known = ", ".join(found.id for found in labs) or "none"
    raise SeqlabError(f"a lab is one of: {known}", got=repr(lab), fix="use one of these names")


def find_exercise(lab: str, name: str) -> Exercise:
    """One exercise of a lab, or a SeqlabError that lists what there is."""
    exercises = find_lab(lab).exercises
    if name not in exercises:
        raise SeqlabError(f"{lab} has the exercises {', '.join(exercises)}", got=repr(name), fix="use one of these")
    return exercises[name]


@functools.cache
def _declared(checks: Path) -> dict[str, Exercise]:
    """The exercises of a checks.py, which is executed once."""
    if not checks.is_file():
        raise SeqlabError("a lab's folder holds a checks.py", got=str(checks.parent), fix="name another folder")
    module_name = "seqlab_checks_" + re.sub(r"\W", "_", checks.parent.name)
    spec = importlib.util.spec_from_file_location(module_name, checks)
    assert spec is not None  # a .py file always has one, with a loader
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {e.name: e for e in vars(module).values() if isinstance(e, Exercise)}
