"""Language models: build one, train it, measure it, let it write.

Each name is imported from its module when it is first used, so that counting n-grams needs no TensorFlow.
"""

from seqlab.lazy import lazy

__all__, __getattr__, __dir__ = lazy(__name__)
