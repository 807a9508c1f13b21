"""Text strings of ABC as one reads them (ABC 2.1, section 8.2): ``Caf\\'e``, ``Caf&eacute;`` and ``Caf\\u00e9`` are Café."""

import re
import unicodedata
from html import unescape

_MARKS = dict(zip("`'^~\"cvuH", "\u0300\u0301\u0302\u0303\u0308\u0327\u030c\u0306\u030b", strict=True))
_LETTERS = {
    "AA": "Å", "aa": "å", "AE": "Æ", "ae": "æ", "OE": "Œ", "oe": "œ", "/O": "Ø", "/o": "ø",
    "DH": "Ð", "dh": "ð", "TH": "Þ", "th": "þ", "ss": "ß", "%": "%", "&": "&",
}  # fmt: skip
_SIGN = re.compile(
    rf"""\\(?:u(?P<code>[0-9A-Fa-f]{{4}})|U(?P<long>[0-9A-Fa-f]{{8}})|(?P<name>{"|".join(map(re.escape, _LETTERS))})
          |(?P<mark>[`'^~"cvuH])(?P<brace>\{{)?(?P<letter>[A-Za-z])(?(brace)\}}))""",
    re.VERBOSE,
)


def plain_text(text: str) -> str:
    """A title without the mnemonics of its accents; what is none stays as it is.

    >>> plain_text("Caf\\\\'e &agrave; \\\\u00c9ire"), plain_text("up \\\\ down")
    ('Café à Éire', 'up \\\\ down')
    """
    return unescape(_SIGN.sub(_letter, text))


def _letter(found: re.Match[str]) -> str:
    code = found["code"] or found["long"]
    if code:
        number = int(code, 16)
        known = number < 0x110000 and unicodedata.category(chr(number))[0] != "C"
        return chr(number) if known else found[0]
    if found["name"]:
        return _LETTERS[found["name"]]
    together = unicodedata.normalize("NFC", found["letter"] + _MARKS[found["mark"]])
    return together if len(together) == 1 else found[0]
