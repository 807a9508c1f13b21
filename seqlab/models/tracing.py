"""A training step, a student's own perhaps, as a graph where it can be one."""

from collections.abc import Callable
from typing import Any, TypeAlias

import keras
import tensorflow as tf

Loss: TypeAlias = Callable[[Any, Any], tf.Tensor]  # (y, model(x)) -> scalar
Step: TypeAlias = Callable[..., tf.Tensor | float]  # (model, optimizer, loss_fn, x, y, clip) -> the loss


def traced(
    step: Step,
    instead: Step,
    model: keras.Model,
    optimizer: keras.Optimizer,
    loss_fn: Loss,
    x: tf.Tensor,
    y: tf.Tensor,
    clip: float,
) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor | float]:
    """The step as one graph; or, where it cannot be traced, the step itself around a compiled model. Says which.

    Args:
        step, model, optimizer, loss_fn, clip: those of `train`.
        instead: the step that takes over from one that cannot use the sparse gradient of an Embedding.
        x, y: a batch, to trace with.

    Returns:
        `(x, y) -> loss`.
    """
    graph = tf.function(lambda x, y: step(model, optimizer, loss_fn, x, y, clip))
    try:
        result = graph.get_concrete_function(x, y).structured_outputs
        if not tf.is_tensor(result):
            raise TypeError("the loss left the graph")
        return graph
    except Exception as error:  # whatever a student's step does: float(loss), loss.numpy(), print(...)
        if "IndexedSlices" in str(error):
            print(
                "This training step does arithmetic on the gradient of an Embedding, which TensorFlow keeps sparse: "
                "tf.convert_to_tensor(g) makes it dense. The training goes on with seqlab's own step."
            )
            return traced(instead, instead, model, optimizer, loss_fn, x, y, clip)
        forward = _CompiledForward(model)
        try:
            forward(x)  # the step's own Python may be all that cannot be traced
        except Exception:  # the model has some too
            forward = model
        print(f"The training step cannot be compiled ({_reason(error)}): it runs as plain Python, more slowly.")
        return lambda x, y: step(forward, optimizer, loss_fn, x, y, clip)


def _reason(error: Exception) -> str:
    """The line of a message that says something: Keras adds a list of arguments, TensorFlow its traceback."""
    lines = [line.strip() for line in str(error).splitlines()]
    said = [line for line in lines if line and not line.startswith(("•", "File ", "Arguments received"))]
    return (said or [type(error).__name__])[-1][:90]


class _CompiledForward:
    """Stands for a model; only its call is compiled. Everything else is the model's own."""

    def __init__(self, model: keras.Model) -> None:
        self.__dict__.update(_model=model, _forward=tf.function(model))

    def __call__(self, *args: Any, **kwargs: Any) -> tf.Tensor:
        return self._forward(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._model, name, value)
