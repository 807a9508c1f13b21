"""A vocabulary of words as lab 6 has it, kept for one release: `seqlab.sequences.Vocabulary.of_words` is its successor."""

from collections.abc import Iterable, Sequence

import numpy as np

from seqlab import sequences
from seqlab.sequences.vocabulary import PAD, SPECIAL


class Vocabulary(sequences.Vocabulary):
    """Words by number. 0 is padding, 1 any word that is not known; the words follow, most frequent first.

    It differs from its successor in that it is made of the words alone, and gives plain lists.

    Args:
        known: the words, without padding and unknown.

    Raises:
        SeqlabError: a word twice.

    >>> vocabulary = Vocabulary.from_texts(["good fun", "good grief"], min_count=1)
    >>> vocabulary.encode("a good fun film")
    [1, 2, 3, 1]
    >>> vocabulary.decode([2, 1])
    ['good', '[UNK]']
    """

    def __init__(self, known: Iterable[str]) -> None:
        super().__init__((*SPECIAL, *known))

    @classmethod
    def from_texts(
        cls, texts: Iterable[str | Sequence[str]], *, size: int | None = None, min_count: int = 2
    ) -> "Vocabulary":
        """The words of texts (or of lists of words) that occur at least `min_count` times; see `of_words`."""
        return cls(sequences.Vocabulary.of_words(texts, size=size, min_count=min_count).symbols[len(SPECIAL) :])

    @property
    def words(self) -> tuple[str, ...]:
        """`symbols`, by its former name: `vocabulary.words[i]` is the word of id i."""
        return self.symbols

    def encode(self, text: str | Sequence[str]) -> list[int]:  # type: ignore[override]  # lab 6 prints and adds them
        """The ids of a text, or of a list of words; a word that is not known becomes 1."""
        return super().encode(text).tolist()

    def decode(self, ids: Sequence[int] | np.ndarray) -> list[str]:  # type: ignore[override]
        """The words of ids; padding is left out."""
        return [self.symbols[int(i)] for i in np.asarray(ids).ravel() if int(i) != PAD]
