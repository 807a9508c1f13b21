"""How far a run is, on the terminal: a bar with an estimate, or a line now and then where there is none."""

import sys
import time
from typing import Any

from seqlab.autograder.course.row import Row
from seqlab.terminal import harmless


class Bar:
    """A context manager that is called with (done, all, row)."""

    def __enter__(self) -> "Bar":
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TaskID,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        console = Console(stderr=True)
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
        )
        self.progress = Progress(*columns, console=console) if console.is_terminal else None
        self.task: TaskID | None = None
        self.next_line = time.monotonic() + 2
        if self.progress:
            self.progress.start()
        return self

    def __call__(self, done: int, total: int, row: Row | None) -> None:
        """So many are done, and this row came last."""
        if self.progress:
            if self.task is None:
                self.task = self.progress.add_task("grading", total=total)
            self.progress.update(self.task, completed=done)
            if row and not row.exercises:
                told = harmless(f"{row.notebook}: {row.message}")
                self.progress.console.print(told, markup=False, highlight=False, emoji=False)
        elif time.monotonic() > self.next_line:
            print(f"graded {done} of {total}", file=sys.stderr, flush=True)
            self.next_line = time.monotonic() + 10

    def __exit__(self, *_: Any) -> None:
        if self.progress:
            self.progress.stop()
