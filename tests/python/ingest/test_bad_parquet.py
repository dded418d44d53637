"""Bad Parquet files: what the message says, and that nothing has changed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ingest.conftest import CONTACTS, Scene

Check = Callable[[], None]
GOOD_REPS = "'r1' as rep_id, timestamp '2026-01-01' as updated_at"


@pytest.mark.parametrize(
    ("query", "line", "column", "parts"),
    [
        ("select 'r1' as rep_id", None, "updated_at", ("required column updated_at",)),
        ("select 1 as rep_id, 5 as updated_at", None, "updated_at", ("Parquet type INTEGER",)),
        (
            "select 'r' as rep_id, time '10:30' as updated_at",
            None,
            "updated_at",
            ("Parquet type TIME", "ISO 8601"),
        ),
        ("select [1] as rep_id, now() as updated_at", None, "rep_id", ("Parquet type INTEGER[]",)),
        (
            "select 'r'||i as rep_id, case i when 2 then '10:30' else '2026-01-01' end "
            "as updated_at from range(5) t(i)",
            3,
            "updated_at",
            ("found '10:30'",),
        ),
        (f"select {GOOD_REPS}, 7 as is_active", 1, "is_active", ("found '7'", "true/false")),
        (
            "select case when i < 7 then 'ok'::blob else '\\xE9'::blob end as rep_id, "
            "now() as updated_at from range(8) t(i)",
            8,
            "rep_id",
            (r"found '\\xE9'", "text in UTF-8"),
        ),
        ("select 'nan'::double as rep_id, now() as updated_at", 1, "rep_id", ("found 'nan'",)),
        (
            "select 'r' as rep_id, 'infinity'::timestamp as updated_at",
            1,
            "updated_at",
            ("ISO 8601",),
        ),
    ],
)
def test_bad_parquet(
    loaded: Scene,
    unchanged: Check,
    query: str,
    line: int | None,
    column: str,
    parts: tuple[str, ...],
) -> None:
    loaded.put_parquet("reps.parquet", query)
    problem = loaded.problems()[0]
    assert (problem.file, problem.line, problem.column) == ("reps.parquet", line, column)
    for part in parts:
        assert part in str(problem)
    unchanged()


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99])
def test_parquet_cut_off(loaded: Scene, unchanged: Check, share: float) -> None:
    path = loaded.put_parquet("reps.parquet", f"select {GOOD_REPS} from range(1000)")
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    [problem] = loaded.problems()
    assert "reps.parquet: expected a whole Parquet file; it may have been cut off" in str(problem)
    unchanged()


def test_parquet_with_a_damaged_page(loaded: Scene, unchanged: Check) -> None:
    path = loaded.put_parquet(
        "reps.parquet",
        "select md5(i::varchar) as rep_id, now() as updated_at from range(5000) t(i)",
    )
    content = bytearray(path.read_bytes())
    content[4:2000] = b"\xff" * 1996
    path.write_bytes(content)
    [problem] = loaded.problems()
    assert "expected a whole Parquet file" in str(problem)
    unchanged()


def test_csv_named_parquet(loaded: Scene, unchanged: Check) -> None:
    loaded.put("contacts.parquet", CONTACTS.replace("c1", "c9"))
    [problem] = loaded.problems()
    assert "expected a whole Parquet file; it may have been cut off or be of another kind" in str(
        problem
    )
    unchanged()
