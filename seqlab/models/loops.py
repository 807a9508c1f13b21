"""Writing as one compiled loop, whatever the model: step, choose, feed back, without returning to Python.

A `Writer` knows how a model is stepped fastest:

- a chain of embedding, recurrent layers and dense layer: its arithmetic, in one XLA program or one graph;
- any other model whose recurrent layers can be carried: the model itself, in one graph;
- a model that must read its text again at every step: the same loop, run by Python.
"""

import platform
from collections.abc import Callable
from typing import Any, TypeAlias

import keras
import tensorflow as tf

from seqlab.models.chain import Chain
from seqlab.models.sampling import draw
from seqlab.models.stepping import Stepper

States: TypeAlias = Any  # those of a chain, or of a stepper
WriterStep: TypeAlias = Callable[[Any, tf.Tensor, States], tuple[tf.Tensor, States]]  # weights, ids, states
# what `sampling_loop` and `beam_loop` return
Drawn: TypeAlias = tuple[tf.Tensor, tf.Tensor, tf.Tensor, States, tf.Tensor]
Beamed: TypeAlias = tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, States, tf.Tensor, tf.Tensor]

CHUNK = 256  # steps between two looks at the clock
# XLA fuses what stands around small products; beyond this size TensorFlow's threaded products win
_XLA_UP_TO = 40_000  # batch times units


class Writer:
    """A model as `step`, `weights` and `start`, and the loops over it, compiled once for each kind of request."""

    def __init__(self, model: keras.Model) -> None:
        self.layers = list(model._flatten_layers())
        self.source: Chain | Stepper = Chain.of(model) or Stepper(model)
        self.vocabulary_size = self.source.vocabulary_size
        self._loops: dict[tuple[Any, ...], Callable[..., Any]] = {}

    @classmethod
    def of(cls, model: keras.Model) -> "Writer":
        """The writer of a model, kept with it, so that a second request need not compile again."""
        writer = model.__dict__.get("_seqlab_writer")
        if writer is None or writer.layers != list(model._flatten_layers()):  # a Sequential can grow
            if not model.built:
                model(tf.zeros((1, 1), tf.int32))
            writer = cls(model)
            object.__setattr__(model, "_seqlab_writer", writer)  # past Keras, which would track it
        return writer

    def how(self, batch: int) -> str:
        """ "xla", "graph" or "eager"."""
        if isinstance(self.source, Stepper):
            return "graph" if self.source.carries_state else "eager"
        small = batch * self.source.units <= _XLA_UP_TO
        return "xla" if small and platform.system() != "Windows" else "graph"

    def weights(self, batch: int) -> Any:
        """What `step` needs for so many rows, of the model as it is now; a model that is called brings its own."""
        return self.source.weights(batch) if isinstance(self.source, Chain) else ()

    def start(self, batch: int) -> States:
        """The states of so many rows before the first character."""
        return self.source.start(batch)

    def step(self, weights: Any, ids: tf.Tensor, states: States) -> tuple[tf.Tensor, States]:
        """ids (B,), states -> logits (B, V), states."""
        if isinstance(self.source, Chain):
            return self.source.step(weights, ids, states)
        return self.source.advance(ids[:, None], states)

    def loop(self, make: Callable[..., Callable[..., Any]], batch: int, *options: Any) -> Callable[..., Any]:
        """`make(step, *options)`, compiled as suits the model and the batch."""
        key = make, self.how(batch), *options
        if key not in self._loops:
            function = make(self.step, *options)
            if key[1] != "eager":
                function = tf.function(function, jit_compile=key[1] == "xla", autograph=False)
            self._loops[key] = function
        return self._loops[key]


