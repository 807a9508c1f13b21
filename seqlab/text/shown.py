"""How a text was shown to a network before recurrent ones: the lecture's four ideas, as arrays."""

from collections.abc import Sequence

import numpy as np

from seqlab.errors import SeqlabError


def one_hot(ids: Sequence[int], vocab_size: int) -> np.ndarray:
    """Each id as a row with a single 1: (N, V) float32.

    >>> one_hot([2, 0], 3).tolist()
    [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    """
    ids = _ids(ids, vocab_size)
    rows = np.zeros((len(ids), vocab_size), "float32")
    rows[np.arange(len(ids)), ids] = 1
    return rows


def bag_of_words(ids: Sequence[int], vocab_size: int) -> np.ndarray:
    """How often each id occurs: (V,) float32. Order is lost.

    >>> bag_of_words([2, 0, 2], 3).tolist()
    [1.0, 0.0, 2.0]
    """
    return np.bincount(_ids(ids, vocab_size), minlength=vocab_size).astype("float32")


def fixed_window(ids: Sequence[int], k: int, pad: int = 0) -> np.ndarray:
    """The last k ids, filled up on the left: (k,) int64. What came earlier is lost.

    >>> fixed_window([4, 5, 6], 2).tolist(), fixed_window([4], 2).tolist()
    ([5, 6], [0, 4])
    """
    if k < 1:
        raise SeqlabError("a window of one id or more", got=str(k))
    last = list(ids)[-k:]
    return np.array([pad] * (k - len(last)) + last, np.int64)


def big_window(ids: Sequence[int], k: int, vocab_size: int) -> np.ndarray:
    """One-hot rows of the first k ids behind each other: (k·V,) float32. Each place has weights of its own.

    >>> big_window([1], 2, 3).tolist()
    [0.0, 1.0, 0.0, 0.0, 0.0, 0.0]
    """
    if k < 1:
        raise SeqlabError("a window of one id or more", got=str(k))
    window = np.zeros((k, vocab_size), "float32")
    rows = one_hot(list(ids)[:k], vocab_size)
    window[: len(rows)] = rows
    return window.ravel()


def _ids(ids: Sequence[int], vocab_size: int) -> np.ndarray:
    ids = np.asarray(ids, np.int64).ravel()
    if len(ids) and not (ids.min() >= 0 and ids.max() < vocab_size):
        wrong = ids[(ids < 0) | (ids >= vocab_size)][0]
        raise SeqlabError(f"ids from 0 to {vocab_size - 1}", got=str(wrong), fix="use a larger vocab_size")
    return ids
