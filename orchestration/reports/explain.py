"""One person's whole story as a person reads it, in English or French."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from orchestration.reports.boxes import Box
from orchestration.reports.labels import label as _label
from orchestration.reports.story import Beyond, Row, Story, read_story
from orchestration.warehouse import Place

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
        "alias_survivor": "gives the person its id",
        "alias_merged": "merged into {merged_into_contact_id} by the CRM",
        "alias_same_email": "same email {email}",
        "box_sources": "What the boxes rest on",
        "consents": "Consent",
        "former_address": "by a former address",
        "clocks": "What was owed, by when",
        "due": "due",
        "stopped": "done",
        "voided": "ended",
        "late": "{minutes} business minutes late",
        "moot": "not owed any more",
        "differs": "not the score, which is {score}: run again",
        "unread": "Anything later is not known now, nor are answers and consents. Ask again:",
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
        "alias_survivor": "donne son identifiant à la personne",
        "alias_merged": "fusionné dans {merged_into_contact_id} par le CRM",
        "alias_same_email": "même adresse {email}",
        "box_sources": "Ce qui coche les cases",
        "consents": "Consentement",
        "former_address": "par une ancienne adresse",
        "clocks": "Ce qui était dû, et pour quand",
        "due": "échéance",
        "stopped": "fait",
        "voided": "fin",
        "late": "{minutes} minutes ouvrées de retard",
        "moot": "n'est plus dû",
        "differs": "n'est pas le score, qui est {score} : relancer",
        "unread": "La suite est inconnue pour l'instant, comme réponses et consentements :",
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

MARKS = {True: "✓", False: "✗", None: "?"}
CLOCK_STYLES = {"breached": "red", "at_risk": "yellow", "met": "green", "void": "dim"}
TEMPERATURES = {"hot": "chaud", "warm": "tiède", "cold": "froid"}
_CONSENT_DETAILS = ("channel", "legal_basis", "source", "notice")
VALUES_SHOWN = 5
LONGEST_VALUE = 40


def explain_lead(warehouse: Place, wanted: str, lang: str) -> RenderableType:
    """The story of a lead id, any contact id of a person, or an email in any case."""
    return render_story(read_story(warehouse, wanted), lang)


def render_story(story: Story, lang: str) -> RenderableType:
    """The story as a person reads it."""
    words = WORDS[lang]
    blocks: list[RenderableType] = [_who(story, words)]
    if story.lead is None:
        blocks.append(Text(words["nobody"], style="yellow"))
    else:
        blocks += [_now(story.lead, lang), _changes(story, lang), _ledger(story, lang)]
        if any(box.sources for box in story.boxes):
            blocks.append(_boxes(story.boxes, lang))
    if story.clocks:
        blocks.append(_clocks(story.clocks, lang))
    if story.beyond.consents or story.words_by_former_addresses:
        blocks.append(_consents(story, words))
    blocks.append(_crm(story.beyond, words))
    return Group(*(part for block in blocks for part in (Text(""), block)))


def _who(story: Story, words: Mapping[str, str]) -> RenderableType:
    lead = story.lead or {}
    name = " ".join(str(lead[key]) for key in ("first_name", "last_name") if lead.get(key))
    facts = [name, lead.get("job_title"), lead.get("email"), lead.get("company_id")]
    said = " · ".join(str(fact) for fact in facts if fact)
    title = Text.assemble((f" {story.lead_id} ", "bold white on dark_green"), " ", said)
    others = [_alias(each, words) for each in story.aliases if each["contact_id"] != story.lead_id]
    if others:
        title.append(f"\n{words['aliases']} {', '.join(others)}", style="dim")
    return title


def _alias(alias: Row, words: Mapping[str, str]) -> str:
    why = words[f"alias_{alias['alias_reason']}"].format(**alias)
    return f"{alias['contact_id']} ({why})"


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
    boxes = "   ".join(
        f"{MARKS[lead[f'box_{box}']]} {labels[lang == 'fr']}" for box, labels in BOXES.items()
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
        sentence = Text(str(change[f"explanation_{lang}"]))
        sentence.append(f"\n{_because(change)}", style="dim")
        stage = str(change["to_stage"] or "-")
        table.add_row(f"  {_minute(change['changed_at'])}", stage, sentence)
    return Group(Text(WORDS[lang]["stages"], style="bold"), table)


def _because(change: Row) -> str:
    """The path and the causes with their facts, as the marts name them."""
    causes = str(change["cause"]).split("|")
    facts = str(change["cause_fact_id"] or "").split("|")
    if len(facts) == len(causes):
        causes = [f"{cause} {fact}".rstrip() for cause, fact in zip(causes, facts, strict=True)]
    return " · ".join(part for part in (change["path"], *causes) if part)


def _boxes(boxes: Sequence[Box], lang: str) -> RenderableType:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for box in boxes:
        name = f"  {MARKS[box.value]} {BOXES[box.box][lang == 'fr']}"
        for source in box.sources:
            what = _label("signal_labels", source.what, lang)
            ids = " ".join(part for part in (source.fact_id, source.contact_id) if part)
            said = f"{source.kind}: {what}" + (f" ({ids})" if ids else "")
            table.add_row(name, _minute(source.at), said)
    return Group(Text(WORDS[lang]["box_sources"], style="bold"), table)


def _clocks(clocks: Sequence[Row], lang: str) -> RenderableType:
    """What was owed to the person by when, by whom, and what became of it."""
    words = WORDS[lang]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for clock in clocks:
        status = str(clock["status"])
        label = Text(_label("sla_labels", status, lang), style=CLOCK_STYLES.get(status, ""))
        parts = [
            clock["owner_id"] or clock["owed_by"],
            f"{words['due']} {_minute(clock['due_at'])}",
        ]
        if clock["stopped_at"]:
            ended = words["voided" if clock["voided_at"] else "stopped"]
            parts.append(f"{ended} {_minute(clock['stopped_at'])}")
        if clock["business_minutes_late"]:
            minutes = f"{clock['business_minutes_late']:.0f}"
            parts.append(words["late"].format(minutes=minutes))
        if clock["stopped_at"] is None and not clock.get("is_owed", True):
            parts.append(words["moot"])
        table.add_row(
            f"  {_minute(clock['started_at'])}",
            _label("sla_labels", str(clock["obligation"]), lang),
            label,
            " · ".join(str(part) for part in parts if part),
        )
    return Group(Text(words["clocks"], style="bold"), table)


def _consents(story: Story, words: Mapping[str, str]) -> RenderableType:
    """What the person said, and what was said by an address they had."""
    said = [
        (fact["occurred_at"], fact["kind"], [fact[name] for name in _CONSENT_DETAILS])
        for fact in story.beyond.consents
    ]
    said += [
        (
            *(word["objected_at"], word["objection_kind"]),
            [word["channel"], f"{words['former_address']} ({word['objection_id']})"],
        )
        for word in story.words_by_former_addresses
    ]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for at, kind, details in sorted(said, key=lambda one: one[0]):
        table.add_row(
            f"  {_minute(at)}", str(kind), " · ".join(str(each) for each in details if each)
        )
    return Group(Text(words["consents"], style="bold"), table)


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
    score = int(story.lead["score"]) if story.lead is not None else 0
    verdict = words["score"] if total == score else words["differs"].format(score=score)
    table.add_row("", "", Text(verdict, style="bold"), "", "", Text(str(total), style="bold"), "")
    parts: list[RenderableType] = [Text(words["ledger"], style="bold"), table]
    if hidden:
        parts.append(Text(f"  {hidden} {words['zero']}", style="dim"))
    return Group(*parts)


def _crm(beyond: Beyond, words: Mapping[str, str]) -> RenderableType:
    title = Text(words["crm"], style="bold")
    parts: list[RenderableType] = [title]
    if beyond.told:
        parts.append(_told(beyond.told, words))
    elif beyond.unread is None:
        parts.append(Text(f"  {words['quiet']}", style="dim"))
    if beyond.unread is not None:
        parts.append(Text(f"  {words['unread']}\n  {beyond.unread}", style="yellow"))
    return Group(*parts)


def _told(told: Sequence[Row], words: Mapping[str, str]) -> Table:
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
    return table


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
