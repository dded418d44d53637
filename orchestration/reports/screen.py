"""Where reports are shown."""

from __future__ import annotations

from rich.console import Console

WIDEST = 100


def screen(*, to_errors: bool = False) -> Console:
    """A console as wide as the terminal, at most 100 columns; 100 where there is no terminal."""
    console = Console(stderr=to_errors, highlight=False)
    console.width = min(console.width, WIDEST) if console.is_terminal else WIDEST
    return console
