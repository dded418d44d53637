"""What can go wrong in a way the user can mend, and the exit code each kind ends with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class LeadgerError(Exception):
    """A failure with a message made for the person at the keyboard."""

    exit_code = 1


class GateFailedError(LeadgerError):
    """A data gate or a test stopped the run: marts and CRM are as they were (exit 1)."""

    exit_code = 1


class UnusableInputError(LeadgerError):
    """Input or usage that cannot be worked with: nothing was changed (exit 2)."""

    exit_code = 2


@dataclass(frozen=True)
class Problem:
    """One line of an input error: where it is, what was found, what was expected."""

    file: str
    line: int | None
    column: str | None
    value: str | None
    expected: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}, line {self.line}"
        if self.column is not None:
            place += f", column {self.column}"
        if self.value is None:
            return f"{place}: {self.expected}"
        shown = self.value if len(self.value) <= 60 else self.value[:57] + "..."
        return f"{place}: found {shown!r}, expected {self.expected}"


class InputProblemsError(UnusableInputError):
    """One or more problems in the files that arrived; nothing was loaded."""

    def __init__(self, problems: Sequence[Problem], shown: int = 50) -> None:
        self.problems = list(problems)
        lines = [str(problem) for problem in self.problems[:shown]]
        if len(self.problems) > shown:
            lines.append(f"... and {len(self.problems) - shown} more")
        super().__init__("\n".join(lines))
