"""The model that composes: what it is told, what it may write, what it learns."""

import itertools

import keras
import numpy as np
import pytest
from click.testing import CliRunner

from seqlab.cli import main
from seqlab.composing import (
    Follower,
    TuneModel,
    held_out_nats,
    learn,
    ngram_score,
    opening_tokens,
    vocabulary_of,
    write,
)
from seqlab.composing.following import FEATURES
from seqlab.composing.training import windows
from seqlab.errors import SeqlabError
from seqlab.models import ngram_loss
from seqlab.music import from_tokens, grammatical, judge, load_tunes, parse, tokens
from seqlab.music.tokeniser import END, join


@pytest.fixture(scope="module")
def tunes():
    return grammatical(load_tunes("oneill"))[::4]


@pytest.fixture(scope="module")
def model(tunes):
    keras.utils.set_random_seed(0)
    model = TuneModel(vocabulary_of(tunes).symbols, units=32, cell="GRU")
    learn(model, tunes[:300], steps=60, progress=False)
    return model


# -- what it is told -----------------------------------------------------------------------------------------
def test_features_look_at_nothing_that_comes_later(tunes):
    follower = Follower(vocabulary_of(tunes))
    for tune in tunes[:20]:
        sequence = tokens(tune)
        rows = follower.features(sequence)
        for length in (5, len(sequence) // 2):
            assert follower.features(sequence[:length]) == rows[:length]


def test_features_count_bars_and_stay_within_their_sizes(tunes):
    follower = Follower(vocabulary_of(tunes))
    stream = follower.stream([tokens(tune) for tune in tunes])
    assert stream.shape == (1 + sum(len(tokens(t)) + 1 for t in tunes), len(FEATURES))
    assert (stream >= 0).all()
    assert (stream.max(axis=0) < follower.sizes).all()
    jig = tokens("X:1\nM:6/8\nL:1/8\nK:D\nA|ABA d2e|f3 d3|e3 d2:|\n")
    rows = dict(zip(range(len(jig)), follower.features(jig), strict=True))
    bars = [rows[k][2] for k, token in enumerate(jig) if "|" in token]
    assert bars == [0, 1, 2, 0]  # the upbeat is no bar; the end of a part begins to count anew
    assert [rows[k][3] for k, token in enumerate(jig) if "|" in token] == [0, 0, 0, 1]


def test_echoes_say_what_came_at_the_same_place(tunes):
    """Two parts of eight bars with an upbeat each: eight bars ago is the bar above."""
    text = tokens("X:1\nM:2/4\nL:1/8\nK:D\nA|" + "B2 dA|" * 7 + "B2 d:|\ne|" + "f>g dA|" * 7 + "f2 d|]\n")
    follower = Follower(vocabulary_of([*tunes, *grammatical([parse(join(text))])]))
    symbols = ("", *follower.vocabulary.symbols)
    rows = follower.features(text)
    first, second = text.index("B"), text.index("f")
    echo = {k: [symbols[row[7 + n]] for row in rows] for n, k in enumerate((2, 4, 8))}
    assert echo[8][: second - 3] == [""] * (second - 3)
    assert echo[8][second - 1] == "B"  # after the bar line of the upbeat: what began the bar of the first part
    assert echo[8][second] == "2"  # the bar is full to 1: there the note above went on
    assert echo[2][first + 2 * 5 - 1] == "B"  # two bars on, after the bar line
    assert echo[4][first + 2 * 5 - 1] == ""
    plain = tokens("X:1\nM:2/4\nL:1/8\nK:D\n" + "A2 dA|" * 3 + "A4|]\n")
    rows = follower.features(plain)
    bars = [k for k, token in enumerate(plain) if token == "|"]
    assert symbols[rows[bars[1]][7]] == "A"  # without an upbeat too: two bars ago the first bar began with A


def test_windows_are_runs_of_the_stream(tunes):
    stream = Follower(vocabulary_of(tunes)).stream([tokens(tune) for tune in tunes[:30]])
    x, y = windows(stream, 16, 8)(np.random.default_rng(0))
    assert x.shape == (8, 16, 10)
    assert np.array_equal(x[:, 1:, 0], y[:, :-1])


# -- what it learns ------------------------------------------------------------------------------------------
def test_training_lowers_the_held_out_bits_and_repeats(tunes, model):
    untrained = TuneModel(model.vocabulary.symbols, units=32, cell="GRU")
    count = sum(len(tokens(t)) + 1 for t in tunes[300:])
    before, after = (held_out_nats(m, tunes[300:]) / count for m in (untrained, model))
    assert abs(before - np.log(len(model.vocabulary))) < 0.2
    assert after < 0.75 * before
    keras.utils.set_random_seed(0)
    again = TuneModel(model.vocabulary.symbols, units=32, cell="GRU")
    learn(again, tunes[:300], steps=60, progress=False)
    assert held_out_nats(again, tunes[300:]) / count == pytest.approx(after, rel=1e-4)


def test_nats_are_those_of_reading_each_tune_alone(tunes, model):
    some = tunes[300:310]
    together = held_out_nats(model, some)
    assert together == pytest.approx(sum(held_out_nats(model, [t]) for t in some), rel=1e-5)
    follower = Follower(model.vocabulary)
    rows = follower.stream([tokens(some[0])])
    states, nats = model.start(1), 0.0
    for row, following in itertools.pairwise(rows):
        logits, states = model.step(row[None], states)
        nats -= float(np.asarray(keras.ops.log_softmax(logits))[0, following[0]])
    assert nats == pytest.approx(held_out_nats(model, some[:1]), rel=1e-4)


def test_witten_bell_against_a_table_by_hand():
    train = [0, 1, 0, 1, 0, 2]  # a: 3, b: 2, c: 1, three kinds; after a: b b c
    a, b, c = ((count + 3 / 3) / (6 + 3) for count in (3, 2, 1))
    after_a = {1: (2 + 2 * b) / (3 + 2), 2: (1 + 2 * c) / (3 + 2)}
    loss = ngram_loss(train, [0, 1, 0, 2], 3, 2, prior="witten-bell")
    after_b = (2 + 1 * a) / (2 + 1)
    assert loss == pytest.approx(-np.log([after_a[1], after_b, after_a[2]]).mean())
    # after c nothing was ever seen: the lower order alone
    assert ngram_loss(train, [2, 1, 0], 3, 2, prior="witten-bell") == pytest.approx(-np.log([b, after_b]).mean())


def test_counting_in_tokens_beats_counting_in_characters(tunes):
    of_tokens = ngram_score(tunes[:300], tunes[300:])
    of_characters = ngram_score(tunes[:300], tunes[300:], characters=True)
    assert 1 < of_tokens.per_character < of_characters.per_character < 5
    assert of_tokens.per_note > of_tokens.per_character


# -- what it writes ------------------------------------------------------------------------------------------
def test_what_is_held_to_the_bar_reads_and_is_full(model):
    for text in write(model, 20, temperature=1.0, seed=3):
        found = judge(from_tokens(text))
        assert found.parses
        assert found.complete, "".join(text)


def test_writing_is_reproducible_and_no_tune_changes_with_their_number(model):
    many = write(model, 5, seed=7)
    assert write(model, 5, seed=7) == many
    assert write(model, 2, seed=7) == many[:2]
    assert write(model, 5, seed=8) != many


def test_header_and_opening_are_kept(model):
    opening = opening_tokens("E F# G C", "D")
    for text in write(model, 4, header={"R": "reel", "K": "D"}, opening=opening, seed=1):
        tune = from_tokens(text)
        assert (tune.rhythm, tune.key) == ("reel", "D")
        assert [note.pitch for note in tune.notes[:4]] == [64, 66, 67, 72]


@pytest.mark.parametrize("fits", [True, False])
def test_a_meter_that_was_asked_for_is_kept(model, fits):
    texts = write(model, 12, header={"M": "6/8", "K": "D"}, temperature=1.5, fits=fits, seed=2)
    assert {next(t for t in text if t[0] == "M") for text in texts} == {"M:6/8\n"}
    assert all("K:D\n" in text[:4] for text in texts)


def test_a_long_opening_goes_on_after_the_bar_line(model):
    opening = opening_tokens("F# A D F# A D F# A D F#", "C")
    for text in write(model, 3, header={"R": "jig", "M": "6/8", "L": "1/8", "K": "C"}, opening=opening, seed=1):
        tune = from_tokens(text)
        assert [note.pitch % 12 for note in tune.notes[:10]] == [6, 9, 2, 6, 9, 2, 6, 9, 2, 6]
        assert judge(tune).complete


def test_writing_freely_does_not_stop_at_a_full_bar(model):
    texts = write(model, 10, temperature=1.5, fits=False, seed=1)
    assert not all(model_grammar(model).accepts([*text, END]) for text in texts)


def model_grammar(model):
    return Follower(model.vocabulary).grammar


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (dict(header={"R": "tango"}), "jig"),
        (dict(header={"K": "Q"}), "K:"),
        (dict(opening=["^^^q"]), "opening"),
        (dict(temperature=-1), "temperature"),
        (dict(header={"M": "9/8", "L": "1/1"}), "L: is one of"),
    ],
)
def test_what_cannot_be_written_is_said(model, how, words):
    with pytest.raises(SeqlabError, match=words):
        write(model, 1, **how)


