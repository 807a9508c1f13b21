"""Canvas's and Moodle's files: as their importers read them, and harmless in a spreadsheet."""

import csv
import io
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlab.autograder import reports
from seqlab.autograder.course.row import ExerciseResult, Row
from seqlab.autograder.reports.tables import cell, read_csv, write_csv
from seqlab.errors import SeqlabError

CANVAS = (
    "\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,Lab 1 (4710),Lab 2 (4711),Final Score\r\n"
    ",,,,,,Manual Posting,\r\n"
    "    Points Possible,,,,,10,100,(read only)\r\n"
    '"Byrne, Aoife",901,s17,abyrne,One,9,,90\r\n'
    '"O\'Neill, Liam",902,s18,loneill,One,8,55,80\r\n'
    "\"=cmd|'/c calc'!A1\",903,s19,evil,Two,,,\r\n"
)
TEN = CANVAS.replace(",10,100,(read only)", ",10,10,(read only)")
MOODLE = (
    "Identifier,Full name,ID number,Email address,Status,Grade,Maximum Grade,Grade can be changed,"
    "Last modified (submission),Last modified (grade),Feedback comments\r\n"
    "Participant 71,Aoife Byrne,s17,aoife@example.org,Submitted,,100.00,Yes,-,-,\r\n"
    "Participant 72,Liam O'Neill,s18,liam@example.org,Submitted,,100.00,Yes,-,-,\r\n"
)


def row(points, name=None, label="in/x.ipynb", max_points=100.0, **who):
    exercises = [ExerciseResult("unroll", points, max_points, "partial")]
    student = ({"name": name} if name else {}) | who
    return Row(label, "lab2", points, max_points, "partial", exercises=exercises, seconds=1.0, student=student)


def lines(text):
    return list(csv.reader(io.StringIO(text)))


# What Canvas's importer asks of a file: the headings in this order, a row of points, students by ID.
def assert_canvas_reads(table):
    header = table[0]
    assert "Student" in header[0]
    assert "ID" in header[1]
    assert header[2:5] == ["SIS User ID", "SIS Login ID", "Section"]
    assert any("Points Possible" in line[0] for line in table[1:])
    assert {len(line) for line in table} == {len(header)}


def test_canvas_from_a_zip_of_canvas_itself():
    rows = [
        row(87.5, "byrneaoife", "s.zip!byrneaoife_901_55_lab2.ipynb", id="901", canvas_id="901"),
        row(40, "oneillliam", "s.zip!oneillliam_LATE_902_56_lab2-1.ipynb", id="902", canvas_id="902"),
    ]
    table = lines(reports.canvas_csv(rows))
    assert_canvas_reads(table)
    assert table[1][5] == "100"
    assert [(line[1], line[3], line[5]) for line in table[2:]] == [("901", "", "87.5"), ("902", "", "40")]


def test_canvas_from_a_roster_gives_logins_not_canvas_ids():
    [line] = lines(reports.canvas_csv([row(3, "Aoife Byrne", id="abyrne", sis_id="s17")], assignment="Lab 2"))[2:]
    assert line == ["Aoife Byrne", "", "s17", "abyrne", "", "3"]


@pytest.mark.parametrize(
    "who",
    [
        {"label": "s.zip!byrneaoife_901_55_lab2.ipynb", "id": "901", "canvas_id": "901"},
        {"sis_id": "s17"},
        {"id": "s17"},
        {"id": "abyrne"},
        {"login": "ABYRNE"},
        {"name": "Aoife Byrne"},
        {"name": "Byrne, Aoife"},
    ],
)
def test_canvas_template_finds_the_student(who):
    table = lines(reports.canvas_csv([row(77, **who)], CANVAS, "Lab 2"))
    assert_canvas_reads(table)
    assert table[0][6] == "Lab 2 (4711)"
    assert [line[6] for line in table[1:]] == ["Manual Posting", "100", "77", "55", ""]  # 55 was entered by hand
    assert [line[5] for line in table[1:]] == ["", "10", "9", "8", ""]  # other columns as they were


def test_a_column_that_is_not_there_is_asked_for_and_never_invented():
    with pytest.raises(SeqlabError, match=r"got 'Lab 3'.*'Lab 1 \(4710\)', 'Lab 2 \(4711\)'\.$"):
        reports.canvas_csv([row(77, id="s18")], CANVAS, "Lab 3")


def test_a_maximum_that_differs_is_refused_or_scaled():
    with pytest.raises(SeqlabError, match="100 points; got 10"):
        reports.canvas_csv([row(77, id="s18")], TEN, "Lab 2")
    table = lines(reports.canvas_csv([row(77, id="s17")], TEN, "Lab 2 (4711)", scale=True))
    assert [line[6] for line in table[3:]] == ["7.7", "55", ""]


