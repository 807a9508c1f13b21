"""The seed of an nbgrader course: in a file of the instructor's, beside the course's configuration, and in no notebook.

nbgrader shows the cells of a notebook on a student's feedback page, hidden tests too. So a hidden test does not hold
the seed but finds it, from the folder that it runs in upwards: nbgrader grades in `autograded/STUDENT/LAB`, below it.
"""

import functools
import os
import secrets
from pathlib import Path

NAME = "seqlab_seed"


def read_seed(course: Path) -> int | None:
    """The seed of a course's folder; None if it has none that can be read."""
    try:
        return int((course / NAME).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def write_seed(course: Path, seed: int) -> Path:
    """Keep the seed in a course's folder, for its owner alone."""
    course.mkdir(parents=True, exist_ok=True)
    path = course / NAME
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(f"{seed}\n")
    return path


def seed_here() -> int:
    """The seed of the course that the working folder is in; where there is none, one of this process's own."""
    here = Path.cwd()
    found = (read_seed(folder) for folder in (here, *here.parents))
    return next((seed for seed in found if seed is not None), _own())


@functools.cache
def _own() -> int:
    return secrets.randbits(62)
