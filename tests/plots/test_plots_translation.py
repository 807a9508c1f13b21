"""Pictures of translation: the numbers shown are those that came in, and the tree is the search's own."""

import numpy as np
import pytest
from page import read

from seqlab import plots
from seqlab.errors import SeqlabError

SOURCE, TARGET = ["the", "black", "<dog>"], ["le", "chien", "noir", "[EOS]"]
WEIGHTS = np.array([[0.9, 0.06, 0.04], [0.1, 0.2, 0.7], [0, 1, 0], [0.3, 0.3, 0.4]])


def test_a_map_shows_every_weight_that_counts_and_says_where_each_row_looks():
    figure = plots.attention_map(SOURCE, TARGET, WEIGHTS)
    shown = [text.get_text() for text in figure.axes[0].texts]
    assert shown == [".90", ".06", ".10", ".20", ".70", "1", ".30", ".30", ".40"]
    assert "chien looks most at <dog>" in figure.get_label()


def test_the_slider_has_a_picture_for_each_step_and_all_numbers_in_a_table():
    page = read(plots.decoder_slider(SOURCE, TARGET, WEIGHTS))
    steps = [group for group in page.iter("div") if group.get("data-k")]
    assert [group.get("style").rpartition(":")[2] for group in steps] == ["visible"] + ["hidden"] * 3
    for row, words in zip(page.iter("tr"), [None, *WEIGHTS], strict=True):
        assert words is None or all(f"{w:.2f}" in "".join(row.itertext()) for w in words if w >= 0.005)
    (slider,) = page.iter("input")
    assert slider.get("max") == "3"
    said = ["".join(span.itertext()) for span in page.iter("span") if span.get("data-k")]
    assert any(text.startswith("le [chien] looks most at <dog>, 70% (") for text in said)


@pytest.mark.parametrize("draw", [plots.attention_map, plots.decoder_slider])
def test_weights_of_another_shape_are_refused(draw):
    with pytest.raises(SeqlabError, match=r"\(4, 3\)"):
        draw(SOURCE, TARGET, WEIGHTS.T)


@pytest.mark.parametrize(("k", "best", "kept"), [(1, "2 2 EOS", 3), (2, "3 EOS", 6)])
def test_a_tree_shows_what_a_beam_keeps(k, best, kept):
    after = {(0,): [0, 0.1, 0.5, 0.4], (0, 2): [0, 0.3, 0.4, 0.3], (0, 3): [0, 0.9, 0.05, 0.05]}

    def step(prefix):
        return np.log(np.maximum(after.get(tuple(prefix), [0, 0.5, 0.25, 0.25]), 1e-30))

    figure = plots.beam_tree(step, ["BOS", "EOS", "2", "3"], 0, 1, k, 3)
    assert f"it finds {best}," in figure.get_label()
    dark = [text for text in figure.axes[0].texts[1:] if text.get_color() == "black"]
    assert len(dark) == kept


def test_lines_by_length():
    figure = plots.by_length({"a": {2: 1.0, 4: 0.5}, "b": {2: 0.9, 4: 0.9}}, "right", "length", chance=0.1)
    assert [line.get_label() for line in figure.axes[0].lines[1:]] == ["a", "b"]
    assert figure.get_label() == "Figure: right by length: a 1.00 to 0.50; b 0.90 to 0.90"
