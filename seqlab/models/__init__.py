"""Language models: build one, train it, measure it, let it write.

Each name is imported from its module when it is first used, so that counting n-grams needs no TensorFlow.
"""

from seqlab.lazy import lazy

# public name -> the module of this folder that holds it
__all__, __getattr__, __dir__ = lazy(
    __name__,
    {
        "History": "training",
        "LanguageModel": "language_model",
        "Stepper": "stepping",
        "beam_search": "generation",
        "draw": "sampling",
        "generate": "generation",
        "held_out_loss": "held_out",
        "ngram_loss": "ngram",
        "random_windows": "windows",  # of seqlab.sequences; kept here for one release
        "step_by_step": "stepping",
        "train": "training",
        "train_step": "training",
    },
)
