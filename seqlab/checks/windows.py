"""Checks of answers that draw windows of a text: `batch(ids, T, B, rng)` gives x (B, T) and its successors y (B, T).

Where every id of a text is there once, the starts that the answer drew can be read off x: they are handed to the
exercise's reference, and to its slips, as those of a generator.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from seqlab.autograder.judging.compare import as_numbers
from seqlab.autograder.judging.failed import Failed

Array = np.ndarray


class _Drawn:
    """A generator that draws the starts of windows x, read off their first ids, as far as they are in the range."""

    def __init__(self, ids: Array, x: Array):
        self.place, self.x = {int(i): n for n, i in enumerate(ids)}, x

    def integers(self, low: int, high: int, B: int) -> Array:
        column = self.x[:, 0] if len(self.x) == B else self.x[0]
        starts = np.array([self.place.get(int(i), int(i)) for i in column])  # what is no id may be a place
        return np.where((low <= starts) & (starts < high), starts, low)


def new_rng(t: Any) -> Any:
    """A generator beside the answer, of a seed that the trial draws."""
    return t.make("rng", seed=int(t.integers(2**31)))


def distinct_ids(t: Any, N: int) -> Array:
    """Every id once, so that the start of a window can be read off."""
    return t.rng.choice(np.arange(100, 1000), N, replace=False)


def drawn_starts(t: Any, ids: Array, T: int, B: int, rng: Any = None) -> Array:
    """The starts of one batch, whose rows are windows and their successors."""
    got = t.call(ids, T, B, rng or new_rng(t))
    x = as_numbers(got[0]) if isinstance(got, tuple | list) and got else None
    if x is None or x.shape not in ((B, T), (T, B)) or not np.all(np.isfinite(x)):
        x = np.full((B, T), -1)
    drawn = _Drawn(ids, x)
    t.matches(got, ids, T, B, drawn)
    return drawn.integers(0, len(ids) - T, B)


def repeating_text(t: Any, ids: Array, T: int) -> None:
    """Rows are windows, and their targets follow in the text, where an id alone does not say which comes next."""
    x, y = map(as_numbers, t.call(ids, T, 50, new_rng(t)))
    if x is None or y is None or not x.shape == y.shape == (50, T):
        raise Failed("x and y are not both (B, T) arrays of numbers")
    possible = {tuple(ids[i : i + T + 1].tolist()) for i in range(len(ids) - T)}
    rows = {(*a, b[-1]) for a, b in zip(x.tolist(), y.tolist(), strict=True)}
    slip = "cut both by the start i: ids[i : i+T] and ids[i+1 : i+T+1]"
    follow = rows <= possible and np.array_equal(x[:, 1:], y[:, :-1])
    t.require(follow, "a row is no window of the text and what follows it", slip=slip)
    slip = "draw the start itself, not an id of the text"
    t.require(len(rows) > len(possible) / 4, "only a few of the windows are ever drawn", slip=slip)


def independent_rows(t: Any, first: Array, second: Array) -> None:
    """Of 200 batches with 5 starts to choose from, two rows of each."""
    several = len(set(zip(first.tolist(), second.tolist(), strict=True)))
    slip = "draw from the rng itself, so that it moves on, not from a copy"
    t.require(several > 8, "200 batches from one rng are only a few different ones", got=several, slip=slip)
    same, falling = int(np.sum(first == second)), int(np.sum(first > second))
    often = partial(t.require, expected="about 40 of 200 batches, with 5 starts to choose from", got=same)
    slip = "draw B starts, one for each row: this is a batch of one"
    often(same < 80, "the two rows of a batch are equal too often", slip=slip)
    slip = "starts are drawn with replacement, each on its own, independently of the other rows"
    often(same > 5, "the two rows of a batch are hardly ever equal", slip=slip)
    before = "the second row starts before the first in too many or too few batches"
    slip = "the starts are drawn independently: neither sorted nor counted up from the first"
    t.require(40 < falling < 120, before, expected="about 80 of 200", got=falling, slip=slip)


def own_starts(t: Any, batches: Sequence[Array]) -> None:
    """The rows of a batch do not all begin at one place, of several to choose from."""
    together = all(len(set(starts.tolist())) == 1 for starts in batches)
    slip = "draw B starts, one for each row: size=B"
    t.require(not together, "all rows of a batch are the same window", slip=slip)


def even_starts(t: Any, counts: Array) -> None:
    """How often each of 8 starts was drawn in 2000 windows."""
    never = np.flatnonzero(counts == 0).tolist()
    where = "the last start, N-T-1," if never == [7] else "the start 0" if never == [0] else "a start"
    slip = "there are N-T starts, 0 … N-T-1: rng.integers(0, N - T) excludes its upper bound"
    if never not in ([7], [0]):
        slip = "there are N-T starts, 0 … N-T-1, and each may be drawn"
    t.require(not never, f"{where} is never drawn in 2000 windows", slip=slip)
    expected = counts.sum() / len(counts)
    # chi-squared with 7 degrees of freedom: above 60 once in 10¹⁰ fair trials, below .05 once in 10⁶
    chi_squared = np.sum((counts - expected) ** 2) / expected
    slip = "draw each start on its own: do not deal out all of them in turn"
    t.require(chi_squared > 0.05, "the starts are too even for independent draws", slip=slip)
    slip = "every start 0 … N-T-1 is equally likely: no rounding of random numbers"
    message, about = "the starts are not drawn evenly in 2000 windows", f"about {expected:.0f} of each"
    t.require(chi_squared < 60, message, expected=about, got=counts, slip=slip)
