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
# # Lab 3 — Backpropagation through time: derived, certified, looked into
#
# *90 minutes with the reading · seven exercises, 100 points · one minute of computing, no account, no download*
#
# You will write the way back through a recurrent network by hand, and before it the **judge** that certifies it. Then you
# look into it: where a gradient fades, where it explodes, which word it reaches, and what three famous remedies do.
#
# | | exercise | | points |
# |:--|:--|:--|--:|
# | 1 | `numeric_grad` | ≈ 8 min · ●○○ | 10 |
# | 2 | `shared_weight_grad` | ≈ 3 min · ●○○ | 5 |
# | 3 | `rnn_step_backward` | ≈ 12 min · ●●○ | 20 |
# | 4 | `bptt` | ≈ 15 min · ●●● | 25 |
# | 5 | `state_jacobian_norms` | ≈ 8 min · ●●○ | 15 |
# | 6 | `clip_by_global_norm` | ≈ 7 min · ●●○ | 15 |
# | 7 | `irnn` | ≈ 4 min · ●○○ | 10 |
#
# After each TODO cell comes a check, which tells you at once what is right and what slipped. Stuck? `lab.hint("bptt")` gives
# one of three hints, each time the next. An exercise may stay open: later cells then go on with a reference answer, and say so.

# %% id="setup" role="setup"
import math, re, collections, functools, heapq, itertools, random
import numpy as np, tensorflow as tf, keras
import matplotlib.pyplot as plt
import seqlab

ops = keras.ops
lab = seqlab.labs.load("lab3")

# %% [markdown] id="part-judge"
# ## 1. The judge first
#
# Training has two steps. Take the gradient of the loss with respect to each parameter; shift the parameters so that the loss
# falls. The second is one line, so all of this lab is about the first.
#
# A gradient that is a little wrong still trains a little, and nothing complains. So before you write one, you write what will
# judge it: a function that finds slopes without any calculus, by moving one number at a time and looking what f does.
#
# $$\frac{\partial f}{\partial x_i} \approx \frac{f(x + \varepsilon e_i) - f(x - \varepsilon e_i)}{2\varepsilon}$$
#
# $e_i$ is 1 at entry $i$ and 0 elsewhere. This is the **central difference**. It is far too slow to train with, two calls of f for every weight, and exactly
# right for a judge: it knows nothing of what it judges.

# %% [markdown] id="todo-numeric_grad"
# ### Exercise 1 · `numeric_grad` · 10 points · ≈ 8 min · ●○○
#
# `f` is a plain function that takes an array of the shape of `x` and gives a number. Give back the central difference for each entry of
# `x` by itself, in an array of the shape of `x`, which may be of any shape, from one number to three axes. `eps` may be left out. Use the `eps` that is handed over,
# also where eps is large: the result is then the difference, not the derivative. Stay in float64, the type of `x`. You may write
# into `x` while you work, but afterwards it must be what it was, bit for bit (`x += eps` and later `x -= eps` is not enough).
#
# By hand: for $f = \sum x^2$ at `x=[[1, -2]]` it is `[[2, -4]]`. For $f = \sum x^3$ at `x=[1]` with `eps=1` it is $(2^3 - 0^3)/2 = 4$.
#
# Useful: `for i in np.ndindex(x.shape)` goes through all places; `step = np.zeros(x.shape)` and `step[i] = eps` move one.


# %% id="numeric_grad" exercise="numeric_grad"
def numeric_grad(f, x, eps=1e-4):
    """f: array of the shape of x -> float;  x: float64, any shape  ->  the slopes, in the shape of x."""
    ### BEGIN SOLUTION
    grad = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[i] = eps
        grad[i] = (f(x + step) - f(x - step)) / (2 * eps)
    return grad
    ### END SOLUTION


# %% id="check-numeric_grad" check="numeric_grad"
lab.check(numeric_grad)

# %% [markdown] id="part-branch"
# ## 2. A shared weight is a branch
#
# ### Exercise 2 · `shared_weight_grad` · 5 points · ≈ 3 min · ●○○
#
# `per_step` is a list of arrays of one shape: the gradient of the loss with respect to the weight **as used at** each step, as if every step had
# a copy of its own. Give back the gradient of the one weight that all of them share, of the same shape. It may be a matrix or a vector;
# a list of one gives that one back.
#
# By hand: `[[[1, 2]], [[10, -2]]]`, two steps, gives `[[11, 0]]`.


# %% id="shared_weight_grad" exercise="shared_weight_grad"
def shared_weight_grad(per_step):
    """A list of T arrays of one shape, the share of each step  ->  the gradient of the shared weight."""
    ### BEGIN SOLUTION
    return np.sum(per_step, axis=0)
    ### END SOLUTION


# %% id="check-shared_weight_grad" check="shared_weight_grad"
lab.check(shared_weight_grad)

