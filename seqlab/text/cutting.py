"""A sentence to be translated, cut into words and marks, and put together again."""

import html
import re
from collections.abc import Iterable

from seqlab.sequences import words
from seqlab.sequences.cutting import UNSPACED

# What stands behind an apostrophe in English: 's, 're, …; in French and Italian the apostrophe ends its word: l', d'
_SUFFIXES = {"s", "m", "re", "ve", "ll", "d", "t"}
_JOINTS = (
    (rf"(?<=[{UNSPACED}]) (?=[{UNSPACED}])", ""),
    (r" ([.,!?;:)\]…»%。、！？])", r"\1"),
    (r"([¿¡(\[«]) ", r"\1"),
    (r" - ", "-"),
    (r"(?<=\d[.,:]) (?=\d)", ""),
    (rf" ('(?:{'|'.join(sorted(_SUFFIXES))})\b)", r"\1"),
    (r"(\w') (?=\w)", r"\1"),
)


def cut(sentence: str) -> list[str]:
    """The words and marks of a sentence in lower case; accents stay, and an apostrophe divides a word in two.

    Args:
        sentence: of any script; what an export has written as `&apos;` or `&quot;` is read.

    Raises:
        SeqlabError: it is no text.

    >>> cut("L&apos;homme n’est pas là\u202f!")
    ["l'", 'homme', "n'", 'est', 'pas', 'là', '!']
    >>> cut("It's the dog's.")
    ['it', "'s", 'the', 'dog', "'s", '.']
    """
    return [
        piece
        for word in words(html.unescape(sentence) if isinstance(sentence, str) else sentence)
        for piece in _divided(word)
    ]


def joined(tokens: Iterable[str]) -> str:
    """Words and marks as a sentence, with spaces where one would write them.

    >>> joined(["l'", "homme", "n'", "est", "pas", "là", "!"]), joined(["it", "'s", "a", "t", "-", "shirt", "."])
    ("l'homme n'est pas là!", "it's a t-shirt.")
    """
    text = " ".join(tokens)
    for pattern, instead in _JOINTS:
        text = re.sub(pattern, instead, text)
    return text


def _divided(word: str) -> list[str]:
    first, *rest = word.split("'")
    if not first:  # the mark alone
        return [word]
    pieces = [first]
    for part in rest:
        if part in _SUFFIXES:
            pieces.append(f"'{part}")
        else:
            pieces[-1] += "'"
            pieces.append(part)
    return pieces
