"""Padding, masks and buckets."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlab.errors import SeqlabError
from seqlab.sequences import bucketed, by_length, dataset, pad
from seqlab.sequences.batches import passes

SEQUENCES = st.lists(st.lists(st.integers(0, 9), max_size=7), min_size=1, max_size=9)


@settings(deadline=None, max_examples=60)
@given(SEQUENCES, st.integers(1, 8), st.integers(-1, 12))
def test_padding_keeps_the_first_ids_and_masks_by_length(sequences, maxlen, value):
    ids, mask = pad(sequences, maxlen, value)
    assert ids.shape == mask.shape == (len(sequences), maxlen)
    for row, real, sequence in zip(ids, mask, sequences, strict=True):
        n = min(len(sequence), maxlen)
        assert row[:n].tolist() == sequence[:n]
        assert (row[n:] == value).all()
        assert real.sum() == n
        assert real[:n].all()


def test_no_sequence_and_no_width():
    assert pad([])[0].shape == (0, 0)
    assert pad([[], []])[1].shape == (2, 0)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 40), max_size=80), st.integers(1, 7), st.integers(0, 5))
def test_a_pass_visits_every_example_once(lengths, batch, seed):
    batches = bucketed(lengths, batch, np.random.default_rng(seed), window=3)
    assert sorted(i for b in batches for i in b) == list(range(len(lengths)))
    assert all(1 <= len(b) <= batch for b in batches)


def test_batches_are_of_like_lengths_and_differ_from_pass_to_pass():
    lengths = np.random.default_rng(0).integers(1, 60, 2000)
    rng = np.random.default_rng(1)
    first, second = (bucketed(lengths, 20, rng) for _ in range(2))
    padding = np.mean([np.ptp(lengths[b]) for b in first])
    assert padding < 8  # unsorted batches of 20 differ by 53 on average
    assert [b.tolist() for b in first] != [b.tolist() for b in second]
    again = bucketed(lengths, 20, np.random.default_rng(1))
    assert [b.tolist() for b in first] == [b.tolist() for b in again]
    starts = [lengths[b].mean() for b in first]
    assert starts != sorted(starts)
    with pytest.raises(SeqlabError, match="batch of one"):
        bucketed([1], 0, rng)


def test_the_tf_data_pipeline_buckets_pads_and_reproduces():
    sequences = [[i + 1] * n for i, n in enumerate((3, 30, 4, 29, 1, 2, 31, 0))]
    labels = list(range(8))

    def one_pass(seed):
        return [(x.numpy(), y.numpy()) for x, y in dataset(sequences, labels, batch=2, boundaries=(8,), seed=seed)]

    seen = {}
    for ids, found in one_pass(3):
        lengths = [int((row != 0).sum()) for row in ids]
        assert ids.shape[1] == max(lengths)
        assert max(lengths) < 8 or min(lengths) >= 8
        for row, label in zip(ids, found, strict=True):
            seen[int(label)] = row[row != 0].tolist()
    assert seen == dict(enumerate(sequences))
    assert [y.tolist() for _, y in one_pass(3)] == [y.tolist() for _, y in one_pass(3)]
    with pytest.raises(SeqlabError, match="one sequence or more"):
        dataset([], [])


def pairs(n=60):
    """Sources, targets of other lengths that say where they came from, and the longer length of each."""
    rng = np.random.default_rng(2)
    a, b = rng.integers(1, 30, (2, n))
    sources = [[i + 1] * k for i, k in enumerate(a)]
    targets = [[-i - 1] * k for i, k in enumerate(b)]
    return sources, targets, np.maximum(a, b)


def test_pairs_in_batches_of_like_lengths():
    sources, targets, lengths = pairs()
    for rows in bucketed(lengths, 7, np.random.default_rng(3)):
        (x, x_mask), (y, y_mask) = (pad([side[i] for i in rows]) for side in (sources, targets))
        assert (x[:, 0] == -y[:, 0]).all()
        assert np.maximum(x_mask.sum(1), y_mask.sum(1)).tolist() == lengths[rows].tolist()


def test_a_pipeline_of_pairs_keeps_them_together():
    sources, targets, _ = pairs()
    seen = []
    for x, y in by_length(sources, targets, batch=4, boundaries=(10, 20)).as_numpy_iterator():
        assert len(x) == len(y) <= 4
        for source, target in zip(x, y, strict=True):
            seen.append((source[source != 0].tolist(), target[target != 0].tolist()))
        long = [max(map(len, pair)) for pair in seen[-len(x) :]]
        assert len({np.searchsorted((10, 20), n, side="right") for n in long}) == 1
        assert max(x.shape[1], y.shape[1]) == max(long)
    assert sorted(seen) == sorted(zip(sources, targets, strict=True))


def test_a_pipeline_in_order_and_of_real_numbers():
    elements = list(by_length([[0.5], [1.5, 2.5]], batch=2, boundaries=(9,), shuffle=False).as_numpy_iterator())
    assert [[part.tolist() for part in element] for element in elements] == [[[[0.5, 0.0], [1.5, 2.5]]]]
    assert elements[0][0].dtype == np.float32


@pytest.mark.parametrize("columns", [([[1]], [[1], [2]]), ([], []), (np.arange(3),), ()])
def test_columns_that_are_no_examples(columns):
    with pytest.raises(SeqlabError, match="columns of one example or more"):
        by_length(*columns, batch=2, boundaries=(9,))


def test_passes_come_one_after_the_other_each_with_every_example_once():
    lengths = np.random.default_rng(0).integers(1, 9, 50)
    coming = passes(lengths, 8, seed=3)
    first, second = (np.concatenate([next(coming) for _ in range(7)]) for _ in range(2))
    assert sorted(first) == sorted(second) == list(range(50))
    assert first.tolist() != second.tolist()
    again = passes(lengths, 8, seed=3)
    assert np.concatenate([next(again) for _ in range(7)]).tolist() == first.tolist()
