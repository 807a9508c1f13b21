"""Batches of whole tunes: every tune once, shifted by one, little padding."""

import numpy as np
import pytest

from seqlab.errors import SeqlabError
from seqlab.music import Vocabulary, batches, load_tunes


@pytest.fixture(scope="module")
def sequences():
    tunes = load_tunes()[::5]
    vocabulary = Vocabulary.from_texts(tune.abc for tune in tunes)
    return [vocabulary.encode(tune.abc) for tune in tunes]


def unpadded(data):
    """The sequences of a pipeline, put together again from x and the last y."""
    for x, y, weights in data:
        x, y, weights = x.numpy(), y.numpy(), weights.numpy()
        assert x.shape == y.shape == weights.shape
        assert x.dtype == y.dtype == np.int32
        for row, target, weight in zip(x, y, weights, strict=True):
            n = int(weight.sum())
            assert (weight == (np.arange(len(weight)) < n)).all()
            assert (row[1:n] == target[: n - 1]).all()
            yield (*row[:n].tolist(), int(target[n - 1]))


def test_every_tune_comes_once_and_whole(sequences):
    found = list(unpadded(batches(sequences, 16)))
    assert sorted(found) == sorted(tuple(ids.tolist()) for ids in sequences)


def test_buckets_save_padding(sequences):
    def padding(buckets):
        weights = [weights.numpy() for _, _, weights in batches(sequences, 16, buckets=buckets)]
        return 1 - sum(w.sum() for w in weights) / sum(w.size for w in weights)

    assert padding(8) < 0.2 < 0.4 < padding(1)


def test_seed_and_order(sequences):
    few = sequences[:40]
    assert list(unpadded(batches(few, 4, seed=1))) == list(unpadded(batches(few, 4, seed=1)))
    assert list(unpadded(batches(few, 4, seed=1))) != list(unpadded(batches(few, 4, seed=2)))
    assert list(unpadded(batches(few, 4, shuffle=False))) == list(unpadded(batches(few, 4, shuffle=False, seed=9)))


def test_bad_input():
    with pytest.raises(SeqlabError, match="at least two ids"):
        batches([np.array([1])])
    with pytest.raises(SeqlabError, match="got none"):
        batches([])
    with pytest.raises(SeqlabError, match="batch size"):
        batches([np.array([1, 2])], 0)
