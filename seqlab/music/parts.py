"""The order of parts: ``P:ABA`` in the header, ``P:A`` where a part begins (ABC 2.1, section 3.1.9)."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from seqlab.errors import SeqlabError

_MOST = 100  # parts that are played in a row
_TOKEN = re.compile(r"[\s.,]*([A-Za-z()])(\d{0,2})")


def order_of_parts(text: str) -> str:
    """The letters of ``(A2.B)3`` written out, ``AABAABAAB``; ``""`` where it is no order of parts.

    Raises:
        SeqlabError: more than 100 parts in a row.

    >>> order_of_parts("A2.(B3(CD)2)")
    'AABBBCDCD'
    """
    open_groups, position = [""], 0
    while found := _TOKEN.match(text, position):
        sign, times = found[1], int(found[2] or 1)
        position = found.end()
        if sign == "(":
            open_groups.append("")
            continue
        if sign == ")":
            if len(open_groups) == 1:
                return ""
            sign = open_groups.pop()
        if len(open_groups[-1]) + len(sign) * times > _MOST:
            raise SeqlabError(f"at most {_MOST} parts in a row", got=repr(text[:40]))
        open_groups[-1] += sign * times
    return open_groups[0] if len(open_groups) == 1 and not text[position:].strip(" .,") else ""


def played_parts(text: str, begun: Sequence[tuple[int, str]], bars: int) -> Iterator[tuple[int, tuple[int, ...]]]:
    """The bars at which parts begin, and for each when that part is played, counted from 1; none as written.

    Args:
        text: of ``P:`` in the header.
        begun: (bar, letter) of each part in the music.
        bars: how many there are.

    What comes before the first part is played first. An order that names no part of the music, or a letter that
    begins two parts, says nothing.

    >>> list(played_parts("ABA", [(0, "A"), (8, "B")], 16))
    [(0, (1, 3)), (8, (2,))]
    """
    order = order_of_parts(text)
    begun = [(bar, letter) for bar, letter in begun if bar < bars]
    letters = Counter(letter for _, letter in begun)
    if not set(order) & set(letters) or max(letters.values()) > 1 or len({bar for bar, _ in begun}) < len(begun):
        return
    if begun[0][0] > 0:
        yield 0, (0,)
    for bar, letter in begun:
        yield bar, tuple(turn for turn, played in enumerate(order, 1) if played == letter)
