"""The wire format: what goes in comes out, and no bytes whatever do harm."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from seqlab.autograder.wire.codec import MAX_BYTES, MAX_OF_ONE_HASH, BadMessage, decode, encode
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


def pairs_of_one_hash(count):
    """Pairs of whole numbers that Python's hash of tuples (xxHash) takes to one value: the second part is solved for."""
    all_, prime1, prime2, prime5 = 2**64, 11400714785074694791, 14029467366897019727, 2870177450012600261

    def turned(x, bits):
        return (x << bits | x >> 64 - bits) % all_

    def step(state, part):
        return turned((state + part * prime2) % all_, 31) * prime1 % all_

    goal = turned(step(step(prime5, 1), 2) * pow(prime1, -1, all_) % all_, 33)
    found, first = [], 0
    while len(found) < count:
        first += 1
        second = (goal - step(prime5, first)) * pow(prime2, -1, all_) % all_
        if second < 2**61 - 1:  # a whole number is its own hash
            found.append((first, second))
    return found


def test_keys_of_one_hash_are_few():
    keys = pairs_of_one_hash(MAX_OF_ONE_HASH + 1)
    assert len(set(map(hash, keys))) == 1
    with pytest.raises(BadMessage, match="one hash"):
        decode(encode(dict.fromkeys(keys, 0)))
    for honest in (keys[:-1], range(-3000, 3000), [(a, b) for a in range(60) for b in "do re mi".split()], []):
        assert decode(encode(dict.fromkeys(honest, 0))) == dict.fromkeys(honest, 0)


def test_a_served_function_crosses_as_a_number():
    numbers = {}
    data = encode([Served(print)], serve=lambda s: numbers.setdefault(s, 5))
    assert decode(data, served=lambda n: n) == [5]
    with pytest.raises(BadMessage):
        decode(data)
    with pytest.raises(TypeError):
        encode([object()])
