"""Lab 0, TensorFlow in an hour: one function an exercise, which judges an answer.

The references are NumPy and live only here, with the tester. A slip is a wrong reference, told in words: mostly an edit
of the right one. Contracts: what an answer gets, what it must return, and the worked examples, stand in the notebook.
"""

import numpy as np

from seqlab.checks import exercise, sigmoid, sign, tensor
from seqlab.checks.mutants import PlainLayer
from seqlab.checks.networks import LayerCheck
from seqlab.checks.slips import edits

NAN = float("nan")


# -- stack_time --------------------------------------------------------------------------------------------
def stacked(steps):
    return np.stack(steps, 1)


IN_ORDER = "time runs on with the list: steps[0] is the first step"
STACK_SLIPS = {
    "time comes first (T, B, D): the new axis is axis 1": ("(steps, 1)", "(steps)"),
    "a reshape has the right shape and the wrong numbers: it keeps the reading order, here the axes must swap": (
        "(steps, 1)",
        "(steps).reshape(len(steps[0]), len(steps), -1)",
    ),
    "`.T` turns all axes round (D, B, T): only the first two should swap": ("(steps, 1)", "(steps).T"),
    "time has become the last axis (B, D, T): the new axis is axis 1": (", 1", ", 2"),
    "the steps are joined end to end (B, T·D): np.stack makes a new axis, np.concatenate does not": (
        "np.stack",
        "np.concatenate",
    ),
    "the steps are joined one below the other (T·B, D): np.stack makes a new axis, np.concatenate does not": (
        "np.stack(steps, 1)",
        "np.concatenate(steps)",
    ),
    "only the last step is in the block: collect every one of them": ("(steps, 1)", "(steps[-1:], 1)"),
    f"the steps stand in reverse order: {IN_ORDER}": ("(steps, 1", "(steps[::-1], 1"),
}


@exercise(
    points=10,
    title="From a list of steps to a block",
    takes="steps",
    returns="(B, T, D)",
    reference=stacked,
    slips=edits(stacked, STACK_SLIPS),
    crashes="steps is a list of T arrays (B, D), T may be 1: the result has one axis more than each of them",
    edges={
        "a single step": "a list of T ≥ 1 arrays",
        "as many steps as examples": "B = T = 2, where no shape gives a slip away",
    },
)
def stack_time(t):
    t.shows([np.array([row], "float32") for row in ([1, 2], [3, 4], [5, 6])], gives=[[[1, 2], [3, 4], [5, 6]]])
    t.shows(
        [np.array(step, "float32") for step in ([[1], [2]], [[3], [4]])], gives=[[[1], [3]], [[2], [4]]], case="B=T=2"
    )
    for B, T, D in t.sizes("B T D"):
        t.tries([t.normal(B, D) for _ in range(T)])
    t.tries([t.normal(4, 3) for _ in range(4)], case="B=T=4, D=3")


# -- affine ------------------------------------------------------------------------------------------------
def mapped(x, W, b):
    return x @ W + b


def outer(x, W, b):
    return np.multiply.outer(x, W) + b


def flattened(x, W, b):
    return x.reshape(-1, len(W)) @ W + b if x.ndim != 2 else None


def as_batch_of_one(x, W, b):
    return (x @ W + b)[None] if x.ndim == 1 else None


AFFINE_SLIPS = {
    "the bias is missing": (" + b", ""),
    "the bias is subtracted": ("+ b", "- b"),
    "the bias is inside the product: multiply first, then add b": ("W + b", "(W + b)"),
    "b is added to x: it is added to the product": ("x @ W + b", "(x + b) @ W"),
    "the leading axes have become one: keep them all": flattened,
    "a plain vector comes back as a batch of one: (D,) gives (H,)": as_batch_of_one,
    "W is transposed: x @ W joins the last axis of x with the first of W": ("W +", "W.T +"),
    "`*` multiplies number by number: a matrix product is `@`": ("@", "*"),
    "every number of x meets every number of W: with axes=1 the last axis of x meets the first of W": outer,
    "there is a sigmoid: this map is only x @ W + b": ("x @ W + b", "sigmoid(x @ W + b)"),
    "there is a tanh: this map is only x @ W + b": ("x @ W + b", "np.tanh(x @ W + b)"),
    "there is a ReLU: this map is only x @ W + b": ("x @ W + b", "np.maximum(x @ W + b, 0)"),
}


