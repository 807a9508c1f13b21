"""A language model that knows its vocabulary: characters or words in, the logits of the next one out."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from seqlab import layers
from seqlab.errors import SeqlabError
from seqlab.models.saving import load_whole, save_whole
from seqlab.sequences.vocabulary import Vocabulary

CELLS = {"SimpleRNN": layers.SimpleRNN, "LSTM": layers.LSTM, "GRU": layers.GRU}


@keras.saving.register_keras_serializable(package="seqlab")
class LanguageModel(keras.Model):
    """Embedding, one recurrent layer or a stack, and a dense layer of logits over a vocabulary.

    Args:
        vocabulary: a `seqlab.sequences.Vocabulary` of characters, tokens or words, or its symbols in the order of
            their ids.
        embedding_dim: E, the size of a character's vector.
        units: H, or one H a layer for a stack: `(256, 256)`.
        cell: "SimpleRNN", "LSTM" or "GRU".

    Called with ids (B, T) it returns logits (B, T, V), float32. It keeps no state between calls.

    >>> model = LanguageModel("helo", embedding_dim=3, units=8, cell="LSTM")
    >>> model(model.encode("hello")[None]).shape
    TensorShape([1, 5, 4])
    """

    layers_in_a_row = True  # for `seqlab.models.chain`, which may take its steps

    def __init__(
        self,
        vocabulary: Vocabulary | Iterable[str],
        embedding_dim: int = 64,
        units: int | Sequence[int] = 256,
        cell: str = "GRU",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if cell not in CELLS:
            raise SeqlabError(f"cell is one of {', '.join(CELLS)}", got=repr(cell))
        self.units = tuple(units) if isinstance(units, (list, tuple)) else (units,)
        self.embedding_dim, self.cell = embedding_dim, cell
        sizes = [embedding_dim, *self.units]
        if len(sizes) < 2 or not all(isinstance(size, int) and size > 0 for size in sizes):
            raise SeqlabError("embedding_dim and units are positive integers", got=f"{embedding_dim}, {units}")
        self.vocabulary = _vocabulary(vocabulary)
        V = len(self.vocabulary)
        self.embedding = keras.layers.Embedding(V, embedding_dim, name="embedding")
        self.recurrent = [
            CELLS[cell](H, return_sequences=True, name=f"recurrent_{k}") for k, H in enumerate(self.units)
        ]
        self.dense = keras.layers.Dense(V, name="logits", dtype="float32")

    def call(self, ids: tf.Tensor, training: bool = False) -> tf.Tensor:
        """ids (B, T) int -> logits (B, T, V) float32."""
        h = self.embedding(ids)  # (B, T, E)
        for layer in self.recurrent:
            h = layer(h, training=training)  # (B, T, H)
        return self.dense(h)  # (B, T, V)

    def encode(self, text: str | Sequence[str]) -> np.ndarray:
        """The ids (N,) of a text, or of a list of symbols.

        Raises:
            SeqlabError: a character that the vocabulary does not have; a vocabulary of words knows 1 for any other.
        """
        return np.asarray(self.vocabulary.encode(text))

    def log_loss(self, text: str, *, length: int = 64) -> float:
        """Cross-entropy of a text in nats per character (or word), read in windows of `length` of them."""
        from seqlab.models.held_out import held_out_loss

        return held_out_loss(self, self.encode(text), length=length)()

    def generate(
        self,
        prime: str | Sequence[str] | Sequence[Sequence[str]],
        n: int,
        *,
        batch: int | None = None,
        stop: str | None = None,
        **options: Any,
    ) -> str | list[str]:
        """Let the model write up to n characters, or words, after a prime.

        Args:
            prime: at least one character or word, read first and not returned; a list of such gives each text its own.
            n: characters or words to write at most.
            batch: how many texts; None for one, or as many as there are primes.
            stop: character or word after which a text ends.
            **options: temperature, top_k, top_p, seed, progress of `seqlab.models.generate`.

        Returns:
            a string; a list of strings if there are several primes or a batch.
        """
        from seqlab.models.generation import generate

        primes = self.encode(prime) if isinstance(prime, str) else [self.encode(p) for p in prime]
        written = generate(self, primes, n, batch=batch, stop=self._id(stop), **options)
        texts = [self.vocabulary.decode(ids) for ids in written]
        return texts[0] if batch is None and isinstance(prime, str) else texts

    def beam_search(self, prime: str, n: int, *, stop: str | None = None, **options: Any) -> list[tuple[str, float]]:
        """The likeliest texts after a prime with their ln P, best first; see `seqlab.models.beam_search`."""
        from seqlab.models.generation import beam_search

        found = beam_search(self, self.encode(prime), n, stop=self._id(stop), **options)
        return [(self.vocabulary.decode(ids), score) for ids, score in found]

    def _id(self, symbol: str | None) -> int | None:
        if symbol is None:
            return None
        if self.vocabulary.has_words and symbol not in self.vocabulary:
            raise SeqlabError("a word of the vocabulary to stop at", got=repr(symbol))
        return int(self.encode([symbol] if self.vocabulary.has_words else symbol)[0])

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a model like this one."""
        return {
            **super().get_config(),
            "vocabulary": list(self.vocabulary.symbols),
            "embedding_dim": self.embedding_dim,
            "units": list(self.units),
            "cell": self.cell,
        }

    def save(self, path: str | Path) -> None:
        """Write architecture, vocabulary and weights to one `.keras` file, whole or not at all."""
        if not self.built:
            self(np.zeros((1, 1), np.int32))
        save_whole(self, path)

    @classmethod
    def load(cls, path: str | Path) -> "LanguageModel":
        """The model of a file that `save` wrote.

        Raises:
            SeqlabError: for anything else.
        """
        return load_whole(path, cls, "a language model")

    def restore(self, path: str | Path) -> None:
        """Take the weights of a saved model of the same vocabulary and sizes.

        Raises:
            SeqlabError: it is another one, or none.
        """
        saved = type(self).load(path)
        mine, theirs = self.get_config(), saved.get_config()
        for name in ("vocabulary", "cell", "units", "embedding_dim"):
            if mine[name] != theirs[name]:
                raise SeqlabError(
                    f"a saved model with the same {name}, {_short(mine[name])}",
                    got=_short(theirs[name]),
                    fix=f"use LanguageModel.load({str(path)!r}), which takes everything from the file",
                )
        if not self.built:
            self(np.zeros((1, 1), np.int32))
        self.set_weights(saved.get_weights())


def _vocabulary(given: Vocabulary | Iterable[str]) -> Vocabulary:
    return Vocabulary(given.symbols if isinstance(given, Vocabulary) else given)


def _short(value: object) -> str:
    text = "".join(value) if isinstance(value, list) and isinstance(value[0], str) else str(value)
    return repr(text) if len(text) <= 40 else repr(text[:37] + "...")
