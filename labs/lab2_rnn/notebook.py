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
# # Lab 2 — RNNs from scratch
#
# *About 95 minutes with the reading · eight exercises, 100 points · CPU only, no account, no download*
#
# You will write a recurrent network with your own hands: one step of it, the lecture's cell, the walk through
# time, the loss. Then you train it to spell *hello*, let it continue a melody from its first note, and show
# that Keras's `SimpleRNN` is the same network.
#
# After each TODO cell comes a check. It tells you at once what is right, and what slipped.
# Stuck? `lab.hint("rnn_step")` gives one of three hints, each time the next one.
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
lab = seqlab.labs.load("lab2")

# %% [markdown] id="end-first"
# ## What you will see at the end
#
# Left: a network that reads *h, e, l, l* and should say *e, l, l, o*. Every blue arrow is the same matrix, and
# so is every orange one and every green one. Right: what such a network says when it has learnt it. Each column
# holds the probabilities of the next letter. These numbers are from the run of the reference solution; soon
# they are yours.

# %% id="end-picture"
from seqlab import music, plots

hello_at_the_end = [[0.00, 1.00, 0.00, 0.00], [0.00, 0.00, 1.00, 0.00], [0.00, 0.00, 1.00, 0.00], [0.00, 0.00, 0.00, 1.00]]
figure, (left, right) = plt.subplots(1, 2, figsize=(13, 4.2), width_ratios=[2.2, 1], layout="constrained")
plots.unrolled_graph("hell", "ello", losses=True, ax=left)
plots.softmax_columns(hello_at_the_end, "hell", "helo", "ello", ax=right);

# %% [markdown] id="conventions"
# *Picture: a loop and its four copies in time; a 4 × 4 table of probabilities with one dark cell in each column.*
#
# ### Conventions of all labs
#
# | | |
# |:--|:--|
# | a batch of sequences | `x` has shape `(B, T, D)`: batch, **time is axis 1**, features |
# | the hidden state | `h` has shape `(B, H)`, one row for each example; rows multiply from the left, `x @ W` |
# | the slide's cell | keeps the slide's shapes: `W_xh (H, D)`, `W_hh (H, H)`, `W_hy (O, H)`, so there it is `x @ W_xhᵀ` |
# | losses | labels first, `(y, logits)`; logits everywhere, softmax only for pictures; natural logarithm |
# | chance | is always handed in (`rng`, `seed`) |
#
# **Other books, other letters.** The same network in three notations:
#
# | here and MIT 6.S191 | Harvard CS109B | what it is |
# |:--|:--|:--|
# | $x_t$ | $Y_t$ | the **input** (yes: Y) |
# | $\hat y_t$ | $Z_t$ | the **output** |
# | $h_t$ | the state | hidden state; some slides call it "cell state", but that is $c_t$ of lab 4 |
# | $W_{xh},\ W_{hh},\ W_{hy}$ | $V,\ U,\ W$ | input, recurrent and output weights: $h = \sigma(V\,Y + U\,h + b)$ |
# | $\tanh$, linear output | $\sigma$, $\sigma$ | squashing of state and of output |
#
# A network of this kind, with one hidden vector, is also called a *vanilla* or *Elman* RNN.

# %% [markdown] id="slide-text"
# ## 1 · A slide that does not run, and one that does
#
# This is the cell, line by line as the lecture prints it; only the class has another name, and with it the line with `super`, for the
# good name is kept for yours. Copy, paste, run: what could go wrong?
#
# > **Predict, then run.** We build it twice: 4 units for inputs of size 3, and 3 units for inputs of size 3.
# > Which one raises an error? What shape should `h` have?

# %% id="slide-cell"
class SlideCell(tf.keras.layers.Layer):
    def __init__(self, rnn_units, input_dim, output_dim):
        super().__init__()
        self.W_xh = self.add_weight([rnn_units, input_dim])
        self.W_hh = self.add_weight([rnn_units, rnn_units])
        self.W_hy = self.add_weight([output_dim, rnn_units])
        self.h = tf.zeros([rnn_units, 1])

    def call(self, x):
        self.h = tf.math.tanh(self.W_hh * self.h + self.W_xh * x)
        output = self.W_hy * self.h
        return output, self.h


for sizes in ((4, 3, 2), (3, 3, 1)):
    try:
        output, h = SlideCell(*sizes)(tf.ones((3, 1)))
        print(sizes, "→ no error. The shape of h:", tuple(h.shape))
    except tf.errors.InvalidArgumentError as error:
        print(sizes, "→ error:", re.search(r"Incompatible shapes: \S+ vs\. \S+", str(error))[0])

# %% [markdown] id="slide-moral"
# `*` multiplies **elementwise**. With sizes 4 and 3 it fails, which is lucky. With 3 and 3 it runs, and the hidden
# "vector" has become a 3 × 3 matrix. Nothing warns you. So in this lab we never trust that code *runs*: we look
# at shapes **and** values.
#
# More of the same kind, all found in printed notes:
#
# | as printed | what happens |
# |:--|:--|
# | `tanh(W_hh * h * W_xh * x)` | a `*` where `+` belongs: with $h_0 = 0$ the state stays 0 for ever |
# | `self.h = …` inside `call` | the state survives into the next sequence, and breaks under `tf.function` |
# | `return` one indent too far left | it is no longer part of `call`: a SyntaxError |
# | $W_{hh}^\top h$ in the formula, `W_hh` in the code | two conventions; a square matrix hides a missing transpose |

# %% [markdown] id="recurrence"
# ## 2 · The recurrence
#
# Read a sentence word by word and keep one summary of what you have read. The next summary depends on the
# old summary and on the new word, always by **the same rule** with the same parameters:
#
# $$h_t = f_W(h_{t-1}, x_t)$$
#
# Take the words away, and you have what physics calls a *dynamical system*: each state follows from the one before, for ever. The words
# drive it from outside.

# %% id="plot-dynamical"
plots.dynamical_system();

