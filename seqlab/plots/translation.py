"""Pictures of translation: where a decoder looked, and what a search had in hand."""

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seqlab.errors import SeqlabError
from seqlab.plots.axes import axes_for
from seqlab.plots.sliders import Slider, slider

# Okabe and Ito's colours: told apart by colour-blind readers and in grey
_BLUE, _ORANGE, _GREEN, _GREY = "#0072B2", "#D55E00", "#009E73", "#666666"
_LINES = ((_BLUE, "-", "o"), (_ORANGE, "--", "s"), (_GREEN, "-.", "^"), (_GREY, ":", "D"))


def attention_map(source: Sequence[str], target: Sequence[str], weights: np.ndarray, ax: Axes | None = None) -> Figure:
    """The weights of a translation as shaded cells: a row for each word that is written, a column for each that is read.

    Args:
        source: S words. target: T words. weights: (T, S), 0 to 1.

    Returns:
        the matplotlib Figure.

    Raises:
        SeqlabError: weights of another shape.
    """
    weights = _checked(source, target, weights)
    figure, ax = axes_for(ax, 1.9 + 0.62 * len(source), 1.3 + 0.42 * len(target))
    ax.imshow(weights, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for (t, s), w in np.ndenumerate(weights):
        if w >= 0.05:
            shown = f"{w:.2f}"[1:] if w < 0.995 else "1"
            ax.text(s, t, shown, ha="center", va="center", fontsize=8, color="white" if w > 0.55 else "black")
    ax.set_xticks(range(len(source)), source, rotation=40, ha="left", rotation_mode="anchor")
    ax.set_yticks(range(len(target)), target)
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    ax.set(xticks=np.arange(len(source)), yticks=np.arange(len(target)))
    ax.set_xticks(np.arange(len(source) + 1) - 0.5, minor=True)
    ax.set_yticks(np.arange(len(target) + 1) - 0.5, minor=True)
    ax.grid(which="minor", color="0.9", linewidth=0.6)
    ax.tick_params(which="minor", length=0)
    most = [f"{word} looks most at {source[int(row.argmax())]}" for word, row in zip(target, weights, strict=True)]
    figure.set_label(f"Figure: weights of the attention, {'; '.join(most)}")
    return figure


def decoder_slider(
    source: Sequence[str], target: Sequence[str], weights: np.ndarray, *, title: str = "the decoder"
) -> Slider:
    """A translation, step by step: a slider chooses the word that is written, and bars say where the decoder looks.

    For those who do not see it, and where a slider cannot move, a table below has all weights.

    Args:
        source: S words. target: T words. weights: (T, S), 0 to 1.

    Returns:
        a `Slider`; a notebook shows it when it is a cell's last line.

    Raises:
        SeqlabError: weights of another shape.
    """
    weights = _checked(source, target, weights)
    bars, said = [], []
    for t, row in enumerate(weights):
        bars.append(f'<div aria-hidden="true">{"".join(map(_bar, source, row.tolist()))}</div>')
        written, now, most = " ".join(target[:t]), target[t], source[int(row.argmax())]
        each = ", ".join(f"{word} {w:.2f}" for word, w in zip(source, row.tolist(), strict=True) if w >= 0.005)
        said.append(f"{written} [{now}] looks most at {most}, {row.max():.0%} ({each})".strip())
    return slider(bars, [f"{t + 1}: {word}" for t, word in enumerate(target)], said, title=title, knob="step")


def _bar(word: str, weight: float) -> str:
    """One word of the source with its weight as a bar."""
    return (
        '<div style="display:flex;align-items:center;line-height:1.5em">'
        f'<span style="width:7.5em;flex:none;text-align:right;padding-right:.6em">{html.escape(word)}</span>'
        '<span style="flex:1;background:rgba(128,128,128,.18)"><span style="display:block;height:1em;'
        f'width:{100 * weight:.1f}%;background:{_BLUE}"></span></span>'
        f'<span style="width:3.2em;flex:none;padding-left:.5em">{weight:.2f}</span></div>'
    )


def beam_tree(
    step: Callable[[Sequence[int]], np.ndarray],
    names: Sequence[str],
    bos: int,
    eos: int,
    k: int,
    max_len: int,
    ax: Axes | None = None,
) -> Figure:
    """What a beam of k hypotheses looks at, as a tree: kept ones in colour, dropped ones grey, the best one thick.

    Args:
        step: (prefix) -> log-probabilities (V,) of the next id, the prefix beginning with bos; see lab 7's `beam_search`.
        names: of the V ids. bos, eos: ids; bos is not drawn. k: how many are kept. max_len: how many steps.

    Returns:
        the matplotlib Figure.
    """
    levels = _levels(step, bos, eos, k, max_len)
    ended = [n for level in levels for n in level if n.kept and (n.ids[-1] == eos or len(n.ids) == max_len)]
    best = max(ended, key=lambda node: node.score)
    height = max(map(len, levels))
    figure, ax = axes_for(ax, 1.6 + 2.1 * max_len, 0.9 + 0.42 * height)
    at: dict[tuple[int, ...], tuple[float, float]] = {(): (0.0, 0.0)}
    ax.text(0, 0, "start", ha="center", va="center", fontsize=9, bbox={"boxstyle": "round", "fc": "white", "ec": _GREY})
    for t, level in enumerate(levels, 1):
        for row, node in enumerate(level):
            at[node.ids] = x, y = float(t), (len(level) - 1) / 2 - row
            on_best = node.ids == best.ids[:t]
            colour = _ORANGE if on_best else _BLUE if node.kept else "0.7"
            x0, y0 = at[node.ids[:-1]]
            ax.plot([x0 + 0.17, x - 0.3], [y0, y], color=colour, linewidth=2.2 if on_best else 1, zorder=1)
            look = {"boxstyle": "round", "fc": "white", "ec": colour, "lw": 1.8 if on_best else 1}
            said = f"{names[node.ids[-1]]}  {np.exp(node.score):.3f}"
            ax.text(x, y, said, ha="center", va="center", fontsize=9, color="black" if node.kept else "0.45", bbox=look)
    ax.set(xlim=(-0.4, max_len + 0.5), ylim=(-height / 2 - 0.3, height / 2 + 0.3))
    ax.axis("off")
    ax.set_title(f"beam of {k}", loc="left", fontsize=10)
    words = " ".join(names[i] for i in best.ids)
    figure.set_label(f"Figure: the tree of a beam of {k}; it finds {words}, {np.exp(best.score):.3f}")
    return figure


@dataclass
class _Node:
    """A hypothesis that was looked at."""

    ids: tuple[int, ...]
    score: float  # ln P
    kept: bool = False


def _levels(step: Callable[[Sequence[int]], np.ndarray], bos: int, eos: int, k: int, max_len: int) -> list[list[_Node]]:
    """For every step the continuations that were looked at, those of one hypothesis together, the likeliest first."""
    levels: list[list[_Node]] = []
    beams = [_Node((), 0.0)]
    for _ in range(max_len):
        level = []
        for beam in beams:
            log_p = np.asarray(step([bos, *beam.ids]))
            order = [int(i) for i in np.argsort(-log_p) if i != bos]
            level += [_Node((*beam.ids, i), beam.score + float(log_p[i])) for i in order]
        for node in sorted(level, key=lambda node: -node.score)[:k]:
            node.kept = True
        levels.append(level)
        beams = [node for node in level if node.kept and node.ids[-1] != eos]
        if not beams:
            break
    return levels


def by_length(
    rows: Mapping[str, Mapping[int, float]],
    label: str = "accuracy",
    across: str = "length",
    chance: float | None = None,
    ax: Axes | None = None,
) -> Figure:
    """One line for each model: a share that depends on a length or a place.

    Args:
        rows: name -> {length: share, 0 to 1}. label, across: what the axes say. chance: drawn as a dashed line.

    Returns:
        the matplotlib Figure.
    """
    figure, ax = axes_for(ax, 6.2, 3.2)
    if chance is not None:
        ax.axhline(chance, color=_GREY, linewidth=1, linestyle=(0, (4, 3)))
        ax.annotate("guessing", (1, chance), xycoords=("axes fraction", "data"), ha="right", va="bottom", fontsize=9)
    for (name, points), (colour, line, marker) in zip(rows.items(), _LINES * 3, strict=False):
        ax.plot(
            *zip(*points.items(), strict=True), color=colour, linestyle=line, marker=marker, markersize=5, label=name
        )
    ax.set(ylim=(-0.03, 1.03), ylabel=label, xlabel=across)
    ax.set_xticks(sorted({n for points in rows.values() for n in points}))
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    said = "; ".join(f"{name} {points[min(points)]:.2f} to {points[max(points)]:.2f}" for name, points in rows.items())
    figure.set_label(f"Figure: {label} by {across}: {said}")
    return figure


def _checked(source: Sequence[str], target: Sequence[str], weights: np.ndarray) -> np.ndarray:
    weights = np.asarray(weights, float)
    if weights.shape != (len(target), len(source)) or not weights.size:
        raise SeqlabError(
            f"weights of shape ({len(target)}, {len(source)}): a row for each word that is written",
            got=f"shape {weights.shape}",
        )
    return weights
