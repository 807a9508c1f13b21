"""The choice of how TensorFlow compiles a loop over time."""

import platform
import sys
from collections.abc import Callable
from functools import lru_cache, partial
from types import FrameType
from typing import Any

import tensorflow as tf

from seqlab.layers.equations import Recurrence

# TensorFlow's wheel for Windows comes without XLA.
_XLA = platform.system() != "Windows"
_LITERT = ("keras.src.export.litert", "tensorflow.lite.")
_EXPORTERS = (*_LITERT, "keras.src.export.", "tensorflow.python.saved_model.", "tf2onnx.")


def compiled(function: Callable[..., Any], cell: Recurrence, x: tf.Tensor) -> Callable[..., Any]:
    """`function(cell, …)` as it runs fastest for `x: (T, B, ·)`.

    A graph whose length T is known is compiled by XLA, which fuses what a step does between its matrix products
    (benchmarks/layers.py). It compiles again for every new shape, so that lengths which change from batch to batch
    are left to TensorFlow's own loop. Eager code calls that loop as a graph. A graph for a file (ONNX, LiteRT,
    SavedModel) holds the plain loop: what reads the file may have no XLA.
    """
    if tf.executing_eagerly():
        return as_graph(function, cell)
    by_xla = _XLA and x.shape[0] is not None and not exporting()
    return _by_xla(function, cell) if by_xla else partial(function, cell)


def exporting() -> bool:
    """Is the graph that is being traced one for a file? Neither Keras nor TensorFlow says so; who has called does."""
    return _called_from(_EXPORTERS)


def without_loops() -> bool:
    """Is it for LiteRT, which knows neither TensorFlow's loops nor the arrays that they write?"""
    return not tf.executing_eagerly() and _called_from(_LITERT)


def _called_from(modules: tuple[str, ...]) -> bool:
    frame: FrameType | None = sys._getframe()
    while frame:
        if str(frame.f_globals.get("__name__")).startswith(modules):
            return True
        frame = frame.f_back
    return False


# Kept by the value of `cell`: tf.function would trace again for every object that it has not met.
@lru_cache(maxsize=256)
def as_graph(function: Callable[..., Any], cell: Recurrence) -> Callable[..., Any]:
    """`function(cell, …)` as one graph for all shapes."""
    return tf.function(partial(function, cell), reduce_retracing=True, autograph=False)


@lru_cache(maxsize=256)
def _by_xla(function: Callable[..., Any], cell: Recurrence) -> Callable[..., Any]:
    return tf.function(partial(function, cell), jit_compile=True, autograph=False)
