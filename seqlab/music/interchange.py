"""To and from music21, for whatever else one wants to do with a tune."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from fractions import Fraction
from typing import TYPE_CHECKING

from seqlab.errors import SeqlabError
from seqlab.music.keys import ACCIDENTAL, Key, parse_key
from seqlab.music.notes import Bar, Event, Notated, Pitch
from seqlab.music.passes import ending_numbers
from seqlab.music.symbols import length_text

if TYPE_CHECKING:
    from music21.key import KeySignature
    from music21.note import GeneralNote, Note, NotRest, Rest
    from music21.pitch import Pitch as StreamPitch
    from music21.stream import Measure, Part, Score, Stream

_UNIT = Fraction(1, 2)  # quarter notes: L:1/8
_MODES = {"major", "minor", "dorian", "mixolydian", "lydian", "phrygian", "locrian"}


def to_music21(tune: Notated) -> "Score":
    """``tune`` as a ``music21.stream.Score`` of one part, bar by bar, with repeats and endings.

    Chord symbols, grace notes, ties and tuplets come across; a chord symbol that music21 does not know is left
    out. Durations are exact.
    """
    from music21 import bar as barline
    from music21 import key, metadata, meter, spanner, stream

    score, part = stream.Score(), stream.Part()
    score.insert(0, metadata.Metadata(title=tune.title or "Untitled"))
    before: Bar | None = None
    bracket: spanner.RepeatBracket | None = None
    for number, bar in enumerate(tune.bars, 1):
        measure = stream.Measure(number=number)
        if before is None or bar.sharps != before.sharps:
            named = before is None and tune.reading.key.tonic
            tonic = tune.reading.key.tonic.replace("b", "-")
            measure.append(key.Key(tonic, tune.mode) if named else key.KeySignature(bar.sharps))
        if bar.meter.bar and (before is None or bar.meter != before.meter):
            measure.append(meter.TimeSignature(bar.meter.text))
        for event in bar.events:
            for element in _elements(event):
                measure.append(element)
        if bar.left:
            measure.leftBarline = barline.Repeat(direction="start")
        if bar.right == ":|":
            measure.rightBarline = barline.Repeat(direction="end", times=bar.again + 1 if bar.again > 1 else None)
        elif bar.right in ("||", "|]"):
            measure.rightBarline = barline.Barline({"||": "double", "|]": "final"}[bar.right])
        part.append(measure)
        if bar.ending:
            # music21 reads "1,3" and "1-3", but not both in one
            bracket = spanner.RepeatBracket(number=",".join(map(str, ending_numbers(bar.ending))))
            part.insert(0, bracket)
        if bracket is not None:
            bracket.addSpannedElements(measure)
            bracket = None if bar.right in (":|", "||", "|]", "") else bracket
        before = bar
    _close_ties(part)
    score.insert(0, part)
    return score


def _elements(event: Event) -> "Iterator[GeneralNote]":
    """music21's chord symbol, grace notes and note, chord or rest of one event."""
    from music21 import chord, harmony, note, tie
    from music21.exceptions21 import Music21Exception

    if event.symbol:
        root, _, bass = event.symbol.replace("b", "-").partition("/")
        with suppress(ValueError, Music21Exception):  # a symbol that music21 does not know
            yield harmony.ChordSymbol(f"{root}/{bass.capitalize()}" if bass else root)
    for pitch, _ in event.graces:
        yield note.Note(_name(pitch), quarterLength=0.5).getGrace()
    if event.rest:
        rest = note.Rest(quarterLength=event.duration)
        rest.style.hideObjectOnPrint = not event.visible
        yield rest
        return
    names = [_name(pitch) for pitch in event.pitches]
    element = note.Note(names[0]) if len(names) == 1 else chord.Chord(names)
    element.quarterLength = event.duration
    for pitch, head in zip(event.pitches, _notes_of(element), strict=True):
        if pitch.midi in event.tie:
            head.tie = tie.Tie("start")
    yield element


def _notes_of(element: "NotRest") -> "Sequence[Note]":
    """The notes of a chord, or the one note."""
    return getattr(element, "notes", [element])


def _name(pitch: Pitch) -> str:
    """music21's name of a pitch: its flats are minus signs."""
    return pitch.name.replace("b", "-") if pitch.letter + "b" in pitch.name else pitch.name


def _close_ties(part: "Part") -> None:
    """Give the last note of every tie its end, the notes between a continuation."""
    from music21 import tie

    under_tie: set[int] = set()  # MIDI numbers
    for element in part.recurse().notesAndRests:
        if element.duration.quarterLength == 0:  # a grace note or a chord symbol
            continue
        heads = [] if element.isRest else _notes_of(element)
        onward = {head.pitch.midi for head in heads if head.tie is not None}
        for head in heads:
            if head.pitch.midi in under_tie:
                head.tie = tie.Tie("continue" if head.pitch.midi in onward else "stop")
        under_tie = onward


