"""A time as platforms write it. A file's own stamp, which is that of a copy or a download, is none."""

import datetime as dt
import re
import zoneinfo


def parse_time(text: str) -> dt.datetime | None:
    """A time such as 2026-11-21T10:00, with or without a zone (then the machine's); None if it is none.

    Also as Gradescope, nbgrader (with a zone's name) and Moodle's worksheet in English or with a date in digits write it.
    """
    text = re.sub(r"\s+", " ", text.strip())
    text = re.sub(r"(\.\d{6})\d+", r"\1", text)
    text = re.sub(r" (?:UTC|GMT|Z)$", "+00:00", text)
    text = re.sub(r" ([+-]\d\d:?\d\d)$", r"\1", text)
    zone = None
    if named := re.search(r" ([A-Z][A-Za-z_]+(?:/[\w+-]+)+)$", text):
        try:
            zone, text = zoneinfo.ZoneInfo(named[1]), text[: named.start()]
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            return None
    try:
        when = dt.datetime.fromisoformat(text)
    except ValueError:
        found = _spelled_out(text)
        if found is None:
            return None
        when = found
    try:
        return when.replace(tzinfo=zone).astimezone() if zone and when.tzinfo is None else when.astimezone()
    except (OverflowError, OSError):
        return None


def _spelled_out(text: str) -> dt.datetime | None:
    text = re.sub(r"^[^\W\d]+, ", "", text)  # the day of the week
    for form in ("%d %B %Y, %I:%M %p", "%d %B %Y, %H:%M", "%d.%m.%Y, %H:%M", "%d.%m.%Y %H:%M", "%d/%m/%Y, %H:%M"):
        try:
            return dt.datetime.strptime(text, form)
        except ValueError:
            continue
    return None
