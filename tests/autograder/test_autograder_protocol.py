"""The protocol under fire: any bytes, any replies. No crash, no hang, no memory beyond the limit.

`SEQLAB_FUZZ=1` (`make fuzz`) sends the full count of messages, and lets atheris choose some; without it a tenth.
"""

import contextlib
import os
import socket
import struct
import subprocess
import threading
import time
import tracemalloc
from pathlib import Path

import msgpack
import numpy as np
import pytest
from environments import environment
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seqlab.autograder.child.answering import answer_questions
from seqlab.autograder.judging.remote import RemoteRuntime
from seqlab.autograder.wire.answer_error import AnswerError
from seqlab.autograder.wire.channel import Channel, Gone, OutOfTime
from seqlab.autograder.wire.codec import MAX_BYTES, BadMessage, decode, encode
from seqlab.autograder.wire.values import Ref, Served, TooLarge

FULL = os.environ.get("SEQLAB_FUZZ") == "1"
EXAMPLES = 500 if FULL else 50
EACH = 100  # messages in an example
QUICK = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
ENDS = (BadMessage, AnswerError, Gone, OutOfTime)

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=6)
    | st.binary(max_size=9),
    lambda v: st.lists(v, max_size=4),
    max_leaves=8,
)
heads = st.sampled_from(["result", "raised", "call", "value", "passed", None, 1])
pieces = st.binary(max_size=40) | st.builds(
    lambda head, rest, code: msgpack.packb([head, *rest, msgpack.ExtType(code, msgpack.packb(rest))]),
    heads,
    st.lists(values, max_size=4),
    st.integers(0, 9),
)


def mutants(seed: int, sources: list[bytes]) -> list[bytes]:
    """EACH messages made of the given ones: bytes changed, cut out, doubled, put together."""
    rng, made = np.random.default_rng(seed), []
    for _ in range(EACH):
        data = bytearray(
            sources[rng.integers(len(sources))] + sources[rng.integers(len(sources))] * int(rng.integers(2))
        )
        for _ in range(int(rng.integers(0, 5)) if data else 0):
            at = int(rng.integers(len(data)))
            data[at : at + int(rng.integers(0, 3))] = rng.bytes(int(rng.integers(0, 4)))
            if not data:
                break
        made.append(bytes(data))
    return made


SAMPLES = [
    encode(["result", (np.ones((2, 3), "f4"), (np.arange(3), [1, "a"], {("k", 1): None}))]),
    encode(["raised", "ValueError", "text", 0, 1]),
    encode(["call", 0, (np.zeros((1, 2)), 3)]),
    encode(["result", [(0, ["f"]), (1, [])]]),
    encode(Ref(3, "function")),
    encode(["result", [("kernel", np.eye(2))]]),
]


@QUICK
@given(st.lists(pieces, min_size=1, max_size=6), st.integers(0, 2**32))
def test_any_bytes_decode_or_are_refused(sources, seed):
    for data in mutants(seed, [*sources, *SAMPLES]):
        with contextlib.suppress(BadMessage):
            decode(data)


@QUICK
@given(
    st.lists(pieces, min_size=1, max_size=6), st.integers(0, 2**32), st.sampled_from(["call", "plan", "weights", "get"])
)
def test_any_replies_end_in_an_answer_or_an_error(sources, seed, operation):
    """The tester asks while the other end has already said anything at all."""
    for data in mutants(seed, [*sources, *SAMPLES]):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            theirs.sendall(struct.pack("!I", len(data)) + data)
            theirs.shutdown(socket.SHUT_WR)
            channel = Channel(ours)
            channel.deadline = time.monotonic() + 5
            with contextlib.suppress(ENDS):
                RemoteRuntime(channel).perform(operation, Ref(1, "function"), (Served(lambda *a: a),))


