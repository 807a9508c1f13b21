"""The skeleton of a lab: one small exercise that builds, checks and grades, to be written over."""

import os
import re
import shutil
import tempfile
from pathlib import Path

from seqlab.errors import SeqlabError

_SKELETON = Path(__file__).parent / "skeleton"
_NAME = re.compile(r"lab\d+(_[a-z0-9]+)+")


def new_lab(name: str, labs_dir: Path | str) -> Path:
    """Make the folder of a new lab, with notebook.py, checks.py, hints.md and a bank of answers.

    name: "labN_words", such as "lab9_memory"; the part before the underscore is the lab's id and must be new.
    Returns the folder. Raises SeqlabError, and makes nothing, if the name is no such name or is taken.
    """
    labs_dir = Path(labs_dir)
    if not _NAME.fullmatch(name):
        raise SeqlabError(
            "a lab is named like lab9_memory: lab, a number, _ and words in lower case",
            got=repr(name),
            fix="choose such a name",
        )
    if not labs_dir.is_dir():
        raise SeqlabError("labs are made in a folder that is there", got=str(labs_dir), fix="make it first")
    lab, words = name.split("_", 1)
    if taken := [f.name for f in sorted(labs_dir.glob(f"{lab}_*"))]:
        raise SeqlabError(
            f"the id of a new lab is not in use, {lab} is", got=f"{taken[0]} in {labs_dir}", fix="choose another number"
        )
    title = f"Lab {lab[3:]} — {words.replace('_', ' ')}"
    unfinished = Path(tempfile.mkdtemp(prefix=f".{name}.", dir=labs_dir))
    try:
        unfinished.chmod(0o755)  # mkdtemp's folders are their owner's alone
        for template in sorted(_SKELETON.glob("*.template")):
            text = template.read_text(encoding="utf-8").replace("@lab@", lab).replace("@title@", title)
            target = unfinished / template.stem
            if target.suffix == ".jsonl":
                target = unfinished / "answers" / f"{lab}.jsonl"
                target.parent.mkdir()
            target.write_text(text, encoding="utf-8")
        os.rename(unfinished, labs_dir / name)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return labs_dir / name
