"""Symbols and their ids: characters, musical tokens, or words."""

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property

import numpy as np

from seqlab.errors import SeqlabError
from seqlab.sequences.cutting import words

PAD, UNK = 0, 1  # in a vocabulary of words
SPECIAL = ("", "[UNK]")  # their symbols: what stands after the end of a text, and any word that is not known


class Vocabulary:
    """The symbols of a set of texts, by number. There are two kinds, which their first symbols tell apart.

    *Characters, or musical tokens*: all are known, and one that is not is an error. Numbered in sorted order.

    *Words*: id 0 is padding, 1 any word that is not known; the words follow, most frequent first. A `str` is cut
    into words and marks by `words`; no text is an error.

    The list of `symbols` is all that a file has to keep: `Vocabulary(symbols)` is the same vocabulary again.

    Args:
        symbols: V different texts in the order of their ids. If the first two are "" and "[UNK]", the others are words.

    Attributes:
        symbols: the tuple of them, so that `vocabulary.symbols[i]` has the id i.
        index: a dict from symbol to id.

    Raises:
        SeqlabError: no symbol, an empty one, or one twice.

    >>> letters = Vocabulary.from_texts(["ABA|", "cA|"])
    >>> len(letters), letters.encode("cAB").tolist(), letters.decode([3, 0, 2])
    (4, [2, 0, 1], '|Ac')
    >>> Vocabulary.from_texts([["^f", "3/2"], ["|"]]).encode(["|", "^f"]).tolist()
    [2, 1]
    >>> english = Vocabulary.of_words(["good fun", "good grief"], min_count=1)
    >>> english.encode("A good fun film").tolist(), english.decode([2, 1, 3, 0])
    ([1, 2, 3, 1], 'good [UNK] fun')
    """

    def __init__(self, symbols: Iterable[str]) -> None:
        self.symbols = tuple(symbols)
        known = self.symbols[len(SPECIAL) :] if self.has_words else self.symbols
        texts = all(isinstance(symbol, str) for symbol in known)
        once = texts and len(set(self.symbols)) == len(self.symbols)
        if self.has_words:
            if not once:
                raise SeqlabError("a vocabulary that names each word once", got="a word twice, or one that is no text")
        elif not known or not texts or not all(known):
            raise SeqlabError("a vocabulary of at least one symbol, none empty", got=repr(self.symbols)[:60])
        elif not once:
            raise SeqlabError("a vocabulary that names each symbol once", got=repr(self.symbols)[:60])
        self.index = {symbol: number for number, symbol in enumerate(self.symbols)}

    @classmethod
    def from_texts(cls, texts: Iterable[str | Sequence[str]]) -> "Vocabulary":
        """The vocabulary of all characters of `texts`, or of all tokens if these are lists of tokens.

        Raises:
            SeqlabError: there is none.
        """
        texts = [texts] if isinstance(texts, str) else texts
        symbols = sorted(set().union(*map(set, texts)))
        if not symbols:
            raise SeqlabError("texts with at least one character", got="none", fix="load tunes first")
        return cls(symbols)

    @classmethod
    def of_words(
        cls, texts: Iterable[str | Sequence[str]], *, size: int | None = None, min_count: int = 2
    ) -> "Vocabulary":
        """The words of texts (or of lists of words) that occur at least `min_count` times.

        Args:
            texts: of the training part alone: a vocabulary is learnt like a weight.
            size: V at most, padding and unknown included; the most frequent words stay.

        Raises:
            SeqlabError: a size below 2.
        """
        return Vocabulary([*SPECIAL, *_frequent(texts, size, min_count)])

    @property
    def has_words(self) -> bool:
        """Are the symbols words, with padding and unknown before them?"""
        return self.symbols[:2] == SPECIAL

    @property
    def char2idx(self) -> dict[str, int]:
        """`index`, by the name that lab 5 has from its MIT ancestor."""
        return self.index

    @cached_property
    def idx2char(self) -> np.ndarray:
        """(V,) the symbols by number, as an array."""
        as_text = np.array(self.symbols)
        return (
            as_text if as_text.tolist() == list(self.symbols) else np.array(self.symbols, object)
        )  # it drops a last NUL

    def __len__(self) -> int:
        return len(self.symbols)

    def __contains__(self, symbol: object) -> bool:
        """Is this a known symbol? Padding and unknown are none."""
        return symbol in self.index and not (self.has_words and symbol in SPECIAL)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vocabulary) and other.symbols == self.symbols

    def __hash__(self) -> int:
        return hash(self.symbols)

    def __repr__(self) -> str:
        if self.has_words:
            return f"Vocabulary of {len(self):,} ids: {' '.join(self.symbols[2:8])} …"
        return f"Vocabulary of {len(self)} symbols: {' '.join(map(repr, self.symbols))}"

    def encode(self, text: str | Sequence[str]) -> np.ndarray:
        """A text, or a list of symbols, as ids (N,) int64. A word that is not known becomes 1.

        Raises:
            SeqlabError: names the first character or token that the vocabulary does not have.
        """
        if self.has_words:
            return np.array(_word_ids(self.index, text), np.int64)
        try:
            return np.fromiter(map(self.index.__getitem__, text), np.int64, len(text))
        except KeyError as error:
            symbol = error.args[0]
            raise SeqlabError(
                "symbols of the vocabulary",
                got=f"{symbol!r} at position {text.index(symbol)}, which it does not have",
                fix="build the vocabulary from texts that contain it: Vocabulary.from_texts(texts)",
            ) from None

    def tokens(self, ids: Sequence[int] | np.ndarray) -> list[str]:
        """The symbols of ids, any shape read in order; padding is left out.

        Raises:
            SeqlabError: a number outside 0 ... V - 1.
        """
        ids = np.asarray(ids).ravel()
        if not ids.size:
            return []
        if not np.issubdtype(ids.dtype, np.integer) or np.any((ids < 0) | (ids >= len(self))):
            raise SeqlabError(f"whole numbers from 0 to {len(self) - 1}", got=repr(ids)[:60])
        return [self.symbols[i] for i in ids.tolist() if not (i == PAD and self.has_words)]

    def decode(self, ids: Sequence[int] | np.ndarray) -> str:
        """The symbols of ids as one text: words with a space between them, others joined. Raises as `tokens` does."""
        return (" " if self.has_words else "").join(self.tokens(ids))


def _frequent(texts: Iterable[str | Sequence[str]], size: int | None, min_count: int) -> list[str]:
    """The words that a vocabulary of at most `size` ids has room for, most frequent first, then by the alphabet."""
    if size is not None and size < 2:
        raise SeqlabError("a vocabulary has a size of 2 or more", got=str(size))
    count = Counter(word for text in texts for word in (words(text) if isinstance(text, str) else text))
    kept = sorted((word for word in count if count[word] >= min_count), key=lambda word: (-count[word], word))
    return kept[: None if size is None else size - 2]


def _word_ids(index: dict[str, int], text: str | Sequence[str]) -> list[int]:
    sequence = words(text) if isinstance(text, str) else text
    return [index.get(word, UNK) or UNK for word in sequence]  # padding is no word: "" is not known
