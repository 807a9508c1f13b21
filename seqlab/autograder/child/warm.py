"""The warm parent: TensorFlow is imported once, and every submission runs in a fork of this process.

    python -P -m seqlab.autograder.child.warm FD

It is a process of its own: it has never loaded a check, a reference or a seed, so no fork can find one. It
never executes a TensorFlow operation: after one, a fork would hang on threads that it does not have.
"""

import contextlib
import os
import signal
import socket
import struct
import sys

from seqlab.autograder.child import inert, kernel, sandbox
from seqlab.autograder.child.answering import answer_questions
from seqlab.autograder.wire.channel import Channel, Gone


def main(fd: int) -> None:
    """Serve requests on the socket: fork (with the fork's own socket attached) and end."""
    control = socket.socket(fileno=fd)
    sys.argv[:] = sys.orig_argv[:] = [""]  # paths of the instructor's
    import_libraries()
    channel = Channel(control)
    beside = channel.receive()  # what no child may see
    plan = sandbox.prepare(beside)
    channel.send(["ready", plan.line, plan.full])
    inits: dict[int, int] = {}  # a fork's pid -> process 1 of its namespace, or itself
    while True:
        request, files, _, _ = socket.recv_fds(control, 64, 1)
        match request.decode().split():
            case ["fork", cpu]:
                pid, init = fork(plan, files[0], int(cpu))
                inits[pid] = init
                channel.send(pid)
            case ["ended", pid]:
                channel.send(has_ended(int(pid)))
            case ["end", pid]:
                channel.send(end(int(pid), inits.pop(int(pid))))
            case _:
                return


def import_libraries() -> None:
    """Import all that an answer may use, without executing one operation."""
    import IPython.core.inputtransformer2
    import IPython.display  # noqa: F401
    import keras
    import tensorflow as tf  # noqa: F401
    import tqdm.std  # noqa: F401

    from seqlab.autograder.child import runtime, slicing, workbench  # noqa: F401

    _ = keras.layers, keras.losses, keras.optimizers  # they are imported on first use
    assert_cold()


def assert_cold() -> None:
    """TensorFlow's context must not have been started in this process."""
    from tensorflow.python.eager import context

    if context.context()._context_handle is not None:
        raise AssertionError("a TensorFlow operation was executed in the warm parent")


def fork(plan: sandbox.Plan, fd: int, cpu: int) -> tuple[int, int]:
    """Fork a child that answers questions on the socket `fd`: its pid, and that of its namespace's process 1."""
    assert_cold()
    listen, tell = os.pipe()
    pid = os.fork()
    if pid:
        os.close(fd)
        os.close(tell)
        told = os.read(listen, 4)
        os.close(listen)
        return pid, struct.unpack("=i", told)[0] if len(told) == 4 else pid
    try:
        os.setsid()
        sandbox.enter(plan, fd, cpu if cpu >= 0 else None, lambda init: os.write(tell, struct.pack("=i", init)))
        inert.hide_seqlab()
        kernel.stand_in()
        answer_questions(Channel(socket.socket(fileno=fd)))
    except BaseException:  # the tester hung up, the sandbox refused, or the student's code broke the loop
        os._exit(1)
    finally:
        os._exit(0)


def has_ended(pid: int) -> bool:
    """Has a child ended by itself, with all the processes around it? Its status is kept for `end`."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def end(pid: int, init: int) -> int:
    """Kill a child and all that it started; how it had ended by itself: exit status, -signal, 0 if it had not."""
    done, status = os.waitpid(pid, os.WNOHANG)
    if done:
        code = os.waitstatus_to_exitcode(status)
        if init == pid:  # no process of ours around it: what it said is a status, not a signal
            return min(code, 127)
        return 128 - code if code > 128 else code
    for kill in (lambda: os.kill(init, signal.SIGKILL), lambda: os.killpg(pid, signal.SIGKILL)):
        with contextlib.suppress(ProcessLookupError):
            kill()
        if init != pid:
            break  # its end ends every process of the namespace, and the outermost waits for that
    os.waitpid(pid, 0)
    return 0


if __name__ == "__main__":
    try:
        main(int(sys.argv[1]))
    except (Gone, KeyboardInterrupt):
        os._exit(0)
