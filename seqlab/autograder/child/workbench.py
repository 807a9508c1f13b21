"""The standard things that an exercise hands to an answer and that must live beside it: layers, models,
optimizers, differentiable functions. They are made from plain settings and know nothing of any check.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

Tensor: TypeAlias = Any  # of TensorFlow; and of Keras, both imported only where something is made of them:
Layer: TypeAlias = Any
Model: TypeAlias = Any
Optimizer: TypeAlias = Any
Cell: TypeAlias = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]


class _Weights:
    """An object with variables of TensorFlow or Keras as attributes, such as a cell's W_xh and W_hh."""

    def __init__(self, of_keras: bool = False, **arrays: np.ndarray) -> None:
        import keras
        import tensorflow as tf

        for name, value in arrays.items():
            setattr(self, name, keras.Variable(value) if of_keras else tf.Variable(value))


def simple_rnn(units: int, input_dim: int, bias: Any, kernel: Any, recurrent: Any, sequences: bool = True) -> Layer:
    """A built `keras.layers.SimpleRNN` with the given weights."""
    import keras

    layer = keras.layers.SimpleRNN(units, return_sequences=sequences)
    layer.build((None, None, input_dim))
    layer.set_weights([np.asarray(w, "float32") for w in (kernel, recurrent, bias)])
    return layer


def recurrent_cell(A: np.ndarray, B: np.ndarray, C: np.ndarray, squash: bool) -> Cell:
    """`cell(x, h)`: h' = f(h A + x B), y = h' C, with f = tanh or the identity, built from TF operations."""
    import tensorflow as tf

    def cell(x: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
        h = tf.matmul(h, A) + tf.matmul(x, B)
        h = tf.tanh(h) if squash else h
        return tf.matmul(h, C), h

    return cell


def dense_model(kernels: Sequence[np.ndarray], biases: Sequence[np.ndarray], frozen: Sequence[int] = ()) -> Model:
    """A built stack of linear `Dense` layers with the given weights; those in `frozen` are not trainable."""
    import keras

    sizes = [kernels[0].shape[0], *(k.shape[1] for k in kernels)]
    model = keras.Sequential([keras.Input((sizes[0],)), *(keras.layers.Dense(n) for n in sizes[1:])])
    model.set_weights([w for pair in zip(kernels, biases, strict=True) for w in pair])
    for index in frozen:
        model.layers[index].trainable = False
    return model


def recurrent_model(input_dim: int, units: int, output_dim: int, weights: Sequence[np.ndarray] | None = None) -> Model:
    """A built GRU with a dense layer on numbers (B, T, D): every gradient is an ordinary dense tensor."""
    import keras

    model = keras.Sequential(
        [keras.Input((None, input_dim)), keras.layers.GRU(units, return_sequences=True), keras.layers.Dense(output_dim)]
    )
    if weights is not None:
        model.set_weights(weights)
    return model


def token_model(vocab_size: int, embedding_dim: int, units: int, weights: Sequence[np.ndarray] | None = None) -> Model:
    """A built character model (embedding, GRU, dense) on ids (B, T)."""
    import keras

    model = keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            keras.layers.Embedding(vocab_size, embedding_dim),
            keras.layers.GRU(units, return_sequences=True),
            keras.layers.Dense(vocab_size),
        ]
    )
    if weights is not None:
        model.set_weights(weights)
    return model


def optimizer(name: str, learning_rate: float, weight_decay: float | None = None) -> Optimizer:
    """A fresh Keras optimizer."""
    import keras

    return {"sgd": keras.optimizers.SGD, "adam": keras.optimizers.Adam}[name](learning_rate, weight_decay=weight_decay)


def loss(name: str, scale: float = 1.0) -> Callable[[Tensor, Tensor], Tensor]:
    """`loss_fn(y_true, y_pred)`, a scalar: mean squared error or softmax cross-entropy of logits, scaled, or Σ y p."""
    import tensorflow as tf

    def mean_squared_error(y: Tensor, p: Tensor) -> Tensor:
        return scale * tf.reduce_mean(tf.square(tf.cast(y, p.dtype) - p))

    def cross_entropy(y: Tensor, p: Tensor) -> Tensor:
        return scale * tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(tf.cast(y, "int32"), p))

    def weighted_sum(y: Tensor, p: Tensor) -> Tensor:
        return scale * tf.reduce_sum(tf.cast(y, p.dtype) * p)

    return {"mean_squared_error": mean_squared_error, "cross_entropy": cross_entropy, "weighted_sum": weighted_sum}[
        name
    ]


