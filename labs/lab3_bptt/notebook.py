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

# %% [markdown] id="end-first"
# ## What you will see at the end
#
# Left: how much of a gradient is left after each step back, for five networks without input that differ in one number. Right: four networks that learn to
# add two numbers which lie far apart in a sequence of 60. The numbers on the right are from a run that was kept (`python benchmarks/adding.py`), three seeds
# each; in section 8 you run a shorter one yourself.

# %% id="end-picture"
from seqlab import layers, models, plots, sequences, text


def turned(radius, H=24):
    """A random matrix (H, H) whose largest eigenvalue has this absolute value: its spectral radius."""
    draw = np.random.default_rng(0).normal(size=(H, H))
    return radius * draw / np.abs(np.linalg.eigvals(draw)).max()


at_the_end = {  # squared error after every 100 batches, mean of three seeds
    "tanh": [0.170, 0.169, 0.172, 0.169, 0.170, 0.168, 0.168, 0.162, 0.158, 0.157, 0.139, 0.112],
    "tanh, identity": [0.173, 0.174, 0.171, 0.171, 0.170, 0.164, 0.164, 0.170, 0.172, 0.170, 0.170, 0.173],
    "ReLU": [0.171, 0.121, 0.052, 0.029, 0.023, 0.022, 0.014, 0.015, 0.016, 0.017, 0.015, 0.007],
    "ReLU, identity": [0.156, 0.205, 0.105, 0.041, 0.051, 0.049, 0.025, 0.017, 0.009, 0.010, 0.010, 0.011],
}
figure, (left, right) = plt.subplots(1, 2, figsize=(13, 4), layout="constrained")
powers = {f"{r:g}": [np.linalg.norm(np.linalg.matrix_power(turned(r), 30 - t), 2) for t in range(31)] for r in (1.5, 1.1, 1, 0.9, 0.5)}
plots.gradient_flow(powers, of="size of ∂h_T/∂h_t", ax=left)
left.set_title("spectral radius of the recurrent matrix")
for (name, errors), colour in zip(at_the_end.items(), ("#0072B2", "#56B4E9", "#009E73", "#D55E00")):
    right.plot(range(100, 1300, 100), errors, "o-", color=colour, markersize=4, label=name)
right.axhline(1 / 6, color="#888888", linewidth=1, linestyle=(0, (4, 3)))
right.set(xlabel="batches", ylabel="squared error", ylim=(0, 0.22), title="the adding problem, 60 steps (chance: 1/6)")
right.legend(frameon=False)
right.spines[["top", "right"]].set_visible(False)
plt.show()

# %% [markdown] id="end-caption"
# *Figure: left, five curves on a logarithmic axis that spread out to the left, from 10⁻⁹ to 10⁵; right, two curves that stay near the dashed line of chance (one of
# them begins to sink at the end) and two that fall nearly to zero.*
#
# **Conventions of all labs.** Batch first, then time: `xs (B, T, D)`, `h (B, H)`. Rows multiply from the left, `x @ W`, and in this lab
#
# $$h_t = \tanh(z_t), \qquad z_t = x_t W_x + h_{t-1} W_h + b$$
#
# with `Wx (D, H)`, `Wh (H, H)`, `b (H,)`; the lecture's $W_{hh}$ is $W_h$ turned over. `dx` in code is $\partial L/\partial x$ on paper, and has the shape of `x`. Chance is
# always handed in (`rng`, `seed`).

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

# %% [markdown] id="predict-valley"
# > **Predict, then run.** How small should eps be? We measure the error for eps from 1 down to $10^{-13}$. Is smaller always better?

# %% id="valley"
judge = lab.working(numeric_grad)  # yours if its check passed, else the reference answer


def wave(x):
    return float(np.sum(np.sin(3 * x) + x**3))


x = np.array([0.7, -1.2, 0.4])
exact = 3 * np.cos(3 * x) + 3 * x**2
epsilons = 10.0 ** np.arange(-13, 0.1, 0.5)
both = [np.abs(judge(wave, x, eps) - exact).max() for eps in epsilons]
one = [max(abs((wave(x + eps * e) - wave(x)) / eps - g) for e, g in zip(np.eye(3), exact)) for eps in epsilons]

figure, ax = plt.subplots(figsize=(8, 3.6), layout="constrained")
ax.loglog(epsilons, both, "o-", color="#0072B2", markersize=4, label="both sides (yours)")
ax.loglog(epsilons, one, "s--", color="#D55E00", markersize=4, label="one side")
ax.axvline(1e-4, color="#888888", linewidth=1, linestyle=(0, (4, 3)))
ax.set(xlabel="eps", ylabel="largest error of a slope")
ax.legend(frameon=False)
ax.spines[["top", "right"]].set_visible(False)
plt.show()
print(f"best: {min(both):.0e} at eps = {epsilons[np.argmin(both)]:.0e}; from one side {min(one):.0e} at {epsilons[np.argmin(one)]:.0e}")

# %% [markdown] id="valley-moral"
# *Figure: two valleys; a dashed line marks the default eps. To the right both errors rise with eps, the blue one twice as steeply; to the left both rise again, along the same ragged line. The bottom of the blue one is
# deeper and lies further right.*
#
# No: a valley. To the right the **formula** errs, with eps for one side, with eps² for both. To the left the **numbers** err: float64 keeps sixteen digits, and the difference of two nearly equal
# ones loses them, $10^{-16}/\varepsilon$. In float32, with seven digits, the whole left slope lies nine decades higher: no eps is good. That is why a judge works in float64.
#
# From here on, everything that you derive is brought before your own judge, with one line that says what to expect:

