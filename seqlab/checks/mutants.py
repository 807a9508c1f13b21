"""Wrong answers made of wrong references, where the answer is a layer or draws: the tests let them take the exercise."""

from collections.abc import Callable
from typing import Any

import numpy as np

from seqlab.autograder.judging.exercise import Kept
from seqlab.autograder.judging.twins import Weight


class PlainLayer:
    """A layer in NumPy with the named weights, at random; `values()` are what they hold."""

    built = True

    def __init__(self, **shapes: tuple[int, ...]):
        rng = np.random.default_rng(1)
        self.names = list(shapes)
        for name, shape in shapes.items():
            setattr(self, name, Weight(name, rng.standard_normal(shape).astype("float32")))

    @property
    def weights(self) -> list[Weight]:
        return [getattr(self, name) for name in self.names]

    trainable_weights = weights

    def values(self) -> dict[str, np.ndarray]:
        return {name: getattr(self, name).value for name in self.names}


def layer_answers(shapes: Callable[..., dict[str, tuple[int, ...]]]) -> Callable[[Callable[..., Any]], type]:
    """Makes a class of a wrong reference f(*inputs, *weights), or of a `Kept`: its weights are of `shapes(*sizes)`."""

    def answer(wrong: Callable[..., Any] | Kept) -> type:
        class Layer(PlainLayer):
            def __init__(self, *sizes: int):
                super().__init__(**shapes(*sizes))
                self.calls: list[tuple[Any, ...]] = []

            def __call__(self, *inputs: Any) -> Any:
                self.calls.append((*inputs, *self.values().values()))
                return wrong.wrong(self.calls) if isinstance(wrong, Kept) else wrong(*self.calls[-1])

        return Layer

    return answer


def sampling_answer(p: Callable[..., Any]) -> Callable[..., Any]:
    """Makes an answer (logits, temperature, n, seed) -> n ids of a wrong reference p(logits, temperature), probabilities."""

    def answer(logits: np.ndarray, temperature: float, n: int, seed: int) -> np.ndarray:
        return np.random.default_rng(seed).choice(len(logits), n, p=p(logits, temperature))

    return answer
