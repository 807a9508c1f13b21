"""The best weights of a run: measured after each pass, kept, and put back at its end."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from seqlab.errors import SeqlabError
from seqlab.whole import beside


class BestWeights:
    """Measures a network after each pass, and keeps the weights with the lowest held-out loss.

    Where the optimizer averages the weights (`use_ema`), the averages are what is measured and kept.

    Args:
        network, optimizer: of the run. checkpoint: the run's file; the best weights are then kept beside it.
    """

    def __init__(self, network: keras.Model, optimizer: keras.Optimizer, checkpoint: str | Path | None) -> None:
        self.network, self.optimizer = network, optimizer
        self.loss = np.inf
        self.weights: list[np.ndarray] | None = None
        self.file = None if checkpoint is None else Path(f"{checkpoint}.best.npz")

    def validate(self, held_out_loss: Callable[[], float]) -> float:
        """The held-out loss, in nats, of the network or its averages."""
        own = self.network.get_weights()
        self.optimizer.finalize_variable_values(self.network.trainable_variables)  # the moving averages
        loss = held_out_loss()
        if loss < self.loss:
            self.loss, self.weights = loss, (weights := self.network.get_weights())
            if self.file is not None:
                with beside(self.file) as place:
                    np.savez(place, loss=loss, **{f"w{i}": w for i, w in enumerate(weights)})
        self.network.set_weights(own)
        return loss

    def read(self) -> None:
        """What an earlier sitting found best."""
        if self.file is None or not self.file.is_file():
            return
        try:
            with open(self.file, "rb") as opened, np.load(opened, allow_pickle=False) as saved:
                loss, weights = float(saved["loss"]), [saved[f"w{i}"] for i in range(len(saved.files) - 1)]
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise SeqlabError(
                f"{self.file} holds the best weights so far",
                got="a file of another kind, or a damaged one",
                fix="train with resume=False",
            ) from error
        self.loss, self.weights = loss, weights

    def put_back(self) -> None:
        """Give the network the best weights; the averages so far, where no pass was finished."""
        if self.weights is None:
            self.optimizer.finalize_variable_values(self.network.trainable_variables)
        else:
            self.network.set_weights(self.weights)
