"""Sequences of different lengths, as batches: padding, masks, and buckets of like lengths."""

from collections.abc import Iterator, Sequence

import numpy as np

from seqlab.errors import SeqlabError
from seqlab.sequences.vocabulary import PAD

WIDTH_STEP = 8  # batches are as wide as a multiple of this, so that few widths occur


def pad(
    sequences: Sequence[Sequence[int] | np.ndarray], maxlen: int | None = None, value: int = PAD
) -> tuple[np.ndarray, np.ndarray]:
    """Sequences as one array, filled up at the end; of a long one the first `maxlen` ids are kept.

    Args:
        sequences: N of them, of any lengths.
        maxlen: width; that of the longest sequence if left out.
        value: what stands after the end.

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


def bucketed(
    lengths: Sequence[int] | np.ndarray, batch: int, rng: np.random.Generator, window: int = 20
) -> list[np.ndarray]:
    """One pass over all examples, in batches of like lengths: indices, in random order.

    Examples are shuffled, `window` batches at a time are sorted by length and cut, and the batches are
    shuffled: hardly any padding, and still another pass each time.

    Args:
        lengths: (N,) of the examples; of pairs, such as a sentence and its translation, that of the longer one.
        batch: B, examples in a batch at most.
        rng: shuffles; another pass needs the same generator again.
        window: batches that are sorted together. More of them mean less padding and a less random order.

    Returns:
        arrays of indices, B of them or, where a window ends, fewer; every example is in one of them.

    Raises:
        SeqlabError: a batch of less than one example.

    >>> sorted(sorted(b.tolist()) for b in bucketed([5, 1, 5, 1], 2, np.random.default_rng(0)))
    [[0, 2], [1, 3]]
    """
    if batch < 1:
        raise SeqlabError("a batch of one example or more", got=str(batch))
    long = np.asarray(lengths)
    order, batches = rng.permutation(len(long)), []
    for start in range(0, len(order), window * batch):
        block = order[start : start + window * batch]
        block = block[np.argsort(long[block], kind="stable")]
        batches += [block[i : i + batch] for i in range(0, len(block), batch)]
    rng.shuffle(batches)
    return batches


def passes(lengths: Sequence[int] | np.ndarray, batch: int, seed: int) -> Iterator[np.ndarray]:
    """One pass after the other over all examples, without end, in batches of like lengths; see `bucketed`."""
    rng = np.random.default_rng(seed)
    while True:
        waiting = bucketed(lengths, batch, rng)
        while waiting:
            yield waiting.pop()


def rounded(width: int) -> int:
    """The next multiple of WIDTH_STEP, at least one: the width of a batch."""
    return max(1, -(-width // WIDTH_STEP)) * WIDTH_STEP
