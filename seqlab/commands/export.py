"""`seqlab export nbgrader|gradescope|otter`: a lab in the format of another grader."""

from pathlib import Path

import click

_PATH = click.Path(path_type=Path)


@click.group()
def export() -> None:
    """Write a lab in the format of another grader."""


_SEED = click.option("--seed", type=click.IntRange(0), help="Draws the hidden cases; drawn afresh if left out.")


@export.command("nbgrader")
@click.argument("lab")
@click.option("--out", required=True, type=_PATH, help="The course's folder.")
@_SEED
def export_nbgrader_(lab: str, out: Path, seed: int | None) -> None:
    """A course folder for nbgrader 0.9: source/LAB/LAB.ipynb with hidden tests, and a configuration."""
    from seqlab.autograder.exports import export_nbgrader

    click.echo(f"Written: {', '.join(map(str, export_nbgrader(lab, out, seed)))}")


@export.command("gradescope")
@click.argument("lab")
@click.option("--out", required=True, type=_PATH, help="The zip, or a folder for it.")
@_SEED
@click.option(
    "--visibility",
    default="visible",
    show_default=True,
    help="When students see the tests: visible, after_due_date, after_published or hidden.",
)
def export_gradescope_(lab: str, out: Path, seed: int | None, visibility: str) -> None:
    """The zip of a Gradescope autograder, to be uploaded to a programming assignment."""
    from seqlab.autograder.exports import export_gradescope

    click.echo(f"Written: {export_gradescope(lab, out, seed, visibility)}")


@export.command("otter")
@click.argument("lab")
@click.option("--out", required=True, type=_PATH, help="The folder for the notebook.")
def export_otter_(lab: str, out: Path) -> None:
    """The notebook for `otter assign`, from which otter makes its student version and its zip."""
    from seqlab.autograder.exports import export_otter

    click.echo(f"Written: {', '.join(map(str, export_otter(lab, out)))}")
