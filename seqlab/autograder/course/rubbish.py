"""What lies among hand-ins and is none: the leavings of systems and editors, and what the grader itself writes."""

import fnmatch
import json
import re
from collections.abc import Iterable
from pathlib import Path

_LEAVINGS = """
    __MACOSX .DS_Store ._* .AppleDouble .Spotlight-V100 .fseventsd .Trash* .TemporaryItems Icon Icon? Thumbs.db
    ehthumbs.db desktop.ini $RECYCLE.BIN lost+found .ipynb_checkpoints *-checkpoint.ipynb __pycache__ *.pyc
    .vscode .idea .git .gitignore .gitattributes .svn .hg .spyproject .virtual_documents .venv .cache .config
    .pytest_cache .mypy_cache .ruff_cache .Rhistory .~lock* ~$* *~ #*# .#* *.swp *.swo *.bak *.orig *.tmp
    *.crdownload *.part .directory .localized .keep .gitkeep
""".split()
_LEAVING = re.compile("|".join(map(fnmatch.translate, _LEAVINGS)), re.I)
_OURS = "run.json class.json results.json marks.csv report.html intake.csv entered.json log.txt".split()
_OUR_PATTERNS = "canvas*.csv moodle*.csv feedback*.zip index*.html".split()


def leaving(parts: Iterable[str]) -> str:
    """The part of a path that makes it a leaving of a system or an editor; nothing if there is none."""
    return next((part for part in parts if _LEAVING.match(part)), "")


def grading_folder(path: Path) -> bool:
    """Is this folder one that a run has written? Its run.json says so."""
    try:
        with open(path / "run.json", "rb") as file:
            content = json.loads(file.read(10_000))
        return isinstance(content, dict) and {"seed", "seqlab"} <= set(content)
    except (OSError, ValueError, RecursionError):
        return False


def written_by_us(parts: tuple[str, ...]) -> bool:
    """Is this path, from a folder that a run has written, the run's own? For a class that is graded into itself."""
    if len(parts) == 1:
        return parts[0] in _OURS or any(fnmatch.fnmatchcase(parts[0], p) for p in _OUR_PATTERNS)
    return parts[0] in ("work", "executed", "handed-in") or (parts[0] == "students" and parts[-1].endswith(".html"))