@settings(max_examples=EXAMPLES // 5, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(pieces, min_size=1, max_size=6), st.integers(0, 2**32))
def test_any_questions_leave_the_child_or_end_it(sources, seed):
    """The child's loop, too, takes any bytes: it answers, or it ends."""
    asked = [
        encode(["find", ["x"]]),
        encode(["call", [Ref(1, "function"), (1,)]]),
        encode(["get", [Ref(1, "f"), "real"]]),
    ]
    ours, theirs = socket.socketpair()
    ended = []

    def child():
        try:
            answer_questions(Channel(theirs))
        except BaseException as error:
            ended.append(error)
        theirs.close()

    thread = threading.Thread(target=child, daemon=True)
    thread.start()
    with ours:
        ours.settimeout(5)
        try:
            for data in mutants(seed, [*sources, *asked]):
                ours.sendall(struct.pack("!I", len(data)) + data)
        except OSError:
            pass
    thread.join(20)
    assert not thread.is_alive()
    assert ended


def list_of(count: int, item: bytes) -> bytes:
    return b"\xdd" + struct.pack("!I", count) + item * count


WORST = {
    "lists of empty lists": b"\xdc\x00\x14" + list_of(400_000, b"\x90") * 20,
    "lists announced and not sent": b"\xdd\x00\x06\x1a\x80" * 200_000,
    "many small extensions": b"\x95" + list_of(400_000, msgpack.packb(msgpack.ExtType(2, b"\x90"))) * 5,
    "numbers": list_of(400_000, b"\x01") * 20,
    "a dict of one key": msgpack.packb(msgpack.ExtType(3, list_of(300_000, b"\x92\x00\x00"))),
    "a text": b"\xdb" + struct.pack("!I", 8_000_000) + b"a" * 8_000_000,
    "an array": msgpack.packb(msgpack.ExtType(1, msgpack.packb(["<f8", [10**6], bytes(8 * 10**6)]))),
    "an empty giant": msgpack.packb(msgpack.ExtType(1, msgpack.packb(["<f8", [8_000_000, 0, 8_000_000], b""]))),
}


def nested(body: bytes, depth: int) -> bytes:
    for _ in range(depth):
        body = msgpack.packb(msgpack.ExtType(2, b"\x91" + body))
    return body


WORST["extensions in extensions"] = nested(b"\xc6" + struct.pack("!I", 8_000_000) + bytes(8_000_000), 20)
WORST["deep extensions"] = nested(b"\x90", 20_000)


@pytest.mark.parametrize("name", WORST)
def test_memory_and_time_of_one_message_are_limited(name):
    data = WORST[name][:MAX_BYTES]
    tracemalloc.start()
    start = time.monotonic()
    with contextlib.suppress(BadMessage):
        decode(data)
    took, (_, peak) = time.monotonic() - start, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 40 * MAX_BYTES
    assert took < 30  # on a busy machine; a second or two by itself


@pytest.fixture
def reply():
    """`reply(*messages)`: a runtime whose other end has sent these messages."""
    with contextlib.ExitStack() as ends:

        def connected(*messages) -> RemoteRuntime:
            ours, theirs = socket.socketpair()
            theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 24)

            def send():
                wire = Channel(theirs)
                try:
                    for message in messages:
                        wire.send(message)
                    while True:
                        wire.receive(lambda number: None)
                except (Gone, BadMessage):
                    pass

            thread = threading.Thread(target=send, daemon=True)
            thread.start()
            for end in (theirs.close, lambda: thread.join(20), ours.close):  # the last one first: it ends the thread
                ends.callback(end)
            channel = Channel(ours)
            channel.deadline = time.monotonic() + 20
            return RemoteRuntime(channel)

        yield connected


def test_calls_with_megabytes_have_an_allowance(reply):
    served = Served(lambda *a: None)
    storm = (["call", 0, (np.zeros(100_000),)] for _ in range(1000))
    with pytest.raises(BadMessage, match="so many calls"):
        reply(*storm).perform("call", Ref(1, "function"), (served,))
    assert sum(a.nbytes for (a,) in served.calls) <= MAX_BYTES


def test_a_column_and_a_row_are_no_table_in_the_tester(reply):
    served = Served(lambda x, h: x + h)
    runtime = reply(["call", 0, (np.zeros((60_000, 1)), np.zeros((1, 60_000)))], ["result", (1, ())])
    assert runtime.perform("call", Ref(1, "function"), (served,)) == (1, ())
    assert served.calls == []


def test_a_long_text_in_a_long_list_is_refused(reply):
    with pytest.raises((BadMessage, TooLarge)):
        reply(["result", (["x" * 900_000] + ["y"] * 300_000, ())]).perform("call", Ref(1, "function"), ())


def test_what_the_child_says_is_cut(reply):
    with pytest.raises(AnswerError) as raised:
        reply(["raised", "E" * 10**6, "m" * 10**6, None, None]).perform("find", "x")
    assert len(str(raised.value)) < 2000


@pytest.mark.network
@pytest.mark.skipif(not FULL, reason="not run: `make fuzz` runs it")
def test_the_decoder_under_coverage_guided_fuzzing():
    runs = 100_000
    done = subprocess.run(
        [environment("fuzz"), Path(__file__).with_name("fuzz_codec.py"), f"-runs={runs}"],
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert f"Done {runs} runs" in done.stderr
