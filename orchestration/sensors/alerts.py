"""Alerts: new MQLs and hand-raises, obligations at risk or breached, failed runs: told once each.

They go to a chat webhook or to a file.

What was told is noted in a file beside the warehouse, a line of JSON per alert, after it was taken;
an alert that nobody took is tried again. Should the process die between the two, it is told a
second time, under the same id. Alerts name people by id and score: no names, no addresses.
"""

from __future__ import annotations

import csv
import json
import os
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from orchestration.errors import LeadgerError, UnusableInputError
from orchestration.warehouse import open_warehouse
from orchestration.workspace import PROJECT, Workspace

WEBHOOK = "LEADGER_WEBHOOK"
FRESH = timedelta(days=7)
"""Older news is none; that also bounds what a first look finds."""
TIMEOUT_SECONDS = 10

CATALOGUE = PROJECT / "seeds" / "reference" / "signal_catalogue.csv"
SLA_LABELS = PROJECT / "seeds" / "reference" / "sla_labels.csv"

_NEWS = """
    select
        'mql:' || mqls.lead_id || ':' || mqls.mql_number as alert_id, 'new_mql' as kind,
        mqls.entered_at as happened_at, leads.lead_id, leads.score, leads.icp_grade,
        leads.owner_id, leads.next_action
    from marts.mqls as mqls
    inner join marts.leads as leads on mqls.lead_id = leads.lead_id
    where mqls.left_at is null and mqls.entered_at > $since and leads.is_contactable
    union all
    select
        'hand_raise:' || ledger.source_fact_id, 'new_hand_raise',
        ledger.entry_at, leads.lead_id, leads.score, leads.icp_grade, leads.owner_id,
        leads.next_action
    from marts.lead_score_ledger as ledger
    inner join marts.leads as leads on ledger.lead_id = leads.lead_id
    where
        ledger.entry_type = 'credit' and ledger.signal in ({hand_raises})
        and ledger.entry_at > $since and leads.is_contactable
    order by 3, 1
"""

# a clock that nobody stopped; one at risk is told again when it is breached
_CLOCKS = """
    select
        'clock_' || clocks.status || ':' || clocks.clock_id as alert_id,
        'clock_' || clocks.status as kind,
        case clocks.status when 'breached' then clocks.due_at else clocks.at_risk_at end
            as happened_at,
        clocks.obligation, clocks.lead_id, clocks.due_at, clocks.owner_id, clocks.manager_id,
        clocks.owed_by, clocks.escalate_to
    from marts.sla_clocks as clocks
    left join marts.leads as leads on clocks.lead_id = leads.lead_id
    where
        clocks.status in ('at_risk', 'breached') and clocks.stopped_at is null
        and case clocks.status when 'breached' then clocks.due_at else clocks.at_risk_at end
        > $since
        and (clocks.lead_id is null or leads.is_contactable)
    order by 3, 1
"""


@dataclass(frozen=True)
class Alert:
    """Something somebody should know at once; `happened_at` is naive UTC."""

    alert_id: str
    kind: str
    happened_at: datetime
    text: str


Teller = Callable[[Alert], None]
"""Tells one alert, and returns once it was taken; else raises `UntoldError`."""


class UntoldError(LeadgerError):
    """Nobody took an alert; it is tried again."""


