"""One person's whole story, from the marts: stages with causes, the score line by line, the CRM."""

from __future__ import annotations

import csv
import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from orchestration.errors import UnusableInputError
from orchestration.run_log import has_table, open_warehouse
from orchestration.workspace import PROJECT, Workspace

WORDS = {
    "en": {
        "now": "Now",
        "since": "since",
        "score": "score",
        "engagement": "engagement",
        "grade": "grade",
        "next": "Next",
        "boxes": "Boxes",
        "aliases": "also known as",
        "stages": "How they got there",
        "ledger": "The score, line by line",
        "points": "points",
        "counted": "counted",
        "sum": "sum",
        "why": "why not all",
        "zero": "lines of no points are not shown",
        "crm": "What the CRM was told",
        "quiet": "nothing yet",
        "call": "a prospect without a call: calling is recommended",
        "silent": "must not be contacted",
        "nobody": "only a contact: no interest shown yet, so no stage",
        "more": "and {count} more",
    },
    "fr": {
        "now": "Aujourd'hui",
        "since": "depuis",
        "score": "score",
        "engagement": "engagement",
        "grade": "note",
        "next": "À faire",
        "boxes": "Cases",
        "aliases": "aussi connu comme",
        "stages": "Le parcours",
        "ledger": "Le score, ligne à ligne",
        "points": "points",
        "counted": "comptés",
        "sum": "somme",
        "why": "plafond",
        "zero": "lignes sans point ne sont pas montrées",
        "crm": "Ce qui a été dit au CRM",
        "quiet": "rien encore",
        "call": "prospect sans appel : un appel est recommandé",
        "silent": "ne doit pas être contacté",
        "nobody": "simple contact : aucun intérêt montré, donc aucune étape",
        "more": "et {count} autres",
    },
}
BOXES = {
    "icp_fit": ("target", "cible"),
    "need": ("need", "besoin"),
    "budget": ("budget", "budget"),
    "authority": ("authority", "autorité"),
    "timing": ("timing", "échéance"),
    "engagement": ("engagement", "engagement"),
}

TEMPERATURES = {"hot": "chaud", "warm": "tiède", "cold": "froid"}
VALUES_SHOWN = 5
LONGEST_VALUE = 40

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Story:
    """All that the marts and the CRM ledger say of one person; instants are naive UTC."""

    lead_id: str
    aliases: Sequence[str]
    lead: Row | None
    changes: Sequence[Row]
    ledger: Sequence[Row]
    told: Sequence[Row]


def explain_lead(warehouse: Path, wanted: str, lang: str) -> RenderableType:
    """The story of a lead id, any contact id of a person, or an email in any case."""
    workspace = Workspace(warehouse)
    published = workspace.published
    with open_warehouse(
        published if published.exists() else warehouse, read_only=True
    ) as connection:
        if not has_table(connection, "marts", "leads"):
            raise UnusableInputError(f"There are no marts in {warehouse} yet. Run: leadger run")
        story = read_story(connection, wanted)
    return render_story(story, lang, told=_told(warehouse, story.lead_id))


def read_story(connection: duckdb.DuckDBPyConnection, wanted: str) -> Story:
    """What the marts say of a person; raises `UnusableInputError` when they know nobody so."""
    found = connection.execute(
        """
        select lead_id from marts.lead_aliases
        where lead_id = $wanted or contact_id = $wanted or lower(email) = lower(trim($wanted))
        union
        select lead_id from marts.leads
        where lead_id = $wanted or lower(email) = lower(trim($wanted))
        order by 1
        """,
        {"wanted": wanted},
    ).fetchall()
    if not found:
        raise UnusableInputError(
            f"Nobody in the marts has the lead id, contact id or email {wanted!r}. "
            "Contact ids are compared as they are, emails in any case."
        )
    lead_id = str(found[0][0])

    def rows(query: str) -> list[Row]:
        result = connection.execute(query, [lead_id])
        names = [column[0] for column in result.description or ()]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    aliases = rows("select contact_id from marts.lead_aliases where lead_id = ? order by 1")
    leads = rows("select * from marts.leads where lead_id = ?")
    return Story(
        lead_id,
        [str(row["contact_id"]) for row in aliases if row["contact_id"] != lead_id],
        leads[0] if leads else None,
        rows("select * from marts.lead_stage_changes where lead_id = ? order by change_number"),
        rows(
            "select * from marts.lead_score_ledger where lead_id = ? "
            "order by entry_at, entry_type = 'adjustment', entry_type, signal, entry_id"
        ),
        (),
    )


def _told(warehouse: Path, lead_id: str) -> list[Row]:
    """What became of each record sent to a CRM; empty while the warehouse is in use."""
    try:
        with open_warehouse(warehouse, read_only=True) as connection:
            if not has_table(connection, "crm_sync", "sync_records"):
                return []
            result = connection.execute(
                "select * from crm_sync.sync_records where lead_id = ? qualify "
                "row_number() over (partition by run, sequence order by record_id desc) = 1 "
                "order by recorded_at, object_id",
                [lead_id],
            )
            names = [column[0] for column in result.description or ()]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    except UnusableInputError:
        return []


def render_story(story: Story, lang: str, *, told: Sequence[Row] = ()) -> RenderableType:
    """The story as a person reads it."""
    words = WORDS[lang]
    blocks: list[RenderableType] = [_who(story, words)]
    if story.lead is None:
        blocks.append(Text(words["nobody"], style="yellow"))
    else:
        blocks += [_now(story.lead, lang), _changes(story, lang), _ledger(story, lang)]
    blocks.append(_crm(told or story.told, words))
    return Group(*(part for block in blocks for part in (Text(""), block)))


