"""Classifying sentences: words in, a probability for each class out.

Each name is imported from its module when it is first used, so that counting words needs no TensorFlow.
"""

from seqlab.lazy import lazy

__all__, __getattr__, __dir__ = lazy(__name__)
