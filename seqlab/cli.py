"""The command line: `seqlab --help` lists the commands. Heavy imports wait until a command needs them."""

import json
import sys
from pathlib import Path

import click

from seqlab import __version__
from seqlab.commands.sentiment import sentiment
from seqlab.commands.tune import tune
from seqlab.errors import SeqlabError


class _OneSentence(click.Group):
    """Errors that a user can act on come as one sentence; a traceback only with --debug."""

    def invoke(self, ctx: click.Context):
        try:
            return super().invoke(ctx)
        except SeqlabError as error:
            if ctx.params.get("debug"):
                raise
            click.echo(f"seqlab: {error}", err=True)
            ctx.exit(1)
        except OSError as error:
            if ctx.params.get("debug") or error.filename is None:
                raise
            click.echo(f"seqlab: a file or folder that can be used; got {error.filename}: {error.strerror}", err=True)
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


_PATH = click.Path(path_type=Path)


@main.command()
@click.argument("submissions", nargs=-1, required=True, type=_PATH)
@click.option("--out", required=True, type=_PATH, help="The folder for results and reports.")
@click.option(
    "--format",
    "formats",
    multiple=True,
    type=click.Choice(["json", "csv", "html", "canvas", "moodle"]),
    help="Which reports to write beside results.json; all of them if left out.",
)
@click.option("--lab", help="The lab, where the files do not say it themselves.")
@click.option("--seed", type=click.IntRange(0), help="Draws the hidden cases; drawn afresh and kept if left out.")
@click.option("--jobs", type=click.IntRange(1), default=1, show_default=True, help="How many to grade at once.")
@click.option("--roster", type=_PATH, help="A CSV of the class: names, ids, e-mails.")
@click.option("--late", "policy", type=_PATH, help="A TOML file with the late policy.")
@click.option("--gradebook", type=_PATH, help="The CSV that Canvas or Moodle exports, to enter the marks into.")
@click.option("--assignment", help="The assignment's title in the gradebook; the lab's id if left out.")
@click.option("--since", help="Only what was handed in since then, such as 2026-11-20T23:59.")
@click.option("--only", multiple=True, help="Only these students or files (name, id or pattern).")
@click.option("--regrade", is_flag=True, help="Grade again what an earlier run has graded, with the same seed.")
@click.option("--scheduler", help="A Dask scheduler, such as tcp://host:8786, whose workers grade.")
@click.option(
    "--execute",
    type=click.FloatRange(min=1),
    metavar="SECONDS",
    help="Also run the whole notebooks, so many seconds a cell, and keep their outputs.",
)
@click.option("--require-sandbox", is_flag=True, help="Refuse to grade where the full sandbox cannot be had.")
def grade(
    submissions: tuple[Path, ...],
    out: Path,
    formats: tuple[str, ...],
    policy: Path | None,
    gradebook: Path | None,
    assignment: str | None,
    since: str | None,
    **settings,
) -> None:
    """Grade notebooks, hand-ins, folders and the zips of Canvas, Moodle and Gradescope.

    Students' code runs in sandboxed processes of its own. A run that was interrupted goes on where it was.
    """
    from seqlab.autograder.course.bar import Bar
    from seqlab.autograder.course.classroom import Settings, grade_class
    from seqlab.autograder.course.intake import parse_time
    from seqlab.autograder.course.late import read_policy
    from seqlab.autograder.reports import not_in_gradebook
    from seqlab.autograder.reports.publish import FORMATS, publish

    book = _text(gradebook) if gradebook else None
    when = parse_time(since) if since else None
    if since and when is None:
        raise SeqlabError("--since is a time such as 2026-11-20T23:59", got=repr(since))
    chosen = Settings(out=out, late=read_policy(policy) if policy else None, since=when, **settings)
    try:
        with Bar() as bar:
            outcome = grade_class(list(submissions), chosen, bar)
    except KeyboardInterrupt:
        click.echo("Interrupted. What is graded is kept: the same command goes on from there.", err=True)
        raise SystemExit(130) from None
    written = publish(outcome.rows, out, formats or FORMATS, book, assignment)
    for line in outcome.unmatched:
        click.echo(f"Not matched to a student: {line}", err=True)
    failed = [row for row in outcome.rows if not row.exercises]
    for row in failed:
        click.echo(f"Not graded: {row.notebook}: {row.message}", err=True)
    for row in not_in_gradebook(outcome.rows, book) if book else ():
        click.echo(f"Not in the gradebook: {row.notebook}", err=True)
    click.echo(outcome.sandbox)
    click.echo(f"{len(outcome.rows)} graded. Written: {', '.join(map(str, written))}")
    if failed:
        raise SystemExit(1)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SeqlabError("a gradebook is a CSV file in UTF-8", got=f"{path}: {error}", fix="export it again") from None


@main.command("check-answers")
@click.argument("bank", type=click.Path(path_type=Path))
@click.option("--seed", type=click.IntRange(0), help="Draws the cases; the notebooks' own seed if left out.")
@click.option("--jobs", type=click.IntRange(1), default=1, show_default=True, help="How many to judge at once.")
def check_answers(bank: Path, seed: int | None, jobs: int) -> None:
    """Vet a bank of answers (.jsonl): one line of JSON for each on standard output."""
    from seqlab.autograder.judging.bank import check_answers, read_bank
    from seqlab.exercises import PUBLISHED_SEED

    unknown = 0
    for row in check_answers(read_bank(bank), PUBLISHED_SEED if seed is None else seed, jobs):
        click.echo(json.dumps(row, ensure_ascii=False))
        sys.stdout.flush()
        unknown += row["status"] == "unknown"
    if unknown:
        raise SeqlabError(
            "every line names a lab and an exercise that there are",
            got=f"{unknown} lines that do not (their messages say which there are)",
        )


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


@main.group()
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


main.add_command(sentiment)
main.add_command(tune)


if __name__ == "__main__":
    main()
