"""Shows a run while it goes on: a live list on a terminal, a line per step elsewhere."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

LABELS = {
    "start": "Start",
    "load": "Load files",
    "arrival_raw": "Check what arrived",
    "staging": "Build staging",
    "arrival_staging": "Check staging",
    "erasure": "Erase people",
    "marts": "Build marts",
    "departure_crm": "Check what leaves",
    "publish": "Publish marts",
    "crm": "Tell the CRM",
}
"""The steps of a run in order, as people call them."""


class Progress(Protocol):
    """Hears what a run is doing."""

    def note(self, message: str) -> None:
        """Something worth knowing at once, such as why nothing moves."""

    def started(self, step: str) -> None:
        """A step begins."""

    def advanced(self, step: str, done: int, total: int, name: str) -> None:
        """One of the parts of a step is done."""

    def finished(self, step: str, seconds: float, said: str, state: str) -> None:
        """A step ended as `done`, `failed` or `skipped`."""


class SilentProgress:
    """Shows nothing."""

    def note(self, message: str) -> None:
        """Say nothing."""

    def started(self, step: str) -> None:
        """Say nothing."""

    def advanced(self, step: str, done: int, total: int, name: str) -> None:
        """Say nothing."""

    def finished(self, step: str, seconds: float, said: str, state: str) -> None:
        """Say nothing."""


class PlainProgress(SilentProgress):
    """One line per step, for logs, pipes and Dagster's page."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.say = say

    def note(self, message: str) -> None:
        """Say it."""
        self.say(message)

    def finished(self, step: str, seconds: float, said: str, state: str) -> None:
        """Say how the step ended, and how long it took."""
        mark = {"done": "ok", "failed": "FAILED"}.get(state, state)
        self.say(f"{LABELS.get(step, step):<20} {mark:<7} {seconds:6.1f} s  {said}".rstrip())


class LiveProgress:
    """The list of steps, redrawn in place: done, going on (how far), still to come."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.steps: dict[str, tuple[str, float, str]] = {}
        self.began: dict[str, float] = {}
        self.reached: dict[str, tuple[int, int, str]] = {}
        self.message = ""

    @contextlib.contextmanager
    def shown(self) -> Iterator[LiveProgress]:
        """Draw until the block ends; the finished list stays on the screen."""
        from rich.live import Live

        with Live(
            get_renderable=self.draw, console=self.console, refresh_per_second=8, transient=False
        ):
            yield self
            self.message = ""

    def note(self, message: str) -> None:
        """Show it under the list until the next step begins."""
        self.message = message

    def started(self, step: str) -> None:
        """Start the step's clock."""
        self.message = ""
        self.began[step] = time.perf_counter()

    def advanced(self, step: str, done: int, total: int, name: str) -> None:
        """Move the step's bar."""
        self.reached[step] = (done, total, name)

    def finished(self, step: str, seconds: float, said: str, state: str) -> None:
        """Tick the step off."""
        self.began.pop(step, None)
        self.steps[step] = (state, seconds, said)

    def draw(self) -> RenderableType:
        """The list as it stands."""
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.spinner import Spinner
        from rich.table import Table
        from rich.text import Text

        table = Table.grid(padding=(0, 1))
        table.add_column(width=2)
        table.add_column(width=19, no_wrap=True)
        table.add_column(width=7, justify="right")
        table.add_column(no_wrap=True, overflow="ellipsis")
        marks = {"done": ("✓", "green"), "failed": ("✗", "bold red"), "skipped": ("-", "dim")}
        for step, label in LABELS.items():
            if step in self.steps:
                state, seconds, said = self.steps[step]
                mark, style = marks.get(state, ("-", "dim"))
                shade = "red" if state == "failed" else "dim"
                table.add_row(
                    Text(f" {mark}", style=style),
                    label,
                    f"{seconds:.1f} s",
                    Text(said, style=shade),
                )
            elif step in self.began:
                seconds = time.perf_counter() - self.began[step]
                done, total, name = self.reached.get(step, (0, 0, ""))
                detail: RenderableType = Text("")
                if total:
                    detail = Table.grid(padding=(0, 1))
                    detail.add_row(
                        ProgressBar(total=total, completed=done, width=16),
                        Text(f"{done}/{total} {name}", style="dim", no_wrap=True),
                    )
                table.add_row(
                    Spinner("dots", style="cyan"),
                    Text(label, style="bold"),
                    f"{seconds:.1f} s",
                    detail,
                )
            else:
                table.add_row("", Text(label, style="dim"), "", "")
        return Group(table, Text(self.message, style="yellow")) if self.message else table
