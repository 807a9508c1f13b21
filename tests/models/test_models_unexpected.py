"""Lab 8's small models: at every step, along trees, of sets."""

import numpy as np
import pytest

from seqlab import models, text
from seqlab.errors import SeqlabError

RNG = np.random.default_rng(0)


def test_a_step_model_says_at_each_step_what_was_read_so_far():
    X = RNG.integers(0, 2, (400, 5, 1)).astype("float32")
    y = (np.cumsum(X[..., 0], 1) % 2).astype(int)  # odd or even so far
    model = models.StepModel(1, 2, units=12)
    model.learn(X[:300], y[:300], steps=250)
    p = model.probabilities(X[300:])
    assert p.shape == (100, 5, 2)
    np.testing.assert_allclose(p.sum(-1), 1, atol=1e-5)
    assert (p.argmax(-1) == y[300:]).mean() > 0.9
    other = X[300:].copy()
    other[:, 3:] = 1 - other[:, 3:]
    np.testing.assert_allclose(model.probabilities(other)[:, :3], p[:, :3], atol=1e-6)
    with pytest.raises(SeqlabError, match=r"\(N, T\)"):
        model.learn(X, y[:, :2])


def test_a_set_is_written_in_order_and_hardly_better_than_luck_in_none():
    sets = np.stack([RNG.permutation(6)[:3] for _ in range(600)])
    in_order = models.set_accuracy(sets, np.sort(sets, 1), numbers=6, units=24, steps=200)
    mixed = models.set_accuracy(sets, RNG.permuted(sets, axis=1), numbers=6, units=24, steps=200)
    assert in_order > 0.8
    assert mixed < 0.72  # (1/3 + 1/2 + 1) / 3 = 0.61 for who knows the set
    with pytest.raises(SeqlabError, match="ten rows"):
        models.set_accuracy(sets[:4], sets[:4], numbers=6)


def test_sentences_know_what_not_turns_round():
    assert text.sentiment_of((("the", "food"), ("was", ("not", ("very", "good"))))) == -1
    assert text.sentiment_of((("not", "bad"), ("but", "dull"))) == -1
    assert text.sentiment_of(("the", "food")) == 0
    for tree in text.scoped_sentences(50, 3, RNG):
        assert text.sentiment_of(tree) in (1, -1)


def test_a_tree_reader_learns_a_bracket():
    words = ("not", "good", "bad", "very")
    trees = ["good", "bad", *((a, b) for a in ("not", "very") for b in ("good", "bad"))]
    truth = [text.sentiment_of(tree) > 0 for tree in trees]
    reader = models.TreeReader({word: i for i, word in enumerate(words)}, units=6)
    reader.learn(trees, truth, steps=150)
    assert ((reader.positive(trees) > 0.5) == truth).all()
    np.testing.assert_allclose(reader.positive(["good"]), reader.positive(trees)[:1], atol=1e-6)
    with pytest.raises(SeqlabError, match="great"):
        reader.positive(["great"])
