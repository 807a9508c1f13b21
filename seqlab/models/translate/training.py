"""How a translator learns: all pairs as tensors, batches of like lengths, and an end where it stops getting better."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from seqlab.models.in_passes import learn_in_passes
from seqlab.models.training import History
from seqlab.models.translate.network import EncoderDecoder
from seqlab.models.translate.side import BOS, EOS
from seqlab.sequences import pad


class Staged:
    """Pairs of ids as tensors, so that a batch is no more than the numbers of its pairs.

    Args:
        sources, targets: N arrays of ids each, without marks.
    """

    def __init__(self, sources: Sequence[np.ndarray], targets: Sequence[np.ndarray]) -> None:
        marked = [[BOS, *ids, EOS] for ids in targets]
        source, source_mask = pad(sources)
        target, target_mask = pad(marked)
        self.longest = np.maximum(source_mask.sum(1), target_mask.sum(1))  # (N,)
        self.source, self.target = tf.constant(source), tf.constant(target)
        self.source_lengths = tf.constant(source_mask.sum(1), tf.int32)
        self.target_lengths = tf.constant(target_mask.sum(1), tf.int32)

    def rows(self, rows: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Sources (B, S) and marked targets (B, T + 1) of these pairs, as wide as the longest of them."""
        S = tf.maximum(tf.reduce_max(tf.gather(self.source_lengths, rows)), 1)
        T = tf.reduce_max(tf.gather(self.target_lengths, rows))
        return tf.gather(self.source, rows)[:, :S], tf.gather(self.target, rows)[:, :T]


def mean_loss(_: tf.Tensor, losses: tf.Tensor) -> tf.Tensor:
    """The mean over all real tokens of a batch, in nats."""
    return tf.reduce_mean(losses)


def learn(
    network: EncoderDecoder,
    staged: Staged,
    held_out: Staged | None,
    settings: Mapping[str, Any],
    *,
    seed: int = 0,
    checkpoint: str | Path | None = None,
    resume: bool = False,
    progress: bool = True,
) -> History:
    """Train a network until the held-out loss stops falling; it keeps the weights that were best.

    Args:
        staged: the pairs to learn from. held_out: those that decide when to stop; None: all passes are made.
        settings: those of the translator. seed: of the order of the pairs.
        checkpoint: file to write after each pass; resume: go on from it.

    Returns:
        the history of `seqlab.models.train`, losses in nats a token.
    """
    history, _ = learn_in_passes(
        network,
        lambda model, rows: model.token_losses(*staged.rows(rows), training=True),
        mean_loss,
        keras.optimizers.Adam(settings["learning_rate"]),
        staged.longest,
        settings,
        held_out_loss=None if held_out is None else measure(network, held_out),
        seed=seed,
        checkpoint=checkpoint,
        resume=resume,
        progress=progress,
    )
    return history


def measure(network: EncoderDecoder, staged: Staged, batch: int = 256) -> Callable[[], float]:
    """A function that measures the mean loss of a token, in nats, on pairs, of the network as it is."""

    @tf.function(input_signature=[tf.TensorSpec((None,), tf.int32)], autograph=False)
    def total(rows: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        losses = network.token_losses(*staged.rows(rows))
        return tf.reduce_sum(losses), tf.size(losses)

    def mean() -> float:
        order = np.argsort(staged.longest, kind="stable").astype(np.int32)
        sums = [total(order[i : i + batch]) for i in range(0, len(order), batch)]
        return float(sum(float(s) for s, _ in sums) / sum(int(n) for _, n in sums))

    return mean
