"""Tunes: ABC text to notes, data sets, vocabulary, score, piano roll, sound.

Names are imported from their modules when they are first used, so that a light use stays light.
"""

from seqlab.lazy import lazy

__all__, __getattr__, __dir__ = lazy(__name__)
