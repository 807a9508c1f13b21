"""Lab 4, gates: one function an exercise, which judges an answer.

The references are NumPy and live only here, with the tester. A slip is a wrong reference, told in words: mostly an edit
of the right one. Contracts: what an answer gets, what it must return, and the worked examples, stand in the notebook.
"""

import itertools

import numpy as np

from seqlab.checks import Failed, Served, as_numbers, exercise, sigmoid, sign, tensor
from seqlab.checks.mutants import PlainLayer
from seqlab.checks.slips import edits
from seqlab.checks.windows import new_rng


def listed(letters):
    """i, f, c̃, o of "ifgo", and z, r, h̃ of "zrh"."""
    return ", ".join({"g": "c̃", "h": "h̃"}.get(letter, letter) for letter in letters)


def other_orders(letters, known):
    """Each other order of packed blocks, in words; those that a book is known for with what is `known` of them."""
    for order in itertools.permutations(letters):
        if order != tuple(letters):
            told = known.get("".join(order), f"the blocks are read in the order {listed(order)}")
            yield order, f"{told}: here they stand in the order {listed(letters)}"


# -- lstm_step ---------------------------------------------------------------------------------------------
def lstm(x, h, c, W, U, b):
    z = x @ W + h @ U + b
    z_i, z_f, z_g, z_o = np.split(z, 4, -1)
    i, f, o = sigmoid(z_i), sigmoid(z_f), sigmoid(z_o)
    g = np.tanh(z_g)
    c_new = f * c + i * g
    h_new = o * np.tanh(c_new)
    return h_new, c_new


def of_a_new_cell(x, h, c, W, U, b):
    """What a Keras cell gives before its weights are set, where they do not matter; else nothing is known."""
    return None if x.any() or h.any() else lstm(x, h, c, W, U, np.repeat([0, 1, 0, 0], h.shape[1]))


BLOCKS, GATES = "z_i, z_f, z_g, z_o =", "i, f, o = sigmoid(z_i), sigmoid(z_f), sigmoid(z_o)"
SUM, OUT, LAST = "f * c + i * g", "o * np.tanh(c_new)", "np.tanh(z_g)"
LSTM_KNOWN = {
    "ifog": "the blocks are read as i, f, o, c̃, the order of another course",
    "figo": "the blocks are read as f, i, c̃, o, the order of the slides (forget, then store)",
}
LSTM_SLIPS = {
    "the tanh of the cell state is missing: h = o · tanh(c)": (OUT, "o * c_new"),
    "the tanh is taken of the whole product: h = o · tanh(c)": (OUT, "np.tanh(o * c_new)"),
    "h is read from the old cell state: from the new one": (OUT, "o * np.tanh(c)"),
    "the output gate is not used: h = o · tanh(c)": (OUT, "np.tanh(c_new)"),
    "a sigmoid squashes the cell state in h: h = o · tanh(c)": (OUT, "o * sigmoid(c_new)"),
    "h is the output gate itself: h = o · tanh(c)": (OUT, "o + 0 * c_new"),
    "h is made of the candidate: of the cell state, h = o · tanh(c)": (OUT, "o * g"),
    "the gates are coupled, 1 - f stands for i: the input gate is a gate of its own": (SUM, "f * c + (1 - f) * g"),
    "the gates are coupled, 1 - i stands for f: the forget gate is a gate of its own": (SUM, "(1 - i) * c + i * g"),
    "1 is added to the forget gate inside the formula: what is wanted there stands in b already": (
        "sigmoid(z_f)",
        "sigmoid(z_f + 1)",
    ),
    "the forget gate is the wrong way round: f = 1 keeps": (SUM, "(1 - f) * c + i * g"),
    "the input gate is not used: c = f · c + i · c̃": (SUM, "f * c + g"),
    "the forget gate is not used, as in the first paper of 1997: c = f · c + i · c̃": (SUM, "c + i * g"),
    "the forget gate multiplies the candidate too: c = f · c + i · c̃": (SUM, "f * (c + i * g)"),
    "the input gate multiplies the old cell too: c = f · c + i · c̃": (SUM, "i * (f * c + g)"),
    "the old cell state is not used: c = f · c + i · c̃": (SUM, "i * g + 0 * c"),
    "nothing is written: c = f · c + i · c̃": (SUM, "f * c"),
    "the two terms are multiplied: they are added, c = f · c + i · c̃": (SUM, "f * c * i * g"),
    "the candidate is taken off: it is added, c = f · c + i · c̃": (SUM, "f * c - i * g"),
    "the forget gate holds the old h: it holds the cell state, f · c": (SUM, "f * h + i * g"),
    "the input gate multiplies h: it multiplies the candidate, i · c̃": (SUM, "f * c + i * h"),
    "the input gate multiplies h too: h = o · tanh(c)": (OUT, "i * o * np.tanh(c_new)"),
    "the new h is squashed once more: h = o · tanh(c)": (OUT, "np.tanh(o * np.tanh(c_new))"),
    "the new h is cut off below 0: h = o · tanh(c)": (OUT, "o * np.maximum(c_new, 0)"),
    "the forget gate multiplies the candidate, without i: c = f · c + i · c̃": (SUM, "f * (c + g)"),
    "the output gate multiplies the cell state: it acts on h alone": (
        SUM,
        "o * (f * c + i * g)",
        OUT,
        "np.tanh(c_new)",
    ),
    "the two terms are averaged by their gates: c = f · c + i · c̃": (SUM, "(f * c + i * g) / (f + i)"),
    "the old h is added to the cell state: c = f · c + i · c̃": (SUM, "f * c + i * g + h"),
    "the gates are rounded to 0 or 1: a gate may be half open": (
        GATES,
        "i, f, o = (np.round(sigmoid(z)) for z in (z_i, z_f, z_o))",
    ),
    "the gates share a softmax: each is a sigmoid of its own": (
        GATES,
        "i, f, o = softmax(np.stack([z_i, z_f, z_o]), 0)",
    ),
    "the candidate is squashed by softsign: c̃ = tanh": (LAST, "z_g / (1 + abs(z_g))"),
    "the two products are multiplied: they are added": ("x @ W + h @ U", "(x @ W) * (h @ U)"),
    "this is a new cell with weights of its own: W, U and b come as arguments": of_a_new_cell,
    "h is brought to length 1: h = o · tanh(c)": (
        OUT,
        "o * np.tanh(c_new) / np.linalg.norm(o * np.tanh(c_new), axis=-1, keepdims=True)",
    ),
    "the new cell state is squashed: the tanh belongs into h alone": (SUM, f"np.tanh({SUM})"),
    "the new cell state is cut off at ±1: it may grow": (SUM, f"np.clip({SUM}, -1, 1)"),
    "the candidate is squashed by a sigmoid: c̃ = tanh": (LAST, "sigmoid(z_g)"),
    "the candidate is not squashed: c̃ = tanh": (LAST, "z_g"),
    "the candidate is squashed by a ReLU: c̃ = tanh": (LAST, "np.maximum(z_g, 0)"),
    "the gates are squashed by tanh: a gate is a sigmoid, between 0 and 1": (
        GATES,
        "i, f, o = np.tanh(z_i), np.tanh(z_f), np.tanh(z_o)",
    ),
    "the gates are not squashed: a gate is a sigmoid, between 0 and 1": (GATES, "i, f, o = z_i, z_f, z_o"),
    "the input gate is not squashed: i = σ": ("sigmoid(z_i)", "z_i"),
    "the forget gate is not squashed: f = σ": ("sigmoid(z_f)", "z_f"),
    "the output gate is not squashed: o = σ": ("sigmoid(z_o)", "z_o"),
    "the input gate is squashed by tanh: i = σ": ("sigmoid(z_i)", "np.tanh(z_i)"),
    "the forget gate is squashed by tanh: f = σ": ("sigmoid(z_f)", "np.tanh(z_f)"),
    "the output gate is squashed by tanh: o = σ": ("sigmoid(z_o)", "np.tanh(z_o)"),
    "the gates are cut off straight lines, a hard sigmoid: σ is 1 / (1 + exp(-z))": (
        GATES,
        "i, f, o = (np.clip(z / 6 + 0.5, 0, 1) for z in (z_i, z_f, z_o))",
    ),
    "the gates are cut off straight lines of slope 0.2, a hard sigmoid: σ is 1 / (1 + exp(-z))": (
        GATES,
        "i, f, o = (np.clip(z / 5 + 0.5, 0, 1) for z in (z_i, z_f, z_o))",
    ),
    "all of z goes through the sigmoid, the candidate too: c̃ is a tanh of z": (LAST, "np.tanh(sigmoid(z_g))"),
    "a tanh is taken of all of z before the gates": ("x @ W + h @ U + b", "np.tanh(x @ W + h @ U + b)"),
    "h is ignored: without h @ U no gate knows what was said before": (" + h @ U", ""),
    "x is ignored: without x @ W no gate hears the input": ("x @ W + ", ""),
    "the bias is missing": (" + b", ""),
    "the bias is subtracted": ("+ b", "- b"),
    "the cell state goes through U: z = x @ W + h @ U + b": ("h @ U", "c @ U"),
    "the gates look at the cell state too (peepholes): z = x @ W + h @ U + b": (
        GATES,
        "i, f = sigmoid(z_i + c), sigmoid(z_f + c)\n    o = sigmoid(z_o + (f * c + i * np.tanh(z_g)))",
    ),
    "the forget gate looks at the cell state too (a peephole): z = x @ W + h @ U + b": (
        "sigmoid(z_f)",
        "sigmoid(z_f + c)",
    ),
    "U is transposed, and should not be": ("h @ U", "h @ U.reshape(len(U), 4, -1).transpose(2, 1, 0).reshape(U.shape)"),
    "the blocks are taken as every fourth number: each is H numbers in a row": (
        "np.split(z, 4, -1)",
        "(z[:, k::4] for k in range(4))",
    ),
    "the old h comes back instead of the new one": ("return h_new", "return h"),
    "the old cell state comes back instead of the new one": ("return h_new, c_new", "return h_new, c"),
    "tanh(c) comes back as the cell state: c itself": ("return h_new, c_new", "return h_new, np.tanh(c_new)"),
    "the old h is added to the new one": ("h_new = ", "h_new = h + "),
    **{
        words: (BLOCKS, f"{', '.join('z_' + letter for letter in order)} =")
        for order, words in other_orders("ifgo", LSTM_KNOWN)
    },
}
TENSORS = "all arguments are TensorFlow tensors: tf functions take them as they are, np.asarray makes arrays of them"
LAST_AXIS = "z is (B, 4H): cut it into four along the last axis, tf.split(z, 4, axis=-1)"
TWO_PRODUCTS = "z = x @ W + h @ U + b, (B, 4H): x (B, D) meets W (D, 4H), and h (B, H), not c, meets U (H, 4H)"


