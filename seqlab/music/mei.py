"""A tune as MEI, the XML that engravers read: what a score shows, from the notes alone.

MEI: https://music-encoding.org/guidelines/v5/content/
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from seqlab.errors import SeqlabError
from seqlab.music.keys import SHARP_ORDER
from seqlab.music.notes import Bar, Barred, Event, Pitch

_RIGHT = {"": "single", "|": "single", "||": "dbl", "|]": "end", ":|": "rptend"}
_ACCID = {1: "s", 2: "x", -1: "f", -2: "ff", 0: "n"}
_SHORTEST = Fraction(1, 64)  # of a quarter: a 256th


def mei(tune: Barred) -> str:
    """MEI 5 of ``tune`` (anything with ``bars``): one staff, beams by the beat, repeats and endings.

    Raises:
        SeqlabError: a note too short to be drawn.
    """
    bars = tune.bars
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<mei xmlns="http://www.music-encoding.org/ns/mei" meiversion="5.0"><music><body><mdiv><score>',
        f'<scoreDef {_key(bars[0].sharps)} {_meter(bars[0])}><staffGrp><staffDef n="1" lines="5" '
        'clef.shape="G" clef.line="2"/></staffGrp></scoreDef><section>',
    ]
    in_ending, accidentals, number = False, _Accidentals(), 0
    for index, bar in enumerate(bars):
        before = bars[index - 1] if index else bar
        following = bars[index + 1] if index + 1 < len(bars) else None
        if bar.ending:
            parts.append(("</ending>" if in_ending else "") + f'<ending n="{bar.ending}" label="{bar.ending}">')
            in_ending = True
        if (bar.sharps, bar.meter) != (before.sharps, before.meter):
            meter = _meter(bar) if bar.meter != before.meter else ""
            key = _key(bar.sharps) if bar.sharps != before.sharps else ""
            parts.append(f"<scoreDef {key} {meter}/>")
        left = ' left="rptstart"' if bar.left and before.right != ":|" else ""
        right = _RIGHT[bar.right]
        if following and following.left:
            right = "rptboth" if bar.right == ":|" else "single"
        opens = index == 0 or before.right in (":|", "||", "|]")
        short = bar.duration < bar.meter.bar
        number += not (opens and short)  # an upbeat is not counted
        metcon = ' metcon="false"' if short else ""
        parts.append(f'<measure n="{number}"{left} right="{right}"{metcon}><staff n="1"><layer n="1">')
        accidentals.new_bar(bar.sharps)
        parts += _layer(bar, accidentals, opens)
        parts += ["</layer></staff>", *_chord_symbols(bar), "</measure>"]
        if in_ending and bar.right in (":|", "||", "|]", ""):
            parts.append("</ending>")
            in_ending = False
    parts.append(("</ending>" if in_ending else "") + "</section></score></mdiv></body></music></mei>")
    return "\n".join(parts)


def _key(sharps: int) -> str:
    return f'keysig="{abs(sharps)}{"s" if sharps >= 0 else "f"}"' if sharps else 'keysig="0"'


def _meter(bar: Bar) -> str:
    if not bar.meter.bar:
        return 'meter.form="invis" meter.count="4" meter.unit="4"'
    symbol = ' meter.sym="cut"' if bar.meter.text == "2/2" else ""
    return f'meter.count="{bar.meter.beats}" meter.unit="{bar.meter.unit}"{symbol}'


def _chord_symbols(bar: Bar) -> Iterator[str]:
    """Chord symbols above the staff, placed by beat: the first beat of a bar is 1."""
    position = Fraction(0)
    for event in bar.events:
        if event.symbol:
            beat = float(position * bar.meter.unit / 4 + 1)
            yield f'<harm staff="1" place="above" tstamp="{beat:g}">{escape(event.symbol)}</harm>'
        position += event.duration


class _Accidentals:
    """Which sign a reader of the staff needs: it holds for its line or space until the bar ends."""

    def __init__(self) -> None:
        self.in_force: dict[tuple[str, int], int] = {}
        self.key: dict[str, int] = {}
        self.tied: set[tuple[str, int]] = set()

    def new_bar(self, sharps: int) -> None:
        letters = SHARP_ORDER[:sharps] if sharps >= 0 else SHARP_ORDER[sharps:]
        self.key = dict.fromkeys(letters, 1 if sharps > 0 else -1)
        self.in_force = {}

    def attribute(self, pitch: Pitch, tied_from: bool = False) -> str:
        place = (pitch.letter, pitch.octave)
        seen = self.in_force.get(place, self.key.get(pitch.letter, 0))
        if tied_from or (seen == pitch.alter and not pitch.sign):
            return f'accid.ges="{_ACCID[pitch.alter]}"' if pitch.alter else ""
        self.in_force[place] = pitch.alter
        return f'accid="{_ACCID[pitch.alter]}"'


def _layer(bar: Bar, accidentals: _Accidentals, opens_part: bool) -> Iterator[str]:
    """The events of a bar in beams and tuplets."""
    beats = _beats(bar, opens_part)
    items: list[tuple[int, list[Event]]] = []  # (beat, the event or the events of one tuplet)
    for event, beat in zip(bar.events, beats, strict=True):
        if event.tuplet and not event.opens_tuplet and items:
            items[-1][1].append(event)
        else:
            items.append((beat, [event]))
    for (_, beamed), same in groupby(items, lambda item: (item[0], all(map(_flagged, item[1])))):
        run = list(same)
        beam = beamed and sum(len(events) for _, events in run) > 1
        yield from _graces(run[0][1][0], accidentals)
        if beam:
            yield "<beam>"
        for i, (_, events) in enumerate(run):
            if i:
                yield from _graces(events[0], accidentals)
            yield from _tuplet(events, accidentals, beam)
        if beam:
            yield "</beam>"


def _beats(bar: Bar, opens_part: bool) -> list[int]:
    """For each event the beat it falls into; an upbeat is counted from the bar's end."""
    group = min(bar.meter.group, Fraction(2))
    short = opens_part and bar.duration < bar.meter.bar
    position = int((bar.meter.bar - bar.duration) * bar.ticks) if short else 0
    beats = []
    for duration in bar.lengths:
        beats.append(position // int(group * bar.ticks))
        position += duration
    return beats


def _written(event: Event) -> Fraction:
    """The value of the note head and flags, before a tuplet shortens it."""
    return event.duration * event.tuplet[0] / event.tuplet[1] if event.tuplet else event.duration


def _flagged(event: Event) -> bool:
    return not event.rest and _written(event) < 1


def _tuplet(events: Sequence[Event], accidentals: _Accidentals, in_beam: bool) -> Iterator[str]:
    if events[0].tuplet:
        p, q = events[0].tuplet
        bracket = str(not in_beam).lower()
        yield f'<tuplet num="{p}" numbase="{q}" bracket.visible="{bracket}">'
    for flagged, same in groupby(events, _flagged):
        run = list(same)
        beam = flagged and len(run) > 1 and not in_beam
        if run[0] is not events[0]:
            yield from _graces(run[0], accidentals)
        if beam:
            yield "<beam>"
        for i, event in enumerate(run):
            if i:
                yield from _graces(event, accidentals)
            yield from _event(event, accidentals)
        if beam:
            yield "</beam>"
    if events[0].tuplet:
        yield "</tuplet>"


def _graces(event: Event, accidentals: _Accidentals) -> Iterator[str]:
    """Grace notes before an event; the first of a beam's stand before the beam, or they would join it."""
    if event.graces:
        several = len(event.graces) > 1
        value = 'grace="unknown" dur="16"' if several else 'grace="unacc" dur="8"'
        notes = "".join(f"<note {value} {_head(p)} {accidentals.attribute(p)}/>" for p, _ in event.graces)
        yield f"<graceGrp>{f'<beam>{notes}</beam>' if several else notes}</graceGrp>"


def _event(event: Event, accidentals: _Accidentals) -> Iterator[str]:
    values, shrink = _values(_written(event))
    if shrink:
        yield f'<tuplet num="{shrink[0]}" numbase="{shrink[1]}">'
    tied_from = {(p.letter, p.octave) for p in event.pitches} & accidentals.tied
    for i, (dur, dots) in enumerate(values):
        value = f'dur="{dur}"' + (f' dots="{dots}"' if dots else "")
        if event.rest:
            yield f"<{'rest' if event.visible else 'space'} {value}/>"
            continue
        heads = []
        for pitch in event.pitches:
            onward = pitch.midi in event.tie or i + 1 < len(values)
            behind = i > 0 or (pitch.letter, pitch.octave) in tied_from
            tie = {(0, 1): ' tie="i"', (1, 1): ' tie="m"', (1, 0): ' tie="t"'}.get((int(behind), int(onward)), "")
            head = f"{_head(pitch)} {accidentals.attribute(pitch, behind)}{tie}"
            heads.append(f"<note {head} {value if len(event.pitches) == 1 else ''}/>")
        yield heads[0] if len(heads) == 1 else f"<chord {value}>{''.join(heads)}</chord>"
    if shrink:
        yield "</tuplet>"
    accidentals.tied = {(p.letter, p.octave) for p in event.pitches if p.midi in event.tie}


def _head(pitch: Pitch) -> str:
    return f'pname="{pitch.letter.lower()}" oct={quoteattr(str(pitch.octave))}'


def _values(written: Fraction) -> tuple[list[tuple[str, int]], tuple[int, int] | None]:
    """Note values (MEI dur, dots) that together last ``written`` quarters, longest first.

    A length whose denominator is no power of two is drawn as a tuplet of one: (num, numbase).
    """
    odd = written.denominator
    while odd % 2 == 0:
        odd //= 2
    shrink = None
    if odd > 1:
        time = 1 << (odd.bit_length() - 1)
        shrink, written = (odd, time), written * odd / time
    values: list[tuple[str, int]] = []
    while written > 0:
        base = Fraction(8)
        while base > written:
            base /= 2
        if base < _SHORTEST:
            raise SeqlabError("notes no shorter than a 256th, to draw them", got=f"{written / 4} of a whole note")
        dots = next((n for n in (2, 1) if base * (2 - Fraction(1, 2**n)) <= written), 0)
        values.append(("breve" if base == 8 else str(int(4 / base)), dots))
        written -= base * (2 - Fraction(1, 2**dots))
    return values, shrink
