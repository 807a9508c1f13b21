"""Glimpses: an image as a sequence of squares, for a recurrent network to read one after another.

After Ba, Mnih and Kavukcuoglu (2015), who learn where to look next; here the order is given.
"""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from seqlab.errors import SeqlabError


@keras.saving.register_keras_serializable(package="seqlab")
class Glimpses(keras.layers.Layer):
    """Images `(B, H, H)` -> squares of side g, `(B, K, g²)`, K = (H/g)², in reading order or another.

    Args:
        side: g, which divides H.
        order: which squares, in the order in which they are read, by their numbers in reading order; all of them if left
            out. Some may be left out, or come twice.
        where: put the place of each glimpse beside its pixels: row and column of its middle, between -1 and 1, so that the
            result is `(B, K, g² + 2)`.
        **kwargs: Keras's own (`name`, `dtype`, `trainable`).

    >>> Glimpses(2, order=[3, 0])(tf.reshape(tf.range(16.0), (1, 4, 4)))[0].numpy().tolist()
    [[10.0, 11.0, 14.0, 15.0], [0.0, 1.0, 4.0, 5.0]]
    """

    def __init__(self, side: int, *, order: Sequence[int] | None = None, where: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.side, self.order, self.where = side, None if order is None else [int(k) for k in order], where

    def call(self, images: tf.Tensor) -> tf.Tensor:
        """The squares; SeqlabError if g does not divide the side, or a number in `order` is none of a square."""
        images = tf.convert_to_tensor(images, dtype=self.compute_dtype)
        H, g = images.shape[1], self.side
        if images.shape.rank != 3 or images.shape[2] != H or g < 1 or H % g:
            raise SeqlabError(f"images are (B, H, H), and {g} divides H", got=f"the shape {tuple(images.shape)}")
        k = H // g
        squares = tf.transpose(tf.reshape(images, (-1, k, g, k, g)), (0, 1, 3, 2, 4))
        squares = tf.reshape(squares, (-1, k * k, g * g))
        if self.where:
            middle = (2 * tf.range(k, dtype=squares.dtype) + 1) / k - 1
            places = tf.reshape(tf.stack(tf.meshgrid(middle, middle, indexing="ij"), -1), (1, k * k, 2))
            squares = tf.concat([squares, tf.repeat(places, tf.shape(squares)[0], axis=0)], -1)
        if self.order is None:
            return squares
        if not self.order or not all(0 <= n < k * k for n in self.order):
            raise SeqlabError(f"squares have the numbers 0 to {k * k - 1}", got=str(self.order))
        return tf.gather(squares, self.order, axis=1)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        return {**super().get_config(), "side": self.side, "order": self.order, "where": self.where}
