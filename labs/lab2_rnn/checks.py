"""Lab 2, RNNs from scratch: one function an exercise, which judges an answer.

The references are NumPy and live only here, with the tester. A slip is a wrong reference, told in words: mostly an edit
of the right one. Contracts: what an answer gets, what it must return, and the worked examples, stand in the notebook.
"""

from functools import partial

import numpy as np

from seqlab.checks import Kept, cross_entropy, exercise, tensor
from seqlab.checks.mutants import layer_answers
from seqlab.checks.networks import LayerCheck
from seqlab.checks.slips import also, edits, loss_slips, time_major
from seqlab.checks.steps import served_step
from seqlab.checks.tables import check_table


# -- rnn_step ----------------------------------------------------------------------------------------------
def step(x, h, W_xh, W_hh, b):
    return np.tanh(x @ W_xh + h @ W_hh + b)


TWO_TANHS = "there are two tanhs: take one tanh of the whole sum"
PART = "the tanh squashes the input's part alone: take one tanh of the whole sum"
TURNED = "a transpose that does not belong: here both matrices multiply from the right"
NO_LOOP = "the step is taken once for each feature: axis 1 of x is D, not time, so there is no loop in one step"
STEP_SLIPS = {
    "your step ignores h: without h @ W_hh there is no memory": (" + h @ W_hh", ""),
    "your step ignores x: h @ W_hh alone never hears the input": ("x @ W_xh + ", ""),
    "the bias is missing": (" + b", ""),
    "the bias is outside the tanh": (" + b)", ") + b"),
    "the tanh is missing": ("np.tanh", ""),
    TWO_TANHS: ("W_xh + h", "W_xh) + np.tanh(h"),
    f"{TWO_TANHS}, the bias inside": ("W_xh + h", "W_xh) + np.tanh(h", " + b)", ") + b"),
    PART: ("W_xh + h", "W_xh) + h", " + b)", " + b"),
    "the tanh squashes the input's part and the bias: take one tanh of the whole sum": (
        "x @ W_xh + h @ W_hh + b)",
        "x @ W_xh + b) + h @ W_hh",
    ),
    "the tanh squashes the state's part alone: take one tanh of the whole sum": (
        "np.tanh(x @ W_xh + h",
        "x @ W_xh + np.tanh(h",
        " + b)",
        ") + b",
    ),
    "the tanh squashes the state's part and the bias: take one tanh of the whole sum": (
        "np.tanh(x @ W_xh + h",
        "x @ W_xh + np.tanh(h",
    ),
    "a tanh for each term: take one tanh of the whole sum": ("h + h", "h) + np.tanh(h", "+ b", ") + np.tanh(b"),
    "this is a sigmoid: the state of this lab is squashed by tanh": ("np.tanh", "sigmoid"),
    "this is a ReLU: the state of this lab is squashed by tanh": ("np.tanh(", "np.maximum(0, "),
    "`*` multiplies elementwise: a matrix product is `@`": ("x @", "x *", "h @", "h *"),
    "W_hh multiplies from the other side: h @ W_hh, not h @ W_hh.T": ("@ W_hh", "@ W_hh.T"),
    TURNED: ("@ W_xh", "@ W_xh.T", "@ W_hh", "@ W_hh.T"),
    "a `+` has become a `*`: the two products are added": ("x @ W_xh + h @ W_hh", "(x @ W_xh) * (h @ W_hh)"),
    "the bias is subtracted": ("+ b", "- b"),
    NO_LOOP: ("return", "for _ in range(x.shape[1]): h =", "+ b)", "+ b)\n    return h"),
    f"{NO_LOOP}. All of them go in together, x @ W_xh": (
        "return",
        "for d in range(x.shape[1]): h =",
        "x @ W_xh",
        "x[:, d : d + 1] @ W_xh[d : d + 1]",
        "+ b)",
        "+ b)\n    return h",
    ),
    "the loop walks over the batch: one step takes all its rows together, x @ W_xh": (
        "return np.tanh(x @",
        "hs = []\n    for row in x:\n        hs.append(h := np.tanh(row @",
        "+ b)",
        "+ b))\n    return np.stack(hs)",
    ),
}
DO_NOT_FIT = (
    "`@` got matrices that do not fit: x @ W_xh and h @ W_hh, in this order and without a transpose. "
    "x (B, D) goes in whole: its axis 1 holds features, there is no time in one step"
)