# %% id="certify"
def certify(name, yours, f, x):
    """Compare a gradient with your own numeric one. A right one agrees to 1e-8 or so; a slip is off by 1e-3 and more."""
    yours, truth = np.asarray(yours), np.asarray(judge(f, x, 1e-5))
    error = np.abs(yours - truth).max() / max(np.abs(truth).max(), 1e-12) if yours.shape == truth.shape else np.inf
    print(f"{name:>18}: relative error {error:.0e}   {'certified' if error < 1e-6 else 'REFUSED'}")


print("expect below 1e-6, mostly 1e-9")
certify("the right slope", exact, wave, x)
certify("a sign forgotten", 3 * np.cos(3 * x) - 3 * x**2, wave, x)

# %% [markdown] id="part-branch"
# ## 2. A shared weight is a branch
#
# A program is a graph: each node computes one value from its parents. On the way back each node is asked one thing only. It gets the gradient of the loss with respect to its **output**,
# multiplies by its own local slope, and hands the product on to each **input**. Nothing else has to be known of the rest of the graph.
#
# One rule is missing: what if a value goes into *several* nodes? Then it moves the loss along several roads at once, and small changes along different roads add up:
# **gradients add at branches.** A weight that all steps of a recurrent network share is such a value.
#
# > **Predict, then run.** $y = w \cdot w \cdot w \cdot w$ at $w = 1.5$. We give each of the four its own copy and ask the tape for the slope of each, and of $w$. What are the five numbers?

# %% id="copies"
w = tf.Variable(1.5)
with tf.GradientTape() as tape:
    copies = [tf.identity(w) for _ in range(4)]  # four roads from w
    y = functools.reduce(tf.multiply, copies)
*shares, whole = tape.gradient(y, [*copies, w])
print("the four roads:", [float(g) for g in shares], "  w itself:", float(whole))

# %% [markdown] id="todo-shared_weight_grad"
# Four times $w^3 = 3.375$, together $4w^3 = 13.5$: the power rule is nothing but this addition.
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

# %% [markdown] id="roads-text"
# Now a recurrent network of six steps, untrained, with a loss after the last step only. `Wh` is used six times. Which use has the largest share in its gradient?
#
# > **Predict, then run.** All alike? More at the beginning, where everything starts, or at the end? And what is the share of the very first step?

# %% id="roads"
rng = np.random.default_rng(1)
B, T, D, H = 4, 6, 3, 5
Wx, Wh, b = 0.7 * rng.normal(size=(D, H)), 0.3 * rng.normal(size=(H, H)), np.zeros(H)
xs, h0, v = rng.normal(size=(B, T, D)), np.zeros((B, H)), rng.normal(size=H)

copies = [tf.constant(Wh) for _ in range(T)]  # a copy of Wh for every step
with tf.GradientTape() as tape:
    tape.watch(copies)
    h = tf.constant(h0)
    for t in range(T):
        h = tf.tanh(xs[:, t] @ Wx + h @ copies[t] + b)
    L = tf.reduce_sum(h * v)
per_step = [np.asarray(g) for g in tape.gradient(L, copies)]
plots.gradient_roads(per_step)
plt.show()

# %% [markdown] id="roads-moral"
# *Figure: six states in a row, and from each a road to one box, Wh. The road of the last step is wide and has four fifths of the gradient, those before it are narrow, two in blue pull the other
# way a little, the first has no share.*
#
# The last step has most of it, and those further back hardly any: in this network the loss hardly reaches the early ones. The share of the first step is exactly 0, for there Wh multiplied
# $h_0 = 0$. Do the shares add up to the real gradient, with **one** Wh? Ask the judge:

# %% id="certify-shared"
add_up = lab.working(shared_weight_grad)


def last_loss(Wh):
    h = h0
    for t in range(T):
        h = np.tanh(xs[:, t] @ Wx + h @ Wh + b)
    return float(np.sum(h * v))


certify("sum of the roads", add_up(per_step), last_loss, Wh)
certify("mean of the roads", np.mean(per_step, axis=0), last_loss, Wh)

# %% [markdown] id="part-step"
# ## 3. One step back
#
# Forwards, one step is $z = xW_x + h_{prev}W_h + b$ and $h = \tanh z$. Backwards it is handed `dh`, that is $\partial L/\partial h$, and goes through the same two lines from below:
#
# * **through the tanh**, number by number: its slope is $1 - \tanh^2 z = 1 - h^2$, so $dz = dh \odot (1 - h^2)$. What is needed, `h`, was kept on the way forwards;
# * **through the product** $xW_x$: $z_{ij} = \sum_d x_{id} (W_x)_{dj}$. So $x_{id}$ moves every $z_{ij}$ by $(W_x)_{dj}$, which makes $dx = dz\,W_x^\top$; and $(W_x)_{dj}$ moves $z_{ij}$ of every row $i$ by
#   $x_{id}$, which makes $dW_x = x^\top dz$, a sum over the batch;
# * **through the product** $h_{prev}W_h$: the same with other letters. **Through** $+\,b$: b is used by every row, a branch, so the rows are added.
#
# You need not remember where the transposes stand: only one way of multiplying gives the right shape. But where `Wh` is square, any way does. There only the judge helps.
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

# %% [markdown] id="step-judged-text"
# The check has looked at it; now you. `dh` is fixed, and $L = \sum dh \cdot h$ is a loss whose gradient in h is just `dh`. Each of the five is moved by itself.

