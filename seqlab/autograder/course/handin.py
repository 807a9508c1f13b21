"""The hand-in: what `lab.submit()` writes and `seqlab grade` reads besides notebooks.

One small JSON file: the lab, and the cells that were run, in their order. Grading slices the answers out of
them exactly as it does from a notebook.
"""

import ast
import datetime
import json
import platform
import re
from pathlib import Path
from typing import Any

from seqlab import __version__
from seqlab.whole import write_whole

FORMAT = "seqlab hand-in 1"
_TEXT = r"""('(?:[^'\\]|\\.)*+'|"(?:[^"\\]|\\.)*+")"""  # possessive: else each byte takes 131 of the pattern's stack
_CELL_MAGIC = re.compile(rf"\s*get_ipython\(\)\.run_cell_magic\({_TEXT}, {_TEXT}, {_TEXT}\)\s*")


def write_handin(path: Path, *, lab: str, answers: dict[str, str | None], cells: list[str]) -> None:
    """Write the hand-in in one piece: a crash leaves the old file or none, never half of one."""
    content = {
        "format": FORMAT,
        "seqlab": __version__,
        "lab": lab,
        "python": platform.python_version(),
        "written": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "cells": cells or _cells_of(answers),
    }
    write_whole(path, json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def _cells_of(answers: dict[str, str | None]) -> list[str]:
    """Outside IPython there is no history: the answers' own sources stand for it."""
    return [f"{name} = {code}" if code.lstrip().startswith("{") else code for name, code in answers.items() if code]


def as_typed(cell: str) -> str:
    r"""A cell as its student typed it. Earlier hand-ins have cell magics as IPython had changed them.

    >>> as_typed("get_ipython().run_cell_magic('time', '', 'x = 1\\n')")
    '%%time\nx = 1\n'
    """
    found = _CELL_MAGIC.fullmatch(cell)
    if not found:
        return cell
    try:
        name, rest, body = map(ast.literal_eval, found.groups())  # three texts, nothing nested
    except (SyntaxError, ValueError):
        return cell
    return f"%%{name} {rest}".rstrip() + f"\n{body}"


def is_handin(content: Any) -> bool:
    """Is this parsed JSON a hand-in, with cells that are text?"""
    return (
        isinstance(content, dict)
        and content.get("format") == FORMAT
        and isinstance(content.get("cells"), list)
        and all(isinstance(cell, str) for cell in content["cells"])
    )
