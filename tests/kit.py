"""What tests import from each other: where the clone is, the banks of answers, what an executed notebook tells."""

import ast
import json
import os
from pathlib import Path

from nbformat import NotebookNode

from seqlab.autograder.child.ipython import as_python
from seqlab.autograder.child.slicing import slice_notebook
from seqlab.autograder.course.contents import read_file
from seqlab.exercises import all_labs

ROOT = Path(__file__).resolve().parents[1]


def answer_bank(lab: str | None = None) -> list[dict]:
    """The answers in labs/*/answers, and those of the file that SEQLAB_ANSWERS names, for labs that exist."""
    files = [bank for found in all_labs(ROOT / "labs") for bank in found.banks]
    if extra := os.environ.get("SEQLAB_ANSWERS"):
        files.append(Path(extra))
    known = {found.id for found in all_labs(ROOT / "labs")}
    rows = [json.loads(line) for f in files for line in f.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [r for r in rows if r["lab"] in known and lab in (None, r["lab"])]


def printed(notebook: NotebookNode) -> str:
    """All that an executed notebook's cells printed."""
    return "".join(o.text for c in notebook.cells for o in c.get("outputs", []) if o.output_type == "stream")


def program(path: Path) -> list[str]:
    """The statements of a notebook or a hand-in that grading runs: where they are equal, the marks are."""
    found = read_file(path)
    sliced = slice_notebook([as_python(cell) for cell in found.cells], list(found.lab.exercises))
    return [ast.unparse(statement.node) for statement in sliced]
