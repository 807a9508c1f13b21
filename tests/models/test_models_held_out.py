"""The held-out loss of a series; that of a text is tested beside training."""

import numpy as np
import pytest
import tensorflow as tf

from seqlab.errors import SeqlabError
from seqlab.models import held_out_loss

SERIES = np.random.default_rng(0).normal(size=(48, 3)).astype("float32").cumsum(0)


def squared(y, predicted):
    return tf.reduce_sum((y - predicted) ** 2, axis=-1)  # of each step


@pytest.mark.parametrize(("length", "batch"), [(10, 3), (47, 2), (60, 5)])
def test_a_series_is_forecast_once_at_every_step(length, batch):
    """The forecast "as it is now" has the mean squared step for its loss."""
    measured = held_out_loss(lambda x: x, SERIES, length=length, batch=batch, loss_fn=squared)()
    assert measured == pytest.approx((np.diff(SERIES, axis=0) ** 2).sum(1).mean(), rel=1e-5)


def test_each_window_is_read_from_a_fresh_state():
    """A model that says its first row again and again is right within a window of one step only."""

    def first(x):
        return tf.repeat(x[:, :1], tf.shape(x)[1], axis=1)

    expected = [((SERIES[i + 1] - SERIES[i // 10 * 10]) ** 2).sum() for i in range(47)]
    measured = held_out_loss(first, SERIES, length=10, batch=2, loss_fn=squared)()
    assert measured == pytest.approx(np.mean(expected), rel=1e-5)


def test_a_series_of_one_step_cannot_be_forecast():
    with pytest.raises(SeqlabError, match="a series of at least 2 steps; got 1"):
        held_out_loss(lambda x: x, SERIES[:1], loss_fn=squared)
