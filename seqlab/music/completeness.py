"""Is every bar of a tune complete?"""

from collections.abc import Iterator, Sequence

from seqlab.music.notes import Bar, Barred

_PART_ENDS = (":|", "||", "|]", "")


def incomplete_bars(bars: Sequence[Bar]) -> Iterator[int]:
    """Indices of the bars that do not fill their meter, in rising order.

    A bar at the edge of a part may be short: an upbeat opens the part and the last bar leaves room for it.
    No bar may be too long. Where the meter is free every bar is complete.
    """
    for i, bar in enumerate(bars):
        full = bar.meter.bar
        if not full or bar.duration == full:
            continue
        opens = i == 0 or bars[i - 1].right in _PART_ENDS or bar.left or bar.ending
        closes = i + 1 == len(bars) or bar.right in _PART_ENDS or bars[i + 1].left or bars[i + 1].ending
        if bar.duration > full or not (opens or closes):
            yield i


def is_complete(tune: Barred) -> bool:
    """True where every bar of ``tune`` (a Tune, or anything with ``bars``) is complete."""
    return next(incomplete_bars(tune.bars), None) is None
