"""Lab 3, backpropagation through time: one function an exercise, which judges an answer.

The references are NumPy in float64 and live only here, with the tester. A slip is a wrong reference, told in words:
mostly an edit of the right one. Contracts: what an answer gets, what it must return, and the worked examples, stand in
the notebook.
"""

import math

import numpy as np

from seqlab.checks import Closed, Failed, Kept, Served, as_numbers, exercise, sign, tensor
from seqlab.checks.mutants import PlainLayer
from seqlab.checks.slips import edits

EXACT = {"atol": 1e-6, "rtol": 1e-6}  # what float64 reaches easily, and float32 does not


def nearly(got, right):
    """Off by little, and not exactly right: what a coarse formula or a small type leaves."""
    parts = list(zip(got, right, strict=True)) if isinstance(right, tuple) else [(got, right)]
    numbers = [as_numbers(g) for g, _ in parts]
    if any(n is None or n.shape != r.shape for n, (_, r) in zip(numbers, parts, strict=True)):
        return False
    return all(np.abs(n - r).max() < 3e-3 * (1 + np.abs(r).max()) for n, (_, r) in zip(numbers, parts, strict=True))


FLOAT32 = "this is right to a few digits only, as in float32: compute in float64, the type of what comes in"


# -- numeric_grad ------------------------------------------------------------------------------------------
def central(f, x, eps=1e-4):
    grad = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[i] = eps
        grad[i] = (f(x + step) - f(x - step)) / (2 * eps)
    return grad


BOTH, STEP = "f(x + step) - f(x - step)", "step = np.zeros(x.shape)\n        step[i] = eps"
QUOTIENT = f"({BOTH}) / (2 * eps)"
AFTERWARDS = "x was not put back: after an entry is moved it must stand where it was before the next one moves"
NUMERIC_SLIPS = {
    "this is the forward difference, f(x + eps) - f(x) over eps: its error shrinks with eps only, that of the central "
    "one with its square. Step to both sides": (QUOTIENT, "(f(x + step) - f(x)) / eps"),
    "this is the backward difference, f(x) - f(x - eps) over eps: step to both sides": (
        QUOTIENT,
        "(f(x) - f(x - step)) / eps",
    ),
    "only one side is moved and the difference divided by 2 eps: from x + eps to x - eps it is two steps of eps": (
        QUOTIENT,
        "(f(x + step) - f(x)) / (2 * eps)",
    ),
    "only one side is moved and the difference divided by 2 eps: f(x + eps) is missing": (
        QUOTIENT,
        "(f(x) - f(x - step)) / (2 * eps)",
    ),
    "the distance of the two points is 2 eps: divide by 2 * eps, not by eps": ("/ (2 * eps)", "/ eps"),
    "the step stands in an array of whole numbers, where a small eps becomes 0: np.zeros_like(x) holds floats": (
        "step = np.zeros(x.shape)",
        "step = np.zeros(x.shape, int)",
    ),
    "`/ 2 * eps` divides by 2 and multiplies by eps: write / (2 * eps)": ("/ (2 * eps)", "/ 2 * eps"),
    "the difference is not divided by the distance of the two points, 2 * eps": (" / (2 * eps)", ""),
    "the sign is turned round: f(x + eps) minus f(x - eps)": (BOTH, "f(x - step) - f(x + step)"),
    "all entries are moved at once, so that their slopes add up: move one entry, and leave the others": (
        "step[i] = eps",
        "step[:] = eps",
    ),
    "a whole row is moved at once: go through single entries, for i in np.ndindex(x.shape)": (
        "np.ndindex(x.shape)",
        "range(len(x))",
    ),
    "only the first axis is gone through: one number for each row": (
        "grad = np.zeros(x.shape)",
        "grad = np.zeros(len(x))",
        "np.ndindex(x.shape)",
        "range(len(x))",
    ),
    "only as many entries are moved as x is long: go through all of them, for i in np.ndindex(x.shape)": (
        "np.ndindex(x.shape)",
        "[np.unravel_index(k, x.shape) for k in range(len(x))]",
    ),
    f"{AFTERWARDS}: the earlier entries stay moved, to both sides": (
        "grad = np.zeros(x.shape)",
        "grad, step = np.zeros(x.shape), np.zeros(x.shape)",
        STEP,
        "step[i] = eps",
    ),
    f"{AFTERWARDS}: the earlier entries stay at x + eps": (
        STEP,
        "step = np.zeros(x.shape)\n        step[i] = eps\n        x = x + step\n        grad[i] = (f(x) - f(x - 2 * step)) "
        "/ (2 * eps)\n        continue",
    ),
    f"{AFTERWARDS}: the earlier entries stay at x - eps": (
        STEP,
        "step = np.zeros(x.shape)\n        step[i] = eps\n        x = x - step\n        grad[i] = (f(x + 2 * step) - f(x)) "
        "/ (2 * eps)\n        continue",
    ),
    "the two points are one and the same array, so that their difference is 0: move copies, x.copy()": (
        QUOTIENT,
        "0.0",
    ),
    "the result is flat: give it the shape of x": ("return grad", "return grad.ravel()"),
    "the slopes are added up to one number: each entry has its own": ("return grad", "return grad.sum()"),
    "this is the second derivative, with f(x) in the middle: the slope is (f(x + eps) - f(x - eps)) / (2 eps)": (
        QUOTIENT,
        "(f(x + step) - 2 * f(x) + f(x - step)) / eps**2",
    ),
    "this is a finer formula, with four points: the central difference is asked for, with two": (
        QUOTIENT,
        "(8 * (f(x + step) - f(x - step)) - f(x + 2 * step) + f(x - 2 * step)) / (12 * eps)",
    ),
    "eps is not used: take the argument": ("grad = np.zeros(x.shape)", "eps = 1e-4; grad = np.zeros(x.shape)"),
    "eps is halved on each side: the two points are x + eps and x - eps, and 2 * eps apart": (
        "step[i] = eps",
        "step[i] = eps / 2",
        "(2 * eps)",
        "eps",
    ),
    "the step is eps times the entry, not eps": ("step[i] = eps", "step[i] = eps * x[i]"),
    "the step is eps times the size of the entry: it is eps for all": (
        "step[i] = eps",
        "step[i] = eps * max(1, abs(x[i]))",
        "(2 * eps)",
        "(2 * step[i])",
    ),
    "the last entry is left out": ("return grad", "grad.flat[-1] = 0; return grad"),
    "the size of the slope comes back without its sign": ("return grad", "return np.abs(grad)"),
    FLOAT32: sign(lambda got, f, x, eps=1e-4: nearly(got, central(f, x, eps))),
}


class Bumpy:
    """f(x) = Σ a x³ + Σ b sin x + (Σ c x)²: no entry is like another, and each one's slope depends on all."""

    def __init__(self, t, shape):
        self.shape = shape
        self.a, self.b, self.c = (t.normal(*shape, dtype="float64") for _ in range(3))

    def __call__(self, x):
        return float(np.sum(self.a * x**3) + np.sum(self.b * np.sin(x)) + np.sum(self.c * x) ** 2)


def served(f, shape):
    """The function as the answer gets it: of an array of the shape of x, and of nothing else."""

    def of(*args):
        x = as_numbers(args[0]) if len(args) == 1 else None
        if x is None or x.shape != shape:
            raise Failed("f was called with something else than an array of the shape of x", slip=WHOLE)
        return f(x.astype("f8"))

    of.__name__ = "f"
    return Served(of)


WHOLE = "f takes the whole x, with one entry moved: f(x + step), where step is zero but at one place"


