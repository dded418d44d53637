"""What a gate found, in words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from orchestration.errors import GateFailedError


@dataclass(frozen=True)
class Outcome:
    """What one expectation found in one table."""

    expectation: str
    """Great Expectations' name for the kind of expectation."""
    name: str
    """Its title in plain words."""
    table: str
    """Schema and table."""
    column: str | None
    owner: str
    is_blocking: bool
    success: bool
    failed_rows: int | None = None
    """Rows that broke it; none where the expectation is not about rows."""
    checked_rows: int | None = None
    example: str | None = None
    """A value or a row that broke it, or the error that kept it from being looked at."""
    remedy: str = ""

    def __str__(self) -> str:
        place = self.table if self.column is None else f"{self.table}, column {self.column}"
        words = f"{self.name} ({place})"
        if self.failed_rows is not None:
            words += f": {self.failed_rows:,}"
            words += f" of {self.checked_rows:,} rows" if self.checked_rows else " rows"
        if self.example is not None:
            words += f"; for example {self.example}"
        return words


@dataclass(frozen=True)
class GateReport:
    """What a gate found: every expectation's outcome, in the order of the suites."""

    gate: str
    run_id: str
    outcomes: Sequence[Outcome]
    seconds: float
    data_docs: Path

    @property
    def passed(self) -> bool:
        """Whether the run may go on: no blocking expectation failed."""
        return not self.blocking_failures

    @property
    def blocking_failures(self) -> list[Outcome]:
        """What stops the run."""
        return [outcome for outcome in self.outcomes if outcome.is_blocking and not outcome.success]

    @property
    def warnings(self) -> list[Outcome]:
        """What somebody should look at although the run goes on."""
        return [
            outcome for outcome in self.outcomes if not outcome.is_blocking and not outcome.success
        ]

    def failure_message(self) -> str:
        """What failed, where, how many rows, an example and what to do; empty if it passed."""
        failures = self.blocking_failures
        if not failures:
            return ""
        count = "1 expectation" if len(failures) == 1 else f"{len(failures)} expectations"
        lines = [f"The gate {self.gate} is shut: {count} that must hold did not."]
        for outcome in failures:
            lines.append(f"- {outcome} [owner: {outcome.owner}]")
            if outcome.remedy:
                lines.append(f"  What to do: {outcome.remedy}")
        lines += [f"- warning only: {outcome}" for outcome in self.warnings]
        lines.append(f"All results: {self.data_docs / 'index.html'}")
        return "\n".join(lines)

    def raise_if_failed(self) -> None:
        """Stop the run unless the gate passed.

        Raises:
            GateFailedError: with `failure_message`.
        """
        if not self.passed:
            raise GateFailedError(self.failure_message())

    def keep(self, folder: Path) -> Path:
        """Write the outcomes as JSON, one file per run and gate; gives the file."""
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{self.run_id}.{self.gate}.json"
        content = {
            "gate": self.gate,
            "run_id": self.run_id,
            "passed": self.passed,
            "seconds": round(self.seconds, 3),
            "outcomes": [asdict(outcome) for outcome in self.outcomes],
        }
        file.write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")
        return file
