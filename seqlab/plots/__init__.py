"""The pictures that labs share. Each name is imported from its module when it is first used."""

from seqlab.lazy import lazy

# public name -> the module of this folder that holds it
__all__, __getattr__, __dir__ = lazy(
    __name__,
    {
        "causality_map": "characters",
        "dots": "characters",
        "evaluation_picture": "sentiment",
        "gate_raster": "gates",
        "gradient_flow": "gates",
        "influence_bars": "recurrence",
        "loss_curve": "loss",
        "parameter_growth": "recurrence",
        "shares": "characters",
        "shifted_window": "characters",
        "similarities": "sentiment",
        "softmax_columns": "recurrence",
        "temperature_bars": "characters",
        "traced_graph": "recurrence",
        "two_accuracies": "sentiment",
        "two_way_influence": "sentiment",
        "unrolled_graph": "recurrence",
        "verdicts": "sentiment",
        "word_trace": "sentiment",
    },
)
