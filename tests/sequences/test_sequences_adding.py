"""The adding problem is what the papers say: two marks, one in each half, and their sum."""

import numpy as np

from seqlab.sequences import ADDING_CHANCE, adding_problem


def test_two_numbers_are_marked_one_in_each_half_and_every_place_comes():
    x, y = adding_problem(3000, 7, np.random.default_rng(0))
    values, marks = x[..., 0], x[..., 1]
    assert (marks[:, :3].sum(1) == 1).all()
    assert (marks[:, 3:].sum(1) == 1).all()
    assert (marks.sum(0) > 500).all()
    np.testing.assert_allclose(y[:, 0], (values * marks).sum(1))
    assert abs(np.mean((y - 1) ** 2) - ADDING_CHANCE) < 0.01


def test_chance_is_handed_in():
    one, same, other = (adding_problem(4, 5, np.random.default_rng(seed))[0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)
