"""What is learnt at one place of a window: a linear layer on one-hot rows, and on counts."""

import numpy as np
import pytest

from seqlab.errors import SeqlabError
from seqlab.models import LinearReader, Phrases


def side_by_side(X, V):
    return np.eye(V)[X].reshape(len(X), -1)


def counts(X, V):
    return np.eye(V)[X].sum(axis=1)


@pytest.mark.parametrize(("encode", "shares"), [(side_by_side, False), (counts, True)])
def test_a_window_knows_the_phrase_where_it_was_trained_and_a_bag_everywhere(encode, shares):
    task = Phrases(length=6)
    V = len(task.words)
    X, y = task.at(1)
    reader = LinearReader(encode(X, V), y, V)

    def accuracy(place):
        X, y = task.at(place, seed=1)
        return float(np.mean(reader(encode(X, V)) == y))

    assert accuracy(1) > 0.9
    assert (accuracy(4) > 0.9) is shares
    if not shares:
        assert abs(accuracy(4) - task.chance) < 0.1


def test_a_phrase_stands_where_it_is_asked_for_and_nowhere_else():
    task = Phrases(length=7)
    X, y = task.at(3, windows=80)
    of_phrases = np.isin(X, range(6))
    assert of_phrases[:, 3:5].all()
    assert not np.delete(of_phrases, (3, 4), axis=1).any()
    assert (np.bincount(y)[np.unique(y)] == 10).all()
    follows = {(a, b): c for a, b, c in zip(X[:, 3], X[:, 4], y, strict=True)}
    assert len(follows) == len(set(follows.values())) == 8
    assert not np.array_equal(X, task.at(3, windows=80, seed=1)[0])


@pytest.mark.parametrize(("place", "windows"), [(6, 8), (-1, 8), (0, 9), (0, 0)])
def test_refuses_a_place_or_a_number_that_does_not_fit(place, windows):
    with pytest.raises(SeqlabError, match="a phrase starts at 0 to 5"):
        Phrases(length=7).at(place, windows)


def test_a_linear_reader_counts_what_it_learnt_and_refuses_what_is_no_matrix():
    assert LinearReader(np.zeros((2, 3)), [0, 1], 5, steps=1).parameters == 3 * 5 + 5
    for features, y in ((np.zeros(3), [0, 1, 2]), (np.zeros((3, 2)), [0, 1])):
        with pytest.raises(SeqlabError, match="a row for each"):
            LinearReader(features, y, 3)
