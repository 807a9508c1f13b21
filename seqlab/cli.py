"""The command line: `seqlab --help` lists the commands. Heavy imports wait until a command needs them."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from seqlab import __version__
from seqlab.commands.export import export
from seqlab.commands.grade import grade
from seqlab.commands.sentiment import sentiment
from seqlab.commands.translate import translate
from seqlab.commands.tune import tune
from seqlab.commands.vet import refuse, vet
from seqlab.errors import SeqlabError
from seqlab.terminal import say


class _OneSentence(click.Group):
    """Errors that a user can act on come as one sentence; a traceback only with --debug."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command. Raises what the command raises, if --debug was given or nobody can act on it."""
        try:
            return super().invoke(ctx)
        except SeqlabError as error:
            if ctx.params.get("debug"):
                raise
            say(f"seqlab: {error}", err=True)
            ctx.exit(1)
        except OSError as error:
            if ctx.params.get("debug") or error.filename is None:
                raise
            say(f"seqlab: a file or folder that can be used; got {error.filename}: {error.strerror}", err=True)
            ctx.exit(1)
        except ModuleNotFoundError as error:
            if ctx.params.get("debug") or error.name not in ("msgpack", "jinja2", "ipykernel"):
                raise
            click.echo(
                f"seqlab: this command needs the package {error.name}; "
                "install it with: pip install 'seqlab[grading,authoring]'",
                err=True,
            )
            ctx.exit(1)


@click.group(cls=_OneSentence, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.version_option(__version__)
def main(debug: bool) -> None:
    """seqlab: labs on deep sequence modelling, and their autograder."""


@main.command("check-answers")
@click.argument("bank", type=click.Path(path_type=Path))
@click.option("--seed", type=click.IntRange(0), help="Draws the cases; the notebooks' own seed if left out.")
@click.option("--jobs", type=click.IntRange(1), default=1, show_default=True, help="How many to judge at once.")
def check_answers(bank: Path, seed: int | None, jobs: int) -> None:
    """Vet a bank of answers (.jsonl): one line of JSON for each on standard output.

    A line may say in "kind" whether its answer is right or wrong: the exit status is 0 if every verdict agrees.
    """
    from seqlab.autograder.judging.bank import KINDS, check_answers, disagrees, read_bank
    from seqlab.exercises import PUBLISHED_SEED

    rows = []
    for row in check_answers(read_bank(bank), PUBLISHED_SEED if seed is None else seed, jobs):
        click.echo(json.dumps(row, ensure_ascii=False))
        sys.stdout.flush()
        rows.append(row)
    if unknown := sum(row["status"] == "unknown" for row in rows):
        raise SeqlabError(
            "every line names a lab and an exercise that there are",
            got=f"{unknown} lines that do not (their messages say which there are)",
        )
    wrong = [row for row in rows if disagrees(row)]
    for row in wrong:
        said = f"accepted, {row['points']:g} points" if row["accepted"] else f"refused. {row['message']}"
        click.echo(f"{row['id']} is {row['kind']} but was {said}", err=True)
    told = sum(row.get("kind") in KINDS for row in rows)
    accepted = sum(row["accepted"] for row in rows)
    click.echo(
        f"{len(rows)} answers, {accepted} accepted and {len(rows) - accepted} refused; "
        f"{told - len(wrong)} of the {told} that say their kind were judged so.",
        err=True,
    )
    if wrong:
        raise SystemExit(1)


@main.command()
@click.argument("notebook", type=click.Path(path_type=Path))
@click.option("--answers", type=click.Path(path_type=Path), help="A folder of NAME.py files, or a .jsonl file.")
@click.option("--reference", is_flag=True, help="Fill in the lab's reference answers.")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="The notebook to write.")
def fill(notebook: Path, answers: Path | None, reference: bool, output: Path) -> None:
    """Put answers into the TODO cells of a blank notebook."""
    from seqlab.authoring import fill

    if bool(answers) == reference:
        raise SeqlabError(
            "fill takes either --answers or --reference", got="both" if reference else "neither", fix="give one of them"
        )
    for notice in fill(notebook, answers, output, reference=reference) or ():
        click.echo(notice, err=True)
    click.echo(f"Written: {output}")


@main.command()
@click.argument("labs", nargs=-1)
@click.option("--check", is_flag=True, help="Only say which notebooks are out of date.")
def build(labs: tuple[str, ...], check: bool) -> None:
    """Build notebooks/*.ipynb from labs/*/notebook.py (in a clone of the repository)."""
    from seqlab.authoring import build, check_built
    from seqlab.exercises import rooms

    notebooks = rooms().parent / "notebooks"
    if check:
        stale = check_built(rooms(), notebooks)
        if stale:
            raise SeqlabError(
                "notebooks equal a fresh build", got=", ".join(map(str, stale)), fix="run: make notebooks"
            )
        click.echo("All notebooks equal a fresh build.")
        return
    from seqlab.authoring.build import lab_folders
    from seqlab.authoring.vetting.consistency import inconsistencies

    for folder in lab_folders(rooms(), list(labs) or None):
        refuse(folder.name, inconsistencies(folder))
    for path in build(rooms(), notebooks, list(labs) or None):
        click.echo(f"Written: {path}")


@main.command("new-lab")
@click.argument("name")
def new_lab(name: str) -> None:
    """Make the skeleton of a lab, such as lab9_memory (in a clone of the repository)."""
    from seqlab.authoring import new_lab
    from seqlab.exercises import rooms

    folder = new_lab(name, rooms())
    click.echo(f"Written: {folder}. Next: edit {folder / 'notebook.py'}, then: make notebooks")


@main.command()
@click.option("--out", default="demo", type=click.Path(path_type=Path), help="The folder for the page.")
@click.option("--steps", type=click.IntRange(1), help="Training steps; the notebook's own number if left out.")
def demo(out: Path, steps: int | None) -> None:
    """From a blank notebook to a mark: fill in, train on Irish tunes, grade, and write one page."""
    from seqlab.demo import run_demo

    run_demo(out, steps)


for command in (grade, export, sentiment, translate, tune, vet):
    main.add_command(command)


if __name__ == "__main__":
    main()
