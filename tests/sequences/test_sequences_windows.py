"""Windows of a text and of a series: drawn evenly, laid end to end without a gap."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlab.errors import SeqlabError
from seqlab.sequences import end_to_end, random_windows

SERIES = np.random.default_rng(0).normal(size=(23, 2))


@pytest.mark.parametrize("sequence", [np.arange(23), SERIES])
def test_windows_are_runs_of_the_sequence_and_y_is_one_later(sequence):
    x, y = random_windows(sequence, 5, 200)(np.random.default_rng(1))
    assert x.shape == y.shape == (200, 5, *sequence.shape[1:])
    assert x.dtype == (np.int32 if sequence.ndim == 1 else np.float32)
    np.testing.assert_array_equal(x[:, 1:], y[:, :-1])
    rows = sequence.astype(x.dtype)
    found = {
        next(s for s in range(18) if np.array_equal(rows[s : s + 6], [*own, end[-1]]))
        for own, end in zip(x, y, strict=True)
    }
    assert found == set(range(18))  # all the starts that there are


def test_the_same_generator_draws_the_same_windows():
    draw = random_windows(SERIES, 4, 3)
    for one, other in zip(draw(np.random.default_rng(2)), draw(np.random.default_rng(2)), strict=True):
        np.testing.assert_array_equal(one, other)


@settings(deadline=None, max_examples=60)
@given(st.integers(2, 40), st.integers(1, 12), st.integers(1, 5), st.booleans())
def test_every_step_but_the_first_is_the_next_one_once(n, length, batch, real):
    sequence = np.arange(2.0 * n).reshape(n, 2) if real else np.arange(n)
    pieces = end_to_end(sequence, length, batch)
    x, y = (np.concatenate([part[k].reshape(-1, *sequence.shape[1:]) for part in pieces]) for k in (0, 1))
    np.testing.assert_array_equal(x, sequence[:-1])
    np.testing.assert_array_equal(y, sequence[1:])
    assert all(part[0].shape[0] <= batch and part[0].shape[1] <= length for part in pieces)
    assert len({part[0].shape for part in pieces}) <= 3


@pytest.mark.parametrize(
    ("sequence", "says"),
    [
        ([1, 2, 3], "at least 9 characters; got 3"),
        (SERIES[:8], "at least 9 steps; got 8"),
        ([0.5] * 20, "vector of integer ids.*got float64 of shape"),
        ([[1, 2]] * 20, "vector of integer ids.*got int64 of shape"),
        (SERIES[None], "got float64 of shape"),
    ],
)
def test_what_is_no_sequence(sequence, says):
    with pytest.raises(SeqlabError, match=says):
        random_windows(sequence, 8, 3)
