"""Answers that are the lab's published solution, word for word.

Checks and references come with every installation, so a student can copy one. Most short answers are written in the
one natural way and say nothing; a longer one, the same down to the names of its variables, is a reason to ask.
"""

import ast
import functools
import warnings

from seqlab.autograder.course.row import Row
from seqlab.autograder.reports.similar import MAX_NODES, MAX_SOURCE, answer_sources
from seqlab.errors import SeqlabError

TELLING = 60  # nodes of a syntax tree: what is written in one or two lines has fewer


def equal_to_published(row: Row) -> list[str]:
    """The exercises whose answers are equal to the lab's solution, but for comments, docstrings and layout.

    None are named where all of them are too short to tell anything.
    """
    solution = _solution(row.lab) if row.answers else {}
    equal, telling = [], False
    for name, answer in (row.answers or {}).items():
        if name in solution and (tree := _tree(name, answer)) and tree[0] == solution[name][0]:
            equal.append(name)
            telling = telling or tree[1] >= TELLING
    return equal if telling else []


@functools.cache
def _solution(lab: str) -> dict[str, tuple[str, int]]:
    from seqlab.authoring.source import read_source
    from seqlab.exercises import find_lab

    try:
        cells = read_source(find_lab(lab).path).cells
    except SeqlabError:  # a lab that is not here any more
        return {}
    trees = {cell.exercise: _tree(cell.exercise, cell.solution) for cell in cells if cell.exercise}
    return {name: tree for name, tree in trees.items() if tree}


def _tree(name: str, cell: str) -> tuple[str, int] | None:
    """The syntax tree of what a cell binds to a name, written out, and its number of nodes; None if there is none.

    The cell is a stranger's: it is parsed within limits, and never compiled or run.
    """
    source = answer_sources([cell], [name]).get(name)
    if not source or len(source) > MAX_SOURCE:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
            nodes = list(ast.walk(tree))
            if len(nodes) > MAX_NODES:
                return None
            for node in nodes:
                _forget_words(node)
            return ast.dump(tree), len(nodes)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        return None


def _forget_words(node: ast.AST) -> None:
    """Drop docstrings and annotations, which change nothing."""
    for field in ("annotation", "returns"):
        if getattr(node, field, None) is not None:
            setattr(node, field, None)
    body = getattr(node, "body", None)
    if isinstance(body, list):
        node.body = [s for s in body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]  # type: ignore[attr-defined]
