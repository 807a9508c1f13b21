"""A table of sentences and labels, read strictly: CSV, tabs, or a JSON object a line.

Nothing is guessed in silence. What cannot be meant, such as a third cell below two names, is an error with its line;
where two readings are possible, it is asked.
"""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seqlab.errors import SeqlabError

TEXT_NAMES = ("text", "sentence", "review", "comment", "tweet", "content", "phrase", "snippet")
LABEL_NAMES = ("label", "sentiment", "score", "class", "polarity", "target", "category", "rating")
NEGATIVE = {"negative", "neg", "-1", "-", "false", "no", "bad"}
POSITIVE = {"positive", "pos", "1", "+1", "+", "true", "yes", "good"}
_NOTHING = {"", "nan", "<na>", "#n/a", "null"}  # how programs write a cell that is empty
_LONGEST = 10_000_000  # characters of a cell
_ASK = "name the columns: text=..., label=... (on the command line --text and --label)"

Line = tuple[int, list[str]]  # where a row begins, and its cells


@dataclass
class Table:
    """Rows of (sentence, label, line), the columns they were taken from, and what was left out: words -> lines."""

    rows: list[tuple[str, str, int]]
    columns: tuple[str, str] | None = None
    left_out: dict[str, list[int]] = field(default_factory=dict)


def read_table(content: str, path: Path, text: str | None = None, label: str | None = None) -> Table:
    """The rows of a table, in their order.

    Args:
        content: of the file. path: its ending says what it is; it stands in messages. text, label: names of the columns.

    Raises:
        SeqlabError: it can be read in no way, or in two; with the line.
    """
    ending = Path(path.name.lower().removesuffix(".gz")).suffix
    if ending in (".jsonl", ".ndjson", ".json") or content.lstrip().startswith(('{"', "[{")):
        lines, separator = _objects(content, path), "\n"
    else:
        lines, separator = _separated(content, path, ending)
    if not lines:
        return Table([])
    header = [cell.strip() for cell in lines[0][1]]
    at_text, at_label, has_names = _columns(header, lines[1:], text, label, path)
    table = Table([], (header[at_text], header[at_label]) if has_names else None)
    for line, cells in lines[has_names:]:
        if any(cell.strip() for cell in cells[len(header) :]):
            raise SeqlabError(
                f"{len(header)} cells in each line, as in the first",
                got=f"{len(cells)} in line {line} of {path}",
                fix='put the sentence into quotation marks ("), if a separator stands in it',
            )
        if has_names and [cell.strip().lower() for cell in cells] == [cell.lower() for cell in header]:
            table.left_out.setdefault("the names of the columns again", []).append(line)
            continue
        sentence, given = (cells[at].strip() if at < len(cells) else "" for at in (at_text, at_label))
        if sentence.lower() in _NOTHING:
            table.left_out.setdefault("no sentence", []).append(line)
            continue
        given = re.sub(r"^([+-]?\d+)\.0*$", r"\1", given)  # 1.0 is 1
        if given.lower() in _NOTHING:
            got = f"none in line {line} of {path}" if not given else f"{given!r} in line {line} of {path}"
            raise SeqlabError("a label for every sentence", got=got, fix="add it, or remove the line")
        table.rows.append((sentence, given, line))
    _no_swallowed_row(table, separator, len(header), at_label, path)
    return table


# -- lines and cells -------------------------------------------------------------------------------------------
def _separated(content: str, path: Path, ending: str) -> tuple[list[Line], str]:
    first, _, rest = content.partition("\n")
    said = re.fullmatch(r"\ufeff?sep=(.)\r?", first, re.I)  # so Excel is told
    if said:
        content, first = rest, rest.split("\n", 1)[0]
    if said:
        separator = said[1]
    elif "\t" in first and (ending in (".tsv", ".txt", ".tab") or "," not in first.split("\t")[-1]):
        separator = "\t"
    else:
        separator = "\t" if ending == ".tsv" else _separator(content)
    # tabs stand for themselves: a quotation mark is then a part of the sentence
    how: dict[str, Any] = {"quoting": csv.QUOTE_NONE} if separator == "\t" else {"strict": True}
    csv.field_size_limit(_LONGEST)
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=separator, **how)
    return list(_numbered(reader, int(said is not None), path)), separator


def _numbered(reader: Any, before: int, path: Path) -> Iterator[Line]:
    """Each row that is not empty, with the number of the line in which it begins."""
    line = before + 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + before + 1
    except csv.Error as error:
        if "limit" in str(error):
            raise SeqlabError(
                f"cells of at most {_LONGEST:,} characters", got=f"more in line {line} of {path}"
            ) from None
        raise SeqlabError(
            "quotation marks in pairs, around a whole cell",
            got=f'one (") that opens in line {line} of {path} and is not closed where a cell ends',
            fix='close it; a mark inside a cell is written twice ("")',
        ) from None


