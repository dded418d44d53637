"""What marketing and sales write beside the facts: campaigns, reasons, amounts, agencies, costs."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from .definitions import History, Row
from .facts import SPAN_DAYS, START

CAMPAIGNS = [None, None, "search", "newsletter", " webinars "]
REASONS = ["wrong_contact", "not_icp", " Not_ICP ", "no_budget", "not_ready", "duplicate"]
REASONS += ["no_response", "bad_timing", "he is away until June"]
SOURCES = ["website", "Webinar", "agency", "purchased_list", "carrier_pigeon", None]
AGENCIES = [None, None, None, "Belombre", " Tarvane "]
AMOUNTS = [1000.0, 4999.99, 5000.0, 20000.5, 123456.78, None]
CURRENCIES = ["EUR", "EUR", "eur", "CHF", "XXX"]
LOST = ["price", "Timing", "moved to Mars", None]
FIELDS: dict[str, dict[str, list[Any]]] = {
    "events": {"campaign_id": CAMPAIGNS},
    "contacts": {"lead_source": SOURCES, "source_agency": AGENCIES},
    "deals": {"amount": AMOUNTS, "currency": CURRENCIES, "lost_reason": LOST},
    "consents": {"legal_basis": [None, "legitimate_interest"], "notice": [None, "notice-v1"]},
}


def with_marketing(history: History, seed: int) -> History:
    """The same facts, with these fields drawn anew for every row, and costs of campaigns."""
    drawn: History = {}
    for table, rows in history.items():
        fields = FIELDS.get(table, {})
        drawn[table] = []
        for number, row in enumerate(rows):
            random = Random(f"{seed} {table} {number}")
            more = {name: random.choice(choices) for name, choices in fields.items()}
            if table == "sales_activities" and row["verdict"] in ("recycled", "disqualified"):
                more["reason"] = random.choice([*REASONS, None])
            if table == "deals":
                more |= _deal(random, row)
            drawn[table].append({**row, **more})
    drawn["campaign_costs"] = _costs(Random(f"{seed} costs"))
    return drawn


def _deal(random: Random, row: Row) -> Row:
    """Closed when it turned, before that, or nobody said; with a company of its own or none."""
    more: Row = {"company_id": None}
    if random.random() < 0.3:
        more["company_id"] = f"{row['deal_id'].partition('-')[0]}-acme"
    if row["status"] != "open":
        since = row["updated_at"] - row["created_at"]
        more["closed_at"] = random.choice(
            [None, row["updated_at"], row["created_at"] + since / 2, row["created_at"]]
        )
    return more


def _costs(random: Random) -> list[Row]:
    first: date = START.date()
    keys = {
        (campaign, source, first + timedelta(days=random.randrange(SPAN_DAYS)))
        for campaign in ("search", "newsletter", "posters")
        for source in ("website", "Webinar", None)
        for _ in range(8)
    }
    return [
        {
            "campaign_id": campaign,
            "lead_source": source,
            "cost_date": day,
            "amount": random.choice([100.0, 250.25, 999.99]),
            "currency": random.choice(CURRENCIES),
        }
        for campaign, source, day in sorted(keys, key=str)
    ]
