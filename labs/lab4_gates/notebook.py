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

# %% [markdown] id="end-first"
# ## What you will see at the end
#
# Four networks of equal size are to add two numbers that are marked somewhere in sixty steps. Left: how far each of them
# gets, in equal time. Right: what a trained LSTM does while it reads a story, gate by gate. One unit holds what matters, and you will know which.
# The numbers on the left are from a run of the reference solution; soon they are yours.

# %% id="end-picture"
from seqlab import layers, models, music, plots

at_the_end = {"SimpleRNN": 0.188, "IRNN": 0.0073, "LSTM": 0.0020, "GRU": 0.0006}
figure, ax = plt.subplots(figsize=(7, 2.6), layout="constrained")
bars = ax.barh(list(at_the_end), list(at_the_end.values()), color=["#D55E00", "#E69F00", "#0072B2", "#009E73"])
ax.bar_label(bars, fmt=" %.4f")
ax.axvline(1 / 6, color="#666666", linewidth=1, linestyle=(0, (4, 3)))
ax.text(1 / 6, 3.55, "chance", ha="center", va="bottom", color="#666666", fontsize=9)
ax.set(xscale="log", xlim=(3e-4, 0.6), xlabel="squared error on new sequences (left is better)")
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %% [markdown] id="end-caption"
# *Figure: four bars on a logarithmic scale. The SimpleRNN ends at the line of chance, 1/6; the IRNN is twenty times better, LSTM and GRU eighty times and more.*
#
# **Conventions.** Batch first, then time; rows multiply from the left, `x @ W`. Packed weights of an LSTM stand in Keras's order **i, f, c̃, o**, those of a GRU in the
# order **z, r, h̃**. Here $h$ is the **hidden state**, what a cell says, and $c$ the **cell state**, what it keeps.
# Other books write $g$ or $\tilde C$ for c̃, and CS109B's slides lost it altogether in the printing ("the degree of confidence of ␣").

# %% [markdown] id="part-story"
# ## 1. Will I help you with the homework at time t?
#
# CS109B asks this question to explain a cell state, and shouts *"Erase everything!"* over its forget gate. Here is the story, in five events. A cell with **one** unit lives it. Its cell state c says how willing I am:
#
# $$c' = f \cdot c + i \cdot \tilde c \qquad\qquad h' = o \cdot \tanh(c')$$
#
# f: what share of the old memory is kept. i: what share of the news is stored. c̃: the news itself, between −1 and 1. o: how much of the memory is said aloud.
#
# > **Play it by hand.** Set each gate to 0 or 1 (c̃ to −1, 0 or 1), so that I say "yes" when you ask first, and nothing at all when you ask again.
# > Which gate is "Erase everything!"? And which gate keeps the rain out?

# %% id="play-story"
events = ["You lend me your notes.", "It rains.", "You ask: will you help me?", "You tell my secret to everyone.", "You ask again."]
mine = {  # yours to play: a number for each event
    "f": [1, 1, 1, 1, 1],
    "i": [0, 0, 0, 0, 0],
    "candidate": [0, 0, 0, 0, 0],
    "o": [0, 0, 0, 0, 0],
}


def live(gates):
    """The cell state and what is said at each step, from c = 0."""
    c, cs, hs = 0.0, [], []
    for f, i, candidate, o in zip(gates["f"], gates["i"], gates["candidate"], gates["o"]):
        c = f * c + i * candidate
        cs.append(c)
        hs.append(o * math.tanh(c))
    return cs, hs


plots.gate_story(events, mine, *live(mine))
plt.show()

# %% id="our-story"
ours = {"f": [1, 1, 1, 0, 1], "i": [1, 0, 0, 0, 0], "candidate": [1, 0, 0, 0, 0], "o": [0, 0, 1, 0, 1]}
plots.gate_story(events, ours, *live(ours))
plt.show()

# %% [markdown] id="story-moral"
# *Figure, ours: the cell state is 1 from the first event to the third and 0 after the fourth. Only at the two questions something may be said: "yes (0.76)", then nothing.*
#
# *Erase everything!* is **f = 0**, at the fourth event. The rain stays out because **i = 0**. And the favour is remembered through the rain although nobody speaks of it, because o = 0 hides c without harming it:
# the cell state is the memory of the long story, and h is what is said aloud. A vanilla RNN has one vector for both, and keeps the same share of it at every step.
#
# **A gate** is a sigmoid layer and an elementwise product, nothing else: $\sigma(xW + hU + b)$ is a number between 0 and 1 for each unit, and it multiplies.
#
# ## 2. A module of four blocks
#
# The lectures draw it so: in a vanilla RNN the module that repeats is a simple node; in an LSTM it is a few computational blocks around a road.

# %% id="modules"
plots.repeating_modules()
plt.show()