def test_save_and_load(model, tunes, tmp_path):
    model.save(tmp_path / "m.keras")
    again = TuneModel.load(tmp_path / "m.keras")
    assert held_out_nats(again, tunes[300:305]) == pytest.approx(held_out_nats(model, tunes[300:305]), rel=1e-6)
    assert write(again, 1, seed=2) == write(model, 1, seed=2)


# -- names of notes, and the command -------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("names", "key", "expected"),
    [
        ("E F# G C", "D", ["E", "F", "G", "=c"]),
        ("E F# G C", "G", ["E", "F", "G", "c"]),
        ("E F# G C", "C", ["E", "^F", "G", "c"]),
        ("C B A# Bb", "C", ["C", "B,", "^A,", "_B,"]),
        ("F F# F", "G", ["=F", "^F", "=F"]),
        ("F# A F# A F# A F#", "C", ["^F", "A"] * 3 + ["^F"]),
        ("g d' ", "C", None),
        ("H", "C", None),
    ],
)
def test_names_of_notes(names, key, expected):
    if expected is None:
        with pytest.raises(SeqlabError, match="notes such as"):
            opening_tokens(names, key)
    else:
        assert opening_tokens(names, key) == expected


def test_the_command(model, tunes, tmp_path, monkeypatch):
    from seqlab.composing import shipped

    monkeypatch.setenv("SEQLAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(shipped, "kept_at", lambda: tmp_path / "m.keras")
    unfinished = type("History", (), {"interrupted": True})
    with monkeypatch.context() as stopped:
        stopped.setattr(shipped, "learn", lambda *a, **k: unfinished)
        stopped.setattr(shipped, "parts", lambda: shipped.Parts(tunes, tunes[:300], tunes[300:], []))
        with pytest.raises(SeqlabError, match="stopped"):
            shipped.shipped_model(progress=False)
    assert not (tmp_path / "m.keras").exists()  # a training that was stopped is not kept
    monkeypatch.setattr(shipped, "parts", lambda: shipped.Parts(tunes, tunes[:300], tunes[300:], []))
    model.save(tmp_path / "m.keras")
    asked = ["tune", "E F# G C", "--key", "D", "--rhythm", "jig", "-n", "2", "-o", str(tmp_path / "out"), "--seed", "4"]
    done = CliRunner().invoke(main, asked)
    assert done.exit_code == 0, done.output
    names = sorted(p.name for p in (tmp_path / "out").iterdir())
    assert names == [f"tune-4-{n}.{kind}" for n in (1, 2) for kind in ("abc", "mid", "svg", "wav")]
    text = (tmp_path / "out" / "tune-4-1.abc").read_text()
    assert "R:jig\n" in text
    assert "K:D\n" in text
    assert done.output.count("every bar full") == 2
    for wrong, words in (
        (["tune", "E H"], "notes such as"),
        (["tune", "--rhythm", "tango"], "jig"),
        (["tune", "--key", "Z"], "key"),
    ):
        refused = CliRunner().invoke(main, [*wrong, "-o", str(tmp_path / "no")])
        assert refused.exit_code != 0
        assert words in refused.output
    assert not (tmp_path / "no").exists()
