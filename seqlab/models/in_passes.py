"""Training in passes: batches of examples of like lengths, all of them once a pass, and an end where it gets no better.

A batch is no more than the numbers of its examples; the network reads what they stand for from tensors.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from seqlab.models.best import BestWeights
from seqlab.models.checkpoint import steps_done
from seqlab.models.tracing import Loss
from seqlab.models.training import History, train, train_step
from seqlab.sequences.batches import passes

Forward = Callable[[keras.Model, tf.Tensor], tf.Tensor]


class _OfRows:
    """Stands for a network in a training step: called with the numbers of examples, it reads them."""

    def __init__(self, network: keras.Model, forward: Forward) -> None:
        self.network, self.forward = network, forward

    def __call__(self, rows: tf.Tensor) -> tf.Tensor:
        return self.forward(self.network, rows)

    @property
    def trainable_variables(self) -> list[keras.Variable]:
        return self.network.trainable_variables


def learn_in_passes(
    network: keras.Model,
    forward: Forward,
    loss: Loss,
    optimizer: keras.Optimizer,
    lengths: Sequence[int] | np.ndarray,
    settings: Mapping[str, Any],
    *,
    targets: np.ndarray | None = None,
    held_out_loss: Callable[[], float] | None = None,
    seed: int = 0,
    checkpoint: str | Path | None = None,
    resume: bool = False,
    progress: bool = True,
) -> tuple[History, BestWeights]:
    """Train a network until the held-out loss stops falling; it keeps the weights that were best.

    Args:
        forward: (network, the numbers of B examples) -> what `loss(y, …)` takes, as in training.
        lengths: of the N examples. settings: "batch", "epochs", "patience", and "clip" where it is not 1.
        targets: (N, …), of which `loss` gets the rows of the batch; nothing where there are none.
        held_out_loss: measures the network as it is, in nats, once a pass; None: all passes are made.
        seed: of the order of the examples. checkpoint: file to write after each pass; resume: go on from it.

    Returns:
        the history of `seqlab.models.train`, and the weights that were kept.
    """
    targets = np.zeros((len(lengths), 0), np.int32) if targets is None else targets
    per_pass = -(-len(lengths) // settings["batch"])
    best = BestWeights(network, optimizer, checkpoint)
    coming = passes(lengths, settings["batch"], seed)
    if resume and checkpoint is not None:
        best.read()
        coming = islice(coming, steps_done(checkpoint), None)
    first = next(coming)
    coming = chain((first, first), coming)  # `train` looks at one batch before it begins

    # not by the generator: it does not know how much of a pass was done when a run was stopped
    def batches(_: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        rows = next(coming)
        return rows.astype(np.int32), targets[rows]

    @tf.autograph.experimental.do_not_convert  # nothing here depends on a tensor's value: it is traced in half the time
    def step(
        model: keras.Model, optimizer: keras.Optimizer, loss_fn: Loss, rows: tf.Tensor, y: tf.Tensor, clip: float
    ) -> tf.Tensor:
        return train_step(_OfRows(model, forward), optimizer, loss_fn, rows, y, clip)

    history = train(
        step,
        network,
        optimizer,
        loss,
        batches,
        settings["epochs"] * per_pass,
        clip=settings.get("clip", 1.0),
        validate=None if held_out_loss is None else partial(best.validate, held_out_loss),
        every=per_pass,
        patience=settings["patience"],
        checkpoint=checkpoint,
        resume=resume,
        seed=seed,
        progress=progress,
    )
    best.put_back()
    return history, best
