"""The order in which bars are played: repeats, endings and parts (ABC 2.1, sections 3.1.9, 4.8 to 4.10).

A repeat is played in passes, numbered from 1. At the end of each but the last, play goes back to where the
repeat began: to its ``|:``, else to the last ``:|`` or double bar, else to the beginning. An ending is played in the
passes that it names and skipped in the others. What the standard leaves open is settled so that every bar is
played and no pass is lost:

- an ending ends at ``:|``, ``||``, ``|]``, at the next ending, or with the tune; with it ends the pass, whether
  or not a ``:|`` stands there;
- the music after a first ending alone is the second, without its number; where none comes, the first is played
  both times; music before ``:|2`` is the first, without its number;
- a number that no ending has is no pass: ``[1`` and ``[3`` are two passes.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from seqlab.errors import SeqlabError
from seqlab.music.notes import Bar

_PART_ENDS = (":|", "||", "|]")
_MOST_BARS = 100_000  # as played


def playing_order(bars: Sequence[Bar], repeats: bool = True) -> list[int]:
    """Indices of ``bars`` as they are played.

    Args:
        bars: of one tune, in written order.
        repeats: play repeats and the order of parts out; else each part once, as written, into its last ending.

    Raises:
        SeqlabError: it would be played for more than 100,000 bars.
    """
    starts = [index for index, bar in enumerate(bars) if bar.turns is not None]
    if not repeats or not starts:
        return _Player(bars, repeats).play()
    parts = dict(zip(starts, [*starts[1:], len(bars)], strict=True))
    turns = sorted((turn, start) for start in starts for turn in bars[start].turns or ())
    order: list[int] = []
    for start, together in groupby(start for _, start in turns):
        order += _part(bars, range(start, parts[start]), len(list(together)))
        _refuse_endless(order)
    return order


def ending_numbers(text: str) -> list[int]:
    """The passes in which an ending is played.

    >>> ending_numbers("1,3-5")
    [1, 3, 4, 5]
    """
    found: set[int] = set()
    for first, last in re.findall(r"(\d+)(?:-(\d+))?", text):
        found.update(range(int(first), int(last or first) + 1))
    return sorted(found)


def _part(bars: Sequence[Bar], part: range, times: int) -> list[int]:
    """A part that is played so many times in a row."""
    within = [bars[index] for index in part]
    once = [part[index] for index in _Player(within, True).play()]
    endings = max((number for bar in within for number in ending_numbers(bar.ending)), default=0)
    # P:A4 and four endings (section 4.10): each time takes another, and going through all of them is four times
    return once if times == endings else once * times


def _refuse_endless(order: Sequence[int]) -> None:
    if len(order) > _MOST_BARS:
        raise SeqlabError(f"a tune of at most {_MOST_BARS:,} bars as played", got="more, by its repeats")


@dataclass
class _Row:
    """Endings that follow each other: of each its bars and its passes."""

    endings: list[tuple[range, set[int]]]

    @property
    def passes(self) -> list[int]:
        """All passes, in their order."""
        return sorted(set().union(*(passes for _, passes in self.endings)))


class _Player:
    """Where play stands: at ``index``, in pass ``number`` of what began at ``start``.

    ``opened``: that began with ``|:``, so that a double bar does not end it.
    """

    def __init__(self, bars: Sequence[Bar], repeats: bool) -> None:
        self.bars, self.repeats = bars, repeats
        self.rows = {row.endings[0][0].start: row for row in _rows(bars)}
        self.order: list[int] = []
        self.begin(0)

    def begin(self, index: int) -> None:
        """A part that may be repeated begins at ``index``."""
        self.index = self.start = index
        self.opened, self.number = False, 1

    def back(self, number: int) -> None:
        """To where the repeat began, for pass ``number``."""
        self.index, self.number = self.start, number

    def play(self) -> list[int]:
        """All bars."""
        while self.index < len(self.bars):
            if self.bars[self.index].left:
                if self.index != self.start:
                    self.begin(self.index)
                self.opened = True
            row = self.rows.get(self.index)
            if row:
                self.play_row(row)
            else:
                self.play_bar(self.bars[self.index])
            _refuse_endless(self.order)
        return self.order

    def play_bar(self, bar: Bar) -> None:
        """A bar outside of any ending."""
        self.order.append(self.index)
        following = self.rows.get(self.index + 1)
        if bar.right == ":|" and following and 1 not in following.passes:  # what was played is the first ending
            if self.number == 1 and self.repeats:
                self.back(following.passes[0])
            else:
                self.index += 1
        elif bar.right == ":|" and self.repeats and self.number <= bar.again:
            self.back(self.number + 1)
        elif bar.right == ":|" or (bar.right in _PART_ENDS and not self.opened and not following):
            self.begin(self.index + 1)
        else:
            self.index += 1

    def play_row(self, row: _Row) -> None:
        """The ending of this pass, out of those that stand in a row here."""
        passes = row.passes if self.repeats else row.passes[-1:]
        self.number = max(self.number, passes[0])
        for bars, numbers in row.endings:
            if self.number in numbers:
                self.order += bars
        later = [number for number in passes if number > self.number]
        if later:
            self.back(later[0])
        else:
            self.begin(row.endings[-1][0].stop)


def _rows(bars: Sequence[Bar]) -> Iterator[_Row]:
    """The endings of ``bars``, those in one row that follow each other directly."""
    index = 0
    while index < len(bars):
        if not bars[index].ending:
            index += 1
            continue
        row = _Row([])
        while index < len(bars) and bars[index].ending:
            numbers = set(ending_numbers(bars[index].ending))
            if row.endings and 1 in numbers:
                break
            stop = index + 1
            while stop < len(bars) and bars[stop - 1].right not in _PART_ENDS and not bars[stop].ending:
                stop += 1
            row.endings.append((range(index, stop), numbers))
            index = stop
        _settle(row, bars)
        yield row


def _settle(row: _Row, bars: Sequence[Bar]) -> None:
    """Give a row the passes that its numbers leave out."""
    stop = row.endings[-1][0].stop
    again = max(bars[index].again for within, _ in row.endings for index in within)
    missing = set(range(1, again + 2)) if again > 1 else {2} if row.passes == [1] else set()
    missing -= set(row.passes)
    if stop == len(bars) or bars[stop].left:
        row.endings[-1][1].update(missing)  # no other ending is there
    elif missing:
        row.endings.append((range(stop, stop), missing))