@exercise(
    points=15,
    title="One step of the recurrence",
    takes="x (B, D), h (B, H), W_xh (D, H), W_hh (H, H), b (H)",
    returns="(B, H)",
    reference=step,
    slips=edits(step, STEP_SLIPS),
    crashes={
        "broadcast": "a matrix product is `@`: an elementwise `*` or a `+` needs shapes that are alike. "
        "Both matrices multiply from the right, x @ W_xh and h @ W_hh, and b is added as it is",
        "matmul|Matrix size-incompatible": DO_NOT_FIT,
    },
    edges={"one, square, and others": "any sizes, also `D = H` and 1"},
)
def rnn_step(t):
    one = np.ones((1, 1), "float32")
    t.shows(0.5 * one, -0.2 * one, one, 2 * one, np.array([0.1], "float32"), gives=[[0.197375]])
    for B, D, H in t.sizes("B D H"):
        t.tries(t.normal(B, D), t.normal(B, H), t.normal(D, H), t.normal(H, H), t.normal(H))


# -- MyRNNCell ---------------------------------------------------------------------------------------------
def cell_step(x, h, W_xh, W_hh, W_hy):
    """The lecture's cell, its matrices in the slide's shapes."""
    h_new = np.tanh(h @ W_hh.T + x @ W_xh.T)
    y = h_new @ W_hy.T
    return y, h_new


def kept(calls):
    """What the last of the calls (x, h, W_xh, W_hh, W_hy) gives, if the cell keeps its state, from zeros on."""
    state = 0 * calls[0][1]
    for x, _, W_xh, W_hh, W_hy in calls:
        y, state = cell_step(x, state, W_xh, W_hh, W_hy)
    return y, state


STARS = "`*` multiplies elementwise, so the state has become a matrix: a matrix product is `@`"
COLUMNS = "columns come back: an example is a row of the batch, so y is (B, O) and h_new (B, U)"
CELL_SLIPS = {
    "the output is read from the old state h, not from the new one": ("y = h_new", "y = h"),
    "the output is squashed too: y = h_new @ W_hyᵀ is linear": ("h_new @ W_hy.T", "np.tanh(h_new @ W_hy.T)"),
    "the output is softmaxed: y = h_new @ W_hyᵀ is linear": ("h_new @ W_hy.T", "softmax(h_new @ W_hy.T)"),
    "the state is not squashed: h_new = tanh(…)": ("np.tanh", ""),
    "h is ignored: the new state needs h @ W_hhᵀ": ("h @ W_hh.T + ", ""),
    "W_hh needs a transpose: h @ W_hhᵀ": ("W_hh.T", "W_hh"),
    "the state that comes back is the old one": ("y, h_new", "y, h"),
    "this is a sigmoid: the state of this lab is squashed by tanh": ("np.tanh", "sigmoid"),
    COLUMNS: ("return y, h_new", "return y.T, h_new.T"),
    STARS: ("h @ W_hh.T", "W_hh * h", "x @ W_xh.T", "W_xh * x", "h_new @ W_hy.T", "W_hy * h_new"),
}
KEPT = "the state is kept in self.h and the argument h is ignored: read h, return h_new, keep nothing in the layer"
OLD_STATE = f"{KEPT}. And the output is read from the old state, not from the new one"
SLIDE = f"this is the slide's cell. `*` multiplies elementwise: a matrix product is `@`; and {KEPT}"
CALL = "cell_step(x, state, W_xh, W_hh, W_hy)"
KEPT_SLIPS = {
    KEPT: (),
    f"{KEPT} from one call to the next": ("0 * calls", "calls"),
    OLD_STATE: (f"y, state = {CALL}", f"y, state = state @ W_hy.T, {CALL}[1]"),
    f"{KEPT}. And a state is a row of a batch, (B, U), not a column": ("return y, state", "return y, state.T"),
    SLIDE: ("[1]", "[1].T", f"y, state = {CALL}", "y = W_hy * (state := np.tanh(W_hh * state + W_xh * x))"),
}
SHAPES = "the slide's shapes are W_xh (rnn_units, input_dim), W_hh (rnn_units, rnn_units), W_hy (output_dim, rnn_units)"
ONCE = "W_xh, W_hh and W_hy are made once, not in every call, and there are no biases"


