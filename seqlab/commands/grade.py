"""`seqlab grade`: a class of submissions to marks and reports."""

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from seqlab.errors import SeqlabError
from seqlab.terminal import say

_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("submissions", nargs=-1, required=True, type=_PATH)
@click.option("--out", required=True, type=_PATH, help="The folder for results and reports.")
@click.option(
    "--format",
    "formats",
    multiple=True,
    type=click.Choice(["json", "csv", "html", "canvas", "moodle", "feedback"]),
    help="Which reports to write beside results.json; all of them if left out.",
)
@click.option("--lab", help="The lab, where the files do not say it themselves.")
@click.option("--seed", type=click.IntRange(0), help="Draws the hidden cases; drawn afresh and kept if left out.")
@click.option("--jobs", type=click.IntRange(1), default=1, show_default=True, help="How many to grade at once.")
@click.option("--roster", type=_PATH, help="A CSV of the class: names, ids, e-mails, groups.")
@click.option(
    "--platform",
    type=click.Choice(["auto", "canvas", "moodle", "gradescope", "nbgrader", "folder"]),
    default="auto",
    show_default=True,
    help="Whose export it is. Needed where several exports are given at once; of other zips each is one student's.",
)
@click.option("--times", type=_PATH, help="A CSV with columns student and time: when they handed in.")
@click.option(
    "--late",
    "policy",
    type=_PATH,
    help="A TOML file with the late policy: a table [late] with due (a date and time) and, as numbers, grace_minutes, "
    "percent_per_day (of the points earned, for each day begun) and cut_off_days (after these nothing is given).",
)
@click.option("--gradebook", type=_PATH, help="The CSV that Canvas or Moodle exports, to enter the marks into.")
@click.option(
    "--assignment", help="The title of its column in the gradebook; the column named after the lab if left out."
)
@click.option("--scale", is_flag=True, help="Scale the marks to the maximum of the gradebook's column.")
@click.option("--replace", "overwrite", is_flag=True, help="Write over marks in the gradebook that others entered.")
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
@click.option(
    "--self-test",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=lambda context, option, asked: _self_test() if asked else None,
    help="Try from inside what the sandbox promises on this machine, tell it line by line, and grade nothing.",
)
@click.option("--require-sandbox", is_flag=True, help="Refuse to grade where the full sandbox cannot be had.")
def grade(
    submissions: tuple[Path, ...],
    out: Path,
    formats: tuple[str, ...],
    policy: Path | None,
    gradebook: Path | None,
    assignment: str | None,
    scale: bool,
    overwrite: bool,
    since: str | None,
    **settings: Any,
) -> None:
    """Grade notebooks, hand-ins, folders and the zips of Canvas, Moodle and Gradescope.

    A zip that is given alone is that of a class. Of several zips, given or in a folder, each is one student's, unless
    --platform says whose export they are. OUT/intake.csv has a line for every file.

    Students' code runs in sandboxed processes of its own. A run that was interrupted goes on where it was.
    """
    from seqlab.autograder.course.bar import Bar
    from seqlab.autograder.course.classroom import Settings, grade_class
    from seqlab.autograder.course.late import read_policy
    from seqlab.autograder.course.times import parse_time
    from seqlab.autograder.reports.publish import FORMATS, publish

    book, unread = _bytes(gradebook) if gradebook else (None, "")
    when = parse_time(since) if since else None
    if since and when is None:
        raise SeqlabError("--since is a time such as 2026-11-20T23:59", got=repr(since))
    chosen = Settings(
        out=out, late=read_policy(policy) if policy else None, since=when, gradebook=gradebook, **settings
    )
    try:
        with _writing(out), Bar() as bar:
            outcome = grade_class(list(submissions), chosen, bar)
    except KeyboardInterrupt:
        say("Interrupted. What is graded is kept: the same command goes on from there.", err=True)
        raise SystemExit(130) from None
    rows, missing = outcome.everyone, outcome.missing
    if unread and not formats:
        formats = tuple(name for name in FORMATS if name not in ("canvas", "moodle"))
    with _writing(out):
        published = publish(
            rows,
            out,
            formats or FORMATS,
            book,
            assignment,
            lab=settings["lab"],
            scale=scale,
            overwrite=overwrite,
            lines=outcome.lines,
            missing=missing,
        )
    for line in outcome.notes:
        say(f"Note: {line}. If it is not so, say --platform folder.", err=True)
    for line in outcome.unmatched:
        say(f"Not matched to a student: {line}", err=True)
    if outcome.faults:
        say(f"A check broke. The traceback is in {out / 'log.txt'}, and shown by: seqlab --debug grade …", err=True)
        if click.get_current_context().find_root().params.get("debug"):
            say("\n".join(outcome.faults), err=True, lines=True)
    failed = [row for row in outcome.rows if not row.exercises]
    for row in failed:
        say(f"Not graded: {row.notebook}: {row.message}", err=True)
    for row in rows:
        if row.conflict:
            say(f"To be decided: {row.notebook}: {row.conflict}", err=True)
    for row in published.absent:
        say(f"Not in the gradebook: {row.notebook}", err=True)
    for line in published.told:
        say(f"Left in the gradebook as it was: {line}", err=True)
    if missing:
        names = ", ".join(who.name or who.id or who.email for who in missing)
        say(f"Nothing handed in by {len(missing)}: {names}", err=True)
    say(outcome.sandbox)
    counts = f"{len(outcome.rows) - len(failed)} graded" + (f", {len(failed)} not graded" if failed else "")
    if len(rows) > len(outcome.rows):
        counts += f", {len(rows)} in the class"
    say(f"{counts}. Written: {', '.join(map(str, published.files))}")
    faults = [unread, *published.faults] if unread else published.faults
    for fault in faults:
        say(f"The gradebook: {fault}", err=True)
    if failed or faults:
        raise SystemExit(1)


def _self_test() -> None:
    """A line for each promise of the sandbox; the exit status is 0 only if all are kept."""
    from seqlab.autograder.judging.parents import self_test

    line, promises = self_test()
    words = {True: "kept", False: "NOT kept", None: "not promised here"}
    for promise in promises:
        why = f" ({promise['why']})" if promise["why"] else ""
        click.echo(f"{words[promise['kept']]}: {promise['name']}{why}")
    click.echo(line)
    raise SystemExit(0 if promises and all(promise["kept"] for promise in promises) else 1)


@contextlib.contextmanager
def _writing(out: Path) -> Iterator[None]:
    """A disk that is full, or a folder that cannot be written, is told in one sentence."""
    try:
        yield
    except OSError as error:
        unwritable = error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", None), errno.EROFS, errno.EFBIG)
        if not unwritable and not str(error.filename or "").startswith(str(out)):
            raise
        raise SeqlabError(
            "--out is a folder that can be written, on a disk with room",
            got=f"{out}: {error.strerror}",
            fix="make room, or name another one; what is graded is kept, and the same command goes on from there",
        ) from error


def _bytes(path: Path) -> tuple[bytes | None, str]:
    """A gradebook's bytes, and what is wrong where it cannot be read: told at the end, since all else is worth having."""
    from seqlab.autograder.course.roster import MAX_TABLE

    try:
        with open(path, "rb") as file:
            data = file.read(MAX_TABLE + 1)
        return (data, "") if len(data) <= MAX_TABLE else (None, f"{path} has more than {MAX_TABLE >> 20} MB.")
    except OSError as error:
        return None, f"{path} cannot be read: {error.strerror}. Name another one with --gradebook."
