"""An objection pushed through every door: whoever closed a channel is on no list, in no track and
told of in the CRM, whatever is imported, merged, changed or sent again afterwards.

Runs that follow the files are beside ones that build everything anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orchestration.ingest.load import load_folder
from orchestration.reports.story import marts_story
from orchestration.warehouse import open_warehouse
from pipeline.slicing import differences
from pipeline.test_sla_clocks import written
from pipeline.test_slices import LOGS
from pipeline.workshop import Warehouse, Workshop

CONTACTS = (
    "contact_id,email,job_title,company_id,country,lead_source,owner_id,merged_into_contact_id,"
    "created_at,updated_at\n"
)
BEFORE, CREATED = "2026-02-20T08:00:00Z", "2026-02-25T08:00:00Z"
MOVED, IMPORTED = "2026-03-05T18:00:00Z", "2026-03-05T19:00:00Z"


def contact(
    name: str, email: str, at: str = CREATED, created: str = CREATED, merged_into: str = ""
) -> str:
    return f"{name},{email},Marketing Manager,c1,FR,website,r1,{merged_into},{created},{at}\n"


def old(name: str) -> str:
    return f"{name}@old.example"


def new(name: str) -> str:
    return f"{name}@new.example"


INTERESTED = ("anna", "bob", "carl", "dora", "emil", "fay", "gus", "ivo", "jane")
FIRST = {
    "companies.csv": """\
company_id,name,domain,industry,employee_count,country,updated_at
c1,Atelier,atelier.example,software,200,FR,2026-01-05T08:00:00Z
""",
    "reps.csv": "rep_id,name,role,team,updated_at\nr1,Ada,SDR,Nord,2026-01-05T08:00:00Z\n",
    "contacts.csv": CONTACTS
    + "".join(contact(name, old(name)) for name in (*INTERESTED, "hugo", "xcarl"))
    + contact("xanna", old("anna").upper())
    + "".join(contact(name, new(name), "2026-03-02T08:00:00Z") for name in ("fay", "gus"))
    + "".join(contact(f"{name}2", old(name), created=BEFORE) for name in ("fay", "gus")),
    "events.csv": "event_id,occurred_at,event_type,contact_id,email\n"
    + "".join(
        f"e1-{name},2026-03-03T09:00:00Z,demo_request,{name},\n"
        f"e2-{name},2026-03-03T10:00:00Z,whitepaper_download,{name},\n"
        for name in INTERESTED
    )
    + f"e3-emil,2026-03-04T10:00:00Z,unsubscribe,,{old('emil')}\n"
    + "e3-ivo,2026-03-04T10:00:00Z,hard_bounce,ivo,\n",
    "consents.csv": f"""\