@exercise(
    points=15,
    title="A linear map along the last axis",
    takes="x, W (D, H), b (H)",
    reference=mapped,
    slips=edits(mapped, AFFINE_SLIPS),
    crashes={
        "no attribute 'numpy'": "x, W and b may be arrays: np.asarray(x) takes a tensor and an array alike",
        "In[0]|ndims|must be a matrix|matrices|rank": "x has one to four axes, and tf.matmul wants at least two: "
        "tf.tensordot(x, W, axes=1) takes a plain vector too, as NumPy's `@` does",
        "": "x has one to four axes, the last one of length D: nothing may rely on how many there are; "
        "and a matrix product is `@`, an elementwise `*` needs equal shapes",
    },
    edges={
        "x (3,)": "a plain vector `(D,)` gives `(H,)`",
        "x (4,)": "a plain vector `(D,)` gives `(H,)`",
        "one to four axes": "with one to four axes",
        "tensors, arrays": "All three come as NumPy arrays, or all three as tensors",
        "square W": "try equal sizes too",
    },
)
def affine(t):
    x, W, b = np.array([1, 2], "f4"), np.array([[1, 0, 2], [0, 1, 1]], "f4"), np.array([0.5, 0, 0], "f4")
    t.shows(x, W, b, gives=[1.5, 2, 4])
    t.shows(tensor([[x]]), tensor(W), tensor(b), gives=[[[1.5, 2, 4]]], case="the same x as [[[1, 2]]], tensors")
    for number, (*leading, D, H) in enumerate(
        ((5, 2, 3), (4, 3), (2, 4, 5, 3), (3, 2, 4, 2, 5), (3, 3, 3, 3), (1, 1, 1))
    ):
        as_given = tensor if number % 2 == 0 else np.asarray
        shape = ", ".join(map(str, (*leading, D)))
        arrays = t.normal(*leading, D), t.normal(D, H), t.normal(H)
        t.tries(*map(as_given, arrays), case=f"x ({shape}), H={H}, {'tensors' if number % 2 == 0 else 'arrays'}")
    t.tries(tensor(t.normal(4)), tensor(t.normal(4, 3)), tensor(t.normal(3)), case="x (4,), H=3, tensors")
    t.tries(t.normal(3), t.normal(3, 3), t.normal(3), case="x (3,), H=3, arrays")


# -- pairwise_dots -----------------------------------------------------------------------------------------
def dots(A, B):
    return (A * B).sum(1)


DOT_SLIPS = {
    "all pairs come back (N, N): row n meets row n only": ("(A * B).sum(1)", "A @ B.T"),
    "all pairs are summed up: row n meets row n only": ("(A * B).sum(1)", "(A @ B.T).sum(1)"),
    "all pairs are summed up, over the rows of A: row n meets row n only": ("(A * B).sum(1)", "(A @ B.T).sum(0)"),
    "one number comes back: there is a dot product for each row": (".sum(1)", ".sum()"),
    "the sum runs down the columns: add along axis 1": (".sum(1)", ".sum(0)"),
    "the products are not added up: sum them along axis 1": (".sum(1)", ""),
    "this is the mean of the products: a dot product is their sum": (".sum(1)", ".mean(1)"),
    "this is the diagonal of A @ B, rows times columns: row n of B is meant": ("(A * B).sum(1)", "np.diag(A @ B)"),
    "this is the cosine: the dot product is not divided by the lengths": (
        ".sum(1)",
        ".sum(1) / np.linalg.norm(A, axis=1) / np.linalg.norm(B, axis=1)",
    ),
    "this is the squared distance of the rows: multiply them": ("(A * B)", "((A - B) ** 2)"),
    "the last product of each row is left out": ("(A * B)", "(A * B)[:, :-1]"),
    "the rows are added: multiply them": ("A * B", "A + B"),
}


