"""The page of one person."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from orchestration.audit_page.charts import score_chart
from orchestration.audit_page.elements import (
    Content,
    chart,
    code,
    commands,
    description,
    moment,
    notice,
    person_address,
    section,
    table,
)
from orchestration.audit_page.ledger import balances
from orchestration.audit_page.person import Person, Row, box_change
from orchestration.audit_page.texts import Texts
from orchestration.reports.boxes import Box, Source
from orchestration.warehouse import Place

LINES_SHOWN = 500


def person_page(person: Person, wanted: str, warehouse: Place, texts: Texts) -> list[Component]:
    """Everything the marts say of a person."""
    story = person.story
    parts: list[Component] = [html.H1(texts("person_title", lead_id=story.lead_id))]
    if wanted != story.lead_id and wanted in story.contacts:
        parts.append(
            notice(
                texts("merged_person", wanted=wanted, lead_id=story.lead_id),
                " ",
                _self(story.lead_id),
            )
        )
    if person.is_erased:
        parts.append(notice(texts("erased")))
    if not person.is_known:
        return [*parts, notice(texts("only_log")), _log(person, texts)]
    parts.append(_now(story.lead, texts))
    if story.lead is not None:
        parts += [
            _timeline(story.changes, texts),
            _log(person, texts),
            _score(person, texts),
            _boxes(person, texts),
        ]
    return [
        *parts,
        _clocks(story.clocks, texts),
        _consent(person.consents, texts),
        _crm(person, texts),
        _aliases(story.aliases, texts),
        _undo(person, warehouse, texts),
    ]


def unknown_person_page(wanted: str, texts: Texts) -> list[Component]:
    """For an id nobody has."""
    return [
        html.H1(texts("unknown_person_title", wanted=wanted)),
        notice(texts("unknown_person", wanted=wanted), is_grave=True),
    ]


def _self(lead_id: str) -> Component:
    return html.A(lead_id, href=person_address(lead_id))


def _now(lead: Row | None, texts: Texts) -> Component:
    if lead is None:
        return section("now", texts("now_title"), notice(texts("no_stage_yet")))
    name = " ".join(str(lead[part]) for part in ("first_name", "last_name") if lead.get(part))
    stage = texts.stage(lead["stage"])
    since = texts.minute(lead["stage_since"])
    score = texts(
        "score_said",
        score=lead["score"],
        engagement=lead["engagement_score"],
        fit=lead["fit_score"],
    )
    known = description(
        [
            (
                texts("stage"),
                html.Strong(texts("since_at", stage=stage, at=since) if since else stage),
            ),
            (texts("score"), score),
            (texts("grade"), lead["icp_grade"]),
            (texts("temperature"), texts.named("temperature", lead["temperature"] or "")),
            (texts("owner"), lead["owner_id"] or texts("nobody")),
            (texts("version"), lead["definition_version"]),
            (texts("next_action"), texts.next_action(str(lead["next_action"] or ""))),
            (texts("contactable"), _yes(lead["is_contactable"], texts)),
            (texts("name"), name),
            (texts("job_title"), lead["job_title"]),
            (texts("email"), lead["email"]),
            (texts("company"), lead["company_id"]),
        ]
    )
    call = [notice(texts("call_recommended"))] if lead["is_call_recommended"] else []
    return section("now", texts("now_title"), known, *call)


def _timeline(changes: Sequence[Row], texts: Texts) -> Component:
    title = texts("timeline_title")
    if not changes:
        return section("timeline", title, html.P(texts("no_changes")))
    rows = [
        (
            moment(change["changed_at"]),
            _transition(change, texts),
            html.Div(
                [
                    html.P(str(change[f"explanation_{texts.lang}"])),
                    html.P(_causes(change, texts), className="detail"),
                ]
            ),
            _facts(change),
            _scores(change),
            str(change["definition_version"] or ""),
        )
        for change in reversed(changes)
    ]
    headers = ("when", "change", "why", "facts", "score_change", "version")
    caption = texts("timeline_caption", count=len(rows))
    return section(
        "timeline", title, table("changes", caption, [texts(key) for key in headers], rows, texts)
    )


def _transition(change: Row, texts: Texts) -> str:
    before, after = texts.stage(change["from_stage"]), texts.stage(change["to_stage"])
    return texts("change_said", before=before, after=after)


def _causes(change: Row, texts: Texts) -> str:
    causes = [texts.cause(part) for part in str(change["cause"]).split("|")]
    path = [texts("facts_of", path=change["path"])] if change["path"] else []
    return " · ".join([*path, *causes])


def _facts(change: Row) -> Content:
    """The causes and their facts, as the marts name them."""
    causes = str(change["cause"]).split("|")
    facts = str(change["cause_fact_id"] or "").split("|")
    if len(facts) != len(causes):
        facts = [""] * len(causes)
    pairs = [f"{cause} {fact}".rstrip() for cause, fact in zip(causes, facts, strict=True)]
    return html.Ul([html.Li(html.Code(pair)) for pair in pairs], className="plain")


def _scores(change: Row) -> str:
    before, after = change["score_before"], change["score_after"]
    return f"{after}" if before is None else f"{before} → {after}"


def _log(person: Person, texts: Texts) -> Component:
    title = texts("log_title")
    if not person.statements:
        return section("log", title, html.P(texts("no_log")))
    rows = [
        (
            moment(said["recorded_at"]),
            texts.named("statement", said["statement"]),
            texts.named("reason", said["reason"]),
            _transition(said, texts),
            moment(said["changed_at"]),
            _facts(said),
            str(said["lead_id"]),
            code(said["run_id"]),
        )
        for said in person.statements
    ]
    headers = (
        *("recorded_at", "statement", "reason", "of_change"),
        *("changed_at", "facts", "contact", "run"),
    )
    caption = texts("log_caption", count=len(rows))
    return section(
        "log",
        title,
        html.P(texts("log_lead")),
        table("statements", caption, [texts(key) for key in headers], rows, texts, is_long=True),
    )


def _score(person: Person, texts: Texts) -> Component:
    story, title = person.story, texts("score_title")
    lines, found = story.ledger, balances(story.ledger)
    if not found or story.lead is None:
        return section("score", title, html.P(texts("ledger_empty")))
    best = max(found, key=lambda balance: balance.score)
    total, score = sum(int(line["points_counted"]) for line in lines), int(story.lead["score"])
    summary = texts(
        "score_summary",
        score=score,
        lines=len(lines),
        best=best.score,
        best_at=f"{best.at:%Y-%m-%d}",
    )
    verdict = "ledger_adds_up" if total == score else "ledger_differs"
    rows = [
        (
            moment(line["entry_at"]),
            texts.named("entry", line["entry_type"]),
            texts.signal(line["signal"] or line["score_group"] or ""),
            "" if line["entry_type"] == "adjustment" else f"{line['points']:+d}",
            f"{line['points_counted']:+d}",
            str(line["score_after"]),
            str(line["cap_reason"] or ""),
            code(line["source_fact_id"]),
        )
        for line in reversed(lines[-LINES_SHOWN:])
    ]
    headers = ("when", "line_type", "signal", "points", "counted", "score_then", "cap", "fact")
    cut = texts(
        "ledger_cut", shown=LINES_SHOWN, count=texts.number(len(lines)), lead_id=story.lead_id
    )
    return section(
        "score",
        title,
        chart(score_chart(found, story.changes, texts), title, summary),
        html.P(texts(verdict, sum=total, score=score)),
        *([html.P(cut)] if len(lines) > LINES_SHOWN else []),
        table(
            "ledger",
            texts("ledger_caption", count=texts.number(len(lines))),
            [texts(key) for key in headers],
            rows,
            texts,
            numbers=(3, 4, 5),
            is_long=True,
        ),
    )


def _boxes(person: Person, texts: Texts) -> Component:
    rows = [
        (
            texts(f"box_{box.box}"),
            texts(f"box_{str(box.value).lower()}"),
            _box_sources(box, person, texts),
        )
        for box in person.story.boxes
    ]
    headers = [texts(key) for key in ("box", "answer", "rests_on")]
    title = texts("boxes_title")
    return section(
        "boxes", title, table("six-boxes", title, headers, rows, texts, is_named_above=True)
    )


def _box_sources(box: Box, person: Person, texts: Texts) -> Content:
    if box.value is None:
        return texts("box_unasked") if box.box != "icp_fit" else ""
    if box.sources:
        said = [_source(source, texts) for source in box.sources]
        return html.Ul([html.Li(line) for line in said], className="plain")
    if box.box == "engagement":
        return texts("box_not_engaged")
    change = box_change(person.story.changes, box.box, box.value)
    if change is None:
        return texts("box_no_source", lead_id=person.story.lead_id)
    facts = str(change["cause_fact_id"] or change["cause"])
    return texts("box_shown_since", at=texts.minute(change["changed_at"]), facts=facts)


def _source(source: Source, texts: Texts) -> str:
    kind, what = texts.named("kind", source.kind), texts.signal(source.what)
    parts = (texts.minute(source.at), f"{kind}{texts('colon')} {what}")
    return " · ".join(part for part in (*parts, source.fact_id, source.contact_id) if part)


def _clocks(clocks: Sequence[Row], texts: Texts) -> Component:
    title = texts("clocks_title")
    if not clocks:
        return section("clocks", title, html.P(texts("no_clocks")))
    marks = {"breached": "✗", "at_risk": "!", "met": "✓", "open": "…", "void": "-"}
    rows = [
        (
            texts.sla(clock["obligation"]),
            _standing(clock, marks.get(str(clock["status"]), ""), texts),
            " · ".join(str(who) for who in (clock["owed_by"], clock["owner_id"]) if who),
            moment(clock["started_at"]),
            moment(clock["due_at"]),
            moment(clock["stopped_at"]),
            _late(clock["business_minutes_late"], texts),
            str(clock["definition_version"] or ""),
        )
        for clock in clocks
    ]
    headers = ("obligation", "state", "owed_by", "started", "due", "ended", "late", "version")
    caption = texts("clocks_caption", count=len(rows))
    return section(
        "clocks",
        title,
        table("sla", caption, [texts(key) for key in headers], rows, texts, numbers=(6,)),
    )


def _standing(clock: Row, mark: str, texts: Texts) -> str:
    """What became of an obligation, and whether one that runs is still owed."""
    is_moot = clock["stopped_at"] is None and not clock.get("is_owed", True)
    said = f"{mark} {texts.sla(clock['status'])}"
    return f"{said} ({texts('not_owed')})" if is_moot else said


def _late(minutes: float | None, texts: Texts) -> str:
    return texts.number(round(minutes)) if minutes else ""


def _consent(consents: Sequence[Row], texts: Texts) -> Component:
    title = texts("consent_title")
    if not consents:
        return section("consent", title, html.P(texts("no_consent")))
    rows = [
        (
            texts.named("channel", row["channel"]),
            texts.named("consent", row["status"]),
            texts.named("basis", row["legal_basis"]) if row["legal_basis"] else "",
            code(row["proof_id"]),
            moment(row["informed_at"]),
            _objected(row, texts),
            moment(row["retained_until"]),
        )
        for row in consents
    ]
    headers = ("channel", "state", "legal_basis", "proof", "informed", "objected", "retained")
    caption = texts("consent_caption")
    return section(
        "consent", title, table("register", caption, [texts(key) for key in headers], rows, texts)
    )


def _objected(row: Row, texts: Texts) -> Content:
    """When a channel was closed last; and by which word, where it was not the person's own."""
    at = moment(row["objected_at"])
    if not row.get("is_by_former_address"):
        return at
    return [at, f" {texts('former_address')} ", code(row["objection_id"])]