@exercise(
    points=25,
    title="One step of an LSTM",
    takes="x (B, D), h (B, H), c (B, H), W (D, 4H), U (H, 4H), b (4H)",
    returns="h_new (B, H), c_new (B, H)",
    reference=lstm,
    slips=edits(lstm, LSTM_SLIPS),
    crashes={
        "split|divi|unpack": LAST_AXIS,
        "item assignment": "a tensor cannot be written into: build a new one, or work on np.array(c)",
        "matmul|matrix size|matrix multiplication|mismatch in its core": TWO_PRODUCTS,
        "In[0]|In[1]": TWO_PRODUCTS,
        "broadcast|incompatible shapes|must be equal|same shape": f"a gate is (B, H), as c is. {LAST_AXIS}",
        "attribute": TENSORS,
        "": f"{TWO_PRODUCTS}. {LAST_AXIS}",
    },
    edges={
        "one, square, and others": "any sizes, also `D = H` and 1",
        "a large cell state": "The cell state may be of any size",
        "gates that are shut, or open": "shut or open all the way, at ±40",
    },
)
def lstm_step(t):
    zero, four = np.zeros((1, 1)), np.zeros((1, 4))

    def shows(c, b, gives, case):
        given = (zero, zero, [[c]], four, four, b)
        t.shows(*(tensor(a) for a in given), gives=gives, case=case)

    shows(1, [0, 1, 2, 3], ([[0.797875]], [[1.213072]]), "the worked example")
    shows(0.5, [-40, 40, 1, 0], ([[0.231059]], [[0.5]]), "i shut, f open: c is copied")

    def weights(D, H, scale=1.0):
        return t.normal(D, 4 * H, scale=scale), t.normal(H, 4 * H, scale=scale), t.normal(4 * H)

    def tries(*arrays, **how):
        t.tries(*map(tensor, arrays), **how)

    for B, D, H in t.sizes("B D H"):
        tries(t.normal(B, D), t.normal(B, H), t.normal(B, H), *weights(D, H))
    tries(t.normal(3, 2), t.normal(3, 4), t.normal(3, 4, scale=4), *weights(2, 4, 0.5), case="a large cell state")
    tries(t.normal(4, 4), t.normal(4, 4), t.normal(4, 4), *weights(4, 4), case="B=D=H=4")
    for name, b in (
        ("i", (-40, 0, 0, 0)),
        ("f", (0, -40, 0, 0)),
        ("o", (0, 0, 0, -40)),
        ("i, f and o", (-40, -40, 0, -40)),
    ):
        W, U, _ = weights(2, 3, 0.3)
        tries(t.normal(2, 2), t.normal(2, 3), t.normal(2, 3), W, U, np.repeat(b, 3), case=f"{name} shut", atol=1e-4)
    W, U, _ = weights(2, 4, 0.3)
    keeps = np.repeat([-40, 40, 0, 0], 4)
    tries(t.normal(3, 2), t.normal(3, 4), t.normal(3, 4), W, U, keeps, case="gates that are shut, or open", atol=1e-4)


# -- lstm_cell_backward ------------------------------------------------------------------------------------
def cell_backward(dh, dc, c_prev, i, f, g, o, c):
    tanh_c = np.tanh(c)
    d = dc + dh * o * (1 - tanh_c**2)
    dc_prev = d * f
    dz_i = d * g * i * (1 - i)
    dz_f = d * c_prev * f * (1 - f)
    dz_g = d * i * (1 - g**2)
    dz_o = dh * tanh_c * o * (1 - o)
    return dc_prev, np.concatenate([dz_i, dz_f, dz_g, dz_o], -1)


