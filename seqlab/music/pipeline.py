"""Whole tunes in batches, for training on sequences of different length: a tf.data pipeline.

Tunes of like length share a batch, so that little of it is padding. Every batch is (x, y, weights) as Keras
takes it: y is x shifted by one, weights are 0 where there is only padding.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from seqlab.errors import SeqlabError
from seqlab.sequences.pipeline import by_length

if TYPE_CHECKING:
    import tensorflow as tf


def bucket_boundaries(lengths: Sequence[int], buckets: int = 8) -> list[int]:
    """Lengths at which one bucket ends and the next begins: each is longer than the last by the same factor.

    So no row is padded by more than that factor. (With as many tunes in every bucket the few very long tunes
    would share one bucket, and be mostly padding.)

    >>> bucket_boundaries([100, 150, 300, 800], buckets=3)
    [200, 400]
    """
    edges = np.geomspace(min(lengths), max(lengths), buckets + 1)[1:-1]
    return sorted({int(np.ceil(round(edge, 6))) for edge in edges} - {int(min(lengths))})


def batches(
    sequences: Sequence[np.ndarray], batch_size: int = 32, *, buckets: int = 8, shuffle: bool = True, seed: int = 0
) -> "tf.data.Dataset":
    """A ``tf.data.Dataset`` of batches of whole sequences.

    Args:
        sequences: arrays of ids (N_i,), N_i >= 2, such as ``vocabulary.encode(tune.abc)``.
        batch_size: sequences a batch; the last batch of a bucket may have fewer.
        buckets: groups of like length.
        shuffle: another order each time through, the same for the same seed.

    Returns:
        Elements (x, y, weights): x and y (B, T) int32, weights (B, T) float32; T varies from batch to batch.

    Raises:
        SeqlabError: no sequences, one too short to predict anything, a batch size below 1.
    """
    lengths = [len(ids) for ids in sequences]
    if not lengths or min(lengths) < 2:
        got = "none" if not lengths else f"one of length {min(lengths)}"
        raise SeqlabError("sequences of at least two ids", got=got)
    if batch_size < 1 or buckets < 1:
        raise SeqlabError("a batch size and a number of buckets of at least 1", got=f"{batch_size}, {buckets}")
    x, y = [ids[:-1] for ids in sequences], [ids[1:] for ids in sequences]
    weights = [np.ones(len(ids), np.float32) for ids in x]
    boundaries = [edge - 1 for edge in bucket_boundaries(lengths, buckets)]  # x is one shorter than its sequence
    return by_length(x, y, weights, batch=batch_size, boundaries=boundaries, shuffle=shuffle, seed=seed)
