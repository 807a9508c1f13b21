"""The hand-in: what `lab.submit()` writes and `seqlab grade` reads besides notebooks.

One small JSON file: the lab, and the cells that were run, in their order. Grading slices the answers out of
them exactly as it does from a notebook.
"""

import datetime
import json
from pathlib import Path
from typing import Any

from seqlab import __version__
from seqlab.whole import write_whole

FORMAT = "seqlab hand-in 1"


def write_handin(path: Path, *, lab: str, answers: dict[str, str | None], cells: list[str]) -> None:
    """Write the hand-in in one piece: a crash leaves the old file or none, never half of one."""
    content = {
        "format": FORMAT,
        "seqlab": __version__,
        "lab": lab,
        "written": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "cells": cells or _cells_of(answers),
    }
    write_whole(path, json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def _cells_of(answers: dict[str, str | None]) -> list[str]:
    """Outside IPython there is no history: the answers' own sources stand for it."""
    return [f"{name} = {code}" if code.lstrip().startswith("{") else code for name, code in answers.items() if code]


def is_handin(content: Any) -> bool:
    """Is this parsed JSON a hand-in, with cells that are text?"""
    return (
        isinstance(content, dict)
        and content.get("format") == FORMAT
        and isinstance(content.get("cells"), list)
        and all(isinstance(cell, str) for cell in content["cells"])
    )
