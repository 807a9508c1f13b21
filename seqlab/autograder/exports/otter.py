"""otter-grader: the lab as a notebook for `otter assign`, from which otter makes its student version and its zip.

otter's tests run in the student's kernel and see the student's names. A test gives all of an exercise's points
or none, so an answer that earns a part of them with seqlab gets none from otter. Nothing in them is hidden: the numbers
are the published ones, as in the student's own notebook, so that all may be told.
"""

from pathlib import Path

import nbformat
from nbformat import NotebookNode

from seqlab.authoring.build import solution_notebook
from seqlab.authoring.notebook_file import notebook_text
from seqlab.authoring.source import BEGIN, END
from seqlab.errors import SeqlabError
from seqlab.exercises import LabFolder, find_lab
from seqlab.whole import write_whole

# otter makes PDFs with LaTeX or a browser, which a grading machine may not have
_CONFIG = """\
# ASSIGNMENT CONFIG
init_cell: true
export_cell: false
solutions_pdf: false
template_pdf: false
generate:
  pdf: false"""
_README = """\
# A lab of seqlab for otter-grader

    otter assign {name}.ipynb dist           # dist/student/ and dist/autograder/
    otter run -a dist/autograder/{name}-autograder_*.zip SUBMISSION.ipynb

Both run in the environment of the kernel `python3`, which needs otter-grader and seqlab.

otter runs the student's code **in the same process as the tests**: it can see and change them, and its marks.
For code that you do not trust: `seqlab grade SUBMISSIONS/ --out marks/`. There the code runs in a sandboxed
process of its own, the cases are drawn from a secret seed, and an answer that is right in part gets a part.

A test of otter's passes or fails. Where a check itself is at fault it fails, with "could not judge" in its output: look
for these words before you take a 0 for a mark.
"""


def export_otter(lab: str, out: Path | str) -> list[Path]:
    """Write the lab in the format of `otter assign` (otter-grader 6 and 7) and return the files written."""
    found, out = find_lab(lab), Path(out)
    if out.exists() and not out.is_dir():
        raise SeqlabError("--out is a folder for otter's notebook", got=f"{out}, which is a file", fix="name a folder")
    texts = {
        out / f"{found.name}.ipynb": notebook_text(master_version(found)),
        out / "README.md": _README.format(name=found.name),
    }
    for path, text in texts.items():
        write_whole(path, text)
    return list(texts)


def master_version(lab: LabFolder) -> NotebookNode:
    """The solution notebook with otter's blocks: each answer becomes a question with one public test."""
    notebook, points = solution_notebook(lab.path), lab.points
    cells = [_raw("otter", _CONFIG)]
    for cell in notebook.cells:
        mark = cell.metadata.pop("nbgrader", None)
        if mark and mark.solution:
            cells += _question(cell, mark.grade_id, points[mark.grade_id])
        else:
            cells.append(cell)
    notebook.cells = cells
    return notebook


def _question(cell: NotebookNode, name: str, points: float) -> list[NotebookNode]:
    """An answer cell between otter's marks; its test is the lab's own check, with the published numbers."""
    cell.source = cell.source.replace(BEGIN, "# BEGIN SOLUTION").replace(END, "# END SOLUTION")
    test = nbformat.v4.new_code_cell(f'assert lab.require({name}, "{name}") == {points:g}', id=f"{name}-test")
    return [
        _raw(f"{name}-begin", f"# BEGIN QUESTION\nname: {name}\npoints: {points:g}"),
        _raw(f"{name}-solution", "# BEGIN SOLUTION"),
        cell,
        _raw(f"{name}-solved", "# END SOLUTION"),
        _raw(f"{name}-tests", "# BEGIN TESTS"),
        test,
        _raw(f"{name}-tested", "# END TESTS"),
        _raw(f"{name}-end", "# END QUESTION"),
    ]


def _raw(name: str, text: str) -> NotebookNode:
    return nbformat.v4.new_raw_cell(text, id=name)
