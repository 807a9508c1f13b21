"""The model that writes the tunes of `seqlab tune`: trained once on this machine, then kept."""

from pathlib import Path
from typing import NamedTuple

import keras

from seqlab.composing.model import TuneModel
from seqlab.composing.training import learn, vocabulary_of
from seqlab.data import cache_folder
from seqlab.errors import SeqlabError
from seqlab.music import Tune, grammatical, load_tunes, split

COLLECTIONS = ("oneill", "ryan", "aird")
SEED = 1903  # the year of O'Neill's book
VERSION = 3  # one more whenever features, tunes or training change: a kept model of before is not used


class Parts(NamedTuple):
    """The tunes of the three books that can be followed in musical tokens, split by cluster."""

    all: list[Tune]
    train: list[Tune]
    validation: list[Tune]
    test: list[Tune]


def parts() -> Parts:
    """What the model is trained on, watched on and measured on."""
    tunes = grammatical(load_tunes(COLLECTIONS))
    return Parts(tunes, *split(tunes))


def kept_at() -> Path:
    """The file of the trained model, in the user's cache."""
    return cache_folder() / "models" / f"tunes-{VERSION}.keras"


def shipped_model(books: Parts | None = None, *, again: bool = False, progress: bool = True) -> TuneModel:
    """The trained model: from the cache, or trained now, which takes up to two minutes on two cores.

    Raises:
        SeqlabError: the training was stopped by hand; then nothing is kept.
    """
    path = kept_at()
    if path.is_file() and not again:
        try:
            return TuneModel.load(path)
        except SeqlabError:  # cut off, or of another Keras: train anew
            pass
    if progress:
        print("Training on the tunes of O'Neill, Ryan and Aird: up to two minutes, the first time only.")
    keras.utils.set_random_seed(SEED)
    books = books or parts()
    model = TuneModel(vocabulary_of(books.all).symbols)
    if learn(model, books.train, books.validation, seed=SEED, progress=progress).interrupted:
        raise SeqlabError(
            "a model that was trained to its end",
            got="a training that was stopped",
            fix="call it again, it takes up to two minutes",
        )
    model.save(path)
    return model
