"""A run ends at its end, whatever lies in the folder; what is at fault is told in a sentence and costs nobody else."""

import errno
import json
import os
import socket
import subprocess
import sys
import tarfile
import time
import warnings
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from class_kit import STEP, folder_of, notebook, worth, zip_of, zipped
from click.testing import CliRunner

from seqlab.autograder.course import archives, classroom
from seqlab.autograder.course.intake import collect
from seqlab.autograder.course.platforms import metadata
from seqlab.autograder.course.roster import forms, read_people
from seqlab.cli import main
from seqlab.errors import SeqlabError

NB = notebook(STEP)


def problems(intake) -> dict[str, str]:
    return {s.student.name: s.problem for s in intake.submissions}


def graded(given: Path, out: Path, *more: str):
    """The command, its rows by file, and what it has printed."""
    done = CliRunner().invoke(main, ["grade", str(given), "--out", str(out), *more])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
    results = out / "results.json"
    rows = json.loads(results.read_text(encoding="utf-8")) if results.is_file() else []
    return done, {row["notebook"]: row for row in rows}


def tar_of(files: dict[str, bytes], mode: str = "w:gz", *members: tarfile.TarInfo) -> bytes:
    out = BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, BytesIO(content))
        for member in members:
            archive.addfile(member)
    return out.getvalue()


# -- what lies in a folder -------------------------------------------------------------------------------------
def test_pipes_sockets_devices_loops_and_sparse_files_end_no_run(light, tmp_path, monkeypatch):
    class_ = folder_of(tmp_path / "class", {"ann/lab2.ipynb": worth(15), "ben/sub/x.ipynb": worth(5)})
    for name in ("pipe.ipynb", "run.json", "ben/run.json", "ben/lab2.zip", "timestamp.txt"):
        os.mkfifo(class_ / name)
    (class_ / "loop").symlink_to(class_ / "loop")
    (class_ / "up").symlink_to(class_)
    for name in ("huge.ipynb", "huge.zip", "huge.bin", "huge.tar"):
        with open(class_ / name, "wb") as file:
            file.truncate(2**40)
    monkeypatch.chdir(class_)  # the name of a socket has no room for a long path
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("sock.ipynb")
        start = time.process_time()
        done, rows = graded(class_, tmp_path / "out")
        assert time.process_time() - start < 20
    assert rows[str(class_ / "ann/lab2.ipynb")]["points"] == 15
    assert rows[str(class_ / "ben/sub/x.ipynb")]["points"] == 5
    assert "more than 100 MB" in rows[str(class_ / "huge.ipynb")]["message"]
    for name in ("pipe.ipynb", "sock.ipynb"):
        assert "neither a file nor a folder" in rows[str(class_ / name)]["message"]
    assert "symbolic link" in rows[str(class_ / "loop")]["message"]
    assert done.exit_code == 1


@pytest.mark.parametrize("given", ["pipe", "/dev/zero", "loop"])
def test_what_is_given_and_no_file_is_one_sentence(light, tmp_path, given):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    done, _ = graded(tmp_path / given, tmp_path / "out")
    assert done.exit_code == 1
    assert "neither a file nor a folder" in done.output or "not there" in done.output


def test_a_file_that_becomes_a_pipe_or_goes_while_it_is_read_is_a_row(light, tmp_path, monkeypatch):
    class_ = folder_of(tmp_path / "class", {f"{who}.ipynb": worth(15) for who in ("ann", "ben", "cy")})
    listed = classroom.collect

    def then_changed(*args, **settings):
        found = listed(*args, **settings)
        (class_ / "ben.ipynb").unlink()
        (class_ / "cy.ipynb").unlink()
        os.mkfifo(class_ / "cy.ipynb")
        return found

    monkeypatch.setattr(classroom, "collect", then_changed)
    _, rows = graded(class_, tmp_path / "out", "--format", "csv")
    assert {Path(name).stem: row["points"] for name, row in rows.items()} == {"ann": 15, "ben": 0, "cy": 0}