def _crm(person: Person, texts: Texts) -> Component:
    told = _told(person.story.beyond.told, texts)
    return section("crm", texts("crm_title"), _to_show(person.crm_rows, texts), told)


def _to_show(crm_rows: Sequence[Row], texts: Texts) -> Component:
    if not crm_rows:
        return html.P(texts("no_crm"))
    rows = [
        (
            str(row["crm_contact_id"]),
            texts.stage(row["stage"]),
            moment(row["stage_since"]),
            "" if row["score"] is None else str(row["score"]),
            _closed(row, texts),
            moment(row["sla_due_at"]),
            str(row[f"last_change_explanation_{texts.lang}"] or ""),
        )
        for row in crm_rows
    ]
    headers = ("crm_contact", "stage", "when", "score", "do_not_contact", "due", "sentence")
    caption = texts("crm_caption")
    return table("crm-rows", caption, [texts(key) for key in headers], rows, texts, numbers=(3,))


def _closed(row: Row, texts: Texts) -> str:
    """Whether the CRM is to say that nobody may be in touch, or else by which channels not."""
    channels = {"email": "email", "phone": "phone", "postal": "post"}
    closed = [name for name, ending in channels.items() if row.get(f"do_not_{ending}")]
    if row["do_not_contact"] or not closed:
        return _yes(row["do_not_contact"], texts)
    return ", ".join(texts.named("channel", name) for name in closed)


