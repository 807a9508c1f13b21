"""A thousand malformed tunes: cut, shuffled, random, sprinkled, grafted. None takes the kernel down."""

import contextlib
import random
import time

import pytest

from seqlab.errors import SeqlabError
from seqlab.music import ABCError, judge, midi_bytes, parse, score, score_svg, wav_bytes
from seqlab.music.corpus import sources
from seqlab.music.score import score_svgs

SIGNS = "ABCDEFGabcdefg^_=0123456789/|:[](){}<>-zxZ,'\"!~ \n%&XKMLé\\"


def cut(text, other, rng):
    return text[: rng.randrange(len(text))]


def shuffled(text, other, rng):
    start = text.find("\n", text.index("K:")) + 1
    return text[:start] + "".join(rng.sample(text[start:], len(text) - start))


def scrambled_words(text, other, rng):
    start = text.find("\n", text.index("K:")) + 1
    bars = text[start:].split("|")
    return text[:start] + "|".join(rng.sample(bars, len(bars)))


def noise(text, other, rng):
    return "X:1\nM:4/4\nL:1/8\nK:D\n" + "".join(rng.choices(SIGNS, k=300))


def sprinkled(text, other, rng):
    text = list(text)
    for _ in range(3):
        text[rng.randrange(len(text))] = rng.choice(SIGNS)
    return "".join(text)


def grafted(text, other, rng):
    return text[: rng.randrange(len(text))] + other[rng.randrange(len(other)) :]


@pytest.fixture(scope="module")
def readable():
    """Those of 1,000 malformed texts that can still be read."""
    rng = random.Random(7)
    pool = [source.text for name in ("oneill", "ryan", "aird") for source in sources(name)]
    ways = (cut, shuffled, scrambled_words, noise, sprinkled, grafted)
    found, refused = [], []
    for number in range(1000):
        text = ways[number % len(ways)](rng.choice(pool), rng.choice(pool), rng)
        try:
            found.append(parse(text))
        except ABCError as error:
            refused.append(error)
    assert all(error.line >= 1 and error.reason for error in refused)
    return found


def test_many_can_be_read_and_none_breaks_the_renderers(readable):
    assert 200 < len(readable) < 900
    for number, tune in enumerate(readable):
        assert midi_bytes(tune)[:4] == b"MThd"
        assert judge(tune).parses
        if number % 6 == 0:
            assert wav_bytes(tune, rate=8_000)[:4] == b"RIFF"
    drawable = []
    for tune in readable:
        try:
            score.mei(tune)
        except SeqlabError:
            continue
        drawable.append(tune)
    assert len(drawable) > 0.95 * len(readable)
    assert all("</svg>" in image for image in score_svgs(drawable))


def test_an_engraver_that_dies_takes_nobody_with_it(monkeypatch, tmp_path):
    killer = tmp_path / "killer.py"
    killer.write_text("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    monkeypatch.setattr(score, "_ENGRAVER", killer)
    tune = parse("X:1\nK:C\nCDE")
    with pytest.raises(SeqlabError, match="exit status -11"):
        score_svg(tune)
    html = tune._repr_html_()
    assert "exit status -11" in html
    assert "<audio" in html


def test_an_engraver_that_hangs_is_stopped(monkeypatch, tmp_path):
    sleeper = tmp_path / "sleeper.py"
    sleeper.write_text("import time; time.sleep(60)")
    monkeypatch.setattr(score, "_ENGRAVER", sleeper)
    monkeypatch.setattr(score, "_SECONDS", 0.2)
    with pytest.raises(SeqlabError, match="a score within"):
        score_svgs([parse("X:1\nK:C\nCDE")])


@pytest.mark.parametrize(
    "unit",
    [
        "[",
        "{",
        "(",
        "(3",
        '"',
        "!",
        "|",
        ":",
        "[|",
        "|[1",
        "[K:",
        "[V:2]",
        "[V:2][",
        "&[",
        "A-",
        "A>",
        ">",
        "%",
        "\\",
        "^",
        "'",
        "/",
        "9",
        "Z32|",
        "| ",
        "\\ ",
        "A|&",
        "K:D\n",
        "M:none\n",
        "\x00",
        "é",
        "+C1/2",
        "[r:x",
        "  w",
        "&gt;",
    ],
)
def test_time_grows_with_the_text_and_no_faster(unit):
    def seconds(characters):
        text = "X:1\nM:4/4\nL:1/8\nK:D\nA|" + unit * (characters // len(unit))
        start = time.process_time()
        with contextlib.suppress(ABCError):
            parse(text[:99_000])
        return time.process_time() - start

    assert seconds(90_000) < 5
