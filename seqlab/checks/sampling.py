"""Checks of answers that draw: `sample(logits, temperature, n, seed)` gives n independent ids.

The exercise's reference is p(logits, temperature), the probabilities of the ids; it and its slips are compared with
how often each id came.
"""

from typing import Any

import numpy as np

from seqlab.autograder.judging.closed import Closed
from seqlab.autograder.judging.compare import as_numbers, describe, shape_text
from seqlab.autograder.judging.failed import Failed
from seqlab.autograder.wire.answer_error import AnswerError

Array = np.ndarray


def new_seed(t: Any) -> int:
    """A seed that the trial draws."""
    return int(t.integers(2**31 - 2, low=1))


def drawn_ids(t: Any, logits: Array, temperature: float, n: int, seed: int) -> Array:
    """What the answer draws, as an array (n,); a Failed unless they are ids of the vocabulary, logits being (V,)."""
    try:
        got = t.call(logits, temperature, n, seed)
    except AnswerError as error:
        raise t.raised(error, _crash(error, temperature, logits)) from None
    ids, V = as_numbers(got), len(logits)
    slip = "draw n ids with the generator, and return them as a list or a 1-D array"
    if ids is None:
        what = f"{n} ids are expected but the answer returned {describe(got)}"
        raise Failed(what, slip=slip, closed=Closed.TYPE)
    slip = {
        (1, n): "there is a batch axis: take [0]",
        (n, 1): "there is an extra axis: take [:, 0]",
        (n, V): "these are probabilities or one-hot rows: return the ids",
        (V,): "these are probabilities: draw n ids with them",
    }.get(ids.shape, "n ids are asked for: return them as a list or a 1-D array")
    what = f"the ids have shape {shape_text(ids.shape)} instead of {shape_text((n,))}"
    t.require(ids.shape == (n,), what, slip=slip, closed=Closed.SHAPE)
    slip = "convert them to int" if np.all(np.isfinite(ids)) else "at temperature 0 take the argmax"
    t.require(ids.dtype.kind in "iu", "the ids should be whole numbers, of an integer type", slip=slip)
    slip = "stay within the vocabulary; nan in the probabilities also ends here (subtract the maximum)"
    t.require(np.all((ids >= 0) & (ids < V)), "an id is outside 0 … V-1", slip=slip)
    return ids


def _crash(error: AnswerError, temperature: float, logits: Array) -> str:
    if temperature == 0:
        return "temperature 0 cannot be divided by: it means argmax, n times"
    if np.abs(logits).max() > 500:
        return "exp of 1000 overflows: subtract the largest logit first, or use a function that takes logits"
    if "do not sum to 1" in error.message:
        return "float32 probabilities do not sum to 1 exactly enough for choice: compute them in float64"
    return ""


def argmax_at_0(t: Any, logits: Array, temperature: float, n: int, seed: int) -> None:
    """At temperature 0 all ids are the argmax."""

    def all_of_it(p: Array, *_: Any) -> Array | None:
        return np.full(n, np.argmax(p)) if np.max(p) == 1 else None

    t.matches(drawn_ids(t, logits, temperature, n, seed), logits, temperature, then=all_of_it)


def frequencies(t: Any, logits: Array, temperature: float, n: int = 20_000) -> float:
    """Draws have the frequencies that the reference says and do not depend on each other.

    Returns how far they are off, as a chi-squared. In 20 000 draws a fair sampler is off by .015 once in
    100 000 trials, so a second seed is tried before it is refused.
    """
    p, allowed = t.exercise.reference(logits, temperature), 0.015 * np.sqrt(20_000 / n)
    for _ in range(2):
        ids = drawn_ids(t, logits, temperature, n, new_seed(t))
        counts = np.bincount(ids, minlength=len(p))
        if np.abs(counts / n - p).max() <= allowed:
            break
    t.matches(counts / n, logits, temperature, atol=allowed, rtol=0, names=("the vector of frequencies",))
    expected = np.sum(p**2)
    slip = "the draws are not independent: do not sort them, repeat them or leave ids out"
    for lag in (1, 2, n // 2, n // 2 + 1):
        same, where = np.mean(ids[lag:] == ids[:-lag]), "before it" if lag == 1 else f"{lag} before"
        message, about = (
            f"an id equals the one {where} too often or too seldom",
            f"in about {expected:.3f} of the draws",
        )
        independent = abs(same - expected) < 3 * allowed
        t.require(independent, message, expected=about, got=f"in {same:.3f}", slip=slip, guards=False)
    likely = p > 1e-6
    return float(np.sum((counts - n * p)[likely] ** 2 / (n * p)[likely]))


def seeds_matter(t: Any, logits: Array) -> None:
    """The same seed gives the same 60 ids, another seed others."""
    seed = new_seed(t)
    for T in (1.0, 0.6):
        seeds = (seed, seed, seed + 1, seed + 2, new_seed(t))
        first, again, *others = (drawn_ids(t, logits, T, 60, s) for s in seeds)
        slip = "draw from a generator made from seed, in every call anew: np.random.default_rng(seed)"
        t.require(np.array_equal(first, again), "the same seed gives other ids at a second call", slip=slip)
        other = not any(np.array_equal(first, other) for other in others)
        slip = "use the argument seed: with a fixed seed every song is the same song"
        t.require(other, "another seed gives the same ids", slip=slip)
