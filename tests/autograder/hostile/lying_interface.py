# ruff: noqa
"""An array whose memory is somebody else's."""


class Nowhere:
    __array_interface__ = {"shape": (4, 4), "typestr": "<f4", "data": (1 << 40, False), "version": 3}

    def __array__(self, *args, **kwargs):
        return np.lib.stride_tricks.as_strided(np.zeros(1), (10**6, 10**6), (0, 8 * 10**6))


def rnn_step(*args):
    return Nowhere()
