"""Rewriting a warehouse file loses what was deleted, and nothing else."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from orchestration.errors import UnusableInputError
from orchestration.warehouse.compaction import compact, leftover_of

CONTENT = """
create schema ledger;
create sequence ledger.ids;
create table ledger.records (
    id bigint not null default nextval('ledger.ids'), said json not null, told_at timestamp
);
create table ledger.runs (run varchar primary key, note varchar);
comment on table ledger.records is 'What was told';
comment on column ledger.records.said is 'In JSON';
create schema views;
create view views.latest as select * from "odd name"."ledger"."records" where id > 1;
create view ledger.outer_view as from views.latest;
insert into ledger.records (said)
    select '{"to": "' || 'secret-' || i || '@example.com"}' from range(5000) as t (i);
insert into ledger.runs values ('r1', 'note');
"""
CATALOGUE = """
select schema_name, table_name, sql, comment from duckdb_tables()
union all select schema_name, view_name, sql, comment from duckdb_views() where not internal
union all select schema_name, sequence_name, sql, last_value::varchar from duckdb_sequences()
union all select schema_name, column_name, table_name, comment from duckdb_columns()
    where schema_name in ('ledger', 'views')
order by all
"""


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    file = tmp_path / "odd name.duckdb"
    with duckdb.connect(
        str(file), config={"storage_compatibility_version": "latest"}
    ) as connection:
        connection.execute(CONTENT)
    return file


def test_what_was_deleted_leaves_no_bytes(warehouse: Path) -> None:
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("update ledger.records set said = '{}' where id > 10")
        connection.execute("delete from ledger.records where id < 11")
        catalogue = connection.execute(CATALOGUE).fetchall()
        tags = connection.execute("select tags from duckdb_databases() limit 1").fetchall()
    assert b"secret-" in warehouse.read_bytes()
    leftover_of(warehouse).write_bytes(b"half a file")
    compact(warehouse)
    assert b"secret-" not in warehouse.read_bytes()
    assert list(warehouse.parent.iterdir()) == [warehouse]
    with duckdb.connect(str(warehouse)) as connection:
        assert connection.execute(CATALOGUE).fetchall() == catalogue
        assert connection.execute("select tags from duckdb_databases() limit 1").fetchall() == tags
        assert connection.execute("select count(*) from ledger.outer_view").fetchall() == [(4990,)]
        taken = connection.execute("insert into ledger.records (said) values ('{}') returning id")
        assert taken.fetchall() == [(5001,)]
        with pytest.raises(duckdb.ConstraintException):
            connection.execute("insert into ledger.runs values ('r1', 'again')")


def test_a_view_of_nothing_is_kept(warehouse: Path) -> None:
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create view views.broken as from ledger.runs")
        connection.execute("drop table ledger.runs")
    compact(warehouse)
    with duckdb.connect(str(warehouse)) as connection:
        found = connection.execute("select count(*) from duckdb_views() where not internal")
        assert found.fetchall() == [(3,)]


def test_a_file_that_cannot_be_copied_stays_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "w.duckdb"
    file.write_bytes(b"no database" * 1000)
    with pytest.raises(UnusableInputError, match="cannot be rewritten"):
        compact(file)
    assert file.read_bytes() == b"no database" * 1000
    assert list(tmp_path.iterdir()) == [file]