D_IS, DZ = "dc + dh * o * (1 - tanh_c**2)", "np.concatenate([dz_i, dz_f, dz_g, dz_o], -1)"
NO_SLOPE = "the gates' own slopes are missing: dz is of what stood in the sigmoid or the tanh"
BACKWARD_SLIPS = {
    "dc is left out: what comes from the next step cuts no corner, d = dc + dh · o · (1 - tanh²c)": (
        D_IS,
        "dh * o * (1 - tanh_c**2)",
    ),
    "the road through h is left out: d = dc + dh · o · (1 - tanh²c)": (D_IS, "dc"),
    "the slope of tanh(c) is missing: d = dc + dh · o · (1 - tanh²c)": (" * (1 - tanh_c**2)", ""),
    "the output gate is missing in d = dc + dh · o · (1 - tanh²c)": ("dh * o * (1 - tanh_c", "dh * (1 - tanh_c"),
    "dh goes into d as it is: d = dc + dh · o · (1 - tanh²c)": (D_IS, "dc + dh"),
    "the slope of tanh is 1 - tanh²(c), not 1 - tanh(c)": ("tanh_c**2", "tanh_c"),
    "the slope of tanh is 1 - tanh²(c), not 1 - c²": ("tanh_c**2", "c**2"),
    "the slope of a sigmoid stands where tanh(c) has its own, 1 - tanh²c": ("(1 - tanh_c**2)", "tanh_c * (1 - tanh_c)"),
    "the forget gate stands where the output gate belongs in d = dc + dh · o · (1 - tanh²c)": (
        D_IS,
        "dc + dh * f * (1 - tanh_c**2)",
    ),
    "the slope of tanh is squared as a whole: it is 1 - tanh²(c)": ("(1 - tanh_c**2)", "(1 - tanh_c) ** 2"),
    "tanh(c) stands where its slope belongs: d = dc + dh · o · (1 - tanh²c)": ("(1 - tanh_c**2)", "tanh_c"),
    "c stands where the output gate belongs: d = dc + dh · o · (1 - tanh²c)": (
        "dh * o * (1 - tanh_c",
        "dh * c * (1 - tanh_c",
    ),
    "dh is missing in d = dc + dh · o · (1 - tanh²c)": ("dh * o * (1 - tanh_c", "o * (1 - tanh_c"),
    "dh and dc are exchanged: it is dh that comes through o and tanh": (D_IS, "dh + dc * o * (1 - tanh_c**2)"),
    "dh goes to the old cell state by itself: dc_prev = d · f": ("dc_prev = d * f", "dc_prev = d * f + dh"),
    "dh is summed over the units: each unit has its own": (
        D_IS,
        "dc + dh.sum(-1, keepdims=True) * o * (1 - tanh_c**2)",
        "dh * tanh_c",
        "dh.sum(-1, keepdims=True) * tanh_c",
    ),
    "dz comes back as four results: side by side in one array, np.concatenate(..., axis=-1)": sign(
        lambda got, *_: isinstance(got, tuple | list) and len(got) == 5
    ),
    "the slope is taken at the old cell state: 1 - tanh²(c), of the new one": ("tanh_c**2", "np.tanh(c_prev) ** 2"),
    "dc is multiplied by the slope of tanh too: it does not come through h": (D_IS, "(dc + dh * o) * (1 - tanh_c**2)"),
    "dc is multiplied by o and the slope too: it does not come through h": (D_IS, "(dc + dh) * o * (1 - tanh_c**2)"),
    "dc is taken off: the two roads add up": (D_IS, "dh * o * (1 - tanh_c**2) - dc"),
    "the two roads are multiplied: they add up": (D_IS, "dc * dh * o * (1 - tanh_c**2)"),
    "c is computed anew without the input gate: it is there, as an argument": (
        "tanh_c = np.tanh(c)",
        "tanh_c = np.tanh(f * c_prev + g)",
    ),
    "d is cut off at ±1: nothing is clipped here": (D_IS, f"np.clip({D_IS}, -1, 1)"),
    "dc reaches the old cell state twice: dc_prev = d · f": ("dc_prev = d * f", "dc_prev = d * f + dc"),
    "dc reaches the old cell state by itself, without the forget gate: dc_prev = d · f": (
        "dc_prev = d * f",
        "dc_prev = dc + (d - dc) * f",
    ),
    "dc_prev lacks the forget gate: c = f · c_prev + …": ("dc_prev = d * f", "dc_prev = d"),
    "dc_prev has the input gate where the forget gate belongs": ("dc_prev = d * f", "dc_prev = d * i"),
    "dc_prev is made of dc alone: of d, both roads": ("dc_prev = d * f", "dc_prev = dc * f"),
    "dc_prev has the slope of the forget gate: c_prev went through no sigmoid": (
        "dc_prev = d * f",
        "dc_prev = d * f * (1 - f)",
    ),
    "dc_prev has the old cell state in it: ∂c/∂c_prev is f": ("dc_prev = d * f", "dc_prev = d * f * c_prev"),
    "the new cell state stands where the old one belongs: ∂c/∂f is c_prev": ("d * c_prev * f", "d * c * f"),
    "the old cell state is missing: ∂c/∂f is c_prev": ("d * c_prev * f", "d * f"),
    "the candidate is missing: ∂c/∂i is c̃": ("d * g * i", "d * i"),
    "the input gate is missing: ∂c/∂c̃ is i": ("d * i * (1 - g", "d * (1 - g"),
    "the forget gate stands in dz of the candidate: ∂c/∂c̃ is i": ("d * i * (1 - g", "d * f * (1 - g"),
    "c_prev and c̃ are exchanged: ∂c/∂i is c̃, ∂c/∂f is c_prev": ("d * g * i", "d * c_prev * i", "c_prev * f", "g * f"),
    "the candidate has the slope of a sigmoid: it is a tanh, 1 - c̃²": ("(1 - g**2)", "g * (1 - g)"),
    "the candidate has the slope 1 - c̃: it is a tanh, 1 - c̃²": ("(1 - g**2)", "(1 - g)"),
    "the slope of the candidate is missing: 1 - c̃²": (" * (1 - g**2)", ""),
    "tanh is taken of the candidate once more: c̃ is activated already, its slope is 1 - c̃²": (
        "(1 - g**2)",
        "(1 - np.tanh(g) ** 2)",
    ),
    NO_SLOPE: (" * i * (1 - i)", "", " * f * (1 - f)", "", " * (1 - g**2)", "", " * o * (1 - o)", ""),
    "the slopes of the three sigmoids are missing: i (1 - i), f (1 - f), o (1 - o)": (
        " * i * (1 - i)",
        "",
        " * f * (1 - f)",
        "",
        " * o * (1 - o)",
        "",
    ),
    "the slopes of the sigmoids are 1 - i alone, without the factor i": (
        " * i * (1 - i)",
        " * (1 - i)",
        " * f * (1 - f)",
        " * (1 - f)",
        " * o * (1 - o)",
        " * (1 - o)",
    ),
    "the sigmoids have the slope of tanh: a sigmoid's is i (1 - i)": (
        "i * (1 - i)",
        "(1 - i**2)",
        "f * (1 - f)",
        "(1 - f**2)",
        "o * (1 - o)",
        "(1 - o**2)",
    ),
    "sigmoids are taken once more: the gates are activated already, their slope is i (1 - i)": (
        "i * (1 - i)",
        "sigmoid(i) * (1 - sigmoid(i))",
        "f * (1 - f)",
        "sigmoid(f) * (1 - sigmoid(f))",
        "o * (1 - o)",
        "sigmoid(o) * (1 - sigmoid(o))",
    ),
    "the slope of the input gate is missing: i (1 - i)": (" * i * (1 - i)", ""),
    "the slope of the forget gate is missing: f (1 - f)": (" * f * (1 - f)", ""),
    "the slope of the output gate is missing: o (1 - o)": (" * o * (1 - o)", ""),
    "the output gate hears d: it is reached by dh alone, for c does not depend on o": ("dh * tanh_c", "d * tanh_c"),
    "the output gate hears dc: it is reached by dh alone, for c does not depend on o": ("dh * tanh_c", "dc * tanh_c"),
    "tanh is missing: ∂h/∂o is tanh(c)": ("dh * tanh_c", "dh * c"),
    "tanh(c) is missing: ∂h/∂o is tanh(c)": ("dh * tanh_c", "dh"),
    "the slope of tanh stands where tanh(c) itself belongs: ∂h/∂o is tanh(c)": ("dh * tanh_c", "dh * (1 - tanh_c**2)"),
    "the old cell state stands where the new one belongs: ∂h/∂o is tanh(c)": ("dh * tanh_c", "dh * np.tanh(c_prev)"),
    "all gates hear dh: i, f and c̃ are reached through c, by d": (
        "d * g",
        "dh * g",
        "d * c_prev",
        "dh * c_prev",
        "d * i",
        "dh * i",
    ),
    "i, f and c̃ hear dc alone: they are reached by d, both roads": (
        "d * g",
        "dc * g",
        "d * c_prev",
        "dc * c_prev",
        "d * i",
        "dc * i",
    ),
    "the four blocks come one below the other: side by side, np.concatenate(..., axis=-1)": (
        DZ,
        DZ.replace(", -1", ""),
    ),
    "the four blocks have an axis of their own: side by side, np.concatenate(..., axis=-1)": (
        DZ,
        "np.stack([dz_i, dz_f, dz_g, dz_o])",
    ),
    "the four blocks are stacked on a new last axis: side by side, np.concatenate(..., axis=-1)": (
        DZ,
        "np.stack([dz_i, dz_f, dz_g, dz_o], -1)",
    ),
    "the four blocks are interleaved: each is H numbers in a row": (
        DZ,
        "np.stack([dz_i, dz_f, dz_g, dz_o], -1).reshape(len(dh), -1)",
    ),
    "the signs are turned round": ("return dc_prev", "return -dc_prev", DZ, f"-{DZ}"),
    "dz is summed over the batch: each example has its own row": (DZ, f"{DZ}.sum(0)"),
    "dz is summed over the batch, and a row for each example is missing": (DZ, f"{DZ}.sum(0, keepdims=True)"),
    **{
        words: (DZ, f"np.concatenate([{', '.join('dz_' + letter for letter in order)}], -1)")
        for order, words in other_orders(
            "ifgo",
            {
                "ifog": "dz is packed as i, f, o, c̃, the order of another course",
                "figo": "dz is packed as f, i, c̃, o, the order of the slides (forget, then store)",
            },
        )
    },
}


@exercise(
    points=20,
    title="Backward through a cell",
    takes="dh (B, H), dc (B, H), c_prev (B, H), i (B, H), f (B, H), g (B, H), o (B, H), c (B, H)",
    returns="dc_prev (B, H), dz (B, 4H)",
    reference=cell_backward,
    slips=edits(cell_backward, BACKWARD_SLIPS),
    crashes={
        "concat|dimension": "dz is the four blocks (B, H) side by side: np.concatenate([…], axis=-1) of a list",
        "": "all eight arguments are arrays (B, H), and everything here is elementwise: `*`, never `@`",
    },
    edges={
        "one road alone": "Either of `dh` and `dc` may be all zeros",
        "gates that are nearly shut": "strictly between 0 and 1",
        "one, square, and others": "any sizes",
    },
    atol=1e-6,
    rtol=1e-6,
)
def lstm_cell_backward(t):
    one = [np.array([[v]], "f8") for v in (1, 2, 1, 0.5, 0.8, 0.6, 0.9, 1.1)]
    t.shows(*one, gives=([[1.858625]], [[0.348492, 0.371725, 0.743450, 0.072045]]))

    def drawn(B, H, scale=1.0):
        def normal(by=1.0):
            return t.normal(B, H, scale=by, dtype="float64")

        dh, dc, c_prev = normal(), normal(), normal()
        i, f, o = (sigmoid(normal(scale)) for _ in range(3))
        g = np.tanh(normal(scale))
        return dh, dc, c_prev, i, f, g, o, f * c_prev + i * g

    for B, H in t.sizes("B H"):
        t.tries(*drawn(B, H))
    for road, name in enumerate(("dh", "dc")):
        given = list(drawn(3, 4))
        given[road] = np.zeros((3, 4))
        t.tries(*given, case=f"{name} all zeros")
    t.tries(*drawn(4, 5, 2.5), case="gates that are nearly shut")
    t.tries(*drawn(2, 8), case="B=2, H=8")


# -- highway -----------------------------------------------------------------------------------------------
def suffix_products(f_gates):
    rows = [np.ones(f_gates.shape[1])]
    for f in f_gates[::-1]:
        rows.append(rows[-1] * f)
    return np.stack(rows[::-1])


