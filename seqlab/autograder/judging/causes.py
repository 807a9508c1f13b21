"""The first cause: which statement of a notebook failed, when a later one finds a name missing."""

import re
from collections.abc import Mapping, Sequence

from seqlab.autograder.judging.redaction import line_of
from seqlab.autograder.wire.answer_error import AnswerError

_UNDEFINED = re.compile(r"name '(\w+)' is not defined")
_NEWER = {  # version -> what older ones say or stand before
    "3.12": re.compile(r"f-string|^\s*type\s+\w+\s*[\[=]|^\s*(?:async\s+)?(?:def|class)\s+\w+\["),
    "3.14": re.compile(r"multiple exception types must be parenthesized|\bt['\"]"),
}
_CONFLICT = re.compile(r"\s*(?:<{7}|={7}|>{7})(?: |$)")


def missing_name(error: AnswerError) -> str:
    """The name that was looked for in vain; "" where the error says something else."""
    found = _UNDEFINED.match(error.message) if error.type == "NameError" else None
    return found[1] if found else ""


Plan = Sequence[tuple[int, list[str], list[str]]]  # of each statement the cell, the names it binds and those it reads


def first_cause(error: AnswerError, plan: Plan, broken: Mapping[int, AnswerError]) -> AnswerError:
    """What the error goes back to: the error of the statement that would have defined the missing name, and so on."""
    seen: set[int] = set()
    while name := missing_name(error):
        binders = [n for n in sorted(broken.keys() - seen) if n < len(plan)]
        index = next((n for n in reversed(binders) if name in plan[n][1]), None)
        if index is None:  # a star import that failed may have been to bring it
            index = next((n for n in binders if "*" in plan[n][1]), None)
        if index is None:
            break
        seen.add(index)
        error = broken[index]
    return error


def broken_need(name: str, plan: Plan, broken: Mapping[int, AnswerError]) -> tuple[str, AnswerError] | None:
    """The first statement that failed of those that bind what an answer's code reads: the name, and the error.

    It is the same whatever the answer was given and raised: a message could carry a hidden number in the name it tells.
    """
    needed = _needed(name, plan) - {name}
    for index in sorted(n for n in broken if n < len(plan)):
        binds = plan[index][1]
        if found := sorted(needed & set(binds)):
            return found[0], broken[index]
        if "*" in binds:
            return "what its `import *` was to bring", broken[index]
    return None


def older_value(name: str, plan: Plan, broken: Mapping[int, AnswerError]) -> tuple[str, AnswerError] | None:
    """The first name, of the answer and of what its code reads, that a statement did not bind anew: it, and the error."""
    needed, bound = _needed(name, plan), set[str]()
    for index, (_, binds, _) in enumerate(plan):
        if index not in broken:
            bound.update(binds)
        elif found := sorted(needed & bound & set(binds)):
            return found[0], first_cause(broken[index], plan, broken)
    return None


def _needed(name: str, plan: Plan) -> set[str]:
    """The name, and what the statements that bind it read, and those that bind these, and so on."""
    needed, todo = {name}, [name]
    while todo:
        wanted = todo.pop()
        new = {read for _, binds, reads in plan if wanted in binds for read in reads} - needed
        needed |= new
        todo += new
    return needed


def told(error: AnswerError, cells: list[str], versions: tuple[str, str] = ("", "")) -> str:
    """An error of a cell's statement in words, with the student's line; `versions`: Python here, and in the notebook."""
    line = line_of(cells, error)
    where = f", at your line `{line}`" if line else ""
    if error.type in ("Timeout", "Killed"):
        return f"{error.message}{where}"
    if error.type in ("SyntaxError", "IndentationError") and _CONFLICT.match(line or ""):
        return f"a merge conflict was left in the cell{where}"
    newer = _newer(error, line or "", *versions) if error.type == "SyntaxError" else ""
    return f"{error.type}: {error.message[:300]}{where}{newer}"


def _newer(error: AnswerError, line: str, here: str, there: str) -> str:
    """What is to be said where a newer Python than this one may read the line."""
    ask = "have it graded with that (seqlab grade --python)"
    if there and _minor(there) > _minor(here):
        return f". The notebook was run with Python {there} and is graded with Python {here}: if it ran there, {ask}"
    since = next((v for v, told in _NEWER.items() if told.search(error.message) or told.search(line)), None)
    if not there and since and _minor(since) > _minor(here):
        return f". So Python {here} says, with which it is graded: if it ran in a notebook with Python {since}, {ask}"
    return ""


def _minor(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2])
