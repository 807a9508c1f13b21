"""Reports: rows of results (`course/row.py`) in, text out. Nothing here asks a submission anything.

`publish` alone writes files: what a run leaves in its folder.
"""

from seqlab.lazy import lazy

__all__, __getattr__, __dir__ = lazy(__name__)
