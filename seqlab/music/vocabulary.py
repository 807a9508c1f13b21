"""`seqlab.sequences.Vocabulary`, by the name that it had here; kept for one release."""

from seqlab.sequences.vocabulary import Vocabulary

__all__ = ["Vocabulary"]