# %% [markdown] id="modules-caption"
# *Figure: left, one tanh between the old h and the new. Right, four blocks f, i, c̃, o; the road of the cell state runs straight through on top, with one product and one sum on it.*
#
# The lecture's four words, in their order: **forget** ($f \odot c$), **store** ($i \odot \tilde c$), **update** (their sum is the new c), **output** ($o \odot \tanh c$).
# Two words, two meanings: what CS109B calls *updating*, "select from memory … a list of scaled memories", is the others' **output**. And it says of the output gate that it "is usually the function
# that we optimize": the loss is taken of a read-out of **h**, not of o.

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

# %% [markdown] id="story-by-step-text"
# **The same story, by your step.** Now the gates are not set by hand: they hear the event. x is one-hot, and each gate has weights that open or shut it, all the way.
#
# > **Predict, then run.** Will the picture be the same to the last digit? c̃ is a tanh now.

# %% id="story-by-step"
step = lab.working(lstm_step)  # your own function if its check passed, else the reference answer


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


LEND, RAIN, ASK, SECRET, AGAIN = range(5)
W = np.zeros((5, 4), "float32")  # one unit: columns i, f, c̃, o
W[LEND, 0], W[SECRET, 1], W[LEND, 2], W[[ASK, AGAIN], 3] = 80, -80, 40, 80
b, U = np.array([-40, 40, 0, -40], "float32"), np.zeros((1, 4), "float32")

h = c = tf.zeros((1, 1))
cs, hs = [], []
for t in range(5):
    x = tf.one_hot([t], 5)
    h, c = step(x, h, c, tf.constant(W), tf.constant(U), tf.constant(b))
    cs.append(float(np.squeeze(c)))
    hs.append(float(np.squeeze(h)))
heard = {name: sigmoid(W[:, k] + b[k]) for name, k in (("i", 0), ("f", 1), ("o", 3))} | {"candidate": np.tanh(W[:, 2] + b[2])}
plots.gate_story(events, heard, cs, hs)
plt.show()

# %% [markdown] id="four-text"
# *Figure: the same as before.* A gate at ±40 is shut or open to seven digits. Learning is to find such weights, and section 8 does it.
#
# **Forget, store, update, output: one step on real numbers.** Six units, weights drawn at random. We take the packed `W`, `U`, `b` apart, block by block, compute each gate by itself, and put them together again:
# the last line says how far that is from your step.

# %% id="apart"
rng = np.random.default_rng(4)
B, D, H = 1, 3, 6
W, U, b = (rng.normal(0, 0.8, shape).astype("float32") for shape in ((D, 4 * H), (H, 4 * H), (4 * H,)))
x, h, c = (rng.normal(0, 1, shape).astype("float32") for shape in ((B, D), (B, H), (B, H)))
block = {name: slice(k * H, (k + 1) * H) for k, name in enumerate(("i", "f", "candidate", "o"))}


def gates_of(b):
    """Each gate from its own block of the packed weights, (H,)."""
    z = {name: (x @ W[:, s] + h @ U[:, s] + b[s])[0] for name, s in block.items()}
    return {name: np.tanh(value) if name == "candidate" else sigmoid(value) for name, value in z.items()}


alone = gates_of(b)
together = np.asarray(step(*map(tf.constant, (x, h, c, W, U, b)))[1])[0]
print("largest difference of c:", np.abs(alone["f"] * c[0] + alone["i"] * alone["candidate"] - together).max())
plots.lstm_step_panels(c[0], **alone)
plt.show()

# %% [markdown] id="turn-text"
# *Figure: four panels of six bars. An outline is what goes in, the full bar what comes out; below each bar stands its gate.*
#
# > **Predict, then turn.** Move the slider: it adds ±8 to the bias of one gate, which shuts or opens it. Which setting makes panel 3 equal to the outline of panel 1? Which leaves c untouched and changes h alone?

# %% id="turn"
settings = {"as they are": None, "f shut": ("f", -8), "f open": ("f", 8), "i shut": ("i", -8), "i open": ("i", 8),
            "i shut, f open": ("if", 8), "o shut": ("o", -8), "o open": ("o", 8)}  # fmt: skip
figures, c_new, h_new = {}, [], []
for name, turned in settings.items():
    shifted = b.copy()
    for gate in "if" if turned and turned[0] == "if" else [turned[0]] if turned else []:
        shifted[block[gate]] += -8 if (turned[0], gate) == ("if", "i") else turned[1]
    gates = gates_of(shifted)
    new = gates["f"] * c[0] + gates["i"] * gates["candidate"]
    figures[name] = plots.lstm_step_panels(c[0], **gates)
    c_new.append(" ".join(f"{v:.2f}" for v in new))
    h_new.append(" ".join(f"{v:.2f}" for v in gates["o"] * np.tanh(new)))