@exercise(
    points=10,
    title="The judge: a numeric gradient",
    takes="f, x, eps",
    reference=central,
    slips=edits(central, NUMERIC_SLIPS),
    crashes={
        "read-only|assignment destination": "x may be written to, but what was made of it may not: work on x.copy()",
        "truth value": f"an entry is one number, x[i] with a whole index i: {WHOLE}",
        "has no attribute": "f is a plain function of arrays, and x a NumPy array: no tape sees through f",
        "required positional argument": "eps has a default: numeric_grad(f, x) must work, def numeric_grad(f, x, eps=1e-4)",
        "NoneType": "no tape sees through f, which is no TensorFlow: take differences",
        "": WHOLE,
    },
    edges={
        "a large eps": "also where eps is large",
        "one entry, and three axes": "of any shape, from one number to three axes",
    },
    **EXACT,
)
def numeric_grad(t):
    square, cube = served(lambda x: float(np.sum(x**2)), (1, 2)), served(lambda x: float(np.sum(x**3)), (1,))
    t.shows(square, np.array([[1.0, -2.0]]), gives=[[2, -4]], case="f = Σ x²")
    t.shows(cube, np.array([1.0]), 1.0, gives=[4], case="f = Σ x³, eps = 1")

    def tries(shape, *eps, away=0, **how):
        x = t.normal(*shape, dtype="float64")
        t.tries(served(Bumpy(t, shape), shape), x + away * np.sign(x), *eps, **how)

    tries((2, 2), 0.5, away=1, case="a large eps")
    for shape, *eps in (((5,),), ((2, 3), 1e-5), ((3, 3),), ((2, 1, 3),), ((1,),)):
        with t.case(f"x {shape}", kind="drawn sizes"):
            tries(shape, *eps)


# -- shared_weight_grad ------------------------------------------------------------------------------------
def added(per_step):
    return np.sum(per_step, axis=0)


SHARED_SLIPS = {
    "this is the mean: gradients of a shared weight add up, they are not averaged": ("np.sum", "np.mean"),
    "only the last step counts: every step has its share": ("np.sum(per_step, axis=0)", "per_step[-1]"),
    "only the first step counts: every step has its share": ("np.sum(per_step, axis=0)", "per_step[0]"),
    "everything is added up to one number: add step to step, entry by entry": ("(per_step, axis=0)", "(per_step)"),
    "the steps are multiplied: they add up": ("np.sum", "np.prod"),
    "nothing is added up: all steps come back": ("np.sum(per_step, axis=0)", "np.stack(per_step)"),
    "the steps are joined, not added": ("np.sum(per_step, axis=0)", "np.concatenate(per_step)"),
    "the sum runs along a wrong axis: the steps are the list, np.sum(per_step, axis=0)": ("axis=0", "axis=1"),
    "the sum runs along the last axis: the steps are the list, np.sum(per_step, axis=0)": ("axis=0", "axis=-1"),
    "the first step is left out": ("per_step, ", "per_step[1:], "),
    "the last step is left out": ("per_step, ", "per_step[:-1], "),
    "the first step is counted twice": ("axis=0)", "axis=0) + per_step[0]"),
    "the last step is counted twice": ("axis=0)", "axis=0) + per_step[-1]"),
    "this is the largest of the steps, entry by entry: add them up": ("np.sum", "np.max"),
    "the steps' sizes are added up, without their signs": ("np.sum(per_step", "np.sum(np.abs(per_step)"),
    "the squares are added up: add the gradients themselves": ("np.sum(per_step", "np.sum(np.square(per_step)"),
    "this is the root of the sum of the squares: add the gradients themselves": (
        "np.sum(per_step, axis=0)",
        "np.linalg.norm(per_step, axis=0)",
    ),
    "this is the median of the steps: add them up": ("np.sum", "np.median"),
    "all the sums up to each step come back: the last one alone is the gradient": ("np.sum", "np.cumsum"),
    "the sum is divided by its length: it stays as long as it is": (
        "np.sum(per_step, axis=0)",
        "np.sum(per_step, axis=0) / np.linalg.norm(np.sum(per_step, axis=0))",
    ),
    "the sum is divided by the root of the number of steps: it stays as it is": (
        "axis=0)",
        "axis=0) / np.sqrt(len(per_step))",
    ),
}


@exercise(
    points=5,
    title="A shared weight is a branch",
    takes="per_step",
    reference=added,
    slips=edits(added, SHARED_SLIPS),
    crashes="per_step is a list of arrays of one shape, one or more: it has no .shape itself, np.sum(per_step, axis=0) adds "
    "them up entry by entry",
    edges={"a single step": "a list of one gives that one back"},
)
def shared_weight_grad(t):
    t.shows([np.array([[1, 2]], "f4"), np.array([[10, -2]], "f4")], gives=[[11, 0]])
    for T, *shape in ((3, 2, 4), (3, 3, 3), (5, 4), (2, 1, 1), (4, 2, 3, 2)):
        with t.case(f"T={T}, each {tuple(shape)}", kind="drawn sizes"):
            t.tries([t.normal(*shape) for _ in range(T)])
    t.tries([t.normal(3, 2)], case="a single step")


# -- rnn_step_backward -------------------------------------------------------------------------------------
def one_back(dh, cache):
    x, h_prev, Wx, Wh, _b, h = cache
    dz = dh * (1 - h**2)
    dx = dz @ Wx.T
    dh_prev = dz @ Wh.T
    dWx = x.T @ dz
    dWh = h_prev.T @ dz
    db = dz.sum(0)
    return dx, dh_prev, dWx, dWh, db


