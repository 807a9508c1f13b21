"""`seqlab grade`: a class of submissions to marks and reports."""

from pathlib import Path
from typing import Any

import click

from seqlab.errors import SeqlabError

_PATH = click.Path(path_type=Path)


@click.command()
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
@click.option("--python", help="The Python that runs students' code, such as a newer one with seqlab installed.")
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
    **settings: Any,
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
    if settings["python"] and settings["scheduler"]:
        raise SeqlabError(
            "--python is for this machine", got="--scheduler too", fix="start the workers with the Python that you want"
        )
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
    if outcome.faults:
        click.echo(
            f"A check broke. The traceback is in {out / 'log.txt'}, and shown by: seqlab --debug grade …", err=True
        )
        if click.get_current_context().find_root().params.get("debug"):
            click.echo("\n".join(outcome.faults), err=True)
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
