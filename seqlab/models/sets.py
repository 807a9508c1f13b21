"""Sets read and written as sequences: a small encoder-decoder, to see whether the order of the output matters.

After Vinyals, Bengio and Kudlur, Order matters: sequence to sequence for sets (2016).
"""

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from seqlab.errors import SeqlabError
from seqlab.layers import GRU
from seqlab.models.on_rows import learn_on_rows, mean_cross_entropy

__all__ = ["set_accuracy"]


def set_accuracy(
    X: ArrayLike, Y: ArrayLike, *, numbers: int, units: int = 64, steps: int = 400, held_out: float = 0.2, seed: int = 1
) -> float:
    """Train an encoder-decoder on X (N, m) -> Y (N, m), and give its accuracy on the last rows, which it has not seen.

    The decoder is fed the right numbers so far (teacher forcing), and says the next one: the accuracy is that of single
    numbers.

    Args:
        X, Y: numbers below `numbers`. held_out: the share of the rows that is measured on.

    Raises:
        SeqlabError: shapes that do not fit.
    """
    X, Y = np.asarray(X, "int32"), np.asarray(Y, "int32")
    if X.ndim != 2 or X.shape != Y.shape or len(X) < 10:
        raise SeqlabError("X and Y are (N, m) both, ten rows or more", got=f"{X.shape} and {Y.shape}")
    model, cut = _network(numbers, units, seed), int(len(X) * (1 - held_out))
    fed = np.concatenate([np.full((len(Y), 1), numbers), Y[:, :-1]], 1).astype("int32")
    both = np.stack([X, fed], 1)  # (N, 2, m)
    learn_on_rows(model, mean_cross_entropy, both[:cut], Y[:cut], steps=steps, seed=seed)
    said = tf.argmax(model(tf.constant(both[cut:])), -1).numpy()
    return float(np.mean(said == Y[cut:]))


def _network(numbers: int, units: int, seed: int) -> keras.Model:
    def initial(k: int) -> dict[str, keras.initializers.Initializer]:
        return {
            "kernel_initializer": keras.initializers.GlorotUniform(seed=seed + k),
            "recurrent_initializer": keras.initializers.Orthogonal(seed=seed + k),
        }

    both = keras.Input((2, None), dtype="int32")
    table = keras.layers.Embedding(numbers + 1, 32, embeddings_initializer=keras.initializers.RandomUniform(seed=seed))
    state = GRU(units, **initial(1))(table(both[:, 0]))
    written = GRU(units, return_sequences=True, **initial(2))(table(both[:, 1]), initial_state=state)
    hidden = keras.layers.Dense(
        units, activation="relu", kernel_initializer=keras.initializers.GlorotUniform(seed=seed)
    )
    logits = keras.layers.Dense(numbers, kernel_initializer=keras.initializers.GlorotUniform(seed=seed + 3))
    return keras.Model(both, logits(hidden(written)))