def trainer(learning_rate: float, steps: int) -> Callable[[Model, Tensor, Tensor], None]:
    """`train(model, x, y)`: so many steps of Adam on the softmax cross-entropy of a model's logits."""
    import keras
    import tensorflow as tf

    def train(model: Model, x: Tensor, y: Tensor) -> None:
        adam, loss_fn = keras.optimizers.Adam(learning_rate), loss("cross_entropy")
        for _ in range(steps):
            with tf.GradientTape() as tape:
                total = loss_fn(y, model(x))
            grads = tape.gradient(total, model.trainable_variables)
            pairs = [pair for pair in zip(grads, model.trainable_variables, strict=True) if pair[0] is not None]
            if pairs:
                adam.apply_gradients(pairs)

    return train


def weights_of_a_holder(thing: Layer) -> list[np.ndarray]:
    """The trainable weights that Keras finds in a model which holds a layer or model as an attribute."""
    import keras

    holder = keras.Model()
    holder.held = thing
    return [np.asarray(w) for w in holder.trainable_weights]


def landscape(kind: str, a: np.ndarray, c: np.ndarray) -> Callable[[Tensor], Tensor]:
    """A smooth `f(x)` of a tensor of the shape of `c` to a scalar, by kind. It raises if x has another shape."""
    import tensorflow as tf

    kinds = {
        "bowl": lambda x: tf.reduce_sum(a * (x - c) ** 2),
        "waves": lambda x: tf.reduce_sum(a * tf.sin(x - c)),
        "valley": lambda x: tf.reduce_sum(a * (x - c)) ** 2,
        "constant": lambda x: tf.reduce_sum(a),
    }
    height, a, c = kinds[kind], tf.constant(a, "float32"), tf.constant(c, "float32")

    def f(x: Tensor) -> Tensor:
        x = tf.cast(x, "float32")
        if x.shape != c.shape:
            raise ValueError(f"f takes x of shape {tuple(c.shape)}, and got {tuple(x.shape)}")
        return height(x)

    return f


def thaw(model: Model) -> None:
    """Let all weights of a model's layers be trained, frozen ones too."""
    model.trainable = True


def rnn_gradients(cell: Layer, xs: Sequence[Tensor], h: Tensor) -> list[np.ndarray | None]:
    """Gradient of Σ y² over the steps for every trainable weight, None where there is none."""
    import tensorflow as tf

    with tf.GradientTape() as tape:
        total = 0.0
        for x in xs:
            y, h = cell(x, h)
            total += tf.reduce_sum(y * y)
    return _of_weights(tape, total, cell)


def gradients(
    owner: Layer, inputs: Sequence[Any], loss: Callable[[Any, Any], Tensor] | None = None, y: Any = None
) -> list[np.ndarray | None]:
    """Gradient of one number for every trainable weight of a layer or model, None where there is none.

    The number is `loss(y, owner(*inputs))`, or without a loss Σ y² over all results that are floats: over outputs
    and state of a GRU with return_state.
    """
    import tensorflow as tf

    with tf.GradientTape() as tape:
        values = [getattr(w, "value", w) for w in owner.trainable_weights]
        tape.watch([v for v in values if isinstance(v, tf.Variable)])  # one that was thawed is not watched by itself
        results = owner(*inputs)
        if loss is not None:
            total = loss(y, results)
        else:
            floats = [r for r in map(tf.convert_to_tensor, tf.nest.flatten(results)) if r.dtype.is_floating]
            total = tf.add_n([tf.reduce_sum(r * r) for r in floats])
    return _of_weights(tape, total, owner)


def _of_weights(tape: Any, total: Tensor, owner: Layer) -> list[np.ndarray | None]:
    """The weights are looked up now: some layers make theirs in the first call."""
    import tensorflow as tf

    grads = tape.gradient(total, [getattr(w, "value", w) for w in owner.trainable_weights])
    return [None if g is None else np.asarray(tf.convert_to_tensor(g)) for g in grads]


def hand_masks_on(model: Model) -> None:
    """Let the recurrent layers of a model hand their mask on to the next layer, as those of Keras up to 3.15 do.

    Later ones keep it to themselves, though `compute_mask` still says what the next layer should get. An answer that
    lets the mask of its embedding travel is judged by what the lectures say; one that passes masks itself needs this
    nowhere.
    """
    import keras

    if keras.layers.SimpleRNN(1).supports_masking:
        return
    kinds = keras.layers.RNN, keras.layers.Bidirectional, keras.layers.TimeDistributed
    for layer in model._flatten_layers():  # there is no public way to those inside a layer of the student's own
        if isinstance(layer, kinds):
            layer.supports_masking = True


THINGS: dict[str, Callable[..., Any]] = {
    "weights": _Weights,
    "simple_rnn": simple_rnn,
    "recurrent_cell": recurrent_cell,
    "dense_model": dense_model,
    "recurrent_model": recurrent_model,
    "token_model": token_model,
    "optimizer": optimizer,
    "loss": loss,
    "landscape": landscape,
    "mask_carrier": lambda: hand_masks_on,
    "thawer": lambda: thaw,
    "holder": lambda: weights_of_a_holder,
    "trainer": trainer,
    "rng": np.random.default_rng,
}
