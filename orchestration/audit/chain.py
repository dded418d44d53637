"""The seal on the log: one digest per run, each chained to the one before.

The text that is digested is made of values, each written as its length in characters, a colon and
the value itself; null has no length, so that it is not the empty text, and no value can pretend to
be two. Instants are written `2026-03-03T09:00:00.000000`. The text of a run is that of its rows in
the order of `audit_id`, each in the order of `LOG_COLUMNS`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import UTC, datetime

from orchestration.audit.tables import DIGESTS, LOG, LOG_COLUMNS, create_tables
from orchestration.errors import LeadgerError
from orchestration.warehouse import Connection, Words

ROWS_AT_ONCE = 50_000
NOTHING_SAID = hashlib.sha256().hexdigest()
"""The digest of a run that had nothing to say."""


@dataclass(frozen=True)
class Head:
    """A row of the digests: what the log was after a run; its instant is naive UTC."""

    run_number: int
    run_id: str
    recorded_at: datetime
    rows_in_run: int
    rows_so_far: int
    digest: str
    chained_digest: str

    def chained_to(self, previous: Head | None) -> str:
        """The chained digest this row ought to have after the previous one."""
        sealed = [getattr(self, each.name) for each in fields(self) if each.name != _CHAINED]
        values = [previous.chained_digest if previous is not None else None, *sealed]
        return hashlib.sha256("".join(map(_text, values)).encode()).hexdigest()


_CHAINED = "chained_digest"


def seal(connection: Connection, *, run_id: str, recorded_at: datetime) -> Head:
    """Add the digest of what a run has just appended to the log, be it nothing.

    Args:
        connection: inside the transaction that appended the rows, so that both stay or neither.
        run_id: the run, which must not have been sealed before.
        recorded_at: the instant at which it speaks, in UTC when naive.

    Raises:
        LeadgerError: the log does not go on from where the run before left it: rows of another
            run, or numbers that leave a gap.
    """
    create_tables(connection)
    if connection.execute(f"select 1 from {DIGESTS} where run_id = ?", [run_id]).fetchone():
        raise LeadgerError(f"Run {run_id} is sealed in {DIGESTS} already; start a new run.")
    # no `order by ... limit 1`: DuckDB 1.5 finds no row by it in a table that lost rows
    latest = connection.execute(
        f"{_SELECT_HEADS} where run_number = (select max(run_number) from {DIGESTS})"
    ).fetchone()
    previous = Head(*latest) if latest is not None else None
    before = previous.rows_so_far if previous is not None else 0
    total, last, others = connection.execute(
        "select count(*), coalesce(max(audit_id), 0), "
        f"count(*) filter (where audit_id > ? and run_id is distinct from ?) from {LOG}",
        [before, run_id],
    ).fetchall()[0]
    if total != last or last < before or others:
        raise LeadgerError(
            f"{LOG} does not go on from the {before:,} rows that were sealed: it has {total:,}, "
            f"numbered up to {last:,}, {others:,} of them of another run than {run_id}. "
            "Find what was done to it: leadger audit verify"
        )
    digests = dict(digests_of_rows(connection, before, last))
    unchained = Head(
        run_number=previous.run_number + 1 if previous is not None else 1,
        run_id=run_id,
        recorded_at=_naive(recorded_at),
        rows_in_run=last - before,
        rows_so_far=last,
        digest=digests.get(run_id, NOTHING_SAID),
        chained_digest="",
    )
    head = Head(**{**vars(unchained), _CHAINED: unchained.chained_to(previous)})
    names = ", ".join(vars(head))
    marks = ", ".join("?" * len(vars(head)))
    connection.execute(
        f"insert into {DIGESTS} ({names}) values ({marks})", list(vars(head).values())
    )
    return head


def read_heads(connection: Connection) -> list[Head]:
    """Every row of the digests, in order."""
    rows = connection.execute(f"{_SELECT_HEADS} order by run_number nulls last").fetchall()
    return [Head(*row) for row in rows]


def digests_of_rows(
    connection: Connection, after: int, until: int
) -> Iterator[tuple[str | None, str]]:
    """The runs whose rows follow `after`, up to `until`, with the digest of each one's rows.

    SQL writes the text of some rows at a time, so that memory stays flat however long the log.
    """
    run_id: str | None = None
    hasher = None
    pieces = _pieces(connection.words)
    for start in range(after, until, ROWS_AT_ONCE):
        end = min(start + ROWS_AT_ONCE, until)
        for piece_of, text in connection.execute(pieces, [start, end]).fetchall():
            if hasher is None or piece_of != run_id:
                if hasher is not None:
                    yield run_id, hasher.hexdigest()
                run_id, hasher = piece_of, hashlib.sha256()
            hasher.update(text.encode())
    if hasher is not None:
        yield run_id, hasher.hexdigest()


def _naive(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None) if instant.tzinfo else instant


def _text(value: object) -> str:
    if value is None:
        return ":"
    text = value.isoformat(timespec="microseconds") if isinstance(value, datetime) else str(value)
    return f"{len(text)}:{text}"


def _sql_text(column: str, kind: str, words: Words) -> str:
    """What `_text` says, in SQL: `concat` leaves nulls out."""
    value = column
    if kind == "timestamp":
        value = words.iso_instant(column)
    elif kind != "varchar":
        value = f"cast({column} as varchar)"
    return f"length({value}), ':', {value}"


def _pieces(words: Words) -> str:
    row = ", ".join(_sql_text(name, kind, words) for name, (kind, _) in LOG_COLUMNS.items())
    return (
        f"select run_id, string_agg(concat({row}), '' order by audit_id) from {LOG} "
        "where audit_id > ? and audit_id <= ? group by run_id order by min(audit_id)"
    )


_SELECT_HEADS = f"select {', '.join(each.name for each in fields(Head))} from {DIGESTS}"
