"""What a search is judged by: the ways to treat what has ended agree where they must, and a bad call is told."""

import numpy as np
import pytest

from seqlab.autograder.judging.draws import Draws
from seqlab.checks.searching import WatchedPrefixes, log_probability, random_language, searches

V, BOS, EOS = 4, 2, 0


@pytest.fixture
def t():
    draws = Draws()
    draws.rng = np.random.default_rng(3)
    return draws


def best_of_all(step, max_len):
    """The best hypothesis, by looking at each."""
    found, unfinished = [], [[]]
    for n in range(max_len + 1):
        found += [(log_probability(step, BOS, EOS, ids, max_len), ids) for ids in unfinished]
        unfinished = [[*ids, i] for ids in unfinished for i in (1, 3)] if n < max_len else []
    return max(found)


@pytest.mark.parametrize("ends", [-0.5, 1.0])
def test_a_wide_beam_finds_the_best_of_all_whatever_is_done_with_what_has_ended(t, ends):
    for _ in range(5):
        step = random_language(t, V, BOS, EOS, ends=ends)
        score, ids = best_of_all(step, 3)
        for seq, found in searches(step, BOS, EOS, 100, 3):
            assert (seq, found) == (ids, pytest.approx(score))


def test_one_hypothesis_is_greedy_in_all_ways(t):
    for _ in range(10):
        step, ids = random_language(t, V, BOS, EOS, ends=0.5), []
        while len(ids) < 5 and (i := int(np.argmax(step([BOS, *ids])))) != EOS:
            ids.append(i)
        for seq, score in searches(step, BOS, EOS, 1, 5):
            assert (seq, score) == (ids, pytest.approx(log_probability(step, BOS, EOS, ids, 5)))


def test_the_ways_differ_between_the_two(t):
    languages = [random_language(t, V, BOS, EOS, ends=0.5) for _ in range(40)]
    assert any(len({tuple(seq) for seq, _ in searches(step, BOS, EOS, 2, 4)}) > 1 for step in languages)


@pytest.mark.parametrize("prefix", [[], [1, 2], [BOS, 7], [BOS, 1.0], BOS, "2", [[BOS]], None])
def test_what_is_no_prefix_is_told(t, prefix):
    step = WatchedPrefixes(random_language(t, V, BOS, EOS), V, BOS, enough=3)
    with pytest.raises(ValueError, match="step was called with"):
        step(prefix)


def test_calls_are_counted_and_bounded(t):
    step = WatchedPrefixes(random_language(t, V, BOS, EOS), V, BOS, enough=2)
    for prefix in ((BOS,), np.array([BOS, 1])):
        assert np.exp(step(prefix)).sum() == pytest.approx(1)
    with pytest.raises(ValueError, match="far too often"):
        step([BOS])
    assert step.calls == 3
