"""`random_windows`, by the name that it had here; kept for one release. It is in `seqlab.sequences`."""

from seqlab.sequences.windows import random_windows

__all__ = ["random_windows"]
