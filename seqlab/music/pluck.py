"""A plucked string: Karplus and Strong's algorithm as one linear filter.

A burst of noise runs round a delay line as long as the period of the tone. Each time round it is averaged
with its neighbour, so the high partials die first, as they do on a string:

    y[n] = x[n] + g * (h0 y[n-N] + h1 y[n-N-1] + h2 y[n-N-2])

The three taps are the average (1/2, 1/2) and a delay by a fraction of a sample, which tunes the string.
Source: K. Karplus, A. Strong, Digital synthesis of plucked-string and drum timbres, Computer Music
Journal 7(2), 1983; D. Jaffe, J. Smith, Extensions of the Karplus-Strong plucked-string algorithm, same.
"""

from functools import lru_cache

import numpy as np

_RELEASE = 0.03  # seconds in which a damped string falls silent
_RING = 2.2  # seconds after which the lowest strings have lost 60 dB


def frequency(pitch: int | float) -> float:
    """Hz of a MIDI pitch, equal temperament, A4 = 440 Hz."""
    return 440.0 * 2.0 ** ((pitch - 69) / 12)


@lru_cache(maxsize=512)
def pluck(pitch: int, seconds: float, rate: int) -> np.ndarray:
    """One plucked tone.

    Args:
        pitch: MIDI number.
        seconds: how long it rings before it is damped.
        rate: samples a second.

    Returns:
        (seconds * rate,) float64 within -1 ... 1, the same for the same arguments.
    """
    from scipy.signal import lfilter

    samples = max(round(seconds * rate), 1)
    period = rate / frequency(pitch)
    if period < 4:  # above the reach of a delay line: nothing that a tune uses
        return np.zeros(samples)
    delay = int(period - 0.5)
    fraction = period - 0.5 - delay
    loss = 10.0 ** (-3.0 * period / rate / min(_RING, 0.4 + 220.0 / frequency(pitch)))
    taps = loss * np.convolve([0.5, 0.5], [1.0 - fraction, fraction])
    burst = np.random.default_rng(pitch).uniform(-1.0, 1.0, delay)
    burst -= burst.mean()  # no standing offset
    burst = 0.5 * (burst + np.roll(burst, 1))  # a softer pick
    signal = np.zeros(samples)
    signal[: min(delay, samples)] = burst[:samples]
    tone = lfilter([1.0], np.concatenate([[1.0], np.zeros(delay - 1), -taps]), signal)
    release = min(int(_RELEASE * rate), samples)
    tone[samples - release :] *= np.linspace(1.0, 0.0, release)
    return tone / max(np.abs(tone).max(), 1e-9)
