"""The autograder: the checks that judge an exercise, and the safe grading of a whole class.

    wire/      what may cross between the tester and a process with a student's code
    child/     what runs beside that code: the warm parent, the sandbox, the runtime
    judging/   what asks and judges: a check's trial, comparisons, verdicts
    course/    a class: what was handed in, by whom and when; a row of results each
    reports/   rows of results to pages, gradebooks, tables
    exports/   a lab in the formats of other graders

Each room imports from those above it in this list alone. Nothing in `child` can import `judging`, a lab or a check.
"""