def sampling_loop(step: WriterStep, top_k: int | None, with_top_p: bool) -> Callable[..., Drawn]:
    """The loop that draws one text a row, with that `top_k` of `draw`, and a `top_p` or none."""

    def run(
        weights: Any,
        ids: tf.Tensor,
        states: States,
        ended: tf.Tensor,
        forced: tf.Tensor,
        u: tf.Tensor,
        temperature: tf.Tensor,
        top_p: tf.Tensor,
        stop: tf.Tensor,
        steps: tf.Tensor,
    ) -> Drawn:
        """`steps` <= CHUNK steps from the last ids (B,).

        forced: (CHUNK, B), ids that are given (the prime), -1 where the model chooses; u: (CHUNK, B).
        Returns the ids of every step (CHUNK, B), how many steps were made, and ids, states, ended after them.
        """

        def body(
            t: tf.Tensor, ids: tf.Tensor, states: States, ended: tf.Tensor, written: tf.TensorArray
        ) -> tuple[tf.Tensor, tf.Tensor, States, tf.Tensor, tf.TensorArray]:
            logits, states = step(weights, ids, states)
            drawn = draw(logits, temperature, u[t], top_k=top_k, top_p=top_p if with_top_p else None)
            free = forced[t] < 0
            ids = tf.where(free, drawn, forced[t])
            ended = ended | (free & (ids == stop))
            return t + 1, ids, states, ended, written.write(t, ids)

        def more(t: tf.Tensor, ids: Any, states: Any, ended: tf.Tensor, *_: Any) -> tf.Tensor:
            return (t < steps) & ~tf.reduce_all(ended)

        written = tf.TensorArray(tf.int32, CHUNK, element_shape=ids.shape)
        written = written.unstack(tf.zeros((CHUNK, *ids.shape), tf.int32))
        t, ids, states, ended, written = tf.while_loop(
            more, body, (tf.constant(0), ids, states, ended, written), parallel_iterations=1
        )
        return written.stack(), t, ids, states, ended

    return run


def beam_loop(step: WriterStep, width: int) -> Callable[..., Beamed]:
    """The loop that keeps the K = `width` best texts."""

    def run(
        weights: Any,
        ids: tf.Tensor,
        states: States,
        scores: tf.Tensor,
        ended: tf.Tensor,
        stop: tf.Tensor,
        steps: tf.Tensor,
    ) -> Beamed:
        """`steps` <= CHUNK expansions of K hypotheses from their last ids (K,) and scores (K,).

        An ended hypothesis keeps its score and is continued by `stop` alone. Returns for every step the chosen
        ids and the hypothesis each came from, (CHUNK, K), the steps made, and ids, states, scores, ended.
        """

        def body(
            t: tf.Tensor,
            ids: tf.Tensor,
            states: States,
            scores: tf.Tensor,
            ended: tf.Tensor,
            chosen: tf.TensorArray,
            parents: tf.TensorArray,
        ) -> tuple[tf.Tensor, tf.Tensor, States, tf.Tensor, tf.Tensor, tf.TensorArray, tf.TensorArray]:
            logits, states = step(weights, ids, states)
            log_p = tf.nn.log_softmax(logits, axis=-1)  # (K, V)
            V = log_p.shape[-1]
            only_stop = tf.where(tf.range(V)[None] == stop, 0.0, -float("inf"))
            total = scores[:, None] + tf.where(ended[:, None], only_stop, log_p)
            scores, best = tf.math.top_k(tf.reshape(total, (-1,)), width)
            parent, ids = best // V, best % V
            states = tf.nest.map_structure(lambda s: tf.gather(s, parent), states)
            ended = tf.gather(ended, parent) | (ids == stop)
            return t + 1, ids, states, scores, ended, chosen.write(t, ids), parents.write(t, parent)

        def more(t: tf.Tensor, ids: Any, states: Any, scores: Any, ended: tf.Tensor, *_: Any) -> tf.Tensor:
            return (t < steps) & ~tf.reduce_all(ended)

        blank = tf.zeros((CHUNK, width), tf.int32)
        arrays = [tf.TensorArray(tf.int32, CHUNK, element_shape=(width,)).unstack(blank) for _ in range(2)]
        t, ids, states, scores, ended, chosen, parents = tf.while_loop(
            more, body, (tf.constant(0), ids, states, scores, ended, *arrays), parallel_iterations=1
        )
        return chosen.stack(), parents.stack(), t, ids, states, scores, ended

    return run
