"""A slip that is an edit of the reference's own text: what is edited, and what is refused."""

import re

import numpy as np
import pytest

from seqlab.autograder.judging.rewritten import family, rewritten, source_of
from seqlab.checks import softmax
from seqlab.checks.slips import edits

X = np.array([[1.0, -2.0]])


def shifted(x, by):
    """x + by"""
    return x + by


def squashed(x):
    """tanh(x + 1), where `+ 1` is the other function's."""
    return np.tanh(shifted(x, 1))


def twice(x):
    return [squashed(v) for v in (x, x)]


def made_inside():
    def inside(x):
        return x + 1

    return inside


def test_a_reference_is_edited_and_stays_what_it_was():
    wrong = rewritten(squashed, squashed, ("np.tanh", "np.sin", "1)", "2)"))
    assert np.array_equal(wrong(X), np.sin(X + 2))
    assert np.array_equal(squashed(X), np.tanh(X + 1))
    assert np.array_equal(wrong(x=X), np.sin(X + 2))
    assert np.array_equal(rewritten(squashed, squashed, ())(X), squashed(X))


def test_a_function_is_edited_that_the_reference_calls_however_deep():
    wrong = rewritten(twice, shifted, ("x + by", "x - by"))
    assert np.array_equal(wrong(X)[1], np.tanh(X - 1))
    assert np.array_equal(shifted(X, 1), X + 1)
    assert [f.__name__ for f in family(twice)] == ["twice", "squashed", "shifted"]


def test_the_docstring_is_no_text_to_be_edited():
    assert "where" not in source_of(squashed)
    with pytest.raises(ValueError, match=r"'\+ 1' stands 0 times in squashed"):
        rewritten(squashed, squashed, ("+ 1", ""))


@pytest.mark.parametrize(
    ("part", "change", "message"),
    [
        (squashed, ("cos", "sin"), "'cos' stands 0 times in squashed: it should be there once"),
        (shifted, ("x", "y"), "'x' stands 2 times in shifted: it should be there once"),
        (squashed, ("np.tanh", "np.sin", "np.tanh", "np.cos"), "'np.tanh' stands 0 times in squashed"),
        (twice, ("(x, x)", "(x,)"), "twice is no part of squashed"),
        (squashed, ("np.tanh",), "shorter"),
    ],
)
def test_an_edit_that_does_not_fit_is_refused_at_once(part, change, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        rewritten(squashed, part, change)


@pytest.mark.parametrize("reference", [made_inside(), lambda x: x + 1, np.tanh])
def test_what_is_no_function_of_a_file_cannot_be_edited(reference):
    assert family(reference) == []


def test_a_function_made_inside_another_is_refused():
    with pytest.raises(ValueError, match="inside is no part of inside"):
        inside = made_inside()
        rewritten(inside, inside, ("x + 1", "x"))


def test_a_table_of_slips_is_made_of_edits():
    table = edits(squashed, {"no tanh": ("np.tanh", ""), "softmaxed": ("np.tanh", "softmax"), "cosine": np.cos})
    assert list(table) == ["no tanh", "softmaxed", "cosine"]  # the order says how likely
    assert np.array_equal(table["no tanh"](X), X + 1)
    assert np.array_equal(table["softmaxed"](X), softmax(X + 1))
    assert table["cosine"] is np.cos
    below = edits(squashed, {"subtracted": ("x + by", "x - by")}, of=shifted)
    assert np.array_equal(below["subtracted"](X), np.tanh(X - 1))
    with pytest.raises(ValueError, match="stands 0 times"):
        edits(squashed, {"subtracted": ("x + by", "x - by")})