# %% id="certify-step"
step_back = lab.working(rnn_step_backward)
given = dict(x=xs[:, 0], h_prev=rng.normal(size=(B, H)), Wx=Wx, Wh=Wh, b=b)
dh = rng.normal(size=(B, H))


def step_loss(**changed):
    x, h_prev, Wx, Wh, b = (given | changed).values()
    return float(np.sum(dh * np.tanh(x @ Wx + h_prev @ Wh + b)))


h = np.tanh(given["x"] @ Wx + given["h_prev"] @ Wh + b)
for name, yours in zip(given, step_back(dh, (*given.values(), h))):
    certify("d" + name, yours, lambda value: step_loss(**{name: value}), given[name])

# %% [markdown] id="part-bptt"
# ## 4. T steps back
#
# The lecture: errors are propagated backwards at each single time step, and then across all time steps, from now to the beginning of the sequence. That is backpropagation through time (Mozer 1989). With
# sections 2 and 3 you have everything it is made of.
#
# $h_t$ is a **branch**: it goes into its own loss $L_t$ and into the next state $h_{t+1}$. So what reaches it is a sum,
#
# $$\frac{\partial L}{\partial h_t} = \underbrace{\frac{\partial L_t}{\partial h_t}}_{\texttt{dhs[:, t]}} + \underbrace{\frac{\partial L}{\partial h_{t+1}} \frac{\partial h_{t+1}}{\partial h_t}}_{\text{what step } t+1 \text{ hands back}}$$
#
# and from there it is one step back, as before. And $W_x$, $W_h$, $b$ are branches with T roads each: their gradients are sums over all steps. Done step by step from the end, the cost is that of the way forwards, once more; followed
# road by road, from every loss to every earlier step, it would be T times as much. And all states must have been kept: **that** is the price in memory.
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

# %% [markdown] id="bptt-judged-text"
# Three judges: your numeric gradient; the tape of TensorFlow; and `seqlab.layers.SimpleRNN`, which holds this very derivation, written by hand and compiled.

# %% id="certify-bptt"
through_time = lab.working(bptt)
dhs, h0 = rng.normal(size=(B, T, H)), rng.normal(size=(B, H))
parameters = dict(Wx=Wx, Wh=Wh, b=b, h0=h0)


def run(Wx, Wh, b, h0):
    hs, h = [], h0
    for t in range(T):
        h = np.tanh(xs[:, t] @ Wx + h @ Wh + b)
        hs.append(h)
    return np.stack(hs, axis=1)


yours = dict(zip(parameters, through_time(dhs, xs, h0, Wx, Wh, b)))
for name in parameters:
    certify("d" + name, yours[name], lambda value: float(np.sum(dhs * run(**parameters | {name: value}))), parameters[name])

rnn = layers.SimpleRNN(H, return_sequences=True, dtype="float64")
rnn.build((None, None, D))
rnn.set_weights([Wx, Wh, b])
start = tf.constant(h0)
with tf.GradientTape() as tape:
    tape.watch(start)
    L = tf.reduce_sum(dhs * rnn(xs, initial_state=start))
for name, theirs in zip(parameters, tape.gradient(L, [*rnn.trainable_weights, start])):
    print(f"{'d' + name:>18}: off from seqlab's layer by {np.abs(np.asarray(theirs) - yours[name]).max():.0e}")

# %% [markdown] id="speed-text"
# The same gradient, three ways: **your** loop in NumPy; the **tape**, which writes down every operation of a plain loop and then walks it backwards; and the **layer**, whose way back is compiled.
#
# > **Predict, then run.** Sequences of 10 to 500 steps. Is the tape, which does no more arithmetic than you, about as fast as you? A few seconds.

# %% id="speed"
import time

big = {"Wx": 0.3 * rng.normal(size=(8, 32)), "Wh": 0.15 * rng.normal(size=(32, 32)), "b": np.zeros(32)}
rnn = layers.SimpleRNN(32, return_sequences=True, dtype="float64")
rnn.build((None, None, 8))
rnn.set_weights(list(big.values()))


def by_tape(dhs, xs, h0):
    Wx, Wh, b = weights = [tf.constant(w) for w in big.values()]
    with tf.GradientTape() as tape:
        tape.watch(weights)
        h, L = h0, 0.0
        for t in range(xs.shape[1]):
            h = tf.tanh(xs[:, t] @ Wx + h @ Wh + b)
            L += tf.reduce_sum(dhs[:, t] * h)
    return tape.gradient(L, weights)


def by_layer(dhs, xs, h0):
    with tf.GradientTape() as tape:
        L = tf.reduce_sum(dhs * rnn(xs, initial_state=h0))
    return tape.gradient(L, rnn.trainable_weights)


def seconds(way, T):
    dhs, xs, h0 = rng.normal(size=(16, T, 32)), rng.normal(size=(16, T, 8)), np.zeros((16, 32))
    way(dhs, xs, h0)  # once without a clock
    began = time.perf_counter()
    way(dhs, xs, h0)
    return time.perf_counter() - began


ways = {"your loop": lambda *a: through_time(*a, *big.values()), "the tape": by_tape, "the layer": by_layer}
lengths = (10, 25, 50, 100, 250, 500)
figure, ax = plt.subplots(figsize=(8, 3.6), layout="constrained")
for (name, way), style in zip(ways.items(), ("o-", "s--", "^-.")):
    ax.loglog(lengths, [1000 * seconds(way, T) for T in lengths], style, label=name)
