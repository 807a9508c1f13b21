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
# # Lab 5 — Irish music, one character at a time
#
# In 1903 Francis O'Neill, chief of police in Chicago, printed 1,850 tunes. Many of them came from his own memory, others from Irish
# musicians in the city; James O'Neill, a policeman who could write music, took them down. Today a tune like these is a few lines of text. In this lab a recurrent network reads
# that text one character at a time, learns what comes next, and then **writes tunes of its own, which you will
# see as a score and hear.**
#
# You write every part of the way from file to tune: the data, the batches, the model, the loss, the training
# step, the sampler and the loop that feeds the output back.
#
# | | exercise | | points |
# |:--|:--|:--|--:|
# | 1 | `split_tunes` | ≈ 10 min · ●●○ | 10 |
# | 2 | `vectorize` | ≈ 5 min · ●○○ | 5 |
# | 3 | `get_batch` | ≈ 15 min · ●●○ | 15 |
# | 4 | `build_model` | ≈ 5 min · ●○○ | 10 |
# | 5 | `compute_loss` | ≈ 5 min · ●●○ | 10 |
# | 6 | `train_step` | ≈ 10 min · ●●○ | 15 |
# | 7 | `sample_ids` | ≈ 15 min · ●●● | 15 |
# | 8 | `generate` | ≈ 15 min · ●●● | 15 |
# | 9 | `path_probability` | ≈ 5 min · ●○○ | 5 |
#
# About 105 minutes with the reading; training takes one to two minutes on an ordinary processor. Stuck? `lab.hint("get_batch")` gives a
# hint, and again for the next. Sections after an open exercise go on with a reference answer, and say so.

# %% id="setup" role="setup"
import math, re, collections, functools, heapq, itertools, random
import numpy as np, tensorflow as tf, keras
import matplotlib.pyplot as plt
import seqlab

ops = keras.ops
lab = seqlab.labs.load("lab5")

# %% [markdown] id="what-you-will-hear"
# ## What you will hear at the end
#
# This tune is not in the book, nor is anything near it. The network of this lab wrote it, character by character, after
# a thousand steps of training. Press play; then read it as the network wrote it, in the second cell.

# %% id="first-sound"
from seqlab import models, music, plots

WRITTEN = """\
X:1
R:jig
M:6/8
L:1/8
K:D
A>A|F2F DCE|F2E FED|F2E EFA|d3 A2F|
F2G ABc|d2c F2A|AFD DEF|D3 E2||
F|G2A B2G|A2B c2c|d2G G2A|Bcd d2c|
Bcd ecA|d2c B2G|AFD D2:|
"""
music.parse(WRITTEN)

# %% id="first-text"
print(WRITTEN)

# %% [markdown] id="abc-in-a-minute"
# **ABC notation in one minute.** `X:` number the tune has in its book, `R:` rhythm (a jig, a reel), `M:` meter,
# `L:` length of a plain letter, `K:` key. Then the music: `A` to `G` are notes, `a` to `g` the same an octave
# higher, `A2` lasts twice as long and `A/2` half as long; in `A>B` the first note is dotted and the second is half as long. `|` is a
# bar line, `||` a double one, at the end of a part; `|:` and `:|` stand around a part that is repeated; `(3` begins a triplet.
#
# So a tune is a sequence four times over: characters, notes, bars of a piano roll, samples of sound.

# %% id="four-faces"
tune = music.parse(WRITTEN)
wave = music.audio.waveform(tune)
seconds = np.arange(len(wave)) / music.audio.RATE

fig, (top, bottom) = plt.subplots(2, figsize=(10, 5.6), height_ratios=(3, 2), layout="constrained")
music.piano_roll(tune, ax=top)
top.set_title(f"{len(WRITTEN)} characters, {len(tune.notes)} notes", loc="left")
bottom.plot(seconds, wave, linewidth=0.3, color="#0072B2")
bottom.set(xlabel="time (seconds)", ylabel="sound pressure", xlim=(0, seconds[-1]))
bottom.set_title(f"{len(wave):,} samples of sound", loc="left")
bottom.spines[["top", "right"]].set_visible(False)
plt.show()

# %% [markdown] id="conventions"
# *Figure: above, the tune as a piano roll, a bar for each note, the home note (the *tonic*, the D of D major, where a
# tune comes to rest) in another colour; below, its waveform, one burst for each plucked note.*
#
# **Conventions of this lab**
#
# - Batch first, then time: ids `x (B, T)`, logits `(B, T, V)`; `V` is the size of the vocabulary.
# - Labels first: `compute_loss(y, logits)`. **Logits** everywhere; a softmax only where something is drawn or plotted.
# - Natural logarithm: a loss is in **nats per character**.
# - Randomness is handed over: a generator `rng` or a `seed`, never the global one.

# %% [markdown] id="part-data"
# ## 1. From a file to tunes
#
# The files come with the library `music21`. They are plain text: comments, then tunes, with blank lines between.

# %% id="raw-file"
from seqlab.music.corpus import corpus_folder

raw = (corpus_folder() / "oneills1850" / "0759-0810.abc").read_text(encoding="latin-1")
print(raw[:560])

# %% [markdown] id="todo-split_tunes"
# ### Exercise 1 · `split_tunes` · 10 points · ≈ 10 min · ●●○
#
# Cut a text into its tunes. A tune begins at a line that starts with `X:` and ends before the next blank line, **or
# at the end of the text**: a network that writes does not always end with a blank line, and neither does every file. Between two
# tunes stands one blank line or many, so you need not look for the next `X:`; and an `X:` in the middle of a line begins no tune. A
# line of nothing but spaces or tabs is blank. Lines that begin with `%` within a tune belong to it. Lines may end in `\n`, `\r\n` (Windows) or
# `\r` (old Macs). Give each tune back with its lines joined by `\n`; everything that is not in a tune is dropped. Leave the order as it
# is; the same tune may come twice.
#
# By hand: `"% songs\n\nX:1\nK:D\nab|\n\n\nX:2\nK:G\ncd|"` holds the two tunes `["X:1\nK:D\nab|", "X:2\nK:G\ncd|"]`.


