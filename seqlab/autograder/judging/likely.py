"""The slips that any exercise knows, beside those it declares: a right result in the wrong form or order.

All of them are fixed words: an axis by its letter and number, an argument by its name, no size and no value.
"""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from seqlab.autograder.judging.compare import as_numbers, difference
from seqlab.autograder.judging.exercise import Fixed, Sign
from seqlab.autograder.judging.relations import functions, one_axis

LARGE = 80.0  # exp of a little more is inf in float32
Axes = tuple[str, ...]
Args = tuple[Any, ...]
Function = Callable[..., Any]
Slips = dict[str, Fixed | Sign]


def general_slips(
    expected: Any,
    *,
    names: tuple[str, ...] = (),
    axes: tuple[Axes, ...] = (),
    sizes: dict[str, int] | None = None,
    args: Args = (),
    again: Function | None = None,
    arguments: tuple[str, ...] = (),
    exact: bool = True,
) -> Slips:
    """Words, and what the result is if they are true; likeliest first.

    `names` and `axes` are those of the results, `sizes` what an axis letter stands for in this case, `args` what the
    reference was given, `again` the reference, `arguments` the names of its arguments.
    `exact`: may a result be told from a function of it?
    """
    found: Slips = {}

    def add(words: str, slip: Fixed | Sign) -> None:
        found.setdefault(words, slip)

    several = isinstance(expected, tuple)
    results = expected if several else (expected,)
    if several:
        for words, slip in _of_several(expected, names):
            add(words, slip)
    for i, result in enumerate(results):
        name = f"{names[i]}: " if several and i < len(names) else ""
        letters = axes[i] if i < len(axes) and len(axes) == len(results) else ()
        for words, array in _of_one(result, letters, sizes or {}):
            add(name + words, Fixed((*expected[:i], array, *expected[i + 1 :]) if several else array))
        for words, wrong in _of_function(result, letters) if exact else ():
            add(name + words, Fixed(_with(i, wrong, expected) if several else wrong))
        for words, seen in _of_form(result, letters):
            add(name + words, Sign(_in_place(i, seen, expected) if several else seen))
    if several:
        for words, changed in _of_all(expected, axes, sizes or {}):
            add(f"{', '.join(names) or 'all results'}: {words}", Fixed(changed))
    if isinstance(expected, dict) and expected:
        for words, changed in _of_all(tuple(expected.values()), (), {}):
            add(f"all entries: {words}", Fixed(dict(zip(expected, changed, strict=True))))
    add(_not_finite(args), Sign(lambda got, *_: _has_inf(got)))
    for name, argument in zip(arguments, args, strict=False):
        if not callable(argument) and (_kind(argument) is not None or isinstance(argument, str)):
            add(f"the argument {name} comes back as it is: return what is made of it", Fixed(argument))
    for words, wrong in (*_swapped_arguments(args, arguments, again), *_called_wrongly(args, arguments, again)):
        add(words, Fixed(wrong))
    return found


def _of_several(expected: Args, names: Axes) -> Iterator[tuple[str, Fixed | Sign]]:
    order = ", ".join(names) or ("first, second" if len(expected) == 2 else "first, second, …")
    if len(expected) == 2:
        yield f"the two results are swapped: return ({order}) in this order", Fixed(expected[::-1])
    elif len(expected) <= 5:
        yield f"the results come in another order: return ({order}) in this order", Sign(_is_some_order(expected))
    yield "the results are inside a list or tuple of their own: return them as they are", Sign(_wraps(expected))
    numbers = [n for n in map(as_numbers, expected) if n is not None]
    if len(numbers) == len(expected) > 1 and len({n.shape for n in numbers}) == 1:
        added = np.sum(np.stack(numbers).astype("f8"), 0)
        yield f"the results are added up: return ({order}), each by itself", Fixed(added)
    if len(numbers) == len(expected) > 1 and all(n.ndim for n in numbers):
        joined = f"the results are joined into one array: return ({order}), each by itself"
        yield joined, Fixed(lambda: np.concatenate(numbers, -1))
        yield f"{joined}, not along the first axis", Fixed(lambda: np.concatenate(numbers, 0))
    for i, name in enumerate(names):
        yield f"only {name} comes back: return ({order})", Sign(_is_alone(expected[i]))
    for i, j in itertools.permutations(range(len(names)), 2):
        twice = (*expected[:i], expected[j], *expected[i + 1 :])
        yield f"{names[j]} comes back twice, also in the place of {names[i]}: return ({order})", Fixed(twice)


