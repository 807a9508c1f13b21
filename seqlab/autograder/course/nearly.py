"""Nearly right: no answer is there, but something that looks like one. It earns nothing, and it is told."""

import re
from difflib import SequenceMatcher

from seqlab.autograder.course.contents import Contents
from seqlab.autograder.judging.exercise import Exercise
from seqlab.autograder.judging.verdict import Verdict
from seqlab.exercises import LabFolder

ALIKE = 0.8  # of two names, from 0 to 1
MOST = 300  # definitions that are looked at
_DEFINITION = re.compile(r"^[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+(\w{1,60})[ \t]*(?:\(([^()]{0,500})\))?", re.M)
_ASSIGNED = re.compile(r"^(\w{1,60})[ \t]*(?::[^=\n]{0,80})?=[ \t]*(?:\{|dict\(|lambda\b)", re.M)


def nearly(contents: Contents, verdict: Verdict) -> str:
    """What lies there instead of the missing answer, as a sentence; "" if nothing does, or an answer is there."""
    if verdict.status != "missing":
        return ""
    exercise = contents.lab.exercises[verdict.exercise]
    blank = _blank(contents.lab)
    elsewhere = _elsewhere(contents, exercise.name, blank) if "is not defined" in verdict.message else ""
    return elsewhere or _renamed(contents, exercise, blank)


def _elsewhere(contents: Contents, name: str, blank: str) -> str:
    """Is the answer's text in a cell or a comment that is not run?"""
    written = rf"(?:async[ \t]+)?(?:(?:def|class)[ \t]+{name}\b|{name}[ \t]*=[ \t]*(?:\{{|lambda\b))"
    comment = re.compile(rf"^[ \t]*+#++[ \t]*+{written}", re.M)
    # possessive: after other repetitions of the same characters, a long line of them would take its length's cube
    if re.search(rf"^[ \t#>]*+{written}", "\n".join(contents.texts), re.M) and not comment.search(blank):
        return f"{name} stands in a Markdown or raw cell, which is never run: make it a code cell"
    code = "\n".join(contents.cells)
    if comment.search(code) and not comment.search(blank):
        return f"{name} stands in a cell, but commented out: remove the # before its lines"
    if re.search(rf"^[ \t]*+{written}", code, re.M):
        return (
            f"{name} stands in a cell, but where it is not run: in quotes, under a magic, or inside of something else"
        )
    return ""


def _renamed(contents: Contents, exercise: Exercise, blank: str) -> str:
    """Is there a definition of nearly that name that the lab itself does not have, with as many arguments?"""
    given = {name for name, _ in _defined(blank)} | set(contents.lab.exercises)
    for name, arguments in reversed(_defined("\n".join(contents.cells))[-MOST:]):
        fits = exercise.kind != "function" or arguments is None or _takes(arguments, len(exercise.arguments))
        if name not in given and fits and _alike(name, exercise.name):
            return f"there is {name}: an answer keeps the name that its cell gives it, so was {exercise.name} renamed?"
    return ""


def _defined(code: str) -> list[tuple[str, str | None]]:
    """Name, and arguments where they are given, of all that is defined."""
    return [(m[1], m[2]) for m in _DEFINITION.finditer(code)] + [(m[1], None) for m in _ASSIGNED.finditer(code)]


def _takes(arguments: str, number: int) -> bool:
    named = [a for a in re.sub(r"\[[^][]*\]", "", arguments).split(",") if a.strip() not in ("", "/", "*")]
    if any(a.strip().startswith("*") for a in named):
        return True
    return sum("=" not in a for a in named) <= number <= len(named)


def _alike(a: str, b: str) -> bool:
    a, b = a.lower(), b.lower()
    words = [sorted(re.findall(r"[^\W_]+", name)) for name in (a, b)]
    a, b = a.replace("_", ""), b.replace("_", "")
    contained = min(len(a), len(b)) >= 4 and (a in b or b in a)
    return words[0] == words[1] or contained or SequenceMatcher(None, a, b).ratio() >= ALIKE


def _blank(lab: LabFolder) -> str:
    """The lab's own source, whose names and examples are no student's."""
    try:
        return lab.notebook.read_text(encoding="utf-8")
    except OSError:
        return ""
