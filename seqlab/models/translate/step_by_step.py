"""A translator's decoder for one sentence, as plain functions of one step: what a search of one's own is made of.

The searches of `search.py` run whole batches in one compiled loop; here each step is a call, slow and easy to look at.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from seqlab.models.translate.side import BOS, EOS, Sentence

if TYPE_CHECKING:
    from seqlab.models.translate.translator import Translator

NEVER = -1e9  # of padding and BOS, which are never written: as a logit and as a log-probability


class StepByStep:
    """The decoder of a trained `Translator`, having read one sentence.

    `step(i, state)` takes an id and a state, first `bos` and `state`; `log_p(prefix)` needs no state, the prefix is one.

    >>> from seqlab.models.translate import Translator
    >>> model = Translator("dot", units=8, epochs=1).fit([([1, 2], [2, 1])] * 4)
    >>> one = StepByStep(model, [1, 2])
    >>> logits, state = one.step(one.bos, one.state)
    >>> logits.shape == one.log_p([one.bos]).shape
    True
    """

    bos, eos = BOS, EOS

    def __init__(self, translator: "Translator", sentence: Sentence) -> None:
        source, self.target = translator._sides()
        self.network = translator._trained()
        ids = source.ids(source.tokens(sentence))
        self.memory, self.state = self.network.encode(tf.constant(ids[None], tf.int32))
        self.weights = self.network.step_weights()
        self._known: dict[tuple[int, ...], tuple[np.ndarray, Any]] = {}

    def step(self, i: int, state: Any) -> tuple[np.ndarray, Any]:
        """An id and the state before it -> logits (V,) of the next id, and the new state."""
        logits, state = self._step(int(i), state)
        logits[[0, BOS]] = NEVER
        return logits, state

    def log_p(self, prefix: Sequence[int]) -> np.ndarray:
        """The natural log-probabilities (V,) of the next id after a prefix, which begins with `bos`."""
        logits, _ = self._after(tuple(int(i) for i in prefix))
        log_p = logits - np.logaddexp.reduce(logits)
        log_p[[0, BOS]] = NEVER
        return np.asarray(log_p)

    def _step(self, i: int, state: Any) -> tuple[np.ndarray, Any]:
        logits, state, _ = self.network.step(self.weights, tf.constant([i]), state, self.memory)
        return logits.numpy()[0].astype("float64"), state

    def _after(self, prefix: tuple[int, ...]) -> tuple[np.ndarray, Any]:
        """Logits and state after a prefix; each prefix is computed once."""
        if prefix not in self._known:
            state = self._after(prefix[:-1])[1] if len(prefix) > 1 else self.state
            self._known[prefix] = self._step(prefix[-1], state)
        return self._known[prefix]

    def words(self, ids: Sequence[int]) -> list[str]:
        """The tokens of ids."""
        return [self.target.vocabulary.symbols[i] for i in ids]

    def sentence(self, ids: Sequence[int]) -> Any:
        """Ids as a sentence of the target's kind."""
        return self.target.sentence(self.words(ids))
