"""Does the text say what a check tries? An edge that is graded is an edge that stands in the exercise.

    @exercise(..., edges={"large logits": "logits of 1000"})

The key is what the check tries: for a hidden case that has a name, a part of that name; else a few words. The value is
marked so in the source: these very words stand in the exercise's text, above the answer's cell or in it. Once an exercise
declares edges, each of its named hidden cases has one. Quick: nothing is run.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from seqlab.authoring.source import Source, read_source
from seqlab.exercises import LabFolder

_SIZES = re.compile(r"(?:\w+=)+\d+(?:, (?:\w+=)+\d+)*")  # "B=2, T=25" and "B=T=4" are no edges


def edges_not_in_text(folder: Path, every: bool = False) -> list[str]:
    """A sentence for each edge of a check of which the exercise's text says nothing.

    every: also of exercises that declare no edges, where a hidden case has a name.
    """
    source, lab = read_source(folder), LabFolder(folder)
    body = ast.parse(lab.checks.read_text(encoding="utf-8")).body
    functions = {node.name: node for node in body if isinstance(node, ast.FunctionDef)}
    found = []
    for exercise in lab.exercises.values():
        if exercise.name not in source.exercises or not (exercise.edges or every):
            continue
        text = plain(text_before(source, exercise.name))
        found += [
            f'{exercise.name}: the check tries "{tried}", but the text does not say "{words}"'
            for tried, words in exercise.edges.items()
            if plain(words) not in text
        ]
        found += [
            f'{exercise.name}: the hidden case "{case}" is none of its declared edges'
            for case in _named_cases(functions[exercise.name])
            if not any(tried in case for tried in exercise.edges)
        ]
    return found


def text_before(source: Source, exercise: str) -> str:
    """What stands above an answer's code, from the check before it on, and what its own cell says."""
    at = next(i for i, cell in enumerate(source.cells) if cell.exercise == exercise)
    first = max((i for i, cell in enumerate(source.cells[:at]) if cell.check), default=-1) + 1
    return "\n".join(c.source for c in source.cells[first:at]) + "\n" + source.cells[at].blank


def plain(text: str) -> str:
    """Words alone: one blank between them, no emphasis, no capitals."""
    return " ".join(re.sub(r"[*`$]", "", text).casefold().split())


def _named_cases(check: ast.AST) -> Iterator[str]:
    """The names that an author gave to hidden cases, `tries(..., case="…")` and `with t.case("…")`; sizes are none."""
    for call in ast.walk(check):
        if not isinstance(call, ast.Call):
            continue
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        given = {k.arg: k.value for k in call.keywords}
        label = given.get("case") if name == "tries" else call.args[0] if name == "case" and call.args else None
        if "visible" in given or not isinstance(label, ast.Constant):
            continue
        if not _SIZES.fullmatch(str(label.value)):
            yield str(label.value)
