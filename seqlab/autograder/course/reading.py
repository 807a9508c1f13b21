"""A file's bytes as JSON: whatever an editor or a platform has made of it, and what it is where it is no notebook."""

import json
import re
from typing import Any

from seqlab.autograder.course import kinds
from seqlab.autograder.course.limits import MAX_PARTS

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.S)  # or one without an end: each byte is looked at once
_CONFLICT = re.compile(r"^(?:<<<<<<<|=======|>>>>>>>)(?: .*)?$", re.M)
HAND_IN = "hand in the notebook itself, a file .ipynb"


class Unreadable(Exception):
    """The file is no submission; the message says why in one sentence."""


def read_json(data: bytes) -> Any:
    """The content of a JSON file in any encoding; Unreadable says what it is instead, or where it ends or breaks."""
    if kind := kinds.of_bytes(data[:512]):
        raise Unreadable(f"not a notebook: it is {kind}; {HAND_IN}")
    text = decoded(data).strip("\ufeff\0 \t\r\n")  # a disk that was full leaves zeros at the end
    if not text or not data.strip(b"\0"):
        raise Unreadable("not a notebook: the file is empty")
    utf8 = data if len(text) > len(data) // 2 else text.encode(errors="replace")
    if _parts(utf8) > MAX_PARTS and _parts(_STRING.sub(b"", utf8)) > MAX_PARTS:
        raise Unreadable("not a notebook: it holds millions of values")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise Unreadable(f"not a notebook: {_why(text, error)}") from None
    except (RecursionError, ValueError, MemoryError):
        raise Unreadable("not a notebook: the JSON is nested too deeply or holds an impossible number") from None


def decoded(data: bytes) -> str:
    """The text of a file: UTF-8, UTF-16 and UTF-32 with or without their mark, else the Windows of the West.

    >>> decoded("é".encode("utf-16")), decoded("{é".encode("utf-16-be")), decoded("é".encode("latin-1"))
    ('é', '{é', 'é')
    """
    encoding = json.detect_encoding(data)
    if not encoding.startswith("utf-8"):
        return data.decode(encoding, "replace")
    text = data.decode("utf-8-sig", "replace")
    damaged = text.count("\ufffd")
    if damaged and 2 * damaged > sum(not c.isascii() for c in text):  # not just a few bytes that were damaged
        return data.decode("cp1252", "replace")
    return text


def conflict(text: str) -> int | None:
    """The line of the first marker of a merge that was not settled; None if there are not all three."""
    found = list(_CONFLICT.finditer(text))
    kinds = {m[0][0] for m in found}
    return text.count("\n", 0, found[0].start()) + 1 if kinds == {"<", "=", ">"} else None


def as_written(data: bytes) -> tuple[str, str]:
    """The text of a table and its encoding, in which it gives the very same bytes again, a mark at its beginning too.

    UTF-8 and UTF-16 tell themselves. What is neither was written by a spreadsheet on Windows, or nearly so.
    """
    marked = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}.get(data[:2])
    for encoding in (marked, "utf-8", "cp1252"):
        try:
            if encoding:
                return data.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1"), "latin-1"


def _parts(data: bytes) -> int:
    """How many values are in the JSON, if none of it were text."""
    return data.count(b",") + data.count(b"[") + data.count(b"{")


def _why(text: str, error: json.JSONDecodeError) -> str:
    """What a text is that is no JSON: another thing, a notebook with a merge in it, or one that is cut off."""
    start = text[:2000].lower()
    if "colab.research.google.com/drive" in text[:20_000] and not text.startswith("{"):
        return f"it is a link to a notebook in Colab; {HAND_IN} (File, Download, Download .ipynb)"
    if re.match(r"<(!doctype html|html|head|body|!--)", start) or ("<html" in start and start.startswith("<")):
        return f"it is a web page (HTML); {HAND_IN}"
    if start.startswith(("[internetshortcut]", "http://", "https://", "[desktop entry]")) or "<plist" in start:
        return f"it is a link; {HAND_IN}"
    if (line := conflict(text)) is not None:
        return f"a merge conflict was left in it, from line {line} on: settle it and save the notebook again"
    python = r"^(?:# ?%%|# In ?\[|(?:import|from) \w|def \w|class \w|#!.*python|#.*coding)"
    if not text.startswith("{") and "```" not in text and re.search(python, text[:20_000], re.M):
        return f"it is a Python file, not the notebook; {HAND_IN}"
    rest = text[error.pos :].strip()
    if text.startswith(("{", "[")) and (not rest or error.msg.startswith("Unterminated string")):
        return f"the file is cut off: it ends in the middle, at line {text.count(chr(10)) + 1}; send it again"
    return f"line {error.lineno} is not JSON ({error.msg.lower()})"