def cell_shapes(U, D, O):
    return {"W_xh": (U, D), "W_hh": (U, U), "W_hy": (O, U)}


@exercise(
    points=20,
    title="The lecture's cell as a Keras layer",
    kind="class",
    takes="rnn_units, input_dim, output_dim",
    returns="y (B, O), h_new (B, U)",
    reference=cell_step,
    slips=edits(cell_step, CELL_SLIPS) | {words: Kept(wrong) for words, wrong in edits(kept, KEPT_SLIPS).items()},
    as_answer=layer_answers(cell_shapes),
    crashes={
        "out of scope": "nothing stays in the layer: take h from the argument and return h_new, without self.h",
        "add new elements of state": "make the weights once, in __init__ or build, not in every call",
        "super().__init__()": "super().__init__() comes first in __init__",
        "ndims must be": "a weight is a matrix: say which, self.add_weight(shape=(rnn_units, input_dim))",
        "attribute 'T'": "a transposed weight is tf.transpose(self.W_hh)",
        "Matrix size-incompatible": "rows multiply from the left here, so each matrix needs a transpose: "
        "x @ W_xhᵀ, h @ W_hhᵀ, h_new @ W_hyᵀ",
    },
    edges={
        "trainable, and three of them": "three trainable weights",
        "weights that start as zeros": "none of them all zeros",
        "another batch size": "any batch size",
        "a second call": "the same `(x, h)` twice gives the same result",
        "inside tf.function": "inside `tf.function`",
        "a gradient for each weight": "a gradient reaches each weight",
    },
    deadline=40,
)
def MyRNNCell(t):
    cells = LayerCheck(t, "cell", shapes_slip=SHAPES, too_many=ONCE)
    with t.case("the worked example", visible=True):
        x, h = np.array([[0.5]], "float32"), np.array([[0.1, 0.2]], "float32")
        W = {"W_xh": np.array([[1], [0]]), "W_hh": np.array([[0, 1], [0, 0]]), "W_hy": np.array([[1, 2]])}
        cell = t.construct(2, 1, 1)
        cell(tensor(x), tensor(h))
        first = cells.weights(cell, cell_shapes(2, 1, 1))
        cells.assign(cell, W)
        got, right = cell(tensor(x), tensor(h)), ([[0.604368]], [[0.604368, 0]])
        t.matches(got, x, h, *W.values(), gives=right, calls=[(x, h, *first.values())])
    for U, D, O, B in t.sizes("rnn_units input_dim output_dim batch"):
        cell = t.construct(U, D, O)
        shapes = cell_shapes(U, D, O)
        x, h, more_x, more_h = t.normal(B, D), t.normal(B, U, scale=0.7), t.normal(B + 2, D), t.normal(B + 2, U)
        steps, zeros, where = t.normal(B, 2, D), np.zeros((B, U)), " in two steps from h = 0"
        given = [tensor(steps[:, s]) for s in range(2)], tensor(zeros)
        cells.as_made(cell, shapes, x, h)
        cells.gradients_reach_all(cell.rnn_gradients(*given), where)
        W = {name: t.normal(*shape, scale=0.6) for name, shape in shapes.items()}
        cells.computes(cell, W, {"x": x, "h": h}, (more_x, more_h))
        found = cell.rnn_gradients(*given)

        def loss(xs=steps, h=zeros, **W):
            return np.sum(along_time(partial(cell_step, **W), xs, h)[0] ** 2)

        cells.gradients(cell, found, W, loss, of="Σ y²", where=where)
        cells.is_tracked(cell, 3)


