"""Near-identical submissions: copies are found, honest likeness is not, hostile source does no harm."""

import random
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlab.autograder.reports.similar import (
    MAX_NODES,
    MAX_SOURCE,
    answer_sources,
    everyone_has,
    fingerprints,
    near_identical,
    shape,
)

CELL = '''
class MyRNNCell(keras.layers.Layer):
    """The lecture's cell."""
    def __init__(self, rnn_units, input_dim, output_dim):
        super().__init__()
        self.W_xh = self.add_weight(shape=(rnn_units, input_dim), initializer="glorot_uniform")
        self.W_hh = self.add_weight(shape=(rnn_units, rnn_units), initializer="orthogonal")
        self.W_hy = self.add_weight(shape=(output_dim, rnn_units), initializer="glorot_uniform")

    def call(self, x, h):
        new = tf.tanh(x @ tf.transpose(self.W_xh) + h @ tf.transpose(self.W_hh))
        return new @ tf.transpose(self.W_hy), new
'''


def disguised(source):
    """A copy by a student with an evening to spend: other names, comments, layout, docstring, annotations."""
    for old, new in (
        ("new", "state_now"),
        ("rnn_units", "n"),
        ("input_dim", "d"),
        ("x,", "inputs,"),
        ("x @", "inputs @"),
    ):
        source = re.sub(rf"(?<![\w.]){re.escape(old)}", new, source)
    source = source.replace('"""The lecture\'s cell."""', '"""All mine."""\n    # thought about this for hours')
    return source.replace("def call(self, inputs, h):", "def call(self,\n             inputs: tf.Tensor, h):  # step")


def varied(rng):
    """An answer of one's own: statements in one's own order and number, of one's own making."""
    lines = []
    for i in range(rng.randrange(6, 12)):
        count = rng.randrange(1, 5)
        terms = [
            rng.choice(
                [
                    f"np.tanh(a{i}{j} * {rng.randrange(9)})",
                    f"x[:, {rng.randrange(9)}]",
                    "h @ W",
                    f"np.sum(h, {j})",
                    f"x.mean({rng.randrange(3)})",
                    f"abs(b) ** {rng.randrange(4)}",
                ]
            )
            for j in range(count)
        ]
        lines.append(f"    v{i} = " + rng.choice([" + ", " * ", " - "]).join(terms))
        if rng.random() < 0.4:
            lines.append(f"    for k in range({rng.randrange(5)}):\n        v{i} += k * {rng.randrange(7)}")
    return "def answer(x, h, W):\n" + "\n".join(lines) + f"\n    return v{rng.randrange(4)}\n"


@pytest.fixture(scope="module")
def honest():
    rng = random.Random(11)
    return {f"s{i:02}": {"answer": varied(rng)} for i in range(30)}


def test_a_disguised_copy_is_found_and_nobody_else(honest):
    copied = {"s04": honest["s04"] | {"cell": CELL}, "s21": honest["s21"] | {"cell": disguised(CELL)}}
    [group] = near_identical(honest | copied)
    assert group.members == ("s04", "s21")
    assert group.exercises == {"cell": 1.0}


def test_a_copy_with_one_statement_changed_is_found(honest):
    changed = CELL.replace('initializer="orthogonal"', "trainable=True")
    [group] = near_identical(honest | {"a": {"cell": CELL}, "b": {"cell": changed}, "c": {"cell": disguised(CELL)}})
    assert group.members == ("a", "b", "c")
    assert 0.8 <= group.exercises["cell"] < 1.0


def test_honest_classes_are_left_alone(honest):
    assert near_identical(honest) == []


def test_what_a_fifth_of_the_class_writes_says_nothing(honest):
    common = {name: answers | {"cell": CELL} for name, answers in list(honest.items())[:8]}
    assert (
        near_identical(honest | common | {n: a | {"cell": "def f(): pass"} for n, a in list(honest.items())[8:]}) == []
    )