seen = [f"new c: {c_text}; new h: {h_text}" for c_text, h_text in zip(c_new, h_new)]
plots.slider([*figures.values()], [*figures], seen, title="One step of an LSTM", knob="gates")

# %% [markdown] id="part-backward"
# *Figure with a slider: with i shut and f open the new cell state is the old one; with o shut h is zero and c is what it was.*
#
# ## 3. Backward through a cell: two roads
#
# CS109B writes over its derivatives: *every derivative is with respect to the cell state or the hidden state*. That is all there is to it. What comes from later arrives on two roads,
# one along c and one along h, and one step hands it back on the same two roads.

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

# %% [markdown] id="certify-text"
# **Never trust a derivation, measure it.** This is lab 3's `numeric_grad`: it moves each number a little and looks. It takes the gates' pre-activations z and the old cell state, and knows nothing of your formulas.

# %% id="certify"
def numeric_grad(f, x, eps=1e-5):
    """lab 3's: the gradient of f at x by central differences."""
    grad = np.zeros_like(x)
    for k in np.ndindex(x.shape):
        ends = [x.copy(), x.copy()]
        ends[0][k] += eps
        ends[1][k] -= eps
        grad[k] = (f(ends[0]) - f(ends[1])) / (2 * eps)
    return grad


def forward(z, c_prev):
    """From pre-activations (B, 4H) and the old cell state to gates i, f, g, o and the new one, NumPy."""
    i, f, g, o = np.split(z, 4, axis=-1)
    i, f, g, o = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)
    return i, f, g, o, f * c_prev + i * g


rng = np.random.default_rng(0)
z, c_prev, dh, dc = rng.normal(size=(2, 12)), *rng.normal(size=(3, 2, 3))


def L(z, c_prev):
    *_, o, c = forward(z, c_prev)
    return np.sum(dh * o * np.tanh(c) + dc * c)


backward = lab.working(lstm_cell_backward)
dc_prev, dz = map(np.asarray, backward(dh, dc, c_prev, *forward(z, c_prev)))
for name, found, measured in (
    ("dc_prev", dc_prev, numeric_grad(lambda v: L(z, v), c_prev)),
    ("dz", dz, numeric_grad(lambda v: L(v, c_prev), z)),
):
    print(f"{name:8} largest relative error {np.max(np.abs(found - measured) / (np.abs(found) + np.abs(measured))):.0e}")

# %% [markdown] id="slips-box"
# A relative error of 1e-7 or less is right; 1e-2 is a slip, however good the loss looks.
#
# **Find the slip.** All of these were printed somewhere, and all of them run:
#
# | as printed | what happens | the test that catches it |
# |:--|:--|:--|
# | `df = dc * c_next` | the **new** cell state where the old one belongs | the numeric gradient; no shape tells you |
# | `dnext_c` is never added to what comes through h | the highway is cut at every step, a vanilla RNN is left | `dh` all zeros: then nothing comes through |
# | `i, f, o, g = split(z, 4)` with weights from Keras | another order of the blocks: i f o c̃, here i f c̃ o | copy: i shut, f open, c must stay |
# | `sigmoid(f + 1.0)` and a bias that begins at 1 | the forget bias twice | `b = 0`, one number by hand |
# | `c = f * c + (1 - f) * g` | i and f are one gate, as in a GRU | i and f both shut: c must be 0 |
#
# **The two roads, drawn.** Forty steps, sixteen units, and a loss that hears the last state alone. We walk back with *your* function and measure what arrives at each step on either road.
#
# > **Predict, then run.** All gates have bias 0, but for the forget gate: 0 on the left, 3 on the right. What is left after forty steps on the road of c? And on that of h?

# %% id="two-roads"
def arriving(forget_bias, T=40, H=16, seed=0):
    """What arrives at c_t from step t + 1 (or the loss), and at h_t: two arrays (T+1,)."""
    rng = np.random.default_rng(seed)
    U, b = rng.normal(0, 1 / np.sqrt(H), (H, 4 * H)), np.repeat([0.0, forget_bias, 0, 0], H)
    h, c, kept = np.zeros((1, H)), np.zeros((1, H)), []
    for x in rng.normal(0, 0.5, (T, 1, 4 * H)):
        gates = forward(x + h @ U + b, c)
        kept.append((c, *gates))
        c = gates[-1]
        h = gates[3] * np.tanh(c)
    dh, dc = np.ones((1, H)) / np.sqrt(H), np.zeros((1, H))
    on_c, on_h = [np.nan], [1.0]
    for c_prev, *gates in kept[::-1]:
        dc, dz = map(np.asarray, backward(dh, dc, c_prev, *gates))
        dh = dz @ U.T
        on_c.append(np.linalg.norm(dc))
        on_h.append(np.linalg.norm(dh))
    return np.array(on_c[::-1]), np.array(on_h[::-1])


