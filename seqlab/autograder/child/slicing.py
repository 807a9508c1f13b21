"""Which statements of a notebook define its answers?

Grading runs only what it must: the definitions of the answers and whatever these need (helpers, imports,
constants), in the notebook's order, and no training or plotting. The unit is the top-level statement. One
that binds a wanted name is taken; the global names it reads are wanted in turn, until nothing new turns up.
"""

import __future__

import ast
import dis
import re
import types
from dataclasses import dataclass, field
from typing import cast

from seqlab.autograder.child.ipython import followed, written_module

_STORES = {"STORE_NAME", "STORE_GLOBAL"}
_LOADS = {"LOAD_NAME", "LOAD_GLOBAL"}
_SEEMS_DEFINED = re.compile(
    r"^[^\S\n]*+(?:async\s+)?(?:def|class)\s+(\w+)|^(\w+)\s*=|^(?:from\s+\S+\s+)?import\s.{0,200}?(\w+)$", re.M
)


@dataclass
class Statement:
    """One top-level statement: the cell it stands in, the names it binds and the globals it reads."""

    cell: int
    node: ast.stmt | None
    binds: set[str] = field(default_factory=set)
    reads: set[str] = field(default_factory=set)
    error: SyntaxError | None = None
    flags: int = 0  # of `from __future__ import` in this cell and those before it

    def compiled(self) -> types.CodeType:
        if self.error is not None:
            raise self.error
        node = cast(ast.stmt, self.node)  # there is one where there is no error
        flags = self.flags | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        return compile(ast.Module([node], []), f"<cell {self.cell}>", "exec", flags, dont_inherit=True)


def slice_notebook(cells: list[str], wanted: list[str]) -> list[Statement]:
    """The statements that define the wanted names and what they depend on, in the notebook's order.

    The cells are Python, as `ipython.as_python` gives them.

    >>> cells = ["import numpy as np", "k = 2", "print('training')", "def f(x): return np.exp(x) * k"]
    >>> [s.cell for s in slice_notebook(cells, ["f"])]
    [0, 1, 3]
    """
    statements: list[Statement] = []
    for number, cell in enumerate(cells):
        statements += _statements(number, cell, statements[-1].flags if statements else 0)
    taken: set[int] = set()
    needed = {*wanted, "*"}  # a star import may bind anything
    while True:
        more = {i for i, s in enumerate(statements) if i not in taken and s.binds & needed}
        if not more:
            return [statements[i] for i in sorted(taken)]
        taken |= more
        needed |= set().union(*(statements[i].reads for i in more))


def _statements(number: int, cell: str, flags: int) -> list[Statement]:
    try:
        tree = ast.parse(cell, f"<cell {number}>")
        tree = followed(tree) if "get_ipython" in cell else tree
        for node in tree.body:
            if isinstance(node, ast.ImportFrom) and node.module == "__future__":
                for name in node.names:
                    flags |= getattr(getattr(__future__, name.name, None), "compiler_flag", 0)
        statements = [_examine(number, node, flags) for node in tree.body]
        _add_changes(statements)
        return statements
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        # The cell cannot be read; the names that it seems to define report the error when they are needed.
        named = {name for found in _SEEMS_DEFINED.findall(cell) for name in found if name}
        if not isinstance(error, SyntaxError):
            text = "the cell is too deeply nested" if isinstance(error, RecursionError | MemoryError) else str(error)
            error = SyntaxError(text, (f"<cell {number}>", 1, 1, ""))
        return [Statement(number, None, named, error=error, flags=flags)] if named else []


def _examine(number: int, node: ast.stmt, flags: int) -> Statement:
    statement = Statement(number, node, flags=flags)
    todo = [statement.compiled()]
    binds, reads = statement.binds, statement.reads
    if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
        binds.add("*")
    if module := written_module(node):
        binds.add(f"{module}.py")
    while todo:
        code = todo.pop()
        for instruction in dis.get_instructions(code):
            if instruction.opname in _LOADS:
                reads.add(instruction.argval)
            elif instruction.opname == "IMPORT_NAME":
                reads.add(f"{instruction.argval.partition('.')[0]}.py")  # a cell may have written it
            elif instruction.opname in _STORES and (code.co_name == "<module>" or instruction.opname != "STORE_NAME"):
                binds.add(instruction.argval)
        todo += [c for c in code.co_consts if isinstance(c, types.CodeType)]
    return statement


def _add_changes(statements: list[Statement]) -> None:
    """Let the statements of one cell bind the names whose objects they change: `answers["a"] = 1` binds `answers`.

    Also within a loop or an `if`, through a second name, and through a function of the same cell; but there only
    what the cell itself has made, so that no training is taken for a change of `np`.
    """
    made = {name for s in statements if not isinstance(s.node, ast.Import | ast.ImportFrom) for name in s.binds}
    functions = {s.node.name: s.node for s in statements if isinstance(s.node, ast.FunctionDef)}
    same_object = [names for s in statements if len(names := _aliases(s.node)) > 1]
    for statement in statements:
        if isinstance(statement.node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        found = {name for part in _parts(cast(ast.stmt, statement.node)) for name in _changed(part, functions)}
        for names in same_object:
            if found & names:
                found |= names
        simple = isinstance(statement.node, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Expr | ast.Delete)
        statement.binds |= found if simple else found & made


def _changed(node: ast.AST, functions: dict[str, ast.FunctionDef]) -> set[str]:
    """The names whose objects one simple statement may change in place."""
    targets = getattr(node, "targets", [getattr(node, "target", None)])
    while any(isinstance(t, ast.Tuple | ast.List) for t in targets):
        targets = [e for t in targets for e in (t.elts if isinstance(t, ast.Tuple | ast.List) else [t])]
    if isinstance(node, ast.Expr) and isinstance(call := node.value, ast.Call):
        if isinstance(call.func, ast.Attribute):  # answers.update(...)
            targets = [call.func]
        elif isinstance(call.func, ast.Name) and (call.func.id == "setattr" or call.func.id in functions):
            given = {a.id for a in call.args if isinstance(a, ast.Name)}
            if call.func.id == "setattr":
                return given
            function = functions[call.func.id]
            inside = {name for part in _parts(function) for name in _changed(part, {})}
            own = {a.arg for a in (*function.args.posonlyargs, *function.args.args, function.args.vararg) if a}
            return (inside - own) | (given if inside & own else set())
    return {root for t in targets if (root := _root(t))}


def _parts(node: ast.AST) -> list[ast.AST]:
    """A statement and those inside it, but not those of a function or class that it defines."""
    found, todo = [node], list(ast.iter_child_nodes(node))
    while todo:
        part = todo.pop()
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if isinstance(part, ast.stmt | ast.ExceptHandler | ast.match_case):
            found.append(part)
            todo += ast.iter_child_nodes(part)
    return found


def _aliases(node: ast.AST | None) -> set[str]:
    """The names that one assignment gives to one object: `p = answers`, `p = answers = {}`."""
    if not isinstance(node, ast.Assign):
        return set()
    return {t.id for t in (*node.targets, node.value) if isinstance(t, ast.Name)}


def _root(target: ast.AST | None) -> str | None:
    """The name at the bottom of `name[...]`, `name.attribute` or a mix of both."""
    inside = target
    while isinstance(inside, ast.Subscript | ast.Attribute):
        inside = inside.value
    return inside.id if isinstance(inside, ast.Name) and inside is not target else None