# -- unroll ------------------------------------------------------------------------------------------------
def along_time(cell, xs, h0):
    ys, h = [], h0
    for s in range(xs.shape[1]):
        y, h = cell(xs[:, s], h)
        ys.append(y)
    return np.stack(ys, 1), h


OVER_BATCH = "the loop walks over the batch: time is axis 1, so step s reads xs[:, s]"
ALL_STATES = "all states come back instead of the last one"
TIMES, LEFTWARDS = "s in range(xs.shape[1])", "s in range(xs.shape[1])[::-1]"
UNROLL_SLIPS = {
    OVER_BATCH: (TIMES, "x in xs", "xs[:, s]", "x"),
    f"{OVER_BATCH}, for s in range(xs.shape[1])": (TIMES, "x in xs", "xs[:, s]", "x", "(ys, 1)", "(ys)"),
    "there are as many steps as rows in the batch: T is xs.shape[1]": ("xs.shape[1]", "min(xs.shape[:2])"),
    "cell(x, h) gives (y, h_new): unpack them in this order": ("y, h =", "h, y ="),
    "every step starts from h0: hand the new state on to the next step": ("s], h)", "s], h0)"),
    "the steps run from right to left": (TIMES, LEFTWARDS),
    "the steps run from right to left, and the outputs are turned back": (TIMES, LEFTWARDS, "(ys", "(ys[::-1]"),
    "the outputs are in the reverse order": ("(ys", "(ys[::-1]"),
    "only the last output is there: append y inside the loop": ("(ys, 1)", "(ys[-1:], 1)"),
    "only the last output is there: collect the outputs of every step": ("np.stack(ys, 1)", "y"),
    "the state of the first step is thrown away": ("ys.append(y)", "ys.append(y); h = h if s else h0"),
    "h0 comes back instead of the last state": ("1), h", "1), h0"),
    "the walk starts from zeros: start from h0": ("[], h0", "[], 0 * h0"),
    "the outputs are time-major (T, B, O): put the batch first": ("(ys, 1)", "(ys)"),
    "all states come back instead of the outputs": ("append(y)", "append(h)"),
    "the first step is left out: range(T) begins at 0": ("range(xs", "range(1, xs"),
    "xs[:, t:t+1] keeps an axis of length 1: step t reads xs[:, t]": ("xs[:, s]", "xs[:, s : s + 1]"),
    ALL_STATES: ("append(y)", "append((y, h))", "np.stack(ys, 1), h", "tuple(np.stack(part, 1) for part in zip(*ys))"),
}


@exercise(
    points=15,
    title="Unroll the cell through time",
    takes="cell, xs (B, T, D), h0 (B, H)",
    returns="ys (B, T, O), h_T (B, H)",
    reference=along_time,
    slips=edits(along_time, UNROLL_SLIPS),
    crashes="time is axis 1: step s reads xs[:, s] (`for x in xs` walks over the batch), and cell(x, h) gives (y, h_new)",
    edges={"long": "however large T is", "a first state that is not zero": "starts from `h0`, whatever it is"},
    deadline=40,
)
def unroll(t):
    half = t.make("recurrent_cell", A=[[0.5]], B=[[1.0]], C=[[2.0]], squash=False)
    xs = np.array([[[1], [2], [3]]], "float32")
    t.shows(half, tensor(xs), tensor(np.zeros((1, 1))), gives=([[[2], [5], [8.5]]], [[4.25]]))

    def drawn(B, T, D, H, O):
        cell = t.make("recurrent_cell", A=t.normal(H, H, scale=0.6), B=t.normal(D, H), C=t.normal(H, O), squash=True)
        return cell, tensor(t.normal(B, T, D)), tensor(t.normal(B, H))

    for sizes in t.sizes("B T D H O"):
        t.tries(*drawn(*sizes))
    t.tries(*drawn(2, 25, 3, 4, 2), case="B=2, T=25, D=3, H=4, O=2")