def _of_all(expected: Args, axes: tuple[Axes, ...], sizes: dict[str, int]) -> Iterator[tuple[str, Args]]:
    """What has happened to all results alike."""
    letters = axes if len(axes) == len(expected) else ((),) * len(expected)
    first, *others = (dict(_of_one(result, a, sizes)) for result, a in zip(expected, letters, strict=True))
    for words, array in first.items():
        if all(words in other for other in others):
            yield words, (array, *(other[words] for other in others))


def _of_function(expected: Any, letters: Axes) -> Iterator[tuple[str, Function]]:
    """One function, or one thing done along an axis, more than there should be."""
    e = as_numbers(expected)
    if e is None or not e.size or e.dtype.kind == "b":
        return
    letters = letters if len(letters) == e.ndim else ()
    yield from functions(e.astype("f8"))
    for axis in range(e.ndim):
        yield from one_axis(e.astype("f8"), axis, axis_name(axis, letters))


def _with(i: int, wrong: Function, expected: Args) -> Function:
    return lambda: (*expected[:i], wrong(), *expected[i + 1 :])


def _in_place(i: int, seen: Function, expected: Args) -> Function:
    """A sign of result i, where the others are right and this one is not."""

    def seen_there(got: Any, *_: Any) -> bool:
        if not isinstance(got, tuple | list) or len(got) != len(expected):
            return False
        right = [difference(g, e) is None for g, e in zip(got, expected, strict=True)]
        return not right[i] and all(right[:i] + right[i + 1 :]) and seen(got[i])

    return seen_there


def _wraps(expected: Any) -> Function:
    return lambda got, *_: isinstance(got, tuple | list) and len(got) == 1 and difference(got[0], expected) is None


def _is_some_order(expected: Args) -> Function:
    def seen(got: Any, *_: Any) -> bool:
        if not isinstance(got, tuple | list) or len(got) != len(expected):
            return False
        return any(difference(tuple(order), expected) is None for order in itertools.permutations(got))

    return seen


def _is_alone(result: Any) -> Function:
    return lambda got, *_: not isinstance(got, tuple) and difference(got, result) is None


def _of_one(expected: Any, letters: Axes, sizes: dict[str, int]) -> Iterator[tuple[str, np.ndarray]]:
    """Words, and what this result then is."""
    e = as_numbers(expected)
    if e is None or not e.size:
        return
    e = e.astype("f8")
    letters = letters if len(letters) == e.ndim else ()
    yield from _transposed(e, letters)
    yield from _moved(e, letters)
    yield from _reshaped(e, letters)
    yield from _reduced(e, letters)
    yield from _rescaled(e, sizes)


def _transposed(e: np.ndarray, letters: Axes) -> Iterator[tuple[str, np.ndarray]]:
    for order in itertools.permutations(range(e.ndim)) if 1 < e.ndim <= 4 else ():
        if list(order) != sorted(order):
            came = f": it is ({', '.join(letters[a] for a in order)})" if letters else f": {order}"
            two = order == (1, 0, *range(2, e.ndim))
            yield (
                f"the {'first two axes are the wrong way round' if two else 'axes are in another order'}{came}",
                (np.transpose(e, order)),
            )
    for order in itertools.permutations(range(e.ndim)) if 1 < e.ndim <= 4 else ():
        if list(order) != sorted(order):
            came = f" ({', '.join(letters[a] for a in order)})" if letters else f" {order}"
            words = (
                f"a reshape of{came} has mixed the numbers up: reshape keeps the reading order, transpose swaps axes"
            )
            yield words, np.transpose(e, order).reshape(e.shape)