# %% [markdown] id="part-step"
# ## 3. One step back
#
# ### Exercise 3 · `rnn_step_backward` · 20 points · ≈ 12 min · ●●○
#
# `dh (B, H)` is $\partial L/\partial h_t$. `cache` is the tuple `(x, h_prev, Wx, Wh, b, h)` that the forward step kept: `x (B, D)`,
# `h_prev (B, H)`, `Wx (D, H)`, `Wh (H, H)`, `b (H,)` and its output `h (B, H)`. Give back five gradients, in this order: `dx (B, D)`,
# `dh_prev (B, H)`, `dWx (D, H)`, `dWh (H, H)`, `db (H,)`. Contributions of the rows of the batch are **added**, not averaged.
# Everything is float64 and must be right to six digits: sums over the batch may nearly cancel. A tape of TensorFlow is as welcome as your own derivation.
#
# By hand: `x=[[.5]], h_prev=[[-.2]], Wx=[[1]], Wh=[[2]], b=[.1]` has `h=[[0.197375]]`, which is $\tanh 0.2$. With `dh=[[1]]` the inside of the tanh gets
# $1 - h^2 = 0.961043$, and so: `dx=[[0.961043]]`, `dh_prev=[[1.922086]]`, `dWx=[[0.480521]]`, `dWh=[[-0.192209]]`, `db=[0.961043]`.


# %% id="rnn_step_backward" exercise="rnn_step_backward"
def rnn_step_backward(dh, cache):
    """dh (B, H), cache (x, h_prev, Wx, Wh, b, h)  ->  dx (B, D), dh_prev (B, H), dWx (D, H), dWh (H, H), db (H,)."""
    x, h_prev, Wx, Wh, b, h = cache
    ### BEGIN SOLUTION
    dz = dh * (1 - h**2)
    dx = dz @ Wx.T
    dh_prev = dz @ Wh.T
    dWx = x.T @ dz
    dWh = h_prev.T @ dz
    db = dz.sum(axis=0)
    return dx, dh_prev, dWx, dWh, db
    ### END SOLUTION


# %% id="check-rnn_step_backward" check="rnn_step_backward"
lab.check(rnn_step_backward)

# %% [markdown] id="part-bptt"
# ## 4. T steps back
#
# ### Exercise 4 · `bptt` · 25 points · ≈ 15 min · ●●●
#
# `xs (B, T, D)`, `h0 (B, H)` and the weights go in, and `dhs (B, T, H)`: `dhs[:, t]` is the gradient that reaches the t-th new state **directly, from
# its own loss**. A sequence may have a loss at every step; many of its steps may have none, and then their `dhs` are zeros. Run forwards and keep the states; then
# run back over the full length, however long. Give back `dWx`, `dWh`, `db`, `dh0`, in this order: the gradient of
# $\sum_t \sum \texttt{dhs}[:, t] \cdot h_t$, which has the shape of what it belongs to.
#
# * At each step the direct part and the part that comes back from the next step **add**.
# * The contributions of all steps **add**, and of all rows: no division by T or B. These sums may nearly cancel, so stay in float64.
# * `dhs` and all other inputs stay as they are. It may be that `B = T`: time is axis 1. A tape is accepted.
#
# By hand: `dhs=[[[1], [1]]], xs=[[[1], [0]]], h0=[[0]], Wx=[[.5]], Wh=[[2]], b=[0]` has the states $h_1 = \tanh 0.5 = 0.4621$ and $h_2 = \tanh(2 h_1) = 0.7279$.
# The last step gets $1 - h_2^2 = 0.4702$; the first $(1 + 2 \cdot 0.4702)(1 - h_1^2) = 1.5260$. So `dWx=[[1.525976]]`, `dWh=[[0.217274]]`,
# `db=[1.996145]`, `dh0=[[3.051951]]`.


# %% id="bptt" exercise="bptt"
def bptt(dhs, xs, h0, Wx, Wh, b):
    """dhs (B, T, H), xs (B, T, D), h0 (B, H), Wx (D, H), Wh (H, H), b (H,)  ->  dWx, dWh, db, dh0."""
    ### BEGIN SOLUTION
    T = xs.shape[1]
    hs = [h0]
    for t in range(T):
        hs.append(np.tanh(xs[:, t] @ Wx + hs[t] @ Wh + b))
    dWx, dWh, db, dh = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b), np.zeros_like(h0)
    for t in reversed(range(T)):
        dz = (dhs[:, t] + dh) * (1 - hs[t + 1] ** 2)
        dWx += xs[:, t].T @ dz
        dWh += hs[t].T @ dz
        db += dz.sum(axis=0)
        dh = dz @ Wh.T
    return dWx, dWh, db, dh
    ### END SOLUTION


# %% id="check-bptt" check="bptt"
lab.check(bptt)

