"""Is what came back what was expected? Shapes exactly, every number finite and within tolerance.

Convert first, then compare: an array, a tensor, a list or a scalar are all good, of any float or integer
type. What differs comes back as a `Difference` that says in words where and how: for the notebook in its own, with counts
and shapes, and for a hidden case in a sentence of the closed vocabulary.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from seqlab.autograder.judging.closed import Closed
from seqlab.autograder.wire.values import Ref

ATOL = RTOL = 1e-5
_Part = TypeVar("_Part")


@dataclass(frozen=True)
class Difference:
    """What differs: a sentence without any of the values, both values, and what may be said of a hidden case."""

    what: str
    wanted: Any
    came: Any
    closed: Closed = Closed.WRONG
    subject: str = ""  # the result that differs, where there are several

    @property
    def expected(self) -> str:
        """What is right, as short text."""
        return show(self.wanted)

    @property
    def got(self) -> str:
        """What came, as short text."""
        return show(self.came)


def difference(
    got: Any,
    expected: Any,
    *,
    atol: float = ATOL,
    rtol: float = RTOL,
    integers: bool = False,
    names: tuple[str, ...] = (),
) -> Difference | None:
    """None where `got` is `expected`, else the first difference found.

    `expected` may be an array or a number (compared as numbers, within `atol + rtol * |expected|`), None, text,
    a list of text, a dict, or a tuple, which stands for several results; `names` names these results in messages.
    `integers` demands whole numbers of an integer type, as ids are.

    >>> difference([[1.0, 2.0]], np.array([[1, 2]])) is None
    True
    >>> difference([1.0, 2.0], np.array([[1, 2]])).what
    'the result has shape (2,) instead of (1, 2)'
    """
    if isinstance(expected, tuple):
        return _several(got, expected, names, atol, rtol, integers)
    if isinstance(expected, dict):
        return _dicts(got, expected, atol, rtol, integers)
    if expected is None or isinstance(expected, str) or _is_text_list(expected):
        got_list = list(got) if isinstance(got, tuple) and isinstance(expected, list) else got
        if type(got_list) is type(expected) and got_list == expected:
            return None
        what, closed = _texts_differ(got_list, expected)
        return Difference(what, expected, got, closed)
    return _numbers(got, np.asarray(expected), atol, rtol, integers, names[0] if names else "the result")


def how_many(value: Any) -> int:
    """The numbers, texts and other single things in a value.

    >>> how_many(([1, 2], np.zeros((3, 4)), {"a": None}))
    15
    """
    if isinstance(value, np.ndarray):
        return value.size
    if isinstance(value, dict):
        value = list(value.values())
    return sum(map(how_many, value)) if isinstance(value, list | tuple) else 1


def as_numbers(value: Any) -> np.ndarray | None:
    """A value that crossed over, as an array of numbers; None if it is not numbers or is ragged."""
    if value is None or isinstance(value, str | dict | Ref) or _has_text(value):
        return None
    try:
        array = np.asarray(value)
    except (ValueError, TypeError, OverflowError):
        return None
    return array if array.dtype.kind in "biuf" else None


def _has_text(value: Any) -> bool:
    """Is there a text in a list? NumPy would make each item as long as the longest, only to be told that it is no number."""
    return isinstance(value, list | tuple) and any(isinstance(v, str) or _has_text(v) for v in value)


def describe(value: Any) -> str:
    """What kind of thing came back, for a sentence: 'None', 'a str', 'a tuple of 3'."""
    match value:
        case None:
            return "None (is a `return` missing?)"
        case Ref(kind=kind):
            return f"a {kind}"
        case np.ndarray():
            return f"an array of shape {shape_text(value.shape)}"
        case tuple() | list() | dict():
            return f"a {type(value).__name__} of {len(value)}"
    return f"a {type(value).__name__}"


def show(value: Any, limit: int = 240) -> str:
    """A short text of a value for a reader: six digits, long arrays cut in the middle."""
    if isinstance(value, Ref):
        return describe(value)
    value = _beginning(value, [limit])
    if isinstance(value, tuple) and any(isinstance(v, np.ndarray) for v in value):
        text = "(" + ", ".join(show(v, limit) for v in value) + ")"
    elif isinstance(value, np.ndarray | list | tuple | float) and (array := as_numbers(value)) is not None:
        with np.printoptions(precision=6, suppress=True, threshold=24, edgeitems=2, linewidth=100):
            text = np.array2string(array, separator=", ")
    else:
        text = repr(value)
    return text if len(text) <= limit else text[: limit - 2] + " …"


def _beginning(value: Any, left: list[int]) -> Any:
    """What a text of so many characters can show of a value: all of a small one, the first parts of a large one.

    NumPy itself leaves out the middle of a long axis, but shows both entries of one of length 2, and there may be many.
    """
    if isinstance(value, np.ndarray):
        left[0] -= min(value.size, 4 ** min(value.ndim, 4))  # so many numbers of it are shown, at least
        return value[(slice(0, 2),) * (value.ndim - 4)] if value.ndim > 4 else value
    if isinstance(value, str | bytes):
        kept = value[: max(left[0], 0) + 1]
        left[0] -= len(kept)
        return kept
    if isinstance(value, dict):
        return {key: _beginning(v, left) for key, v in _while_some_is_left(value.items(), left)}
    if isinstance(value, list | tuple):
        parts = [_beginning(v, left) for v in _while_some_is_left(value, left)]
        return parts if isinstance(value, list) else tuple(parts)
    return value


def _while_some_is_left(parts: Iterable[_Part], left: list[int]) -> Iterator[_Part]:
    for part in parts:
        if left[0] < 0:
            return
        left[0] -= 1
        yield part


def shape_text(shape: tuple[int, ...]) -> str:
    """A shape as Python writes it, very large sizes in words (a size could carry a secret number)."""
    sizes = ["large" if n > 999 else str(n) for n in shape]
    return "(" + ", ".join(sizes) + (",)" if len(sizes) == 1 else ")")


def _numbers(got: Any, expected: np.ndarray, atol: float, rtol: float, integers: bool, name: str) -> Difference | None:
    array = as_numbers(got)
    seen = expected, got
    if array is None:
        ragged = isinstance(got, list | tuple) and len(got) > 0
        what = "rows of different lengths, or things that are not numbers" if ragged else describe(got)
        closed = Closed.RAGGED if ragged else Closed.NONE if got is None else Closed.TYPE
        wanted = f"{name} should be numbers of shape {shape_text(expected.shape)}"
        return Difference(f"{wanted} but is {what}", *seen, closed, name)
    if array.shape != expected.shape:
        shapes = f"shape {shape_text(array.shape)} instead of {shape_text(expected.shape)}"
        return Difference(f"{name} has {shapes}", *seen, Closed.SHAPE, name)
    if integers and array.size and array.dtype.kind not in "iu":
        return Difference(f"{name} {Closed.NOT_WHOLE.value}", *seen, Closed.NOT_WHOLE, name)
    if not np.all(np.isfinite(array)):
        return Difference(f"{name} {Closed.NOT_FINITE.value}", *seen, Closed.NOT_FINITE, name)
    # float64 throughout: a float16 result must not be judged by its own rounding
    exact, got64 = expected.astype("f8"), array.astype("f8")
    near = np.abs(got64 - exact) <= atol + rtol * np.abs(exact)
    wrong = ~(near & np.isfinite(exact))  # nothing equals a nan, and a slip's inf is not near to every number
    if not wrong.any():
        return None
    if not expected.shape:
        return Difference(f"{name} {Closed.VALUE.value}", *seen, Closed.VALUE, name)
    share = "" if wrong.all() else f" in {int(wrong.sum())} of {wrong.size} places"
    closed = Closed.SOME_VALUES if share else Closed.VALUES
    return Difference(f"{name} {Closed.VALUES.value}{share}", *seen, closed, name)


def _several(
    got: Any, expected: Sequence[Any], names: Sequence[str], atol: float, rtol: float, integers: bool
) -> Difference | None:
    wanted = f"{len(expected)} results" + (f" ({', '.join(names)})" if names else "")
    if isinstance(got, np.ndarray) and got.ndim and len(got) == len(expected):
        got = tuple(got)  # several results of one shape, stacked
    if not isinstance(got, tuple | list):
        closed = Closed.NONE if got is None else Closed.TYPE
        return Difference(f"{wanted} are expected but the answer returned {describe(got)}", expected, got, closed)
    if len(got) != len(expected):
        return Difference(f"{wanted} are expected but {len(got)} came back", expected, got, Closed.HOW_MANY)
    for i, (g, e) in enumerate(zip(got, expected, strict=True)):
        name = names[i] if i < len(names) else f"result {i + 1}"
        if found := difference(g, e, atol=atol, rtol=rtol, integers=integers, names=(name,)):
            return found
    return None


def _dicts(got: Any, expected: dict[Any, Any], atol: float, rtol: float, integers: bool) -> Difference | None:
    if not isinstance(got, dict):
        return Difference(f"a dict is expected but the answer is {describe(got)}", expected, got, Closed.TYPE)
    for keys, word in ((expected.keys() - got.keys(), "missing"), (got.keys() - expected.keys(), "unknown")):
        if keys:
            count = "1 key is" if len(keys) == 1 else f"{len(keys)} keys are"
            return Difference(f"{count} {word}", sorted(expected, key=str), sorted(got, key=str), Closed.KEYS)
    for key, value in expected.items():
        if found := difference(got[key], value, atol=atol, rtol=rtol, integers=integers, names=(f"entry {key!r}",)):
            return found
    return None


def _texts_differ(got: Any, expected: Any) -> tuple[str, Closed]:
    if not isinstance(expected, list):
        return "the result differs", Closed.WRONG
    if not isinstance(got, list) or not _is_text_list(got):
        other = "a list of other things" if isinstance(got, list) else describe(got)
        return f"the result should be a list of texts but is {other}", Closed.TYPE
    n = len(expected)
    if len(got) != n:
        return f"{len(got)} instead of {n} text{'s' * (n != 1)} came back", Closed.HOW_MANY
    wrong = sum(g != e for g, e in zip(got, expected, strict=True))
    return f"{wrong} of {n} texts differ{'s' * (wrong == 1)}" if n > 1 else "the text differs", Closed.TEXTS


def _is_text_list(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(v, str) for v in value)
