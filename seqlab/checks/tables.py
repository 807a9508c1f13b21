"""An exercise whose answer is a dict that is filled in: one of some words for each key."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from seqlab.autograder.judging.closed import Closed


def check_table(
    t: Any,
    right: Mapping[str, str],
    *,
    things: str,
    words: str,
    shown: Iterable[str],
    slip: str,
    mixed_up: Mapping[tuple[str, str], str] | None = None,
) -> None:
    """The answer has the keys of `right`, a value of its values at each, and the right one; each earns its part.

    things: what the keys are, in the plural: "tasks". words: what the values are: "the five patterns".
    shown: the keys of the worked examples. slip: what to ask where a hidden one is wrong. mixed_up: (what is right, what is
    there) -> a likelier slip than `slip`, where these two are taken for each other.
    """
    given, shown = t.answer, list(shown)
    if not given or all(v is None for v in given.values()):
        raise t.missing()

    def told(keys: Iterable[str]) -> Iterator[str]:
        """What is said of the first of these keys that holds a well-known mistake; the key goes before it."""
        pairs = ((key, (mixed_up or {}).get((right[key], str(given[key])))) for key in keys)
        return (f"{key}: {words}" for key, words in pairs if words)

    same = {key: isinstance(given.get(key), str) and given[key] == word for key, word in right.items()}
    t.part(sum(same.values()) / len(right.keys() | given.keys()))  # each value that is right earns its part
    # what is quoted here is the student's own table; a visible failure is judged alone, so that no other answer speaks in it
    with t.case(f"the {len(right)} {things} are there", visible=True):
        one = things.removesuffix("s")
        named = f"each {one} keeps the name that the TODO cell gives it: only the values are filled in"
        t.require(set(given) == set(right), _keys(given, right), slip=named)
    with t.case(f"every value is one of {words}", visible=True):
        known = sorted(set(right.values()))
        still_open = [key for key, value in given.items() if value is None]
        strange = [key for key, v in given.items() if v is not None and not (isinstance(v, str) and v in known)]
        t.require(
            not strange,
            f"{_listed(strange)}: the value is not one of {words}",
            expected=", ".join(known),
            got=_listed(given[key] for key in strange),
            slip=f"copy the {words.split()[-1].removesuffix('s')}'s name from the text above",
        )
        t.require(not still_open, f"still open: {_listed(still_open)}")
    another = f"another {words.split()[-1].removesuffix('s')}"
    with t.case(f"the {_count(len(shown))} worked example{'s' if len(shown) > 1 else ''}", visible=True):
        for key in shown:
            likely = next(told([key]), slip) if not same[key] else slip
            t.require(same[key], f"{key} is {another}", expected=right[key], got=str(given[key]), slip=likely)
    with t.case(f"all {len(right)} {things}", kind="all entries"):
        wrong = [key for key in right if not same[key]]
        said = f"{len(wrong)} of {len(right)} are {another}: {_listed(wrong)}"
        likely = next(told(wrong), slip)
        t.require(not wrong, said, slip=likely, closed=Closed.SOME_ENTRIES, subject=t.exercise.name)


def _keys(given: Mapping[str, Any], right: Mapping[str, Any]) -> str:
    missing, extra = set(right) - set(given), set(given) - set(right)
    said = (("missing", missing), ("unknown", extra))
    return "; ".join(f"{word}: {_listed(keys)}" for word, keys in said if keys)


def _listed(names: Iterable[Any]) -> str:
    names = sorted(str(n)[:40] for n in names)
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def _count(n: int) -> str:
    return {1: "one", 2: "two", 3: "three", 4: "four"}.get(n, str(n))
