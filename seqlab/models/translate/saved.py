"""A whole translator in one file: settings, vocabularies and weights. Reading it runs no code of its own."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seqlab.models import archive
from seqlab.models.translate.side import Side
from seqlab.sequences import Vocabulary

if TYPE_CHECKING:
    from seqlab.models.translate.translator import Translator

KIND = ("translator", "seqlab translator", 1)  # as messages call it, the format and its version


def write(model: "Translator", path: str | Path) -> None:
    """Write a trained `Translator`; a file of before stays whole until the new one is.

    Raises:
        SeqlabError: it is not trained, or cannot be written there.
    """
    network = model._trained()
    source, target = model._sides()
    meta = {
        "settings": model.settings,
        "source": [source.kind, *source.vocabulary.symbols],
        "target": [target.kind, *target.vocabulary.symbols],
    }
    arrays: dict[str, Any] = {f"network.{i}": np.asarray(w) for i, w in enumerate(network.weights)}
    archive.write(path, *KIND, meta, arrays)


def read(cls: "type[Translator]", path: str | Path) -> "Translator":
    """A `Translator` from a file.

    Raises:
        SeqlabError: where it is none, is cut off, or is of another version.
    """
    return archive.read(path, *KIND, partial(_assembled, cls), command="seqlab translate train")


def _assembled(cls: "type[Translator]", meta: dict[str, Any], arrays: dict[str, np.ndarray]) -> "Translator":
    settings = dict(meta["settings"])
    model = cls(settings.pop("attention"), **settings)
    (source_kind, *source), (target_kind, *target) = meta["source"], meta["target"]
    model.source, model.target = Side(source_kind, Vocabulary(source)), Side(target_kind, Vocabulary(target))
    network = model._make_network()
    network.set_weights([arrays[f"network.{i}"] for i in range(len(network.weights))])
    return model