figure, axes = plt.subplots(1, 2, figsize=(12, 3.8), sharey=True, layout="constrained")
for ax, bias in zip(axes, (0.0, 3.0)):
    on_c, on_h = arriving(bias)
    on_c[-1] = on_c[-2]  # the loss reaches h alone: the first step back opens the road of c
    plots.gradient_flow({"on the road of c": on_c, "on the road of h": on_h}, of="what arrives", ax=ax)
    ax.set_title(f"forget bias {bias:g}", loc="left")
plt.show()
print("left at step 0, road of c:", *(f"bias {bias:g}: {arriving(bias)[0][0]:.0e}" for bias in (0.0, 3.0)))

# %% [markdown] id="part-highway"
# *Figure: two panels on one logarithmic axis. With bias 0 both lines fall steeply and side by side; with bias 3 the road of c hardly falls, and that of h, which is fed from it at every step, runs along below.*
#
# Nothing travels far on the road of h by itself: it goes through a matrix and through slopes below 1, as in lab 3. But at every step it is fed anew from the road of c.
#
# ## 4. The highway
#
# The lecture calls it *uninterrupted gradient flow*. True along c, and only as far as the gates are open: from step t to step T the factor is $\prod_{s=t+1}^{T} f_s$. No matrix, no slope of a tanh.

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

# %% [markdown] id="highway-text"
# > **Predict, then run.** A new LSTM, never trained, reads sixty random steps. Its forget gates hover around σ(b_f): 0.5, 0.73 or 0.95 for b_f = 0, 1, 3. How much is left of a gradient after sixty steps? Write down three
# > powers of ten. The line beside them is lab 3's: a tanh network with an orthogonal matrix.

# %% id="highway-plot"
road = lab.working(highway)
keras.utils.set_random_seed(0)
x = tf.random.normal((1, 60, 8))
norms = {}
for bias in (0, 1, 3):
    lstm = layers.LSTM(24, return_sequences=True, unit_forget_bias=False)
    lstm.build((None, None, 8))
    lstm.set_weights([*lstm.get_weights()[:2], np.repeat([0.0, bias, 0, 0], 24)])
    f = lstm.inside(x).f[0].astype("float64")  # (T, H)
    norms[f"LSTM, b_f = {bias}"] = np.exp(np.log(np.asarray(road(f))).mean(axis=1))  # a typical unit
norms["tanh network"] = layers.SimpleRNN(24).state_jacobian_norms(x)[0]
plots.gradient_flow(norms, of="share that is left")
plt.show()
print("after sixty steps:", ", ".join(f"{name} {values[0]:.0e}" for name, values in norms.items()))

# %% [markdown] id="keras-text"
# *Figure: four falling lines on a logarithmic axis. b_f = 0 falls fastest; b_f = 1 falls much as the tanh network does, to about a billionth; b_f = 3 keeps some per cent.*
#
# So a gate by itself does not help: one that hovers at ½ forgets **faster** than lab 3's network, and Keras's start, a bias of 1, is no better than it. The highway must be opened, by training or by a bias of 3 and more, as some choose where memories must be long.
#
# ## 5. The same network in Keras

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

# %% id="keras-same"
to_layer = lab.working(to_keras_lstm)

fresh = keras.layers.LSTM(2)
fresh.build((None, None, 3))
print("a new layer's bias, i f c̃ o:", fresh.get_weights()[2])

rng = np.random.default_rng(1)
W, U, b = (rng.normal(0, 0.6, shape).astype("float32") for shape in ((3, 20), (5, 20), (20,)))
xs = rng.normal(0, 1, (4, 30, 3)).astype("float32")
h = c = tf.zeros((4, 5))
hs = []
for t in range(30):
    h, c = step(tf.constant(xs[:, t]), h, c, tf.constant(W), tf.constant(U), tf.constant(b))
    hs.append(np.asarray(h))
print("your step and Keras's layer, 30 steps: largest difference", np.abs(to_layer(W, U, b)(xs) - np.stack(hs, axis=1)).max())

# %% [markdown] id="part-gru"
# A difference of 1e-6 or less: the same network.
#
# ## 6. GRU: one gate for two, and one that the lecture leaves out
#
# CS109B says two things of the GRU: *the forget and input gates are combined into a single gate*, and *no cell state*. Build a cell from these two lines, and it will run, learn, and be **another** cell: there is a second gate, r, the
# **reset gate**, which decides how much of the old state the candidate hears.

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

# %% [markdown] id="three-text"
# **Three formulas go by the name GRU.** In yours the reset gate acts before the matrix product. Keras's default (`reset_after=True`) takes the product first, $r \odot (hU_h)$, which a GPU likes better. And some papers let z take the new instead
# of keeping the old: $(1-z) \odot h + z \odot \tilde h$.
#
# > **Predict, then run.** The same weights, twelve steps, three formulas. From which step on do they differ? Is there a size for which the first two are the same?

