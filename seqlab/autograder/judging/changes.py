"""What one slip of the hand makes of a piece of code, by kind of node: the alternatives to an operator, a call, an index.

`every_change(tree)` makes one change after the other. `changes(node, tree)` yields nodes to put in the place of `node`,
which stands in `tree`. Each function below it knows one kind of node; `in_words` says what was changed.
"""

import ast
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

_OPERATORS = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div, ast.Add),
    ast.Div: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
    ast.FloorDiv: (ast.Div,),
    ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
}
_COMPARISONS = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
# what is mistaken for each other: functions and types of a library, and of Python itself
_SIBLINGS = {
    "argmax": "argmin",
    "reduce_sum": "reduce_mean",
    "reduce_mean": "reduce_sum",
    "sum": "mean",
    "mean": "sum",
    "max": "min",
    "min": "max",
    "maximum": "minimum",
    "minimum": "maximum",
    "stack": "concat",
    "tanh": "sigmoid",
    "append": "extend",
    "zeros": "ones",
    "float32": "int32",
    "float64": "int64",
    "int32": "float32",
    "int64": "float64",
}
_BUILT_IN_SIBLINGS = {"max": "min", "min": "max", "int": "float", "float": "int"}
_ROOMS = {"np", "tf", "keras", "ops", "math", "re", "collections", "functools", "itertools", "random", "self", "super"}


def changes(node: ast.AST, tree: ast.AST) -> Iterator[ast.AST]:
    """What may stand in the place of a statement or an expression; nothing for a kind that is left alone."""
    change = _CHANGES.get(type(node))
    if change:
        yield from change(node, tree)


def every_change(tree: ast.AST) -> Iterator[tuple[ast.expr | ast.stmt, ast.AST]]:
    """A node and what stands in its place: at each turn the tree has this one change, at the end none."""
    for node, put in places(tree):
        for new in changes(node, tree):
            put(new)
            yield node, new
            put(node)


def places(tree: ast.AST) -> Iterator[tuple[ast.expr | ast.stmt, Callable[[ast.AST], None]]]:
    """Every statement and expression, and a function that puts another one in its place."""
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if isinstance(value, ast.expr | ast.stmt) and not isinstance(getattr(value, "ctx", None), ast.Store):
                yield value, partial(setattr, parent, name)
            elif isinstance(value, list):
                for i, item in enumerate(value):
                    if isinstance(item, ast.expr | ast.stmt) and not isinstance(getattr(item, "ctx", None), ast.Store):
                        yield item, partial(value.__setitem__, i)


