"""Answers into a blank notebook: what a student would have typed into the TODO cells."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from seqlab.authoring.notebook_file import lab_of, read_notebook, write_notebook
from seqlab.authoring.source import names_bound, read_source
from seqlab.errors import SeqlabError
from seqlab.exercises import find_lab, lab_id


def fill(
    notebook_path: Path | str, answers: Path | str | None, out_path: Path | str, *, reference: bool = False
) -> list[str]:
    """Put answers into a notebook's TODO cells and write it to `out_path`.

    answers: a folder with one NAME.py an exercise (names that begin with _ or . are passed over), or a .jsonl
    file of lines {lab, exercise, code}, of which those of the notebook's lab are taken.
    reference: take the installed lab's reference answers instead.
    Returns notices, sentences for the user: where several lines answer one exercise, the last one counts.
    Raises SeqlabError, and writes nothing, if the notebook is none or says no lab, or an answer is malformed
    or for an exercise that the notebook does not have, or there is no answer at all.
    """
    if (answers is None) != reference:
        raise SeqlabError(
            "fill takes either answers or reference=True",
            got="both" if reference else "neither",
            fix="give one of them",
        )
    notebook = read_notebook(notebook_path)
    lab = lab_of(notebook)
    if lab is None:
        raise SeqlabError(
            f"{notebook_path} should say which lab it is of",
            got="no seqlab.labs.load(...) in it",
            fix="take the lab's own notebook",
        )
    found, notices = _reference(lab) if answers is None else _read_answers(Path(answers), lab)
    if not found:
        raise SeqlabError(
            f"{answers} should hold answers to {lab}",
            got="none",
            fix="name a folder with NAME.py files or a .jsonl with lines of this lab",
        )
    filled = {name: cell for name in found if (cell := todo_cell(notebook, name)) is not None}
    if unknown := [name for name in found if name not in filled]:
        known = ", ".join(todo_names(notebook)) or "none"
        raise SeqlabError(
            f"{notebook_path} has TODO cells for: {known}",
            got=f"an answer for {', '.join(unknown)} in {answers or 'the installed lab'}",
            fix="name the file or the line after the exercise",
        )
    for name, cell in filled.items():
        cell.source = found[name].rstrip()
    write_notebook(notebook, out_path)
    return notices


def todo_names(notebook: NotebookNode) -> list[str]:
    """The exercises that a notebook marks as its TODO cells, in order."""
    marks = (c.metadata.get("nbgrader", {}) for c in notebook.cells)
    return [mark["grade_id"] for mark in marks if mark.get("solution") and "grade_id" in mark]


def todo_cell(notebook: NotebookNode, exercise: str) -> NotebookNode | None:
    """The cell in which an exercise is answered.

    Found by nbgrader's mark, else by its id, else (where a tool dropped both) as the first cell that defines
    the exercise's name at top level.
    """
    code = [c for c in notebook.cells if c.cell_type == "code"]

    def marked(cell: NotebookNode) -> bool:
        mark = cell.metadata.get("nbgrader", {})
        return bool(mark.get("solution")) and mark.get("grade_id") == exercise

    def defines(cell: NotebookNode) -> bool:
        try:
            return exercise in names_bound(cell.source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):  # whatever a cell may hold
            return False

    tests = (marked, lambda cell: cell.id == exercise, defines)
    return next((cell for test in tests for cell in code if test(cell)), None)


@dataclass(frozen=True)
class _Line:
    number: int
    lab: str
    exercise: str
    code: str


def _reference(lab: str) -> tuple[dict[str, str], list[str]]:
    source = read_source(find_lab(lab).path)
    return {name: source.answer(name).solution for name in source.exercises}, []


def _read_answers(path: Path, lab: str) -> tuple[dict[str, str], list[str]]:
    """The answers to a lab by exercise, and the notices."""
    if path.is_dir():
        files = sorted(f for f in path.glob("*.py") if f.is_file() and f.name[0] not in "_.")
        return {f.stem: _text(f) for f in files}, []
    if path.suffix != ".jsonl" or not path.exists():
        got = f"the file {path.name}" if path.exists() else f"{path}, which does not exist"
        raise SeqlabError("answers are a folder of NAME.py files or a .jsonl file", got=got, fix="name one of these")
    found: dict[str, _Line] = {}
    notices = []
    for number, text in enumerate(_text(path).split("\n"), 1):
        if not text.strip() or lab_id((line := _line(path, number, text)).lab) != lab_id(lab):
            continue
        if before := found.get(line.exercise):
            notices.append(f"{path.name}: line {number} replaces line {before.number}, both answer {line.exercise}.")
        found[line.exercise] = line
    return {name: line.code for name, line in found.items()}, notices


def _line(path: Path, number: int, text: str) -> _Line:
    """One line of an answer bank, checked."""

    def refuse(got: str) -> SeqlabError:
        return SeqlabError(
            f'{path.name}, line {number}, should be {{"lab": ..., "exercise": ..., "code": ...}}, three texts',
            got=got,
            fix="correct this line",
        )

    try:
        content: Any = json.loads(text)
    except (ValueError, RecursionError):
        raise refuse("no JSON") from None
    if not isinstance(content, dict):
        raise refuse("JSON that is no object")
    for key in ("lab", "exercise", "code"):
        if not isinstance(content.get(key), str) or not content[key].strip():
            raise refuse(f"{key} {'of the wrong type or empty' if key in content else 'missing'}")
    try:
        content["code"].encode()
    except UnicodeEncodeError:
        raise refuse("code with half a character (a lone surrogate)") from None
    return _Line(number, content["lab"], content["exercise"], content["code"])


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig").replace("\r\n", "\n")
    except OSError as error:
        raise SeqlabError(f"{path} should be readable", got=error.strerror, fix="mend its permissions") from None
    except UnicodeDecodeError as error:
        raise SeqlabError(
            f"{path} should be UTF-8 text", got=f"byte {error.start} that is not", fix="save it as UTF-8"
        ) from None
