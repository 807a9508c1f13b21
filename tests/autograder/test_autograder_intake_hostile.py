"""No file of one student's ends the run for all, and none takes the mark or the name of another."""

from class_kit import STEP, folder_of, notebook, zipped

from seqlab.autograder.course.intake import collect

NB = notebook(STEP)


def names(intake) -> list[str]:
    return sorted(s.student.name for s in intake.submissions)


def bad_crc(files: dict[str, bytes | str], name: str, at) -> bytes:
    """A zip whose member of this name cannot be read."""
    data = bytearray(zipped(files, at))
    data[data.index(name.encode()) + len(name)] ^= 1  # the first byte of its content
    return bytes(data)


# -- what ends no run ------------------------------------------------------------------------------------------
def test_a_folder_called_timestamp_is_no_time(tmp_path):
    inside = {"lab2.ipynb": NB, "a/b/timestamp.txt/x": "1"}
    files = {"ann.zip": zipped(inside, tmp_path), "ben/c/timestamp.txt/x": "1", "ben/lab2.ipynb": NB}
    assert names(collect([folder_of(tmp_path / "class", files)])) == ["ann", "ben"]


def test_damaged_metadata_of_anybody_are_none(tmp_path):
    inside = {"submission_1/lab2.ipynb": NB, "submission_metadata.yml": "submission_1:"}
    bad = bad_crc(inside, "submission_metadata.yml", tmp_path)
    assert names(collect([folder_of(tmp_path / "class", {"ann.zip": bad, "ben.ipynb": NB})])) == ["ann", "ben"]
    (tmp_path / "export.zip").write_bytes(bad)
    assert len(collect([tmp_path / "export.zip"], platform="gradescope").submissions) == 1
    files = {"submission_1/lab2.ipynb": NB, "submission_metadata.yml": "[" * 10**5}
    assert len(collect([folder_of(tmp_path / "deep", files)]).submissions) == 1


def test_no_list_in_a_student_s_zip_is_read(tmp_path, monkeypatch):
    def read(data):
        raise AssertionError("a student's list was read")

    monkeypatch.setattr("seqlab.autograder.course.platforms.metadata", read)
    inside = {f"submission_{n}/lab2.ipynb": NB for n in (1, 2)} | {"submission_metadata.yml": "x"}
    files = {"ann.zip": zipped(inside, tmp_path), "ben.ipynb": NB}
    found = {s.student.name: s.problem for s in collect([folder_of(tmp_path / "class", files)]).submissions}
    assert "Gradescope's export" in found["ann"]
    assert found["ben"] == ""
