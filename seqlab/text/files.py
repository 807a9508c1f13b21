"""Sentences of the user's own: a table (CSV, tabs, JSON lines), or a folder with a folder of texts for each class."""

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from seqlab.errors import SeqlabError
from seqlab.sequences.decoding import bytes_of, decoded
from seqlab.text.examples import Labelled, labelled
from seqlab.text.tables import NEGATIVE, POSITIVE, read_table

_PARTS = {"train": "train", "training": "train", "test": "test", "testing": "test"}
_PARTS |= dict.fromkeys(("valid", "validation", "val", "dev"), "validation")
_UNLABELLED = {"unsup", "unsupervised", "unlabelled", "unlabeled"}

Row = tuple[str, str, str]  # sentence, label as it stands there, and where


@dataclass
class Read:
    """What was read of a file or folder.

    Attributes:
        parts: "" -> the examples of what has no parts, else "train", "validation", "test" -> theirs.
        classes: names of the classes, by id.
        told: in one line, how much was read, from where, and what was left out and why.
    """

    parts: dict[str, Labelled]
    classes: tuple[str, ...]
    told: str


@dataclass
class _Rows:
    parts: dict[str, list[Row]]
    source: str = ""
    left_out: list[str] = field(default_factory=list)


def read_labelled(
    path: str | Path, *, text: str | None = None, label: str | None = None, classes: Sequence[str] | None = None
) -> tuple[Labelled, tuple[str, ...]]:
    """The sentences of a file or folder, in the order of the file, and the names of their classes.

    Args:
        path: a .csv, .tsv, .txt with tabs, or .jsonl file (.gz too), with or without a line of column names; or a
            folder that holds a folder for each class, and in those .txt files, a text each.
        text, label: names of the columns, where they are not among the usual ones.
        classes: the class names, in the order of their ids; of a model that is to be evaluated, say. By default
            negative and positive where the labels can be read so (0/1, neg/pos, -1/1, …), else all that occur.

    Raises:
        SeqlabError: nothing there, no text, a label that is missing or is none of the classes; with its line.
    """
    read = read_files(path, text=text, label=label, classes=classes)
    return labelled(pair for part in read.parts.values() for pair in part), read.classes


def read_files(
    path: str | Path, *, text: str | None = None, label: str | None = None, classes: Sequence[str] | None = None
) -> Read:
    """The same, with the parts that a folder may have (train, test), and what was read in words. See `read_labelled`."""
    path = Path(path).expanduser()
    if path.is_dir():
        found = _of_folder(path)
    elif path.is_file():
        found = _of_table(path, text, label)
    else:
        raise SeqlabError("a file or folder of sentences", got=f"nothing at {path}", fix="check the path")
    rows = [row for part in found.parts.values() for row in part]
    if not rows:
        raise SeqlabError("a file with one sentence or more", got=f"none in {path}")
    numbers, names = _numbered([given for _, given, _ in rows], classes)
    for (_, given, where), number in zip(rows, numbers, strict=True):
        if number is None:
            raise SeqlabError(f"labels {' or '.join(names)}", got=f"{given[:40]!r} in {where}")
    pairs = iter([(sentence, number or 0) for (sentence, _, _), number in zip(rows, numbers, strict=True)])
    parts = {name: labelled(itertools.islice(pairs, len(part))) for name, part in found.parts.items()}
    return Read(parts, names, _told(path, found, numbers, names))


def read_text(path: Path) -> str:
    """The text of a file in UTF-8, UTF-16, or else Windows-1252; see `seqlab.sequences.decoding`.

    Raises:
        SeqlabError: it cannot be read, is too large, or holds no text.
    """
    return decoded(bytes_of(path), path).text


def _of_table(path: Path, text: str | None, label: str | None) -> _Rows:
    content = decoded(bytes_of(path), path)
    table = read_table(content.text, path, text, label)
    found = _Rows({"": [(sentence, given, f"line {line} of {path}") for sentence, given, line in table.rows]})
    found.source = "columns {} and {}".format(*table.columns) if table.columns else "two columns without names"
    found.left_out = [f"{len(lines)} ({why}: {_lines(lines)})" for why, lines in table.left_out.items()]
    if content.broken:
        found.source += f"; bytes that are no UTF-8 became � ({_lines(list(content.broken))})"
    return found


def _lines(lines: list[int]) -> str:
    return ("line " if len(lines) == 1 else "lines ") + ", ".join(map(str, lines[:5])) + ", …" * (len(lines) > 5)


def _of_folder(folder: Path) -> _Rows:
    inside = _folders(folder)
    while len(inside) == 1 and _folders(inside[0]) and not list(inside[0].glob("*.txt")):
        folder, inside = inside[0], _folders(inside[0])  # such as an archive makes
    parts = {_PARTS[kind.name.lower()]: kind for kind in inside if kind.name.lower() in _PARTS and _folders(kind)}
    found = _Rows({name: _of_classes(kind) for name, kind in parts.items()} or {"": _of_classes(folder)})
    found.source = "a folder for each class" + (f" in {', '.join(k.name for k in parts.values())}" if parts else "")
    unlabelled = [kind.name for where in parts.values() or [folder] for kind in _folders(where) if _is_unlabelled(kind)]
    found.left_out = [f"the folder {name} (no labels)" for name in unlabelled]
    if not any(found.parts.values()):
        raise SeqlabError("a folder with a folder for each class, and .txt files in those", got=str(folder))
    return found


def _of_classes(folder: Path) -> list[Row]:
    kinds = [kind for kind in _folders(folder) if not _is_unlabelled(kind)]
    files = [(kind, file) for kind in kinds for file in sorted(kind.rglob("*.txt"))]
    return [(" ".join(read_text(file).split()), kind.name, str(file)) for kind, file in files]


def _folders(folder: Path) -> list[Path]:
    return sorted(f for f in folder.iterdir() if f.is_dir() and not f.name.startswith((".", "__MACOSX")))


def _is_unlabelled(kind: Path) -> bool:
    return kind.name.lower() in _UNLABELLED


def _numbered(given: list[str], classes: Sequence[str] | None) -> tuple[list[int | None], tuple[str, ...]]:
    """Class ids (None where the label is none of the classes), and the class names."""
    lower = [g.lower() for g in given]
    there = set(lower)
    names = tuple(classes) if classes else None
    if names is None or names == ("negative", "positive"):
        zero = NEGATIVE | ({"0"} if "-1" not in there else set())
        if names or there <= zero | POSITIVE:
            return [0 if g in zero else 1 if g in POSITIVE else None for g in lower], ("negative", "positive")
    names = names or tuple(sorted(dict(zip(lower, given, strict=True)).values()))  # Pos and pos are one
    if len(names) > 1000:
        raise SeqlabError("labels of a few kinds", got=f"{len(names)} different ones", fix="name the label's column")
    place = {name.lower(): i for i, name in enumerate(names)}
    return [place.get(g) for g in lower], names


def _told(path: Path, found: _Rows, numbers: list[int | None], names: tuple[str, ...]) -> str:
    count = Counter(numbers)
    classes = ", ".join(f"{count[i]:,} {name}" for i, name in enumerate(names[:8])) + ", …" * (len(names) > 8)
    left_out = f"; left out: {', '.join(found.left_out)}" if found.left_out else ""
    return f"{len(numbers):,} sentences read from {path} ({classes}), {found.source}{left_out}"
