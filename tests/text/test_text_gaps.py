"""Sentences of pairs with one of their two adjectives left out."""

import numpy as np

from seqlab import text
from seqlab.text.contrast import BAD, GOOD
from seqlab.text.gaps import GAP

PAIRS = text.made_pairs(100, np.random.default_rng(0))
GAPS = text.with_gaps(PAIRS)


def test_each_sentence_comes_without_its_first_and_without_its_second_adjective():
    assert len(GAPS.texts) == len(GAPS.labels) == 4 * len(PAIRS)
    assert GAPS.second.tolist() == [False, True] * (2 * len(PAIRS))
    whole = [text.words(side) for a, _, b, _ in PAIRS for side in (a, b) for _ in range(2)]
    for sentence, gap, place, label in zip(whole, GAPS.texts, GAPS.places, GAPS.labels, strict=True):
        assert gap.split().index(GAP) == place
        assert sentence[place] in (GOOD if label else BAD)
        assert [*sentence[:place], GAP, *sentence[place + 1 :]] == gap.split()


def test_from_its_own_side_alone_a_gap_cannot_be_told():
    for i in range(0, len(GAPS.texts), 4):
        first, other = GAPS.texts[i].split(), GAPS.texts[i + 2].split()
        assert first[: GAPS.places[i]] == other[: GAPS.places[i + 2]]
        first, other = GAPS.texts[i + 1].split(), GAPS.texts[i + 3].split()
        assert first[GAPS.places[i + 1] :] == other[GAPS.places[i + 3] :]
        assert GAPS.labels[i] != GAPS.labels[i + 2]
        assert GAPS.labels[i + 1] != GAPS.labels[i + 3]
