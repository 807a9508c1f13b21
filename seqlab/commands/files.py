"""What several commands do with the files that they are to write."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from seqlab.errors import SeqlabError

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def can_be_written(*paths: Path | None) -> None:
    """What cannot be written is said before minutes of training, not after."""
    for path in paths:
        if path is None:
            continue
        if path.is_dir():
            raise SeqlabError("the name of a file to write", got=f"the folder {path}", fix="add a file's name")
        if not path.absolute().parent.is_dir():
            raise SeqlabError("a file in a folder that there is", got=str(path), fix="make the folder, or name another")
        try:
            with tempfile.TemporaryFile(dir=path.absolute().parent):
                pass
        except OSError as error:
            raise SeqlabError(
                "a folder that can be written", got=f"{path.absolute().parent}: {error.strerror}"
            ) from None


def check_run(out: Path, checkpoint: Path | None, resume: bool) -> None:
    """The files of a training can be written, and are not one and the same."""
    can_be_written(out, checkpoint)
    if checkpoint and checkpoint.absolute() == out.absolute():
        raise SeqlabError("two files, one for --out and one for --checkpoint", got=f"{out} for both")
    if resume and checkpoint is None:
        raise SeqlabError("--resume needs the file to go on from", fix="give --checkpoint as well")


def is_picture(path: Path | None) -> None:
    """The picture, if one is asked for, has a name that says its kind, and can be written."""
    can_be_written(path)
    if path and path.suffix.lower() not in (".png", ".svg", ".pdf"):
        raise SeqlabError("the name of a picture ends in .png, .svg or .pdf", got=path.name)


def save_picture(figure: "Figure", path: Path) -> None:
    """Write a picture, and say so."""
    figure.savefig(path, dpi=150)
    click.echo(f"Written: {path}")


def quiet_tensorflow() -> None:
    """Import TensorFlow without what it has to say of the machine."""
    from seqlab.quiet import import_tensorflow

    import_tensorflow()
