"""Export models of a fixed length in three formats, read each with its own runtime, and print the largest differences.

    python tests/layers/exporting.py FOLDER       # in an environment with onnxruntime and ai-edge-litert

Printed, as JSON: name of a model -> format -> largest difference to the model itself. The models are used and trained
before and between the exports: a graph that was traced for speed must not reach a file.
"""

import json
import os
import sys

import keras
import numpy as np
import onnxruntime
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from seqlab import layers

X = np.random.default_rng(0).normal(size=(2, 6, 3)).astype("float32")
X[:, 4:] = 0


def networks():
    for kind in (layers.SimpleRNN, layers.LSTM, layers.GRU):
        yield kind.__name__, [kind(5)]
    two_ways = keras.layers.Bidirectional(layers.GRU(4, return_sequences=True))
    yield "masked, both ways, two layers", [keras.layers.Masking(), two_ways, layers.LSTM(3)]


def by_onnx(model):
    model.export("model.onnx", format="onnx", verbose=False)
    session = onnxruntime.InferenceSession("model.onnx")
    return session.run(None, {session.get_inputs()[0].name: X})[0]


def by_saved_model(model):
    model.export("saved", verbose=False)
    with open("saved/saved_model.pb", "rb") as file:
        assert b"_XlaMustCompile" not in file.read()
    loaded = tf.saved_model.load("saved")
    return loaded.serve(X).numpy()


def by_litert(model):
    model.export("model.tflite", format="litert", verbose=False)
    reader = Interpreter("model.tflite")
    where = reader.get_input_details()[0]["index"]
    reader.resize_tensor_input(where, X.shape)
    reader.allocate_tensors()
    reader.set_tensor(where, X)
    reader.invoke()
    return reader.get_tensor(reader.get_output_details()[0]["index"])


def main():
    os.chdir(sys.argv[1])
    found = {}
    for name, stack in networks():
        model = keras.Sequential([keras.Input(X.shape[1:]), *stack])
        found[name] = {}
        for export in (by_onnx, by_saved_model, by_litert):
            model.compile("sgd", "mse")
            model.fit(X, model(X), verbose=0)
            want = model.predict(X, verbose=0)
            found[name][export.__name__] = float(np.abs(export(model) - want).max())
    print(json.dumps(found))


if __name__ == "__main__":
    main()
