"""Any causal Keras model of sequences, one character at a time.

A model for training reads whole windows and forgets its state at their end. To write, it must be fed one
character, answer, and go on from where it was. Nothing of that has to be in the model: here every recurrent
layer of it, however it was built, is started from the state that its last call ended with.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

import keras
import numpy as np
import tensorflow as tf

from seqlab.layers.arithmetic import TensorLike

State: TypeAlias = Any  # opaque: lists of states, or the ids that were read so far


class Stepper:
    """`logits, state = step(i, state)` for a trained Keras model.

    Args:
        model: ids (B, T) -> logits (B, T, V), causal, with its state in `keras.layers.RNN` layers (LSTM, GRU,
            SimpleRNN, RNN over a cell; stacked or nested at will). A model that keeps its state elsewhere
            still works: then the state is the text so far, read again at every step, which is slower.

    Called with one integer i it returns logits (V,), with ids (B,) logits (B, V): NumPy float32. The state is
    opaque and never changed: the same state can be continued twice.
    """

    def __init__(self, model: keras.Model) -> None:
        self.model = model
        self._recurrent = [layer for layer in model._flatten_layers() if isinstance(layer, keras.layers.RNN)]
        self._compiled = tf.function(self.advance)
        self._reread = tf.function(model)
        self.vocabulary_size = int(model(tf.zeros((1, 1), tf.int32)).shape[-1])
        self.carries_state = self._agrees()

    def start(self, batch: int = 1) -> State:
        """The state before the first character, for `batch` texts side by side."""
        return self._start(batch) if self.carries_state else tf.zeros((batch, 0), tf.int32)

    def __call__(self, i: TensorLike, state: State) -> tuple[np.ndarray, State]:
        """Feed one id (or one for each row) and get the logits of the next, and the new state."""
        ids = tf.constant(np.asarray(i).astype(np.int32).reshape(-1, 1))
        logits, state = (self._compiled if self.carries_state else self.advance)(ids, state)
        logits = np.asarray(logits, np.float32)
        return (logits[0] if np.ndim(i) == 0 else logits), state

    def advance(self, ids: tf.Tensor, state: State) -> tuple[tf.Tensor, State]:
        """The same on tensors, ids (B, 1) -> logits (B, V), state; where a state is carried, in a graph too."""
        if self.carries_state:
            with _carried(self._recurrent, state) as run:
                logits = self.model(ids)
            return logits[:, -1], run.ends
        read = tf.concat([state, ids], axis=1)
        length = read.shape[1]
        padded = tf.pad(read, [(0, 0), (0, -length % 64)])  # a round length saves a new trace at every step
        return self._reread(padded)[:, length - 1], read

    def _start(self, batch: int) -> State:
        with _carried(self._recurrent, None) as run:
            self.model(tf.zeros((batch, 1), tf.int32))
        return run.starts

    def _agrees(self) -> bool:
        """Is a model that is stepped the same as one that reads? A layer of another kind would show here."""
        if not self._recurrent:
            return False
        self.carries_state = True
        ids = np.array([[1, 0, 2, 1, 0]]) % self.vocabulary_size
        state = self._start(1)
        stepped = []
        for i in ids.T:
            try:
                logits, state = self._compiled(tf.constant(i[:, None].astype(np.int32)), state)
            except Exception:  # whatever a layer of the student's own does not like, reading again works
                return False
            stepped.append(logits)
        read = self.model(tf.constant(ids.astype(np.int32)))
        return np.allclose(np.stack(stepped, axis=1), read, rtol=1e-3, atol=1e-3)


class _Run:
    """The states of one forward pass, a list for each recurrent call in the order of the calls."""

    def __init__(self) -> None:
        self.starts: list[list[tf.Tensor]] = []
        self.ends: list[list[tf.Tensor]] = []


@contextmanager
def _carried(layers: Sequence[keras.layers.RNN], states: State) -> Iterator[_Run]:
    """Inside, the k-th recurrent call starts from `states[k]` (None: as the model does by itself)."""
    run = _Run()

    def carrying(layer: keras.layers.RNN, call: Callable[..., Any]) -> Callable[..., Any]:
        def start_and_end(
            sequences: tf.Tensor, initial_state: Sequence[tf.Tensor] | None = None, **kwargs: Any
        ) -> tf.Tensor | tuple[tf.Tensor, ...]:
            if states is not None:
                initial_state = states[len(run.ends)]
            elif initial_state is None:
                initial_state = layer.get_initial_state(batch_size=tf.shape(sequences)[0])
            asked, layer.return_state = layer.return_state, True
            try:
                output, *ends = call(sequences, initial_state=initial_state, **kwargs)
            finally:
                layer.return_state = asked
            run.starts.append(list(initial_state))
            run.ends.append(list(ends))
            return (output, *ends) if asked else output

        return start_and_end

    for layer in layers:
        layer.call = carrying(layer, layer.call)
    try:
        yield run
    finally:
        for layer in layers:
            del layer.call


def step_by_step(model: keras.Model) -> tuple[Callable[[TensorLike, State], tuple[np.ndarray, State]], State]:
    """A trained Keras model as the pair `(step, state)` that a decoding loop needs.

    Args:
        model: ids (B, T) -> logits (B, T, V); see `Stepper`.

    Returns:
        step: `step(i, state) -> (logits (V,), new_state)`; state: the one before the first character.

    >>> from keras.layers import GRU, Dense, Embedding
    >>> step, state = step_by_step(
    ...     keras.Sequential([Embedding(5, 3), GRU(4, return_sequences=True), Dense(5)])
    ... )
    >>> logits, state = step(2, state)
    >>> logits.shape
    (5,)
    """
    step = Stepper(model)
    return step, step.start()
