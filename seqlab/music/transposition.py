"""Tunes in other keys: each note moves by spelling, as `seqlab.music.moving` says."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from seqlab.errors import SeqlabError
from seqlab.music.keys import parse_key
from seqlab.music.moving import moved
from seqlab.music.tune import Tune


def transpose(tune: Tune, semitones: int) -> Tune:
    """``tune`` moved up (or down, if negative) by semitones, in the key with the fewest sharps or flats.

    ``transpose(transpose(tune, n), -n) == tune`` for every key of up to five sharps or flats; beyond, F sharp
    and G flat are one sound with two names.

    Args:
        tune: a tune with a key (not ``K:none``).
        semitones: -24 to 24.

    Raises:
        SeqlabError: no key, too far, or a note that leaves MIDI's range or needs a triple accidental.

    >>> from seqlab.music import parse
    >>> transpose(parse("X:1\\nM:2/4\\nL:1/8\\nK:Am\\nA^GAB|"), 2).abc
    'X:1\\nM:2/4\\nL:1/8\\nK:Bm\\nB^A Bc|\\n'
    """
    if not -24 <= semitones <= 24:
        raise SeqlabError("a transposition of at most two octaves", got=f"{semitones} semitones")
    new_key, body = moved(parse_key(tune.key), tune.body, semitones)
    if not semitones:
        return tune
    return replace(tune, key=str(new_key), body=body, id=f"{tune.id}{semitones:+d}" if tune.id else "")


def augmented(tunes: Sequence[Tune], semitones: Sequence[int] = range(-5, 7)) -> Iterator[Tune]:
    """Every tune in every transposition that can be spelled; augment the training set alone.

    Args:
        tunes: in the order in which they come back, each in all its keys before the next.
        semitones: to move by; the default reaches every key once.
    """
    for tune in tunes:
        for shift in semitones:
            try:
                yield transpose(tune, shift)
            except SeqlabError:
                continue
