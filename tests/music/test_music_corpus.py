"""The installed collections: complete, clean, and split without a leak."""

import gzip
import io
import random
import re
import subprocess
import sys
import zipfile
from statistics import mean

import pytest

from seqlab.errors import SeqlabError
from seqlab.music import Memory, Vocabulary, leakage, load_tunes, parse, refused_tunes, split
from seqlab.music.clusters import cluster, melody
from seqlab.music.corpus import sources

DANCE = ("oneill", "ryan", "aird")


def zipped(members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


@pytest.fixture(scope="module")
def oneill():
    return load_tunes()


def test_collections_are_all_there():
    assert {name: len(sources(name)) for name in (*DANCE, "miscFolk")} == {
        "oneill": 2009,
        "ryan": 1059,
        "aird": 1180,
        "miscFolk": 185,
    }


@pytest.mark.parametrize("name", DANCE)
def test_hardly_a_tune_is_refused_and_each_with_place_and_reason(name):
    refused = refused_tunes(name)
    assert len(refused) <= 0.02 * len(sources(name))
    assert all(file.endswith(".abc") and line > 0 and reason for file, line, reason in refused)


def test_oneill_is_clean(oneill):
    assert 1_700 <= len(oneill) <= 2_009
    assert len({tune.id for tune in oneill}) == len(oneill)
    assert all(tune.complete and tune.title and tune.cluster for tune in oneill)
    characters = set("".join(tune.abc for tune in oneill))
    assert len(characters) < 64
    assert not characters & set('%!"~\\TNZ')
    assert all(tune.abc.startswith("X:1\n") and tune.abc.endswith("\n") for tune in oneill)


def test_normalising_twice_changes_nothing(oneill):
    assert all(parse(tune.abc).body == tune.body for tune in oneill[::10])


def test_filters(oneill):
    reels = load_tunes(rhythm="reel", key="Ador")
    assert reels
    assert {(tune.rhythm, tune.key) for tune in reels} == {("reel", "Ador")}
    everything = load_tunes(require_complete=False, dedupe=False)
    assert len(everything) > len(oneill)
    assert not all(tune.complete for tune in everything)
    assert len(everything) + len(refused_tunes("oneill")) == 2_009


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"collections": ("onell",)}, "oneill, ryan, aird, miscFolk, essen"),
        ({"collections": ()}, "at least one collection"),
        ({"rhythm": "tango"}, "reel"),
        ({"key": "Q"}, "a key such as"),
    ],
)
def test_bad_requests_say_what_there_is(arguments, words):
    with pytest.raises(SeqlabError, match=words):
        load_tunes(**arguments)


def test_a_transposed_and_renamed_copy_is_in_the_same_cluster():
    reel = "X:1\nL:1/8\nK:D\nd2fd Adfd|d2fd Acec|defg afbf|gfeg fddc|"
    moved = "X:9\nT:Other\nL:1/8\nK:G\ng2bg dgbg|g2bg dfaf|gabc' d'be'b|c'bac' bggf|"
    other = "X:2\nL:1/8\nK:D\nA2AB cBAF|E2EF GABc|dcBA GFED|E2A2 A4|B2BA GABd|e2ed Bded|"
    assert cluster([melody(reel), melody(other), melody(moved)]).tolist() == [0, 1, 0]


def test_split_by_cluster_does_not_leak_and_a_random_one_does():
    tunes = load_tunes(DANCE)
    sets = split(tunes)
    sizes = [len(part) for part in sets]
    assert sum(sizes) == len(tunes)
    assert 0.75 < sizes[0] / len(tunes) < 0.85
    clusters = [{tune.cluster for tune in part} for part in sets]
    assert not clusters[0] & clusters[1]
    assert not clusters[0] & clusters[2]
    assert not clusters[1] & clusters[2]
    shuffled = random.Random(0).sample(tunes, len(tunes))
    by_chance = leakage(shuffled[sizes[2] :], shuffled[: sizes[2]])
    by_cluster = leakage(sets.train, sets.test)
    print(f"test tunes with a near-duplicate in train: random {by_chance:.1%}, by cluster {by_cluster:.1%}")
    memory = [Memory(shuffled[sizes[2] :]), Memory(sets.train)]
    held_out = [shuffled[: sizes[2]][::4], sets.test[::4]]
    copies = [mean(m.longest(tune).share >= 0.6 for tune in h) for m, h in zip(memory, held_out, strict=True)]
    print(f"test tunes with 60 % of their notes in one passage of train: {copies[0]:.1%}, by cluster {copies[1]:.1%}")
    assert by_chance > 0.15
    assert copies[0] > 0.02
    assert copies[1] < 0.005
    assert by_cluster < 0.01


