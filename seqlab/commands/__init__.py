"""What the larger commands of `seqlab` do, a module each; `seqlab.cli` puts them together.

Every heavy import waits inside a command: `seqlab --help` loads none of them.
"""

from seqlab.commands import export, grade, sentiment, tune, vet

__all__ = ["export", "grade", "sentiment", "tune", "vet"]
