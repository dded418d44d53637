"""Load a folder of files into the raw tables: all of it in one transaction, or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import file_digest
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from orchestration.erasure.key import read_key
from orchestration.erasure.screening import hold_arrivals, release_arrivals
from orchestration.errors import InputProblemsError, UnusableInputError
from orchestration.ingest import casts
from orchestration.ingest.arrivals import Arrival, find_arrivals, recordable
from orchestration.ingest.contract import TABLES
from orchestration.ingest.csv_files import stage_csv
from orchestration.ingest.mapping import STAMPED_IN_FILE
from orchestration.ingest.parquet_files import stage_parquet
from orchestration.ingest.staging import Session, Staged
from orchestration.warehouse import Connection, Loading, Place, warehouse_at
from orchestration.warehouse.places import is_missing
from orchestration.workspace import Workspace

_BOOKKEEPING = {
    "_batches": "batch bigint, loaded_at timestamp, folder varchar, rows bigint",
    "_files": "batch bigint, table_name varchar, file varchar, sha256 varchar, rows bigint",
}


@dataclass(frozen=True)
class LoadReport:
    """What a load did; `batch` is None where the folder brought nothing new."""

    batch: int | None
    rows: dict[str, int] = field(default_factory=dict)
    """Rows appended, by table; only tables of which a file was loaded."""
    loaded: tuple[str, ...] = ()
    """Files whose rows were appended, by their path inside the folder."""
    known: tuple[str, ...] = ()
    """Files whose content was loaded before, for the same table."""
    ignored: tuple[str, ...] = ()
    """Files and folders whose names the contract does not know."""
    unknown_columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Columns the contract does not know, by file; their values were not loaded."""
    seconds: float = 0.0

    @property
    def files_loaded(self) -> int:
        """How many files were loaded."""
        return len(self.loaded)

    @property
    def files_known(self) -> int:
        """How many files had been loaded before."""
        return len(self.known)


def load_folder(
    warehouse: Place, folder: Path, *, now: datetime, workspace: Workspace | None = None
) -> LoadReport:
    """Append what is new in the folder to the raw tables of the warehouse.

    `now` is the instant of landing (naive is taken as UTC) of rows that do not bring their own
    `_loaded_at`. Files follow section 2.1 of the data contract, or a `mapping.yml` beside them.
    Rows of people who were erased land without their personal data; the key of their tombstones
    is in the workspace, unless it is given the warehouse's own.

    Raises InputProblemsError with one line per problem in the files, and UnusableInputError
    where the folder holds nothing to load or the warehouse cannot be written; in both cases,
    and when the process dies at any moment, the warehouse is as it was.
    """
    started = perf_counter()
    arrivals = find_arrivals(folder)
    landed = now if now.tzinfo is None else now.astimezone(UTC).replace(tzinfo=None)
    with (
        warehouse_at(warehouse).loading() as loading,
        TemporaryDirectory(prefix="leadger-") as scratch,
    ):
        session, connection = Session(loading.reader, Path(scratch)), loading.warehouse
        staged, known = _stage_new(session, connection, arrivals.files)
        if problems := [problem for file in staged for problem in file.problems]:
            raise InputProblemsError(problems)
        _refuse_views(connection, staged)
        with connection.transaction():
            create_raw_tables(connection)
            held = hold_arrivals(connection) if staged else {}
            batch = _append(session, loading, staged, folder, landed, held) if staged else None
            if held:
                key = read_key(workspace or Workspace(warehouse), may_make=False)
                release_arrivals(connection, key)
    rows: dict[str, int] = {}
    for file in staged:
        table = file.arrival.table.name
        rows[table] = rows.get(table, 0) + file.rows
    return LoadReport(
        batch=batch,
        rows=rows,
        loaded=tuple(file.arrival.name for file in staged),
        known=tuple(known),
        ignored=arrivals.ignored,
        unknown_columns={f.arrival.name: f.unknown_columns for f in staged if f.unknown_columns},
        seconds=perf_counter() - started,
    )


def create_raw_tables(connection: Connection) -> None:
    """Make the raw tables that are not there yet, empty, and columns the contract has gained.

    What stands in the schema `raw` as a view is left alone.
    """
    schema = connection.schema("raw")
    connection.execute(f"create schema if not exists {schema}")
    present, tables = connection.columns("raw"), connection.tables("raw", views=False)
    for name, columns in _BOOKKEEPING.items():
        if name not in present:
            connection.execute(f"create table {schema}.{name} ({columns})")
    for table in TABLES:
        wanted = {c.name: connection.words.type_name(c.type.value) for c in table.stored}
        if table.name not in present:
            body = ", ".join(f"{casts.identifier(n)} {kind}" for n, kind in wanted.items())
            connection.execute(f"create table {schema}.{table.name} ({body})")
            continue
        has = present[table.name]
        for name in wanted.keys() - has.keys() if table.name in tables else ():
            connection.execute(
                f"alter table {schema}.{table.name} "
                f"add column {casts.identifier(name)} {wanted[name]}"
            )


