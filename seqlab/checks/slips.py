"""Slips that labs share: tables of wrong references in words, and ways to make a wrong reference of another.

A table is a dict of words and functions, joined to an exercise's own with `|`: the likelier stands first. Where a slip
is the reference with one thing changed, `edits` makes it of the reference's own text.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from seqlab.autograder.judging.exercise import Sign, Slip
from seqlab.autograder.judging.rewritten import rewritten
from seqlab.checks.references import cross_entropy, log_softmax, sigmoid, softmax

Array = np.ndarray
Edits = tuple[str, ...]
SHIFTED = "labels and logits are shifted against each other: they belong together as they are"
Slips = dict[str, Callable[..., Any]]


def loss_slips(reduce: Callable[[Array], Any], axes: tuple[str, ...] = ("the batch", "time")) -> dict[str, Slip]:
    """What goes wrong in a softmax cross-entropy f(y, logits), whatever its mean runs over.

    reduce: takes the losses of the positions, of the shape of y, to the loss. axes: what the axes of y are.
    """

    def chosen(y: Array, p: Array) -> Array:
        return np.take_along_axis(p, y[..., None], -1)[..., 0]

    def one_hot(y: Array, logits: Array) -> Array:
        return np.eye(logits.shape[-1])[y]

    def over(axis: int) -> Callable[..., Any]:
        return lambda y, logits: reduce(-chosen(y, log_softmax(logits, axis)))

    def bounded(got: Any, y: Array, logits: Array) -> bool:
        right = reduce(cross_entropy(y, logits))
        if right > 60:  # a bound of 40 nats, whatever the logits are: log of 1e-17
            return bool(0 < got < min(right / 2, 40 * y.size))
        rounded = any(abs(got - np.round(right, digits)) < 1e-7 for digits in range(1, 5))
        return bool(abs(got - right) < 1e-6 or (right - 1e-3 * (1 + right) < got < right and not rounded))

    slips: dict[str, Slip] = {
        "these are bits: use the natural logarithm": lambda y, logits: reduce(cross_entropy(y, logits)) / np.log(2),
        "the sign is wrong: the loss is minus the log-probability": lambda y, logits: -reduce(cross_entropy(y, logits)),
        "the logarithm is missing: the loss is -log p": lambda y, logits: -reduce(chosen(y, softmax(logits))),
        "the perplexity is exp of the loss: return the loss itself": lambda y, logits: np.exp(
            np.minimum(reduce(cross_entropy(y, logits)), 700)
        ),
        "this is the mean of the logits at y without their log-sum-exp": lambda y, logits: -reduce(chosen(y, logits)),
        "this is the squared error of the probabilities: take the cross-entropy": lambda y, logits: reduce(
            ((one_hot(y, logits) - softmax(logits)) ** 2).mean(-1)
        ),
        "the arguments are swapped: labels come first, then logits": lambda y, logits: reduce(
            -(logits * log_softmax(one_hot(y, logits))).sum(-1)
        ),
        "a probability is clipped, or a small number is added to it, before the logarithm: what is nearly impossible then "
        "costs too little; leave softmax and logarithm to one function": Sign(bounded),
    }
    return slips | {
        f"the softmax runs over {name}: it belongs on the last axis": over(n) for n, name in enumerate(axes)
    }


def as_keras_probabilities(logits: Array) -> Array:
    """The logits of what a Keras loss makes of logits that it takes for probabilities: clipped, divided by their sum."""
    return np.log(np.clip(logits.astype("f8"), 1e-7, 1 - 1e-7))


def mask_slips(reference: Callable[..., Any], at: int) -> Slips:
    """What goes wrong with a mask of 0 and 1, the argument number `at` (from 0) of a reference."""

    def with_mask(change: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *args: reference(*args[:at], change(np.asarray(args[at])), *args[at + 1 :])

    return {
        "the mask is the wrong way round: 1 is real, 0 is padding": with_mask(lambda mask: 1 - mask.astype("f8")),
        "the mask stands the wrong way round along its last axis": with_mask(lambda mask: mask[..., ::-1]),
        "the rows of the mask are in another order": with_mask(lambda mask: mask[::-1]),
    }


def edits(
    reference: Callable[..., Any], table: dict[str, Edits | Slip], of: Callable[..., Any] | None = None
) -> dict[str, Slip]:
    """Slips that are the reference with a piece of its text replaced, as a student would have written it.

        edits(step, {"the bias is missing": (" + b", ""), "the tanh is missing": ("np.tanh", "")})

    A value is old, new, old, new, ...; what is no tuple stays as it is. A new text may use `references` and
    as_keras_probabilities, whether the lab's file imports them or not. of: the function that is edited, if it is not
    the reference but one that the reference calls. ValueError where a text to be replaced does not stand there once.
    """
    part = of or reference
    known = {f.__name__: f for f in (sigmoid, softmax, log_softmax, cross_entropy, as_keras_probabilities)}
    return {w: rewritten(reference, part, e, known) if isinstance(e, tuple) else e for w, e in table.items()}


def changed(wrong: Callable[..., Any], change: Callable[..., Any]) -> Callable[..., Any]:
    """A wrong reference whose result is changed: `changed(run, lambda result: result[::-1])`."""
    return lambda *args: change(wrong(*args))


def also(table: Slips, words: str, change: Callable[..., Any]) -> Slips:
    """Each slip of a table together with another one: "…. And the outputs are time-major"."""
    return {f"{first}. And {words}": changed(wrong, change) for first, wrong in table.items()}


def time_major(result: Array) -> Array:
    """(B, T, ...) -> (T, B, ...)"""
    return np.swapaxes(result, 0, 1)
