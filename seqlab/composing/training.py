"""Training a model of tunes."""

from collections.abc import Sequence

import keras
import numpy as np

from seqlab.composing.following import Follower
from seqlab.composing.held_out import held_out_nats
from seqlab.composing.model import TuneModel
from seqlab.errors import SeqlabError
from seqlab.models import train, train_step
from seqlab.models.on_rows import mean_cross_entropy
from seqlab.models.training import History
from seqlab.music import Tune, tokens
from seqlab.music.tokeniser import END
from seqlab.sequences import Vocabulary
from seqlab.sequences.windows import Batches, windows_of

STEPS = 1050  # about ninety seconds on two cores
WINDOW, BATCH = 80, 32  # of twice as many rows each step learns little more
RATE = 4e-3


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

    Args:
        model: its vocabulary has every token of the tunes.
        validation_tunes: their loss is taken at four moments of the run.
        steps: of training, a batch each.
        seed: of the batches. progress: show bars.

    Returns:
        the losses of the run, in nats a token.

    Raises:
        SeqlabError: too few tunes to cut a window from.
        KeyError: a token that the model does not have.
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
        mean_cross_entropy,
        windows(stream),
        steps,
        clip=1.0,
        validate=(lambda: held_out_nats(model, validation_tunes) / count) if validation_tunes else None,
        every=max(steps // 4, 1),
        seed=seed,
        progress=progress,
    )


def windows(stream: np.ndarray, length: int = WINDOW, batch: int = BATCH) -> Batches:
    """Training batches of a stream of features: windows that begin anywhere, evenly, with replacement.

    Args:
        stream: (N, 10) int32 of `Follower.stream`, N > length.
        length: T, tokens in a window.
        batch: B, windows in a batch.

    Returns:
        `batches(rng) -> x (B, T, 10), y (B, T)`: y is the token after each row of x.
    """

    def batches(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        rows = windows_of(stream, length, batch, rng)  # (B, T+1, 10)
        return rows[:, :-1], rows[:, 1:, 0]

    return batches