# %% id="split_tunes" exercise="split_tunes"
def split_tunes(abc_text):
    """Cut a text in ABC notation into its tunes.

    abc_text: str, lines ending in "\n", "\r\n" or "\r".
    Returns a list of str, one a tune, in order; an empty list if there is none.
    """
    ### BEGIN SOLUTION
    tunes, lines = [], []
    for line in [*abc_text.splitlines(), ""]:  # a blank line at the end finishes the last tune
        if line.strip():
            if lines or line.startswith("X:"):
                lines.append(line)
        elif lines:
            tunes.append("\n".join(lines).strip())
            lines = []
    return tunes
    ### END SOLUTION


# %% id="check-split_tunes" check="split_tunes"
lab.check(split_tunes)

# %% id="tunes-in-the-file"
found = lab.working(split_tunes)(raw)
print(f"{len(found)} tunes in the file; the first one:\n\n{found[0]}")

# %% [markdown] id="part-clean"
# Real files are untidy: titles, remarks, ornaments, three ways to write the same bar. A network of this size should
# spend its minute on music, so `load_tunes` reads each tune of the whole book and writes it down again in one
# form: five header lines, four bars a line. Tunes whose bars do not add up are left out, and so are copies.
#
# The tunes must then be **split** into those to learn from and those to be judged on. Folk tunes come in variants, under
# three titles in two keys. A random split would put one variant on each side, and the network would be praised for
# knowing by heart. `split` keeps near-duplicates together.

# %% id="load-tunes"
tunes = music.load_tunes("oneill")
train_tunes, validation_tunes, test_tunes = music.split(tunes)
sizes = [len(part) for part in (train_tunes, validation_tunes, test_tunes)]
print(f"{len(tunes)} tunes: {sizes[0]} to learn from, {sizes[1]} to watch, {sizes[2]} kept for the end")

a_jig = next(t for t in train_tunes if t.rhythm == "jig")
print(f"\n{a_jig.title}\n\n{a_jig.abc}")

# %% [markdown] id="part-numbers"
# ## 2. From characters to numbers
#
# All tunes become one long text with a blank line after each tune: the network will learn where a tune ends because
# the end is a character like any other. The vocabulary is the set of characters that occur.

# %% id="vocabulary"
train_text = "\n".join(t.abc for t in train_tunes)
validation_text = "\n".join(t.abc for t in validation_tunes)
vocabulary = music.Vocabulary.from_texts(t.abc for t in tunes)
V = len(vocabulary)
print(f"{len(train_text):,} characters, {V} different ones:\n{''.join(vocabulary.symbols)!r}")

# %% [markdown] id="todo-vectorize"
# ### Exercise 2 · `vectorize` · 5 points · ≈ 5 min · ●○○
#
# A text as a vector of ids, those of the vocabulary that is handed over; ids may be any whole numbers. It is an **array** of integers, not a list:
# batches will be cut from it. Blanks and line breaks are characters like any other. A character that the vocabulary does not have must
# **raise** an error. (Mapped to 0, it would silently become a line break, and you would look for the error in the music.)
#
# By hand: `vectorize("X:1", {"\n": 0, "1": 1, ":": 2, "X": 3})` is `[3, 2, 1]`.


# %% id="vectorize" exercise="vectorize"
def vectorize(text, char2idx):
    """The ids of the characters of a text.

    text: str, not empty.  char2idx: dict, character -> id.
    Returns a 1-D array of integers; raises for a character that is not in the dict.
    """
    ### BEGIN SOLUTION
    return np.array([char2idx[character] for character in text])
    ### END SOLUTION


# %% id="check-vectorize" check="vectorize"
lab.check(vectorize)

# %% id="ids"
to_ids = lab.working(vectorize)
train_ids = np.asarray(to_ids(train_text, vocabulary.char2idx))
validation_ids = np.asarray(to_ids(validation_text, vocabulary.char2idx))
print(repr(train_text[:24]), "->", train_ids[:24])

# %% [markdown] id="part-batches"
# ## 3. Batches
#
# A text of 300,000 characters is too long for backpropagation through time. So the network learns from **windows** of
# `T` characters that start anywhere. The target of every position is the character after it, so `y` is `x` moved
# by one: a window gives `T` predictions, not one. There is an output at every input, so this is an **aligned many-to-many** network; MIT's
# lecture has music generation under *many to many*. And at every step the network reads the character that really stands there, whatever it
# had predicted itself. That is called **teacher forcing**; Georgia Tech's slide names it for this very kind of model.

# %% id="window-picture"
start, width = train_text.index("K:") + 4, 24
plots.shifted_window(train_text[start : start + width], train_text[start + 1 : start + width + 1])
plt.show()

# %% [markdown] id="todo-get_batch"
# *Figure: one window. Under each character of x stands the character of y that must be predicted there: the next one.*
#
# ### Exercise 3 · `get_batch` · 15 points · ≈ 15 min · ●●○
#
# Draw `B` starts independently, **each of the N − T possible starts with the same chance**, and give back the windows
# `x` and `y`. Count carefully: the last window must be drawn too, and a text of exactly `T + 1` characters has exactly
# one. (A well-known version of this lab misses the last window and fails on that text.) That holds however long the text is, and ids may come
# again and again: draw places, not ids. Draw from `rng` only, for example with `rng.integers(...)`; a loop over the starts is welcome.
#
# By hand: `ids=[10, 20, 30, 40]` with `T=3` has one start, so for `B=2` it can only be `x=[[10, 20, 30], [10, 20, 30]]` and
# `y=[[20, 30, 40], [20, 30, 40]]`.


