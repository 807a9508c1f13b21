"""How a text was encoded for a network before recurrent ones: the lecture's four ideas, as arrays."""

from collections.abc import Sequence

import numpy as np

from seqlab.errors import SeqlabError


def one_hot(ids: Sequence[int] | np.ndarray, vocab_size: int) -> np.ndarray:
    """Each id as a row with a single 1: (N, V) float32.

    Args:
        ids: (N,) int. vocab_size: V.

    Raises:
        SeqlabError: an id outside 0 ... V - 1.

    >>> one_hot([2, 0], 3).tolist()
    [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    """
    columns = _ids(ids, vocab_size)
    rows = np.zeros((len(columns), vocab_size), "float32")
    rows[np.arange(len(columns)), columns] = 1
    return rows


def bag_of_words(ids: Sequence[int] | np.ndarray, vocab_size: int) -> np.ndarray:
    """How often each id occurs: (V,) float32. Order is lost. Arguments and errors are those of `one_hot`.

    >>> bag_of_words([2, 0, 2], 3).tolist()
    [1.0, 0.0, 2.0]
    """
    return np.bincount(_ids(ids, vocab_size), minlength=vocab_size).astype("float32")


def fixed_window(ids: Sequence[int] | np.ndarray, k: int, pad: int = 0) -> np.ndarray:
    """The last k ids, filled up on the left: (k,) int64. What came earlier is lost.

    Args:
        ids: (N,) int. pad: the id that stands before a shorter text.

    Raises:
        SeqlabError: k below 1.

    >>> fixed_window([4, 5, 6], 2).tolist(), fixed_window([4], 2).tolist()
    ([5, 6], [0, 4])
    """
    if k < 1:
        raise SeqlabError("a window of one id or more", got=str(k))
    last = list(ids)[-k:]
    return np.array([pad] * (k - len(last)) + last, np.int64)


def big_window(ids: Sequence[int] | np.ndarray, k: int, vocab_size: int) -> np.ndarray:
    """One-hot rows of the first k ids behind each other: (k·V,) float32. Each place has weights of its own.

    Args:
        ids: (N,) int; a shorter text is followed by rows of zeros. vocab_size: V.

    Raises:
        SeqlabError: k below 1, or an id outside 0 ... V - 1.

    >>> big_window([1], 2, 3).tolist()
    [0.0, 1.0, 0.0, 0.0, 0.0, 0.0]
    """
    if k < 1:
        raise SeqlabError("a window of one id or more", got=str(k))
    window = np.zeros((k, vocab_size), "float32")
    rows = one_hot(list(ids)[:k], vocab_size)
    window[: len(rows)] = rows
    return window.ravel()


def _ids(given: Sequence[int] | np.ndarray, vocab_size: int) -> np.ndarray:
    ids = np.asarray(given, np.int64).ravel()
    if len(ids) and not (ids.min() >= 0 and ids.max() < vocab_size):
        wrong = ids[(ids < 0) | (ids >= vocab_size)][0]
        raise SeqlabError(f"ids from 0 to {vocab_size - 1}", got=str(wrong), fix="use a larger vocab_size")
    return ids