def _moved(e: np.ndarray, letters: Axes) -> Iterator[tuple[str, np.ndarray]]:
    """The right numbers, elsewhere along one axis."""
    for axis in range(e.ndim):
        where = axis_name(axis, letters)
        yield f"the result is in reverse order along {where}", np.flip(e, axis)
        yield f"along {where} every entry stands one place too late, and the last has come round", np.roll(e, 1, axis)
        yield (
            f"along {where} every entry stands one place too early, and the first has come round",
            np.roll(e, -1, axis),
        )
        last = np.repeat(np.take(e, [-1], axis), e.shape[axis], axis)
        yield f"along {where} every entry is the last one: has one object been collected again and again?", last
        yield f"the last along {where} is missing", np.delete(e, -1, axis)
        yield f"the first along {where} is missing", np.delete(e, 0, axis)


def _reshaped(e: np.ndarray, letters: Axes) -> Iterator[tuple[str, np.ndarray]]:
    wanted = _wanted(letters)
    for axis in range(e.ndim + 1):
        words = f"there is an axis of length 1 too many, axis {axis}{wanted}: leave it out"
        yield words, np.expand_dims(e, axis)
    for new, along in itertools.product((a for a in range(e.ndim) if e.shape[a] > 1), range(e.ndim - 1)):
        parts = [np.take(e, i, new) for i in range(e.shape[new])]
        yield (
            f"the parts along {axis_name(new, letters)} are joined along axis {along} of theirs{wanted}: np.stack makes a "
            "new axis, np.concatenate does not",
            np.concatenate(parts, along),
        )
    yield f"the result is flat{wanted}: keep its axes", e.ravel()


def _reduced(e: np.ndarray, letters: Axes) -> Iterator[tuple[str, np.ndarray]]:
    """One axis is gone, or all."""
    for axis in range(e.ndim):
        where = axis_name(axis, letters)
        yield f"only the last along {where} comes back: all of them are asked for", np.take(e, -1, axis)
        yield f"only the first along {where} comes back: all of them are asked for", np.take(e, 0, axis)
        yield f"{where} has been summed away: keep it", e.sum(axis)
        yield f"{where} has been averaged away: keep it", e.mean(axis)
        yield f"{where} has been summed away: keep it, not as an axis of length 1", e.sum(axis, keepdims=True)
        yield f"{where} has been averaged away: keep it, not as an axis of length 1", e.mean(axis, keepdims=True)
    if e.ndim > 1:
        yield "the sum of all numbers comes back: keep the axes", e.sum()
        yield "the mean of all numbers comes back: keep the axes", e.mean()


def _rescaled(e: np.ndarray, sizes: dict[str, int]) -> Iterator[tuple[str, np.ndarray]]:
    """Every number off in the same way."""
    yield "the sign is wrong", -e
    sizes = {letter: size for letter, size in sizes.items() if size}  # of nothing there is neither sum nor mean
    for letter, size in sizes.items():
        yield f"the result is {letter} times too large: is there a sum over {letter} where a mean belongs?", e * size
        yield f"the result is {letter} times too small: is there a mean over {letter} where a sum belongs?", e / size
    for (a, n), (b, m) in itertools.combinations(sizes.items(), 2):
        yield f"the result is {a}·{b} times too large: is there a sum where a mean belongs?", e * n * m
        yield f"the result is {a}·{b} times too small: is there a mean where a sum belongs?", e / (n * m)
    yield "the numbers are cut to whole ones: make the result an array of floats, not of integers", np.trunc(e)
    yield "the numbers are rounded to whole ones: return them as they are", np.round(e)


