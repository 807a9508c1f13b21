"""Lab 2, RNNs from scratch: one function an exercise, which judges an answer.

The references are NumPy and live only here, with the tester. A slip is a wrong reference, told in words. Contracts:
what an answer gets, what it must return, and the worked examples, stand in the notebook.
"""

from functools import partial

import numpy as np

from seqlab.checks import Failed, Fixed, Served, cross_entropy, exercise, shape_text, sigmoid, softmax, tensor
from seqlab.checks.mutants import layer_answers
from seqlab.checks.networks import LayerCheck
from seqlab.checks.slips import also, as_keras_probabilities, changed, edits, loss_slips, swap, time_major
from seqlab.checks.tables import check_table


# -- rnn_step ----------------------------------------------------------------------------------------------
def step(x, h, W_xh, W_hh, b=0.0):
    """h_t = tanh(x W_xh + h W_hh + b)"""
    return np.tanh(before_tanh(x, h, W_xh, W_hh, b))


def before_tanh(x, h, W_xh, W_hh, b):
    return x @ W_xh + h @ W_hh + b


TWO_TANHS = "there are two tanhs: take one tanh of the whole sum"
STEP_SLIPS = {
    "your step ignores h: without h @ W_hh there is no memory": lambda x, h, W, U, b: np.tanh(x @ W + b),
    "your step ignores x: h @ W_hh alone never hears the input": lambda x, h, W, U, b: np.tanh(h @ U + b),
    "the bias is missing": lambda x, h, W, U, b: step(x, h, W, U),
    "the bias is outside the tanh": lambda x, h, W, U, b: step(x, h, W, U) + b,
    "the tanh is missing": before_tanh,
    TWO_TANHS: lambda x, h, W, U, b: np.tanh(x @ W) + np.tanh(h @ U + b),
    f"{TWO_TANHS}, the bias inside": lambda x, h, W, U, b: np.tanh(x @ W) + np.tanh(h @ U) + b,
    "a tanh for each term: take one tanh of the whole sum": lambda x, h, W, U, b: (
        np.tanh(x @ W) + np.tanh(h @ U) + np.tanh(b)
    ),
    "this is a sigmoid: the state of this lab is squashed by tanh": lambda *args: sigmoid(before_tanh(*args)),
    "this is a ReLU: the state of this lab is squashed by tanh": lambda *args: np.maximum(before_tanh(*args), 0),
    "`*` multiplies elementwise: a matrix product is `@`": lambda x, h, W, U, b: np.tanh(x * W + h * U + b),
    "W_hh multiplies from the other side: h @ W_hh, not h @ W_hh.T": lambda x, h, W, U, b: step(x, h, W, U.T, b),
    "a transpose that does not belong: here both matrices multiply from the right": lambda x, h, W, U, b: step(
        x, h, W.T, U.T, b
    ),
    "a `+` has become a `*`: the two products are added": lambda x, h, W, U, b: np.tanh((x @ W) * (h @ U) + b),
    "the bias is subtracted": lambda x, h, W, U, b: step(x, h, W, U, -b),
}


@exercise(
    points=15,
    title="One step of the recurrence",
    takes="x (B, D), h (B, H), W_xh (D, H), W_hh (H, H), b (H)",
    returns="(B, H)",
    reference=step,
    slips=STEP_SLIPS,
    crashes="a matrix product is `@`: an elementwise `*` needs equal shapes. "
    "Both matrices multiply from the right, x @ W_xh and h @ W_hh",
)
def rnn_step(t):
    one = np.ones((1, 1), "float32")
    t.shows(0.5 * one, -0.2 * one, one, 2 * one, np.array([0.1], "float32"), gives=[[0.197375]])
    for B, D, H in t.sizes("B D H"):
        t.tries(t.normal(B, D), t.normal(B, H), t.normal(D, H), t.normal(H, H), t.normal(H))


# -- MyRNNCell ---------------------------------------------------------------------------------------------
def cell_step(x, h, W_xh, W_hh, W_hy, squash=np.tanh):
    """The lecture's cell, its matrices in the slide's shapes: h' = tanh(h W_hhᵀ + x W_xhᵀ), y = h' W_hyᵀ."""
    h = squash(h @ W_hh.T + x @ W_xh.T)
    return h @ W_hy.T, h