ax.set(xlabel="steps T", ylabel="milliseconds, there and back")
ax.set_xticks(lengths, lengths)
ax.minorticks_off()
ax.legend(frameon=False)
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %% [markdown] id="speed-moral"
# *Figure: three lines over T on logarithmic axes. Your loop and the tape rise with T, the tape far above; the layer begins higher than your loop and rises least.*
#
# All of them are linear in T: nobody follows all roads one by one. The arithmetic is the same; what differs is what is spent around it, on every operation. The tape pays most, at every
# step, for writing down and looking up. The layer pays once, for being called. (So for short sequences your NumPy is hard to beat.)
#
# ### Find the slip
#
# Four ways back as they stand in notes and tutorials. Each runs without an error, and a network trained with it even learns a little. Which does the judge refuse? Decide before you run the cell.

# %% id="find-the-slip"
def way_back(dhs, xs, h0, Wx, Wh, b, slip=""):
    """Gradients of Wh only."""
    hs = [h0]
    for t in range(xs.shape[1]):
        hs.append(np.tanh(xs[:, t] @ Wx + hs[t] @ Wh + b))
    dWh, dh = np.zeros_like(Wh), np.zeros_like(h0)
    for t in reversed(range(xs.shape[1])):
        dh = dhs[:, t] + dh
        dz = dh * (1 - (hs[t] if slip == "b" else hs[t + 1]) ** 2)
        dWh = hs[t].T @ dz + (0 if slip == "a" else dWh)
        dh = (dz if slip != "c" else dh) @ Wh.T
    return dWh / (xs.shape[1] if slip == "d" else 1)


for slip in "abcd":
    certify(slip, way_back(dhs, xs, h0, Wx, Wh, b, slip), lambda W: float(np.sum(dhs * run(Wx, W, b, h0))), Wh)

# %% [markdown] id="slip-answers"
# <details><summary>Answers</summary>
#
# All four.
#
# - **a** writes `=` where `+=` belongs: only the share of the *first* step survives, the last to be computed. *Test:* two steps with different inputs.
# - **b** takes the slope at the old state, one place off in the list. *Test:* any state that changes.
# - **c** hands back `dh` instead of `dz`: the carried gradient has not been through the tanh. It is right as long as the states are near 0, where the slope is 1. *Test:* large inputs.
# - **d** divides by T. For plain gradient descent that is only another learning rate, so nobody sees it; but sequences of different lengths now weigh differently, and a bound for clipping means
#   something else. *Test:* any numeric gradient.
# </details>

# %% [markdown] id="part-product"
# ## 5. Many factors of W
#
# Follow one change of $h_t$ to the last state: it passes one step after the other, so
#
# $$\frac{\partial h_T}{\partial h_t} = J_T J_{T-1} \cdots J_{t+1}, \qquad J_{s} = \mathrm{diag}(1 - h_s^2)\; W_h^\top$$
#
# "Many factors of $W_{hh}$", says the slide, and: many values above 1, the gradient explodes; many below 1, it vanishes. **What the slide simplifies:** it is not values of the matrix that count, nor the matrix alone.
# It is the whole product, slopes of the activation included. The **norm** of a matrix, its largest singular value, says how much longer it can make a vector; so $\|J_T \cdots J_{t+1}\|$ says how much of a
# change can arrive. In code a factor is `np.diag(1 - hs[s] ** 2) @ Wh.T`.
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

# %% [markdown] id="own-flow-text"
# First your own function, on a tanh network with small random inputs. The matrix is the same for all lines, only multiplied by a number, so that its spectral radius (its largest eigenvalue) is as said.
#
# > **Predict, then run.** Radius 0.5, 0.9, 1, 1.1, 1.5. Which lines vanish, which explode? Do all with a radius above 1 explode?

# %% id="own-flow"
norms_of = lab.working(state_jacobian_norms)
rng = np.random.default_rng(2)
signal, kernel = rng.normal(size=(40, 4)), 0.5 * rng.normal(size=(4, 24))


def tanh_states(Wh, x):
    hs = [np.zeros(len(Wh))]
    for x_t in x:
        hs.append(np.tanh(x_t @ kernel + hs[-1] @ Wh))
    return np.array(hs)


flows = {f"{r:g}": norms_of(tanh_states(turned(r), 0.1 * signal), turned(r)) for r in (1.5, 1.1, 1, 0.9, 0.5)}
plots.gradient_flow(flows)
plt.show()
for r in (0.9, 1.1):
    entry, norm = np.abs(turned(r)).max(), np.linalg.norm(turned(r), 2)
    print(f"radius {r}: the largest entry of Wh is {entry:.2f}, its norm (largest singular value) {norm:.2f}")

# %% [markdown] id="microscope-text"
# *Figure: five curves from 1 at the right end. 0.5 falls straight to 10⁻¹²; all others end between a hundredth and one, 1.5 too.*
#
# So a radius above 1 need not explode: the states grow until their slopes are small, and tanh takes back what the matrix adds. And look at the last two lines. In *both* matrices all entries are below 1, and in both the norm is above
# 1. Neither tells which is which.
#
# **The gradient microscope.** Now turn the knobs yourself, with the mouse or the arrow keys: radius, activation, and how loud the input is. The bound is the product of the norms of the single factors,
# which is what one gets from "the singular values" step by step.
#
# > **Predict, then turn.** (1) tanh, radius 1.5: does louder input make the gradient larger or smaller? (2) ReLU, radius 1: better than tanh? (3) Can sigmoid explode at all? (4) How tight is the bound?