def _of_form(expected: Any, letters: Axes) -> Iterator[tuple[str, Function]]:
    """What is seen in the form of what came."""
    yield "the result is inside a list or tuple of its own: return it as it is", _wraps(expected)
    yield (
        "more comes back than the result: return it alone",
        lambda got, *_: isinstance(got, tuple) and len(got) > 1 and any(difference(g, expected) is None for g in got),
    )
    e = as_numbers(expected)
    if e is None:
        return
    yield "the numbers are rounded: return them as they are", lambda got, *_: _rounded(got, e)
    yield f"an axis of length 1 is missing{_wanted(letters)}: keep it", lambda got, *_: _squeezed(got, e)
    for axis in range(e.ndim):
        for where, kept in (("end", slice(None, -1)), ("beginning", slice(1, None))):

            def longer(got: Any, *_: Any, axis: int = axis, kept: slice = kept) -> bool:
                g = as_numbers(got)
                if g is None or g.ndim != e.ndim or g.shape[axis] != e.shape[axis] + 1:
                    return False
                return difference(g[(slice(None),) * axis + (kept,)], e) is None

            yield f"along {axis_name(axis, letters)} there is one too many, at its {where}", longer


def _rounded(got: Any, e: np.ndarray) -> bool:
    return any(difference(got, np.round(e, digits)) is None for digits in (1, 2, 3, 4))


def _squeezed(got: Any, e: np.ndarray) -> bool:
    g = as_numbers(got)
    return g is not None and g.ndim < e.ndim and g.shape == e.squeeze().shape and difference(g, e.squeeze()) is None


def _has_inf(got: Any) -> bool:
    parts = got if isinstance(got, tuple | list) else [got]
    numbers = [as_numbers(part) for part in parts]
    return any(n is not None and n.dtype.kind == "f" and not np.all(np.isfinite(n)) for n in numbers)


def _not_finite(args: Args) -> str:
    numbers = [a for a in map(as_numbers, args) if a is not None and a.size]
    if any(np.max(np.abs(a.astype("f8"))) > LARGE for a in numbers):
        return (
            "a large input overflows: exp(1000) is inf, and inf - inf or inf / inf is nan. Subtract the maximum before "
            "exp, or use the library's function, which does"
        )
    return "inf or nan comes from a division by zero, the logarithm of zero, or an exp that overflows"


def _swapped_arguments(args: Args, arguments: Axes, again: Function | None) -> Iterator[tuple[str, Function]]:
    """Two arguments of one kind taken for each other."""
    if again is None or len(arguments) != len(args):
        return
    for i, j in itertools.combinations(range(len(args)), 2):
        if _kind(args[i]) is None or _kind(args[i]) != _kind(args[j]) or _far_apart(args[i], args[j]):
            continue
        other = list(args)
        other[i], other[j] = args[j], args[i]
        words = f"the arguments {arguments[i]} and {arguments[j]} are taken for each other"
        yield words, lambda other=tuple(other): again(*other)


def _far_apart(a: Any, b: Any) -> bool:
    """A size and an id of a million, say: the one in place of the other would ask for far too much."""
    return (
        isinstance(a, int | float)
        and isinstance(b, int | float)
        and max(abs(a), abs(b)) > 100 * (1 + min(abs(a), abs(b)))
    )


def _called_wrongly(args: Args, arguments: Axes, again: Function | None) -> Iterator[tuple[str, Function]]:
    """A function that the answer is given, called with its two arguments the wrong way round."""
    if again is None or len(arguments) != len(args):
        return
    for i, function in enumerate(args):
        if callable(function):
            turned = (*args[:i], lambda a, b, function=function: function(b, a), *args[i + 1 :])
            yield (
                f"{arguments[i]} is called with its two arguments the wrong way round",
                lambda turned=turned: again(*turned),
            )


def _kind(value: Any) -> Any:
    """Values of one kind could be taken for each other: arrays of one rank, numbers, functions, lists."""
    if isinstance(value, np.ndarray):
        return value.ndim
    if isinstance(value, bool | str) or value is None:
        return None
    return "number" if isinstance(value, int | float) else "function" if callable(value) else type(value)


def axis_name(axis: int, letters: Axes) -> str:
    """An axis by its number and, where it has one, its letter."""
    return f"axis {axis} ({letters[axis]})" if letters else f"axis {axis}"


def _wanted(letters: Axes) -> str:
    return f", the shape is ({', '.join(letters)}{',' if len(letters) == 1 else ''})" if letters else ""
