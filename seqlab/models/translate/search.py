"""Finding a translation: greedy, by sampling, or by beam search, for a whole batch in one compiled loop.

The loop carries the decoder's own states, so that no prefix is read twice. B sentences, K hypotheses each, V tokens, H
units. What is forbidden, such as padding and BOS, never comes.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
import tensorflow as tf

from seqlab.layers.arithmetic import Tensors
from seqlab.models.sampling import draw
from seqlab.models.translate.network import EncoderDecoder
from seqlab.models.translate.side import BOS, EOS

Search: TypeAlias = Callable[..., tuple[tf.Tensor, ...]]
_MINUS_INF = -float("inf")


class Hypothesis(NamedTuple):
    """A translation that a search found."""

    ids: np.ndarray  # (T,) without marks
    log_p: float  # ln P of all its tokens, of EOS too if it came
    looks: np.ndarray  # (T,) for each token the source position with the largest weight; -1 without attention
    finished: bool  # did EOS come? Otherwise it was cut at its longest
    score: float  # what the search compared: log_p over the length penalty


def penalty(length: tf.Tensor, alpha: tf.Tensor) -> tf.Tensor:
    """((5 + length) / 6)^alpha: what ln P is divided by; alpha = 0 is 1 (Wu et al. 2016, equation 14). EOS counts."""
    return ((5.0 + tf.cast(length, tf.float32)) / 6.0) ** alpha


def sampler(network: EncoderDecoder, forbidden: Sequence[int]) -> Search:
    """The loop that draws one translation a sentence; at temperature 0 it is greedy.

    The function takes source ids (B, S), limits (B,) on the lengths, uniform numbers u (T, B) and a temperature, and
    returns ids (T, B), looks (T, B), and of each sentence ln P and whether EOS came.
    """

    @tf.function(
        input_signature=[
            tf.TensorSpec((None, None), tf.int32),
            tf.TensorSpec((None,), tf.int32),
            tf.TensorSpec((None, None), tf.float32),
            tf.TensorSpec((), tf.float32),
        ],
        autograph=False,
    )
    def run(source: tf.Tensor, limits: tf.Tensor, u: tf.Tensor, temperature: tf.Tensor) -> tuple[tf.Tensor, ...]:
        memory, states = network.encode(source)
        weights, allowed = network.step_weights(), _allowed(network, forbidden)
        B = tf.shape(source)[0]

        def body(
            t: tf.Tensor,
            ids: tf.Tensor,
            states: Tensors,
            log_p: tf.Tensor,
            over: tf.Tensor,
            came: tf.Tensor,
            written: tuple[tf.TensorArray, tf.TensorArray],
        ) -> tuple[tf.Tensor, tf.Tensor, Tensors, tf.Tensor, tf.Tensor, tf.Tensor, tuple[tf.TensorArray, ...]]:
            logits, states, looks = network.step(weights, ids, states, memory)
            ids = draw(tf.where(allowed, logits, -1e9), temperature, u[t])
            gained = -tf.nn.sparse_softmax_cross_entropy_with_logits(ids, logits)
            log_p = tf.where(over, log_p, log_p + gained)
            came = came | (~over & (ids == EOS))
            look = tf.fill([B], -1) if looks is None else tf.argmax(looks, -1, output_type=tf.int32)
            written = (written[0].write(t, ids), written[1].write(t, look))
            return t + 1, ids, states, log_p, over | came | (t + 1 >= limits), came, written

        T = tf.shape(u)[0]
        no = tf.zeros([B], bool)
        arrays = tuple(tf.TensorArray(tf.int32, T, element_shape=(None,)) for _ in range(2))
        start = (0, tf.fill([B], BOS), states, tf.zeros([B]), no, no, arrays)
        _, _, _, log_p, _, came, written = tf.while_loop(
            lambda t, ids, states, log_p, over, *_: (t < T) & ~tf.reduce_all(over), body, start
        )
        return written[0].stack(), written[1].stack(), log_p, came

    return run


def beam(network: EncoderDecoder, forbidden: Sequence[int], K: int, whole: bool) -> Search:
    """The loop that keeps the K best beginnings of each sentence, and apart from them the K best that have ended.

    Args:
        whole: go on until all K that have ended cannot be beaten any more; otherwise, until the best one cannot.

    The function takes source ids (B, S), limits (B,) on the lengths and alpha of the length penalty. It returns, for every
    step, the ids (T, B, K) that were appended, the beginnings that they were appended to, and where these looked; and of
    those that have ended, each (B, K), best first: score, ln P, length, the number of the beginning, whether EOS came.
    A beginning ends if EOS is among the K best continuations, or at its limit.
    """

    @tf.function(
        input_signature=[
            tf.TensorSpec((None, None), tf.int32),
            tf.TensorSpec((None,), tf.int32),
            tf.TensorSpec((), tf.float32),
        ],
        autograph=False,
    )
    def run(source: tf.Tensor, limits: tf.Tensor, alpha: tf.Tensor) -> tuple[tf.Tensor, ...]:
        memory, states = network.encode(source)
        weights, allowed = network.step_weights(), _allowed(network, forbidden)
        B, T = tf.shape(source)[0], tf.reduce_max(limits)
        first_row = tf.range(B)[:, None] * K  # of the rows (B·K) those of a sentence begin here

        def body(
            t: tf.Tensor,
            ids: tf.Tensor,
            states: Tensors,
            alive: tf.Tensor,
            ended: Tensors,
            written: tuple[tf.TensorArray, ...],
        ) -> tuple[tf.Tensor, tf.Tensor, Tensors, tf.Tensor, Tensors, tuple[tf.TensorArray, ...]]:
            logits, states, looks = network.step(weights, ids, states, memory, K)
            log_p = tf.where(allowed, tf.nn.log_softmax(logits), _MINUS_INF)  # (B, K, V)
            V = tf.shape(log_p)[-1]
            total, place = tf.math.top_k(tf.reshape(alive[:, :, None] + log_p, (B, -1)), 2 * K)
            parent, token = place // V, place % V  # (B, 2K)
            stops = token == EOS

            new = tf.where(stops[:, :K], total[:, :K], _MINUS_INF)
            ended = _best(ended, new, penalty(t + 1, alpha), t, parent[:, :K], tf.ones_like(stops[:, :K]))

            alive, chosen = tf.math.top_k(tf.where(stops, _MINUS_INF, total), K)
            parent, token = (tf.gather(a, chosen, batch_dims=1) for a in (parent, token))
            at_limit = (t + 1 >= limits)[:, None]
            cut = tf.where(at_limit, alive, _MINUS_INF)
            slots = tf.broadcast_to(tf.range(K), (B, K))
            ended = _best(ended, cut, penalty(t + 1, alpha), t + 1, slots, tf.zeros((B, K), bool))

            hope = alive[:, 0] / penalty(limits, alpha)  # what the best beginning can come to, at most
            over = at_limit | (ended[0][:, -1 if whole else 0] >= hope)[:, None]
            alive = tf.where(over, _MINUS_INF, alive)

            rows = tf.reshape(first_row + parent, (-1,))
            states = tuple(tf.gather(s, rows) for s in states)
            look = tf.fill([B, K], -1)
            if looks is not None:
                look = tf.gather(tf.argmax(looks, -1, output_type=tf.int32), parent, batch_dims=1)
            written = tuple(a.write(t, v) for a, v in zip(written, (token, parent, look), strict=True))
            return t + 1, tf.reshape(token, (-1,)), states, alive, ended, written

        nothing = tf.fill([B, K], _MINUS_INF)
        numbers = tf.zeros((B, K), tf.int32)
        arrays = tuple(tf.TensorArray(tf.int32, T, element_shape=(None, K)) for _ in range(3))
        start = (
            0,
            tf.fill([B * K], BOS),
            tuple(tf.repeat(s, K, axis=0) for s in states),
            tf.concat([tf.zeros((B, 1)), nothing[:, 1:]], axis=1),  # at first all beginnings are the same one
            (nothing, nothing, numbers, numbers, tf.zeros((B, K), bool)),
            arrays,
        )
        *_, ended, written = tf.while_loop(
            lambda t, ids, states, alive, *_: (t < T) & tf.reduce_any(alive > _MINUS_INF), body, start
        )
        return (*(a.stack() for a in written), *ended)

    return run


def _best(
    ended: Tensors, log_p: tf.Tensor, penalty: tf.Tensor, length: tf.Tensor, slots: tf.Tensor, eos: tf.Tensor
) -> Tensors:
    """The K best of those that ended before and those that end now, (B, K) each."""
    new = (log_p / penalty, log_p, tf.fill(tf.shape(slots), length), slots, eos)
    both = [tf.concat([a, b], axis=1) for a, b in zip(ended, new, strict=True)]
    score, chosen = tf.math.top_k(both[0], log_p.shape[1])
    return (score, *(tf.gather(a, chosen, batch_dims=1) for a in both[1:]))


def _allowed(network: EncoderDecoder, forbidden: Sequence[int]) -> tf.Tensor:
    """(V,) bool: what may come."""
    return tf.constant(~np.isin(np.arange(network.target_size), forbidden))


def drawn(
    tokens: np.ndarray, looks: np.ndarray, log_p: np.ndarray, came: np.ndarray, limits: Sequence[int]
) -> list[Hypothesis]:
    """What `sampler` returned, a hypothesis a sentence."""
    found = []
    for b, limit in enumerate(limits):
        n = int(np.argmax(tokens[:, b] == EOS)) if came[b] else limit
        found.append(Hypothesis(tokens[:n, b], float(log_p[b]), looks[:n, b], bool(came[b]), float(log_p[b])))
    return found


def traced_back(
    tokens: np.ndarray,
    parents: np.ndarray,
    looks: np.ndarray,
    score: np.ndarray,
    log_p: np.ndarray,
    length: np.ndarray,
    slots: np.ndarray,
    eos: np.ndarray,
) -> list[list[Hypothesis]]:
    """What `beam` returned, the hypotheses of each sentence, best first."""
    found = []
    for b in range(tokens.shape[1]):
        ones = []
        for k in np.flatnonzero(np.isfinite(score[b])):
            slot, path = slots[b, k], []
            for t in range(length[b, k] - 1, -1, -1):
                path.append((tokens[t, b, slot], looks[t, b, slot]))
                slot = parents[t, b, slot]
            both = np.array(path[::-1], np.int64).reshape(-1, 2)
            ones.append(Hypothesis(both[:, 0], float(log_p[b, k]), both[:, 1], bool(eos[b, k]), float(score[b, k])))
        found.append(ones)
    return found
