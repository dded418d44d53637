"""What every asset shares: the run it belongs to, and failures told in plain words."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import dagster as dg

from orchestration.errors import LeadgerError
from orchestration.run import Run, Step, StepOutcome

RUN = "run"
"""Key of the resource that holds the run."""


def run_of(context: Any) -> Run:
    """The run an asset or check is part of."""
    run = context.resources.run
    assert isinstance(run, Run)
    return run


@contextlib.contextmanager
def in_step(context: Any, step: Step, *after: Step) -> Iterator[tuple[Run, StepOutcome]]:
    """Do a step of the run, once those before it were done, and let Dagster show why it failed."""
    run = run_of(context)
    try:
        with run.step(step) as outcome:
            run.require(*after)
            yield run, outcome
    except LeadgerError as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error
