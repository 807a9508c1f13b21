"""Marks entered into a gradebook: into the right cell of the right student, and not a byte changes elsewhere."""

import csv
import io
import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlab.autograder.course.reading import as_written
from seqlab.autograder.course.row import ExerciseResult, Row
from seqlab.autograder.reports.gradebooks import enter
from seqlab.autograder.reports.publish import publish
from seqlab.autograder.reports.sheet import Sheet
from seqlab.errors import SeqlabError


def row(points, student, lab="lab2", full=100.0, label=None, **more):
    exercises = [ExerciseResult("unroll", points, full, "partial")] if full else []
    label = label or f"in/{student.get('name', 'x')}.ipynb"
    return Row(label, lab, points, full, "partial", exercises=exercises, student=student, **more)


def canvas(
    *people, header=("Lab 2: RNN (777)", "Homework (778)"), names=("Student",), full=("100.00", "10.00"), end="\n"
):
    """A gradebook as Canvas writes it; each of the people is name, ID, and the cells behind the section."""
    head = [
        *names,
        "ID",
        "SIS User ID",
        "SIS Login ID",
        "Integration ID",
        "Root Account",
        "Section",
        *header,
        "Final Score",
    ]
    blank = [""] * (len(names) + 5)
    table = [head, [*blank, "", *["Manual Posting"] * len(header), ""]]
    table.append(["    Points Possible", *blank, *full, "(read only)"])
    for name, number, *cells in people:
        named = name.split(", ") if len(names) == 2 else [name]
        table.append([*named, number, f"S{number}", f"login{number}", "", "x.edu", "A and B", *cells, "70.00"])
    out = io.StringIO()
    csv.writer(out, lineterminator=end).writerows(table)
    return out.getvalue()


def cells(text, heading):
    sheet = Sheet(text)
    column = sheet.values(sheet.lines[0]).index(heading)
    return [sheet.value(line, column) for line in sheet.lines[3:]]


ANN, BOB, ZOE = {"canvas_id": "1", "name": "ann"}, {"canvas_id": "2", "name": "bob"}, {"canvas_id": "3", "name": "zoe"}
BOOK = canvas(("Poe, Ann", "1", "", ""), ("Roe, Bob", "2", "55.00", ""), ("Müller, Zoë", "3", "EX", ""))
LAB2 = "Lab 2: RNN (777)"


