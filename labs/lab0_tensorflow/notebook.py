# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] id="title"
# # Lab 0 — TensorFlow in an hour
#
# *45 minutes, a third of them reading · seven exercises, 100 points · fifteen seconds of computing on a CPU, no account, no download*
#
# For whoever knows Python and a little NumPy, and has never met a tensor. Everything that the other labs take for granted comes
# once, on something that can be seen: blocks of numbers and their axes, masks, a layer with weights, the tape that knows slopes, and a
# walk down a hill. At the end you train a small network with nothing but your own pieces.
#
# After each TODO cell comes a check. It tells you at once what is right, and what slipped.
# Stuck? `lab.hint("stack_time")` gives one of three hints, each time the next one.
# You may leave an exercise open: every later picture works all the same.

# %% id="setup" role="setup"
import math
import re
import collections
import functools
import heapq
import itertools
import random
import numpy as np
import tensorflow as tf
import keras
import matplotlib.pyplot as plt
import seqlab

ops = keras.ops
lab = seqlab.labs.load("lab0")

# %% [markdown] id="end-first"
# ## What you will see at the end
#
# Points of two kinds lie in two crescents. A network of two layers has found the border between them. Its 33 weights are in the cell
# below: they are from the run of the reference solution, and soon you make your own. Left is what one layer alone can do.

# %% id="end-picture"
from seqlab import plots


