"""Training a model of tunes, and measuring what it learnt in bits that other models can be held against."""

from collections.abc import Sequence
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from seqlab.composing.following import Follower
from seqlab.composing.model import TuneModel
from seqlab.errors import SeqlabError
from seqlab.models import ngram_loss, train, train_step
from seqlab.models.training import History
from seqlab.music import Tune, Vocabulary, bits, tokens
from seqlab.music.tokeniser import END

STEPS = 1050  # about ninety seconds on two cores
WINDOW, BATCH = 80, 32  # of twice as many rows each step learns little more
RATE = 4e-3


class Score(NamedTuple):
    """Held-out bits of a model: of each character of the ABC, and of each note."""

    per_character: float
    per_note: float


def vocabulary_of(tunes: Sequence[Tune]) -> Vocabulary:
    """The musical tokens of a set of tunes, and the end of a tune."""
    return Vocabulary.from_texts([*map(tokens, tunes), [END]])


def learn(
    model: TuneModel,
    train_tunes: Sequence[Tune],
    validation_tunes: Sequence[Tune] = (),
    *,
    steps: int = STEPS,
    seed: int = 0,
    progress: bool = True,
) -> History:
    """Train a model on tunes; the learning rate falls along half a cosine.

    Every tune must be in the model's vocabulary. The same seed gives the same batches. Losses are in nats a token.
    """
    follower = Follower(model.vocabulary)
    stream = follower.stream([tokens(tune) for tune in train_tunes], progress)
    if len(stream) <= WINDOW:
        raise SeqlabError(f"tunes of more than {WINDOW} tokens together", got=f"{len(stream) - 1}")
    count = sum(len(tokens(tune)) + 1 for tune in validation_tunes)
    rate = keras.optimizers.schedules.CosineDecay(RATE, steps, alpha=0.02)
    return train(
        train_step,
        model,
        keras.optimizers.Adam(rate),
        _mean_loss,
        windows(stream),
        steps,
        clip=1.0,
        validate=(lambda: held_out_nats(model, validation_tunes) / count) if validation_tunes else None,
        every=max(steps // 4, 1),
        seed=seed,
        progress=progress,
    )


def windows(stream: np.ndarray, length: int = WINDOW, batch: int = BATCH):
    """`batches(rng) -> x (B, T, 10), y (B, T)`: windows that begin anywhere, y the token after each of x."""

    def batches(rng: np.random.Generator):
        starts = rng.integers(0, len(stream) - length, batch)
        rows = stream[starts[:, None] + np.arange(length + 1)]
        return rows[:, :-1], rows[:, 1:, 0]

    return batches


def _mean_loss(y, logits):
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits))


def held_out_nats(model: TuneModel, tunes: Sequence[Tune], batch: int = 64) -> float:
    """-ln P of whole tunes, header and end included, in nats: the sum over all of them."""
    follower = Follower(model.vocabulary)
    streams = sorted((follower.stream([tokens(tune)]) for tune in tunes), key=len)
    total = 0.0
    for first in range(0, len(streams), batch):
        group = streams[first : first + batch]
        length = -(-max(map(len, group)) // 64) * 64  # few different shapes: each is traced once
        x = np.stack([np.pad(rows, ((0, length + 1 - len(rows)), (0, 0))) for rows in group])
        weights = np.array([np.arange(length) < len(rows) - 1 for rows in group], np.float32)
        total += float(model.nats(x[:, :-1], x[:, 1:, 0], weights))
    return total


def score(model: TuneModel, tunes: Sequence[Tune]) -> Score:
    """Held-out bits of a trained model."""
    return Score(*bits(held_out_nats(model, tunes), tunes))


def ngram_score(
    train_tunes: Sequence[Tune], tunes: Sequence[Tune], order: int = 5, *, characters: bool = False
) -> Score:
    """The same of an n-gram model with Witten-Bell smoothing, of musical tokens or of characters."""

    def text(tune: Tune) -> list[str]:
        return [*tune.abc, "\n"] if characters else [*tokens(tune), END]

    texts = [[text(tune) for tune in part] for part in (train_tunes, tunes)]
    vocabulary = Vocabulary.from_texts([*texts[0], *texts[1]])
    known, asked = (np.concatenate([vocabulary.encode(t) for t in part]) for part in texts)
    nats = ngram_loss(known, asked, len(vocabulary), order, prior="witten-bell") * len(asked)
    return Score(*bits(nats, tunes))
