"""The recurrences of SimpleRNN, LSTM and GRU, forwards and backwards, as they are derived on paper.

Each class holds one cell's equations in four parts:

    step      one step forward; what it keeps, `(B, kept)`, is what the way back needs besides the states
    factors   the local derivatives of every step, in bulk, since none depends on another step
    back      one step back: from the gradient of the states to that of the pre-activations, and one state earlier
    weights   the gradients of the weights and biases, summed over all steps by one matrix product each

`d` is the width of what `back` finds at every step.

Letters: z pre-activation, h hidden state, c cell state, U recurrent weights, d… the gradient of the loss with
respect to …. Arrays of one step are `(B, n)`, of all steps `(T, B, n)`.
"""

from dataclasses import dataclass

import tensorflow as tf


def product_over_steps(a, d):
    """Σ_t a_tᵀ d_t: what every step adds to the gradient of a shared weight, `(T, B, m), (T, B, n) -> (m, n)`."""
    return tf.matmul(tf.reshape(a, (-1, a.shape[-1])), tf.reshape(d, (-1, d.shape[-1])), transpose_a=True)


def sum_over_steps(d):
    """Σ_t Σ_b d: the same for a bias."""
    return tf.reduce_sum(d, axis=(0, 1))


def squash(z, k):
    """σ(z) where k = ½ and tanh(z) where k = 1: one function for a row of gates, as σ(z) = ½ tanh(½z) + ½."""
    return k * tf.tanh(k * z) + (1 - k)


def slope(y, k):
    """The derivative of `squash` from its value y: y(1 − y) where k = ½, 1 − y² where k = 1."""
    return k**2 - (y - (1 - k)) ** 2


# φ, and its derivative from the value h = φ(z)
ACTIVATIONS = {
    "tanh": (tf.tanh, lambda h: 1 - h**2),
    "relu": (tf.nn.relu, lambda h: tf.cast(h > 0, h.dtype)),
    "sigmoid": (tf.sigmoid, lambda h: h * (1 - h)),
    "linear": (tf.identity, tf.ones_like),
}


@dataclass(frozen=True)
class SimpleRNN:
    """h_t = φ(z_t), z_t = x_t W + h_{t-1} U + b; φ is tanh, relu, sigmoid or linear."""

    H: int
    activation: str = "tanh"
    states = 1
    kept = 0
    d = property(lambda self: self.H)

    def step(self, U, b_h, z_x, h):
        φ, _ = ACTIVATIONS[self.activation]
        return None, (φ(z_x + h @ U),)

    def factors(self, kept, before, after):
        _, φ1 = ACTIVATIONS[self.activation]
        return (φ1(after[0]),)

    def back(self, UT, factors, dh):
        (φ1,) = factors
        dz = dh * φ1
        return dz, (dz @ UT,)

    def weights(self, kept, before, dz):
        return dz, product_over_steps(before[0], dz), sum_over_steps(dz)


@dataclass(frozen=True)
class LSTM:
    """i, f, o = σ(z), c̃ = tanh(z); c_t = f⊙c_{t-1} + i⊙c̃; h_t = o⊙tanh(c_t). Gates in the order i f c̃ o."""

    H: int
    states = 2
    kept = d = property(lambda self: 4 * self.H)

    def ks(self, dtype):
        return tf.repeat(tf.constant([0.5, 0.5, 1.0, 0.5], dtype), self.H)  # of i, f, c̃, o, in a row

    def step(self, U, b_h, z_x, h, c):
        y = squash(z_x + h @ U, self.ks(U.dtype))
        i, f, g, o = tf.split(y, 4, axis=-1)
        c = f * c + i * g
        h = o * tf.tanh(c)
        return y, (h, c)

    def factors(self, y, before, after):
        i, f, g, o = tf.split(y, 4, axis=-1)
        tanh_c = tf.tanh(after[1])
        dy = tf.concat([g, before[1], i, tanh_c], axis=-1)  # ∂c/∂i, ∂c/∂f, ∂c/∂c̃, ∂h/∂o
        dz = dy * slope(y, self.ks(y.dtype))
        return dz, o * (1 - tanh_c**2), f

    def back(self, UT, factors, dh, dc):
        to_z, h_to_c, f = factors
        dc = dc + dh * h_to_c
        dz = tf.concat([dc, dc, dc, dh], axis=-1) * to_z
        return dz, (dz @ UT, dc * f)

    def weights(self, y, before, dz):
        return dz, product_over_steps(before[0], dz), sum_over_steps(dz)


