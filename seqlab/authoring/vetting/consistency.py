"""What a lab's files must say alike: points, headings, hints, signatures, banks. Quick, and without TensorFlow.

`inconsistencies(folder)` gives a sentence for each thing that does not fit; a build refuses a lab that has one.
"""

import ast
import json
import re
from collections import Counter
from pathlib import Path

from seqlab.authoring.source import Source, read_source
from seqlab.errors import SeqlabError
from seqlab.exercises import Exercise, LabFolder

POINTS, HINTS = 100, 3
RIGHT, WRONG = 2, 3  # answers in the bank, for each exercise; a new lab should have more

# "## Exercise 2 · `fading` · 40 points", and in a table "| 2 | `fading` | ≈ 5 min | 40 |"
_HEADING = re.compile(r"^#{1,6} Exercise (\d+) · `(\w+)` · ([\d.]+) points?\b", re.M)
_ROW = re.compile(r"^\| *(\d+) *\| *`(\w+)` *\|.*\| *([\d.]+) *\|$", re.M)


def inconsistencies(folder: Path) -> list[str]:
    """The sentences, each of which names the lab's file or exercise; none if all is well.

    What already the reading of a source refuses, such as an answer cell without a check cell, is one of them.
    """
    try:
        source, exercises = read_source(folder), LabFolder(folder).exercises
    except SeqlabError as error:
        return [str(error)]
    found = [*_names(source, exercises), *_points(exercises), *_headings(source, exercises)]
    for name, exercise in exercises.items():
        if name in source.exercises:
            found += _signature(source, exercise)
    return [*found, *_hints(folder, exercises), *_banks(folder, exercises)]


def _names(source: Source, exercises: dict[str, Exercise]) -> list[str]:
    cells, checks = source.exercises, list(exercises)
    if sorted(cells) != sorted(checks):
        only = [f"{name} has no check in checks.py" for name in cells if name not in checks]
        return only + [f"{name} has no TODO cell in notebook.py" for name in checks if name not in cells]
    if cells != checks:
        return [
            f"the exercises come in this order in notebook.py: {', '.join(cells)}; in checks.py: {', '.join(checks)}"
        ]
    return []


def _points(exercises: dict[str, Exercise]) -> list[str]:
    total = sum(e.points for e in exercises.values())
    if abs(total - POINTS) < 1e-9:
        return []
    each = ", ".join(f"{e.name} {e.points:g}" for e in exercises.values())
    return [f"the points in checks.py add up to {total:g} instead of {POINTS}: {each}"]


def _headings(source: Source, exercises: dict[str, Exercise]) -> list[str]:
    """Each exercise has a heading before its cell, and what headings and tables say of it is so."""
    prose = "\n".join(c.source for c in source.cells if c.kind == "markdown")
    found = []
    for pattern, where in ((_HEADING, "heading"), (_ROW, "row in a table")):
        said = pattern.findall(prose)
        for number, name, points in said:
            if name not in exercises:
                found.append(f"notebook.py has a {where} for {name}, which checks.py does not know")
                continue
            place = list(exercises).index(name) + 1
            if int(number) != place:
                found.append(f"the {where} of {name} calls it exercise {number}, but it is number {place}")
            if float(points) != exercises[name].points:
                worth = f"{exercises[name].points:g}"
                found.append(f"the {where} of {name} says {points} points, but checks.py says {worth}")
        if where == "heading":
            for name, times in ((n, Counter(s[1] for s in said)[n]) for n in exercises):
                if times != 1:
                    wanted = (
                        f"### Exercise {list(exercises).index(name) + 1} · `{name}` · {exercises[name].points:g} points"
                    )
                    found.append(f"{name} has {times} headings instead of one, such as: {wanted}")
    return found


def _signature(source: Source, exercise: Exercise) -> list[str]:
    """`takes` names the arguments of the function, or of the class's constructor, as the cell has them."""
    if exercise.kind == "dict":
        return []
    for node in ast.parse(source.answer(exercise.name).solution).body:
        if getattr(node, "name", "") != exercise.name:
            continue
        if isinstance(node, ast.ClassDef):
            made = [f for f in node.body if isinstance(f, ast.FunctionDef) and f.name == "__init__"]
            arguments = [a.arg for f in made for a in f.args.args[1:]]
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            arguments = [a.arg for a in node.args.args]
        else:
            continue
        if tuple(arguments) != exercise.arguments:
            return [
                f'the cell of {exercise.name} takes "{", ".join(arguments)}", '
                f'but checks.py says takes="{exercise.takes}"'
            ]
    return []


def _hints(folder: Path, exercises: dict[str, Exercise]) -> list[str]:
    hints = LabFolder(folder).hints
    found = [f"hints.md has hints for {name}, which checks.py does not know" for name in hints if name not in exercises]
    for name in exercises:
        if len(hints.get(name, [])) != HINTS:
            found.append(f"{name} has {len(hints.get(name, []))} hints in hints.md instead of {HINTS}")
    return found


def _banks(folder: Path, exercises: dict[str, Exercise]) -> list[str]:
    """Each exercise has right and wrong answers on which its check is tried."""
    kinds: Counter[tuple[str, str]] = Counter()
    for path in LabFolder(folder).banks:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                kinds[row["exercise"], row["kind"]] += 1
            except (ValueError, KeyError, TypeError):
                return [f'answers/{path.name}, line {number}, should be JSON with "exercise" and "kind"']
    found = []
    for name in exercises:
        right, wrong = kinds[name, "right"], kinds[name, "wrong"]
        if right < RIGHT or wrong < WRONG:
            found.append(
                f"{name} has {right} right and {wrong} wrong answers in answers/, "
                f"and needs {RIGHT} right and {WRONG} wrong ones"
            )
    return found
