"""A bar under construction: what a note takes over from the notes before it.

Accidentals, ties, tuplets and broken rhythm all reach from one note to the next; none but the tie reaches
over a bar line.
"""

from fractions import Fraction

from seqlab.music.keys import ACCIDENTAL, Key
from seqlab.music.meter import Meter
from seqlab.music.notes import Bar, Event, Pitch, in_ticks
from seqlab.music.symbols import pitch_of

_MAX_BARS = 4_000


class Measure:
    """Fills one bar after the other and hands them over in ``bars``.

    Args:
        bars: to which full bars are appended.
        key, meter: in force at the start.
    """

    def __init__(self, bars: list[Bar], key: Key, meter: Meter) -> None:
        self.bars, self.key, self.meter = bars, key, meter
        self.propagate = "pitch"  # the default of ABC 2.1: an accidental holds in every octave of its bar
        self.accidentals: dict[str, int] = {}
        self.in_normal_form: dict[str, int] = {}  # the same, as the normalised form is read
        self.tied: dict[tuple[str, int], int] = {}  # accidentals that a tie carries over the bar line
        self.tied_event: Event | None = None
        self.octaves = 0  # that notes sound above where they are written
        self.tuplet: tuple[int, int, int] | None = None  # (p, q, notes left)
        self.opens_tuplet = ""
        self.broken = ""
        self.bar = Bar(meter, key.sharps)

    # --- accidentals -----------------------------------------------------------------------------------
    def pitch(self, letter: str, marks: str, sign: str, alter: int) -> Pitch:
        """The pitch of a note; without a written sign, what the bar, a tie or the key says of it.

        Args:
            letter, marks: ``A`` ... ``g`` and its octave marks, such as ``"''"``.
            sign, alter: the written accidental and its semitones, or ``""`` and 0.

        Raises:
            ValueError: it lies outside the 128 pitches of MIDI.
        """
        step = letter.upper()
        place = step if self.propagate == "pitch" else letter + marks
        if not sign:
            if place in self.accidentals:
                alter = self.accidentals[place]
            else:
                alter = self.key.signature.get(step, 0)
                if self.tied:
                    alter = self.tied.get((step, pitch_of(letter, marks, 0, "", self.octaves).octave), alter)
            if self.propagate != "pitch" and alter != self.in_normal_form.get(step, alter):
                sign = ACCIDENTAL[alter]  # the normalised form follows the default rule: say what it needs
        if sign:
            self.in_normal_form[step] = alter
            if self.propagate != "not":
                self.accidentals[place] = alter
        return pitch_of(letter, marks, alter, sign, self.octaves)

    # --- events ----------------------------------------------------------------------------------------
    def add(self, event: Event) -> None:
        """Put an event into the bar; a tuplet or broken rhythm under way changes how long it lasts."""
        if self.tuplet:
            p, q, left = self.tuplet
            event.duration, event.tuplet = event.duration * q / p, (p, q)
            event.text, event.opens_tuplet = self.opens_tuplet + event.text, bool(self.opens_tuplet)
            self.tuplet, self.opens_tuplet = ((p, q, left - 1) if left > 1 else None), ""
        if self.broken:
            before, share = self.bar.events[-1], Fraction(1, 2 ** len(self.broken))
            longer, shorter = (before, event) if self.broken[0] == ">" else (event, before)
            longer.duration *= 2 - share
            shorter.duration *= share
            self.broken = ""
        self._settle_tie(event.pitches)
        self.bar.events.append(event)

    def _settle_tie(self, pitches: tuple[Pitch, ...]) -> None:
        """A tie holds if a pitch sounds on; between different notes it is a slur, which does not sound."""
        if event := self.tied_event:
            following = {pitch.midi for pitch in pitches}
            event.tie_inside = len(event.tie) < len(event.pitches)
            event.tie = tuple(midi for midi in event.tie if midi in following)
            self.tied_event, self.tied = None, {}

    def tie(self, pitches: tuple[Pitch, ...] | None = None) -> None:
        """Tie the last note, or some pitches of it, to the next; a tie that begins nowhere ties nothing.

        It may stand behind the bar line, at the beginning of the next bar.
        """
        events = self.bar.events or (self.bars[-1].events if self.bars else [])
        if events and not events[-1].rest:
            event = self.tied_event = events[-1]
            tied = event.pitches if pitches is None else pitches
            event.tie = tuple(dict.fromkeys((*event.tie, *(pitch.midi for pitch in tied))))
            self.tied.update({(pitch.letter, pitch.octave): pitch.alter for pitch in tied})

    def open_broken(self, signs: str) -> None:
        """``>`` ``>>`` ``<``: the last note and the next share their time unevenly.

        Raises:
            ValueError: there is no note before it in the bar.
        """
        if not self.bar.events:
            raise ValueError(f"{signs} has no note before it in its bar")
        self.broken = self.bar.events[-1].broken = signs

    def open_tuplet(self, p: int, q: int, r: int, text: str) -> None:
        """The next ``r`` notes: ``p`` in the time of ``q``; ``text`` is how that is written.

        Raises:
            ValueError: another tuplet is under way, or this one has no notes.
        """
        if self.tuplet:
            raise ValueError(f"a tuplet opens while one of {self.tuplet[0]} lacks {self.tuplet[2]} notes")
        if not q or not r:
            raise ValueError("a tuplet of no notes")
        self.tuplet, self.opens_tuplet = (p, q, r), text

    # --- bars ------------------------------------------------------------------------------------------
    def finish(self) -> None:
        """End the tune."""
        self._settle_tie(())
        self.close("")

    def close(self, right: str, again: int = 1) -> None:
        """End the bar with the bar line ``right``; straight after another it only adds its meaning to that one.

        Args:
            right: ``|``, ``||``, ``|]``, ``:|`` or nothing.
            again: how often ``:|`` goes back.

        Raises:
            ValueError: a tuplet or a broken rhythm still lacks notes, or there are more than 4,000 bars.
        """
        if self.broken:
            raise ValueError(f"{self.broken} has no note after it in its bar")
        if self.tuplet:
            raise ValueError(f"a tuplet of {self.tuplet[0]} lacks {self.tuplet[2]} notes before the bar line")
        if self.bar.events:
            bar = self.bar
            bar.right, bar.again = right, again
            bar.ticks, bar.lengths = in_ticks(bar.events)
            bar.duration = Fraction(sum(bar.lengths), bar.ticks)
            self.bars.append(bar)
            if len(self.bars) > _MAX_BARS:
                raise ValueError(f"more than {_MAX_BARS:,} bars are no tune")
            self.bar = Bar(self.meter, self.key.sharps)
        else:
            if self.bars:
                self.bars[-1].again = max(self.bars[-1].again, again)
                order = ("", "|", "||", "|]", ":|")
                self.bars[-1].right = max(self.bars[-1].right, right, key=order.index)
            self.bar = Bar(self.meter, self.key.sharps, left=self.bar.left, ending=self.bar.ending)
        self.accidentals, self.in_normal_form = {}, {}

    def filled(self) -> Fraction:
        """Quarter notes in the bar so far."""
        ticks, durations = in_ticks(self.bar.events)
        return Fraction(sum(durations), ticks)

    def change(self, key: Key | None = None, meter: Meter | None = None) -> None:
        """A new key holds from the next note, a new meter from the next bar (this one while it is empty).

        Raises:
            ValueError: within a tuplet or a broken rhythm.
        """
        if self.broken or self.tuplet:
            raise ValueError("a change of key or meter stands inside a tuplet or a broken rhythm")
        self.key, self.meter = key or self.key, meter or self.meter
        if not self.bar.events:
            self.bar.sharps, self.bar.meter = self.key.sharps, self.meter
