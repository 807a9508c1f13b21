"""References that labs share, in float64 and safe for large numbers."""

import numpy as np


def sigmoid(z: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-z)), for z of any shape."""
    return 0.5 * (1 + np.tanh(0.5 * np.asarray(z, "f8")))


def log_softmax(logits: np.ndarray, axis: int = -1) -> np.ndarray:
    """z - log Σ exp z along an axis, of the shape of `logits`."""
    z = np.asarray(logits, "f8")
    z = z - z.max(axis, keepdims=True)
    return z - np.log(np.exp(z).sum(axis, keepdims=True))


def softmax(logits: np.ndarray, axis: int = -1) -> np.ndarray:
    """exp z / Σ exp z along an axis, of the shape of `logits`."""
    z = np.asarray(logits, "f8")
    e = np.exp(z - z.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)


def cross_entropy(y: np.ndarray, logits: np.ndarray) -> np.ndarray:
    """-log softmax(logits)[y] in nats: y (...,) ids and logits (..., V) give a loss (...,) for every position."""
    return -np.take_along_axis(log_softmax(logits), np.asarray(y)[..., None], -1)[..., 0]
