"""The rooms of the autograder: imports run downwards, and what runs beside a student's code can reach no check."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from kit import ROOT

PACKAGE = ROOT / "seqlab"
HOME = "seqlab.autograder"
ROOMS = ("wire", "child", "judging", "course", "reports", "exports")  # each may import those before it
CHILD = "seqlab.autograder.child"
# what a process with a student's code in it must not have, nor be able to load by an import of its own
SECRETS = (
    *(f"{HOME}.{room}" for room in ROOMS if room not in ("wire", "child")),
    "seqlab.authoring",
    "seqlab.checks",
    "seqlab.exercises",
    "seqlab.labs",
    "seqlab_checks_",
    "labs",
    "checks",
)


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in PACKAGE.rglob("*.py")}


def imports(name: str) -> set[str]:
    """The modules of the package that a module imports, wherever in it the import stands; what is unclear counts.

    With a module come the packages that it lies in. An import by name (`import_module`) is one of all that it could
    mean, unless the name is a constant.
    """
    path, found = MODULES[name], set()
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = ".".join([*package.split(".")[: len(package.split(".")) - node.level + 1], *base.split(".")])
            found |= {base.strip("."), *(f"{base}.{alias.name}".strip(".") for alias in node.names)}
        elif isinstance(node, ast.Call):
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if called in ("import_module", "__import__", "run_module", "run_path", "spec_from_file_location"):
                argument = node.args[0] if node.args else None
                constant = isinstance(argument, ast.Constant) and isinstance(argument.value, str)
                found |= {argument.value} if constant else {"?"}
    parents = {module.rsplit(".", n)[0] for module in found for n in range(1, module.count(".") + 1)}
    return {m for m in found | parents if m in MODULES or m == "?"} - {name}


GRAPH = {name: imports(name) for name in MODULES}


def reached(starts: set[str]) -> dict[str, str]:
    """All modules that an import of the given ones may load, each with the one that imports it."""
    found, todo = dict.fromkeys(starts, ""), list(starts)
    while todo:
        name = todo.pop()
        for module in GRAPH[name] - {"?"}:
            if module not in found:
                found[module] = name
                todo.append(module)
    return found


def in_room(room: str) -> set[str]:
    return {name for name in MODULES if f"{name}.".startswith(f"{HOME}.{room}.")}


def test_the_graph_sees_an_import_in_a_function():
    """The test of the test: reports look a hint up in a lab's folder, and the demo grades inside of a function."""
    assert f"{HOME}.course.unit" in GRAPH["seqlab.demo"]
    assert "seqlab.exercises" in reached({f"{HOME}.reports"} | in_room("reports"))
    assert f"{HOME}.wire.codec" in reached({f"{CHILD}.answering"})
    assert "?" in GRAPH["seqlab.exercises"]  # it loads a checks.py by its path


def test_nothing_in_child_can_import_a_check():
    start = in_room("child")
    assert len(start) > 8
    found = reached(start)
    assert not {m: by for m, by in found.items() if any(f"{m}.".startswith(s) for s in SECRETS)}
    # `seqlab` and `seqlab.lazy` import rooms by name when these are asked for; nothing else below child does so
    assert {m for m in found if "?" in GRAPH[m]} <= {"seqlab", "seqlab.lazy"}
    for name in in_room("child") | in_room("wire"):
        for node in ast.walk(ast.parse(MODULES[name].read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):  # a name of the whole package could be asked for its rooms
                assert not any(alias.name.split(".")[0] == "seqlab" for alias in node.names), name


def test_a_fresh_interpreter_that_loads_all_of_child_has_no_check():
    modules = sorted(in_room("child") | in_room("wire"))
    code = "import importlib, sys\nfor m in sys.argv[1:]: importlib.import_module(m)\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-P", "-c", code, *modules], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    assert set(modules) <= set(loaded)
    assert not [m for m in loaded if any(f"{m}.".startswith(s) for s in SECRETS)]
    ours = {m for m in loaded if m.split(".")[0] == "seqlab"}
    assert ours <= set(reached(set(modules)))  # the graph above has seen everything


@pytest.mark.parametrize("room", ROOMS)
def test_imports_between_rooms_run_downwards(room):
    above = ROOMS[ROOMS.index(room) + 1 :]
    upwards = {(a, b) for a in in_room(room) for b in GRAPH[a] if b.split(".")[:2] == HOME.split(".")}
    assert not [(a, b) for a, b in upwards if b.split(".")[2:3] and b.split(".")[2] in above]


def test_no_module_of_the_autograder_imports_itself_round_a_circle():
    """Packages apart: with a module come the packages it lies in, which import nothing of their own."""
    names = {n for room in ROOMS for n in in_room(room) if MODULES[n].name != "__init__.py"}
    for start in names:
        found, todo = set(), [start]
        while todo:
            for module in GRAPH[todo.pop()] & names:
                assert module != start, f"{start} imports itself, by way of {sorted(found)}"
                if module not in found:
                    found.add(module)
                    todo.append(module)
