"""A tune as a score: notes -> MEI -> SVG."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import quoteattr

from seqlab.errors import SeqlabError
from seqlab.music.mei import mei
from seqlab.music.notes import Notated

_ENGRAVER = Path(__file__).with_name("engrave.py")
_SECONDS = 20  # a tune takes 0.3 s; the rest is a slow machine


def score_svg(tune: Notated) -> str:
    """The score of ``tune`` as one SVG element, scaled to the width it is shown in.

    Raises:
        SeqlabError: the tune cannot be drawn, or verovio cannot be run.
    """
    return score_svgs([tune])[0]


def score_svgs(tunes: Sequence[Notated]) -> list[str]:
    """The scores of several tunes, made by one run of the engraver.

    Raises:
        SeqlabError: as `score_svg`, or verovio takes longer than 20 s and a second a tune.
    """
    texts = [mei(tune) for tune in tunes]
    try:
        run = subprocess.run(
            [sys.executable, "-P", str(_ENGRAVER)],
            input=json.dumps(texts),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=_SECONDS + len(texts),
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise SeqlabError(f"a score within {_SECONDS} s", got="none", fix="try a shorter tune") from None
    if run.returncode:
        reason = (run.stderr.strip().splitlines() or [f"exit status {run.returncode}"])[-1]
        raise SeqlabError("verovio to draw the score", got=reason[:200], fix="pip install 'verovio>=4.5'")
    images = json.loads(run.stdout)
    for tune, image in zip(tunes, images, strict=True):
        if "<svg" not in image:
            raise SeqlabError("a tune that verovio can draw", got=repr(getattr(tune, "title", tune))[:60])
    return [_described(image[image.index("<svg") :], tune) for tune, image in zip(tunes, images, strict=True)]


def _described(image: str, tune: Notated) -> str:
    """Say in words what the image is, for readers who do not see it."""
    what = f"{tune.rhythm} in {tune.key}" if tune.rhythm else f"in {tune.key}"
    label = quoteattr(f"Score of {tune.title or 'an untitled tune'}, {what}, {len(tune.bars)} bars")
    return image.replace("<svg ", f'<svg role="img" aria-label={label} ', 1)