@pytest.mark.skipif(os.getuid() == 0, reason="root reads all")
def test_what_may_not_be_read_is_told_without_the_way_to_it(tmp_path):
    class_ = folder_of(tmp_path / "class", {"ann.ipynb": NB, "ben.ipynb": NB, "cy/lab2.ipynb": NB})
    for name in ("ben.ipynb", "cy"):
        (class_ / name).chmod(0)
    found = problems(collect([class_]))
    (class_ / "cy").chmod(0o700)
    assert found["ann"] == ""
    assert all("Permission denied" in found[who] and str(tmp_path) not in found[who] for who in ("ben", "cy"))


def test_an_error_of_reading_does_not_tell_the_instructor_s_path(tmp_path, monkeypatch):
    class_ = folder_of(tmp_path / "class", {"ann.ipynb": NB, "ben.ipynb": NB})
    really = os.open

    def refused(path, *args, **more):
        if str(path).endswith("ben.ipynb"):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return really(path, *args, **more)

    monkeypatch.setattr(os, "open", refused)
    assert problems(collect([class_])) == {"ann": "", "ben": "it cannot be read: Permission denied"}


def test_a_very_deep_folder_costs_nobody_else(light, tmp_path):
    class_ = folder_of(tmp_path / "class", {"ann/lab2.ipynb": worth(15)})
    here = os.open(class_, os.O_RDONLY)
    for _ in range(1100):  # deeper than a path can be written
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    _, rows = graded(class_, tmp_path / "out")
    assert rows[str(class_ / "ann/lab2.ipynb")]["points"] == 15
    assert any("folders deep" in row["message"] for row in rows.values())
    subprocess.run(["rm", "-rf", class_ / "d"], check=True)  # shutil's own would recurse


# -- names -----------------------------------------------------------------------------------------------------
ODD = [
    "a#b?c%20d.ipynb",
    'sp ace\'s "q".ipynb',
    "überß😀.ipynb",
    "x&<b>.ipynb",
    "Ann.ipynb",
    "ann.ipynb",
    "ü" * 110 + ".ipynb",
]


def test_pages_and_links_of_odd_names_lead_somewhere(light, tmp_path):
    files = {name: worth(15) for name in ODD}
    inside = files | {"n" * 4000 + ".ipynb": worth(15)}
    for given in (folder_of(tmp_path / "class", files), zip_of(tmp_path / "class.zip", inside)):
        out = tmp_path / f"out-{given.name}"
        _, rows = graded(given, out)
        assert len(rows) == len(files) + (given.suffix == ".zip")
        assert all(row["points"] == 15 for row in rows.values())
        pages = list((out / "students").iterdir())
        assert len(pages) == len(rows)
        for page in pages:
            assert f'href="../handed-in/{page.stem}.ipynb"' in page.read_text(encoding="utf-8")
            assert (out / "handed-in" / f"{page.stem}.ipynb").read_bytes() == worth(15)
            assert page.name in (out / "report.html").read_text(encoding="utf-8")


EVIL = "\x1b[2J\x1b]0;x\x07ann\n5 graded\u202egnp"


def test_a_name_that_is_not_utf_8_or_speaks_to_the_terminal_is_harmless(light, tmp_path):
    class_ = folder_of(tmp_path / "class", {f"{EVIL}.ipynb": b"junk", "bob.ipynb": worth(15)})
    with open(os.fsencode(class_) + b"/\xff\xfe.ipynb", "wb") as file:
        file.write(worth(5))
    out = tmp_path / "out"
    command = [
        sys.executable,
        "-c",
        "import class_kit, seqlab.cli, seqlab.autograder.course.classroom as c\n"
        "c.Grader = class_kit.LightGrader\nseqlab.cli.main()",
        "grade",
        str(class_),
        "--out",
        str(out),
    ]
    kit = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    for encoding in ("utf-8", "ascii"):
        done = subprocess.run(
            command, capture_output=True, env=os.environ | {"PYTHONIOENCODING": encoding, "PYTHONPATH": kit}
        )
        told = (done.stdout + done.stderr).decode(encoding)
        assert done.returncode == 1, told
        assert "Not graded" in told
        assert not [c for c in told if (ord(c) < 32 and c != "\n") or c == "\u202e"]
        assert "\n5 graded" not in told
    for file in (path for path in out.rglob("*") if path.suffix in (".html", ".csv", ".json")):
        assert b"\x1b" not in file.read_bytes()
        file.read_text(encoding="utf-8")


