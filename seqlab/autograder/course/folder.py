"""The folder OUT before a run: nothing that somebody else has put there is overwritten, read as ours, or removed."""

import os
from collections.abc import Iterable
from pathlib import Path

from seqlab.autograder.course.rubbish import OUR_FOLDERS, grading_folder, is_ours
from seqlab.errors import SeqlabError


def check_folder(out: Path, paths: Iterable[Path]) -> None:
    """Is OUT a run's own, or free to become so?

    Raises SeqlabError, before anything is written, where it is a file, where hand-ins are given that lie in a folder
    that the run writes to, and where no run has written to it and a file has a name of the run's.
    """
    if out.exists() and not out.is_dir():
        raise SeqlabError("--out is a folder, which may be new", got=f"the file {out}", fix="name another one")
    for folder in (out / name for name in OUR_FOLDERS):
        for path in paths:
            # Path.resolve raises where a link leads to itself
            if Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder)):
                raise SeqlabError(
                    f"{folder} is where a run writes to", got=f"the hand-ins in {path}", fix="name another --out"
                )
        if folder.exists() and not folder.is_dir():
            raise SeqlabError(f"{folder} is a folder of the run's", got="a file", fix="name another --out")
    if out.is_dir() and not grading_folder(out):
        for path in sorted(out.iterdir()):
            if is_ours((path.name,)):
                raise SeqlabError(
                    "a run overwrites nothing that no run has written",
                    got=f"{path} in a folder without a run's run.json",
                    fix="name another --out, or move the file away",
                )


def make_folder(out: Path) -> None:
    """Make OUT, for its owner alone: it holds students' work, their marks and the run's seed. One that is there stays."""
    if not out.exists():
        out.parent.mkdir(parents=True, exist_ok=True)
        out.mkdir(mode=0o700)
