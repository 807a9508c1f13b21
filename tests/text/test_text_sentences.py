"""The sets: parts of the promised sizes, nothing that leaks, and clear words where a file is missing."""

import hashlib
import http.server
import os
import shutil
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from seqlab import data
from seqlab.errors import SeqlabError
from seqlab.text import (
    bag_of_words,
    both_sides,
    contrast_pairs,
    leakage,
    load_sentences,
    made_pairs,
    plain_sentences,
    split_by_hash,
    words,
)
from seqlab.text.examples import Sentences, labelled, same_text
from seqlab.text.sentences import RT_POLARITY

COPIES = Path(os.environ.get("SEQLAB_DATA", "/nowhere"))
needs = pytest.mark.skipif


@pytest.mark.beside
@needs(not (COPIES / "rt_polarity").is_dir(), reason="SEQLAB_DATA holds no rt_polarity")
def test_rt_polarity_has_the_published_split_and_leaks_nothing():
    sentences = load_sentences()
    assert [len(p) for p in (sentences.train, sentences.validation, sentences.test)] == [8558, 1048, 1054]
    assert leakage(sentences) == {"validation": [], "test": []}
    assert 0.45 < sentences.test.labels.mean() < 0.55
    assert "CC BY 4.0" in sentences.terms


@pytest.mark.beside
@needs(not (COPIES / "uci_sentences").is_dir(), reason="SEQLAB_DATA holds no uci_sentences")
def test_uci_is_read_whole_but_for_copies():
    sentences = load_sentences("uci")
    everything = [*sentences.train, *sentences.validation, *sentences.test]
    assert 2950 < len(everything) < 3000
    assert leakage(sentences) == {"validation": [], "test": []}
    assert abs(np.mean([label for _, label in everything]) - 0.5) < 0.01


def test_small_is_inside_and_leaks_nothing():
    sentences = load_sentences("small")
    assert len(sentences.train) + len(sentences.validation) + len(sentences.test) == 240
    assert min(len(sentences.validation), len(sentences.test)) > 10
    assert leakage(sentences) == {"validation": [], "test": []}
    assert "240" not in repr(sentences)
    assert repr(sentences).startswith("<small: ")


def test_the_split_is_by_text_alone_and_drops_copies():
    pairs = [(f"sentence number {i}", i % 2) for i in range(400)]
    parts = split_by_hash(pairs)
    again = split_by_hash([("Sentence  number 7!", 0), *reversed(pairs)])
    for part, other in zip(parts, again, strict=True):
        assert abs(len(set(part.texts) ^ set(other.texts))) <= 2  # number 7 and the copy that came before it
    assert sum(map(len, again)) == 400
    assert all(len(part) > 20 for part in parts)


def test_leakage_finds_what_leaks():
    train = labelled([("a b", 0), ("c", 1)])
    found = leakage(Sentences("x", train, labelled([("A, b", 0)]), labelled([("d", 1), ("C!", 1)])))
    assert found == {"validation": ["A, b"], "test": ["C!"]}


def test_pairs_have_the_same_words_in_another_order_and_opposite_labels():
    pairs = contrast_pairs()
    assert len(pairs) == 40
    assert len({same_text(text) for a, _, b, _ in pairs for text in (a, b)}) == 80
    for a, p, b, q in [*pairs, *made_pairs(200, np.random.default_rng(0))]:
        assert sorted(words(a)) == sorted(words(b))
        assert words(a) != words(b)
        assert {p, q} == {0, 1}


def test_a_bag_is_right_in_exactly_half_of_the_pairs_whatever_its_weights():
    sides = both_sides(contrast_pairs())
    vocabulary = {w: i for i, w in enumerate(sorted({w for text in sides.texts for w in words(text)}))}
    bags = np.array([bag_of_words([vocabulary[w] for w in words(t)], len(vocabulary)) for t in sides.texts])
    for seed in range(5):
        chosen = bags @ np.random.default_rng(seed).standard_normal(len(vocabulary)) > 0
        assert (chosen == sides.labels).mean() == 0.5


def test_made_pairs_are_different_reproducible_and_never_the_written_ones():
    written = {same_text(text) for a, _, b, _ in contrast_pairs() for text in (a, b)}
    made = made_pairs(3000, np.random.default_rng(1))
    texts = {same_text(text) for a, _, b, _ in made for text in (a, b)}
    assert len(texts) == 6000
    assert not texts & written
    assert made == made_pairs(3000, np.random.default_rng(1))
    assert made[:50] != made_pairs(50, np.random.default_rng(2))
    with pytest.raises(SeqlabError, match="pairs; got -1"):
        made_pairs(-1, np.random.default_rng(0))


def test_plain_sentences_are_balanced_by_negation():
    plain = plain_sentences()
    assert plain.labels.mean() == 0.5
    assert dict(plain)["The food was not bad at all."] == 1


