"""A model and all that it needs in one `.keras` file, whole or not at all."""

from pathlib import Path

import keras

from seqlab.errors import SeqlabError
from seqlab.whole import beside


def save_whole(model: keras.Model, path: str | Path) -> None:
    """Write a built model beside its place, then move it there."""
    with beside(_named(path)) as place:
        keras.Model.save(model, place)  # past the `save` of the model's own that calls this


def load_whole(path: str | Path, kind: type, what: str) -> keras.Model:
    """The model of a file that `save_whole` wrote; `what` it is, in words, such as "a language model".

    Raises:
        SeqlabError: no file of that name, or it holds something that is not of that kind.
    """
    path = _named(path)
    if not path.is_file():
        raise SeqlabError(f"a saved {what.split(' ', 1)[1]} at {path}", got="no file")
    expected = f"{path} is {what} saved by seqlab"
    try:
        model = keras.saving.load_model(path, compile=False)
    except Exception as error:  # Keras raises many kinds for a file that is not its own
        raise SeqlabError(expected, got="a file that cannot be read as one") from error
    if not isinstance(model, kind):
        raise SeqlabError(expected, got=f"a Keras {type(model).__name__}")
    return model


def _named(path: str | Path) -> Path:
    path = Path(path)
    if path.suffix != ".keras":
        raise SeqlabError("the name of a model's file ends in .keras", got=path.name)
    return path
