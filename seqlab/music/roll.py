"""A tune as a piano roll: time to the right, pitch upwards."""

from fractions import Fraction
from typing import TYPE_CHECKING

from seqlab.music.notes import Notated, flatten

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_NOTE, _HOME, _LINE = "#0072b2", "#d55e00", "#999999"  # told apart by any eye (Okabe and Ito)
# the notes that get a label: no two of them are neighbours
_LABELLED = {0: "C", 2: "D", 4: "E", 7: "G", 9: "A"}


def piano_roll(tune: Notated, ax: "Axes | None" = None) -> "Axes":
    """Draw the notes of ``tune`` as bars over quarter notes; the home note has a colour of its own.

    Args:
        tune: a Tune.
        ax: matplotlib axes to draw into; None makes a figure.

    Returns:
        The axes.
    """
    if ax is None:
        import matplotlib.pyplot as plt

        _, ax = plt.subplots(figsize=(10, 3.2), layout="constrained")
    home = tune.reading.key.tonic_class
    notes = [
        (note.pitch, float(note.onset), float(note.duration))
        for note in flatten(tune.bars)
        if note.pitch is not None and not note.grace
    ]
    for is_home, colour, label in ((False, _NOTE, "note"), (True, _HOME, "home note")):
        chosen = [note for note in notes if (note[0] % 12 == home) == is_home]
        if chosen:
            pitches, onsets, durations = zip(*chosen, strict=True)
            ax.barh(
                pitches, durations, left=onsets, height=0.8, color=colour, edgecolor="white", linewidth=0.4, label=label
            )
    onset = Fraction(0)
    for bar in tune.bars:
        onset += bar.duration
        wide = bar.right in (":|", "||", "|]")
        ax.axvline(float(onset), color=_LINE, linewidth=1.6 if wide else 0.5, zorder=0)
    low, high = min(pitch for pitch, _, _ in notes), max(pitch for pitch, _, _ in notes)
    ticks = [pitch for pitch in range(low, high + 1) if pitch % 12 in _LABELLED]
    ax.set_yticks(ticks, [f"{_LABELLED[pitch % 12]}{pitch // 12 - 1}" for pitch in ticks])
    ax.set(xlim=(0, float(onset)), ylim=(low - 1, high + 1), xlabel="time (quarter notes)", ylabel="pitch")
    ax.set_title(tune.title or "Untitled", loc="left")
    ax.legend(loc="upper right", bbox_to_anchor=(1, 1.17), ncols=2, frameon=False)
    return ax