ROWS, TIMES = "rows[::-1]", "rows[-1] * f"
FROM_START = "the products run from the first step on: row t is the product from step t to the END"
HIGHWAY_SLIPS = {
    FROM_START: ("f_gates[::-1]", "f_gates", ROWS, "rows"),
    f"{FROM_START}. And the row of ones is the last": ("f_gates[::-1]", "f_gates", ROWS, "rows[1:] + rows[:1]"),
    f"{FROM_START}. And the rows are turned round": ("f_gates[::-1]", "f_gates"),
    "the rows are in reverse order: row 0 is the product of all, the last is 1": (ROWS, "rows"),
    "the last row is missing: ∂c_T/∂c_T is 1, T + 1 rows in all": (ROWS, "rows[:0:-1]"),
    "the first row is missing: row 0 is the product of all": (ROWS, "rows[-2::-1]"),
    "only the product of all comes back: a row for each t": (f"np.stack({ROWS})", "rows[-1]"),
    "the product of all stands in every row: row t leaves out the steps before": (ROWS, "[rows[-1]] * len(rows)"),
    "the gates are added up: a product belongs here": (TIMES, "rows[-1] + f", "np.ones(", "np.zeros("),
    "the gates are added up, from 1 on: a product belongs here": (TIMES, "rows[-1] + f"),
    "a mean gate to a power: each step has a gate of its own": (
        "for f in f_gates[::-1]",
        "for f in 0 * f_gates + f_gates.mean(0)",
    ),
    "the last row is zeros: an empty product is 1": (ROWS, "rows[:0:-1] + [0 * rows[0]]"),
    "the row of ones is the first: the last is ∂c_T/∂c_T = 1": (ROWS, "rows[:1] + rows[:0:-1]"),
    "the logarithms come back: exp of them": (f"np.stack({ROWS})", f"np.log(np.stack({ROWS}))"),
    "the mean over the units comes back: each unit has its own road": (
        f"np.stack({ROWS})",
        f"np.stack({ROWS}).mean(1)",
    ),
    "the product runs over the units too: each unit has its own road": (
        f"np.stack({ROWS})",
        f"np.stack({ROWS}).prod(1)",
    ),
    "the products run over the units: time is axis 0": lambda f: np.concatenate(
        [np.cumprod(f[:, ::-1], 1)[:, ::-1], np.ones((1, f.shape[1]))]
    ),
    "the single gates come back: row t is their product from step t on": (TIMES, "f"),
    "the gates are squared": (TIMES, "rows[-1] * f**2"),
    "1 - f is multiplied: the forget gate f is what is kept": (TIMES, "rows[-1] * (1 - f)"),
    "the slope f (1 - f) is multiplied: along the cell path the derivative is f alone": (
        TIMES,
        "rows[-1] * f * (1 - f)",
    ),
    "the last gate is left out": ("f_gates[::-1]", "f_gates[:-1][::-1]", ROWS, "rows[::-1] + [rows[0]]"),
    "row t begins one step too late: it holds the gates of rows t … T-1": (
        "f_gates[::-1]",
        "f_gates[:0:-1]",
        ROWS,
        "rows[::-1] + [rows[0]]",
    ),
    "row t has the two gates of its ends only: row t is the product of all gates from step t on": (
        TIMES,
        "f * f_gates[-1]",
    ),
    "the axes are the wrong way round: (T + 1, H)": (f"np.stack({ROWS})", f"np.stack({ROWS}).T"),
}


@exercise(
    points=10,
    title="The highway",
    takes="f_gates (T, H)",
    reference=suffix_products,
    slips=edits(suffix_products, HIGHWAY_SLIPS),
    crashes={
        "item assignment": "a tensor cannot be written into: build a list of rows, or an array of NumPy",
        "": "start with a row of ones, (H,), and go backwards: each step multiplies it by f_gates[t]. T may be 1",
    },
    edges={
        "one step": "T may be 1",
        "as many units as steps": "as many units as steps",
        "one unit": "However many steps and units there are",
        "many steps": "However many steps and units there are",
        "gates near 0 and near 1": "strictly between 0 and 1",
    },
    atol=1e-6,
    rtol=1e-6,
)
def highway(t):
    t.shows(np.array([[0.5], [0.8]]), gives=[[0.4], [0.8], [1]])

    def gates(T, H, low=0.3, high=0.99):
        return t.rng.uniform(low, high, (T, H))

    for T, H in ((6, 3), (3, 7), (5, 2)):
        t.tries(gates(T, H), case=f"T={T}, H={H}")
    t.tries(gates(1, 1), case="T=H=1")
    t.tries(gates(1, 4), case="one step")
    for H in (3, 4, 5):
        t.tries(gates(4, H), case="as many units as steps")
    t.tries(gates(8, 1), case="one unit")
    t.tries(gates(120, 3, 0.97, 0.999), case="many steps")
    t.tries(np.where(t.rng.random((7, 4)) < 0.3, 1e-9, gates(7, 4, 0.9, 1.0)), case="gates near 0 and near 1")


# -- to_keras_lstm -----------------------------------------------------------------------------------------
def along(W, U, b, x):
    """The states (B, T, H) of an LSTM with these weights, from h = c = 0."""
    h = c = np.zeros((len(x), len(U)))
    hs = []
    for t in range(x.shape[1]):
        h, c = lstm(x[:, t], h, c, W, U, b)
        hs.append(h)
    return np.stack(hs, 1)


OURS = "(x[:, t], h, c, W, U, b)"
ONE_MORE = "1 has been added to the forget gate's bias: set exactly b, which overwrites what unit_forget_bias made"
KERAS_SLIPS = {
    "only the last state comes back: return_sequences=True": ("np.stack(hs, 1)", "h"),
    ONE_MORE: (OURS, "(x[:, t], h, c, W, U, b + np.repeat([0, 1, 0, 0], len(U)))"),
    "1 has been taken off the forget gate's bias: set exactly b": (
        OURS,
        "(x[:, t], h, c, W, U, b - np.repeat([0, 1, 0, 0], len(U)))",
    ),
    "the layer has no bias: leave use_bias as it is": (OURS, "(x[:, t], h, c, W, U, 0 * b)"),
    "the layer's bias is the one it began with, 1 for the forget gate: set b too": (
        OURS,
        "(x[:, t], h, c, W, U, np.repeat([0, 1, 0, 0], len(U)))",
    ),
    "the blocks have been packed anew, as i, f, o, c̃: Keras's order is ours, i, f, c̃, o": (
        OURS,
        "(x[:, t], h, c, *(w[..., np.arange(w.shape[-1]).reshape(4, -1)[[0, 1, 3, 2]].ravel()] for w in (W, U, b)))",
    ),
    "the blocks have been packed anew, as f, i, c̃, o: Keras's order is ours, i, f, c̃, o": (
        OURS,
        "(x[:, t], h, c, *(w[..., np.arange(w.shape[-1]).reshape(4, -1)[[1, 0, 2, 3]].ravel()] for w in (W, U, b)))",
    ),
    "the layer reads from right to left: leave out go_backwards": ("range(x.shape[1])", "range(x.shape[1])[::-1]"),
    "U is not used: the recurrent kernel is U": (OURS, "(x[:, t], h, c, W, 0 * U, b)"),
    "the state is not carried from step to step": (OURS, "(x[:, t], 0 * h, 0 * c, W, U, b)"),
    "the states are time-major: the batch comes first": ("np.stack(hs, 1)", "np.stack(hs)"),
    "the layer's recurrent_activation is a hard sigmoid: leave it as it is, sigmoid": lambda W, U, b, x: with_gates(
        W, U, b, x, lambda z: np.clip(z / 6 + 0.5, 0, 1)
    ),
    "the layer's recurrent_activation is tanh: leave it as it is, sigmoid": lambda W, U, b, x: with_gates(
        W, U, b, x, np.tanh
    ),
    "the layer's activation is a sigmoid: leave it as it is, tanh": lambda W, U, b, x: with_gates(
        W, U, b, x, sigmoid, sigmoid
    ),
    "the layer's activation is relu: leave it as it is, tanh": lambda W, U, b, x: with_gates(
        W, U, b, x, sigmoid, lambda z: np.maximum(z, 0)
    ),
    "the layer has no activation: leave it as it is, tanh": lambda W, U, b, x: with_gates(
        W, U, b, x, sigmoid, np.array
    ),
}


def with_gates(W, U, b, x, squash, φ=np.tanh):
    """`along`, with gates and a candidate that are squashed by other functions."""
    h = c = np.zeros((len(x), len(U)))
    hs = []
    for t in range(x.shape[1]):
        i, f, g, o = np.split(x[:, t] @ W + h @ U + b, 4, -1)
        c = squash(f) * c + squash(i) * φ(g)
        h = squash(o) * φ(c)
        hs.append(h)
    return np.stack(hs, 1)


