"""Translating: a sequence in, another sequence out, by an encoder and a decoder, with attention between them or without.

Each name is imported from its module when it is first used, so that cutting and scoring need no TensorFlow.
"""

from seqlab.lazy import lazy

__all__, __getattr__, __dir__ = lazy(__name__)
