"""Is there a recurrence in a model of ids? Seen in what its logits depend on, never in the names of its weights.

Two things mark a state that is carried by weights. What was read long ago still has a gradient, and how large it is
depends on the weights: small ones forget, while a mean over the past or an attention to it forgets nothing. And a matrix
that multiplies the state has no gradient on a text of one word, where the state before it is zeros; on a text of two
words its gradient is `h ⊗ δ`, so that the state h which it read can be seen, and of which words h knows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqlab.autograder.judging.things import Thing
from seqlab.checks.models import ModelCheck

SMALL, LARGE = 0.2, 0.7  # sizes of random weights: a state that fades, and one that need not
A_STATE = "a recurrent layer (RNN, GRU, LSTM) carries a state from step to step, through weights of its own"


def carries_a_state(models: ModelCheck, model: Thing, V: int, T: int) -> None:
    """Of T ids the first moves the last of the logits (1, T, V), as far as the weights that carry the state let it."""
    t, small = models.t, _share_of_the_first(models, model, V, T, SMALL)
    t.require(small < 1e-4, "small weights forget nothing: what is read is not carried by weights", slip=A_STATE)
    for _ in range(2):
        large = _share_of_the_first(models, model, V, T, LARGE)
        reached = max(small, large) > 0
        t.require(reached, "the first id of a long text has no gradient at its last step", slip=A_STATE)
        if not 0.01 < max(large, 1e-38) / max(small, 1e-38) < 100:
            return
    t.require(False, "how far the memory reaches does not depend on the weights", slip=A_STATE)


def _share_of_the_first(models: ModelCheck, model: Thing, V: int, T: int, size: float) -> float:
    """How large the gradient of the last logits is in the first id's vector, beside that in the last id's own."""
    models.stir(model, size)
    first, last, absent, *others = models.t.rng.permutation(V)
    ids = np.array([[first, *models.t.rng.choice(others, T - 2), last]])
    y = np.zeros((1, T, V))
    y[0, -1] = models.t.normal(V)
    shares = [
        float(np.linalg.norm(table[first]) / np.linalg.norm(table[last]))
        for g in models.gradients(model, ids, y)
        for table in (g, g.T)
        if table.ndim == 2 and len(table) >= V and np.any(table[last]) and not np.any(table[absent])
    ]
    models.t.require(shares, "no weight that is trained has a row for each id", slip="Embedding(V, E) makes one")
    return max(shares)


@dataclass(frozen=True)
class Reader:
    """A matrix that multiplies a state, after two words: how much that state knows of the first, and of the last.

    of_both: it knows of both, at every gate.
    """

    first: float
    last: float
    of_both: bool

    @property
    def forwards(self) -> bool:
        return bool(self.first > self.last)


def readers(models: ModelCheck, model: Thing, V: int, U: int, C: int) -> list[Reader]:
    """The matrices of a model with U units and logits (1, C) that multiply a state, each as one reader.

    Two texts are looked at. The more units there are, the surer it is of which word a state knows more.
    """
    models.logits(model, np.array([[1, 2]]), (1, C))
    texts = []
    for _ in range(2):
        models.stir(model, 0.6 / np.sqrt(U), biases=0.01)
        a, b, other_a, other_b = models.t.rng.permutation(np.arange(1, V))[:4]
        y = models.t.normal(1, C)
        single = models.gradients(model, np.array([[a], [b], [other_a], [other_b]]), np.repeat(y, 4, 0))
        pairs = [models.gradients(model, np.array([pair]), y) for pair in ((a, b), (other_a, b), (a, other_b))]
        texts.append([_reader(*each) for each in zip(single, *pairs, strict=True)])
    return [
        Reader(one.first + two.first, one.last + two.last, one.of_both and two.of_both)
        for one, two in zip(*texts, strict=True)
        if one and two
    ]


def _reader(single: np.ndarray, *pairs: np.ndarray) -> Reader | None:
    """Of a weight's gradients: for texts of one word, for one of two, and for that with its first or last word changed."""
    if single.ndim != 2 or not all(np.all(np.isfinite(g)) for g in pairs):
        return None
    rows = ~np.any(single, 1) & np.all([np.any(g, 1) for g in pairs], 0)
    if rows.sum() < 2:
        return None
    seen = np.array(list(_seen(*(g[rows] for g in pairs))))
    first, last = seen.mean(0).tolist()
    return Reader(first, last, of_both=bool(seen.min() > 1e-3))


def _seen(*three: np.ndarray) -> Iterator[tuple[float, ...]]:
    """For each gate of a kernel: how far the state turns when the first word changes, and when the last one does.

    The gradient is h ⊗ δ. Of a square matrix it may be δ ⊗ h, where the student's own cell multiplies from the other
    side: with small weights h turns farther than δ.
    """
    rows, columns = three[0].shape
    for gate in range(max(columns // rows, 1)):
        part = slice(gate * rows, (gate + 1) * rows) if columns % rows == 0 else slice(None)
        base, *others = (np.linalg.svd(np.float64(g[:, part])) for g in three)
        sides = [tuple(_angle(base, other, side) for other in others) for side in (0, 2)]
        yield sides[0] if columns > rows else max(sides, key=max)


def _angle(one: Any, other: Any, side: int) -> float:
    u, v = (parts[0][:, 0] if side == 0 else parts[2][0] for parts in (one, other))
    return float(np.linalg.norm(v - (u @ v) * u))


NO_LAYER = "there is no recurrent layer: wrap one in keras.layers.Bidirectional"
ONE_WAY = "the layers read in one direction only: two layers, each wrapped in keras.layers.Bidirectional"
ONE_LAYER = "this is one bidirectional layer: two layers, each wrapped in Bidirectional"
HALF = "one of the two layers reads in one direction only: wrap both in Bidirectional"
BESIDE = "the layers lie beside each other: each direction of the upper one reads both directions of the lower one"


def two_layers_in_both_directions(models: ModelCheck, model: Thing, V: int, U: int, C: int) -> None:
    """A state in each direction below, and one in each direction above that reads both of those below."""
    for _ in range(2):  # a state that knows of both words nearly as well may be misread once
        slip = missing(readers(models, model, V, U, C))
        if not slip:
            return
    message = "there are not two recurrent layers on top of each other, both in both directions"
    models.t.require(False, message, slip=slip)


def missing(found: list[Reader]) -> str:
    """What is missing, in words; nothing if two layers read in both directions."""
    ways = [[r for r in found if r.forwards is forwards] for forwards in (True, False)]
    fewest, most = sorted(map(len, ways))
    if fewest > 1:
        return "" if all(any(r.of_both for r in way) for way in ways) else BESIDE
    return NO_LAYER if not most else ONE_WAY if not fewest else ONE_LAYER if most == 1 else HALF
