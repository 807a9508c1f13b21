"""Wrong answers made by machine: a reference answer with one thing changed.

`mutants(cell)` walks over the solution in an answer's cell and changes one thing at a time: an operator, a constant,
an index, a comparison, the order of two arguments, and so on (see `judging.changes`). What comes out is what a student
could have written by one slip of the hand. A check that accepts it, although it computes something else, has a hole
(see `survivors`).
"""

import ast
from collections import Counter
from dataclasses import dataclass
from typing import cast

from seqlab.authoring.source import BEGIN, END, Cell
from seqlab.autograder.judging.changes import compiles, every_change, in_words


@dataclass(frozen=True)
class Mutant:
    """One changed answer; `line` counts from 1 in the answer's cell without the lines that mark its solution."""

    exercise: str
    line: int
    change: str  # "a + b -> a - b"; where a line has it twice, the second one ends with " (2)"
    code: str

    @property
    def key(self) -> tuple[str, int, str]:
        """By what a list names it."""
        return self.exercise, self.line, self.change

    def __str__(self) -> str:
        return f"{self.exercise}, line {self.line}: {self.change}"


def mutants(cell: Cell) -> list[Mutant]:
    """All mutants of an answer's cell, in the order of its code; no two are the same code, and none is the answer's.

    >>> source = "def f(x, y):\\n    ### BEGIN SOLUTION\\n    return 2 - x\\n    ### END SOLUTION"
    >>> for mutant in mutants(Cell("f", "code", source, exercise="f")):
    ...     print(mutant)
    f, line 2: return 2 - x -> return None
    f, line 2: 2 - x -> 2 + x
    f, line 2: 2 - x -> 2
    f, line 2: 2 - x -> x - 2
    f, line 2: 2 -> 3
    f, line 2: 2 -> 1
    """
    tree = ast.parse(cell.solution)
    inside, seen, found = _solution_lines(cell), {ast.unparse(tree)}, []
    for node, new in every_change(tree):
        code = ast.unparse(tree)
        if node.lineno in inside and code not in seen and compiles(code):
            seen.add(code)
            found.append((node.lineno, in_words(node, new), code + "\n"))
    times: Counter[tuple[int, str]] = Counter()
    exercise = cast(str, cell.exercise)  # an answer's cell has one
    named = []
    for line, change, code in found:
        times[line, change] += 1
        nth = times[line, change]
        named.append(Mutant(exercise, line, f"{change} ({nth})" if nth > 1 else change, code))
    return named


def _solution_lines(cell: Cell) -> set[int]:
    """The lines of `cell.solution` that stand between the marks."""
    lines, inside, number = set(), False, 0
    for line in cell.source.split("\n"):
        if line.strip() in (BEGIN, END):
            inside = line.strip() == BEGIN
            continue
        number += 1
        if inside:
            lines.add(number)
    return lines
