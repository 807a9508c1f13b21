"""Notebook files: reading those that came from anywhere, writing whole ones.

A student's file passed through Colab, editors and mail, and may be hostile. It is read as JSON and rebuilt
from the parts that seqlab has a use for; nothing in it is executed, and what it says of itself is not believed.
"""

import itertools
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from seqlab.errors import SeqlabError
from seqlab.whole import write_whole

MAX_BYTES = 100 * 2**20  # notebooks with 50 MB of sound and pictures are met with
KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}

_KINDS = ("code", "markdown", "raw")
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
_LOAD = re.compile(r"""\blabs\.load\(\s*["'](\w{1,40})["']""")
_CLEAR = 'in Colab or Jupyter choose "Clear all outputs", and save again'
_GRADER_KEYS: dict[str, type | tuple[type, ...]] = {
    "schema_version": int,
    "grade": bool,
    "solution": bool,
    "locked": bool,
    "task": bool,
    "grade_id": str,
    "points": (int, float),
    "checksum": str,
    "cell_type": str,
}


def read_notebook(path: Path | str, max_bytes: int = MAX_BYTES) -> NotebookNode:
    """A notebook file, whoever wrote it, as a valid notebook of nbformat 4.5 without outputs.

    path: the file, UTF-8 or UTF-16, with or without a byte-order mark; nbformat 4.0 to 4.5, also as Colab saves
    it (ids in the cells' metadata).
    Returns a fresh node. Kept are the cells' kinds, sources (line ends as \\n, lone surrogates replaced), ids
    (made up where missing, malformed or repeated), nbgrader metadata and tags, and the notebook's
    `metadata.seqlab`; outputs and all other metadata are dropped.
    Raises SeqlabError, one sentence, if there is no such file, or it is no such notebook.
    """
    path = Path(path)
    notebook = "a notebook file (.ipynb)"
    if path.is_dir():
        raise SeqlabError(f"{notebook} was expected", got=f"the folder {path}", fix="name the file in it")
    if not path.is_file():  # nor a pipe or a device, which could hold up the reader for ever
        got = f"{path}, which is no ordinary file" if path.exists() else f"{path}, which does not exist"
        raise SeqlabError(f"{notebook} was expected", got=got, fix="correct the path")
    try:
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except OSError as error:
        raise SeqlabError(f"{path} should be readable", got=error.strerror, fix="mend its permissions") from None
    if len(data) > max_bytes:
        raise SeqlabError(f"{path} should have at most {max_bytes / 2**20:g} MB", got="more", fix=_CLEAR)
    return parse_notebook(data, str(path))


def parse_notebook(data: bytes, name: str = "the file") -> NotebookNode:
    """The same from the bytes of a file; `name` is what messages call it."""

    def refuse(got: str, fix: str = "hand in the .ipynb file itself, as downloaded") -> SeqlabError:
        return SeqlabError(f"{name} should be a Jupyter notebook", got=got, fix=fix)

    text = data.decode(json.detect_encoding(data), "replace")
    if not text.strip():
        raise refuse("an empty file")
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise refuse(f"line {error.lineno}, which is not JSON ({error.msg.lower()})") from None
    except RecursionError:
        raise refuse("JSON nested too deeply") from None
    except ValueError:
        raise refuse("JSON with a number of too many digits") from None
    if not isinstance(content, dict) or not isinstance(content.get("cells"), list):
        if isinstance(content, dict) and (content.get("nbformat") in (1, 2, 3) or "worksheets" in content):
            fix = "open it in Jupyter and save it, or run: jupyter nbconvert --to notebook --nbformat 4 FILE"
            raise refuse("a notebook of the old format 3", fix)
        raise refuse("JSON without a list of cells")
    if content.get("nbformat") != 4:
        raise refuse("a format other than nbformat 4", "save it anew in Jupyter or Colab")
    return _rebuilt(content, refuse)


def write_notebook(notebook: NotebookNode, path: Path | str) -> Path:
    """Write a notebook in one piece, always the same bytes for the same content."""
    write_whole(Path(path), notebook_text(notebook))
    return Path(path)


def notebook_text(notebook: NotebookNode) -> str:
    """A notebook as the text of its file: sorted keys, one final newline."""
    return nbformat.writes(notebook, version=nbformat.NO_CONVERT) + "\n"