# %% [markdown] id="formula"
# *Picture: two chains of states. On the left each state follows from the one before alone; on the right an input comes in at each step.*
#
# **The formula, whole and once.** The lecture writes columns:
#
# $$h_t = \tanh(W_{hh}^\top h_{t-1} + W_{xh}^\top x_t) \qquad\qquad \hat y_t = W_{hy}^\top h_t$$
#
# Our examples are **rows** of a batch. Turn both sides over, $(W^\top x)^\top = x^\top W$, and the ᵀ is gone. With a bias, which Keras has and the
# slide has not, a step of the vanilla RNN is
#
# $$h_t = \tanh(x_t\,W_{xh} + h_{t-1}\,W_{hh} + b)$$
#
# | letter | code | shape |
# |:--|:--|:--|
# | $x_t$ | `x` | `(B, D)` |
# | $h_{t-1}$ | `h` | `(B, H)` |
# | $W_{xh}$ | `W_xh` | `(D, H)` |
# | $W_{hh}$ | `W_hh` | `(H, H)` |
# | $b$ | `b` | `(H,)` |
#
# That is this lab's notation: matrices multiply **from the right**, so `W_xh` is `(D, H)`. The slide's *code* stores every matrix the other
# way round, `W_xh (H, D)`, which is the formula's $W_{xh}^\top$; exercise 2 keeps those shapes, and there the transpose comes back.

# %% [markdown] id="todo-rnn_step"
# ### Exercise 1 · `rnn_step` · 15 points · ≈ 5 min · ●○○
#
# Write one step: the equation above, with two matrix products and **one** tanh over the whole sum. Return `(B, H)`,
# for any sizes, also `D = H` and 1. NumPy is welcome. Axis 1 of `x` holds features, so there is nothing to loop over.
#
# By hand: `x=[[.5]], h=[[-.2]], W_xh=[[1]], W_hh=[[2]], b=[.1]` gives $\tanh(0.5 - 0.4 + 0.1) = \tanh(0.2) = 0.197375$.

# %% id="rnn_step" exercise="rnn_step"
def rnn_step(x, h, W_xh, W_hh, b):
    """One step of the recurrence.

    x (B, D), h (B, H), W_xh (D, H), W_hh (H, H), b (H,)  ->  the new state (B, H)
    """
    ### BEGIN SOLUTION
    return np.tanh(x @ W_xh + h @ W_hh + b)
    ### END SOLUTION


# %% id="check-rnn_step" check="rnn_step"
lab.check(rnn_step)

# %% [markdown] id="ring-text"
# **What does a state remember?** We strike the network once, with an input of 1 at the first step, and then leave
# it alone. One unit, three values of `W_hh`.
#
# > **Predict, then run.** For which `W_hh` does the blow fade? For which does it stay? Does −0.8 fade?

# %% id="plot-ring"
step = lab.working(rnn_step)  # your own function if its check passed, else the reference answer

figure, ax = plt.subplots(figsize=(8, 3.2), layout="constrained")
for w, colour in ((0.8, "#0072B2"), (1.5, "#D55E00"), (-0.8, "#009E73")):
    h, heard = np.zeros((1, 1)), []
    for t in range(20):
        x = np.array([[1.0 if t == 0 else 0.0]])
        h = np.asarray(step(x, h, np.array([[1.0]]), np.array([[w]]), np.zeros(1)))
        heard.append(h.item())
    ax.plot(range(1, 21), heard, "o-", color=colour, markersize=4)
    ax.annotate(f"W_hh = {w:g}", (20, heard[-1]), xytext=(10, 8 * np.sign(w) if w != 1.5 else 0), va="center",
                textcoords="offset points", color=colour, annotation_clip=False)
ax.axhline(0, color="#888888", linewidth=0.8)
ax.set(xlabel="step t", ylabel="$h_t$", xticks=range(0, 21, 5), title="One blow at t = 1, then silence")
ax.spines[["top", "right"]].set_visible(False)

# %% [markdown] id="ring-caption"
# *Picture: three lines after one blow. 0.8 fades, −0.8 fades while it swings, 1.5 settles near 0.86 for ever.*
#
# So `W_hh` decides how long a state remembers. How long a *gradient* lasts is the subject of lab 3.

# %% [markdown] id="cell-text"
# ## 3 · The lecture's cell
#
# Now the cell of the slide, repaired. It owns its three matrices, in the slide's shapes, and reads an output from
# the **new** state:
#
# $$h_t = \tanh(W_{hh}\,h_{t-1} + W_{xh}\,x_t) \qquad\qquad \hat y_t = W_{hy}\,h_t$$
#
# So its code says it, in columns. Our examples are rows of a batch, so the products become `h @ W_hhᵀ`, `x @ W_xhᵀ` and
# `h_new @ W_hyᵀ`. The state is an argument and a result. It is **not** stored in the layer.

# %% [markdown] id="todo-MyRNNCell"
# ### Exercise 2 · `MyRNNCell` · 20 points · ≈ 15 min · ●●○
#
# Write the Keras layer `MyRNNCell(rnn_units, input_dim, output_dim)`, called as `y, h_new = cell(x, h)`.
#
# * three trainable weights, made once: `W_xh (rnn_units, input_dim)`, `W_hh (rnn_units, rnn_units)`, `W_hy (output_dim, rnn_units)`;
#   at the start none of them all zeros, or nothing could be learnt;
# * no biases, no activation on the output;
# * any batch size, and the same `(x, h)` twice gives the same result, also inside `tf.function`;
# * a gradient reaches each weight: stay with TensorFlow or Keras operations, for `np.tanh` and `.numpy()` cut it.
#
# Useful: `self.add_weight(shape=(…, …))` makes a trainable weight, with random numbers; `tf.transpose`, `tf.tanh`.
#
# By hand: `MyRNNCell(2, 1, 1)` with `W_xh=[[1], [0]], W_hh=[[0, 1], [0, 0]], W_hy=[[1, 2]]` on `x=[[.5]], h=[[.1, .2]]` has the state
# $(\tanh(0.2 + 0.5), \tanh 0) = (0.604368, 0)$ and the output $0.604368$.

