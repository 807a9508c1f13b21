"""A lab's source, `notebook.py`: py:percent text in, validated cells out.

The one text holds the prose, the exercises and their solutions. From it come the student's notebook (see
`build`), the solution and the reference answers. Whatever an author can get wrong in it is said here, with the
file and the line.
"""

import ast
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seqlab.errors import SeqlabError
from seqlab.exercises import LabFolder

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
ROLES = ("setup", "handin")
_ATTRIBUTES = {"id", "exercise", "check", "role", "tags"}
_JUPYTEXT_OWN = {"title", "lines_to_next_cell", "lines_to_end_of_cell_marker"}
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")


@dataclass(frozen=True)
class Cell:
    """One cell of the source; `line` is where its `# %%` stands (0 if unknown)."""

    id: str
    kind: str  # "markdown" or "code"
    source: str
    line: int = 0
    exercise: str | None = None  # the exercise that this cell answers
    check: str | None = None  # the exercise that this cell checks
    role: str | None = None

    @property
    def solution(self) -> str:
        """The source with its solution and without the lines that mark it."""
        return "\n".join(s for s in self.source.split("\n") if s.strip() not in (BEGIN, END))

    @property
    def blank(self) -> str:
        """The source as a student gets it.

        A region inside a function becomes a line that says what is missing; at top level only the comment
        stays, so that the cell still runs.
        """
        kept, inside = [], False
        for line in self.source.split("\n"):
            if line.strip() == BEGIN:
                indent = line[: len(line) - len(line.lstrip())]
                kept.append(f"{indent}# YOUR CODE HERE")
                if indent:
                    message = f"{self.exercise} is not written yet: replace this line"
                    kept.append(f'{indent}raise NotImplementedError("{message}")')
                inside = True
            elif line.strip() == END:
                inside = False
            elif not inside:
                kept.append(line)
        return "\n".join(kept)


@dataclass(frozen=True)
class Source:
    """A lab's cells, validated."""

    folder: Path
    cells: tuple[Cell, ...]

    @property
    def lab(self) -> str:
        """The lab's id: "lab2" for the folder lab2_rnn."""
        return LabFolder(self.folder).id

    @property
    def exercises(self) -> list[str]:
        """The exercises in the order of the notebook."""
        return [c.exercise for c in self.cells if c.exercise]

    def answer(self, exercise: str) -> Cell:
        """The cell that answers an exercise; a SeqlabError if the lab has none of that name."""
        for cell in self.cells:
            if cell.exercise == exercise:
                return cell
        raise SeqlabError(
            f"{self.folder.name} has the exercises {', '.join(self.exercises) or '(none)'}",
            got=repr(exercise),
            fix="use one of these names",
        )


def reference_code(folder: Path | str, exercise: str) -> str:
    """The reference answer of an exercise: the source of its cell, with the solution."""
    return read_source(folder).answer(exercise).solution + "\n"


def read_source(folder: Path | str) -> Source:
    """Read and validate `notebook.py` in a lab's folder; SeqlabError says file, line and what to do."""
    import jupytext

    folder = Path(folder)
    path = LabFolder(folder).notebook
    try:
        text = path.read_text(encoding="utf-8-sig").replace("\r\n", "\n")
    except OSError as error:
        raise SeqlabError(
            f"a lab's folder holds a readable notebook.py, expected at {path}",
            got=error.strerror,
            fix="name another folder or write the file",
        ) from None
    except UnicodeDecodeError as error:
        raise SeqlabError(
            f"{path} is UTF-8 text", got=f"byte {error.start} that is not", fix="save it as UTF-8"
        ) from None
    try:
        raw = jupytext.reads(text, fmt="py:percent").cells
    except Exception as error:  # jupytext lets its YAML reader's errors through
        raise SeqlabError(
            f"{path} is py:percent text",
            got=f"an error of jupytext ({error})",
            fix="mend the header between the two lines # ---",
        ) from None
    markers = [n for n, line in enumerate(text.split("\n"), 1) if line.startswith("# %%")]
    lines = markers if len(markers) == len(raw) else [0] * len(raw)
    cells = tuple(_cell(path, n, line, c) for n, (line, c) in enumerate(zip(lines, raw, strict=True), 1))
    _validate(path, cells)
    return Source(folder, cells)


def _where(path: Path, cell: Cell | None = None, line: int = 0, number: int = 0) -> str:
    line = line or (cell.line if cell else 0)
    place = f"line {line}" if line else f"cell {cell.id}" if cell else f"cell {number}"
    return f"{path.parent.name}/{path.name}, {place}"


def _cell(path: Path, number: int, line: int, raw: Any) -> Cell:
    """One cell of jupytext's, its header checked."""
    here = _where(path, line=line, number=number)
    metadata = raw.metadata
    if raw.cell_type not in ("markdown", "code"):
        raise SeqlabError(f"{here}: a cell is code or [markdown]", got=f"[{raw.cell_type}]", fix="use one of the two")
    if "incorrectly_encoded_metadata" in metadata:
        raise SeqlabError(
            f'{here}: a cell header reads # %% id="name"',
            got=metadata["incorrectly_encoded_metadata"],
            fix="close the quotes",
        )
    if unknown := set(metadata) - _ATTRIBUTES - _JUPYTEXT_OWN:
        raise SeqlabError(
            f"{here}: a cell header knows {', '.join(sorted(_ATTRIBUTES))}",
            got=", ".join(sorted(unknown)),
            fix="correct the spelling",
        )
    name = metadata.get("id")
    if not (isinstance(name, str) and _ID.match(name)):
        raise SeqlabError(
            f"{here}: a cell has an id of at most 64 letters, digits, - and _",
            got="none" if name is None else repr(name),
            fix='write # %% id="name"',
        )
    role = metadata.get("role")
    if role is not None and role not in ROLES:
        raise SeqlabError(
            f"{here}: a role is one of {', '.join(ROLES)}", got=repr(role), fix="use one of these or none"
        )
    source = raw.source.rstrip()
    return Cell(name, raw.cell_type, source, line, metadata.get("exercise"), metadata.get("check"), role)


