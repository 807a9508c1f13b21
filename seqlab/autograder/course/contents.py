"""What stands in a submitted file: the cells to be graded and the lab they belong to.

The file is a stranger's. It is read as JSON and looked at, never converted, validated or executed here.
"""

import itertools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seqlab.autograder.course.handin import as_typed, is_handin
from seqlab.autograder.course.limits import MAX_CODE, MAX_FILE, MAX_TEXTS
from seqlab.autograder.course.reading import HAND_IN, read_json
from seqlab.autograder.course.reading import Unreadable as Unreadable
from seqlab.exercises import LabFolder, all_labs, lab_id

_LOAD = re.compile(r"""labs\.load\(\s*["'](\w+)["']""")


@dataclass(frozen=True)
class Contents:
    """What was found in a file: the lab, and the code cells in order, as they were typed."""

    lab: LabFolder
    cells: list[str]
    texts: tuple[str, ...] = ()  # Markdown and raw cells: no answer counts there, but one may lie there
    python: str = ""  # the version of Python that the notebook was run with, where it says one


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
    content = read_json(data)
    texts: list[str] = []
    if is_handin(content):
        cells, said = content["cells"], [str(content.get("lab"))]
    else:
        cells, texts = _cells(content)
        metadata = content.get("metadata")
        ours = metadata.get("seqlab") if isinstance(metadata, dict) else None
        said = [str(ours.get("lab"))] if isinstance(ours, dict) else []
    if sum(map(len, cells)) > MAX_CODE:
        raise Unreadable(f"it holds more than {MAX_CODE // 2**20} MB of code")
    cells = _sendable(cells)
    if is_handin(content):
        cells = list(map(as_typed, cells))
    said += [m for cell in cells for m in _LOAD.findall(cell)]
    return Contents(_lab(said, name, cells, lab), cells, tuple(texts), _python(content))


def _sendable(cells: list[str]) -> list[str]:
    """A lone surrogate, which JSON can carry, cannot be sent on or compiled."""
    return [cell.encode("utf-8", "replace").decode() for cell in cells]


def _cells(content: Any) -> tuple[list[str], list[str]]:
    """The sources of the code cells and of the others, whatever else is odd about the notebook."""
    cells = content.get("cells") if isinstance(content, dict) else None
    if cells is None and isinstance(content, dict) and isinstance(content.get("worksheets"), list):
        sheets = [s for s in content["worksheets"] if isinstance(s, dict)]  # nbformat 3
        cells = [c for s in sheets if isinstance(s.get("cells"), list) for c in s["cells"]]
    if not isinstance(cells, list):
        if isinstance(content, dict) and "doc_id" in content:
            raise Unreadable(f"not a notebook: it is a link of Google Drive; {HAND_IN}")
        raise Unreadable("not a notebook: it is JSON, but there is no list of cells in it")
    found: tuple[list[str], list[str]] = [], []
    for cell in cells:
        if isinstance(cell, dict):
            source = cell.get("source", cell.get("input"))
            source = "".join(map(str, source)) if isinstance(source, list) else source
            if isinstance(source, str):
                found[cell.get("cell_type") != "code"].append(source)
    return found[0], _sendable(_first(found[1]))


def _first(texts: list[str]) -> list[str]:
    """As many as have MAX_TEXTS characters together."""
    lengths = itertools.accumulate(map(len, texts))
    return [text for text, length in zip(texts, lengths, strict=True) if length <= MAX_TEXTS]


def _python(content: dict[str, Any]) -> str:
    """The version of Python, such as "3.12.1", that a notebook or a hand-in says; "" if it says none."""
    said: Any = content
    for key in (
        ("metadata", "language_info", "version") if "cells" in content and not is_handin(content) else ("python",)
    ):
        said = said.get(key) if isinstance(said, dict) else None
    return said if isinstance(said, str) and re.fullmatch(r"3\.\d{1,3}(?:\.\w{1,8})?", said) else ""


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
