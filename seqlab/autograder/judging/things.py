"""Objects that live beside the answer and are driven from here, and what the references see in their place."""

from collections.abc import Callable
from typing import Any

import numpy as np

from seqlab.autograder.judging.failed import Failed
from seqlab.autograder.judging.twins import TWINS
from seqlab.autograder.wire.answer_error import AnswerError
from seqlab.autograder.wire.values import Ref, Served, Tensor


class Thing:
    """An object that lives beside the answer (a cell, a layer, a model) and is driven from here."""

    def __init__(self, trial: Any, ref: Ref, twin: Callable[[], Any] | None = None):
        self.trial, self.ref, self.twin = trial, ref, twin
        self.is_traced = False

    def __call__(self, *args: Any) -> Any:
        """Call it; arrays and data come back. What it raises is told in words (see `Trial.raised`)."""
        try:
            return self.trial._ask("call", self.ref, refs(args))[0]
        except AnswerError as error:
            error.traced = self.is_traced
            raise

    def get(self, name: str) -> Any:
        """An attribute, as data; a Failed that names it if it is not there."""
        try:
            return self.trial._ask("get", self.ref, name)
        except AnswerError as error:
            if error.type == "AttributeError":
                raise Failed(f"there is no attribute {name}") from None
            raise

    def assign(self, name: str, value: Any) -> None:
        """Set the variable held in an attribute; a Failed if what it holds is no variable."""
        try:
            self.trial._ask("assign", self.ref, name, np.asarray(value, "float32"))
        except AnswerError as error:
            if error.type == "AttributeError" and "assign" in error.message:
                raise Failed(
                    f"{name} cannot be given a new value: it is not a weight but a plain tensor or array",
                    slip=f"make it with self.{name} = self.add_weight(shape=...), so that it can be trained",
                ) from None
            raise

    def weights(self, trainable_only: bool = False) -> list[tuple[str, np.ndarray]]:
        """Path and value of each weight."""
        return self.trial._ask("weights", self.ref, trainable_only)

    def set_weights(self, arrays: list[Any]) -> None:
        """Set all weights, in the object's own order."""
        self.trial._ask("set_weights", self.ref, list(arrays))

    def traced(self) -> "Thing":
        """The same, called inside a `tf.function`."""
        inside = Thing(self.trial, self.trial._ask("traced", self.ref))
        inside.is_traced = True
        return inside

    def gradients(self, *inputs: Any, loss: "Thing | None" = None, y: Any = None) -> list[Any]:
        """Gradient of `loss(y, this(*inputs))`, or of Σ y² over all results, for each trainable weight (None: it has none).

        loss: a standard thing, `t.make("loss", name="cross_entropy")`; y: what it compares with.
        """
        extra = () if loss is None else (loss.ref, y)
        return self.trial._ask("gradients", self.ref, list(inputs), *extra)

    def rnn_gradients(self, xs: list[Any], h: Any) -> list[Any]:
        """Gradient of Σ y² over the steps, for each trainable weight (None where there is none)."""
        return self.trial._ask("rnn_gradients", self.ref, xs, h)


def refs(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Things go over as the references they stand for."""
    return tuple(a.ref if isinstance(a, Thing) else a for a in args)


def twin_factory(thing: str, settings: dict[str, Any]) -> Callable[[], Any] | None:
    """Makes the NumPy twin of a standard thing, anew each time, as a function may change it."""
    make: Callable[..., Any] | None = TWINS.get(thing)
    return (lambda: make(**settings)) if make else None


def as_seen_by_references(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arguments of the answer as a reference gets them: arrays, functions and NumPy twins."""
    return tuple(map(_seen, args))


def _seen(value: Any) -> Any:
    match value:
        case Tensor(array) | (np.ndarray() as array):
            return array.copy()  # a wrong reference may write into it
        case Served(function=function):
            return function
        case Thing(twin=twin):
            return twin() if twin else value
        case list():
            return [_seen(v) for v in value]
        case tuple():
            return tuple(_seen(v) for v in value)
        case dict():
            return {k: _seen(v) for k, v in value.items()}
    return value