@exercise(
    points=10,
    title="Row by row: N dot products",
    takes="A (N, D), B (N, D)",
    returns="(N)",
    reference=dots,
    slips=edits(dots, DOT_SLIPS),
    crashes="A and B have the same shape (N, D), and A @ B exists only where N = D: multiply elementwise, then add "
    "along an axis",
    edges={"one row": "N and D may be 1", "one column": "N and D may be 1", "as many rows as columns": "also N = D"},
)
def pairwise_dots(t):
    t.shows(np.array([[1, 2], [3, 4]], "f4"), np.array([[5, 6], [7, 8]], "f4"), gives=[17, 53])
    for N, D in t.sizes("N D"):
        t.tries(t.normal(N, D), t.normal(N, D))
    t.tries(t.normal(1, 4), t.normal(1, 4), case="N=1, D=4")
    t.tries(t.normal(5, 1), t.normal(5, 1), case="N=5, D=1")


# -- masked_sum --------------------------------------------------------------------------------------------
def real_sum(x, mask):
    real = np.where(mask[:, :, None] == 1, x, 0)
    return real.sum(1)


def batch_lost(x, mask):
    return x[mask.astype(bool)].sum(1)


def first_steps(x, mask):
    return np.array([row[: int(n)].sum(0) for row, n in zip(x, mask.sum(1), strict=True)])


TIMES_ZERO = "multiplying by 0 does not remove it: 0 · nan and 0 · inf are nan. Choose, with np.where"
NOT_FINITE = {
    TIMES_ZERO: ("np.where(mask[:, :, None] == 1, x, 0)", "x * mask[:, :, None]"),
    "the mask is the wrong way round: 1 is real": ("== 1", "== 0"),
    "the masked steps are in the sum: the mask is not used": ("mask[:, :, None] == 1", "True"),
    "only nan is left out: what is masked may be any number, so ask the mask": ("mask[:, :, None] == 1", "x == x"),
    "only nan and inf are left out: what is masked may be any number, so ask the mask": (
        "mask[:, :, None] == 1",
        "np.isfinite(x)",
    ),
    "this is the mean of the real steps: the sum is asked for": (".sum(1)", ".sum(1) / mask.sum(1)[:, None]"),
}
MASK_SLIPS = {
    "this is the mean of the real steps, 0 where there is none: the sum is asked for": (
        ".sum(1)",
        ".sum(1) / np.maximum(mask.sum(1), 1)[:, None]",
    ),
    "this is the mean over all T steps: the sum of the real ones is asked for": (".sum(1)", ".mean(1)"),
    "the sum runs over the batch: time is axis 1": (".sum(1)", ".sum(0)"),
    "the sum runs over the features: time is axis 1": (".sum(1)", ".sum(2)"),
    "everything is summed up, batch and features too: only time goes": (".sum(1)", ".sum()"),
    "the examples are mixed: one sum over the whole batch": (".sum(1)", ".sum((0, 1))"),
    "the masked steps are set to 0, but nothing is summed: add along time": (".sum(1)", ""),
}


def steps_by_number(x, mask):
    return np.array([row[m].sum(0) for row, m in zip(x, mask, strict=True)])


def with_nan(wrong):
    """The slip whose result may be nan or inf, which equals itself here."""

    def seen(got, x, mask):
        with np.errstate(all="ignore"):
            slipped = wrong(x, mask)
        return np.shape(got) == slipped.shape and np.allclose(got, slipped, rtol=1e-4, equal_nan=True)

    return sign(seen)