# %% id="MyRNNCell" exercise="MyRNNCell"
class MyRNNCell(keras.layers.Layer):
    """One step of a vanilla RNN: cell(x (B, D), h (B, U)) -> (y (B, O), h_new (B, U))."""

    def __init__(self, rnn_units, input_dim, output_dim):
        super().__init__()
        ### BEGIN SOLUTION
        self.W_xh = self.add_weight(shape=(rnn_units, input_dim), name="W_xh")
        self.W_hh = self.add_weight(shape=(rnn_units, rnn_units), name="W_hh")
        self.W_hy = self.add_weight(shape=(output_dim, rnn_units), name="W_hy")
        ### END SOLUTION

    def call(self, x, h):
        ### BEGIN SOLUTION
        h_new = tf.tanh(h @ tf.transpose(self.W_hh) + x @ tf.transpose(self.W_xh))
        y = h_new @ tf.transpose(self.W_hy)
        return y, h_new
        ### END SOLUTION


# %% id="check-MyRNNCell" check="MyRNNCell"
lab.check(MyRNNCell)

# %% [markdown] id="loop-text"
# **The lecture's loop.** This is its pseudo-code, in code that runs. A word is a one-hot row; the loop hands the state on.
#
# > **Predict, then run.** The cell is new: it has never been trained. Will the last line be "networks!"?

# %% id="lecture-loop"
Cell = lab.working(MyRNNCell)
vocabulary = ["I", "love", "recurrent", "neural", "networks!"]


def one_hot(i, size):
    return tf.one_hot([i], size)  # (1, size)


keras.utils.set_random_seed(5)
my_rnn = Cell(4, 5, 5)
hidden_state = tf.zeros((1, 4))  # the slide's [0, 0, 0, 0], as a row

sentence = ["I", "love", "recurrent", "neural"]
for word in sentence:
    prediction, hidden_state = my_rnn(one_hot(vocabulary.index(word), 5), hidden_state)
    print(f"{word:>10}  h = {np.round(np.asarray(hidden_state)[0], 2)}")

next_word_prediction = vocabulary[np.argmax(prediction)]
print("next word:", next_word_prediction)

# %% [markdown] id="loop-moral"
# The loop is right; the weights know nothing yet, so the answer is a guess. In section 5 we train it, and it will say it.

# %% [markdown] id="unroll-text"
# ## 4 · Unrolled through time
#
# A loop of T steps is the same as T copies of the cell in a row. Two things are worth seeing: the copies **share**
# their weights (one colour, one matrix), and the only road from an early word to a late output leads through the
# orange arrows. A vector goes in at every step; what we want out is a vector at **some** time steps: at every one, or, as
# here, at the last alone.

# %% id="plot-unrolled"
plots.unrolled_graph(sentence, ["", "", "", "networks!"]);

# %% [markdown] id="todo-unroll"
# *Picture: the loop, and beside it four cells in a row; only the last one gives an output.*
#
# ### Exercise 3 · `unroll` · 15 points · ≈ 10 min · ●●○
#
# Walk the cell over a whole batch: `ys, h_T = unroll(cell, xs, h0)`.
#
# * `cell(x, h)` gives `(y, h_new)`, as yours does; `xs` is `(B, T, D)` and `h0` is `(B, H)`.
# * The walk starts from `h0`, whatever it is; the state of one step goes into the next, however large T is.
# * `ys` is `(B, T, O)`, the output of **every** step; `h_T` is the last state.
#
# Useful: `xs[:, t]` is step t of the whole batch, `(B, D)`; `tf.stack(ys, axis=1)`. NumPy is right too, but no gradient passes
# through it, and section 5 needs one.
#
# By hand: the cell `h' = .5h + x, y = 2h'` on 1, 2, 3 from `h0 = 0` has states 1, 2.5, 4.25 and outputs 2, 5, 8.5.

# %% id="unroll" exercise="unroll"
def unroll(cell, xs, h0):
    """Run the cell along time: xs (B, T, D), h0 (B, H)  ->  ys (B, T, O), h_T (B, H)."""
    ### BEGIN SOLUTION
    ys, h = [], h0
    for t in range(xs.shape[1]):
        y, h = cell(xs[:, t], h)
        ys.append(y)
    return tf.stack(ys, axis=1), h
    ### END SOLUTION


# %% id="check-unroll" check="unroll"
lab.check(unroll)

# %% [markdown] id="influence-text"
# ### What is still in the memory? "dog barking · white shirt · apple pie · knee hurts · get dark"
#
# CS109B shows one step of a memory in four pictures: forgetting, new events, new events weighted, updated memories. Here is such a step with
# numbers, for a memory that has one place for each word. `W_xh` is diagonal and says how well each word is **heard**; `W_hh` is a number
# times the identity and says how much is **kept**. We chose the numbers by hand; no training here.

# %% id="memory-step"
words = ["dog barking", "white shirt", "apple pie", "knee hurts", "get dark"]
weighing = np.array([0.60, 0.17, 0.14, 0.48, 0.62])
h = np.zeros(5)
for x in 0.3 * np.eye(5)[:3]:  # three words have been said
    h = np.tanh(weighing * x + 0.85 * h)
plots.memory_update(words, h, 0.3 * np.eye(5)[3], kept=0.85, heard=weighing);

# %% [markdown] id="influence-question"
# *Picture: five panels of bars, a bar for each word. The memory of three words shrinks to 0.85 of itself, "knee hurts" comes in at 0.3 and is heard at 0.14, and the
# sum of the two, squashed, is the updated memory.*
#
# Then the lecture tells a little story of five events and draws it as it is read. Above the cells stand lists of what the memory holds, dashes
# for what is gone, and with the events go numbers: 0.3, 0.1, 0.1, 0.4, 0.6 in the first picture; 0.3, 0.1, 0.1, 0.6, 0.9 in the one with an
# *output*. What the numbers measure is not said. **We read them as** how much of each event is in the memory at the end. That we can
# measure: the **influence** of word t on the last state is how far $h_T$ moves when the word is said a little louder:
#
# $$\text{influence}_t = \Big\| \frac{\partial h_T}{\partial x_t[w]} \Big\|, \quad w \text{ the word that is said at step } t.$$
#
# > **Predict, then run.** Recurrence A hears all words alike and keeps 0.7. Which word has the most influence? Can any choice of
# > "keep" give the *first* word more than the second? C tries 1.2.