# -- which cell ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("names", [("Student",), ("LastName", "FirstName")])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_canvas_in_every_form_that_it_has(names, end, delimiter):
    text = "\ufeff" + canvas(("Poe, Ann", "1", "", ""), names=names, end=end)
    if delimiter == ";":
        text = text.replace('"Poe, Ann"', "Poe. Ann").replace(",", ";")
    entered = enter([row(8.25, ANN)], text)
    assert cells(entered.text, LAB2) == ["8.25"]
    assert len(entered.text) == len(text) + len("8.25")
    by_name = enter([row(8.25, {"name": "Ann Poe"})], canvas(("Poe, Ann", "1", "", ""), names=names))
    assert cells(by_name.text, LAB2) == ["8.25"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_every_encoding_comes_back(encoding, tmp_path):
    data = BOOK.encode(encoding)
    publish([row(70, ANN)], tmp_path, ("canvas",), data)
    written = (tmp_path / "canvas.csv").read_bytes()
    assert written.decode(encoding) == BOOK.replace("A and B,,", "A and B,70,", 1)
    assert len(written) - len(data) in (2, 4)


def test_a_decimal_comma_is_written_back_as_found():
    commas = canvas(("Poe, Ann", "1", "", ""), full=("100,00", "10,00"))
    assert cells(enter([row(61.25, ANN)], commas).text, LAB2) == ["61,25"]
    semicolons = commas.replace('"Poe, Ann"', "Ann Poe").replace('"100,00"', "100@00").replace('"10,00"', "10@00")
    entered = enter([row(61.25, ANN)], semicolons.replace(",", ";").replace("@", ","))
    assert ";61,25;" in entered.text


def test_the_column_is_named_after_the_lab_or_asked_for():
    header = ("Lab 2 survey (776)", "Lab 02: RNN (777)", "Lab 20 (778)", "Notes")
    text = canvas(("Poe, Ann", "1", "", "", "", ""), header=header, full=("100", "100", "100", ""))
    assert cells(enter([row(70, ANN)], text).text, "Lab 02: RNN (777)") == ["70"]
    assert cells(enter([row(70, ANN)], text, "lab 2 survey").text, "Lab 2 survey (776)") == ["70"]
    for title in ("Lab 2", "Notes", "Final Score", "Section", "ID"):
        with pytest.raises(
            SeqlabError, match=r"columns: 'Lab 2 survey \(776\)', 'Lab 02: RNN \(777\)', 'Lab 20 \(778\)'\.$"
        ):
            enter([row(70, ANN)], text, title)
    with pytest.raises(SeqlabError, match="got no title"):
        enter([row(70, ANN, lab="lab5")], text)
    twice = canvas(("Poe, Ann", "1", "", ""), header=("Lab 2 (1)", "Lab 2 (2)"))
    with pytest.raises(SeqlabError, match="fits several"):
        enter([row(70, ANN)], twice, "Lab 2")
    assert cells(enter([row(7, ANN, full=10)], twice, "Lab 2 (2)").text, "Lab 2 (2)") == ["7"]


def test_one_lab_one_column():
    """A hand-in of lab 5 that was uploaded to "Lab 2" is no mark of lab 2."""
    entered = enter([row(70, ANN), row(100, {"canvas_id": "3"}, lab="lab5")], BOOK.replace("EX", ""), "Lab 2: RNN")
    assert cells(entered.text, LAB2) == ["70", "55.00", ""]
    assert "lab5" in entered.faults[0]
    with pytest.raises(SeqlabError, match="named after lab2; got hand-ins of lab5"):
        enter([row(100, ANN, lab="lab5")], BOOK, "Lab 2: RNN")
    with pytest.raises(SeqlabError, match="named after lab3"):
        enter([row(70, ANN)], BOOK.replace("Lab 2", "Lab 3"), "Lab 3: RNN")
    chosen = enter([row(100, ANN, lab="lab5"), row(70, ANN)], BOOK, "Lab 2: RNN", lab="lab5_music")
    assert cells(chosen.text, LAB2)[0] == "100"
    assert not chosen.faults


def test_an_excel_workbook_is_called_one():
    with pytest.raises(SeqlabError, match="got an Excel workbook"):
        enter([row(70, ANN)], as_written(b"PK\x03\x04\x14\x00\x90\xff")[0])


def test_two_labs_of_one_student_are_both_entered():
    text = canvas(("Poe, Ann", "1", "", ""), header=("Lab 2 (1)", "Lab 5: Music (2)"), full=("100", "100"))
    entered = enter([row(70, ANN), row(40, ANN, lab="lab5")], text)
    assert (cells(entered.text, "Lab 2 (1)"), cells(entered.text, "Lab 5: Music (2)")) == (["70"], ["40"])
    assert not entered.absent
    assert not entered.told


def test_who_is_not_listed_is_named_and_nobody_else_gets_the_mark():
    """Canvas's own number decides: a student who has left the course is not another one of the same name."""
    gone = row(70, {"canvas_id": "9", "name": "Ann Poe", "sis_id": "S2"})
    entered = enter([gone], BOOK)
    assert entered.absent == [gone]
    assert entered.text == BOOK


@pytest.mark.parametrize("label", ["in/c.zip!x_2_5_lab2.ipynb", "in/submission_1/x_2_5_lab2.ipynb"])
def test_a_file_s_name_says_no_number_that_is_not_the_student_s(label):
    entered = enter([row(70, {"id": "ann@x.edu", "name": "Ann Poe"}, label=label)], BOOK)
    assert cells(entered.text, LAB2) == ["70", "55.00", "EX"]


@pytest.mark.parametrize("label", ["in/x_4711_5_lab2.ipynb", "in/Xi_4711_assignsubmission_file_/lab2.ipynb"])
def test_a_university_s_number_in_a_file_s_name_is_no_platform_s(label):
    """Canvas's 4711 is Bob; Ann's own number is 4711, too."""
    text = BOOK.replace(",2,S2,", ",4711,S2,").replace(",1,S1,", ",1,4711,")
    entered = enter([row(70, {"id": "4711", "name": "Ann Poe"}, label=label)], text)
    assert cells(entered.text, LAB2) == ["70", "55.00", "EX"]


# -- what stays ------------------------------------------------------------------------------------------------
def test_a_mark_by_hand_stays_and_is_told():
    entered = enter([row(70, BOB), row(55, {"canvas_id": "2"}, label="z.ipynb")][:1], BOOK)
    assert entered.text == BOOK
    assert entered.told == ["Roe, Bob has 55.00 by hand; seqlab says 70."]
    assert cells(enter([row(70, BOB)], BOOK, replace=True).text, LAB2)[1] == "70"
    same = enter([row(55, BOB)], BOOK)
    assert (same.text, same.told) == (BOOK, [])


@pytest.mark.parametrize("there", ["EX", "ex", "N/A"])
def test_who_is_excused_or_not_assigned_stays_so(there):
    text = BOOK.replace(",EX,", f",{there},")
    for replaced in (False, True):
        entered = enter([row(70, ZOE)], text, replace=replaced)
        assert entered.text == text
        assert entered.told[0].startswith("Müller, Zoë is ")


def test_what_was_not_graded_leaves_the_cell_alone():
    unjudged = row(40, BOB)
    unjudged = replace(unjudged, exercises=[replace(unjudged.exercises[0], status="could not be judged")])
    for lost in (row(0, BOB, full=0), unjudged):
        for replaced in (False, True):
            assert enter([row(70, ANN), lost], BOOK, replace=replaced).text == enter([row(70, ANN)], BOOK).text


def test_a_conflict_and_two_hand_ins_of_one_student_enter_nothing():
    twice = [row(70, ANN, label="a.ipynb"), row(90, ANN, label="b.ipynb")]
    entered = enter([*twice, row(60, BOB)], BOOK, replace=True)
    assert cells(entered.text, LAB2) == ["", "60", "EX"]
    assert [("a.ipynb" in told, "b.ipynb" in told) for told in entered.told] == [(True, False), (False, True)]
    assert not entered.absent
    beside = [row(70, ANN), row(0, ANN, full=0, label="notes.pdf")]
    assert cells(enter(beside, BOOK).text, LAB2)[0] == "70"
    odd = row(70, ANN)
    object.__setattr__(odd, "conflict", "two files of the same time")
    entered = enter([odd], BOOK)
    assert entered.text == BOOK
    assert "two files of the same time" in entered.told[0]


def test_a_mark_that_seqlab_entered_is_its_own_and_one_by_hand_is_not(tmp_path):
    def run(points, book, **options):
        published = publish([row(points, ANN)], tmp_path, ("canvas",), book, **options)
        return (tmp_path / "canvas.csv").read_text(), published.told

    first, _ = run(70, BOOK)
    second, told = run(72, first)  # graded anew, and Canvas has the 70 by now
    assert cells(second, LAB2)[0] == "72"
    assert not told
    third, told = run(74, first)  # an export from before, or a 70 by hand: nobody knows
    assert (third, told) == (first, ["Poe, Ann has 70 by hand; seqlab says 74."])
    by_hand = first.replace(",70,", ",80,")
    kept, told = run(74, by_hand)
    assert kept == by_hand
    assert told == ["Poe, Ann has 80 by hand; seqlab says 74."]
    assert cells(run(74, by_hand, overwrite=True)[0], LAB2)[0] == "74"


NOTES = ["=SUM(A1)", "+2 agreed", "-5 late", "@lab", "one\nline\r\nmore", 'he said "no"', "'x", "\t1", "ſ ＝1", ""]


def test_notes_stay_byte_for_byte():
    people = [(f"N, {i}", str(i), note, "", "") for i, note in enumerate(NOTES)]
    text = canvas(*people, header=("Notes", LAB2, "H (778)"), full=("", "100", "10"), end="\r\n")
    rows = [row(70 + i, {"canvas_id": str(i)}) for i in range(len(NOTES))]
    assert cells(enter(rows, text).text, "Notes") == NOTES
    assert len(enter(rows, text).text) == len(text) + 2 * len(NOTES)


raw_cells = st.one_of(
    st.text(alphabet="aü0 =+-@'.\t", max_size=6).filter(lambda text: not text.startswith("\ufeff")),
    st.text(alphabet='aü,;\n\r=+-@" ', max_size=8).map(lambda text: '"' + text.replace('"', '""') + '"'),
    st.sampled_from(["", "EX", "N/A", "55", '"55.00"', "007", "A+", "85%", '"a"b']),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(raw_cells, min_size=3, max_size=3), min_size=1, max_size=4), st.data())
