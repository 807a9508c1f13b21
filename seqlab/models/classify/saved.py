"""A whole classifier in one file: settings, vocabulary, counts and weights. Reading it runs no code of its own."""

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seqlab.models import archive
from seqlab.models.classify.inputs import Reader
from seqlab.models.classify.log_odds import LogOdds
from seqlab.models.classify.ngram_model import NGramModel
from seqlab.sequences import SPECIAL, Vocabulary

if TYPE_CHECKING:
    from seqlab.models.classify.classifier import TextClassifier

KIND = ("classifier", "seqlab text classifier", 1)  # as messages call it, the format and its version


def write(model: "TextClassifier", path: str | Path) -> None:
    """Write a trained `TextClassifier`; a file of before stays whole until the new one is.

    Raises:
        SeqlabError: it cannot be written there.
    """
    meta = {"kind": model.kind, "classes": model.classes, "settings": model.settings}
    reader = model._trained()
    arrays: dict[str, Any] = {"vocabulary": _packed(reader.vocabulary.symbols[len(SPECIAL) :])}
    if model.network is not None:
        arrays |= {f"network.{i}": np.asarray(w) for i, w in enumerate(model.network.weights)}
    if (table := reader.log_odds) is not None:
        arrays["log_odds.grams"] = _packed(table.counts)
        arrays["log_odds.counts"] = np.array(list(table.counts.values()), "float32")
        arrays["log_odds.sizes"] = table.sizes
    if model.ngrams is not None:
        arrays |= {f"ngrams.{name}": array for name, array in model.ngrams.state().items()}
    archive.write(path, *KIND, meta, arrays)


def read(cls: "type[TextClassifier]", path: str | Path) -> "TextClassifier":
    """A `TextClassifier` from a file.

    Raises:
        SeqlabError: where it is none, is cut off, or is of another version.
    """
    return archive.read(path, *KIND, partial(_assembled, cls), command="seqlab sentiment train")


def _assembled(cls: "type[TextClassifier]", meta: dict[str, Any], arrays: dict[str, np.ndarray]) -> "TextClassifier":
    model = cls(meta["kind"], meta["classes"], **meta["settings"])
    words = [*SPECIAL, *_unpacked(arrays["vocabulary"])]
    model.reader = reader = Reader(Vocabulary(words), model.settings["max_words"])
    if "log_odds.grams" in arrays:
        grams = _unpacked(arrays["log_odds.grams"])
        reader.log_odds = LogOdds(dict(zip(grams, arrays["log_odds.counts"], strict=True)), arrays["log_odds.sizes"])
    if model.kind in ("ngrams", "blend"):
        state = {name.removeprefix("ngrams."): a for name, a in arrays.items() if name.startswith("ngrams.")}
        model.ngrams = NGramModel.restored(state)
    if model.kind != "ngrams":
        network = model._make_network()
        network.set_weights([arrays[f"network.{i}"] for i in range(len(network.weights))])
    return model


def _packed(words: Iterable[str]) -> np.ndarray:
    """Words, none of which holds a line break, as bytes."""
    return np.frombuffer("\n".join(words).encode("utf-8", "surrogatepass"), np.uint8)


def _unpacked(array: np.ndarray) -> list[str]:
    text = array.tobytes().decode("utf-8", "surrogatepass")
    return text.split("\n") if text else []
