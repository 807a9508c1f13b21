"""The map of the course is read off the labs' folders."""

from seqlab.concepts import CONCEPTS, map_of_the_course
from seqlab.exercises import all_labs, find_lab


def test_every_cell_is_an_exercise_of_that_lab_or_its_text():
    found = map_of_the_course()
    assert list(found) == list(CONCEPTS)
    exercises = {lab.id: {*lab.exercises, "section"} for lab in all_labs()}
    assert all(name in exercises[lab] for row in found.values() for lab, name in row.items())


def test_known_cells():
    found = map_of_the_course([find_lab("lab1"), find_lab("lab2"), find_lab("lab8")])
    assert found["one-hot"]["lab1"] == "one_hot"
    assert found["fixed window"]["lab1"] == "fixed_window"
    assert found["RNN cell"]["lab2"] == "rnn_step"
    assert found["unrolled through time"]["lab2"] == "unroll"
    assert found["recursive networks (trees)"] == {"lab8": "tree_rnn"}
