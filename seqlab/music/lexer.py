"""ABC music text cut into its signs, by one regular expression.

The order of the alternatives is the order of precedence: a comment sign inside quotes is text, ``[K:G]``
is a field and not a chord, ``!trill!`` is a decoration while a lone ``!`` is an old line end. Whatever looks
ahead looks ahead a bounded way, so that the time grows with the length of the text and no faster.
"""

import re

LEXER = re.compile(
    r"""
      (?P<note>(?P<accidental>\^\^|\^|__|_|=)?(?P<letter>[A-Ga-g])(?P<marks>[',]*)(?P<length>\d*/*\d*))
    | (?P<space>[ \t`]+|\\[ \t]*(?=\n|$|%))
    | (?P<field>^[A-Za-z+]:(?![|:])[^\n]*)
    | (?P<directive>%[^\n]*)
    | (?P<bar>(?:\.?:*(?:\[\|\]?|\|+\]?)[:|]*\]?|:{2,}|^[ \t]*:(?=[^|:\n])|:\])
         (?:[ \t\\]{0,4}\n?[ \t]{0,4}\[?[ \t]{0,2}(?P<first>[1-9](?:[,-][1-9])*)(?=[^\d/]|$))?[ \t]*)
    | (?P<rest>[zxZX](?P<rlength>\d*/*\d*))
    | (?P<broken>>{1,3}|<{1,3})
    | (?P<newline>\n)
    | (?P<tie>-)
    | (?P<tuplet>\((?P<p>[2-9])(?::(?P<q>\d?))?(?::(?P<r>\d{0,2}))?(?=[^\d]))
    | (?P<slur>[()])
    | (?P<quoted>"[^"\n]*")
    | (?P<inline>\[(?P<name>[A-Za-z]):(?P<value>[^\]\n]{0,80})\])
    | (?P<ending>\[[ \t]{0,4}(?P<second>[1-9](?:[,-][1-9])*)(?=[^\d/]|$))
    | (?P<chord>\[(?=[^|\]]{0,200}\]))
    | (?P<endchord>\](?P<clength>\d*/*\d*))
    | (?P<grace>\{/?)
    | (?P<endgrace>\})
    | (?P<decoration>![^!\n|\[\]": ]{1,24}!|\+[A-Za-z0-9.<>]{1,24}\+|[.~H-WJh-w])
    | (?P<overlay>&)
    | (?P<ignored>[!*;$@y\r]\d*)
    | (?P<unknown>.)
    """,
    re.VERBOSE | re.MULTILINE,
)
