"""Which statements of a notebook are run to define its answers."""

import pytest

from seqlab.autograder.child.slicing import slice_notebook


def taken(cells, *wanted):
    return [s.cell for s in slice_notebook(cells, list(wanted))]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["import numpy as np", "print(1)", "def f(x): return np.exp(x)"], [0, 2]),
        (["def helper(x): return x", "def f(x): return helper(x)"], [0, 1]),
        (["def f(x): return later(x)", "def later(x): return x"], [0, 1]),
        (["f = {}", "f['a'] = 1", "f.update(b=2)", "g = f"], [0, 1, 2]),
        (["model.fit(x)", "x = load()", "def f(x): return x"], [2]),
        (["from math import *", "def f(x): return sin(x)"], [0, 1]),
        (["def f(x): return 1", "def f(x): return 2"], [0, 1]),
        (["if True:\n    k = 3", "def f(): return k"], [0, 1]),
        (["class A: pass", "class f(A):\n    k = 1\n    def g(self): return self.k", "k = 5"], [0, 1]),
        (["def f(h):\n    h = h + 1\n    return h", "h = train()"], [0]),
        (["def f(): return [z for z in y]", "z = 1", "y = 2"], [0, 2]),
        (["lab.check(f)", "def f(): return 1", "plt.plot(f())"], [1]),
    ],
)
def test_definitions_and_what_they_need_are_taken(cells, expected):
    assert taken(cells, "f") == expected


@pytest.mark.parametrize(
    "filling",
    [
        "for k in 'ab':\n    f[k] = 1",
        "for k in 'ab':\n    f.update({k: 1})",
        "f['a'], f['b'] = 1, 1",
        "if 'a' not in f:\n    with open(0):\n        f['a'] = 1",
        "g = f\ng['a'] = 1",
        "def put(table, k):\n    table[k] = 1\nput(f, 'a')",
        "def put(k):\n    for _ in k:\n        f[k] = 1\nput('a')",
        "setattr(f, 'call', 3)",
    ],
)
def test_what_fills_an_answer_in_its_own_cell_is_taken(filling):
    statements = slice_notebook(["f = {}\n" + filling], ["f"])
    lines = [s.node.lineno for s in statements]
    assert lines[0] == 1
    assert len(lines) == 1 + sum(not line.startswith(" ") for line in filling.split("\n"))


@pytest.mark.parametrize(
    "other",
    [
        "for i in range(10**9):\n    tf.print(step(i))",
        "for i in range(10**9):\n    np.testing.assert_allclose(f(i), i)",
        "def try_it(x):\n    seen = []\n    seen.append(f(x))\ntry_it(np.ones(3))",
        "while True:\n    losses.append(f(1))",
        "plt.plot(f(1))",
    ],
)
def test_what_only_uses_an_answer_is_not(other):
    cell = "import numpy as np, tensorflow as tf\ndef f(x): return np.tanh(x)\n" + other
    assert [s.node.lineno for s in slice_notebook([cell], ["f"])] == [1, 2]


def test_a_cell_that_cannot_be_read_is_reported_by_the_answer_it_defines():
    [statement] = slice_notebook(["def f(x:\n  return", "y = 1"], ["f"])
    with pytest.raises(SyntaxError):
        statement.compiled()


@pytest.mark.parametrize(
    "bad", ["(" * 5000, "-" * 100_000 + "1", "x = " + "[" * 90, "\0", "def f():\n" + " if 1:\n" * 3]
)
def test_hostile_source_is_survived(bad):
    assert taken([bad, "def f(): return 1"], "f")[-1] == 1