SLOPE = "dh * (1 - h**2)"
NO_SLOPE = "the slope of tanh is missing: dz = dh * (1 - h²)"
NO_SQUARE = "the slope of tanh is 1 - h², with the square"
OLD_H = "the slope is taken at h_{t-1}: that of tanh is 1 - h², with the step's own output h"
TWICE = "h is the output of tanh already: its slope is 1 - h², not 1 - tanh(h)²"
TURN_WH = "Wh needs a transpose on the way back: dh_prev = dz @ Wh.T"
TURN_WX = "Wx needs a transpose on the way back: dx = dz @ Wx.T"
NEW_H = "dWh is made of h_t: what multiplied Wh was h_{t-1}, so h_prev.T @ dz"
TURNED_WH = "dWh is transposed: h_prev.T @ dz, rows for what came in, as Wh itself has them"
TURNED_WX = "dWx is transposed: x.T @ dz, (D, H) as Wx itself"
BATCH_DB = "db is not added up over the batch: every row uses the same b, so dz.sum(axis=0)"
BACK_SLIPS = {
    NO_SLOPE: (SLOPE, "dh"),
    NO_SQUARE: ("h**2", "h"),
    TWICE: ("h**2", "np.tanh(h) ** 2"),
    OLD_H: ("h**2", "h_prev**2"),
    "the slope is made of another h, without the bias: take the h that the cache holds": (
        SLOPE,
        "dh * (1 - np.tanh(x @ Wx + h_prev @ Wh) ** 2)",
    ),
    "the slope is made of z, before the tanh: it is 1 - h²": (SLOPE, "dh * (1 - (x @ Wx + h_prev @ Wh + _b) ** 2)"),
    "there is a tanh too many, of dh: on the way back only its slope counts": ("dh * (1", "np.tanh(dh) * (1"),
    "dh_prev goes through the slope at h_{t-1} too: that belongs to the step before": (
        "dz @ Wh.T",
        "(dz @ Wh.T) * (1 - h_prev**2)",
    ),
    "db is the largest of the batch: add the rows up": ("dz.sum(0)", "dz.max(0)"),
    "dWx, dWh and db are those of the first example alone: add up the whole batch": (
        "x.T @ dz",
        "x[:1].T @ dz[:1]",
        "h_prev.T @ dz",
        "h_prev[:1].T @ dz[:1]",
        "dz.sum(0)",
        "dz[0]",
    ),
    "h and h_prev are exchanged: x, h_prev, Wx, Wh, b, h = cache": (
        "x, h_prev, Wx, Wh, _b, h",
        "x, h, Wx, Wh, _b, h_prev",
    ),
    "dh is not used: what comes back is dh times the slope, the gradient of Σ dh · h and not of Σ h": (
        SLOPE,
        "1 - h**2",
    ),
    "dx goes through Wh too: x and h_prev stand beside each other, dx = dz @ Wx.T": ("dz @ Wx.T", "dz @ Wh.T @ Wx.T"),
    "this is the slope of a sigmoid, h (1 - h): that of tanh is 1 - h²": ("(1 - h**2)", "h * (1 - h)"),
    "the slope of tanh is 1 minus h², not plus": ("1 - h**2", "1 + h**2"),
    "the slope is (1 - h)²: that of tanh is 1 - h²": ("(1 - h**2)", "(1 - h) ** 2"),
    "dh is divided by the slope: the chain rule multiplies": ("dh * (1", "dh / (1"),
    "the slope is squared: tanh is passed once": ("(1 - h**2)", "(1 - h**2) ** 2"),
    "this is the slope of a ReLU: this step has a tanh, of slope 1 - h²": (SLOPE, "dh * (h > 0)"),
    TURN_WH: ("dz @ Wh.T", "dz @ Wh"),
    TURN_WX: ("dz @ Wx.T", "dz @ Wx"),
    f"{TURN_WX}, and dh_prev = dz @ Wh.T": ("dz @ Wh.T", "dz @ Wh", "dz @ Wx.T", "dz @ Wx"),
    NEW_H: ("h_prev.T @ dz", "h.T @ dz"),
    TURNED_WH: ("h_prev.T @ dz", "dz.T @ h_prev"),
    TURNED_WX: ("x.T @ dz", "dz.T @ x"),
    "dWx and dWh are transposed: x.T @ dz is (D, H) and h_prev.T @ dz is (H, H), as the weights themselves": (
        "x.T @ dz",
        "dz.T @ x",
        "h_prev.T @ dz",
        "dz.T @ h_prev",
    ),
    BATCH_DB: ("dz.sum(0)", "dz"),
    "db is the mean over the batch: gradients of a shared b add up": ("dz.sum(0)", "dz.mean(0)"),
    "db is added up along the units: it runs over the batch, dz.sum(axis=0)": ("dz.sum(0)", "dz.sum(1)"),
    "db is one number: it has one for each unit, dz.sum(axis=0)": ("dz.sum(0)", "dz.sum()"),
    "db has an axis too many: (H,), as b itself": ("dz.sum(0)", "dz.sum(0, keepdims=True)"),
    "db is made of dh: b stands inside the tanh, so its gradient is that of z": ("dz.sum(0)", "dh.sum(0)"),
    "the gradients of the weights are averaged over the batch: they add up, the loss has done its own averaging": (
        "x.T @ dz",
        "x.T @ dz / len(dz)",
        "h_prev.T @ dz",
        "h_prev.T @ dz / len(dz)",
        "dz.sum(0)",
        "dz.mean(0)",
    ),
    "dWx and dWh are averaged over the batch: they add up, as db does": (
        "x.T @ dz",
        "x.T @ dz / len(dz)",
        "h_prev.T @ dz",
        "h_prev.T @ dz / len(dz)",
    ),
    "the weights' gradients are made of dh: go through the tanh first, dz = dh * (1 - h²)": (
        "x.T @ dz",
        "x.T @ dh",
        "h_prev.T @ dz",
        "h_prev.T @ dh",
    ),
    "dWx, dWh and db are made of dh: go through the tanh first, dz = dh * (1 - h²)": (
        "x.T @ dz",
        "x.T @ dh",
        "h_prev.T @ dz",
        "h_prev.T @ dh",
        "dz.sum(0)",
        "dh.sum(0)",
    ),
    "dx and dh_prev are made of dh: go through the tanh first, dz = dh * (1 - h²)": (
        "dz @ Wx.T",
        "dh @ Wx.T",
        "dz @ Wh.T",
        "dh @ Wh.T",
    ),
    "dh itself is added to dh_prev: in this step there is one way back only, through the tanh": (
        "dz @ Wh.T",
        "dz @ Wh.T + dh",
    ),
    "dh comes back as dh_prev: it is dz @ Wh.T": ("dz @ Wh.T", "dh"),
    "dz comes back as dh_prev: it goes on through Wh, dz @ Wh.T": ("dz @ Wh.T", "dz"),
    "dWh and dWx are exchanged: the order is dx, dh_prev, dWx, dWh, db": ("dWx, dWh, db\n", "dWh, dWx, db\n"),
    "dx and dh_prev are exchanged: the order is dx, dh_prev, dWx, dWh, db": (
        "return dx, dh_prev",
        "return dh_prev, dx",
    ),
    "the gradients of the weights come first: the order is dx, dh_prev, dWx, dWh, db": (
        "return dx, dh_prev, dWx, dWh, db",
        "return dWx, dWh, db, dx, dh_prev",
    ),
    "db is missing: five gradients, dx, dh_prev, dWx, dWh, db": ("dWh, db\n", "dWh\n"),
    "every sign is turned round: the slope of tanh is 1 - h², not h² - 1, and these are gradients, not steps": (
        SLOPE,
        f"-{SLOPE}",
    ),
    FLOAT32: sign(lambda got, dh, cache: nearly(got, one_back(dh, cache))),
}
RESULTS = "dx (B, D), dh_prev (B, H), dWx (D, H), dWh (H, H), db (H)"
BACK_SHAPES = (
    "the shapes say what can be multiplied: dz is (B, H), so dx (B, D) can only be dz @ Wx.T, and dWx (D, H) only "
    "x.T @ dz; dz itself is elementwise, dh * (1 - h**2)"
)
NESTED = "the results stand in tuples of their own: return all five side by side, dx, dh_prev, dWx, dWh, db"
A_DICT = "a dict comes back: return the gradients themselves, in the order of the text"
NO_PATH = (
    "the tape gives None for what it did not watch, and where the loss does not use it: tf.constant first, then "
    "tape.watch all of them"
)
TYPES = "everything that comes in is float64: tf.constant(x) keeps that, a float32 beside it does not fit"


@exercise(
    points=20,
    title="One step back",
    takes="dh (B, H), cache",
    returns=RESULTS,
    reference=one_back,
    slips=edits(one_back, BACK_SLIPS),
    crashes={
        "unpack": "cache holds six things: x, h_prev, Wx, Wh, b, h = cache",
        "NoneType|non-None": NO_PATH,
        "expected to be a double|cannot compute .* as input|float tensor|dtype": TYPES,
        "no attribute 'T'|no attribute 'transpose'": "a tensor is transposed by tf.transpose",
        "has no attribute": "dh and cache hold NumPy arrays",
        "": BACK_SHAPES,
    },
    otherwise={
        A_DICT: lambda got, *_: isinstance(got, dict),
        NESTED: lambda got, *_: len(got) < 5 and any(isinstance(part, tuple) for part in got),
    },
    edges={"sums that nearly cancel": "sums over the batch may nearly cancel"},
    **EXACT,
)
def rnn_step_backward(t):
    one = np.ones((1, 1))
    cache = 0.5 * one, -0.2 * one, one, 2 * one, np.array([0.1]), np.tanh([[0.2]])
    dz = np.array([[0.961043]])
    t.shows(one, cache, gives=(dz, 2 * dz, dz / 2, dz / -5, dz[0]), atol=1e-5)

    def tries(dh, x, h_prev, **how):
        Wx, Wh, b = weights(t, x.shape[1], dh.shape[1])
        t.tries(dh, (x, h_prev, Wx, Wh, b, np.tanh(x @ Wx + h_prev @ Wh + b)), **how)

    for B, D, H in t.sizes("B D H"):
        tries(t.normal(B, H, dtype="float64"), t.normal(B, D, dtype="float64"), t.normal(B, H, dtype="float64"))
    x, h_prev = t.normal(1, 3, dtype="float64").repeat(2, 0), t.normal(1, 4, dtype="float64").repeat(2, 0)
    tries(cancelling(t, 4), x, h_prev, case="sums that nearly cancel")