def _who(story: Story, words: Mapping[str, str]) -> RenderableType:
    lead = story.lead or {}
    name = " ".join(str(lead[key]) for key in ("first_name", "last_name") if lead.get(key))
    facts = [name, lead.get("job_title"), lead.get("email"), lead.get("company_id")]
    said = " · ".join(str(fact) for fact in facts if fact)
    title = Text.assemble((f" {story.lead_id} ", "bold white on dark_green"), " ", said)
    if story.aliases:
        title.append(f"\n{words['aliases']} {', '.join(story.aliases)}", style="dim")
    return title


def _now(lead: Row, lang: str) -> RenderableType:
    words = WORDS[lang]
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="bold", min_width=11)
    table.add_column(overflow="fold")
    stage = _label("stage_labels", lead["stage"], lang) if lead["stage"] else "-"
    since = f" {words['since']} {_minute(lead['stage_since'])}" if lead["stage_since"] else ""
    temperature = lead["temperature"] or ""
    heat = TEMPERATURES.get(temperature, "") if lang == "fr" else temperature
    score = f"{words['engagement']} {lead['engagement_score']} + fit {lead['fit_score']}"
    parts = [
        f"{stage}{since}",
        heat,
        f"{words['score']} {lead['score']} = {score} ({words['grade']} {lead['icp_grade']})",
    ]
    table.add_row(words["now"], " · ".join(part for part in parts if part))
    marks = {True: "✓", False: "✗", None: "?"}
    boxes = "   ".join(
        f"{marks[lead[f'box_{box}']]} {labels[lang == 'fr']}" for box, labels in BOXES.items()
    )
    table.add_row(words["boxes"], boxes)
    if lead["next_action"]:
        table.add_row(words["next"], str(lead["next_action"]))
    if lead["is_call_recommended"]:
        table.add_row("", words["call"])
    if lead["is_contactable"] is False:
        table.add_row("", Text(words["silent"], style="yellow"))
    return table


def _changes(story: Story, lang: str) -> RenderableType:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for change in story.changes:
        stage = str(change["to_stage"] or "-")
        table.add_row(
            f"  {_minute(change['changed_at'])}", stage, str(change[f"explanation_{lang}"])
        )
    return Group(Text(WORDS[lang]["stages"], style="bold"), table)


def _ledger(story: Story, lang: str) -> RenderableType:
    words = WORDS[lang]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("", style="dim", no_wrap=True)
    table.add_column("")
    table.add_column("")
    for name in ("points", "counted", "sum"):
        table.add_column(words[name], justify="right")
    table.add_column(words["why"], style="dim")
    total, hidden = 0, 0
    for entry in story.ledger:
        total += int(entry["points_counted"])
        if not entry["points"] and not entry["points_counted"] and not entry["cap_reason"]:
            hidden += 1
            continue
        signal = str(entry["signal"] or entry["score_group"] or "")
        table.add_row(
            f"  {_minute(entry['entry_at'])}",
            str(entry["entry_type"]),
            _label("signal_labels", signal, lang),
            f"{entry['points']:+d}" if entry["entry_type"] != "adjustment" else "",
            f"{entry['points_counted']:+d}",
            str(total),
            str(entry["cap_reason"] or ""),
        )
    parts: list[RenderableType] = [Text(words["ledger"], style="bold"), table]
    if hidden:
        parts.append(Text(f"  {hidden} {words['zero']}", style="dim"))
    return Group(*parts)


def _crm(told: Sequence[Row], words: Mapping[str, str]) -> RenderableType:
    title = Text(words["crm"], style="bold")
    if not told:
        return Group(title, Text(f"  {words['quiet']}", style="dim"))
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for record in told:
        said = record["reason"] or _told_values(record, words)
        to = record["destination"]
        if record["object_id"] != record["lead_id"]:
            to += f" {record['object_id']}"
        table.add_row(f"  {_minute(record['recorded_at'])}", f"{to} {record['outcome']}", said)
    return Group(title, table)


def _told_values(record: Row, words: Mapping[str, str]) -> str:
    """The short values that changed, before and after; the stage first."""
    after, before = json.loads(record["properties"]), json.loads(record["before"])
    changed = [
        f"{name} {before[name]} → {value}" if before.get(name) else f"{name} {value}"
        for name, value in sorted(after.items(), key=lambda item: "stage" not in item[0])
        if value and value != before.get(name) and len(str(value)) <= LONGEST_VALUE
    ]
    if len(changed) > VALUES_SHOWN:
        rest = len(changed) - VALUES_SHOWN
        changed = [*changed[:VALUES_SHOWN], words["more"].format(count=rest)]
    return ", ".join(changed)


def _minute(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M}"


def _label(seed: str, name: str, lang: str) -> str:
    return _labels(seed).get(name, {}).get(f"label_{lang}", name)


@functools.cache
def _labels(seed: str) -> dict[str, dict[str, str]]:
    """A reference seed of labels by its first column; empty if it cannot be read."""
    try:
        with (PROJECT / "seeds" / "reference" / f"{seed}.csv").open(encoding="utf-8") as file:
            return {next(iter(row.values())): row for row in csv.DictReader(file)}
    except OSError:
        return {}
