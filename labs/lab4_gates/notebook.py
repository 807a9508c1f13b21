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
# # Lab 4 — Gates: LSTM and GRU by hand, and what they keep
#
# *90 minutes with the reading · seven exercises, 100 points · about a minute of computing, no account, no download*
#
# A vanilla RNN keeps the same share of its memory at every step, whatever it hears. A **gated** cell decides, at each step anew, what to
# forget, what to store and what to say. You will write such cells with your own hands, forwards and backwards, measure how far they
# remember, and look inside a trained one until you know which unit holds what.
#
# | | exercise | | points |
# |:--|:--|:--|--:|
# | 1 | `lstm_step` | ≈ 12 min · ●●○ | 25 |
# | 2 | `lstm_cell_backward` | ≈ 15 min · ●●● | 20 |
# | 3 | `highway` | ≈ 5 min · ●○○ | 10 |
# | 4 | `to_keras_lstm` | ≈ 5 min · ●○○ | 10 |
# | 5 | `gru_step` | ≈ 10 min · ●●○ | 20 |
# | 6 | `adding_batch` | ≈ 6 min · ●●○ | 10 |
# | 7 | `read_the_gates` | ≈ 4 min · ●○○ | 5 |
#
# After each TODO cell comes a check, which tells you at once what is right and what slipped. NumPy, TensorFlow, plain
# lists and loops are all welcome. Stuck? `lab.hint("lstm_step")` gives one of three hints, each time the next. An
# exercise may stay open: later cells then go on with a reference answer, and say so.

# %% id="setup" role="setup"
import math, re, collections, functools, heapq, itertools, random
import numpy as np, tensorflow as tf, keras
import matplotlib.pyplot as plt
import seqlab

ops = keras.ops
lab = seqlab.labs.load("lab4")

# %% [markdown] id="todo-lstm_step"
# ### Exercise 1 · `lstm_step` · 25 points · ≈ 12 min · ●●○
#
# One step of an LSTM. The four blocks are packed side by side, in Keras's order **i, f, c̃, o**: `W (D, 4H)`, `U (H, 4H)`, `b (4H,)`, each block
# H columns in a row. So one line makes $z = xW + hU + b$, which is `(B, 4H)`, and cut along its last axis it gives
#
# $$i, f, o = \sigma(z_i), \sigma(z_f), \sigma(z_o) \qquad \tilde c = \tanh(z_{\tilde c}) \qquad c' = f \odot c + i \odot \tilde c \qquad h' = o \odot \tanh(c')$$
#
# Return `(h_new, c_new)`, **h first**, both `(B, H)`, for any sizes, also `D = H` and 1. Nothing else is in the formula: what a forget gate
# wants as a bias stands in `b`. The cell state may be of any size (only in h is it squashed), and gates may be shut or open all the way, at ±40.
#
# By hand, with one unit and `x`, `h`, `W`, `U` all zero, so that `z` is `b`: from $c = 1$ and `b=[0, 1, 2, 3]` the gates are
# $\sigma(0) = 0.5$, $\sigma(1) = 0.731$, $\tilde c = \tanh 2 = 0.964$, $\sigma(3) = 0.953$. So $c' = 0.731 \cdot 1 + 0.5 \cdot 0.964 = 1.213072$, and $h' = 0.953 \tanh(1.213) = 0.797875$.
# From $c = 0.5$ and `b=[-40, 40, 1, 0]`, with i shut and f open, the cell state is copied: $c' = 0.5$ and $h' = 0.231059$.


# %% id="lstm_step" exercise="lstm_step"
def lstm_step(x, h, c, W, U, b):
    """x (B, D), h (B, H), c (B, H), W (D, 4H), U (H, 4H), b (4H,): tensors  ->  h_new (B, H), c_new (B, H)."""
    ### BEGIN SOLUTION
    z_i, z_f, z_c, z_o = tf.split(x @ W + h @ U + b, 4, axis=-1)
    i, f, o = tf.sigmoid(z_i), tf.sigmoid(z_f), tf.sigmoid(z_o)
    candidate = tf.tanh(z_c)
    c_new = f * c + i * candidate
    h_new = o * tf.tanh(c_new)
    return h_new, c_new
    ### END SOLUTION


# %% id="check-lstm_step" check="lstm_step"
lab.check(lstm_step)