def cancelling(t, *shape):
    """Gradients (2, ...) of two examples that are large and add up to small ones."""
    large, small = (t.normal(1, *shape, dtype="float64") for _ in range(2))
    return np.concatenate([1e3 * large, small - 1e3 * large])


def weights(t, D, H):
    """Wx (D, H), Wh (H, H) and b (H), so small that tanh has a slope left."""
    scale = 0.9 / np.sqrt(H)
    return (
        t.normal(D, H, scale=0.6, dtype="float64"),
        t.normal(H, H, scale=scale, dtype="float64"),
        t.normal(H, scale=0.5, dtype="float64"),
    )


# -- bptt --------------------------------------------------------------------------------------------------
def through_time(dhs, xs, h0, Wx, Wh, b):
    T = xs.shape[1]
    hs = [h0]
    for s in range(T):
        hs.append(np.tanh(xs[:, s] @ Wx + hs[s] @ Wh + b))
    dWx, dWh, db, dh = 0 * Wx, 0 * Wh, 0 * b, 0 * h0
    for s in reversed(range(T)):
        dz = (dhs[:, s] + dh) * (1 - hs[s + 1] ** 2)
        dWx = dWx + xs[:, s].T @ dz
        dWh = dWh + hs[s].T @ dz
        db = db + dz.sum(0)
        dh = dz @ Wh.T
    return dWx, dWh, db, dh


def cut_off(steps):
    """Truncated: each loss goes back so many steps, and no further."""

    def truncated(dhs, xs, h0, Wx, Wh, b):
        T, hs = xs.shape[1], [h0]
        for s in range(T):
            hs.append(np.tanh(xs[:, s] @ Wx + hs[s] @ Wh + b))
        grads = [0 * Wx, 0 * Wh, 0 * b, 0 * h0]
        for end in range(1, T + 1):
            s = max(end - steps, 0)
            only_last = np.arange(s + 1, end + 1)[:, None] == end
            found = through_time(dhs[:, s:end] * only_last, xs[:, s:end], hs[s], Wx, Wh, b)
            grads = [g + new * (n < 3 or s == 0) for n, (g, new) in enumerate(zip(grads, found, strict=True))]
        return tuple(grads)

    return truncated


ADD = "= overwrites what earlier steps gave: the weights are shared, so their gradients add up, +="
WX, WH, DB = "dWx = dWx + xs", "dWh = dWh + hs", "db = db + dz"
CARRY, UP = "dh = dz @ Wh.T", "(dhs[:, s] + dh)"
BACKWARDS = "s in reversed(range(T))"
RETURN = "return dWx, dWh, db, dh\n"
DIVIDED = "return dWx / {0}, dWh / {0}, db / {0}, dh\n"
ALL_DIVIDED = "return dWx / {0}, dWh / {0}, db / {0}, dh / {0}\n"
BPTT_SLIPS = {
    "nothing is carried from step to step: what reaches h_t is dhs[:, t] and what comes back from step t + 1": (
        UP,
        "dhs[:, s]",
    ),
    f"{ADD}. That holds for dWx, dWh and db": (WX, "dWx = xs", WH, "dWh = hs", DB, "db = dz"),
    f"{ADD}. That holds for dWx": (WX, "dWx = xs"),
    f"{ADD}. That holds for dWh": (WH, "dWh = hs"),
    f"{ADD}. That holds for db": (DB, "db = dz"),
    f"{ADD}. That holds for dWx and dWh": (WX, "dWx = xs", WH, "dWh = hs"),
    "the way back runs forwards in time: the last step comes first": (BACKWARDS, "s in range(T)"),
    "only the loss of the last step goes back: at the others dhs[:, t] is missing beside what is carried. Both ways lead to "
    "h_t, and gradients add at a branch": (UP, "(dhs[:, s] if s == T - 1 else dh)"),
    "the carried part is added behind the tanh: it goes through the slope too, (dhs[:, t] + dh) * (1 - h²)": (
        f"{UP} * (1 - hs[s + 1] ** 2)",
        "dhs[:, s] * (1 - hs[s + 1] ** 2) + dh",
    ),
    "the carried part is never started anew: dh = dz @ Wh.T, without +=": (CARRY, "dh = dh + dz @ Wh.T"),
    "the carried part is never started anew: dh = dz @ Wh.T, and what went through the tanh is done with": (
        CARRY,
        "dh = dhs[:, s] + dh + dz @ Wh.T",
    ),
    "what is handed back has not been through the tanh: dh = dz @ Wh.T, not (dhs[:, t] + dh) @ Wh.T": (
        CARRY,
        "dh = (dhs[:, s] + dh) @ Wh.T",
    ),
    "dWh is made of the wrong state in the first step: there h0 multiplied Wh, and hs[-1] is the last of the list": (
        "hs[s].T @ dz",
        "(hs[s] if s else hs[-1]).T @ dz",
    ),
    "the share of the first step in dWh is missing: there h0 multiplied Wh": (
        "hs[s].T @ dz",
        "(hs[s] if s else 0 * h0).T @ dz",
    ),
    "dh is clipped on the way: it stays as it is": (CARRY, "dh = np.clip(dz @ Wh.T, -1, 1)"),
    "dhs is not used: the loss is Σ dhs · h, not the sum of the states": (UP, "(1 + dh)"),
    "this network has a ReLU: the states are tanh(x Wx + h Wh + b), and the slope is 1 - h²": (
        "np.tanh(xs[:, s] @ Wx + hs[s] @ Wh + b)",
        "np.maximum(xs[:, s] @ Wx + hs[s] @ Wh + b, 0)",
        "(1 - hs[s + 1] ** 2)",
        "(hs[s + 1] > 0)",
    ),
    "dhs[:, T - 1] is counted twice: what is carried into the last step is zero": ("0 * h0", "dhs[:, -1]"),
    "dh is not carried through Wh: dh = dz @ Wh.T": (CARRY, "dh = dz"),
    NO_SLOPE: (" * (1 - hs[s + 1] ** 2)", ""),
    NO_SQUARE: ("hs[s + 1] ** 2", "hs[s + 1]"),
    "the slope is taken at the old state: tanh gave h_t, hs[t + 1] in a list that begins with h0": (
        "1 - hs[s + 1]",
        "1 - hs[s]",
    ),
    "the slope is taken at the last state for all steps: each step has its own h_t": ("1 - hs[s + 1]", "1 - hs[-1]"),
    "dWh is made of h_t: what multiplied Wh was h_{t-1}, hs[t] in a list that begins with h0": (
        "hs[s].T @ dz",
        "hs[s + 1].T @ dz",
    ),
    "Wh needs a transpose on the way back: dh = dz @ Wh.T": (CARRY, "dh = dz @ Wh"),
    "dWh is transposed: hs[t].T @ dz": ("hs[s].T @ dz", "dz.T @ hs[s]"),
    "dWx is transposed: xs[:, t].T @ dz, (D, H) as Wx itself": (
        "0 * Wx,",
        "0 * Wx.T,",
        "xs[:, s].T @ dz",
        "dz.T @ xs[:, s]",
    ),
    "the sums over time are divided by T: contributions of all steps add up": (RETURN, DIVIDED.format("T")),
    "the sums are divided by the size of the batch: they stay sums": (RETURN, DIVIDED.format("len(xs)")),
    "the sums are divided by T and by the size of the batch: they stay sums": (RETURN, DIVIDED.format("(T * len(xs))")),
    "everything is divided by T: contributions of all steps add up": (RETURN, ALL_DIVIDED.format("T")),
    "everything is divided by the size of the batch: the loss is a sum": (RETURN, ALL_DIVIDED.format("len(xs)")),
    "db is not added up over the batch": ("0 * b,", "0 * h0,", "dz.sum(0)", "dz"),
    "db is averaged over the batch: it adds up": ("dz.sum(0)", "dz.mean(0)"),
    "dh0 is added up over the batch: every example has a first state of its own": (
        RETURN,
        "return dWx, dWh, db, dh.sum(0)\n",
    ),
    "dh0 is what reaches h_1: go one step further, through its tanh and Wh": (
        RETURN,
        "return dWx, dWh, db, dhs[:, 0] + before\n",
        CARRY,
        "before, dh = dh, dz @ Wh.T",
    ),
    "dh0 is the dz of the first step: it goes on through Wh, dz @ Wh.T": (RETURN, "return dWx, dWh, db, dz\n"),
    "dh0 gets dhs[:, 0] on top: that is the gradient of h_1, not of h_0": (
        RETURN,
        "return dWx, dWh, db, dh + dhs[:, 0]\n",
    ),
    "the forward pass starts from zeros: it starts from h0": ("hs = [h0]", "hs = [0 * h0]"),
    "the forward pass leaves out the bias": (" + b))", "))"),
    "the forward pass has no tanh": ("np.tanh", ""),
    "in the forward pass every step starts from h0: it starts from the state before": (
        "+ hs[s] @ Wh + b",
        "+ h0 @ Wh + b",
    ),
    "the first step is left out on the way back: it runs down to t = 0": (
        "reversed(range(T))",
        "reversed(range(1, T))",
    ),
    "the last step is left out on the way back: it begins at T - 1": ("reversed(range(T))", "reversed(range(T - 1))"),
    "the way back of each loss is cut off after two steps: it runs over the full length": cut_off(2),
    "the way back of each loss is cut off after three steps: it runs over the full length": cut_off(3),
    "the way back is cut off: only dhs of the step behind is carried, not what that step itself was carried": (
        CARRY,
        "dh = (dhs[:, s] * (1 - hs[s + 1] ** 2)) @ Wh.T",
    ),
    "dhs runs the wrong way round: dhs[:, t] belongs to the state after step t": (UP, "(dhs[:, T - 1 - s] + dh)"),
    "dhs is shifted by one: dhs[:, t] belongs to the state after step t, hs[t + 1] in a list that begins with h0": (
        UP,
        "((dhs[:, s - 1] if s else 0) + dh)",
    ),
    "dWx is made of the input of another step: xs[:, t] is what step t read": (
        "xs[:, s].T @ dz",
        "xs[:, s - 1].T @ dz",
    ),
    "dh0 comes first: the order is dWx, dWh, db, dh0": (RETURN, "return dh, dWx, dWh, db\n"),
    "dWh and dWx are exchanged: the order is dWx, dWh, db, dh0": (RETURN, "return dWh, dWx, db, dh\n"),
    "dh0 is missing: four gradients, dWx, dWh, db, dh0": (RETURN, "return dWx, dWh, db\n"),
    "every sign is turned round: these are gradients, not steps": (UP, "-(dhs[:, s] - dh)"),
    "the gradients are clipped: they stay as they are": (
        RETURN,
        "return tuple(np.clip(g, -5, 5) for g in (dWx, dWh, db, dh))\n",
    ),
    FLOAT32: sign(lambda got, *args: nearly(got, through_time(*args))),
}


