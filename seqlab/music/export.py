"""A tune as files: ABC, score, MIDI, sound."""

from collections.abc import Sequence
from pathlib import Path

from seqlab.errors import SeqlabError
from seqlab.music.tune import Tune
from seqlab.whole import write_whole

FORMATS = ("abc", "svg", "mid", "wav")


def save(tune: Tune, stem: str | Path, formats: Sequence[str] = FORMATS) -> list[Path]:
    """Write ``tune`` as ``stem.abc``, ``stem.svg``, ``stem.mid`` and ``stem.wav``.

    All are made before the first is written, and each is moved into place whole.

    Args:
        tune: a Tune.
        stem: path without ending; its folder is made if it is missing.
        formats: which of ``abc svg mid wav``.

    Returns:
        The paths written.

    Raises:
        SeqlabError: an unknown format, a tune that cannot be rendered, a folder that cannot be written.
    """
    unknown = [name for name in formats if name not in FORMATS]
    if unknown:
        raise SeqlabError(f"formats out of {', '.join(FORMATS)}", got=", ".join(map(repr, unknown)))
    contents = {name: _render(tune, name) for name in formats}
    stem = Path(stem)
    written = []
    try:
        for name, content in contents.items():
            written.append(stem.parent / f"{stem.name}.{name}")
            write_whole(written[-1], content)
    except OSError as error:
        raise SeqlabError("a folder that can be written", got=f"{stem.parent}: {error.strerror}") from None
    return written


def _render(tune: Tune, name: str) -> bytes:
    if name == "abc":
        titled = f"X:1\nT:{tune.title}\n" if tune.title else "X:1\n"
        return tune.abc.replace("X:1\n", titled, 1).encode()
    if name == "svg":
        from seqlab.music.score import score_svg

        return score_svg(tune).encode()
    if name == "mid":
        from seqlab.music.midi import midi_bytes

        return midi_bytes(tune)
    from seqlab.music.audio import wav_bytes

    return wav_bytes(tune)
