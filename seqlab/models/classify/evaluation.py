"""How good a classifier is: accuracy with an interval, the confusion matrix, calibration."""

from dataclasses import dataclass

import numpy as np

from seqlab.errors import SeqlabError


@dataclass(frozen=True)
class Evaluation:
    """What was measured on N examples.

    accuracy, and (low, high), where it lies with 95 % certainty as far as the choice of examples goes.
    confusion: (C, C), row = the label, column = the prediction. log_loss: nats.
    bins: rows (mean probability of the predicted class, share of those that is right, how many).
    calibration_error: the mean distance of the two, over the examples.
    """

    classes: tuple[str, ...]
    accuracy: float
    low: float
    high: float
    log_loss: float
    confusion: np.ndarray
    bins: np.ndarray
    calibration_error: float

    def __str__(self) -> str:
        width = max(9, *map(len, self.classes))
        head = " " * (width + 12) + " ".join(f"{c:>{width}}" for c in self.classes)
        rows = [
            f"label {name:>{width}}     " + " ".join(f"{n:>{width}}" for n in row)
            for name, row in zip(self.classes, self.confusion, strict=True)
        ]
        return "\n".join(
            [
                f"accuracy {self.accuracy:.1%}, with 95 % certainty {self.low:.1%} to {self.high:.1%} "
                f"({(N := int(self.confusion.sum())):,} example{'s' * (N > 1)})",
                f"log-loss {self.log_loss:.3f} nats, calibration error {self.calibration_error:.3f}",
                "",
                head + "   (predicted)",
                *rows,
            ]
        )


def evaluate(
    probabilities: np.ndarray,
    labels: np.ndarray,
    classes: tuple[str, ...] = ("negative", "positive"),
    *,
    bins: int = 10,
    draws: int = 2000,
    seed: int = 0,
) -> Evaluation:
    """Measure predictions.

    Args:
        probabilities: (N, C). labels: (N,) class ids. bins: of the calibration, equally wide.
        draws: bootstrap samples for the interval (Efron 1979); where all or none are right, which a bootstrap takes
            for certain, its other end is the exact binomial bound. seed: of these draws.

    >>> p = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.5, 0.5]])
    >>> found = evaluate(p, np.array([0, 1, 1, 0]))
    >>> found.accuracy, found.confusion.tolist()
    (0.75, [[2, 0], [1, 1]])
    """
    probabilities, labels = np.asarray(probabilities, float), np.asarray(labels, int)
    N, C = probabilities.shape if probabilities.ndim == 2 else (0, 0)
    if not N or labels.shape != (N,) or len(classes) != C:
        raise SeqlabError(
            f"probabilities (N, {len(classes)}) and N labels, N at least 1",
            got=f"shapes {probabilities.shape} and {labels.shape}",
        )
    if labels.min() < 0 or labels.max() >= C:
        raise SeqlabError(f"labels from 0 to {C - 1}", got=f"{labels.min()} to {labels.max()}")
    chosen, sure = probabilities.argmax(1), probabilities.max(1)
    right = chosen == labels
    # the number right in N draws with replacement is binomial: no need to draw them one by one
    sampled = np.random.default_rng(seed).binomial(N, right.mean(), draws) / N
    low, high = np.quantile(sampled, (0.025, 0.975))
    if right.all():  # no draw would ever hold an error; all N are right once in twenty times at this accuracy
        low = 0.05 ** (1 / N)
    if not right.any():
        high = 1 - 0.05 ** (1 / N)
    confusion = np.zeros((C, C), int)
    np.add.at(confusion, (labels, chosen), 1)
    bin_of = np.minimum((sure * bins).astype(int), bins - 1)
    table = np.array(
        [
            (sure[bin_of == b].mean(), right[bin_of == b].mean(), (bin_of == b).sum())
            for b in range(bins)
            if (bin_of == b).any()
        ]
    )
    return Evaluation(
        tuple(classes),
        float(right.mean()),
        float(low),
        float(high),
        log_loss=float(-np.log(np.maximum(probabilities[np.arange(N), labels], 1e-12)).mean()),
        confusion=confusion,
        bins=table,
        calibration_error=float((np.abs(table[:, 0] - table[:, 1]) * table[:, 2]).sum() / N),
    )
