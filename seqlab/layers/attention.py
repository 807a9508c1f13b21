"""Attention: a soft look-up in a dictionary, by dot product or by a small network.

    score_s = q·k_s / √D                    dot product, scaled (Luong et al. 2015; Vaswani et al. 2017)
    score_s = v·tanh(W1 q + W2 k_s)         additive (Bahdanau et al. 2015)
    w = softmax(score), over real keys      context = Σ_s w_s v_s

Letters: query q, keys k and values v, S of them, one score each. The mask is an argument, True where a key is real; it
never travels by itself.
"""

from typing import Any

import keras
import tensorflow as tf

from seqlab.errors import SeqlabError
from seqlab.layers.arithmetic import TensorLike


class Attention(keras.layers.Layer):
    """What both kinds have in common: scores become weights, and weights a context.

    Call arguments:
        query: `(B, D)`, or `(B, T, D)` for T of them at once. keys: `(B, S, Dk)`. values: `(B, S, Dv)`.
        mask: `(B, S)` bool, True where a key is real; None if all are.

    Returns:
        context `(B, Dv)` and weights `(B, S)`; for T queries `(B, T, Dv)` and `(B, T, S)`. The weights of a row are 0
        where the mask is False and add up to 1; a row without any real key has weights and a context of zeros.

    Raises:
        SeqlabError: shapes that do not belong together, or a mask that is not bool.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True  # one that Keras carries along is no error; what counts is the argument

    def compute_mask(self, *args: Any, **kwargs: Any) -> None:
        """None: neither context nor weights have steps that are padding."""
        return

    def prepared(self, keys: tf.Tensor) -> tf.Tensor:
        """What of the scores depends on the keys alone; a loop over queries computes it once."""
        return keys

    def scores(self, query: tf.Tensor, prepared: tf.Tensor) -> tf.Tensor:
        """`(B, T, D)` queries and prepared keys -> `(B, T, S)`."""
        raise NotImplementedError

    def attend(
        self, query: tf.Tensor, prepared: tf.Tensor, values: tf.Tensor, mask: tf.Tensor | None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """As a call, for keys that are `prepared`."""
        one = len(query.shape) == 2
        queries = query[:, None] if one else query  # (B, T, D)
        weights = masked_softmax(self.scores(queries, prepared), None if mask is None else mask[:, None])
        context = weights @ values  # (B, T, Dv)
        return (context[:, 0], weights[:, 0]) if one else (context, weights)

    def call(
        self, query: tf.Tensor, keys: tf.Tensor, values: tf.Tensor, mask: tf.Tensor | None = None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        return self.attend(query, self.prepared(keys), values, mask)

    def __call__(
        self, query: TensorLike, keys: TensorLike, values: TensorLike, mask: TensorLike | None = None, **kwargs: Any
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """As `call`, for lists too; what does not fit is said before Keras can wrap the sentence."""
        given = [_tensor(value) for value in (query, keys, values)]
        mask = None if mask is None else _tensor(mask)
        q, k, v = (tf.TensorShape(value.shape) for value in given)
        self._check(q, k, v, mask)
        return super().__call__(*given, mask, **kwargs)

    def _check(self, query: tf.TensorShape, keys: tf.TensorShape, values: tf.TensorShape, mask: Any) -> None:
        shapes = f"query {tuple(query)}, keys {tuple(keys)}, values {tuple(values)}"
        if query.rank not in (2, 3) or keys.rank != 3 or values.rank != 3:
            raise SeqlabError("a query (B, D) or (B, T, D), keys (B, S, Dk) and values (B, S, Dv)", got=shapes)
        if not keys[:2].is_compatible_with(values[:2]):
            raise SeqlabError("as many values as keys", got=shapes)
        if not query[:1].is_compatible_with(keys[:1]):
            raise SeqlabError("a query for each row of keys", got=shapes)
        if mask is not None and (mask.dtype != "bool" or not keys[:2].is_compatible_with(mask.shape)):
            kind = tf.as_dtype(mask.dtype).name
            raise SeqlabError(
                f"a mask {tuple(keys[:2])} of bool, True where a key is real", got=f"{tuple(mask.shape)} of {kind}"
            )


@keras.saving.register_keras_serializable(package="seqlab")
class DotAttention(Attention):
    """Attention whose score is the dot product of query and key, divided by √D.

    Args:
        scaled: divide by √D; without it the scores of long vectors are so large that the softmax is nearly one-hot,
            and learns slowly.
        **kwargs: Keras's own (`name`, `dtype`).

    Called as `Attention` says, with queries and keys of one size D; it has no weights. The first of two keys is asked
    for:

    >>> attention = DotAttention(scaled=False)
    >>> context, weights = attention([[100.0, 0.0]], [[[1.0, 0.0], [0.0, 1.0]]], [[[10.0], [20.0]]])
    >>> context.numpy().tolist(), weights.numpy().tolist()
    ([[10.0]], [[1.0, 0.0]])
    """

    def __init__(self, scaled: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scaled = scaled

    def scores(self, query: tf.Tensor, prepared: tf.Tensor) -> tf.Tensor:
        """q·k_s / √D."""
        scale = prepared.shape[-1] ** -0.5 if self.scaled else 1.0
        return tf.matmul(query * scale, prepared, transpose_b=True)

    def _check(self, query: tf.TensorShape, keys: tf.TensorShape, values: tf.TensorShape, mask: Any) -> None:
        super()._check(query, keys, values, mask)
        if query[-1] != keys[-1]:
            raise SeqlabError("query and keys of one size D", got=f"{query[-1]} and {keys[-1]}")

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"scaled": self.scaled}


@keras.saving.register_keras_serializable(package="seqlab")
class AdditiveAttention(Attention):
    """Attention whose score is a small network of query and key: v·tanh(W1 q + W2 k) (Bahdanau et al. 2015).

    Args:
        units: U, the size of what is added up.
        **kwargs: Keras's own (`name`, `dtype`, `trainable`).

    Attributes:
        W1: `(D, U)`, of the query. W2: `(Dk, U)`, of the keys. v: `(U,)`.

    Called as `Attention` says; query and keys may differ in size.

    >>> context, weights = AdditiveAttention(8)(tf.ones((2, 3)), tf.ones((2, 5, 4)), tf.ones((2, 5, 6)))
    >>> context.shape, weights.shape
    (TensorShape([2, 6]), TensorShape([2, 5]))
    """

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if isinstance(units, bool) or not hasattr(units, "__index__") or units < 1:
            raise SeqlabError("units is a positive integer", got=repr(units))
        self.units = int(units)

    def build(self, query_shape: Any, keys_shape: Any, values_shape: Any = None, mask_shape: Any = None) -> None:
        """Make the weights, from the shapes of the arguments of a call."""
        self.W1 = self.add_weight((query_shape[-1], self.units), "glorot_uniform", name="W1")
        self.W2 = self.add_weight((keys_shape[-1], self.units), "glorot_uniform", name="W2")
        limit = (3 / self.units) ** 0.5  # as Glorot's for a column: scores of about one
        self.v = self.add_weight((self.units,), keras.initializers.RandomUniform(-limit, limit), name="v")

    def prepared(self, keys: tf.Tensor) -> tf.Tensor:
        """W2 k_s, `(B, S, U)`."""
        return keys @ tf.convert_to_tensor(self.W2)

    def scores(self, query: tf.Tensor, prepared: tf.Tensor) -> tf.Tensor:
        """v·tanh(W1 q + W2 k_s)."""
        q = query @ tf.convert_to_tensor(self.W1)
        u = tf.tanh(q[:, :, None] + prepared[:, None])  # (B, T, S, U)
        return tf.tensordot(u, tf.convert_to_tensor(self.v), 1)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"units": self.units}


def _tensor(value: Any) -> Any:
    """A tensor; one that only stands for a tensor, while Keras builds a model, stays as it is."""
    return value if isinstance(value, keras.KerasTensor) else tf.convert_to_tensor(value)


def masked_softmax(scores: TensorLike, mask: TensorLike | None) -> tf.Tensor:
    """Softmax over the last axis, among the places where the mask is True; zeros where none is.

    Args:
        scores: `(…, S)` float. mask: bool, of a shape that broadcasts to it; None for no mask.

    >>> masked_softmax([[0.0, 9.0, 0.0], [1.0, 2.0, 3.0]], [[True, False, True], [False] * 3]).numpy().tolist()
    [[0.5, 0.0, 0.5], [0.0, 0.0, 0.0]]
    """
    scores = tf.convert_to_tensor(scores)
    if mask is None:
        return tf.nn.softmax(scores)
    lowest = tf.constant(scores.dtype.min, scores.dtype)  # not -inf: a row of nothing else would be NaN
    return tf.where(mask, tf.nn.softmax(tf.where(mask, scores, lowest)), tf.zeros((), scores.dtype))