@exercise(
    points=15,
    title="A sum over the real steps",
    takes="x (B, T, D), mask (B, T)",
    returns="(B, D)",
    reference=real_sum,
    slips={words: with_nan(wrong) for words, wrong in edits(real_sum, NOT_FINITE).items()}
    | {
        "the first so many steps are summed: real steps may stand anywhere": with_nan(first_steps),
        "as an index, a mask of 0 and 1 picks step 0 and step 1: make it one of bools, mask == 1": with_nan(
            steps_by_number
        ),
    }
    | edits(real_sum, MASK_SLIPS)
    | {"x[mask] has no batch axis any more, so its axis 1 is the features: keep the batch": batch_lost},
    crashes="the mask (B, T) has one axis less than x (B, T, D): mask[:, :, None] is (B, T, 1) and meets every feature. "
    "It holds bools, or 0 and 1",
    alike=[["this is the mean of the real steps"]],
    otherwise={"a row without any real step has the sum 0: D zeros": lambda got, x, mask: not mask.any(1).all()},
    edges={
        "a row without any real step": "A row without a real step gives zeros",
        "1e30, inf, nan": "also huge, `inf` or `nan`",
        "bools and numbers": "of bools or of 0 and 1",
        "real steps behind masked ones": "Real steps may stand anywhere",
    },
)
def masked_sum(t):
    x = np.array([[[1, 10], [2, 20], [4, 40]]], "f4")
    t.shows(x, np.array([[1, 0, 1]]), gives=[[5, 50]], case="mask [[1, 0, 1]]")
    t.shows(np.array([[[1], [2], [NAN]]], "f4"), np.array([[True, True, False]]), gives=[[3]], case="a masked nan")
    for number, (B, T, D) in enumerate(t.sizes("B T D")):
        t.tries(*padded(t, B, T, D, [1e30, np.inf, NAN, -7.0][number % 4], number))
    x, mask = padded(t, 4, 3, 2, NAN, 1)
    mask[1] = 0
    x[1] = NAN
    t.tries(x, mask, case="B=4, T=3, D=2, a row without any real step")


def padded(t, B, T, D, with_what, number):
    """A batch, and a mask of bools or of 0 and 1: what is masked holds a strange number."""
    x, mask = t.normal(B, T, D), t.integers(2, B, T)
    mask[:, -1] = number % 2 if T > 1 else 1
    x[mask == 0] = with_what
    return x, mask if number % 2 else mask.astype(bool)


# -- OurDense ----------------------------------------------------------------------------------------------
def dense(x, W, b):
    return sigmoid(x @ W + b)


DENSE_SLIPS = {
    "the sigmoid is missing": ("sigmoid", ""),
    "`*` multiplies number by number: a matrix product is `@`": ("x @ W", "x * W"),
    "the bias is outside the sigmoid: sigmoid(x @ W + b)": ("W + b)", "W) + b"),
    "the bias is not used: sigmoid(x @ W + b)": (" + b", ""),
    "the bias is subtracted": ("+ b", "- b"),
    "this is a tanh: this layer has a sigmoid": ("sigmoid", "np.tanh"),
    "this is a ReLU: this layer has a sigmoid": ("sigmoid(", "np.maximum(0, "),
    "this is a softmax over the outputs: a sigmoid looks at each by itself": ("sigmoid", "softmax"),
    "there are two sigmoids": ("sigmoid(x @ W + b)", "sigmoid(sigmoid(x @ W + b))"),
    "the result is one minus the sigmoid": ("sigmoid(x @ W + b)", "1 - sigmoid(x @ W + b)"),
}
ONCE = "W and b are made once, in build, and there are no other weights"
DENSE_CRASHES = {
    "out of scope": "a tensor is kept in self from a traced call: keep only weights there",
    "add new elements of state": "make the weights in build, once, not in call",
    "tf.function only supports singleton|create variables on|creating variables": "make the weights in build, not in call",
    "super().__init__()": "super().__init__() comes first in __init__",
    "Cannot convert|invalid dimension": "input_shape is (B, D), the shape of x: D is input_shape[-1], a number",
    "no attribute 'n_outputs'|no attribute 'units'|name 'n_outputs'": "__init__ keeps the number for build: "
    "self.n_outputs = n_outputs",
    "has no attribute 'W'|has no attribute 'b'": "build makes the weights: self.W = self.add_weight(shape=...), and self.b",
    "ndims must be|must be at least rank": "a weight has a shape: self.add_weight(shape=(D, n_outputs)), and "
    "(n_outputs,) for b",
    "incompatible|must be equal|size-incompatible": "x is (B, D) and W is (D, n_outputs): D is input_shape[-1]",
}


