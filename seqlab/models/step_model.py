"""Many to many, aligned: a recurrent network that says something at every step of what it reads.

Rain tomorrow, asked every day; what a digit is, asked after every glimpse.
"""

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from seqlab.errors import SeqlabError
from seqlab.layers import GRU
from seqlab.models.on_rows import learn_on_rows, mean_cross_entropy
from seqlab.models.training import History

__all__ = ["StepModel"]


class StepModel:
    """Sequences (B, T, D) -> logits (B, T, C), at every step of what was read up to it.

    Args:
        features: D. classes: C. units: of the GRU. seed: of the first weights and the batches.
    """

    def __init__(self, features: int, classes: int, *, units: int = 32, seed: int = 1) -> None:
        self.features, self.classes, self.seed = features, classes, seed
        glorot = [keras.initializers.GlorotUniform(seed=seed + i) for i in range(2)]
        self.model = keras.Sequential(
            [
                keras.Input((None, features)),
                GRU(
                    units,
                    return_sequences=True,
                    kernel_initializer=glorot[0],
                    recurrent_initializer=keras.initializers.Orthogonal(seed=seed),
                ),
                keras.layers.Dense(classes, kernel_initializer=glorot[1]),
            ]
        )

    def learn(
        self,
        X: ArrayLike,
        y: ArrayLike,
        *,
        steps: int = 400,
        batch: int = 64,
        rate: float = 1e-2,
        progress: bool = False,
    ) -> History:
        """Learn from X (N, T, D) and the classes y (N, T) at each step; Adam, a rate that falls along a cosine.

        Raises:
            SeqlabError: shapes that do not fit.
        """
        X, y = np.asarray(X, "float32"), np.asarray(y, "int32")
        if X.ndim != 3 or X.shape[2] != self.features or y.shape != X.shape[:2]:
            raise SeqlabError(f"X is (N, T, {self.features}) and y is (N, T)", got=f"{X.shape} and {y.shape}")

        how: dict[str, Any] = {"steps": steps, "batch": batch, "rate": rate, "seed": self.seed, "progress": progress}
        return learn_on_rows(self.model, mean_cross_entropy, X, y, **how)

    def probabilities(self, X: ArrayLike) -> np.ndarray:
        """(N, T, C): of each class, at every step."""
        return np.asarray(tf.nn.softmax(self.model(tf.constant(np.asarray(X, "float32")))))