# %% id="microscope"
def looked_at(radius, activation, loud):
    layer = layers.SimpleRNN(24, activation=activation)
    layer.build((None, None, 4))
    layer.set_weights([kernel, turned(radius), np.zeros(24)])
    x = (loud * signal)[None]
    return {"exact": layer.state_jacobian_norms(x)[0], "bound": layer.state_jacobian_bounds(x)[0]}


settings = itertools.product((0.5, 0.7, 0.9, 1.0, 1.1, 1.3, 1.5, 2.0), ("tanh", "relu", "sigmoid"), ("silent", "quiet", "loud"))
volume = {"silent": 0.0, "quiet": 0.1, "loud": 1.0}
looks = {(r, activation, loud): looked_at(r, activation, volume[loud]) for r, activation, loud in settings}
plots.gradient_microscope(looks, ["spectral radius", "activation", "input"], start=(1.1, "tanh", "quiet"))

# %% [markdown] id="microscope-moral"
# *Figure: two lines on a logarithmic axis, exact and bound, with three knobs; the table below it has all settings.*
#
# 1. Smaller: loud inputs drive the tanh to its flat ends. With silence the states stay 0, all slopes are 1, and the tanh network is its matrix: there, and only there, the radius alone decides, and 1.5 explodes.
# 2. No. ReLU's slope is 1 or **0**: about half of the units are off at each step, and what they carried is lost. At radius 1 it vanishes faster than tanh does. At radius 2 it explodes, and no flat end stops it.
# 3. Its slope is 1/4 at most, so the matrix would have to make up for a factor of four at every step.
# 4. Not at all. The bound explodes where the exact product vanishes: the direction that one factor stretches most is not the one that the next stretches. "All factors below 1" is *sufficient* for vanishing, and "above 1" says nothing.
#
# The same microscope takes any layer of `seqlab.layers`, also LSTM and GRU, and your own sequence: `layer.state_jacobian_norms(x)` and `plots.gradient_microscope`.

# %% [markdown] id="part-clue"
# ## 6. Where does the clue go?
#
# Why does it hurt if gradients vanish? An error at the end then shapes only what the last few words did: **the network is biased to capture short-term dependencies.** The lecture's pair:
#
# > *The clouds are in the* ___ · · · *I grew up in France, … and I speak fluent* ___
#
# We make a small language in which both begin alike, with a country, and only the end says whether it matters. One network is trained on the first kind alone, another on both, half and half.
#
# > **Predict, then run.** Look at the network that was only ever asked about clouds and fish, which never needs the country. How much gradient reaches "France" there: less than in the untrained network, more, or as
# > much? Some five seconds.

# %% id="train-clues"
import os

STEPS = int(os.environ.get("SEQLAB_STEPS", 300))  # set SEQLAB_STEPS=30 for a quick look
clues = text.Clues(length=18)


def reader(far, steps=2 * STEPS // 3):
    """Embedding, tanh network, logits; trained on texts of which a share `far` asks for the language."""
    keras.utils.set_random_seed(1)
    network = [keras.layers.Embedding(len(clues.words), 16), layers.SimpleRNN(32), keras.layers.Dense(len(clues.answers))]
    model = keras.Sequential(network)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(3e-3, global_clipnorm=1.0), loss)
    model.fit(*clues.draw(64 * steps, np.random.default_rng(0), far), batch_size=64, verbose=0)
    return model


readers = {"untrained": reader(0.5, steps=1), "clouds only": reader(0.0), "both": reader(0.5)}
near, far = (clues.draw(200, np.random.default_rng(5), share) for share in (0.0, 1.0))
for name, model in readers.items():
    right = [np.mean(model.predict(X, verbose=0).argmax(1) == y) for X, y in (near, far)]
    print(f"{name:>12}: right about the clouds {right[0]:.0%}, about the language {right[1]:.0%} (guessing: 25 %)")

# %% [markdown] id="clue-flow-text"
# For the question about the language: the gradient of the right answer's logit with respect to the state after each word, `layer.gradient_norms`.

# %% id="clue-flow"
def reaching(model, X, y):
    """‖∂ logit of the right answer / ∂h_t‖, t = 0 … T, for each text."""
    embedding, rnn, dense = model.layers
    W = np.asarray(dense.get_weights()[0], "float64")[:, y].T  # (B, H): how the right answer is read from the last state
    return rnn.gradient_norms(np.asarray(embedding(X)), lambda h: tf.reduce_sum(h[:, -1] * W))


X, y = far[0][:40], far[1][:40]
figure = plots.gradient_flow({name: reaching(model, X, y) for name, model in readers.items()}, clues.text(X[0]), of="gradient of the answer")
plt.show()

# %% [markdown] id="clue-swap-text"
# *Figure: three lines over the words of a text, "I grew up in …". That of the untrained network stays at about 1; those of both trained networks rise towards the beginning, to about ten.*
#
# More! Training has made all weights larger, and with them what comes back through them, in both networks alike. Nothing vanishes over these thirteen words, and yet one network cannot use what arrives: **a gradient that arrives is not yet a clue
# that is used.** The plainer question: replace one word by another that may stand there, France by Japan, clouds by fish. How much of the answer's probability moves?
#
# > **Predict, then run.** The network that knows both kinds is asked about clouds. Does France matter to it?

# %% id="clue-swap"
def moved(model, X):
    """The share of the probability that moves when the word at each place is replaced, (T,)."""
    rng, before = np.random.default_rng(0), tf.nn.softmax(model(X)).numpy()
    others = [tf.nn.softmax(model(clues.replaced(X, place, rng))).numpy() for place in range(clues.length)]
    return [np.abs(after - before).sum(1).mean() / 2 for after in others]


