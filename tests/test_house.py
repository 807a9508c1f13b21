"""The house stands: imports run downwards only, and in no circle, also those that wait inside a function.

What is imported for type checkers alone does not count, nor what a docstring shows.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from kit import ROOT

# From the roof to the ground: a room imports from the lines below its own, and from the rooms beside it on its line.
ROOMS = [
    "cli",
    "commands demo",
    "concepts labs",
    "autograder.exports",
    "autograder.reports",
    "autograder.course",
    "authoring",
    "autograder.judging autograder.exercise checks exercises",
    "composing",
    "models",
    "music series text",
    "plots",
    "layers sequences",
    "autograder.child",
    "autograder.wire",
    "data",
    "autograder places prelude quiet terminal whole lazy",
    "errors",
    "seqlab",  # the package itself, whose version is asked for
]


def modules(root: Path) -> dict[str, ast.Module]:
    """The modules of the package seqlab in a folder, by name."""
    found = {}
    for path in sorted((root / "seqlab").rglob("*.py")):
        inside = path.relative_to(root)
        if all((root / folder / "__init__.py").is_file() for folder in list(inside.parents)[:-1]):
            name = ".".join(inside.with_suffix("").parts).removesuffix(".__init__")
            found[name] = ast.parse(path.read_text(encoding="utf-8"))
    return found


def statements(node: ast.AST) -> Iterator[ast.AST]:
    """Everything below a node that runs when the program runs."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            yield from (part for other in child.orelse for part in (other, *statements(other)))
        else:
            yield child
            yield from statements(child)


def homes(root: Path, module: str, tree: ast.Module) -> dict[str, str]:
    """Of a room that is imported lazily: its public names, and the module that holds each.

    They stand in the call of `lazy`, or in the room's `__init__.pyi`.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "lazy":
            if len(node.args) > 1:
                return {name: f"{module}.{home}" for name, home in ast.literal_eval(node.args[1]).items()}
            stub = ast.parse((root / module.replace(".", "/") / "__init__.pyi").read_text(encoding="utf-8"))
            lines = [line for line in stub.body if isinstance(line, ast.ImportFrom)]
            return {alias.name: f"{module}.{line.module}" for line in lines for alias in line.names}
    return {}


def imports(root: Path) -> dict[str, set[str]]:
    """Module -> the modules of the package that it imports, anywhere in it."""
    trees = modules(root)
    lazily = {name: homes(root, name, tree) for name, tree in trees.items()}

    def named(module: str, name: str) -> str:
        return f"{module}.{name}" if f"{module}.{name}" in trees else lazily.get(module, {}).get(name, module)

    found = {}
    for module, tree in trees.items():
        found[module] = set(lazily[module].values())
        for node in statements(tree):
            if isinstance(node, ast.Import):
                found[module] |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{module} imports by a relative name"
                found[module] |= {named(node.module, alias.name) for alias in node.names}
        found[module] = {name for name in found[module] if name in trees and name != module}
    return found


def circles(found: dict[str, set[str]]) -> list[set[str]]:
    """The sets of modules of which each imports, directly or not, all the others."""
    reach = {module: set(names) for module, names in found.items()}
    for middle in reach:
        for names in reach.values():
            if middle in names:
                names |= reach[middle]
    return [
        {module} | {other for other in reach[module] if module in reach[other]}
        for module in sorted(reach)
        if module in reach[module] and module == min(other for other in reach[module] if module in reach[other])
    ]


def room(module: str) -> str:
    """The longest name in ROOMS that a module's name begins with."""
    parts = module.split(".")
    names = [".".join(parts[1:k]) for k in range(len(parts), 1, -1)]
    return next((name for name in names if any(name in line.split() for line in ROOMS)), parts[0] if not names else "?")


def upwards(found: dict[str, set[str]]) -> list[tuple[str, str]]:
    """The imports that do not run downwards: (module, what it imports)."""
    level = {name: height for height, line in enumerate([*ROOMS, "?"]) for name in line.split()}
    return [
        (module, other)
        for module, others in sorted(found.items())
        for other in sorted(others)
        if level[room(module)] > level[room(other)]
    ]


@pytest.fixture(scope="module")
def found():
    return imports(ROOT)


def test_every_module_stands_in_a_room(found):
    assert not [module for module in found if room(module) == "?"]


def test_imports_form_no_circle(found):
    assert not circles(found)


def test_imports_run_downwards_only(found):
    assert not upwards(found)


def test_circles_and_upward_imports_are_found_where_they_hide(tmp_path):
    """Within a function, behind a lazy room, over three modules; and not among what only a type checker reads."""
    sources = {
        "__init__": "",
        "errors": "def f():\n    from seqlab.plots import colour\n",
        "plots/__init__": "from seqlab.lazy import lazy\n__all__, __getattr__, __dir__ = lazy(__name__, {'colour': 'red'})\n",
        "plots/red": "import seqlab.errors\n",
        "lazy": "",
        "layers/__init__": "",
        "layers/a": "from seqlab.layers import b\n",
        "layers/b": "class B:\n    def f(self):\n        if self:\n            from seqlab.layers.c import x\n",
        "layers/c": "from seqlab.layers.a import x\n",
        "music/__init__": "",
        "music/d": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from seqlab.music.e import E\n",
        "music/e": "from seqlab.music.d import D\n",
        "text/__init__": "from seqlab.lazy import lazy\n__all__, __getattr__, __dir__ = lazy(__name__)\n",
        "text/f": "from seqlab.text import G\n",
        "text/g": "from seqlab.text.f import F\n",
    }
    for name, source in sources.items():
        path = tmp_path / "seqlab" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    (tmp_path / "seqlab/text/__init__.pyi").write_text("from .g import G as G\n")
    found = imports(tmp_path)
    assert circles(found) == [
        {"seqlab.errors", "seqlab.plots.red"},
        {"seqlab.layers.a", "seqlab.layers.b", "seqlab.layers.c"},
        {"seqlab.text.f", "seqlab.text.g"},
    ]
    assert upwards(found) == [("seqlab.errors", "seqlab.plots.red")]