def abc_of(stream: "Stream") -> str:
    """The first part of a music21 stream as ABC text, not normalised.

    Raises:
        SeqlabError: a length that ABC cannot write.
    """
    from music21 import key, meter, spanner
    from music21.stream import Measure

    part = stream.parts[0] if getattr(stream, "parts", None) else stream
    measures = list(part.getElementsByClass(Measure))
    if not measures:
        part = part.makeMeasures()
        measures = list(part.getElementsByClass(Measure))
    signature = next(iter(part.recurse().getElementsByClass(key.KeySignature)), None)
    time = next(iter(part.recurse().getElementsByClass(meter.TimeSignature)), None)
    tune_key = _key_text(signature)
    writer = _Writer(parse_key(tune_key))
    endings = {
        id(bracket.getFirst()): bracket.number for bracket in part.recurse().getElementsByClass(spanner.RepeatBracket)
    }
    for index, measure in enumerate(measures):
        for new in measure.getElementsByClass(key.KeySignature):
            if new is not signature:
                writer.change_key(_key_text(new))
        for new in measure.getElementsByClass(meter.TimeSignature):
            if new is not time:
                writer.parts.append(f"[M:{new.ratioString}]")
        writer.measure(measure, endings.get(id(measure), ""), index + 1 == len(measures))
    title = stream.metadata.title if getattr(stream, "metadata", None) else ""
    header = f"X:1\nT:{title or ''}\nM:{time.ratioString if time else 'none'}\nL:1/8\nK:{tune_key}\n"
    return header + "".join(writer.parts)


def _key_text(signature: "KeySignature | None") -> str:
    if signature is None:
        return "C"
    mode = getattr(signature, "mode", None)
    if mode in _MODES and getattr(signature, "tonic", None) is not None:
        return str(Key(signature.tonic.name.replace("-", "b"), mode))
    major = ("Cb", "Gb", "Db", "Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#", "C#")
    return major[signature.sharps + 7]


class _Writer:
    """Writes ABC note by note: an accidental wherever the key and the bar do not already say it."""

    def __init__(self, key: Key) -> None:
        self.parts: list[str] = []
        self.key = key
        self.in_force: dict[str, int] = {}
        self.tuplet: list[Fraction] = []  # written lengths still to come of the tuplet under way

    def change_key(self, text: str) -> None:
        self.key = parse_key(text)
        self.parts.append(f"[K:{text}]")

    def measure(self, measure: "Measure", ending: str, last: bool) -> None:
        from music21 import harmony

        self.in_force = {}
        left, right = measure.leftBarline, measure.rightBarline
        if getattr(left, "direction", "") == "start":
            self.parts.append("\n|:")
        if ending:
            self.parts.append(f"[{str(ending).replace(' ', '')} ")
        graces: list[str] = []
        elements = list(measure.recurse().notesAndRests)
        for index, element in enumerate(elements):
            if isinstance(element, harmony.Harmony):
                self.parts.append(f'"{element.figure.replace("-", "b")}"')
                continue
            if element.duration.isGrace:
                graces.append("".join(self.pitch(pitch) for pitch in element.pitches[:1]))
                continue
            if graces:
                self.parts.append("{" + "".join(graces) + "}")
                graces = []
            self.element(element, elements[index:])
        if getattr(right, "direction", "") == "end":
            self.parts.append(":" * ((getattr(right, "times", None) or 2) - 1) + "|\n")
        else:
            kind = getattr(right, "type", "regular")
            self.parts.append(
                {"double": "||\n", "final": "|]\n", "light-light": "||\n"}.get(kind, "|]" if last else "|")
            )

    def element(self, element: "NotRest | Rest", following: "Sequence[GeneralNote]") -> None:
        duration = Fraction(element.duration.quarterLength).limit_denominator(10_000)
        factor = _power_of_two_part(duration)
        if factor != 1:
            if not self.tuplet:
                self.open_tuplet(factor, following)
            duration *= factor
        if self.tuplet:
            self.tuplet.pop()
        length = length_text(duration / _UNIT)
        if element.isRest:
            self.parts.append("z" + length)
            return
        heads = [self.pitch(pitch) for pitch in element.pitches]
        ties = [note.tie is not None and note.tie.type in ("start", "continue") for note in _notes_of(element)]
        inside = any(ties) and not all(ties)
        if inside:
            heads = [head + "-" * tied for head, tied in zip(heads, ties, strict=True)]
        head = heads[0] if len(heads) == 1 else "[" + "".join(heads) + "]"
        self.parts.append(head + length + ("-" if all(ties) else ""))

    def open_tuplet(self, factor: Fraction, following: "Sequence[GeneralNote]") -> None:
        """``(p:q:r`` for the run of notes from here on that share the factor p/q."""
        run = 0
        for element in following:
            if element.duration.quarterLength == 0:
                continue
            length = Fraction(element.duration.quarterLength).limit_denominator(10_000)
            if _power_of_two_part(length) != factor or run == 9:
                break
            run += 1
        if factor.numerator > 9:
            raise SeqlabError("lengths that ABC can write", got=f"a tuplet of {factor.numerator}")
        self.parts.append(f"({factor.numerator}:{factor.denominator}:{run}")
        self.tuplet = [Fraction(1)] * run

    def pitch(self, pitch: "StreamPitch") -> str:
        letter, alter, octave = pitch.step, int(pitch.alter), pitch.octave
        implied = self.in_force.get(letter, self.key.signature.get(letter, 0))
        sign = "" if alter == implied else ACCIDENTAL[alter]
        self.in_force[letter] = alter
        text = letter.lower() + "'" * (octave - 5) if octave >= 5 else letter + "," * (4 - octave)
        return sign + text


def _power_of_two_part(duration: Fraction) -> Fraction:
    """The factor p/q (3/2 for triplets) that makes a length's denominator a power of two; 1 where it is one."""
    odd = duration.denominator
    while odd % 2 == 0:
        odd //= 2
    return Fraction(odd, 1 << (odd.bit_length() - 1)) if odd > 1 else Fraction(1)
