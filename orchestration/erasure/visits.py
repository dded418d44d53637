"""The events of erased people: still theirs, without address, cookie or anything typed."""

from __future__ import annotations

from duckdb import DuckDBPyConnection

from orchestration.erasure.raw_rows import (
    CONTACT,
    WITHOUT_TRACES,
    clean,
    pseudonym,
    raw_schema,
    raw_tables,
)
from orchestration.ingest.casts import identifier


def redact_assigned_events(connection: DuckDBPyConnection, intermediate: str) -> int:
    """Keep the events of these people theirs, without address, cookie or anything typed; rows.

    One made-up cookie per person stands for all theirs: what was attributed by cookie still is,
    and does not count as naming the person, which would make them known earlier than they were.
    """
    if "events" not in raw_tables(connection):
        return 0
    raw, intermediate = raw_schema(connection), identifier(intermediate)
    event, cookie = clean("raw_rows.event_id"), clean("raw_rows.anonymous_id")
    connection.execute(
        f"""
        create or replace temp table assigned as
        select event_id, lead_id, is_named from {intermediate}.int_event_people
        where lead_id in (select lead_id from people);

        create or replace temp table own_cookies as
        select {cookie} as anonymous_id, min(assigned.lead_id) as lead_id
        from {raw}.events as raw_rows
        inner join assigned on {event} = assigned.event_id
        where
            {cookie} is not null
            and {cookie} not in (
                select {clean("others.anonymous_id")} from {raw}.events as others
                inner join {intermediate}.int_event_people as event_people
                    on {clean("others.event_id")} = event_people.event_id
                where
                    others.anonymous_id is not null
                    and event_people.lead_id not in (select lead_id from people)
            )
        group by {cookie};
        """
    )
    named = connection.execute(
        f"""
        update {raw}.events as raw_rows set
            {WITHOUT_TRACES},
            contact_id = case
                when
                    assigned.is_named
                    and coalesce({CONTACT} not in (select contact_id from people_contacts), true)
                    then assigned.lead_id
                else raw_rows.contact_id
            end,
            anonymous_id = case
                when raw_rows.anonymous_id is not null then {pseudonym("assigned.lead_id")}
            end
        from assigned
        where {event} = assigned.event_id
        """
    ).fetchone()
    # rows in quarantine, and those not yet judged, of a browser only they used
    unjudged = connection.execute(
        f"""
        update {raw}.events as raw_rows set
            {WITHOUT_TRACES}, anonymous_id = {pseudonym("own_cookies.lead_id")}
        from own_cookies
        where
            {cookie} = own_cookies.anonymous_id
            and {CONTACT} is null and {clean("raw_rows.email")} is null
        """
    ).fetchone()
    return sum(int(count[0]) for count in (named, unjudged) if count)