# %% id="three-formulas"
gru = lab.working(gru_step)
sigma = tf.sigmoid


def reset_after(x, h, W, U, b):
    z, r, u = tf.split(x @ W + b, 3, axis=-1)
    hz, hr, hu = tf.split(h @ U, 3, axis=-1)
    z, r = sigma(z + hz), sigma(r + hr)
    return z * h + (1 - z) * tf.tanh(u + r * hu)


def z_takes(x, h, W, U, b):
    H = h.shape[-1]
    flip = tf.concat([-tf.ones(H), tf.ones(2 * H)], axis=0)  # σ(-a) = 1 - σ(a)
    return gru(x, h, W * flip, U * flip, b * flip)


def walk(cell, D, H, T=12, seed=2):
    rng = np.random.default_rng(seed)
    W, U, b = (tf.constant(rng.normal(0, 0.9, s), tf.float32) for s in ((D, 3 * H), (H, 3 * H), (3 * H,)))
    h, hs = tf.zeros((1, H)), []
    for x in rng.normal(0, 1, (T, 1, D)):
        h = cell(tf.constant(x, tf.float32), h, W, U, b)
        hs.append(np.asarray(h)[0])
    return np.array(hs)


figure, ax = plt.subplots(figsize=(8, 3), layout="constrained")
cells = {"yours, reset before": gru, "reset after, Keras's default": reset_after, "z takes the new": z_takes}
for (name, cell), style, colour in zip(cells.items(), ("o-", "s--", "^:"), ("#0072B2", "#D55E00", "#009E73")):
    ax.plot(range(1, 13), walk(cell, 3, 5)[:, 0], style, color=colour, label=name)
ax.set(xlabel="step", ylabel="first unit of h", xticks=range(1, 13))
ax.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
ax.spines[["top", "right"]].set_visible(False)
plt.show()
for H in (1, 5):
    print(f"H = {H}: reset before and after differ by {np.abs(walk(gru, 3, H) - walk(reset_after, 3, H)).max():.1e}")

# %% [markdown] id="three-moral"
# *Figure: three lines. The first two agree at step 1, where h is still zero, and part at step 2; the third is another one from the start.*
#
# With **one** unit the first two are the same, for $r \cdot (h u) = (r \cdot h) u$. A test with H = 1 cannot tell them apart: two units and weights off the diagonal do. And z with bias 40 must copy h: that catches the third.
#
# **Weights carried both ways.** What you wrote is Keras's cell with `reset_after=False`, block for block.

# %% id="carry-gru"
rng = np.random.default_rng(3)
W, U, b = (rng.normal(0, 0.6, shape).astype("float32") for shape in ((3, 15), (5, 15), (15,)))
there = keras.layers.GRU(5, return_sequences=True, reset_after=False)
there.build((None, None, 3))
there.set_weights([W, U, b])
W2, U2, b2 = map(tf.constant, there.get_weights())  # and back
h, hs = tf.zeros((4, 5)), []
for t in range(30):
    h = gru(tf.constant(xs[:, t]), h, W2, U2, b2)
    hs.append(np.asarray(h))
print("your step and Keras's layer, 30 steps: largest difference", np.abs(there(xs) - np.stack(hs, axis=1)).max())
sizes = {kind.__name__: kind(32) for kind in (keras.layers.LSTM, keras.layers.GRU, keras.layers.SimpleRNN)}
for layer in sizes.values():
    layer.build((None, None, 2))
print("weights of 32 units on 2 inputs:", {name: layer.count_params() for name, layer in sizes.items()})

# %% [markdown] id="part-adding"
# Three blocks instead of four: a GRU of equal size is about a quarter smaller, "a bit faster", and the lecture's advice is to try both. So let us.
#
# ## 7. The adding problem
#
# Sixty steps. At each, a number between 0 and 1, and a mark. Two of the numbers are marked, one in each half; **their sum** is asked for at the end. Nothing but memory helps: who always says 1 has a squared error of 1/6.

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

# %% [markdown] id="race-text"
# **A fair race.** A vanilla RNN, Le, Jaitly and Hinton's IRNN (ReLU, and a recurrent matrix that starts as the identity), LSTM, GRU: of each as many units as make about 4,400 weights. Steps are cheaper in the simple ones, so they get more of them: the time is
# about the same, and is printed. Batches of 32, Adam, the gradient clipped to norm 1, three seeds each. The rates differ, for each was given one that suits it: at the gated ones' 0.02 the SimpleRNN ends well above
# chance, and the IRNN begins with errors of millions.
#
# > **Predict, then run.** Sort the four. Which of them will not leave chance, 0.167? *About half a minute.*

