"""Where a result is wrong: what is told when nothing says why.

That the first step is right and the second is not, that a batch of one is right and a larger one is not, that there is
one too few along time: each statement is true of all that came, and in fixed words, an axis by its letter.
"""

import contextlib
from collections.abc import Callable
from typing import Any

import numpy as np

from seqlab.autograder.judging.compare import as_numbers
from seqlab.autograder.judging.likely import axis_name
from seqlab.autograder.judging.relations import Pair, relation
from seqlab.autograder.judging.things import as_seen_by_references

Case = Any  # an `Expected`
_ONE = {"B": "example", "N": "example", "T": "step"}
_ASK = {
    "B": "is each example computed from its own inputs?",
    "N": "is each example computed from its own inputs?",
    "T": "what is carried from step to step?",
}


def whereabouts(passed: list[Case], failed: list[tuple[Case, Any]]) -> str:
    """Words that are true of all that came; "" if there are none. Some of the failed cases may have come right."""
    with contextlib.suppress(Exception), np.errstate(all="ignore"):  # what came may be anything
        return _whereabouts(passed, failed)
    return ""


def _whereabouts(passed: list[Case], failed: list[tuple[Case, Any]]) -> str:
    wrong = [(case, got) for case, got in failed if case.difference(got)]
    right = [(case, case.value) for case in passed] + [(case, got) for case, got in failed if not case.difference(got)]
    several = isinstance(wrong[0][0].value, tuple)
    first = wrong[0][0]
    alone, index = "", 0
    if several:
        if not all(isinstance(got, tuple | list) and len(got) == len(case.value) for case, got in wrong):
            return ""
        bad = [[bool(p is None or not p.fits or p.wrong.any()) for p in _pairs(case, got)] for case, got in wrong]
        index = next((i for i, is_bad in enumerate(bad[0]) if is_bad), 0)
        wrong = [pair for pair, is_bad in zip(wrong, bad, strict=True) if is_bad[index]]
        if all(sum(is_bad) == 1 for is_bad in bad) and len({tuple(is_bad) for is_bad in bad}) == 1:
            names = [name for i, name in enumerate(first.names) if i != index]
            be = "are" if len(names) > 1 else "is"
            alone = f"{' and '.join(names)} {be} right, and only {first.names[index]} is wrong" if names else ""
    pairs = [p[index] if index < len(p := _pairs(case, got)) else None for case, got in wrong]
    rest = [p[index] for case, got in right if index < len(p := _pairs(case, got))]
    if not pairs or any(pair is None for pair in pairs):
        return alone
    known = [pair for pair in pairs if pair is not None]
    others = [pair for pair in rest if pair is not None]
    name = f"{first.names[index]}: " if several and index < len(first.names) else ""
    tellers = (_other_shape, relation, _zeros, _along_an_axis, _only_small, _by_parts, _one_sided)
    for told in (relation, _one_sided) if isinstance(first.value, dict) else tellers:
        if words := told(known, others):
            return name + words
    return alone


def _pairs(case: Case, got: Any) -> list[Pair | None]:
    """Each result beside what came; None where one of them is not numbers."""
    seen = as_seen_by_references(case.args)
    given = {
        n: a for n, a in zip(case.arguments, seen, strict=False) if isinstance(a, np.ndarray) and a.dtype.kind in "iuf"
    }
    values, came = (case.value, got) if isinstance(case.value, tuple) else ((case.value,), (got,))
    if isinstance(case.value, dict):
        if not isinstance(got, dict) or set(got) != set(case.value):
            return [None]
        values, came = ((_joined(case.value, case.value),), (_joined(got, case.value),))
    axes = case.axes if len(case.axes) == len(values) else ((),) * len(values)
    sizes: dict[str, int] = {}
    for letters, value in (*zip(case.argument_axes, seen, strict=False), *zip(axes, values, strict=True)):
        if isinstance(value, np.ndarray) and len(letters) == value.ndim:
            sizes |= dict(zip(letters, value.shape, strict=True))
    found: list[Pair | None] = []
    for value, result, letters in zip(values, came, axes, strict=False):
        right, numbers = as_numbers(value), as_numbers(result)
        if right is None or numbers is None:
            found.append(None)
        else:
            known = letters if len(letters) == right.ndim else ()
            found.append(Pair(right.astype("f8"), numbers.astype("f8"), known, given, sizes))
    return found


def _joined(table: dict[Any, Any], like: dict[Any, Any]) -> Any:
    """The numbers of a dict in one array, None if they are not numbers."""
    parts = [as_numbers(table[key]) for key in like]
    numbers = [np.ravel(part) for part in parts if part is not None]
    return np.concatenate(numbers) if numbers and len(numbers) == len(parts) else None


