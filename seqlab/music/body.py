"""The music part of a tune: one method for each kind of sign that the lexer finds."""

import re
from fractions import Fraction
from itertools import takewhile

from seqlab.errors import SeqlabError
from seqlab.music.header import Header, propagation
from seqlab.music.keys import Key, alteration, parse_key
from seqlab.music.lexer import LEXER, OLD_CHORD_NOTE
from seqlab.music.measure import Measure
from seqlab.music.meter import Meter, parse_meter, parse_unit
from seqlab.music.notes import Event, Pitch, Reading
from seqlab.music.parts import played_parts
from seqlab.music.passes import ending_numbers
from seqlab.music.staff import Staff, parse_staff, without_staff
from seqlab.music.symbols import length_of, length_text, pitch_text
from seqlab.music.tempo import Tempo, parse_tempo

_MAX_LENGTH = Fraction(64)  # quarter notes one note may last
# notes of a tuplet p -> in the time of q; 0 means 3 in compound meter and 2 elsewhere
TUPLET_TIME = {2: 3, 3: 2, 4: 3, 5: 0, 6: 2, 7: 0, 8: 3, 9: 0}
_CHORD_SYMBOL = re.compile(r"[A-G][#b]?(?:m|min|maj|dim|aug|sus|\+|-)?\d{0,2}(?:sus\d)?(?:/[A-Ga-g][#b]?)?$")
_MOST_TIMES, _MOST_PASSES = 8, 32  # how often :| goes back, how often a part is played
_HEARD_WHILE_MUTED = ("field", "inline", "bar", "directive")


