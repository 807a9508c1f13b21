"""Files that are there whole or not at all: each is written beside its place, and then moved there."""

import contextlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["beside", "write_whole"]


@contextmanager
def beside(path: str | Path) -> Iterator[Path]:
    """A place beside `path` to write to. What is there at the end becomes `path`; after an error, nothing does.

    Folders that are missing are made. An OSError says that a folder cannot be written.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    place = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        yield place
        os.replace(place, path)
    finally:
        with contextlib.suppress(OSError):  # it has been moved, or was never there
            place.unlink()


def write_whole(path: str | Path, content: str | bytes) -> None:
    """Write a text (as UTF-8) or bytes to a file, whole or not at all; an OSError if it cannot be written."""
    with beside(path) as place:
        place.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
