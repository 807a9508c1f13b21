"""What a translator is made with: the kinds of attention, sizes, and how it learns."""

from typing import Any

from seqlab.errors import SeqlabError

# attention -> what the decoder sees of the source
ATTENTIONS = {
    "none": "one vector: the encoder's last state, from which it begins",
    "dot": "besides, at every step, a mean of the encoder's states, weighted by scaled dot products",
    "additive": "the same, weighted by a small network (Bahdanau et al. 2015)",
}
CELLS = ("GRU", "LSTM")

_DEFAULTS: dict[str, Any] = {
    "cell": "GRU",
    "embedding_dim": 64,
    "encoder_units": 64,  # in each direction
    "units": 128,  # of the decoder
    "dropout": 0.2,  # of the words' vectors, and of what the logits are made of
    "learning_rate": 3e-3,
    "batch": 64,
    "epochs": 8,
    "patience": 2,  # passes without a better validation loss before it stops
    "clip": 1.0,
    "vocabulary_size": 8000,  # of each side, at most
    "min_count": 2,  # words that occur less often are unknown
    "max_words": 60,  # of a sentence; longer pairs are left out of the training
}
_WHOLE = ("embedding_dim", "encoder_units", "units", "batch", "epochs", "patience", "min_count", "max_words")


def settings_of(attention: str, **changed: Any) -> dict[str, Any]:
    """The settings of a translator, some of them changed.

    Raises:
        SeqlabError: no such attention, setting or cell, or a number out of its range.

    >>> settings_of("dot", units=32)["units"]
    32
    """
    if attention not in ATTENTIONS:
        raise SeqlabError(f"attention is one of {', '.join(ATTENTIONS)}", got=repr(attention))
    if unknown := set(changed) - set(_DEFAULTS):
        raise SeqlabError(f"settings are {', '.join(_DEFAULTS)}", got=", ".join(sorted(unknown)))
    settings = {"attention": attention, **_DEFAULTS, **changed}
    if settings["cell"] not in CELLS:
        raise SeqlabError(f"cell is one of {', '.join(CELLS)}", got=repr(settings["cell"]))
    for name in _WHOLE:
        if not isinstance(settings[name], int) or settings[name] < 1:
            raise SeqlabError(f"{name} is a whole number, 1 or more", got=repr(settings[name]))
    if not 0 <= settings["dropout"] < 1:
        raise SeqlabError("dropout is at least 0 and below 1", got=repr(settings["dropout"]))
    return settings