def test_short_answers_and_known_answers_say_nothing(honest):
    step = "def rnn_step(x, h, W_xh, W_hh, b):\n    return np.tanh(x @ W_xh + h @ W_hh + b)\n"
    assert near_identical(honest | {"a": {"step": step}, "b": {"step": step}}) == []
    pair = {"a": {"cell": CELL}, "b": {"cell": CELL}}
    assert near_identical(pair)
    assert near_identical(pair, {"cell": [disguised(CELL)]}) == []


def test_the_labs_own_answers_are_known():
    known = everyone_has(["lab2", "no such lab"])
    assert len(known["MyRNNCell"]) == 2
    assert near_identical({n: {"MyRNNCell": known["MyRNNCell"][1]} for n in "ab"}, known) == []


def test_renaming_hides_nothing_and_different_code_differs():
    assert shape(CELL) == shape(disguised(CELL))
    assert shape(CELL) != shape(CELL.replace("tanh", "sigmoid"))
    assert shape("x = 1") != shape("x = 2")
    assert fingerprints(CELL)


def test_answer_sources_are_the_statements_that_bind_the_names():
    cells = [
        "import numpy as np\ndef unroll(cell):\n    return 1\nprint(unroll)",
        "def broken(:",
        "patterns = {}",
        "patterns['a'] = 'b'\nx: int = 3",
    ]
    found = answer_sources(cells, ["unroll", "patterns", "x", "absent"])
    assert found == {"unroll": "def unroll(cell):\n    return 1", "patterns": "patterns = {}", "x": "x: int = 3"}


HOSTILE = {
    "brackets": "(" * 9000 + ")" * 9000,
    "braces": "{1:" * 5000,
    "unary": "-" * 19000 + "1",
    "sums": "+".join("a" * 9000),
    "attributes": "a" + ".b" * 9000,
    "calls": "f" + "()" * 9000,
    "nots": "not " * 4500 + "1",
    "lambdas": "lambda:" * 2500 + "1",
    "elifs": "if a:\n x\n" + "elif b:\n x\n" * 1700,
    "null": "a = 1\0",
    "digits": "9" * 19000,
    "surrogate": "a = '\ud800'",
    "f-string": "f'" + "{" * 9000,
    "long": "a = 1\n" * 100_000,
    "indent": "\n".join(" " * i + "if 1:" for i in range(150)),
    "chained": "a = " * 4500 + "1",
    "not code": "\x00\x01\xff" * 1000,
    "hex": "x = 0x" + "f" * 15000,
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE)
def test_hostile_source_costs_little(source):
    start = time.process_time()
    assert len(shape(source)) <= MAX_NODES
    fingerprints(source)
    answer_sources([source], ["a", "x"])
    near_identical({"a": {"e": source}, "b": {"e": source}, "c": {"e": CELL}})
    assert time.process_time() - start < 5
    assert len(source) <= MAX_SOURCE or shape(source) == []


PIECES = [
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ":",
    "\n",
    " ",
    "  ",
    "def f",
    "lambda ",
    "a",
    "=",
    "+",
    "@",
    "**",
    "if ",
    "for ",
    " in ",
    "'",
    '"',
    "f'",
    "#",
    "\\",
    "1",
    "1e999",
    "0x",
    "class ",
    "match ",
    "case ",
    "async ",
    "await ",
    "yield ",
    "*",
    ",",
    "->",
    ":=",
    "é",
    "\ud800",
    "\0",
]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=60))
def test_any_text_has_fingerprints_or_none(pieces):
    source = "".join(pieces)
    assert isinstance(fingerprints(source), frozenset)
    answer_sources([source], ["f", "a"])


def test_a_thousand_submissions_take_seconds():
    rng = random.Random(3)
    class_of = {f"s{i}": {"answer": varied(rng)} for i in range(1000)}
    class_of["s1"]["answer"] = class_of["s999"]["answer"]
    start = time.process_time()
    [group] = near_identical(class_of)
    assert group.members == ("s1", "s999")
    assert time.process_time() - start < 30
