"""The training loop: its step, its checkpoint, and every way it can end."""

import os
import signal

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqlab.errors import SeqlabError
from seqlab.models import History, held_out_loss, random_windows, train, train_step

TEXT = np.tile([0, 1, 2, 3, 1], 60)


def xent(y, logits):
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits))


def small_model(units=5):
    keras.utils.set_random_seed(3)
    return keras.Sequential(
        [
            keras.layers.Embedding(4, 3),
            keras.layers.GRU(units, return_sequences=True),
            keras.layers.Dropout(0.2, seed=1),
            keras.layers.Dense(4),
        ]
    )


def run(steps, model=None, step=train_step, **options):
    model = model or small_model()
    optimizer = options.pop("optimizer", None) or keras.optimizers.Adam(0.02)
    options = {"progress": False, "every": 4} | options
    batches = options.pop("batches", random_windows(TEXT, 8, 3))
    return model, optimizer, train(step, model, optimizer, xent, batches, steps, **options)


def weights(model):
    return [np.asarray(v) for v in model.variables]


def test_learns_a_pattern_and_measures_it_held_out():
    model = small_model(12)
    measure = held_out_loss(model, TEXT[:50], length=16)
    before = measure()
    _, _, history = run(60, model, validate=measure, every=30)
    assert before > 1.2 > 0.5 > history.val_loss[-1] == pytest.approx(measure())
    assert history.val_steps == [30, 60]
    assert len(history.loss) == 60
    assert "60 steps" in repr(history)


def test_a_resumed_run_is_the_uninterrupted_one(tmp_path):
    def dropout_step(model, optimizer, loss_fn, x, y, clip):
        return train_step(lambda_model(model), optimizer, loss_fn, x, y, clip)

    def lambda_model(model):
        class Training:
            trainable_variables = model.trainable_variables

            def __call__(self, x):
                return model(x, training=True)

        return Training()

    whole, whole_optimizer, history = run(11, step=dropout_step)
    run(6, step=dropout_step, checkpoint=tmp_path / "run.npz")
    # other initial weights, another batch seed, an optimizer that was used: all of it must come from the file
    keras.utils.set_random_seed(99)
    again = small_model()
    again.build((None, None))
    again.set_weights([w + 1 for w in again.get_weights()])
    again, optimizer, resumed = run(11, again, step=dropout_step, checkpoint=tmp_path / "run.npz", resume=True, seed=7)
    assert resumed.loss == history.loss
    for a, b in zip(weights(whole), weights(again), strict=True):
        np.testing.assert_array_equal(a, b)
    for a, b in zip(whole_optimizer.variables, optimizer.variables, strict=True):
        np.testing.assert_array_equal(np.asarray(a), np.asarray(b))


def test_the_norm_of_all_gradients_is_clipped():
    model = keras.Sequential([keras.layers.Dense(1)])
    model.build((None, 1))
    model.set_weights([np.ones((1, 1)), np.zeros(1)])
    x, y = tf.constant([[2.0]]), tf.constant([[0.0]])
    loss = train_step(model, keras.optimizers.SGD(0.1), lambda y, p: tf.reduce_mean((y - p) ** 2), x, y, 1.0)
    assert float(loss) == pytest.approx(4)
    np.testing.assert_allclose([w.item() for w in weights(model)], [0.910557, -0.044721], atol=1e-6)


def test_a_step_that_cannot_be_traced_runs_as_python(capsys):
    def step(model, optimizer, loss_fn, x, y, clip):
        return train_step(model, optimizer, loss_fn, x, y, clip).numpy().item()

    _, _, history = run(5, step=step)
    said = capsys.readouterr().out
    _, _, compiled = run(5)
    np.testing.assert_allclose(history.loss, compiled.loss, rtol=1e-4)
    assert said.count("\n") == 1
    assert "cannot be compiled" in said


def test_nan_stops_with_a_sentence_and_spares_the_checkpoint(tmp_path):
    def step(model, optimizer, loss_fn, x, y, clip):
        loss = train_step(model, optimizer, loss_fn, x, y, clip)
        return tf.where(optimizer.iterations > 5, float("nan"), loss)

    with pytest.raises(SeqlabError, match=r"at step 6; got nan.*learning rate"):
        run(10, step=step, checkpoint=tmp_path / "run.npz")
    _, optimizer, history = run(4, checkpoint=tmp_path / "run.npz", resume=True)
    assert len(history.loss) == 4 == int(optimizer.iterations)
    assert np.isfinite(history.loss).all()


def test_ctrl_c_keeps_history_and_checkpoint(tmp_path, capsys):
    windows = random_windows(TEXT, 8, 3)
    calls = iter(range(100))

    def pressed(rng):
        if next(calls) == 7:  # one call is for the shape
            os.kill(os.getpid(), signal.SIGINT)
        return windows(rng)

    handler = signal.getsignal(signal.SIGINT)
    _, _, history = run(11, batches=pressed, checkpoint=tmp_path / "run.npz")
    assert history.interrupted
    assert len(history.loss) == 7
    assert "after step 7 of 11" in capsys.readouterr().out
    assert signal.getsignal(signal.SIGINT) is handler
    _, _, resumed = run(11, checkpoint=tmp_path / "run.npz", resume=True)
    _, _, whole = run(11)
    assert resumed.loss == whole.loss
    assert not resumed.interrupted