# -- total_loss --------------------------------------------------------------------------------------------
def summed_over_time(y, logits):
    """The losses (B, T), their mean over the batch, and the sum of these over time."""
    return cross_entropy(y, logits).mean(0).sum()


UNSAID = "the logits are taken for probabilities: say from_logits=True"
REDUCED = ".mean(0).sum()"
UNSAID_AVERAGED = f"{UNSAID}; and time is averaged: L is the sum of the L_t over time"
TOTAL_LOSS_SLIPS = {
    "the batch is summed too: take its mean, so that the loss does not grow with B": (REDUCED, ".sum()"),
    "time is averaged: L is the sum of the L_t over time": (REDUCED, ".mean()"),
    "only the last step is counted: L is the sum over all steps": (REDUCED, "[:, -1].mean()"),
    "batch and time are mixed up: sum over time (axis 1), mean over the batch (axis 0)": (REDUCED, ".sum(0).mean()"),
    "the mean over the batch is missing": (REDUCED, ".sum(1)"),
    "the sum over time is missing": (".sum()", ""),
    "the losses of all positions come back: sum over time, mean over the batch": (REDUCED, ""),
    f"{UNSAID}, or use tf.nn": ("logits).", "as_keras_probabilities(logits))."),
    UNSAID_AVERAGED: (f"logits){REDUCED}", "as_keras_probabilities(logits)).mean()"),
    "the logits are softmaxed twice: hand over the raw logits": ("logits).", "softmax(logits))."),
}


@exercise(
    points=10,
    title="The loss over time",
    takes="y (B, T), logits (B, T, V)",
    returns="()",
    reference=summed_over_time,
    slips=edits(summed_over_time, TOTAL_LOSS_SLIPS) | loss_slips(lambda nats: nats.mean(0).sum()),
    crashes={
        "rank": "the arguments are swapped: labels come first, then logits",
        "broadcastable": "tf.nn.softmax_cross_entropy_with_logits wants a vector for each label, tf.one_hot(y, V): the "
        "function for ids begins with sparse_",
    },
    edges={"large logits": "logits of ±1000"},
    rtol=1e-4,
)
def total_loss(t):
    # the first case tells slips apart that zeros do not
    logits = np.array([[[1, 0], [0, 2], [3, 0]], [[0, 0], [2, 0], [0, 1]]])
    t.shows(np.array([[0, 1, 1], [1, 1, 0]]), tensor(logits), case="B=2, T=3, V=2")
    t.shows(t.integers(4, 2, 3), tensor(np.zeros((2, 3, 4))), case="zeros (2, 3, 4): 3 ln 4")
    t.shows(np.array([[0]]), tensor([[[0, 1000]]]), case="logits [0, 1000]: 1000")
    for B, T, V in t.sizes("B T V"):
        t.tries(t.integers(V, B, T), tensor(t.normal(B, T, V, scale=2)))
    t.tries(t.integers(6, 4, 4), tensor(t.normal(4, 4, 6, scale=2)), case="B=T=4, V=6")
    t.tries(t.integers(5, 3, 4), tensor(t.normal(3, 4, 5, scale=1000)), case="B=3, T=4, V=5, large logits")


# -- one_to_many -------------------------------------------------------------------------------------------
def feed_back(step, x0, h0, T):
    x, h, ys = x0, h0, []
    for _ in range(T):
        x, h = step(x, h)
        ys.append(x)
    return np.stack(ys, 1)


