"""Sentences of the user's own: a CSV or TSV file, or a folder with a folder of texts for each class."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from seqlab.errors import SeqlabError
from seqlab.text.examples import Labelled, labelled

MAX_BYTES = 200_000_000
TEXT_NAMES = ("text", "sentence", "review", "comment", "tweet", "content", "phrase", "snippet")
LABEL_NAMES = ("label", "sentiment", "score", "class", "polarity", "target", "category", "rating")
_NEGATIVE = {"negative", "neg", "-1", "-", "false", "no", "bad"}
_POSITIVE = {"positive", "pos", "1", "+1", "+", "true", "yes", "good"}


def read_labelled(
    path: str | Path, *, text: str | None = None, label: str | None = None, classes: Sequence[str] | None = None
) -> tuple[Labelled, tuple[str, ...]]:
    """The sentences of a file or folder, in the order of the file, and the names of their classes.

    Args:
        path: a .csv or .tsv (or .txt with tabs) file, with or without a line of column names; or a folder that
            holds a folder for each class, and in those .txt files, a text each.
        text, label: names of the columns, where they are not among the usual ones.
        classes: the class names, in the order of their ids; of a model that is to be evaluated, say. By default
            negative and positive where the labels can be read so (0/1, neg/pos, -1/1, …), else all that occur.

    Raises:
        SeqlabError: nothing there, no text, a label that is missing or is none of the classes; with its line.
    """
    path = Path(path).expanduser()
    if path.is_dir():
        rows = _folder_rows(path)
    elif path.is_file():
        rows = _table_rows(path, text, label)
    else:
        raise SeqlabError("a file or folder of sentences", got=f"nothing at {path}", fix="check the path")
    if not rows:
        raise SeqlabError("a file with one sentence or more", got=f"none in {path}")
    for _, given, where in rows:
        if not given:
            raise SeqlabError("a label for every sentence", got=f"none in {where}", fix="add it, or remove the line")
    numbers, names = _numbered([given for _, given, _ in rows], classes)
    pairs = []
    for (sentence, given, where), number in zip(rows, numbers, strict=True):
        if number is None:
            raise SeqlabError(f"labels {' or '.join(names)}", got=f"{given[:40]!r} in {where}")
        pairs.append((sentence, number))
    return labelled(pairs), names


def read_text(path: Path) -> str:
    """The text of a file in UTF-8, UTF-16 with its mark, or else Windows-1252.

    Raises:
        SeqlabError: it cannot be read, is too large, or holds no text.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise SeqlabError(f"a file of at most {MAX_BYTES // 1_000_000} MB", got=f"a larger one, {path}")
        data = path.read_bytes()
    except OSError as error:
        raise SeqlabError("a file that can be read", got=f"{path}: {error.strerror}") from None
    for encoding in ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1252", "latin-1"):
        try:
            found = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in found:
            return found
        break
    raise SeqlabError("a file of text", got=f"something else in {path}", fix="save it as text in UTF-8")


def _folder_rows(folder: Path) -> list[tuple[str, str, str]]:
    kinds = sorted(f for f in folder.iterdir() if f.is_dir() and not f.name.startswith("."))
    files = [(kind, file) for kind in kinds for file in sorted(kind.rglob("*.txt"))]
    if not files:
        raise SeqlabError("a folder with a folder for each class, and .txt files in those", got=str(folder))
    return [(" ".join(read_text(file).split()), kind.name, str(file)) for kind, file in files]


def _table_rows(path: Path, text: str | None, label: str | None) -> list[tuple[str, str, str]]:
    content = read_text(path)
    first = content.split("\n", 1)[0]
    tabs = path.suffix.lower() in (".tsv", ".txt") or ("\t" in first and "," not in first.split("\t")[-1])
    # tabs stand for themselves: a quotation mark is then a part of the sentence
    how = {"delimiter": "\t", "quoting": csv.QUOTE_NONE} if tabs else {"delimiter": _separator(first)}
    csv.field_size_limit(MAX_BYTES)
    try:
        reader = csv.reader(io.StringIO(content, newline=""), **how)
        table = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise SeqlabError("a table of sentences and labels", got=f"{path}: {error}") from None
    if not table:
        return []
    header = [cell.strip().lower() for cell in table[0][1]]
    at_text, at_label, has_header = _columns(header, [row for _, row in table[1:200]], text, label, path)
    rows = []
    for line, row in table[has_header:]:
        sentence, given = (row[at].strip() if at < len(row) else "" for at in (at_text, at_label))
        rows.append((sentence, given, f"line {line} of {path}"))
    return rows


def _separator(first: str) -> str:
    return max(",;\t|", key=first.count)


def _columns(
    header: list[str], rows: list[list[str]], text: str | None, label: str | None, path: Path
) -> tuple[int, int, bool]:
    """Where text and label stand, and whether the first row names the columns."""
    found: list[int | None] = []
    for asked, usual in ((text, TEXT_NAMES), (label, LABEL_NAMES)):
        names = (asked.lower(),) if asked else usual
        found.append(next((header.index(name) for name in names if name in header), None))
        if asked and found[-1] is None:
            raise SeqlabError(f"a column {asked!r} in {path}", got=", ".join(header)[:120])
    at_text, at_label = found
    if at_text is not None and at_label is not None:
        return at_text, at_label, True
    if len(header) != 2:
        raise SeqlabError(
            f"{path} has a line of column names with one of {', '.join(TEXT_NAMES[:4])} and one of "
            f"{', '.join(LABEL_NAMES[:4])}, or two columns",
            got=f"{len(header)} columns: {', '.join(header)[:80]}",
            fix="name them: text=..., label=... (on the command line --text and --label)",
        )
    # without names: labels are short and few, sentences long
    sizes = [sum(len(row[k]) for row in (header, *rows) if len(row) == 2) for k in (0, 1)]
    shorter = 0 if sizes[0] < sizes[1] else 1
    return 1 - shorter, shorter, found != [None, None]


def _numbered(given: list[str], classes: Sequence[str] | None) -> tuple[list[int | None], tuple[str, ...]]:
    """Class ids (None where the label is none of the classes), and the class names."""
    lower = [g.lower() for g in given]
    there = set(lower)
    names = tuple(classes) if classes else None
    if names is None or names == ("negative", "positive"):
        zero = _NEGATIVE | ({"0"} if "-1" not in there else set())
        if names or there <= zero | _POSITIVE:
            return [0 if g in zero else 1 if g in _POSITIVE else None for g in lower], ("negative", "positive")
    names = names or tuple(sorted(set(given)))
    if len(names) > 1000:
        raise SeqlabError("labels of a few kinds", got=f"{len(names)} different ones", fix="name the label's column")
    place = {name.lower(): i for i, name in enumerate(names)}
    return [place.get(g) for g in lower], names
