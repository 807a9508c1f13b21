"""Three submissions to lab 2 that every grader must mark alike: blank, solved, and one with three wrong answers."""

from pathlib import Path

from kit import answer_bank

from seqlab.authoring import fill, read_notebook, student_notebook, write_notebook
from seqlab.authoring.fill import todo_cell
from seqlab.exercises import find_lab

WRONG = {"unroll": "stops_early", "total_loss": "in_bits", "count_params": "with_biases"}
MIXED_POINTS = 65


def three_notebooks(folder: Path) -> Path:
    """Write blank.ipynb, solved.ipynb and mixed.ipynb into a folder and return it."""
    write_notebook(student_notebook(find_lab("lab2").path), folder / "blank.ipynb")
    fill(folder / "blank.ipynb", None, folder / "solved.ipynb", reference=True)
    mixed = read_notebook(folder / "solved.ipynb")
    codes = {(a["exercise"], a["name"]): a["code"] for a in answer_bank("lab2")}
    for exercise, name in WRONG.items():
        todo_cell(mixed, exercise).source = codes[exercise, name]
    write_notebook(mixed, folder / "mixed.ipynb")
    return folder


def only_answers(path: Path) -> Path:
    """Cut a notebook to its set-up, answers and checks: pictures and training take nbgrader and otter long."""
    notebook = read_notebook(path)
    notebook.cells = [c for c in notebook.cells if c.id == "setup" or "nbgrader" in c.metadata]
    return write_notebook(notebook, path)
