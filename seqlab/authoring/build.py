"""From a lab's source to its notebooks: the student's, with blanks, and the solution.

A build depends on the source, the points of the lab's checks and `home`, on nothing else: not on the machine,
the time or the order of folders. The answer and check cells carry nbgrader's cell metadata, version 3.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from seqlab.authoring import home
from seqlab.authoring.notebook_file import KERNELSPEC, notebook_text, write_notebook
from seqlab.authoring.source import Cell, Source, read_source
from seqlab.errors import SeqlabError
from seqlab.exercises import LabFolder

_BADGE_ID = "open-in-colab"
_BADGE = """\
[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]({url})

In Colab, first choose **File → Save a copy in Drive**: what you write is kept in your copy only."""

# In Colab, pip finds every dependency of seqlab preinstalled, or adds it; it replaces none (see requirements.txt).
_SETUP = """\
# Run this cell first. In Colab it installs seqlab (about 20 s, once); elsewhere it only imports.
import importlib.util
if not importlib.util.find_spec("seqlab"):
    %pip install --quiet {url}
import seqlab
lab = seqlab.labs.load("{lab}")

{imports}
import matplotlib.pyplot as plt
{aliases}"""


def student_notebook(folder: Path | str, points: Mapping[str, float] | None = None) -> NotebookNode:
    """The notebook that a student opens: no solution, no outputs.

    folder: the lab's, with notebook.py and checks.py. points: of each exercise; the checks' own if left out.
    Raises SeqlabError if the source is wrong, or the exercises are not those of the checks.
    """
    return _notebook(read_source(folder), points, blank=True)


def solution_notebook(folder: Path | str, points: Mapping[str, float] | None = None) -> NotebookNode:
    """The same with the solutions and the lines that mark them: nbgrader's source version of the assignment."""
    return _notebook(read_source(folder), points, blank=False)


def build(labs_dir: Path | str, out_dir: Path | str, names: list[str] | None = None) -> list[Path]:
    """Write the student notebooks of labs, `out_dir/FOLDER.ipynb`, and return their paths.

    names: ids or folders of labs ("lab2", "lab2_rnn"); all that have a notebook.py if left out. Nothing is
    written if one of them is wrong.
    """
    built = {f.name: student_notebook(f) for f in lab_folders(Path(labs_dir), names)}
    return [write_notebook(nb, Path(out_dir) / f"{name}.ipynb") for name, nb in built.items()]


def check_built(labs_dir: Path | str, notebooks_dir: Path | str) -> list[str]:
    """The notebooks that differ from a fresh build, each with what is wrong: stale, missing or without a lab."""
    wrong, folders = [], lab_folders(Path(labs_dir), None)
    for folder in folders:
        path = Path(notebooks_dir) / f"{folder.name}.ipynb"
        if not path.is_file():
            wrong.append(f"{path.name} (missing)")
        elif path.read_bytes() != notebook_text(student_notebook(folder)).encode():
            wrong.append(f"{path.name} (stale)")
    known = {f.name for f in folders}
    return wrong + [
        f"{p.name} (no such lab)" for p in sorted(Path(notebooks_dir).glob("*.ipynb")) if p.stem not in known
    ]


def checksum(source: str, *, grade: bool, solution: bool, grade_id: str, points: float = 0) -> str:
    """The fingerprint by which nbgrader tells whether a code cell was changed: MD5 over source and settings."""
    parts = [source, "code", str(grade), str(solution), str(grade and not solution), grade_id]
    parts += [str(float(points))] if grade else []
    return hashlib.md5("".join(parts).encode(), usedforsecurity=False).hexdigest()


def lab_folders(labs_dir: Path, names: list[str] | None = None) -> list[Path]:
    """The folders with a notebook.py, all or those named by id or folder; a SeqlabError if one is not there."""
    labs = [LabFolder(p.parent) for p in sorted(labs_dir.glob("*_*/notebook.py"))]
    if names is None:
        return [lab.path for lab in labs]
    by_name = {name: lab.path for lab in labs for name in (lab.name, lab.id)}
    for name in names:
        if name not in by_name:
            known = ", ".join(lab.name for lab in labs) or "none"
            raise SeqlabError(f"the labs in {labs_dir} are: {known}", got=repr(name), fix="use one of these")
    return list(dict.fromkeys(by_name[name] for name in names))


def _notebook(source: Source, points: Mapping[str, float] | None, *, blank: bool) -> NotebookNode:
    if points is None:
        points = LabFolder(source.folder).points
    if set(points) != set(source.exercises):
        only_checks, only_text = (
            ", ".join(sorted(s)) or "none"
            for s in (set(points) - set(source.exercises), set(source.exercises) - set(points))
        )
        raise SeqlabError(
            f"notebook.py and checks.py of {source.folder.name} have the same exercises",
            got=f"only in checks.py: {only_checks}; only in notebook.py: {only_text}",
            fix="write the missing cells or checks",
        )
    if any(cell.id == _BADGE_ID for cell in source.cells):
        raise SeqlabError(
            f"the id {_BADGE_ID} is the builder's own",
            got=f"a cell of that id in {source.folder.name}",
            fix="rename the cell",
        )
    badge = _BADGE.format(url=home.colab_url(f"{source.folder.name}.ipynb"))
    cells = [_node(_BADGE_ID, "markdown", badge)]
    cells += [_cell(source, cell, points, blank) for cell in source.cells]
    metadata = {"kernelspec": dict(KERNELSPEC), "language_info": {"name": "python"}, "seqlab": {"lab": source.lab}}
    return nbformat.from_dict({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells})


def _cell(source: Source, cell: Cell, points: Mapping[str, float], blank: bool) -> dict[str, Any]:
    if cell.role == "setup":
        imports, aliases = LabFolder(source.folder).prelude
        return _node(
            cell.id, "code", _SETUP.format(url=home.archive_url(), lab=source.lab, imports=imports, aliases=aliases)
        )
    if cell.exercise:
        text = cell.blank if blank else cell.source
        settings = {"grade": False, "solution": True, "grade_id": cell.exercise}
        return _node(cell.id, "code", text, deletable=False, nbgrader=_nbgrader(text, settings))
    if cell.check:
        worth = points[cell.check]
        settings = {
            "grade": True,
            "solution": False,
            "grade_id": f"check-{cell.check}",
            "points": int(worth) if worth == int(worth) else worth,
        }
        return _node(
            cell.id, "code", cell.source, deletable=False, editable=False, nbgrader=_nbgrader(cell.source, settings)
        )
    return _node(cell.id, cell.kind, cell.source)


def _nbgrader(text: str, settings: dict[str, Any]) -> dict[str, Any]:
    """nbgrader's metadata of a code cell: an answer to fill in, or a check that is locked and worth points."""
    rest = {"schema_version": 3, "task": False, "locked": settings["grade"], "cell_type": "code"}
    return settings | rest | {"checksum": checksum(text, **settings)}


def _node(name: str, kind: str, source: str, **metadata: Any) -> dict[str, Any]:
    extra: dict[str, Any] = {"execution_count": None, "outputs": []} if kind == "code" else {}
    return {"id": name, "cell_type": kind, "metadata": metadata, "source": source} | extra