def compiles(code: str) -> bool:
    """Is it Python, and nothing of which Python itself says that it cannot be meant, such as `0.4(x)`?"""
    with warnings.catch_warnings():
        warnings.simplefilter("error", SyntaxWarning)
        try:
            compile(code, "mutant", "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            return False
    return True


def in_words(node: ast.AST, new: ast.AST) -> str:
    """One change, on one line: "x + y -> x - y"; where a part of a call or list is left out, "axis=1 -> left out"."""
    return getattr(new, "in_words", f"{short(node)} -> {short(new)}")


def short(node: ast.AST) -> str:
    """One line of a node's text: of a statement with a body its head."""
    text = ast.unparse(node).split("\n")[0] if hasattr(node, "body") else " ".join(ast.unparse(node).split())
    return text if len(text) <= 90 else f"{text[:60]} … {text[-27:]}"


def _without(part: ast.AST, new: ast.AST) -> ast.AST:
    """The new node, told by the part that it lacks."""
    told: Any = new  # a node may carry more than its fields
    told.in_words = f"{short(part)} -> left out"
    return new


def _binary(node: ast.BinOp, tree: ast.AST) -> Iterator[ast.AST]:
    left, right = node.left, node.right
    for other in _OPERATORS.get(type(node.op), ()):
        yield ast.BinOp(left, other(), right)
    yield left  # a term, a factor is left out
    if not isinstance(node.op, ast.Sub | ast.Div | ast.Pow | ast.FloorDiv | ast.Mod):
        yield right
    if isinstance(node.op, ast.Sub | ast.Div | ast.MatMult):
        yield ast.BinOp(right, node.op, left)
    if isinstance(node.op, ast.MatMult):
        for a, b in ((_transposed(left, tree), right), (left, _transposed(right, tree))):
            yield ast.BinOp(a, node.op, b)


def _transposed(node: ast.expr, tree: ast.AST) -> ast.expr:
    """With a transpose put in, of the library that the answer uses; a transpose that is there is another's business."""
    library = "tf" if any(isinstance(n, ast.Name) and n.id == "tf" for n in ast.walk(tree)) else "np"
    return node if "transpose" in ast.unparse(node) else _call(f"{library}.transpose", node)


def _unary(node: ast.UnaryOp, tree: ast.AST) -> Iterator[ast.AST]:
    yield node.operand


def _constant(node: ast.Constant, tree: ast.AST) -> Iterator[ast.AST]:
    match node.value:
        case bool(value):
            yield ast.Constant(not value)
        case int(value):
            yield ast.Constant(value + 1)
            if value > 0:
                yield ast.Constant(value - 1)
        case float(value):
            yield ast.Constant(2 * value or 1.0)
            if value:
                yield ast.Constant(0.0)
        case str(value):
            yield ast.Constant(_another_value(node, tree) or ("" if value else "x"))


def _another_value(node: ast.Constant, tree: ast.AST) -> Any:
    """For a text among the values of a dict, the next other one of these values."""
    for table in (n for n in ast.walk(tree) if isinstance(n, ast.Dict) and any(v is node for v in n.values)):
        texts = list(dict.fromkeys(v.value for v in table.values if isinstance(v, ast.Constant)))
        return texts[(texts.index(node.value) + 1) % len(texts)] if len(texts) > 1 else ""
    return ""


def _comparison(node: ast.Compare, tree: ast.AST) -> Iterator[ast.AST]:
    for other in _COMPARISONS.get(type(node.ops[0]), ()):
        yield ast.Compare(node.left, [other(), *node.ops[1:]], node.comparators)


def _both(node: ast.BoolOp, tree: ast.AST) -> Iterator[ast.AST]:
    yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    yield from node.values


def _condition(node: ast.If | ast.While | ast.IfExp, tree: ast.AST) -> Iterator[ast.AST]:
    copied = dict(ast.iter_fields(node))
    yield type(node)(**copied | {"test": ast.UnaryOp(ast.Not(), node.test)})


def _comprehension(node: ast.ListComp | ast.GeneratorExp | ast.SetComp, tree: ast.AST) -> Iterator[ast.AST]:
    """Its condition is left out."""
    first, *rest = node.generators
    if first.ifs:
        yield type(node)(node.elt, [ast.comprehension(first.target, first.iter, [], 0), *rest])


def _attribute(node: ast.Attribute, tree: ast.AST) -> Iterator[ast.AST]:
    if node.attr == "T":
        yield node.value
    elif node.attr in _SIBLINGS:
        sibling = _SIBLINGS[node.attr]
        if sibling == "concat" and _root(node) == "np":
            sibling = "concatenate"
        yield ast.Attribute(node.value, sibling, node.ctx)


def _name(node: ast.Name, tree: ast.AST) -> Iterator[ast.AST]:
    if node.id in _BUILT_IN_SIBLINGS:
        yield ast.Name(_BUILT_IN_SIBLINGS[node.id], node.ctx)


def _called(node: ast.Call, tree: ast.AST) -> Iterator[ast.AST]:
    """The call left out, two arguments swapped, an argument with a name left out, a bound of a range off by one."""
    args, function = node.args, node.func
    if isinstance(function, ast.Attribute) and _root(function) not in _ROOMS:
        yield function.value  # text.strip() -> text
    elif args and not isinstance(args[0], ast.Starred):
        yield args[0]
    commutes = _last_name(function) in ("min", "max", "minimum", "maximum")
    for i in range(0 if commutes else len(args) - 1):
        yield ast.Call(function, [*args[:i], args[i + 1], args[i], *args[i + 2 :]], node.keywords)
    for keyword in node.keywords:
        yield _without(keyword, ast.Call(function, args, [k for k in node.keywords if k is not keyword]))
    if isinstance(function, ast.Name) and function.id == "range":
        for i, arg in enumerate(args):
            for off in () if isinstance(arg, ast.Constant) else _off_by_one(arg):
                yield ast.Call(function, [*args[:i], off, *args[i + 1 :]], [])


def _subscript(node: ast.Subscript, tree: ast.AST) -> Iterator[ast.AST]:
    """Its axes swapped, an index off by one, an end of a slice left out or off by one."""
    indices = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if len(indices) == 2:
        yield ast.Subscript(node.value, ast.Tuple(indices[::-1], ast.Load()), node.ctx)
    for i, index in enumerate(indices):
        for other in _other_indices(index, single=len(indices) == 1):
            parts = [*indices[:i], other, *indices[i + 1 :]]
            yield ast.Subscript(node.value, parts[0] if len(parts) == 1 else ast.Tuple(parts, ast.Load()), node.ctx)


def _other_indices(index: ast.expr, single: bool) -> Iterator[ast.expr]:
    if isinstance(index, ast.Slice):
        for end in ("lower", "upper"):
            bound = getattr(index, end)
            if bound is not None:
                ends: dict[str, Any] = {"lower": index.lower, "upper": index.upper, "step": index.step}
                yield ast.Slice(**ends | {end: None})
                for off in () if isinstance(bound, ast.Constant) else _off_by_one(bound):
                    yield ast.Slice(**ends | {end: off})
    elif not isinstance(index, ast.Constant | ast.UnaryOp) and not single:  # a single name may be the key of a dict
        yield from _off_by_one(index)


def _off_by_one(node: ast.expr) -> Iterator[ast.expr]:
    for operator in (ast.Add(), ast.Sub()):
        yield ast.BinOp(node, operator, ast.Constant(1))


def _list(node: ast.List, tree: ast.AST) -> Iterator[ast.AST]:
    """One of several elements is left out, such as a layer."""
    if isinstance(node.ctx, ast.Load) and len(node.elts) > 1:
        for i in range(len(node.elts)):
            yield _without(node.elts[i], ast.List(node.elts[:i] + node.elts[i + 1 :], node.ctx))


def _returned(node: ast.Return, tree: ast.AST) -> Iterator[ast.AST]:
    """Nothing, another name, two results swapped or one alone."""
    yield ast.Return(ast.Constant(None))
    if isinstance(node.value, ast.Tuple):
        results = node.value.elts
        if len(results) == 2:
            yield ast.Return(ast.Tuple(results[::-1], ast.Load()))
        for result in results:
            yield ast.Return(result)
    parts = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
    for i, part in enumerate(parts):
        if isinstance(part, ast.Name):
            for other in _other_names(part, node, tree):
                new = [*parts[:i], ast.Name(other, ast.Load()), *parts[i + 1 :]]
                yield ast.Return(ast.Tuple(new, ast.Load()) if len(new) > 1 else new[0])


def _other_names(part: ast.Name, node: ast.Return, tree: ast.AST) -> list[str]:
    """The last argument of the function around, and the variable that was set last before the `return`."""
    around = [f for f in ast.walk(tree) if isinstance(f, ast.FunctionDef) and node in ast.walk(f)][-1]
    arguments = [a.arg for a in around.args.args if a.arg not in (part.id, "self")]
    stored = [
        n
        for n in ast.walk(around)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store) and n.id != part.id and n.lineno <= node.lineno
    ]
    variables = [n.id for n in sorted(stored, key=lambda n: (n.lineno, n.col_offset))]
    return list(dict.fromkeys(arguments[-1:] + variables[-1:]))


