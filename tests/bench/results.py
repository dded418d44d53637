"""The results file: everything that was measured, for whoever compares it later."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.dataset import Dataset
from bench.phases import Outcome, Phase
from bench.targets import Verdict

PROJECT = Path(__file__).resolve().parents[2]
FOLDER = PROJECT / "warehouse" / "bench"
LAYOUT = 1


def dataset_facts(dataset: Dataset) -> dict[str, Any]:
    """What was measured on."""
    recipe = dataset.recipe
    return {
        "people": recipe.people,
        "events": dataset.events,
        "rows": dataset.rows,
        "touched": dataset.touched,
        "seed": recipe.seed,
        "until": recipe.until.isoformat(),
        "as_of": recipe.as_of,
    }


def outcome_facts(outcomes: Mapping[Phase, Outcome], verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """What was found."""
    return {
        "phases": {phase.value: each.as_dict() for phase, each in outcomes.items()},
        "targets": [verdict.as_dict() for verdict in verdicts],
    }


def write_results(name: str, facts: Mapping[str, Any]) -> Path:
    """Write a results file of its own for every measurement; where it is."""
    now = datetime.now(UTC)
    file = FOLDER / f"results-{name}-{now:%Y-%m-%dT%H%M%S}.json"
    content = {"layout": LAYOUT, "made_at": now.isoformat(timespec="seconds"), **facts}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return file
