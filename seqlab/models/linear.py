"""One linear layer under a softmax, trained in a moment: what an encoding of a text is worth.

Every model that lab 1 compares is this layer. Only the numbers that it reads differ: one-hot words side by side, or
their counts.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array

from seqlab.errors import SeqlabError

__all__ = ["LinearReader"]


class LinearReader:
    """`ids = reader(features)`: the likeliest id by `softmax(features @ W + b)`.

    Args:
        features: (N, D) numbers, a row for each example. y: (N,) ids, 0 <= y < vocab_size.
        vocab_size: V, how many answers there could be.
        steps: of full-batch gradient descent with Nesterov's momentum. rate: its step size.
        seed: of the first weights, which are small: what was never trained has next to no voice.

    Raises:
        SeqlabError: features that are no matrix, or not one row for each y.

    >>> reader = LinearReader(np.eye(3), [2, 0, 1], vocab_size=3)
    >>> reader(np.eye(3)).tolist()
    [2, 0, 1]
    """

    def __init__(
        self, features: ArrayLike, y: ArrayLike, vocab_size: int, *, steps: int = 100, rate: float = 2.0, seed: int = 0
    ) -> None:
        x, ids = np.asarray(features, np.float32), np.asarray(y)
        if x.ndim != 2 or ids.shape != x.shape[:1]:
            raise SeqlabError("features are (N, D), a row for each of the N ids of y", got=f"{x.shape} and {ids.shape}")
        x = csr_array(x)  # nearly all of a one-hot row is 0: a tenth of the processor time of dense products
        rng = np.random.default_rng(seed)
        self.W = rng.normal(0, 0.01, (x.shape[1], vocab_size)).astype(np.float32)
        self.b = np.zeros(vocab_size, np.float32)
        right, moved = np.eye(vocab_size, dtype=np.float32)[ids], [np.zeros_like(self.W), np.zeros_like(self.b)]
        for _ in range(steps):
            z = x @ (self.W + 0.9 * moved[0]) + self.b + 0.9 * moved[1]
            p = np.exp(z - z.max(axis=1, keepdims=True))
            error = (right - p / p.sum(axis=1, keepdims=True)) / len(ids)
            moved = [0.9 * moved[0] + rate * (x.T @ error), 0.9 * moved[1] + rate * error.sum(axis=0)]
            self.W += moved[0]
            self.b += moved[1]

    @property
    def parameters(self) -> int:
        """How many numbers it has learnt."""
        return self.W.size + self.b.size

    def __call__(self, features: ArrayLike) -> np.ndarray:
        """features (N, D) -> the likeliest id of each row, (N,)."""
        ids: np.ndarray = np.argmax(csr_array(np.asarray(features, np.float32)) @ self.W + self.b, axis=1)
        return ids
