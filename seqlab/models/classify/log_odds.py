"""What naive Bayes knows of words, pairs and triples: the log-odds of each class, learnt by counting.

A network that is told them starts where counting ends. But a triple that occurs once in the training text
gives its sentence's label away, and a network would learn to trust such triples. So each training sentence is
told the log-odds that were counted without it, and without a tenth of the others (cross-fitting).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

ORDERS = (1, 2, 3)
SMOOTHING = 0.5  # added to every count


class LogOdds:
    """For n-grams of one to three words, ln of how many times likelier each class but the first makes them.

    Args:
        counts: n-gram, its words joined by spaces -> in how many sentences of each class it stands.
        sizes: (C,) sentences of each class.

    >>> table = LogOdds.counted([["good"], ["good", "fun"], ["bad"]], [1, 1, 0], 2)
    >>> [round(float(odds), 2) for odds in table.of(["good", "bad", "new"])[:, 0]]
    [1.1, -1.61, 0.0]
    """

    def __init__(self, counts: dict[str, np.ndarray], sizes: ArrayLike) -> None:
        self.counts, self.sizes = counts, np.asarray(sizes, float)
        self._known: dict[str, np.ndarray] = {}
        self._nothing = np.zeros(self.width // len(ORDERS), "float32")

    @property
    def width(self) -> int:
        """Numbers a word: those of the word, the pair and the triple that end in it, for each class but one."""
        return len(ORDERS) * (len(self.sizes) - 1)

    @classmethod
    def counted(cls, sentences: Sequence[Sequence[str]], labels: Sequence[int] | np.ndarray, classes: int) -> "LogOdds":
        """Count the n-grams of sentences (lists of words), each once a sentence."""
        counts: dict[str, np.ndarray] = {}
        for words, label in zip(sentences, labels, strict=True):
            for gram in {gram for n in ORDERS for gram in ngrams(words, n)}:
                if gram not in counts:
                    counts[gram] = np.zeros(classes)
                counts[gram][label] += 1
        return cls(counts, np.bincount(labels, minlength=classes))

    def of(self, words: Sequence[str]) -> np.ndarray:
        """The log-odds (T, width) of the n-grams that end in each word; 0 for one that was never counted."""
        out = np.zeros((len(words), self.width), "float32")
        step = len(self.sizes) - 1
        for k, n in enumerate(ORDERS):
            for t, gram in enumerate(ngrams(words, n), start=n - 1):
                if gram in self.counts:
                    out[t, k * step : (k + 1) * step] = self._odds(gram)
        return out

    def _odds(self, gram: str) -> np.ndarray:
        if gram not in self._known:
            here, a = self.counts[gram], SMOOTHING
            rest, others = here.sum() - here, self.sizes.sum() - self.sizes
            odds = np.log((here + a) / (rest + a)) - np.log((self.sizes + a) / (others + a))
            self._known[gram] = odds[1:].astype("float32")
        return self._known[gram]


def cross_fitted(
    sentences: Sequence[Sequence[str]], labels: ArrayLike, classes: int, *, folds: int = 10, seed: int = 0
) -> list[np.ndarray]:
    """The log-odds (T, width) of each sentence's words, counted on the sentences of the other folds only."""
    y = np.asarray(labels)
    fold = np.random.default_rng(seed).permutation(len(sentences)) % folds
    found: list[np.ndarray] = [np.zeros((0, 0), "float32")] * len(sentences)
    for k in range(folds):
        others, here = np.flatnonzero(fold != k), np.flatnonzero(fold == k)
        table = LogOdds.counted([sentences[i] for i in others.tolist()], y[others], classes)
        for i in here.tolist():
            found[i] = table.of(sentences[i])
    return found


def ngrams(words: Sequence[str], n: int) -> list[str]:
    """The runs of n words, joined by spaces.

    >>> ngrams(["not", "bad", "at"], 2)
    ['not bad', 'bad at']
    """
    return [" ".join(words[i : i + n]) for i in range(len(words) - n + 1)]
