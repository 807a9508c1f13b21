"""How what came goes with what is right, where no wrong reference gives it: a function of it, a mix, another place.

Each statement is true of every case that was looked at. All of them are fixed words; an argument is told by its name.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

import numpy as np

ENOUGH = 6  # so many numbers more than a relation has unknowns: by chance it does not hold
CLOSE = 2e-5
CLEARLY = 0.05
NEARLY = 2e-3  # float16 has three digits


@dataclass(frozen=True)
class Pair:
    """One result in one case: what is right, what came, and what the answer was given."""

    right: np.ndarray
    came: np.ndarray
    letters: tuple[str, ...] = ()
    given: dict[str, np.ndarray] = field(default_factory=dict)  # the arguments that are numbers
    sizes: dict[str, int] = field(default_factory=dict)  # letter -> size, of arguments and results

    @property
    def fits(self) -> bool:
        """Has it the right shape, and only numbers that are finite?"""
        return self.right.shape == self.came.shape and bool(np.all(np.isfinite(self.came)))

    @property
    def wrong(self) -> np.ndarray:
        """Where it is wrong."""
        return np.abs(self.came - self.right) > CLOSE * (1 + np.abs(self.right))


def functions(e: np.ndarray) -> Iterator[tuple[str, Callable[[], np.ndarray]]]:
    """Words, and what the result then is: one function more than there should be."""
    once_more: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "tanh": np.tanh,
        "a sigmoid": lambda z: 1 / (1 + np.exp(-z)),
        "a ReLU": lambda z: np.maximum(z, 0),
        "the absolute value": np.abs,
        "exp": np.exp,
        "the logarithm": np.log,
        "minus the logarithm": lambda z: -np.log(z),
        "the logarithm to the base of two": np.log2,
        "minus the logarithm to the base of two": lambda z: -np.log2(z),
        "the square": np.square,
        "the root": np.sqrt,
        "one divided by it": lambda z: 1 / z,
        "one minus it": lambda z: 1 - z,
    }
    for name, function in once_more.items():
        yield f"{name} is taken of the result, and should not be", partial(function, e)
    for word, base in (("two", 2.0), ("ten", 10.0)):
        yield (
            f"the logarithm is to the base of {word}: the natural one is asked for",
            partial(np.divide, e, np.log(base)),
        )
    if e.ndim:
        yield "a softmax is taken of the result, and should not be", lambda: _softmax(e)


def one_axis(e: np.ndarray, axis: int, where: str) -> Iterator[tuple[str, Callable[[], np.ndarray]]]:
    """The same, of what is done along one axis."""
    yield f"the numbers are added up along {where}: each is the sum of all before it", lambda: np.cumsum(e, axis)
    yield f"the numbers are sorted along {where}: keep their order", lambda: np.sort(e, axis)
    yield (
        f"the numbers are divided by their sum along {where}, and should not be",
        lambda: e / e.sum(axis, keepdims=True),
    )
    yield f"the mean along {where} is taken off, and should not be", lambda: e - e.mean(axis, keepdims=True)
    yield (
        f"the numbers are divided by their length along {where}, and should not be",
        lambda: e / np.sqrt((e**2).sum(axis, keepdims=True)),
    )


def _softmax(e: np.ndarray) -> np.ndarray:
    grown = np.exp(e - e.max(-1, keepdims=True))
    return np.asarray(grown / grown.sum(-1, keepdims=True))


def relation(wrong: list[Pair], right: list[Pair]) -> str:
    """The first relation that holds in all cases, "" if none does."""
    if not all(pair.fits for pair in wrong):
        return ""
    for told in (_of_a_small_type, _mix, _reordered, _from_an_argument, _by_a_factor, _monotone):
        if words := told(wrong, right):
            return words
    return ""


def _of_a_small_type(wrong: list[Pair], right: list[Pair]) -> str:
    """Numbers that a small type holds exactly, and as near to what is right as these can be."""

    def small(p: Pair) -> bool:
        near = np.abs(p.came - p.right) <= NEARLY * np.abs(p.right) + CLOSE
        return bool(np.array_equal(p.came, p.came.astype("f2")) and near.all())

    return "the numbers are of a small type, float16: compute in float32" if all(map(small, wrong)) else ""


def _by_a_factor(wrong: list[Pair], right: list[Pair]) -> str:
    """One factor for each place along the first axis."""
    large = [p for p in wrong if p.right.ndim > 1 and p.right[0].size > 1]
    if len(large) < len(wrong) or not large:
        return ""
    for p in large:
        rows, came = p.right.reshape(len(p.right), -1), p.came.reshape(len(p.right), -1)
        factor = (came * rows).sum(1) / np.maximum((rows**2).sum(1), 1e-12)
        if not np.allclose(came, factor[:, None] * rows, rtol=1e-4, atol=1e-5):
            return ""
    letters = wrong[0].letters
    each = {"B": "example", "N": "example"}.get(letters[0] if letters else "", "row")
    return f"each {each} is a multiple of what is right: look at what it is divided by, or multiplied with"


def _mix(wrong: list[Pair], right: list[Pair]) -> str:
    """a · right + b · argument + c, with the same numbers a, b, c in all cases."""
    arguments = [
        name
        for name in wrong[0].given
        if all(name in p.given and p.given[name].shape == p.right.shape and p.right.ndim for p in wrong)
    ]
    if _solved(wrong, right, offset=True):
        return "every number is off by the same amount: what is added, or left out?"
    if _solved(wrong, right, scale=True):
        return "every number is the same multiple of what is right: is there a factor too many, or is one missing?"
    for name in arguments:
        if _solved(wrong, right, argument=name):
            return f"to what is right `{name}` is added, or it is taken off"
    for name in arguments:
        if _solved(wrong, right, scale=True, argument=name):
            return f"what comes back is a mix of what is right and `{name}`"
    if _solved(wrong, right, scale=True, offset=True):
        return "every number is the same multiple of what is right, and off by the same amount"
    return ""


def _solved(
    wrong: list[Pair], right: list[Pair], scale: bool = False, offset: bool = False, argument: str = ""
) -> bool:
    def columns(pair: Pair) -> list[np.ndarray]:
        found = [pair.right.ravel()] if scale else []
        found += [np.ones(pair.right.size)] if offset else []
        return found + ([pair.given[argument].astype("f8").ravel()] if argument else [])

    table = np.concatenate([np.stack(columns(p), 1) for p in wrong])
    goal = np.concatenate([(p.came - (0 if scale else p.right)).ravel() for p in wrong])
    if len(goal) < table.shape[1] + (1 if table.shape[1] == 1 else ENOUGH) or len(np.unique(goal.round(9))) < (
        1 if offset and not scale else 2
    ):
        return False
    found, _, rank, _ = np.linalg.lstsq(table, goal, rcond=None)
    if rank < table.shape[1] or not np.allclose(table @ found, goal, rtol=CLOSE, atol=CLOSE):
        return False
    if argument:
        return not scale or abs(found[0]) > CLEARLY  # what is right has a part in it
    explained = [np.stack(columns(p), 1) @ found + (0 if scale else p.right.ravel()) for p in right if p.fits]
    return all(np.allclose(e, p.right.ravel(), atol=1e-4) for e, p in zip(explained, right, strict=False))


def _reordered(wrong: list[Pair], right: list[Pair]) -> str:
    if all(p.right.size > 2 and np.allclose(np.sort(p.came, None), np.sort(p.right, None), atol=CLOSE) for p in wrong):
        return "the right numbers come, in another order"
    return ""


def _from_an_argument(wrong: list[Pair], right: list[Pair]) -> str:
    """What was asked for stands in an argument, and what came too."""
    for name in wrong[0].given:
        if all(name in p.given and _stands_in(p, p.given[name]) for p in wrong):
            return f"what comes back stands in `{name}`, at another place than what is asked for: look at the index"
    return ""


def _stands_in(pair: Pair, argument: np.ndarray) -> bool:
    if argument.dtype.kind != "f" or argument.size <= pair.right.size or not pair.right.size:
        return False
    return bool(np.isin(pair.came.astype("f4"), argument.astype("f4")).all()) and bool(
        np.isin(pair.right.astype("f4"), argument.astype("f4")).all()
    )


def _monotone(wrong: list[Pair], right: list[Pair]) -> str:
    """What is larger than another number comes larger: then each is a function of what is right in its place."""
    enough = [p for p in wrong if p.right.size > ENOUGH]
    if enough and all(_rises(p.right.ravel(), p.came.ravel()) for p in wrong):
        return (
            "each number goes up and down with what is right in its place: a function of it (a squashing one, a power, "
            "a logarithm) is missing, doubled or another one"
        )
    return ""


def _rises(right: np.ndarray, came: np.ndarray) -> bool:
    order = np.argsort(right)
    steps = np.diff(came[order])
    if np.std(came - right) < CLEARLY * np.std(right):  # what is nearly right always rises with it
        return False
    return bool(np.all(steps > -CLOSE)) and len(np.unique(came.round(5))) > min(ENOUGH, right.size - 1)