# %% id="race"
import os, time

draw = lab.working(adding_batch)


def batches(rng):
    x, y = draw(32, 60, rng)
    return np.asarray(x, "float32"), np.asarray(y, "float32")


def squared_error(y, p):
    return tf.reduce_mean((y - p) ** 2)


STEPS = int(os.environ.get("SEQLAB_STEPS", 750))  # at most; set SEQLAB_STEPS=30 for a quick look
racers = {  # name -> layer, rate, steps
    "SimpleRNN": (lambda: layers.SimpleRNN(64), 0.002, 750),
    "IRNN": (lambda: layers.SimpleRNN(64, activation="relu", recurrent_initializer="identity"), 0.002, 750),
    "LSTM": (lambda: layers.LSTM(32), 0.02, 650),
    "GRU": (lambda: layers.GRU(37), 0.02, 450),
}
test_x, test_y = batches(np.random.default_rng(10**6))
curves, errors, trained = {}, {}, {}
for name, (make, rate, steps) in racers.items():
    curves[name], errors[name], began = [], [], time.perf_counter()
    for seed in (0, 1, 2):
        keras.utils.set_random_seed(seed)
        model = keras.Sequential([keras.Input((60, 2)), make(), keras.layers.Dense(1)])
        adam = keras.optimizers.Adam(rate)
        curves[name].append(models.train(models.train_step, model, adam, squared_error, batches, min(steps, STEPS), seed=seed, progress=False).loss)
        errors[name].append(float(squared_error(test_y, model(test_x))))
        if errors[name][-1] == min(errors[name]):
            trained[name] = model
    seconds = time.perf_counter() - began
    each = ", ".join(f"{e:.4f}" for e in errors[name])
    print(f"{name:10} {model.count_params():5} weights, 3 × {steps} steps, {seconds:4.0f} s: error {each}")

# %% id="race-plot"
plots.learning_race(curves, chance=1 / 6, chance_name="chance: always 1", ylabel="squared error, of 25 steps")
plt.show()

# %% [markdown] id="race-moral"
# *Figure: share of the training time across, squared error upward on a logarithmic axis. A line is the middle one of three seeds, its band the range. The SimpleRNN stays at the dashed line; LSTM and GRU stay there for a while and then fall, the GRU first. The IRNN begins above the picture, as ReLU and identity add everything up, and falls early.*
#
# With gates the plain gradient finds it, and with each of three seeds. Look at the **plateau** before the fall: nothing is learnt until a little of the gradient has come through from the first mark. The IRNN, which has no gate at all and keeps because it starts as the
# identity, beats the vanilla RNN by far: a good start does much of what a gate does. But it has only one way of keeping, for ever.
#
# **The highway, measured in the trained network.** How far does a change of $c_t$ reach, and how far one of $h_t$?
#
# > **Predict, then run.** Before training, forget gates were at σ(1) = 0.73. Has training opened them?

# %% id="trained-highway"
lstm = trained["LSTM"].layers[0]
x, _ = draw(4, 60, np.random.default_rng(5))
x = np.asarray(x, "float32")
keras.utils.set_random_seed(0)
fresh = layers.LSTM(32)
plots.gradient_flow(
    {
        "c, trained": lstm.state_jacobian_norms(x, of="c"),
        "h, trained": lstm.state_jacobian_norms(x, of="h"),
        "c, before training": fresh.state_jacobian_norms(x, of="c"),
        "h, before training": fresh.state_jacobian_norms(x, of="h"),
    },
    of=r"$\|\partial s_T / \partial s_t\|$",
)
plt.show()
f = lstm.inside(x).f
print("marked in these four:", sorted(np.nonzero(x[..., 1])[1] + 1))
print(f"forget gates, mean of each unit: lowest {f.mean((0, 1)).min():.2f}, highest {f.mean((0, 1)).max():.3f}")

# %% [markdown] id="part-reading"
# *Figure: four lines with bands over four sequences. Before training both states have lost nearly everything after sixty steps; after training a change of c reaches the end whole, and of one of h, which must get onto the road first, a hundredth is left; but for some peaks.*
#
# Compare the peaks of h with the marked steps, which are printed: a state **before** a marked step matters, for there the input gate is open, and what h says then goes onto the road.
#
# ## 8. Reading the gates
#
# Back to the homework. Now **nobody sets the gates**: an LSTM of four units reads thousands of random stories of twenty events, and only at each question it is told what the right answer would have been: 1 after a favour, −1 after an unkindness, 0 if there was neither. *A few seconds.*

# %% id="train-story"
words = ["lent notes", "told secret", "rain", "late bus", "asks"]


