"""Blocks of numbers: every number is drawn, in its place and colour; what broadcasting repeats is told from what is there."""

import matplotlib

matplotlib.use("Agg")

import numpy as np
import pytest
from matplotlib.colors import to_hex

from seqlab import plots
from seqlab.errors import SeqlabError

BATCH = np.array([[[100 * b + 10 * t + d for d in (1, 2)] for t in range(3)] for b in (1, 2)])


def cells(ax):
    """(column, row from the top) of the whole picture -> text and colour of each cell."""
    at = {text.get_position(): text.get_text() for text in ax.texts}
    boxes = [p for p in ax.patches if p.get_fill()]
    return [(at[p.get_x() + 0.5, p.get_y() + 0.5], to_hex(p.get_facecolor()), p.get_x(), p.get_y()) for p in boxes]


def test_a_block_shows_every_number_and_its_axes():
    figure = plots.number_blocks({"batch": BATCH, "one step": BATCH[:, 1]}, {"batch": "BTD", "one step": "BD"})
    (ax,) = figure.axes
    texts = [t.get_text() for t in ax.texts]
    assert sorted(text for text, *_ in cells(ax)) == sorted(map(str, [*BATCH.ravel(), *BATCH[:, 1].ravel()]))
    assert {"B = 0", "B = 1", "T ↓", "B ↓", "D →", "batch\n(2, 3, 2)", "one step\n(2, 2)"} <= set(texts)
    assert str(BATCH.tolist()) in figure.get_label()


def test_a_number_keeps_its_colour_so_that_a_reshape_shows():
    time_first = BATCH.transpose(1, 0, 2)
    blocks = {"right": BATCH, "mixed": time_first.reshape(BATCH.shape)}
    for title, block in blocks.items():
        (ax,) = plots.number_blocks({title: block}, group=lambda n: int(n) // 100).axes
        first_card = [c for c in cells(ax) if c[3] >= -3]
        assert len({colour for _, colour, *_ in first_card}) == (1 if title == "right" else 2)


@pytest.mark.parametrize(
    ("arrays", "axes"),
    [
        ({}, {}),
        ({"x": 3.0}, {}),
        ({"x": np.zeros((2, 0))}, {}),
        ({"x": np.zeros((1,) * 4)}, {}),
        ({"x": [1, 2]}, {"x": "BT"}),
    ],
)
def test_what_cannot_be_drawn_is_refused(arrays, axes):
    with pytest.raises(SeqlabError):
        plots.number_blocks(arrays, axes)


def test_broadcasting_shows_what_is_repeated_as_pale():
    (ax,) = plots.which_meet([[1], [2]], [10, 20, 30], "*").axes
    drawn = cells(ax)
    assert [text for text, *_ in drawn[-6:]] == ["10", "20", "30", "20", "40", "60"]
    pale = [text for text, colour, *_ in drawn if colour == "#ffffff"]
    assert pale == ["1", "1", "2", "2", "10", "20", "30"]
    framed = [p for p in ax.patches if not p.get_fill()]
    assert [(p.get_width(), p.get_height()) for p in framed] == [(1, 1)] * 3


def test_a_product_frames_a_row_a_column_and_their_number():
    (ax,) = plots.which_meet([[1, 2, 3], [4, 5, 6]], [[1, 0], [0, 1], [1, 1]], "@", cell=(0, 1)).axes
    assert [text for text, *_ in cells(ax)[-4:]] == ["4", "5", "10", "11"]
    framed = [p for p in ax.patches if not p.get_fill()]
    assert [(p.get_width(), p.get_height()) for p in framed] == [(3, 1), (1, 3), (1, 1)]


@pytest.mark.parametrize(
    ("a", "b", "operation", "cell"),
    [
        ([1, 2], [1, 2, 3], "+", None),
        ([1, 2], [1, 2], "/", None),
        ([1, 2], [1, 2], "@", None),
        ([[[1]]], [1], "+", None),
        ([1, 2], [1, 2], "+", (1, 0)),
    ],
)
def test_what_does_not_meet_is_refused(a, b, operation, cell):
    with pytest.raises(SeqlabError):
        plots.which_meet(a, b, operation, cell=cell)
