"""`seqlab tune`: dance tunes from the command line, as text, score and sound."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from seqlab.errors import SeqlabError

if TYPE_CHECKING:
    from seqlab.music import Memory


@click.command()
@click.argument("notes", default="")
@click.option("--key", help="The key, such as D, Em or Ador; if left out, C with NOTES, else drawn.")
@click.option("--rhythm", help="reel, jig, hornpipe, slip jig, ...; drawn if left out.")
@click.option("-n", "count", type=click.IntRange(1, 100), default=1, show_default=True, help="How many tunes.")
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("tunes"),
    show_default=True,
    help="The folder for them.",
)
@click.option("--temperature", type=click.FloatRange(0), help="0 is cautious, 1.2 is bold; 0.6 if left out.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="The same seed, the same tunes.")
@click.option("--free", is_flag=True, help="Do not hold the model to bars that add up.")
@click.option("--train", "again", is_flag=True, help="Train the model anew.")
def tune(
    notes: str,
    key: str | None,
    rhythm: str | None,
    count: int,
    out: Path,
    temperature: float | None,
    seed: int,
    free: bool,
    again: bool,
) -> None:
    """Write tunes that begin with NOTES, such as "E F# G C": ABC, score (SVG), MIDI and sound (WAV).

    The first call trains the model, about two minutes with a progress bar; it is then kept.
    """
    from seqlab.composing.opening import opening_tokens
    from seqlab.music.keys import parse_key

    if key is not None or notes:
        key = str(parse_key(key or "C"))
    opening = opening_tokens(notes, key or "C") if notes else []
    from seqlab.quiet import import_tensorflow

    import_tensorflow()
    from seqlab.composing.shipped import parts, shipped_model
    from seqlab.composing.training import vocabulary_of
    from seqlab.composing.writing import TEMPERATURE, check_wishes, write
    from seqlab.music import Memory

    header = {field: value for field, value in (("R", rhythm), ("K", key)) if value}
    click.echo("Reading the books of O'Neill, Ryan and Aird ...")
    books = parts()
    check_wishes(vocabulary_of(books.all), header, opening)  # before anything is trained
    written = write(
        shipped_model(books, again=again),
        count,
        temperature=TEMPERATURE if temperature is None else temperature,
        fits=not free,
        header=header,
        opening=opening,
        seed=seed,
        progress=True,
    )
    memory = Memory(books.train)
    told = [_save(sequence, out / f"tune-{seed}-{number}", memory) for number, sequence in enumerate(written, 1)]
    if not any(told):
        raise SeqlabError("a text that reads as a tune", got="none", fix="lower --temperature, or leave out --free")
    click.echo("Beside each .abc: the score (.svg, for a browser), .mid and .wav.")


def _save(sequence: list[str], stem: Path, memory: "Memory") -> bool:
    """Write one tune in every format and say what can be said of it; False if it is none."""
    from seqlab.music import ABCError, from_tokens, judge, save

    try:
        piece = from_tokens(sequence, id=stem.name)
    except ABCError as error:
        click.echo(f"{stem.name} cannot be read as a tune: {error.reason}")
        return False
    piece = replace(piece, title=f"Machine tune {stem.name.removeprefix('tune-')}")
    save(piece, stem)
    found = judge(piece, memory)
    heard = found.passage.share if found.passage else 0.0
    bars = "every bar full" if found.complete else f"{found.incomplete} bars not full"
    click.echo(
        f"{stem}.abc: {piece.rhythm or 'a tune'} in {piece.key}, {len(piece.bars)} bars, {bars}; longest passage "
        f"from the books {heard:.0%} of it"
    )
    return True
