"""Three smoothings: each is a distribution over the vocabulary, and each is what counting by hand gives."""

import numpy as np
import pytest

from seqlab.errors import SeqlabError
from seqlab.models import ngram_loss, ngrams_seen, smoothed_loss
from seqlab.models.smoothing import SMOOTHINGS

V = 4
TEXT = np.random.default_rng(3).choice(V, 60, p=[0.5, 0.3, 0.15, 0.05])


def probability(text, context, c, order, smoothing):
    """P(c | context), out of two losses: that of a text, and that of the same text with c behind it."""

    def total(held_out):
        return (len(held_out) - max(order - 1, 1)) * smoothed_loss(text, held_out, V, order, smoothing)

    before = [0, 0, 0, *context]
    return np.exp(total(before) - total([*before, c]))


@pytest.mark.parametrize("smoothing", SMOOTHINGS)
@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("text", [TEXT, TEXT % 2], ids=["all ids", "two of four"])
def test_the_probabilities_of_what_may_follow_add_up_to_1(smoothing, order, text):
    for context in ([0, 0], [3, 1], [3, 3], [1, 0]):
        p = [probability(text, context, c, order, smoothing) for c in range(V)]
        assert sum(p) == pytest.approx(1)
        assert min(p) > 0


def test_add_one_by_hand():
    # after 0 came 1 twice and 2 once: P(1) = 3/7, P(3) = 1/7
    text = [0, 1, 0, 1, 0, 2]
    assert probability(text, [0], 1, 2, "add-one") == pytest.approx(3 / 7)
    assert probability(text, [0], 3, 2, "add-one") == pytest.approx(1 / 7)


def test_back_off_by_hand():
    # after 0: 1 twice, 2 once, half taken from each; unigrams 0, 1, 2 keep 2.5, 1.5, 0.5 of 6, and 3 gets the 1.5 left
    text, left = [0, 1, 0, 1, 0, 2], 2 * 0.5 / 3
    assert probability(text, [0], 1, 2, "back-off") == pytest.approx(1.5 / 3)
    assert probability(text, [0], 3, 2, "back-off") == pytest.approx(left * (1.5 / 6) / ((2.5 + 1.5) / 6))


def test_interpolation_is_that_of_ngram_loss():
    ours = smoothed_loss(TEXT, TEXT[::-1], V, 3, "interpolation")
    assert ours == ngram_loss(TEXT, TEXT[::-1], V, 3, prior="witten-bell")


@pytest.mark.parametrize(("order", "smoothing", "words"), [(2, "none", "one of add-one"), (0, "add-one", "1 or more")])
def test_refuses(order, smoothing, words):
    with pytest.raises(SeqlabError, match=words):
        smoothed_loss(TEXT, TEXT, V, order, smoothing)


def test_ngrams_seen_counts_the_different_runs():
    for order in (1, 2, 3):
        runs = {tuple(TEXT[i : i + order]) for i in range(len(TEXT) - order + 1)}
        assert ngrams_seen(TEXT, V, order) == len(runs)
