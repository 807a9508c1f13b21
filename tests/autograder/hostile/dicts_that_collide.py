# ruff: noqa
"""A dict of keys with one hash, which takes for ever to build."""
# status: error


def rnn_step(x, h, W_xh, W_hh, b):
    import struct

    import msgpack

    pair = msgpack.packb([0, 0])
    pairs = b"\xdd" + struct.pack("!I", 300_000) + pair * 300_000
    body = b"\x92\xa6result" + msgpack.packb(msgpack.ExtType(3, pairs))
    channel().sock.sendall(struct.pack("!I", len(body)) + body)
    return 0 * h
