"""A class in numbers: the distribution of marks, the hardest exercises, the commonest slips, what needs a look."""

from collections import Counter
from dataclasses import dataclass, field
from statistics import mean, median
from textwrap import shorten

from seqlab.autograder.course.intake import Line
from seqlab.autograder.course.row import Row
from seqlab.autograder.judging.verdict import STATUSES
from seqlab.autograder.reports.rows import graded, line, share

BINS = 10
NEEDS_A_LOOK = ("error", "timeout")


@dataclass
class ExerciseSummary:
    """How one exercise went over the class."""

    lab: str
    name: str
    title: str
    max_points: float
    shares: list[float] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def mean(self) -> float:
        return mean(self.shares)


@dataclass(frozen=True)
class Distribution:
    """Marks as shares of the full points, in ten bins; 100 % has its place in the last."""

    counts: list[int]
    mean: float
    median: float

    @property
    def words(self) -> str:
        """The histogram for who cannot see it."""
        parts = [f"{10 * i} to {10 * (i + 1)} %: {n}" for i, n in enumerate(self.counts) if n]
        return "Submissions by mark. " + ", ".join(parts) + "."


def distribution(rows: list[Row]) -> Distribution | None:
    """The distribution over the rows that could be graded; None if there is none."""
    shares = [share(row.points, row.max_points) for row in rows if graded(row)]
    if not shares:
        return None
    counts = [0] * BINS
    for value in shares:
        counts[min(BINS - 1, int(value * BINS + 1e-9))] += 1
    return Distribution(counts, mean(shares), median(shares))


def exercises(rows: list[Row]) -> list[ExerciseSummary]:
    """Every exercise, the hardest first."""
    found: dict[tuple[str, str], ExerciseSummary] = {}
    for row in rows:
        for e in row.exercises:
            key = (row.lab, e.exercise)
            summary = found.setdefault(key, ExerciseSummary(*key, line(e.title), e.max_points))
            summary.shares.append(share(e.points, e.max_points))
            summary.counts[e.status if e.status in STATUSES else "error"] += 1
    return sorted(found.values(), key=lambda s: (s.mean, s.lab, s.name))


def slips(rows: list[Row], most: int = 15) -> list[tuple[str, str, int]]:
    """(exercise, likely slip, how many students), the commonest first."""
    count = Counter((e.exercise, line(e.slip)) for row in rows for e in row.exercises if e.slip)
    ordered = sorted(count.items(), key=lambda item: (-item[1], item[0]))
    return [(name, slip, n) for (name, slip), n in ordered[:most]]


def to_look_at(rows: list[Row]) -> list[tuple[Row, list[str]]]:
    """The submissions that an instructor should look at, each with the reasons."""
    found = []
    for row in rows:
        reasons = [line(flag) for flag in row.flags or ()]
        if not graded(row):
            reasons.insert(0, line(row.message) or "could not be graded")
        reasons += [
            f"{e.exercise}: {shorten(line(e.message) or e.status, 200, placeholder=' …')}"
            for e in row.exercises
            if e.status in NEEDS_A_LOOK
        ]
        if reasons:
            found.append((row, reasons))
    return found


OUTCOMES = ("graded", "superseded", "not graded", "passed over", "left out")


def intake(lines: list[Line]) -> tuple[dict[str, int], list[Line]]:
    """How many entries ended in each way, and those that need words: all but what was graded or passed over."""
    counts = Counter(next((o for o in OUTCOMES if one.outcome.startswith(o)), "graded") for one in lines)
    told = [one for one in lines if one.outcome != "graded" and not one.outcome.startswith("passed over")]
    return {outcome: counts[outcome] for outcome in OUTCOMES if counts[outcome]}, told
