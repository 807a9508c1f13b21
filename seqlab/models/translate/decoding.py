"""How a translator is asked for translations: what may be chosen, and sentences in batches of like lengths."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from seqlab.errors import SeqlabError
from seqlab.models.sampling import check_sampling, uniforms
from seqlab.models.translate.network import EncoderDecoder
from seqlab.models.translate.search import Hypothesis, Search, beam, drawn, sampler, traced_back
from seqlab.sequences import pad

ROWS_AT_ONCE = 512  # of the decoder: sentences times hypotheses


@dataclass(frozen=True)
class How:
    """What is chosen: the arguments of `Translator.translate` by their names there.

    whole: all K hypotheses are wanted, not the best one alone.

    Raises:
        SeqlabError: for a number out of its range.
    """

    beam: int = 1
    length_penalty: float = 0.0
    temperature: float | None = None
    max_length: int | None = None
    seed: int = 0
    whole: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.beam, int) or self.beam < 1:
            raise SeqlabError("beam is a whole number, 1 or more", got=repr(self.beam))
        if not 0 <= self.length_penalty < float("inf"):
            raise SeqlabError("length_penalty is 0 or more", got=repr(self.length_penalty))
        if self.max_length is not None and self.max_length < 1:
            raise SeqlabError("max_length is 1 or more", got=repr(self.max_length))
        if self.temperature is not None:
            check_sampling(self.temperature, None, None, 1)

    @property
    def draws(self) -> bool:
        """One token after the other, at random or greedily, rather than by beam search."""
        return self.temperature is not None or (self.beam == 1 and not self.whole and not self.length_penalty)

    def limit(self, length: int) -> int:
        """How long the translation of a source of this length may become."""
        return self.max_length or 2 * length + 8


class Decoder:
    """A network's searches, compiled once for each kind of request.

    Args:
        forbidden: ids that no translation has.
    """

    def __init__(self, network: EncoderDecoder, forbidden: Sequence[int]) -> None:
        self.network, self.forbidden = network, forbidden
        self._loops: dict[Any, Search] = {}

    def find(self, sources: Sequence[np.ndarray], how: How) -> list[list[Hypothesis]]:
        """The hypotheses for each source (S,), best first."""
        found: list[list[Hypothesis]] = [[] for _ in sources]
        order = np.argsort([len(ids) for ids in sources], kind="stable").tolist()
        u = self._uniforms([how.limit(len(ids)) for ids in sources], how)
        at_once = max(1, ROWS_AT_ONCE // how.beam)
        for first in range(0, len(order), at_once):
            rows = order[first : first + at_once]
            for i, hypotheses in zip(rows, self._batch([sources[i] for i in rows], u[:, rows], how), strict=True):
                found[i] = hypotheses
        return found

    def _batch(self, sources: list[np.ndarray], u: np.ndarray, how: How) -> list[list[Hypothesis]]:
        ids, limits = tf.constant(pad(sources)[0]), [how.limit(len(source)) for source in sources]
        if how.draws:
            run = self._loop("draw", sampler)
            tokens, looks, log_p, came = run(ids, limits, u[: max(limits)], how.temperature or 0.0)
            return [[one] for one in drawn(tokens.numpy(), looks.numpy(), log_p.numpy(), came.numpy(), limits)]
        run = self._loop((how.beam, how.whole), beam, how.beam, how.whole)
        return traced_back(*(part.numpy() for part in run(ids, limits, how.length_penalty)))

    def _loop(self, key: Any, make: Any, *options: Any) -> Search:
        if key not in self._loops:
            self._loops[key] = make(self.network, self.forbidden, *options)
        return self._loops[key]

    def _uniforms(self, limits: list[int], how: How) -> np.ndarray:
        """(T, N) numbers that decide what is drawn; a greedy search needs none."""
        T, N = max(limits, default=0), len(limits)
        return uniforms(how.seed, N, T) if how.temperature and N else np.zeros((T, N), np.float32)
