"""IPython's syntax as Python: what ran in a student's notebook can be read, and runs, in grading.

A cell is read as IPython itself reads it, by its own transformer, and keeps its lines: a message names the line that the
student sees. Of magics only those are followed that run Python (`%%time`, `%timeit`, `%%capture`, `%pylab`) or write a
module (`%%writefile helper.py`). All others do nothing, and shell commands are never run: `get_ipython()` in the
process with a student's code is the one of `kernel.py`.
"""

import ast
import contextlib
import functools
import re
from typing import Any

# magics that run the cell, or the rest of the line, as the notebook's own code
RUNS_CODE = frozenset("time timeit capture prun debug memit pyinstrument snakeviz scalene wandb".split())
MOST_NESTED = 20  # a magic in a magic in a magic
MOST_LINES = 50_000  # IPython looks at a whole cell again for each magic: 200 in 200 lines, two seconds

_PROMPT = re.compile(r"^[^\S\n]*+(?:\[\w+\] )?In \[\d", re.M)  # pasted, `In [1]: x = 2` reads as an annotation
_OPTIONS = re.compile(r"(?:\s*(?:-[nrpslDTfmig]\s*\S+|--?[a-zA-Z][\w-]*)(?=\s|$))*\s*")
_PYLAB = (
    "import numpy, matplotlib; from matplotlib import pylab, mlab, pyplot; np, plt = numpy, pyplot; "
    "from pylab import *; from numpy import *"
)


def as_python(cell: str) -> str:
    """The cell as Python, line for line; as it is where IPython cannot read it either.

    >>> as_python("%%time\\nx = !ls\\ny = 1")
    "\\nx = get_ipython().getoutput('ls')\\ny = 1\\n"
    """
    try:
        return _as_python(cell, MOST_NESTED)
    except Exception:  # whatever the transformer stumbles over; the cell's own error is told where it is parsed
        return cell


def _as_python(cell: str, deep: int) -> str:
    if not _PROMPT.search(cell):
        with contextlib.suppress(SyntaxError):
            ast.parse(cell)
            return cell
    lines = cell.splitlines(keepends=True)
    empty = next((n for n, line in enumerate(lines) if not line.isspace()), len(lines))
    return "\n" * empty + _reader()(deep).transform_cell("".join(lines[empty:])) if empty < len(lines) else cell


@functools.cache
def _reader() -> Any:
    """IPython's transformer, but that lines keep their numbers and the body of a cell magic is read at once."""
    from IPython.core.inputtransformer2 import TransformerManager

    class LineByLine(TransformerManager):
        def __init__(self, deep: int) -> None:
            super().__init__()
            self.line_transforms = [functools.partial(_cell_magic, deep=deep)]
            self.seen = 0

        def do_one_token_transform(self, lines: list[str]) -> tuple[bool, list[str]]:
            """One piece of special syntax; where it stood on several lines, empty ones follow."""
            self.seen += len(lines)
            if self.seen > MOST_LINES:
                raise RuntimeError("too many magics in too long a cell")
            changed, new = super().do_one_token_transform(lines)
            first = next((n for n, (a, b) in enumerate(zip(lines, new, strict=False)) if a != b), len(new) - 1)
            return changed, [*new[: first + 1], *["\n"] * (len(lines) - len(new)), *new[first + 1 :]]

    return LineByLine


def _cell_magic(lines: list[str], deep: int) -> list[str]:
    """The lines of a cell whose first is a magic: that one gives way to what it stands for."""
    if not lines or not lines[0].startswith("%%") or re.match(r"%%\w+\?", lines[0]):
        return lines
    name, _, rest = lines[0][2:].rstrip().partition(" ")
    body = "".join(lines[1:])
    if name in RUNS_CODE and deep:
        return [_first_line(name, rest), *_as_python(body, deep - 1).splitlines(keepends=True)]
    file = re.fullmatch(r"(?:-a\s+|--append\s+)?(\w+)\.py\s*", rest) if name in ("writefile", "file") else None
    first = f"get_ipython().keep_module({file[1]!r}, {body!r})\n" if file else "\n"
    return [first, *["\n"] * (len(lines) - 1)]


def _first_line(name: str, rest: str) -> str:
    if name == "capture" and (names := [word for word in rest.split() if word.isidentifier()]):
        return f"{names[-1]} = get_ipython().captured()\n"
    return f"{_OPTIONS.sub('', rest, count=1)}\n" if name == "timeit" else "\n"


# -- magics that run code, as statements of their own --------------------------------------------------------
def followed(tree: ast.Module) -> ast.Module:
    """The tree in which `get_ipython().run_line_magic('time', 'x = f()')` has become `x = f()`, and all its like."""
    return _Followed(MOST_NESTED).visit(tree)


class _Followed(ast.NodeTransformer):
    def __init__(self, deep: int) -> None:
        self.deep = deep

    def visit_Expr(self, node: ast.Expr) -> ast.AST | list[ast.stmt]:
        match _magic(node.value):
            case ("run_cell_magic", name, rest, body) if name in RUNS_CODE:
                return self._statements(_first_line(name, rest) + body, node.lineno) or ast.copy_location(
                    ast.Pass(), node
                )
            case ("run_line_magic" | "magic", name, rest):
                code = _PYLAB if name == "pylab" else _code(name, rest)
                try:
                    return self._statements(code, node.lineno) or ast.copy_location(ast.Pass(), node)
                except SyntaxError:  # IPython finds out when it is run: the cell's other statements are as they were
                    return ast.copy_location(ast.Pass(), node)
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        match _magic(node):
            case ("run_line_magic" | "magic", "time", rest):  # y = %time f(x)
                statements = self._statements(_code("time", rest), node.lineno)
                if len(statements) == 1 and isinstance(statements[0], ast.Expr):
                    return statements[0].value
        return self.generic_visit(node)

    def _statements(self, code: str, line: int) -> list[ast.stmt]:
        if not self.deep:
            return []
        inside = _Followed(self.deep - 1)
        tree = inside.visit(ast.parse(_as_python(code, self.deep)))
        statements: list[ast.stmt] = ast.increment_lineno(tree, line - 1).body
        return statements


def _magic(node: ast.expr) -> tuple[str, ...] | None:
    """("run_line_magic", "time", "x = f()") for a call of get_ipython() with texts alone; None for anything else."""
    match node:
        case ast.Call(
            func=ast.Attribute(value=ast.Call(func=ast.Name(id="get_ipython"), args=[]), attr=name), args=args
        ):
            texts = [a.value for a in args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            if len(texts) == len(args) and name == "magic" and len(texts) == 1:
                first, _, rest = texts[0].partition(" ")
                return name, first, rest
            return (name, *texts) if len(texts) == len(args) else None
    return None


def written_module(statement: ast.AST) -> str:
    """The module that a statement puts there, of a cell `%%writefile name.py`; "" for any other."""
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr="keep_module"), args=[ast.Constant(value=str(name)), _])):
            return name
    return ""


def _code(name: str, rest: str) -> str:
    """What a line magic runs as Python; nothing for most of them."""
    if name == "time":
        return re.sub(r"^(?:--\S+\s+)*", "", rest)
    return _OPTIONS.sub("", rest, count=1) if name in RUNS_CODE - {"capture", "debug", "wandb"} else ""