def two_moons(n, seed):
    """Points (n, 2) in two crescents, and their labels 0 and 1 as (n, 1)."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    angle = rng.uniform(0, np.pi, n)
    x = np.stack([np.cos(angle) + y - 0.5, (1 - 2 * y) * np.sin(angle) + 0.5 * y - 0.25], axis=1)
    return (x + rng.normal(0, 0.12, (n, 2))).astype("float32"), y[:, None].astype("float32")


def draw_border(network, x, y, title, ax):
    """The points, and what the network says everywhere around them."""
    across, up = np.meshgrid(np.linspace(-2, 2, 80), np.linspace(-1.5, 1.5, 80))
    p = np.reshape(network(np.stack([across.ravel(), up.ravel()], 1).astype("float32")), across.shape)
    ax.contourf(across, up, p, levels=np.linspace(0, 1, 11), cmap="cividis", alpha=0.6)
    ax.contour(across, up, p, levels=[0.5], colors="black", linewidths=2)
    for label, marker, colour in ((0, "o", "#0072B2"), (1, "^", "#D55E00")):
        ax.plot(*x[y[:, 0] == label].T, marker, color=colour, markersize=4, markeredgecolor="white", markeredgewidth=0.5)
    right = np.mean((np.ravel(network(x)) > 0.5) == (y[:, 0] > 0.5))
    ax.set(title=f"{title}: {right:.0%} right", xticks=[], yticks=[])


W1 = [[1.1, 7.5, -2.5, 1.1, 1.4, -2.1, 1.2, -7.0], [-1.1, 2.5, 1.2, -6.4, -1.3, 0.8, -1.3, 2.4]]
b1 = [-0.8, 0.3, 2.2, 4.1, -1.1, 1.9, -0.9, -7.3]
W2, b2 = np.array([2.4, -8.4, -2.7, 6.8, 3.1, -2.1, 3.2, -7.4]), -0.2
figure, axes = plt.subplots(1, 2, figsize=(10, 3.8), layout="constrained")
unseen = two_moons(200, seed=1)
draw_border(lambda x: tf.sigmoid(x @ np.array([1.2, -4.2], "float32") + 0.2), *unseen, "One layer", axes[0])
draw_border(lambda x: tf.sigmoid(tf.sigmoid(x @ W1 + b1) @ W2[:, None] + b2), *unseen, "Two layers", axes[1])

# %% [markdown] id="conventions"
# *Picture: two crescents of points. On the left a straight border, which cuts off the tips of both; on the right a bent one, which runs
# between them.*
#
# A **tensor** is a block of numbers with a shape and a type: what NumPy calls an array. TensorFlow's tensors cannot be changed, can live
# on other devices, and can be asked for slopes. `np.asarray(t)` makes an array of a tensor, `tf.constant(a)` a tensor of an array. In
# all exercises NumPy, TensorFlow, Keras and plain loops are equally welcome, unless the text says otherwise.

# %% [markdown] id="shapes-text"
# ## 1 · Shapes: a batch of sequences
#
# Sequences come in batches. In all labs such a block has the shape `(B, T, D)`: B sequences, T steps of time, D numbers at each step.
# Axes are counted from 0, so **time is axis 1**. Below, each number says where it lives: 112 is example 1, step 1, number 2.

# %% id="shapes"
batch = np.array([[[100 * b + 10 * t + d for d in (1, 2)] for t in range(3)] for b in (1, 2)])
print("the batch", batch.shape, "· one example", batch[0].shape, "· one step of all", batch[:, 1].shape)


def example(number):
    return int(number) // 100 - 1  # one colour an example


plots.number_blocks({"the batch": batch, "batch[0]": batch[0], "batch[:, 1]": batch[:, 1]},
                    {"the batch": "BTD", "batch[0]": "TD", "batch[:, 1]": "BD"}, group=example);

# %% [markdown] id="todo-stack_time"
# *Picture: two cards, one an example; on each, time runs down and the two numbers of a step stand side by side. An index takes one
# entry of an axis, and that axis is gone.*
#
# ### Exercise 1 · `stack_time` · 10 points · ≈ 2 min · ●○○
#
# A recurrent network gives its outputs step by step. Put them together: `steps` is a list of T ≥ 1 arrays `(B, D)`, one a time step.
# Return `(B, T, D)`, so that `result[b, t]` is `steps[t][b]`. `steps` itself stays as it is.
#
# By hand: `[[[1, 2]], [[3, 4]], [[5, 6]]]` (T=3, B=1, D=2) gives `[[[1, 2], [3, 4], [5, 6]]]`. And `[[[1], [2]], [[3], [4]]]` (B = T = 2, where
# no shape gives a slip away) gives `[[[1], [3]], [[2], [4]]]`.
#
# Useful: `np.stack`, `tf.stack`.

# %% id="stack_time" exercise="stack_time"
def stack_time(steps):
    """A list of T arrays (B, D)  ->  (B, T, D): time is axis 1."""
    ### BEGIN SOLUTION
    return np.stack(steps, axis=1)
    ### END SOLUTION


# %% id="check-stack_time" check="stack_time"
lab.check(stack_time)

# %% [markdown] id="reshape-text"
# **A reshape is not a transpose.** Sometimes a block comes with time first, `(T, B, D)`. Two ways lead to `(B, T, D)`: turn the axes, or ask
# for the new shape.
#
# > **Predict, then run.** Both results have the shape `(2, 3, 2)`. Do they hold the same numbers in the same places?

# %% id="reshape"
stack = lab.working(stack_time)  # your own function if its check passed, else the reference answer
steps = [batch[:, t] for t in range(3)]
time_first = np.array(steps)
blocks = {
    "time first": time_first,
    "transpose": np.transpose(time_first, (1, 0, 2)),
    "reshape": time_first.reshape(2, 3, 2),
}
print("your stack_time gives the batch of above:", np.array_equal(stack(steps), batch))
plots.number_blocks(blocks, {"time first": "TBD", "transpose": "BTD", "reshape": "BTD"}, group=example);

# %% [markdown] id="reshape-moral"
# *Picture: after the transpose each card has one colour. After the reshape both cards are of two colours: the examples are mixed.*
#
# No: a transpose moves numbers to other places, while a reshape keeps their reading order and only draws the lines elsewhere. Here it
# has cut two sequences into pieces and glued them together wrongly, and **nothing was raised**. Ask of every reshape: do the axes that it
# joins or splits stand next to each other?

# %% [markdown] id="meet-text"
# ## 2 · Which numbers meet
#
# `+`, `-`, `*` and `/` work number by number. If shapes differ, they are laid above each other **from the last axis on**, and an
# axis of length 1 (or none) is repeated. That is *broadcasting*. A matrix product `@` is something else: a row meets a column, is multiplied
# number by number, and added up. Framed is what makes one number of the result; pale is what is only repeated.

# %% id="meet"
figure, axes = plt.subplots(3, 1, figsize=(8, 7.2), layout="constrained")
A = np.array([[1, 2, 3], [4, 5, 6]])
plots.which_meet(A, [10, 20, 30], "+", ax=axes[0])
plots.which_meet([[1], [2]], [10, 20, 30], "*", ax=axes[1])
plots.which_meet(A, [[1, 0], [0, 1], [1, 1]], "@", ax=axes[2])
figure.set_label("Figure: (2, 3) + (3,) repeats the row; (2, 1) * (3,) repeats both; (2, 3) @ (3, 2): row meets column");

# %% [markdown] id="silent-text"
# *Picture: three lines, each "block, block = block". A vector is added to every row; a column and a row make a table; a framed row
# and a framed column make one number.*
#
# **Two mistakes that raise nothing.** First, `*` in the place of `@` where a matrix is square. Second, a column `(N, 1)` beside a vector
# `(N,)`: predictions come as the one, labels often as the other.
#
# > **Predict, then run.** The predictions below are perfect. What is the mean squared error, as it is computed here?

# %% id="silent"
labels, predictions = np.array([1.0, 2.0, 3.0]), np.array([[1.0], [2.0], [3.0]])
print("mean squared error of perfect predictions:", np.mean((predictions - labels) ** 2))
M, v = np.array([[1, 2], [3, 4]]), np.array([10, 100])
print("M @ v =", M @ v, "  M * v =", (M * v).tolist())
plots.which_meet(predictions, labels, "-");

# %% [markdown] id="silent-moral"
# *Picture: a column of three and a row of three, both repeated to 3 × 3; the difference is a table, 0 only on its diagonal.*
#
# Not 0 but 1.33: each prediction was compared with *every* label. And `M * v` is a matrix where a vector was meant. So look at
# shapes, **and** at values. The checks of these labs try equal sizes too, for there no shape gives a slip away.

# %% [markdown] id="todo-affine"
# ### Exercise 2 · `affine` · 15 points · ≈ 5 min · ●●○
#
# The heart of every layer: `x @ W + b`, along the **last** axis of x. `x` is `(..., D)`, with one to four axes; `W` is `(D, H)`, `b` is `(H,)`.
# Return `(..., H)`: all leading axes are kept, and a plain vector `(D,)` gives `(H,)`. All three come as NumPy arrays, or all three as tensors.
#
# By hand: `x=[1, 2], W=[[1, 0, 2], [0, 1, 1]], b=[.5, 0, 0]` gives `[1.5, 2, 4]`; the same x as `[[[1, 2]]]` gives `[[[1.5, 2, 4]]]`.
#
# Useful: `tf.matmul`, and `@` between tensors, want two axes or more; NumPy's `@` and `tf.tensordot(x, W, axes=1)` take one as well.

# %% id="affine" exercise="affine"
def affine(x, W, b):
    """x (..., D), W (D, H), b (H,)  ->  x @ W + b along the last axis, (..., H)."""
    ### BEGIN SOLUTION
    return tf.tensordot(x, W, axes=1) + b
    ### END SOLUTION


# %% id="check-affine" check="affine"
lab.check(affine)

# %% [markdown] id="todo-pairwise_dots"
# ### Exercise 3 · `pairwise_dots` · 10 points · ≈ 3 min · ●○○
#
# `A` and `B` are both `(N, D)`. Return `(N,)`: the dot product of row n of A with row n of B. Not of all pairs of rows, which would be `(N, N)`.
# Both stay as they are. N and D may be 1, and also N = D; with N = 1 the result is `(1,)`.
#
# By hand: `A=[[1, 2], [3, 4]], B=[[5, 6], [7, 8]]` gives `[1·5 + 2·6, 3·7 + 4·8] = [17, 53]`.

# %% id="pairwise_dots" exercise="pairwise_dots"
def pairwise_dots(A, B):
    """A (N, D), B (N, D)  ->  (N,), the dot product of each row of A with the same row of B."""
    ### BEGIN SOLUTION
    return np.sum(A * B, axis=1)
    ### END SOLUTION


# %% id="check-pairwise_dots" check="pairwise_dots"
lab.check(pairwise_dots)

# %% [markdown] id="gather-text"
# **Words are numbers too.** A word is an *id*, and a table has a row of numbers for each id. There are two ways to its row: pick it
# (`tf.gather`), or multiply by a vector that is 1 at the id and 0 elsewhere (*one-hot*).
#
# > **Predict, then run.** Do the two give the same numbers, or only the same shape?

# %% id="gather"
ids, table = [2, 0], tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
one_hot = tf.one_hot(ids, 3)
print("the same:", np.array_equal(tf.gather(table, ids), one_hot @ table))
plots.which_meet(one_hot, table, "@", cell=(0, 1));

# %% [markdown] id="gather-moral"
# *Picture: the rows 0 0 1 and 1 0 0 times the table; the results are its rows 5 6 and 1 2.*
#
# The same numbers: a one-hot row picks a row. Picking is quicker; the product shows that a gradient reaches only the rows that were picked.

# %% [markdown] id="reduce-text"
# ## 3 · Sums, and numbers that are not there
#
# `x.sum(axis=1)` adds along axis 1, and that axis is gone: `(B, T, D)` becomes `(B, D)`. With `keepdims=True` it stays, with length 1,
# so that the result still meets x. TensorFlow calls it `tf.reduce_sum(x, axis=1)`.
#
# Sequences are of different lengths, a block is not. So short ones are filled up, and a **mask** says which steps are real. It is
# tempting to multiply by the mask.
#
# > **Predict, then run.** The filling below is not 0 but `nan`, "not a number": a sensor was off. What is `0 * nan`?

# %% id="nan"
x = np.array([1.0, 2.0, np.nan])
mask = np.array([1, 1, 0])
print("x * mask             =", x * mask, "  its sum:", np.sum(x * mask))
print("np.where(mask, x, 0) =", np.where(mask, x, 0), "  its sum:", np.sum(np.where(mask, x, 0)))

# %% [markdown] id="todo-masked_sum"
# A `nan` stays `nan` whatever it is multiplied by, and so 0 does not remove it; nor does it remove `inf`. A mask should **choose**, not multiply.
#
# ### Exercise 4 · `masked_sum` · 15 points · ≈ 4 min · ●●○
#
# `x` is `(B, T, D)`; `mask` is `(B, T)`, of bools or of 0 and 1, where 1 is a real step. Real steps may stand anywhere, not only at the front.
# Return `(B, D)`: the sum over time of the real steps. A row without a real step gives zeros. What is masked may be any number, also huge,
# `inf` or `nan`: none of it may reach the result. Both arguments stay as they are.
#
# By hand: `x=[[[1, 10], [2, 20], [4, 40]]], mask=[[1, 0, 1]]` gives `[[5, 50]]`; and `x=[[[1], [2], [nan]]]`, of shape `(1, 3, 1)`,
# with `mask=[[True, True, False]]` gives `[[3]]`.
#
# Useful: `np.where(condition, a, b)`; `mask[:, :, None]` gives the mask an axis more. A loop is fine as well.

# %% id="masked_sum" exercise="masked_sum"
def masked_sum(x, mask):
    """x (B, T, D), mask (B, T), 1 = real  ->  (B, D), the sum over the real steps."""
    ### BEGIN SOLUTION
    real = np.where(mask[:, :, None] == 1, x, 0)
    return np.sum(real, axis=1)
    ### END SOLUTION


# %% id="check-masked_sum" check="masked_sum"
lab.check(masked_sum)

# %% [markdown] id="graph-text"
# ## 4 · The same five lines, three times
#
# Five lines in NumPy. The same in TensorFlow, which computes each line at once, too: that is called *eager*. And the same once
# more under `tf.function`: now TensorFlow runs the Python **once**, writes down what it does with tensors, and from then on uses only what it
# wrote. What it wrote is a graph, and we can look at it.

# %% id="five-lines"
rng = np.random.default_rng(0)
x, W, b, V = (rng.normal(size=s).astype("float32") for s in ((4, 3), (3, 5), (5,), (5, 2)))


def in_numpy(x, W, b, V):
    a = x @ W
    z = a + b
    h = np.tanh(z)
    y = h @ V
    return np.mean(y * y)


def in_tensorflow(x, W, b, V):
    a = x @ W
    z = a + b
    h = tf.tanh(z)
    y = h @ V
    return tf.reduce_mean(y * y)


tensors = [tf.constant(value) for value in (x, W, b, V)]
as_graph = tf.function(in_tensorflow)
print(f"NumPy {in_numpy(x, W, b, V):.6f} · eager {in_tensorflow(*tensors):.6f} · graph {as_graph(*tensors):.6f}")
plots.function_graph(as_graph.get_concrete_function(*tensors));

# %% [markdown] id="once-text"
# *Picture: four blue circles x, W, b, V. x and W meet in @, then + with b, then tanh, then @ with V; its result meets itself in ∗, and the mean
# is the orange last square.*
#
# Every line is a square. What is **not** there: the names `a`, `z`, `h`; any `print`; any list. They were Python, and Python runs
# only while the graph is being written. This is called *tracing*.
#
# > **Predict, then run.** `noisy` is called six times. How often does it print? How long is `calls` at the end?

# %% id="traced-once"
calls = []


@tf.function
def noisy(x):
    print("   ... Python runs, with x =", x if isinstance(x, float) else x.shape)
    calls.append("a call")
    return x * x


for argument in (tf.constant([1.0, 2.0]), tf.constant([3.0, 4.0]), tf.constant([5.0, 6.0]), tf.constant([1.0, 2.0, 3.0]), 2.0, 3.0):
    print("call with", argument if isinstance(argument, float) else np.asarray(argument))
    noisy(argument)
print("six calls,", len(calls), "entries in the list")

# %% [markdown] id="leak-text"
# Four times. Once for tensors of shape `(2,)`, whatever their numbers; **again** for a new shape; and again for *each* Python number, for that is
# not a tensor but a part of the program. (So hand numbers that change over as tensors.)
#
# The other trap is a tensor that leaves. While the graph is written, a tensor is a place for a number still to come. Lab 2 begins with a
# slide that keeps its state in `self.h`; this is what happens then.
#
# > **Predict, then run.** `leaky` keeps its h in a list. Afterwards, what is in the list: a number, or something else?

# %% id="leak"
kept = []


@tf.function
def leaky(x):
    h = tf.tanh(x)
    kept.append(h)
    return h


print("what comes back:", leaky(tf.constant(1.0)).numpy())
print("what was kept: a", type(kept[0]).__name__)
try:
    kept[0].numpy()
except (AttributeError, NotImplementedError) as error:
    print("its number:", type(error).__name__, "- there is none")

# %% [markdown] id="time-text"
# What was kept is only the *place* for a number. The rule for all labs: what a step needs comes in as an argument, and what it makes goes
# out as a result.
#
# Why trace at all? For speed: between the operations of a graph no Python runs. Below, a recurrence of 50 small steps, one after the other.
#
# > **Predict, then run.** Eager and graph do the same 100 operations. Which is quicker, and is that so at the first call, too?

# %% id="timed"
import time


def fifty_steps(h, W, tanh):
    for _ in range(50):
        h = tanh(h @ W)
    return h


h, W = np.ones((8, 16), "float32"), rng.normal(0, 0.3, (16, 16)).astype("float32")
graph = tf.function(lambda h, W: fifty_steps(h, W, tf.tanh))
h_tensor, W_tensor = tf.constant(h), tf.constant(W)
ways = {
    "NumPy": lambda: fifty_steps(h, W, np.tanh),
    "eager TensorFlow": lambda: fifty_steps(h_tensor, W_tensor, tf.tanh),
    "tf.function": lambda: graph(h_tensor, W_tensor),
}
for name, run in ways.items():
    begin = time.perf_counter()
    run()
    first = time.perf_counter() - begin
    begin = time.perf_counter()
    for _ in range(20):
        run()
    print(f"{name:>17}: first call {1000 * first:7.2f} ms, then {1000 * (time.perf_counter() - begin) / 20:6.3f} ms a call")

# %% [markdown] id="time-moral"
# The numbers are your machine's. At the first call the graph is slow: that is the tracing. From then on it is quicker than eager: what it saves is
# Python's time between the operations. So a graph pays where they are many and small, as in a recurrent network. NumPy has little between its
# operations, too, but it knows no slopes.
#
# **Find the slip.** A well-known training loop counts its steps like this, and prints 1 for ever. Why?
#
# ```python
# step = 0
#
# @tf.function
# def train_step(x):
#     global step
#     step += 1
#     ...
#     return loss, step
# ```
#
# <details><summary>The slip</summary>
#
# `step += 1` is Python. It ran while the graph was written, once, and the graph keeps the 1 as a constant. Count outside, or in a
# `tf.Variable` with `step.assign_add(1)`, which is an operation. The test that would have caught it: call twice, compare.
# </details>

# %% [markdown] id="layer-text"
# ## 5 · A layer is a function that owns its weights
#
# `affine` gets W and b each time. A **layer** keeps them, so that training can change them. A Keras layer has three moments:
#
# | | when | what is known |
# |:--|:--|:--|
# | `__init__` | the layer is made | how many outputs |
# | `build(input_shape)` | its **first** call, once | the shape of the input, so the weights can be made |
# | `call(x)` | every call | x: now compute, and keep nothing |
#
# Weights are born in `build` and not in `call`: in `call` they would be new at every call, and nothing learnt would stay. And they are made
# with `self.add_weight`: Keras lists only what it has made itself, and only what is listed is trained.
#
# > **Predict, then run.** Both layers below hold one weight. How many weights does Keras see in each?

# %% id="seen-weights"
class Bare(keras.layers.Layer):
    def build(self, input_shape):
        self.w = tf.Variable(1.0)

    def call(self, x):
        return self.w * x


class Listed(keras.layers.Layer):
    def build(self, input_shape):
        self.w = self.add_weight(shape=(), initializer="ones")

    def call(self, x):
        return self.w * x


for layer in (Bare(), Listed()):
    print(type(layer).__name__, "computes", layer(tf.constant([3.0])).numpy(), "and shows", len(layer.trainable_weights), "weights")

# %% [markdown] id="todo-OurDense"
# The first layer computes the same and would never learn: no optimiser knows of its weight.
#
# ### Exercise 5 · `OurDense` · 20 points · ≈ 8 min · ●●○
#
# Write the Keras layer `OurDense(n_outputs)`. On x `(B, D)` it gives `sigmoid(x @ W + b)`, of shape `(B, n_outputs)`, for any B.
#
# * two trainable weights and no others, made once, at the first call: `W (D, n_outputs)` and `b (n_outputs,)`, under these names;
# * b starts at zero, W does not (random, as `add_weight` makes a matrix by itself);
# * it works inside `tf.function` too, and a gradient reaches both weights: stay with TensorFlow or Keras operations in `call`.
#
# By hand: with `W=[[1], [-1]], b=[.5]` the input `[[2, 1]]` gives $\sigma(2 - 1 + 0.5) = \sigma(1.5) = 0.817574$.
#
# Useful: `self.add_weight(shape=(…, …))`, `initializer="zeros"`, `tf.sigmoid`.

# %% id="OurDense" exercise="OurDense"
class OurDense(keras.layers.Layer):
    """x (B, D)  ->  sigmoid(x @ W + b), (B, n_outputs)."""

    def __init__(self, n_outputs):
        super().__init__()
        ### BEGIN SOLUTION
        self.n_outputs = n_outputs
        ### END SOLUTION

    def build(self, input_shape):
        ### BEGIN SOLUTION
        self.W = self.add_weight(shape=(input_shape[-1], self.n_outputs))
        self.b = self.add_weight(shape=(self.n_outputs,), initializer="zeros")
        ### END SOLUTION

    def call(self, x):
        ### BEGIN SOLUTION
        return tf.sigmoid(x @ self.W + self.b)
        ### END SOLUTION


# %% id="check-OurDense" check="OurDense"
lab.check(OurDense)

# %% [markdown] id="dense-text"
# Keras has this layer: `keras.layers.Dense(n, activation="sigmoid")`; it calls W the *kernel*.
#
# > **Predict, then run.** Both layers are new. Do they give the same? And after Keras's layer has been given your weights?

# %% id="same-as-keras"
Layer = lab.working(OurDense)
keras.utils.set_random_seed(1)
ours, theirs = Layer(3), keras.layers.Dense(3, activation="sigmoid")
x = tf.constant(rng.normal(size=(5, 4)), tf.float32)
print("new:          largest difference", f"{np.abs(ours(x) - theirs(x)).max():.3f}")
theirs.set_weights([np.asarray(ours.W), np.asarray(ours.b)])
print("same weights: largest difference", f"{np.abs(ours(x) - theirs(x)).max():.6f}")

# %% [markdown] id="tape-text"
# Weights start at random, so new layers differ; with the same weights they are the same layer.
#
# ## 6 · The tape
#
# To learn is to go down a slope, so we need slopes. A `tf.GradientTape` writes down what is computed while it runs, and then goes
# through its notes backwards. It follows weights and variables by itself. A plain tensor it follows only after `tape.watch(x)`.
#
# > **Predict, then run.** The curve is $f(x) = \sin x + x^2/10$. Where is its slope 0: at x = 0, left of it, or right of it?

# %% id="tangents"
def curve(x):
    return tf.sin(x) + x**2 / 10


figure, ax = plt.subplots(figsize=(8, 3.4), layout="constrained")
xs = np.linspace(-4, 4, 200, dtype="float32")
ax.plot(xs, curve(xs), color="#444444")
for at, colour in ((-2.5, "#0072B2"), (-1.3, "#009E73"), (1.0, "#D55E00")):
    x = tf.constant(at)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = curve(x)
    slope = float(tape.gradient(y, x))
    near = np.array([at - 0.8, at + 0.8])
    ax.plot(near, y + slope * (near - at), color=colour, linewidth=3)
    ax.annotate(f"{slope:+.2f}", (at, float(y)), xytext=(0, -16 if slope > 0.1 else 14), textcoords="offset points", color=colour)
ax.set(xlabel="x", ylabel="f(x)", title="Slopes from the tape, drawn as tangents")
ax.spines[["top", "right"]].set_visible(False)

# %% [markdown] id="none-text"
# *Picture: a wavy curve with three tangents. At −2.5 it falls (−1.30), at −1.3 it is nearly level (+0.01), at 1 it rises (+0.74).*
#
# Left of 0, near −1.3. There a step changes nothing: the bottom of the dip.
#
# **And where there is no slope?** The tape answers `None`: "y was not made of x, as far as I saw". It means one of two things.
#
# > **Predict, then run.** Below, y is 9 in four ways. For which of them does the tape know a slope?

# %% id="none"
x = tf.constant(3.0)
with tf.GradientTape(persistent=True) as tape:
    unwatched = x * x
    tape.watch(x)
    watched = x * x
    through_numpy = tf.constant(np.square(x.numpy()))
    constant = tf.constant(9.0)
for name, y in (("before watch", unwatched), ("after watch", watched), ("through NumPy", through_numpy), ("a constant 9", constant)):
    print(f"{name:>14}: y = {float(y):g}, slope:", tape.gradient(y, x))

# %% [markdown] id="todo-gradient"
# Only the second. Either the tape did not see how x became y (nobody watched, or the way led through NumPy): a mistake. Or y does not
# depend on x at all: then the slope is 0.
#
# ### Exercise 6 · `gradient` · 15 points · ≈ 5 min · ●●○
#
# `f` takes a tensor of the shape of `x` to one number, by TensorFlow operations. `x` is an array of one to three axes. Return the slopes
# $\partial f/\partial x$, one for each entry, in the shape of `x`. Where f does not depend on x: **zeros**, in the shape of x. Leave the gradient as
# long as it is. (Differences are welcome in principle, but they must be right to four digits; the tape is.)
#
# By hand: for `f = Σ x²` and `x=[1, -2]` it is `[2, -4]`; for `f = 3`, whatever x, it is `[0, 0]`.

# %% id="gradient" exercise="gradient"
def gradient(f, x):
    """f: a tensor of the shape of x -> a scalar tensor. x an array  ->  the slopes of f at x, in the shape of x."""
    ### BEGIN SOLUTION
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    return tape.gradient(y, x, unconnected_gradients="zero")
    ### END SOLUTION


# %% id="check-gradient" check="gradient"
lab.check(gradient)

# %% [markdown] id="todo-descend"
# ## 7 · Down the slope
#
# The slope points uphill. So step against it, by a small part of it, the *learning rate* $\eta$, and look again:
#
# $$x \leftarrow x - \eta\, \frac{\partial f}{\partial x}$$
#
# ### Exercise 7 · `descend` · 15 points · ≈ 5 min · ●●○
#
# `descend(f, x0, rate, steps)` walks `steps` such steps from `x0 (n,)`. Return `(x, history)`: the last point, and the `steps + 1` values of f,
# the first at x0 before any step, the last at the x that comes back. The rate stays the same, and all steps are walked, also where nothing moves. `steps`
# may be 0. If f does not depend on x, x stays where it is. `x0` itself is not changed. You may call your `gradient`. With a tape
# of your own, mind that `x - …` is a new, plain tensor, which no tape watches by itself.
#
# By hand: for `f = (x − 4)²`, `x0=[0], rate=.25, steps=2` the slopes are −8 and −4, so x goes 0, 2, 3, and history is `[16, 4, 1]`. With 0 steps: `[0]` and `[16]`.

# %% id="descend" exercise="descend"
def descend(f, x0, rate, steps):
    """Gradient descent from x0 (n,)  ->  the last point (n,), and the steps + 1 values of f on the way."""
    ### BEGIN SOLUTION
    x, history = tf.constant(x0), []
    for _ in range(steps):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        history.append(y)
        x = x - rate * tape.gradient(y, x, unconnected_gradients="zero")
    history.append(f(x))
    return x, history
    ### END SOLUTION


# %% id="check-descend" check="descend"
lab.check(descend)

# %% [markdown] id="bowl-text"
# **A bowl.** Now walk. Move the slider below the picture: each stop is another learning rate, and the path is what your `descend` did.
#
# > **Predict, then run.** In this bowl the slope is as long as the way to the bottom. What happens at rate 1? At 1.9? At 2.1?

# %% id="bowl"
walk = lab.working(descend)


def path(f, start, rate, steps=25):
    """All the points of a walk: one step at a time."""
    points = [np.array(start, "float32")]
    for _ in range(steps):
        points.append(np.asarray(walk(f, points[-1], rate, 1)[0]))
    return points


@tf.function
def bowl(x):
    return (x[..., 0] ** 2 + x[..., 1] ** 2) / 2


VIEW = (-2.875, 2.875, -2, 2)  # left, right, bottom, top
rates = (0.02, 0.1, 0.5, 1.0, 1.5, 1.9, 2.1)
plots.descent_slider(bowl, {rate: path(bowl, (-2.0, 1.2), rate) for rate in rates}, VIEW, title="A bowl", start=0.1)

# %% [markdown] id="ravine-text"
# *Picture: round contour lines, and a path of dots that starts at the blue one. Its numbers are in the table below it.*
#
# At rate 1 one step is enough. At 1.9 each step overshoots and lands nearly as far on the other side; above 2 it lands farther away, and the walk
# flies off. No rate is good by itself: it depends on how steep the ground is.
#
# **A ravine.** The same bowl, twenty times steeper in one direction.
#
# > **Predict, then run.** How large may the rate be now, before the walk flies off: 2, 1, or 0.1?

# %% id="ravine"
@tf.function
def ravine(x):
    return (x[..., 0] ** 2 + 20 * x[..., 1] ** 2) / 2


rates = (0.005, 0.02, 0.05, 0.08, 0.095, 0.105)
plots.descent_slider(ravine, {rate: path(ravine, (-2.5, 1.0), rate) for rate in rates}, VIEW, title="A ravine", start=0.05)

# %% [markdown] id="cliff-text"
# *Picture: long flat ellipses. Small rates creep along the floor; larger ones jump from wall to wall.*
#
# 0.1, which is 2 / 20: the steepest direction decides, and the flat one, in which the goal lies, has to wait.
#
# **A cliff.** A tiny recurrent network: one number u is multiplied by w, ten times, and should end at 1. So $f(w, u) = (u\,w^{10} - 1)^2$. The
# tenth power makes flat land below w = 1 and a wall above it.
#
# > **Predict, then run.** The walk starts on the wall. Is it better off with a small rate or with a large one?

# %% id="cliff"
@tf.function
def cliff(x):
    h = x[..., 1]
    for _ in range(10):
        h = h * x[..., 0]
    return (h - 1) ** 2


rates = (0.00002, 0.0001, 0.0003, 0.001, 0.002, 0.01)
plots.descent_slider(cliff, {rate: path(cliff, (1.3, 0.6), rate) for rate in rates}, (0, 1.6, -0.5, 1.5), title="A cliff", start=0.0001)

# %% [markdown] id="cliff-moral"
# *Picture: contour lines crowd on the right, where the wall is. With small rates the path goes to the floor between; with larger ones, its second
# point lies far to the left, or outside.*
#
# With a small one. On the wall the slope is about a thousand. A rate that is fine on the floor throws the walk off the wall, to flat land far away, where there is no
# slope to come back by; or out of all numbers. This is the *exploding gradient* of recurrent networks. Lab 3 has the cure.

# %% [markdown] id="train-text"
# ## 8 · Train something
#
# Now all of it together. Two crescents of points; your layer, twice; the tape; steps downhill, on all weights at once. The
# network gives the probability of label 1. The loss is minus the logarithm of the probability of the *right* label, as a mean: 0 would be
# perfect, and whoever always says one half pays ln 2 = 0.693. We hold back 200 points that it never trains on, and judge by these. The
# yardstick is one single layer, which can only draw a straight line. (About three seconds.)
#
# > **Predict, then run.** Where will the straight border lie? And how many of the unseen points will each network get right?

# %% id="train"
(x, y), (x_new, y_new) = two_moons(200, seed=0), two_moons(200, seed=1)


def train(network, weights, rate, steps):
    """Gradient descent on all weights at once; the loss of every step."""

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            p = network(x)
            loss = -tf.reduce_mean(tf.math.log(tf.where(y == 1, p, 1 - p) + 1e-7))
        for w, slope in zip(weights, tape.gradient(loss, weights)):
            w.assign_sub(rate * slope)
        return loss

    return [float(step()) for _ in range(steps)]


keras.utils.set_random_seed(0)
line, first, second = Layer(1), Layer(8), Layer(1)
line(x), second(first(x))  # the first call makes the weights
both = first.trainable_weights + second.trainable_weights
losses = {
    "one layer": train(line, line.trainable_weights, rate=2.0, steps=1500),
    "two layers": train(lambda x: second(first(x)), both, rate=2.0, steps=1500),
}

figure, axes = plt.subplots(1, 3, figsize=(11, 3.4), layout="constrained", width_ratios=[1, 1.2, 1.2])
for (name, values), colour, where in zip(losses.items(), ("#0072B2", "#D55E00"), (6, -16)):
    axes[0].plot(values, color=colour)
    axes[0].annotate(name, (900, values[900]), xytext=(0, where), textcoords="offset points", ha="center", color=colour)
axes[0].set(xlabel="step", ylabel="loss", title="Training", ylim=(0, None))
draw_border(line, x_new, y_new, "unseen, one layer", axes[1])
draw_border(lambda x: second(first(x)), x_new, y_new, "unseen, two layers", axes[2])

# %% [markdown] id="keras-text"
# *Picture: two falling curves, that of two layers ending lower; then the two borders among the unseen points, straight and bent, with the share that is right.*
#
# A straight line must cut off the tips. With eight hidden units the border bends.
#
# **The same in three calls.** `compile` says how to step and which loss, `fit` is the loop. Here the steps are taken on 32 points at a time, and by
# an optimiser named Adam, who scales the steps for each weight by itself: his answer to the ravine.

# %% id="keras"
keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(8, activation="sigmoid"), keras.layers.Dense(1, activation="sigmoid")])
model.compile(optimizer=keras.optimizers.Adam(0.2), loss="binary_crossentropy", metrics=["accuracy"])
model.fit(x, y, batch_size=32, epochs=30, verbose=0)
loss, accuracy = model.evaluate(x_new, y_new, verbose=0)
ours = np.mean((np.asarray(second(first(x_new))) > 0.5) == (y_new > 0.5))
print(f"unseen points: {accuracy:.1%} right in three calls, {ours:.1%} with your own layer and loop")

# %% [markdown] id="later"
# ## Where you meet it again
#
# | here | there |
# |:--|:--|
# | blocks `(B, T, D)`, time at axis 1 | every lab |
# | one-hot rows that pick a row | lab 1 embeds words |
# | `self.h` and the tensor that leaks; the traced graph | lab 2, on its first page |
# | the cliff | lab 3 |
# | a layer with `add_weight` | labs 2 and 4 |
# | tape and steps, as one training step | lab 5 |
# | masks that choose | labs 6 and 7 |
#
# ## Stretch (not graded)
#
# * Give the crescents more noise in `two_moons`. At which noise is the bent border no better than the straight one, on unseen points?
# * Draw the graph of the *gradient*: trace `lambda x: gradient(curve, x)` with `tf.function` and hand it to `plots.function_graph`. Do you find the
#   cosine?
# * In the ravine, step with $x \leftarrow x + v$, where $v \leftarrow 0.8\,v - \eta\,\partial f/\partial x$ (*momentum*). What does the path look like now?

# %% [markdown] id="handin-text"
# ## Hand in
#
# This checks all seven answers once more and writes your hand-in, one small file.

# %% id="handin" role="handin"
lab.submit()
