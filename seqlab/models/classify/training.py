"""Training a classifier: batches of like lengths, averaged weights, and an end where it stops getting better."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from seqlab.layers.arithmetic import TensorLike
from seqlab.models.classify.inputs import PIECES, Reader, pieces_of
from seqlab.models.in_passes import learn_in_passes
from seqlab.models.training import History
from seqlab.sequences import pad, rounded


def sentiment_loss(y: TensorLike, predicted: TensorLike) -> tf.Tensor:
    """The lecture's loss: the mean over the batch of softmax cross-entropy, in nats.

    Args:
        y: (B, C) one-hot labels. predicted: (B, C) logits.
    """
    return tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(y, predicted))


def learn(
    network: keras.Model,
    reader: Reader,
    sentences: list[list[str]],
    labels: np.ndarray,
    classes: int,
    settings: Mapping[str, Any],
    *,
    odds: list[np.ndarray] | None = None,
    held_out_loss: Callable[[], float] | None = None,
    seed: int = 0,
    checkpoint: str | Path | None = None,
    resume: bool = False,
    progress: bool = True,
) -> History:
    """Train a network until the held-out loss stops falling; it keeps the averaged weights that were best.

    Args:
        sentences: N lists of words. labels: (N,). odds: their cross-fitted log-odds, for "informed".
        held_out_loss: measures the network as it is, in nats, once a pass; None: all passes are made.
        checkpoint: file to write after each pass; resume: go on from it.

    Returns:
        the history of `seqlab.models.train`.
    """
    staged = _Staged(reader, sentences, odds)
    history, best = learn_in_passes(
        network,
        lambda model, rows: model(staged.rows(rows), training=True),
        sentiment_loss,
        keras.optimizers.Adam(settings["learning_rate"], use_ema=True, ema_momentum=settings["average"]),
        [len(s) for s in sentences],
        settings,
        targets=np.eye(classes, dtype="float32")[labels],
        held_out_loss=held_out_loss,
        seed=seed,
        checkpoint=checkpoint,
        resume=resume,
        progress=progress,
    )
    if progress and best.weights is not None:
        print(f"The weights kept are those with the lowest held-out loss, {best.loss:.4f} nats.")
        if best.loss > 0.98 * np.log(classes):
            print(
                f"That is no better than guessing ({np.log(classes):.4f} nats): {len(sentences):,} sentences are too few "
                "for this network. A kind that counts, such as ngrams or blend, makes more of them."
            )
    return history


class _Staged:
    """All training sentences as tensors, so that a batch is no more than the numbers of its sentences."""

    def __init__(self, reader: Reader, sentences: list[list[str]], odds: list[np.ndarray] | None) -> None:
        ids, mask = pad([reader.vocabulary.encode(s) for s in sentences], rounded(max(map(len, sentences))))
        self.ids, self.lengths = tf.constant(ids), tf.constant(mask.sum(1), tf.int32)
        self.words = None
        if reader.log_odds is not None and odds is not None:
            place = {word: i for i, word in enumerate(sorted({w for s in sentences for w in s}), start=1)}
            table = np.zeros((len(place) + 1, PIECES), np.int32)
            for word, i in place.items():
                own = pieces_of(word)
                table[i, : len(own)] = own
            self.table = tf.constant(table)
            self.words = tf.constant(pad([[place[w] for w in s] for s in sentences], ids.shape[1])[0])
            self.odds = np.zeros((*ids.shape, reader.log_odds.width), np.float32)
            for row, numbers in zip(self.odds, odds, strict=True):
                row[: len(numbers)] = numbers
            self.odds = tf.constant(self.odds)

    def rows(self, rows: tf.Tensor) -> dict[str, tf.Tensor]:
        """The inputs of these sentences, as wide as the longest of them."""
        width = tf.maximum(tf.reduce_max(tf.gather(self.lengths, rows)), 1)
        found = {"ids": tf.gather(self.ids, rows)[:, :width]}
        if self.words is not None:
            found["pieces"] = tf.gather(self.table, tf.gather(self.words, rows)[:, :width])
            found["log_odds"] = tf.gather(self.odds, rows)[:, :width]
        return found