# %% id="get_batch" exercise="get_batch"
def get_batch(ids, T, B, rng):
    """B windows of T ids, and the same windows one character later.

    ids: (N,) integers, N >= T + 1.  rng: numpy.random.Generator.
    Returns x (B, T), y (B, T).
    """
    ### BEGIN SOLUTION
    starts = rng.integers(0, len(ids) - T, size=B)  # the upper end is not drawn
    x = np.stack([ids[i : i + T] for i in starts])
    y = np.stack([ids[i + 1 : i + T + 1] for i in starts])
    return x, y
    ### END SOLUTION


# %% id="check-get_batch" check="get_batch"
lab.check(get_batch)

# %% id="a-batch"
T, B = 64, 64
batch_of = lab.working(get_batch)
x, y = batch_of(train_ids, T, B, np.random.default_rng(0))
print(f"x {np.shape(x)}, y {np.shape(y)}. The first row of each:\n")
print("x:", repr(vocabulary.decode(np.asarray(x)[0])))
print("y:", repr(vocabulary.decode(np.asarray(y)[0])))

# %% [markdown] id="part-model"
# ## 4. The model
#
# Three layers, from ids to logits:
#
# $$ e_t = E[x_t] \qquad h_t = \mathrm{GRU}(e_t, h_{t-1}) \qquad z_t = W h_t + b $$
#
# $z_t$ holds a number for every character of the vocabulary; `softmax(z_t)` is the network's belief about character
# $t+1$. The same three layers at every step: it reads windows of any length.
#
# ### Exercise 4 · `build_model` · 10 points · ≈ 5 min · ●○○
#
# Build it in Keras, for any B and T. Any recurrent layer will do (`keras.layers.GRU` learns fast here), and as many of them as you like. Two
# things go wrong most often: the recurrent layer must give its state at **every** step (`return_sequences=True`), and the
# last layer must give **logits**, numbers of any size and sign, with no softmax. So `build_model(11, 6, 9)` turns ids of shape `(3, 7)` into logits of shape `(3, 7, 11)`.
#
# The check looks at what the model does: a character moves later outputs through a state that is carried by weights, however long the
# text; the gradients are its own, and a few steps of training lower the loss.
#
# Older code passes `batch_input_shape=` and calls `model.reset_states()`: today's Keras has neither, and this model needs
# neither, because it keeps no state between calls.


# %% id="build_model" exercise="build_model"
def build_model(vocab_size, embedding_dim, rnn_units):
    """A language model: ids (B, T) -> logits (B, T, vocab_size), for any B and T.

    Causal: the logits at step t depend on the ids up to t only.
    """
    ### BEGIN SOLUTION
    return keras.Sequential(
        [
            keras.layers.Embedding(vocab_size, embedding_dim),
            keras.layers.GRU(rnn_units, return_sequences=True),
            keras.layers.Dense(vocab_size),
        ]
    )
    ### END SOLUTION


# %% id="check-build_model" check="build_model"
lab.check(build_model)

# %% [markdown] id="predict-causality"
# > **Predict, then run.** The next cell changes one character of a tune at a time and measures how much the logits of
# > every step move. Rows: the step that is changed. Columns: the step whose output is watched. Which half of the
# > picture must be exactly zero? What would a *bidirectional* network show, and why could it not write music?

# %% id="causality"
keras.utils.set_random_seed(7)
model = lab.working(build_model)(V, 64, 256)

text = a_jig.body[:24]
ids = np.asarray(to_ids(text, vocabulary.char2idx))
rows = np.tile(ids, (len(ids) + 1, 1))
np.fill_diagonal(rows, (ids + 1) % V)  # row s: character s is changed; the last row: none

logits = np.asarray(model(rows))
moved = np.abs(logits[:-1] - logits[-1]).mean(axis=-1)  # (s, t)
plots.causality_map(moved, text)
plt.show()

# %% [markdown] id="part-loss"
# *Figure, the colours in powers of ten: only the triangle t ≥ s is coloured. A character moves the output at its own step and, through the state, at later
# ones; it never moves an earlier one.* A bidirectional network would colour both halves: at each step it reads the text from the other end
# too, and with it the very character that it is asked for. In training that is copying; and while it writes, what comes after is not there yet.
#
# ## 5. The loss
#
# At every position the network is asked for one character out of `V`. The loss is the cross-entropy: minus the logarithm
# of the probability that it gave to the character that really came,
#
# $$ \ell = -\ln \mathrm{softmax}(z)_{y} = \ln \sum_v e^{z_v} - z_y . $$
#
# ### Exercise 5 · `compute_loss` · 10 points · ≈ 5 min · ●●○
#
# Give back the **mean** over all positions, in nats (or one number a position: the check takes the mean). `y` may be a NumPy array or a
# tensor, logits are a tensor. It must stay finite for logits of 500, so let TensorFlow or Keras take the softmax and the logarithm together. Look up what its function
# expects: logits or probabilities? labels first or last?
#
# By hand: `y=[[1]], logits=[[[0, 2]]]` costs $\ln(1 + e^{-2}) = 0.126928$; `y=[[1, 3]]` with zeros for four characters costs
# $\ln 4 = 1.386294$; and `y=[[0, 1, 1], [1, 1, 0]]` with `logits=[[[1, 0], [0, 2], [3, 0]], [[0, 0], [2, 0], [0, 1]]]` costs $1.270352$.


