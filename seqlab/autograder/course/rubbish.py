"""What lies among hand-ins and is none: the leavings of systems and editors, and what the grader itself writes."""

import fnmatch
import json
import re
from collections.abc import Iterable
from pathlib import Path

_LEAVINGS = """
    __MACOSX .DS_Store ._* .AppleDouble .Spotlight-V100 .fseventsd .Trash* .TemporaryItems Icon Icon? Thumbs.db
    ehthumbs.db desktop.ini $RECYCLE.BIN lost+found .ipynb_checkpoints *-checkpoint.ipynb __pycache__ *.pyc
    .vscode .idea .git .gitignore .gitattributes .svn .hg .spyproject .virtual_documents .venv .cache .config node_modules
    .pytest_cache .mypy_cache .ruff_cache .Rhistory .~lock* ~$* *~ #*# .#* *.swp *.swo *.bak *.orig *.tmp
    *.crdownload *.part .*.part.* .directory .localized .keep .gitkeep
""".split()
_LEAVING = re.compile("|".join(map(fnmatch.translate, _LEAVINGS)), re.I)
_OUR_FILES = """
    run.json class.json results.json marks.csv report.html index.html intake.csv entered.json log.txt canvas.csv
    canvas-lab*.csv moodle.csv moodle-lab*.csv feedback-canvas.zip feedback-moodle.zip
""".split()
OUR_FOLDERS = ("work", "executed", "handed-in", "students")
_IN_THEM = re.compile(r".+-[0-9a-f]{20}\.\w+")  # a name, and the hash of what was handed in


def leaving(parts: Iterable[str]) -> str:
    """The part of a path that makes it a leaving of a system or an editor; nothing if there is none."""
    return next((part for part in parts if _LEAVING.match(part)), "")


def grading_folder(path: Path) -> bool:
    """Is this folder one that a run has written? Its run.json says so."""
    if not (path / "run.json").is_file():  # nor a pipe, to which nobody writes
        return False
    try:
        with open(path / "run.json", "rb") as file:
            content = json.loads(file.read(10_000))
        return isinstance(content, dict) and {"seed", "seqlab"} <= set(content)
    except (OSError, ValueError, RecursionError):
        return False


def is_ours(parts: tuple[str, ...]) -> bool:
    """Is this path, from a folder that a run has written, named as the run names its own files?

    A class may be graded into its own folder, and may have a folder "work" of its own there.
    """
    if len(parts) == 1:
        return any(fnmatch.fnmatchcase(parts[0], pattern) for pattern in _OUR_FILES)
    return len(parts) == 2 and parts[0] in OUR_FOLDERS and bool(_IN_THEM.fullmatch(parts[1]))
