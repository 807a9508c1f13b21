"""Everything a training run needs to go on as if it had never stopped, in one file.

Weights, optimizer, step count, the state of the random generator that draws batches, and the loss so far.
"""

import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from seqlab.errors import SeqlabError
from seqlab.whole import beside

_FORMAT = "seqlab training checkpoint 1"


def save(
    path: str | Path,
    model: keras.Model,
    optimizer: keras.Optimizer,
    rng_state: Mapping[str, Any],
    history: Mapping[str, Any],
) -> None:
    """Write the state of a run; the file of before stays whole until the new one is.

    Args:
        model, optimizer: built. rng_state: of the NumPy generator of batches, as `rng.bit_generator.state` gives it.
        history: of `seqlab.models.History`, as a dict.
    """
    meta = {
        "format": _FORMAT,
        "model": _layout(model.variables),
        "optimizer": _optimizer_layout(optimizer),
        "vocabulary": _characters(model),
        "rng": rng_state,
        "history": history,
    }
    arrays: dict[str, Any] = {f"model{i}": np.asarray(v) for i, v in enumerate(model.variables)}
    arrays |= {f"optimizer{i}": np.asarray(v) for i, v in enumerate(optimizer.variables)}
    with beside(path) as place, open(place, "wb") as file:
        np.savez(file, meta=np.array(json.dumps(meta)), **arrays)


def restore(path: str | Path, model: keras.Model, optimizer: keras.Optimizer) -> tuple[dict[str, Any], dict[str, Any]]:
    """Put a saved run into a built model and optimizer of the same layout.

    Returns:
        the generator's state and the history.

    Raises:
        SeqlabError: no file, not a checkpoint, or one of another model, vocabulary or optimizer; then nothing
            has been changed.
    """
    meta, arrays = _read(path := Path(path))
    start_afresh = "train with resume=False, or name another checkpoint"
    here = {
        "model": _layout(model.variables),
        "vocabulary": _characters(model),
        "optimizer": _optimizer_layout(optimizer),
    }
    for what, expected in here.items():
        if meta[what] != expected:
            got, wanted = _difference(meta[what], expected)
            raise SeqlabError(
                f"the checkpoint {path.name} belongs to the same {what}, {wanted}", got=got, fix=start_afresh
            )
    for kind, variables in (("model", model.variables), ("optimizer", optimizer.variables)):
        for i, variable in enumerate(variables):
            variable.assign(arrays[f"{kind}{i}"])
    return meta["rng"], meta["history"]


def steps_done(path: str | Path) -> int:
    """How many steps the saved run has made.

    Raises:
        SeqlabError: no file, or not a checkpoint.
    """
    return len(_read(Path(path))[0]["history"]["loss"])


def _read(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    if not path.is_file():
        raise SeqlabError(f"a checkpoint at {path}", got="no file", fix="begin without resume (--resume)")
    try:
        with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as file:
            meta = json.loads(str(file["meta"]))
            arrays = {name: file[name] for name in file.files if name != "meta"}
        if meta["format"] != _FORMAT:
            raise ValueError(meta["format"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise SeqlabError(
            f"{path} is a training checkpoint of seqlab",
            got="a file of another kind, or a damaged one",
            fix="begin without resume (--resume), or name another file",
        ) from error
    return meta, arrays


def _layout(variables: Iterable[keras.Variable]) -> list[str]:
    """Name and shape of each variable; not its layer's name, which Keras numbers anew in every session."""
    return [f"{v.name} {tuple(v.shape)}" for v in variables]


def _optimizer_layout(optimizer: keras.Optimizer) -> list[str]:
    return [type(optimizer).__name__, *(str(tuple(v.shape)) for v in optimizer.variables)]


def _characters(model: keras.Model) -> list[str] | None:
    vocabulary = getattr(model, "vocabulary", None)
    return None if vocabulary is None else list(vocabulary.char2idx)


def _difference(saved: Sequence[str] | None, expected: Sequence[str] | None) -> tuple[str, str]:
    """The first entry in which two descriptions differ, for people to read."""
    saved, expected = (["none"] if d is None else d for d in (saved, expected))
    for s, e in zip(saved, expected, strict=False):
        if s != e:
            return f"{s!r}", f"with {e!r}"
    return f"one with {len(saved)} entries", f"with {len(expected)} entries"
