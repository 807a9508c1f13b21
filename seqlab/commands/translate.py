"""`seqlab translate train|translate|evaluate`: translate sentences from the command line."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seqlab.commands.files import check_run, is_picture, quiet_tensorflow, save_picture
from seqlab.errors import SeqlabError

if TYPE_CHECKING:
    from seqlab.models.translate import Translator

_PATH = click.Path(path_type=Path)
_DATA = click.option(
    "--data",
    "name",
    default="small",
    show_default=True,
    help="spa-eng, fra-eng, multi30k-de, multi30k-fr, small, small-it, or a file: a sentence, a tab, its translation.",
)
_REVERSE = click.option("--reverse", is_flag=True, help="The other way: from the second language to the first.")
_LONGEST = click.option("--longest", type=click.IntRange(1), help="Only pairs of so many words a side at most.")
_PAIRS = click.option("--pairs", type=click.IntRange(1), help="Of these, at most so many, drawn at random.")
_BEAM = click.option("--beam", type=click.IntRange(1), default=5, show_default=True, help="Hypotheses that are kept.")
_PENALTY = click.option(
    "--length-penalty",
    type=click.FloatRange(0),
    default=1.0,
    show_default=True,
    help="More of it, longer translations.",
)


@click.group()
def translate() -> None:
    """Train a translator, let it translate, measure it."""


@translate.command()
@_DATA
@_REVERSE
@_LONGEST
@_PAIRS
@click.option("--attention", default="dot", show_default=True, help="none, dot or additive.")
@click.option("--cell", default="GRU", show_default=True, help="GRU or LSTM.")
@click.option("--out", default="translator.npz", show_default=True, type=_PATH, help="The file for the translator.")
@click.option("--epochs", type=click.IntRange(1), help="Passes at most; it stops earlier where it gets no better.")
@click.option(
    "--seed", type=click.IntRange(0), default=0, show_default=True, help="The same seed, the same translator."
)
@click.option("--checkpoint", type=_PATH, help="A file to write after each pass.")
@click.option("--resume", is_flag=True, help="Go on from the file of --checkpoint.")
def train(
    name: str,
    reverse: bool,
    longest: int | None,
    pairs: int | None,
    attention: str,
    cell: str,
    out: Path,
    epochs: int | None,
    seed: int,
    checkpoint: Path | None,
    resume: bool,
) -> None:
    """Train a translator, measure it on the test part, and save it in one file."""
    check_run(out, checkpoint, resume)
    from seqlab.models.translate import Translator
    from seqlab.text import load_pairs

    changed: dict[str, Any] = {"cell": cell} | ({} if epochs is None else {"epochs": epochs})
    Translator(attention, **changed)  # what there is not is said before anything is read
    found = load_pairs(name, reverse=reverse).short(longest, train=pairs)
    click.echo(f"{found!r}" + (f"\n{found.terms}" if found.terms else ""))
    if len(found.train) < 1000:
        changed |= {"min_count": 1, "batch": 16}
        changed.setdefault("epochs", 20)
    quiet_tensorflow()
    model = Translator(attention, **changed)
    model.fit(found.train, found.validation, seed=seed, progress=True, checkpoint=checkpoint, resume=resume)
    model.save(out)
    click.echo(f"Written: {out}, {model.parameters:,} parameters")
    if found.test:
        scores = model.evaluate(found.test, beam=5, length_penalty=1.0)
        click.echo(f"On the test part: {scores}")


@translate.command("translate")
@click.argument("model", type=_PATH)
@click.argument("sentences", nargs=-1)
@_BEAM
@_PENALTY
@click.option("--picture", type=_PATH, help="A picture (.png, .svg or .pdf) of where the first one's words come from.")
def translate_(model: Path, sentences: tuple[str, ...], beam: int, length_penalty: float, picture: Path | None) -> None:
    """The translation of each sentence; without sentences, of each line of standard input."""
    is_picture(picture)
    lines = list(sentences) or [line.rstrip("\r\n") for line in sys.stdin]
    if not lines:
        raise SeqlabError("sentences to translate", got="none", fix="write them behind the model, or on standard input")
    translator = _load(model)
    for translation in translator.translate(lines, beam=beam, length_penalty=length_penalty):
        click.echo(translation if isinstance(translation, str) else " ".join(map(str, translation)))
    if picture:
        from seqlab import plots

        save_picture(plots.attention_map(*translator.attention(lines[0])), picture)


@translate.command()
@click.argument("model", type=_PATH)
@_DATA
@_REVERSE
@_LONGEST
@_PAIRS
@click.option(
    "--part", type=click.Choice(["test", "validation", "train"]), default="test", show_default=True, help="Which part."
)
@_BEAM
@_PENALTY
@click.option("--order", type=click.IntRange(1, 9), default=4, show_default=True, help="The longest n-gram of BLEU.")
def evaluate(
    model: Path,
    name: str,
    reverse: bool,
    longest: int | None,
    pairs: int | None,
    part: str,
    beam: int,
    length_penalty: float,
    order: int,
) -> None:
    """BLEU and chrF with their intervals, on a part of a set of pairs."""
    from seqlab.text import load_pairs

    translator = _load(model)
    found = load_pairs(name, reverse=reverse).short(longest, train=pairs, held_out=pairs)
    examples = getattr(found, part)
    if not examples:
        raise SeqlabError(f"pairs in the {part} part", got=f"none in {name}", fix="name another --part, or more pairs")
    scores = translator.evaluate(examples, beam=beam, length_penalty=length_penalty, order=order)
    click.echo(f"On {name}, {part} part: {scores}")


def _load(path: Path) -> "Translator":
    quiet_tensorflow()
    from seqlab.models.translate import Translator

    return Translator.load(path)
