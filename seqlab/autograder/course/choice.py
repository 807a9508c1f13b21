"""Which file counts, where a student has handed in several for one lab. The rule, for `seqlab grade` and Gradescope:

1. An earlier state (`earlier-submission-lab2.json`, a copy in `old/`) counts only where there is nothing else.
2. The latest by the platform's time counts.
3. Where times do not tell, the highest attempt that the platform wrote into the name (`lab2_rnn-1.ipynb`).
4. Where that does not tell either, a file without any answer does not stand against one that has some;
   what is left is all graded. If all get the same marks, as a notebook and its hand-in mostly do, the first is the
   row; if not, each is a row with a `conflict`, no gradebook is filled in, and the instructor decides.

The best never counts in silence. Only in Gradescope's container, where nobody can be asked and a student may hand in
anew, it counts, and the output says which it is.
"""

import datetime as dt
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from seqlab.autograder.course.names import attempt, is_old
from seqlab.autograder.course.row import Row

_Thing = TypeVar("_Thing")


@dataclass(frozen=True)
class Candidate:
    """A hand-in of one student for one lab."""

    label: str
    parts: tuple[str, ...]  # the names that are the student's own
    at: dt.datetime | None = None  # the platform's time
    numbered: bool = False  # is a number in the name the platform's?
    answers: bool = True

    @property
    def name(self) -> str:
        """The file's own name."""
        return self.parts[-1]


@dataclass
class Choice:
    """What counts, why, and what stands back for which reason."""

    counting: list[Candidate]
    why: str = ""
    superseded: dict[str, str] = field(default_factory=dict)  # by label


def choose(candidates: list[Candidate]) -> Choice:
    """The rule, as far as it can be applied before grading: more than one may be left."""
    choice = Choice(list(candidates))
    _leave(choice, [c for c in choice.counting if not is_old(c.parts)], "it is an earlier state")
    times = [c.at for c in choice.counting]
    if None not in times:
        latest = max((t for t in times if t), default=None)
        _leave(choice, [c for c in choice.counting if c.at == latest], "a later one was handed in")
    if all(c.numbered for c in choice.counting):
        last: dict[str, int] = {}
        for candidate in choice.counting:
            name, number = attempt(candidate.name)
            last[name] = max(number, last.get(name, 0))
        _leave(
            choice,
            [c for c in choice.counting if (last[attempt(c.name)[0]], attempt(c.name)[0]) == attempt(c.name)[::-1]],
            "its name has the number of an earlier attempt",
        )
    _leave(choice, [c for c in choice.counting if c.answers], "it answers no exercise")
    return choice


def _leave(choice: Choice, rest: list[Candidate], why: str) -> None:
    """Only the rest counts, if there is any."""
    if not rest or len(rest) == len(choice.counting):
        return
    staying = set(map(id, rest))
    gone = [c for c in choice.counting if id(c) not in staying]
    names = few([c.name for c in rest])
    choice.superseded |= {c.label: f"superseded by {names}: {why}" for c in gone}
    choice.why += f"{names} counts and {few([c.name for c in gone])} does not: {why}. "
    choice.counting = rest


def few(names: list[str], between: str = ", ", most: int = 10) -> str:
    """Names in a row, and of many the first: each file tells them, and a student may send thousands."""
    rest = [f"{len(names) - most} more"] if len(names) > most else []
    return between.join([*names[:most], *rest])


def settle(
    things: Iterable[_Thing],
    key: Callable[[_Thing], Hashable],
    row: Callable[[_Thing], Row],
    time: Callable[[_Thing], dt.datetime | None],
) -> list[tuple[list[_Thing], list[_Thing], str]]:
    """The rule's end, after grading: of each student and lab, what stays, what is superseded, and the reason.

    Where more than one stays, the reason is what the instructor has to decide.
    """
    groups: dict[Hashable, list[_Thing]] = {}
    for thing in things:
        groups.setdefault(key(thing), []).append(thing)
    return [_settled(group, row, time) for group in groups.values()]


def _settled(
    group: list[_Thing], row: Callable[[_Thing], Row], time: Callable[[_Thing], dt.datetime | None]
) -> tuple[list[_Thing], list[_Thing], str]:
    if len(group) == 1:
        return group, [], ""
    times = [time(thing) for thing in group]
    latest = max((t for t in times if t), default=None)
    if None not in times and times.count(latest) == 1:
        last = group[times.index(latest)]
        return [last], [thing for thing in group if thing is not last], "this one was handed in later"
    marks = [[(e.exercise, e.points) for e in row(thing).exercises] for thing in group]
    if marks[0] and all(m == marks[0] for m in marks):
        return group[:1], group[1:], "it gets the same marks"
    rows = [row(thing) for thing in group]
    told = few([f"{one.notebook}: {one.points:g} of {one.max_points:g}" for one in rows], "; ")
    return (
        group,
        [],
        f"nothing tells which of these is the last, so none counts until you leave the others out ({told})",
    )