def dense_shapes(D, n):
    return {"W": (D, n), "b": (n,)}


def dense_answer(wrong):
    """A layer in NumPy that computes what a wrong reference says; it is built at its first call."""

    class Layer(PlainLayer):
        names = ()

        def __init__(self, n):
            self.n = n

        def __call__(self, x):
            if not self.names:
                super().__init__(**dense_shapes(x.shape[-1], self.n))
                self.b.assign(np.zeros(self.n))
            return wrong(x, *self.values().values())

    return Layer


@exercise(
    points=20,
    title="A layer with weights",
    kind="class",
    takes="n_outputs",
    returns="(B, n_outputs)",
    reference=dense,
    slips=edits(dense, DENSE_SLIPS),
    as_answer=dense_answer,
    crashes=DENSE_CRASHES,
    deadline=40,
    edges={
        "another batch size": "for any B",
        "two weights and no others": "two trainable weights and no others",
        "the same weights at each call": "made once, at the first call",
        "b is zeros": "b starts at zero, W does not",
        "inside tf.function": "it works inside `tf.function` too",
        "the gradients of W and b": "a gradient reaches both weights",
    },
)
def OurDense(t):
    shapes_slip = "W is (D, n_outputs), with D = input_shape[-1], and b is (n_outputs,)"
    layers = LayerCheck(t, "layer", shapes_slip=shapes_slip, too_many=ONCE)
    with t.case("the worked example", visible=True):
        layer, x, W, b = t.construct(1), np.array([[2, 1]], "f4"), np.array([[1], [-1]], "f4"), np.array([0.5], "f4")
        layers.as_made(layer, dense_shapes(2, 1), x, zeros=("b",))
        layers.assign(layer, {"W": W, "b": b})
        t.matches(layer(tensor(x)), x, W, b, gives=[[0.817574]])
    for B, D, n in t.sizes("B D n_outputs"):
        layer, x, W, b = t.construct(n), t.normal(B, D), t.normal(D, n, scale=0.8), t.normal(n)
        layers.as_made(layer, dense_shapes(D, n), x, zeros=("b",))
        layers.gradients_reach_all(layer.gradients(tensor(x)))
        layers.computes(layer, {"W": W, "b": b}, {"x": x}, (t.normal(B + 2, D),))
        found = layer.gradients(tensor(x))
        layers.gradients(layer, found, {"W": W, "b": b}, lambda W, b, x=x: np.sum(dense(x, W, b) ** 2), of="Σ y²")


# -- gradient ----------------------------------------------------------------------------------------------
def slopes(f, x):
    """The functions that are handed over know their own slopes, by hand."""
    return f.slope(x)


def scaled_down(f, x, longest):
    g = f.slope(x)
    return g * np.minimum(1, longest / np.linalg.norm(g)) if np.linalg.norm(g) else g


def roughly(got, f, x):
    return 0 < np.abs(got - f.slope(x)).max() < 0.1 * (1 + np.abs(f.slope(x)).max())