# %% id="compute_loss" exercise="compute_loss"
def compute_loss(y, logits):
    """Softmax cross-entropy in nats.

    y: (B, T) integers.  logits: (B, T, V).  Returns the mean, a scalar, or (B, T).
    """
    ### BEGIN SOLUTION
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits))
    ### END SOLUTION


# %% id="check-compute_loss" check="compute_loss"
lab.check(compute_loss)

# %% [markdown] id="predict-loss"
# > **Predict, then run.** The network has learnt nothing yet. What loss do you expect? (All `V` characters are about equally
# > likely to it.)
#
# Three more numbers come from counting alone, and cost no training: how often is each character (*unigrams*)? what
# follows each character (*bigrams*)? A network that does not beat the bigrams has not used its memory.

# %% id="yardsticks"
loss_of = lab.working(compute_loss)


def mean_loss(y, logits):
    return tf.reduce_mean(loss_of(y, logits))


untrained = float(mean_loss(y, model(x)))
log_v, unigram, bigram = (models.ngram_loss(train_ids, validation_ids, V, order) for order in (0, 1, 2))
print(f"untrained network  {untrained:.3f} nats per character")
print(f"log V              {log_v:.3f}")
print(f"unigrams           {unigram:.3f}")
print(f"bigrams            {bigram:.3f}")
print(f"\nThe untrained network is {abs(untrained - log_v):.3f} nats from log V, the loss of a guess among V.")

# %% [markdown] id="part-training"
# ## 6. Training
#
# One step of training: a forward pass under the tape, the gradient of the loss, **clipping**, one step of the optimizer.
#
# A recurrent network now and then meets a cliff in its loss (lab 3): the gradient is suddenly a thousand times as long and
# would throw the weights far away. So a gradient that is too long is scaled down, **all weights together**, which keeps
# its direction:
#
# $$ g \leftarrow g \cdot \min\!\left(1, \frac{c}{\lVert g \rVert}\right), \qquad \lVert g \rVert = \sqrt{\textstyle\sum_k \lVert g_k \rVert^2} $$
#
# where $k$ runs over all variables. (Keras's `clipnorm` clips each variable by itself, a kernel here and a bias there, which turns the gradient into another
# direction.)
#
# ### Exercise 6 · `train_step` · 15 points · ≈ 10 min · ●●○
#
# Write that step, for any Keras model, any Keras optimizer and any loss function (yours from exercise 5 is handed over as `loss_fn` later;
# the check hands over others). You get a `model`, an `optimizer`, a loss function `loss_fn(y_true, y_pred)`, a batch `x`, `y`, and the longest
# norm `clip`. One forward pass under `tf.GradientTape`; the gradients of the loss with respect to `model.trainable_variables`, clipped
# by their **global** norm (`tf.clip_by_global_norm` gives two results, the clipped gradients and the norm); one step of the optimizer,
# `optimizer.apply_gradients(zip(gradients, variables))`. Give back the loss of the forward pass, the one from **before** the update.
#
# By hand: $p = w x + b$ with $w = 1, b = 0$ at $x = 2, y = 0$ has the squared error 4 and the gradient $(8, 4)$, of norm 8.94. Plain SGD at the
# rate 0.1 makes it $w = 0.2, b = -0.4$ with `clip=100`, and $w = 0.910557, b = -0.044721$ with `clip=1`. With two inputs `x=[[2, 1]]`,
# both weights 1 and `clip=2`, the loss is 9, and the weights become $0.836701$ and $0.918350$, the bias $-0.081650$.


# %% id="train_step" exercise="train_step"
def train_step(model, optimizer, loss_fn, x, y, clip):
    """One step of gradient descent with clipping by global norm.

    loss_fn(y_true, y_pred) -> scalar.  clip: largest global norm, > 0.
    Returns the loss before the update, a scalar.
    """
    ### BEGIN SOLUTION
    with tf.GradientTape() as tape:
        loss = loss_fn(y, model(x))
    gradients = tape.gradient(loss, model.trainable_variables)
    gradients, _ = tf.clip_by_global_norm(gradients, clip)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    return loss
    ### END SOLUTION


# %% id="check-train_step" check="train_step"
lab.check(train_step)

# %% [markdown] id="predict-training"
# > **Predict, then run.** Where will the held-out loss be after 1,000 steps: above the bigrams, between 1.5 and 2 nats, below
# > 1.5? Will the training loss and the held-out loss part?
#
# The loop is `seqlab.models.train`: it calls *your* step with *your* batches, shows the progress, takes the held-out loss every
# 100 steps, and keeps a history. You may interrupt it: what was learnt stays. **One to two minutes** on two cores, up to five if others
# use them too.

# %% id="train"
import os

STEPS = int(os.environ.get("SEQLAB_STEPS", 1000))  # set SEQLAB_STEPS=100 for a quick look

learning_rate = keras.optimizers.schedules.CosineDecay(5e-3, STEPS, alpha=0.05)
history = models.train(
    lab.working(train_step),
    model,
    keras.optimizers.Adam(learning_rate),
    mean_loss,
    lambda rng: batch_of(train_ids, T, B, rng),
    STEPS,
    clip=1.0,
    validate=models.held_out_loss(model, validation_ids, length=T, loss_fn=mean_loss),
)
history

# %% id="loss-curve"
plots.loss_curve(history, log_v=log_v, unigram=unigram, bigram=bigram)
plt.show()
ending = np.mean(history.loss[-100:])
print(f"At the end: training {ending:.2f} nats, held out {history.val_loss[-1]:.2f}, bigrams {bigram:.2f}.")
print(f"The two losses are {history.val_loss[-1] - ending:+.2f} nats apart.")

