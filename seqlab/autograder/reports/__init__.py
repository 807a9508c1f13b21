"""Reports: rows of results (`course/row.py`) in, text out. Nothing here asks a submission anything.

`publish` alone writes files: what a run leaves in its folder.
"""

from seqlab.lazy import lazy

# public name -> the module of this folder that holds it; jinja2 is loaded with the first page, not before
__all__, __getattr__, __dir__ = lazy(
    __name__,
    {
        "Alike": "similar",
        "answer_sources": "similar",
        "canvas_csv": "gradebooks",
        "class_page": "pages",
        "marks_csv": "tables",
        "moodle_csv": "gradebooks",
        "near_identical": "similar",
        "not_in_gradebook": "gradebooks",
        "page_name": "rows",
        "results_json": "tables",
        "student_page": "pages",
    },
)