def test_all_bytes_outside_our_cells_come_back(people, data):
    """Whatever the cells of a gradebook hold, however they are quoted and each line ends."""
    ends = data.draw(st.lists(st.sampled_from(["\n", "\r\n"]), min_size=len(people) + 2, max_size=len(people) + 2))
    start = f"Student,ID,Section,Notes,{LAB2},Other (778)" + ends[0] + "    Points Possible,,,,100,10" + ends[1]
    begins = [f'"S, {i}",{i},X,{note},' for i, (note, _, _) in enumerate(people)]
    behind = [f",{other}{end}" for (_, _, other), end in zip(people, ends[2:], strict=True)]
    text = start + "".join(a + mark + b for a, (_, mark, _), b in zip(begins, people, behind, strict=True))
    rows = [row(float(61 + i), {"canvas_id": str(i)}) for i in data.draw(st.sets(st.integers(0, len(people) - 1)))]
    entered = enter(rows, text, LAB2, replace=data.draw(st.booleans())).text
    for encoding in ("utf-8", "utf-16"):  # the file is read back as it was
        assert "".join(as_written(text.encode(encoding))[:1]).removeprefix("\ufeff") == text
    assert entered.startswith(start)
    rest = entered[len(start) :]
    for i, (a, b) in enumerate(zip(begins, behind, strict=True)):
        assert rest.startswith(a)
        mark = next(m for m in (people[i][1], str(61 + i), f'"{61 + i}"') if rest.startswith(m + b, len(a)))
        assert mark == people[i][1] or any(r.points == 61 + i for r in rows)
        rest = rest[len(a + mark + b) :]
    assert not rest


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet='a",;\t\r\n =\ufeff', max_size=40))
def test_a_sheet_is_its_text_and_reads_as_the_csv_module_does(text):
    sheet = Sheet(text)
    assert str(sheet) == text
    known = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=sheet.delimiter))
    assert [sheet.values(line) if line.cells != [""] else [] for line in sheet.lines] == known