figure, axes = plt.subplots(1, 3, figsize=(13, 3.4), sharey=True, layout="constrained")
asked = (("clouds only", near, "asked about the thing"), ("both", near, "asked about the thing"), ("both", far, "asked about the language"))
for ax, (name, (X, y), question) in zip(axes, asked):
    ax.bar(range(clues.length), moved(readers[name], X), color="#0072B2")
    ax.set_xticks(range(clues.length), clues.text(X[0]), rotation=70, fontsize=8)
    ax.set_title(f"trained on {name}, {question}", fontsize=10)
    ax.spines[["top", "right"]].set_visible(False)
axes[0].set_ylabel("probability that moves")
plt.show()

# %% [markdown] id="clue-moral"
# *Figure: three bar charts over the words. In the first two only the bar of the thing is high; in the third that of the country.*
#
# Trained on clouds only, the network has learnt to **ignore** the country: whatever stands there, the answer stays. Trained on both, it ignores the country when asked about clouds, and hears little else when asked about
# the language. So a short-term bias has two causes. Where gradients vanish, nothing over a distance can be learnt, as section 8 will show. And where nothing over a distance is ever asked for, nothing is.

# %% [markdown] id="part-cliff"
# ## 7. The cliff
#
# Exploding gradients have a shape. Take the smallest recurrent network there is, one unit without input, $h_t = \tanh(w\,h_{t-1} + b)$ from $h_0 = 0.9$, fifty steps, and ask that $h_{50}$ be 0.2. Its loss over $w$ and $b$ has a
# **cliff**: on one side the state settles high, on the other low, and between them lies a wall (Pascanu, Mikolov and Bengio, 2013). The gradient on the wall is enormous, and it is *right*: it is only no use to step so far along it.
#
# The cure is to keep the direction and shorten the step: "gradient clipping to scale big gradients". There are three things of that name:
#
# | | what is done | in Keras |
# |:--|:--|:--|
# | by value | each number is cut to ±c | `clipvalue` |
# | by one norm each | each tensor is made no longer than c | `clipnorm` |
# | **by the global norm** | all tensors together are made no longer than c | `global_clipnorm` |
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

# %% [markdown] id="arrows-text"
# > **Predict, then run.** A gradient of three tensors, of your own `bptt`, and the three ways to clip it to 1. Which of them still point where the gradient points?

# %% id="arrows"
clip = lab.working(clip_by_global_norm)
gradient = [tf.constant(g, tf.float32) for g in through_time(dhs, xs, h0, Wx, Wh, b)[:3]]
plots.clipped_arrows(
    gradient,
    {
        "by value": [tf.clip_by_value(g, -1, 1) for g in gradient],
        "one norm each": [tf.clip_by_norm(g, 1) for g in gradient],
        "global norm (yours)": clip(gradient, 1.0),
    },
)
plt.show()

# %% [markdown] id="cliff-text"
# *Figure: three arrows from one point; two lean away from the dashed line of the gradient, the third lies on it and has length 1.*
#
# Only the global norm keeps the direction. (By value is the one that many a first implementation has, and it works all the same: a step that is roughly downhill. But it is another optimiser than the one in the formula.) Now down the
# cliff, with your `bptt` and your clipping.
#
# > **Predict, then run.** Sixty steps of plain gradient descent, rate 0.3, from the green dot, without clipping and with `max_norm=0.3`. Where does each end?

# %% id="cliff"
def last_of_fifty(points):
    w, b, h = points[..., 0], points[..., 1], 0.9
    for _ in range(50):
        h = np.tanh(w * h + b)
    return h


def cliff_loss(points):
    return (last_of_fifty(points) - 0.2) ** 2


def cliff_gradient(point):
    """∂L/∂w and ∂L/∂b by backpropagation through fifty steps: the input is 0, and only the last state has a loss."""
    dhs = np.zeros((1, 50, 1))
    dhs[0, -1] = 2 * (last_of_fifty(point) - 0.2)
    _, dWh, db, _ = through_time(dhs, np.zeros((1, 50, 1)), np.array([[0.9]]), np.zeros((1, 1)), point[:1, None], point[1:])
    return [tf.constant(dWh, tf.float32), tf.constant(db, tf.float32)]


def descend(max_norm, steps=60, rate=0.3):
    path, sizes = [np.array([1.7, 0.2])], []
    for _ in range(steps):
        grads = cliff_gradient(path[-1])
        sizes.append(float(tf.linalg.global_norm(grads)))
        if max_norm:
            grads = clip(grads, max_norm)
        path.append(path[-1] - rate * np.concatenate([np.ravel(g) for g in grads]))
    return np.array(path), sizes


(free, free_sizes), (held, held_sizes) = descend(None), descend(0.3)
plots.loss_cliff(cliff_loss, (0.2, 2.2, -0.6, 0.6), {"without clipping": free, "clipped": held})
plt.show()
for name, path, sizes in (("without", free, free_sizes), ("clipped", held, held_sizes)):
    print(f"{name:>8}: largest gradient {max(sizes):6.1f}, ends at w = {path[-1][0]:.2f}, b = {path[-1][1]:.2f} with a loss of {cliff_loss(path[-1]):.3f}")

