"""A whole pipeline in one file: what it is in JSON, and arrays. Reading it runs no code of its own."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from seqlab.errors import SeqlabError
from seqlab.whole import beside

T = TypeVar("T")


def write(
    path: str | Path, what: str, form: str, version: int, meta: Mapping[str, Any], arrays: dict[str, Any]
) -> None:
    """Write a file; one of before stays whole until the new one is.

    Args:
        what: in a message, such as "classifier". form, version: of the file, which `read` asks for.
        meta: anything that JSON holds. arrays: name -> array, none called "meta".

    Raises:
        SeqlabError: it cannot be written there.
    """
    told = json.dumps({"format": form, "version": version, **meta})
    try:
        with beside(path) as place, open(place, "wb") as file:
            np.savez_compressed(file, meta=np.array(told), **arrays)
    except OSError as error:
        raise SeqlabError(f"a place to save the {what}", got=f"{path}: {error.strerror}") from None


def read(
    path: str | Path,
    what: str,
    form: str,
    version: int,
    assembled: Callable[[dict[str, Any], dict[str, np.ndarray]], T],
    *,
    command: str,
) -> T:
    """What `assembled` makes of the JSON and the arrays of a file that `write` wrote.

    Args:
        what, form, version: as they were written. command: that makes such a file, for who has none.

    Raises:
        SeqlabError: where it is none, is cut off, or is of another version.
    """
    path = Path(path)
    if not path.is_file():
        raise SeqlabError(f"a saved {what} at {path}", got="no file", fix=f"train one: {command}")
    try:
        with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as file:
            meta = json.loads(str(file["meta"]))
            if meta["format"] != form:
                raise ValueError(meta["format"])
            if meta["version"] != version:
                raise SeqlabError(
                    f"a {what} saved in version {version} of the format",
                    got=f"version {meta['version']} in {path}",
                    fix="train it again, or use the seqlab that saved it",
                )
            arrays = {name: file[name] for name in file.files if name != "meta"}
        return assembled(meta, arrays)
    except SeqlabError:
        raise
    except Exception as error:  # bytes of another kind make every layer below raise its own
        raise SeqlabError(
            f"{path} is a {what} saved by seqlab",
            got="a file of another kind, or one that is damaged or cut off",
            fix=f"train it again: {command}",
        ) from error
