"""Characters, or musical tokens, to numbers and back."""

from collections.abc import Iterable, Sequence

import numpy as np

from seqlab.errors import SeqlabError


class Vocabulary:
    """The symbols of a set of texts, numbered in sorted order: characters, or tokens of several.

    ``char2idx`` is a dict from symbol to number, ``idx2char`` the array of symbols by number.

    >>> vocabulary = Vocabulary.from_texts(["ABA|", "cA|"])
    >>> len(vocabulary), vocabulary.encode("cAB").tolist(), vocabulary.decode([3, 0, 2])
    (4, [2, 0, 1], '|Ac')
    >>> Vocabulary.from_texts([["^f", "3/2"], ["|"]]).encode(["|", "^f"]).tolist()
    [2, 1]
    """

    def __init__(self, symbols: Iterable[str]):
        self.symbols = tuple(symbols)
        if not self.symbols or not all(isinstance(symbol, str) and symbol for symbol in self.symbols):
            raise SeqlabError("a vocabulary of at least one symbol, none empty", got=repr(self.symbols)[:60])
        if len(set(self.symbols)) != len(self.symbols):
            raise SeqlabError("a vocabulary that names each symbol once", got=repr(self.symbols)[:60])
        self.char2idx = {symbol: number for number, symbol in enumerate(self.symbols)}
        self.idx2char = np.array(self.symbols)

    @classmethod
    def from_texts(cls, texts: Iterable[str | Sequence[str]]) -> "Vocabulary":
        """The vocabulary of all characters of ``texts``, or of all tokens if these are lists of tokens."""
        texts = [texts] if isinstance(texts, str) else texts
        symbols = sorted(set().union(*map(set, texts)))
        if not symbols:
            raise SeqlabError("texts with at least one character", got="none", fix="load tunes first")
        return cls(symbols)

    def __len__(self) -> int:
        return len(self.symbols)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vocabulary) and other.symbols == self.symbols

    def __hash__(self) -> int:
        return hash(self.symbols)

    def __repr__(self) -> str:
        return f"Vocabulary of {len(self)} symbols: {' '.join(map(repr, self.symbols))}"

    def encode(self, text: str | Sequence[str]) -> np.ndarray:
        """``text``, or a list of tokens, as numbers, (N,) int64.

        Raises:
            SeqlabError: names the first symbol that the vocabulary does not have.
        """
        try:
            return np.fromiter(map(self.char2idx.__getitem__, text), np.int64, len(text))
        except KeyError as error:
            symbol = error.args[0]
            raise SeqlabError(
                "symbols of the vocabulary",
                got=f"{symbol!r} at position {text.index(symbol)}, which it does not have",
                fix="build the vocabulary from texts that contain it: Vocabulary.from_texts(texts)",
            ) from None

    def tokens(self, ids: Sequence[int] | np.ndarray) -> list[str]:
        """The symbols of numbers, any shape read in order.

        Raises:
            SeqlabError: a number outside 0 ... len - 1.
        """
        ids = np.asarray(ids).ravel()
        if not ids.size:
            return []
        if not np.issubdtype(ids.dtype, np.integer) or np.any((ids < 0) | (ids >= len(self))):
            raise SeqlabError(f"whole numbers from 0 to {len(self) - 1}", got=repr(ids)[:60])
        return self.idx2char[ids].tolist()

    def decode(self, ids: Sequence[int] | np.ndarray) -> str:
        """The symbols of numbers, joined into one text."""
        return "".join(self.tokens(ids))