# %% [markdown] id="cliff-moral"
# *Figure: left, a landscape with a wall; right, the same from above. Both paths run down to the edge. The one without clipping falls over it and is thrown out of the picture; the clipped one bounces along the edge to
# where the wall ends, and into the valley.*
#
# One gradient of a size near a hundred undoes all steps before it: the network lands where the tanh is flat, and stays. With clipping the path goes over the edge too, but only a little way: it comes back, and moves on
# **along** the edge. Note what clipping is not: it cures exploding gradients, not vanishing ones.

# %% [markdown] id="part-tricks"
# ## 8. Two tricks, honestly
#
# Against vanishing gradients the lecture has three remedies. *Trick 1:* another activation, ReLU, whose slope does not shrink. *Trick 2:* start the recurrent matrix as the identity, biases at zero. *The third*, gated cells, is lab 4.

# %% id="slopes"
z = np.linspace(-4, 4, 401)
squash = 1 / (1 + np.exp(-z))
figure, axes = plt.subplots(1, 3, figsize=(11, 2.6), sharey=True, layout="constrained")
for ax, (name, value, slope) in zip(axes, (("ReLU", np.maximum(z, 0), 1.0 * (z > 0)), ("tanh", np.tanh(z), 1 - np.tanh(z) ** 2), ("sigmoid", squash, squash * (1 - squash)))):
    ax.plot(z, value, color="#888888", label=name)
    ax.plot(z, slope, color="#D55E00", linewidth=2, label="its slope")
    ax.set(title=f"{name}: slope at most {slope.max():.2g}", xlabel="z", ylim=(-1.1, 1.6))
    ax.legend(frameon=False, fontsize=8, loc="upper left")
    ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %% [markdown] id="todo-irnn"
# *Figure: three functions in grey and their slopes in orange: a step from 0 to 1, a bell of height 1, a low bell of height 1/4.*
#
# With *both* tricks at once, $h_t = \max(0, x_tW_x + h_{t-1})$: for positive states every factor of the product is the identity. Nothing vanishes, nothing explodes, and the untrained network simply adds up what it hears. Le, Jaitly and Hinton (2015) called it
# the IRNN.
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

# %% [markdown] id="four-text"
# What does each trick do **alone**? Four new layers on the same long sequence of 100 steps; ReLU also from a larger random matrix.
#
# > **Predict, then run.** Which of the five lines stays near 1?

# %% id="four-flows"
make_irnn = lab.working(irnn)
x, _ = sequences.adding_problem(8, 100, np.random.default_rng(0))


def fresh(matrix="orthogonal", activation="tanh", like=None):
    """A new layer of 32 units; `like` is another one that says how it is set up."""
    keras.utils.set_random_seed(3)
    if like is None:
        return layers.SimpleRNN(32, activation=activation, recurrent_initializer=matrix)
    like(x)  # its weights are made at the first call
    layer = layers.SimpleRNN(32, activation="relu")
    layer.build(x.shape)
    layer.set_weights(like.get_weights())
    return layer


wild = keras.initializers.RandomNormal(stddev=2 / np.sqrt(32))  # a radius of about 2
four = {
    "tanh": fresh(),
    "identity alone": fresh("identity"),
    "ReLU alone": fresh(activation="relu"),
    "ReLU, large matrix": fresh(wild, "relu"),
    "both: IRNN": fresh(like=make_irnn(32)),
}
plots.gradient_flow({name: layer.state_jacobian_norms(x) for name, layer in four.items()})
plt.show()

# %% [markdown] id="adding-text"
# *Figure: five lines over 100 steps. IRNN stays at about 1. ReLU from a large matrix rises out of all bounds; ReLU alone, tanh and identity alone sink, in this order the fastest first.*
#
# ReLU alone loses the units that are off, or explodes if the matrix makes up for it; identity alone is worn down by the slopes of tanh. Only both together leave the gradient as it is.
#
# But that is the **untrained** network. What counts is what it learns. *The adding problem:* a sequence of random numbers from 0 to 1; two of them are marked, one in each half; say their sum at the end. Always saying 1 has a squared
# error of 1/6.
#
# > **Predict, then run.** 30 steps. Which of the four learns it, by the picture above? About 15 seconds.

# %% id="adding"
BATCHES = 2 * STEPS
x, y = sequences.adding_problem(64 * BATCHES, 30, np.random.default_rng(0))
held_out = sequences.adding_problem(1000, 30, np.random.default_rng(1))
parts = list(zip(np.array_split(x, 8), np.array_split(y, 8)))


def learn(layer):
    """The squared error on other sequences, eight times while it learns."""
    keras.utils.set_random_seed(3)
    model = keras.Sequential([layer, keras.layers.Dense(1)])
    rate = keras.optimizers.schedules.CosineDecay(2e-3, BATCHES)  # falls to 0, so that the end is calm
    model.compile(keras.optimizers.Adam(rate, global_clipnorm=1.0), "mse")
    return [model.fit(*part, batch_size=64, verbose=0) and model.evaluate(*held_out, verbose=0) for part in parts]


contest = {"tanh": fresh(), "identity alone": fresh("identity"), "ReLU alone": fresh(activation="relu"), "both: IRNN": fresh(like=make_irnn(32))}
curves = {name: learn(layer) for name, layer in contest.items()}

# %% id="adding-plot"
figure, ax = plt.subplots(figsize=(8, 3.6), layout="constrained")
batches = np.arange(1, 9) * BATCHES / 8
for (name, errors), style in zip(curves.items(), ("o-", "s--", "^-.", "D-")):
    ax.plot(batches, errors, style, markersize=4, label=f"{name}: {errors[-1]:.3f}")
