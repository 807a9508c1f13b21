"""Order-contrast pairs: the same words in another order, with the opposite sentiment.

After the lecture's "The food was good, not bad at all." and "The food was bad, not good at all."
"""

from collections.abc import Iterator
from itertools import product

import numpy as np

from seqlab import data
from seqlab.errors import SeqlabError
from seqlab.text.examples import Labelled, labelled, same_text
from seqlab.text.files import read_text

Pair = tuple[str, int, str, int]  # text_a, label_a, text_b, label_b

# {a} is what is said of the noun, {b} what is denied
FRAMES = (
    "The {n} was {a}, not {b} at all.",
    "The {n} was {a} and not {b}.",
    "The {n} was not {b} but {a}.",
    "Not {b}, the {n} was {a}.",
    "The {n} was more {a} than {b}.",
    "I thought the {n} would be {b}, but it was {a}.",
    "The {n} began {b} and ended {a}.",
    "The {n} looked {b} at first, then it was {a}.",
    "They called the {n} {b}, I call it {a}.",
    "{a}, never {b}: that was the {n}.",
)
GOOD = (
    "beautiful",
    "bold",
    "bright",
    "brilliant",
    "charming",
    "clean",
    "clear",
    "clever",
    "excellent",
    "fresh",
    "friendly",
    "funny",
    "good",
    "great",
    "gripping",
    "honest",
    "lively",
    "lovely",
    "moving",
    "pleasant",
    "solid",
    "tasty",
    "wonderful",
)
BAD = (
    "awful",
    "bad",
    "bland",
    "boring",
    "clumsy",
    "confusing",
    "dirty",
    "dull",
    "flimsy",
    "gloomy",
    "horrible",
    "lazy",
    "rude",
    "silly",
    "stale",
    "stupid",
    "tedious",
    "terrible",
    "ugly",
    "weak",
)
NOUNS = (
    "acting",
    "album",
    "app",
    "bed",
    "book",
    "bread",
    "cake",
    "cast",
    "city",
    "coffee",
    "comedy",
    "concert",
    "course",
    "ending",
    "evening",
    "film",
    "food",
    "garden",
    "hotel",
    "idea",
    "lecture",
    "match",
    "museum",
    "music",
    "novel",
    "party",
    "phone",
    "pizza",
    "place",
    "play",
    "plot",
    "room",
    "script",
    "service",
    "show",
    "song",
    "soup",
    "story",
    "trip",
    "waiter",
)


def contrast_pairs() -> list[Pair]:
    """The 40 pairs written for the lab: (text_a, label_a, text_b, label_b), labels 0 and 1.

    >>> contrast_pairs()[0]
    ('The food was good, not bad at all.', 1, 'The food was bad, not good at all.', 0)
    """
    lines = read_text(data.small_set("sentences") / "pairs.tsv").splitlines()[1:]
    label = ("negative", "positive").index
    return [(a, label(p), b, label(q)) for a, p, b, q in (line.split("\t") for line in lines)]


def made_pairs(n: int, rng: np.random.Generator) -> list[Pair]:
    """n different pairs from templates, none of which is among the 40 of `contrast_pairs`.

    Args:
        n: at most some 180,000. rng: chooses construction, noun and the two adjectives of each.

    Returns:
        (text_a, label_a, text_b, label_b) of each, labels 1 and 0.

    Raises:
        SeqlabError: more than there are.
    """
    taken = {same_text(text) for pair in contrast_pairs() for text in (pair[0], pair[2])}
    most = len(FRAMES) * len(NOUNS) * len(GOOD) * len(BAD) - len(taken) // 2
    if not 0 <= n <= most:
        raise SeqlabError(f"from 0 to {most} pairs", got=str(n))
    choices = rng.permutation(most + len(taken) // 2)
    sizes = (len(FRAMES), len(NOUNS), len(GOOD), len(BAD))
    pairs: list[Pair] = []
    for choice in choices:
        if len(pairs) == n:
            break
        frame, noun, good, bad = (int(i) for i in np.unravel_index(choice, sizes))
        a = _sentence(FRAMES[frame], NOUNS[noun], GOOD[good], BAD[bad])
        b = _sentence(FRAMES[frame], NOUNS[noun], BAD[bad], GOOD[good])
        if same_text(a) not in taken:
            pairs.append((a, 1, b, 0))
    return pairs


def plain_sentences() -> Labelled:
    """Every noun with one adjective, said and denied: "The food was good." 1, "The food was not good at all." 0."""
    return labelled(_plain())


def both_sides(pairs: list[Pair]) -> Labelled:
    """The single sentences of pairs: 2·P of them, each pair's two behind each other.

    >>> both_sides([("good not bad", 1, "bad not good", 0)]).labels.tolist()
    [1, 0]
    """
    return labelled(side for a, p, b, q in pairs for side in ((a, p), (b, q)))


def _plain() -> Iterator[tuple[str, int]]:
    for noun, (label, kind) in product(NOUNS, ((1, GOOD), (0, BAD))):
        for adjective in kind:
            yield f"The {noun} was {adjective}.", label
            yield f"The {noun} was not {adjective} at all.", 1 - label


def _sentence(frame: str, noun: str, a: str, b: str) -> str:
    text = frame.format(n=noun, a=a, b=b)
    return text[0].upper() + text[1:]
