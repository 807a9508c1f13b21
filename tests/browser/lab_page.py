"""JupyterLab in a headless Chromium, with the hands and eyes of a student: run all, type, look at a cell's output."""

import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRATCH = ROOT / "build" / "browser"  # Playwright and the screenshots; `make clean` removes it
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
]
_SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True},
    # every cell stays in the document, also those that are scrolled out of sight
    "notebook-extension/tracker": {"windowingMode": "none"},
    "docmanager-extension/plugin": {"autosave": False},
}


class NotHere(Exception):
    """This machine lacks what a browser test needs."""


def playwright():
    """Playwright's synchronous API, from a folder of its own that is made once."""
    folder = SCRATCH / "packages"
    if not (folder / "playwright").is_dir():
        done = subprocess.run(
            [sys.executable, "-m", "pip", "install", "-q", "--target", folder, "playwright"],
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise NotHere(f"Playwright could not be installed: {done.stderr.strip()[-200:]}")
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
    from playwright import sync_api

    return sync_api


@contextlib.contextmanager
def chromium() -> Iterator:
    """A headless Chromium, the system's own."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        raise NotHere("there is no Chromium: apt-get install chromium")
    with playwright().sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, headless=True, args=_FLAGS)
        yield browser
        browser.close()


@contextlib.contextmanager
def jupyterlab(home: Path, theme: str = "Light", **variables: str) -> Iterator[str]:
    """JupyterLab on the folder `home/work`; gives its address with %s for a path. Nothing of the user's is read."""
    work, settings = home / "work", home / "settings"
    work.mkdir(parents=True, exist_ok=True)
    themed = {"apputils-extension/themes": {"theme": f"JupyterLab {theme}"}}
    for name, content in (_SETTINGS | themed).items():
        file = settings / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(content))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    own = {f"JUPYTER_{kind}_DIR": str(home / kind.lower()) for kind in ("CONFIG", "DATA", "RUNTIME")}
    environment = os.environ | own | {"IPYTHONDIR": str(home / "ipython"), "JUPYTER_TOKEN": token} | variables
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--no-browser",
        "--allow-root",
        f"--port={port}",
        "--port-retries=0",
        "--ip=127.0.0.1",
        f"--notebook-dir={work}",
        f"--LabApp.user_settings_dir={settings}",
        f"--LabApp.workspaces_dir={home / 'workspaces'}",
        "--LabApp.extension_manager=readonly",
    ]
    with open(home / "server.log", "w") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(f"{address}/api?token={token}", server, home / "server.log")
            yield f"{address}/lab/tree/%s?token={token}&reset"
        finally:
            server.terminate()
            server.wait(30)


def _wait_for(url: str, server: subprocess.Popen, log: Path, seconds: float = 90) -> None:
    until = time.monotonic() + seconds
    while True:
        with contextlib.suppress(OSError):
            urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=5).close()
            return
        if server.poll() is not None or time.monotonic() > until:
            raise AssertionError(f"JupyterLab did not start: {log.read_text()[-1000:]}")
        time.sleep(0.3)


class LabPage:
    """A notebook that is open in JupyterLab; cells go by the ids of the notebook file."""

    def __init__(self, page, address: str, notebook: Path, seconds: float = 180):
        self.page, self.notebook = page, notebook
        page.set_default_timeout(seconds * 1000)
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        self.place = {cell["id"]: i for i, cell in enumerate(cells)}
        page.goto(address % notebook.name)
        page.locator(".jp-NotebookPanel:visible .jp-Notebook-cell").nth(len(cells) - 1).wait_for(state="attached")
        self.wait_for_idle()

    def wait_for_idle(self) -> None:
        """The kernel has started and nothing waits to be run."""
        self.page.locator("#jp-main-statusbar").get_by_text("| Idle").wait_for()
        self.page.wait_for_function(
            "() => ![...document.querySelectorAll('.jp-InputArea-prompt')].some(p => p.textContent.includes('*'))"
        )
        self.page.locator("#jp-main-statusbar").get_by_text("| Idle").wait_for()

    def cell(self, name: str):
        return self.page.locator(".jp-NotebookPanel:visible .jp-Notebook-cell").nth(self.place[name])

    def output(self, name: str):
        return self.cell(name).locator(".jp-Cell-outputArea")

    def prompt(self, name: str) -> str:
        return self.cell(name).locator(".jp-InputArea-prompt").inner_text().strip()

    def run_all(self) -> None:
        """Run → Run All Cells, and wait for the last one."""
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        last = max(self.place, key=self.place.get)
        code = [n for n in self.place if self.cell(n).evaluate("c => c.classList.contains('jp-CodeCell')")]
        self._ran(code[-1] if code else last, "[ ]:")

    def run(self, name: str) -> None:
        """Shift+Enter in a cell."""
        before = self.prompt(name)
        self.cell(name).locator(".cm-content").click()
        self.page.keyboard.press("Shift+Enter")
        self._ran(name, before)

    def _ran(self, name: str, before: str) -> None:
        """The cell's number has changed, so that an old output is not taken for the new one."""
        prompt = self.cell(name).locator(".jp-InputArea-prompt").element_handle()
        self.page.wait_for_function(
            "([p, before]) => /\\d/.test(p.textContent) && p.textContent.trim() !== before", arg=[prompt, before]
        )
        self.wait_for_idle()

    def type_line(self, name: str, having: str, text: str) -> None:
        """Replace the line of a cell that has some text in it, key by key; its indentation stays."""
        self.cell(name).locator(".cm-line", has_text=having).click()
        self.page.keyboard.press("Home")
        self.page.keyboard.press("Shift+End")
        self.page.keyboard.type(text)
        self.page.keyboard.press("Escape")  # closes what the editor may suggest

    def run_new(self, below: str, code: str) -> str:
        """Write a new cell below one, run it, and give back the text that it shows; then take it away."""
        self.cell(below).locator(".jp-InputArea-prompt").click()
        self.page.keyboard.press("Escape")
        self.page.keyboard.press("b")
        new = self.page.locator(".jp-NotebookPanel:visible .jp-Notebook-cell").nth(self.place[below] + 1)
        new.locator(".cm-content").click()
        self.page.keyboard.type(code)
        self.page.keyboard.press("Shift+Enter")
        new.locator(".jp-OutputArea-output").first.wait_for()
        self.wait_for_idle()
        shown = new.locator(".jp-Cell-outputArea").inner_text()
        new.locator(".jp-InputArea-prompt").click()
        self.page.keyboard.press("Escape")
        self.page.keyboard.press("d")
        self.page.keyboard.press("d")
        return shown
