"""The autograder: exercises, the checks that judge them, and the safe grading of a whole class.

`trial` is what a check is written with, `exercise` declares one; `runtime` runs the student's code and
`judge` brings the two together. What crosses between them is data (`values`).
"""
