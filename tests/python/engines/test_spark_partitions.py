"""A demo on Spark: the rows of DuckDB; a run rewrites the partitions it touches, no others.

One test, since each build on Spark takes minutes: what lands later is added to what was compared.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from engines.rooms import Builder, DuckdbRoom, SparkRoom, differences
from orchestration.demo.generate import make_demo
from orchestration.ingest.load import load_folder
from pipeline.slicing import Raw, read_raw, write_rows

pytestmark = pytest.mark.spark

AS_OF = datetime(2026, 6, 1)
LOGS = ("lead_stage_audit", "audit_digests")
LATE_PEOPLE = 3
SMALL = {"batches_per_partition": 1}


def test_a_demo_and_what_lands_a_day_later(spark: Any, tmp_path: Path) -> None:
    first, second = slices(tmp_path)
    ours = DuckdbRoom.loaded(tmp_path / "w.duckdb", first)
    builder, room = Builder(tmp_path, AS_OF), SparkRoom(spark)

    room.furnish(ours, tmp_path)
    builder.build(ours)
    builder.build(room, SMALL)
    wrong = differences(ours, room, tmp_path)
    assert not wrong, "\n".join(wrong)

    builder.publish(room, SMALL)
    before = {name: room.files("marts", name) for name in ("leads", "lead_score_ledger")}
    staged = room.files("staging", "stg_generic__events")

    load_folder(ours.file, second, now=datetime(2026, 6, 3, tzinfo=UTC))
    room.add(ours, tmp_path, batch=2)
    since = {
        "built_batch": 1,
        "built_as_of": AS_OF.isoformat(sep=" "),
        "published_at": "2026-06-02 00:00:00",
        **SMALL,
    }
    builder.build(room, since, with_tests=False)
    builder.publish(room, since)

    touched = {
        f"lead_bucket={bucket}"
        for (bucket,) in spark.sql(
            "select distinct pmod(hash(lead_id), 64) from ("
            "select lead_id from intermediate.int_touched_leads union all select null)"
        ).collect()
    }
    assert 1 <= spark.table("intermediate.int_touched_leads").count() < 10
    for name, files in before.items():
        after = room.files("marts", name)
        assert len(files) > 40
        for partition in files.keys() | after.keys():
            is_same = files.get(partition) == after.get(partition)
            assert is_same == (partition not in touched), (name, partition)
    assert staged.items() <= room.files("staging", "stg_generic__events").items()

    builder.build(ours, with_tests=False)
    assert differences_in_use(ours, room, tmp_path) == []
    log = spark.sql(
        "select change_id from marts.lead_stage_audit group by change_id "
        "having sum(case statement when 'asserted' then 1 else -1 end) = 1"
    )
    assert {*log.collect()} == {
        *spark.sql("select change_id from marts.lead_stage_changes").collect()
    }


def slices(folder: Path) -> tuple[Path, Path]:
    """A history, and what lands of it a day later: all events of a few people."""
    make_demo(folder / "raw", people=300, seed=3, until=date(2026, 6, 1))
    raw = read_raw(folder / "raw", AS_OF + timedelta(days=1))
    named = sorted({row["contact_id"] for row in raw["events"] if row["contact_id"]})
    late_people = named[:: len(named) // LATE_PEOPLE][:LATE_PEOPLE]
    late: Raw = {"events": [row for row in raw["events"] if row["contact_id"] in late_people]}
    raw["events"] = [row for row in raw["events"] if row["contact_id"] not in late_people]
    return write_rows(raw, folder / "first"), write_rows(late, folder / "second")


def differences_in_use(ours: DuckdbRoom, theirs: SparkRoom, folder: Path) -> list[str]:
    """Tables of the marts in use that are not as a full build has them."""
    wrong = []
    for table, kinds in ours.columns("marts_next").items():
        if table in LOGS:
            continue
        with duckdb.connect() as connection:
            expected = ours.export("marts_next", table, kinds, folder / f"full-{table}")
            found = theirs.export("marts", table, kinds, folder / f"in-use-{table}")
            for one, other in ((expected, found), (found, expected)):
                rows = connection.execute(f"({one}) except all ({other})").fetchall()
                if rows:
                    wrong.append(f"{table}: {len(rows)} rows, e.g. {rows[0]}")
    return wrong
