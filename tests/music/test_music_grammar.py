"""Whatever the grammar lets through reads as a tune whose bars are complete; and it lets real tunes through."""

from fractions import Fraction as F

import numpy as np
import pytest

from seqlab.errors import SeqlabError
from seqlab.music import Grammar, Vocabulary, from_tokens, grammatical, judge, load_tunes, tokens
from seqlab.music.grammar import State
from seqlab.music.tokeniser import END, join

HEAD = ["R:reel\n", "M:4/4\n", "L:1/8\n", "K:D\n"]


@pytest.fixture(scope="module")
def tunes():
    return load_tunes(("oneill", "ryan"))


@pytest.fixture(scope="module")
def vocabulary(tunes):
    return Vocabulary.from_texts([*map(tokens, tunes), [END]])


def test_a_random_walk_writes_complete_tunes(vocabulary):
    """Not the model but the grammar keeps the bars: here every allowed token is as likely as any other."""
    grammar, rng = Grammar(vocabulary), np.random.default_rng(0)
    for _ in range(60):
        state, sequence = State(), []
        while state.stage != "end":
            mask = grammar.allowed(state)
            assert mask.any(), sequence[-8:]
            choices = np.flatnonzero(mask)
            endings = [i for i in choices if vocabulary.symbols[i] in ("|]", "||", ":|2 ", END)]
            choice = endings[0] if len(sequence) > 60 and endings else rng.choice(choices)
            sequence.append(vocabulary.symbols[choice])
            state = grammar.step(state, sequence[-1])
            assert len(sequence) < 2_000
        found = judge(join(sequence))
        assert found.parses, (found.reason, sequence)
        assert found.complete, found.tune.abc


def test_most_real_tunes_can_be_followed(tunes):
    followed = grammatical(tunes)
    print(f"{len(followed) / len(tunes):.1%} of the tunes fit the grammar")
    assert len(followed) > 0.9 * len(tunes)


def test_the_mask_is_what_step_says(tunes, vocabulary):
    grammar = Grammar(vocabulary)
    sequence = tokens(next(tune for tune in tunes if grammar.accepts(tokens(tune)) and "(3" in tune.body))
    for n in range(0, len(sequence), 7):
        state = grammar.after(sequence[:n])
        by_step = [grammar.step(state, symbol) is not None for symbol in vocabulary.symbols]
        assert grammar.allowed(state).tolist() == by_step
        assert grammar.allowed(state)[vocabulary.char2idx[sequence[n]]]


@pytest.mark.parametrize(
    ("sequence", "may", "may_not"),
    [
        ([], ["R:reel\n", "M:6/8\n"], ["L:1/8\n", "A", "|"]),
        ([*HEAD, "A", "8"], ["|", "|]", "-"], ["A", "4", ">", "z"]),
        ([*HEAD, "A"], ["2", "8", "A", ">", "|", "-"], ["|]"]),  # an upbeat may be short, a whole part may not
        ([*HEAD, "A", "|", "A", "6", "A"], ["|]", ":|", "A"], ["3", "|", "|1 "]),  # 7 eighths after an upbeat of 1
        ([*HEAD, "z"], ["2"], ["-"]),
        ([*HEAD, "(3", "A", "B"], ["c", "z"], ["2", "|", "(3", ">"]),
        ([*HEAD, "A", "2", ">", "B"], ["2"], ["c", "|", "/"]),
        ([*HEAD, "A", "8", "|]"], ["|:", "A", END], ["|", "2"]),
        ([*HEAD, "A", "8", "|1 ", "A", "8"], [":|2 "], [":|", "|]"]),
    ],
)
def test_what_may_follow(sequence, may, may_not):
    grammar = Grammar(Vocabulary(dict.fromkeys([*may, *may_not, END])))
    allowed = dict(zip(grammar.vocabulary.symbols, grammar.allowed(grammar.after(sequence)).tolist(), strict=True))
    assert all(allowed[token] for token in may), allowed
    assert not any(allowed[token] for token in may_not), allowed


def test_places_in_the_bar(vocabulary):
    sequence = [*HEAD, "A", "2", "B", ">", "c", "(3", "d", "e", "f", "g", "2", "|", "a"]
    places = Grammar(vocabulary).places(sequence)[4:]
    assert places == [F(n) / 8 for n in (0, 1, 2, 3, 3, 4, 4, F(14, 3), F(16, 3), 6, 7, 8, 0)]


def test_a_token_that_does_not_fit_is_named(vocabulary):
    with pytest.raises(SeqlabError, match="'9' at position 5"):
        Grammar(vocabulary).after([*HEAD, "A", "9"])
    assert from_tokens([*HEAD, "A", "8", "|"]).complete
