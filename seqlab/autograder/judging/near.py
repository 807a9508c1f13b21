"""Near misses: the reference itself with one thing changed, told in fixed words by what kind of thing it is.

They are looked at where an answer is wrong and no slip that somebody declared explains it. A name is told only if it is
an argument of the exercise, or a word of the language, of a library, or of what the lab hands over; no number, and
nothing that came from the answer.
"""

import ast
import itertools
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from seqlab.autograder.judging.changes import compiles, every_change, places
from seqlab.autograder.judging.rewritten import WRITTEN, family, source_of, with_source

Function = Callable[..., Any]
_SIGNS = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.MatMult: "@",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.And: "and",
    ast.Or: "or",
    ast.In: "in",
    ast.NotIn: "not in",
    ast.Is: "is",
    ast.IsNot: "is not",
}
_FILLS = ("append", "extend", "insert", "add", "appendleft")
_PARTS = {ast.Add: "term", ast.Sub: "term", ast.Mult: "factor", ast.MatMult: "factor", ast.Div: "division"}


def near_misses(reference: Function, arguments: tuple[str, ...]) -> list[tuple[str, Function]]:
    """Words, and the reference with that one change; several changes may have the same words.

    arguments: the names that may be told, those of the exercise. Empty where the reference has no source of its own, or
    where a change might make it endless (a `while`). Left out is a change that makes a list grow without end.
    """
    return _near_misses(reference, arguments) if family(reference) else []


@cache
def _near_misses(reference: Function, arguments: tuple[str, ...]) -> list[tuple[str, Function]]:
    functions = family(reference)
    try:
        sources = [source_of(function) for function in functions]
    except OSError:
        return []
    trees = [ast.parse(source) for source in sources]
    if any(isinstance(node, ast.While) for tree in trees for node in ast.walk(tree)):
        return []
    found, seen = [], {ast.unparse(tree) for tree in trees}
    for part, tree in zip(functions, trees, strict=True):
        for node, new in _every_change(tree, arguments):
            code = ast.unparse(tree)
            if code in seen or _grows_without_end(tree) or not compiles(code):
                continue
            if words := _told(node, new, arguments):
                seen.add(code)
                found.append((words, with_source(reference, part, code)))
    return found


def two_at_once(
    reference: Function, slips: Mapping[str, Any], arguments: tuple[str, ...]
) -> Iterator[tuple[str, Function]]:
    """Words, and the reference with the text of a declared slip and one change more."""
    for words, slip in slips.items():
        part, source = getattr(slip, WRITTEN, (None, ""))
        if part is None or part not in family(reference) or "while" in source:
            continue
        tree = ast.parse(source)
        for node, new in _every_change(tree, arguments):
            code = ast.unparse(tree)
            if (told := _told(node, new, arguments)) and not _grows_without_end(tree) and compiles(code):
                yield f"two things at once: {words}; and {told}", with_source(reference, part, code)


def _every_change(tree: ast.Module, arguments: tuple[str, ...]) -> Iterator[tuple[ast.AST, ast.AST]]:
    return itertools.chain(every_change(tree), *(more(tree, arguments) for more in _MORE))


def _grows_without_end(tree: ast.Module) -> bool:
    """Is there a list that is put into itself, `a.append(a)`, or one that is filled while a loop walks over it?"""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (filled := _filled(node)):
            put_in = [part for arg in node.args for part in getattr(arg, "elts", [arg])]
            if any(isinstance(part, ast.Name) and part.id == filled for part in put_in):
                return True
        if isinstance(node, ast.For) and not (
            isinstance(node.iter, ast.Call) and ast.unparse(node.iter.func) == "range"
        ):
            walked = {n.id for n in ast.walk(node.iter) if isinstance(n, ast.Name)}
            if any(_filled(n) in walked for n in ast.walk(node) if isinstance(n, ast.Call)):
                return True
    return False


def _filled(call: ast.Call) -> str:
    """The variable that grows, `a` in `a.append(x)`; "" if none does."""
    function = call.func
    if isinstance(function, ast.Attribute) and function.attr in _FILLS and isinstance(function.value, ast.Name):
        return function.value.id
    return ""