class Told:
    """The alerts told so far: a file of JSON lines, only ever appended to."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._ids = set(self._read())

    def __contains__(self, alert: Alert) -> bool:
        return alert.alert_id in self._ids

    def note(self, alert: Alert, at: datetime, how: str) -> None:
        """Write down that an alert was told, by which way; on the disk when this returns."""
        line = json.dumps(asdict(alert) | {"told_at": at, "how": how}, default=_text)
        with self.file.open("a", encoding="utf-8") as lines:
            lines.write(line + "\n")
            lines.flush()
            os.fsync(lines.fileno())
        self._ids.add(alert.alert_id)

    def _read(self) -> Iterable[str]:
        if not self.file.exists():
            return
        for number, line in enumerate(self.file.read_text(encoding="utf-8").splitlines(), 1):
            try:
                yield json.loads(line)["alert_id"]
            except (ValueError, KeyError):
                raise UnusableInputError(
                    f"{self.file}, line {number}: not an alert: {line[:80]!r}. Delete it: the "
                    "alert it was about may be told once more."
                ) from None


def news(workspace: Workspace, now: datetime) -> list[Alert]:
    """New MQLs, hand-raises and endangered clocks of the last days, oldest first.

    Of people who may be contacted only. A clock is at risk or breached when a run has seen it so.

    Read where BI tools read, so a run that is going on is neither disturbed nor seen half.
    """
    with open_warehouse(workspace.readers, read_only=True) as connection:
        names = ", ".join(f"'{name}'" for name in hand_raises())
        rows = connection.execute(
            _NEWS.replace("{hand_raises}", names), {"since": now - FRESH}
        ).fetchall()
        clocks = connection.execute(_CLOCKS, {"since": now - FRESH}).fetchall()
    called = obligations()
    found = [
        Alert(alert_id, kind, happened_at, _said(kind, happened_at, *about))
        for alert_id, kind, happened_at, *about in rows
    ]
    found += [
        Alert(alert_id, kind, happened_at, _owed(kind, called[obligation], *about))
        for alert_id, kind, happened_at, obligation, *about in clocks
    ]
    return sorted(found, key=lambda alert: (alert.happened_at, alert.alert_id))


def hand_raises(catalogue: Path = CATALOGUE) -> list[str]:
    """The signals by which somebody asks for us."""
    with catalogue.open(encoding="utf-8") as rows:
        return sorted(
            {row["signal"] for row in csv.DictReader(rows) if row["is_hand_raise"] == "true"}
        )


def obligations(labels: Path = SLA_LABELS) -> dict[str, str]:
    """What a person calls each obligation."""
    with labels.open(encoding="utf-8") as rows:
        return {row["name"]: row["label_en"] for row in csv.DictReader(rows)}


def tell(alerts: Iterable[Alert], told: Told, teller: Teller, how: str, now: datetime) -> int:
    """Tell those not told before, one after the other; gives how many.

    Raises:
        UntoldError: one was not taken; those before it were, and are noted.
    """
    count = 0
    for alert in alerts:
        if alert not in told:
            teller(alert)
            told.note(alert, now, how)
            count += 1
    return count


def begin(alerts: Iterable[Alert], told: Told, now: datetime) -> int:
    """At the first look, note what there is without telling it: history is no news."""
    return tell(alerts, told, lambda alert: None, "known at the start", now)


def webhook(address: str) -> Teller:
    """Post to a chat tool's incoming webhook (Slack, Mattermost, Teams, Google Chat)."""
    if not address.startswith(("https://", "http://127.0.0.1", "http://localhost")):
        raise UnusableInputError(f"{WEBHOOK} must be an https:// address; it is not shown here.")

    def post(alert: Alert) -> None:
        body = json.dumps({"text": alert.text, "alert_id": alert.alert_id}).encode()
        request = urllib.request.Request(
            address, data=body, headers={"Content-Type": "application/json"}, method="POST"
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
                answer.read()
        except urllib.error.HTTPError as error:
            raise UntoldError(f"The webhook answered {error.code} to {alert.alert_id}.") from None
        except (urllib.error.URLError, TimeoutError, OSError) as error:
            reason = getattr(error, "reason", error)
            raise UntoldError(f"The webhook did not answer {alert.alert_id}: {reason}") from None

    return post


def teller_for(workspace: Workspace) -> tuple[Teller, str]:
    """The webhook named in the environment; without one, the file of alerts is all there is."""
    address = os.environ.get(WEBHOOK, "")
    if address:
        return webhook(address), "webhook"
    return (lambda alert: None), str(workspace.alerts)


def failed_run(run_id: str, message: str, at: datetime) -> Alert:
    """A run of the job failed."""
    first = message.strip().partition("\n")[0]
    return Alert(f"failed_run:{run_id}", "failed_run", at, f"leadger: run {run_id} failed. {first}")


def _said(
    kind: str,
    happened_at: datetime,
    lead_id: str,
    score: int | None,
    grade: str | None,
    owner_id: str | None,
    next_action: str | None,
) -> str:
    what = "asked for us" if kind == "new_hand_raise" else "became an MQL"
    return (
        f"{lead_id} {what} at {happened_at:%Y-%m-%d %H:%M} UTC: score {score}, grade {grade}, "
        f"owner {owner_id or 'nobody'}, next: {next_action or 'nothing'}"
    )


def _owed(
    kind: str,
    obligation: str,
    lead_id: str | None,
    due_at: datetime,
    owner_id: str | None,
    manager_id: str | None,
    owed_by: str | None,
    escalate_to: str | None,
) -> str:
    about = f"{lead_id}: {obligation}" if lead_id else obligation
    owner = f"owed by {owed_by or 'nobody named'}, owner {owner_id or 'nobody'}"
    if kind == "clock_at_risk":
        return f"{about} is at risk, due {due_at:%Y-%m-%d %H:%M} UTC: {owner}"
    manager = f" ({manager_id})" if manager_id else ""
    return (
        f"{about} is late, due {due_at:%Y-%m-%d %H:%M} UTC: {owner}; "
        f"escalate to {escalate_to or 'nobody named'}{manager}"
    )


def _text(value: object) -> str:
    return f"{value.isoformat()}Z" if isinstance(value, datetime) else str(value)
