"""What every asset shares: the run it belongs to, and failures told in plain words."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import dagster as dg

from orchestration.erasure.personal_data import masked_message
from orchestration.errors import LeadgerError
from orchestration.run import Run, Step, StepOutcome

RUN = "run"
"""Key of the resource that holds the run."""


KEPT_FRESH = dg.FreshnessPolicy.time_window(
    fail_window=timedelta(hours=26), warn_window=timedelta(hours=2)
)
"""Of raw tables and marts: late after a quarter of a working day, stale when a night was missed."""


class RunHolder:
    """The job's resource `run`: opened by the first step that asks, closed with the job.

    Dagster also makes resources only to look at results afterwards; that must open no run.
    """

    def __init__(self, opening: Callable[[], contextlib.AbstractContextManager[Run]]) -> None:
        self._opening = opening
        self._stack = contextlib.ExitStack()
        self._run: Run | None = None

    @classmethod
    def of(cls, run: Run) -> RunHolder:
        """Hold a run that is open already, and that its owner closes."""
        return cls(lambda: contextlib.nullcontext(run))

    def get(self) -> Run:
        """The run; raises `UnusableInputError` when it cannot begin."""
        if self._run is None:
            self._run = self._stack.enter_context(self._opening())
        return self._run

    def close(self) -> None:
        """End the run, if it was ever opened."""
        self._stack.close()


def run_of(context: Any) -> Run:
    """The run an asset or check is part of."""
    holder = context.resources.run
    assert isinstance(holder, RunHolder)
    return holder.get()


@contextlib.contextmanager
def in_step(context: Any, step: Step, *after: Step) -> Iterator[tuple[Run, StepOutcome]]:
    """Do a step of the run, once those before it were done, and let Dagster show why it failed."""
    with told_in_words():
        run = run_of(context)
        with run.step(step) as outcome:
            run.require(*after)
            yield run, outcome


@contextlib.contextmanager
def told_in_words() -> Iterator[None]:
    """What the user can mend is a failure with a message for Dagster, not a traceback."""
    try:
        yield
    except LeadgerError as error:
        # Dagster keeps it: no values of personal columns
        raise dg.Failure(description=masked_message(str(error)), allow_retries=False) from error