def test_a_zip_whose_names_are_no_utf_8_or_in_another_code_page(light, tmp_path):
    good = zipped({"Zo\xeb.ipynb": worth(15)}, tmp_path)
    raw = good.replace("Zo\xeb".encode(), b"Zo\xff\xfe")  # it says UTF-8, and is none
    old = bytearray(good.replace("Zo\xeb".encode(), b"Zo\x89\x89"))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        old[old.index(mark) + at + 1] &= ~8
    class_ = folder_of(tmp_path / "class", {"ann.zip": raw, "ben.zip": bytes(old), "cy.ipynb": worth(5)})
    _, rows = graded(class_, tmp_path / "out")
    marks = {row["student"]["name"]: (row["points"], row["message"]) for row in rows.values()}
    assert marks["ben"][0] == 15
    assert marks["cy"][0] == 5
    assert "UTF-8" in marks["ann"][1]


# -- bombs -----------------------------------------------------------------------------------------------------
def test_aliases_and_depth_in_a_platform_s_list_cost_nothing():
    bomb = "\n".join(
        ["a: &a0 [x, x, x, x, x, x, x, x, x]"]
        + [f"b{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    )
    text = f"{bomb}\nsubmission_1:\n  :submitters:\n  - :name: *a11\n    :sid: '7'\n"
    assert metadata(text.encode())["1"][0][0].id == "7"
    assert metadata(b"submission_1: " + b"[" * 10**5 + b"]" * 10**5) == {}


@pytest.mark.parametrize("number", ["NaN", "1e400", "9" * 5000])
def test_odd_numbers_in_a_notebook(tmp_path, number):
    data = NB.replace(b'"nbformat": 4', f'"nbformat": {number}'.encode())
    found = problems(collect([folder_of(tmp_path / "class", {"ann.ipynb": data, "ben.ipynb": NB})]))
    assert found["ben"] == ""
    assert bool(found["ann"]) == number.startswith("9")


def test_a_list_of_people_has_a_size_and_a_name_a_length(tmp_path, monkeypatch):
    assert len(forms("ab " * 20_000)) < 200
    path = tmp_path / "r.csv"
    with open(path, "wb") as file:
        file.write(b"Name,ID\n")
        file.truncate(2**40)
    with pytest.raises(SeqlabError, match="MB"):
        read_people(path)
    path.write_text("Name,ID\n" + "x" * 200_000 + ",1\n")  # one long cell
    with pytest.raises(SeqlabError, match="field"):
        read_people(path)


# -- tars ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "mode"), [("ann.tar", "w"), ("ann.tar.gz", "w:gz"), ("ann.TGZ", "w:gz"), ("ann.zip", "w:gz")]
)
def test_a_tar_is_looked_into_as_a_zip_is(light, tmp_path, name, mode):
    class_ = folder_of(
        tmp_path / "class", {name: tar_of({"./mine/lab2.ipynb": worth(15)}, mode), "ben.ipynb": worth(5)}
    )
    out = tmp_path / "out"
    _, rows = graded(class_, out)
    assert {row["student"]["name"]: row["points"] for row in rows.values()} == {"ann": 15, "ben": 5}
    assert worth(15) in {path.read_bytes() for path in (out / "handed-in").iterdir()}
    class_tar = tmp_path / "class.tar.gz"
    class_tar.write_bytes(tar_of({f"doe{n}_{n}_9_lab2.ipynb": worth(n) for n in (1, 2)}))
    found = collect([class_tar]).submissions
    assert [s.student.canvas_id for s in found] == ["1", "2"]


def test_links_devices_and_ways_out_of_a_tar_lead_nowhere(tmp_path):
    (tmp_path / "secret.ipynb").write_bytes(NB)
    odd = {
        "sym.ipynb": tarfile.SYMTYPE,
        "hard.ipynb": tarfile.LNKTYPE,
        "null.ipynb": tarfile.CHRTYPE,
        "p.ipynb": tarfile.FIFOTYPE,
    }
    members = []
    for name, kind in odd.items():
        member = tarfile.TarInfo(name)
        member.type, member.linkname = kind, str(tmp_path / "secret.ipynb")
        members.append(member)
    data = tar_of({"../../up.ipynb": NB, "/abs.ipynb": NB}, "w:gz", *members)
    class_ = folder_of(tmp_path / "in/class", {"ann.tgz": data, "ben.ipynb": NB})
    before = sorted(tmp_path.rglob("*"))
    lines = {line.path.rpartition("!")[2]: line.outcome for line in collect([class_]).lines}
    assert sorted(tmp_path.rglob("*")) == before
    assert all("symbolic link" in lines[name] for name in ("sym.ipynb", "hard.ipynb"))
    assert all("neither a file" in lines[name] for name in ("null.ipynb", "p.ipynb"))
    assert lines["../../up.ipynb"].startswith("graded")


def test_a_tar_that_is_a_bomb_damaged_or_full_of_members_costs_its_own_student(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MAX_TAR", 4 * 2**20)
    monkeypatch.setattr(archives, "MAX_MEMBERS", 50)
    lie = tarfile.TarInfo("x")
    lie.size, lie.type = 2**33, tarfile.XHDTYPE  # a header of 8 GB
    good = tar_of({"lab2.ipynb": NB})
    files = {
        "ann.tar.gz": tar_of({"a.ipynb": b" " * (5 * 2**20)}),
        "ben.tgz": tar_of({f"{n}.txt": b"" for n in range(60)}),
        "cy.tar": lie.tobuf() + b"\0" * 10_240,
        "dan.tgz": good[: len(good) // 2],
        "eve.tgz": b"\x1f\x8b junk",
        "fay.tgz": good,
    }
    found = problems(collect([folder_of(tmp_path / "class", files)]))
    assert found["fay"] == ""
    assert "more than 4 MB" in found["ann"]
    assert "too many members" in found["ben"]
    assert all("damaged" in found[who] or "empty" in found[who] for who in ("cy", "dan", "eve"))


# -- OUT -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("full", ["work", ".results."])
def test_a_full_disk_is_one_sentence_and_what_is_graded_is_kept(light, tmp_path, monkeypatch, full):
    class_ = folder_of(tmp_path / "class", {f"{who}.ipynb": worth(15) for who in ("ann", "ben", "cy")})
    out, written, really = tmp_path / "out", [], Path.write_bytes

    def write(path, data):
        if full in str(path):
            written.append(path)
            if full != "work" or len(written) > 1:
                raise OSError(errno.ENOSPC, "No space left on device")
        return really(path, data)

    monkeypatch.setattr(Path, "write_bytes", write)
    done, _ = graded(class_, out)
    assert done.exit_code == 1
    assert "No space left on device" in done.output
    assert "goes on from there" in done.output
    assert "Traceback" not in done.output
    kept = len(list((out / "work").iterdir()))
    assert kept == (1 if full == "work" else 3)
    monkeypatch.undo()


# -- how long it takes -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["one student's", "one name"])
def test_many_files_of_one_student_are_read_in_linear_time(tmp_path, kind):
    def seconds(count: int) -> float:
        names = [f"lab2 ({n}).ipynb" if kind == "one student's" else "lab2.ipynb" for n in range(count)]
        given = tmp_path / f"{count}"
        if kind == "one student's":
            folder_of(given, {f"ann/{name}": NB for name in names} | {"bob/lab2.ipynb": NB})
        else:
            given = tmp_path / f"{count}.zip"
            with warnings.catch_warnings(), zipfile.ZipFile(given, "w") as archive:
                warnings.simplefilter("ignore")  # zipfile's, of a name that is there twice
                for name in names:
                    archive.writestr(name, NB)
        start = time.process_time()
        assert len(collect([given]).submissions) >= count
        return time.process_time() - start

    seconds(10)
    assert seconds(1600) < 10 * seconds(400)  # four times as many; it was sixteen times as long


def test_a_class_s_zip_is_opened_once_for_all_its_pages(light, tmp_path, monkeypatch):
    opened = []
    really = archives._opened
    monkeypatch.setattr(archives, "_opened", lambda file: opened.append(file) or really(file))
    given = zip_of(tmp_path / "class.zip", {f"student{n}x.ipynb": worth(n) for n in range(20)})
    _, rows = graded(given, tmp_path / "out")
    assert len(list((tmp_path / "out/handed-in").iterdir())) == len(rows) == 20
    assert 0 < len(opened) <= 3