TIME_MAJOR = "the outputs are time-major (T, B, D): put the batch first, np.stack(ys, axis=1)"
ARGMAX = "np.eye(x.shape[-1])[x.argmax(-1)] if ys else x"
FEED_SLIPS = {
    "zeros go in after the first step: feed each output back as the next input": ("(x, h)", "(0 * x if ys else x, h)"),
    "x0 goes in at every step: feed each output back as the next input": ("(x, h)", "(x0, h)"),
    "the new state goes in as the next input: feed the output back": ("(x, h)", "(h if ys else x, h)"),
    "the state is not carried: every step starts from h0": ("(x, h)", "(x, h0)"),
    "x0 is among the outputs, one too many: it is only the first input": ("[]", "[x0]"),
    "x0 is among the outputs and the last output is missing": ("[]", "[x0]", "(ys, 1)", "(ys[:-1], 1)"),
    "neither the output nor the state is handed on: each step takes those of the step before": ("(x, h)", "(x0, h0)"),
    "the first output is missing": ("(ys, 1)", "(ys, 1)[:, 1:]"),
    "step(x, h) gives (y, h_new): unpack them in this order": ("x, h = step", "h, x = step"),
    "the argmax goes in, as where letters are written: feed the output itself back": ("(x, h)", f"({ARGMAX}, h)"),
}
LAST = "only the last output comes back"
FEED = "step(x, h) gives (y, h_new): hand y on as the next x, and the new state with it"


@exercise(
    points=10,
    title="One to many: feed the output back",
    takes="step, x0 (B, D), h0 (B, H), T",
    returns="(B, T, D)",
    reference=feed_back,
    slips=edits(feed_back, FEED_SLIPS | {LAST: ("np.stack(ys, 1)", "x"), TIME_MAJOR: ("(ys, 1)", "(ys)")})
    | also(edits(feed_back, FEED_SLIPS), TIME_MAJOR, time_major),
    crashes=FEED,
    edges={"one step": "exactly T outputs"},
)
def one_to_many(t):
    add = served_step("add", 1, 1, lambda x, h: (x + h, h + 1), slip=FEED)
    t.shows(add, np.array([[1.0]]), np.array([[10.0]]), 3, gives=[[[11], [22], [34]]])
    for B, D, H, T in t.sizes("B D H T"):
        W = t.normal(H, D), t.normal(H, H, scale=0.6), t.normal(D, H)
        step = served_step("step", D, H, lambda x, h, W=W: cell_step(x, h, *W), slip=FEED)
        t.tries(step, t.normal(B, D), t.normal(B, H), T)


# -- to_simple_rnn -----------------------------------------------------------------------------------------
def copied(cell, rnn):
    """The layer with the cell's weights, which Keras multiplies from the right, and a bias of zeros."""
    old = rnn.get_weights()
    rnn.set_weights([cell.W_xh.T, cell.W_hh.T, 0 * old[2]])
    return rnn


NOT_SET = "nothing was set: get_weights() gives copies, hand them back with rnn.set_weights([...])"
OTHERS = "the layer's weights are other objects now: set the ones it has, with rnn.set_weights([...])"
TURN_A_COPY = "only the Keras layer is changed: transpose a copy, np.transpose(cell.W_hh)"
COPY_SLIPS = {
    NOT_SET: ("rnn.set_weights(", "list("),
    "the bias is left as it was: the cell has none, so set it to zeros": ("0 *", ""),
    "the bias is set to ones: the cell has none, so set it to zeros": ("0 *", "1 + 0 *"),
    "W_hh needs a transpose: Keras multiplies from the right": ("hh.T", "hh"),
    "W_hh needs a transpose, and the bias should be 0": ("hh.T", "hh", "0 *", ""),
    "W_xh needs a transpose: Keras multiplies from the right": ("xh.T", "xh"),
    "both matrices need a transpose: Keras multiplies from the right": ("xh.T", "xh", "hh.T", "hh"),
    "the recurrent matrix is left as it was": ("cell.W_hh.T", "old[1]"),
    "the input matrix is left as it was": ("cell.W_xh.T", "old[0]"),
    "only the bias is set: the matrices go from the cell into the layer": (
        "cell.W_xh.T, cell.W_hh.T",
        "old[0], old[1]",
    ),
    OTHERS: ("rnn.set_weights(", "rnn.get_weights = lambda: ("),
}


