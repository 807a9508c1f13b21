"""What a model of tunes learnt, in bits of tunes that it has not met: so that others can be held against it."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from seqlab.composing.following import Follower
from seqlab.composing.model import TuneModel
from seqlab.models import ngram_loss
from seqlab.music import Tune, bits, tokens
from seqlab.music.tokeniser import END
from seqlab.sequences import Vocabulary


class Score(NamedTuple):
    """Held-out bits of a model: of each character of the ABC, and of each note."""

    per_character: float
    per_note: float


def held_out_nats(model: TuneModel, tunes: Sequence[Tune], batch: int = 64) -> float:
    """-ln P of whole tunes, header and end included, in nats: the sum over all of them.

    Args:
        batch: tunes at a time.

    Raises:
        KeyError: a token that the model does not have.
    """
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
    """Held-out bits of a trained model. Raises as `held_out_nats` does."""
    return Score(*bits(held_out_nats(model, tunes), tunes))


def ngram_score(
    train_tunes: Sequence[Tune], tunes: Sequence[Tune], order: int = 5, *, characters: bool = False
) -> Score:
    """The same of an n-gram model with Witten-Bell smoothing, counted on `train_tunes` and asked about `tunes`.

    Args:
        order: n, the tokens of an n-gram.
        characters: count characters of the ABC, instead of musical tokens.
    """

    def text(tune: Tune) -> list[str]:
        return [*tune.abc, "\n"] if characters else [*tokens(tune), END]

    texts = [[text(tune) for tune in part] for part in (train_tunes, tunes)]
    vocabulary = Vocabulary.from_texts([*texts[0], *texts[1]])
    known, asked = (np.concatenate([vocabulary.encode(t) for t in part]) for part in texts)
    nats = ngram_loss(known, asked, len(vocabulary), order, prior="witten-bell") * len(asked)
    return Score(*bits(nats, tunes))
