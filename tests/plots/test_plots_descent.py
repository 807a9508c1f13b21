"""The walk with a slider: the paths are those that were walked, and the numbers stand in a table as well."""

import numpy as np
import pytest
from page import read

from seqlab import plots
from seqlab.errors import SeqlabError

VIEW = (-2.0, 2.0, -1.0, 1.0)


def bowl(x):
    return x[..., 0] ** 2 + x[..., 1] ** 2


def walked(rate, steps=4):
    points = [np.array([1.0, 0.5])]
    for _ in range(steps):
        points.append(points[-1] * (1 - 2 * rate))
    return points


def test_each_rate_has_its_path_and_one_is_shown():
    page = read(plots.descent_slider(bowl, {0.1: walked(0.1), 0.25: walked(0.25)}, VIEW, start=0.25))
    groups = page.findall(".//g")
    shown = [e.get("data-k") for e in page.findall(".//*[@data-k]") if "visibility:visible" in e.get("style")]
    assert shown == ["1"] * 3  # its picture, its rate, its sentence
    dots = [(float(c.get("cx")), float(c.get("cy"))) for c in groups[1].findall("circle")]
    assert len(dots) == 5
    assert dots[0] == (345.0, 80.0)  # (1, .5) in a picture of 460 x 320
    assert dots[1] == (287.5, 120.0)  # (.5, .25)
    knob = page.find(".//input")
    assert (knob.get("max"), knob.get("value")) == ("1", "1")


def test_the_table_says_what_the_picture_shows():
    page = read(plots.descent_slider(bowl, {0.1: walked(0.1), 0.25: walked(0.25)}, VIEW))
    rows = [[cell.text for cell in row] for row in page.findall(".//tbody/tr")]
    assert rows == [
        ["0.1", "rate 0.1: f is 1.25 at the start and 0.21 after 4 steps"],
        ["0.25", "rate 0.25: f is 1.25 at the start and 0.00488 after 4 steps"],
    ]


def test_a_path_out_of_all_numbers_is_drawn_as_far_as_it_goes():
    path = [[1.0, 0.5], [1e30, 5.0], [np.inf, 0.0], [np.nan, np.nan]]
    page = read(plots.descent_slider(bowl, {9.0: path}, VIEW, title="a <wall>"))
    assert len(page.findall(".//circle")) == 2
    assert "beyond all numbers after 3 steps" in page.findall(".//tbody/tr/td")[-1].text
    assert page.find("strong").text == "a <wall>"


def test_a_plain_has_no_contour_line_along_its_rounding_errors():
    def plain_and_slope(x):
        rounding = np.where(np.round(40 * x[..., 1]) % 2, 1e-7, 0)
        return (1 + np.maximum(x[..., 0], 0) + rounding).astype("float32")

    page = read(plots.descent_slider(plain_and_slope, {0.1: walked(0.1)}, VIEW))
    ground = page.find(".//*[@aria-hidden]")
    points = [point.split(",") for line in ground.findall(".//polyline") for point in line.get("points").split()]
    assert points
    assert min(float(x) for x, _ in points) >= 229  # the plain is left of 230


@pytest.mark.parametrize(
    ("paths", "view", "start"),
    [({}, VIEW, None), ({1: [[1, 2, 3]]}, VIEW, None), ({1: [[1, 2]]}, (1, 1, 0, 1), None), ({1: [[1, 2]]}, VIEW, 2)],
)
def test_what_does_not_fit_is_refused(paths, view, start):
    with pytest.raises(SeqlabError):
        plots.descent_slider(bowl, paths, view, start=start)