def _validate(path: Path, cells: tuple[Cell, ...]) -> None:
    """What one cell cannot tell by itself: ids, pairs of answer and check, the set-up cell."""
    for name, times in Counter(c.id for c in cells).items():
        if times > 1:
            places = ", ".join(str(c.line) for c in cells if c.id == name)
            raise SeqlabError(
                f"{path.parent.name}/{path.name}: ids are unique",
                got=f"{name!r} on lines {places}",
                fix="rename all but one",
            )
    setups = [c for c in cells if c.role == "setup"]
    if len(setups) != 1 or setups[0].kind != "code":
        raise SeqlabError(
            f'{path.parent.name}/{path.name} has one code cell with role="setup"',
            got=str(len(setups)),
            fix='write # %% id="setup" role="setup"',
        )
    for cell in cells:
        _validate_regions(path, cell)
    names = dict.fromkeys(n for c in cells for n in (c.exercise, c.check) if n)
    for name in names:
        answers = [i for i, c in enumerate(cells) if c.exercise == name]
        checks = [i for i, c in enumerate(cells) if c.check == name]
        if len(answers) != 1 or len(checks) != 1 or answers[0] > checks[0]:
            found = f"{len(answers)} answer and {len(checks)} check cells"
            if len(answers) == len(checks) == 1:
                found = "the check cell before the answer cell"
            raise SeqlabError(
                f"{path.parent.name}/{path.name}: the exercise {name} has one answer cell, then one check cell",
                got=found,
                fix=f'write one cell with exercise="{name}" and after it one with check="{name}"',
            )


def _validate_regions(path: Path, cell: Cell) -> None:
    """BEGIN and END in turn, only in answers; and both faces of an answer are Python that defines it."""
    inside = False
    for number, line in enumerate(cell.source.split("\n"), 1):
        here = _where(path, cell, line=cell.line + number if cell.line else 0)
        mark = line.strip()
        if mark in (BEGIN, END):
            if cell.exercise is None:
                raise SeqlabError(
                    f"{here}: a solution stands in an answer cell",
                    got=f"it in cell {cell.id}",
                    fix='add exercise="name" to the cell header',
                )
            if (mark == BEGIN) == inside:
                raise SeqlabError(
                    f"{here}: {BEGIN} and {END} come in turn",
                    got=f"{mark} twice" if inside else f"{END} without {BEGIN}",
                    fix="balance the pair",
                )
            inside = not inside
        elif re.search(r"(BEGIN|END) SOLUTION", line):  # nbgrader would take it for a mark
            raise SeqlabError(
                f"{here}: a mark reads exactly {BEGIN} or {END}, alone on its line",
                got=repr(mark),
                fix="rewrite the line",
            )
    if inside:
        raise SeqlabError(
            f"{_where(path, cell)}: {BEGIN} and {END} come in turn",
            got=f"{BEGIN} without {END}",
            fix=f"write {END} after the solution",
        )
    if cell.check and not re.search(rf"\blab\.check\(\s*{re.escape(cell.check)}\b", cell.source):
        raise SeqlabError(
            f"{_where(path, cell)}: a check cell calls lab.check({cell.check})",
            got=repr(cell.source[:60]),
            fix="write this call",
        )
    if cell.exercise is None:
        return
    if cell.kind != "code" or BEGIN not in cell.source or not cell.exercise.isidentifier():
        raise SeqlabError(
            f"{_where(path, cell)}: an answer cell is code, named as Python names are, and holds a solution",
            got=f"{cell.exercise!r} without one" if cell.kind == "code" else "markdown",
            fix=f"put the solution between {BEGIN} and {END}",
        )
    for face, code in (("with its solution", cell.solution), ("blanked", cell.blank)):
        try:
            defined = names_bound(code)
        except SyntaxError as error:
            raise SeqlabError(
                f"{_where(path, cell)}: the answer cell of {cell.exercise}, {face}, is Python",
                got=f"{error.msg} at its line {error.lineno}",
                fix="mend it",
            ) from None
        if cell.exercise not in defined:
            raise SeqlabError(
                f"{_where(path, cell)}: the answer cell, {face}, defines {cell.exercise}",
                got=", ".join(sorted(defined)) or "no definition",
                fix=f"define {cell.exercise} outside the solution region",
            )


def names_bound(code: str) -> set[str]:
    """The functions, classes and variables that code defines at top level; SyntaxError if it is no Python.

    >>> sorted(names_bound("def f(x): y = 1\\nclass A: pass\\nd = e = {}"))
    ['A', 'd', 'e', 'f']
    """
    names = set()
    for node in ast.parse(code).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {
                n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
            }
    return names
