"""What stands in a submitted file: the cells to be graded and the lab they belong to.

The file is a stranger's. It is read as JSON and looked at, never converted, validated or executed here.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seqlab.autograder.course.handin import is_handin
from seqlab.autograder.course.submission import MAX_FILE
from seqlab.exercises import LabFolder, all_labs, lab_id

MAX_PARTS = 8 * 10**6  # values in the JSON: one of two bytes takes a hundred in memory
MAX_CODE = 2 * 2**20
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.S)  # or one without an end: each byte is looked at once
_LOAD = re.compile(r"""labs\.load\(\s*["'](\w+)["']""")


class Unreadable(Exception):
    """The file is no submission; the message says why in one sentence."""


@dataclass(frozen=True)
class Contents:
    """What was found in a file: the lab, and the code cells in order."""

    lab: LabFolder
    cells: list[str]


def read_file(path: Path, lab: str | None = None) -> Contents:
    """Read a notebook or a hand-in. `lab` is taken where the file does not say its own; Unreadable if it is none."""
    try:
        with open(path, "rb") as file:
            return read_contents(file.read(MAX_FILE + 1), path.name, lab)
    except OSError as error:
        raise Unreadable(f"the file cannot be read: {error.strerror}") from None


def read_contents(data: bytes, name: str, lab: str | None = None) -> Contents:
    """Read the bytes of a notebook or a hand-in; `name` may hint at the lab, unless `lab` is given.

    Unreadable too for a file that says it is of another lab, or answers exercises of others and none of `lab`.
    """
    if len(data) > MAX_FILE:
        raise Unreadable(f"the file has more than {MAX_FILE // 2**20} MB")
    content = _parse(data)
    if is_handin(content):
        cells, said = _sendable(content["cells"]), [str(content.get("lab"))]
    else:
        cells = _code_cells(content)
        metadata = content.get("metadata")
        ours = metadata.get("seqlab") if isinstance(metadata, dict) else None
        said = [str(ours.get("lab"))] if isinstance(ours, dict) else []
    if sum(map(len, cells)) > MAX_CODE:
        raise Unreadable(f"it holds more than {MAX_CODE // 2**20} MB of code")
    said += [m for cell in cells for m in _LOAD.findall(cell)]
    return Contents(_lab(said, name, cells, lab), cells)


def _parse(data: bytes) -> Any:
    if _parts(data) > MAX_PARTS and _parts(_STRING.sub(b"", data)) > MAX_PARTS:
        raise Unreadable("not a notebook: it holds millions of values")
    text = data.decode("utf-8-sig", errors="replace")
    if not text.strip():
        raise Unreadable("not a notebook: the file is empty")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise Unreadable(f"not a notebook: line {error.lineno} is not JSON ({error.msg.lower()})") from None
    except (RecursionError, ValueError, MemoryError):
        raise Unreadable("not a notebook: the JSON is nested too deeply or holds an impossible number") from None


def _parts(data: bytes) -> int:
    """How many values are in the JSON, if none of it were text."""
    return data.count(b",") + data.count(b"[") + data.count(b"{")


def _sendable(cells: list[str]) -> list[str]:
    """A lone surrogate, which JSON can carry, cannot be sent on or compiled."""
    return [cell.encode("utf-8", "replace").decode() for cell in cells]


def _code_cells(content: Any) -> list[str]:
    """The sources of the code cells, whatever else is odd about the notebook."""
    cells = content.get("cells") if isinstance(content, dict) else None
    if cells is None and isinstance(content, dict) and isinstance(content.get("worksheets"), list):
        sheets = [s for s in content["worksheets"] if isinstance(s, dict)]  # nbformat 3
        cells = [c for s in sheets if isinstance(s.get("cells"), list) for c in s["cells"]]
    if not isinstance(cells, list):
        raise Unreadable("not a notebook: it is JSON, but there is no list of cells in it")
    sources = [c.get("source", c.get("input")) for c in cells if isinstance(c, dict) and c.get("cell_type") == "code"]
    joined = ["".join(map(str, s)) if isinstance(s, list) else s for s in sources]
    return _sendable([s for s in joined if isinstance(s, str)])


def _lab(said: list[str], name: str, cells: list[str], wanted: str | None) -> LabFolder:
    """The lab that the file names itself, else the one wanted, or its name begins with, or it answers most of."""
    labs = {lab.id: lab for lab in all_labs()}
    known = [lab_id(lab) for lab in said if lab_id(lab) in labs]
    wanted = lab_id(wanted) if wanted else None
    if wanted and said and wanted not in known:
        raise Unreadable(f"it is for {(known or [repr(said[0][:40])])[0]}, and {wanted} is graded here")
    if wanted and wanted in known:
        return labs[wanted]
    if known:
        return labs[known[0]]
    if said:
        raise Unreadable(f"it is for {said[0][:40]!r}; the labs are {', '.join(labs)}")
    for lab, found in labs.items():
        if not wanted and lab in name.lower():
            return found
    code = "\n".join(cells)
    answered = {
        lab: sum(bool(re.search(rf"^(?:def|class) +{e}\b|^{e} *=", code, re.M)) for e in found.exercises)
        for lab, found in labs.items()
    }
    best = max(answered, key=answered.__getitem__, default=None)
    if wanted and wanted in labs:
        if best is not None and answered[best] and not answered[wanted]:
            raise Unreadable(f"it answers exercises of {best} and none of {wanted}, which is graded here")
        return labs[wanted]
    if best is None or not answered[best]:
        raise Unreadable("it does not say which lab it is for, and answers no exercise of any")
    return labs[best]
