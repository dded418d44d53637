"""Random contacts, companies and deals of one small group, as change logs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from .definitions import Row
from .drawing import Draw
from .facts import Cluster, varied

TITLES = {
    "Chief Marketing Officer": "decider",
    "CEO": "decider",
    "Marketing Manager": "manager",
    "Accountant": "other",
    "Intern": "intern",
    "Student": "student",
}
RIVAL: Row = {
    "company_id": "rival",
    "name": "Rival",
    "domain": "rival-analytics.example",
    "industry": "software",
    "updated_at": datetime(2025, 8, 1),
}
REPS: list[Row] = [
    {"rep_id": rep, "manager_id": manager, "role": "SDR", "updated_at": datetime(2025, month, day)}
    for rep, manager, month, day in (
        ("r1", "m1", 8, 1),
        ("r1", "m2", 10, 15),
        ("r1", None, 12, 15),
        ("r2", "m3", 11, 15),
        ("r2", "m4", 12, 1),
    )
]
"""Reps who own contacts; one of them was known late."""
CONTACT_VALUES: dict[str, list[Any]] = {
    "job_title": [*list(TITLES)[:3], "CEO", " marketing manager ", *list(TITLES)[3:], None],
    "country": ["FR", "fr", "US", None],
    "language": ["fr", "en", None],
    "lead_source": ["website", "webinar", "referral", None],
    "owner_id": ["r1", "r2", None],
}
COMPANY_VALUES: dict[str, list[Any]] = {
    "industry": ["software", "Financial Services", " retail ", "mining", "software", None],
    "employee_count": [200, 50, 1000, 49, 20, 1001, 10, None],
    "annual_revenue": [1000000.5, 999999.99, 10000.0, 5.25, None],
    "country": ["FR", "DE", "FR", "US", None],
}


def _steps(draw: Draw, cluster: Cluster, most: int) -> list[datetime]:
    return sorted(cluster.instant(draw) for _ in range(draw.pick(range(most + 1))))


def make_companies(draw: Draw, cluster: Cluster) -> list[Row]:
    """Two companies of the group, found by id or by domain, and the rival everybody shares."""
    rows: list[Row] = [RIVAL]
    for brand in ("acme", "beta"):
        row: Row = {
            "company_id": f"{cluster.name}-{brand}",
            "name": brand,
            "domain": f"{cluster.name}-{brand}.example",
            "updated_at": cluster.instant(draw),
        }
        for name, choices in COMPANY_VALUES.items():
            row[name] = cluster.first_value(draw, choices)
        rows.append(row)
        for at in _steps(draw, cluster, 2):
            name = draw.pick(list(COMPANY_VALUES))
            row = {**row, "updated_at": at, name: draw.pick(COMPANY_VALUES[name])}
            if brand == "acme" and cluster.options.company_domain_changes and draw.chance(25):
                row["domain"] = draw.pick([None, f"{cluster.name}-new.example", row["domain"]])
            rows.append(row)
    return rows


def make_contacts(draw: Draw, cluster: Cluster) -> list[Row]:
    """One to four contacts; emails change, are shared and emptied; some are merged."""
    letters = ["b", "B", "1", "é", "a"]
    for number in range(draw.pick([1, 1, 1, 2, 2, 3, 4])):
        contact = f"{cluster.name}-{draw.pick(letters)}{number}"
        cluster.contacts.append(contact)
        cluster.created[contact] = cluster.instant(draw)
    rows: list[Row] = []
    left: dict[str, str] = {}
    for contact in cluster.contacts:
        rows += _contact_versions(draw, cluster, contact, left)
    return rows


def _contact_versions(
    draw: Draw, cluster: Cluster, contact: str, left: dict[str, str]
) -> list[Row]:
    created = cluster.created[contact]
    row: Row = {
        "contact_id": contact,
        "email": draw.pick([*cluster.emails[:4], *cluster.emails, None]),
        "company_id": draw.pick([f"{cluster.name}-acme", f"{cluster.name}-beta", None]),
        "merged_into_contact_id": None,
        "created_at": created,
        "updated_at": created,
    }
    for name, choices in CONTACT_VALUES.items():
        row[name] = cluster.first_value(draw, choices)
    if cluster.options.unknown_companies and draw.chance(10):
        row["company_id"] = f"{cluster.name}-unknown"
    if draw.chance(15):
        row["updated_at"] += timedelta(days=draw.pick([1, 14, 30]))
    _merge(draw, cluster, row, is_first=True)
    rows = [row]
    held = row["email"]
    for at in _steps(draw, cluster, 3):
        if at < rows[0]["updated_at"]:
            continue
        row = {**row, "updated_at": at}
        for name in ("job_title", "country", "language", "lead_source", "owner_id"):
            if draw.chance(30):
                row[name] = draw.pick(CONTACT_VALUES[name])
        if draw.chance(20):
            row["company_id"] = draw.pick([f"{cluster.name}-acme", f"{cluster.name}-beta", None])
        email = draw.pick([*cluster.emails, None]) if draw.chance(30) else row["email"]
        leaves = email is not None and held is not None and email != held
        if leaves and not cluster.options.shared_past_emails:
            # At most one contact leaves an address, so that its past owner is one person.
            email = email if left.setdefault(held, contact) == contact else held
        held = email if email is not None else held
        row["email"] = email
        _merge(draw, cluster, row, is_first=False)
        rows.append(row)
    return [
        one if one["email"] is None else {**one, "email": varied(draw, one["email"])}
        for one in rows
    ]


def _merge(draw: Draw, cluster: Cluster, row: Row, is_first: bool) -> None:
    if not (cluster.options.merges and draw.chance(12)):
        return
    known_by = row["created_at"] if is_first else row["updated_at"]
    known = [one for one in cluster.contacts if cluster.created[one] <= known_by]
    if cluster.options.unmerged and draw.chance(30):
        row["merged_into_contact_id"] = None
    elif known:
        row["merged_into_contact_id"] = draw.pick(known)


def make_deals(draw: Draw, cluster: Cluster) -> dict[str, list[Row]]:
    """Deals that open, are lost, won, reopened, and move between people."""
    deals: list[Row] = []
    links: list[Row] = []
    for number in range(draw.pick([0, 0, 0, 1, 1, 2, 3])):
        deal = f"{cluster.name}-{draw.pick('dD')}{number}"
        steps = [cluster.instant(draw), *_steps(draw, cluster, 3)]
        contact: str | None = draw.pick(cluster.contacts)
        if not cluster.options.early_activities:
            latest = max(cluster.created.values())
            steps = [max(at, latest) for at in steps]
        steps.sort()
        created = steps[0]
        if cluster.options.late_first_deals and draw.chance(25):
            created -= timedelta(days=draw.pick([1, 30]))
        for at in steps:
            if draw.chance(25):
                contact = draw.pick([*cluster.contacts, None])
            status = draw.pick(["open", "lost", "open", "lost", "lost", "won"])
            deals.append(
                {
                    "deal_id": deal,
                    "contact_id": contact,
                    "status": status,
                    "amount": draw.pick([1000.0, 2500.5]),
                    "currency": "EUR",
                    "created_at": created,
                    "closed_at": at if status != "open" else None,
                    "updated_at": at,
                }
            )
        for _ in range(draw.pick([0, 0, 0, 1, 2, 3])):
            other = draw.pick(cluster.contacts)
            if cluster.options.quarantined and draw.chance(10):
                other = f"{cluster.name}-unknown"
            links.append(
                {
                    "deal_id": deal,
                    "contact_id": other,
                    "is_removed": draw.pick([False, None, True]),
                    "updated_at": max(cluster.instant(draw), created),
                }
            )
    return {"deals": deals, "deal_contacts": links}
