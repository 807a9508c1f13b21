"""Lab 2, RNNs from scratch: one function an exercise, which judges an answer.

The references are NumPy and live only here, with the tester. Contracts: what an answer gets, what it must
return, and the worked examples, stand in the notebook.
"""

import numpy as np

from seqlab.autograder.judging.compare import shape_text
from seqlab.autograder.judging.trial import Failed
from seqlab.autograder.wire.answer_error import AnswerError
from seqlab.autograder.wire.values import Served, tensor
from seqlab.exercises import exercise


# -- references --------------------------------------------------------------------------------------------
def step(x, h, W_xh, W_hh, b=0.0):
    """h_t = tanh(x W_xh + h W_hh + b)"""
    return np.tanh(x @ W_xh + h @ W_hh + b)


def cell_step(x, h, W_xh, W_hh, W_hy):
    """The lecture's cell, its matrices in the slide's shapes: h' = tanh(h W_hhᵀ + x W_xhᵀ), y = h' W_hyᵀ."""
    h = np.tanh(h @ W_hh.T + x @ W_xh.T)
    return h @ W_hy.T, h


def cross_entropy(y, logits):
    """-log softmax(logits)[y] in nats, for every position."""
    z = logits.astype("f8") - logits.max(-1, keepdims=True)
    return np.log(np.exp(z).sum(-1)) - np.take_along_axis(z, y[..., None], -1)[..., 0]