def _separator(content: str) -> str:
    """The character that stands most evenly in the first lines, outside of quotation marks."""
    lines = [re.sub(r'"[^"]*"', "", line) for line in content.split("\n", 50)[:50] if line.strip()]

    def evenness(mark: str) -> tuple[bool, int, bool, int]:
        (most, how_often), *_ = Counter(line.count(mark) for line in lines).most_common(1) or [(0, 0)]
        as_in_prose = all(f"{mark} " in line for line in lines if mark in line)
        return most > 0, how_often, not as_in_prose, lines[0].count(mark) if lines else 0

    return max(",;\t|", key=evenness)


def _objects(content: str, path: Path) -> list[Line]:
    """JSON: an object a line, or one list of them."""
    found: list[tuple[int, Any]] = []
    if content.lstrip()[:1] == "[":
        try:
            found = [(number, row) for number, row in enumerate(json.loads(content), 1)]
        except (ValueError, RecursionError) as error:
            raise SeqlabError("a list of JSON objects", got=f"{path}: {error}"[:150]) from None
    for number, line in enumerate([] if found else content.split("\n"), 1):
        if line.strip():
            try:
                found.append((number, json.loads(line)))
            except (ValueError, RecursionError):
                raise SeqlabError("a JSON object in each line", got=f"none in line {number} of {path}") from None
    for number, row in found:
        if not isinstance(row, dict):
            raise SeqlabError("a JSON object in each line", got=f"a {type(row).__name__} in line {number} of {path}")
    names = list(dict.fromkeys(str(name) for _, row in found for name in row))
    return [(0, names), *((number, [_cell(row.get(name)) for name in names]) for number, row in found)] if found else []


def _cell(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)


# -- which column is which -------------------------------------------------------------------------------------
def _columns(
    header: list[str], lines: list[Line], text: str | None, label: str | None, path: Path
) -> tuple[int, int, bool]:
    """Where sentence and label stand, and whether the first row names the columns."""
    lower = [name.lower() for name in header]
    found: list[int | None] = []
    for asked, usual, what in ((text, TEXT_NAMES, "sentences"), (label, LABEL_NAMES, "labels")):
        there = [name for name in ((asked.strip().lower(),) if asked else usual) if name in lower]
        if asked and not there:
            raise SeqlabError(f"a column {asked!r} in {path}", got=", ".join(header)[:120])
        if len(there) > 1:
            raise SeqlabError(f"one column of {what} in {path}", got=" and ".join(there), fix=_ASK)
        if there and lower.count(there[0]) > 1:
            raise SeqlabError(f"one column {there[0]!r} in {path}", got=f"{lower.count(there[0])} of that name")
        found.append(lower.index(there[0]) if there else None)
    at_text, at_label = found
    if at_text is not None and at_text == at_label:
        raise SeqlabError("two columns, one of sentences and one of labels", got=f"{text!r} for both")
    if at_text is not None and at_label is not None:
        return at_text, at_label, True
    if len(header) == 2 and (at_text is not None or at_label is not None):
        known = at_text if at_text is not None else 1 - (at_label or 0)
        return known, 1 - known, True
    if len(header) != 2:
        raise SeqlabError(
            f"{path} has a line of column names with one of {', '.join(TEXT_NAMES[:4])} and one of "
            f"{', '.join(LABEL_NAMES[:4])}, or two columns",
            got=f"{len(header)} columns: {', '.join(header)[:80]}",
            fix=_ASK,
        )
    return _without_usual_names(header, lines, path)


def _without_usual_names(header: list[str], lines: list[Line], path: Path) -> tuple[int, int, bool]:
    """Of two columns: labels are short and few, sentences long. Is the first row of the same kind as the others?"""
    rows = [cells for _, cells in lines if len(cells) == 2]
    sizes = [sum(len(row[k]) for row in (header, *rows)) for k in (0, 1)]
    at_label = 0 if sizes[0] < sizes[1] else 1
    labels = Counter(row[at_label].strip().lower() for row in rows)
    first = header[at_label].lower()
    if first in labels or first in NEGATIVE | POSITIVE | {"0"}:
        return 1 - at_label, at_label, False
    if labels and min(labels.values()) > 1:  # each label occurs again, that of the first row does not
        return 1 - at_label, at_label, True
    raise SeqlabError(
        f"a line of column names, or a sentence and its label, at the head of {path}",
        got=f"{', '.join(header)[:80]}, which could be either",
        fix=_ASK,
    )


def _no_swallowed_row(table: Table, separator: str, width: int, at_label: int, path: Path) -> None:
    """A sentence of several lines, in which whole rows stand, began with a quotation mark that was not meant as one."""
    known = {given.lower() for sentence, given, _ in table.rows if "\n" not in sentence}
    for sentence, _, line in table.rows:
        for inner in sentence.split("\n")[1:]:
            cells = [cell.strip(' "\r').lower() for cell in inner.split(separator)]
            if len(cells) == width and cells[at_label] in known:
                raise SeqlabError(
                    "quotation marks in pairs, around a whole cell",
                    got=f'one (") that opens in line {line} of {path} and has the rows below it inside',
                    fix='close it; a mark inside a cell is written twice ("")',
                )
