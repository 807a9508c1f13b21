"""What ran in the student's notebook runs in grading: lab.check and the receipt say 15 of 15, then grading says 15.

Each notebook below is run in a real kernel, the same for all. What it hands in, and the notebook itself, are graded.
"""

import json
from pathlib import Path

import pytest

from seqlab.autograder.course.unit import Grader

HEAD = "def rnn_step(x, h, W_xh, W_hh, b):\n"
BODY = "    return np.tanh(x @ W_xh + h @ W_hh + b)\n"
STEP = HEAD + BODY
SET_UP = 'import seqlab\nlab = seqlab.labs.load("lab2")\nimport numpy as np, tensorflow as tf, keras'
NOTEBOOKS = {
    "plain": [STEP],
    "%%time": [f"%%time\n{STEP}"],
    "%%time below empty lines": [f"\n\n%%time\n{STEP}"],
    "%%capture": [f"%%capture\n{STEP}"],
    "%%capture with a name": [f"%%capture out --no-stderr\nK = 1.0\n{STEP}", f"said = out.stdout\n{HEAD}    said\n{BODY}"],
    "magic in a magic": [f"%%capture\n%%time\n{STEP}"],
    "%time": [f"%time K = np.float32(1.0)\n{HEAD}    x = K * x\n{BODY}"],
    "= %time": [f"K = %time np.float32(1.0)\n{HEAD}    x = K * x\n{BODY}"],
    "%timeit": [STEP, "%timeit -n1 -r1 rnn_step(*[np.ones((1, 1))] * 4, np.ones(1))", "%%timeit -n1 -r1\nsum(range(3))"],
    "= %timeit": [f"taken = %timeit -o -q -n1 -r1 sum(range(9))\n{HEAD}    str(taken.best)\n{BODY}"],
    "line magics": [f"%matplotlib inline\n%load_ext autoreload\n%autoreload 2\n%config InlineBackend.figure_format\n{STEP}"],
    "%pip": [f"%pip --version\n{STEP}"],
    "%pylab": ["%pylab inline", f"{HEAD}    return tanh(dot(x, W_xh) + dot(h, W_hh) + b)"],
    "!": [f"!echo a\n{STEP}"],
    "! on two lines": [f"!echo -n \\\n    a\n{STEP}"],
    "= !": [f"gpu = !echo a\n{HEAD}    gpu.n, gpu.s, list(gpu)\n{BODY}"],
    "= %sx": [f"files = %sx echo a\n{HEAD}    len(files)\n{BODY}"],
    "! inside": [f"{HEAD}    !echo a\n{BODY}"],
    "! in an if": [f"import importlib.util\nif not importlib.util.find_spec('numpy'):\n    %pip install numpy\n{STEP}"],
    "%%bash": ["%%bash\necho a", STEP],
    "%%html": ["%%html\n<b>bold</b>", STEP],
    "%%javascript": ["%%javascript\nlet x = 1;", STEP],
    "%%writefile": [f"%%writefile my_step.py\nimport numpy as np\n{STEP}", "from my_step import rnn_step"],
    "%%writefile of a text": ["%%writefile notes.txt\ndef rnn_step(: no Python", STEP],
    "?": [STEP, "?len\nlen?\nlen??\nrnn_step?"],
    "? beside the answer": [f"?len\n{STEP}"],
    "unknown magics": ["%tensorflow_version 2.x", "%%tensorflow_version\nx = 1", STEP],
    "await": [f"import asyncio\nasync def one():\n    await asyncio.sleep(0.01)\n    return np.float32(1.0)\nK = await one()\n{HEAD}    x = K * x\n{BODY}"],
    "async for": [f"async def ones():\n    yield 1\nasync for K in ones():\n    pass\n{HEAD}    x = K * x\n{BODY}"],
    "indented": ["    " + STEP.replace("\n    ", "\n        ")],
    ">>>": [">>> " + STEP.rstrip().replace("\n", "\n... ")],
    "In [1]:": ["In [1]: " + STEP.rstrip().replace("\n", "\n   ...: ")],
    "a line that begins with %": [f"{HEAD}    seven = (17\n        % 10)\n{BODY}"],
    "display": [f"{HEAD}    display(x)\n    display(x, display_id=True).update(h)\n{BODY}"],
    "IPython.display": [
        "from IPython.display import Audio, HTML, Markdown, clear_output, display\nimport IPython\n"
        f"{HEAD}    clear_output(wait=True)\n    display(HTML('<b>'), Markdown('*'))\n    IPython.display.display(x)\n{BODY}"
    ],
    "get_ipython()": [
        "get_ipython().run_line_magic('matplotlib', 'inline')\nshell = get_ipython()\n"
        f"{HEAD}    assert shell is not None and 'IPKernelApp' in shell.config\n    shell.system('true')\n"
        f"    shell.getoutput('true')\n    assert shell.ev('1 + 1') == 2\n    shell.ex('seen = 1')\n{BODY}"
    ],
    "from IPython import get_ipython": [f"from IPython import get_ipython\n{HEAD}    str(get_ipython())\n{BODY}"],
    "tqdm": [f"from tqdm import tqdm\n{HEAD}    for _ in tqdm(range(2)):\n        pass\n{BODY}"],
    "tqdm.auto": [f"from tqdm.auto import tqdm, trange\n{HEAD}    for _ in trange(2):\n        pass\n{BODY}"],
    "the colab idiom": [
        "try:\n    from google.colab import drive\n    drive.mount('/content/drive')\nexcept ImportError:\n    drive = None\n"
        f"{HEAD}    drive\n{BODY}"
    ],
    "a cell that fails at its end": [f"{STEP}raise ValueError('on purpose')"],
    "a cell that fails at its end, timed": [f"%%time\n{STEP}\n1 / 0"],
    "tf.function": [
        f"    ops = keras.ops\n    @tf.function\n    {HEAD}        if tf.reduce_sum(tf.cast(x, 'float32')) > 1e9:\n            x = x * 0\n"
        "        return ops.tanh(ops.matmul(x, W_xh) + ops.matmul(h, W_hh) + b)"
    ],
    "In and Out": [f"{HEAD}    Out, In\n{BODY}"],
}  # fmt: skip


