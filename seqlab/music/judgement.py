"""Is it a tune? What can be counted of one, and of a set of tunes beside the training set."""

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from html import escape
from math import log, log2
from typing import Any, TypeVar

from seqlab.errors import SeqlabError
from seqlab.music.completeness import incomplete_bars
from seqlab.music.notes import Bar
from seqlab.music.passages import COPY, Memory, Passage
from seqlab.music.tokeniser import END
from seqlab.music.tune import ABCError, Tune, parse

_Symbol = TypeVar("_Symbol")
_SCALE = (0, 2, 4, 5, 7, 9, 11)  # of a key without sharps or flats, from C


@dataclass(frozen=True)
class Judgement:
    """What a listener with a pencil would note of one tune.

    Attributes:
        parses: it can be read as ABC; if not, ``reason`` says why and the rest is empty.
        complete: every bar fills its meter; ``incomplete`` counts those that do not.
        ends_on_tonic: the last note is the home note of its key (no matter in which octave).
        in_key: share of its notes, by duration, that belong to the key signature's seven.
        low, high: lowest and highest MIDI pitch.
        repeated: share of its bars that sound like an earlier bar.
        passage: the longest passage that stands in the training set, if there was one to compare with.
    """

    parses: bool
    reason: str = ""
    complete: bool = False
    incomplete: int = 0
    ends_on_tonic: bool = False
    in_key: float = 0.0
    low: int = 0
    high: int = 0
    repeated: float = 0.0
    passage: Passage | None = None
    tune: Tune | None = field(default=None, repr=False)

    @property
    def range(self) -> int:
        """Semitones from the lowest to the highest note."""
        return self.high - self.low

    @property
    def copy(self) -> bool:
        """60 % or more of its notes stand in one passage of the training set."""
        return self.passage is not None and self.passage.share >= COPY


def judge(tune: Tune | str, memory: Memory | None = None) -> Judgement:
    """Judge a tune, or a text that may be one; a text that is none is no error but a Judgement that says why.

    Args:
        tune: a Tune, or ABC text.
        memory: the training tunes, to look for passages of theirs.

    >>> found = judge("X:1\\nM:6/8\\nL:1/8\\nK:D\\nDFA dAF|DFA dAF|EFG D3|]")
    >>> found.complete, found.ends_on_tonic, found.in_key, found.range, round(found.repeated, 2)
    (True, True, 1.0, 12, 0.33)
    """
    if isinstance(tune, str):
        try:
            tune = parse(tune)
        except ABCError as error:
            return Judgement(False, error.reason)
    notes = [(note.pitch, note.duration) for note in tune.notes if note.pitch is not None and not note.grace]
    pitches = [pitch for pitch, _ in notes]
    key = tune.reading.key
    scale = {(pitch + key.signature.get(letter, 0)) % 12 for letter, pitch in zip("CDEFGAB", _SCALE, strict=True)}
    in_key = sum(duration for pitch, duration in notes if pitch % 12 in scale)
    incomplete = len(list(incomplete_bars(tune.bars)))
    sounds = [_sound_of(bar) for bar in tune.bars]
    return Judgement(
        parses=True,
        complete=not incomplete,
        incomplete=incomplete,
        ends_on_tonic=pitches[-1] % 12 == key.tonic_class,
        in_key=float(in_key / sum(duration for _, duration in notes)),
        low=min(pitches),
        high=max(pitches),
        repeated=1 - len(set(sounds)) / len(sounds),
        passage=memory.longest(tune) if memory else None,
        tune=tune,
    )


def _sound_of(bar: Bar) -> tuple[tuple[tuple[int, ...], Fraction], ...]:
    return tuple((tuple(pitch.midi for pitch in event.pitches), event.duration) for event in bar.events)