def test_a_set_that_is_not_there_is_named():
    with pytest.raises(SeqlabError, match=r"rt_polarity, uci, imdb, small.*'sst2'"):
        load_sentences("sst2")


def test_offline_the_loader_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setenv("SEQLAB_DATA", str(tmp_path))
    monkeypatch.setenv("SEQLAB_CACHE", str(tmp_path / "cache"))
    nowhere = RT_POLARITY._replace(url="http://127.0.0.1:9/sentence_polarity.zip")
    with pytest.raises(SeqlabError, match="SEQLAB_DATA") as error:
        data.fetch(nowhere, progress=False)
    said = str(error.value)
    assert said.startswith("check the network and run this again. ")  # what to do, then what went wrong
    assert said.index("SEQLAB_DATA") < said.index("; got ConnectionError")
    assert "\n" not in said
    assert not [p for p in (tmp_path / "cache").rglob("*") if p.is_file()]


def test_a_damaged_copy_is_refused_and_a_damaged_cache_is_not_used(monkeypatch, tmp_path):
    monkeypatch.setenv("SEQLAB_DATA", str(tmp_path))
    monkeypatch.setenv("SEQLAB_CACHE", str(tmp_path / "cache"))
    (tmp_path / "rt_polarity").mkdir()
    copy = tmp_path / "rt_polarity" / RT_POLARITY.file
    copy.write_bytes(b"half a file")
    with pytest.raises(SeqlabError, match="another version or damaged"):
        load_sentences(progress=False)
    cached = tmp_path / "cache" / "rt_polarity" / RT_POLARITY.file
    cached.parent.mkdir(parents=True)
    shutil.move(copy, cached)
    with pytest.raises(SeqlabError, match="check the network"):
        data.fetch(RT_POLARITY._replace(url="http://127.0.0.1:9/x.zip"), progress=False)


def test_a_good_cache_is_used(monkeypatch, tmp_path):
    monkeypatch.delenv("SEQLAB_DATA", raising=False)
    monkeypatch.setenv("SEQLAB_CACHE", str(tmp_path))
    (tmp_path / "f").mkdir()
    (tmp_path / "f" / "x.txt").write_bytes(b"abc")
    remote = data.Remote("f", "x.txt", "http://127.0.0.1:9/x.txt", hashlib.sha256(b"abc").hexdigest())
    assert data.fetch(remote) == tmp_path / "f" / "x.txt"


def test_a_slow_download_shows_a_bar_and_only_the_expected_bytes_are_kept(monkeypatch, tmp_path, capsys):
    monkeypatch.delenv("SEQLAB_DATA", raising=False)
    monkeypatch.setenv("SEQLAB_CACHE", str(tmp_path))
    content = b"x" * 5_000

    class Slow(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            for part in (content[:2_500], content[2_500:]):
                self.wfile.write(part)
                self.wfile.flush()
                time.sleep(1.2)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Slow) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/x.txt"
        good = data.Remote("f", "x.txt", url, hashlib.sha256(content).hexdigest())
        assert data.fetch(good).read_bytes() == content
        shown = capsys.readouterr()
        assert "x.txt: 100%" in shown.out
        assert shown.err == ""
        with pytest.raises(SeqlabError, match="hash"):
            data.fetch(good._replace(file="y.txt", sha256="0" * 64), progress=False)
        server.shutdown()
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["x.txt"]


def test_a_small_set_that_is_not_there_is_an_error():
    with pytest.raises(SeqlabError, match="a small set"):
        data.small_set("no such set")


def test_imdb_is_turned_back_into_words_and_split(monkeypatch):
    import keras

    index = {"the": 1, "good": 2, "bad": 3, "film": 4, **{f"w{i}": i for i in range(5, 80)}}
    rows = [[1, 4, *(3 + int(k) for k in np.random.default_rng(i).integers(1, 80, 6)), 2] for i in range(60)]
    labels = np.array([i % 2 for i in range(60)])
    given = (np.array(rows, object), labels), (np.array(rows[:5], object), labels[:5])
    monkeypatch.setattr(keras.datasets.imdb, "load_data", lambda: given)
    monkeypatch.setattr(keras.datasets.imdb, "get_word_index", lambda: index)
    sentences = load_sentences("imdb")
    assert len(sentences.train) + len(sentences.validation) == 60
    assert len(sentences.test) == 5
    assert sentences.test.texts[0].startswith("the ")
    assert set(" ".join(sentences.train.texts).split()) <= set(index)

    def fails():
        raise OSError("no network")

    monkeypatch.setattr(keras.datasets.imdb, "load_data", fails)
    with pytest.raises(SeqlabError, match=r"no network.*check the network"):
        load_sentences("imdb")
