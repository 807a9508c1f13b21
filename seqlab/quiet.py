"""Import TensorFlow without the lines that it prints before anything can be told to be quiet."""

import os
import sys

__all__ = ["import_tensorflow"]


def import_tensorflow() -> None:
    """Import TensorFlow and Keras; what their C++ side says about missing graphics cards is not shown.

    The log level is set only where the user has not set it. Errors of the import itself are raised as ever.
    """
    if "tensorflow" in sys.modules:
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    kept = os.dup(2)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        import keras  # noqa: F401
        import tensorflow as tf

        if not os.path.exists("/proc/driver/nvidia/version"):
            tf.config.list_physical_devices(
                "GPU"
            )  # here it notes, in red, that there is none; else at the first operation
        tf.get_logger().setLevel("ERROR")  # advice on retracing is of no use to who checks an answer twice
    finally:
        os.dup2(kept, 2)
        os.close(kept)
