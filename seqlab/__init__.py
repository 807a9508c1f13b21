"""seqlab: course labs on deep sequence modelling, and the autograder that goes with them.

Importing seqlab loads nothing heavy. The rooms are imported when they are first named:

>>> import sys, seqlab
>>> seqlab.__version__
'0.1.0'
"""

from seqlab.lazy import lazy

__version__ = "0.1.0"

__all__, __getattr__, __dir__ = lazy(__name__)
__all__.insert(1, "__version__")