# %% [markdown] id="part-sampling"
# *Figure: training loss (pale: single steps, dark: their mean) and held-out loss, and the dashed lines of log V, unigrams and bigrams.* What lies
# between a loss and the line of the bigrams is what the memory is worth. A held-out loss that stays above the training loss means that part
# of what was learnt are these tunes, not the language of tunes.
#
# ## 7. From logits to a character
#
# The network answers with a distribution. To write, one character must be chosen. Dividing the logits by a **temperature**
# $\tau$ before the softmax says how bold the choice is:
#
# $$ P(i) \propto e^{z_i/\tau} $$
#
# Cold ($\tau < 1$): the likely becomes likelier. Hot ($\tau > 1$): the unlikely gets a chance. At $\tau = 0$ only the
# largest logit is left.
#
# Georgia Tech's slide names three ways at test time: *sample*, *argmax*, *beam search*. Sampling is this exercise, the argmax the next.
#
# ### Exercise 7 · `sample_ids` · 15 points · ≈ 15 min · ●●●
#
# Draw `n` ids independently, at temperature 0 or, as the check does, at temperatures from 0.05 to 6. Logits of 1000 must not overflow, temperature 0
# is the argmax (first of equals), the same seed gives the same draws, another seed others, and nothing but `seed` decides what is drawn. `n` and `V`
# may be 1. NumPy is welcome: `np.random.default_rng(seed)` is a generator whose method `choice` draws with given probabilities.
#
# By hand: `sample_ids([.1, 2, -1], 0, 4, 7)` is `[1, 1, 1, 1]`. The logits `ln(.03, .13, 1e-9, .84)` at temperature 1 give just these shares of
# 20,000 draws; at temperature 2 their square roots count, and the shares are 0.12, 0.25, 0.00, 0.63.


# %% id="sample_ids" exercise="sample_ids"
def sample_ids(logits, temperature, n, seed):
    """n independent draws from softmax(logits / temperature).

    logits: (V,) finite floats.  temperature: 0 or more.  n: 1 or more.  seed: int.
    Returns (n,) integer ids.
    """
    ### BEGIN SOLUTION
    logits = np.asarray(logits, np.float64)
    if temperature == 0:
        return np.full(n, np.argmax(logits))
    p = np.exp((logits - logits.max()) / temperature)  # the largest exponent is 0
    return np.random.default_rng(seed).choice(len(p), size=n, p=p / p.sum())
    ### END SOLUTION


# %% id="check-sample_ids" check="sample_ids"
lab.check(sample_ids)

# %% [markdown] id="predict-temperature"
# > **Predict, then run.** A reel in D begins. Which character is the likeliest first one? Which bars grow when it gets hotter?

# %% id="temperature-bars"
sample = lab.working(sample_ids)
# the model one character at a time: logits, state = step(i, state)
step, start_state = models.step_by_step(model)

state = start_state
for i in to_ids("X:1\nR:reel\nM:4/4\nL:1/8\nK:D\n", vocabulary.char2idx):
    logits, state = step(int(i), state)

draws = {temperature: sample(logits, temperature, 2000, 1) for temperature in (0.5, 1.0, 2.0)}
plots.temperature_bars(logits, vocabulary.symbols, draws)
plt.show()
print(f"The likeliest first character is {vocabulary.symbols[int(np.argmax(logits))]!r}.")

# %% [markdown] id="part-generate"
# *Figure: the chance of each first character at three temperatures, and the share of 2,000 draws of your sampler, which must
# lie on the bars. The higher the temperature, the flatter the bars: the tallest shrinks, the lowest grow.*
#
# ## 8. Writing
#
# Now the loop: read a **prime** (the opening you give), choose the next character, **feed it back as the next input**, choose
# again. The state is carried all the way. It is the same network as before; only now nobody tells it what really comes. From a single start
# comes a whole sequence: **one-to-many**, for which CS109B's example is the first note of a song.
#
# `step(i, state)` feeds one id and gives `(logits, new_state)`. The state is opaque: take it and pass it on.
#
# ### Exercise 8 · `generate` · 15 points · ≈ 15 min · ●●●
#
# The greedy version: always take the argmax. Every id of the prime is fed once, in order; the logits after the **last** prime id
# choose the first new id. Give back the `n` new ids, without the prime. A prime may be a single id or of any length, and `n` may be 1; whatever id is
# chosen is fed, also one that has just been fed.
#
# By hand: a `step` that adds, `s = s + i`, with a logit of 1 at `s % 5` and 0 elsewhere, from the state 0. The prime `[1, 2]` leaves
# $s = 3$, so the first new id is 3, then $6 \bmod 5 = 1$: for `n=4` it is `[3, 1, 2, 4]`. So it is for the prime `[1, 3, 4]`.


# %% id="generate" exercise="generate"
def generate(step, state, prime, n):
    """Greedy generation.

    step(i, state) -> (logits (V,), new_state).  prime: list of 1 or more ids.  n: 1 or more.
    Returns the n new ids, as a list.
    """
    ### BEGIN SOLUTION
    for i in prime:
        logits, state = step(i, state)
    new = [int(np.argmax(logits))]
    while len(new) < n:
        logits, state = step(new[-1], state)
        new.append(int(np.argmax(logits)))
    return new
    ### END SOLUTION


# %% id="check-generate" check="generate"
lab.check(generate)

# %% [markdown] id="predict-greedy"
# > **Predict, then run.** The network always takes its likeliest character. What will the tune be like after a few lines?

# %% id="greedy"
write_greedily = lab.working(generate)
prime = [int(i) for i in to_ids("X:1\nR:jig\nM:6/8\nL:1/8\nK:D\n", vocabulary.char2idx)]
greedy = list(write_greedily(step, start_state, prime, min(900, 3 * STEPS)))
print(vocabulary.decode(prime + greedy))
if round_trip := models.going_round(greedy):
    print(f"From character {round_trip[0]} on it repeats itself, every {round_trip[1]} characters.")
