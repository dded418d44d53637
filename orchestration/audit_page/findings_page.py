"""The page of findings."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component

from orchestration.audit_page.elements import (
    choice_field,
    filter_form,
    moment,
    paging,
    person_link,
    section,
    table,
    text_field,
)
from orchestration.audit_page.filters import FindingsFilter
from orchestration.audit_page.findings import FINDINGS, SEVERITIES, Count, counts, kinds
from orchestration.audit_page.listing import Page, Start
from orchestration.audit_page.texts import Texts
from orchestration.warehouse import Connection

ADDRESS = "/findings"
FILE = "/findings.csv"


def findings_page(
    connection: Connection, query: Mapping[str, str], texts: Texts
) -> list[Component]:
    """What was found, how often, one by one; as the address asks."""
    wanted = FindingsFilter.parse(query)
    page = FINDINGS.page(connection, wanted.condition(), Start.parse(query))
    found = counts(connection, wanted.condition())
    return [
        html.H1(texts("findings_title")),
        html.P(texts("findings_lead")),
        _form(wanted, kinds(connection), texts),
        *([_counts(found, wanted, texts)] if found else []),
        section("list", texts("findings_caption"), *_list(page, wanted, texts)),
    ]


def _form(wanted: FindingsFilter, known: list[str], texts: Texts) -> Component:
    period, hint = wanted.period, texts("day_hint")
    names = {name: texts.named("finding", name) for name in known}
    severities = {name: texts(f"severity_{name}") for name in SEVERITIES}
    fields = [
        choice_field("finding", texts("finding"), wanted.finding, names, texts),
        choice_field("severity", texts("severity"), wanted.severity, severities, texts),
        text_field("since", texts("since"), str(period.since or ""), hint),
        text_field("until", texts("until"), str(period.until or ""), hint),
    ]
    return filter_form(ADDRESS, fields, texts)


def _counts(found: list[Count], wanted: FindingsFilter, texts: Texts) -> Component:
    rows = [
        (
            html.A(
                texts.named("finding", one.finding),
                href=f"{ADDRESS}?{urlencode({**wanted.query(), 'finding': one.finding})}",
            ),
            texts.named("severity", one.severity),
            texts.number(one.findings),
            texts.number(one.people),
        )
        for one in found
    ]
    headers = [texts(key) for key in ("finding", "severity", "count", "people")]
    caption = texts("counts_caption")
    known = table(
        "finding-counts", caption, headers, rows, texts, numbers=(2, 3), is_named_above=True
    )
    return section("counts", caption, known)


def _list(page: Page, wanted: FindingsFilter, texts: Texts) -> list[Component]:
    if not page.rows:
        return [html.P(texts("none_found"))]
    query = wanted.query()
    rows = [
        (
            moment(row["found_at"]),
            texts.named("severity", row["severity"]),
            texts.named("finding", row["finding"]),
            person_link(row["lead_id"]),
            texts.evidence(row["evidence"]),
        )
        for row in page.rows
    ]
    headers = [texts(key) for key in ("found_at", "severity", "finding", "person", "evidence")]
    return [
        html.P(
            html.A(
                texts("download", total=texts.number(page.total)),
                href=f"{FILE}?{urlencode(query)}",
                download="audit_findings.csv",
            )
        ),
        paging(ADDRESS, query, page, texts),
        table("findings", texts("findings_caption"), headers, rows, texts, is_named_above=True),
        paging(ADDRESS, query, page, texts),
    ]