# -- Moodle ----------------------------------------------------------------------------------------------------
# the headings as Moodle's language packs have them, with its word for a participant and for yes and no
LANGUAGES = {
    "en": (
        "Identifier;Full name;Email address;Status;Grade;Maximum Grade;Grade can be changed;"
        "Last modified (submission);Last modified (grade);Feedback comments",
        "Participant ",
        ("Yes", "No"),
    ),
    "de": (
        "ID;Vollständiger Name;E-Mail-Adresse;Status;Bewertung;Bestwertung;Bewertung kann geändert werden;"
        "Zuletzt geändert (Abgabe);Zuletzt geändert (Bewertung);Feedback als Kommentar",
        "Teilnehmer/in",
        ("Ja", "Nein"),
    ),
    "fr": (
        "Identifiant;Nom complet;Adresse de courriel;Statut;Note;Note maximale;La note peut être modifiée;"
        "Dernière modification (travail remis);Dernière modification (note);Feedback par commentaires",
        "Participant",
        ("Oui", "Non"),
    ),
    "ja": ("ID;フルネーム;メールアドレス;ステータス;評定;最大評点;評定変更可;最終更新日時 (提出);最終更新日時 (評定);フィードバック", "参加者", ("Yes", "いいえ")),
}  # fmt: skip


def worksheet(language, *people, delimiter=",", full="100.00"):
    headings, participant, (yes, no) = LANGUAGES[language]
    table = [headings.split(";")]
    for number, name, email, grade, *locked in people:
        changed = no if locked else yes
        table.append(
            [f"{participant}{number}", name, email, "Submitted - ", grade, full, changed, "Friday, 1", "-", "=x\n<p>"]
        )
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(table)
    return "\ufeff" + out.getvalue()