@exercise(
    points=25,
    title="T steps back",
    takes="dhs (B, T, H), xs (B, T, D), h0 (B, H), Wx (D, H), Wh (H, H), b (H)",
    returns="dWx (D, H), dWh (H, H), db (H), dh0 (B, H)",
    reference=through_time,
    slips=edits(through_time, BPTT_SLIPS),
    crashes={
        "NoneType|non-None": NO_PATH,
        "expected to be a double|float tensor|dtype": TYPES,
        "no attribute 'T'|no attribute 'transpose'": "a tensor is transposed by tf.transpose",
        "index|out of bounds": "there are T steps and, with h0, T + 1 states: step t reads xs[:, t] and hs[t]",
        "unpack": "dhs is (B, T, H) and xs (B, T, D): three axes each",
        "": "time is axis 1: step t has xs[:, t] (B, D), dhs[:, t] (B, H) and a dz (B, H); every gradient has the shape of "
        "what it belongs to",
    },
    otherwise={A_DICT: lambda got, *_: isinstance(got, dict)},
    edges={
        "a loss at the last step alone": "many of its steps may have none",
        "a long sequence": "over the full length",
        "as many steps as examples": "`B = T`",
        "sums that nearly cancel": "may nearly cancel",
    },
    **EXACT,
)
def bptt(t):
    one = np.ones((1, 1))
    gives = [[1.525976]], [[0.217274]], [1.996145], [[3.051951]]
    t.shows(
        one[None] * [[[1], [1]]],
        one[None] * [[[1], [0]]],
        0 * one,
        one / 2,
        2 * one,
        np.zeros(1),
        gives=gives,
        atol=1e-5,
    )

    def drawn(B, T, D, H):
        dhs, xs = t.normal(B, T, H, dtype="float64"), t.normal(B, T, D, dtype="float64")
        return dhs, xs, t.normal(B, H, scale=0.7, dtype="float64"), *weights(t, D, H)

    for sizes in t.sizes("B T D H", high=7):
        t.tries(*drawn(*sizes))
    t.tries(*drawn(4, 4, 2, 3), case="as many steps as examples")
    dhs, *others = drawn(2, 5, 3, 4)
    dhs[:, :-1] = 0
    t.tries(dhs, *others, case="a loss at the last step alone")
    t.tries(*drawn(2, 12, 2, 3), case="a long sequence")
    _, *others = drawn(2, 3, 2, 4)
    xs, h0 = (a[:1].repeat(2, 0) for a in others[:2])
    t.tries(cancelling(t, 3, 4), xs, h0, *others[2:], case="sums that nearly cancel")


# -- state_jacobian_norms ----------------------------------------------------------------------------------
def jacobian_norms(hs, Wh):
    J = np.eye(len(Wh))
    norms = [1.0]
    for h in hs[:0:-1]:
        J = J @ np.diag(1 - h**2) @ Wh.T
        norms.append(np.linalg.norm(J, 2))
    return np.array(norms[::-1])