def stories(rng, B=32, T=20):
    """x (B, T, 5) one-hot events, y (B, T, 1) what is right to say: my mood where you ask, else 0."""
    events = rng.choice(5, size=(B, T), p=[0.12, 0.12, 0.25, 0.25, 0.26])
    mood, y = np.zeros(B), np.zeros((B, T))
    for t in range(T):
        mood = np.select([events[:, t] == 0, events[:, t] == 1], [1, -1], mood)
        y[:, t] = np.where(events[:, t] == 4, mood, 0)
    return np.eye(5, dtype="float32")[events], y[..., None].astype("float32")


keras.utils.set_random_seed(0)
helper = keras.Sequential([keras.Input((None, 5)), layers.LSTM(4, return_sequences=True), keras.layers.Dense(1)])
history = models.train(models.train_step, helper, keras.optimizers.Adam(0.02), squared_error, stories, min(500, STEPS), progress=False)
print(f"squared error {history.loss[0]:.3f} → {np.mean(history.loss[-20:]):.4f}")

# %% [markdown] id="ablation-text"
# Which of the four units holds the mood? Not the one that looks busiest in a picture, but the one that is **missed** when it is gone. `loss_with(keep)` runs the trained cell, by your `lstm_step`, and multiplies its cell state by `keep` after every step.

# %% id="loss-with"
cell, read_out = helper.layers
W, U, b = map(tf.constant, cell.get_weights())
told_x, told_y = stories(np.random.default_rng(99), B=100)


def loss_with(keep):
    """The squared error on a hundred new stories, the cell state multiplied by keep (4,) at every step."""
    h = c = tf.zeros((100, 4))
    total = 0.0
    for t in range(20):
        h, c = step(tf.constant(told_x[:, t]), h, c * tf.constant(keep, tf.float32), W, U, b)
        h, c = tf.constant(h, tf.float32), tf.constant(c, tf.float32)
        total += float(squared_error(told_y[:, t], read_out(h)))
    return total / 20


print(f"with all units: {loss_with(np.ones(4)):.4f}")

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

# %% id="ablation-plot"
unit = int(np.asarray(lab.working(read_the_gates)(loss_with, 4)))
without = [loss_with(1 - np.eye(4)[u]) for u in range(4)]
figure, ax = plt.subplots(figsize=(6, 2.4), layout="constrained")
ax.bar_label(ax.barh([f"without unit {u}" for u in range(4)], without, color=["#D55E00" if u == unit else "#BBBBBB" for u in range(4)]), fmt=" %.3f")
ax.axvline(loss_with(np.ones(4)), color="#222222", linewidth=1)
ax.set(xlabel="squared error (line: all units there)", xlim=(0, 1.2 * max(without)))
ax.invert_yaxis()
ax.spines[["top", "right"]].set_visible(False)
plt.show()
print("the unit that is missed most:", unit)

# %% [markdown] id="raster-text"
# *Figure: a bar for each unit that is taken away. One of them is far longer than the others.*
#
# > **Predict, then look.** Here are all gates over one story. What should the forget gate of that unit do at "told secret", in the rain, and at a question?

# %% id="raster"
told = [0, 2, 3, 4, 2, 1, 2, 4, 3, 0, 4, 2, 2, 4]
inside = cell.inside(np.eye(5, dtype="float32")[told][None])
figure = plots.gate_raster(inside, [words[e] for e in told])
for ax in figure.axes:
    if ax.get_title(loc="left"):
        ax.axhspan(unit - 0.5, unit + 0.5, fill=False, edgecolor="#D55E00", linewidth=2.5, clip_on=False, zorder=5)
plt.show()

# %% [markdown] id="raster-moral"
# *Figure: a panel for each gate, the candidate and both states, a column for each event. The framed row is the unit that is missed most: its forget gate is dark at favours and unkindnesses and bright elsewhere; its cell state has one sign after a favour and the other after an unkindness.*
#
# Nobody told it what a gate is for. It has found a cell much like the one that you played by hand: the forget gate of that unit shuts when something happens that matters ("Erase everything!") and stays open through rain and late buses; the candidate
# writes the new mood; the output gate opens a little where you ask, and h is near 0 elsewhere. One thing differs from our hand-made story: a favour is a **minus** here, or a plus, as chance had it at the start. A sign inside of a network means nothing until it is read out.
#
# **What does a unit count?** An LSTM that reads tunes, trained as in lab 5 but for a few seconds only. We look for the unit whose cell state goes most clearly with *how far we are in the bar*. *About ten seconds.*

# %% id="train-tunes"
tunes = music.load_tunes("oneill")
jigs = [tune.abc for tune in tunes if "M:6/8" in tune.abc]
vocabulary = music.Vocabulary.from_texts(jigs)
ids = vocabulary.encode("".join(jigs[:-20]))
keras.utils.set_random_seed(0)
reader = models.LanguageModel(vocabulary, embedding_dim=24, units=48, cell="LSTM")


