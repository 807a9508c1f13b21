"""Reports: rows of results in, text out. Nothing here opens a file or asks a submission anything.

A row is what `Result.as_dict()` gives, with what the run knows besides: {notebook, lab, points, max_points,
status, message, exercises, seconds} and, each of them optional, student {id, name, email, login, ...},
submitted_at, late {days, deduction, points_before}, flags, sandbox, answers {exercise: source}.
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