# %% id="keep-gradient"
from seqlab.models import gradient_passes, train_unrolled

run = lab.working(unroll)
if not gradient_passes(lambda xs: run(Cell(4, 3, 2), xs, tf.zeros((1, 4)))[1], tf.ones((1, 2, 3))):
    print("Your unroll is right but leaves TensorFlow, so no gradient passes: from here on the reference is used.")
    run = lab.reference("unroll")

# %% id="influence"
def influence(heard, kept, loud=0.3):
    """Row t: ‖∂h_t/∂x_s[word s]‖ for each of the five words s; 0 for words that are still to come."""
    cell, xs, h0 = Cell(5, 5, 5), loud * tf.eye(5)[None], tf.zeros((1, 5))  # word t is one-hot at step t
    cell(xs[:, 0], h0)  # some cells make their weights at the first call
    for weight, matrix in ((cell.W_xh, np.diag(heard)), (cell.W_hh, kept * np.eye(5)), (cell.W_hy, np.eye(5))):
        weight.assign(matrix.astype("float32"))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(xs)
        hs, _ = run(cell, xs, h0)  # W_hy is the identity, so the outputs are the states
    J = tape.jacobian(hs, xs, experimental_use_pfor=False)[0, :, :, 0].numpy()  # (T, H, T, D)
    return np.array([[np.linalg.norm(J[t, :, s, s]) for s in range(5)] for t in range(5)])


louder = [0.60, 0.17, 0.14, 0.74, 0.98]
B, B_louder = influence(weighing, 0.85), influence(louder, 0.85)
plots.influence_bars(
    words,
    {
        "A: hears all alike, keeps 0.7": influence([0.62] * 5, 0.7)[-1],
        "B: weighs events, keeps 0.85": B[-1],
        "B′: hears the last two louder": B_louder[-1],
        "C: hears all alike, keeps 1.2": influence([0.62] * 5, 1.2)[-1],
    },
    slide={
        "B: weighs events, keeps 0.85": [0.3, 0.1, 0.1, 0.4, 0.6],
        "B′: hears the last two louder": [0.3, 0.1, 0.1, 0.6, 0.9],
    },
);

# %% [markdown] id="influence-moral"
# *Picture: four bar charts. In A every word has 1.4 times as much as the word before it, from 0.14 to 0.60. B and B′ follow the slide's numbers
# within 0.03. In C it is the other way round, from 0.89 down to 0.60.*
#
# A recurrence that only forgets favours what is near: going back, A loses the same *share* at every step, so its influence falls geometrically.
# The slide's 0.3 for the barking dog needs both matrices: a word that was heard loudly, and a memory that keeps it through four steps. And
# yes, the first word can have more than the second: keep more than you had, as C does. (Not too much: with 1.5 tanh is soon
# flat, and the first falls behind again. Try it.)
#
# What a vanilla RNN can **not** do: its "keep" is the same at every step, whatever comes in. A memory that decides *when* to keep is lab
# 4's gate. And the lecture's lists? Measure the influence on $h_1, h_2, \dots$ instead of the last state alone, and call forgotten what is below 0.15.

# %% id="memory-lists"
plots.memory_lists(
    words,
    {"B, beside the first picture": B, "B′, beside the picture with an output": B_louder},
    forgotten=0.15,
    answer="reads this list",
);

# %% [markdown] id="lists-moral"
# *Picture: for each of five steps a list of the words in memory, twice. "dog barking" stays on every list, a little paler each time; "white shirt"
# is there for one step, then a dash; "apple pie" never gets in; "knee hurts" and "get dark" stand at the end, stronger on the right.*
#
# An output can use only what is on the last list. A word that matters for it should be heard louder: that is the difference
# between our two pictures. Here we set it by hand; to find it is what training is for.
#
# > **Predict, then run.** Shout every word, ten times as loud. Do the influences grow?

# %% id="shout"
plots.influence_bars(words, {"B, in a quiet voice": B[-1], "B, shouted": influence(weighing, 0.85, loud=3.0)[-1]});

# %% [markdown] id="shout-moral"
# *Picture: in the quiet voice up to 0.60; shouted, nothing above 0.08.*
#
# They collapse. A shout drives tanh to its flat end, where its slope $1 - h_t^2$ is nearly 0, and the slopes of all steps
# multiply. Keep this in mind for lab 3.

# %% [markdown] id="loss-text"
# ## 5 · The loss, and a network that spells
#
# At every step the network says something, so every step has a loss $L_t$, the cross-entropy of the right letter. The total is
# the sum over time:
#
# $$L = \sum_{t=1}^{T} L_t, \qquad L_t = -\frac1B \sum_{\text{batch}} \ln\, \mathrm{softmax}(\text{logits}_t)[y_t]$$
#
# ### Exercise 4 · `total_loss` · 10 points · ≈ 8 min · ●●○
#
# `total_loss(y, logits)` with ids `y (B, T)` and `logits (B, T, V)` gives one number: **sum over time, mean over the batch**.
# Nothing may overflow, also with logits of ±1000. Useful: `tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits)` takes the ids as
# they are, and gives a loss for each of the `(B, T)` letters.
#
# By hand: logits of zeros say "all V letters alike", which costs $\ln V$ a step. For `(B, T, V) = (2, 3, 4)` that is $3 \ln 4 = 4.158883$.
# The letter 0 with logits `[0, 1000]` costs 1000. And `y=[[0, 1, 1], [1, 1, 0]]` with
# `logits=[[[1, 0], [0, 2], [3, 0]], [[0, 0], [2, 0], [0, 1]]]` costs $3.811057$.

