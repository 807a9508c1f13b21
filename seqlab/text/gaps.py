"""Sentences with one word left out, which can be guessed from the other one that counts.

Of "The soup was ____, not stale at all." the missing adjective praises; who has read only as far as the gap cannot know.
"""

from dataclasses import dataclass

import numpy as np

from seqlab.sequences import words
from seqlab.text.contrast import BAD, GOOD, Pair

GAP = "____"


@dataclass(frozen=True)
class Gaps:
    """N sentences of pairs, each with one of its two adjectives left out.

    texts: N, `GAP` in the adjective's place. places: (N,) which word that is, from 0. labels: (N,) 1 if what is
    missing praises, 0 if it blames. second: (N,) whether it is the later one of the two adjectives.
    """

    texts: tuple[str, ...]
    places: np.ndarray
    labels: np.ndarray
    second: np.ndarray


def with_gaps(pairs: list[Pair]) -> Gaps:
    """Both sentences of each made pair, once without the first and once without the second of their adjectives.

    The two sentences of a pair are the same up to the first adjective, and the same from the second one on: from that
    side alone the gap can be told right exactly half of the time.

    Args:
        pairs: as `seqlab.text.made_pairs` makes them.

    >>> gaps = with_gaps([("The soup was good, not bad at all.", 1, "The soup was bad, not good at all.", 0)])
    >>> gaps.texts[0], gaps.places[:2].tolist(), gaps.labels.tolist()
    ('the soup was ____ , not bad at all .', [3, 6], [1, 0, 0, 1])
    """
    adjectives = {*GOOD, *BAD}
    rows = []
    for a, _, b, _ in pairs:
        for sentence in map(words, (a, b)):
            places = [i for i, word in enumerate(sentence) if word in adjectives]
            for place in (places[0], places[-1]):
                text = " ".join([*sentence[:place], GAP, *sentence[place + 1 :]])
                rows.append((text, place, int(sentence[place] in GOOD), place == places[-1]))
    texts, places_, labels, second = zip(*rows, strict=True)
    return Gaps(texts, np.array(places_), np.array(labels), np.array(second))
