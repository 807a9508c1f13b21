"""Batches of like lengths as a `tf.data` pipeline: of sequences with labels, of pairs, or of anything side by side."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from seqlab.errors import SeqlabError

if TYPE_CHECKING:
    import tensorflow as tf

Column = Sequence[Sequence[float]] | Sequence[np.ndarray] | np.ndarray


def by_length(
    *columns: Column, batch: int, boundaries: Sequence[int], shuffle: bool = True, seed: int = 0
) -> "tf.data.Dataset":
    """Examples of one or more columns: shuffled anew in each pass, bucketed by length, padded with 0, prefetched.

    Args:
        *columns: each has N entries. A list holds sequences, of ids or of floats: (ids,), or (sources, targets) to
            translate. An array (N,) holds one number an example, such as its label.
        batch: B, examples in a batch; the last one of a bucket may have fewer.
        boundaries: lengths at which one bucket ends and the next begins. An example is as long as the longest of its
            sequences.
        shuffle: another order in each pass, the same for the same seed.

    Returns:
        a `tf.data.Dataset` with an element a batch: of a column of sequences (B, T) int32 or float32, where T is
        that of the longest of this column in the batch; of an array (B,), as it is.

    Raises:
        SeqlabError: no example, columns of different sizes, none with sequences.

    >>> pairs = by_length([[1, 2], [3]], [[4, 5, 6], [7]], batch=2, boundaries=(8,), shuffle=False)
    >>> [[part.tolist() for part in element] for element in pairs.as_numpy_iterator()]
    [[[[1, 2], [3, 0]], [[4, 5, 6], [7, 0, 0]]]]
    """
    import tensorflow as tf

    sizes = {len(column) for column in columns}
    ragged = [not isinstance(column, np.ndarray) for column in columns]
    if len(sizes) != 1 or sizes == {0} or not any(ragged):
        raise SeqlabError("columns of one example or more, as many in each, with sequences", got=str(sorted(sizes)))
    examples = tf.data.Dataset.from_tensor_slices(tuple(map(_tensor, columns)))
    if shuffle:
        examples = examples.shuffle(len(columns[0]), seed=seed)

    def length(*parts: Any) -> Any:
        return tf.reduce_max([tf.size(part) for part, is_one in zip(parts, ragged, strict=True) if is_one])

    return (
        examples.map(lambda *parts: tuple(map(tf.convert_to_tensor, parts)))
        .bucket_by_sequence_length(
            length, list(boundaries), [batch] * (len(boundaries) + 1), padded_shapes=tuple([None] * r for r in ragged)
        )
        .prefetch(tf.data.AUTOTUNE)
    )


def dataset(
    sequences: Sequence[Sequence[int]],
    labels: Sequence[int] | np.ndarray,
    *,
    batch: int = 64,
    boundaries: Sequence[int] = (16, 24, 32),
    seed: int = 0,
) -> "tf.data.Dataset":
    """A `tf.data` pipeline: shuffled anew in each pass, bucketed by length, padded, prefetched.

    Args:
        sequences: N lists of ids.
        labels: (N,).
        batch: B, sequences in a batch.
        boundaries: lengths at which one bucket ends and the next begins.
        seed: of the order.

    Returns:
        a `tf.data.Dataset` of ids (B, T) int32, labels (B,) int64; T is that of the longest in the batch.

    Raises:
        SeqlabError: no sequence, or not a label for each.
    """
    if not len(sequences):
        raise SeqlabError("a data set of one sequence or more", got="none")
    return by_length(list(sequences), np.asarray(labels, np.int64), batch=batch, boundaries=boundaries, seed=seed)


def _tensor(column: Column) -> Any:
    """A column as a tensor, or as a ragged one."""
    import tensorflow as tf

    if isinstance(column, np.ndarray):
        return tf.constant(column)
    rows = [np.asarray(sequence) for sequence in column]
    real = any(row.size and np.issubdtype(row.dtype, np.floating) for row in rows)
    values = np.concatenate(rows).astype(np.float32 if real else np.int32)
    return tf.RaggedTensor.from_row_lengths(values, [len(row) for row in rows])
