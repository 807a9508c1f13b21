"""Recurrent layers: the lecture's cell, and Keras's SimpleRNN, LSTM and GRU, faster on a CPU and opened up.

And a recursive one, whose sequence is a tree; and attention, which looks back at all steps.

Importing this room imports Keras, so that files that hold its layers can be loaded.
"""

from seqlab.layers.attention import AdditiveAttention, DotAttention
from seqlab.layers.cell import MyRNNCell
from seqlab.layers.fast import Path
from seqlab.layers.glimpses import Glimpses
from seqlab.layers.inside import GRUInside, LSTMInside, SimpleRNNInside
from seqlab.layers.recurrent import GRU, LSTM, SimpleRNN
from seqlab.layers.tree import TreeArrays, TreeRNN, balanced, right_branching, tree_arrays

__all__ = [
    "GRU",
    "LSTM",
    "AdditiveAttention",
    "DotAttention",
    "GRUInside",
    "Glimpses",
    "LSTMInside",
    "MyRNNCell",
    "Path",
    "SimpleRNN",
    "SimpleRNNInside",
    "TreeArrays",
    "TreeRNN",
    "balanced",
    "right_branching",
    "tree_arrays",
]
