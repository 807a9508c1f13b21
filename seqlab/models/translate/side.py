"""One side of the pairs: which tokens it knows, and how a sentence becomes ids and ids a sentence."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from seqlab.errors import SeqlabError
from seqlab.sequences import PAD, SPECIAL, UNK, Vocabulary
from seqlab.text import cut, joined

Sentence: TypeAlias = str | Sequence[str] | Sequence[int]  # a text; or tokens, which may be whole numbers
BOS, EOS = 2, 3  # ids of what stands before a sentence and after it; 0 is padding, 1 any unknown token
MARKS = (*SPECIAL, "[BOS]", "[EOS]")


class Side:
    """The sentences of one side, all of one kind.

    Args:
        kind: "text" for sentences that are cut into words; "tokens" for lists of texts; "numbers" for lists of ints.
        vocabulary: `MARKS`, then the known tokens.
    """

    def __init__(self, kind: str, vocabulary: Vocabulary) -> None:
        self.kind, self.vocabulary = kind, vocabulary

    @classmethod
    def learnt(cls, sentences: Sequence[Sentence], *, size: int | None, min_count: int) -> "Side":
        """The side of training sentences, its vocabulary by frequency.

        Raises:
            SeqlabError: sentences of several kinds, no token that is frequent enough, or one that is a mark.
        """
        kind = _kind(sentences[0])
        side = cls(kind, Vocabulary(MARKS))
        known = Vocabulary.of_words(map(side.tokens, sentences), size=size and size - 2, min_count=min_count).symbols[
            2:
        ]
        if not known:
            raise SeqlabError(f"tokens that occur at least {min_count} times", got="none", fix="set min_count=1")
        if taken := set(known) & set(MARKS):
            raise SeqlabError(f"tokens other than {', '.join(MARKS[1:])}", got=", ".join(sorted(taken)))
        side.vocabulary = Vocabulary([*MARKS, *known])
        return side

    def tokens(self, sentence: Sentence) -> list[str]:
        """The tokens of a sentence, as texts.

        Raises:
            SeqlabError: it is of another kind than this side.
        """
        if (kind := _kind(sentence)) != self.kind and len(sentence):
            raise SeqlabError(f"a sentence as in training, {_SHOWN[self.kind]}", got=_SHOWN[kind])
        return cut(sentence) if isinstance(sentence, str) else [str(token) for token in sentence]

    def ids(self, tokens: Sequence[str]) -> np.ndarray:
        """(N,) int64, without marks."""
        ids = self.vocabulary.encode(tokens)
        return np.where(ids < len(MARKS), UNK, ids)  # who writes [EOS] does not end the sentence

    @property
    def forbidden(self) -> tuple[int, ...]:
        """Ids that no translation has: padding, BOS, and among numbers the unknown one, which is no number."""
        return (PAD, BOS, UNK) if self.kind == "numbers" else (PAD, BOS)

    def sentence(self, tokens: Sequence[str]) -> Sentence:
        """Tokens as a sentence of this side's kind."""
        if self.kind == "text":
            return joined(tokens)
        return [int(token) for token in tokens] if self.kind == "numbers" else list(tokens)


_SHOWN = {"text": "a text", "tokens": "a list of texts", "numbers": "a list of whole numbers"}


def _kind(sentence: Sentence) -> str:
    if isinstance(sentence, str):
        return "text"
    for kind, types in (("tokens", str), ("numbers", (int, np.integer))):
        if isinstance(sentence, (list, tuple, np.ndarray)) and all(isinstance(token, types) for token in sentence):
            return kind
    raise SeqlabError("a text, or a list of tokens that are all texts or all whole numbers", got=repr(sentence)[:60])
