"""How far a notebook is: a live line on a terminal, plain lines elsewhere."""

import re
import sys
import time
from collections.abc import Callable
from typing import Any


class Progress:
    """Shows the cell that runs, its last printed line and the time; as a context manager.

    total: the number of cells that will run. on_cell: called with (number, total, title) instead of any display.
    """

    def __init__(self, total: int, on_cell: Callable[[int, int, str], None] | None = None) -> None:
        self.total, self.on_cell = total, on_cell
        self.number, self.title = 0, ""
        self._live: Any = None  # rich's progress bar, where there is a terminal
        self._task: Any = None
        self._begun = self._cell_begun = time.monotonic()

    @property
    def current(self) -> str:
        """The cell that runs, for messages."""
        return f"code cell {self.number} of {self.total} (“{self.title}”)"

    def __enter__(self) -> "Progress":
        if self.on_cell is None and sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
            from rich.progress import Progress as Bar

            self._live = Bar(
                MofNCompleteColumn(),
                BarColumn(bar_width=20),
                TimeElapsedColumn(),
                TextColumn("{task.description}", markup=False),
                TextColumn("[dim]{task.fields[said]}"),
                console=Console(stderr=True),
                transient=True,
            )
            self._live.start()
            self._task = self._live.add_task("starting Python", total=self.total, said="")
        return self

    def begin(self, title: str) -> None:
        """The next cell begins."""
        self._end_cell()
        self.number, self.title, self._cell_begun = self.number + 1, title, time.monotonic()
        if self.on_cell is not None:
            self.on_cell(self.number, self.total, title)
        elif self._live is not None:
            self._live.update(self._task, completed=self.number - 1, description=title, said="")

    def say(self, text: str) -> None:
        """Something was printed by the cell: its last line is shown, as far as it fits."""
        if self._live is not None:
            lines = [line.strip() for line in re.split(r"[\r\n]+", text) if line.strip()]
            if lines:
                said = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", lines[-1])[:60]
                self._live.update(self._task, said=said.replace("[", r"\["))

    def _end_cell(self) -> None:
        if self.number and self.on_cell is None and self._live is None:
            seconds = time.monotonic() - self._cell_begun
            print(f"{self.number:4}/{self.total}  {seconds:6.1f} s  {self.title}", file=sys.stderr, flush=True)

    def __exit__(self, kind: type[BaseException] | None, *_: Any) -> None:
        if kind is None:
            self._end_cell()
        if self._live is not None:
            self._live.stop()
        if kind is None and self.number and self.on_cell is None:
            took = time.monotonic() - self._begun
            print(f"Ran {self.number} cells in {took:.0f} s.", file=sys.stderr, flush=True)
