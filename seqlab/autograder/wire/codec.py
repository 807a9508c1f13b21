"""Values as bytes and back: msgpack for the frame, checked types, shapes and sizes, never pickle or code.

The bytes may come from a hostile process. `decode` gives back a value or raises `BadMessage`; it allocates no
more than a small multiple of the message's own length. What it gives is of the closed list of types in `values.py`, and
so small that what the tester makes of it (`np.asarray`, a text to be shown) is small too: that is asked here, once, of
the whole value.
"""

import math
from collections import Counter
from collections.abc import Callable
from typing import Any

import msgpack
import numpy as np

from seqlab.autograder.wire.values import MAX_DEPTH, MAX_ITEMS, MAX_NUMBERS, Ref, Served, Tensor, weight

MAX_BYTES = 8 * 2**20
MAX_ALL_ITEMS = 4 * MAX_ITEMS  # of all lists of a message; an entry of a dict is three
MAX_ENTRIES = 20_000  # of all dicts of a message
MAX_OF_ONE_HASH = 50  # keys of a dict: each is compared with all before it, so the time grows with their square
MAX_AXES = 8  # of an array: each doubles what is shown of it, and no exercise has more than four
ARRAY, TUPLE, DICT, TENSOR, REF, SERVED = range(1, 7)
DTYPES = frozenset(np.dtype(k).str for k in ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"])


class BadMessage(Exception):
    """Bytes that are not a message of this protocol."""


def encode(value: Any, serve: Callable[[Served], int] | None = None) -> bytes:
    """A value as bytes. `serve` gives a number to each function that the tester serves."""

    def default(v: Any) -> msgpack.ExtType:
        match v:
            case np.ndarray():
                array = np.ascontiguousarray(v)  # makes a 0-d array 1-d, so the shape is v's own
                dtype = array.dtype.newbyteorder("<") if array.dtype.byteorder == ">" else array.dtype
                parts = [dtype.str, list(v.shape), array.astype(dtype, copy=False).tobytes()]
                return msgpack.ExtType(ARRAY, pack(parts))
            case tuple():
                return msgpack.ExtType(TUPLE, pack(list(v)))
            case _Pairs():
                return msgpack.ExtType(DICT, pack([[k, x] for k, x in v.items]))
            case Tensor(array=array):
                return msgpack.ExtType(TENSOR, pack(array))
            case Ref(id=number, kind=kind):
                return msgpack.ExtType(REF, pack([number, kind]))
            case Served() if serve is not None:
                return msgpack.ExtType(SERVED, pack(serve(v)))
            case np.bool_():
                return v.item()
            case np.integer() | np.floating():
                return v.item()
        raise TypeError(f"{type(v).__name__} does not cross")

    def pack(v: Any) -> bytes:
        return msgpack.packb(_without_maps(v), default=default, strict_types=True)

    return pack(value)


class _Pairs:
    """A dict on its way: msgpack's own maps cannot have tuples as keys, and are refused on arrival."""

    def __init__(self, content: dict[Any, Any]) -> None:
        self.items = content.items()


def _without_maps(value: Any) -> Any:
    if type(value) is list:
        return [_without_maps(v) for v in value]
    return _Pairs(value) if isinstance(value, dict) else value


def decode(data: bytes, served: Callable[[int], Served] | None = None) -> Any:
    """The value that the bytes stand for, or BadMessage. `served` makes the stand-in of a served function.

    Only the child, which reads what the tester sends, has a `served`: there the value's weight does not matter.
    """
    if len(data) > MAX_BYTES:
        raise BadMessage(f"a message of more than the {MAX_BYTES} bytes that are taken")
    try:
        value = _Decoder(served).value(data, 0)
        if served is None and weight(value) > MAX_NUMBERS:
            raise BadMessage("many things with a very long text, or far more numbers than any exercise asks for")
        return value
    except BadMessage:
        raise
    except Exception as error:
        raise BadMessage(f"not a message of this protocol ({type(error).__name__})") from None


class _Decoder:
    """One message; everything in it counts against the same allowances, as soon as it is read."""

    def __init__(self, served: Callable[[int], Served] | None) -> None:
        self.served, self.items, self.entries = served, 0, 0

    def value(self, data: bytes, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise BadMessage("a message is nested too deeply")
        value = msgpack.unpackb(
            data,
            raw=False,
            max_map_len=0,
            max_array_len=min(MAX_ITEMS, len(data)),
            max_str_len=MAX_BYTES,
            max_bin_len=MAX_BYTES,
            max_ext_len=MAX_BYTES,
            list_hook=self.count,
            ext_hook=lambda code, body: self.extension(code, body, depth + 1),
        )
        if depth + _depth(value) > MAX_DEPTH:
            raise BadMessage("a message is nested too deeply")
        return value

    def count(self, values: list[Any]) -> list[Any]:
        self.items += 1 + len(values)
        if self.items > MAX_ALL_ITEMS:
            raise BadMessage("a message holds too much")
        return values

    def extension(self, code: int, body: bytes, depth: int) -> Any:
        self.items += 15  # takes its time: a message holds a hundred thousand at most
        self.count([])
        if code == ARRAY:
            return _array(*_of(self.value(body, depth), str, list, bytes))
        value = self.value(body, depth)
        if code == TUPLE and type(value) is list:
            return tuple(value)
        if code == DICT and type(value) is list:
            self.entries += len(value)
            if self.entries > MAX_ENTRIES:
                raise BadMessage("a message holds too many entries of dicts")
            pairs = [_of(pair, object, object) for pair in value]
            if not all(map(_is_key, (key for key, _ in pairs))):
                raise BadMessage("a dict with keys that do not cross")
            if max(Counter(hash(key) for key, _ in pairs).values(), default=0) > MAX_OF_ONE_HASH:
                raise BadMessage("a dict with too many keys of one hash")
            return dict(pairs)
        if code == TENSOR and isinstance(value, np.ndarray):
            return Tensor(value)
        if code == REF:
            number, kind = _of(value, int, str)
            return Ref(number, kind[:80])
        if code == SERVED and type(value) is int and self.served:
            return self.served(value)
        raise BadMessage("an unknown or malformed extension")


def _depth(value: Any) -> int:
    """How deep lists lie in lists; what lies in extensions has been looked at before."""
    depth, level = 0, [value]
    while level := [v for part in level if type(part) is list for v in part]:
        depth += 1
        if depth > MAX_DEPTH:
            break
    return depth


def _is_key(key: Any) -> bool:
    """Text, a number, or up to three of text and whole numbers."""
    if type(key) is tuple:
        return len(key) <= 3 and all(type(part) in (str, int, bool) for part in key)
    return key is None or type(key) in (str, int, bool, float)


def _of(value: Any, *types: type) -> list[Any]:
    """The parts of a list, each of its type."""
    if type(value) is not list or len(value) != len(types):
        raise BadMessage("a part of a message is malformed")
    if not all(isinstance(v, t) for v, t in zip(value, types, strict=True)):
        raise BadMessage("a part of a message has the wrong type")
    return value


def _array(dtype: str, shape: list[Any], body: bytes) -> np.ndarray:
    if dtype not in DTYPES:
        raise BadMessage("an array of a type that does not cross")
    if len(shape) > MAX_AXES or not all(type(n) is int and 0 <= n <= MAX_BYTES for n in shape):
        raise BadMessage("an array with an impossible shape")
    kind = np.dtype(dtype)
    if math.prod(max(n, 1) for n in shape) > MAX_BYTES:  # empty along one axis, and a sum over that is not
        raise BadMessage("an array with an impossible shape")
    if math.prod(shape) * kind.itemsize != len(body):
        raise BadMessage("an array whose shape does not fit its bytes")
    if kind == np.bool_ and body.strip(b"\0\1"):
        raise BadMessage("an array of bools with other bytes")
    return np.frombuffer(body, kind).reshape(shape)
