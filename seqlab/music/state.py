"""How a tune in musical tokens goes on: its state, and the state after one more token.

Everything is counted in units of ``L:``. A note's length is known only when the token after it is no length, so a
note stays under way until then.
"""

import re
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from seqlab.errors import SeqlabError
from seqlab.music.body import TUPLET_TIME
from seqlab.music.meter import parse_meter
from seqlab.music.symbols import length_of
from seqlab.music.tokeniser import END

_PITCH = re.compile(r"(?:\^\^|\^|__|_|=)?[A-Ga-g][,']*$")
_LENGTH = re.compile(r"\d+/?\d*$|/\d*$")
_TUPLET = re.compile(r"\((\d)(?::(\d):(\d+))?$")
_GRAIN = Fraction(1, 2)  # what is left of a bar must be a multiple of half the unit: "/" can fill it
_PART_ENDS = (":|", "||", "|]")
_HEADER = "RMLK"


class State(NamedTuple):
    """Where a tune stands after some tokens. Lengths are in units of L:."""

    stage: str = "R"  # the header field to come, "body" or "end"
    full: Fraction = Fraction(0)  # length of a bar
    compound: bool = False
    filled: Fraction = Fraction(0)  # of this bar, without the note under way
    note: str = ""  # the last token, if a note is under way: "bare", "sized" or "tied"
    rest: bool = False
    length: Fraction = Fraction(0)  # of the note under way, as written
    pair: Fraction = Fraction(0)  # written length of the first note of a dotted pair
    time: Fraction = Fraction(0)  # of a tuplet: what its notes together take, in written lengths of one
    notes: int = 0  # of that tuplet
    left: int = 0  # notes of a tuplet still to come after the one under way
    same: Fraction = Fraction(0)  # the written length that the note under way must have
    opens: bool = True  # this bar opens a part
    upbeat: Fraction = Fraction(0)  # that opened the part
    ending: int = 0  # 1 in a first ending, 2 in a second
    bars: int = 0
    closed: bool = False  # the last token closed a part

    @property
    def place(self) -> Fraction:
        """How much of the bar is filled, the note under way counted as it is written so far."""
        if self.time:
            done = self.notes - self.left + bool(self.note)
            return self.filled + self.time * (self.same or self.length) * done / self.notes
        return self.filled + self.pair + (self.length if self.note else 0)


@lru_cache(maxsize=4096)
def kind(token: str) -> str:
    """The token that stands for all that may stand in the same places: ``A`` for every pitch."""
    return "A" if _PITCH.match(token) else token


def step(state: State, token: str, strict: bool) -> State | None:
    """The state after one more token; None if it cannot stand there.

    Args:
        state: where the tune stands.
        token: its ``kind``.
        strict: a part's last bar leaves just the room that its upbeat took.
    """
    if state.stage in _HEADER:
        return _header(state, token)
    if state.stage == "end":
        return None
    if _LENGTH.match(token):
        return _size(state, token)
    if token == "-":
        can_tie = state.note in ("bare", "sized") and not state.rest and _commit(state)
        return state._replace(note="tied") if can_tie else None
    if token in (">", ">>", "<", "<<"):
        return _dot(state)
    settled = _commit(state)
    if settled is None:
        return None
    if token in ("A", "z", "x"):
        return _open_note(settled, rest=token != "A")
    if opening := _TUPLET.match(token):
        return _open_tuplet(settled, opening)
    if token == END:
        return State(stage="end") if settled.closed else None
    return _bar(settled, token, strict)


def _header(state: State, token: str) -> State | None:
    name = token[:1]
    if token[1:2] != ":" or name not in _HEADER[_HEADER.index(state.stage) :]:
        return None
    if name != state.stage and not (state.stage == "R" and name == "M"):
        return None  # only R: may be missing
    value = token[2:].strip()
    try:
        if name == "R":
            return state._replace(stage="M")
        if name == "M":
            meter = parse_meter(value)
            if not meter.bar:
                return None
            return state._replace(stage="L", full=meter.bar / 4, compound=meter.compound)
        if name == "L":
            full = state.full / Fraction(value)
            return state._replace(stage="K", full=full) if full % _GRAIN == 0 else None
    except (SeqlabError, ValueError, ZeroDivisionError):
        return None
    return state._replace(stage="body")


