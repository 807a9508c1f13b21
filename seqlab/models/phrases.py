"""A task in which only one thing counts: two words that stand somewhere in a window decide which word follows.

"this morning" is followed by "coffee", "last night" by "stars", wherever they stand. A model that has met them at one
place only is asked about the others.
"""

from dataclasses import dataclass

import numpy as np

from seqlab.errors import SeqlabError

__all__ = ["Phrases"]

_FIRST, _SECOND = ("this", "last", "every", "another"), ("morning", "night")
_FOLLOWS = ("coffee", "stars", "rain", "dreams", "bread", "music", "snow", "owls")
_OTHERS = tuple("i took my cat for a walk and the dog saw us with her old red hat by that lake of his".split())


@dataclass(frozen=True)
class Phrases:
    """Windows of `length` words, in which one of eight phrases starts at a place that is asked for.

    length: L, words in a window, 2 or more. seed: of the words around the phrase.

    >>> task = Phrases(length=5)
    >>> X, y = task.at(2, windows=16)
    >>> X.shape, y.shape
    ((16, 5), (16,))
    >>> [task.words[i] for i in X[0, 2:4]], task.words[y[0]]
    (['this', 'morning'], 'coffee')
    """

    length: int
    seed: int = 0

    @property
    def words(self) -> list[str]:
        """The vocabulary, in the order of the ids."""
        return [*_FIRST, *_SECOND, *_FOLLOWS, *_OTHERS]

    @property
    def chance(self) -> float:
        """How often a model is right that always says the same of the words that may follow."""
        return 1 / len(_FOLLOWS)

    @property
    def places(self) -> range:
        """Where a phrase can start."""
        return range(self.length - 1)

    def at(self, place: int, windows: int = 240, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Windows in which a phrase starts at `place`, counted from 0, each of the eight equally often.

        windows: N, a multiple of 8. seed: another one gives other words around the phrases.

        Returns:
            X (N, L) and y (N,), ids: the windows, and the word that follows each.

        Raises:
            SeqlabError: no such place, or N is no multiple of 8.
        """
        if place not in self.places or windows < 1 or windows % len(_FOLLOWS):
            raise SeqlabError(
                f"a phrase starts at 0 to {self.length - 2}, and there are 8, 16, 24, ... windows",
                got=f"place {place}, {windows} windows",
            )
        rng = np.random.default_rng([self.seed, seed, place])
        known = len(_FIRST) + len(_SECOND) + len(_FOLLOWS)
        X = rng.integers(known, len(self.words), size=(windows, self.length))
        which = np.arange(windows) % len(_FOLLOWS)
        X[:, place] = which // len(_SECOND)
        X[:, place + 1] = len(_FIRST) + which % len(_SECOND)
        return X, len(_FIRST) + len(_SECOND) + which
