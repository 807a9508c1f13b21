"""Sequences as they are met in the wild, made: a price, a brain wave, a pen. For pictures; nothing here was measured."""

import numpy as np

__all__ = ["brain_wave", "pen_strokes", "price"]


def price(days: int = 250, *, start: float = 100.0, volatility: float = 0.015, seed: int = 0) -> np.ndarray:
    """A share price (N,), a value a day: its logarithm takes an independent normal step each day.

    volatility: standard deviation of a day's change of the logarithm.

    >>> price(3).shape, float(price(3)[0])
    ((3,), 100.0)
    """
    steps = np.random.default_rng(seed).normal(0, volatility, max(days - 1, 0))
    made: np.ndarray = start * np.exp(np.concatenate([[0.0], np.cumsum(steps)]))
    return made


def brain_wave(seconds: float = 4.0, *, rate: int = 128, alpha: float = 10.0, seed: int = 0) -> np.ndarray:
    """An EEG-like signal (N,) in microvolts, `rate` samples a second: an alpha rhythm that swells, in slow noise.

    alpha: Hz of the rhythm; that of a human at rest lies between 8 and 13.

    >>> brain_wave(2.0).shape
    (256,)
    """
    rng, n = np.random.default_rng(seed), int(seconds * rate)
    t = np.arange(n) / rate
    noise = np.zeros(n)
    for i in range(1, n):
        noise[i] = 0.95 * noise[i - 1] + rng.normal()
    swell = 0.55 + 0.45 * np.sin(2 * np.pi * 0.5 * t)
    wave: np.ndarray = 14 * swell * np.sin(2 * np.pi * alpha * t) + 3 * noise
    return wave


def pen_strokes(loops: int = 7, points: int = 24) -> np.ndarray:
    """The path of a pen (N, 2) that writes a row of loops, tall and small in turn, as in "elelele".

    points: of a loop; they are evenly spaced in time, so that the pen is slow where they are dense.

    >>> pen_strokes(2, 10).shape
    (21, 2)
    """
    turn = 2 * np.pi * np.arange(loops * points + 1) / points
    tall = np.where((np.arange(len(turn)) // points) % 2 == 1, 1.0, 0.5)
    x = 0.075 * turn + 0.28 * np.sqrt(tall) * np.sin(turn) + 0.28 * (1 - np.cos(turn)) * tall
    return np.stack([x, tall * (1 - np.cos(turn)) / 2], axis=1)