def _statement(node: ast.Expr | ast.AugAssign | ast.Assign, tree: ast.AST) -> Iterator[ast.AST]:
    """Left out; and `a += b` as `a -= b`. What makes a name is not left out: that is a NameError, and no slip."""
    made_here = isinstance(node, ast.Assign) and not all(isinstance(t, ast.Subscript) for t in node.targets)
    if not made_here and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
        yield _without(node, ast.Pass())
    if isinstance(node, ast.AugAssign):
        for other in _OPERATORS.get(type(node.op), ()):
            yield ast.AugAssign(node.target, other(), node.value)


def _last_name(node: ast.AST) -> str:
    return getattr(node, "attr", getattr(node, "id", ""))


def _root(node: ast.AST) -> str:
    """The name at the bottom of `tf.nn.softmax`; empty if there is none."""
    while isinstance(node, ast.Attribute):
        node = node.value
    bottom = node.func if isinstance(node, ast.Call) else node
    return bottom.id if isinstance(bottom, ast.Name) else ""


def _call(function: str, *args: ast.expr) -> ast.Call:
    return ast.Call(ast.parse(function, mode="eval").body, list(args), [])


# kind of node -> what takes one of that kind, and the tree around it
_CHANGES: dict[type[ast.AST], Callable[[Any, ast.AST], Iterator[ast.AST]]] = {
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.Constant: _constant,
    ast.Compare: _comparison,
    ast.BoolOp: _both,
    ast.If: _condition,
    ast.While: _condition,
    ast.IfExp: _condition,
    ast.ListComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.SetComp: _comprehension,
    ast.Attribute: _attribute,
    ast.Name: _name,
    ast.Call: _called,
    ast.Subscript: _subscript,
    ast.List: _list,
    ast.Return: _returned,
    ast.Expr: _statement,
    ast.Assign: _statement,
    ast.AugAssign: _statement,
}