class Kernel:
    """A real kernel; each notebook finds it as new."""

    def __init__(self, folder):
        from jupyter_client.manager import KernelManager

        self.folder = folder
        self.manager = KernelManager(kernel_name="python3")
        self.manager.start_kernel(cwd=str(folder))
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=120)

    def run(self, code):
        """What a cell prints and shows, as text."""
        said = []

        def note(message):
            content = message["content"]
            said.append(content.get("text", "") + content.get("data", {}).get("text/plain", ""))

        self.client.execute_interactive(code, allow_stdin=False, output_hook=note, timeout=120)
        return "".join(said)

    def end(self, gone=False):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    started = Kernel(tmp_path_factory.mktemp("notebooks"))
    yield started
    started.end()


@pytest.fixture
def points(warm):
    """The points and the message of rnn_step in a file."""

    def grade(data: bytes):
        [result] = [e for e in Grader(lambda: warm).grade(data, "x", 5).exercises if e.exercise == "rnn_step"]
        return result.points, result.message

    return grade


def notebook(cells):
    code = [{"cell_type": "code", "source": cell, "metadata": {}, "outputs": []} for cell in cells]
    return json.dumps({"cells": code, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_what_lab_check_accepted_grading_accepts(name, kernel, points):
    kernel.run("get_ipython().reset(new_session=True)")
    cells = [SET_UP, *NOTEBOOKS[name]]
    for cell in cells:
        kernel.run(cell)
    assert "15 of 15 points" in kernel.run("lab.check(rnn_step)")
    assert "| rnn_step | ✓ passed | 15 / 15 |" in kernel.run("lab.submit('handin.json')")
    assert points(notebook([*cells, "lab.check(rnn_step)"])) == (15, "")
    handin = (kernel.folder / "handin.json").read_bytes()
    assert points(handin) == (15, "")
    kept = json.loads(handin)["cells"]
    assert [cell for cell in NOTEBOOKS[name] if cell.rstrip("\n") not in kept] == []  # as they were typed


OLD = {  # as IPython's `In` has them, and earlier hand-ins
    "%%time": f"get_ipython().run_cell_magic('time', '', {STEP!r})",
    "%%capture": f"get_ipython().run_cell_magic('capture', 'out', {STEP!r})",
    "in the midst": f"get_ipython().run_line_magic('matplotlib', 'inline')\ngpu = get_ipython().getoutput('ls')\n{STEP}",
    "line": f"get_ipython().run_line_magic('time', 'K = 1.0')\n{HEAD}    x = K * x\n{BODY}",
}  # fmt: skip


@pytest.mark.parametrize("name", OLD)
def test_an_earlier_hand_in_is_read_right(name, points):
    content = {"format": "seqlab hand-in 1", "lab": "lab2", "cells": [SET_UP, OLD[name], "lab.submit()"]}
    assert points(json.dumps(content).encode()) == (15, "")


ELSEWHERE = {  # what the tests' kernel has not: Colab, and ipywidgets
    "tqdm.notebook": f"from tqdm.notebook import tqdm, trange\n{HEAD}    for _ in tqdm(range(2)):\n        pass\n{BODY}",
    "tqdm.autonotebook": f"from tqdm.autonotebook import tqdm\n{HEAD}    for _ in tqdm(range(2)):\n        pass\n{BODY}",
    "colab": f"from google.colab import drive, files, output\ndrive.mount('/content/drive')\n{HEAD}    output.clear()\n{BODY}",
    "import google.colab": f"import google.colab.drive\ngoogle.colab.drive.mount('/x')\n{HEAD}    google.colab\n{BODY}",
}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_what_other_front_ends_have_is_there(name, points):
    assert points(notebook([SET_UP, ELSEWHERE[name]])) == (15, "")


def test_a_shell_command_is_never_run(points, tmp_path):
    canary = Path("/tmp") / f"seqlab-canary-{tmp_path.name}"
    cells = [
        f"made = !touch {canary}\n!touch {canary}\n{HEAD}    made\n    !touch {canary}\n    import os\n    assert not os.path.exists('{canary}')\n{BODY}"
    ]
    assert points(notebook([SET_UP, *cells])) == (15, "")
    assert not canary.exists()


def test_nobody_answers_input(points):
    got, message = points(notebook([SET_UP, f"{HEAD}    input('go on?')\n{BODY}"]))
    assert got == 0
    assert "nobody is there to answer" in message


def test_a_message_names_the_line_that_the_student_sees(points):
    for magic in ("%%time\n", "\n\n%%capture out\n", "!echo \\\n  a\n", "    "):
        step = STEP if magic.strip() else "    " + STEP.replace("\n    ", "\n        ")
        cell = magic.lstrip(" ") + step.replace("np.tanh(x", "np.tanh(x.nothing")
        got, message = points(notebook([SET_UP, cell]))
        assert got == 0
        assert "at your line `return np.tanh(x.nothing @ W_xh + h @ W_hh + b)`" in message, magic
        if magic.startswith("%%"):
            old = f"get_ipython().run_cell_magic('time', '', {cell.removeprefix('%%time' + chr(10))!r})"
            assert (
                "at your line `return"
                in points(json.dumps({"format": "seqlab hand-in 1", "lab": "lab2", "cells": [old]}).encode())[1]
            )