def elementwise_cell(x, h, W_xh, W_hh, W_hy):
    state = np.tanh(W_hh * h + W_xh * x)
    return W_hy * state, state


def read_from(state, x, h, W_xh, W_hh, W_hy):
    """The lecture's cell, its output read from another state."""
    return state @ W_hy.T, cell_step(x, h, W_xh, W_hh, W_hy)[1]


def on_output(change):
    """The lecture's cell, its output changed."""
    return changed(cell_step, lambda result: (change(result[0]), result[1]))


CELL_SLIPS = {
    "the output is read from the old state h, not from the new one": lambda *args: read_from(args[1], *args),
    "the output is squashed too: y = h_new @ W_hyᵀ is linear": on_output(np.tanh),
    "the output is softmaxed: y = h_new @ W_hyᵀ is linear": on_output(softmax),
    "the state is not squashed: h_new = tanh(…)": partial(cell_step, squash=np.asarray),
    "h is ignored: the new state needs h @ W_hhᵀ": lambda x, h, *weights: cell_step(x, 0 * h, *weights),
    "W_hh needs a transpose: h @ W_hhᵀ": lambda x, h, W, U, V: cell_step(x, h, W, U.T, V),
    "the state that comes back is the old one": lambda x, h, *weights: (cell_step(x, h, *weights)[0], h),
    "this is a sigmoid: the state of this lab is squashed by tanh": partial(cell_step, squash=sigmoid),
    "the two results are swapped: return (y, h_new) in this order": changed(cell_step, swap),
    "`*` multiplies elementwise, so the state has become a matrix: a matrix product is `@`": elementwise_cell,
}
SHAPES = "the slide's shapes are W_xh (rnn_units, input_dim), W_hh (rnn_units, rnn_units), W_hy (output_dim, rnn_units)"
ONCE = "W_xh, W_hh and W_hy are made once, not in every call, and there are no biases"
KEPT = "the state is kept in self.h and the argument h is ignored: read h, return h_new, keep nothing in the layer"


def kept_slips(*first):
    """The second call of a cell that keeps its own state, from zeros or from the first h; `first` are its old weights."""

    def old(x, h):
        return cell_step(x, h, *first)[1]

    def kept(x, h, *weights):
        return cell_step(x, old(x, 0 * h), *weights)

    def kept_and_read_from(x, h, *weights):
        return read_from(old(x, 0 * h), x, old(x, 0 * h), *weights)

    def slide(x, h, *weights):
        state = 0 * h.T
        for W, U, _ in (first, weights):
            state = np.tanh(U * state + W * x)
        return weights[2] * state, state

    return {
        KEPT: kept,
        f"{KEPT} from one call to the next": lambda x, h, *weights: cell_step(x, old(x, h), *weights),
        f"{KEPT}. And the output is read from the old state, not from the new one": kept_and_read_from,
        f"{KEPT}. And a state is a row of a batch, (B, U), not a column": changed(kept, lambda r: (r[0], r[1].T)),
        f"this is the slide's cell. `*` multiplies elementwise: a matrix product is `@`; and {KEPT}": slide,
    }


def cell_shapes(U, D, O):
    return {"W_xh": (U, D), "W_hh": (U, U), "W_hy": (O, U)}


