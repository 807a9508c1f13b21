"""The pictures of lab 1: what is drawn is what was given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from seqlab import plots
from seqlab.errors import SeqlabError
from seqlab.sequences import wild

plt.switch_backend("Agg")


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_the_ladder_draws_each_curve_marks_its_lowest_point_and_names_the_levels():
    figure = plots.ladder({"a": {2: 1.5, 0: 3.0, 1: 1.25}, "b": {1: 2.0}}, {"chance": 4.0})
    ax = figure.axes[0]
    np.testing.assert_array_equal(ax.lines[0].get_xydata(), [[0, 3], [1, 1.25], [2, 1.5]])
    assert {"1.250", "2.000", "chance  4.000"} <= set(texts(ax))
    assert "1.500" not in texts(ax)
    (bits,) = ax.child_axes
    figure.canvas.draw()
    np.testing.assert_allclose(np.array(bits.get_ylim()) * np.log(2), ax.get_ylim())


def test_a_lowest_point_is_marked_on_the_side_where_no_other_curve_is():
    curves = {"turns": {0: 3.0, 3: 1.7, 8: 2.2}, "falls": {2: 1.9, 8: 1.5}, "stays": {0: 3.2, 8: 2.3}}
    ax = plots.ladder(curves, {}).axes[0]
    side = {text.get_text(): text.xyann[1] for text in ax.texts}
    assert side["1.700"] < 0  # "falls" passes above it
    assert side["1.500"] < 0
    assert side["2.300"] > 0


@pytest.mark.parametrize("curves", [{}, {"a": {}}, {str(k): {0: 1.0} for k in range(4)}])
def test_the_ladder_refuses_what_it_cannot_draw(curves):
    with pytest.raises(SeqlabError, match="one to three curves"):
        plots.ladder(curves, {})


def test_transfer_maps_draws_each_map_from_0_to_1():
    square = np.array([[1.0, 0.1], [0.2, 0.9]])
    figure = plots.transfer_maps({"window": square, "bag": np.ones((5, 5))}, chance=0.125)
    images = [ax.images[0] for ax in figure.axes if ax.images]
    np.testing.assert_array_equal(images[0].get_array(), square)
    assert all(image.get_clim() == (0, 1) for image in images)
    assert texts(figure.axes[0]) == ["1.00", "0.10", "0.20", "0.90"]
    assert not texts(figure.axes[1])  # too small to be read


@pytest.mark.parametrize("maps", [{}, {"a": np.ones((2, 3))}, {"a": np.ones(3)}])
def test_transfer_maps_are_square(maps):
    with pytest.raises(SeqlabError, match="square"):
        plots.transfer_maps(maps, chance=0.5)


def test_one_frame_has_a_fan_and_two_have_one_arrow_if_somebody_says_where():
    arrows = [
        len(plots.fan_of_futures(track, said).axes[0].texts)
        for track, said in (
            ([[1, 2]], None),
            ([[0, 0], [1, 2]], None),
            ([[0, 0], [1, 2]], [2, 4]),
            ([[1, 2], [1, 2]], [1, 2]),
        )
    ]
    assert arrows == [16, 0, 1, 0]


@pytest.mark.parametrize("track", [np.zeros((0, 2)), np.zeros(2), np.zeros((3, 3))])
def test_a_track_is_frames_of_two_numbers(track):
    with pytest.raises(SeqlabError, match=r"\(T, 2\)"):
        plots.fan_of_futures(track)


def test_the_gallery_has_a_panel_for_each_sequence():
    figure = plots.gallery({"wave": ([1, 2, 1], "time"), "pen": (wild.pen_strokes(2), "place")}, {"text": ["a", "bc"]})
    titles = [ax.get_title(loc="left") for ax in figure.axes]
    assert titles == ["wave", "pen", "text", ""]
    np.testing.assert_array_equal(figure.axes[0].lines[0].get_ydata(), [1, 2, 1])
    np.testing.assert_array_equal(figure.axes[1].lines[0].get_xydata(), wild.pen_strokes(2))
    assert texts(figure.axes[2]) == ["a", "bc", "?"]


def test_made_sequences_are_what_they_say():
    days = np.diff(np.log(wild.price(20_001, volatility=0.02, seed=1)))
    assert days.std() == pytest.approx(0.02, rel=0.03)
    assert abs(np.corrcoef(days[1:], days[:-1])[0, 1]) < 0.03
    wave = wild.brain_wave(32.0, alpha=10.0)
    strength = np.abs(np.fft.rfft(wave))
    assert np.fft.rfftfreq(len(wave), 1 / 128)[strength[64:].argmax() + 64] == pytest.approx(10, abs=0.6)
    path = wild.pen_strokes(4)
    assert path[:, 1].min() >= 0
    assert path[-1, 0] > path[0, 0]
    assert not np.array_equal(wild.price(seed=1), wild.price(seed=2))