@dataclass(frozen=True)
class GRU:
    """z, r = σ(…); h̃ = tanh(x W + b + r⊙(h U + b')); h_t = z⊙h_{t-1} + (1−z)⊙h̃. Gates in the order z r h̃.

    This is Keras's default, `reset_after=True`. u stands for the inner sum h U + b' of the candidate.
    """

    H: int
    states = 1
    kept = d = property(lambda self: 4 * self.H)

    def step(self, U, b_h, z_x, h):
        H = self.H
        z_h = h @ U if b_h is None else h @ U + b_h
        zr = squash(z_x[:, : 2 * H] + z_h[:, : 2 * H], 0.5)
        z, r = tf.split(zr, 2, axis=-1)
        u = z_h[:, 2 * H :]
        g = tf.tanh(z_x[:, 2 * H :] + r * u)
        h = z * h + (1 - z) * g
        return tf.concat([zr, g, u], axis=-1), (h,)

    def factors(self, kept, before, after):
        z, r, g, u = tf.split(kept, 4, axis=-1)
        to_g = (1 - z) * (1 - g**2)
        return tf.concat([to_g, (before[0] - g) * z * (1 - z), to_g * u * r * (1 - r), to_g * r], axis=-1), z

    def back(self, UT, factors, dh):
        to_d, z = factors
        d = tf.concat([dh, dh, dh, dh], axis=-1) * to_d  # of x W of the candidate; of z, r and u
        return d, (dh * z + d[:, self.H :] @ UT,)

    def weights(self, kept, before, d):
        dg, dz, dr, _ = tf.split(d, 4, axis=-1)
        dz_x, dz_h = tf.concat([dz, dr, dg], axis=-1), d[:, :, self.H :]
        return (dz_x, product_over_steps(before[0], dz_h), tf.stack([sum_over_steps(dz_x), sum_over_steps(dz_h)]))


@dataclass(frozen=True)
class GRUResetBefore:
    """As GRU, but h̃ = tanh(x W + b + (r⊙h) U): the first paper's, `reset_after=False`."""

    H: int
    states = 1
    kept = d = property(lambda self: 3 * self.H)

    def step(self, U, b_h, z_x, h):
        H = self.H
        zr = squash(z_x[:, : 2 * H] + h @ U[:, : 2 * H], 0.5)
        z, r = tf.split(zr, 2, axis=-1)
        g = tf.tanh(z_x[:, 2 * H :] + (r * h) @ U[:, 2 * H :])
        h = z * h + (1 - z) * g
        return tf.concat([zr, g], axis=-1), (h,)

    def factors(self, kept, before, after):
        z, r, g = tf.split(kept, 3, axis=-1)
        (h,) = before
        return (1 - z) * (1 - g**2), (h - g) * z * (1 - z), h * r * (1 - r), r, z

    def back(self, UT, factors, dh):
        to_g, to_z, to_r, r, z = factors
        H = self.H
        dg = dh * to_g
        drh = dg @ UT[2 * H :]
        dzr = tf.concat([dh * to_z, drh * to_r], axis=-1)
        return tf.concat([dzr, dg], axis=-1), (dh * z + drh * r + dzr @ UT[: 2 * H],)

    def weights(self, kept, before, dz):
        (h,) = before
        _, r, _ = tf.split(kept, 3, axis=-1)
        H = self.H
        dU = [product_over_steps(h, dz[:, :, : 2 * H]), product_over_steps(r * h, dz[:, :, 2 * H :])]
        return dz, tf.concat(dU, axis=-1), sum_over_steps(dz)
