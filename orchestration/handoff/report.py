"""What was written, as the terminal shows it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from orchestration.handoff.files import Written


def summary(written: Sequence[Written]) -> RenderableType:
    """The lists with their size, and where they are."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for header in ("List", "reps", "leads", "files"):
        table.add_column(header, justify="right" if header in ("reps", "leads") else "left")
    for each in written:
        files = f"{each.page.name}, {each.table.name}"
        table.add_row(Text(each.title), f"{each.reps:,}", f"{each.leads:,}", files)
    return Group(table, Text(""), Text(f"Lists: {written[0].page.parent}"))
