"""The microscope: one setting of the knobs is seen at a time, and all of them stand in a table."""

import numpy as np
import pytest
from page import read

from seqlab import plots
from seqlab.errors import SeqlabError
from seqlab.layers import LSTM


def looks(T=4):
    decay = 0.5 ** np.arange(T, -1, -1)
    return {(r, a): {"exact": r * decay, "bound": 10 * r * decay} for r in (0.5, 1.0, 2.0) for a in ("tanh", "relu")}


def test_a_number_has_a_slider_a_word_a_list_and_one_setting_is_shown():
    page = read(plots.gradient_microscope(looks(), ["radius", "activation"], start=(2.0, "relu")))
    assert [(k.tag, k.get("data-knob") is not None) for k in page.iter() if k.tag in ("input", "select")] == [
        ("input", True),
        ("select", True),
    ]
    knob, choice = page.find(".//input"), page.find(".//select")
    assert (knob.get("max"), knob.get("value")) == ("2", "2")
    assert [o.text for o in choice if o.get("selected")] == ["relu"]
    groups = [g for g in page.findall(".//g") if g.get("data-k")]
    assert [g.get("data-k") for g in groups if not g.get("style")] == ["2 1"]
    assert len(groups) == 6
    sentence = next(s for s in page.findall(".//span") if s.get("data-k") == "2 1")
    assert sentence.text.startswith("radius 2, activation relu. exact: 0.12 is left at t = 0, 0.59 times as much")


def test_the_table_has_every_setting_and_the_lines_their_places():
    page = read(plots.gradient_microscope(looks(), ["radius", "activation"]))
    rows = [[cell.text for cell in row] for row in page.findall(".//tbody/tr")]
    assert len(rows) == 6
    assert rows[0] == ["0.5", "tanh", "0.031", "0.42", "0.31", "0.75"]
    first = page.find(".//g[@data-k='0 0']")
    exact, bound = ([tuple(map(float, p.split(","))) for p in line.get("points").split()] for line in first)
    assert len(exact) == 5
    assert all(b[1] < e[1] for e, b in zip(exact, bound, strict=True))  # larger is higher


def test_zero_and_what_is_beyond_all_decades_are_drawn_as_far_as_they_go():
    lines = {"exact": [0.0, 1e-30, 1.0], "bound": [1e300, 1e9, 1.0]}
    page = read(plots.gradient_microscope({1: lines}, ["one <knob>"], labels=["dog", "<b>"], title="a & b"))
    exact, bound = page.find(".//g[@data-k='0']")
    assert len(exact.get("points").split()) == 2
    assert len(bound.get("points").split()) == 3
    assert "<b>" in [t.text for t in page.findall(".//text")]


def test_it_takes_any_layer_on_a_sequence_of_ones_own():
    x, norms = np.random.default_rng(0).normal(size=(1, 5, 2)), {}
    for units in (2, 4):
        layer = LSTM(units)
        norms[units] = {"exact": layer.state_jacobian_norms(x)[0], "bound": layer.state_jacobian_bounds(x)[0]}
    assert len(read(plots.gradient_microscope(norms, ["units"])).findall(".//tbody/tr")) == 2


@pytest.mark.parametrize(
    ("norms", "knobs", "how"),
    [
        ({}, ["a"], {}),
        ({1: {"x": [1.0, 2.0]}, 2: {"x": [1.0, 2.0, 3.0]}}, ["a"], {}),
        ({1: {"x": [1.0, 2.0]}, 2: {"y": [1.0, 2.0]}}, ["a"], {}),
        ({1: {"x": [[1.0, 2.0]]}}, ["a"], {}),
        ({(1, 2): {"x": [1.0, 2.0]}}, ["a"], {}),
        ({(1, 2): {"x": [1.0, 2.0]}, (2, 1): {"x": [1.0, 2.0]}}, ["a", "b"], {}),
        ({1: {"x": [1.0, 2.0]}}, ["a"], {"start": 3}),
        ({1: {"x": [1.0, 2.0]}}, ["a"], {"labels": ["one", "two"]}),
    ],
)
def test_what_does_not_fit_is_refused(norms, knobs, how):
    with pytest.raises(SeqlabError):
        plots.gradient_microscope(norms, knobs, **how)