# %% id="total_loss" exercise="total_loss"
def total_loss(y, logits):
    """Sum over time of the batch's mean cross-entropy, in nats: y (B, T) ids, logits (B, T, V) -> scalar."""
    ### BEGIN SOLUTION
    L_t = tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits)  # (B, T)
    return tf.reduce_sum(tf.reduce_mean(L_t, axis=0))
    ### END SOLUTION


# %% id="check-total_loss" check="total_loss"
lab.check(total_loss)

# %% [markdown] id="hello-text"
# ### Four letters: h, e, l, o
#
# The smallest language model there is: read *h, e, l, l*, say *e, l, l, o*. Look at the two **l**: the same letter goes in,
# but first an *l* must follow and then an *o*. Only the state can tell them apart.
#
# We train twice, with **your** cell, walk and loss: once as it should be, and once with the state set back to zero at every step.
#
# > **Predict, then run.** How low can the loss get without memory? Write your number down. *A few seconds.*

# %% [markdown] id="train-text"
# `train_unrolled` repeats these lines, 150 times:
#
# ```python
# with tf.GradientTape() as tape:
#     logits, _ = run(cell, xs, h0)
#     L = loss(y, logits)
# optimizer.apply_gradients(zip(tape.gradient(L, cell.trainable_weights), cell.trainable_weights))
# ```

# %% id="train-hello"
letters = "helo"
xs = tf.one_hot([[letters.index(c) for c in "hell"]], 4)  # (1, 4, 4)
y = np.array([[letters.index(c) for c in "ello"]])  # (1, 4)

loss = lab.working(total_loss)
if not gradient_passes(lambda logits: loss(y, logits), tf.zeros((1, 4, 4))):
    print("Your total_loss is right but leaves TensorFlow, so no gradient passes: from here on the reference is used.")
    loss = lab.reference("total_loss")


def run_without_memory(cell, xs, h0):
    return tf.stack([cell(xs[:, t], h0)[0] for t in range(xs.shape[1])], axis=1), h0


keras.utils.set_random_seed(1)
speller, forgetful = Cell(8, 4, 4), Cell(8, 4, 4)
before = tf.nn.softmax(run(speller, xs, tf.zeros((1, 8)))[0])[0]
with_memory = train_unrolled(speller, run, loss, xs, y, units=8)
without_memory = train_unrolled(forgetful, run_without_memory, loss, xs, y, units=8)
print(f"with memory {with_memory[-1]:.3f} nats, without {without_memory[-1]:.3f} nats")

# %% id="plot-hello-loss"
figure, ax = plt.subplots(figsize=(8, 3.4), layout="constrained")
for values, name, colour in ((with_memory, "with memory", "#0072B2"), (without_memory, "without", "#D55E00")):
    ax.plot(values, color=colour, linewidth=2)
    ax.annotate(f"{name} {values[-1]:.2f}", (len(values), values[-1]), xytext=(6, 8), textcoords="offset points",
                va="center", color=colour, annotation_clip=False)
for value, name in ((4 * np.log(4), "4 ln 4: no idea"), (2 * np.log(2), "2 ln 2: two coin tosses")):
    ax.axhline(value, color="#666666", linewidth=1, linestyle=(0, (4, 3)))
    ax.text(149, value + 0.12, name, color="#666666", ha="right")
ax.set(xlabel="training step", ylabel="total loss L (nats)", ylim=(0, None), xlim=(0, 150))
ax.spines[["top", "right"]].set_visible(False)

# %% [markdown] id="hello-floor"
# *Picture: two falling curves. With memory the loss goes to 0; without, it stops at the dashed line 2 ln 2 = 1.39.*
#
# Without memory the two *l* look the same, and the best one can say is "half l, half o". So two of the four letters are a coin toss: twice $\ln 2$. No training gets below that line.

# %% id="plot-hello-columns"
after = tf.nn.softmax(run(speller, xs, tf.zeros((1, 8)))[0])[0]
slide = [[0.03, 0.13, 0.00, 0.84], [0.25, 0.20, 0.05, 0.50], [0.11, 0.17, 0.68, 0.03], [0.11, 0.02, 0.08, 0.79]]
figure, axes = plt.subplots(1, 3, figsize=(13, 3.6), layout="constrained")
for ax, columns, name in zip(axes, (before, slide, after), ("before training", "Georgia Tech's slide", "after training")):
    plots.softmax_columns(columns, "hell", letters, "ello", ax=ax)
    ax.set_title(name, loc="left")

# %% [markdown] id="columns-caption"
# *Picture: three tables. Before training, no column is sure of anything. On the slide the first two framed cells are still pale.
# After training, the four framed cells are dark.*
#
# The slide's network is half trained: after "h" it believes in *o* (0.84), not in *e* (0.13). Lab 5 plays with these columns.
#
# And the lecture's sentence? Only the last output counts there, so only $L_4$ is trained.

# %% id="train-networks"
my_rnn = Cell(4, 5, 5)
words_in = tf.one_hot([[vocabulary.index(w) for w in sentence]], 5)
train_unrolled(my_rnn, lambda cell, xs, h0: (run(cell, xs, h0)[0][:, -1:], None), loss, words_in, np.array([[4]]), units=4, steps=40)

hidden_state = tf.zeros((1, 4))
for word in sentence:
    prediction, hidden_state = my_rnn(one_hot(vocabulary.index(word), 5), hidden_state)
print(" ".join(sentence), vocabulary[np.argmax(prediction)])

# %% [markdown] id="one_to_many-text"
# ## 6 · One to many: feed the output back
#
# A composer gives you one note; you go on. There is only one input, so from the second step on the network hears **itself**:
#
# $$(y_1, h_1) = \text{step}(x_0, h_0), \qquad (y_{t+1}, h_{t+1}) = \text{step}(y_t, h_t)$$
#
# ### Exercise 5 · `one_to_many` · 10 points · ≈ 8 min · ●●○
#
# `one_to_many(step, x0, h0, T)` returns `(B, T, D)`: exactly T outputs, and `x0` is not among them. `step(x, h)` takes and gives
# NumPy arrays, `(y (B, D), h_new (B, H))`; NumPy is welcome here, `np.stack(ys, axis=1)`.
#
# By hand: `step(x, h) = (x + h, h + 1)` from `x0 = 1, h0 = 10` gives 1 + 10, 11 + 11, 22 + 12, that is `[11, 22, 34]`.

