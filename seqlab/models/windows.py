"""The names that were here, kept for one release: windows are in `seqlab.sequences`, `held_out_loss` in `held_out`."""

from seqlab.models.held_out import held_out_loss
from seqlab.sequences.windows import random_windows

__all__ = ["held_out_loss", "random_windows"]
