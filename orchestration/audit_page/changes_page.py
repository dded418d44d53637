"""The page of stage changes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component

from orchestration.audit_page.changes import (
    CHANGES,
    Choices,
    Daily,
    changes_per_day,
    choices,
    latest_change,
)
from orchestration.audit_page.charts import daily_chart
from orchestration.audit_page.elements import (
    chart,
    choice_field,
    filter_form,
    moment,
    paging,
    person_link,
    section,
    table,
    text_field,
)
from orchestration.audit_page.filters import DEFAULT_DAYS, ChangesFilter
from orchestration.audit_page.listing import Page, Start
from orchestration.audit_page.texts import NO_STAGE, Texts, stages
from orchestration.warehouse import Connection

ADDRESS = "/changes"
FILE = "/changes.csv"
DAYS_SHOWN = 366


def changes_page(connection: Connection, query: Mapping[str, str], texts: Texts) -> list[Component]:
    """Changes per day and cause, and one by one; as the address asks."""
    title = html.H1(texts("changes_title"))
    latest = latest_change(connection)
    if latest is None:
        return [title, html.P(texts("no_changes_at_all"))]
    wanted = ChangesFilter.parse(query, latest)
    condition = wanted.condition()
    page = CHANGES.page(connection, condition, Start.parse(query))
    daily = changes_per_day(connection, condition)
    return [
        title,
        html.P(texts("changes_lead", days=DEFAULT_DAYS)),
        _form(wanted, choices(connection), texts),
        *([_per_day(daily, texts)] if daily.counts else []),
        section("list", texts("changes_caption"), *_list(page, wanted, texts)),
    ]


def _form(wanted: ChangesFilter, known: Choices, texts: Texts) -> Component:
    period, hint = wanted.period, texts("day_hint")
    names = {**{stage: texts.stage(stage) for stage in stages()}, NO_STAGE: texts("no_stage")}
    causes = {part: _cause(part, texts) for part in known.causes}
    versions = {version: version for version in known.versions}
    fields = [
        text_field("since", texts("since"), str(period.since or ""), hint),
        text_field("until", texts("until"), str(period.until or ""), hint),
        choice_field("from_stage", texts("from_stage"), wanted.from_stage, names, texts),
        choice_field("to_stage", texts("to_stage"), wanted.to_stage, names, texts),
        choice_field("cause", texts("cause"), wanted.cause, causes, texts),
        choice_field("version", texts("version"), wanted.version, versions, texts),
    ]
    return filter_form(ADDRESS, fields, texts)


def _cause(part: str, texts: Texts) -> str:
    return texts("cause_kind", kind=texts.cause(part)) if part.endswith(":") else texts.cause(part)


def _per_day(daily: Daily, texts: Texts) -> Component:
    by_day = {day: sum(counts.values()) for day, counts in daily.counts.items()}
    total, best = sum(by_day.values()), max(by_day, key=lambda day: by_day[day])
    title = texts("chart_title")
    summary = texts(
        "chart_summary",
        total=texts.number(total),
        days=texts.number(len(by_day)),
        best_at=str(best),
        best=texts.number(by_day[best]),
    )
    totals = [
        (texts.kind(kind), texts.number(count), texts.share(count, total))
        for kind, count in daily.totals().items()
    ]
    headers = [texts(key) for key in ("cause", "count", "share")]
    return section(
        "per-day",
        title,
        chart(daily_chart(daily, texts), title, summary),
        table("cause-totals", texts("totals_caption"), headers, totals, texts, numbers=(1, 2)),
        _days(daily, by_day, texts),
    )


def _days(daily: Daily, by_day: Mapping[date, int], texts: Texts) -> Component:
    shown = list(daily.counts)[-DAYS_SHOWN:]
    rows = [
        (
            str(day),
            *(texts.number(daily.counts[day].get(kind, 0)) for kind in daily.kinds),
            texts.number(by_day[day]),
        )
        for day in reversed(shown)
    ]
    headers = [texts("day"), *(texts.kind(kind) for kind in daily.kinds), texts("total")]
    cut = texts("days_cut", shown=len(shown), count=texts.number(len(daily.counts)))
    return html.Details(
        [
            html.Summary(texts("days_summary")),
            *([html.P(cut)] if len(shown) < len(daily.counts) else []),
            table(
                "days",
                texts("days_caption"),
                headers,
                rows,
                texts,
                numbers=range(1, len(headers)),
                is_long=True,
            ),
        ]
    )


def _list(page: Page, wanted: ChangesFilter, texts: Texts) -> list[Component]:
    if not page.rows:
        return [html.P(texts("none_changed"))]
    query = wanted.query()
    rows = [
        (
            moment(row["changed_at"]),
            person_link(row["lead_id"]),
            texts(
                "change_said",
                before=texts.stage(row["from_stage"]),
                after=texts.stage(row["to_stage"]),
            ),
            " · ".join(texts.cause(part) for part in str(row["cause"]).split("|")),
            str(row["path"] or ""),
            str(row["score_after"]),
            str(row["definition_version"] or ""),
            str(row[f"explanation_{texts.lang}"]),
        )
        for row in page.rows
    ]
    headers = (
        *("when", "person", "change", "cause", "path"),
        *("score", "version", "sentence"),
    )
    return [
        html.P(
            html.A(
                texts("download", total=texts.number(page.total)),
                href=f"{FILE}?{urlencode(query)}",
                download="lead_stage_changes.csv",
            )
        ),
        paging(ADDRESS, query, page, texts),
        table(
            "stage-changes",
            texts("changes_caption"),
            [texts(key) for key in headers],
            rows,
            texts,
            numbers=(5,),
            is_named_above=True,
        ),
        paging(ADDRESS, query, page, texts),
    ]
