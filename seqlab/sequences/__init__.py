"""Sequences: what text, music and series share, whatever their steps are made of.

| from | to | module |
|--|--|--|
| a text | its words and marks | `cutting` |
| characters, words, musical tokens | ids, and back | `vocabulary` |
| sequences of different lengths | batches of like lengths, padded | `batches`; as a `tf.data` pipeline, `pipeline` |
| nothing | the adding problem, for memories | `adding` |
| nothing | a price, a brain wave, a pen, for pictures | `wild` |
| matplotlib's fonts | images of digits | `digits` |
| one long sequence | windows to learn from, windows to be measured on | `windows` |

Only the pipeline needs TensorFlow, and imports it when it is called.
"""

from seqlab.sequences.adding import ADDING_CHANCE, adding_problem
from seqlab.sequences.batches import bucketed, pad, rounded
from seqlab.sequences.cutting import words
from seqlab.sequences.digits import FONTS, printed_digits
from seqlab.sequences.pipeline import by_length, dataset
from seqlab.sequences.vocabulary import PAD, SPECIAL, UNK, Vocabulary
from seqlab.sequences.wild import brain_wave, pen_strokes, price
from seqlab.sequences.windows import end_to_end, random_windows

__all__ = [
    "ADDING_CHANCE",
    "FONTS",
    "PAD",
    "SPECIAL",
    "UNK",
    "Vocabulary",
    "adding_problem",
    "brain_wave",
    "bucketed",
    "by_length",
    "dataset",
    "end_to_end",
    "pad",
    "pen_strokes",
    "price",
    "printed_digits",
    "random_windows",
    "rounded",
    "words",
]
