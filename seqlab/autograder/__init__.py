"""The autograder: the checks that judge an exercise, and the safe grading of a whole class.

    wire/      what may cross between the tester and a process with a student's code
    child/     what runs beside that code: the warm parent, the sandbox, the runtime
    judging/   what asks and judges: a check's trial, comparisons, verdicts
    course/    a class: what was handed in, by whom and when; the results
    reports/   pages, gradebooks, tables
    exports/   a lab in the formats of other graders

Nothing in `child` can import `judging`, a lab or a check.
"""