def test_a_tune_stays_in_its_set_whatever_is_loaded_beside_it(oneill):
    alone, together = split(oneill), split(load_tunes(DANCE))
    assert {tune.id for tune in alone.test} <= {tune.id for tune in together.test}
    assert split(oneill) == alone
    assert split(oneill, seed=1) != alone


def test_split_refuses_what_it_cannot_do(oneill):
    with pytest.raises(SeqlabError, match="below 1"):
        split(oneill, validation=0.6, test=0.4)
    with pytest.raises(SeqlabError, match="at least one tune"):
        split([])


TWO_GOOD_ONE_BAD = """%abc-2.1
Prose before the first tune: with a colon.

X:1
T:First
K:D
DEFG|ABcd|

w: words that belong to nothing

X:2
T:Bad
K:D
DEF?|
X:3
T:Caf\xe9
M:6/8
K:G
GAB d2B|
"""


def test_files_and_folders_of_the_user(tmp_path):
    (tmp_path / "deep").mkdir()
    one, two = tmp_path / "one.abc", tmp_path / "deep" / "two.ABC"
    one.write_bytes(TWO_GOOD_ONE_BAD.replace("\n", "\r\n").encode("latin-1"))
    two.write_bytes(b"\xef\xbb\xbf" + "X:1\nT:Überall\nK:C\nCDEF GABc|".encode())
    tunes = load_tunes(one)
    assert [(tune.id, tune.title) for tune in tunes] == [("one/1", "First"), ("one/3", "Café")]
    assert [tune.cluster for tune in tunes] == ["one/1", "one/3"]
    assert [str(refused).split(": ", 1)[0] for refused in refused_tunes(one)] == [f"{one}, line 14"]
    with pytest.raises(SeqlabError, match=r"one.abc, line 14: '\?'"):
        load_tunes(one, on_error="raise")
    assert [tune.title for tune in load_tunes(str(tmp_path))] == ["Überall", "First", "Café"]


def test_fields_at_the_top_of_a_file_hold_for_its_tunes(tmp_path):
    (tmp_path / "book.abc").write_text(
        "%abc-2.1\nM:6/8\nL:1/4\nR:jig\n\nX:1\nK:D\nABA|\n\nX:2\nM:3/4\nR:waltz\nK:G\nABA|\n"
    )
    first, second = load_tunes(tmp_path)
    assert (first.meter, first.rhythm, second.meter, second.rhythm) == ("6/8", "jig", "3/4", "waltz")
    assert first.notes[0].duration == second.notes[0].duration == 1


CAFE = "X:1\nT:Café “Überall”\nR:reel\nM:4/4\nL:1/4\nK:D\nDEFG|ABcd|\n"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.abc", CAFE.encode("utf-16")),
        ("a.abc", CAFE.encode("cp1252")),
        ("a.abc", b"%abc-2.1\nI:abc-charset iso-8859-1\n\n" + CAFE.encode("cp1252")),
        ("a.abc.gz", gzip.compress(CAFE.encode(), mtime=0)),
        ("a.zip", zipped({"b/a.abc": CAFE.encode("utf-16"), "readme.txt": b"X:1\nK:C\nno tune"})),
    ],
    ids=["utf-16", "cp1252", "charset", "gz", "zip"],
)
def test_a_file_in_whatever_wrapping(name, data, tmp_path):
    (tmp_path / name).write_bytes(data)
    (tune,) = load_tunes(tmp_path / name)
    assert (tune.id, tune.title) == ("a/1", "Café “Überall”")
    if name != "a.zip":
        assert load_tunes(tmp_path)[0].title == tune.title


def test_a_charset_that_the_file_names(tmp_path):
    book = "%abc-2.1\n%%abc-charset iso-8859-2\n\nX:1\nT:Dvořák\nM:4/4\nL:1/4\nK:C\nCDEF|\n"
    (tmp_path / "a.abc").write_bytes(book.encode("iso-8859-2"))
    (tmp_path / "b.abc").write_bytes(book.encode())
    assert [tune.title for tune in load_tunes(tmp_path, dedupe=False)] == ["Dvořák", "Dvořák"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (zipped({"a.abc": b"X" * 2_000}), "at least one tune"),
        (zipped({"a.abc": CAFE.encode() * 200})[:-90], "a zip that can be read"),
        (zipped({"a.abc": b" " * 64_000_001}), "at most 64 MB"),
        (zipped({"a.abc": zipped({"b.abc": b"X:1"})}), "a zip, .*a.zip/a.abc"),
        (b"\0\1\2" * 300, "a file of text"),
    ],
)
def test_a_file_that_is_no_abc_is_named(data, words, tmp_path):
    (tmp_path / "a.zip").write_bytes(data)
    with pytest.raises(SeqlabError, match=words):
        load_tunes(tmp_path / "a.zip")


