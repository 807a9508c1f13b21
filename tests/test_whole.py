"""A file is written whole or not at all."""

import os

import pytest

from seqlab.whole import beside, write_whole


def test_a_file_and_its_folder_are_made_and_nothing_else(tmp_path):
    write_whole(tmp_path / "new" / "page.html", "ü\n")
    assert (tmp_path / "new" / "page.html").read_bytes() == "ü\n".encode()
    assert os.listdir(tmp_path / "new") == ["page.html"]


def test_what_was_there_stays_if_the_writing_breaks_off(tmp_path):
    path = tmp_path / "weights.npz"
    path.write_bytes(b"before")
    with pytest.raises(KeyboardInterrupt), beside(path) as place:
        assert (place.parent, place.suffix) == (tmp_path, ".npz")
        place.write_bytes(b"half of i")
        raise KeyboardInterrupt
    assert path.read_bytes() == b"before"
    assert os.listdir(tmp_path) == ["weights.npz"]


def test_a_place_that_cannot_be_written_is_an_error_of_the_system(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        write_whole(tmp_path / "file" / "page.html", "x")