LAST = "the last entry is missing: ∂h_T/∂h_T is the identity, of norm 1"
LOOP, FACTOR, NORM = "in hs[:0:-1]", "np.diag(1 - h**2) @ Wh.T", "np.linalg.norm(J, 2)"
JACOBIAN_SLIPS = {
    "the norms of the factors are multiplied: that is an upper bound. Multiply the matrices first, then take the norm": (
        f"J = J @ {FACTOR}",
        f"J = J * np.linalg.norm({FACTOR}, 2)",
    ),
    "the slope is taken at h_t: the step from t to t + 1 has 1 - h²_{t+1}, the state that comes out": (
        LOOP,
        "in hs[-2::-1]",
    ),
    "this is the Frobenius norm, NumPy's default: the spectral one is np.linalg.norm(J, 2)": (
        NORM,
        "np.linalg.norm(J)",
    ),
    "the largest slope and the norm of Wh are multiplied up: that is an upper bound. Multiply the matrices first": (
        f"J = J @ {FACTOR}",
        "J = J * (1 - h**2).max() * np.linalg.norm(Wh, 2)",
    ),
    "the slopes are those of h_T in every factor: the one from t to t + 1 has 1 - h²_{t+1}": ("h**2", "hs[-1] ** 2"),
    "the slopes are those of h_0 in every factor: the one from t to t + 1 has 1 - h²_{t+1}": ("h**2", "hs[0] ** 2"),
    "these are the lengths of the states: the norms of the derivatives are asked for": (
        "np.array(norms[::-1])",
        "np.linalg.norm(hs, axis=1)",
    ),
    "these are the norms of the single factors, not of their products": ("J = J @", "J = np.eye(len(J)) @"),
    "the slope at h_0 is multiplied up too, and the identity left out: there are T factors, and for t = T none": (
        "norms = [1.0]",
        "norms = []",
        LOOP,
        "in hs[::-1]",
    ),
    "the slopes of all units are averaged: each unit has its own, in a diagonal matrix": (
        FACTOR,
        "((1 - h**2).mean() * Wh.T)",
    ),
    "the slopes of tanh are missing: a factor is diag(1 - h²) times Whᵀ": (FACTOR, "Wh.T"),
    "the slope of tanh is 1 - h², with the square": ("h**2", "h"),
    "hs holds states, outputs of tanh already: the slope is 1 - h², not 1 - tanh(h)²": ("h**2", "np.tanh(h) ** 2"),
    "the order is reversed: index 0 belongs to t = 0, furthest back, and the last entry is 1": ("norms[::-1]", "norms"),
    "the first entry is left out: there are T + 1, from ∂h_T/∂h_0 on": ("norms[::-1]", "norms[-2::-1]"),
    LAST: ("norms[::-1]", "norms[:0:-1]"),
    f"{LAST}. And the order is reversed": ("norms[::-1]", "norms[1:]"),
    "the product starts from h_0, ∂h_t/∂h_0: entry t is ∂h_T/∂h_t, so begin at the end": (
        LOOP,
        "in hs[1:]",
        f"J @ {FACTOR}",
        f"{FACTOR} @ J",
        "norms[::-1]",
        "norms",
    ),
    "the factors stand in the wrong order: later steps stand on the left": (f"J @ {FACTOR}", f"{FACTOR} @ J"),
    "Wh and diag(1 - h²) are exchanged: a factor is diag(1 - h²) @ Wh.T, or its transpose, Wh @ diag(1 - h²)": (
        FACTOR,
        "Wh.T @ np.diag(1 - h**2)",
    ),
    "Wh needs a transpose beside diag(1 - h²): diag(1 - h²) @ Wh.T, or Wh @ diag(1 - h²)": (
        FACTOR,
        "np.diag(1 - h**2) @ Wh",
    ),
    "this is the largest eigenvalue: the norm is the largest singular value, np.linalg.norm(J, 2)": (
        NORM,
        "np.abs(np.linalg.eigvals(J)).max()",
    ),
    "this is the largest entry: the norm is the largest singular value, np.linalg.norm(J, 2)": (
        NORM,
        "np.abs(J).max()",
    ),
    "this is the largest sum of a column: the spectral norm is np.linalg.norm(J, 2)": (NORM, "np.linalg.norm(J, 1)"),
    "this is the largest sum of a row: the spectral norm is np.linalg.norm(J, 2)": (NORM, "np.linalg.norm(J, np.inf)"),
    "this is the smallest singular value: the norm is the largest": (NORM, "np.linalg.norm(J, -2)"),
    "these are the singular values added up: the norm is the largest of them": (NORM, "np.linalg.norm(J, 'nuc')"),
    "this is the mean of the singular values: the norm is the largest of them": (
        NORM,
        "np.linalg.svd(J, compute_uv=False).mean()",
    ),
    "all singular values come back: the norm is the largest of them": (
        "norms = [1.0]",
        "norms = [np.ones(len(Wh))]",
        NORM,
        "np.linalg.svd(J, compute_uv=False)",
    ),
    "this is the norm squared, the largest eigenvalue of J Jᵀ: take its root": (NORM, f"{NORM} ** 2"),
    "the determinant is no norm: take np.linalg.norm(J, 2)": (NORM, "abs(np.linalg.det(J))"),
    "this is a bound, the norm of Wh to the power of the steps: take the product itself, slopes and all": (
        NORM,
        "np.linalg.norm(Wh, 2) ** len(norms)",
    ),
    "diag(1 - h²) has become a sum with the matrix: the factors are multiplied": (FACTOR, "(np.diag(1 - h**2) + Wh.T)"),
    "the logarithm to the base of ten comes back: return the norms themselves": (
        "np.array(norms[::-1])",
        "np.log10(norms[::-1])",
    ),
    "the logarithm comes back: return the norms themselves": ("np.array(norms[::-1])", "np.log(norms[::-1])"),
    "the last entry is the norm of an identity of Frobenius, √H: the spectral norm of the identity is 1": (
        "norms = [1.0]",
        "norms = [np.sqrt(len(Wh))]",
    ),
    "only ∂h_T/∂h_0 comes back: there is an entry for each t from 0 to T": ("np.array(norms[::-1])", "norms[-1]"),
    "the step into h_T is counted twice: for t = T nothing is multiplied, for t = T - 1 one factor": (
        "norms = [1.0]",
        "norms = [np.linalg.norm(np.diag(1 - hs[-1] ** 2) @ Wh.T, 2)]",
    ),
    FLOAT32: sign(lambda got, hs, Wh: nearly(got, jacobian_norms(hs, Wh))),
}


@exercise(
    points=15,
    title="How far back does a gradient reach?",
    takes="hs (T + 1, H), Wh (H, H)",
    returns="(T + 1)",
    reference=jacobian_norms,
    slips=edits(jacobian_norms, JACOBIAN_SLIPS),
    crashes={
        "index|out of bounds|out of range": "hs has T + 1 rows, h_0 to h_T, and there are T factors: the "
        "one from t to t + 1 uses hs[t + 1]",
        "rank|ndim|must be at least|dimensional|diag": "hs[t] is one state, (H,): np.diag(1 - hs[t] ** 2) is (H, H)",
        "": "hs is (T + 1, H) and Wh (H, H): a factor is np.diag(1 - hs[t + 1] ** 2) @ Wh.T, and its norm one number",
    },
    edges={"one step": "T may be 1"},
    **EXACT,
)
def state_jacobian_norms(t):
    t.shows(np.array([[0], [0.5], [0.8]]), np.array([[2.0]]), gives=[1.08, 0.72, 1])
    t.shows(np.zeros((2, 2)), np.array([[3.0, 0], [0, 4]]), gives=[4, 1], case="two units, one step")
    for T, H in t.sizes("T H"):
        t.tries(np.tanh(t.normal(T + 1, H, dtype="float64")), t.normal(H, H, dtype="float64"))
    t.tries(np.tanh(t.normal(6, 3, dtype="float64")), t.normal(3, 3, scale=0.3, dtype="float64"), case="T=5, H=3")


# -- clip_by_global_norm -----------------------------------------------------------------------------------
def clipped(grads, max_norm):
    there = [g for g in grads if g is not None]
    n = np.sqrt(sum(np.sum(g**2) for g in there))
    scale = max_norm / n if n > max_norm else 1.0
    return tuple(None if g is None else scale * g for g in grads)


N, SCALE, SCALED = "np.sqrt(sum(np.sum(g**2) for g in there))", "max_norm / n if n > max_norm else 1.0", "scale * g"
VALUES = "every value is clipped by itself, which bends the direction: one factor for all, from one norm"
OWN = "each tensor is clipped by its own norm: there is one norm, over all of them"
DROPPED = "None is left out: it stays None, at its place, so that the list goes on to fit the list of the weights"
NOT_A_NUMBER = "0 / 0 is no number: where all gradients are zero the norm is 0, and they stay as they are"


def not_finite(got):
    numbers = [as_numbers(g) for g in got if g is not None]
    return all(n is not None for n in numbers) and not all(np.all(np.isfinite(n)) for n in numbers)


