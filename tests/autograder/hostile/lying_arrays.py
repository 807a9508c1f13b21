# ruff: noqa
"""Arrays that lie about shape, type and content."""


class Liar(np.ndarray):
    shape = property(lambda self: (1, 1))
    dtype = property(lambda self: np.dtype("float32"))

    def __array__(self, *args, **kwargs):
        return np.zeros((10**5, 10**5), "float16")[:1, :1]

    def tobytes(self, *args):
        return b"\xff" * 99


def rnn_step(*args):
    return np.zeros(3).view(Liar)
