"""Let a model write: many texts at once by sampling, or the best text by beam search."""

import sys
from collections.abc import Sequence
from typing import TypeAlias

import keras
import numpy as np
import tensorflow as tf
from tqdm import tqdm

from seqlab.errors import SeqlabError
from seqlab.layers.arithmetic import TensorLike
from seqlab.models import loops
from seqlab.models.loops import Writer, beam_loop, sampling_loop
from seqlab.models.sampling import check_sampling, uniforms

Prime: TypeAlias = Sequence[int] | Sequence[Sequence[int]] | Sequence[np.ndarray] | np.ndarray


def generate(
    model: keras.Model,
    prime: Prime,
    n: int,
    *,
    temperature: TensorLike = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    seed: int = 0,
    batch: int | None = None,
    stop: int | None = None,
    progress: bool = True,
) -> list[np.ndarray]:
    """Read a prime, then draw the next id and feed it back, n times, for a whole batch at once.

    Args:
        model: ids (B, T) -> logits (B, T, V), causal. A chain of Embedding, SimpleRNN, LSTM or GRU layers and
            Dense runs as one compiled loop of its own; other models more slowly, see `seqlab.models.loops`.
        prime: ids that are read first, at least one; a list of such lists gives every text its own. Primes
            are not returned.
        n: how many new ids a text has at most.
        temperature: P(i) ∝ exp(logits_i / temperature); 0 is greedy. One number, or one for each text.
        top_k, top_p: draw among the k likeliest; within the nucleus of probability p. See `draw`.
        seed: of all draws. Text b depends on the seed and on b, not on the size of the batch (unless rounding
            in products of another size tips a draw, about once in a million).
        batch: how many texts; by default as many as there are primes.
        stop: id after which a text ends; it is the text's last id.
        progress: show a bar if it takes more than two seconds.

    Returns:
        a list of `batch` arrays of ids.

    Raises:
        SeqlabError: an empty prime, an id outside the vocabulary, a negative temperature, and the like.
    """
    primes = _primes(model, prime, batch)
    batch = len(primes)
    temperature = check_sampling(temperature, top_k, top_p, batch)
    _check_n(n)
    longest = max(map(len, primes))
    total = longest - 1 + n  # the first id of a prime is fed, every other one is the outcome of a step
    forced = np.full((_round_up(total), batch), -1, np.int32)
    u = np.zeros((_round_up(total), batch), np.float32)
    draws = uniforms(seed, batch, n)
    for b, ids in enumerate(primes):
        forced[: len(ids) - 1, b] = ids[1:]
        u[len(ids) - 1 : len(ids) - 1 + n, b] = draws[:, b]

    writer = Writer.of(model)
    loop = writer.loop(sampling_loop, batch, top_k, top_p is not None)
    weights, states = writer.weights(batch), writer.start(batch)
    ids, ended = tf.constant([p[0] for p in primes], tf.int32), tf.zeros(batch, bool)
    settings = [tf.constant(v, tf.float32) for v in (temperature, top_p or 1.0)]
    settings.append(tf.constant(-1 if stop is None else stop, tf.int32))
    pieces = []
    with _bar(total, batch, progress) as bar:
        for first in range(0, total, loops.CHUNK):
            here = slice(first, first + loops.CHUNK)
            steps = tf.constant(min(loops.CHUNK, total - first), tf.int32)
            written, made, ids, states, ended = loop(
                weights, ids, states, ended, forced[here], u[here], *settings, steps
            )
            pieces.append(written.numpy()[: int(made)])
            bar.update(int(made) * batch)
            if bool(tf.reduce_all(ended)):
                break
    text = np.concatenate(pieces).astype(np.int64)
    return [_until(text[len(p) - 1 :, b][:n], stop) for b, p in enumerate(primes)]


