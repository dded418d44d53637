"""Is the audit log what the runs wrote? Everything is computed anew and compared.

A run is judged after all runs before it were found sound, so that the run named is the first one
something was done to: its digest row, its rows in the log, or what the witness says of it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from orchestration.audit.chain import NOTHING_SAID, Head, digests_of_rows, read_heads
from orchestration.audit.tables import CHANGE_COLUMNS, DIGESTS, LOG, missing_tables
from orchestration.audit.witness import Testimony, read_testimony
from orchestration.errors import UnusableInputError
from orchestration.warehouse import Connection, Place, open_warehouse
from orchestration.workspace import Workspace

CHANGES = "marts.lead_stage_changes"


@dataclass(frozen=True)
class Fault:
    """The first run that is not as it was left, and what is wrong with it."""

    run_number: int
    run_id: str
    said: str

    def __str__(self) -> str:
        return f"Run {self.run_id} (number {self.run_number}): {self.said}"


@dataclass(frozen=True)
class Verdict:
    """What verifying found."""

    rows: int
    heads: tuple[Head, ...]
    heads_file: Path
    fault: Fault | None
    warnings: tuple[str, ...] = ()

    @property
    def is_sound(self) -> bool:
        """Whether everything is as the runs left it, as far as anybody can tell."""
        return self.fault is None

    def __str__(self) -> str:
        if self.fault is not None:
            return str(self.fault)
        if not self.heads:
            return "0 rows, 0 runs: nothing is sealed yet"
        witnessed = f", witnessed by {self.heads_file}" if self.heads_file.exists() else ""
        return (
            f"{self.rows:,} rows, {len(self.heads):,} runs, head "
            f"{self.heads[-1].chained_digest}{witnessed}"
        )


def verify(warehouse: Place) -> Verdict:
    """Compute the digests and the chain anew, compare with the heads file and with the marts.

    Raises `UnusableInputError` when there is no warehouse, no log in it yet, or it is in use.
    """
    with open_warehouse(warehouse, read_only=True) as connection:
        verdict = examine(connection, Workspace(warehouse).audit_heads)
    if verdict is None:
        raise UnusableInputError(
            f"There is no audit log in {warehouse} yet; the next run starts it: leadger run"
        )
    return verdict


def examine(connection: Connection, heads_file: Path) -> Verdict | None:
    """What `verify` finds, in a warehouse that is open; None when no log was ever begun."""
    testimony = read_testimony(heads_file)
    missing = missing_tables(connection, LOG, DIGESTS)
    if missing and testimony.heads:
        first = testimony.heads[0]
        said = f"witnessed in {heads_file}, but {' and '.join(missing)} is gone"
        return Verdict(0, (), heads_file, Fault(first.run_number, first.run_id, said))
    if missing:
        return None
    heads = read_heads(connection)
    return Verdict(
        rows=connection.execute(f"select count(*) from {LOG}").fetchall()[0][0],
        heads=tuple(heads),
        heads_file=heads_file,
        fault=_first_fault(connection, heads, testimony, heads_file),
        warnings=tuple(_warnings(heads, testimony, heads_file)),
    )


def _first_fault(
    connection: Connection, heads: Sequence[Head], testimony: Testimony, file: Path
) -> Fault | None:
    found = [
        _first_in_chain(connection, heads, testimony),
        _first_against_witness(heads, testimony, file),
    ]
    fault = _earliest(found)
    trusted = heads if fault is None else heads[: fault.run_number - 1]
    return (
        _first_in_log(connection, trusted, is_whole=fault is None)
        or fault
        or _against_marts(connection, heads)
    )


def _earliest(faults: Iterable[Fault | None]) -> Fault | None:
    there = [fault for fault in faults if fault is not None]
    return min(there, key=lambda fault: fault.run_number, default=None)


def _first_in_chain(
    connection: Connection, heads: Sequence[Head], testimony: Testimony
) -> Fault | None:
    """The first digest row that is missing, twice there, or not what it was sealed as."""
    names = {head.run_number: head.run_id for head in testimony.heads}
    previous: Head | None = None
    for number, head in enumerate(heads, 1):
        if head.run_number is None or head.run_number > number:
            after = previous.rows_so_far if previous is not None else 0
            name = names.get(number) or _speaker(connection, after + 1) or f"before {head.run_id}"
            return Fault(number, name, f"its row in {DIGESTS} is missing")
        if head.run_number < number:
            return Fault(number, str(head.run_id), f"its row in {DIGESTS} was not there before")
        if head.chained_digest != head.chained_to(previous):
            return Fault(
                number,
                str(head.run_id),
                f"its row in {DIGESTS} was altered, or does not follow from the row before it",
            )
        before = previous.rows_so_far if previous is not None else 0
        if None in vars(head).values() or head.rows_so_far != before + head.rows_in_run:
            return Fault(number, str(head.run_id), f"its row in {DIGESTS} does not add up")
        previous = head
    return None


def _speaker(connection: Connection, audit_id: int) -> str | None:
    found = connection.execute(f"select run_id from {LOG} where audit_id = ?", [audit_id])
    row = found.fetchone()
    return row[0] if row is not None else None


def _first_against_witness(heads: Sequence[Head], testimony: Testimony, file: Path) -> Fault | None:
    """The first run of which the heads file says something else than the digests."""
    present = set(heads)
    numbers = {head.run_number for head in heads}
    for said in sorted(testimony.heads, key=lambda head: head.run_number):
        if said not in present:
            is_gone = said.run_number not in numbers
            what = f"gone from {DIGESTS}" if is_gone else "not what it says now"
            return Fault(said.run_number, said.run_id, f"witnessed in {file}, but {what}")
    return None


def _first_in_log(
    connection: Connection, trusted: Sequence[Head], *, is_whole: bool
) -> Fault | None:
    """The first run whose rows are not those that were sealed.

    Args:
        connection: the warehouse.
        trusted: digests found sound, from the first run on.
        is_whole: whether these are all there are; if not, later rows are not looked at.
    """
    sealed = trusted[-1].rows_so_far if trusted else 0
    found = {
        run_id: (count, first, last)
        for run_id, count, first, last in connection.execute(
            f"select run_id, count(*), min(audit_id), max(audit_id) from {LOG} group by run_id"
        ).fetchall()
    }
    names = {head.run_id for head in trusted}
    faults = [
        Fault(
            _run_at(trusted, first),
            str(run_id),
            f"{count:,} row(s) of the log name it, from audit_id {first} on, but {DIGESTS} "
            "has no such run",
        )
        for run_id, (count, first, _) in found.items()
        if run_id not in names and (is_whole or (first is not None and first <= sealed))
    ]
    misplaced = next(_misplaced(trusted, found), None)
    sound = trusted if misplaced is None else trusted[: misplaced.run_number - 1]
    digests = dict(digests_of_rows(connection, 0, sound[-1].rows_so_far if sound else 0))
    altered = (
        Fault(head.run_number, head.run_id, "one of its rows was altered since it was sealed")
        for head in sound
        if digests.get(head.run_id, NOTHING_SAID) != head.digest
    )
    return _earliest([*faults, next(altered, None), misplaced])


def _misplaced(
    heads: Sequence[Head], found: dict[str | None, tuple[int, int | None, int | None]]
) -> Iterator[Fault]:
    """Runs that have another number of rows in the log than sealed, or have them elsewhere."""
    before = 0
    for head in heads:
        count, first, last = found.get(head.run_id, (0, None, None))
        if count < head.rows_in_run:
            gone = head.rows_in_run - count
            yield Fault(
                head.run_number,
                head.run_id,
                f"{gone:,} of its {head.rows_in_run:,} rows are missing from the log",
            )
        elif count > head.rows_in_run:
            yield Fault(
                head.run_number,
                head.run_id,
                f"the log has {count - head.rows_in_run:,} row(s) more of it than were sealed",
            )
        elif count and (first, last) != (before + 1, head.rows_so_far):
            yield Fault(
                head.run_number,
                head.run_id,
                f"its rows are no longer numbered {before + 1} to {head.rows_so_far}",
            )
        before = head.rows_so_far


def _run_at(heads: Sequence[Head], audit_id: int | None) -> int:
    """The run that a row of this number falls into; the one after the last if into none."""
    for head in heads:
        if audit_id is not None and audit_id <= head.rows_so_far:
            return head.run_number
    return len(heads) + 1


def _against_marts(connection: Connection, heads: Sequence[Head]) -> Fault | None:
    """Whether assertions minus retractions are the changes in use."""
    if not heads or missing_tables(connection, CHANGES):
        return None
    columns = ", ".join(CHANGE_COLUMNS)
    missing, extra = connection.execute(
        f"""
        with counted as (
            select {columns}, case statement when 'asserted' then 1 else -1 end as times from {LOG}
            union all
            select {columns}, -1 as times from {CHANGES}
        ),
        differing as (
            select sum(times) as times from counted group by {columns} having sum(times) <> 0
        )
        select
            coalesce(sum(case when times < 0 then -times end), 0),
            coalesce(sum(case when times > 0 then times end), 0)
        from differing
        """
    ).fetchall()[0]
    if not missing and not extra:
        return None
    return Fault(
        heads[-1].run_number,
        heads[-1].run_id,
        f"the log does not add up to {CHANGES}, which has {missing:,} row(s) nobody asserted "
        f"and lacks {extra:,} that stand in the log",
    )


def _warnings(heads: Sequence[Head], testimony: Testimony, file: Path) -> Iterator[str]:
    if not file.exists():
        yield (
            f"Nothing outside the warehouse witnesses the log: {file} is missing. "
            "The next run writes it anew; find out who removed it."
        )
        return
    said = {head.run_number for head in testimony.heads}
    unwitnessed = [head for head in heads if head.run_number not in said]
    if unwitnessed:
        yield (
            f"{file} is behind: it lacks {len(unwitnessed):,} run(s), the first of them "
            f"{unwitnessed[0].run_id}. The next run writes them."
        )
    for few in itertools.islice(testimony.unreadable, 3):
        yield f"{file}, line {few}: not a head; a write cut short, or somebody's edit."