ax.axhline(sequences.ADDING_CHANCE, color="#888888", linewidth=1, linestyle=(0, (4, 3)))
ax.set(xlabel="batches of 64 sequences", ylabel="squared error", ylim=(0, 0.25), title="the adding problem, 30 steps (dashed: chance, 1/6)")
ax.legend(frameon=False, ncols=2)
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %% [markdown] id="adding-moral"
# *Figure: the errors of four networks while they learn; those of ReLU and IRNN fall far below the dashed line of chance, that of the IRNN to less than 0.03.*
#
# The IRNN learns it, below 0.03. So much for the prediction; now the part that a slide leaves out. **ReLU alone learns it too**, from Keras's orthogonal matrix, although its gradient at the start was the smallest of all: a little that arrives is enough for Adam, which divides by it. At 60
# steps (the picture at the top; one seed after the other):
#
# | after 1,200 batches, T = 60 | seed 0 | seed 1 | seed 2 |
# |:--|--:|--:|--:|
# | tanh | 0.166 | 0.083 | 0.088 |
# | tanh, identity | 0.180 | 0.169 | 0.168 |
# | ReLU | 0.011 | 0.006 | 0.005 |
# | ReLU, identity (IRNN) | 0.014 | 0.014 | 0.006 |
#
# (`python benchmarks/adding.py`; chance is 0.167.) tanh begins to learn late, if at all; the identity through tanh stays at chance; both with ReLU learn, and between them three seeds decide nothing. The tricks are starting
# points: they say where training begins, not where it ends.
#
# ## 9. A question to think about (not graded)
#
# With both tricks the product of the factors is the identity at the start. What happens to it in training, if one eigenvalue of $W_h$ becomes 1.05? And 0.95? Over 100 steps? What would a network need that cannot lose its 1 so easily?
#
# <details><summary>Our answer</summary>
#
# $1.05^{100} \approx 132$ and $0.95^{100} \approx 0.006$: the balance is a knife's edge, and no force brings it back; that is why IRNNs are trained with clipping and small rates. What is needed is a road on which the factor is a number
# that the network sets *for each step*, near 1 when it wants to keep and 0 when it wants to forget. That is a gate, and lab 4.
# </details>

# %% [markdown] id="own-words"
# *Your answer:*

# %% [markdown] id="stretch"
# ## Stretch
#
# ### a) Cut the way back: truncated BPTT
#
# For very long sequences one lets each loss go back only k steps, while the state itself is carried on. How long a memory does that teach? A small network hears six channels of noise and must say what the **first** was, some steps ago: one
# network for each distance, trained with k = 1, 2, 4, 8.
#
# > **Predict, then run.** Where does each row of the picture end? About ten seconds.

# %% id="stretch-truncated"
ks, lags = (1, 2, 4, 8), list(range(11))
explained = [models.truncated_recall(k, lags, steps=min(STEPS, 250)) for k in ks]
figure, ax = plt.subplots(figsize=(7.5, 2.8), layout="constrained")
image = ax.imshow(np.clip(explained, 0, 1), cmap="cividis", vmin=0, vmax=1, aspect="auto")
ax.set(xlabel="how many steps ago", ylabel="k", xticks=lags, title="share of the variance that is learnt")
ax.set_yticks(range(len(ks)), ks)
for (row, lag), value in np.ndenumerate(np.round(explained, 2)):
    ax.text(lag, row, f"{abs(value):.2f}" if value > 0 else "0", ha="center", va="center", fontsize=8, color="black" if value > 0.6 else "white")
figure.colorbar(image, ax=ax)
plt.show()

# %% [markdown] id="stretch-second"
# *Figure: a table of four rows. In each the cells are bright up to some distance and dark beyond, the farther the larger k is.*
#
# A stair. Through k steps a loss reaches the inputs 0 to k - 1 steps ago; of what lies farther back nobody tells the network that it should be kept. (A little survives in a random state by itself: see k = 1.)
#
# ### b) Second derivatives through the loop
#
# Can one differentiate the way back itself? $\partial^2 L/\partial h_0^2$ applied to a direction: once by two tapes through `seqlab`'s layer, once by your judge, which looks how *your* `dh0` moves.

# %% id="stretch-second-run"
rnn = layers.SimpleRNN(H, return_sequences=True, dtype="float64")
rnn.build((None, None, D))
rnn.set_weights([Wx, Wh, b])
start, direction = tf.constant(h0), rng.normal(size=h0.shape)
with tf.GradientTape() as outer:
    outer.watch(start)
    with tf.GradientTape() as inner:
        inner.watch(start)
        L = tf.reduce_sum(dhs * rnn(xs, initial_state=start))
    along = tf.reduce_sum(inner.gradient(L, start) * direction)
certify("second derivative", outer.gradient(along, start), lambda h0: float(np.sum(through_time(dhs, xs, h0, Wx, Wh, b)[3] * direction)), h0)

# %% [markdown] id="stretch-more"
# ### c) More
#
# * Put an LSTM into the microscope (`layers.LSTM`, `of="c"`), on the same signal. What plays the part of the spectral radius?
# * In the cliff, replace your clipping by `tf.clip_by_value`. Does the path still find the way along the edge?
# * Let the adding problem have 100 steps and run IRNN and ReLU once each. Which is hurt more by a learning rate of 0.01?

# %% [markdown] id="handin-text"
# ## Hand in
#
# This checks all seven answers once more and writes your hand-in, one small file.

# %% id="handin" role="handin"
lab.submit()
