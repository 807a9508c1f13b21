"""Pictures of models that judge sentences."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from seqlab.plots.axes import Numbers, axes_for
from seqlab.sequences import words as words_of

if TYPE_CHECKING:
    from seqlab.models.classify import Evaluation

# Okabe and Ito's colours: told apart by colour-blind readers and in grey
_BLUE, _SKY, _ORANGE, _GREEN, _YELLOW, _GREY = ("#0072B2", "#56B4E9", "#D55E00", "#009E73", "#E69F00", "#666666")
_LINES = ((_ORANGE, "-", "o"), (_BLUE, "--", "s"), (_GREEN, "-.", "^"), (_YELLOW, ":", "D"))


def verdicts(texts: Sequence[str], models: Mapping[str, Numbers]) -> Figure:
    """The probability of positive that each model gives to each text, as dots from 0 to 1.

    Args:
        texts: N of them, one panel each. models: name -> (N,) probabilities.

    Returns:
        the matplotlib Figure.
    """
    figure, axes = plt.subplots(
        1,
        len(texts),
        figsize=(4.6 * len(texts), 1.1 + 0.4 * len(models)),
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    names = list(models)
    for n, (ax, text) in enumerate(zip(axes[0], texts, strict=True)):
        p = [models[name][n] for name in names]
        ax.axvline(0.5, color=_GREY, linewidth=1, linestyle=(0, (4, 3)))
        ax.hlines(range(len(names)), 0.5, p, color=_GREY, linewidth=1)
        for row, value in enumerate(p):
            ax.plot(value, row, "o", markersize=9, color=_BLUE if value >= 0.5 else _ORANGE)
            inside = value < 0.5
            ax.annotate(
                f"{value:.2f}",
                (value, row),
                xytext=(10 if inside else -10, 0),
                textcoords="offset points",
                ha="left" if inside else "right",
                va="bottom",
                fontsize=9,
            )
        ax.set(xlim=(-0.05, 1.05), ylim=(len(names) - 0.5, -0.6), xlabel="probability of positive")
        ax.set_yticks(range(len(names)), names)
        ax.set_title("\n".join(textwrap.wrap(text, 42)), fontsize=10, loc="left")
        ax.spines[["top", "right"]].set_visible(False)
    return figure


def word_trace(
    words: Sequence[str],
    models: Mapping[str, Numbers],
    of: str = "positive",
    ax: Axes | None = None,
    unfinished: int = 0,
) -> Figure:
    """How the probability of positive moves, word by word.

    Args:
        words: T of them. models: name -> (T + 1,) probabilities, the first before any word. of: what they are of.
        unfinished: the first so many of these T + 1 places are no sentence yet: they lie in grey.

    Returns:
        the matplotlib Figure.
    """
    figure, ax = axes_for(ax, 1.6 + 0.75 * (len(words) + 1), 3.2)
    if unfinished:
        ax.axvspan(-0.5, unfinished - 0.5, color="0.9", linewidth=0)
        ax.set_xlim(-0.5, len(words) + 0.5)
    ax.axhline(0.5, color=_GREY, linewidth=1, linestyle=(0, (4, 3)))
    for (name, p), (colour, line, marker) in zip(models.items(), _LINES * 3, strict=False):
        ax.plot(range(len(words) + 1), p, color=colour, linestyle=line, marker=marker, markersize=5, label=name)
    ax.set_xticks(range(len(words) + 1), ["(start)", *words], rotation=30 if len(words) > 9 else 0)
    ax.set(ylim=(-0.03, 1.03), ylabel=f"probability of {of}")
    ax.spines[["top", "right"]].set_visible(False)
    if any(models):
        ax.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def two_way_influence(
    words: Sequence[str], at: int, forward: Numbers, backward: Numbers, ax: Axes | None = None
) -> Figure:
    """How far the two states at one word move when each other word is changed: two rows of shaded cells.

    Args:
        words: T of them. at: the index, from 0, of the word whose states are watched.
        forward, backward: (T,) distances, 0 or more.

    Returns:
        the matplotlib Figure.
    """
    figure, ax = axes_for(ax, 1.5 + 0.85 * len(words), 1.7)
    values = np.array([forward, backward], float)
    ax.imshow(values, cmap="Blues", vmin=0, vmax=max(values.max(), 1e-9), aspect="auto")
    for row in range(2):
        for t, value in enumerate(values[row]):
            dark = value > 0.6 * values.max()
            ax.text(
                t,
                row,
                f"{value:.2f}" if value > 1e-6 else "0",
                ha="center",
                va="center",
                fontsize=9,
                color="white" if dark else "black",
            )
    ax.add_patch(Rectangle((at - 0.5, -0.5), 1, 2, fill=False, edgecolor=_ORANGE, linewidth=2.5))
    ax.set_xticks(range(len(words)), words)
    ax.set_yticks([0, 1], ["forward state", "backward state"])
    rows = zip(("forward", "backward"), values, strict=True)
    said = (f"{name} {', '.join(f'{w} {v:.2f}' for w, v in zip(words, row, strict=True))}" for name, row in rows)
    figure.set_label(f"Figure: how far the states at “{words[at]}” move when a word is changed; {'; '.join(said)}")
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return figure


def similarities(words: Sequence[str], spaces: Mapping[str, ArrayLike]) -> Figure:
    """The cosines between words in several spaces, side by side.

    Args:
        words: N of them. spaces: name -> (N, D) vectors.

    Returns:
        the matplotlib Figure.
    """
    figure, axes = plt.subplots(
        1,
        len(spaces),
        figsize=(1 + 0.5 * len(words) * len(spaces), 1.2 + 0.42 * len(words)),
        squeeze=False,
        layout="constrained",
    )
    for ax, (name, vectors) in zip(axes[0], spaces.items(), strict=True):
        V = np.asarray(vectors, float)
        unit = V / np.maximum(np.linalg.norm(V, axis=1, keepdims=True), 1e-9)
        image = ax.imshow(unit @ unit.T, cmap="PuOr", vmin=-1, vmax=1)
        ax.set_xticks(range(len(words)), words, rotation=60, ha="right", rotation_mode="anchor")
        ax.set_yticks(range(len(words)), words)
        ax.set_title(name, loc="left")
    figure.colorbar(image, ax=axes, label="cosine", shrink=0.8)
    return figure


def count_vectors(texts: Sequence[str]) -> Figure:
    """The count vector of each text, a row, with a column for each word that one of them has, in the alphabet's order.

    Args:
        texts: N of them.

    Returns:
        the matplotlib Figure.
    """
    cut = [words_of(text) for text in texts]
    columns = sorted(set().union(*cut), key=lambda word: (not word[0].isalnum(), word))
    counts = np.array([[words.count(word) for word in columns] for words in cut])
    figure, ax = plt.subplots(figsize=(3.2 + 0.62 * len(columns), 0.7 + 0.42 * len(texts)), layout="constrained")
    ax.imshow(counts, cmap="Blues", vmin=0, vmax=2 * counts.max(), aspect="auto")
    for (row, column), n in np.ndenumerate(counts):
        ax.text(column, row, str(n), ha="center", va="center")
    ax.set_xticks(range(len(columns)), columns)
    for row in range(1, len(texts)):
        ax.axhline(row - 0.5, color="white", linewidth=4)
    ax.set_yticks(range(len(texts)), texts)
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    rows = "; ".join(f"“{text}”: {' '.join(map(str, row))}" for text, row in zip(texts, counts, strict=True))
    figure.set_label(f"Figure: counts of the words {' '.join(columns)}. {rows}")
    return figure


def seeds_and_error(accuracies: Mapping[str, Sequence[float]], n: int) -> Figure:
    """Accuracies in per cent: a dot for each seed, and one standard error of the test set around their mean.

    Args:
        accuracies: model -> a number for each seed. n: how many texts were judged.

    Returns:
        the matplotlib Figure.
    """
    figure, ax = plt.subplots(figsize=(7.2, 0.9 + 0.42 * len(accuracies)), layout="constrained")
    said = []
    for row, (name, values) in enumerate(accuracies.items()):
        mean = float(np.mean(values))
        error = (mean * (100 - mean) / n) ** 0.5
        ax.plot([mean - error, mean + error], [row, row], color=_SKY, linewidth=7, solid_capstyle="butt", alpha=0.6)
        ax.plot(values, np.full(len(values), row), "o", color=_BLUE, markersize=5, alpha=0.8)
        ax.text(1.01, row, f"{mean:.1f}", transform=ax.get_yaxis_transform(), va="center", fontsize=9)
        said.append(f"{name} {mean:.1f}, seeds from {min(values)} to {max(values)}")
    ax.set_yticks(range(len(accuracies)), list(accuracies))
    ax.set(ylim=(len(accuracies) - 0.4, -0.6), xlabel="accuracy in per cent (right: the mean)")
    ax.spines[["top", "right"]].set_visible(False)
    figure.set_label(f"Figure: accuracy in per cent over {n:,} texts. {'; '.join(said)}")
    return figure


def two_accuracies(
    report: Mapping[str, tuple[float, float]], names: tuple[str, str] = ("real sentences", "order-contrast pairs")
) -> Figure:
    """For each model its accuracy on two sets, side by side; dashed at one half, which is chance.

    Args:
        report: model -> (accuracy, accuracy), shares. names: of the two sets.

    Returns:
        the matplotlib Figure.
    """
    figure, axes = plt.subplots(1, 2, figsize=(8.6, 0.9 + 0.42 * len(report)), sharey=True, layout="constrained")
    for k, (ax, name, colour) in enumerate(zip(axes, names, (_SKY, _ORANGE), strict=True)):
        values = [report[model][k] for model in report]
        ax.barh(range(len(report)), values, color=colour, hatch="" if k == 0 else "//", edgecolor="white", height=0.7)
        for row, value in enumerate(values):
            ax.text(
                value + 0.01,
                row,
                f"{value:.1%}",
                va="center",
                fontsize=9,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
            )
        ax.axvline(0.5, color=_GREY, linewidth=1, linestyle=(0, (4, 3)))
        ax.set(xlim=(0, 1.15), ylim=(len(report) - 0.4, -0.6), xlabel="accuracy")
        ax.set_yticks(range(len(report)), list(report))
        ax.set_title(name, loc="left")
        ax.spines[["top", "right"]].set_visible(False)
    return figure


def evaluation_picture(evaluation: "Evaluation") -> Figure:
    """The confusion matrix, and how often the model is right against how sure it is.

    Args:
        evaluation: a `seqlab.models.classify.Evaluation`.

    Returns:
        the matplotlib Figure.
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(8.4, 3.6), layout="constrained")
    counts, names = evaluation.confusion, evaluation.classes
    left.imshow(counts, cmap="Blues", vmin=0, vmax=1.6 * max(counts.max(), 1))
    for (row, column), n in np.ndenumerate(counts):
        left.text(column, row, f"{n:,}", ha="center", va="center")
    for ticks in (left.set_xticks, left.set_yticks):
        ticks(range(len(names)), names)
    left.set(xlabel="predicted", ylabel="label")
    left.set_title(f"accuracy {evaluation.accuracy:.1%} ({evaluation.low:.1%} to {evaluation.high:.1%})", loc="left")

    sure, hit, n = evaluation.bins.T
    right.plot([0, 1], [0, 1], color=_GREY, linewidth=1, linestyle=(0, (4, 3)))
    right.scatter(sure, hit, s=20 + 300 * n / n.max(), color=_BLUE, alpha=0.8)
    right.set(
        xlim=(0.45 if len(names) == 2 else 0, 1.02),
        ylim=(0, 1.05),
        xlabel="probability of the predicted class",
        ylabel="share that is right",
    )
    right.set_title(f"calibration error {evaluation.calibration_error:.3f}", loc="left")
    right.spines[["top", "right"]].set_visible(False)
    return figure
