"""A tune as sound: plucked strings, mixed and written as WAV."""

import base64
import io
import wave
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from seqlab.errors import SeqlabError
from seqlab.music.notes import Notated
from seqlab.music.playback import length, sounding
from seqlab.music.pluck import pluck

if TYPE_CHECKING:
    from IPython.display import Audio

RATE = 22_050  # samples a second; a fiddle's melody lies far below half of it
_PLAYER_RATE = 16_000  # within a notebook, where every byte is stored as text
_PEAK = 0.89  # 1 dB below full scale
_LONGEST = 600.0  # seconds
_WIDTH = 0.011  # seconds between the ears of a stereo file: too short to be heard as an echo
_TAIL = 0.25  # seconds of silence at the end


def waveform(tune: Notated, rate: int = RATE, repeats: bool = False) -> np.ndarray:
    """The sound of ``tune``: (samples,) float64, largest absolute value 0.89.

    Args:
        tune: a Tune; where the source names no tempo, a moderate one of its rhythm is taken.
        rate: samples a second, 8,000 to 48,000.
        repeats: play repeated parts twice; else each part once, into its last ending.

    Raises:
        SeqlabError: a rate out of range, or more than ten minutes of sound.
    """
    if not 8_000 <= rate <= 48_000:
        raise SeqlabError("a rate from 8,000 to 48,000 samples a second", got=str(rate))
    seconds = length(tune, repeats)
    if seconds > _LONGEST:
        raise SeqlabError("a tune of at most ten minutes", got=f"{seconds:.0f} s")
    mix = np.zeros(int(np.ceil((seconds + _TAIL) * rate)))
    for note in sounding(tune, repeats):
        start = round(note.start * rate)
        tone = pluck(note.pitch, round(note.end - note.start, 6), rate)[: len(mix) - start]
        mix[start : start + len(tone)] += tone
    peak = np.abs(mix).max()
    return mix * (_PEAK / peak) if peak > 0 else mix


def wav_bytes(tune: Notated, rate: int = RATE, repeats: bool = False, stereo: bool = False) -> bytes:
    """A WAV file of ``tune``, 16 bits: 44 kB a second at the usual rate, 64 kB in stereo at 16,000.

    Args:
        tune, rate, repeats: as for ``waveform``.
        stereo: two channels, the right one 11 ms behind the left, which widens the sound.

    Raises:
        SeqlabError: as ``waveform``.
    """
    mono = waveform(tune, rate, repeats)
    channels = [mono]
    if stereo:
        behind = int(_WIDTH * rate)
        channels.append(np.concatenate([np.zeros(behind), mono[: len(mono) - behind]]))
    samples = (np.stack(channels, axis=1) * 32767.0).round().astype("<i2")
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(len(channels))
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(samples.tobytes())
    return file.getvalue()


def sound(tune: Notated, rate: int = RATE, repeats: bool = False, stereo: bool = False) -> "Audio":
    """A player for a notebook: ``IPython.display.Audio``; arguments and errors as of ``wav_bytes``."""
    from IPython.display import Audio

    return Audio(data=wav_bytes(tune, rate, repeats, stereo), autoplay=False)


def player_html(tune: Notated) -> str:
    """An ``<audio>`` element that carries the sound of ``tune`` in itself."""
    data = base64.b64encode(wav_bytes(tune, _PLAYER_RATE)).decode("ascii")
    label = escape(f"Sound of {tune.title or 'an untitled tune'}", quote=True)
    return f'<audio controls preload="none" aria-label="{label}" src="data:audio/wav;base64,{data}"></audio>'
