r"""What strangers wrote, such as the names of files, made harmless before a terminal or a log shows it."""

import re
import sys

import click

# control characters, also the second set; lone surrogates; what breaks a line or turns its direction round
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")


def harmless(text: object, lines: bool = False) -> str:
    r"""A text in which every control character is written out; with `lines`, but for ends of lines and tabs.

    >>> harmless("ann\x1b[2J\n5 graded"), harmless("a\n\tb\x07", lines=True)
    ('ann\\x1b[2J\\n5 graded', 'a\n\tb\\x07')
    """
    kept = "\n\t" if lines else ""
    return _CONTROL.sub(lambda m: m[0] if m[0] in kept else m[0].encode("unicode_escape").decode(), str(text))


def say(text: object, err: bool = False, lines: bool = False) -> None:
    """Print a line, harmless, and in letters that the stream can take."""
    stream = sys.stderr if err else sys.stdout
    encoding = getattr(stream, "encoding", None) or "utf-8"
    click.echo(harmless(text, lines).encode(encoding, "backslashreplace").decode(encoding), err=err)