def _told(told: Sequence[Row], texts: Texts) -> Component:
    if not told:
        return html.P(texts("told_nothing"))
    rows = [
        (
            moment(record["recorded_at"]),
            str(record["destination"]),
            str(record["object_id"]),
            texts.named("outcome", record["outcome"]),
            str(record["reason"] or _told_values(record)),
        )
        for record in told
    ]
    headers = ("when", "destination", "crm_contact", "outcome", "told_values")
    caption = texts("told_caption", count=len(rows))
    return table("told", caption, [texts(key) for key in headers], rows, texts)


def _told_values(record: Row) -> str:
    after, before = _mapping(record["properties"]), _mapping(record["before"])
    return ", ".join(
        f"{name} {before.get(name) or '-'} → {value}"
        for name, value in after.items()
        if value and value != before.get(name)
    )


def _mapping(value: object) -> dict[str, object]:
    """JSON, which PostgreSQL's driver has read already."""
    found = json.loads(value) if isinstance(value, str) else value
    return found if isinstance(found, dict) else {}


def _aliases(aliases: Sequence[Row], texts: Texts) -> Component:
    title = texts("aliases_title")
    if not aliases:
        return section("aliases", title, html.P(texts("no_aliases")))
    rows = [
        (
            str(alias["contact_id"]),
            texts.named("alias", alias["alias_reason"]).format(
                into=alias["merged_into_contact_id"]
            ),
            moment(alias["created_at"]),
            _yes(alias["is_deleted"], texts),
        )
        for alias in aliases
    ]
    headers = [texts(key) for key in ("contact", "alias_why", "created", "deleted")]
    caption = texts("aliases_caption", count=len(rows))
    return section("aliases", title, table("contacts", caption, headers, rows, texts))


