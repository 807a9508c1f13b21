"""Every public name of every room is there, listed, and the only kind that texts for readers use."""

import ast
import importlib
import json
import re

import pytest
from kit import ROOT

ROOMS = [
    "seqlab",
    *(
        ".".join(folder.relative_to(ROOT).parts)
        for folder in sorted({path.parent for path in (ROOT / "seqlab").rglob("__init__.py")})
        if folder.relative_to(ROOT).parts[1:2] not in ((), ("autograder",), ("authoring",))
    ),
    "seqlab.concepts",
    "seqlab.data",
    "seqlab.errors",
    "seqlab.labs",
    "seqlab.lazy",
    "seqlab.quiet",
    "seqlab.whole",
]


@pytest.mark.parametrize("name", ROOMS)
def test_every_public_name_of_a_room_is_listed_sorted_and_there(name):
    room = importlib.import_module(name)
    listed = list(room.__all__)
    assert listed == sorted(listed, key=lambda n: (not n.isupper(), not n[0].isupper(), n))
    assert set(listed) <= set(dir(room))
    for public in listed:
        assert getattr(room, public) is not None
    star: dict[str, object] = {}
    exec(f"from {name} import *", star)
    assert set(listed) <= set(star)


@pytest.mark.parametrize("stub", sorted((ROOT / "seqlab").rglob("__init__.pyi")), ids=lambda stub: stub.parent.name)
def test_type_checkers_are_told_of_the_same_names(stub):
    room = importlib.import_module(".".join(stub.relative_to(ROOT).parts[:-1]))
    tree = ast.parse(stub.read_text(encoding="utf-8"))
    told = {name.asname for line in tree.body if isinstance(line, ast.ImportFrom) for name in line.names}
    told |= {line.target.id for line in tree.body if isinstance(line, ast.AnnAssign)}
    assert told == set(room.__all__)


@pytest.mark.parametrize("name", ROOMS)
def test_a_name_that_is_not_there_is_an_attribute_error(name):
    with pytest.raises(AttributeError):
        getattr(importlib.import_module(name), "no_such_name")  # noqa: B009


def texts_for_readers() -> dict[str, str]:
    """README, guides and the code of the labs' notebooks."""
    texts = {name: (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "CONTRIBUTING.md")}
    texts |= {str(p): p.read_text(encoding="utf-8") for p in (ROOT / "docs").rglob("*.md")}
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        texts[path.name] = "\n".join("".join(cell["source"]) for cell in cells)
    return texts


def used(text: str) -> set[tuple[str, str]]:
    """(room, name) for what a text imports from a room or calls by its whole name."""
    found = set()
    for module, names in re.findall(r"from (seqlab[\w.]*) import ([\w, ]+)", text):
        found |= {(module, name.split(" as ")[0].strip()) for name in names.split(",")}
    rest = re.sub(r"from seqlab[\w.]* import", "", text)
    for room in ROOMS:
        found |= {(room, name) for name in re.findall(rf"(?<![\w.]){re.escape(room)}\.([A-Za-z]\w*)", rest)}
        short = room.removeprefix("seqlab.")
        if re.search(rf"from seqlab import [\w, ]*\b{re.escape(short)}\b", text):
            found |= {(room, name) for name in re.findall(rf"(?<![\w.\"'/]){short}\.([A-Za-z]\w*)\(", text)}
    return found


@pytest.mark.parametrize("text", texts_for_readers().items(), ids=lambda item: item[0].rsplit("/", 1)[-1])
def test_readers_are_shown_public_names_only(text):
    for module, name in used(text[1]):
        room = max((r for r in ROOMS if f"{module}.".startswith(f"{r}.")), key=len)
        listed = importlib.import_module(room).__all__
        assert name in listed or f"{module}.{name}" in ROOMS, f"{module}.{name}"


def test_readers_are_shown_some():
    every = set().union(*map(used, texts_for_readers().values()))
    assert {("seqlab.layers", "MyRNNCell"), ("seqlab.music", "load_tunes"), ("seqlab.plots", "loss_curve")} <= every