else:
    print(f"{len(greedy)} characters, and it does not yet go round.")

# %% [markdown] id="greedy-goes-round"
# Always the likeliest: cautious, and sooner or later it goes round in a circle for ever. (Once its state has come back to where it was, what
# else could it do?) **Beam search** stands between: it keeps the `K` likeliest texts so far and goes on with all of them.

# %% id="beam"
for width in (1, 5):
    beam, log_p = models.beam_search(model, prime, 64, width=width)[0]
    print(f"K = {width}   ln P = {log_p:7.2f}   {vocabulary.decode(beam)!r}")

# %% [markdown] id="sampler-in-the-loop"
# `K = 1` is greedy. Which of the two texts is the likelier one? Nothing warrants that it is the wider beam's: greedy's text may be thrown away half-way,
# when five others are ahead of it, and win at the end. Lab 7 builds a beam search. Likelier is not what music needs, though. It needs your sampler.
#
# ### Your own loop · no points
#
# Write it once more, with `sample` in place of the argmax. Each draw needs a seed of its own, `seed + k` for the k-th: with one seed for all
# of them every step would have the same luck. The next cell tries your loop on a small network: at temperature 0 it must write what
# `generate` writes, and what is drawn must be what is fed. If it is empty or does something else, a reference loop goes on.


# %% id="own-loop"
def write(step, state, prime, n, temperature, seed):
    """Read the prime, then draw n ids with `sample(logits, temperature, 1, ...)[0]` and feed each back. Returns the n ids."""
    # YOUR CODE HERE


# %% id="compose"
cut = lab.working(split_tunes)
write_tune = models.own_loop(write, sample)


def compose(temperature, seed, opening="X:1\n", n=min(320, 3 * STEPS)):
    """One tune by the network, as ABC text; cut off after n characters if it has not ended by then."""
    prime = [int(i) for i in to_ids(opening, vocabulary.char2idx)]
    ids = write_tune(step, start_state, prime, n, temperature, 1_000 * seed)
    text = opening + vocabulary.decode([int(i) for i in ids])
    return (cut(text) or [text])[0] + "\n"


print(compose(0.8, seed=1))

# %% [markdown] id="predict-parse"
# > **Predict, then run.** Thirty-two tunes, eight at each of four temperatures. Nobody taught the network what a bar is. How many can be
# > read as ABC at all? In how many does *every* bar add up to its meter? Where is the boldest temperature that still works?
#
# About 10 seconds.

# %% id="temperature-strip"
TEMPERATURES = (0.5, 0.8, 1.0, 1.3)
written = {t: [compose(t, seed) for seed in range(8)] for t in TEMPERATURES}


def read(text):
    """The tune, or None if the text cannot be read as one."""
    try:
        tune = music.parse(text)
    except music.ABCError:
        return None
    return tune if tune.notes else None


readable = {t: [tune for tune in map(read, written[t]) if tune] for t in TEMPERATURES}
print("τ     can be read   every bar full   how one of them begins")
for t in TEMPERATURES:
    full = sum(tune.complete for tune in readable[t])
    opening = next((line for line in written[t][0].split("\n") if line[1:2] != ":"), "")
    print(f"{t:<5} {len(readable[t])} of 8        {full} of 8           {opening}")
bold = [t for t in TEMPERATURES if sum(tune.complete for tune in readable[t]) >= 4]
print(f"\nEvery bar is full in half of the tunes or more at: {', '.join(f'τ = {t}' for t in bold) or 'none of them'}")

# %% id="temperature-plot"
plots.shares(
    [f"τ = {t}" for t in TEMPERATURES],
    {
        "can be read": [len(readable[t]) / 8 for t in TEMPERATURES],
        "every bar full": [sum(tune.complete for tune in readable[t]) / 8 for t in TEMPERATURES],
    },
    ylabel="share of 8 tunes",
)
plt.show()

# %% [markdown] id="part-best"
# *Figure: for each temperature the share of tunes that can be read as ABC, and the share in which every bar is full. Eight tunes are
# few: one tune more or less moves a bar by an eighth.*
#
# ### The best of them
#
# A judge that knows nothing of beauty: every bar full, two parts or more, an end on the home note, neither very short nor cut off. Of those
# that pass most of it, the hottest wins, because it took the greatest risk.


# %% id="choose"
def merits(tune, temperature):
    """What can be said for a tune, the most important first: compared as a tuple."""
    pitches = [note.pitch for note in tune.notes if note.pitch is not None]
    comes_home = bool(pitches) and pitches[-1] % 12 == tune.reading.key.tonic_class
    parts = sum(bar.right in (":|", "||", "|]") for bar in tune.bars)
    return tune.complete and 8 <= len(tune.bars) <= 24, parts >= 2, comes_home, temperature


candidates = [(merits(tune, t), k, tune) for t in TEMPERATURES for k, tune in enumerate(readable[t])]
if candidates:
    (*_, temperature), _, best = max(candidates, key=lambda c: c[:2])
    print(f"Written at τ = {temperature}:\n\n{best.abc}")
else:
    best = music.parse(WRITTEN)
    print("No tune can be read: train for more steps. Until then, the tune of the beginning.")

# %% [markdown] id="generated-score"
# Your network's tune as a score, and below it a real one of the same kind that the network has never seen.

# %% id="tune-score"
from IPython.display import HTML


def on_paper(tune, title):
    return HTML(f'<div style="background: white; color: black"><b>{title}</b>{music.score_svg(tune)}</div>')


