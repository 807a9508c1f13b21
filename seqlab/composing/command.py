"""`seqlab tune`: dance tunes from the command line, as text, score and sound."""

from dataclasses import replace
from pathlib import Path

import click

from seqlab.errors import SeqlabError

_MODES = "such as D, Em, Ador"


@click.command()
@click.argument("notes", default="")
@click.option("--key", default=None, help=f"The key, {_MODES}; drawn if left out.")
@click.option("--rhythm", default=None, help="reel, jig, hornpipe, slip jig, ...; drawn if left out.")
@click.option(
    "-n", "count", type=click.IntRange(1, 100), default=1, show_default=True, help="How many tunes."
)
@click.option("-o", "--out", type=click.Path(path_type=Path, file_okay=False), default=Path("tunes"),
              show_default=True, help="The folder for them.")  # fmt: skip
@click.option("--temperature", type=click.FloatRange(0), default=None, help="0 is cautious, 1.2 is bold.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True,
              help="The same seed, the same tunes.")  # fmt: skip
@click.option("--free", is_flag=True, help="Do not hold the model to bars that add up.")
@click.option("--train", "again", is_flag=True, help="Train the model anew.")
def tune(notes, key, rhythm, count, out, temperature, seed, free, again) -> None:
    """Write tunes that begin with NOTES, such as "E F# G C": ABC, score (SVG), MIDI and sound (WAV).

    The first call trains the model, about two minutes with a progress bar; it is then kept.
    """
    from seqlab.composing.opening import opening_tokens
    from seqlab.music.keys import parse_key

    if key is not None:
        key = str(parse_key(key))
    if notes and key is None:
        key = "C"  # accidentals of the opening are as they are written
    opening = opening_tokens(notes, key or "C") if notes else []

    import os

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from seqlab.composing.shipped import kept_at, shipped_model
    from seqlab.composing.writing import TEMPERATURE, write
    from seqlab.music import ABCError, Memory, from_tokens, judge, save

    if again or not kept_at().is_file():
        click.echo(
            "Training the model on O'Neill's, Ryan's and Aird's tunes, up to two minutes; it is then kept."
        )
    model = shipped_model(again=again)
    header = {k: v for k, v in (("R", rhythm), ("K", key)) if v is not None}
    written = write(
        model, count, temperature=TEMPERATURE if temperature is None else temperature, fits=not free, header=header,
        opening=opening, seed=seed, progress=True,
    )  # fmt: skip
    from seqlab.composing.shipped import parts

    memory = Memory(parts().train)
    kept = 0
    for number, sequence in enumerate(written, 1):
        name = f"tune-{seed}-{number}"
        try:
            piece = replace(from_tokens(sequence, id=name), title=f"Tune {number} of seed {seed}")
        except ABCError as error:
            click.echo(f"{name}: cannot be read as a tune ({error.reason})")
            continue
        paths = save(piece, out / name)
        found = judge(piece, memory)
        bars = "every bar full" if found.complete else f"{found.incomplete} bars not full"
        click.echo(f"{paths[0]}  {piece.rhythm or 'a tune'} in {piece.key}, {len(piece.bars)} bars, {bars}, longest "
                   f"passage from the books {found.passage.share:.0%}")  # fmt: skip
        kept += 1
    if not kept:
        raise SeqlabError(
            "at least one text that reads as a tune",
            got="none",
            fix="leave out --free, or lower --temperature",
        )
    click.echo(f"Each also as .svg (score), .mid and .wav. Open {out / f'tune-{seed}-1.svg'} in a browser.")