def _undo(person: Person, warehouse: Place, texts: Texts) -> Component:
    changes = person.story.changes
    latest: list[Component] = []
    if changes:
        last = changes[-1]
        stage, at = texts.stage(last["to_stage"]), texts.minute(last["changed_at"])
        latest = [html.P(texts("undo_facts", stage=stage, at=at)), _facts(last)]
    stage_command = f"leadger stage {shlex.quote(person.story.lead_id)} --as-known INSTANT"
    return section(
        "undo",
        texts("undo_title"),
        html.P(texts("undo_lead")),
        *latest,
        html.Ul(
            [html.Li(texts(key)) for key in ("undo_correct", "undo_reopen", "undo_definition")]
        ),
        html.P(texts("undo_commands")),
        commands(
            [
                (_explain(person, warehouse), texts("command_explain")),
                (f"{stage_command} --warehouse {_quoted(warehouse)}", texts("command_stage")),
                (f"leadger audit verify --warehouse {_quoted(warehouse)}", texts("command_verify")),
            ]
        ),
    )


def _explain(person: Person, warehouse: Place) -> str:
    return f"leadger explain {shlex.quote(person.story.lead_id)} --warehouse {_quoted(warehouse)}"


def _quoted(warehouse: Place) -> str:
    return shlex.quote(str(warehouse))


def _yes(value: bool | None, texts: Texts) -> str:
    return texts("unknown") if value is None else texts("yes" if value else "no")
