"""A small network that predicts a character from a window of those before it, after Bengio et al. (2003).

Each of the k characters is looked up in one table, the k vectors are laid side by side, one hidden layer reads them. The
hidden layer has weights of its own for every place in the window; the table alone is shared.
"""

from typing import Any

import keras
import numpy as np
from numpy.typing import ArrayLike

from seqlab.errors import SeqlabError
from seqlab.models.on_rows import learn_on_rows, mean_cross_entropy

__all__ = ["WindowModel"]


class WindowModel:
    """Windows of k ids -> logits of the next id; trained on `X, y` as `fixed_window(ids, k)` gives them.

    Args:
        vocab_size: V. k: ids in a window. embedding_dim, units: of the table, and of the hidden layer.
        seed: of the first weights and of the batches.

    Source: Bengio, Ducharme, Vincent and Janvin, A neural probabilistic language model, 2003.
    """

    def __init__(self, vocab_size: int, k: int, *, embedding_dim: int = 16, units: int = 128, seed: int = 1) -> None:
        self.k, self.seed = k, seed
        initial = [keras.initializers.GlorotUniform(seed=seed + i) for i in range(2)]
        self.model = keras.Sequential(
            [
                keras.Input((k,), dtype="int32"),
                keras.layers.Embedding(
                    vocab_size, embedding_dim, embeddings_initializer=keras.initializers.RandomUniform(seed=seed)
                ),
                keras.layers.Flatten(),
                keras.layers.Dense(units, activation="tanh", kernel_initializer=initial[0]),
                keras.layers.Dense(vocab_size, kernel_initializer=initial[1]),
            ]
        )

    @property
    def parameters(self) -> int:
        """How many numbers it learns."""
        return int(self.model.count_params())

    @property
    def embeddings(self) -> np.ndarray:
        """The table of vectors, (V, embedding_dim): one row for each id."""
        table: np.ndarray = self.model.layers[0].get_weights()[0]
        return table

    def fit(self, X: ArrayLike, y: ArrayLike, *, steps: int = 600, batch: int = 512, progress: bool = False) -> None:
        """Learn from windows X (N, k) and the ids y (N,) that follow them: Adam, a rate that falls from 0.01.

        Raises:
            SeqlabError: windows of another length, or not one y for each.
        """
        windows, following = self._checked(X, y)
        how: dict[str, Any] = {"steps": steps, "batch": batch, "lowest": 0.05, "seed": self.seed, "progress": progress}
        learn_on_rows(self.model, mean_cross_entropy, windows, following, **how)

    def loss(self, X: ArrayLike, y: ArrayLike) -> float:
        """The mean of -ln P(y | window), in nats; SeqlabError as `fit`."""
        windows, following = self._checked(X, y)
        size, total = 4096, 0.0
        for i in range(0, len(windows), size):
            here = following[i : i + size]
            total += len(here) * float(mean_cross_entropy(here, self.model(windows[i : i + size])))
        return total / len(windows)

    def _checked(self, X: ArrayLike, y: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        windows, following = np.asarray(X, np.int32), np.asarray(y, np.int32)
        if windows.ndim != 2 or windows.shape != (len(following), self.k) or not len(windows):
            raise SeqlabError(f"windows are (N, {self.k}) and y is (N,)", got=f"{windows.shape} and {following.shape}")
        return windows, following
