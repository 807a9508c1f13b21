"""The adding problem: a task whose two clues lie as far apart as one likes.

Hochreiter and Schmidhuber (1997), in the form of Le, Jaitly and Hinton (2015): two of many numbers are marked, and
their sum is asked for at the end. Nothing but a memory over the whole sequence helps.
"""

import numpy as np

__all__ = ["ADDING_CHANCE", "adding_problem"]

ADDING_CHANCE = 1 / 6  # the squared error of always saying 1: the variance of a sum of two numbers from [0, 1)


def adding_problem(B: int, T: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """B sequences of T numbers, of which one in each half is marked, and the sums of the two.

    Returns:
        x `(B, T, 2)` float32: in `x[..., 0]` numbers from [0, 1), in `x[..., 1]` two marks of 1, else 0; and y `(B, 1)`.

    >>> x, y = adding_problem(3, 6, np.random.default_rng(0))
    >>> x.shape, y.shape, x[..., 1].sum(axis=1).tolist()
    ((3, 6, 2), (3, 1), [2.0, 2.0, 2.0])
    """
    x, rows = np.zeros((B, T, 2), "float32"), np.arange(B)
    x[..., 0] = rng.random((B, T))
    for low, high in ((0, T // 2), (T // 2, T)):
        x[rows, rng.integers(low, high, B), 1] = 1
    return x, np.sum(x[..., 0] * x[..., 1], axis=1, keepdims=True)
