"""The choice of how TensorFlow compiles a loop over time."""

import platform
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

import tensorflow as tf

from seqlab.layers.equations import Recurrence

# TensorFlow's wheel for Windows comes without XLA.
_XLA = platform.system() != "Windows"


def compiled(function: Callable[..., Any], cell: Recurrence, x: tf.Tensor) -> Callable[..., Any]:
    """`function(cell, …)` as it runs fastest for `x: (T, B, ·)`.

    A graph whose length T is known is compiled by XLA, which fuses what a step does between its matrix products
    (benchmarks/layers.py). It compiles again for every new shape, so that lengths which change from batch to batch
    are left to TensorFlow's own loop. Eager code calls that loop as a graph.
    """
    if tf.executing_eagerly():
        return as_graph(function, cell)
    return _by_xla(function, cell) if _XLA and x.shape[0] is not None else partial(function, cell)


# Kept by the value of `cell`: tf.function would trace again for every object that it has not met.
@lru_cache(maxsize=256)
def as_graph(function: Callable[..., Any], cell: Recurrence) -> Callable[..., Any]:
    """`function(cell, …)` as one graph for all shapes."""
    return tf.function(partial(function, cell), reduce_retracing=True, autograph=False)


@lru_cache(maxsize=256)
def _by_xla(function: Callable[..., Any], cell: Recurrence) -> Callable[..., Any]:
    return tf.function(partial(function, cell), jit_compile=True, autograph=False)