GRADIENT_SLIPS = {
    "the value f(x) comes back: its slope is asked for": ("f.slope(x)", "f(x)"),
    "the slopes are 0 everywhere: a tape watches a variable by itself, and a tensor only after tape.watch(x)": (
        "f.slope(x)",
        "0 * f.slope(x)",
    ),
    "the sign is wrong: the gradient points uphill": ("f.", "-f."),
    "the slopes are added up: each entry of x has its own": ("(x)", "(x).sum()"),
    "the slopes are averaged: each entry of x has its own": ("(x)", "(x).mean()"),
    "only the signs of the slopes come back": ("f.slope(x)", "np.sign(f.slope(x))"),
    "this is f(x) times the slope, as of the square of f: differentiate f itself": ("f.slope(x)", "f(x) * f.slope(x)"),
    "this is twice f(x) times the slope, as of the square of f: differentiate f itself": (
        "f.slope(x)",
        "2 * f(x) * f.slope(x)",
    ),
    "the slopes are squared": ("f.slope(x)", "f.slope(x) ** 2"),
    "the gradient is brought to length 1: leave it as long as it is": lambda f, x: scaled_down(f, x, 1),
    "the gradient is clipped to length 5: leave it as long as it is": lambda f, x: scaled_down(f, x, 5),
    "each slope is clipped to ±1: leave it as it is": ("f.slope(x)", "np.clip(f.slope(x), -1, 1)"),
}
NO_SLOPE = (
    "the tape says None of what it does not watch (a plain tensor, such as x - rate * slope is: tape.watch(x)), and where "
    "f does not depend on x: there the slopes are zeros"
)
FLAT = "the tape says None where f does not depend on x: the slopes there are zeros, of the shape of x"
UNTAPED = (
    "None comes back: is a `return` missing? If not, no slope was recorded: f(x) is computed inside "
    "`with tf.GradientTape() as tape:`, "
    "on a tensor that the tape watches"
)


@exercise(
    points=15,
    title="Slopes from the tape",
    takes="f, x",
    reference=slopes,
    slips=edits(slopes, GRADIENT_SLIPS),
    crashes={
        "NoneType": NO_SLOPE,
        "ndarray|_id": "the tape watches tensors: x = tf.constant(x) first",
        "": "f takes one tensor of the shape of x: f(tf.constant(x))",
    },
    otherwise={
        FLAT: lambda got, f, x: not f.slope(x).any(),
        UNTAPED: lambda got, f, x: got is None,
        "one number comes back, as if all of x moved at once: each entry of x has a slope of its own": lambda got, f, x: (
            x.size > 1 and np.size(got) == 1 and np.size(f.slope(x)) > 1
        ),
        "these are differences, and only nearly right: the tape gives the slopes exactly": roughly,
    },
    atol=1e-4,
    rtol=1e-4,
    edges={
        "f does not depend on x": "Where f does not depend on x: **zeros**",
        "one to three axes": "an array of one to three axes",
        "steep slopes": "Leave the gradient as long as it is",
    },
)
def gradient(t):
    x = np.array([1, -2], "f4")
    t.shows(t.make("landscape", kind="bowl", a=np.ones(2), c=np.zeros(2)), x, gives=[2, -4], case="f = Σ x²")
    t.shows(t.make("landscape", kind="constant", a=np.array(3.0), c=np.zeros(2)), x, gives=[0, 0], case="f = 3")
    shapes = ((5,), (3, 4), (2, 3, 4), (3, 3), (1,))
    for shape, kind in zip(shapes, ("bowl", "waves", "bowl", "valley", "waves"), strict=True):
        with t.case(f"x {shape}"):
            t.tries(drawn(t, kind, shape), t.normal(*shape, scale=3))
    t.tries(drawn(t, "constant", (2, 3)), t.normal(2, 3), case="x (2, 3), f does not depend on x")


def drawn(t, kind, shape):
    """A landscape in which every direction matters, and no two alike."""
    return t.make("landscape", kind=kind, a=t.rng.uniform(0.4, 1.2, shape), c=t.normal(*shape))


# -- descend -----------------------------------------------------------------------------------------------
def walk(f, x0, rate, steps):
    x, history = x0, [f(x0)]
    for _ in range(steps):
        x = x - rate * f.slope(x)
        history.append(f(x))
    return x, history


