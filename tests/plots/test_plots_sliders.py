"""A slider of pictures: one is shown, the others keep their room, and all is said in words too."""

import pytest
from matplotlib.figure import Figure
from page import read

from seqlab import plots
from seqlab.errors import SeqlabError

SQUARES = [f'<svg role="img" aria-label="{side}" width="{side}" height="30"/>' for side in (10, 20, 30)]


def made(frames=SQUARES, labels=(10, 20, 30), words=("small", "a < b", "large"), **more):
    return plots.slider(list(frames), labels, words, title='Squares & "more"', knob="side", **more)


def test_one_picture_is_shown_with_its_label_and_its_words():
    page = read(made(start=1))
    shown = [e for e in page.findall(".//*[@data-k]") if "visibility:visible" in e.get("style")]
    assert [(e.get("data-k"), e.text) for e in shown] == [("1", None), ("1", "20"), ("1", "a < b")]
    assert len(page.findall(".//*[@data-k]")) == 9
    assert page.find("strong").text == 'Squares & "more"'


def test_the_knob_can_be_moved_by_keys_and_speaks():
    knob = read(made()).find(".//input")
    assert [knob.get(name) for name in ("type", "min", "max", "value")] == ["range", "0", "2", "0"]
    assert (knob.get("aria-label"), knob.get("aria-valuetext")) == ('side of Squares & "more"', "10")
    assert knob.get("data-lm-suppress-shortcuts") == "true"  # on the input itself: tests/browser moves it


def test_a_table_says_all_stops():
    page = read(made())
    assert [[cell.text for cell in row] for row in page.findall(".//tbody/tr")] == [
        ["10", "small"],
        ["20", "a < b"],
        ["30", "large"],
    ]
    assert [head.get("scope") for head in page.findall(".//th")] == ["col", "col"]


def test_what_all_have_in_common_is_sent_once():
    text = made(ground='<svg id="ground"/>').html
    assert text.count("ground") == 1
    assert 'aria-hidden="true"' in text
    assert "aria-hidden" not in made().html


def test_a_figure_is_an_image_with_words():
    figures = [Figure(figsize=(1, 1), label=f'dot "{k}"') for k in (0, 1)]
    page = read(plots.slider(figures, "ab", ["one", "two"], title="Dots"))
    assert [image.get("alt") for image in page.findall(".//img")] == ['dot "0"', 'dot "1"']


@pytest.mark.parametrize(
    "wrong", [{"frames": ()}, {"labels": (1, 2)}, {"words": ("one",)}, {"start": 3}, {"start": -1}]
)
def test_what_does_not_fit_is_refused(wrong):
    with pytest.raises(SeqlabError, match="a label and a sentence for each"):
        made(**wrong)
