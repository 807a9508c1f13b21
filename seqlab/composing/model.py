"""The network: an embedding for each thing a player knows, recurrent layers, logits of the next token."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from seqlab.composing.following import FEATURES, Follower
from seqlab.errors import SeqlabError
from seqlab.models.language_model import CELLS
from seqlab.models.saving import load_whole, save_whole
from seqlab.sequences import Vocabulary

WIDTHS = dict(zip(FEATURES, (96, 32, 16, 8, 8, 8, 16, 24, 24, 24), strict=True))  # of the embeddings


@keras.saving.register_keras_serializable(package="seqlab")
class TuneModel(keras.Model):
    """A language model of musical tokens that is told where in the bar it is.

    Args:
        symbols: the tokens in the order of their ids, END among them.
        units: H, the size of the recurrent layer.
        cell: "SimpleRNN", "LSTM" or "GRU".

    Called with features (B, T, 10), see `Follower`, it returns logits (B, T, V), float32.

    Raises:
        SeqlabError: a cell of another name, a token twice.
    """

    def __init__(self, symbols: Iterable[str], units: int = 256, cell: str = "GRU", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if cell not in CELLS:
            raise SeqlabError(f"cell is one of {', '.join(CELLS)}", got=repr(cell))
        self.vocabulary = Vocabulary(symbols)
        self.units, self.cell = units, cell
        sizes = Follower(self.vocabulary).sizes
        self.embeddings = [
            keras.layers.Embedding(size, WIDTHS[name], name=name) for name, size in zip(FEATURES, sizes, strict=True)
        ]
        self.recurrent: Any = CELLS[cell](units, return_sequences=True, name="recurrent")
        self.dense = keras.layers.Dense(len(self.vocabulary), name="logits", dtype="float32")

    def call(self, x: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Features (B, T, 10) int -> logits (B, T, V) float32."""
        e = self._embed(x)  # (B, T, E)
        h = self.recurrent(e, training=training)  # (B, T, H)
        return self.dense(h)  # (B, T, V)

    def _embed(self, x: tf.Tensor) -> tf.Tensor:
        return keras.ops.concatenate([embed(x[..., k]) for k, embed in enumerate(self.embeddings)], axis=-1)

    def step(self, x: tf.Tensor, states: Any) -> tuple[tf.Tensor, Any]:
        """One token: features (B, 10) and states, of `start` or the step before -> logits (B, V) and the new states."""
        h, states = self.recurrent.cell(self._embed(x), states)
        return self.dense(h), states

    def start(self, batch: int) -> Any:
        """The states before the first token, each (B, H)."""
        return self.recurrent.get_initial_state(batch_size=batch)

    @tf.function(reduce_retracing=True)
    def nats(self, x: tf.Tensor, y: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
        """-ln P of the tokens y (B, T) after the rows x (B, T, 10), where weights are 1; the sum, a scalar."""
        each = tf.nn.sparse_softmax_cross_entropy_with_logits(y, self(x))
        return tf.reduce_sum(each * weights)

    def save(self, path: str | Path) -> None:
        """Write the trained model to one `.keras` file, whole or not at all.

        Raises:
            SeqlabError: another ending.
        """
        save_whole(self, path)

    @classmethod
    def load(cls, path: str | Path) -> "TuneModel":
        """The model of a file that `save` wrote.

        Raises:
            SeqlabError: for anything else.
        """
        return load_whole(path, cls, "a model of tunes")

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a model like this one."""
        return {
            **super().get_config(),
            "symbols": list(self.vocabulary.symbols),
            "units": self.units,
            "cell": self.cell,
        }
