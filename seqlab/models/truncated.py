"""Truncated backpropagation through time: how long a memory does it teach?

At every step the loss goes back k steps and no further; the state itself is carried on over the whole sequence (Williams
and Peng 1990). Tried on a task whose dependency is as long as one likes: one of several channels of noise, some steps ago.
"""

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

__all__ = ["truncated_recall"]

_CHANNELS, _UNITS, _ROWS, _T = 6, 12, 8, 24


def truncated_recall(k: int, lags: Sequence[int], *, steps: int = 250, seed: int = 0) -> np.ndarray:
    """What a small RNN has learnt of the first channel of its input, `lag` steps ago, by gradients over k steps.

    One network for each lag, all trained side by side with Adam: h_t = tanh(x_t W + h_{t-1} U + b), 12 units, six
    channels of ±1, only one of which is ever asked for. An untrained network could not keep all of them.

    Args:
        k: steps that a loss goes back, 1 or more, up to 24. lags: 0 is the present input.
        steps: batches of 8 sequences of 24 steps.

    Returns:
        the share of the variance that is explained on new sequences, `(len(lags),)`: 1 is perfect, 0 knows nothing.
    """
    N, longest, rng = len(lags), max(lags), np.random.default_rng(seed)

    def random(*shape: int) -> np.ndarray:
        return (rng.normal(size=(N, *shape)) / np.sqrt(shape[0])).astype("float32")

    def sequences(rows: int) -> tuple[np.ndarray, np.ndarray]:
        x = rng.choice([-1.0, 1.0], (rows, _T + longest, _CHANNELS)).astype("float32")
        asked = [x[:, longest - lag : longest - lag + _T, 0] for lag in lags]
        return x[:, longest:], np.stack(asked)  # (rows, T, channels), (N, rows, T)

    W, V = tf.Variable(random(_CHANNELS, _UNITS)), tf.Variable(random(_UNITS, 1))
    U, b = tf.Variable(0.8 * np.linalg.qr(random(_UNITS, _UNITS))[0]), tf.Variable(tf.zeros((N, 1, _UNITS)))
    weights, optimizer = [W, U, b, V], keras.optimizers.Adam(0.01)
    optimizer.build(weights)

    def step(x: tf.Tensor, h: tf.Tensor) -> tf.Tensor:
        return tf.tanh(x @ W + h @ U + b)  # x (R, channels), h (N, R, units)

    @tf.function
    def update(x: tf.Tensor, y: tf.Tensor) -> None:
        states, starts = [tf.zeros((N, _ROWS, _UNITS))], _T - k + 1
        for t in range(starts - 1):
            states.append(step(x[:, t], states[-1]))
        # each window of k steps by itself, from the state that the sequence had there, whose past is cut off
        h = tf.reshape(tf.stop_gradient(tf.stack(states, axis=2)), (N, -1, _UNITS))
        with tf.GradientTape() as tape:
            for s in range(k):
                h = step(tf.reshape(x[:, s : s + starts], (-1, _CHANNELS)), h)
            wrong = (h @ V)[..., 0] - tf.reshape(y[:, :, k - 1 :], (N, -1))
            loss = tf.reduce_sum(tf.reduce_mean(wrong**2, axis=1))
        optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))

    for _ in range(steps):
        update(*map(tf.constant, sequences(_ROWS)))
    x, y = sequences(200)
    h, errors = tf.zeros((N, len(x), _UNITS)), []
    for t in range(_T):
        h = step(x[:, t], h)
        errors.append(np.mean((np.asarray(h @ V)[..., 0] - y[:, :, t]) ** 2, axis=1))
    return 1 - np.mean(errors[longest:], axis=0)
