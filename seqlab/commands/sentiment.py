"""`seqlab sentiment train|predict|evaluate`: classify sentences from the command line."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seqlab.commands.files import check_run, is_picture, quiet_tensorflow, save_picture
from seqlab.errors import SeqlabError

if TYPE_CHECKING:
    from seqlab.models.classify import Evaluation, TextClassifier

_PATH = click.Path(path_type=Path)
_DATA = click.option(
    "--data",
    "name",
    default="rt_polarity",
    show_default=True,
    help="rt_polarity, uci, imdb, small, or a CSV, TSV or folder of yours.",
)
_TEXT = click.option("--text", help="The column with the sentences, in a file of yours.")
_LABEL = click.option("--label", help="The column with the labels, in a file of yours.")
_PICTURE = click.option("--picture", type=_PATH, help="The picture (.png, .svg or .pdf) to draw.")


@click.group()
def sentiment() -> None:
    """Train a classifier of sentences, ask it, measure it."""


@sentiment.command()
@_DATA
@_TEXT
@_LABEL
@click.option(
    "--kind",
    default="blend",
    show_default=True,
    help="bag, mean, SimpleRNN, LSTM, GRU, bidirectional, deep, tree, informed, ngrams or blend.",
)
@click.option("--out", default="sentiment.npz", show_default=True, type=_PATH, help="The file for the classifier.")
@click.option("--epochs", type=click.IntRange(1), help="Passes at most; it stops earlier where it gets no better.")
@click.option(
    "--seed", type=click.IntRange(0), default=0, show_default=True, help="The same seed, the same classifier."
)
@click.option("--checkpoint", type=_PATH, help="A file to write after each pass.")
@click.option("--resume", is_flag=True, help="Go on from the file of --checkpoint.")
@_PICTURE
def train(
    name: str,
    text: str | None,
    label: str | None,
    kind: str,
    out: Path,
    epochs: int | None,
    seed: int,
    checkpoint: Path | None,
    resume: bool,
    picture: Path | None,
) -> None:
    """Train a classifier, measure it on the test part, and save it in one file."""
    check_run(out, checkpoint, resume)
    is_picture(picture)
    from seqlab.models.classify import TextClassifier
    from seqlab.models.classify.kinds import settings_of
    from seqlab.text import load_sentences

    changed: dict[str, Any] = {} if epochs is None else {"epochs": epochs}
    settings_of(kind, **changed)  # a kind that there is not is said before anything is read
    sentences = load_sentences(name, text=text, label=label)
    click.echo(f"{sentences!r}" + (f"\n{sentences.terms}" if sentences.terms else ""))
    if len(sentences.train) < 1000:
        changed["min_count"] = 1
    quiet_tensorflow()
    model = TextClassifier(kind, sentences.classes, **changed)
    model.fit(sentences.train, sentences.validation, seed=seed, progress=True, checkpoint=checkpoint, resume=resume)
    model.save(out)
    click.echo(f"Written: {out}")
    if len(sentences.test):
        _report(model.evaluate(sentences.test), "the test part", picture)


@sentiment.command()
@click.argument("model", type=_PATH)
@click.argument("texts", nargs=-1)
@click.option("--picture", type=_PATH, help="A picture of the first text, its probability word by word.")
def predict(model: Path, texts: tuple[str, ...], picture: Path | None) -> None:
    """The likeliest class of each text with its probability; without texts, of each line of standard input."""
    is_picture(picture)
    lines = list(texts) or [line.rstrip("\r\n") for line in sys.stdin]
    if not lines:
        raise SeqlabError("texts to classify", got="none", fix="write them behind the model, or on standard input")
    classifier = _load(model)
    for text, p in zip(lines, classifier.probabilities(lines), strict=True):
        shown = text.encode("utf-8", "replace").decode()
        click.echo(f"{p.max():.3f}\t{classifier.classes[p.argmax()]}\t{shown}")
    if picture:
        from seqlab import plots

        words, p = classifier.trace(lines[0], most=40)
        names = classifier.classes
        if len(names) == 2:  # one line says it all
            figure = plots.word_trace(words, {"": p[:, 1]}, of=names[1])
        else:
            figure = plots.word_trace(words, dict(zip(names, p.T, strict=True)), of="each class")
        save_picture(figure, picture)


@sentiment.command()
@click.argument("model", type=_PATH)
@_DATA
@_TEXT
@_LABEL
@click.option(
    "--part",
    type=click.Choice(["test", "validation", "train"]),
    help="Of a set: which part (test, if left out). A file of yours is taken whole.",
)
@_PICTURE
def evaluate(
    model: Path, name: str, text: str | None, label: str | None, part: str | None, picture: Path | None
) -> None:
    """Accuracy with its interval, confusion matrix and calibration on labelled sentences."""
    is_picture(picture)
    from seqlab.text import load_sentences, read_labelled
    from seqlab.text.sentences import NAMES

    classifier = _load(model)
    if name in NAMES or part:
        examples = getattr(load_sentences(name, text=text, label=label), part or "test")
        where = f"{name}, {part or 'test'} part"
    else:
        examples, _ = read_labelled(name, text=text, label=label, classes=classifier.classes)
        where = name
    if len(examples) and examples.labels.max() >= len(classifier.classes):
        raise SeqlabError(f"labels {' or '.join(classifier.classes)}", got=f"others in {name}")
    _report(classifier.evaluate(examples), where, picture)


def _load(path: Path) -> "TextClassifier":
    quiet_tensorflow()
    from seqlab.models.classify import TextClassifier

    return TextClassifier.load(path)


def _report(evaluation: "Evaluation", where: str, picture: Path | None) -> None:
    click.echo(f"\nOn {where}: {evaluation}")
    if picture:
        from seqlab import plots

        save_picture(plots.evaluation_picture(evaluation), picture)