def test_an_interrupt_while_a_batch_is_drawn_loses_nothing(tmp_path):
    windows = random_windows(TEXT, 8, 3)
    calls = iter(range(100))

    def raising(rng):
        batch = windows(rng)
        if next(calls) == 6:
            raise KeyboardInterrupt
        return batch

    _, _, history = run(11, batches=raising, checkpoint=tmp_path / "run.npz")
    assert len(history.loss) == 5
    _, _, resumed = run(11, checkpoint=tmp_path / "run.npz", resume=True)
    assert resumed.loss == run(11)[2].loss


@pytest.mark.parametrize("damage", ["model", "optimizer", "kind", "none", "cut"])
def test_a_checkpoint_that_does_not_fit_changes_nothing(tmp_path, damage):
    path = tmp_path / "run.npz"
    run(4, checkpoint=path)
    model, optimizer = small_model(6 if damage == "model" else 5), keras.optimizers.Adam(0.02)
    model.build((None, None))
    if damage == "optimizer":
        optimizer = keras.optimizers.SGD(0.02)
    elif damage == "kind":
        np.savez(path, a=np.zeros(3))
    elif damage == "none":
        path = tmp_path / "other.npz"
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:500])
    before = weights(model)
    with pytest.raises(SeqlabError, match="checkpoint"):
        run(8, model, optimizer=optimizer, checkpoint=path, resume=True)
    for a, b in zip(before, weights(model), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_failed_write_leaves_the_old_checkpoint(tmp_path, monkeypatch):
    path = tmp_path / "run.npz"
    run(4, checkpoint=path)
    before = path.read_bytes()

    def full_disk(file, **arrays):
        file.write(b"half")
        raise OSError("no space left")

    monkeypatch.setattr(np, "savez", full_disk)
    with pytest.raises(OSError, match="no space"):
        run(4, checkpoint=path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["run.npz"]


def test_progress_goes_to_standard_output(capsys):
    run(3, progress=True)
    shown = capsys.readouterr()
    assert "3/3" in shown.out
    assert "loss" in shown.out
    assert not shown.err


@pytest.mark.parametrize("options", [{"steps": 0}, {"steps": 4, "every": 0}, {"steps": 4, "resume": True}])
def test_senseless_requests(options):
    with pytest.raises(SeqlabError):
        run(**options)


@pytest.mark.parametrize("ids", [[1, 2, 3], [0.5] * 20, [[1, 2]] * 9])
def test_windows_want_a_long_vector_of_ids(ids):
    with pytest.raises(SeqlabError):
        random_windows(ids, 8, 3)


def test_held_out_loss_counts_every_character_once():
    model = small_model()
    ids = TEXT[:47]

    def by_hand(x, y):
        return -np.log(np.take_along_axis(np.asarray(keras.ops.softmax(model(x[None])[0])), y[:, None], 1)).sum()

    cut = range(0, 46, 10)
    expected = sum(by_hand(ids[:-1][i : i + 10], ids[1:][i : i + 10]) for i in cut) / 46
    assert held_out_loss(model, ids, length=10, batch=3)() == pytest.approx(expected, rel=1e-5)


def test_history_is_plain_data():
    assert History().loss == []


def test_a_step_that_cannot_use_a_sparse_gradient_is_replaced_and_told_so(capsys):
    def by_hand(model, optimizer, loss_fn, x, y, clip):
        with tf.GradientTape() as tape:
            loss = loss_fn(y, model(x))
        gradients = tape.gradient(loss, model.trainable_variables)
        norm = tf.sqrt(sum(tf.reduce_sum(g * g) for g in gradients))
        optimizer.apply_gradients(
            [(g * clip / tf.maximum(norm, clip), v) for g, v in zip(gradients, model.trainable_variables, strict=True)]
        )
        return loss

    _, _, history = run(40, small_model(12), by_hand)
    assert history.loss[-1] < history.loss[0]
    assert "convert_to_tensor" in capsys.readouterr().out


def test_held_out_loss_of_a_model_that_wants_to_know_its_sizes():
    keras.utils.set_random_seed(2)
    model = keras.Sequential(
        [
            keras.layers.Embedding(4, 3),
            keras.layers.RNN(keras.layers.LSTMCell(5), return_sequences=True),
            keras.layers.TimeDistributed(keras.layers.Dense(4)),
        ]
    )
    ids = TEXT[:58]
    expected = [float(xent(ids[None, i + 1 : i + 9], model(ids[None, i : i + 8]))) for i in range(0, 56, 8)]
    last = float(xent(ids[None, 57:], model(ids[None, 56:57])))
    assert held_out_loss(model, ids, length=8, batch=3, loss_fn=xent)() == pytest.approx(
        (8 * sum(expected) + last) / 57, rel=1e-5
    )
