"""What may cross between the tester and the process in which a student's code runs.

Only data crosses: numbers, text, lists, tuples, dicts and arrays. Three small markers stand for the rest:

* `Tensor(array)`  the tester asks that the answer be given a TensorFlow tensor instead of an array;
* `Ref(id, kind)`  an object that stays where the student's code is (a class, a layer, a model);
* `Served(f)`      a function of the tester's that the answer may call; the tester runs it and counts.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

MAX_DEPTH = 24
MAX_ITEMS = 400_000
MAX_TEXT = 1_000_000
MAX_NUMBERS = 2**25  # what `np.asarray`, or a few operations, may make of a value in the tester's memory
INT64 = range(-(2**63), 2**63)
_NUMBERS = {bool, int, float, type(None)}


class TooLarge(ValueError):
    """An answer returned more than any exercise asks for."""


@dataclass(frozen=True)
class Tensor:
    """An array that the answer receives as a tensor of the same dtype."""

    array: np.ndarray


@dataclass(frozen=True)
class Ref:
    """An object that stays with the student's code; `kind` is the name of its type."""

    id: int
    kind: str


@dataclass(frozen=True, eq=False)
class Served:
    """A function that the tester serves. `calls` records the arguments of every call, in order."""

    function: Callable[..., Any]
    calls: list[Any] = field(default_factory=list)

    def __call__(self, *args: Any) -> Any:
        self.calls.append(args)
        return self.function(*args)

    def __repr__(self) -> str:
        """The function's name, as a call is shown to the student."""
        return getattr(self.function, "__name__", None) or type(self.function).__name__.lower()


def tensor(array: Any, dtype: str = "float32") -> Tensor:
    """Shorthand for `Tensor(np.asarray(array, dtype))`."""
    return Tensor(np.asarray(array, dtype))


def weight(value: Any) -> int:
    """How many numbers or characters a value could become: the one accounting of a whole value's size.

    `np.asarray` makes each text as long as the longest of a list, however it is nested, so it is the number of all
    single things, tuples' and dicts' too, times the longest text among them. An array that is empty along one axis counts
    as if it were not: a sum over that axis is not empty. TypeError if something in it does not cross.

    >>> weight(["abc", ("d", [1, 2])]), weight({"k": np.zeros((2, 0))})
    (12, 3)
    """
    things, longest, todo = 0, 1, [value]
    while todo:
        match todo.pop():
            case np.ndarray(shape=shape):
                things += math.prod(max(n, 1) for n in shape)
            case list() | tuple() as parts:
                if set(map(type, parts)) <= _NUMBERS:  # quick, for there may be a million
                    things += len(parts)
                else:
                    todo += parts
            case dict() as parts:
                todo += parts
                todo += parts.values()
            case Tensor(array=array):
                todo.append(array)
            case str() as text:
                things, longest = things + 1, max(longest, len(text))
            case None | bool() | int() | float() | Ref():
                things += 1
            case other:
                raise TypeError(f"{type(other).__name__} does not cross")
    return things * longest


def plain(value: Any, keep: Callable[[Any], Ref]) -> Any:
    """Turn whatever an answer returned into data; `keep` turns any other object into a `Ref`.

    Tensors, variables and NumPy scalars of any float, integer or bool type become arrays and numbers, so
    that a check never has to ask which library an answer used.
    """
    budget = [MAX_ITEMS]

    def walk(v: Any, depth: int) -> Any:
        budget[0] -= 1
        if budget[0] < 0 or depth > MAX_DEPTH:
            raise TooLarge("the answer returned a structure that is too large or too deeply nested")
        if v is None or type(v) is bool:
            return v
        if isinstance(v, type):
            return keep(v)
        if isinstance(v, str):
            if len(v) > MAX_TEXT:
                raise TooLarge(f"the answer returned a text of {len(v)} characters")
            return str.encode(v, "utf-8", "replace").decode()  # also of a subclass with words of its own
        if isinstance(v, bool | np.bool_):
            return bool(v)
        if isinstance(v, int | np.integer):
            return int(v) if int(v) in INT64 else keep(v)
        if isinstance(v, float | np.floating):
            return float(v)
        if isinstance(v, list | tuple):
            items = [walk(item, depth + 1) for item in v]
            return tuple(items) if isinstance(v, tuple) else items
        if isinstance(v, dict):
            return {_hashable(walk(k, depth + 1)): walk(item, depth + 1) for k, item in v.items()}
        if isinstance(v, range):
            return walk(list(v[: MAX_ITEMS + 1]), depth)
        array = _as_array(v)
        if array is None:
            return keep(v)
        if array.dtype.kind in "US":
            return walk(array.tolist(), depth + 1)
        return array

    return walk(value, 0)


def _hashable(key: Any) -> Any:
    """A dict key after `plain`: a NumPy scalar or tensor key has become a 0-d array, which cannot be one."""
    return key.item() if isinstance(key, np.ndarray) and key.ndim == 0 else key


def _as_array(value: Any) -> np.ndarray | None:
    """The value as a plain array of bools, integers, floats or text, or None where it is no such thing."""
    if not hasattr(value, "__array__"):
        return None
    try:
        array = np.asarray(value)
        if array.dtype.kind not in "biufUS":  # bfloat16 arrives as a void type
            if array.dtype.name != "bfloat16":
                return None
            array = array.astype("float32")
    except Exception:  # a symbolic tensor, or an object with an __array__ of its own
        return None
    if type(array) is np.ndarray:
        return array
    return np.array(array, subok=False)
