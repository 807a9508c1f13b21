"""A text, cut into words and marks."""

import functools
import re
import unicodedata

from seqlab.errors import SeqlabError

UNSPACED = r"\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff"  # scripts that are written without spaces
_JOINERS = r"\u200c\u200d"  # stand inside words, in Persian or Hindi


@functools.cache
def _token() -> re.Pattern[str]:
    """A word with its apostrophes; a character of a script that is written without spaces; or a single mark.

    A letter has its combining marks with it (vowels of Hindi or Arabic, the dot of a Turkish İ), which `\\w` leaves out.
    """
    marks = "".join(map(chr, (c for c in range(0x300, 0x20000) if unicodedata.category(chr(c)) in ("Mn", "Mc"))))
    mark = rf"(?:(?![\0-\u02ff])[{marks}{_JOINERS}])"  # the long list is looked through only where one may stand
    letters = rf"[^\W_{UNSPACED}]"
    word = rf"{letters}+(?:{mark}+{letters}*)*"
    return re.compile(rf"[{UNSPACED}]{mark}*|{word}(?:'{word})*|[^\w\s]{mark}*")


def words(text: str) -> list[str]:
    """The words and punctuation marks of a text, in lower case; a hyphen stands between two words.

    Args:
        text: of any script and length; compatibility characters and apostrophes are made one kind.

    Raises:
        SeqlabError: it is no text.

    >>> words("It's NOT bad -- not at all!")
    ["it's", 'not', 'bad', '-', '-', 'not', 'at', 'all', '!']
    """
    if not isinstance(text, str):
        raise SeqlabError("a text", got=f"a {type(text).__name__}", fix="pass a str")
    text = text.encode("utf-8", "replace").decode()  # half of a surrogate pair cannot be written anywhere
    text = unicodedata.normalize("NFKC", text).lower().replace("’", "'")
    return _token().findall(text)
