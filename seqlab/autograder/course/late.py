"""The late policy: a grace period, a deduction a day, a cut-off, set in one TOML file.

[late]
due = 2026-11-20T23:59:00+01:00
grace_minutes = 15
percent_per_day = 10      # of the points earned, for each day begun
cut_off_days = 5          # after this nothing is given
"""

import datetime as dt
import math
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

from seqlab.autograder.course.row import Late, Row
from seqlab.autograder.course.times import YEARS, on_a_clock
from seqlab.errors import SeqlabError

MOST = {"grace_minutes": 10**6, "percent_per_day": 100, "cut_off_days": 10**4}


@dataclass(frozen=True)
class LatePolicy:
    """When work is due and what lateness costs."""

    due: dt.datetime
    grace_minutes: float = 0.0
    percent_per_day: float = 0.0
    cut_off_days: float = math.inf

    def share(self, submitted_at: dt.datetime | None) -> tuple[int, float]:
        """Days late and the share of the points that is left; a time that is not known is not late."""
        if submitted_at is None:
            return 0, 1.0
        late = submitted_at - self.due - dt.timedelta(minutes=self.grace_minutes)
        if late <= dt.timedelta(0):
            return 0, 1.0
        days = math.ceil((submitted_at - self.due) / dt.timedelta(days=1))
        if days > self.cut_off_days:
            return days, 0.0
        return days, max(0.0, 1.0 - days * self.percent_per_day / 100)


def read_policy(path: Path) -> LatePolicy:
    """The policy of a TOML file; SeqlabError with the line or the entry that is wrong."""
    try:
        content = tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:  # a number of 5,000 digits is a plain ValueError
        raise SeqlabError("a late policy is a TOML file", got=f"{path}: {error}", fix="correct the file") from None
    numbers = tuple(MOST)
    table = content.get("late")
    if others := sorted(set(content) - {"late"}):
        raise SeqlabError(
            "a late policy has one table, [late], and nothing beside it",
            got=", ".join(repr(name) for name in others),
            fix=f"put due, {', '.join(numbers)} under [late] in {path}, and remove what is none of them",
        )
    if not isinstance(table, dict) or not isinstance(table.get("due"), dt.datetime):
        raise SeqlabError(
            "a late policy has a table [late] with due = a date and time",
            got=str(path),
            fix="add for example: due = 2026-11-20T23:59:00+01:00",
        )
    unknown = set(table) - {"due", *numbers}
    # `not` also finds nan, which is neither more nor less than anything
    wrong = [n for n in numbers if n in table and (type(table[n]) not in (int, float) or not 0 <= table[n] <= MOST[n])]
    if unknown or wrong:
        raise SeqlabError(
            f"[late] holds due, {', '.join(f'{n} (a number from 0 to {MOST[n]})' for n in numbers)}",
            got=", ".join([*map(repr, sorted(unknown)), *wrong]),
            fix=f"correct {path}",
        )
    due = on_a_clock(table["due"])
    if due is None:
        raise SeqlabError(
            f"due lies between the years {YEARS.start} and {YEARS.stop - 1}",
            got=f"the year {table['due'].year}",
            fix=f"correct {path}",
        )
    return LatePolicy(due, **{n: float(table[n]) for n in numbers if n in table})


def apply(policy: LatePolicy, row: Row, submitted_at: dt.datetime | None) -> Row:
    """The result row with the deduction, which it names; the points of the exercises stay as they are."""
    days, share = policy.share(submitted_at)
    if not days:
        return row
    points = round(row.points * share, 2)
    return replace(row, points=points, late=Late(days, round(row.points - points, 2), row.points))
