"""Sentences of different lengths, as batches: padding, masks, and buckets of like lengths."""

from collections.abc import Sequence

import numpy as np

from seqlab.errors import SeqlabError
from seqlab.text.vocabulary import PAD

WIDTH_STEP = 8  # batches are as wide as a multiple of this, so that few widths occur


def pad(
    sequences: Sequence[Sequence[int]], maxlen: int | None = None, value: int = PAD
) -> tuple[np.ndarray, np.ndarray]:
    """Sequences as one array, filled up at the end; of a long one the first `maxlen` ids are kept.

    Args:
        maxlen: width; that of the longest sequence if left out. value: what stands after the end.

    Returns:
        ids (N, maxlen) int32, and mask (N, maxlen) bool from the lengths: True where there is an id.

    >>> ids, mask = pad([[7, 8, 9], [0], []], maxlen=2)
    >>> ids.tolist(), mask.astype(int).tolist()
    ([[7, 8], [0, 0], [0, 0]], [[1, 1], [1, 0], [0, 0]])
    """
    lengths = np.array([len(s) for s in sequences], int)
    width = max(lengths, default=0) if maxlen is None else maxlen
    ids = np.full((len(lengths), width), value, np.int32)
    mask = np.arange(width) < lengths[:, None]
    for row, sequence in zip(ids, sequences, strict=True):
        kept = sequence[:width]
        row[: len(kept)] = kept
    return ids, mask


def bucketed(lengths: Sequence[int], batch: int, rng: np.random.Generator, window: int = 20) -> list[np.ndarray]:
    """One pass over all examples, in batches of like lengths: indices, in random order.

    Examples are shuffled, `window` batches at a time are sorted by length and cut, and the batches are
    shuffled: hardly any padding, and still another pass each time.

    >>> sorted(sorted(b.tolist()) for b in bucketed([5, 1, 5, 1], 2, np.random.default_rng(0)))
    [[0, 2], [1, 3]]
    """
    if batch < 1:
        raise SeqlabError("a batch of one example or more", got=str(batch))
    lengths = np.asarray(lengths)
    order, batches = rng.permutation(len(lengths)), []
    for start in range(0, len(order), window * batch):
        block = order[start : start + window * batch]
        block = block[np.argsort(lengths[block], kind="stable")]
        batches += [block[i : i + batch] for i in range(0, len(block), batch)]
    rng.shuffle(batches)
    return batches


def rounded(width: int) -> int:
    """The next multiple of WIDTH_STEP, at least one: the width of a batch."""
    return max(1, -(-width // WIDTH_STEP)) * WIDTH_STEP


def dataset(
    sequences: Sequence[Sequence[int]],
    labels: Sequence[int],
    *,
    batch: int = 64,
    boundaries: Sequence[int] = (16, 24, 32),
    seed: int = 0,
):
    """A `tf.data` pipeline: shuffled anew in each pass, bucketed by length, padded, prefetched.

    Args:
        sequences: N lists of ids. labels: (N,).
        boundaries: lengths at which one bucket ends and the next begins.
        seed: of the order.

    Returns:
        a `tf.data.Dataset` of ids (B, T) int32, labels (B,) int64; T is that of the longest in the batch.
    """
    import tensorflow as tf

    if not len(sequences):
        raise SeqlabError("a data set of one sequence or more", got="none")
    ragged = tf.ragged.constant([list(map(int, s)) for s in sequences], dtype=tf.int32, ragged_rank=1)
    examples = tf.data.Dataset.from_tensor_slices((ragged, np.asarray(labels, np.int64)))
    shuffled = examples.shuffle(len(sequences), seed=seed).map(lambda ids, label: (tf.convert_to_tensor(ids), label))
    return shuffled.bucket_by_sequence_length(
        lambda ids, label: tf.size(ids), list(boundaries), [batch] * (len(boundaries) + 1), padding_values=None
    ).prefetch(tf.data.AUTOTUNE)