def rows_landed(connection: Connection, *, after: int) -> dict[str, int]:
    """Rows of the batches later than a given one, by table; only of tables that got any."""
    if not connection.has_table("raw", "_files"):
        return {}
    found = connection.execute(
        f"select table_name, sum(rows) from {connection.schema('raw')}._files "
        f"where batch > {int(after)} and rows > 0 group by table_name"
    ).fetchall()
    return {str(table): int(rows) for table, rows in found}


def discard_batch(warehouse: Place, batch: int) -> int:
    """Take out the rows and the file records of a batch that a gate refused; the rows removed.

    The batch stays in `raw._batches`, with no rows, so that its number is never given again:
    what was built on it cannot take the next batch for it. The files can be loaded again.

    Raises UnusableInputError where there is no such batch; nothing was changed then.
    """
    if is_missing(warehouse):
        raise UnusableInputError(f"{warehouse} does not exist: expected a warehouse")
    removed = 0
    with warehouse_at(warehouse).loading() as loading, loading.warehouse.transaction() as found:
        create_raw_tables(found)
        schema, tables = found.schema("raw"), found.tables("raw", views=False)
        for table in TABLES:
            if table.name in tables:
                removed += found.changed(
                    f"delete from {schema}.{table.name} where _batch = {int(batch)}"
                )
        is_known = found.changed(
            f"update {schema}._batches set rows = 0 where batch = {int(batch)}"
        )
        if not is_known and not removed:
            raise UnusableInputError(f"{warehouse} has no batch {batch}")
        found.execute(f"delete from {schema}._files where batch = {int(batch)}")
        found.execute("drop schema if exists staging cascade")  # it holds rows now gone
    return removed


def _stage_new(
    session: Session, connection: Connection, files: Iterable[Arrival]
) -> tuple[list[Staged], list[str]]:
    """Read the files that were not loaded before; the names of those that were."""
    seen: set[tuple[str, str]] = set()
    if connection.has_table("raw", "_files"):
        query = f"select table_name, sha256 from {connection.schema('raw')}._files"
        seen.update(connection.execute(query).fetchall())
    staged: list[Staged] = []
    known: list[str] = []
    for number, arrival in enumerate(files):
        file = Staged(arrival, f"arrived_{number}", "")
        try:
            before = arrival.path.stat()
            with arrival.path.open("rb") as content:
                file.sha256 = file_digest(content, "sha256").hexdigest()
            if (arrival.table.name, file.sha256) in seen:
                known.append(arrival.name)
                continue
            session.check_constants(file)
            if not file.problems:
                (stage_parquet if arrival.is_parquet else stage_csv)(session, file)
            after = arrival.path.stat()
            if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
                file.problems.clear()
                file.refuse("changed while it was read: wait until it is whole and load again")
        except OSError as error:
            file.refuse(f"expected a readable file: {error.strerror or error}")
        seen.add((arrival.table.name, file.sha256))
        staged.append(file)
    return staged, known


def _append(
    session: Session,
    loading: Loading,
    staged: list[Staged],
    folder: Path,
    landed: datetime,
    held: Mapping[str, str],
) -> int:
    """Move the staged rows into the raw tables, or where they are held, inside the caller's
    transaction; the batch.

    Values are written into the statements: a first bound parameter makes DuckDB import pandas.
    """
    connection = loading.warehouse
    schema = connection.schema("raw")
    row = connection.execute(
        f"select coalesce(max(batch), 0) + 1 from {schema}._batches"
    ).fetchone()
    batch = int(row[0]) if row else 1
    now = f"timestamp {casts.literal(landed.isoformat(' '))}"
    rows_before: dict[str, int] = {}
    for file in staged:
        table, name = file.arrival.table.name, casts.literal(file.arrival.name)
        offset = rows_before.get(table, 0)
        rows_before[table] = offset + file.rows
        own = [column for column in file.columns if column != STAMPED_IN_FILE]
        loaded_at = (
            f"coalesce({STAMPED_IN_FILE}, {now})" if STAMPED_IN_FILE in file.columns else now
        )
        values = [*map(casts.identifier, own), loaded_at, str(batch), f"{offset} + rowid + 1", name]
        loading.move(
            held.get(table, f"{schema}.{table}"),
            [*own, "_loaded_at", "_batch", "_row", "_file"],
            f"select {', '.join(values)} from temp.{file.name}",
            session.scratch,
        )
        connection.execute(
            f"insert into {schema}._files "
            f"values ({batch}, '{table}', {name}, '{file.sha256}', {file.rows})"
        )
    place = casts.literal(recordable(str(folder.resolve())))
    connection.execute(
        f"insert into {schema}._batches "
        f"values ({batch}, {now}, {place}, {sum(rows_before.values())})"
    )
    return batch


def _refuse_views(connection: Connection, staged: list[Staged]) -> None:
    views = set(connection.tables("raw")) - set(connection.tables("raw", views=False))
    for table in {file.arrival.table.name for file in staged}:
        if table in views:
            raise UnusableInputError(
                f"raw.{table} is a view in this warehouse: expected no file for it, "
                "or a table to append to (drop the view first)"
            )