def keras_answer(wrong):
    """An answer whose layer has the right weights, and gives what a wrong reference says."""

    def answer(W, U, b):
        class Layer(PlainLayer):
            def __call__(self, x):
                return wrong(W, U, b, np.asarray(x))

        layer = Layer(kernel=W.shape, recurrent_kernel=U.shape, bias=b.shape)
        for weight, value in zip(layer.weights, (W, U, b), strict=True):
            weight.assign(value)
        return layer

    return answer


NAMES = ("kernel", "recurrent_kernel", "bias")
NO_LAYER = "return a keras.layers.LSTM(H, return_sequences=True), built, with its weights set"
NOT_BUILT = "build it, layer.build((None, None, D)), then layer.set_weights([W, U, b])"
THREE = (
    "an LSTM of H = len(U) units for inputs of size D has a kernel (D, 4H), a recurrent kernel (H, 4H) and a bias (4H,)"
)
NOT_OURS = {
    "kernel": "the layer's kernel is not W: layer.set_weights([W, U, b]), after it has been built",
    "recurrent_kernel": "the layer's recurrent kernel is not U: layer.set_weights([W, U, b]), after it has been built",
    "bias": "the layer's bias is not b: layer.set_weights([W, U, b]), after it has been built",
}
STATEFUL = "leave out stateful=True: every call starts from h = c = 0"


@exercise(
    points=10,
    title="The same network in Keras",
    takes="W (D, 4H), U (H, 4H), b (4H)",
    reference=along,
    slips=edits(along, KERAS_SLIPS),
    as_answer=keras_answer,
    crashes={
        "weight list|weights, but|expecting|expected|not built|has not been built|0 variables": NOT_BUILT,
        "shape": "the layer has H units, H = len(U), and is built for inputs of size D = len(W): its weights are W (D, 4H), "
        "U (H, 4H), b (4H,), in this order and without a transpose",
        "": NOT_BUILT,
    },
    edges={
        "any B and T": "for any B and T",
        "from zeros, every time": "every call starts from h = c = 0",
        "built, and its weights": "the layer's weights are exactly W, U and b",
        "one, square, and others": "any sizes",
    },
    deadline=40,
)
def to_keras_lstm(t):
    with t.case("the worked example", visible=True):
        zeros = np.zeros((1, 4), "f4")
        keras_case(t, zeros, zeros, np.arange(4, dtype="f4"), [np.zeros((1, 2, 1))], gives=[[[0.426615], [0.650445]]])
    for B, T, D, H in t.sizes("B T D H"):
        W, U, b = t.normal(D, 4 * H), t.normal(H, 4 * H), t.normal(4 * H)
        keras_case(t, W, U, b, [t.normal(B, T, D), t.normal(B + 1, T + 2, D)])


def keras_case(t, W, U, b, xs, gives=None):
    """One layer, asked for several batches, and for the first of them once more."""
    layer = t.construct(W, U, b)
    try:
        built = layer.get("built")
    except Failed:
        raise Failed("what to_keras_lstm returns is no Keras layer", slip=NO_LAYER) from None
    t.require(built, "the layer is not built", slip=NOT_BUILT)
    own = [value for _, value in layer.weights()]
    right = (W, U, b)
    fits = [value.shape for value in own] == [value.shape for value in right]
    of_another = [
        NOT_OURS[name]
        for name, w, w0 in zip(NAMES, own, right, strict=False)
        if fits and not np.allclose(w, w0, atol=1e-6)
    ]
    likely = {words: lambda W, U, b, x: along(*own, x) for words in of_another}
    if not fits:
        likely[THREE] = sign(lambda *_: True)  # whatever it gives, it is another layer
    for x in (*xs, xs[0]):
        t.matches(layer(tensor(x)), W, U, b, x, gives=gives, what="the states of the layer", else_slips=likely)
    t.require(fits, "the layer's weights have other shapes than W, U and b", slip=THREE, guards=False)
    for words in of_another:
        t.require(False, "the layer's weights are not W, U and b", slip=words, guards=False)


# -- gru_step ----------------------------------------------------------------------------------------------
def gru(x, h, W, U, b):
    W_z, W_r, W_h = np.split(W, 3, 1)
    U_z, U_r, U_h = np.split(U, 3, 1)
    b_z, b_r, b_h = np.split(b, 3)
    z = sigmoid(x @ W_z + h @ U_z + b_z)
    r = sigmoid(x @ W_r + h @ U_r + b_r)
    candidate = np.tanh(x @ W_h + (r * h) @ U_h + b_h)
    return z * h + (1 - z) * candidate