def _other_variables(tree: ast.Module, arguments: tuple[str, ...]) -> Iterator[tuple[ast.Name, ast.Name]]:
    """Each place where a variable is read, with every other variable of its function in its place."""
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        names = [n for n in ast.walk(function) if isinstance(n, ast.Name)]
        made = {n.id for n in names if isinstance(n.ctx, ast.Store)} | {a.arg for a in function.args.args}
        for name in (n for n in names if isinstance(n.ctx, ast.Load) and n.id in made):
            right = name.id
            for other in sorted(made - {right}):
                name.id = other
                yield ast.Name(right, ast.Load()), name
            name.id = right


def _other_orders(tree: ast.Module, arguments: tuple[str, ...]) -> Iterator[tuple[ast.Assign, ast.Assign]]:
    """Each pair of results, unpacked the wrong way round: `y, h = step(x, h)` as `h, y = …`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            for pair in (t.elts for t in node.targets if isinstance(t, ast.Tuple) and len(t.elts) == 2):
                pair.reverse()
                yield node, node
                pair.reverse()


class Told(ast.Expr):
    """A change with words of its own."""

    words: str


def _twice(tree: ast.Module, arguments: tuple[str, ...]) -> Iterator[tuple[ast.AST, ast.AST]]:
    """A term that is added twice, a function that is taken twice, and a loop that begins one step too late."""
    for node, put in places(tree):
        made: list[tuple[str, ast.expr]] = []
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mult):
            part = _PARTS[type(node.op)]
            for side in (node.left, node.right):
                name = _named(side, arguments)
                words = f"a {part} is there twice" + (f": {name}" if name else "")
                made.append((words, ast.BinOp(node, node.op, side)))
        if isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
            if isinstance(node.func, ast.Name) and node.func.id == "range":
                late = ast.Call(node.func, [ast.Constant(1), node.args[0]], [])
                made.append(("the loop begins or ends one step too early or too late", late))
            elif isinstance(node.func, ast.Attribute):
                made.append((f"`{node.func.attr}` is taken twice", ast.Call(node.func, [node], [])))
        if isinstance(node, ast.Name) and node.id in arguments and isinstance(node.ctx, ast.Load):
            for what, text in _ALIKE.items():
                made.append((what.format(f"`{node.id}`"), ast.parse(text.format(node.id), mode="eval").body))
        for words, new in made:
            put(new)
            yield Told(ast.Constant(words)), new
            put(node)


# what is done to an argument, over its first axis: words -> code
_ALIKE = {
    "the first of {} is taken for all": "({0}[:1] + 0 * {0})",
    "the mean of {} is taken for each": "({0}.mean(0) + 0 * {0})",
    "the sum of {} is taken for each": "({0}.sum(0) + 0 * {0})",
    "{} is turned round": "{0}[::-1]",
    "{} is sorted": "np.sort({0}, 0)",
    "{} is rounded": "np.round({0})",
    "of {} only whole numbers are taken": "np.trunc({0})",
    "of {} the absolute value is taken": "np.abs({0})",
    "{} is taken twice": "(2 * {0})",
    "{} is taken by half": "({0} / 2)",
    "the first of {} is left out": "{0}[1:]",
    "the last of {} is left out": "{0}[:-1]",
}


def by_chance(words: str, arguments: tuple[str, ...]) -> bool:
    """Is it one of many things that may be done to an argument? A few numbers come out right of some of them."""
    return any(words == known.format(f"`{name}`") for known in _ALIKE for name in arguments)


_MORE = (_other_variables, _other_orders, _twice)


def _told(node: ast.AST, new: ast.AST, arguments: tuple[str, ...]) -> str:
    """One change in fixed words; "" where words would say nothing."""
    if isinstance(node, Told):
        return str(getattr(node.value, "value", ""))
    for kind, words in _WORDS.items():
        if isinstance(node, kind):
            return words(node, new, arguments)
    return ""


def _named(node: ast.AST, arguments: tuple[str, ...]) -> str:
    """`` `W_hh` ``, if the node is an argument of the exercise, or a part or a transpose of one."""
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return f"`{node.id}`" if isinstance(node, ast.Name) and node.id in arguments else ""


def _operator(node: Any, new: Any, arguments: tuple[str, ...]) -> str:
    sides = (node.left, node.right)
    if new in sides:
        part = _PARTS.get(type(node.op), "part")
        name = _named(sides[new is node.left], arguments)
        return f"a {part} is left out" + (f": {name}" if name else "")
    if type(new.op) is not type(node.op):
        return f"a `{_SIGNS[type(new.op)]}` stands where a `{_SIGNS[type(node.op)]}` belongs"
    if (new.left, new.right) == sides[::-1]:
        return f"the two sides of a `{_SIGNS[type(node.op)]}` are the wrong way round"
    turned = node.left if new.left is not node.left else node.right
    if isinstance(turned, ast.Attribute) and turned.attr == "T":  # of a transpose the transpose: as good as none
        return _attribute(turned, turned.value, arguments)
    return f"{_named(turned, arguments) or 'a factor'} is transposed, and should not be"


def _unary(node: Any, new: ast.AST, arguments: tuple[str, ...]) -> str:
    return "a minus is left out" if isinstance(node.op, ast.USub) else "a `not` or `~` is left out"


def _constant(node: Any, new: Any, arguments: tuple[str, ...]) -> str:
    if isinstance(node.value, bool | str):
        return "a setting is another one than it should be"
    return "a number or an axis is one off" if isinstance(node.value, int) else "a constant is another one"


def _comparison(node: Any, new: Any, arguments: tuple[str, ...]) -> str:
    return f"a `{_SIGNS[type(new.ops[0])]}` stands where a `{_SIGNS[type(node.ops[0])]}` belongs"


def _both(node: Any, new: ast.AST, arguments: tuple[str, ...]) -> str:
    return "one of two conditions is left out, or `and` and `or` are mistaken for each other"


def _condition(node: Any, new: ast.AST, arguments: tuple[str, ...]) -> str:
    return "a condition is the wrong way round"


def _comprehension(node: Any, new: ast.AST, arguments: tuple[str, ...]) -> str:
    return "a condition is left out"


def _attribute(node: Any, new: Any, arguments: tuple[str, ...]) -> str:
    if node.attr == "T":
        return f"a transpose is left out: {_named(node.value, arguments) or 'of a matrix'}"
    return f"`{new.attr}` stands where `{node.attr}` belongs"


def _variable(node: Any, new: Any, arguments: tuple[str, ...]) -> str:
    wrong, right = _named(new, arguments), _named(node, arguments)
    if wrong and right:
        return f"{wrong} stands where {right} belongs"
    return f"{wrong or right} is mistaken for another value" if wrong or right else "one value is mistaken for another"


def _call(node: Any, new: Any, arguments: tuple[str, ...]) -> str:
    function = getattr(node.func, "attr", getattr(node.func, "id", ""))
    name = (
        f"`{function}`" if isinstance(node.func, ast.Attribute) or function in (*arguments, "range") else "a function"
    )
    if not isinstance(new, ast.Call) or new.func is not node.func:
        return f"{name} is left out"
    if function == "range":
        return "the loop begins or ends one step too early or too late"
    if len(new.keywords) < len(node.keywords):
        return f"an argument of {name} is left out"
    return f"two arguments of {name} are the wrong way round"


def _index(node: Any, new: ast.AST, arguments: tuple[str, ...]) -> str:
    name = _named(node, arguments)
    return f"an index or an end of a slice{f' of {name}' if name else ''} is one off, left out or in the wrong place"


def _elements(node: Any, new: ast.AST, arguments: tuple[str, ...]) -> str:
    return "an element of a list is left out"


def _result(node: Any, new: Any, arguments: tuple[str, ...]) -> str:
    if isinstance(new.value, ast.Constant):
        return ""  # None, which the message says
    wrong = new.value.elts if isinstance(new.value, ast.Tuple) else [new.value]
    names = [name for name in (_named(part, arguments) for part in wrong) if name]
    return f"{names[0]} comes back instead of the result" if names else "another value comes back than the result"


def _line(node: Any, new: ast.AST, arguments: tuple[str, ...]) -> str:
    if isinstance(new, ast.AugAssign):
        return f"a `{_SIGNS[type(new.op)]}=` stands where a `{_SIGNS[type(node.op)]}=` belongs"
    return "two results are unpacked the wrong way round" if new is node else "a step is left out"


_WORDS: dict[Any, Callable[[Any, Any, tuple[str, ...]], str]] = {
    ast.BinOp: _operator,
    ast.UnaryOp: _unary,
    ast.Constant: _constant,
    ast.Compare: _comparison,
    ast.BoolOp: _both,
    ast.If | ast.IfExp: _condition,
    ast.ListComp | ast.GeneratorExp | ast.SetComp: _comprehension,
    ast.Attribute: _attribute,
    ast.Name: _variable,
    ast.Call: _call,
    ast.Subscript: _index,
    ast.List: _elements,
    ast.Return: _result,
    ast.Expr | ast.Assign | ast.AugAssign: _line,
}
