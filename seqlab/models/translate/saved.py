"""A whole translator in one file: settings, vocabularies and weights. Reading it runs no code of its own."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seqlab.errors import SeqlabError
from seqlab.models.translate.side import Side
from seqlab.sequences import Vocabulary
from seqlab.whole import beside

if TYPE_CHECKING:
    from seqlab.models.translate.translator import Translator

FORMAT, VERSION = "seqlab translator", 1


def write(model: "Translator", path: str | Path) -> None:
    """Write a trained `Translator`; a file of before stays whole until the new one is.

    Raises:
        SeqlabError: it is not trained, or cannot be written there.
    """
    network = model._trained()
    source, target = model._sides()
    meta = {
        "format": FORMAT,
        "version": VERSION,
        "settings": model.settings,
        "source": [source.kind, *source.vocabulary.symbols],
        "target": [target.kind, *target.vocabulary.symbols],
    }
    arrays: dict[str, Any] = {f"network.{i}": np.asarray(w) for i, w in enumerate(network.weights)}
    try:
        with beside(path) as place, open(place, "wb") as file:
            np.savez_compressed(file, meta=np.array(json.dumps(meta)), **arrays)
    except OSError as error:
        raise SeqlabError("a place to save the translator", got=f"{path}: {error.strerror}") from None


def read(cls: "type[Translator]", path: str | Path) -> "Translator":
    """A `Translator` from a file.

    Raises:
        SeqlabError: where it is none, is cut off, or is of another version.
    """
    path = Path(path)
    if not path.is_file():
        raise SeqlabError(f"a saved translator at {path}", got="no file", fix="train one: seqlab translate train")
    try:
        with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as file:
            meta = json.loads(str(file["meta"]))
            if meta["format"] != FORMAT:
                raise ValueError(meta["format"])
            if meta["version"] != VERSION:
                raise SeqlabError(
                    f"a translator saved in version {VERSION} of the format",
                    got=f"version {meta['version']} in {path}",
                    fix="train it again, or use the seqlab that saved it",
                )
            arrays = {name: file[name] for name in file.files if name != "meta"}
        return _assembled(cls, meta, arrays)
    except SeqlabError:
        raise
    except Exception as error:  # bytes of another kind make every layer below raise its own
        raise SeqlabError(
            f"{path} is a translator saved by seqlab",
            got="a file of another kind, or one that is damaged or cut off",
            fix="train it again: seqlab translate train",
        ) from error


def _assembled(cls: "type[Translator]", meta: dict[str, Any], arrays: dict[str, np.ndarray]) -> "Translator":
    settings = dict(meta["settings"])
    model = cls(settings.pop("attention"), **settings)
    (source_kind, *source), (target_kind, *target) = meta["source"], meta["target"]
    model.source, model.target = Side(source_kind, Vocabulary(source)), Side(target_kind, Vocabulary(target))
    network = model._make_network()
    network.set_weights([arrays[f"network.{i}"] for i in range(len(network.weights))])
    return model
