"""Text: sentences with labels, sentences with translations, order-contrast pairs, and encodings from before RNNs.

Words, ids and batches are in `seqlab.sequences`; those that were here are kept by their names for one release.
"""

from seqlab.sequences import bucketed, dataset, pad, words  # kept for one release
from seqlab.text.clues import Clues
from seqlab.text.contrast import both_sides, contrast_pairs, made_pairs, plain_sentences
from seqlab.text.cutting import cut, joined
from seqlab.text.encodings import bag_of_words, big_window, fixed_window, one_hot
from seqlab.text.examples import Labelled, Sentences, labelled, leakage, split_by_hash
from seqlab.text.files import read_labelled
from seqlab.text.gaps import with_gaps
from seqlab.text.pairs import Pairs, load_pairs, read_pairs, source_leakage, split_at_random, split_by_source
from seqlab.text.scopes import scoped_sentences, sentiment_of
from seqlab.text.sentences import load_sentences
from seqlab.text.vocabulary import Vocabulary  # kept for one release

__all__ = [
    "Clues",
    "Labelled",
    "Pairs",
    "Sentences",
    "Vocabulary",
    "bag_of_words",
    "big_window",
    "both_sides",
    "bucketed",
    "contrast_pairs",
    "cut",
    "dataset",
    "fixed_window",
    "joined",
    "labelled",
    "leakage",
    "load_pairs",
    "load_sentences",
    "made_pairs",
    "one_hot",
    "pad",
    "plain_sentences",
    "read_labelled",
    "read_pairs",
    "scoped_sentences",
    "sentiment_of",
    "source_leakage",
    "split_at_random",
    "split_by_hash",
    "split_by_source",
    "with_gaps",
    "words",
]