# %% id="one_to_many" exercise="one_to_many"
def one_to_many(step, x0, h0, T):
    """T outputs, each fed back as the next input: x0 (B, D), h0 (B, H)  ->  (B, T, D)."""
    ### BEGIN SOLUTION
    x, h, ys = x0, h0, []
    for _ in range(T):
        x, h = step(x, h)
        ys.append(x)
    return np.stack(ys, axis=1)
    ### END SOLUTION


# %% id="check-one_to_many" check="one_to_many"
lab.check(one_to_many)

# %% [markdown] id="melody-text"
# ### First note → melody
#
# Two little tunes, one begins with D, the other with A. A network learns both, note by note. Then it gets **one** note and must
# do the rest by itself: each note it chooses becomes its next input. *A few seconds.*
#
# > **Predict, then run.** It will also get a B to start with, which never stood at the beginning. What will it play?

# %% id="train-melody"
notes = "DEFGABde"
tunes = ["DFAdBdAFEGBGAFED", "ABdedBAFGBAFEFED"]
ids = np.array([[notes.index(c) for c in tune] for tune in tunes])  # (2, 16)

keras.utils.set_random_seed(3)
player = Cell(24, 8, 8)
history = train_unrolled(player, run, loss, tf.one_hot(ids[:, :-1], 8), ids[:, 1:], units=24, steps=180, rate=0.02)
print(f"{history[0]:.1f} → {history[-1]:.2f} nats for 15 notes (knowing nothing costs 15 ln 8 = {15 * np.log(8):.1f})")

# %% id="play-melody"
go_on = lab.working(one_to_many)


def play_next(x, h):
    """The most probable next note, one-hot, and the new state."""
    logits, h = player(tf.constant(x, tf.float32), tf.constant(h, tf.float32))
    return np.eye(8)[np.argmax(logits, axis=-1)], np.asarray(h)


def melody_from(first):
    ys = np.asarray(go_on(play_next, np.eye(8)[[notes.index(first)]], np.zeros((1, 24)), 15))
    line = first + "".join(notes[i] for i in ys[0].argmax(-1))
    bars = " ".join(line[i : i + 4] for i in (0, 4)) + "|" + " ".join(line[i : i + 4] for i in (8, 12))
    return music.parse(f"X:1\nT:From {first}\nM:4/4\nL:1/8\nK:D\n{bars}|]\n")


melodies = {first: melody_from(first) for first in "DAB"}
figure, axes = plt.subplots(1, 3, figsize=(13, 3.2), layout="constrained")
for ax, tune in zip(axes, melodies.values()):
    music.piano_roll(tune, ax=ax)
    written = "".join(note.name[0].lower() if note.pitch >= 74 else note.name[0] for note in tune.notes)
    print(written, "— learnt" if written in tunes else "— new")

# %% [markdown] id="melody-caption"
# *Picture: three melodies as bars, time to the right and pitch upwards. The first two are the tunes it learnt.*
#
# One note decides the whole tune, because the state carries the choice on. No tune begins with B: the third is what the network makes of the
# two that it knows. Listen to it:

# %% id="hear-melody"
music.sound(melodies["B"])

# %% [markdown] id="keras-text"
# ## 7 · The same network in Keras
#
# `keras.layers.SimpleRNN(H)` is the lecture's recurrence. So with the same weights it must give the same states. Two things
# differ: Keras multiplies from the right, `x @ kernel`, and it has a **bias**.
#
# ### Exercise 6 · `to_simple_rnn` · 10 points · ≈ 8 min · ●●○
#
# `to_simple_rnn(cell, rnn)` gives the built layer `rnn` the weights of `cell` (`W_xh (H, D)`, `W_hh (H, H)`), so that both
# compute the same states. Nothing needs to be returned, `cell` stays as it is. Its matrices may be variables of TensorFlow or of
# Keras: `np.asarray(cell.W_xh)` reads both. `rnn` is in use already, and its bias may hold anything. `rnn.get_weights()` is a list of **copies** `[kernel, recurrent_kernel, bias]`;
# `rnn.set_weights([...])` writes.
#
# By hand: from `W_xh=[[1], [0]], W_hh=[[0, 1], [0, 0]]` come the kernel `[[1, 0]]`, the recurrent kernel `[[0, 0], [1, 0]]` and a bias of
# zeros; on `x=[[[.5], [1]]]` the states are then `[[0.462117, 0], [0.761594, 0]]`.

# %% id="to_simple_rnn" exercise="to_simple_rnn"
def to_simple_rnn(cell, rnn):
    """Copy the cell's weights into a built SimpleRNN, so that rnn(x) gives the states of the cell."""
    ### BEGIN SOLUTION
    W_xh, W_hh = np.asarray(cell.W_xh), np.asarray(cell.W_hh)
    rnn.set_weights([W_xh.T, W_hh.T, np.zeros(len(W_hh))])
    ### END SOLUTION


# %% id="check-to_simple_rnn" check="to_simple_rnn"
lab.check(to_simple_rnn)

# %% [markdown] id="bias-text"
# **The trap with the bias.** A fresh `SimpleRNN` has a bias of zeros, so whoever forgets it sees no difference — until the layer has
# been trained once.
#
# > **Predict, then run.** We copy your speller into a layer whose bias is 0.1. With the bias left alone, how far apart are
# > the states after 30 steps: equal, about 0.1, more?

# %% id="bias-trap"
copy_weights = lab.working(to_simple_rnn)

rnn = keras.layers.SimpleRNN(8, return_sequences=True)
rnn.build((None, None, 4))
x = tf.one_hot(np.random.default_rng(0).integers(4, size=(5, 30)), 4)
h, states = tf.zeros((5, 8)), []
for t in range(30):
    _, h = speller(x[:, t], h)
    states.append(np.asarray(h))