def _fits(state: State, more: Fraction) -> bool:
    """May the bar take ``more``, and can what is left of it be filled?"""
    left = state.full - state.filled - more
    return left >= 0 and left % _GRAIN == 0


def _open_note(state: State, rest: bool) -> State | None:
    room = state.full - state.filled
    if state.same:  # within a tuplet or a dotted pair, whose room was kept
        return state._replace(note="bare", rest=rest, length=Fraction(1), closed=False)
    need = state.time * _GRAIN if state.time else _GRAIN
    if room < need:
        return None
    return state._replace(note="bare", rest=rest, length=Fraction(1), closed=False)


def _size(state: State, token: str) -> State | None:
    """A length after a note."""
    if state.note != "bare":
        return None
    try:
        length = length_of(token)
    except ValueError:
        return None
    sized = state._replace(note="sized", length=length)
    return sized if length != 1 and _commit(sized) else None


def _dot(state: State) -> State | None:
    """``>`` after the first note of a pair: both together last twice as long as one."""
    if state.note not in ("bare", "sized") or state.pair or state.time:
        return None
    if not _fits(state, 2 * state.length):
        return None
    return state._replace(note="", pair=state.length, same=state.length, length=Fraction(0))


def _open_tuplet(state: State, found: re.Match[str]) -> State | None:
    p, q, r = (int(number or 0) for number in found.groups())
    q = q or TUPLET_TIME.get(p, 0) or (3 if state.compound else 2)
    if p < 2 or state.time or state.pair or (r and r != p):
        return None
    if state.full - state.filled < q * _GRAIN:
        return None
    return state._replace(time=Fraction(q), notes=p, left=p, closed=False)


def _commit(state: State) -> State | None:
    """Count the note under way; None if it may not end here."""
    if not state.note:
        return state
    if state.same and state.length != state.same:
        return None
    done = state._replace(note="", length=Fraction(0))
    if state.pair:
        return done._replace(filled=state.filled + 2 * state.pair, pair=Fraction(0), same=Fraction(0))
    if state.time:
        if not state.same and not _fits(state, state.time * state.length):
            return None
        if state.left > 1:
            return done._replace(left=state.left - 1, same=state.length)
        filled = state.filled + state.time * state.length
        return done._replace(filled=filled, time=Fraction(0), notes=0, left=0, same=Fraction(0))
    return done._replace(filled=state.filled + state.length) if _fits(state, state.length) else None


def _bar(state: State, token: str, strict: bool) -> State | None:
    if state.pair or state.time:
        return None
    if token == "|:":
        begins = state.filled == 0 and (state.closed or state.bars == 0)
        return state._replace(opens=True, upbeat=Fraction(0), closed=False) if begins else None
    if not state.filled:
        return None
    ends_part = token in _PART_ENDS
    whole = state.filled == state.full
    upbeat = state.opens and not ends_part and token == "|"
    edge = ends_part or token == ":|2 "
    rest_of_part = edge and state.filled + state.upbeat == state.full
    if not strict and (edge or token == "|1 "):
        rest_of_part = state.filled < state.full
    if not (whole or upbeat or rest_of_part):
        return None
    fresh = state._replace(filled=Fraction(0), opens=False, bars=min(state.bars + 1, 1), closed=False)
    if upbeat and not whole:
        return fresh._replace(upbeat=state.filled)
    if token == "|":
        return fresh
    if token == "|1 ":
        return fresh._replace(ending=1) if state.ending == 0 else None
    if token == ":|2 ":
        return fresh._replace(ending=2) if state.ending == 1 else None
    if ends_part and not (token == ":|" and state.ending) and state.ending != 1:
        return fresh._replace(opens=True, upbeat=Fraction(0), ending=0, closed=True)
    return None
