"""Recurrent layers: the lecture's cell, and Keras's SimpleRNN, LSTM and GRU, faster on a CPU and opened up.

Importing this room imports Keras, so that files that hold its layers can be loaded.
"""

from seqlab.layers.cell import MyRNNCell
from seqlab.layers.fast import Path
from seqlab.layers.inside import GRUInside, LSTMInside, SimpleRNNInside
from seqlab.layers.recurrent import GRU, LSTM, SimpleRNN

__all__ = ["GRU", "LSTM", "GRUInside", "LSTMInside", "MyRNNCell", "Path", "SimpleRNN", "SimpleRNNInside"]