def lab_of(notebook: NotebookNode) -> str | None:
    """The lab that a notebook says it is of, by its metadata or its `seqlab.labs.load("lab2")`; else None."""
    said = notebook.metadata.get("seqlab", {}).get("lab")
    if said:
        return said
    found = (_LOAD.search(c.source) for c in notebook.cells if c.cell_type == "code")
    return next((match[1] for match in found if match), None)


def headings(notebook: NotebookNode) -> list[str]:
    """For each cell the nearest heading at or above it, without its Markdown; "" before the first."""
    titles, title = [], ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and (found := re.search(r"^#{1,6} +(.+)$", cell.source, re.M)):
            title = re.sub(r"[*`]|\b_|_\b", "", found[1]).strip()
        titles.append(title)
    return titles


def _rebuilt(content: dict[str, Any], refuse: Callable[..., Any]) -> NotebookNode:
    """A notebook of plain, known parts."""
    cells: list[dict[str, Any]] = []
    taken: set[str] = set()
    for number, raw in enumerate(content["cells"], 1):
        kind = raw.get("cell_type") if isinstance(raw, dict) else None
        if kind not in _KINDS:
            raise refuse(f"cell {number}, which is no code, markdown or raw cell")
        source = _source(raw.get("source", ""))
        if source is None:
            raise refuse(f"cell {number}, whose source is not text")
        metadata = raw.get("metadata")
        metadata = metadata if isinstance(metadata, dict) else {}
        kept = _metadata(metadata)
        name = _id([raw.get("id"), metadata.get("id"), kept.get("nbgrader", {}).get("grade_id")], number, taken)
        cell: dict[str, Any] = {"id": name, "cell_type": kind, "metadata": kept, "source": source}
        if kind == "code":
            cell |= {"execution_count": None, "outputs": []}
        elif attachments := _attachments(raw.get("attachments")):
            cell["attachments"] = attachments
        cells.append(cell)
    about: dict[str, Any] = {"kernelspec": dict(KERNELSPEC), "language_info": {"name": "python"}}
    ours = content.get("metadata")
    ours = ours.get("seqlab") if isinstance(ours, dict) else None
    if isinstance(ours, dict) and isinstance(ours.get("lab"), str):
        about["seqlab"] = {"lab": _clean(ours["lab"])[:40]}
    return nbformat.from_dict({"nbformat": 4, "nbformat_minor": 5, "metadata": about, "cells": cells})


def _source(value: Any) -> str | None:
    """The text of a cell, which the format also allows as a list of lines; None if it is neither."""
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        value = "".join(value)
    return _clean(value) if isinstance(value, str) else None


def _clean(text: str) -> str:
    """Text that can be encoded, with \\n at the ends of its lines."""
    if not text.isascii():
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _metadata(metadata: dict[str, Any]) -> dict[str, Any]:
    """What seqlab and nbgrader read of a cell's metadata, as far as it is well-formed."""
    kept: dict[str, Any] = {}
    grader = metadata.get("nbgrader")
    if isinstance(grader, dict):
        kept["nbgrader"] = {
            key: _clean(value)[:200] if isinstance(value, str) else value
            for key, kind in _GRADER_KEYS.items()
            if isinstance(value := grader.get(key), kind)
            and isinstance(value, bool) == (kind is bool)
            and (not isinstance(value, int | float) or abs(value) < 1e9)  # neither NaN nor a novel of digits
        }
    tags = metadata.get("tags")
    if isinstance(tags, list):
        kept["tags"] = sorted({_clean(t)[:200] for t in tags[:100] if isinstance(t, str) and "," not in t})
    for key in ("deletable", "editable"):
        if isinstance(metadata.get(key), bool):
            kept[key] = metadata[key]
    return kept


def _attachments(value: Any) -> dict[str, Any]:
    """Pictures inside a text cell: {file name: {media type: base64}}."""
    if not isinstance(value, dict):
        return {}
    return {
        _clean(name): {_clean(kind): data for kind, data in bundle.items() if isinstance(data, str) and data.isascii()}
        for name, bundle in value.items()
        if isinstance(bundle, dict)
    }


def _id(candidates: list[Any], number: int, taken: set[str]) -> str:
    """The first candidate that is a legal id and still free, else one made from the cell's place."""
    made = (f"cell-{number}-{again}" for again in itertools.count(2))
    for name in itertools.chain(candidates, [f"cell-{number}"], made):
        if isinstance(name, str) and _ID.match(name) and name not in taken:
            break
    taken.add(name)
    return name
