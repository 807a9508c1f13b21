"""Is there a recurrence in a model of ids? Seen in what its logits depend on, never in the names of its weights.

Two things mark a state that is carried by weights. What was read long ago still has a gradient, and how large it is
depends on the weights: some forget, some keep, while a mean over the past or an attention to it forgets nothing. And a
matrix that multiplies the state has no gradient on a text of one word, where the state before it is zeros; on a text of
two words its gradient is `h ⊗ δ`, so that the state h which it read can be seen, and of which words h knows.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from seqlab.autograder.judging.things import Thing
from seqlab.checks.models import ModelCheck

A_STATE = "a recurrent layer (RNN, GRU, LSTM) carries a state from step to step, through weights of its own"
# sizes of random matrices, and where the biases lie: of a gate they say that it is open or shut
KEEPING = ((0.2, 3.0), (0.2, -3.0), (0.2, 0.0), (0.7, 0.0))
LOOKS = 3  # a fixed memory looks the same however often, one of weights shows itself sooner or later


def carries_a_state(models: ModelCheck, model: Thing, V: int, T: int) -> None:
    """Of T ids the first moves the last of the logits (1, T, V), as far as the weights that carry the state let it."""
    t = models.t
    shares: list[float] = []
    t.make("thawer")(model)  # an embedding that is not trained has gradients too
    for look, (size, biases) in enumerate(LOOKS * KEEPING, 1):
        shares += shares_of_the_first(models, model, V, T, size, biases)
        least, most = min(shares, default=0.0), max(shares, default=0.0)
        if least < 1e-6 * most and least < 1e-6:
            return
        if look >= len(KEEPING) and (least < 1e-4 or most > 10) and least < 1e-2 * most:
            return  # not as clear as it is for most, and clear enough
        if look == len(KEEPING) and not shares:
            return  # no weight has a row for each id: there is nothing to see
    t.require(most > 0, "the first id of a long text has no gradient at its last step", slip=A_STATE)
    forgets = least < 1e-4 or most > 10  # what grows is carried by weights too: no mean over the past does
    message = "nothing is forgotten, whatever the weights: what is read is not carried by them"
    t.require(forgets, message, slip=A_STATE)
    t.require(least < 1e-2 * most, "how far the memory reaches does not depend on the weights", slip=A_STATE)


def shares_of_the_first(models: ModelCheck, model: Thing, V: int, T: int, size: float, biases: float) -> list[float]:
    """How large the gradient of the last logits is in the first id's vector, beside that in the last id's own."""
    models.stir(model, size, biases)
    first, last, absent, *others = models.t.rng.permutation(V)
    ids = np.array([[first, *models.t.rng.choice(others, T - 2), last]])
    y = np.zeros((1, T, V))
    y[0, -1] = models.t.normal(V)
    # where the embedding gives the logits too, these rows have a gradient as inputs only
    y[0, -1, [first, last, absent]] = 0
    shares = [
        float(np.linalg.norm(np.float64(table[first])) / np.linalg.norm(np.float64(table[last])))
        for g in models.gradients(model, ids, y)
        for table in (g, g.T)
        if table.ndim == 2 and len(table) >= V and np.any(table[last]) and not np.any(table[absent])
    ]
    return [max(shares)] if shares and np.all(np.isfinite(shares)) else []


# -- two layers in both directions -------------------------------------------------------------------------
GATES = (-1.0, 1.0, -1.0, 1.0)  # where the biases lie in each look at a model: half shut, half open
UNSEEN = 1e-6  # an angle that rounding may make: it makes 2e-8
CLEAR = 0.5  # a leaning that one look may be trusted with: measured, -1 gives from 0.8 to 4 on the right side


@dataclass
class Reader:
    """A matrix that multiplies a state, after two words: how far that state turns with the first, and with the last.

    A pair for each look at the model.
    """

    turns: list[tuple[float, float]] = field(default_factory=list)

    @property
    def of_both(self) -> bool:
        """It knows of both words."""
        return max(map(min, self.turns), default=0.0) > 10 * UNSEEN

    @property
    def leaning(self) -> float:
        """To the first word where positive, as if read forwards; to the last where negative."""
        return sum(_lean(*pair) for pair in self.turns)


def looks(models: ModelCheck, model: Thing, V: int, U: int, C: int) -> Iterator[list[Reader]]:
    """The matrices of a model with U units and logits (1, C) that multiply a state, after one look, two, and so on.

    The more units there are, the surer it is of which word a state knows more.
    """
    t, size = models.t, 0.6 / np.sqrt(U)
    models.logits(model, np.array([[1, 2]]), (1, C))
    a, b, other_a, other_b = t.rng.permutation(np.arange(1, V))[:4]
    found: list[Reader] = []
    for biases in GATES:
        models.stir(model, size, biases)
        y = t.normal(1, C)
        base, first, last = (models.gradients(model, np.array([w]), y) for w in ((a, b), (other_a, b), (a, other_b)))
        if not found:
            found = [Reader() for _ in base]
            single = models.gradients(model, np.array([[a], [b], [other_a], [other_b]]), np.repeat(y, 4, 0))
            otherwise = models.gradients(model, np.array([[a, b]]), t.normal(1, C))
            rows = [~np.any(g, 1) if g.ndim == 2 else None for g in single]
            turned = [_turned(g, o) for g, o in zip(base, otherwise, strict=True)]
        for reader, at, over, *three in zip(found, rows, turned, base, first, last, strict=True):
            reader.turns += _turns(at, over, *three)
        yield [reader for reader in found if reader.turns]


def _turns(rows: np.ndarray | None, over: bool, *three: np.ndarray) -> list[tuple[float, float]]:
    """How far the state turns that these rows multiply, when the first word of two changes, and when the last does.

    Nothing if there is no such state: rows that have a gradient on one word too multiply something else.
    """
    if rows is None or not all(np.all(np.isfinite(g)) for g in three):
        return []
    rows = rows & np.all([np.any(g, 1) for g in three], 0)
    if rows.sum() < 3:
        return []
    units, columns = int(rows.sum()), three[0].shape[1]
    gates = columns // units if columns % units == 0 else 1
    seen = []
    for parts in zip(*(np.split(g[rows], gates, 1) for g in three), strict=True):
        base, first, last = (_side(part, over) for part in parts)
        seen.append((_angle(base, first), _angle(base, last)))
    # one gate may read `r * h`, so also what r has just read; the one that tells the words apart best reads h itself
    return [max(seen, key=lambda pair: abs(_lean(*pair)))]


def _lean(first: float, last: float) -> float:
    return float(np.log((first + UNSEEN) / (last + UNSEEN)))


def _turned(g: np.ndarray, other: np.ndarray) -> bool:
    """Is a gradient δ ⊗ h instead of h ⊗ δ, as in a cell that multiplies from the other side?

    With other weights on the logits δ turns and h does not.
    """
    if g.ndim != 2 or g.shape[0] != g.shape[1] or not (np.any(g) and np.any(other)):
        return False
    rows, columns = (_angle(_side(g, over), _side(other, over)) for over in (False, True))
    return rows > columns


def _side(g: np.ndarray, over: bool) -> np.ndarray:
    """The state h in a gradient h ⊗ δ, of length 1; `over`: in δ ⊗ h."""
    left, _, right = np.linalg.svd(np.float64(g), full_matrices=False)
    return np.asarray(right[0] if over else left[:, 0])


def _angle(u: np.ndarray, v: np.ndarray) -> float:
    return float(np.linalg.norm(v - (u @ v) * u))


NO_LAYER = "there is no recurrent layer: wrap one in keras.layers.Bidirectional"
ONE_WAY = "the layers read in one direction only: two layers, each wrapped in keras.layers.Bidirectional"
ONE_LAYER = "this is one bidirectional layer: two layers, each wrapped in Bidirectional"
HALF = "one of the two layers reads in one direction only: wrap both in Bidirectional"
BESIDE = "the layers lie beside each other: each direction of the upper one reads both directions of the lower one"


def two_layers_in_both_directions(models: ModelCheck, model: Thing, V: int, U: int, C: int) -> None:
    """A state in each direction below, and one in each direction above that reads both of those below."""
    found: list[Reader] = []
    for found in looks(models, model, V, U, C):  # a state that knows of both words nearly as well may be misread once
        if not missing([r for r in found if abs(r.leaning) > CLEAR]):
            return
    slip = missing(found)
    if not slip:
        return
    message = "there are not two recurrent layers on top of each other, both in both directions"
    models.t.require(False, message, slip=slip)


def missing(found: list[Reader]) -> str:
    """What is missing, in words; nothing if two layers read in both directions."""
    ways = [[r for r in found if r.leaning > 0], [r for r in found if r.leaning <= 0]]
    fewest, most = sorted(map(len, ways))
    if fewest > 1:
        return "" if all(any(r.of_both for r in way) for way in ways) else BESIDE
    return NO_LAYER if not most else ONE_WAY if not fewest else ONE_LAYER if most == 1 else HALF