CLIP_SLIPS = {
    NOT_A_NUMBER: sign(lambda got, *_: not_finite(got)),
    OWN: (SCALED, "(max_norm / np.linalg.norm(g) if np.linalg.norm(g) > max_norm else 1.0) * g"),
    VALUES: (SCALED, "np.clip(g, -max_norm, max_norm)"),
    "the factor is turned round, max for min or < for >: long gradients are made shorter, and short ones stay": (
        SCALE,
        "max(1.0, max_norm / n) if n else 1.0",
    ),
    "small gradients are scaled up: where the norm is below max_norm all stay as they are": (
        SCALE,
        "max_norm / n if n else 1.0",
    ),
    "the norms of the tensors are added: add the squares, then one root over all": (
        N,
        "sum(np.sqrt(np.sum(g**2)) for g in there)",
    ),
    "the root is missing: the norm is the root of the sum of the squares": (N, "sum(np.sum(g**2) for g in there)"),
    "the norm is made of means: it is the root of the sum of the squares": (
        N,
        "np.sqrt(sum(np.mean(g**2) for g in there))",
    ),
    "the norm is the root of the mean of all squares: take their sum": (
        N,
        "np.sqrt(sum(np.sum(g**2) for g in there) / sum(g.size for g in there))",
    ),
    "the norm is the mean of the tensors' norms: add the squares, then one root over all": (
        N,
        "np.mean([np.sqrt(np.sum(g**2)) for g in there])",
    ),
    "the norm is the largest of the tensors' norms: add the squares, then one root over all": (
        N,
        "max(np.sqrt(np.sum(g**2)) for g in there)",
    ),
    "the largest entry is taken for the norm: it is the root of the sum of the squares": (
        N,
        "max(np.abs(g).max() for g in there)",
    ),
    "the sizes are added up, not their squares: the norm is the root of the sum of the squares": (
        N,
        "sum(np.abs(g).sum() for g in there)",
    ),
    "the norm is that of the first tensor: it runs over all": (N, "np.sqrt(np.sum(there[0] ** 2))"),
    "the norm is that of the last tensor: it runs over all": (N, "np.sqrt(np.sum(there[-1] ** 2))"),
    "the norm is a plain sum: without squares positive and negative numbers cancel": (
        N,
        "np.abs(sum(np.sum(g) for g in there))",
    ),
    "nothing is clipped: where the norm is above max_norm all are multiplied by max_norm / norm": (SCALED, "g"),
    "the gradients are divided by the norm: the factor is max_norm / norm": (SCALE, "1 / n if n > max_norm else 1.0"),
    "the gradients are multiplied by max_norm: the factor is max_norm / norm": (
        SCALE,
        "max_norm if n > max_norm else 1.0",
    ),
    "the factor is the root of max_norm / norm: leave out that root": (
        SCALE,
        "np.sqrt(max_norm / n) if n > max_norm else 1.0",
    ),
    "gradients above the norm become zero: they are made shorter": (SCALE, "0.0 if n > max_norm else 1.0"),
    "something that is not tiny is added to the norm: where it is above max_norm, divide by the norm itself": (
        SCALE,
        "min(1.0, max_norm / (n + 1e-3))",
    ),
    "the square of the norm is compared with max_norm: take the root first": ("if n > max_norm", "if n**2 > max_norm"),
    "None has moved to the end: it stays at its place": (
        "tuple(None if g is None else scale * g for g in grads)",
        "(*(scale * g for g in there), *[None] * (len(grads) - len(there)))",
    ),
    "the limit is 1: take the argument max_norm": (SCALE, "1 / n if n > 1 else 1.0"),
    "the limit is 5: take the argument max_norm": (SCALE, "5 / n if n > 5 else 1.0"),
    DROPPED: ("in grads)", "in there)"),
    "None has become zeros: it stays None, at its place": ("None if g is None", "0.0 if g is None"),
    "the norm comes back as well: only the list is asked for, tf.clip_by_global_norm(…)[0]": lambda grads, max_norm: (
        clipped(grads, max_norm),
        np.sqrt(sum(np.sum(g**2) for g in grads if g is not None)),
    ),
    "all tensors have become one: keep the list": (
        "tuple(None if g is None else scale * g for g in grads)",
        "scale * np.concatenate([np.ravel(g) for g in there])",
    ),
    "the tensors have become flat: each keeps its shape": (SCALED, "scale * np.ravel(g)"),
    "the size of the gradients comes back without their signs": (SCALED, "scale * np.abs(g)"),
}


@exercise(
    points=15,
    title="Shorter, in the same direction",
    takes="grads, max_norm",
    reference=clipped,
    slips=edits(clipped, CLIP_SLIPS),
    crashes={
        "NoneType|None values|`None`|None": "an entry of grads may be None, a weight that the loss does not use: leave it "
        "out of the norm, and put None in its place",
        "truth value|using a `tf.Tensor`": "n > max_norm is a tensor: inside a traced function use tf.minimum, or tf.where",
        "no attribute 'numpy'|no attribute 'size'|no attribute 'sum'": "grads holds tensors: tf.reduce_sum(g ** 2)",
        "shape|rank|concat|broadcast|pack": "the tensors have different shapes: add up the squares of each, "
        "tf.reduce_sum(g ** 2), then add these numbers",
        "": "grads is a list of tensors of any shapes, some of them None; the norm is one number",
    },
    edges={
        "a norm below the limit": "never longer",
        "zeros alone": "all-zero gradients stay zeros",
        "some are None": "some entries may be `None`",
        "a single number": "of any shapes, single numbers too",
    },
)
def clip_by_global_norm(t):
    def tries(grads, limit, **how):
        t.tries([None if g is None else tensor(g) for g in grads], limit, **how)

    def drawn(*shapes):
        return [None if shape is None else np.asarray(t.normal(*shape)) for shape in shapes]

    def norm(grads):
        return float(np.sqrt(sum(np.sum(g**2) for g in grads if g is not None)))

    with t.case("the worked example", visible=True):
        tries([[3.0], None, [4.0]], 1.0, gives=([0.6], None, [0.8]))
    with t.case("a norm of 5, limit 5", visible=True):
        tries([[3.0], [4.0]], 5.0, gives=([3], [4]))
    grads = drawn((3, 2), None, (4,))
    tries(grads, 1.5 * norm(grads), case="a norm below the limit")
    grads = [None if g is None else g / (10 * norm(grads)) for g in grads]
    tries(grads, 0.5, case="a norm below the limit")
    for number, shapes in enumerate(
        (((3,), (2, 4), (4,)), ((3, 3), (3, 3)), (None, (2, 3, 2), None, (5,)), ((4, 2), None), ((1,),), ((2, 3),))
    ):
        grads = [None if g is None else 4 * g for g in drawn(*shapes)]
        if not number:  # neither the first nor the last is the largest
            grads = [size * g / np.linalg.norm(g) for size, g in zip((2, 6, 3), grads, strict=True)]
        with t.case(f"shapes {shapes}", kind="some are None" if None in shapes else "drawn sizes"):
            tries(grads, norm(grads) * (0.3, 0.6, 1e-3)[number % 3])
    tries(drawn((2, 2), (), (3,)), 0.5, case="a single number")
    tries([np.zeros((2, 3)), None, np.zeros(2)], 1.0, case="zeros alone")


# -- irnn --------------------------------------------------------------------------------------------------
def last_state(x, kernel, recurrent, bias):
    h = np.zeros((len(x), len(bias)))
    for s in range(x.shape[1]):
        h = np.maximum(x[:, s] @ kernel + h @ recurrent + bias, 0)
    return h


