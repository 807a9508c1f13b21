"""The author's room: from a lab's source to the notebooks, and notebooks filled in and run.

labs/lab2_rnn/notebook.py --build--> notebooks/lab2_rnn.ipynb --fill--> a solved one --execute--> its outputs
"""

from seqlab.authoring.build import build, check_built, solution_notebook, student_notebook
from seqlab.authoring.execute import execute
from seqlab.authoring.fill import fill
from seqlab.authoring.new_lab import new_lab
from seqlab.authoring.notebook_file import lab_of, parse_notebook, read_notebook, write_notebook
from seqlab.authoring.source import Cell, Source, read_source, reference_code

__all__ = [
    "Cell",
    "Source",
    "build",
    "check_built",
    "execute",
    "fill",
    "lab_of",
    "new_lab",
    "parse_notebook",
    "read_notebook",
    "read_source",
    "reference_code",
    "solution_notebook",
    "student_notebook",
    "write_notebook",
]
