"""Training a classifier: batches of like lengths, averaged weights, and an end where it stops getting better."""

from collections.abc import Callable, Mapping
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from seqlab.layers.arithmetic import TensorLike
from seqlab.models.best import BestWeights
from seqlab.models.checkpoint import steps_done
from seqlab.models.classify.inputs import PIECES, Reader, pieces_of
from seqlab.models.tracing import Loss
from seqlab.models.training import History, train, train_step
from seqlab.sequences import pad, rounded
from seqlab.sequences.batches import passes


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
    per_pass = -(-len(sentences) // settings["batch"])
    staged = _Staged(reader, sentences, odds)
    targets = np.eye(classes, dtype="float32")[labels]
    optimizer = keras.optimizers.Adam(settings["learning_rate"], use_ema=True, ema_momentum=settings["average"])
    best = BestWeights(network, optimizer, checkpoint)
    coming = passes([len(s) for s in sentences], settings["batch"], seed)
    if resume and checkpoint is not None:
        best.read()
        coming = islice(coming, steps_done(checkpoint), None)
    first = next(coming)
    coming = chain((first, first), coming)  # `train` looks at one batch before it begins

    # not by the generator: it does not know how much of a pass was done when a run was stopped
    def batches(_: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        rows = next(coming)
        return rows, targets[rows]

    def step(
        model: keras.Model, optimizer: keras.Optimizer, loss_fn: Loss, rows: tf.Tensor, y: tf.Tensor, clip: float
    ) -> tf.Tensor:
        return train_step(_Training(model, staged), optimizer, loss_fn, rows, y, clip)

    history = train(
        step,
        network,
        optimizer,
        sentiment_loss,
        batches,
        settings["epochs"] * per_pass,
        validate=None if held_out_loss is None else partial(best.validate, held_out_loss),
        every=per_pass,
        patience=settings["patience"],
        checkpoint=checkpoint,
        resume=resume,
        seed=seed,
        progress=progress,
    )
    best.put_back()
    if progress and best.weights is not None:
        print(f"The weights kept are those with the lowest held-out loss, {best.loss:.4f} nats.")
        if best.loss > 0.98 * np.log(classes):
            print(
                f"That is no better than guessing ({np.log(classes):.4f} nats): {len(sentences):,} sentences are too few "
                "for this network. A kind that counts, such as ngrams or blend, makes more of them."
            )
    return history


class _Training:
    """Stands for the network in a training step: called with the numbers of sentences, it reads them."""

    def __init__(self, network: keras.Model, staged: "_Staged") -> None:
        self.network, self.staged = network, staged

    def __call__(self, rows: tf.Tensor) -> tf.Tensor:
        return self.network(self.staged.rows(rows), training=True)

    @property
    def trainable_variables(self) -> list[keras.Variable]:
        return self.network.trainable_variables


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
