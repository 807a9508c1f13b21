"""A lab's folder as one object: what it says of the labs that there are, and of folders that are none."""

import ast
import builtins

import pytest

from seqlab import prelude
from seqlab.authoring import student_notebook
from seqlab.authoring.source import names_bound, read_source
from seqlab.errors import SeqlabError
from seqlab.exercises import LabFolder, all_labs, find_exercise, find_lab

LABS = all_labs()


@pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.id)
def test_a_lab_is_whole(lab):
    assert lab.name == lab.path.name
    assert lab.name.startswith(f"{lab.id}_")
    assert lab.title.startswith(f"Lab {lab.id.removeprefix('lab')} — ")
    assert list(lab.points) == list(lab.exercises) == read_source(lab.path).exercises
    assert sum(lab.points.values()) == 100
    assert {name: len(hints) for name, hints in lab.hints.items()} == dict.fromkeys(lab.exercises, 3)
    assert all(hint and not hint.startswith(("1.", "2.", "3.")) for hints in lab.hints.values() for hint in hints)
    assert lab.banks
    assert find_lab(lab.id) == find_lab(lab.name) == lab


def test_what_is_no_lab_is_told_in_a_sentence(tmp_path):
    with pytest.raises(SeqlabError, match=", ".join(lab.id for lab in LABS)):
        find_lab("lab")
    with pytest.raises(SeqlabError, match="one of: none"):
        find_lab("lab2", tmp_path)
    with pytest.raises(SeqlabError, match="has the exercises rnn_step"):
        find_exercise("lab2", "nothing")
    with pytest.raises(SeqlabError, match=r"holds a checks\.py"):
        LabFolder(tmp_path).exercises  # noqa: B018


def test_a_folder_without_hints_or_banks_has_none(tmp_path):
    folder = tmp_path / "lab9_none"
    folder.mkdir()
    (folder / "checks.py").write_text("")
    (folder / "notebook.py").write_text("# no heading\n")
    [lab] = all_labs(tmp_path)
    assert (lab.hints, lab.banks, lab.exercises, lab.title) == ({}, [], {}, "lab9_none")


def bound(code: str) -> set[str]:
    """The names that code binds at top level, imports included."""
    aliases = [a for node in ast.parse(code).body if isinstance(node, ast.Import) for a in node.names]
    return {(a.asname or a.name).partition(".")[0] for a in aliases} | names_bound(code)


@pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.id)
def test_every_way_to_an_answer_begins_with_the_same_names(lab):
    """The child's namespace, the student's set-up cell, and the one an author runs."""
    names = bound("\n".join(lab.prelude))
    assert set(prelude.namespace()) - {"__name__", "__builtins__"} == names
    assert not names & set(dir(builtins))
    built = next(cell.source for cell in student_notebook(lab.path).cells if cell.id == "setup")
    [written] = [cell.source for cell in read_source(lab.path).cells if cell.role == "setup"]
    for code in (built.replace("%pip", "pass #"), written):
        assert names <= bound(code)
        assert bound(code) - names <= {"importlib", "plt", "seqlab", "lab"}
