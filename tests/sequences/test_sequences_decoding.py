"""A stranger's bytes become the text that was meant, or one sentence says what they are."""

import gzip
import zipfile

import pytest

from seqlab.errors import SeqlabError
from seqlab.sequences import Vocabulary, words
from seqlab.sequences.decoding import decoded

TEXT = "Ça va? “Très bien”, dit-il.\nOui, déjà là!\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_encodings(encoding):
    assert decoded(TEXT.encode(encoding)).text == TEXT
    assert decoded(gzip.compress(TEXT.encode(encoding))).text == TEXT


def test_utf8_with_a_broken_character_stays_utf8():
    data = TEXT.encode().replace("é".encode(), b"\xc3", 1)
    assert decoded(data).text == TEXT.replace("é", "�", 1)
    assert decoded(data).broken == (2,)
    assert decoded("un café".encode("cp1252")).text == "un café"
    assert decoded(b"caf\xe9 \x81").text == "café \x81"


def test_what_is_no_text_is_named(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.csv", "text,label")
    whole = gzip.compress(TEXT.encode())
    for data, said in (
        ((tmp_path / "a.zip").read_bytes(), "a zip"),
        (whole[:-9], "cut off"),
        (whole[:-8] + bytes(8), "damaged"),
        (b"\x00\x01\x02", "something else"),
        (b"\xff\xfe\x00", "broken UTF-16"),
    ):
        with pytest.raises(SeqlabError, match=said):
            decoded(data, "mine")
    with pytest.raises(SeqlabError, match="at most 1 MB"):
        decoded(gzip.compress(b"a" * 2_000_000), "mine", 1_000_000)


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("नमस्ते दुनिया", ["नमस्ते", "दुनिया"]),
        ("বাংলা ভাষা", ["বাংলা", "ভাষা"]),
        ("தமிழ் மொழி", ["தமிழ்", "மொழி"]),
        ("اَلْعَرَبِيَّةُ لُغَة", ["اَلْعَرَبِيَّةُ", "لُغَة"]),
        ("שָׁלוֹם עולם", ["שָׁלוֹם", "עולם"]),
        ("İstanbul'da", ["i̇stanbul'da"]),
        ("cafe\u0301, n\u0303o", ["café", ",", "ño"]),
        ("می‌خواهم", ["می‌خواهم"]),
        ("漢字ABC", ["漢", "字", "abc"]),
        ("❤️ it", ["❤️", "it"]),
    ],
)
def test_a_letter_keeps_its_marks(text, cut):
    assert words(text) == cut


def test_a_nul_survives_a_vocabulary():
    letters = Vocabulary.from_texts(["a\0b"])
    assert letters.decode(letters.encode("\0ba\0")) == "\0ba\0"
    assert "".join(letters.idx2char[letters.encode("a\0")]) == "a\0"