# %% [markdown] id="todo-lstm_cell_backward"
# ### Exercise 2 · `lstm_cell_backward` · 20 points · ≈ 15 min · ●●●
#
# One step backwards, in NumPy; every array but `dz` is `(B, H)`.
#
# * `dh` is ∂L/∂h of this step. `dc` is what reaches its cell state **from the next step**; the road through h is not in it.
#   Either of `dh` and `dc` may be all zeros.
# * `c_prev` is the old cell state, and `i`, `f`, `g`, `o` are the gates **after** their sigmoid (g is c̃, after its tanh), all strictly between 0 and 1,
#   g between −1 and 1; `c` is the new cell state, $f \odot c_{prev} + i \odot g$. Take any sizes.
#
# All that reaches the cell state is $d = dc + dh \odot o \odot (1 - \tanh^2 c)$: the two roads add up. From there
#
# $$dc_{prev} = d \odot f \qquad dz = \big[\; d \odot g \odot i(1-i), \;\; d \odot c_{prev} \odot f(1-f), \;\; d \odot i \odot (1-g^2), \;\; dh \odot \tanh c \odot o(1-o) \;\big]$$
#
# Return `(dc_prev (B, H), dz (B, 4H))`; dz is the gradient of what stood **in** the sigmoids and the tanh, the four blocks side by side in the order i, f, c̃, o.
#
# By hand: `dh=1, dc=2, c_prev=1, i=.5, f=.8, g=.6, o=.9, c=1.1`, all `[[·]]`, give $d = 2 + 0.9 \cdot (1 - 0.8005^2) = 2.3233$, so
# `dc_prev=[[1.858625]]` and `dz=[[.348492, .371725, .743450, .072045]]`.


# %% id="lstm_cell_backward" exercise="lstm_cell_backward"
def lstm_cell_backward(dh, dc, c_prev, i, f, g, o, c):
    """All arguments (B, H)  ->  dc_prev (B, H), dz (B, 4H) in the order i, f, c̃, o."""
    ### BEGIN SOLUTION
    tanh_c = np.tanh(c)
    d = dc + dh * o * (1 - tanh_c**2)
    dz_i = d * g * i * (1 - i)
    dz_f = d * c_prev * f * (1 - f)
    dz_g = d * i * (1 - g**2)
    dz_o = dh * tanh_c * o * (1 - o)
    return d * f, np.concatenate([dz_i, dz_f, dz_g, dz_o], axis=-1)
    ### END SOLUTION


# %% id="check-lstm_cell_backward" check="lstm_cell_backward"
lab.check(lstm_cell_backward)

# %% [markdown] id="todo-highway"
# ### Exercise 3 · `highway` · 10 points · ≈ 5 min · ●○○
#
# `f_gates (T, H)` holds the forget gates of T steps, row 0 those of the first step, all strictly between 0 and 1. Return `(T+1, H)`: row t is
# $\partial c_T / \partial c_t$ along the cell path, the product of rows t, t+1, …, T−1. So row 0 is the product of all, and the last row is 1, for from $c_T$ to itself there is no gate.
# However many steps and units there are: T may be 1, and there may be as many units as steps.
#
# By hand: `f_gates=[[.5], [.8]]` gives `[[.4], [.8], [1]]`.


# %% id="highway" exercise="highway"
def highway(f_gates):
    """f_gates (T, H), array  ->  (T+1, H): row t is the product of rows t ... T-1."""
    ### BEGIN SOLUTION
    rows = [np.ones(f_gates.shape[1])]
    for f in f_gates[::-1]:
        rows.append(rows[-1] * f)
    return np.stack(rows[::-1])
    ### END SOLUTION


# %% id="check-highway" check="highway"
lab.check(highway)

# %% [markdown] id="todo-to_keras_lstm"
# ### Exercise 4 · `to_keras_lstm` · 10 points · ≈ 5 min · ●○○
#
# From packed arrays `W (D, 4H)`, `U (H, 4H)`, `b (4H,)` make a **built** `keras.layers.LSTM(H, return_sequences=True)` with these weights, and return it; any sizes.
# For any B and T, `layer(x)` with `x (B, T, D)` then gives `(B, T, H)`, the h of T times `lstm_step`; every call starts from h = c = 0. The layer's weights are exactly W, U and b:
# Keras begins with a 1 in the forget gate's bias (`unit_forget_bias=True`), and that 1 must not stay.
#
# A layer has weights once it is built: `layer.build((None, None, D))`. `layer.set_weights([kernel, recurrent_kernel, bias])` writes them.
#
# By hand: with D = H = 1, `W=U=0` and `b=[0, 1, 2, 3]`, two zeros as x give `[[[.426615], [.650445]]]`.


# %% id="to_keras_lstm" exercise="to_keras_lstm"
def to_keras_lstm(W, U, b):
    """W (D, 4H), U (H, 4H), b (4H,), arrays  ->  a built keras.layers.LSTM with these weights."""
    ### BEGIN SOLUTION
    layer = keras.layers.LSTM(len(U), return_sequences=True)
    layer.build((None, None, len(W)))
    layer.set_weights([W, U, b])
    return layer
    ### END SOLUTION


# %% id="check-to_keras_lstm" check="to_keras_lstm"
lab.check(to_keras_lstm)

