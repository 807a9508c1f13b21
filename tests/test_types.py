"""Every public function, method and class says its types: of each parameter, and of what it returns.

`mypy` holds the modules to more than that, but only where it is run. Nothing is imported here.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from kit import ROOT

PACKAGE = ROOT / "seqlab"


def public_functions(body: list[ast.stmt], within: str = "") -> Iterator[tuple[str, ast.FunctionDef, bool]]:
    """The public functions among statements, and the public methods of public classes: name, node, "has a self"."""
    for node in body:
        if isinstance(node, ast.If | ast.Try):
            yield from public_functions([*node.body, *node.orelse], within)
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from public_functions(node.body, f"{within}{node.name}.")
        elif isinstance(node, ast.FunctionDef) and (not node.name.startswith("_") or node.name.endswith("__")):
            static = any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in node.decorator_list)
            yield f"{within}{node.name}", node, bool(within) and not static


def lacking(node: ast.FunctionDef, has_self: bool) -> list[str]:
    """The parameters of a function that say no type, and `return` if that says none.

    An `__init__` can return nothing but None: as for mypy, it may leave that out where a parameter says its type.
    """
    given = node.args
    parameters = [*given.posonlyargs, *given.args][has_self:] + given.kwonlyargs
    parameters += [starred for starred in (given.vararg, given.kwarg) if starred is not None]
    missing = [p.arg for p in parameters if p.annotation is None]
    told = node.returns is not None or (node.name == "__init__" and len(missing) < len(parameters))
    return missing if told else [*missing, "return"]


def counted(folder: Path) -> tuple[int, list[str]]:
    """How many public functions the modules of a folder or file have, and those that lack a type somewhere."""
    count, found = 0, []
    for path in [folder] if folder.is_file() else sorted(folder.glob("*.py")):
        for name, node, has_self in public_functions(ast.parse(path.read_text(encoding="utf-8")).body):
            count += 1
            if missing := lacking(node, has_self):
                found.append(f"{path.stem}.{name}: {', '.join(missing)}")
    return count, found


FOLDERS = sorted({path.parent for path in PACKAGE.rglob("*.py") if not path.is_relative_to(PACKAGE / "_labs")})


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: ".".join(folder.relative_to(ROOT).parts))
def test_every_public_function_says_its_types(folder):
    _, found = counted(folder)
    assert not found, "\n".join(found)


def test_rooms_have_public_functions():
    for room in ("layers", "models", "plots", "music", "text", "sequences", "composing", "commands"):
        assert counted(PACKAGE / room)[0] >= 4, room


def test_a_function_without_types_is_found(tmp_path):
    module = tmp_path / "module.py"
    module.write_text(
        "def f(x, *args, y: int, **more) -> int: ...\n"
        "def _g(x): ...\n"
        "class A:\n"
        "    def __init__(self, x: int): ...\n"
        "    def __call__(self, x: int): ...\n"
        "    def m(self) -> None: ...\n"
        "    @staticmethod\n"
        "    def s(x) -> None: ...\n"
    )
    assert counted(module) == (5, ["module.f: x, args, more", "module.A.__call__: return", "module.A.s: x"])