@dataclass(frozen=True)
class Report:
    """A set of tunes, judged: shares of it, and how far it is from the training set.

    ``rows`` holds (what, of the set, of the training set or None); the distances are Jensen-Shannon divergences
    in bits: 0 for the same distribution, 1 for distributions with nothing in common.
    """

    judgements: list[Judgement] = field(repr=False)
    rows: list[tuple[str, float, float | None]]

    def __getitem__(self, what: str) -> float:
        """The set's value in the row that is called ``what``; a SeqlabError names the rows if none is."""
        values = {name: value for name, value, _ in self.rows}
        if what not in values:
            raise SeqlabError(f"a row out of {', '.join(values)}", got=repr(what))
        return values[what]

    def __str__(self) -> str:
        lines = [f"{len(self.judgements)} tunes{'set':>29}{'training set':>15}"]
        for name, value, reference in self.rows:
            lines.append(f"{name:<34}{value:>9.3g}{'' if reference is None else f'{reference:>15.3g}'}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        head = f"<tr><th>{len(self.judgements)} tunes</th><th>set</th><th>training set</th></tr>"
        body = "".join(
            f"<tr><td>{escape(name)}</td><td>{value:.3g}</td>"
            f"<td>{'' if reference is None else format(reference, '.3g')}</td></tr>"
            for name, value, reference in self.rows
        )
        return f"<table>{head}{body}</table>"


def judge_set(tunes: Iterable[Tune | str], train: Sequence[Tune], memory: Memory | None = None) -> Report:
    """Judge a set of tunes or texts against the training set.

    Args:
        tunes: what a model wrote, or held-out tunes for comparison.
        train: the tunes it was trained on.
        memory: ``Memory(train)``, if it is made already.

    Raises:
        SeqlabError: nothing to judge, or nothing to compare it with.
    """
    memory = memory or Memory(train)
    judged = [judge(tune, memory) for tune in tunes]
    if not judged or not train:
        raise SeqlabError("tunes to judge and training tunes to compare with", got=f"{len(judged)} and {len(train)}")
    read = [found for found in judged if found.parses]
    known = [judge(tune) for tune in train]

    def both(name: str, value: Callable[[Judgement], float]) -> tuple[str, float, float]:
        return name, _mean(map(value, read)), _mean(map(value, known))

    rows: list[tuple[str, float, float | None]] = [
        ("parse", len(read) / len(judged), None),
        ("every bar complete", sum(found.complete for found in judged) / len(judged), None),
        ("copies", sum(found.copy for found in judged) / len(judged), None),
        ("longest copied passage (share)", _mean(found.passage.share for found in read if found.passage), None),
        both("end on the home note", lambda found: found.ends_on_tonic),
        both("notes in the key", lambda found: found.in_key),
        both("range (semitones)", lambda found: found.range),
        both("bars heard before", lambda found: found.repeated),
    ]
    if read:
        of_set = [found.tune for found in read if found.tune]
        for name, count in _COUNTS:
            apart = divergence(*(sum(map(count, some), Counter()) for some in (of_set, train)))
            rows.append((f"distance of {name} (bits)", apart, None))
    return Report(judged, rows)


def _mean(values: Iterable[float]) -> float:
    values = list(values)
    return sum(values) / len(values) if values else 0.0


def _intervals(tune: Tune) -> Counter[int]:
    pitches = [note.pitch for note in tune.notes if note.pitch is not None and not note.grace]
    return Counter(b - a for a, b in itertools.pairwise(pitches))


def _durations(tune: Tune) -> Counter[Fraction]:
    return Counter(note.duration / (4 * tune.reading.unit) for note in tune.notes if not note.grace)


def _degrees(tune: Tune) -> Counter[int]:
    home = tune.reading.key.tonic_class or 0
    return Counter((note.pitch - home) % 12 for note in tune.notes if note.pitch is not None)


_COUNTS: tuple[tuple[str, Callable[[Tune], Counter[Any]]], ...] = (
    ("intervals", _intervals),
    ("durations", _durations),
    ("scale degrees", _degrees),
)


def divergence(one: Mapping[_Symbol, float], other: Mapping[_Symbol, float]) -> float:
    """Jensen-Shannon divergence of two counts, in bits: 0 for equal shares, 1 where nothing is in common.

    J. Lin, Divergence measures based on the Shannon entropy, IEEE Trans. Inf. Theory 37(1), 1991. With nothing
    counted on one side it is 1.

    >>> divergence(Counter("aab"), Counter("aab")), divergence(Counter("a"), Counter("b"))
    (0.0, 1.0)
    """
    total = sum(one.values()), sum(other.values())
    if not all(total):
        return 1.0
    bits = 0.0
    for symbol in one.keys() | other.keys():
        p, q = one.get(symbol, 0) / total[0], other.get(symbol, 0) / total[1]
        for share in (p, q):
            if share:
                bits += 0.5 * share * log2(share / (0.5 * (p + q)))
    return max(bits, 0.0)


def bits(nats: float, tunes: Sequence[Tune]) -> tuple[float, float]:
    """Held-out bits per character and per note.

    Both are the same information, -log2 P of the tunes, shared out differently. Models of characters and of
    musical tokens can so be compared: the characters counted are those of ``tune.abc`` and the blank line
    that ends it, whatever the model's own symbols are.

    Args:
        nats: -ln P of all texts together, as a sum of the losses of every symbol.
        tunes: the held-out tunes.

    Returns:
        (bits per character, bits per note or rest).

    Raises:
        SeqlabError: no held-out tunes.
    """
    characters = sum(len(tune.abc) + len(END) - 1 for tune in tunes)
    notes = sum(1 for tune in tunes for note in tune.notes if not note.grace)
    if not characters or not notes:
        raise SeqlabError("held-out tunes", got="none")
    return nats / log(2) / characters, nats / log(2) / notes