on_paper(best, "Written by your network")

# %% id="real-score"
real = next((t for t in test_tunes if (t.rhythm, t.meter) == (best.rhythm, best.meter)), test_tunes[0])
on_paper(real, real.title)

# %% id="tune-roll"
music.piano_roll(best).set_title("Written by your network", loc="left")
plt.show()

# %% id="tune-sound"
music.sound(best)

# %% [markdown] id="listen"
# *Figures: both scores; the piano roll of the generated tune, the home note in another colour.*
#
# **Listen and look.** What did the network learn from a minute of reading? Look for bars that add up, parts that return, a last bar
# that comes home. What is missing? Compare the second part with the first in the real tune and in the generated one.
#
# ## 9. The probability of a path
#
# A slide of Georgia Tech's lecture shows a network with the letters h, e, l, o. It is fed an "h", samples an "e", is fed that "e", samples an "l", and so
# on: "at test time sample characters one at a time, feed back to model". Its four columns of probabilities, one a step:

# %% id="slide-columns"
P = np.array(
    [[0.03, 0.13, 0.00, 0.84], [0.25, 0.20, 0.05, 0.50], [0.11, 0.17, 0.68, 0.03], [0.11, 0.02, 0.08, 0.79]]
)
plots.softmax_columns(P, "hell", "helo", "ello")
plt.show()

# %% [markdown] id="todo-path_probability"
# *Figure: the table of probabilities, the letter that goes in to the right, the letter that comes next downwards; frames mark the letters e, l, l, o. The third column adds
# up to 0.99: the slide rounds.*
#
# Mind what the table says: these are the columns **along h, e, l, l**. Had the first draw been an "o", an "o" would have been fed, and the second column
# would be another. So it gives the probability of "ello", and of no other word that differs before its last letter.
#
# For the exercise we **declare the table fixed**: think of a machine that has these four columns whatever it drew before. On it every word has a probability.
#
# > **Predict, then run.** On the machine with the fixed table any word of four letters may be drawn. What do the probabilities of all $4^4 = 256$ words
# > add up to: exactly 1?
#
# ### Exercise 9 · `path_probability` · 5 points · ≈ 5 min · ●○○
#
# The probability that sampling from a fixed table `P`, of any size, gives exactly this path: the **product** of the probabilities of its letters. An entry of
# `P` may be 0 or 1, and a path through a 0 has the probability 0 (whoever adds logarithms meets $\ln 0$). A loop is welcome.
#
# By hand: the slide says that "ello", `[1, 2, 2, 3]`, was *sampled*. How likely was that? $0.13 \cdot 0.05 \cdot 0.68 \cdot 0.79 = 0.0034918$. In the fixed
# table the argmax of each row gives "oolo", `[3, 3, 2, 3]`, with $0.225624$.


# %% id="path_probability" exercise="path_probability"
def path_probability(P, path):
    """P: (T, V), row t the distribution at step t.  path: list of T ids.  Returns a float."""
    ### BEGIN SOLUTION
    probability = 1.0
    for t, i in enumerate(path):
        probability *= P[t, i]
    return probability
    ### END SOLUTION


# %% id="check-path_probability" check="path_probability"
lab.check(path_probability)

# %% id="paths"
probability_of = lab.working(path_probability)
for path in ([1, 2, 2, 3], P.argmax(axis=1).tolist()):
    print(f"P({''.join('helo'[i] for i in path)}) = {probability_of(P, path):.4f}")

words = list(itertools.product(range(4), repeat=4))
p = np.array([probability_of(P, list(path)) for path in words])
print(
    f"Fixed table, all {len(words)} words together: {p.sum():.4f}; the likeliest: {''.join('helo'[i] for i in words[p.argmax()])}"
)

# %% [markdown] id="short-answer"
# "ello" was a lucky draw: one in 286, on the slide's network too. That network is half trained; the slide's point is how sampling works. The sum is what the
# row sums give when they are multiplied, and one of them is 0.99. And the argmax of each row gives the likeliest word only because in the **fixed** table no
# step depends on the letter chosen before. In the slide's network it does, as in yours; what "oolo" would get there the slide does not say.
#
# ## In your own words (no points)
#
# The colder, the more tunes can be read; and yet the coldest are hardly the ones you would want to play. The held-out loss says how well
# the network *predicts*. Why is the likeliest continuation not the best music? What would you measure, if you had to rank ten tunes?

# %% [markdown] id="short-answer-cell"
# *Your answer:*

# %% [markdown] id="stretch"
# ## Stretch
#
# ### a) E F♯ G C, and then?
#
# The lecture's picture of a music network reads E, F♯, G, C and answers F♯, G, C, **A**. Ask yours. In the key of G, F is sharp already;
# the space that stands after every four eighth notes is fed as well.

# %% id="stretch-next-note"
state = start_state
for i in to_ids("X:1\nR:reel\nM:4/4\nL:1/8\nK:G\nEFGc ", vocabulary.char2idx):
    logits, state = step(int(i), state)
p = np.asarray(tf.nn.softmax(logits))
order = np.argsort(-p)[:8]
for i in order:
    print(f"{str(vocabulary.idx2char[i])!r:5} {p[i]:6.3f}  {'█' * int(60 * p[i])}")
print(f"\nA or a: {p[vocabulary.char2idx['A']] + p[vocabulary.char2idx['a']]:.3f}")

# %% [markdown] id="stretch-memory"
# ### b) Does it compose, or does it quote?
#
# For each tune, the longest run of characters of its music that stands word for word in the training text. Held-out tunes are the fair
# yardstick: real tunes share phrases too.