def beam_search(
    model: keras.Model,
    prime: Sequence[int] | np.ndarray,
    n: int,
    *,
    width: int = 5,
    stop: int | None = None,
    progress: bool = True,
) -> list[tuple[np.ndarray, float]]:
    """The texts after a prime that beam search finds likeliest, best first.

    Args:
        model, prime, n, stop, progress: as for `generate`, with one prime.
        width: K, how many hypotheses are kept; 1 is greedy.

    Returns:
        K pairs of ids and the sum of ln P over them, not normalised by length; ids end with `stop` or are n.

    Raises:
        SeqlabError: an empty prime, an id outside the vocabulary, a width below 1.
    """
    (read,) = _primes(model, prime, 1)
    _check_n(n)
    if width < 1:
        raise SeqlabError("width is 1 or more", got=str(width))
    writer = Writer.of(model)
    loop = writer.loop(beam_loop, width, width)
    weights, states = writer.weights(width), writer.start(width)
    for i in read[:-1]:
        _, states = writer.step(weights, tf.fill([width], np.int32(i)), states)
    ids, ended = tf.fill([width], np.int32(read[-1])), tf.zeros(width, bool)
    # at first all hypotheses are the same one: only the first may be expanded
    scores = tf.constant([0.0] + [-np.inf] * (width - 1), tf.float32)
    stop_id = tf.constant(-1 if stop is None else stop, tf.int32)
    chosen, parents = [], []
    with _bar(n, 1, progress) as bar:
        for first in range(0, n, loops.CHUNK):
            steps = tf.constant(min(loops.CHUNK, n - first), tf.int32)
            ids_made, from_whom, made, ids, states, scores, ended = loop(
                weights, ids, states, scores, ended, stop_id, steps
            )
            chosen.append(ids_made.numpy()[: int(made)])
            parents.append(from_whom.numpy()[: int(made)])
            bar.update(int(made))
            if bool(tf.reduce_all(ended)):
                break
    texts = _trace_back(np.concatenate(chosen), np.concatenate(parents))
    scores = scores.numpy()
    return [(_until(t, stop), float(s)) for t, s in zip(texts, scores, strict=True) if np.isfinite(s)]


def _trace_back(chosen: np.ndarray, parents: np.ndarray) -> np.ndarray:
    """(T, K) ids and the hypothesis each continued -> the K texts (K, T)."""
    at = np.arange(chosen.shape[1])
    backwards = []
    for ids, parent in zip(chosen[::-1], parents[::-1], strict=True):
        backwards.append(ids[at])
        at = parent[at]
    return np.stack(backwards[::-1], axis=1).astype(np.int64)


def _primes(model: keras.Model, prime: Prime, batch: int | None) -> list[np.ndarray]:
    """One array of ids a text."""
    each = len(prime) > 0 and np.ndim(prime[0]) == 1
    primes = [np.asarray(p) for p in (prime if each else [prime])]
    for p in primes:
        if p.ndim != 1 or not len(p) or not np.issubdtype(p.dtype, np.integer):
            raise SeqlabError("a prime is a list of at least one id", got=repr(p.tolist())[:60])
        V = _vocabulary_size(model)
        if p.min() < 0 or p.max() >= V:
            raise SeqlabError(f"ids of a prime are 0 to {V - 1}", got=f"{p.min()} to {p.max()}")
    if batch is not None and batch < 1:
        raise SeqlabError("batch is 1 or more", got=str(batch))
    if len(primes) == 1:
        return primes * (batch or 1)
    if batch not in (None, len(primes)):
        raise SeqlabError(f"{batch} texts have one prime, or {batch}", got=str(len(primes)))
    return primes


def _vocabulary_size(model: keras.Model) -> int:
    return Writer.of(model).vocabulary_size


def _check_n(n: int) -> None:
    if n < 1:
        raise SeqlabError("n is 1 or more", got=str(n))


def _round_up(steps: int) -> int:
    return -(-steps // loops.CHUNK) * loops.CHUNK


def _until(ids: np.ndarray, stop: int | None) -> np.ndarray:
    ends = np.flatnonzero(ids == stop) if stop is not None else np.array([], int)
    return ids[: ends[0] + 1] if len(ends) else ids


def _bar(steps: int, batch: int, show: bool) -> tqdm:
    """A plain text bar of the characters written, which shows itself only after two seconds."""
    return tqdm(
        total=steps * batch,
        disable=not show,
        delay=2,
        file=sys.stdout,
        ncols=100,
        unit=" characters",
        unit_scale=True,
        leave=False,
    )