# %% [markdown] id="part-product"
# ## 5. Many factors of W
#
# ### Exercise 5 · `state_jacobian_norms` · 15 points · ≈ 8 min · ●●○
#
# `hs (T + 1, H)` are the states $h_0 \dots h_T$ of one example, outputs of tanh; T may be 1. Give back `(T + 1,)`: entry t is the **spectral norm**, the largest
# singular value, of $\partial h_T/\partial h_t$: of the whole product, not the product of norms. Index 0 belongs to t = 0, furthest back; the last entry is 1.
#
# By hand: `hs=[[0], [.5], [.8]], Wh=[[2]]` has the factors $2(1 - 0.25) = 1.5$ and $2(1 - 0.64) = 0.72$, so `[1.08, 0.72, 1]`. And `hs=[[0, 0], [0, 0]],
# Wh=[[3, 0], [0, 4]]` gives `[4, 1]`.
#
# Useful: `np.linalg.norm(J, 2)` is the largest singular value (without the 2 it is another norm, 5 in the second example).


# %% id="state_jacobian_norms" exercise="state_jacobian_norms"
def state_jacobian_norms(hs, Wh):
    """hs (T + 1, H), states from h_0 on;  Wh (H, H)  ->  (T + 1,), entry t is ‖∂h_T/∂h_t‖."""
    ### BEGIN SOLUTION
    J, norms = np.eye(len(Wh)), [1.0]
    for h in hs[:0:-1]:
        J = J @ np.diag(1 - h**2) @ Wh.T
        norms.append(np.linalg.norm(J, 2))
    return np.array(norms[::-1])
    ### END SOLUTION


# %% id="check-state_jacobian_norms" check="state_jacobian_norms"
lab.check(state_jacobian_norms)

# %% [markdown] id="part-cliff"
# ## 7. The cliff
#
# ### Exercise 6 · `clip_by_global_norm` · 15 points · ≈ 7 min · ●●○
#
# `grads` is a list of float32 tensors of any shapes, single numbers too; some entries may be `None`, as the tape gives for a weight that the loss does not use, but not
# all. Take **one** norm over everything, $n = \sqrt{\sum_g \sum g^2}$. If $n$ is above `max_norm`, multiply every tensor by `max_norm / n`; if not, all stay
# as they are, never longer. Give back a list of the same length, with `None` **at its place**; all-zero gradients stay zeros.
#
# By hand: `grads=[[3], None, [4]]` with `max_norm=1` has the norm 5, and gives `[[.6], None, [.8]]`; `[[3], [4]]` with `max_norm=5` stays `[[3], [4]]`.
#
# (TensorFlow has such a function. Write it once yourself: it is three lines.)


# %% id="clip_by_global_norm" exercise="clip_by_global_norm"
def clip_by_global_norm(grads, max_norm):
    """A list of tensors and None, a number  ->  the same list, its one common norm at most max_norm."""
    ### BEGIN SOLUTION
    norm = tf.sqrt(sum(tf.reduce_sum(g**2) for g in grads if g is not None))
    factor = max_norm / norm if norm > max_norm else 1.0
    return [None if g is None else g * factor for g in grads]
    ### END SOLUTION


# %% id="check-clip_by_global_norm" check="clip_by_global_norm"
lab.check(clip_by_global_norm)

# %% [markdown] id="part-tricks"
# ## 8. Two tricks, honestly
#
# ### Exercise 7 · `irnn` · 10 points · ≈ 4 min · ●○○
#
# `irnn(units)` gives back a recurrent layer of Keras, new and untrained: a `keras.layers.SimpleRNN`, or a `keras.layers.RNN` around a `SimpleRNNCell`. It has a
# **ReLU**, a recurrent matrix that starts as the **identity**, a bias of zeros, and an input matrix that is not all zeros (how else it starts is yours). On `(B, T, D)` it gives the **last** state, `(B, units)`,
# and it keeps nothing from one call to the next.
#
# By hand: `irnn(2)` with the input matrix set to `[[1, 2]]`, the recurrent matrix `[[1, 0], [0, 1]]` and the bias `[0, 0]` adds up what it reads: the inputs 1, 2, 3 give
# `[[6, 12]]`. Inputs 2, -5, 1 give `[[1, 2]]`, since the sum is cut off at 0 on the way.


# %% id="irnn" exercise="irnn"
def irnn(units):
    """A recurrent layer that starts as an adder: ReLU, identity, zero bias. (B, T, D) -> (B, units)."""
    ### BEGIN SOLUTION
    return keras.layers.SimpleRNN(units, activation="relu", recurrent_initializer="identity", bias_initializer="zeros")
    ### END SOLUTION


# %% id="check-irnn" check="irnn"
lab.check(irnn)

# %% [markdown] id="handin-text"
# ## Hand in
#
# This checks all seven answers once more and writes your hand-in, one small file.

# %% id="handin" role="handin"
lab.submit()