BEFORE = ("[f(x0)]", "[]", "x = x -", "history.append(f(x)); x = x -", "\n        history.append(f(x))\n", "\n")
DESCEND_SLIPS = {
    "this climbs: go against the slope, x - rate · slope": ("x - rate", "x + rate"),
    "the last loss is missing: the last of the steps + 1 losses is at the x that comes back": BEFORE,
    "the first loss is missing: f(x0), before any step": ("[f(x0)]", "[]"),
    "the rate is not used": ("rate * ", ""),
    "the slope is always the one at x0: take it where you stand": ("slope(x)", "slope(x0)"),
    "every step starts from x0: go on from where you stand": ("= x - rate", "= x0 - rate"),
    "there is one step too many": ("range(steps)", "range(steps + 1)"),
    "there is one step too few": ("range(steps)", "range(steps - 1)"),
    "each loss is the one before the step, so f(x0) is there twice": (
        "x = x -",
        "history.append(f(x)); x = x -",
        "\n        history.append(f(x))\n",
        "\n",
    ),
    "the x that comes back is one step farther than the last loss: history has f of that x as well": (
        "range(steps)",
        "range(steps + 1)",
        *BEFORE,
    ),
    "all the points come back in the place of the last one": (
        "x, history = x0, [f(x0)]",
        "x, path, history = x0, [x0], [f(x0)]",
        "history.append(f(x))",
        "history.append(f(x)); path.append(x)",
        "return x,",
        "return np.array(path),",
    ),
    "a step keeps some of the step before (momentum): here each is rate times slope": (
        "x, history = x0, [f(x0)]",
        "x, v, history = x0, 0 * x0, [f(x0)]",
        "x = x - rate * f.slope(x)",
        "v = 0.9 * v - rate * f.slope(x); x = x + v",
    ),
    "the rate is a fixed 0.1: take the argument": ("rate *", "0.1 *"),
    "the rate is a fixed 0.01: take the argument": ("rate *", "0.01 *"),
    "only the last loss comes back: all steps + 1 are asked for": ("x, history\n", "x, history[-1]\n"),
    "x0 comes back instead of the last point": ("return x,", "return x0,"),
    "it stops where the loss no longer moves: walk all the steps": (
        "history.append(f(x))\n",
        "history.append(f(x))\n        if abs(history[-1] - history[-2]) < 1e-6: break\n",
    ),
    "the rate shrinks from step to step: keep it": ("_ in", "k in", "rate *", "rate / (k + 1) *"),
    "the slope is scaled to length 1: the rate alone decides": (
        "f.slope(x)",
        "f.slope(x) / max(np.linalg.norm(f.slope(x)), 1e-9)",
    ),
}


@exercise(
    points=15,
    title="Down the slope",
    takes="f, x0 (n), rate, steps",
    returns="x (n), history (steps + 1)",
    reference=walk,
    slips=edits(walk, DESCEND_SLIPS),
    crashes={
        "NoneType": NO_SLOPE,
        "index": "steps may be 0: then x0 and one loss come back",
        "": "f takes one tensor of the shape of x0, and x goes on as a tensor or array of that shape",
    },
    otherwise={
        "history has steps + 1 losses: f(x0) before any step, then one after each": lambda got, f, x0, rate, steps: (
            len(got[1]) != steps + 1
        ),
        "history holds points: it holds the values of f, one number each": lambda got, f, x0, rate, steps: any(
            np.ndim(value) for value in got[1]
        ),
    },
    atol=1e-4,
    rtol=1e-4,
    edges={
        "f does not depend on x": "If f does not depend on x, x stays where it is",
        "30 steps": "all steps are walked, also where nothing moves",
        "no step": "`steps` may be 0",
        "another rate": "The rate stays the same",
    },
)
def descend(t):
    far = t.make("landscape", kind="bowl", a=np.ones(1), c=np.full(1, 4.0))
    t.shows(far, np.zeros(1, "f4"), 0.25, 2, gives=([3], [16, 4, 1]))
    t.shows(far, np.zeros(1, "f4"), 0.25, 0, gives=([0], [16]), case="the same, 0 steps")
    for kind, n, rate, steps in (
        ("bowl", 4, 0.2, 5),
        ("waves", 3, 0.3, 7),
        ("valley", 2, 0.1, 3),
        ("bowl", 3, 0.35, 3),
    ):
        with t.case(f"n={n}, {steps} steps"):
            t.tries(drawn(t, kind, (n,)), t.normal(n, scale=2), rate, steps)
    t.tries(drawn(t, "constant", (3,)), t.normal(3), 0.5, 4, case="n=3, 4 steps, f does not depend on x")
    t.tries(drawn(t, "bowl", (2,)), t.normal(2), 0.4, 30, case="n=2, 30 steps")
