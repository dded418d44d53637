"""A real lead funnel (BPI Challenge 2012) with known final stages, where the data is at hand."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import pytest

from orchestration.workspace import PROJECT
from pipeline.sandbox import Sandbox

DATA = Path(os.environ.get("LEADGER_REAL_DATA", PROJECT.parent / "shared" / "data"))
FUNNEL = DATA / "lending_funnel"


needs_funnel = pytest.mark.skipif(
    not FUNNEL.is_dir(),
    reason=f"no real lead funnel in {FUNNEL}; name its folder in LEADGER_REAL_DATA",
)


@needs_funnel
def test_known_final_stages(tmp_path: Path) -> None:
    sandbox = Sandbox.make(tmp_path / "sandbox")
    sandbox.load(FUNNEL)
    sandbox.build(datetime(2012, 4, 1))
    assert dict(sandbox.rows("select stage, count(*) from marts.leads group by stage")) == {
        "customer": 2246,
        "disqualified": 7635,
        "nurturing": 2807,
        "prospect": 327,
        "mql": 69,
        "sql": 3,
    }
    for mart, ever in {"mqls": 13087, "sqls": 5113, "prospects": 5015}.items():
        assert sandbox.rows(f"select count(distinct lead_id) from marts.{mart}") == [(ever,)]
    # this bank never says `accepted`, it meets people and opens deals: whoever became a
    # prospect was taken on, and nobody else
    answers = (
        "select answer, count(*) from marts.funnel_entries where stage = 'sql' group by answer"
    )
    assert dict(sandbox.rows(answers)) == {
        "accepted": 5015,
        "recycled": 66,
        "disqualified": 29,
        "expired": 3,
    }
    assert sandbox.rows("select sum(accepted_by_verdict) from marts.kpis_monthly") == [(0,)]