@pytest.mark.parametrize(
    ("tunes", "asked", "words"),
    [
        (["DEF?|", "DE?|"], {}, r"none; 2 cannot be read, the first in .*a.abc, line 5: '\?' has no meaning"),
        (["DEF|ABc|dcB|"], {}, "1 that can be read, none of them so: in the first, a/1, bar 2 lasts 3 quarter notes"),
        (["DEF|ABc|dcB|", "DEF?|"], {}, "require_complete=False"),
        (["DEF|ABc|dcB|", "DEF?|"], {}, "1 cannot be read"),
        (["DEFG|"], {"key": "Em"}, "ask for a key out of D$"),
        (["DEFG|"], {"rhythm": "reel"}, "leave it out"),
        (["DEFG|"], {"key": "Em", "rhythm": "reel"}, "with rhythm 'reel' and key 'Em'"),
    ],
)
def test_why_no_tune_is_left(tunes, asked, words, tmp_path):
    text = "".join(f"X:{n}\nM:4/4\nL:1/4\nK:D\n{body}\n" for n, body in enumerate(tunes, 1))
    (tmp_path / "a.abc").write_text(text)
    with pytest.raises(SeqlabError) as error:
        load_tunes(tmp_path, **asked)
    assert re.search(words, str(error.value).removesuffix(".")), error.value


def test_a_copy_of_a_known_tune_joins_its_cluster(oneill, tmp_path):
    reel = next(tune for tune in oneill if tune.rhythm == "reel")
    (tmp_path / "mine.abc").write_text(reel.abc)
    mine, *_ = load_tunes(tmp_path)
    assert mine.cluster == reel.cluster


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("no/such/file.abc", "nothing at no/such/file.abc"),
        ("ftp://example.org/a.abc", "http"),
        ("http://127.0.0.1:9/a.abc", "check the network"),
    ],
)
def test_places_that_are_not_there(place, words):
    with pytest.raises(SeqlabError, match=words):
        load_tunes(place)


def test_a_folder_or_file_without_tunes(tmp_path):
    with pytest.raises(SeqlabError, match=r"an \.abc file in the folder"):
        load_tunes(tmp_path)
    (tmp_path / "empty.abc").write_text("no tune here")
    with pytest.raises(SeqlabError, match="begins with a line X:"):
        load_tunes(tmp_path / "empty.abc")


def test_a_tune_at_an_address(tmp_path, monkeypatch):
    import functools
    import http.server
    import threading

    (tmp_path / "served").mkdir()
    (tmp_path / "served" / "tune.abc").write_text("X:1\nT:Far away\nK:C\nCDEF GABc|")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path / "served")
    monkeypatch.setattr(http.server.SimpleHTTPRequestHandler, "log_message", lambda *_: None)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        (tune,) = load_tunes(f"http://127.0.0.1:{server.server_port}/tune.abc")
        server.shutdown()
    assert tune.title == "Far away"


def test_vocabulary(oneill):
    vocabulary = Vocabulary.from_texts(tune.abc for tune in oneill)
    text = oneill[0].abc
    ids = vocabulary.encode(text)
    assert ids.dtype == "int64"
    assert ids.shape == (len(text),)
    assert vocabulary.decode(ids) == text
    assert vocabulary.idx2char[vocabulary.char2idx["A"]] == "A"
    with pytest.raises(SeqlabError, match="'é' at position 2"):
        vocabulary.encode("ABé")
    with pytest.raises(SeqlabError, match="whole numbers"):
        vocabulary.decode([len(vocabulary)])
    with pytest.raises(SeqlabError, match="at least one character"):
        Vocabulary.from_texts([])


def test_light_use_imports_nothing_heavy():
    code = (
        "import sys, seqlab.music as m; m.parse('X:1\\nK:C\\nA'); m.load_tunes; "
        "print([n for n in ('tensorflow', 'music21', 'matplotlib', 'pandas', 'IPython') if n in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"
