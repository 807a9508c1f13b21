"""The model that writes the tunes of `seqlab tune`: trained once on this machine, then kept."""

from pathlib import Path
from typing import NamedTuple

from seqlab.composing.learning import STEPS, learn, vocabulary_of
from seqlab.composing.model import TuneModel
from seqlab.data import cache_folder
from seqlab.errors import SeqlabError
from seqlab.music import Tune, grammatical, load_tunes, split

COLLECTIONS = ("oneill", "ryan", "aird")
SEED = 1903  # the year of O'Neill's book


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
    return cache_folder() / "models" / f"tunes-{STEPS}-{SEED}.keras"


def shipped_model(*, again: bool = False, progress: bool = True) -> TuneModel:
    """The trained model: from the cache, or trained now, which takes up to two minutes on two cores."""
    path = kept_at()
    if path.is_file() and not again:
        try:
            return TuneModel.load(path)
        except SeqlabError:  # of another version: train anew
            pass
    import keras

    keras.utils.set_random_seed(SEED)
    books = parts()
    model = TuneModel(vocabulary_of(books.all).symbols)
    learn(model, books.train, books.validation, seed=SEED, progress=progress)
    model.save(path)
    return model
