"""What a network reads of a text: ids of its words, and, for one that uses them, pieces and log-odds."""

import zlib
from collections.abc import Sequence

import numpy as np

from seqlab.models.classify.log_odds import LogOdds
from seqlab.sequences import Vocabulary, pad, words

PIECES = 16  # pieces of a word that are read, at most
BUCKETS = 20_000  # ids that pieces share: 1 … BUCKETS, by their hash


def pieces_of(word: str) -> list[int]:
    """The ids of a word's pieces of three to five letters, its ends marked (Bojanowski et al. 2017).

    A word that was never seen shares pieces with those that were: "unfunny" with "funny".

    >>> len(pieces_of("bad")), set(pieces_of("bad")) & set(pieces_of("bade")) != set()
    (6, True)
    """
    marked = f"<{word}>"
    found = [marked[i : i + n] for n in (3, 4, 5) for i in range(len(marked) - n + 1)]
    return [1 + zlib.crc32(piece.encode()) % BUCKETS for piece in found[:PIECES]]


class Reader:
    """Texts to arrays.

    Args:
        vocabulary: of the words. max_words: of a longer text, the first so many.
        log_odds: of the n-grams, for a network that reads spelling and log-odds too.
    """

    def __init__(self, vocabulary: Vocabulary, max_words: int, log_odds: LogOdds | None = None) -> None:
        self.vocabulary, self.max_words, self.log_odds = vocabulary, max_words, log_odds

    def words(self, text: str | Sequence[str]) -> list[str]:
        """The words that are read of a text, or of a list of words."""
        return list(words(text) if isinstance(text, str) else text)[: self.max_words]

    def arrays(
        self, sentences: Sequence[Sequence[str]], odds: Sequence[np.ndarray] | None = None, width: int | None = None
    ) -> dict[str, np.ndarray]:
        """The inputs of a batch of sentences (lists of words), padded to one width.

        Returns:
            ids (B, T) int32; with log-odds also pieces (B, T, PIECES) int32 and log_odds (B, T, W) float32.
        """
        ids, _ = pad([self.vocabulary.encode(s) for s in sentences], width)
        found = {"ids": ids}
        if self.log_odds is not None:
            found["pieces"] = np.zeros((*ids.shape, PIECES), np.int32)
            found["log_odds"] = np.zeros((*ids.shape, self.log_odds.width), np.float32)
            odds = odds or [self.log_odds.of(s) for s in sentences]
            for n, (sentence, numbers) in enumerate(zip(sentences, odds, strict=True)):
                found["log_odds"][n, : len(sentence)] = numbers
                for t, word in enumerate(sentence):
                    own = pieces_of(word)
                    found["pieces"][n, t, : len(own)] = own
        return found