def test_what_could_not_be_graded_gets_no_mark_rather_than_zero():
    lost = replace(row(0, id="s18", max_points=0), exercises=[])
    assert lines(reports.canvas_csv([row(5, id="s17"), lost]))[3][5] == ""
    assert lines(reports.canvas_csv([row(5, id="s17"), lost], CANVAS, "Lab 2"))[4][6] == "55"  # nor is one taken away
    assert lines(reports.moodle_csv([row(5, id="s17"), lost], MOODLE))[2][5] == ""


def test_not_in_gradebook_lists_who_has_no_place():
    known, stranger = row(5, id="s17"), row(6, "Nobody Known", id="s99")
    assert reports.not_in_gradebook([known, stranger], CANVAS) == [stranger]
    assert reports.not_in_gradebook([known, stranger], MOODLE) == [stranger]


def test_a_name_that_two_share_matches_neither():
    twice = CANVAS + '"Byrne, Aoife",904,s20,abyrne2,Two,,,\r\n'
    assert len(reports.not_in_gradebook([row(5, "Aoife Byrne")], twice)) == 1
    assert not reports.not_in_gradebook([row(5, "Aoife Byrne", id="s20")], twice)


def test_moodle_worksheet_is_filled_and_else_unchanged():
    rows = [
        row(61.25, "Aoife Byrne", "s.zip!Aoife Byrne_71_assignsubmission_file_/lab2.ipynb", id="71", participant="71"),
        row(12, email="LIAM@example.org"),
    ]
    before, after = lines(MOODLE), lines(reports.moodle_csv(rows, MOODLE))
    assert [line[5] for line in after[1:]] == ["61.25", "12"]
    assert [line[:5] + line[6:] for line in after] == [line[:5] + line[6:] for line in before]


def test_moodle_worksheet_with_commas_gets_commas():
    german = MOODLE.replace("100.00", '"100,00"')
    assert lines(reports.moodle_csv([row(61.25, id="s17")], german))[1][5] == "61,25"


def test_moodle_without_a_worksheet():
    zipped = [
        row(9, "Aoife Byrne", "s.zip!Aoife Byrne_71_assignsubmission_file_/lab2.ipynb", id="71", participant="71")
    ]
    table = lines(reports.moodle_csv(zipped))
    assert {"Identifier", "Grade", "Last modified (grade)"} <= set(table[0])  # what Moodle's importer looks for
    assert table[1][:2] == ["Participant 71", "Aoife Byrne"]
    assert table[1][table[0].index("Grade")] == "9"
    imported = lines(reports.moodle_csv([row(9, "Aoife Byrne", id="s17", email="a@example.org")], assignment="Lab 2"))
    assert imported == [
        ["Full name", "ID number", "Email address", "Lab 2"],
        ["Aoife Byrne", "s17", "a@example.org", "9"],
    ]


@pytest.mark.parametrize("text", ["", "a,b\r\n1,2\r\n", "Bezeichner,Bewertung\r\nx,1\r\n"])
def test_a_file_that_is_no_export_is_refused(text):
    for fill in (reports.moodle_csv, reports.canvas_csv, reports.not_in_gradebook):
        with pytest.raises(SeqlabError, match=r"the CSV that Canvas exports .* or Moodle's grading worksheet"):
            fill([row(1, id="s17")], text)


@pytest.mark.parametrize(
    "name", ["=1+1", "+353 1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1+1", "x;=1+1", "a\n@b"]
)
def test_no_name_becomes_a_formula(name):
    for text in (
        reports.marks_csv([row(1, name)]),
        reports.canvas_csv([row(1, name, id="s1")]),
        reports.moodle_csv([row(1, name, id="s1")]),
    ):
        for found in (c for line in lines(text) for c in line):
            for piece in found.split(";"):
                assert not piece.strip().startswith(tuple("=+-@＝＋－＠")), found
    [line] = lines(reports.canvas_csv([row(1, name, sis_id="s1")]))[2:]
    assert line[2] == "s1"  # by which Canvas finds the student, whatever the name


def test_a_name_in_the_gradebook_stays_as_canvas_wrote_it():
    filled = reports.canvas_csv([row(5, sis_id="s19")], CANVAS, "Lab 2")
    assert filled.endswith("\"=cmd|'/c calc'!A1\",903,s19,evil,Two,,5,\r\n")


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(st.text(max_size=12), min_size=2, max_size=4), min_size=1, max_size=4))
def test_any_text_survives_as_one_line_per_row(table):
    width = max(map(len, table))
    table = [["x"] + row + [""] * (width - len(row)) for row in table]
    back = read_csv(write_csv(table))
    assert [len(line) for line in back] == [width + 1] * len(table)
    for line in back:
        for found in line:
            assert cell(found) == found or not found.isprintable()  # what is harmless stays as it is
            assert not found.lstrip().startswith(("=", "@"))