states = np.stack(states, axis=1)

gap = {}
for name, bias in (("bias left at 0.1", 0.1), ("bias set to 0", 0.0)):
    copy_weights(speller, rnn)
    kernel, recurrent, zeros = rnn.get_weights()
    rnn.set_weights([kernel, recurrent, zeros + bias])
    gap[name] = np.abs(np.asarray(rnn(x)) - states).max(axis=(0, 2))

figure, ax = plt.subplots(figsize=(8, 3.2), layout="constrained")
for (name, values), colour in zip(gap.items(), ("#D55E00", "#0072B2")):
    ax.semilogy(range(1, 31), np.maximum(values, 1e-9), "o-", color=colour, markersize=4)
    ax.annotate(name, (30, max(values[-1], 1e-9)), xytext=(8, 0), textcoords="offset points", va="center", color=colour)
ax.set(xlabel="step t", ylabel="largest difference", ylim=(5e-10, 5), title="Your cell against keras.layers.SimpleRNN")
ax.spines[["top", "right"]].set_visible(False)

# %% [markdown] id="bias-moral"
# *Picture: differences on a logarithmic scale. With the bias 0 they stay below a millionth (an exact 0 is drawn at the bottom); with 0.1
# they start just below 0.1, where tanh has flattened it a little, and are several times as large soon after.*
#
# A small bias is added at every step, and what it has done to one state goes on into the next. Same formula, same weights, zero bias: the same network to six digits.

# %% [markdown] id="patterns-text"
# ## 8 · Five shapes of a task
#
# | pattern | inputs → outputs | in code |
# |:--|:--|:--|
# | `one-to-one` | one → one: plain classification or regression | no recurrence at all |
# | `one-to-many` | one → a sequence | your `one_to_many` |
# | `many-to-one` | a sequence → one | `ys[:, -1]` |
# | `many-to-many-aligned` | a sequence → one output **for each** input, at once | `ys` |
# | `many-to-many-buffered` | a sequence → a sequence that begins **after** the input has been read | two networks, lab 7 |
#
# Classification or regression, a class or a number, is another question: "will it rain tomorrow?" and "how many millimetres?" are the same
# pattern with another last layer and loss.
#
# Buffered, because word orders differ: *The black dog jumped over the cat* — *Il cane nero saltò sopra il gatto*. The second word out,
# *cane*, is the third word in.

# %% [markdown] id="todo-patterns"
# ### Exercise 7 · `patterns` · 10 points · ≈ 5 min · ●○○
#
# | task | input | output |
# |:--|:--|:--|
# | `classification_of_one_image` | one image, as one vector | one label |
# | `image_captioning` | one image, as one vector | a sentence, word by word |
# | `first_note_to_melody` | one note | a melody |
# | `sentence_sentiment` | the words of a sentence | one label, positive or negative |
# | `multiple_choice_qa` | the words of a question | one of the answers A, B, C, D |
# | `label_every_video_frame` | the frames of a video | one label for **every frame**, as it comes |
# | `next_note_at_every_step` | the notes of a tune | after each note, the next one |
# | `rain_tomorrow_every_day` | the weather of each day | on each day, whether it rains tomorrow |
# | `translation` | an English sentence, read to its end | an Italian sentence |
# | `video_captioning` | the frames of a video, seen to the end | a sentence |
# | `open_ended_qa` | the words of a question, read to its end | an answer in words |
#
# Fill in the five names of the table above. Two are given in the check: `image_captioning` is `"one-to-many"`, `translation` is
# `"many-to-many-buffered"`.