def windows(rng):
    starts = rng.integers(0, len(ids) - 49, size=32)
    rows = np.stack([ids[s : s + 49] for s in starts])
    return rows[:, :-1], rows[:, 1:]


def nats(y, logits):
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits))


history = models.train(models.train_step, reader, keras.optimizers.Adam(0.01), nats, windows, min(500, STEPS), progress=False)
print(f"{history.loss[0]:.2f} → {np.mean(history.loss[-20:]):.2f} nats a character")

# %% id="who-counts"
def place_in_bar(text):
    """How many characters since the last bar line, for each character."""
    places, since = [], 0
    for character in text:
        since = 0 if character in "|\n" else since + 1
        places.append(since)
    return np.array(places)


def body(abc):
    return abc[abc.index("K:") :]


unseen = [body(abc) for abc in jigs[-6:]]
states, places = [], []
for text in unseen:
    x = reader.embedding(vocabulary.encode(text)[None])
    states.append(reader.recurrent[0].inside(x).c[0])
    places.append(place_in_bar(text))
r = np.nan_to_num([np.corrcoef(column, np.concatenate(places))[0, 1] for column in np.concatenate(states).T])
counter = int(np.argmax(np.abs(r)))
rng = np.random.default_rng(0)
by_chance = max(abs(np.corrcoef(column, rng.permutation(np.concatenate(places)))[0, 1]) for column in np.concatenate(states).T)
print(f"unit {counter}: correlation {r[counter]:.2f} with the place in the bar (best of 48 with shuffled places: {by_chance:.2f})")

# %% id="counter-plot"
text = unseen[0][:72]
figure, ax = plt.subplots(figsize=(13, 2.6), layout="constrained")
ax.bar(range(len(text)), states[0][: len(text), counter], color="#0072B2", width=0.8)
for t, character in enumerate(text):
    if character in "|\n":
        ax.axvline(t, color="#D55E00", linewidth=1, zorder=0)
ax.set_xticks(range(len(text)), [{" ": "␣", "\n": "↵"}.get(ch, ch) for ch in text], fontsize=8)
ax.set(ylabel=f"c of unit {counter}", xlim=(-1, len(text)))
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %% [markdown] id="counter-moral"
# *Figure: the cell state of one unit over the first bars of a jig that the network has not seen; orange lines are bar lines and line ends. It climbs within a bar and drops at the next bar line.*
#
# Read it with care. A correlation says that the unit *goes with* the place in the bar, not that the network *uses* it: that is what you would ask with `keep`. And the best of 48 units looks good by chance alone, therefore the number beside it.

# %% [markdown] id="question"
# ## 9. A question to think about (not graded)
#
# The lecture says: the cell state allows *uninterrupted gradient flow*. In which sense is that true, and what have you measured that speaks against it? Two or three sentences, then open ours.
#
# <details><summary>Our answer</summary>
#
# True of the road from c to c: no matrix and no slope of a tanh stands on it, only the forget gates, each a factor below 1. With gates at ½ the product is gone after a few steps, faster than in a vanilla RNN; with gates near 1 it lasts for hundreds. So the flow is
# not uninterrupted but **regulated**, by gates that training can open. And what lies on the road came there through i and c̃, with their slopes: a gate that is shut is also shut for its own gradient.
# </details>

# %% [markdown] id="question-answer"
# *Your answer:*

# %% [markdown] id="stretch"
# ## Stretch
#
# ### A · Peepholes and coupled gates
#
# Two well-known variants, as changes of a line. **Peepholes**: the gates look at the cell state too, $f = \sigma(\dots + p_f \odot c)$. **Coupled gates**: $i = 1 - f$, what is forgotten makes room for what is new. How many weights does each need for 32 units?

# %% id="stretch-variants"
def weights(H, D=2):
    """How many weights H units have on D inputs, by cell."""
    block = D * H + H * H + H
    return {"vanilla RNN": block, "LSTM": 4 * block, "LSTM with peepholes": 4 * block + 3 * H, "LSTM, gates coupled": 3 * block, "GRU": 3 * block}


for name, n in weights(32).items():
    units = min(range(1, 200), key=lambda H: abs(weights(H)[name] - 4480))
    print(f"{name:20} {n:5} weights with 32 units; {units} units for as many as the LSTM of the race")

# %% [markdown] id="stretch-more"
# ### B · More
#
# * Start the LSTM's forget bias at 3 in the race. Does the plateau become shorter?
# * Race with T = 120. Who still finds it?
# * Take the tune reader's counting unit away, as in exercise 7. Does the loss rise at bar lines more than elsewhere?

# %% [markdown] id="handin-text"
# ## Hand in
#
# This checks all seven answers once more and writes your hand-in, one small file.

# %% id="handin" role="handin"
lab.submit()
