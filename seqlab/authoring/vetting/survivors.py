"""Which mutants of a lab's reference answers do its checks refuse, and which live on?

Each mutant is judged as a submission is: in a sandboxed child, by the exercise's full check. One that passes either
does what the exercise asks (a mean that is left out where the check takes it itself), and is then listed with its
reason in `answers/equivalent.toml`, or it shows a hole in the check:

    [[equivalent]]
    exercise = "last_state"
    line = 6
    change = "axis=1 -> left out"
    reason = "with batch_dims=1 the axis is 1 by itself"
"""

import concurrent.futures as cf
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seqlab.authoring.source import read_source
from seqlab.authoring.vetting.mutants import Mutant, mutants
from seqlab.autograder.judging.grade import Answers
from seqlab.autograder.judging.verdict import Verdict
from seqlab.errors import SeqlabError
from seqlab.exercises import LabFolder

EQUIVALENT = Path("answers") / "equivalent.toml"
_FIELDS = {"exercise": str, "line": int, "change": str, "reason": str}


@dataclass(frozen=True)
class Judged:
    """A mutant and what the check said of it."""

    mutant: Mutant
    verdict: Verdict

    @property
    def survives(self) -> bool:
        return self.verdict.passed

    @property
    def named(self) -> bool:
        """Does the message name a slip? What is missing, None or without an end says so in the message itself."""
        asks = "is a `return` missing?" in self.verdict.message
        return bool(self.verdict.slip) or asks or self.verdict.status in ("missing", "timeout")


def lab_mutants(folder: Path) -> list[Mutant]:
    """The mutants of all reference answers of a lab, in order."""
    return [m for cell in read_source(folder).cells if cell.exercise for m in mutants(cell)]


def judge_mutants(folder: Path, chosen: Iterable[Mutant], parent: Any, seed: int, jobs: int = 1) -> Iterator[Judged]:
    """Judge mutants of a lab, each in a child of its own, in order.

    parent: what starts the children (`judging.parents.start_parent`). seed: draws the hidden cases.
    """
    exercises = LabFolder(folder).exercises

    def judge(mutant: Mutant) -> Judged:
        only = {mutant.exercise: exercises[mutant.exercise]}
        [verdict] = Answers([mutant.code], only, parent.spawn).judge_all(seed)
        return Judged(mutant, verdict)

    with cf.ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(judge, chosen)


def read_equivalent(folder: Path) -> dict[tuple[str, int, str], str]:
    """The mutants that are listed as right, (exercise, line, change), each with its reason; none without the file."""
    path = folder / EQUIVALENT
    if not path.is_file():
        return {}
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("equivalent", [])
        good = all(e.keys() == _FIELDS.keys() and all(isinstance(e[k], t) for k, t in _FIELDS.items()) for e in entries)
    except (tomllib.TOMLDecodeError, AttributeError, UnicodeDecodeError):
        good = False
    if not good:
        raise SeqlabError(
            f"{EQUIVALENT} is a TOML file of [[equivalent]] entries, each with {', '.join(_FIELDS)}",
            got=str(path),
            fix="correct the file",
        )
    return {(e["exercise"], e["line"], e["change"]): e["reason"] for e in entries}


def holes(folder: Path, judged: Iterable[Judged]) -> list[str]:
    """A sentence for each mutant that passes and is not listed, and for each entry of the list that is stale."""
    listed = read_equivalent(folder)
    every = {m.key for m in lab_mutants(folder)}
    found = [
        f"{where} is listed in {EQUIVALENT}, but there is no such mutant" for where in listed if where not in every
    ]
    for one in judged:
        if one.survives and one.mutant.key not in listed:
            found.append(f"{one.mutant}: this passes the check, and is not listed as right")
        elif not one.survives and one.mutant.key in listed:
            found.append(f"{one.mutant}: this is listed as right but is refused: {one.verdict.sentence()}")
    return found