@exercise(
    points=10,
    title="The same network in Keras",
    takes="cell, rnn",
    reference=copied,
    slips=edits(copied, COPY_SLIPS),
    crashes={
        "'int' object|'float' object": "the bias has a number for each unit: np.zeros(len(W_hh))",
        "object is not callable|has no attribute": "a weight may be a variable of TensorFlow or of Keras: "
        "np.asarray(cell.W_xh) reads both",
        "scalar": "the bias has a number for each unit: np.zeros(len(W_hh))",
        "length": "three arrays are handed over: [kernel, recurrent_kernel, bias]",
        "shape": "the layer's weights are [kernel (D, H), recurrent_kernel (H, H), bias (H,)], in this order, as "
        "arrays: W_xh (H, D) is transposed, W_hh too, and the bias is zeros",
    },
    edges={
        "variables of TensorFlow and of Keras": "may be variables of TensorFlow or of Keras",
        "a bias that is not zero": "its bias may hold anything",
        "the cell afterwards": "`cell` stays as it is",
    },
)
def to_simple_rnn(t):
    with t.case("the worked example", visible=True):
        x, W_hh = np.array([[[0.5], [1]]], "float32"), np.array([[0, 1], [0, 0]], "f4")
        copy_case(t, x, np.array([[1], [0]], "f4"), W_hh, np.ones(2), t.normal(1, 2))
    of_keras = False
    for B, T, D, H in t.sizes("B T D H"):
        x, W_xh, W_hh = t.normal(B, T, D), t.normal(H, D), t.normal(H, H, scale=0.6)
        copy_case(t, x, W_xh, W_hh, 1 + t.rng.random(H), t.normal(D, H), of_keras := not of_keras)


def copy_case(t, x, W_xh, W_hh, bias, kernel, of_keras=False):
    """The cell's weights are variables of TensorFlow or of Keras: what works with both alone is right."""
    H, D = W_xh.shape
    cell = t.make("weights", W_xh=W_xh, W_hh=W_hh, of_keras=of_keras)
    recurrent = np.linalg.qr(t.normal(H, H))[0]  # orthogonal, as Keras draws it
    rnn = t.make("simple_rnn", units=H, input_dim=D, bias=bias, kernel=kernel, recurrent=recurrent)
    what = "after your function, the states of the Keras layer"
    t.tries(cell, rnn, then=lambda _, cell, rnn: rnn(tensor(x)), what=what, repeat=False)
    for name, value in (("W_xh", W_xh), ("W_hh", W_hh)):
        same = np.array_equal(np.asarray(cell.get(name)), value)
        t.require(same, f"your to_simple_rnn changes the cell's {name}", slip=TURN_A_COPY)

    def own(_, cell, rnn):
        return tuple(w.value for w in rnn.weights[:2])

    got, names = tuple(value for _, value in rnn.weights()[:2]), ("kernel", "recurrent_kernel")
    t.matches(got, cell, rnn, then=own, names=names, what="the layer's own weights")


