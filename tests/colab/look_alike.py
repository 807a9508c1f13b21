"""A Colab runtime without Colab: the newest image's versions, its way to start a kernel, a stand-in for google.colab.

An image is made once, from the pins of images.toml. A student's runtime is an environment of its own that sees the
image as preinstalled and is thrown away, so that what a notebook installs stays in it.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager
from resolve import ROOT, SCRATCH, NotHere, images, uv

STAND_IN = Path(__file__).with_name("stand_in")
_SHOWN = ("stream", "display_data", "execute_result", "error")
# of the tester's variables a runtime sees only how to reach the package index
_KEPT = ("_PROXY", "_CERT", "_CA_BUNDLE", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "SSL_CERT_DIR")


def image() -> tuple[Path, dict[str, str]]:
    """The Python of the newest image, which is made where it is missing, and the pins it was made from.

    On its own Python where this machine has it, else on the nearest at hand.
    """
    newest = images()[max(images())]
    pins = "".join(f"{package}=={version}\n" for package, version in newest["pins"].items())
    base = _base_python(newest["python"])
    made_of = hashlib.sha256(f"{base}\n{pins}".encode()).hexdigest()
    folder = SCRATCH / "image"
    python, stamp = folder / "bin" / "python", folder / "made-of"
    if not stamp.exists() or stamp.read_text() != made_of:
        shutil.rmtree(folder, ignore_errors=True)
        SCRATCH.mkdir(parents=True, exist_ok=True)
        (SCRATCH / "pins.txt").write_text(pins)
        subprocess.run([base, "-m", "venv", "--without-pip", folder], check=True, capture_output=True)
        install = [
            uv(),
            "pip",
            "install",
            "-q",
            "--python",
            python,
            "--cache-dir",
            SCRATCH / "uv-cache",
            "--no-config",
            "--no-deps",
            "--compile-bytecode",  # as Colab's are: no first import pays for it
            "--requirement",
            SCRATCH / "pins.txt",
        ]
        done = subprocess.run(install, capture_output=True, text=True)
        if done.returncode:
            raise NotHere(f"the image could not be installed: {done.stderr.strip()[-300:]}")
        stamp.write_text(made_of)
    return python, newest["pins"]


def _base_python(wanted: str) -> str:
    """An interpreter of the image's version, of one before it, or this one."""
    for version in dict.fromkeys((wanted, "3.13", "3.12")):
        pyenv = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
        for candidate in (*map(str, pyenv), shutil.which(f"python{version}")):
            if candidate and not subprocess.run([candidate, "-c", "import venv, ssl"], capture_output=True).returncode:
                return candidate
    return sys.executable


def archive(target: Path) -> Path:
    """The repository as its host packs it: one zip of its files below a folder."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if listed.returncode:
        raise NotHere("this is no clone, so there is nothing to pack")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in filter(None, listed.stdout.split("\0")):
            if (ROOT / name).is_file():
                packed.write(ROOT / name, f"seqlab-main/{name}")
    return target


@dataclass
class Shown:
    """What one cell showed."""

    outputs: list[dict] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def error(self) -> str | None:
        return next((f"{o['ename']}: {o['evalue']}" for o in self.outputs if "ename" in o), None)

    @property
    def printed(self) -> str:
        return "".join(o["text"] for o in self.outputs if "text" in o)

    @property
    def rich(self) -> str:
        """Every form of what was displayed, one after the other."""
        return "\n".join(str(text) for o in self.outputs for text in o.get("data", {}).values())


class Runtime:
    """One student's runtime: a kernel in an empty folder."""

    def __init__(self, home: Path, **variables: str):
        python, self.pins = image()
        self.home, self.environment, self.content = home, home / "env", home / "content"
        self.calls_file = home / "calls.jsonl"
        self.content.mkdir(parents=True)
        subprocess.run([python, "-m", "venv", "--without-pip", self.environment], check=True)
        [packages] = self.environment.glob("lib/python*/site-packages")
        [preinstalled] = python.parents[1].glob("lib/python*/site-packages")
        (packages / "image.pth").write_text(f"{preinstalled}\n")
        pip = self.environment / "bin" / "pip"
        pip.write_text('#!/bin/sh\nexec "$(dirname "$0")/python" -m pip "$@"\n')
        pip.chmod(0o755)
        reach = {k: v for k, v in os.environ.items() if k.upper().endswith(_KEPT)}
        self.variables = reach | {
            # an install from a notebook ends here, whatever it calls: pip, python, a script
            "PATH": f"{self.environment / 'bin'}:/usr/bin:/bin",
            "VIRTUAL_ENV": str(self.environment),
            "PIP_REQUIRE_VIRTUALENV": "1",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_CACHE_DIR": str(SCRATCH / "pip-cache"),
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(STAND_IN),
            "COLAB_CALLS": str(self.calls_file),
            **variables,
        }
        command = [str(self.environment / "bin" / "python"), "-m", "colab_kernel_launcher", "-f", "{connection_file}"]
        self.manager = KernelManager()
        self.manager._kernel_spec = KernelSpec(argv=command, display_name="Colab", language="python")
        self.client = None

    def __enter__(self) -> "Runtime":
        self.manager.start_kernel(env=self.variables, cwd=str(self.content), stderr=subprocess.DEVNULL)
        self._connect()
        return self

    def __exit__(self, *_) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def _connect(self) -> None:
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=120)

    def restart(self) -> None:
        """Runtime → Restart: the files stay, every name is gone."""
        self.client.stop_channels()
        self.manager.restart_kernel(now=True)
        self._connect()

    def run(self, code: str, timeout: float = 300) -> Shown:
        """Run a cell."""
        shown, began = Shown(), time.monotonic()

        def note(message: dict) -> None:
            if message["msg_type"] in _SHOWN:
                shown.outputs.append(message["content"])

        self.client.execute_interactive(code, output_hook=note, timeout=timeout, allow_stdin=False)
        shown.seconds = time.monotonic() - began
        return shown

    def calls(self) -> list[dict]:
        """What the notebook asked of google.colab."""
        if not self.calls_file.exists():
            return []
        return [json.loads(line) for line in self.calls_file.read_text(encoding="utf-8").splitlines()]
