"""Classifying sentences: words in, a probability for each class out.

Each name is imported from its module when it is first used, so that counting words needs no TensorFlow.
"""

from seqlab.lazy import lazy

# public name -> the module of this folder that holds it
__all__, __getattr__, __dir__ = lazy(
    __name__,
    {
        "Evaluation": "evaluation",
        "KINDS": "kinds",
        "LogOdds": "log_odds",
        "NGramModel": "ngram_model",
        "TextClassifier": "classifier",
        "TreeNetwork": "networks",
        "balanced": "networks",  # of seqlab.layers
        "build_network": "networks",
        "evaluate": "evaluation",
        "sentiment_loss": "training",
    },
)
