"""Text: sentences with labels, words and their ids, batches, and how a text was shown to a network before RNNs.

Each name is imported from its module when it is first used, so that a light use stays light.
"""

from seqlab.lazy import lazy

# public name -> the module of this folder that holds it
__all__, __getattr__, __dir__ = lazy(
    __name__,
    {
        "Labelled": "examples",
        "Sentences": "examples",
        "Vocabulary": "vocabulary",
        "bag_of_words": "shown",
        "big_window": "shown",
        "both_sides": "contrast",
        "bucketed": "batches",
        "contrast_pairs": "contrast",
        "dataset": "batches",
        "fixed_window": "shown",
        "labelled": "examples",
        "leakage": "examples",
        "load_sentences": "sentences",
        "made_pairs": "contrast",
        "one_hot": "shown",
        "pad": "batches",
        "plain_sentences": "contrast",
        "read_labelled": "files",
        "split_by_hash": "examples",
        "words": "vocabulary",
    },
)