# -- patterns ----------------------------------------------------------------------------------------------
PATTERNS = {
    "one-to-one": ["classification_of_one_image"],
    "one-to-many": ["image_captioning", "first_note_to_melody"],
    "many-to-one": ["sentence_sentiment", "multiple_choice_qa"],
    "many-to-many-aligned": ["label_every_video_frame", "next_note_at_every_step", "rain_tomorrow_every_day"],
    "many-to-many-buffered": ["translation", "video_captioning", "open_ended_qa"],
}
ASK = (
    "ask of each task: how many inputs, how many outputs, and does the first output wait until the whole input has "
    "been read?"
)
ALIGNED, BUFFERED = "many-to-many-aligned", "many-to-many-buffered"
AT_EVERY_STEP = "there is not one output at the end, but one for each input, as it comes"
AT_ONCE = "the first output does not wait for the end of the input: one comes with each input"
IN_WORDS = "what comes out is a sentence, word by word, not one label"
ONE_LABEL = "what comes out is one thing, however long the input is"
ONE_VECTOR = "an image that is given as one vector is one input, not a sequence"
ITSELF = "there is one input only; what comes out is a sequence"
WAITS = "the first word out waits until the whole input has been read, and there are not as many out as in"
MIXED_UP = {  # (what is right, what is there)
    (ALIGNED, "many-to-one"): AT_EVERY_STEP,
    (ALIGNED, BUFFERED): AT_ONCE,
    (BUFFERED, ALIGNED): WAITS,
    (BUFFERED, "many-to-one"): IN_WORDS,
    ("many-to-one", ALIGNED): ONE_LABEL,
    ("many-to-one", BUFFERED): ONE_LABEL,
    ("many-to-one", "one-to-one"): "the words of a text are a sequence: many inputs",
    ("one-to-one", "many-to-one"): ONE_VECTOR,
    ("one-to-many", "one-to-one"): "what comes out is a sequence, not one thing",
    ("one-to-many", ALIGNED): ITSELF,
    ("one-to-many", BUFFERED): ITSELF,
}


@exercise(points=10, title="Which pattern is it?", kind="dict")
def patterns(t):
    right = {task: pattern for pattern, tasks in PATTERNS.items() for task in tasks}
    shown = ("image_captioning", "translation")
    check_table(t, right, things="tasks", words="the five patterns", shown=shown, slip=ASK, mixed_up=MIXED_UP)


# -- count_params ------------------------------------------------------------------------------------------
def counts(U, D, O, T):
    return U * D + U * U + O * U, T * D * O


BIASES = "biases are counted: this lab's cell and its big window have none"
RNN, WINDOW = "U * D + U * U + O * U", "T * D * O"
COUNT_SLIPS = {
    "the RNN is counted once a step: its matrices are shared by all steps": (RNN, f"T * ({RNN})"),
    "W_hh (U × U) is not counted": (" + U * U", ""),
    "W_hh is a U × U matrix, not 2U numbers": ("U * U", "2 * U"),
    "W_hy (O × U) is not counted": (" + O * U", ""),
    "W_xh (U × D) is not counted": ("U * D + ", ""),
    "biases are counted: this lab's cell has none": ("O * U", "O * U + U + O"),
    "a bias is counted: this lab's cell has none": ("O * U", "O * U + U"),
    "this is an LSTM's count, four of each matrix: an RNN has one": ("U * D + U * U", "4 * (U * D + U * U)"),
    "a bias is counted: the big window of this lab has none": (WINDOW, f"{WINDOW} + O"),
    BIASES: (RNN, f"{RNN} + U + O", WINDOW, f"{WINDOW} + O"),
    "the big window reads T inputs at once: its matrix is (T·D, O)": (WINDOW, "D * O"),
    "the big window maps straight to the O outputs: T·D·O": (WINDOW, "T * D * U"),
    "the big window gives one output, not T of them: T·D·O": (WINDOW, "T * D * T * O"),
    "the big window has no hidden layer: T·D·O": (WINDOW, "T * D * U + U * O"),
}


@exercise(
    points=10,
    title="Count the parameters",
    takes="U, D, O, T",
    returns="rnn, big_window",
    reference=counts,
    slips=edits(counts, COUNT_SLIPS),
)
def count_params(t):
    # the first sizes tell every slip from the others, those of the worked example do not
    t.shows(6, 3, 2, 4, gives=(66, 24), case="U=6, D=3, O=2, T=4")
    t.shows(4, 3, 2, 10, gives=(36, 60))
    for U, D, O, T in t.sizes("U D O T", low=2, high=40):
        t.tries(U, D, O, T)
