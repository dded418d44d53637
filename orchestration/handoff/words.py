"""What the lists say, in English and French; labels of rules come from the reference seeds."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from orchestration.workspace import PROJECT

Language = Literal["en", "fr"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
REFERENCE = PROJECT / "seeds" / "reference"
DAYS = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "fr": ("lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."),
}
MONTHS = {
    "en": "January February March April May June July August September October November December",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
}
WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "Monday list",
        "week_of": "Week of",
        "team": "Team",
        "no_team": "Reps without a team",
        "unassigned": "Leads without an owner",
        "unassigned_hint": "Nobody owns these leads. Assign them in the CRM.",
        "nothing": "Nobody to work on this week, and nothing came back from last week.",
        "no_leads": "Nobody to work on this week.",
        "no_feedback": "Nobody was handed over last week, and sales spoke about nobody.",
        "reps": "Reps",
        "inactive": "no longer a rep: hand these leads to somebody",
        "leads_one": "{count} lead",
        "leads_many": "{count} leads",
        "overdue": "{count} overdue",
        "at_risk": "{count} at risk",
        "asked": "{count} asked to be called",
        "list_of": "To work on, in this order: {name}",
        "rank": "Rank",
        "lead": "Lead",
        "standing": "Where they stand",
        "due": "Due",
        "did": "What they did",
        "next": "What to do",
        "score": "Score {score}",
        "grade": "grade {grade}",
        "boxes": "{count}/6 boxes ticked",
        "hot": "hot",
        "warm": "warm",
        "cold": "cold",
        "asked_mark": "asked to be called",
        "call_mark": "call first: no call yet",
        "breached": "overdue",
        "at_risk_mark": "at risk",
        "no_clock": "nothing owed",
        "no_email": "do not email",
        "no_phone": "do not phone",
        "contents": "Last contents",
        "quiet": "no signal yet",
        "unnamed": "no name ({lead_id})",
        "hidden": "may no longer be contacted",
        "feedback": "What became of last week's leads",
        "feedback_of": "Handed over or judged in the week of {monday}: {name}",
        "handed_over": "Handed over",
        "verdict": "Verdict",
        "reason": "Reason",
        "accepted": "accepted",
        "qualified": "qualified",
        "recycled": "recycled",
        "disqualified": "disqualified",
        "contested": "contested",
        "in_progress": "in progress",
        "untouched": "untouched",
        "touches": "{count} touches",
        "touches_one": "{count} touch",
        "no_reason": "none given",
        "zone": "Times of {zone}. Nobody who objected, or may not be contacted, is listed.",
    },
    "fr": {
        "title": "Liste du lundi",
        "week_of": "Semaine du",
        "team": "Équipe",
        "no_team": "Commerciaux sans équipe",
        "unassigned": "Leads sans propriétaire",
        "unassigned_hint": "Personne ne suit ces leads. À attribuer dans le CRM.",
        "nothing": "Personne à suivre cette semaine, et aucun retour de la semaine passée.",
        "no_leads": "Personne à suivre cette semaine.",
        "no_feedback": "Aucun lead transmis la semaine passée, et aucun verdict des ventes.",
        "reps": "Commerciaux",
        "inactive": "n'est plus commercial : leads à réattribuer",
        "leads_one": "{count} lead",
        "leads_many": "{count} leads",
        "overdue": "{count} en retard",
        "at_risk": "{count} à risque",
        "asked": "demandes d'appel : {count}",
        "list_of": "À suivre, dans cet ordre : {name}",
        "rank": "Rang",
        "lead": "Lead",
        "standing": "Où il en est",
        "due": "Échéance",
        "did": "Ce qu'il a fait",
        "next": "À faire",
        "score": "Score {score}",
        "grade": "note {grade}",
        "boxes": "{count}/6 cases cochées",
        "hot": "chaud",
        "warm": "tiède",
        "cold": "froid",
        "asked_mark": "demande un appel",
        "call_mark": "appeler d'abord : pas encore d'appel",
        "breached": "en retard",
        "at_risk_mark": "à risque",
        "no_clock": "rien de dû",
        "no_email": "ne pas écrire par e-mail",
        "no_phone": "ne pas téléphoner",
        "contents": "Derniers contenus",
        "quiet": "aucun signal",
        "unnamed": "sans nom ({lead_id})",
        "hidden": "ne doit plus être contacté",
        "feedback": "Ce que sont devenus les leads de la semaine passée",
        "feedback_of": "Transmis ou jugés la semaine du {monday} : {name}",
        "handed_over": "Transmis",
        "verdict": "Verdict",
        "reason": "Motif",
        "accepted": "accepté",
        "qualified": "qualifié",
        "recycled": "recyclé",
        "disqualified": "disqualifié",
        "contested": "contesté",
        "in_progress": "en cours",
        "untouched": "non contacté",
        "touches": "{count} contacts tentés",
        "touches_one": "{count} contact tenté",
        "no_reason": "non précisé",
        "zone": "Heures de {zone}. Qui s'est opposé ou ne peut être contacté n'y figure pas.",
    },
}


def read_labels(seed: str, lang: Language) -> Mapping[str, str]:
    """What people call the values of a reference seed, by its first column."""
    with (REFERENCE / f"{seed}.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        assert rows.fieldnames is not None
        return MappingProxyType({row[rows.fieldnames[0]]: row[f"label_{lang}"] for row in rows})


def day_in_words(day: date, lang: Language) -> str:
    """A day as people write it: `23 November 2026`, `23 novembre 2026`."""
    month = MONTHS[lang].split()[day.month - 1]
    number = "1er" if lang == "fr" and day.day == 1 else str(day.day)
    return f"{number} {month} {day.year}"


def instant_in_words(instant: datetime, zone: str, lang: Language) -> str:
    """An instant (naive UTC) by the clocks of a zone: `Mon 23 November 2026, 09:00`."""
    local = local_instant(instant, zone)
    return f"{DAYS[lang][local.weekday()]} {day_in_words(local.date(), lang)}, {local:%H:%M}"


def local_instant(instant: datetime, zone: str) -> datetime:
    """An instant (naive UTC) by the clocks of a zone, aware."""
    return instant.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(zone))
