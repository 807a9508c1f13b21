"""One long sequence as windows: drawn at random to learn from, laid end to end to be measured on.

The sequence is a text as ids (N,) or a series of real numbers (N, D), such as a storm's position every six hours. In
both, y is x one step later.
"""

from collections.abc import Callable, Sequence

import numpy as np

from seqlab.errors import SeqlabError

#: `batches(rng) -> x, y`, what `seqlab.models.train` learns from
Batches = Callable[[np.random.Generator], tuple[np.ndarray, np.ndarray]]


def random_windows(ids: Sequence[int] | np.ndarray, length: int, batch: int) -> Batches:
    """Training batches out of one long sequence: windows that start anywhere, evenly, with replacement.

    Args:
        ids: ids (N,) int, or a series (N, D) float; N > length.
        length: T, steps in a window.
        batch: B, windows in a batch.

    Returns:
        `batches(rng) -> x, y`, both (B, T) int32, or (B, T, D) float32: y is x one step later.

    Raises:
        SeqlabError: the sequence is too short, or neither ids nor a series.

    >>> x, y = random_windows([10, 20, 30, 40], length=3, batch=2)(np.random.default_rng(0))
    >>> x.tolist(), y.tolist()
    ([[10, 20, 30], [10, 20, 30]], [[20, 30, 40], [20, 30, 40]])
    """
    rows = _at_least(ids, length + 1)

    def batches(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        window = windows_of(rows, length, batch, rng)  # (B, T+1, ...)
        return window[:, :-1], window[:, 1:]

    return batches


def windows_of(rows: np.ndarray, length: int, batch: int, rng: np.random.Generator) -> np.ndarray:
    """Windows of any rows (N, ...), each of `length` steps and the one after them: (B, T+1, ...); N > length."""
    starts = rng.integers(0, len(rows) - length, size=(batch, 1))
    return rows[starts + np.arange(length + 1)]


def end_to_end(sequence: Sequence[int] | np.ndarray, length: int, batch: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """All of a sequence in windows end to end: every step but the first is the next of some x exactly once.

    Args:
        sequence: ids (N,) int, or a series (N, D) float; N > 1.
        length: T, steps in a window; the last one may be shorter.
        batch: B, windows at a time at most.

    Returns:
        pairs x, y of three shapes at most, (B, T), (b, T) and (1, t), for a series with D behind; y is x one step
        later.

    Raises:
        SeqlabError: the sequence is too short, or neither ids nor a series.

    >>> [x.tolist() for x, _ in end_to_end([1, 2, 3, 4, 5, 6], length=2, batch=9)]
    [[[1, 2], [3, 4]], [[5]]]
    """
    rows = _at_least(sequence, 2)
    x, y = rows[:-1], rows[1:]
    whole = len(x) // length * length
    x_rows, y_rows = (part[:whole].reshape(-1, length, *rows.shape[1:]) for part in (x, y))
    pieces = [(x_rows[i : i + batch], y_rows[i : i + batch]) for i in range(0, len(x_rows), batch)]
    if whole < len(x):
        pieces.append((x[None, whole:], y[None, whole:]))
    return pieces


def _at_least(sequence: Sequence[int] | np.ndarray, n: int) -> np.ndarray:
    rows = np.asarray(sequence)
    series = rows.ndim == 2 and np.issubdtype(rows.dtype, np.floating)
    if not series and (rows.ndim != 1 or not np.issubdtype(rows.dtype, np.integer)):
        raise SeqlabError(
            "a text is a vector of integer ids, a series an array (N, D) of floats",
            got=f"{rows.dtype} of shape {rows.shape}",
        )
    if len(rows) < n:
        what = "a series of at least {} steps" if series else "a text of at least {} characters"
        raise SeqlabError(f"windows need {what.format(n)}", got=str(len(rows)))
    return rows.astype(np.float32 if series else np.int32)
