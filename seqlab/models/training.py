"""The training loop: everything around a training step that is not the training step.

It is given the step (a student's own, or `train_step` below) and adds what a long run needs: a compiled
graph, progress, a history, checkpoints to go on from, and an end that loses nothing.
"""

import math
import signal
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from seqlab.errors import SeqlabError
from seqlab.models import checkpoint as checkpoints


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


def train_step(model, optimizer, loss_fn, x, y, clip: float):
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
    step,
    model,
    optimizer,
    loss_fn,
    batches,
    steps: int,
    *,
    clip: float = 1.0,
    validate=None,
    every: int = 100,
    patience: int | None = None,
    checkpoint=None,
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
    rng = np.random.default_rng(seed)
    fresh = rng.bit_generator.state
    x, y = (tf.convert_to_tensor(a) for a in batches(rng))
    rng.bit_generator.state = fresh  # that batch was only for its shape
    if not model.built:
        model(x)
    optimizer.build(model.trainable_variables)
    history = History()
    if resume:
        rng.bit_generator.state, saved = checkpoints.restore(checkpoint, model, optimizer)
        history = History(**saved | {"interrupted": False})
    run = _compiled(step, model, optimizer, loss_fn, x, y, clip)

    before, began = history.seconds, time.perf_counter()
    drawn = rng.bit_generator.state  # after the last finished step

    def keep():
        history.seconds = before + time.perf_counter() - began
        if checkpoint is not None:
            checkpoints.save(checkpoint, model, optimizer, drawn, asdict(history))

    def finished():
        return len(history.loss) >= steps or _enough(history.val_loss, patience)

    with _bar(len(history.loss), steps, progress) as bar, _stop_between_steps() as stop:
        try:
            while not finished() and not stop.asked:
                loss = float(tf.reduce_mean(run(*(tf.convert_to_tensor(a) for a in batches(rng)))))
                _check(loss, len(history.loss) + 1, checkpoint)
                history.loss.append(loss)
                drawn = rng.bit_generator.state
                bar.set_postfix_str(_losses(history), refresh=False)
                bar.update()
                due = len(history.loss) % every == 0 or len(history.loss) == steps
                if due and validate is not None:
                    history.val_loss.append(float(validate()))
                    history.val_steps.append(len(history.loss))
                    bar.set_postfix_str(_losses(history), refresh=True)
                if due:
                    keep()
            history.interrupted = not finished()
        except KeyboardInterrupt:  # one that did not come as a signal, or the second one
            history.interrupted = True
    if history.interrupted:
        keep()
        again = "" if checkpoint is None else f" Resume it from {checkpoint}."
        print(f"Stopped after step {len(history.loss)} of {steps}.{again}")
    return history


def _compiled(step, model, optimizer, loss_fn, x, y, clip):
    """The step as one graph; or, where it cannot be traced, the step itself around a compiled model."""
    graph = tf.function(lambda x, y: step(model, optimizer, loss_fn, x, y, clip))
    try:
        result = graph.get_concrete_function(x, y).structured_outputs
        if not tf.is_tensor(result):
            raise TypeError("the loss left the graph")
        return graph
    except Exception as error:  # whatever a student's step does: float(loss), loss.numpy(), print(...)
        if "IndexedSlices" in str(error):
            print(
                "This training step does arithmetic on the gradient of an Embedding, which TensorFlow keeps sparse: "
                "tf.convert_to_tensor(g) makes it dense. The training goes on with seqlab's own step."
            )
            return _compiled(train_step, model, optimizer, loss_fn, x, y, clip)
        forward = _CompiledForward(model)
        try:
            forward(x)  # the step's own Python may be all that cannot be traced
        except Exception:  # the model has some too
            forward = model
        print(f"The training step cannot be compiled ({_reason(error)}): it runs as plain Python, more slowly.")
        return lambda x, y: step(forward, optimizer, loss_fn, x, y, clip)


def _reason(error: Exception) -> str:
    """The line of a message that says something: Keras adds a list of arguments, TensorFlow its traceback."""
    lines = [line.strip() for line in str(error).splitlines()]
    said = [line for line in lines if line and not line.startswith(("•", "File ", "Arguments received"))]
    return (said or [type(error).__name__])[-1][:90]


class _CompiledForward:
    """Stands for a model; only its call is compiled. Everything else is the model's own."""

    def __init__(self, model):
        self.__dict__.update(_model=model, _forward=tf.function(model))

    def __call__(self, *args, **kwargs):
        return self._forward(*args, **kwargs)

    def __getattr__(self, name):
        return getattr(self._model, name)

    def __setattr__(self, name, value):
        setattr(self._model, name, value)


def _enough(val_loss: list[float], patience: int | None) -> bool:
    """Whether the last `patience` held-out losses brought nothing below the lowest before them."""
    return patience is not None and len(val_loss) > patience and min(val_loss[-patience:]) >= min(val_loss[:-patience])


def _check(loss: float, number: int, checkpoint) -> None:
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


def _bar(done: int, steps: int, show: bool):
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


@contextmanager
def _stop_between_steps():
    """Ctrl-C waits for the end of the step: weights, optimizer and history then agree. Twice: at once."""

    class Stop:
        asked = False

    def ask(number, frame):
        if Stop.asked:
            raise KeyboardInterrupt
        Stop.asked = True

    if threading.current_thread() is not threading.main_thread():
        yield Stop
        return
    handler = signal.signal(signal.SIGINT, ask)
    try:
        yield Stop
    finally:
        signal.signal(signal.SIGINT, handler)