# %% id="patterns" exercise="patterns"
patterns = {
    "classification_of_one_image": None,
    "image_captioning": None,
    "first_note_to_melody": None,
    "sentence_sentiment": None,
    "multiple_choice_qa": None,
    "label_every_video_frame": None,
    "next_note_at_every_step": None,
    "rain_tomorrow_every_day": None,
    "translation": None,
    "video_captioning": None,
    "open_ended_qa": None,
}
### BEGIN SOLUTION
patterns.update(
    {
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
)
### END SOLUTION

# %% id="check-patterns" check="patterns"
lab.check(patterns)

# %% [markdown] id="one-to-one-text"
# **"The one-to-one structure is useless",** says the CS109B slide. One claim we can test: with one step from $h_0 = 0$, what does the
# recurrent matrix learn?
#
# > **Predict, then run.** Sequences of 1, 2, 3 and 4 letters: for which is the gradient of `W_hh` zero?

# %% id="one-to-one"
size = {name: [] for name in ("W_xh", "W_hh", "W_hy")}
for T in (1, 2, 3, 4):
    keras.utils.set_random_seed(1)
    cell = Cell(8, 4, 4)
    run(cell, xs[:, :T], tf.zeros((1, 8)))
    with tf.GradientTape() as tape:
        L = loss(y[:, :T], run(cell, xs[:, :T], tf.zeros((1, 8)))[0])
    for name, g in zip(size, tape.gradient(L, [cell.W_xh, cell.W_hh, cell.W_hy])):
        size[name].append(0.0 if g is None else float(tf.norm(g)))

figure, ax = plt.subplots(figsize=(7.5, 3.2), layout="constrained")
for k, (name, values) in enumerate(size.items()):
    bars = ax.bar(np.arange(1, 5) + 0.26 * (k - 1), values, width=0.24, label=name, color=["#0072B2", "#D55E00", "#009E73"][k])
    ax.bar_label(bars, fmt="%.2f", fontsize=8)
ax.set(xlabel="length T", ylabel="size of the gradient", xticks=[1, 2, 3, 4])
ax.legend(frameon=False, loc="upper left")
ax.spines[["top", "right"]].set_visible(False)

# %% [markdown] id="one-to-one-moral"
# *Picture: for each length three bars, the sizes of the three gradients. At T = 1 the orange one, W_hh, is exactly 0.*
#
# With $h_0 = 0$ the product $W_{hh} h_0$ is 0 whatever `W_hh` is, so nothing can teach it. From T = 2 on it learns.

# %% [markdown] id="count-text"
# ## 9 · What sharing saves
#
# A *big window* (lab 1) reads all T inputs at once, through one matrix: `T · D` numbers in, `O` numbers out. It needs new weights for
# each position. The cell has its three matrices and uses them again at each step.
#
# ### Exercise 8 · `count_params` · 10 points · ≈ 5 min · ●○○
#
# `count_params(U, D, O, T)` gives two numbers, `(rnn, big_window)`: the weights of your bias-free `MyRNNCell` with U units, D inputs, O
# outputs; and the weights of one linear map, without bias, from the T concatenated inputs to the O outputs.
#
# By hand: `count_params(4, 3, 2, 10)` is `(36, 60)`, and `count_params(6, 3, 2, 4)` is `(66, 24)`.

# %% id="count_params" exercise="count_params"
def count_params(U, D, O, T):
    """Numbers of weights: U units, D inputs, O outputs, length T  ->  (rnn, big_window)."""
    ### BEGIN SOLUTION
    return U * D + U * U + O * U, T * D * O
    ### END SOLUTION


# %% id="check-count_params" check="count_params"
lab.check(count_params)

# %% [markdown] id="growth-text"
# > **Predict, then run.** 100 inputs, 100 outputs, 256 units. From which length on is the recurrent network the smaller one?

# %% id="plot-growth"
count = lab.working(count_params)
lengths = list(range(1, 51))
rnn_size, window_size = zip(*(count(256, 100, 100, T) for T in lengths))
plots.parameter_growth(lengths, rnn_size, window_size)

cell = Cell(256, 100, 100)
run(cell, tf.zeros((1, 3, 100)), tf.zeros((1, 256)))
print("weights in a real cell:", sum(int(np.prod(w.shape)) for w in cell.trainable_weights))
print("smaller from T =", next(T for T, a, b in zip(lengths, rnn_size, window_size) if a < b))

# %% [markdown] id="growth-caption"
# *Picture: a straight line that rises to 500,000 at T = 50, and a flat one at 116,736. They cross before T = 12.*
#
# Variable length, long memory, order, shared weights: the four criteria of lab 1. The recurrent network meets all four on paper. How
# long "long memory" really is, lab 3 will measure.

# %% [markdown] id="question"
# ## 10 · A question to think about (not graded)
#
# CS109B: *the one-to-one structure is useless.* Is it? Write two or three sentences into the cell below, then open ours.
#
# <details><summary>Our answer</summary>
#
# As a *recurrent* network, yes: with one step from $h_0 = 0$ the matrix `W_hh` has no effect and no gradient, as you measured. What is left,
# $\hat y = W_{hy}\tanh(W_{xh} x)$, is an ordinary network with one hidden layer, and that is not useless at all: it classifies images. The
# structure is useless for *sequences*. And if $h_0$ is not zero but carries something, for example an image, one step is enough to use it.
# </details>

# %% [markdown] id="question-answer"
# *Your answer:*

# %% [markdown] id="stretch"
# ## Stretch
#
# ### A · The unrolled graph, as TensorFlow recorded it
#
# The pictures above were drawn by us. This one is drawn from what TensorFlow itself wrote down while it ran your cell for four steps: every
# matrix product and every tanh. Count: how many products, and how many matrices?

# %% id="stretch-graph"
cell = Cell(8, 4, 4)
cell(xs[:, 0], tf.zeros((1, 8)))
walk = lab.reference("unroll")
recorded = tf.function(lambda xs: walk(cell, xs, tf.zeros((1, 8)))[0], autograph=False).get_concrete_function(xs)
products = sum(op.type in ("MatMul", "BatchMatMulV2") for op in recorded.graph.get_operations())
print(f"{products} matrix products, {len(cell.trainable_weights)} matrices")
plots.traced_graph(recorded, {"W_xh": cell.W_xh, "W_hh": cell.W_hh, "W_hy": cell.W_hy});

# %% [markdown] id="stretch-irnn"
# *Picture: four columns of coloured products with arrows between them; 12 products share three colours.*
#
# ### B · The IRNN cell
#
# Le, Jaitly and Hinton (2015) change two things: ReLU instead of tanh, and `W_hh` starts as the **identity**. Then an untrained network
# keeps what it hears. Below, one blow at the first step, as in section 2. Change `W_hh` to 0.95 or 1.05 times the identity and look again:
# what is fragile about this idea?

# %% id="stretch-irnn-plot"
def irnn_step(x, h, W_xh, W_hh, b):
    return np.maximum(x @ W_xh + h @ W_hh + b, 0)


figure, ax = plt.subplots(figsize=(8, 3), layout="constrained")
W_xh, W_hh, b = np.array([[1.0]]), 1.0 * np.eye(1), np.zeros(1)
for function, name, colour in ((irnn_step, "ReLU, identity", "#0072B2"), (step, "tanh, identity", "#D55E00")):
    h, kept = np.zeros((1, 1)), []
    for t in range(50):
        h = np.asarray(function(np.array([[float(t == 0)]]), h, W_xh, W_hh, b))
        kept.append(h.item())
    ax.plot(range(1, 51), kept, color=colour, linewidth=2)
    ax.annotate(name, (50, kept[-1]), xytext=(6, 0), textcoords="offset points", va="center", color=colour)
ax.set(xlabel="step t", ylabel="$h_t$", ylim=(0, 1.1), xlim=(1, 50))
ax.spines[["top", "right"]].set_visible(False)

# %% [markdown] id="stretch-more"
# *Picture: the ReLU line stays at 1 for fifty steps, the tanh line sinks slowly.*
#
# ### C · More
#
# * Give *hello* a longer word, *mississippi*. How many units does it need until the loss reaches 0?
# * Start the speller from "l" instead of "h" and feed its output back with `one_to_many`. What does it spell, and why?
# * Set `h0` to something else than zero in the one-to-one case. Does `W_hh` learn now?

# %% [markdown] id="handin-text"
# ## Hand in
#
# This checks all eight answers once more and writes your hand-in, one small file.

# %% id="handin" role="handin"
lab.submit()
