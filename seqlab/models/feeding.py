"""The loop that samples and feeds back: a student's own if it does that, else the one that is meant.

    write(step, state, prime, n, temperature, seed) -> the n new ids

`step(i, state) -> (logits (V,), new_state)` is as in `step_by_step`, `sample(logits, temperature, n, seed) -> (n,)` ids.
Every draw has a seed of its own: with one seed for all of them each step would have the same luck.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

__all__ = ["going_round", "own_loop", "sampling_loop"]

Sampler: TypeAlias = Callable[..., Any]  # (logits, temperature, n, seed) -> (n,)
Loop: TypeAlias = Callable[..., Any]  # (step, state, prime, n, temperature, seed) -> ids

_V, _PRIME, _N = 50, [3, 1, 4], 40  # of the small network on which a loop is tried
_SHORTEST = 60  # characters: what repeats itself for less may be a bar or two


def sampling_loop(sample: Sampler) -> Loop:
    """The loop that is meant, with a sampler in it: the k-th draw has the seed `seed + k`.

    >>> write = sampling_loop(lambda logits, temperature, n, seed: [np.argmax(logits)] * n)
    >>> write(lambda i, s: (np.eye(5)[(s + i) % 5], s + i), 0, [1, 2], 4, 0, 7)  # a step that adds
    [3, 1, 2, 4]
    """

    def write(step: Any, state: Any, prime: Sequence[int], n: int, temperature: float, seed: int) -> list[int]:
        for i in prime:
            logits, state = step(i, state)
        new: list[int] = []
        for k in range(n):
            new.append(int(np.asarray(sample(logits, temperature, 1, seed + k))[0]))
            logits, state = step(new[-1], state)
        return new

    return write


def own_loop(write: Loop, sample: Sampler) -> Loop:
    """A student's loop if it samples and feeds back; else `sampling_loop(sample)`. Prints which, and why.

    Args:
        write: `write(step, state, prime, n, temperature, seed)`, which may be empty, or wrong.
        sample: the sampler with which `write` should draw.
    """
    fault = _fault(write, sampling_loop(sample))
    print("From here on your own loop writes." if not fault else f"{fault} The reference loop writes from here on.")
    return sampling_loop(sample) if fault else write


def _fault(write: Loop, meant: Loop) -> str:
    """What is wrong with a loop, as a sentence; nothing if it is right."""
    try:
        network = _Network()
        cold = write(network.step, 0, list(_PRIME), _N, 0, 1)
        if cold is None:
            return "`write` is not written yet."
        if len(cold) != _N:
            return f"`write` gave {len(cold)} ids instead of n = {_N}."
        if [int(i) for i in cold] != meant(_Network().step, 0, _PRIME, _N, 0, 1):
            return "At temperature 0 your loop should write what `generate` writes, but does not."
        network = _Network(flat=True)
        new = [int(i) for i in write(network.step, 0, list(_PRIME), _N, 1.0, 1)]
        again = [int(i) for i in write(_Network(flat=True).step, 0, list(_PRIME), _N, 1.0, 1)]
    except Exception as error:  # a student's code may raise anything
        return f"`write` raised {type(error).__name__}: {error}."
    if network.read[: len(_PRIME) + _N - 1] != [*_PRIME, *new[:-1]]:
        return "Your loop should feed the prime, then each id that it drew, but feeds something else."
    if new != again:
        return "With the same seed your loop should write the same ids again, but does not."
    if len(set(new)) < 5:
        return "Where all ids are equally likely your loop draws the same ones: give every draw a seed of its own."
    return ""


class _Network:
    """A step whose logits depend on all that it has read; flat: all ids are equally likely."""

    def __init__(self, flat: bool = False) -> None:
        self.flat, self.read = flat, list[int]()

    def step(self, i: Any, state: int) -> tuple[np.ndarray, int]:
        self.read.append(int(i))
        state = (3 * state + int(i) + 1) % _V
        return (np.zeros(_V) if self.flat else np.eye(_V)[state]).astype("float32"), state


def going_round(ids: Sequence[int] | np.ndarray) -> tuple[int, int] | None:
    """(first, period) if from the place `first` to its end a text repeats itself every `period` ids, else None.

    At least one whole round is there again, and no fewer than 60 ids.

    >>> going_round([9, 9, 9] + [1, 2, 3] * 40)
    (3, 3)
    """
    a = np.asarray(ids)
    for period in range(1, len(a)):
        other = np.flatnonzero(a[:-period] != a[period:])
        first = int(other[-1]) + 1 if len(other) else 0
        if len(a) - period - first >= max(period, _SHORTEST):
            return first, period
    return None