MIX, CANDIDATE = "z * h + (1 - z) * candidate", "np.tanh(x @ W_h + (r * h) @ U_h + b_h)"
AFTER = "the reset gate acts after the product, Keras's default (reset_after=True): here it acts before, (r · h) @ U_h"
NO_RESET = "the reset gate is missing, as in the lecture's two lines: the candidate hears (r · h) @ U_h"
GRU_SLIPS = {
    "z is the wrong way round, as in other papers: here z keeps, h = z · h + (1 - z) · h̃": (
        MIX,
        "(1 - z) * h + z * candidate",
    ),
    AFTER: ("(r * h) @ U_h", "r * (h @ U_h)"),
    f"{AFTER}. And z is the wrong way round: z keeps the old state": (
        "(r * h) @ U_h",
        "r * (h @ U_h)",
        MIX,
        "(1 - z) * h + z * candidate",
    ),
    NO_RESET: ("(r * h)", "h"),
    f"{NO_RESET}. And z is the wrong way round: z keeps the old state": (
        "(r * h)",
        "h",
        MIX,
        "(1 - z) * h + z * candidate",
    ),
    "the candidate is not squashed: h̃ = tanh": (CANDIDATE, "x @ W_h + (r * h) @ U_h + b_h"),
    "the candidate is squashed by a sigmoid: h̃ = tanh": (CANDIDATE, "sigmoid(x @ W_h + (r * h) @ U_h + b_h)"),
    "the candidate is squashed by a ReLU: h̃ = tanh": (CANDIDATE, "np.maximum(x @ W_h + (r * h) @ U_h + b_h, 0)"),
    "the reset gate multiplies the input: it multiplies h, (r · h) @ U_h": (
        "x @ W_h + (r * h) @ U_h",
        "r * (x @ W_h) + h @ U_h",
    ),
    "the reset gate multiplies input and bias: it multiplies h, (r · h) @ U_h": (
        "x @ W_h + (r * h) @ U_h + b_h",
        "r * (x @ W_h + b_h) + h @ U_h",
    ),
    "the reset gate multiplies the whole sum: it multiplies h, (r · h) @ U_h": (
        "x @ W_h + (r * h) @ U_h + b_h",
        "r * (x @ W_h + h @ U_h + b_h)",
    ),
    "the reset gate multiplies product and bias: it multiplies h, (r · h) @ U_h": (
        "(r * h) @ U_h + b_h",
        "r * (h @ U_h + b_h)",
    ),
    "the reset gate multiplies the candidate: it multiplies h, (r · h) @ U_h": (
        CANDIDATE,
        "r * np.tanh(x @ W_h + h @ U_h + b_h)",
    ),
    "the reset gate is the wrong way round: r = 1 lets h through": ("(r * h)", "((1 - r) * h)"),
    "z stands where r belongs: the candidate hears (r · h) @ U_h": ("(r * h)", "(z * h)"),
    "z multiplies h on top of r: the candidate hears (r · h) @ U_h": ("(r * h)", "(z * r * h)"),
    "r stands where z belongs: h = z · h + (1 - z) · h̃": (MIX, "r * h + (1 - r) * candidate"),
    "z is not used for the candidate: h = z · h + (1 - z) · h̃": (MIX, "z * h + candidate"),
    "z is not used for h: h = z · h + (1 - z) · h̃": (MIX, "h + (1 - z) * candidate"),
    "z multiplies both: h = z · h + (1 - z) · h̃": (MIX, "z * h + z * candidate"),
    "1 - z multiplies both: h = z · h + (1 - z) · h̃": (MIX, "(1 - z) * h + (1 - z) * candidate"),
    "r multiplies the candidate, as an input gate would: h = z · h + (1 - z) · h̃": (MIX, "z * h + r * candidate"),
    "the reset gate multiplies the old state too: h = z · h + (1 - z) · h̃": (MIX, "z * (r * h) + (1 - z) * candidate"),
    "the candidate alone comes back: h = z · h + (1 - z) · h̃": (MIX, "candidate"),
    "the old state is not used: h = z · h + (1 - z) · h̃": (MIX, "(1 - z) * candidate"),
    "nothing new comes in: h = z · h + (1 - z) · h̃": (MIX, "z * h"),
    "the result is squashed once more: h = z · h + (1 - z) · h̃": (MIX, f"np.tanh({MIX})"),
    "r itself goes through U_h: it is r · h": ("(r * h)", "r"),
    "1 is added to the update gate: what is wanted there stands in b already": ("+ b_z", "+ b_z + 1"),
    "the gates are hard sigmoids: σ is 1 / (1 + exp(-z))": (
        "z = sigmoid(x @ W_z + h @ U_z + b_z)",
        "z = np.clip((x @ W_z + h @ U_z + b_z) / 6 + 0.5, 0, 1)",
        "r = sigmoid(x @ W_r + h @ U_r + b_r)",
        "r = np.clip((x @ W_r + h @ U_r + b_r) / 6 + 0.5, 0, 1)",
    ),
    "the reset gate takes 1 - r from the input: it multiplies h alone": ("x @ W_h + (r", "(1 - r) * (x @ W_h) + (r"),
    "the update gate is squashed by tanh: z = σ": ("z = sigmoid", "z = np.tanh"),
    "the reset gate is squashed by tanh: r = σ": ("r = sigmoid", "r = np.tanh"),
    "both gates are squashed by tanh: a gate is a sigmoid": (
        "z = sigmoid",
        "z = np.tanh",
        "r = sigmoid",
        "r = np.tanh",
    ),
    "the gates are not squashed: a gate is a sigmoid": ("z = sigmoid", "z = ", "r = sigmoid", "r = "),
    "the update gate does not hear h: x @ W_z + h @ U_z + b_z": (" + h @ U_z", ""),
    "the reset gate does not hear h: x @ W_r + h @ U_r + b_r": (" + h @ U_r", ""),
    "the gates do not hear h: x @ W_z + h @ U_z + b_z": (" + h @ U_z", "", " + h @ U_r", ""),
    "the gates do not hear x: x @ W_z + h @ U_z + b_z": ("x @ W_z + ", "", "x @ W_r + ", ""),
    "the candidate does not hear h: (r · h) @ U_h": (" + (r * h) @ U_h", ""),
    "the candidate does not hear x: x @ W_h": ("x @ W_h + ", ""),
    "the bias is missing everywhere": (" + b_z", "", " + b_r", "", " + b_h", ""),
    "the bias of the candidate is missing": (" + b_h", ""),
    "the biases of the gates are missing": (" + b_z", "", " + b_r", ""),
    "the bias of the update gate is missing": (" + b_z", ""),
    "the bias of the reset gate is missing": (" + b_r", ""),
    "the bias is added twice, in x @ W + b and in h @ U + b": (
        "+ b_z",
        "+ 2 * b_z",
        "+ b_r",
        "+ 2 * b_r",
        "+ b_h",
        "+ 2 * b_h",
    ),
    "this is a forget and an input gate, as of an LSTM: h = z · h + (1 - z) · h̃, and r acts inside of h̃": (
        "(r * h) @ U_h",
        "h @ U_h",
        MIX,
        "z * h + r * candidate",
    ),
    f"the blocks are read as r, z, h̃. And {AFTER}": (
        "W_z, W_r, W_h =",
        "W_r, W_z, W_h =",
        "U_z, U_r, U_h =",
        "U_r, U_z, U_h =",
        "b_z, b_r, b_h =",
        "b_r, b_z, b_h =",
        "(r * h) @ U_h",
        "r * (h @ U_h)",
    ),
    "U's blocks are read in another order than W's: z, r, h̃ in W, U and b": ("U_z, U_r, U_h =", "U_r, U_z, U_h ="),
    "the update gate hears r · h: it hears h itself": (
        "h @ U_z",
        "(r * h) @ U_z",
        "    z = sigmoid(x @ W_z + ",
        "    r = sigmoid(x @ W_r + h @ U_r + b_r)\n    z = sigmoid(x @ W_z + ",
    ),
    "there is no product with U_h: (r · h) @ U_h": ("(r * h) @ U_h", "r * h"),
    "U is transposed, and should not be": ("np.split(U, 3, 1)", "(u.T for u in np.split(U, 3, 1))"),
    "the blocks are taken as every third number: each is H numbers in a row": (
        "np.split(W, 3, 1)",
        "(W[:, k::3] for k in range(3))",
        "np.split(U, 3, 1)",
        "(U[:, k::3] for k in range(3))",
        "np.split(b, 3)",
        "(b[k::3] for k in range(3))",
    ),
    **{
        words: tuple(
            text
            for w in "WUb"
            for text in (f"{w}_z, {w}_r, {w}_h =", f"{', '.join(f'{w}_{letter}' for letter in order)} =")
        )
        for order, words in other_orders("zrh", {"rzh": "r and z are exchanged, the order of other libraries"})
    },
    "the state comes back twice, as a Keras cell gives it: return the new state alone": sign(
        lambda got, *_: isinstance(got, tuple | list) and len(got) == 2
    ),
}
BLOCKS_3 = "x (B, D) meets a block of W, (D, H); h and r * h, (B, H), meet a block of U, (H, H)"
LAST_AXIS_3 = "W, U and b hold three blocks along the last axis: tf.split(W, 3, axis=-1)"


@exercise(
    points=20,
    title="One step of a GRU",
    takes="x (B, D), h (B, H), W (D, 3H), U (H, 3H), b (3H)",
    returns="(B, H)",
    reference=gru,
    slips=edits(gru, GRU_SLIPS),
    crashes={
        "split|divi|unpack": LAST_AXIS_3,
        "item assignment": "a tensor cannot be written into: build a new one, or work on np.array(h)",
        "matmul|matrix size|matrix multiplication|mismatch in its core|In[0]|In[1]": BLOCKS_3,
        "attribute": TENSORS,
        "": f"a gate is (B, H), as h is. {LAST_AXIS_3}",
    },
    edges={
        "one, square, and others": "any sizes, also `D = H` and 1",
        "gates that are shut, or open": "shut or open all the way, at ±40",
        "a large state": "The old state may be of any size",
    },
)
def gru_step(t):
    with t.case("the worked example", visible=True):
        t.tries(*map(tensor, ([[1]], [[0.5]], [[1, 0, 1]], [[0, 1, 1]], [0, 0, 0])), gives=[[0.598052]])
    with t.case("z open: h is copied", visible=True):
        t.tries(*map(tensor, ([[1]], [[0.3]], np.zeros((1, 3)), np.zeros((1, 3)), [40, 0, 1])), gives=[[0.3]])

    def tries(B, D, H, b=None, state=1.0, scale=1.0, **how):
        W, U = t.normal(D, 3 * H, scale=scale), t.normal(H, 3 * H, scale=scale)
        b = t.normal(3 * H) if b is None else np.repeat(b, H)
        t.tries(*map(tensor, (t.normal(B, D), t.normal(B, H, scale=state), W, U, b)), **how)

    for sizes in t.sizes("B D H"):
        tries(*sizes)
    tries(4, 4, 4, case="B=D=H=4")
    tries(3, 2, 5, state=3.0, scale=0.5, case="a large state")
    for b, name in (((-40, 0, 0), "z shut"), ((0, -40, 0), "r shut"), ((40, 0, 0), "z open"), ((0, 40, 0), "r open")):
        tries(2, 3, 4, b, scale=0.3, case=name, atol=1e-4)


