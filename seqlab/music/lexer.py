"""ABC music text cut into its signs, by one regular expression.

The order of the alternatives is the order of precedence: a comment sign inside quotes is text, ``[K:G]``
is a field and not a chord, ``B:`` begins a line about a book and no note, ``!trill!`` is a decoration while a lone
``!`` is an old line end, ``+CEG+`` an old chord and ``+trill+`` an old decoration. Whatever looks
ahead looks ahead a bounded way, so that the time grows with the length of the text and no faster.
"""

import re

OLD_CHORD_NOTE = re.compile(r"(\^\^|\^|__|_|=)?([A-Ga-g])([',]*)([\d/]*)")
LEXER = re.compile(
    r"""
      (?P<field>^[ \t]*(?:[H-WYh-w+]|[A-GXZa-gxyz](?!:[ \t]*[|:\]])):(?![|:])[^\n]*)
    | (?P<note>(?P<accidental>\^\^|\^|__|_|=)?(?P<letter>[A-Ga-g])(?P<marks>[',]*)(?P<length>\d*/*\d*))
    | (?P<space>[ \t`]+|\\[ \t]*(?=\n|$|%))
    | (?P<directive>%[^\n]*)
    | (?P<bar>(?:\.?:*(?:\[\|\]?|\|+\]?)[:|]*\]?|:{2,}|^[ \t]*:(?=[^|:\n])|:\])
         (?:[ \t\\]{0,4}\n?[ \t]{0,4}\[?[ \t]{0,2}(?P<first>[1-9]\d?(?:[,-][1-9]\d?)*)(?=[^\d/]|$))?[ \t]*)
    | (?P<rest>[zxZX](?P<rlength>\d*/*\d*))
    | (?P<broken>>{1,3}|<{1,3})
    | (?P<newline>\n)
    | (?P<tie>-)
    | (?P<tuplet>\((?P<p>\d{1,2})(?::(?P<q>\d{0,2}))?(?::(?P<r>\d{0,2}))?)
    | (?P<slur>[()])
    | (?P<quoted>"[^"\n]*")
    | (?P<inline>\[(?P<name>[A-Za-z]):(?P<value>[^\]\n]*)\]?)
    | (?P<ending>\[[ \t]{0,4}(?P<second>[1-9]\d?(?:[,-][1-9]\d?)*)(?=[^\d/]|$))
    | (?P<chord>\[(?=[^|\]]{0,200}\]))
    | (?P<endchord>\](?P<clength>\d*/*\d*))
    | (?P<grace>\{/?)
    | (?P<endgrace>\})
    | (?P<oldchord>\+(?!f+\+)
         (?P<heads>(?:(?:\^\^|\^|__|_|=)?[A-Ga-g][',]{0,4}(?:\d{1,3})?(?:/{1,3}\d{0,3})?){2,8})\+(?P<olength>\d*/*\d*))
    | (?P<decoration>![^!\n|\[\]": ]{1,24}!|\+[A-Za-z0-9.<>]{1,24}\+|[.~H-WJh-w])
    | (?P<overlay>&)
    | (?P<ignored>[!*;$@y\r]\d*)
    | (?P<unknown>.)
    """,
    re.VERBOSE | re.MULTILINE,
)