class BodyReader:
    """Goes through the music sign by sign; ``line`` is where it stands, from 1.

    ``on_note``, ``on_rest`` and so on are each given a match of the lexer's group of that name; they raise a
    ValueError or SeqlabError that says what is wrong with it.

    Args:
        reading: what is in force at the start; its ``bars`` are filled and its ``voices`` counted. A field before
            the first note belongs to the header still, and changes it.
        header: what else the header said, of voices, staff, parts and accidentals.
        voice: the ``V:`` to read; the first that comes if None.
        line_ends_are_bars: a line end closes a full bar.
    """

    def __init__(self, reading: Reading, header: Header, voice: str | None, line_ends_are_bars: bool) -> None:
        self.reading, self.header, self.unit = reading, header, reading.unit
        self.measure = Measure(reading.bars, reading.key, reading.meter)
        self.measure.propagate = header.propagate
        self.line_ends_are_bars = line_ends_are_bars
        self.line = 1
        self.lengths: dict[str, tuple[Fraction, str]] = {}  # written length -> duration, normalised text
        self.graces: list[tuple[Pitch, Fraction]] = []
        self.chord: list[tuple[Pitch, Fraction]] | None = None
        self.chord_ties: list[Pitch] = []
        self.in_grace = False
        self.changes = self.symbol = ""
        self.tempo: Tempo | None = None  # that the next note brings
        self.times = 1  # that the repeat which was opened goes back
        self.parts: list[tuple[int, str]] = []  # the bar at which a part begins, and its letter
        self.voice = voice
        self.voices: set[str] = set()
        self.muted = self.overlay = False
        self.staff = Staff()
        self.set_staff(header.staff)
        if len(header.voices) == 1:  # that the music need not name
            self.set_staff(next(iter(header.voices.values())))

    def read(self, body: str) -> None:
        """Read it all; ValueError and SeqlabError say what is wrong, ``line`` where."""
        match = None
        try:
            for match in LEXER.finditer(body):
                kind = match.lastgroup or "unknown"
                if self.muted or self.overlay:
                    if kind in _HEARD_WHILE_MUTED:
                        getattr(self, "on_" + kind)(match)
                elif kind == "note":
                    self.on_note(match)
                elif kind != "space":
                    getattr(self, "on_" + kind)(match)
            self.finish()
        finally:
            self.line = 1 + body.count("\n", 0, match.start() if match else 0)

    def finish(self) -> None:
        """End the tune; ValueError if something is still open, or not a note was there."""
        self._refuse_inside("the end")
        self.measure.finish()
        self.reading.voices = max(1, len(self.voices))
        for index, turns in played_parts(self.header.fields.get("P", ""), self.parts, len(self.reading.bars)):
            self.reading.bars[index].turns = turns
        if not any(event.pitches for bar in self.reading.bars for event in bar.events):
            raise ValueError("there is not a single note")

    # --- notes and rests -------------------------------------------------------------------------------
    def on_note(self, match: re.Match[str]) -> None:
        self.note(*match.group(3, 4, 5, 6))

    def note(self, sign: str | None, letter: str, marks: str, written: str) -> None:
        """A note, of a chord or grace notes if these are open."""
        pitch = self.measure.pitch(letter, marks, sign or "", alteration(sign) if sign else 0)
        if self.in_grace:
            self.graces.append((pitch, length_of(written)))
        elif self.chord is not None:
            self.chord.append((pitch, length_of(written)))
        else:
            self.add((pitch,), pitch_text(pitch), written)

    def add(
        self, pitches: tuple[Pitch, ...], text: str, written: str, factor: Fraction | int = 1, visible: bool = True
    ) -> None:
        """Put a note, chord or rest of ``written`` times ``factor`` units into the bar.

        Args:
            pitches: that sound together; none is a rest.
            text: its normalised ABC without the length.
            written: its length as written, such as ``"3/2"``.
            factor: of a chord the length of its first note, of ``Z`` the units of a bar.
            visible: a rest that is drawn.

        Raises:
            ValueError: it lasts longer than 16 whole notes.
        """
        if factor != 1:
            duration, length = self._length(written, factor)
        else:
            if written not in self.lengths:
                self.lengths[written] = self._length(written)
            duration, length = self.lengths[written]
        event = Event(pitches, duration, text + length, visible=visible)
        if self.graces or self.changes or self.symbol:
            event.graces, event.change, event.symbol = tuple(self.graces), self.changes, self.symbol
            event.tempo = self.tempo
            self.graces, self.changes, self.symbol, self.tempo = [], "", "", None
        self.measure.add(event)

    def _length(self, written: str, factor: Fraction | int = 1) -> tuple[Fraction, str]:
        """Quarter notes of a written length, and how it is written in the tune's own unit."""
        duration = length_of(written) * factor * self.unit * 4
        if duration > _MAX_LENGTH:
            raise ValueError("a note lasts longer than 16 whole notes")
        return duration, length_text(duration / (4 * self.reading.unit))

    def on_rest(self, match: re.Match[str]) -> None:
        if self.in_grace or self.chord is not None:
            return  # a rest inside a chord or a grace group sounds nothing
        letter, written = match["rest"][0], match["rlength"]
        if letter in "zx" or self.measure.bar.events:  # Z beside notes cannot mean a whole bar
            self.add((), letter.lower(), written, visible=letter in "zZ")
            return
        bars, meter = length_of(written), self.measure.meter
        if not meter.bar or bars.denominator != 1 or bars > 32:
            raise ValueError("Z counts whole bars of rest, at most 32, in a meter that is not free")
        for i in range(int(bars)):
            if i:
                self.close_bar("|")
            self.add((), letter.lower(), "", meter.bar / (self.unit * 4), letter == "Z")

    def on_chord(self, match: re.Match[str]) -> None:
        if self.chord is not None:
            raise ValueError("a chord opens inside a chord")
        if not self.in_grace:
            self.chord, self.chord_ties = [], []

    def on_endchord(self, match: re.Match[str]) -> None:
        if not self.in_grace:
            self.end_chord(match["clength"])

    def end_chord(self, written: str) -> None:
        """The chord under way lasts ``written`` times its first note; ValueError if none is open."""
        if not self.chord:
            raise ValueError("] closes no chord" if self.chord is None else "a chord without notes")
        factor = self.chord[0][1]  # the first note says how long a chord lasts
        pitches = tuple(dict.fromkeys(pitch for pitch, _ in self.chord))
        self.chord = None
        self.add(pitches, "[" + "".join(map(pitch_text, pitches)) + "]", written, factor)
        if self.chord_ties:
            self.measure.tie(tuple(self.chord_ties))

    def on_oldchord(self, match: re.Match[str]) -> None:
        if self.chord is not None:
            raise ValueError("a chord opens inside a chord")
        notes = OLD_CHORD_NOTE.findall(match["heads"])
        if not self.in_grace:
            self.chord, self.chord_ties = [], []
        for note in notes:
            self.note(*note)
        if not self.in_grace:
            self.end_chord(match["olength"])

    def on_grace(self, match: re.Match[str]) -> None:
        if self.in_grace:
            raise ValueError("grace notes open inside grace notes")
        self.in_grace = True

    def on_endgrace(self, match: re.Match[str]) -> None:
        if not self.in_grace:
            raise ValueError("} closes no grace notes")
        self.in_grace = False

    def _refuse_inside(self, what: str) -> None:
        if self.chord is not None or self.in_grace:
            raise ValueError(f"{what} stands inside a chord or grace notes")

    # --- rhythm ----------------------------------------------------------------------------------------
    def on_tie(self, match: re.Match[str]) -> None:
        if self.in_grace:
            return
        if self.chord:
            self.chord_ties.append(self.chord[-1][0])
        elif self.chord is None:
            self.measure.tie()

    def on_broken(self, match: re.Match[str]) -> None:
        if not self.in_grace:
            self._refuse_inside(match[0].strip())
            self.measure.open_broken(match[0].strip())

    def on_tuplet(self, match: re.Match[str]) -> None:
        self._refuse_inside("a tuplet")
        p = int(match["p"])
        default = 0  # what has no short form
        if p in TUPLET_TIME:
            default = TUPLET_TIME[p] or (3 if self.measure.meter.compound else 2)
        elif not match["q"]:
            raise ValueError(f"a tuplet of {p} has to say in whose time, as in ({p}:8")
        q, r = int(match["q"] or default), int(match["r"] or p)
        self.measure.open_tuplet(p, q, r, f"({p}" if (q, r) == (default, p) else f"({p}:{q}:{r}")

    # --- bars ------------------------------------------------------------------------------------------
    def on_bar(self, match: re.Match[str]) -> None:
        self.overlay = False
        if self.muted:
            return
        signs = "".join(takewhile("[.:|]".__contains__, match[0].strip())).strip(".")
        if signs.startswith("[|]"):  # an invisible bar line (section 4.8)
            signs = signs[3:] or "|"
        double = signs.startswith("[|")
        signs = signs.strip("[")
        ends, starts = colons(signs)
        plain = "|]" if signs.endswith("]") else "||" if starts or double or signs.count("|") > 1 else "|"
        if ends:
            self.close_bar(":|", min(max(ends, self.times), _MOST_TIMES))
            self.times = 1
        else:
            self.close_bar(plain)
        if starts:
            self.measure.bar.left, self.times = "|:", starts
        if match["first"]:
            self.set_ending(match["first"])

    def on_ending(self, match: re.Match[str]) -> None:
        self._refuse_inside("an ending")
        if self.measure.bar.events:
            self.close_bar("|")
        self.set_ending(match["second"])

    def set_ending(self, numbers: str) -> None:
        """An ending begins; ValueError if it is one for an unheard-of pass."""
        if not 0 < max(ending_numbers(numbers), default=0) <= _MOST_PASSES:
            raise ValueError(f"an ending {numbers}; a part is played {_MOST_PASSES} times at most")
        self.measure.bar.ending = numbers

    def on_newline(self, match: re.Match[str]) -> None:
        if self.line_ends_are_bars and not self.measure.tuplet and not self.measure.broken:
            full = self.measure.meter.bar
            if full and self.measure.filled() >= full:
                self.close_bar("|")

    def close_bar(self, right: str, again: int = 1) -> None:
        """End the bar with the bar line ``right``, as `Measure.close`; ValueError inside a chord or grace notes."""
        self._refuse_inside("a bar line")
        self.measure.close(right, again)

    # --- fields ----------------------------------------------------------------------------------------
    def on_field(self, match: re.Match[str]) -> None:
        name, _, value = match[0].partition(":")
        self.set_field(name.strip(), value.split("%")[0].strip())

    def on_inline(self, match: re.Match[str]) -> None:
        if not match[0].endswith("]"):
            raise ValueError(f"{match[0][:20]!r} has no ] on its line")
        self.set_field(match["name"], match["value"].strip())

    def set_field(self, name: str, value: str) -> None:
        """A field between the notes: what is not about key, meter, unit or voice does not sound."""
        if name == "V":
            self.set_voice(*value.split(maxsplit=1))
        elif self.muted or self.overlay:
            return
        elif name == "K":
            self.set_staff(parse_staff(value))
            if without_staff(value):
                key = parse_key(without_staff(value))
                self._change(f"[K:{key}]", key=key)
        elif name == "M":
            meter = parse_meter(value)
            self._change(f"[M:{meter.text}]", meter=meter)
        elif name == "L":
            self.unit, self.lengths = parse_unit(value), {}
        elif name == "Q":
            tempo = parse_tempo(value, self.unit)
            if tempo:
                self._change(f"[Q:{tempo}]", tempo=tempo)
        elif name == "P" and value and value in self.header.fields.get("P", ""):
            if self.measure.bar.events:
                self.close_bar("|")
            self.parts.append((len(self.reading.bars), value))
        elif name == "I":
            self.measure.propagate = propagation(value) or self.measure.propagate

    def set_voice(self, voice: str = "", properties: str = "") -> None:
        """The music that follows belongs to ``voice``; all but one voice are passed over."""
        self.voices.add(voice)
        if self.voice is None:
            self.voice = voice
        self.muted, self.overlay = voice != self.voice, False
        if not self.muted:
            self.set_staff(parse_staff(properties).within(self.header.voices.get(voice, Staff())))

    def set_staff(self, staff: Staff) -> None:
        """What ``K:`` or ``V:`` says of the staff holds from here on; ValueError if that cannot be."""
        self.staff = staff.within(self.staff)
        self.measure.octaves = self.staff.octaves
        if self.staff.semitones != self.reading.semitones:
            if not self.at_the_beginning:
                raise ValueError("transpose= changes within the tune")
            self.reading.semitones = self.staff.semitones

    @property
    def at_the_beginning(self) -> bool:
        """No note has come yet."""
        return not (self.reading.bars or self.measure.bar.events or self.graces or self.chord)

    def _change(
        self, sign: str, *, key: Key | None = None, meter: Meter | None = None, tempo: Tempo | None = None
    ) -> None:
        self._refuse_inside(sign)
        self.measure.change(key, meter)
        if self.at_the_beginning:  # the header's half of the tune is not over yet
            self.reading.key, self.reading.meter = key or self.reading.key, meter or self.reading.meter
            self.reading.tempo = tempo or self.reading.tempo
            return
        self.tempo = tempo or self.tempo
        kept = [old for old in re.findall(r"\[.*?\]", self.changes) if old[:3] != sign[:3]]
        self.changes = "".join([*kept, sign])

    def on_directive(self, match: re.Match[str]) -> None:
        if match[0].startswith("%%"):
            self.measure.propagate = propagation(match[0][2:]) or self.measure.propagate

    # --- what does not sound ---------------------------------------------------------------------------
    def on_quoted(self, match: re.Match[str]) -> None:
        text = match[0][1:-1].strip()
        if not self.in_grace and self.chord is None and _CHORD_SYMBOL.match(text):
            self.symbol = text

    def on_overlay(self, match: re.Match[str]) -> None:
        self._refuse_inside("&")
        self.overlay = True  # a second melody within the bar

    def on_ignored(self, match: re.Match[str]) -> None:
        pass

    on_slur = on_decoration = on_ignored

    def on_unknown(self, match: re.Match[str]) -> None:
        raise SeqlabError(f"{match[0]!r} has no meaning in ABC here")


def colons(signs: str) -> tuple[int, int]:
    """How often a bar line goes back, and how often the repeat does that it opens: ``"::|"`` -> (2, 0).

    ``::`` is short for ``:||:`` (section 4.8); a single colon at the beginning of a line is ``|:``.
    """
    if not signs.strip(":"):
        return len(signs) // 2, (len(signs) + 1) // 2
    return len(signs) - len(signs.lstrip(":")), len(signs) - len(signs.rstrip(":"))