def _other_shape(wrong: list[Pair], right: list[Pair]) -> str:
    """One axis has another length, or there are more or fewer axes."""
    odd = [p for p in wrong if p.right.shape != p.came.shape]
    if not odd:
        return ""
    letters = odd[0].letters
    shape = f": the shape is ({', '.join(letters)}{',' * (len(letters) == 1)})" if letters else ""
    if all(p.came.ndim < p.right.ndim for p in odd):
        return f"an axis is missing{shape}"
    if all(p.came.ndim > p.right.ndim for p in odd):
        return f"there is an axis too many{shape}"
    if any(p.came.ndim != p.right.ndim for p in odd):
        return ""
    differ = [
        {a: c - r for a, (c, r) in enumerate(zip(p.came.shape, p.right.shape, strict=True)) if c != r} for p in odd
    ]
    if len({*map(tuple, differ)}) != 1 or len(differ[0]) != 1:
        return f"the axes have other lengths{shape}" if shape else ""
    [axis] = differ[0]
    by = {d[axis] for d in differ}
    for sign, much in ((-1, "few"), (1, "many")):
        if all(sign * d > 0 for d in by):
            count = "one too" if by == {sign} else "too"
            ask = "does a loop or a slice begin too late, or end too early" if sign < 0 else "what should not be there"
            return f"there {'is' if by == {sign} else 'are'} {count} {much} along {axis_name(axis, letters)}: {ask}?"
    return f"{axis_name(axis, letters)} has another length{shape}"


def _along_an_axis(wrong: list[Pair], right: list[Pair]) -> str:
    """Right at the first and wrong from then on, wrong at the last alone, and so on."""
    if not all(p.fits for p in wrong):
        return ""
    letters = wrong[0].letters
    for axis in range(wrong[0].right.ndim):
        long = [p for p in wrong if p.right.ndim > axis and p.right.shape[axis] > 1]
        if not long or len(long) < len(wrong):
            continue
        bad = [np.asarray(p.wrong.any(tuple(a for a in range(p.right.ndim) if a != axis))) for p in long]
        letter = letters[axis] if letters else ""
        one = _ONE.get(letter, f"place along {axis_name(axis, letters)}")
        for where, seen in _PLACES.items():
            if all(seen(b) for b in bad):
                ask = seen is _rest_only or letter == "T"
                return where.format(one=one) + (f": {_ASK[letter]}" if ask and letter in _ASK else "")
    return ""


def _rest_only(bad: np.ndarray) -> bool:
    return not bad[0] and bool(bad[1:].all())


_PLACES: dict[str, Callable[[np.ndarray], bool]] = {
    "the first {one} is right, and all others are wrong": _rest_only,
    "only the last {one} is wrong": lambda bad: bool(bad[-1]) and not bad[:-1].any(),
    "only the first {one} is wrong": lambda bad: bool(bad[0]) and not bad[1:].any(),
    "only the last {one} is right": lambda bad: not bad[-1] and bool(bad[:-1].all()),
    "it is right up to some {one}, and wrong from there on": lambda bad: (
        not bad[0] and bool(np.all(np.diff(bad * 1) >= 0))
    ),
    "it is wrong up to some {one}, and right from there on": lambda bad: (
        not bad[-1] and bool(np.all(np.diff(bad * 1) <= 0))
    ),
}


def _zeros(wrong: list[Pair], right: list[Pair]) -> str:
    if all(p.fits for p in wrong):
        if all(np.all(p.right[p.wrong] == 0) for p in wrong) and any(np.any(p.right != 0) for p in wrong):
            return "it is wrong only where a zero belongs: is a mask, or padding, forgotten?"
        if all(np.all(p.came[p.wrong] == 0) for p in wrong) and any(np.any(p.came != 0) for p in wrong):
            return "where it is wrong, it is zero: nothing has been written there, or it has been taken away"
    return ""


def _only_small(wrong: list[Pair], right: list[Pair]) -> str:
    """A size of one is right, and a larger one is wrong; or the other way round."""
    for letter in wrong[0].sizes:
        bad = {p.sizes.get(letter, 0) for p in wrong}
        good = [p for p in right if letter in p.sizes and any(n > 1 for n in p.sizes.values())]
        sizes = {p.sizes[letter] for p in good}
        what = f" {_ASK[letter]}" if letter in _ASK else " what is done along this axis?"
        if good and sizes == {1} and min(bad) > 1:
            return f"it is right where {letter} is one, and wrong where it is more:{what}"
        if good and bad == {1} and 1 not in sizes:
            return f"it is wrong where {letter} is one, and right where it is more: look at what an axis of one does"
        if len(good) > 1 and max(sizes) < min(bad):
            return f"it is right where {letter} is small, and wrong where it is larger:{what}"
    return ""


def _by_parts(wrong: list[Pair], right: list[Pair]) -> str:
    """Whole rows are right, and whole rows are wrong."""
    if not all(p.fits for p in wrong):
        return ""
    letters = wrong[0].letters
    for axis in range(wrong[0].right.ndim):
        others = [tuple(a for a in range(p.right.ndim) if a != axis) for p in wrong]
        bad = [p.wrong.any(o) for p, o in zip(wrong, others, strict=True)]
        if any(not b.all() for b in bad):
            letter = letters[axis] if letters else ""
            if letter in _ONE:
                return f"some {_ONE[letter]}s are right and others wrong: what is different about these? And {_ASK[letter]}"
            return f"along {axis_name(axis, letters)} some are right and others wrong: what is different about these?"
    return ""


def _one_sided(wrong: list[Pair], right: list[Pair]) -> str:
    """Every number that is wrong is too large, or too small."""
    if not all(p.fits for p in wrong):
        return ""
    off = np.concatenate([(p.came - p.right)[p.wrong] for p in wrong])
    if len(off) > 1 and (off > 0).all():
        return "wherever it is wrong it is too large: is something counted or added that does not belong?"
    if len(off) > 1 and (off < 0).all():
        return "wherever it is wrong it is too small: is something left out, or divided once too often?"
    return ""
