"""What is counted of a tune, and of a set of tunes."""

import itertools
from collections import Counter
from math import log

import numpy as np
import pytest

from seqlab.errors import SeqlabError
from seqlab.music import Memory, bits, judge, judge_set, load_tunes, parse, split, transpose
from seqlab.music.judgement import divergence


@pytest.fixture(scope="module")
def sets():
    return split(load_tunes())


@pytest.fixture(scope="module")
def memory(sets):
    return Memory(sets.train)


def test_a_text_that_is_no_tune():
    found = judge("X:1\nM:4/4\nL:1/8\nK:D\n(3AB|")
    assert not found.parses
    assert "tuplet" in found.reason
    assert not found.copy


def test_what_is_counted():
    found = judge("X:1\nM:3/4\nL:1/4\nK:Em\nEGB|efg|^cBA|EGB|F2z|]")
    assert (found.low, found.high, found.range) == (64, 79, 15)
    assert not found.ends_on_tonic
    assert found.in_key == pytest.approx(13 / 14)
    assert found.repeated == pytest.approx(1 / 5)
    assert found.complete
    assert judge("X:1\nM:3/4\nL:1/4\nK:Em\nEGB|ef|E3|e3|]").incomplete == 1


def longest_common(a, b):
    """The slow and plain way: longest run common to two lists, by the table of Wagner and Fischer."""
    best, row = 0, [0] * (len(b) + 1)
    for x in a:
        row = [0] + [row[j] + 1 if x == y else 0 for j, y in enumerate(b)]
        best = max(best, *row)
    return best


def steps(tune):
    notes = [note for note in tune.notes if not note.grace]
    return [
        ("rest" if a.pitch is None or b.pitch is None else b.pitch - a.pitch, a.duration / tune.reading.unit)
        for a, b in itertools.pairwise(notes)
    ]


def test_longest_passage_is_the_longest(sets):
    train = sets.train[:60]
    memory = Memory(train)
    for tune in sets.test[:12]:
        expected = max(longest_common(steps(tune), steps(other)) for other in train)
        assert memory.longest(tune).notes == (expected + 1 if expected >= 6 else 0)


def test_a_transposed_training_tune_is_a_copy_and_a_held_out_one_is_not(sets, memory):
    for tune in sets.train[::200]:
        moved = judge(transpose(tune, 2), memory)
        assert moved.copy
        assert moved.passage.share == 1
    copies = [judge(tune, memory).copy for tune in sets.test]
    assert np.mean(copies) < 0.02


def test_held_out_tunes_are_near_the_training_set_and_random_notes_far(sets, memory):
    held_out = judge_set(sets.test, sets.train, memory)
    assert held_out["parse"] == held_out["every bar complete"] == 1
    rng = np.random.default_rng(0)
    noise = ["X:1\nM:4/4\nL:1/8\nK:D\n" + "".join(rng.choice(list("ABCDEFGabcdefg23^"), 60)) for _ in range(40)]
    random = judge_set([*noise, "rubbish"], sets.train, memory)
    assert random["parse"] < 1
    assert random["every bar complete"] < 0.1
    for what in ("intervals", "durations", "scale degrees"):
        name = f"distance of {what} (bits)"
        assert random[name] > 5 * held_out[name]
    assert held_out["distance of intervals (bits)"] < 0.01
    assert "every bar complete" in str(held_out)
    assert "<table>" in held_out._repr_html_()


def test_divergence_is_symmetric_and_bounded():
    a, b = Counter(x=3, y=1), Counter(y=2, z=2)
    assert divergence(a, b) == pytest.approx(divergence(b, a))
    assert 0 < divergence(a, b) < 1


def test_bits_per_character_and_per_note():
    tune = parse("X:1\nM:4/4\nL:1/8\nK:D\nD2EF GABc|\n")
    per_character, per_note = bits(log(2) * 100, [tune])
    assert per_character == pytest.approx(100 / (len(tune.abc) + 1))
    assert per_note == pytest.approx(100 / 7)


def test_nothing_to_judge():
    with pytest.raises(SeqlabError, match="0 and 0"):
        judge_set([], [])
    with pytest.raises(SeqlabError, match="held-out tunes"):
        bits(1.0, [])
