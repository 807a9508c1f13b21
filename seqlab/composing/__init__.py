"""A model that composes dance tunes: musical tokens in, the next token out, and only what fits the bar if asked.

| from | to | module |
|--|--|--|
| tokens of a tune | what a player knows at each: place in the bar, bar of the part, meter, key | `following` |
| rows of these | logits of the next token | `model` |
| training tunes | a trained model | `training` |
| tunes that it has not met | their bits, beside those of counting | `held_out` |
| a model, a key, an opening | tunes | `writing`, `opening` |
| the first call on a machine | the trained model, then kept | `shipped` |

`seqlab tune` is its command. Each name is imported from its module when it is first used: an opening needs no Keras.
"""

from seqlab.lazy import lazy

__all__, __getattr__, __dir__ = lazy(__name__)