def softmax(logits):
    e = np.exp(logits.astype("f8") - logits.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


# -- exercises ---------------------------------------------------------------------------------------------
@exercise(points=15, title="One step of the recurrence", takes="x, h, W_xh, W_hh, b")
def rnn_step(t):
    one = np.ones((1, 1), "float32")
    args = 0.5 * one, -0.2 * one, one, 2 * one, np.array([0.1], "float32")
    t.example(*args, expect=[[0.197375]], slips=_step_slips(*args))
    for B, D, H in t.sizes("B D H"):
        args = t.normal(B, D), t.normal(B, H), t.normal(D, H), t.normal(H, H), t.normal(H)
        t.expect(
            *args,
            expect=step(*args),
            slips=_step_slips(*args),
            crash="a matrix product is `@`: an elementwise `*` needs equal shapes. "
            "Both matrices multiply from the right, x @ W_xh and h @ W_hh",
        )


def _step_slips(x, h, W_xh, W_hh, b):
    z = x @ W_xh + h @ W_hh + b
    two = "there are two tanhs: take one tanh of the whole sum"
    return {
        "your step ignores h: without h @ W_hh there is no memory": np.tanh(x @ W_xh + b),
        "your step ignores x: h @ W_hh alone never hears the input": np.tanh(h @ W_hh + b),
        "the bias is missing": np.tanh(x @ W_xh + h @ W_hh),
        "the bias is outside the tanh": np.tanh(x @ W_xh + h @ W_hh) + b,
        "the tanh is missing": z,
        two: np.tanh(x @ W_xh) + np.tanh(h @ W_hh + b),
        f"{two}, the bias inside": np.tanh(x @ W_xh) + np.tanh(h @ W_hh) + b,
        "a tanh for each term: take one tanh of the whole sum": np.tanh(x @ W_xh) + np.tanh(h @ W_hh) + np.tanh(b),
        "this is a sigmoid: the state of this lab is squashed by tanh": sigmoid(z),
        "this is a ReLU: the state of this lab is squashed by tanh": np.maximum(z, 0),
        "`*` multiplies elementwise: a matrix product is `@`": lambda: np.tanh(x * W_xh + h * W_hh + b),
        "W_hh multiplies from the other side: h @ W_hh, not h @ W_hh.T": np.tanh(x @ W_xh + h @ W_hh.T + b),
        "a transpose that does not belong: here both matrices multiply from the right": lambda: np.tanh(
            x @ W_xh.T + h @ W_hh.T + b
        ),
        "a `+` has become a `*`: the two products are added": np.tanh((x @ W_xh) * (h @ W_hh) + b),
        "the bias is subtracted": np.tanh(x @ W_xh + h @ W_hh - b),
    }


@exercise(
    points=20,
    title="The lecture's cell as a Keras layer",
    kind="class",
    takes="rnn_units, input_dim, output_dim",
    deadline=40,
)
def MyRNNCell(t):
    with t.case("the worked example", visible=True):
        x, h = np.array([[0.5]], "float32"), np.array([[0.1, 0.2]], "float32")
        W = {"W_xh": np.array([[1], [0]]), "W_hh": np.array([[0, 1], [0, 0]]), "W_hy": np.array([[1, 2]])}
        cell = t.construct(2, 1, 1)
        _call(t, cell, x, h)
        first = {name: _matrix(t, cell, name, value.shape) for name, value in W.items()}
        _set_cell(t, cell, W)
        t.compare(
            _call(t, cell, x, h),
            (np.array([[0.604368]]), np.array([[0.604368, 0]])),
            names=("y", "h_new"),
            slips=_cell_slips(x, h, **W) | _kept_slips(x, h, first, W),
        )

    for U, D, O, B in t.sizes("rnn_units input_dim output_dim batch"):
        cell = t.construct(U, D, O)
        x, h = t.normal(B, D), t.normal(B, U, scale=0.7)
        first = _call(t, cell, x, h)
        _is_layer(t, cell)
        W = {
            name: _matrix(t, cell, name, shape)
            for name, shape in (("W_xh", (U, D)), ("W_hh", (U, U)), ("W_hy", (O, U)))
        }
        _three_weights(t, cell)
        for name, value in W.items():
            t.require(
                np.any(value != 0),
                f"{name} starts as all zeros",
                slip="no gradient ever reaches another "
                "weight through zeros: start from random numbers, add_weight's initializer does it",
            )
        t.compare(first, cell_step(x, h, **W), names=("y", "h_new"), slips=_cell_slips(x, h, **W))
        at_first = cell.rnn_gradients([tensor(t.normal(B, D)) for _ in range(2)], tensor(np.zeros((B, U))))
        t.require(
            all(g is not None and np.any(np.asarray(g) != 0) for g in at_first),
            "no gradient reaches one of the weights in two steps from h = 0",
            slip="start from small random "
            "numbers, as add_weight's initializer does, and stay with TensorFlow or Keras operations",
        )
        _set_cell(t, cell, W := {name: t.normal(*value.shape, scale=0.6) for name, value in W.items()})
        expect = cell_step(x, h, **W)
        for what in ("after setting the weights", "at a second call with the same x and h"):
            got = _call(t, cell, x, h)
            t.compare(got, expect, names=("y", "h_new"), what=what, slips=_cell_slips(x, h, **W))
        x2, h2 = t.normal(B + 2, D), t.normal(B + 2, U, scale=0.7)
        other = _call(t, cell, x2, h2)
        t.compare(
            other,
            cell_step(x2, h2, **W),
            names=("y", "h_new"),
            what="with another batch size",
            slips={"the state of the call before is used: take h from the argument": expect},
        )
        traced = _call(t, cell, x, h, traced=True)
        t.compare(traced, expect, names=("y", "h_new"), what="inside tf.function")
        again = _call(t, cell, x, h)
        t.compare(again, expect, names=("y", "h_new"), what="called again after tf.function")
        _three_weights(t, cell)
        _gradients_flow(t, cell, W, [t.normal(B, D), t.normal(B, D)])


def _call(t, cell, x, h, traced=False):
    """y, h_new of the cell, called as it is or inside a tf.function; a crash in words."""
    try:
        return (cell.traced() if traced else cell)(tensor(x), tensor(h))
    except AnswerError as error:
        if error.type == "NotImplementedError" and not traced:
            raise  # the blank; inside tf.function it is what NumPy says to a tensor without numbers
        raise t.raised(error, _call_crash(error, traced)) from None


def _call_crash(error, traced):
    text = error.message
    if "out of scope" in text:
        return "nothing stays in the layer: take h from the argument and return h_new, without self.h"
    if traced:
        return (
            "this call is inside tf.function, where tensors have no numbers yet: stay with TensorFlow or Keras "
            "operations (no `.numpy()`, no np.tanh)"
        )
    if "attribute 'T'" in text:
        return "a transposed weight is tf.transpose(self.W_hh)"
    if "Matrix size-incompatible" in text:
        return "rows multiply from the left here, so each matrix needs a transpose: x @ W_xhᵀ, h @ W_hhᵀ, h_new @ W_hyᵀ"
    return ""


def _matrix(t, cell, name, shape):
    value = np.asarray(cell.get(name))
    t.require(
        value.shape == shape,
        f"{name} has shape {value.shape} instead of {shape}",
        slip="the slide's shapes are W_xh (rnn_units, input_dim), W_hh (rnn_units, rnn_units), "
        "W_hy (output_dim, rnn_units)",
    )
    return value


def _set_cell(t, cell, weights):
    for name, value in weights.items():
        _matrix(t, cell, name, value.shape)
        cell.assign(name, value)


def _is_layer(t, cell):
    try:
        cell.get("built")
    except Failed:
        raise Failed(
            "a cell made by MyRNNCell is no Keras layer",
            slip="class MyRNNCell(keras.layers.Layer), and super().__init__() comes first",
        ) from None


def _three_weights(t, cell):
    found = cell.weights(trainable_only=True)
    slip = {0: "make the weights with self.add_weight(shape=..., trainable=True)"}.get(len(found), "")
    if len(found) > 3:
        slip = "W_xh, W_hh and W_hy are made once, not in every call, and there are no biases"
    t.require(len(found) == 3, f"the cell has {len(found)} trainable weights instead of 3", slip=slip)


def _gradients_flow(t, cell, W, xs):
    """The gradient of Σ y² over the steps from h = 0 reaches every weight, and is what BPTT gives."""
    found = cell.rnn_gradients([tensor(x) for x in xs], tensor(np.zeros((len(xs[0]), len(W["W_hh"])))))
    expect = _cell_gradients(W, xs)
    values = [value for _, value in cell.weights(trainable_only=True)]
    t.require(len(found) == len(values) == 3, f"{len(found)} gradients came back for 3 weights")
    for value, g in zip(values, found, strict=True):
        name = next((n for n in W if np.shape(value) == W[n].shape and np.allclose(value, W[n], atol=1e-5)), "a weight")
        t.require(
            name in W and g is not None and np.any(np.asarray(g) != 0),
            f"no gradient reaches {name} in two steps from h = 0",
            slip="stay with TensorFlow or Keras operations: `.numpy()` or np.tanh cut the gradient",
        )
        t.compare(g, expect[name], what=f"the gradient of Σ y² with respect to {name}", atol=1e-3, rtol=1e-3)


def _cell_gradients(W, xs):
    h, hs, ys = np.zeros((len(xs[0]), len(W["W_hh"]))), [], []
    for x in xs:
        y, new = cell_step(x, h, **W)
        hs.append((h, new))
        ys.append(y)
        h = new
    grads, dh = {name: np.zeros(w.shape) for name, w in W.items()}, 0.0
    for x, y, (before, h) in zip(xs[::-1], ys[::-1], hs[::-1], strict=True):
        dz = (dh + 2 * y @ W["W_hy"]) * (1 - h**2)
        grads["W_hy"] += 2 * y.T @ h
        grads["W_xh"] += dz.T @ x
        grads["W_hh"] += dz.T @ before
        dh = dz @ W["W_hh"]
    return grads


def _cell_slips(x, h, W_xh, W_hh, W_hy):
    h_new = np.tanh(h @ W_hh.T + x @ W_xh.T)
    variants = {
        "the output is read from the old state h, not from the new one": (h @ W_hy.T, h_new),
        "the output is squashed too: y = h_new @ W_hyᵀ is linear": (np.tanh(h_new @ W_hy.T), h_new),
        "the output is softmaxed: y = h_new @ W_hyᵀ is linear": (softmax(h_new @ W_hy.T), h_new),
        "the state is not squashed: h_new = tanh(…)": ((z := h @ W_hh.T + x @ W_xh.T) @ W_hy.T, z),
        "h is ignored: the new state needs h @ W_hhᵀ": ((g := np.tanh(x @ W_xh.T)) @ W_hy.T, g),
        "W_hh needs a transpose: h @ W_hhᵀ": ((k := np.tanh(h @ W_hh + x @ W_xh.T)) @ W_hy.T, k),
        "the state that comes back is the old one": (h_new @ W_hy.T, h),
        "this is a sigmoid: the state of this lab is squashed by tanh": (
            (s := sigmoid(h @ W_hh.T + x @ W_xh.T)) @ W_hy.T,
            s,
        ),
    }

    def elementwise():
        state = np.tanh(W_hh * h + W_xh * x)
        return W_hy * state, state

    return variants | {
        "the two results are swapped: return (y, h_new) in this order": (h_new, h_new @ W_hy.T),
        "`*` multiplies elementwise, so the state has become a matrix: a matrix product is `@`": elementwise,
    }


def _kept_slips(x, h, first, W):
    """The second call of a cell that keeps its own state, from zeros or from the first h; `first` are its old weights."""
    words = "the state is kept in self.h and the argument h is ignored: read h, return h_new, keep nothing in the layer"
    zeros = np.zeros((1, len(W["W_hh"])))
    old = cell_step(x, zeros, **first)[1]
    y, new = cell_step(x, old, **W)

    def slide():
        state = zeros.T
        for w in (first, W):
            state = np.tanh(w["W_hh"] * state + w["W_xh"] * x)
        return W["W_hy"] * state, state

    return {
        words: (y, new),
        f"{words} from one call to the next": cell_step(x, cell_step(x, h, **first)[1], **W),
        f"{words}. And the output is read from the old state, not from the new one": (old @ W["W_hy"].T, new),
        f"{words}. And a state is a row of a batch, (B, U), not a column": (y, new.T),
        f"this is the slide's cell. `*` multiplies elementwise: a matrix product is `@`; and {words}": slide,
    }


@exercise(points=15, title="Unroll the cell through time", takes="cell, xs, h0", deadline=40)
def unroll(t):
    with t.case("the worked example", visible=True):
        half = t.make("recurrent_cell", A=[[0.5]], B=[[1.0]], C=[[2.0]], squash=False)
        xs, h0 = np.array([[[1], [2], [3]]], "float32"), np.zeros((1, 1), "float32")
        slips = _unroll_slips(*(np.array([[v]]) for v in (0.5, 1.0, 2.0)), xs, h0, squash=lambda z: z)
        t.expect(half, tensor(xs), tensor(h0), expect=([[[2], [5], [8.5]]], [[4.25]]), names=("ys", "h_T"), slips=slips)
    for B, T, D, H, O in t.sizes("B T D H O"):
        A, W, C = t.normal(H, H, scale=0.6), t.normal(D, H), t.normal(H, O)
        _unroll_case(t, A, W, C, t.normal(B, T, D), t.normal(B, H))
    with t.case("B=2, T=25, D=3, H=4, O=2"):
        _unroll_case(t, t.normal(4, 4, scale=0.6), t.normal(3, 4), t.normal(4, 2), t.normal(2, 25, 3), t.normal(2, 4))


def _unroll_case(t, A, W, C, xs, h0):
    cell = t.make("recurrent_cell", A=A, B=W, C=C, squash=True)
    t.expect(
        cell,
        tensor(xs),
        tensor(h0),
        expect=_run_cell(A, W, C, xs, h0),
        names=("ys", "h_T"),
        slips=_unroll_slips(A, W, C, xs, h0),
        crash="time is axis 1: step s reads xs[:, s] (`for x in xs` walks over the batch), and cell(x, h) gives (y, h_new)",
    )


def _run_cell(A, W, C, xs, h, carry=True, squash=np.tanh):
    """The cell y, h = squash(h A + x W) C, … along time; without `carry` every step starts from h."""
    start, ys = h, []
    for s in range(xs.shape[1]):
        h = squash((h if carry else start) @ A + xs[:, s] @ W)
        ys.append(h @ C)
    return np.stack(ys, 1), h


def _unroll_slips(A, W, C, xs, h0, squash=np.tanh):
    def run(xs=xs, h=h0, carry=True, C=C):
        return _run_cell(A, W, C, xs, h, carry, squash)

    (ys, h_T), (states, _) = run(), run(C=np.eye(len(A)))

    def first_state_lost():
        tail, last = run(xs[:, 1:])
        return np.concatenate([ys[:, :1], tail], 1), last

    def over_the_batch():
        """`for x in xs`: x is (T, D), the whole of one sequence."""
        h, ys = h0, []
        for x in xs:
            h = squash(h @ A + x @ W)
            ys.append(h @ C)
        return ys, h

    def results_swapped():
        h, ys = h0, []
        for s in range(xs.shape[1]):
            y = squash(h @ A + xs[:, s] @ W)
            h = y @ C
            ys.append(y)
        return np.stack(ys, 1), h

    batch = "the loop walks over the batch: time is axis 1, so step s reads xs[:, s]"
    return {
        batch: lambda: (np.stack(over_the_batch()[0], 1), over_the_batch()[1]),
        f"{batch}, for s in range(xs.shape[1])": lambda: (np.stack(over_the_batch()[0]), over_the_batch()[1]),
        "there are as many steps as rows in the batch: T is xs.shape[1]": lambda: run(xs[:, : len(xs)]),
        "cell(x, h) gives (y, h_new): unpack them in this order": results_swapped,
        "every step starts from h0: hand the new state on to the next step": run(carry=False),
        "the steps run from right to left": run(xs[:, ::-1]),
        "the outputs are in the reverse order": (ys[:, ::-1], h_T),
        "only the last output is there: append y inside the loop": (ys[:, -1:], h_T),
        "only the last output is there: collect the outputs of every step": (ys[:, -1], h_T),
        "the state of the first step is thrown away": first_state_lost,
        "h0 comes back instead of the last state": (ys, h0),
        "the walk starts from zeros: start from h0": run(h=np.zeros_like(h0)),
        "the outputs are time-major (T, B, O): put the batch first": (np.swapaxes(ys, 0, 1), h_T),
        "all states come back instead of the outputs": (states, h_T),
        "all states come back instead of the last one": (ys, states),
        "the two results are swapped: return (ys, h_T) in this order": (h_T, ys),
    }


@exercise(points=10, title="The loss over time", takes="y, logits")
def total_loss(t):
    with t.case("B=2, T=3, V=2", visible=True):  # tells slips apart that zeros do not
        logits = [[[1, 0], [0, 2], [3, 0]], [[0, 0], [2, 0], [0, 1]]]
        _total_loss_case(t, np.array([[0, 1, 1], [1, 1, 0]]), np.array(logits, "float32"))
    with t.case("zeros (2, 3, 4): 3 ln 4", visible=True):
        _total_loss_case(t, t.integers(4, 2, 3), np.zeros((2, 3, 4), "float32"))
    with t.case("logits [0, 1000]: 1000", visible=True):
        _total_loss_case(t, np.array([[0]]), np.array([[[0, 1000]]], "float32"))
    for B, T, V in t.sizes("B T V"):
        _total_loss_case(t, t.integers(V, B, T), t.normal(B, T, V, scale=2))
    with t.case("B=T=4, V=6"):
        _total_loss_case(t, t.integers(6, 4, 4), t.normal(4, 4, 6, scale=2))
    with t.case("B=3, T=4, V=5, large logits"):
        _total_loss_case(t, t.integers(5, 3, 4), t.normal(3, 4, 5, scale=1000))


def _total_loss_case(t, y, logits):
    nats = cross_entropy(y, logits)
    T, unsaid = y.shape[1], "the logits are taken for probabilities: say from_logits=True"
    t.expect(
        y,
        tensor(logits),
        expect=nats.sum(1).mean(),
        rtol=1e-4,
        slips={
            "the batch is summed too: take its mean, so that the loss does not grow with B": nats.sum(),
            "time is averaged: L is the sum of the L_t over time": nats.mean(),
            "only the last step is counted: L is the sum over all steps": nats[:, -1].mean(),
            "batch and time are mixed up: sum over time (axis 1), mean over the batch (axis 0)": nats.sum() / T,
            "the mean over the batch is missing": nats.sum(1),
            "the sum over time is missing": nats.mean(0),
            "the losses of all positions come back: sum over time, mean over the batch": nats,
            "these are bits: use the natural logarithm": nats.sum(1).mean() / np.log(2),
            f"{unsaid}, or use tf.nn": lambda: cross_entropy(y, _as_keras_probabilities(logits)).sum(1).mean(),
            f"{unsaid}; and time is averaged: L is the sum of the L_t over time": lambda: cross_entropy(
                y, _as_keras_probabilities(logits)
            ).mean(),
            "the sign is wrong: the loss is minus the log-probability": -nats.sum(1).mean(),
            "the logits are softmaxed twice: hand over the raw logits": lambda: (
                cross_entropy(y, softmax(logits)).sum(1).mean()
            ),
        },
    )


def _as_keras_probabilities(logits):
    """What keras.losses makes of logits that it takes for probabilities: clipped; cross_entropy divides by the sum."""
    return np.log(np.clip(logits.astype("f8"), 1e-7, 1 - 1e-7))


@exercise(points=10, title="One to many: feed the output back", takes="step, x0, h0, T")
def one_to_many(t):
    def add(x, h):
        return x + h, h + 1

    x0, h0 = np.array([[1.0]]), np.array([[10.0]])
    t.example(Served(add), x0, h0, 3, expect=[[[11], [22], [34]]], slips=_feed_slips(add, x0, h0, 3))
    for B, D, H, T in t.sizes("B D H T"):
        A, W, C = t.normal(H, H, scale=0.6), t.normal(D, H), t.normal(H, D)
        x0, h0 = t.normal(B, D), t.normal(B, H)

        def step_(x, h, A=A, W=W, C=C):
            h = np.tanh(_rows(h, len(A), "h") @ A + _rows(x, len(W), "x") @ W)
            return h @ C, h

        t.expect(
            Served(step_),
            x0,
            h0,
            T,
            expect=_feed_back(step_, x0, h0, T),
            slips=_feed_slips(step_, x0, h0, T),
            crash="step(x, h) gives (y, h_new): hand y on as the next x, and the new state with it",
        )


def _feed_back(step_, x, h, T, feed=None, carry=True):
    """T outputs; `feed` goes in instead of the last output, without `carry` every step starts from h."""
    start, ys = h, []
    for _ in range(T):
        y, h = step_(x, h if carry else start)
        ys.append(y)
        x = y if feed is None else feed
    return np.stack(ys, 1)


def _feed_slips(step_, x0, h0, T):
    ys = _feed_back(step_, x0, h0, T)
    with_x0 = np.concatenate([x0[:, None], ys], 1)
    slips = {
        "zeros go in after the first step: feed each output back as the next input": _feed_back(
            step_, x0, h0, T, feed=np.zeros_like(x0)
        ),
        "x0 goes in at every step: feed each output back as the next input": _feed_back(step_, x0, h0, T, feed=x0),
        "the state is not carried: every step starts from h0": _feed_back(step_, x0, h0, T, carry=False),
        "x0 is among the outputs, one too many: it is only the first input": with_x0,
        "x0 is among the outputs and the last output is missing": with_x0[:, :-1],
        "neither the output nor the state is handed on: each step takes those of the step before": _feed_back(
            step_, x0, h0, T, feed=x0, carry=False
        ),
        "only the last output comes back": ys[:, -1],
        "the first output is missing": ys[:, 1:],
    }
    time_major = "the outputs are time-major (T, B, D): put the batch first, np.stack(ys, axis=1)"
    stacked = {time_major: np.swapaxes(ys, 0, 1)}
    for words, value in slips.items():
        if value.ndim == 3:
            stacked[f"{words}. And {time_major}"] = np.swapaxes(value, 0, 1)
    return slips | stacked


def _rows(a, width, name):
    """An argument that the answer handed to the step, checked before it is used."""
    a = np.asarray(a)
    if a.ndim != 2 or a.shape[1] != width or a.dtype.kind not in "fiu":
        raise Failed(
            f"step(x, h) was called with {name} of shape {shape_text(a.shape)} instead of (B, {width})",
            slip="step takes x (B, D) first, then h (B, H)",
        )
    return a


@exercise(points=10, title="The same network in Keras", takes="cell, rnn")
def to_simple_rnn(t):
    with t.case("the worked example", visible=True):
        x = np.array([[[0.5], [1]]], "float32")
        _simple_rnn_case(t, x, np.array([[1], [0]], "f4"), np.array([[0, 1], [0, 0]], "f4"), np.ones(2), None)
    of_keras = False
    for B, T, D, H in t.sizes("B T D H"):
        _simple_rnn_case(
            t,
            t.normal(B, T, D),
            t.normal(H, D),
            t.normal(H, H, scale=0.6),
            1 + t.rng.random(H),
            t.normal(D, H),
            of_keras := not of_keras,
        )


def _simple_rnn_case(t, x, W_xh, W_hh, bias, kernel, of_keras=False):
    """The cell's weights are variables of TensorFlow or of Keras: what works with both alone is right."""
    H, D = W_xh.shape
    cell = t.make("weights", W_xh=W_xh, W_hh=W_hh, of_keras=of_keras)
    rnn = t.make("simple_rnn", units=H, input_dim=D, bias=bias, kernel=kernel)
    before = rnn(tensor(x))
    old_kernel, old_recurrent = (w for _, w in rnn.weights()[:2])

    def states(W_in, W_rec, b):
        return _run_cell(W_rec, W_in, np.eye(H), x, np.zeros((len(x), H)), squash=lambda z: np.tanh(z + b))[0]

    try:
        t.call(cell, rnn)
    except AnswerError as error:
        if error.type == "NotImplementedError":
            raise
        raise t.raised(error, _copy_crash(error)) from None
    t.compare(
        rnn(tensor(x)),
        states(W_xh.T, W_hh.T, 0),
        what="after your function, the states of the Keras layer",
        slips={
            "nothing was set: get_weights() gives copies, hand them back with rnn.set_weights([...])": before,
            "the bias is left as it was: the cell has none, so set it to zeros": states(W_xh.T, W_hh.T, bias),
            "W_hh needs a transpose: Keras multiplies from the right": states(W_xh.T, W_hh, 0),
            "W_hh needs a transpose, and the bias should be 0": states(W_xh.T, W_hh, bias),
            "W_xh needs a transpose: Keras multiplies from the right": lambda: states(W_xh, W_hh.T, 0),
            "both matrices need a transpose: Keras multiplies from the right": lambda: states(W_xh, W_hh, 0),
            "the recurrent matrix is left as it was": states(W_xh.T, old_recurrent, 0),
            "the input matrix is left as it was": states(old_kernel, W_hh.T, 0),
        },
    )
    for name, value in (("W_xh", W_xh), ("W_hh", W_hh)):
        t.require(
            np.array_equal(np.asarray(cell.get(name)), value),
            f"your to_simple_rnn changes the cell's {name}",
            slip="only the Keras layer is changed: transpose a copy, np.transpose(cell.W_hh)",
        )
    kernels = tuple(w for _, w in rnn.weights()[:2])
    t.compare(
        kernels,
        (W_xh.T, W_hh.T),
        names=("kernel", "recurrent_kernel"),
        what="the layer's own weights",
        slips={
            "the layer's weights are other objects now: set the ones it has, with rnn.set_weights([...])": (
                old_kernel,
                old_recurrent,
            )
        },
    )


def _copy_crash(error):
    if "object is not callable" in error.message or "has no attribute" in error.message:
        return "a weight may be a variable of TensorFlow or of Keras: np.asarray(cell.W_xh) reads both"
    if "length" in error.message:
        return "three arrays are handed over: [kernel, recurrent_kernel, bias]"
    if "shape" in error.message:
        return (
            "the layer's weights are [kernel (D, H), recurrent_kernel (H, H), bias (H,)], in this order, as arrays: "
            "W_xh (H, D) is transposed, W_hh too, and the bias is zeros"
        )
    return ""


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
    given = t.answer
    if not given or all(v is None for v in given.values()):
        raise t.missing()
    with t.case("the 11 tasks are there"):
        t.require(set(given) == set(PATTERNS), _keys_message(given))
    with t.case("every value is one of the five patterns"):
        words = sorted(set(PATTERNS.values()))
        still_open = [task for task, value in given.items() if value is None]
        strange = [task for task, value in given.items() if value not in (None, *words)]
        t.require(
            not strange,
            f"{_list(strange)}: the value is not one of the five patterns",
            expected=", ".join(words),
            got=_list(given[task] for task in strange),
            slip="copy the pattern's name from the text above",
        )
        t.require(not still_open, f"still open: {_list(still_open)}")
    with t.case("the two worked examples", visible=True):
        for task in ("image_captioning", "translation"):
            t.require(
                given[task] == PATTERNS[task],
                f"{task} is another pattern",
                expected=PATTERNS[task],
                got=str(given[task]),
            )
    with t.case("all 11 tasks"):
        wrong = [task for task in PATTERNS if given[task] != PATTERNS[task]]
        t.require(
            not wrong,
            f"{len(wrong)} of 11 are another pattern: {_list(wrong)}",
            slip="ask of each task: how many inputs, how many outputs, and does the first output "
            "wait until the whole input has been read?",
        )


def _keys_message(given):
    missing, extra = set(PATTERNS) - set(given), set(given) - set(PATTERNS)
    parts = [f"missing: {_list(missing)}"] if missing else []
    return "; ".join(parts + ([f"unknown: {_list(extra)}"] if extra else []))


def _list(names):
    names = sorted(str(n)[:40] for n in names)
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


@exercise(points=10, title="Count the parameters", takes="U, D, O, T")
def count_params(t):
    # the first sizes tell every slip from the others, those of the worked example do not
    for label, sizes, weights in (
        ("U=6, D=3, O=2, T=4", (6, 3, 2, 4), (66, 24)),
        ("the worked example", (4, 3, 2, 10), (36, 60)),
    ):
        names = ("rnn", "big_window")
        t.example(*sizes, expect=weights, label=label, names=names, slips=_count_slips(*sizes))
    for U, D, O, T in t.sizes("U D O T", low=2, high=40):
        t.expect(
            U,
            D,
            O,
            T,
            expect=(U * D + U * U + O * U, T * D * O),
            names=("rnn", "big_window"),
            slips=_count_slips(U, D, O, T),
        )


def _count_slips(U, D, O, T):
    rnn, window = U * D + U * U + O * U, T * D * O
    return {
        "the RNN is counted once a step: its matrices are shared by all steps": (T * rnn, window),
        "W_hh (U × U) is not counted": (U * D + O * U, window),
        "W_hh is a U × U matrix, not 2U numbers": (U * D + 2 * U + O * U, window),
        "W_hy (O × U) is not counted": (U * D + U * U, window),
        "W_xh (U × D) is not counted": (U * U + O * U, window),
        "biases are counted: this lab's cell has none": (rnn + U + O, window),
        "a bias is counted: this lab's cell has none": (rnn + U, window),
        "a bias is counted: the big window of this lab has none": (rnn, window + O),
        "biases are counted: this lab's cell and its big window have none": (rnn + U + O, window + O),
        "the big window reads T inputs at once: its matrix is (T·D, O)": (rnn, D * O),
        "the big window maps straight to the O outputs: T·D·O": (rnn, T * D * U),
        "the big window has no hidden layer: T·D·O": (rnn, T * D * U + U * O),
        "the two results are swapped: return (rnn, big_window) in this order": (window, rnn),
    }
