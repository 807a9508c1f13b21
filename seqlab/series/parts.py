"""Windows of one series that know where training ends.

A window belongs to the part in which all that it asks for lies. It may look back across the border for what is known, as a
forecast made on that day would; it never asks for a value of a later part. So no value after the end of training stands in a
window of training, neither to be read nor to be forecast.
"""

from dataclasses import dataclass

import numpy as np

from seqlab.errors import SeqlabError


@dataclass(frozen=True)
class Windows:
    """X (M, n_in, D) and what follows, Y (M, n_out, D); `start` (M,): the step of the series at which Y begins."""

    X: np.ndarray
    Y: np.ndarray
    start: np.ndarray

    def __len__(self) -> int:
        return len(self.X)


@dataclass(frozen=True)
class Parts:
    """Windows to learn from, to choose by, and to be measured on."""

    train: Windows
    validation: Windows
    test: Windows


def split_windows(values: np.ndarray, n_in: int, n_out: int, *, train_end: int, validation_end: int) -> Parts:
    """The windows of a series (N, D) in three parts, by time.

    Args:
        values: the series. n_in, n_out: steps known, steps asked for.
        train_end, validation_end: the numbers of steps before which the first and the second part end.

    Raises:
        SeqlabError: the ends do not rise, or a part has no window.

    >>> parts = split_windows(np.arange(20.0)[:, None], 3, 2, train_end=10, validation_end=15)
    >>> float(parts.train.Y.max()), float(parts.test.Y.min()), float(parts.test.X.min())
    (9.0, 15.0, 12.0)
    """
    N, ends = len(values), (0, train_end, validation_end, len(values))
    found = []
    for name, begin, end in zip(("train", "validation", "test"), ends[:-1], ends[1:], strict=True):
        starts = np.arange(max(begin, n_in), end - n_out + 1)
        if not len(starts) or not 0 < train_end < validation_end < N:
            raise SeqlabError(
                f"the part {name} has a window of {n_in} + {n_out} steps", got=f"steps {begin} to {end} of {N}"
            )
        X, Y = (np.stack([values[i - n_in : i] for i in starts]), np.stack([values[i : i + n_out] for i in starts]))
        found.append(Windows(X, Y, starts))
    return Parts(*found)
