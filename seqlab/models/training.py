"""The training loop: everything around a training step that is not the training step.

It is given the step (a student's own, or `train_step` below) and adds what a long run needs: a compiled
graph, progress, a history, checkpoints to go on from, and an end that loses nothing.
"""

import math
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TypeAlias

import keras
import numpy as np
import tensorflow as tf
from tqdm import tqdm

from seqlab.errors import SeqlabError
from seqlab.layers.arithmetic import TensorLike
from seqlab.models import checkpoint as checkpoints
from seqlab.models.interrupting import stop_between_steps
from seqlab.models.tracing import Loss, Step, traced

Batches: TypeAlias = Callable[[np.random.Generator], tuple[TensorLike, TensorLike]]  # a generator -> x, y


@dataclass
class History:
    """What a run measured. Losses in nats.

    loss: of each step, on its training batch, before the update. val_steps, val_loss: after how many steps
    the held-out loss was taken, and what it was. seconds: time in the loop, over all sittings.
    interrupted: whether the last sitting was stopped by hand.
    """

    loss: list[float] = field(default_factory=list)
    val_steps: list[int] = field(default_factory=list)
    val_loss: list[float] = field(default_factory=list)
    seconds: float = 0.0
    interrupted: bool = False

    def __repr__(self) -> str:
        ends = f", loss {self.loss[0]:.3f} -> {np.mean(self.loss[-20:]):.3f}" if self.loss else ""
        held_out = f", held out {self.val_loss[-1]:.3f}" if self.val_loss else ""
        stopped = ", stopped by hand" if self.interrupted else ""
        return f"<{len(self.loss)} steps in {self.seconds:.0f} s{ends}{held_out} nats{stopped}>"


def train_step(
    model: keras.Model, optimizer: keras.Optimizer, loss_fn: Loss, x: TensorLike, y: TensorLike, clip: float
) -> tf.Tensor:
    """One gradient step, with the gradient scaled down to the global norm `clip` if it is longer.

    Args:
        model: a Keras model; x, y: one batch; loss_fn: `(y, model(x)) -> scalar`.
        clip: largest allowed length of all gradients taken as one vector (Pascanu et al. 2013).

    Returns:
        the loss before the update, a scalar tensor.
    """
    with tf.GradientTape() as tape:
        loss = loss_fn(y, model(x))
    gradients = tape.gradient(loss, model.trainable_variables)
    gradients, _ = tf.clip_by_global_norm(gradients, clip)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
    return loss


def train(
    step: Step,
    model: keras.Model,
    optimizer: keras.Optimizer,
    loss_fn: Loss,
    batches: Batches,
    steps: int,
    *,
    clip: float = 1.0,
    validate: Callable[[], float] | None = None,
    every: int = 100,
    patience: int | None = None,
    checkpoint: str | Path | None = None,
    resume: bool = False,
    seed: int = 0,
    progress: bool = True,
) -> History:
    """Repeat a training step, watch it, and be able to go on later.

    Args:
        step: `step(model, optimizer, loss_fn, x, y, clip) -> loss`, the loss a scalar tensor or number. It
            runs as one graph if TensorFlow can trace it, and otherwise as plain Python, which is said. One that
            cannot use the sparse gradient of an Embedding is replaced by `train_step`, which is said too.
        model, optimizer: of Keras; both keep what they have learnt. loss_fn: handed to the step.
        batches: `batches(rng) -> x, y`, a batch drawn with the NumPy generator it is given.
        steps: how many steps in all, those of a resumed checkpoint included.
        clip: handed to the step, which clips.
        validate: `() -> float`, the held-out loss in nats, taken every `every` steps and at the end.
        patience: end early, after so many held-out losses in a row that brought nothing below the lowest.
        checkpoint: file to write every `every` steps and at the end. resume: go on from that file: the run
            is then the same, number for number, as one that was never interrupted.
        seed: of the batches.
        progress: show a bar with the losses and the time left, on standard output.

    Returns:
        the history, also when the run is stopped by Ctrl-C (in a notebook: Interrupt); then the step under
        way is finished, the checkpoint is written, and what was learnt stays in the model.

    Raises:
        SeqlabError: the loss is no longer a number, or the checkpoint does not fit. A loss that is not a
            number never reaches the checkpoint.
    """
    if steps < 1 or every < 1:
        raise SeqlabError("steps and every are 1 or more", got=f"steps={steps}, every={every}")
    if resume and checkpoint is None:
        raise SeqlabError("resume needs the file to go on from", fix="pass checkpoint='run.npz' as well")
    x, y = _tensors(batches(np.random.default_rng(seed)))  # only for its shape: it is drawn again
    if not model.built:
        model(x)
    optimizer.build(model.trainable_variables)
    run = _Run(model, optimizer, seed, checkpoint)
    if resume and checkpoint is not None:
        run.go_on(checkpoint)
    history = run.history
    take_step = traced(step, train_step, model, optimizer, loss_fn, x, y, clip)

    def finished() -> bool:
        return len(history.loss) >= steps or _enough(history.val_loss, patience)

    run.begin()
    with _bar(len(history.loss), steps, progress) as bar, stop_between_steps() as stop:
        try:
            while not finished() and not stop.asked:
                run.learn(take_step, batches)
                bar.set_postfix_str(_losses(history), refresh=False)
                bar.update()
                due = len(history.loss) % every == 0 or len(history.loss) == steps
                if due and validate is not None:
                    run.measure(validate)
                    bar.set_postfix_str(_losses(history), refresh=True)
                if due:
                    run.keep()
            history.interrupted = not finished()
        except KeyboardInterrupt:  # one that did not come as a signal, or the second one
            history.interrupted = True
    if history.interrupted:
        run.keep()
        again = "" if checkpoint is None else f" Resume it from {checkpoint}."
        print(f"Stopped after step {len(history.loss)} of {steps}.{again}")
    return history


