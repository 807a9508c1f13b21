"""Made sentences in which brackets decide the sentiment: "not" turns round what stands in its bracket, and nothing else.

Small on purpose: every tree and the sentiment of every phrase are known, which no real set of this size offers.
"""

from typing import TypeAlias

import numpy as np

__all__ = ["scoped_sentences", "sentiment_of"]

Tree: TypeAlias = str | tuple["Tree", "Tree"]
GOOD, BAD = ("good", "great", "fine", "lovely"), ("bad", "awful", "poor", "dull")
NOUNS = ("food", "film", "room", "song")


def scoped_sentences(N: int, depth: int, rng: np.random.Generator) -> list[Tree]:
    """N trees such as (("the", "food"), ("was", ("not", ("very", "good")))); depth: how often a phrase is built upon.

    >>> scoped_sentences(1, 0, np.random.default_rng(0))
    [(('the', 'song'), ('was', 'awful'))]
    """
    return [(("the", str(rng.choice(NOUNS))), ("was", _phrase(depth, rng))) for _ in range(N)]


def sentiment_of(tree: Tree) -> int:
    """1, -1, or 0 where nothing is said, by the rules that made the sentence: of a whole tree, or of any phrase in it.

    >>> sentiment_of(("was", ("not", (("not", "good"), ("but", "fine")))))
    -1
    """
    if isinstance(tree, str):
        return 1 if tree in GOOD else -1 if tree in BAD else 0
    left, right = tree
    if left == "not":
        return -sentiment_of(right)
    return sentiment_of(right) or sentiment_of(left)  # "A but B" says B


def _phrase(depth: int, rng: np.random.Generator) -> Tree:
    if depth == 0:
        return str(rng.choice(GOOD + BAD))
    kind = rng.choice(["not", "very", "but", "but"])
    if kind == "but":
        shallow = int(rng.integers(depth))
        sides = _phrase(shallow, rng), _phrase(depth - 1, rng)
        left, right = sides if rng.random() < 0.5 else sides[::-1]
        return (left, ("but", right))
    return (str(kind), _phrase(depth - 1, rng))
