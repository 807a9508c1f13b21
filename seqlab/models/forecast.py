"""A recurrent forecaster of series: it reads the last steps and says the next ones, with quantiles for a fan.

What it reads and says are **steps**, differences from one value to the next, in the units in which training varies; so a
series that rises, or a storm at another place, looks like those that it knows. Three ways to several steps ahead:

| way | how |
|--|--|
| direct | the last state says all n_out steps at once |
| rolled | the network says one step, and reads it as if it had happened (the lab's `rollout`, within the network) |
| encoder-decoder | as rolled, but a second network writes what the first has read |
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from seqlab.errors import SeqlabError
from seqlab.layers import GRU, LSTM, SimpleRNN
from seqlab.models.on_rows import learn_on_rows
from seqlab.models.saving import load_whole, save_whole
from seqlab.models.training import History

__all__ = ["Forecaster"]

KINDS = {"rnn": SimpleRNN, "lstm": LSTM, "gru": GRU}
WAYS = ("direct", "rolled", "encoder-decoder")


@keras.saving.register_keras_serializable(package="seqlab")
class Forecaster(keras.Model):
    """Windows (B, n_in, D) -> forecasts (B, n_out, K): the first K of D columns are forecast, the others only read.

    Called with tensors it gives (B, n_out, K, Q), a number for each quantile; `predict_steps` is for arrays, and gives the
    middle one; `fan` gives all.

    Args:
        n_in, n_out: steps known (2 or more), steps asked for. features: D. targets: K; all of them if left out.
        kind: "rnn", "lstm" or "gru". way: see the module. units: H.
        quantiles: rising, with 0.5 in the middle, such as (0.1, 0.5, 0.9); () learns the mean instead, by squared error.
        seed: of the first weights and the batches.

    Raises:
        SeqlabError: an argument that is none; or columns that are only read, in another way than direct.

    >>> model = Forecaster(4, 2, units=3)
    >>> model.predict_steps([[[1.0], [2.0], [3.0], [4.0]]]).shape
    (1, 2, 1)
    """

    def __init__(
        self,
        n_in: int,
        n_out: int,
        *,
        features: int = 1,
        targets: int | None = None,
        kind: str = "gru",
        way: str = "direct",
        units: int = 32,
        quantiles: Sequence[float] = (),
        seed: int = 1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.n_in, self.n_out, self.features = n_in, n_out, features
        self.targets = features if targets is None else targets
        self.kind, self.way, self.units, self.seed = kind, way, units, seed
        self.quantiles = tuple(float(q) for q in quantiles)
        self._refuse_what_is_none()

        def layer(number: int) -> keras.layers.RNN:
            initial = {"kernel_initializer": keras.initializers.GlorotUniform(seed=seed + number)}
            recurrent = {"recurrent_initializer": keras.initializers.Orthogonal(seed=seed + number)}
            return KINDS[kind](units, return_state=True, **initial, **recurrent)

        self.reader = layer(0)
        self.writer = layer(1) if way == "encoder-decoder" else self.reader
        steps = n_out if way == "direct" else 1
        outputs = steps * self.targets * max(len(self.quantiles), 1)
        self.say = keras.layers.Dense(outputs, kernel_initializer=keras.initializers.GlorotUniform(seed=seed + 2))
        self.middle = len(self.quantiles) // 2
        one = keras.initializers.Ones()
        # of a step that is read: mean and spread; of columns that are only read, of the values themselves
        self.center = self.add_weight(shape=(features,), initializer="zeros", trainable=False, name="center")
        self.spread = self.add_weight(shape=(features,), initializer=one, trainable=False, name="spread")
        # of the way from the last value to each step ahead
        self.scale = self.add_weight(shape=(n_out, self.targets), initializer=one, trainable=False, name="scale")

    def _refuse_what_is_none(self) -> None:
        q = self.quantiles
        mirrored = not q or (
            len(q) % 2 == 1 and q[len(q) // 2] == 0.5 and list(q) == sorted(set(q)) and q[0] > 0 and q[-1] < 1
        )
        sizes = self.n_in >= 2 and self.n_out >= 1 and 1 <= self.targets <= self.features and self.units >= 1
        if self.kind not in KINDS or self.way not in WAYS or not mirrored or not sizes:
            expected = (
                f"kind is one of {', '.join(KINDS)}, way one of {', '.join(WAYS)}, n_in 2 or more, targets 1 to features, "
                "quantiles rise and have 0.5 in their middle"
            )
            came = (
                f"{self.kind}, {self.way}, n_in {self.n_in}, targets {self.targets} of {self.features}, quantiles {q}"
            )
            raise SeqlabError(expected, got=came)
        if self.way != "direct" and self.targets < self.features:
            raise SeqlabError(
                "columns that are only read need way='direct'",
                got=self.way,
                fix="who feeds its own forecasts back must forecast all that it reads",
            )

    # -- the network -------------------------------------------------------------------------------------------
    def build(self, input_shape: Sequence[int | None]) -> None:
        """Make the weights, of `(B, n_in, D)`."""
        self.reader.build((None, None, self.features))
        if self.writer is not self.reader:
            self.writer.build((None, None, self.targets))
        self.say.build((None, self.units))

    def call(self, x: tf.Tensor) -> tf.Tensor:
        """Windows (B, n_in, D) float -> (B, n_out, K, Q), in the units of the data; Q is 1 without quantiles."""
        x = tf.cast(x, self.compute_dtype)
        last = x[:, -1:, : self.targets, None]
        return last + self.scale[:, :, None] * self.scaled(x)

    def scaled(self, x: tf.Tensor) -> tf.Tensor:
        """The way from the last value, (B, n_out, K, Q), in units of the training part's own spread at each step ahead."""
        K, Q = self.targets, max(len(self.quantiles), 1)
        steps = tf.concat([x[:, 1:, :K] - x[:, :-1, :K], x[:, 1:, K:]], -1)
        _, *state = self.reader((steps - self.center) / self.spread)
        if self.way == "direct":
            ahead = self.say(state[0])
            return self._rising(tf.reshape(ahead, (-1, self.n_out, K, Q)))
        moved, so_far = [], tf.zeros((tf.shape(x)[0], K, 1), x.dtype)
        for _ in range(self.n_out):
            step = self._rising(tf.reshape(self.say(state[0]), (-1, K, Q)))
            middle = step[..., self.middle, None]
            moved.append(so_far + step * self.spread[:, None] + self.center[:, None])
            so_far = so_far + middle * self.spread[:, None] + self.center[:, None]
            _, *state = self.writer(middle[:, None, :, 0], initial_state=state)
        return tf.stack(moved, 1) / self.scale[:, :, None]

    def _rising(self, z: tf.Tensor) -> tf.Tensor:
        """Quantiles that do not cross: the middle one, and distances from it that are not negative, (..., Q)."""
        if len(self.quantiles) < 2:
            return z
        m = self.middle
        above = tf.cumsum(tf.nn.softplus(z[..., m + 1 :]), -1)
        below = tf.cumsum(tf.nn.softplus(z[..., :m][..., ::-1]), -1)[..., ::-1]
        middle = z[..., m, None]
        return tf.concat([middle - below, middle, middle + above], -1)

    # -- learning ----------------------------------------------------------------------------------------------
    def learn(
        self,
        X: ArrayLike,
        Y: ArrayLike,
        *,
        steps: int = 600,
        batch: int = 64,
        rate: float = 1e-2,
        progress: bool = False,
    ) -> History:
        """Learn from windows X (M, n_in, D) and what follows, Y (M, n_out, K or D). All scales are taken from them alone.

        Adam, with a rate that falls from `rate` to near 0 along a cosine; losses are squared errors, or pinball losses of
        the quantiles, in units of the spread.
        """
        windows, following = self._checked(X), np.asarray(Y, "float32")[..., : self.targets]
        if following.shape != (len(windows), self.n_out, self.targets) or not len(windows):
            expected = f"Y is (M, {self.n_out}, {self.targets}), a row for each of the windows"
            raise SeqlabError(expected, got=f"{np.shape(Y)} for {len(windows)} windows")
        self._take_scales(windows, following)

        def loss(y: tf.Tensor, forecast: tf.Tensor) -> tf.Tensor:
            error = (tf.cast(y, forecast.dtype)[..., None] - forecast) / self.scale[:, :, None]
            if not self.quantiles:
                return tf.reduce_mean(error**2)
            q = tf.constant(self.quantiles, error.dtype)
            return tf.reduce_mean(tf.maximum(q * error, (q - 1) * error))

        how: dict[str, Any] = {"steps": steps, "batch": batch, "rate": rate, "seed": self.seed, "progress": progress}
        return learn_on_rows(self, loss, windows, following, **how)

    def _take_scales(self, X: np.ndarray, Y: np.ndarray) -> None:
        K = self.targets
        read = np.concatenate([np.diff(X[..., :K], axis=1), X[:, 1:, K:]], -1).reshape(-1, self.features)
        ahead = np.std(Y - X[:, -1:, :K], axis=0)
        for weight, value in ((self.center, read.mean(0)), (self.spread, read.std(0)), (self.scale, ahead)):
            weight.assign(value if weight is self.center else np.where(value > 0, value, 1))

    # -- using it ----------------------------------------------------------------------------------------------
    def predict_steps(self, X: ArrayLike) -> np.ndarray:
        """Forecasts (B, n_out, K) of windows (B, n_in, D); with quantiles, the middle one."""
        return np.asarray(self.fan(X)[..., self.middle])

    def fan(self, X: ArrayLike) -> np.ndarray:
        """All quantiles (B, n_out, K, Q) of windows (B, n_in, D)."""
        windows = self._checked(X)
        run = tf.function(self.call, autograph=False)
        parts = [run(tf.constant(windows[i : i + 4096])) for i in range(0, len(windows), 4096)]
        return np.concatenate(parts).astype("float64")

    def _checked(self, X: ArrayLike) -> np.ndarray:
        windows = np.asarray(X, "float32")
        if windows.ndim != 3 or windows.shape[1:] != (self.n_in, self.features) or not len(windows):
            raise SeqlabError(f"windows are (B, {self.n_in}, {self.features})", got=f"the shape {windows.shape}")
        return windows

    # -- in a file ---------------------------------------------------------------------------------------------
    def save(self, path: str | Path) -> None:
        """Write the model, its scales too, into one file that ends in .keras; whole, or not at all."""
        self(tf.zeros((1, self.n_in, self.features)))
        save_whole(self, path)

    @classmethod
    def load(cls, path: str | Path) -> "Forecaster":
        """A model that `save` wrote; SeqlabError if the file holds none."""
        model = load_whole(path, cls, "a forecaster")
        assert isinstance(model, cls)
        return model

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a model like this one."""
        own: dict[str, Any] = {
            "n_in": self.n_in,
            "n_out": self.n_out,
            "features": self.features,
            "targets": self.targets,
        }
        own |= {"kind": self.kind, "way": self.way, "units": self.units}
        return {**super().get_config(), **own, "quantiles": self.quantiles, "seed": self.seed}
