"""Series: climate, storms, pedestrians, your own tables; windows that respect time; forecasts without learning, and errors.

Each name is imported from its module when it is first used.
"""

from seqlab.lazy import lazy

__all__, __getattr__, __dir__ = lazy(__name__)