# %% id="stretch-memorisation"
def longest_quote(text, source):
    """Length of the longest piece of text that occurs in source."""
    longest = 0
    for i in range(len(text)):
        while i + longest < len(text) and text[i : i + longest + 1] in source:
            longest += 1
    return longest


quotes = {f"τ = {t}": [longest_quote(tune.body, train_text) for tune in readable[t]] for t in TEMPERATURES}
quotes["real, held out"] = [longest_quote(tune.body, train_text) for tune in test_tunes[:30]]
plots.dots(quotes, xlabel="longest piece quoted from the training tunes (characters)")
plt.show()

# %% [markdown] id="stretch-transpose"
# *Figure: one dot a tune, a bar at the median. A network that quotes longer pieces than held-out real tunes do knows passages by heart.*
#
# ### c) More tunes for nothing
#
# A tune moved to another key is the same tune, but to the network it is new text. In ABC, moving is easy as long as there are no accidentals:
# shift every letter by the same number of steps and change the key. Add the moved tunes to the training text (**not** to the validation
# text), train again, and compare the held-out loss: does it help more than other tunes would (`load_tunes(("oneill", "ryan", "aird"))`)?
#
# Measured with 1,000 steps each and the same validation tunes: 1.141 nats a character from O'Neill's 1,428 training tunes, 1.127 with 598
# moved ones beside them, 1.121 with Ryan's and Aird's 1,727. After fourteen passes over the text this network has not yet begun to know it by heart, so
# new text buys little; train three times as long, and see what it buys then.

# %% id="stretch-transposition"
LADDER = "CDEFGABcdefgab"
STEPS_UP = {("D", "G"): 3, ("G", "D"): -3, ("G", "A"): 1, ("A", "G"): -1, ("D", "E"): 1, ("D", "A"): 4}


def moved(tune, key):
    """The ABC of a tune in another key, or None where it leaves the ladder of letters or meets an accidental."""
    up = STEPS_UP[tune.key, key]
    places = {LADDER.index(c) + up for c in tune.body if c in LADDER}
    if min(places) < 0 or max(places) >= len(LADDER) or re.search(r"[\^_=,'\[]", tune.body):
        return None
    body = "".join(LADDER[LADDER.index(c) + up] if c in LADDER else c for c in tune.body)
    return tune.abc.replace(f"K:{tune.key}\n{tune.body}", f"K:{key}\n{body}")


pairs = [(t, key, moved(t, key)) for t in train_tunes for old, key in STEPS_UP if old == t.key]
pairs = [pair for pair in pairs if pair[2]]
print(f"{len(pairs)} moved tunes. One of them, in {pairs[0][0].key} and in {pairs[0][1]}:\n")
print(pairs[0][0].abc, pairs[0][2], sep="\n")

# %% [markdown] id="stretch-composer"
# ### d) A network that knows where the bar is
#
# Your network must find out from characters alone how full a bar is. What if it were told? `seqlab.composing` reads *musical tokens*
# (a pitch, a length, a bar line), and gets at each of them what a player knows: the place in the bar, the bar of the part, meter and key, and
# what stood at this place two, four and eight bars ago. It can be **held to the bar**: only tokens that the bar has room for are offered to
# the sampler. All learnt from O'Neill's, Ryan's and Aird's training tunes and were measured on the test tunes of the same split; *your* network is there too,
# trained anew on these 2,960 tunes as in section 6. Each wrote 200 tunes freely, at temperature 0.8:
#
# | model | steps | nats a character | bits a character | bits a note | every bar full | ends on the home note |
# |:--|--:|--:|--:|--:|--:|--:|
# | 5-gram of characters (Witten-Bell) | counting | 1.55 | 2.24 | 4.36 | | |
# | 5-gram of musical tokens (Witten-Bell) | counting | 1.48 | 2.13 | 4.15 | | |
# | **yours**: characters, GRU 256 | 1,000 | 1.08 | 1.55 | 3.03 | 59 % | 32 % |
# | told the bar, SimpleRNN 256 | 2,413 | 0.92 | 1.33 | 2.59 | 80 % | 60 % |
# | told the bar, LSTM 256 | 827 | 0.95 | 1.38 | 2.68 | 64 % | 46 % |
# | told the bar, GRU 256 | 1,050 | 0.89 | 1.28 | 2.49 | 74 % | 57 % |
#
# (`python benchmarks/tunes.py --cells lab5 SimpleRNN LSTM GRU --steps 1000 2413 827 1050 --temperatures 0.8`; the steps of the last three are what each cell
# does in some 85 s on two idle cores. One seed each: of 200 tunes, a difference of less than ten in a hundred says little.) Nats and bits count the same
# information, $-\ln P$ or $-\log_2 P$ of the same tunes, shared out among their characters or their notes.
#
# Compare your network with the GRU that is told the bar, the same cell of the same size: what is that worth? Nobody told either of them what a home note is. Real
# tunes end on it in 82 of 100. By its bits the GRU predicts best. May you also say, from
# this table, that it does not keep the bar best? (Held to the bar all tunes have full bars; that is no merit of the network.)
#
# Set `TRAIN_IT` to `True` to hear it: it trains for two to four minutes on your machine, once. (The same from a terminal: `seqlab tune "E F# G C" --key G --rhythm
# reel`.)

# %% id="stretch-composer-write"
from seqlab import composing

TRAIN_IT = False

if TRAIN_IT:
    opening = composing.opening_tokens("E F# G C", "G")
    composer = composing.shipped_model()
    [text] = composing.write(composer, 1, header={"R": "reel", "K": "G"}, opening=opening, seed=0)
    display(music.from_tokens(text))

# %% [markdown] id="part-handin"
# ## Hand in
#
# Checks every answer once more and writes the file to hand in.

# %% id="handin" role="handin"
lab.submit()
