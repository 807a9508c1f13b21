"""A model that composes dance tunes: musical tokens in, the next token out, and only what fits the bar if asked.

| from | to | module |
|--|--|--|
| tokens of a tune | what a player knows at each: place in the bar, bar of the part, meter, key | `following` |
| rows of these | logits of the next token | `model` |
| training tunes | a trained model; held-out bits, beside those of counting | `learning` |
| a model, a key, an opening | tunes | `writing`, `opening` |
| the command line | files | `command`, with the trained model kept by `shipped` |
"""

from seqlab.lazy import lazy

# public name -> the module of this folder that holds it
__all__, __getattr__, __dir__ = lazy(
    __name__,
    {
        "Follower": "following",
        "TuneModel": "model",
        "held_out_nats": "learning",
        "learn": "learning",
        "ngram_score": "learning",
        "opening_tokens": "opening",
        "score": "learning",
        "shipped_model": "shipped",
        "vocabulary_of": "learning",
        "write": "writing",
    },
)