# %% [markdown] id="todo-gru_step"
# ### Exercise 5 · `gru_step` · 20 points · ≈ 10 min · ●●○
#
# One step of a GRU, as in the first paper's text. Blocks are packed in the order **z, r, h̃**: `W (D, 3H)`, `U (H, 3H)`, one bias `b (3H,)`.
#
# $$z = \sigma(xW_z + hU_z + b_z) \qquad r = \sigma(xW_r + hU_r + b_r) \qquad \tilde h = \tanh(xW_h + (r \odot h)\,U_h + b_h) \qquad h' = z \odot h + (1 - z) \odot \tilde h$$
#
# Two conventions, both binding: r multiplies h **before** the matrix product, and **z keeps** the old state. Return `(B, H)`, for any sizes, also `D = H` and 1.
# The old state may be of any size, and gates may be shut or open all the way, at ±40.
#
# By hand: `x=[[1]], h=[[.5]], W=[[1, 0, 1]], U=[[0, 1, 1]], b=[0, 0, 0]` gives $z = \sigma(1) = 0.731$, $r = \sigma(0.5) = 0.622$, $\tilde h = \tanh(1 + 0.622 \cdot 0.5) = 0.865$ and `[[.598052]]`.
# And with `W=U=0, b=[40, 0, 1], h=[[.3]]`, whatever x is (here `x=[[1]]`), z is open and the state is copied: `[[.3]]`.


# %% id="gru_step" exercise="gru_step"
def gru_step(x, h, W, U, b):
    """x (B, D), h (B, H), W (D, 3H), U (H, 3H), b (3H,): tensors  ->  the new state (B, H)."""
    ### BEGIN SOLUTION
    W_z, W_r, W_h = tf.split(W, 3, axis=-1)
    U_z, U_r, U_h = tf.split(U, 3, axis=-1)
    b_z, b_r, b_h = tf.split(b, 3)
    z = tf.sigmoid(x @ W_z + h @ U_z + b_z)
    r = tf.sigmoid(x @ W_r + h @ U_r + b_r)
    candidate = tf.tanh(x @ W_h + (r * h) @ U_h + b_h)
    return z * h + (1 - z) * candidate
    ### END SOLUTION


# %% id="check-gru_step" check="gru_step"
lab.check(gru_step)

# %% [markdown] id="todo-adding_batch"
# ### Exercise 6 · `adding_batch` · 10 points · ≈ 6 min · ●●○
#
# `adding_batch(B, T, rng)` draws B sequences of the adding problem and returns `(x (B, T, 2), y (B, 1))`.
#
# * `x[..., 0]` are values, uniform in [0, 1).
# * `x[..., 1]` are marks: 0, except for **exactly two 1s in each row**, one in positions 0 … T//2 − 1, one in positions T//2 … T − 1. Both places are drawn for every row anew,
#   each position of its half equally likely. `T` may be odd, and as small as 2.
# * `y` is the sum of the two marked values of its row, and keeps an axis: `(B, 1)`.
#
# Draw from `rng` only, a `numpy.random.Generator`; the next call draws another batch. For B = 3 and T = 6 the shapes are (3, 6, 2) and (3, 1); the marks of each row add up to 2, those of its first three
# steps to 1. Useful: `rng.random(shape)`, `rng.integers(low, high, size=B)`, which leaves out `high`.


# %% id="adding_batch" exercise="adding_batch"
def adding_batch(B, T, rng):
    """B sequences of T steps  ->  x (B, T, 2), values and marks; y (B, 1), the sum of the two marked values."""
    ### BEGIN SOLUTION
    rows = np.arange(B)
    values, marks = rng.random((B, T)), np.zeros((B, T))
    marks[rows, rng.integers(0, T // 2, size=B)] = 1
    marks[rows, rng.integers(T // 2, T, size=B)] = 1
    return np.stack([values, marks], axis=-1), np.sum(values * marks, axis=1, keepdims=True)
    ### END SOLUTION


# %% id="check-adding_batch" check="adding_batch"
lab.check(adding_batch)

# %% [markdown] id="todo-read_the_gates"
# ### Exercise 7 · `read_the_gates` · 5 points · ≈ 4 min · ●○○
#
# `loss_with(keep)` takes an array of H numbers and gives a loss: that of the trained cell, when its cell state is multiplied by `keep` at every step. All ones change nothing;
# a 0 takes a unit away. Take away **one unit at a time**, and return the index of the unit whose absence makes the loss largest, one whole number. Of equal losses
# the lowest index counts. Taking away a unit may even lower the loss; H may be 1.
#
# By hand: for H = 3 and the losses 0.15, 1.00, 0.40 without unit 0, 1, 2 the answer is 1.


# %% id="read_the_gates" exercise="read_the_gates"
def read_the_gates(loss_with, H):
    """loss_with(keep (H,)) -> a loss  ->  the index of the unit that is missed most."""
    ### BEGIN SOLUTION
    losses = []
    for unit in range(H):
        keep = np.ones(H)
        keep[unit] = 0
        losses.append(loss_with(keep))
    return int(np.argmax(losses))
    ### END SOLUTION


# %% id="check-read_the_gates" check="read_the_gates"
lab.check(read_the_gates)

# %% [markdown] id="handin-text"
# ## Hand in
#
# This checks all seven answers once more and writes your hand-in, one small file.

# %% id="handin" role="handin"
lab.submit()
