"""The normalised form of a tune: one way to write each thing, in few characters.

Five header lines (``X R M L K``; ``R`` only where the rhythm is known), then four bars a line, a new line for
every part, a space before every group of notes that is beamed together. Layout follows from the notes, so
a text that was normalised once does not change again. A tie stands behind its chord,
``[CE]-``, or where not all of its notes are tied within it, ``[C-E]``. Left out: titles and other fields, slurs,
decorations, fingering, words. Grace notes and chord symbols are kept or left out as the caller asks.
"""

from collections.abc import Container, Sequence

from seqlab.music.notes import Bar, Event, Pitch
from seqlab.music.symbols import length_text, pitch_text

BARS_A_LINE = 4


def body(bars: Sequence[Bar], *, graces: bool = True, chords: bool = True) -> str:
    """The music of ``bars`` as normalised ABC, ended by a newline.

    Args:
        bars: in written order.
        graces, chords: keep grace notes; keep chord symbols such as ``"Am7"``.
    """
    parts: list[str] = []
    full_bars, fresh_line, new_section = 0, True, True
    for index, bar in enumerate(bars):
        if bar.left and not (parts and parts[-1].endswith(bar.left)):
            parts.append(bar.left)
        if bar.ending:
            parts.append(f"{bar.ending} " if parts and parts[-1].endswith("|") else f"[{bar.ending} ")
        parts.append(_bar_text(bar, new_section, graces, chords))
        right = bar.right
        parts.append(":" * (bar.again - 1) + right)
        following = bars[index + 1] if index + 1 < len(bars) else None
        new_section = right in (":|", "||", "|]")
        full_bars = full_bars + 1 if bar.duration >= bar.meter.bar else full_bars
        fresh_line = following is not None and not following.ending and right != ""
        if fresh_line and (new_section or full_bars == BARS_A_LINE):
            parts.append("\n")
            full_bars = 0
    return "".join(parts).rstrip("\n") + "\n"


def _bar_text(bar: Bar, opens_section: bool, graces: bool, chords: bool) -> str:
    """Events with a space before each group; an upbeat is counted from the bar's end."""
    group = int(bar.meter.group * bar.ticks)
    upbeat = opens_section and bar.duration < bar.meter.bar
    start = position = int((bar.meter.bar - bar.duration) * bar.ticks) if upbeat else 0
    parts, after_broken = [], False
    for event, duration in zip(bar.events, bar.lengths, strict=True):
        if position % group == 0 and position != start and not after_broken:
            parts.append(" ")
        parts.append(_event_text(event, graces, chords))
        after_broken = bool(event.broken)
        position += duration
    return "".join(parts)


def _event_text(event: Event, graces: bool, chords: bool) -> str:
    text = event.text
    if event.tie or event.broken or event.change or event.graces or event.symbol:
        if event.tie_inside:
            plain, tied = (_heads(event.pitches, midis) for midis in ((), event.tie))
            text = text.replace(plain, tied)
        elif event.tie:
            text += "-"
        text += event.broken
        if graces and event.graces:
            text = "{" + "".join(pitch_text(p) + length_text(n) for p, n in event.graces) + "}" + text
        if chords and event.symbol:
            text = f'"{event.symbol}"{text}'
        text = event.change + text
    return text


def _heads(pitches: Sequence[Pitch], tied: Container[int]) -> str:
    """The notes of a chord, those that are ``tied`` with a tie."""
    return "".join(pitch_text(pitch) + ("-" if pitch.midi in tied else "") for pitch in pitches)