# -- adding_batch ------------------------------------------------------------------------------------------
def adding(B, T, rng):
    values = rng.random((B, T))
    marks = np.zeros((B, T))
    first = rng.integers(0, T // 2, B)
    second = rng.integers(T // 2, T, B)
    marks[np.arange(B), first] = 1
    marks[np.arange(B), second] = 1
    x = np.stack([values, marks], -1)
    y = np.sum(values * marks, 1, keepdims=True)
    return x, y


Y, X = "np.sum(values * marks, 1, keepdims=True)", "np.stack([values, marks], -1)"
FIRST, SECOND = "rng.integers(0, T // 2, B)", "rng.integers(T // 2, T, B)"
ADDING_SLIPS = {
    "y is flat, (B,): keep an axis, (B, 1), or a loss pairs every answer with every prediction": (
        ", keepdims=True",
        "",
    ),
    "y is the sum of all values: only the two marked ones count": (Y, "np.sum(values, 1, keepdims=True)"),
    "y is the mean of the two marked values: their sum": (Y, f"{Y} / 2"),
    "y is the mean over all steps: the sum of the two marked values": (Y, Y.replace("sum", "mean")),
    "y is the product of the two marked values: their sum": (
        Y,
        "(values[np.arange(B), first] * values[np.arange(B), second])[:, None]",
    ),
    "y is the difference of the two marked values: their sum": (
        Y,
        "(values[np.arange(B), second] - values[np.arange(B), first])[:, None]",
    ),
    "y is the first marked value alone: the sum of both": (Y, "values[np.arange(B), first][:, None]"),
    "y is the second marked value alone: the sum of both": (Y, "values[np.arange(B), second][:, None]"),
    "y is the larger one of the two marked values: their sum": (Y, "np.max(values * marks, 1, keepdims=True)"),
    "y is the number of marks: the sum of the values there": (Y, "np.sum(marks, 1, keepdims=True)"),
    "y is one sum for the whole batch: one for each row": (
        Y,
        "np.sum(values * marks, keepdims=True) + np.zeros((B, 1))",
    ),
    "y is the sum of the two positions: of the values there": (Y, "(first + second + 0.0)[:, None]"),
    "y lies on its side, (1, B): (B, 1)": (Y, "np.sum(values * marks, 1)[None]"),
    "y has a value for each step, (B, T): their sum, (B, 1)": (Y, "values * marks"),
    "y holds sums up to each step, (B, T): the last of them, (B, 1)": (Y, "np.cumsum(values * marks, 1)"),
    "y is the sum over the other axis of the batch: over time, axis 1": (
        Y,
        "np.resize(np.sum(values * marks, 0), (B, 1))",
    ),
    "y has one axis too many, (B, 1, 1)": (Y, "np.sum(values * marks, 1)[:, None, None]"),
    "values and marks are exchanged: x[..., 0] holds the values, x[..., 1] the marks": (
        X,
        "np.stack([marks, values], -1)",
    ),
    "values and marks lie on axis 1: the last axis, (B, T, 2)": (X, "np.stack([values, marks], 1)"),
    "values and marks lie on axis 0: the last axis, (B, T, 2)": (X, "np.stack([values, marks])"),
    "values and marks are joined end to end: np.stack(..., axis=-1) makes the last axis, (B, T, 2)": (
        X,
        "np.concatenate([values, marks], -1)",
    ),
    "x is time-major, (T, B, 2): the batch comes first": (X, "np.stack([values, marks], -1).swapaxes(0, 1)"),
    "the marks hold the values: a mark is 1": (X, "np.stack([values, values * marks], -1)"),
    "the marks are the wrong way round: two 1s in each row, 0 elsewhere": (X, "np.stack([values, 1 - marks], -1)"),
    "the second mark is -1: both are 1": (
        "marks[np.arange(B), second] = 1",
        "marks[np.arange(B), second] = -1",
        Y,
        "np.sum(values * abs(marks), 1, keepdims=True)",
    ),
    "what is not marked is -1: it is 0": (X, "np.stack([values, 2 * marks - 1], -1)"),
    "only the second mark is there: two in each row": ("    marks[np.arange(B), first] = 1\n", ""),
    "only the first mark is there: two in each row": ("    marks[np.arange(B), second] = 1\n", ""),
    "of an odd T the middle belongs to the second half: it begins at T//2": (
        "0, T // 2, B",
        "0, (T + 1) // 2, B",
        "T // 2, T, B",
        "(T + 1) // 2, T, B",
    ),
    "the first mark may lie at T//2 already: its positions are 0 … T//2 - 1": ("0, T // 2, B", "0, T // 2 + 1, B"),
    "the second mark may lie at T//2 - 1 already: its positions are T//2 … T - 1": ("T // 2, T, B", "T // 2 - 1, T, B"),
    "both marks may lie anywhere: one in positions 0 … T//2 - 1, one in T//2 … T - 1": (
        FIRST,
        "rng.integers(0, T, B)",
        SECOND,
        "rng.integers(0, T, B)",
    ),
}
HALVES = "the first mark lies in 0 … T//2 - 1, the second in T//2 … T - 1, and rng.integers(low, high) leaves out high"
ONE_A_ROW = "values and marks are (B, T), places (B,): marks[np.arange(B), places] = 1 marks one place in each row"
ITS_RNG = "draw from the argument rng, which nobody else shares"
AN_ARRAY = "x is (B, T, 2), values and marks side by side, and y (B, 1)"
A_MARK_EACH = (
    "draw the two places for every row by itself: rng.integers(0, T // 2, size=B), rng.integers(T // 2, T, size=B)"
)


class Read:
    """A generator that draws what an answer drew, read off its x: its values, and the places of its marks."""

    def __init__(self, values, marks):
        self.values, self.asked = values, 0
        usual = np.median(marks, axis=1, keepdims=True) if marks.shape[1] > 4 else 0
        found = [np.flatnonzero(row)[:2] for row in marks != usual]
        self.places = np.array([row if len(row) == 2 else np.resize(row, 2) if len(row) else (0, 0) for row in found])

    def random(self, shape):
        self.asked = 0  # what is asked first, by the reference and by all that is made of it
        return self.values

    def integers(self, low, high, B):
        places = self.places[:, min(self.asked, 1)]
        self.asked += 1
        return np.where((low <= places) & (places < high), places, low)


def layers_of(x, B, T):
    """The values and the marks (B, T) in an x that may lie otherwise than (B, T, 2); zeros where there are none."""
    layouts = {
        (B, 2, T): lambda x: (x[:, 0], x[:, 1]),
        (2, B, T): lambda x: (x[0], x[1]),
        (T, B, 2): lambda x: (x[..., 0].T, x[..., 1].T),
        (B, 2 * T): lambda x: (x[:, :T], x[:, T:]),
        (B, T, 2): lambda x: (x[..., 0], x[..., 1]),  # the right one, wherever another has the same shape
    }
    if x is None or x.shape not in layouts or not np.all(np.isfinite(x)):
        return np.zeros((B, T)), np.zeros((B, T))
    values, marks = layouts[x.shape](x.astype("f8"))
    exchanged = len(np.unique(values)) <= 2 < len(np.unique(marks))
    return (marks, values) if exchanged else (values, marks)


def drawn_batch(t, B, T, rng=None):
    """One batch of the answer, values and places, which is that of the reference with the same draws."""
    got = t.call(B, T, rng or new_rng(t))
    x = as_numbers(got[0]) if isinstance(got, tuple | list) and len(got) == 2 else None
    drawn = Read(*layers_of(x, B, T))
    t.matches(got, B, T, drawn)
    inside = np.all((drawn.values >= 0) & (drawn.values < 1 + 1e-7))
    uniform = "x[..., 0] is uniform in [0, 1), neither normal nor from -1 on: rng.random((B, T))"
    t.require(inside, "a value of x[..., 0] lies outside [0, 1)", slip=uniform)
    return drawn.values, drawn.places


def unevenness(counts):
    """A chi-squared: how far these counts are from all alike, and its degrees of freedom."""
    expected = counts.sum() / len(counts)
    return np.sum((counts - expected) ** 2) / expected, len(counts) - 1


def even(t, counts, message, slip):
    """Are these counts, of draws that are equally likely, not too uneven?"""
    chi_squared, k = unevenness(counts)
    # it has the mean k and the variance 2 k; so far beyond, fair draws lie once in 10⁶ trials
    t.require(chi_squared < k + 9 * np.sqrt(2 * k) + 12, message, slip=slip)


def independent(t, a, b, message, slip):
    """Two columns of numbers without correlation: beyond 6/√n it lies once in 10⁸ fair trials."""
    spread = np.std(a) * np.std(b)
    correlation = np.mean((a - a.mean()) * (b - b.mean())) / spread if spread > 1e-9 else 1.0
    t.require(abs(correlation) < 6 / np.sqrt(len(a)), message, slip=slip)


@exercise(
    points=10,
    title="The adding problem",
    takes="B, T, rng",
    returns="x (B, T, 2), y (B, 1)",
    reference=adding,
    slips=edits(adding, ADDING_SLIPS),
    crashes={
        "low >= high|high <= 0|empty|low < high": f"T may be 2 or odd: {HALVES}",
        "attribute": "rng is a numpy.random.Generator: rng.random((B, T)), rng.integers(low, high, size=B)",
        "broadcast|shape|index": ONE_A_ROW,
        "": f"{ONE_A_ROW}. {AN_ARRAY}",
    },
    edges={
        "an odd T": "`T` may be odd",
        "T=2": "and as small as 2",
        "the same rng gives the same batch": "Draw from `rng` only",
        "nothing but rng is used": "Draw from `rng` only",
        "400 rows": "each position of its half equally likely",
        "the marks of the rows": "for every row anew",
        "one rng, batch after batch": "the next call draws another batch",
    },
)
def adding_batch(t):
    with t.case("the worked example: B=3, T=6", visible=True):
        drawn_batch(t, 3, 6)
    for B, T in ((4, 6), (6, 6), (1, 4), (3, 2), (2, 3), (5, 7), (1, 2), (2, 12)):
        with t.case(f"B={B}, T={T}", kind="an odd T" if T % 2 else "drawn sizes"):
            for _ in range(3):
                drawn_batch(t, B, T)
    with t.case("the same rng gives the same batch, another one another"):
        seed, other = t.integers(2**31, 2).tolist()
        first, again, third = (drawn_batch(t, 6, 8, t.make("rng", seed=s))[0] for s in (seed, seed, other))
        t.require(
            np.array_equal(first, again), "two generators with the same seed give different batches", slip=ITS_RNG
        )
        own = "draw from the argument rng; do not seed a generator of your own"
        t.require(not np.array_equal(first, third), "two generators with different seeds give the same batch", slip=own)
    with t.case("400 rows"):
        counts = [many_rows(t, *drawn_batch(t, 400, T), T) for T in (10, 7)]
        for half in zip(*counts, strict=True):
            # 6 degrees of freedom or 7: a fair draw is so even once in 10⁶ trials
            dealt = "draw each place by itself: do not deal out the positions in turn"
            t.require(sum(unevenness(c)[0] for c in half) > 0.03, "each position is marked equally often", slip=dealt)
    with t.case("one rng, batch after batch"):
        rng = new_rng(t)
        batches = [drawn_batch(t, 2, 9, rng) for _ in range(3)]
        moves = len({values.tobytes() for values, _ in batches}) == 3
        t.require(
            moves,
            "one rng gives the same batch again",
            slip="draw from the rng itself, so that it moves on, not from a copy",
        )
    with t.case("nothing but rng is used"):
        t.leaves_global_generators_alone(4, 6, new_rng(t), instead=ITS_RNG)


def many_rows(t, values, places, T):
    """How values and places of 400 rows are spread, and whether they know of each other; how often each place is marked."""
    n, half, found = len(values), T // 2, []
    for column, low, high in ((0, 0, half), (1, half, T)):
        counts = np.bincount(places[:, column] - low, minlength=high - low)
        found.append(counts)
        same = np.max(counts) == n
        t.require(not same, "all rows of a batch are marked at the same place", slip=A_MARK_EACH)
        slip = f"each position of a half is equally likely: {HALVES}"
        t.require(np.min(counts) > 0, "a position is never marked in 400 rows", slip=slip)
        even(t, counts, "the marks are not spread evenly over their half", slip)
    first, second = places.T
    slip = "draw the second place by itself, not from the first"
    independent(t, first.astype("f8"), second.astype("f8"), "the two places of a row depend on each other", slip)
    slip = "draw each row's places by itself: neither sorted nor counted up"
    for column in (first, second):
        independent(
            t,
            column[1:].astype("f8"),
            column[:-1].astype("f8"),
            "a row's places depend on those of the row before",
            slip,
        )
        independent(t, np.arange(n, dtype="f8"), column.astype("f8"), "the places depend on the row's number", slip)
    others = np.ones(values.shape, bool)
    others[np.arange(n)[:, None], places] = False
    slip = "x[..., 0] holds values everywhere, the marks alone say which of them count"
    t.require(np.any(values[others] != 0), "all values that are not marked are 0", slip=slip)
    slip = "draw a value for every row and step, uniform in [0, 1): rng.random((B, T))"
    even(t, np.histogram(values, 10, (0, 1))[0].astype("f8"), "the values are not spread evenly over [0, 1)", slip)
    t.require(len(np.unique(values)) > 0.9 * values.size, "values come again and again", slip=slip)
    for a, b in ((values[:, 0], values[:, -1]), (values[:-1, 0], values[1:, 0]), (values[:, 0], values[:, 1])):
        independent(t, a, b, "the values depend on each other", slip)
    slip = "values and places are drawn independently of each other"
    for column in (first, second):
        independent(
            t, values[np.arange(n), column], column.astype("f8"), "the marked values depend on where they stand", slip
        )
        marked = np.histogram(values[np.arange(n), column], 5, (0, 1))[0].astype("f8")
        even(t, marked, "the marked values are not spread evenly over [0, 1)", slip)
    return found


# -- read_the_gates ----------------------------------------------------------------------------------------
def most_missed(loss_with, H):
    losses = []
    for unit in range(H):
        keep = np.ones(H)
        keep[unit] = 0
        losses.append(loss_with(keep))
    return int(np.argmax(losses))


MOST = "int(np.argmax(losses))"
READ_SLIPS = {
    "this is the unit whose loss is least: the one that is missed most has the largest": (
        MOST,
        "int(np.argmin(losses))",
    ),
    "one unit alone is kept, all others are taken away: the other way round": (
        "np.ones(H)",
        "np.zeros(H)",
        "keep[unit] = 0",
        "keep[unit] = 1",
    ),
    "one unit alone is kept, and the least loss is looked for: take one away, keep the others": (
        "np.ones(H)",
        "np.zeros(H)",
        "keep[unit] = 0",
        "keep[unit] = 1",
        "argmax",
        "argmin",
    ),
    "the units stay away once they are: set all back to 1 before the next one": (
        "        keep = np.ones(H)\n",
        "",
        "    losses = []",
        "    losses, keep = [], np.ones(H)",
    ),
    "after the first unit all are taken away: set all back to 1, not to 0": (
        "        keep = np.ones(H)\n",
        "",
        "    losses = []",
        "    losses, keep = [], np.ones(H)",
        "loss_with(keep))",
        "loss_with(keep)); keep = np.zeros(H)",
    ),
    "units count from 1 here: the first one is unit 0": (MOST, "int(np.argmax(losses)) + 1"),
    "of equal losses the last unit is taken: the lowest index": (MOST, "H - 1 - int(np.argmax(losses[::-1]))"),
    "all units come back in an order: only the first of them": (MOST, "np.argsort(losses)[::-1]"),
    "the unit that moves the loss most is taken, up or down: it is the one that raises it most": (
        MOST,
        "int(np.argmax(np.abs(np.array(losses) - loss_with(np.ones(H)))))",
    ),
    "the unit is turned round, keep = -1: keep = 0 takes it away": ("keep[unit] = 0", "keep[unit] = -1"),
    "the unit is halved: keep = 0 takes it away": ("keep[unit] = 0", "keep[unit] = 0.5"),
    "all losses come out alike, so that unit 0 is named: keep[unit] = 0 for one unit at a time": (
        "keep[unit] = 0",
        "keep[unit] = 1",
    ),
    "all units from this one on are taken away: one at a time": ("keep[unit] = 0", "keep[unit:] = 0"),
    "the last unit is not tried: all H": ("range(H)", "range(max(H - 1, 1))"),
    "the first unit is not tried: all H": ("range(H)", "range(min(1, H - 1), H)"),
    "the second largest comes back": (MOST, "int(np.argsort(losses)[-2:][0])"),
    "the first unit that raises the loss is taken: the one that raises it most": (
        MOST,
        "int(np.argmax(np.array(losses) > loss_with(np.ones(H))))",
    ),
}
KEEP_IS = "keep is an array (H,): a number for each unit, 1 keeps it, 0 takes it away"


class Story:
    """A loss that knows what each unit is worth, alone and together with others; `losses` are those without one unit."""

    def __init__(self, rng, losses, whole=0.1):
        self.losses, self.whole, H = np.asarray(losses, "f8"), whole, len(losses)
        self.bend, self.skew, self.together = rng.normal(0, 1, H), rng.normal(0, 1, H), rng.normal(0, 1, (H, H))

    def __call__(self, keep):
        keep = as_numbers(keep)
        if keep is None or keep.shape != self.losses.shape or not np.all(np.isfinite(keep)):
            raise Failed("loss_with was called with something else than keep (H,)", slip=KEEP_IS)
        gone = 1 - keep.astype("f8")
        away = np.flatnonzero(gone)
        if len(away) == 1 and gone[away[0]] == 1:
            return float(self.losses[away[0]])
        alone = gone**2 * (self.losses - self.whole) + gone * (gone - 1) * (self.bend + self.skew * gone)
        return float(self.whole + np.sum(alone) + gone @ np.triu(self.together, 1) @ gone)


@exercise(
    points=5,
    title="Which unit remembers?",
    takes="loss_with, H",
    returns="the unit ()",
    reference=most_missed,
    slips=edits(most_missed, READ_SLIPS),
    otherwise={
        "a number for each unit comes back: the index of the largest, np.argmax": lambda got, *_: np.ndim(got) > 0,
        "a loss comes back, or a number that is not whole: the index of the unit is asked for, np.argmax": lambda got, *_: (
            np.asarray(got).dtype.kind == "f"
        ),
        "the number of a unit lies between 0 and H - 1": lambda got, loss_with, H: not 0 <= got < H,
    },
    crashes={
        "loss_with was called": KEEP_IS,
        "": "for each unit: keep = np.ones(H), keep[unit] = 0, loss_with(keep); then the index of the largest loss",
    },
    edges={
        "two units alike": "Of equal losses the lowest index counts",
        "a unit that does harm": "may even lower the loss",
        "one unit": "H may be 1",
    },
    integers=True,
)
def read_the_gates(t):
    def tries(losses, case, visible=False, kind="", **how):
        with t.case(case, visible=visible, kind=kind):
            t.tries(Served(Story(t.rng, losses)), len(losses), **how)

    tries([0.15, 1.0, 0.4], "the worked example", visible=True, gives=1)
    for H in (3, 5, 8):
        for most in sorted({0, 1, H - 1, int(t.integers(H))}):
            losses = t.rng.uniform(0.15, 0.8, H)
            losses[0] = 0.05  # below the loss of the whole
            losses[most] = 0.9
            tries(losses, f"{H} units, of which number {most} is missed most", kind="several units")
    tries([0.11, 0.7, 0.3, 0.7, 0.2], "two units alike")
    tries([0.7, 0.3, 0.7], "two units alike")
    tries([0.3, 0.3, 0.3, 0.3], "all units alike")
    tries([0.3, 2.45, 0.2, 2.49, 2.1], "units that are nearly alike")
    with t.case("a unit that does harm"):
        t.tries(Served(Story(t.rng, [1.3, 0.2, 1.4, 1.25], whole=1.2)), 4)
    tries([0.4], "one unit")
