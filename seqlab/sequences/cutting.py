"""A text, cut into words and marks."""

import re
import unicodedata

from seqlab.errors import SeqlabError

# A word with its apostrophes; a character of a script that is written without spaces; or a single mark.
_TOKEN = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]|[^\W_]+(?:'[^\W_]+)*|[^\w\s]")


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
    return _TOKEN.findall(text)