@exercise(
    points=20,
    title="The lecture's cell as a Keras layer",
    kind="class",
    takes="rnn_units, input_dim, output_dim",
    returns="y (B, O), h_new (B, U)",
    reference=cell_step,
    slips=CELL_SLIPS,
    as_answer=layer_answers(cell_shapes),
    crashes={
        "out of scope": "nothing stays in the layer: take h from the argument and return h_new, without self.h",
        "add new elements of state": "make the weights once, in __init__ or build, not in every call",
        "super().__init__()": "super().__init__() comes first in __init__",
        "attribute 'T'": "a transposed weight is tf.transpose(self.W_hh)",
        "Matrix size-incompatible": "rows multiply from the left here, so each matrix needs a transpose: "
        "x @ W_xhᵀ, h @ W_hhᵀ, h_new @ W_hyᵀ",
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
        t.matches(got, x, h, *W.values(), gives=right, else_slips=kept_slips(*first.values()))
    for U, D, O, B in t.sizes("rnn_units input_dim output_dim batch"):
        cell = t.construct(U, D, O)
        shapes = cell_shapes(U, D, O)
        x, h, more_x, more_h = t.normal(B, D), t.normal(B, U, scale=0.7), t.normal(B + 2, D), t.normal(B + 2, U)
        steps, zeros, where = [t.normal(B, D), t.normal(B, D)], np.zeros((B, U)), " in two steps from h = 0"
        cells.as_made(cell, shapes, x, h)
        cells.gradients_reach_all(cell.rnn_gradients([tensor(x) for x in steps], tensor(zeros)), where)
        W = {name: t.normal(*shape, scale=0.6) for name, shape in shapes.items()}
        cells.computes(cell, W, {"x": x, "h": h}, (more_x, more_h))
        found = cell.rnn_gradients([tensor(x) for x in steps], tensor(zeros))
        cells.gradients(cell, found, W, partial(squares_of_outputs, steps, zeros), of="Σ y²", where=where)


def squares_of_outputs(xs, h, **W):
    """Σ y² over the steps."""
    total = 0.0
    for x in xs:
        y, h = cell_step(x, h, **W)
        total += np.sum(y**2)
    return total


# -- unroll ------------------------------------------------------------------------------------------------
def along_time(cell, xs, h0):
    ys, h = [], h0
    for s in range(xs.shape[1]):
        y, h = cell(xs[:, s], h)
        ys.append(y)
    return np.stack(ys, 1), h


OVER_BATCH = "the loop walks over the batch: time is axis 1, so step s reads xs[:, s]"
UNROLL_SLIPS = edits(
    along_time,
    {
        OVER_BATCH: ("s in range(xs.shape[1])", "x in xs", "xs[:, s]", "x"),
        f"{OVER_BATCH}, for s in range(xs.shape[1])": (
            "s in range(xs.shape[1])",
            "x in xs",
            "xs[:, s]",
            "x",
            ", 1), h",
            "), h",
        ),
        "there are as many steps as rows in the batch: T is xs.shape[1]": ("xs.shape[1]", "min(xs.shape[:2])"),
        "cell(x, h) gives (y, h_new): unpack them in this order": ("y, h =", "h, y ="),
        "every step starts from h0: hand the new state on to the next step": ("s], h)", "s], h0)"),
        "the steps run from right to left": ("(xs.shape[1])", "(xs.shape[1])[::-1]"),
        "the steps run from right to left, and the outputs are turned back": (
            "(xs.shape[1])",
            "(xs.shape[1])[::-1]",
            "np.stack(ys,",
            "np.stack(ys[::-1],",
        ),
        "the outputs are in the reverse order": ("np.stack(ys,", "np.stack(ys[::-1],"),
        "only the last output is there: append y inside the loop": ("(ys, 1)", "(ys[-1:], 1)"),
        "only the last output is there: collect the outputs of every step": ("np.stack(ys, 1)", "y"),
        "the state of the first step is thrown away": ("append(y)", "append(y); h = h if s else h0"),
        "h0 comes back instead of the last state": ("1), h", "1), h0"),
        "the walk starts from zeros: start from h0": ("[], h0", "[], 0 * h0"),
        "the outputs are time-major (T, B, O): put the batch first": (", 1), h", "), h"),
        "all states come back instead of the outputs": ("append(y)", "append(h)"),
        "all states come back instead of the last one": (
            "append(y)",
            "append((y, h))",
            "np.stack(ys, 1), h",
            "[np.stack(part, 1) for part in zip(*ys)]",
        ),
        "the two results are swapped: return (ys, h_T) in this order": ("np.stack(ys, 1), h", "h, np.stack(ys, 1)"),
    },
)


@exercise(
    points=15,
    title="Unroll the cell through time",
    takes="cell, xs (B, T, D), h0 (B, H)",
    returns="ys (B, T, O), h_T (B, H)",
    reference=along_time,
    slips=UNROLL_SLIPS,
    crashes="time is axis 1: step s reads xs[:, s] (`for x in xs` walks over the batch), and cell(x, h) gives (y, h_new)",
    deadline=40,
)
def unroll(t):
    half = t.make("recurrent_cell", A=[[0.5]], B=[[1.0]], C=[[2.0]], squash=False)
    xs = np.array([[[1], [2], [3]]], "float32")
    t.shows(half, tensor(xs), tensor(np.zeros((1, 1))), gives=([[[2], [5], [8.5]]], [[4.25]]))
    for B, T, D, H, O in t.sizes("B T D H O"):
        unroll_case(t, B, T, D, H, O)
    with t.case("B=2, T=25, D=3, H=4, O=2"):
        unroll_case(t, 2, 25, 3, 4, 2)


def unroll_case(t, B, T, D, H, O):
    cell = t.make("recurrent_cell", A=t.normal(H, H, scale=0.6), B=t.normal(D, H), C=t.normal(H, O), squash=True)
    t.tries(cell, tensor(t.normal(B, T, D)), tensor(t.normal(B, H)))


# -- total_loss --------------------------------------------------------------------------------------------
def sum_of_means(nats):
    """(B, T) -> the sum over time of the mean over the batch."""
    return nats.sum(1).mean()


def reduced(change):
    """The losses of all positions, (B, T), brought to one number by another way."""
    return changed(cross_entropy, change)


UNSAID = "the logits are taken for probabilities: say from_logits=True"
TOTAL_LOSS_SLIPS = {
    "the batch is summed too: take its mean, so that the loss does not grow with B": reduced(np.sum),
    "time is averaged: L is the sum of the L_t over time": reduced(np.mean),
    "only the last step is counted: L is the sum over all steps": reduced(lambda nats: nats[:, -1].mean()),
    "batch and time are mixed up: sum over time (axis 1), mean over the batch (axis 0)": reduced(
        lambda nats: nats.sum(0).mean()
    ),
    "the mean over the batch is missing": reduced(lambda nats: nats.sum(1)),
    "the sum over time is missing": reduced(lambda nats: nats.mean(0)),
    "the losses of all positions come back: sum over time, mean over the batch": cross_entropy,
    f"{UNSAID}, or use tf.nn": lambda y, logits: sum_of_means(cross_entropy(y, as_keras_probabilities(logits))),
    f"{UNSAID}; and time is averaged: L is the sum of the L_t over time": lambda y, logits: cross_entropy(
        y, as_keras_probabilities(logits)
    ).mean(),
    "the logits are softmaxed twice: hand over the raw logits": lambda y, logits: sum_of_means(
        cross_entropy(y, softmax(logits))
    ),
}


@exercise(
    points=10,
    title="The loss over time",
    takes="y (B, T), logits (B, T, V)",
    returns="()",
    reference=reduced(sum_of_means),
    slips=TOTAL_LOSS_SLIPS | loss_slips(sum_of_means),
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
def feed_back(step, x0, h0, T, feed=lambda y, h, x0: y, carry=True):
    """T outputs; `feed` chooses what goes in next, without `carry` every step starts from h0."""
    x, h, ys = x0, h0, []
    for _ in range(T):
        y, h = step(x, h if carry else h0)
        ys.append(y)
        x = feed(y, h, x0)
    return np.stack(ys, 1)


def with_x0(step, x0, h0, T):
    return np.concatenate([x0[:, None], feed_back(step, x0, h0, T)], 1)


ZEROS_IN = "zeros go in after the first step: feed each output back as the next input"
NEITHER = "neither the output nor the state is handed on: each step takes those of the step before"
FEED_SLIPS = {
    ZEROS_IN: partial(feed_back, feed=lambda y, h, x0: 0 * y),
    "x0 goes in at every step: feed each output back as the next input": partial(feed_back, feed=lambda y, h, x0: x0),
    "the new state goes in as the next input: feed the output back": partial(feed_back, feed=lambda y, h, x0: h),
    "the state is not carried: every step starts from h0": partial(feed_back, carry=False),
    "x0 is among the outputs, one too many: it is only the first input": with_x0,
    "x0 is among the outputs and the last output is missing": changed(with_x0, lambda ys: ys[:, :-1]),
    NEITHER: partial(feed_back, feed=lambda y, h, x0: x0, carry=False),
    "the first output is missing": changed(feed_back, lambda ys: ys[:, 1:]),
}
TIME_MAJOR = "the outputs are time-major (T, B, D): put the batch first, np.stack(ys, axis=1)"


@exercise(
    points=10,
    title="One to many: feed the output back",
    takes="step, x0 (B, D), h0 (B, H), T",
    returns="(B, T, D)",
    reference=feed_back,
    slips=FEED_SLIPS
    | {"only the last output comes back": changed(feed_back, lambda ys: ys[:, -1])}
    | {TIME_MAJOR: changed(feed_back, time_major)}
    | also(FEED_SLIPS, TIME_MAJOR, time_major),
    crashes="step(x, h) gives (y, h_new): hand y on as the next x, and the new state with it",
)
def one_to_many(t):
    def add(x, h):
        return x + h, h + 1

    t.shows(Served(add), np.array([[1.0]]), np.array([[10.0]]), 3, gives=[[[11], [22], [34]]])
    for B, D, H, T in t.sizes("B D H T"):
        step = random_step(t.normal(H, H, scale=0.6), t.normal(D, H), t.normal(H, D))
        t.tries(Served(step), t.normal(B, D), t.normal(B, H), T)


def random_step(A, W, C):
    def step(x, h):
        h = np.tanh(rows(h, len(A), "h") @ A + rows(x, len(W), "x") @ W)
        return h @ C, h

    return step


def rows(a, width, name):
    """An argument that the answer handed to the step, checked before it is used."""
    a = np.asarray(a)
    if a.ndim != 2 or a.shape[1] != width or a.dtype.kind not in "fiu":
        raise Failed(f"step(x, h) was called with {name} of shape {shape_text(a.shape)} instead of (B, {width})")
    return a


# -- to_simple_rnn -----------------------------------------------------------------------------------------
def turned(new, old):
    return new.T


def unturned(new, old):
    return new


def left(new, old):
    return old


def hand_over(kernel=turned, recurrent=turned, bias=lambda old: 0 * old):
    """A function (cell, rnn) that sets the layer's weights, each made of the cell's and the layer's old one."""

    def copy(cell, rnn):
        W, U, b = rnn.get_weights()
        rnn.set_weights([kernel(cell.W_xh, W), recurrent(cell.W_hh, U), bias(b)])
        return rnn

    return copy


COPY_SLIPS = {
    "nothing was set: get_weights() gives copies, hand them back with rnn.set_weights([...])": lambda cell, rnn: rnn,
    "the bias is left as it was: the cell has none, so set it to zeros": hand_over(bias=lambda old: old),
    "the bias is set to ones: the cell has none, so set it to zeros": hand_over(bias=np.ones_like),
    "W_hh needs a transpose: Keras multiplies from the right": hand_over(recurrent=unturned),
    "W_hh needs a transpose, and the bias should be 0": hand_over(recurrent=unturned, bias=lambda old: old),
    "W_xh needs a transpose: Keras multiplies from the right": hand_over(kernel=unturned),
    "both matrices need a transpose: Keras multiplies from the right": hand_over(unturned, unturned),
    "the recurrent matrix is left as it was": hand_over(recurrent=left),
    "the input matrix is left as it was": hand_over(kernel=left),
}


@exercise(
    points=10,
    title="The same network in Keras",
    takes="cell, rnn",
    reference=hand_over(),
    slips=COPY_SLIPS,
    crashes={
        "object is not callable|has no attribute": "a weight may be a variable of TensorFlow or of Keras: "
        "np.asarray(cell.W_xh) reads both",
        "length": "three arrays are handed over: [kernel, recurrent_kernel, bias]",
        "shape": "the layer's weights are [kernel (D, H), recurrent_kernel (H, H), bias (H,)], in this order, as "
        "arrays: W_xh (H, D) is transposed, W_hh too, and the bias is zeros",
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
        t.require(
            np.array_equal(np.asarray(cell.get(name)), value),
            f"your to_simple_rnn changes the cell's {name}",
            slip="only the Keras layer is changed: transpose a copy, np.transpose(cell.W_hh)",
        )
    others = "the layer's weights are other objects now: set the ones it has, with rnn.set_weights([...])"
    t.matches(
        tuple(w for _, w in rnn.weights()[:2]),
        gives=(W_xh.T, W_hh.T),
        names=("kernel", "recurrent_kernel"),
        what="the layer's own weights",
        slips={others: Fixed((kernel, recurrent))},
    )


# -- patterns ----------------------------------------------------------------------------------------------
PATTERNS = {
    "classification_of_one_image": "one-to-one",
    "image_captioning": "one-to-many",
    "first_note_to_melody": "one-to-many",
    "sentence_sentiment": "many-to-one",
    "multiple_choice_qa": "many-to-one",
    "label_every_video_frame": "many-to-many-aligned",
    "next_note_at_every_step": "many-to-many-aligned",
    "rain_tomorrow_every_day": "many-to-many-aligned",
    "translation": "many-to-many-buffered",
    "video_captioning": "many-to-many-buffered",
    "open_ended_qa": "many-to-many-buffered",
}


@exercise(points=10, title="Which pattern is it?", kind="dict")
def patterns(t):
    check_table(
        t,
        PATTERNS,
        things="tasks",
        words="the five patterns",
        shown=("image_captioning", "translation"),
        slip="ask of each task: how many inputs, how many outputs, and does the first output wait until the whole input "
        "has been read?",
    )


# -- count_params ------------------------------------------------------------------------------------------
def counts(U, D, O, T):
    return U * D + U * U + O * U, T * D * O


COUNT_SLIPS = {
    "the RNN is counted once a step: its matrices are shared by all steps": lambda U, D, O, T: (
        T * U * (D + U + O),
        T * D * O,
    ),
    "W_hh (U × U) is not counted": lambda U, D, O, T: (U * D + O * U, T * D * O),
    "W_hh is a U × U matrix, not 2U numbers": lambda U, D, O, T: (U * D + 2 * U + O * U, T * D * O),
    "W_hy (O × U) is not counted": lambda U, D, O, T: (U * D + U * U, T * D * O),
    "W_xh (U × D) is not counted": lambda U, D, O, T: (U * U + O * U, T * D * O),
    "biases are counted: this lab's cell has none": lambda U, D, O, T: (U * (D + U + O) + U + O, T * D * O),
    "a bias is counted: this lab's cell has none": lambda U, D, O, T: (U * (D + U + O) + U, T * D * O),
    "a bias is counted: the big window of this lab has none": lambda U, D, O, T: (U * (D + U + O), T * D * O + O),
    "biases are counted: this lab's cell and its big window have none": lambda U, D, O, T: (
        U * (D + U + O) + U + O,
        T * D * O + O,
    ),
    "the big window reads T inputs at once: its matrix is (T·D, O)": lambda U, D, O, T: (U * (D + U + O), D * O),
    "the big window maps straight to the O outputs: T·D·O": lambda U, D, O, T: (U * (D + U + O), T * D * U),
    "the big window has no hidden layer: T·D·O": lambda U, D, O, T: (U * (D + U + O), T * D * U + U * O),
    "the two results are swapped: return (rnn, big_window) in this order": changed(counts, swap),
}


@exercise(
    points=10,
    title="Count the parameters",
    takes="U, D, O, T",
    returns="rnn, big_window",
    reference=counts,
    slips=COUNT_SLIPS,
)
def count_params(t):
    # the first sizes tell every slip from the others, those of the worked example do not
    t.shows(6, 3, 2, 4, gives=(66, 24), case="U=6, D=3, O=2, T=4")
    t.shows(4, 3, 2, 10, gives=(36, 60))
    for U, D, O, T in t.sizes("U D O T", low=2, high=40):
        t.tries(U, D, O, T)
