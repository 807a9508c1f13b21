"""Steps that an answer is given: of ids, `step(i, state) -> (logits, new_state)`, and of vectors, `step(x, h) -> h`.

    fwd = served_step("fwd", D, H, lambda x, h: np.tanh(x @ W + h @ U))

A step that an answer calls with anything else says so.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from seqlab.autograder.judging.closed import Closed
from seqlab.autograder.judging.compare import as_numbers, shape_text
from seqlab.autograder.judging.failed import Failed
from seqlab.autograder.wire.values import Served


def small_rnn(t: Any, V: int, H: int) -> tuple[Callable[..., Any], Any]:
    """`step` of an RNN with random weights for V ids, and a first state that is not zero."""
    A, E, C = t.normal(H, H, scale=1.5 / np.sqrt(H)), t.normal(V, H), t.normal(H, V)

    def step(i: int, state: Any) -> tuple[np.ndarray, Any]:
        h, taken = state
        h = np.tanh(h @ A + E[i])
        return h @ C, (h, taken + 1)

    return step, (t.normal(H), 0)


class Watched:
    """A step that takes down what it is fed; it is the tester's, so it never trusts what comes.

    `fed` are the ids of all calls so far; `strange` what was no id of the vocabulary. ValueError after `enough` calls.
    """

    def __init__(self, step: Callable[..., Any], V: int, enough: int):
        self.step, self.V, self.enough = step, V, enough
        self.fed: list[int] = []
        self.strange: list[str] = []

    def __call__(self, i: Any, state: Any) -> Any:
        number = as_numbers(i)
        if number is not None and number.shape == () and number.dtype.kind in "iu" and 0 <= number < self.V:
            self.fed.append(int(number))
        else:
            self.strange.append("no single integer" if number is None or number.shape else f"{number}")
            self.fed.append(0)
        if len(self.fed) > self.enough:
            raise ValueError("far too many calls of step")
        return self.step(self.fed[-1], state)

    def got_ids(self, t: Any) -> None:
        """The trial fails if one call was not with an id."""
        slip = "step(i, state) takes one integer id of the vocabulary first, then the state"
        message = "step was called with something else than an id of the vocabulary"
        t.require(not self.strange, message, expected="an id", got="".join(self.strange[:1]), slip=slip)

    def was_fed(self, t: Any, prime: list[int], new: list[int]) -> None:
        """The trial fails if it was fed anything but the prime, then the new ids, each once and in order."""
        k, first = len(prime), self.fed[: len(prime)]
        message = f"the first {k} calls of step should get the prime, in order"
        slip = "feed every id of the prime once, from left to right"
        wrong = {"closed": Closed.NOT_FED, "subject": "step"}
        t.require(first == prime, message, expected=prime, got=first, slip=slip, guards=False, **wrong)
        message = "step was called more often than once for each id of the prime and each new id"
        slip, enough = (
            "no id is fed twice, and no call is made for a look only: keep the logits and the state",
            k + len(new),
        )
        t.require(len(self.fed) <= enough, message, expected=enough, got=len(self.fed), slip=slip, guards=False)
        rest, right = self.fed[k:], new[: len(self.fed) - k]
        message, slip = "step got other ids after the prime than the new ones", "feed each new id back, once"
        t.require(rest == right, message, expected=right, got=rest, slip=slip, guards=False)


def feeds_back(t: Any, step: Callable[..., Any], state: Any, prime: list[int], n: int) -> None:
    """An answer (step, state, prime, n) feeds the prime, then each new id, and gives the n ids of the reference; twice."""
    new = [int(i) for i in t.exercise.reference(step, state, prime, n)]
    for what in ("", "at a second call"):
        watched = Watched(step, len(step(0, state)[0]), 4 * (len(prime) + n) + 20)
        got = t.call(Served(watched), state, prime, n)
        watched.got_ids(t)
        words = "feed each new id back with the carried state; the next id is the argmax of the logits"
        if watched.fed[: len(prime)] != prime:
            words = "step is not fed the prime first: every id of it once, in order"
        t.matches(got, step, state, prime, n, what=what, otherwise={words: lambda got, *_: np.shape(got) == (n,)})
        watched.was_fed(t, prime, new)


ONE_STEP = "one step at a time: x is xs[:, t], (b, D), and h is the state so far, (b, H)"


def served_step(name: str, D: int, H: int, f: Callable[..., Any], slip: str = ONE_STEP) -> Served:
    """The step f, called as `name(x, h)` with x (b, D) and h (b, H), any b; a Failed says which argument is none."""

    def step(x: Any, h: Any) -> Any:
        x, h = np.asarray(x), np.asarray(h)
        for a, width, argument, letter in ((x, D, "x", "D"), (h, H, "h", "H")):
            if a.ndim != 2 or a.shape[1] != width or a.dtype.kind not in "fiub":
                raise Failed(
                    f"{name}(x, h) was called with {argument} of shape {shape_text(a.shape)} instead of (b, {letter})",
                    slip=slip,
                )
        if len(x) != len(h):
            raise Failed(
                f"{name}(x, h) was called with another number of rows of x than of h",
                slip=slip if slip != ONE_STEP else "the state starts as zeros (b, H), a row for every text",
            )
        return f(x.astype("f8"), h.astype("f8"))

    step.__name__ = name
    return Served(step)


def tanh_step(t: Any, name: str, D: int, H: int) -> Served:
    """A step tanh(x W + h U + b) with weights drawn by the trial."""
    W, U, b = t.normal(D, H), t.normal(H, H, scale=0.5), t.normal(H)
    return served_step(name, D, H, lambda x, h: np.tanh(x @ W + h @ U + b))