SUM = "x[:, s] @ kernel + h @ recurrent + bias"
RELU = f"np.maximum({SUM}, 0)"
IRNN_SLIPS = {
    "this is a tanh, Keras's default: activation='relu'": (RELU, f"np.tanh({SUM})"),
    "there is no activation, so nothing is cut off below 0: activation='relu'": (RELU, SUM),
    "this is a sigmoid: activation='relu'": (RELU, f"sigmoid({SUM})"),
    "this is a leaky ReLU, which lets something through below 0: activation='relu'": (
        RELU,
        f"np.where({SUM} > 0, {SUM}, 0.2 * ({SUM}))",
    ),
    "this is an ELU, which lets something through below 0: activation='relu'": (
        RELU,
        f"np.where({SUM} > 0, {SUM}, np.expm1(np.minimum({SUM}, 0)))",
    ),
    "this is a GELU: activation='relu'": (RELU, f"({SUM}) * half_erfc(0.5 ** 0.5 * ({SUM}))"),
    "this is a swish, or SiLU: activation='relu'": (RELU, f"({SUM}) * sigmoid({SUM})"),
    "this is a softplus: activation='relu'": (RELU, f"np.logaddexp(0, {SUM})"),
    "this is a ReLU that ends at 6: activation='relu'": (RELU, f"np.clip({SUM}, 0, 6)"),
    "all states come back: the last one is asked for, leave out return_sequences=True": (
        "    h = np.zeros((len(x), len(bias)))",
        "    h, hs = np.zeros((len(x), len(bias))), []",
        RELU,
        f"{RELU}; hs.append(h)",
        "return h",
        "return np.stack(hs, 1)",
    ),
    "the state comes back twice: leave out return_state=True": ("return h", "return np.stack([h, h])"),
    "the sequence is read from its end: leave out go_backwards": ("range(x.shape[1])", "range(x.shape[1])[::-1]"),
}


def half_erfc(z):
    """(1 + erf z) / 2, number by number."""
    return 0.5 * np.vectorize(lambda v: 1 + math.erf(v))(z)


def kept(calls):
    """What the last of the calls (x, kernel, recurrent, bias) gives, if the state is kept, from zeros on."""
    h = 0 * last_state(*calls[0])
    for x, kernel, recurrent, bias in calls:
        for s in range(x.shape[1]):
            h = np.maximum(x[:, s] @ kernel + h @ recurrent + bias, 0)
    return h


STATEFUL = "the state of the call before is still there: leave out stateful=True"
NOT_IDENTITY = "the recurrent matrix does not start as the identity"
IDENTITY = "Keras draws it at random (orthogonal) by default: recurrent_initializer='identity'"
ZERO_KERNEL = "leave the kernel to Keras, which draws it at random: through zeros no input ever comes in"
A_LAYER = "return keras.layers.SimpleRNN(units, …)"


def layer_answer(wrong):
    """A recurrent layer in NumPy that computes what a wrong reference says; it is built at its first call."""

    class Layer(PlainLayer):
        names = ()

        def __init__(self, units):
            self.units, self.calls = units, []

        def __call__(self, x):
            if not self.names:
                D, H = x.shape[-1], self.units
                super().__init__(kernel=(D, H), recurrent=(H, H), bias=(H,))
                self.set_weights([self.kernel.value, np.eye(H), np.zeros(H)])
            self.calls.append((x, *self.values().values()))
            return wrong.wrong(self.calls) if isinstance(wrong, Kept) else wrong(*self.calls[-1])

        def set_weights(self, arrays):
            for weight, array in zip(self.weights, arrays, strict=True):
                weight.assign(array)

    return Layer


@exercise(
    points=10,
    title="ReLU and the identity",
    takes="units",
    returns="(B, units)",
    reference=last_state,
    slips=edits(last_state, IRNN_SLIPS) | {STATEFUL: Kept(kept)},
    as_answer=layer_answer,
    crashes={
        "activation": "activation='relu', in small letters",
        "initializer": "an initialiser is a word, recurrent_initializer='identity', or one of keras.initializers",
        "state_size|cell": "keras.layers.RNN takes a cell: keras.layers.RNN(keras.layers.SimpleRNNCell(units, …))",
        "missing 1 required positional argument": "units comes first: keras.layers.SimpleRNN(units, …)",
        "stateful|batch_shape|batch size|batch_size": "nothing is kept from call to call: leave out stateful=True",
        "keyword": "SimpleRNN(units, activation=…, recurrent_initializer=…): other words are no arguments of it",
        "is not callable": f"{A_LAYER}: the layer itself, not what it gives",
        "": f"{A_LAYER}: a layer that reads (B, T, D)",
    },
    edges={
        "a bias that is 0": "a bias of zeros",
        "an input matrix that is not": "an input matrix that is not all zeros",
        "a second call, another batch size": "keeps nothing from one call to the next",
    },
)
def irnn(t):
    with t.case("the worked example", visible=True):
        layer, *first = started(t, 2, np.array([[[1], [2], [3]]], "f4"))
        W = [np.array([[1, 2]], "f4"), np.eye(2), np.zeros(2)]
        layer.set_weights(W)
        t.matches(layer(tensor(first[0])), first[0], *W, gives=[[6, 12]], calls=[first])
    with t.case("inputs 2, -5, 1", visible=True):
        x = np.array([[[2], [-5], [1]]], "f4")
        t.matches(layer(tensor(x)), x, *W, gives=[[1, 2]], calls=[first, (first[0], *W)])
    for B, T, D, units in t.sizes("B T D units"):
        layer, *first = started(t, units, t.normal(B, T, D, scale=2))
        W = [t.normal(D, units, scale=2), np.eye(units) + t.normal(units, units, scale=0.3), t.normal(units)]
        layer.set_weights(W)
        x = t.normal(B, T + 2, D, scale=2)
        t.matches(layer(tensor(x)), x, *W, what="after setting the weights", calls=[first])
        more = t.normal(B + 1, T, D, scale=2)
        t.matches(layer(tensor(more)), more, *W, what="with another batch size")


def started(t, units, x):
    """The layer that the answer makes, once it has read x (B, T, D) and starts as it should; x and its weights."""
    layer = t.construct(units)
    kind = layer.ref.kind
    try:
        layer.get("built")
    except Failed:
        slip = {"NoneType": "is a `return` missing?", "class": f"make an object of the class: {A_LAYER}"}.get(
            kind, A_LAYER
        )
        raise Failed(
            "what irnn returns is no Keras layer", slip=slip, closed=Closed.TYPE, subject="what irnn returns"
        ) from None
    got, D = layer(tensor(x)), x.shape[2]
    W = [w for _, w in layer.weights()]
    shapes = [(D, units), (units, units), (units,)]
    no_bias = [w.shape for w in W] == shapes[:2]
    slip = "leave out use_bias=False" if no_bias else "keras.layers.SimpleRNN(units, …) has just these"
    t.require(
        len(W) == 3, "the weights are not three, kernel, recurrent matrix and bias", got=f"{len(W)} weights", slip=slip
    )
    slip = (
        "a GRU or LSTM has a block of columns for each gate, and other layers have other shapes: keras.layers.SimpleRNN"
    )
    right = [w.shape for w in W] == shapes
    t.require(
        right,
        "the weights have other shapes than kernel (D, units), recurrent (units, units), bias (units,)",
        slip=slip,
    )
    kernel, recurrent, bias = W
    t.require(
        np.allclose(recurrent, np.eye(units), atol=1e-6),
        NOT_IDENTITY,
        expected=np.eye(units),
        got=recurrent,
        slip=unlike_identity(recurrent),
    )
    slip = "bias_initializer='zeros' is Keras's default"
    t.require(np.all(bias == 0), "the bias does not start at zero", expected=0 * bias, got=bias, slip=slip)
    t.require(np.any(kernel != 0), "the input matrix starts as all zeros", slip=ZERO_KERNEL)
    t.matches(got, x, *W)
    return layer, x, *W


def unlike_identity(recurrent):
    """What stands in the identity's place, in words."""
    if not np.any(recurrent):
        return "it is all zeros: recurrent_initializer='identity'"
    off = recurrent - np.diag(np.diag(recurrent))
    if not np.any(off) and np.ptp(np.diag(recurrent)) < 1e-6:
        return "it is a multiple of the identity: keras.initializers.Identity() without a gain"
    if np.allclose(recurrent, 1):
        return "it is full of ones: the identity has them on the diagonal alone, recurrent_initializer='identity'"
    return IDENTITY