consent_id,contact_id,email,occurred_at,kind,channel
k1,xanna,,2026-03-04T08:00:00Z,objection,all
k2,bob,,2026-03-04T08:00:00Z,objection,phone
k3,xcarl,,2026-03-04T08:00:00Z,objection,all
k4,,{old("dora")},2026-03-04T08:00:00Z,objection,all
k5,hugo,,2026-03-04T08:00:00Z,objection,phone
""",
}
SECOND = {
    "contacts.csv": CONTACTS
    + contact("xcarl", old("xcarl"), MOVED, merged_into="carl")
    + "".join(contact(name, new(name), MOVED) for name in ("dora", "emil"))
    + "".join(contact(f"{name}2", old(name), IMPORTED, IMPORTED) for name in ("dora", "emil")),
    "events.csv": "event_id,occurred_at,event_type,email\n"
    + f"e3-gus,2026-03-05T10:00:00Z,unsubscribe,{old('gus')}\n",
    "consents.csv": "consent_id,email,occurred_at,kind,channel\n"
    + f"k6,{old('fay')},2026-03-05T10:00:00Z,objection,all\n",
}
FIRST_DAY, SECOND_DAY, THIRD_DAY = (datetime(2026, 3, day, 23) for day in (4, 5, 6))

EVERYTHING = (True, True, True, True)
NOTHING = (False, False, False, False)
EMAIL = (False, True, False, False)
PHONE = (False, False, True, False)

Told = dict[str, tuple[object, ...]]
"""By CRM contact: stage, next action, and whether all, email, phone and post are closed."""
AT_FIRST: Told = {
    **dict.fromkeys(
        ("anna", "xanna", "dora", "xcarl"), ("opted_out", "do_not_contact", *EVERYTHING)
    ),
    "bob": ("mql", "write_now", *PHONE),
    **dict.fromkeys(("carl", "fay", "gus", "jane"), ("mql", "call_now", *NOTHING)),
    "emil": ("mql", "call_now", *EMAIL),
    "hugo": (None, None, *PHONE),
    "ivo": ("mql", "call_now", *EMAIL),
}
IN_THE_END: Told = {
    **AT_FIRST,
    **dict.fromkeys(("carl", "dora2", "fay2"), ("opted_out", "do_not_contact", *EVERYTHING)),
    **dict.fromkeys(("dora", "fay"), ("mql", "do_not_contact", *EVERYTHING)),
    "gus": ("mql", "call_now", *EMAIL),
    **dict.fromkeys(("emil2", "gus2"), (None, None, *EMAIL)),
}


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    with Workshop.opened(tmp_path_factory.mktemp("objections") / "workshop") as opened:
        opened.define(None)
        yield opened


def test_no_door_lets_an_objection_out(workshop: Workshop, tmp_path: Path) -> None:
    followed, anew = workshop.warehouse("followed"), workshop.warehouse("anew")
    first = written(tmp_path / "first", FIRST)
    second = written(tmp_path / "second", SECOND)

    followed.run(FIRST_DAY, first)
    assert told(followed) == AT_FIRST
    assert listed(followed) == {"bob", "carl", "emil", "fay", "gus", "ivo", "jane"}
    assert enrolled(followed) == {"bob", "carl", "fay", "gus", "jane"}

    # a merge, two moves with the old addresses imported anew, two words by addresses that were left
    followed.run(SECOND_DAY, second)
    assert_all_is_closed(followed)
    assert followed.rows(
        "select lead_id, reason from intermediate.int_touched_leads"
        " where lead_id in ('fay', 'gus') order by lead_id"
    ) == [("fay", "consent"), ("gus", "event")]
    for folder in (first, second):
        load_folder(anew.file, folder, now=datetime.now(UTC))
    anew.run(SECOND_DAY, full_refresh=True)
    said = differences(followed.file, anew.file, ignored=LOGS)
    assert not said, "\n".join(said)

    followed.run(THIRD_DAY, first)  # the same file again
    assert_all_is_closed(followed)
    assert_the_ledger_says_so(followed)


def assert_all_is_closed(warehouse: Warehouse) -> None:
    assert told(warehouse) == IN_THE_END
    assert listed(warehouse) == {"bob", "emil", "gus", "ivo", "jane"}
    assert enrolled(warehouse) == {"bob", "jane"}
    assert said_by_former_addresses(warehouse) == {
        "dora": ("all", "objection", "k4"),
        "emil": ("email", "opt_out", "event e3-emil"),
        "fay": ("all", "objection", "k6"),
        "gus": ("email", "opt_out", "event e3-gus"),
    }


def said_by_former_addresses(warehouse: Warehouse) -> dict[str, tuple[object, ...]]:
    """What explain and the audit page show beside people's own words."""
    with open_warehouse(warehouse.file, read_only=True) as connection:
        stories = [marts_story(connection, name) for name in (*INTERESTED, "hugo", "dora2", "fay2")]
    return {
        story.lead_id: (word["channel"], word["objection_kind"], word["objection_id"])
        for story in stories
        for word in story.words_by_former_addresses
    }


def told(warehouse: Warehouse) -> Told:
    rows = warehouse.rows(
        "select crm_contact_id, stage, next_action, do_not_contact, do_not_email, do_not_phone,"
        " do_not_post from marts.crm_lead_status"
    )
    return {row[0]: row[1:] for row in rows}


def listed(warehouse: Warehouse) -> set[str]:
    rows = warehouse.rows("select lead_id, email, is_email_contactable from marts.weekly_handoff")
    assert all((email is not None) == may for _, email, may in rows)
    return {row[0] for row in rows}


def enrolled(warehouse: Warehouse) -> set[str]:
    return {row[0] for row in warehouse.rows("select lead_id from marts.nurturing_enrolments")}


def assert_the_ledger_says_so(warehouse: Warehouse) -> None:
    """What the CRM was told last of each record; nothing but the channels of who had no stage."""
    names = ("do_not_contact", "do_not_email", "do_not_phone", "do_not_post")
    last = ", ".join(
        f"arg_max(properties ->> '{name}', record_id)"
        f" filter (where properties ->> '{name}' is not null)"
        for name in (*names, "leadger_stage", "leadger_score")
    )
    found = {
        row[0]: row[1:]
        for row in warehouse.rows(
            f"select object_id, {last} from crm_sync.sync_records"
            " where outcome = 'acknowledged' group by object_id"
        )
    }
    assert {name: row[:4] for name, row in found.items()} == {
        name: tuple(str(value).lower() for value in row[2:]) for name, row in IN_THE_END.items()
    }
    assert {name for name, row in found.items() if row[4] is None and row[5] is None} == {
        *("emil2", "gus2", "hugo"),
    }
