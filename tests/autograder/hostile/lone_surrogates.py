# ruff: noqa
"""Text that no encoding can write."""
# status: error


def rnn_step(x, h, W_xh, W_hh, b):
    raise ValueError("\ud800\udfff \x1b[31m\x1b]0;title\x07 \0 <script>alert(1)</script>")