class _Run:
    """A run: what it learns with, what it has measured, and the file that it can go on from."""

    def __init__(
        self, model: keras.Model, optimizer: keras.Optimizer, seed: int, checkpoint: str | Path | None
    ) -> None:
        self.model, self.optimizer, self.checkpoint = model, optimizer, checkpoint
        self.rng = np.random.default_rng(seed)
        self.history = History()

    def go_on(self, checkpoint: str | Path) -> None:
        """Take up the run that the file holds."""
        self.rng.bit_generator.state, saved = checkpoints.restore(checkpoint, self.model, self.optimizer)
        self.history = History(**saved | {"interrupted": False})

    def begin(self) -> None:
        """From here the time of this sitting counts."""
        self.before, self.began = self.history.seconds, time.perf_counter()
        self.drawn = self.rng.bit_generator.state  # after the last finished step

    def learn(self, take_step: Callable[[tf.Tensor, tf.Tensor], tf.Tensor | float], batches: Batches) -> None:
        """One step on the next batch."""
        loss = float(tf.reduce_mean(take_step(*_tensors(batches(self.rng)))))
        _check(loss, len(self.history.loss) + 1, self.checkpoint)
        self.history.loss.append(loss)
        self.drawn = self.rng.bit_generator.state

    def measure(self, validate: Callable[[], float]) -> None:
        """Take the held-out loss."""
        self.history.val_loss.append(float(validate()))
        self.history.val_steps.append(len(self.history.loss))

    def keep(self) -> None:
        """Write the file, as of the last finished step."""
        self.history.seconds = self.before + time.perf_counter() - self.began
        if self.checkpoint is not None:
            checkpoints.save(self.checkpoint, self.model, self.optimizer, self.drawn, asdict(self.history))


def _tensors(batch: tuple[TensorLike, TensorLike]) -> tuple[tf.Tensor, ...]:
    return tuple(tf.convert_to_tensor(a) for a in batch)


def _enough(val_loss: list[float], patience: int | None) -> bool:
    """Whether the last `patience` held-out losses brought nothing below the lowest before them."""
    return patience is not None and len(val_loss) > patience and min(val_loss[-patience:]) >= min(val_loss[:-patience])


def _check(loss: float, number: int, checkpoint: str | Path | None) -> None:
    if not math.isfinite(loss):
        kept = "" if checkpoint is None else f", and go on from {checkpoint}, which was written before"
        raise SeqlabError(
            f"a training loss is a finite number; at step {number}",
            got=str(loss),
            fix=f"lower the learning rate or the clipping norm{kept}",
        )


def _losses(history: History) -> str:
    text = f"loss {np.mean(history.loss[-20:]):.3f}"
    return f"{text}, held out {history.val_loss[-1]:.3f}" if history.val_loss else text


def _bar(done: int, steps: int, show: bool) -> tqdm:
    """A plain text bar: it needs no widgets, and standard output is not red in a notebook."""
    return tqdm(
        total=steps,
        initial=done,
        disable=not show,
        file=sys.stdout,
        mininterval=1.0,
        maxinterval=2.0,
        bar_format="{n}/{total} |{bar:8}| {remaining} left{postfix}",  # what matters within 60 columns
    )
