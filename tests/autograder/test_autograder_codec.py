"""The wire format: what goes in comes out, and no bytes whatever do harm."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from seqlab.autograder.wire.codec import MAX_BYTES, BadMessage, decode, encode
from seqlab.autograder.wire.values import Ref, Served, Tensor

arrays = hnp.arrays(
    st.sampled_from(["?", "i1", "<i4", "<i8", "u1", "<f2", "<f4", "<f8"]),
    hnp.array_shapes(min_dims=0, min_side=0, max_side=4),
)
scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text(max_size=8)
leaves = scalars | arrays | arrays.map(Tensor) | st.builds(Ref, st.integers(0, 99), st.text(max_size=5))
values = st.recursive(
    leaves,
    lambda v: (
        st.lists(v, max_size=4)
        | st.lists(v, max_size=4).map(tuple)
        | st.dictionaries(st.text(max_size=4) | st.tuples(st.text(max_size=3), st.integers(0, 9)), v, max_size=3)
    ),
    max_leaves=12,
)


def same(a, b):
    if isinstance(a, Tensor):
        return isinstance(b, Tensor) and same(a.array, b.array)
    if isinstance(a, np.ndarray):
        return type(b) is np.ndarray and a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, list | tuple):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(v, b[k]) for k, v in a.items())
    return a == b or (a != a and b != b)


@settings(max_examples=300, deadline=None)
@given(values)
def test_a_value_survives_the_journey(value):
    assert same(value, decode(encode(value)))


@settings(max_examples=2000, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_value_or_a_bad_message(data):
    try:
        decode(data)
    except BadMessage:
        pass


@settings(max_examples=1000, deadline=None)
@given(values, st.data())
def test_a_damaged_message_is_a_value_or_a_bad_message(value, data):
    raw = bytearray(encode(value))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        decode(bytes(raw))
    except BadMessage:
        pass


def test_an_array_cannot_lie_about_its_shape_or_type():
    import msgpack

    def message(*parts):
        return msgpack.packb(msgpack.ExtType(1, msgpack.packb(list(parts))))

    assert decode(message("<f4", [2], bytes(8))).shape == (2,)
    for parts in (
        ("<f4", [3], bytes(8)),
        ("<f4", [-2], bytes(8)),
        ("|O", [1], bytes(8)),
        ("<f4", [2**40, 2**40], b""),
        ("<f4", [True, 2], bytes(8)),
        ("V8", [1], bytes(8)),
        ("|b1", [2], b"\x02\x07"),
        ("<f4", [2.0], bytes(8)),
    ):
        with pytest.raises(BadMessage):
            decode(message(*parts))


def test_size_and_depth_are_limited():
    with pytest.raises(BadMessage):
        decode(bytes(MAX_BYTES + 1))
    deep = 1
    for _ in range(200):
        deep = (deep,)
    with pytest.raises(BadMessage):
        decode(encode(deep))
    with pytest.raises(BadMessage):
        decode(b"\x91" * 10_000 + b"\xc0")


def test_a_served_function_crosses_as_a_number():
    numbers = {}
    data = encode([Served(print)], serve=lambda s: numbers.setdefault(s, 5))
    assert decode(data, served=lambda n: n) == [5]
    with pytest.raises(BadMessage):
        decode(data)
    with pytest.raises(TypeError):
        encode([object()])
