"""The pictures that labs share. Each name is imported from its module when it is first used."""

from seqlab.lazy import lazy

__all__, __getattr__, __dir__ = lazy(__name__)
