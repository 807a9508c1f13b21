"""Logistic regression on n-grams, each weighted by its naive Bayes log-odds (after Wang and Manning 2012).

The strongest model here that knows no order beyond three words. Its features: the words, pairs and triples of a
sentence, and the pieces of three to five letters of its words, each there or not there.
"""

import sys
from collections import Counter
from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from tqdm import tqdm

from seqlab.models.classify.log_odds import ORDERS, ngrams

# Chosen on the validation part of rt_polarity: the weight of pieces beside words, and the strength of the prior
PIECE_WEIGHT = 0.6
PRIOR = 6.7  # ridge on the weights, in units of nats
MOST_STEPS = 100  # of the search for the weights, which hardly move any more by then


class NGramModel:
    """Fit it on lists of words and class ids; it gives logits.

    >>> model = NGramModel().fit([["good", "fun"], ["bad"], ["good"], ["so", "bad"]], [1, 0, 1, 0], 2)
    >>> model.logits([["good"], ["bad"]]).argmax(1).tolist()
    [1, 0]
    """

    def __init__(self) -> None:
        self.place: dict[str, int] = {}
        self.weights = np.zeros((0, 0), "float32")  # (F, C): log-odds times learnt weight
        self.bias = np.zeros(0, "float32")

    def fit(
        self,
        sentences: Sequence[Sequence[str]],
        labels: Sequence[int] | np.ndarray,
        classes: int,
        progress: bool = False,
    ) -> "NGramModel":
        """Learn the features and their weights; it is the same whenever it is done.

        Args:
            sentences: N lists of words. labels: (N,), from 0 to `classes` - 1. progress: show a bar.
        """
        found = [_features(words) for words in sentences]
        seen = Counter(f for features in found for f in features)
        kept = sorted(f for f, n in seen.items() if n > 1 or not f.startswith("\t"))  # pieces: at least twice
        self.place = {f: i for i, f in enumerate(kept)}
        X, hot = self._matrix(found), np.eye(classes)[labels]
        odds = _log_odds(X, hot, np.array([f.startswith("\t") for f in kept]))
        N, (F, C) = len(hot), odds.shape

        def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
            W, b = flat[: F * C].reshape(F, C), flat[F * C :]
            z = X @ (odds * W) + b
            z -= z.max(1, keepdims=True)
            log_p = z - np.log(np.exp(z).sum(1, keepdims=True))
            error = np.exp(log_p) - hot
            value = -(hot * log_p).sum() + 0.5 * PRIOR * (W**2).sum()
            return value / N, np.concatenate([(odds * (X.T @ error) + PRIOR * W).ravel(), error.sum(0)]) / N

        with tqdm(total=MOST_STEPS, desc="n-grams", file=sys.stdout, delay=1, leave=False, disable=not progress) as bar:
            best = minimize(
                loss,
                np.zeros(F * C + C),
                jac=True,
                method="L-BFGS-B",
                options={"maxiter": MOST_STEPS},
                callback=lambda weights: bar.update(),
            ).x
        self.weights = (odds * best[: F * C].reshape(F, C)).astype("float32")
        self.bias = best[F * C :].astype("float32")
        return self

    def logits(self, sentences: Sequence[Sequence[str]]) -> np.ndarray:
        """(N, C) logits; of a sentence without any known feature, those of the bias."""
        return np.asarray(self._matrix([_features(words) for words in sentences]) @ self.weights + self.bias)

    def state(self) -> dict[str, np.ndarray]:
        """Everything that `restored` needs, as arrays."""
        text = "\n".join(self.place).encode()
        return {"features": np.frombuffer(text, np.uint8), "weights": self.weights, "bias": self.bias}

    @classmethod
    def restored(cls, state: dict[str, np.ndarray]) -> "NGramModel":
        """The model whose `state` this is."""
        model = cls()
        model.place = {f: i for i, f in enumerate(state["features"].tobytes().decode().split("\n"))}
        model.weights, model.bias = state["weights"], state["bias"]
        if model.weights.shape != (len(model.place), len(model.bias)):
            raise ValueError("features and weights do not fit together")
        return model

    def _matrix(self, found: list[dict[str, float]]) -> csr_matrix:
        rows, columns, values = [], [], []
        for row, features in enumerate(found):
            for feature, value in features.items():
                if feature in self.place:
                    rows.append(row)
                    columns.append(self.place[feature])
                    values.append(value)
        return csr_matrix((np.array(values, "float64"), (rows, columns)), (len(found), len(self.place)))


def _features(words: Sequence[str]) -> dict[str, float]:
    """Feature -> value. A piece begins with a tab, a blank marks the end of its word."""
    found = {gram: 1.0 for n in ORDERS for gram in ngrams(words, n)}
    for word in set(words):
        marked = f" {word} "
        for n in (3, 4, 5):
            for i in range(max(1, len(marked) - n + 1)):
                found["\t" + marked[i : i + n]] = PIECE_WEIGHT
    return found


def _log_odds(X: csr_matrix, hot: np.ndarray, is_piece: np.ndarray) -> np.ndarray:
    """(F, C): ln of how much likelier class c makes a feature than the others do, words and pieces apart."""
    there = (X > 0).astype("float64")
    own = there.T @ hot + 1  # (F, C)
    rest = there.T @ (1 - hot) + 1
    odds = np.empty_like(own)
    for kind in (is_piece, ~is_piece):
        odds[kind] = np.log(own[kind] / own[kind].sum(0)) - np.log(rest[kind] / rest[kind].sum(0))
    return odds