@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_moodle_in_any_language(language, delimiter):
    people = [
        ("201", "Jane Doe", "jane@x.edu", ""),
        ("202", "Bob Roe", "bob@x.edu", "44.00"),
        ("203", "Zoë", "z@x", "", 1),
    ]
    text = worksheet(language, *people, delimiter=delimiter)
    rows = [row(61.25, {"participant": "201"}), row(70, {"email": "BOB@x.edu"}), row(15, {"name": "zoë"})]
    entered = enter(rows, text)
    sheet = Sheet(entered.text)
    assert [sheet.value(line, 4) for line in sheet.lines[1:]] == ["61.25", "44.00", ""]
    assert len(entered.text) == len(text) + len("61.25")
    assert entered.told == [
        "Bob Roe has 44.00 by hand; seqlab says 70.",
        "Zoë has a grade that cannot be changed in Moodle; seqlab says 15.",
    ]
    assert not entered.absent


def test_moodle_s_maximum_is_scaled_to_and_its_comma_kept():
    text = worksheet("de", ("201", "Jane Doe", "jane@x.edu", ""), full="10,00")
    with pytest.raises(SeqlabError, match="--scale"):
        enter([row(61.25, {"participant": "201"})], text)
    sheet = Sheet(enter([row(85, {"participant": "201"})], text, scale=True).text)
    assert sheet.lines[1].cells[4] == '"8,5"'
    assert sheet.lines[1].cells[5] == '"10,00"'


def test_a_worksheet_of_one_assignment_takes_one_lab():
    text = worksheet("en", ("201", "Jane Doe", "jane@x.edu", ""))
    with pytest.raises(SeqlabError, match="lab2, lab5"):
        enter([row(70, {"participant": "201"}), row(60, {"participant": "201"}, lab="lab5")], text)
    both = [row(70, {"participant": "201"}), row(60, {"participant": "201"}, lab="lab5")]
    assert ",60,100.00," in enter(both, text, lab="lab5").text


# -- a run's folder --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("book", [b"nonsense", b"", BOOK.replace("777", "7").replace("Lab 2", "Week 4").encode()])
def test_a_fault_of_the_gradebook_suppresses_nothing(book, tmp_path):
    published = publish([row(70, ANN)], tmp_path, gradebook=book)
    assert len(published.faults) == 1
    for name in ("results.json", "marks.csv", "report.html", "index.html"):
        assert (tmp_path / name).is_file()
    assert list((tmp_path / "students").iterdir())
    assert not (tmp_path / "canvas.csv").exists()


def test_nothing_of_an_earlier_run_stays_beside_what_this_one_wrote(tmp_path):
    (tmp_path / "run.json").write_text('{"seed": 1, "seqlab": ""}')
    publish([row(70, ANN), row(60, BOB)], tmp_path)
    assert len(list((tmp_path / "students").iterdir())) == 2
    publish([row(70, ANN)], tmp_path, gradebook=BOOK.replace(LAB2, "Week 4 (777)").encode())
    assert len(list((tmp_path / "students").iterdir())) == 1
    assert not (tmp_path / "canvas.csv").exists()
    publish([row(70, ANN), row(60, BOB, lab="lab5")], tmp_path)
    assert {p.name for p in tmp_path.glob("canvas*")} == {"canvas-lab2.csv", "canvas-lab5.csv"}
    publish([row(70, ANN)], tmp_path, ("json",))
    assert {p.name for p in tmp_path.iterdir() if p.is_file()} == {"results.json", "run.json"}


def test_the_gradebook_itself_is_never_removed(tmp_path):
    (tmp_path / "run.json").write_text('{"seed": 1, "seqlab": ""}')
    book = tmp_path / "canvas.csv"
    book.write_bytes(BOOK.replace(LAB2, "Week 4 (777)").encode())
    assert publish([row(70, ANN)], tmp_path, gradebook=book.read_bytes()).faults
    assert book.exists()


def test_what_was_entered_is_written_down(tmp_path):
    publish([row(70, ANN)], tmp_path, gradebook=BOOK.encode())
    assert json.loads((tmp_path / "entered.json").read_text()) == {f"{LAB2}: 1": "70"}


def test_a_mark_by_hand_that_equals_ours_stays_somebody_s(tmp_path):
    by_hand = BOOK.replace("55.00", "80")
    publish([row(80, BOB)], tmp_path, gradebook=by_hand.encode())
    published = publish([row(60, BOB)], tmp_path, gradebook=by_hand.encode())
    assert (tmp_path / "canvas.csv").read_text() == by_hand
    assert published.told == ["Roe, Bob has 80 by hand; seqlab says 60."]
