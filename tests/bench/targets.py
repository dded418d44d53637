"""What was asked of the system, and whether it was met."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bench.phases import Outcome, Phase

FULL_BUILD_KERNELS = 6.0
MEMORY_BYTES = 12 * 2**30
TOUCHED_SHARE_OF_FULL = 0.05
STARTUP_SECONDS = 10.0
STEPS_OF_NOTHING_SECONDS = STARTUP_SECONDS / 5
"""With nothing new, all steps together: they open and close the warehouse, and more is work."""


@dataclass(frozen=True)
class Verdict:
    """One target: what was found, what was wanted. `is_met` is None where it was not measured."""

    target: str
    found: str
    is_met: bool | None

    def as_dict(self) -> dict[str, Any]:
        """For the results file."""
        return asdict(self)


def judge(outcomes: Mapping[Phase, Outcome]) -> list[Verdict]:
    """Every target about a phase that was asked for."""
    return list(_verdicts(outcomes))


def _verdicts(outcomes: Mapping[Phase, Outcome]) -> Iterator[Verdict]:
    done = {phase: each for phase, each in outcomes.items() if each.is_done}
    if Phase.FULL in outcomes:
        yield _full_build(done)
        yield _memory(done, Phase.FULL, "full build: under 12 GiB of memory")
    if Phase.MEMORY in outcomes:
        limit = done[Phase.MEMORY].figures["memory_limit"] if Phase.MEMORY in done else "less"
        yield _within_limit(outcomes[Phase.MEMORY], f"full build with {limit} for DuckDB")
    if Phase.NOTHING in outcomes:
        yield _start_up(done)
        yield _nothing(done)
    if Phase.TOUCHED in outcomes:
        yield _touched(done)
    for phase in (Phase.ONE, Phase.TOUCHED):
        if phase in done:
            yield _exactly(done[phase])


def _full_build(done: Mapping[Phase, Outcome]) -> Verdict:
    target = f"full build of the models: at most {FULL_BUILD_KERNELS:g} kernels"
    full, kernel = done.get(Phase.FULL), done.get(Phase.KERNEL)
    if full is None or kernel is None or full.breakdown is None:
        return Verdict(target, "not measured", None)
    models, seconds = full.breakdown.models, float(kernel.figures["statement_seconds"])
    found = f"{models:.1f} s / {seconds:.2f} s = {models / seconds:.1f}"
    return Verdict(target, found, models <= FULL_BUILD_KERNELS * seconds)


def _memory(done: Mapping[Phase, Outcome], phase: Phase, target: str) -> Verdict:
    outcome = done.get(phase)
    if outcome is None or outcome.usage is None:
        return Verdict(target, "not measured", None)
    peak = outcome.usage.peak_memory_bytes
    return Verdict(target, f"{peak / 2**30:.2f} GiB", peak < MEMORY_BYTES)


def _within_limit(outcome: Outcome, target: str) -> Verdict:
    if outcome.usage is None or not outcome.is_done:
        return Verdict(target, outcome.error.partition("\n")[0], False)
    usage = outcome.usage
    spilt = usage.peak_spill_bytes / 2**30
    found = f"done in {usage.peak_memory_bytes / 2**30:.2f} GiB, {spilt:.2f} GiB spilt"
    return Verdict(target, found, True)


def _start_up(done: Mapping[Phase, Outcome]) -> Verdict:
    target = f"start-up: at most {STARTUP_SECONDS:g} s"
    seconds = _wall(done, Phase.NOTHING)
    if seconds is None:
        return Verdict(target, "not measured", None)
    return Verdict(target, f"{seconds:.1f} s", seconds <= STARTUP_SECONDS)


def _nothing(done: Mapping[Phase, Outcome]) -> Verdict:
    target = "nothing new: start-up only"
    outcome = done.get(Phase.NOTHING)
    if outcome is None:
        return Verdict(target, "not measured", None)
    steps = sum(outcome.figures["steps"].values())
    work = len(outcome.nodes) + int(outcome.figures["expectations"])
    found = f"{work} nodes and checks, {steps:.1f} s in steps"
    return Verdict(target, found, work == 0 and steps <= STEPS_OF_NOTHING_SECONDS)


def _touched(done: Mapping[Phase, Outcome]) -> Verdict:
    target = f"1 % touched: at most {TOUCHED_SHARE_OF_FULL:.0%} of full + start-up"
    touched, full = _wall(done, Phase.TOUCHED), _wall(done, Phase.FULL)
    start_up = _wall(done, Phase.NOTHING)
    if touched is None or full is None or start_up is None:
        return Verdict(target, "not measured", None)
    allowed = TOUCHED_SHARE_OF_FULL * full + start_up
    return Verdict(target, f"{touched:.1f} s of {allowed:.1f} s", touched <= allowed)


def _exactly(outcome: Outcome) -> Verdict:
    expected = int(outcome.figures["people_expected"])
    recomputed = int(outcome.figures["people_recomputed"])
    target = f"{outcome.phase}: exactly the people touched are recomputed"
    return Verdict(target, f"{recomputed:,} of {expected:,}", recomputed == expected)


def _wall(done: Mapping[Phase, Outcome], phase: Phase) -> float | None:
    outcome = done.get(phase)
    return outcome.usage.wall_seconds if outcome is not None and outcome.usage else None
