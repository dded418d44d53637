"""Alerts: new MQLs and hand-raises, obligations at risk or breached, failed runs: told once each.

They go to a chat webhook or to a file.

What was told is noted in a file beside the warehouse, a line of JSON per alert, after it was taken;
an alert that nobody took is tried again. Should the process die between the two, it is told a
second time, under the same id. Alerts name people by id and score: no names, no addresses.

News is what has not been told yet and was not there at the first look: whatever arrives late is
news when it arrives. An alert is named by what happened, not by its number among others, and is
the same under every id of the person, so that neither a merge nor late rows tell it again.
"""

from __future__ import annotations

import csv
import json
import os
import urllib.error
import urllib.request
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from orchestration.errors import LeadgerError, UnusableInputError
from orchestration.warehouse import Connection, open_warehouse
from orchestration.workspace import PROJECT, Workspace

WEBHOOK = "LEADGER_WEBHOOK"
TIMEOUT_SECONDS = 10
SILENCES = 3
"""Alerts in a row without an answer after which nobody is taken to be there."""
NOT_NOW = 429
WAITING = "waiting"

SLA_LABELS = PROJECT / "seeds" / "reference" / "sla_labels.csv"

_MQLS = """
    select
        mqls.lead_id, mqls.entered_at, leads.score, leads.icp_grade, leads.owner_id,
        leads.next_action
    from marts.mqls as mqls
    inner join marts.leads as leads on mqls.lead_id = leads.lead_id
    where {wanted}
    order by mqls.entered_at, mqls.lead_id
"""

_HAND_RAISES = """
    select
        hand_raises.hand_raise_id, hand_raises.raised_at, leads.lead_id, leads.score,
        leads.icp_grade, leads.owner_id, leads.next_action
    from marts.hand_raises as hand_raises
    inner join marts.leads as leads on hand_raises.lead_id = leads.lead_id
    where {wanted}
    order by hand_raises.raised_at, hand_raises.hand_raise_id
"""

# a clock that nobody stopped and that is owed still; one at risk is told again when it is breached.
# What starts the clock of a hand-raise is a fact with a name of its own
_CLOCKS = """
    select
        clocks.clock_id, clocks.status, clocks.obligation, clocks.segment, clocks.started_at,
        case clocks.status when 'breached' then clocks.due_at else clocks.at_risk_at end
            as happened_at,
        hand_raises.hand_raise_id, clocks.lead_id, clocks.due_at, clocks.owner_id,
        clocks.manager_id, clocks.owed_by, clocks.escalate_to
    from marts.sla_clocks as clocks
    left join marts.leads as leads on clocks.lead_id = leads.lead_id
    left join marts.hand_raises as hand_raises
        on
            clocks.lead_id = hand_raises.lead_id and clocks.started_at = hand_raises.heard_at
            and clocks.obligation = 'hand_raise_response'
    where
        clocks.status in ('at_risk', 'breached') and clocks.stopped_at is null and {wanted}
    order by 6, clocks.clock_id, hand_raises.hand_raise_id
"""


@dataclass(frozen=True)
class Alert:
    """Something somebody should know at once; `happened_at` is naive UTC."""

    alert_id: str
    kind: str
    happened_at: datetime
    text: str
    same_as: tuple[str, ...] = ()
    """What it would be called under the other ids of the person, or of what happened."""

    @property
    def names(self) -> tuple[str, ...]:
        """All it may have been told as."""
        return (self.alert_id, *self.same_as)


Teller = Callable[[Alert], None]
"""Tells one alert, and returns once it was taken; else raises `UntoldError`."""


class UntoldError(LeadgerError):
    """An alert was not taken; it is tried again."""


class NobodyThereError(UntoldError):
    """Nobody answered at all, or asked to be left alone for a while."""


class OldMartsError(UnusableInputError):
    """The published marts do not have yet what is looked at."""


class Told:
    """The alerts told so far: a file of JSON lines, only ever appended to."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._names: set[str] = set()
        self._entered: dict[str, str] = {}
        self._begun: set[str] = set()
        self._waiting: dict[str, Alert] = {}
        self._read()

    def __contains__(self, alert: Alert) -> bool:
        return any(name in self._names or self._has_entered(name) for name in alert.names)

    def has_begun(self, sensor: str) -> bool:
        """Whether a sensor has looked before."""
        return sensor in self._begun

    @property
    def waiting(self) -> list[Alert]:
        """Alerts that nobody took and that no look finds again."""
        return list(self._waiting.values())

    def begin(self, sensor: str, alerts: Collection[Alert], at: datetime) -> int:
        """Note a sensor's first look: what is there is history, and no news. Gives how much."""
        known = [name for alert in alerts for name in alert.names]
        self._append({"begun": sensor, "at": at, "known": known})
        self._begun.add(sensor)
        self._know(known)
        return len(alerts)

    def note(self, alert: Alert, at: datetime, how: str) -> None:
        """Write down that an alert was told, by which way; on the disk when this returns."""
        self._append(asdict(alert) | {"told_at": at, "how": how})
        self._know(alert.names)
        self._waiting.pop(alert.alert_id, None)

    def keep(self, alert: Alert) -> None:
        """Write down that an alert was not taken, for it to be told later."""
        if alert not in self and alert.alert_id not in self._waiting:
            self._append(asdict(alert) | {"told_at": None, "how": WAITING})
            self._waiting[alert.alert_id] = alert

    def _has_entered(self, name: str) -> bool:
        """Whether an MQL episode was told that lies in this one, which lasts until now.

        A merge or late rows move the beginning of an episode back; it is the same one.
        """
        entered, person = _entry(name)
        return bool(entered) and self._entered.get(person, "") >= entered

    def _know(self, names: Iterable[str]) -> None:
        for name in names:
            self._names.add(name)
            entered, person = _entry(name)
            if entered:
                self._entered[person] = max(entered, self._entered.get(person, ""))

    def _append(self, said: Mapping[str, Any]) -> None:
        with self.file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(said, default=_text) + "\n")
            lines.flush()
            os.fsync(lines.fileno())

    def _read(self) -> None:
        if not self.file.exists():
            return
        for number, line in enumerate(self.file.read_text(encoding="utf-8").splitlines(), 1):
            try:
                self._take(json.loads(line))
            except (ValueError, KeyError, TypeError):
                raise UnusableInputError(
                    f"{self.file}, line {number}: not an alert: {line[:80]!r}. Delete it: the "
                    "alert it was about may be told once more."
                ) from None

    def _take(self, said: Mapping[str, Any]) -> None:
        if "begun" in said:
            self._begun.add(said["begun"])
            self._know(said["known"])
            return
        alert_id = said["alert_id"]
        if said.get("how") == WAITING:
            at = datetime.fromisoformat(said["happened_at"].removesuffix("Z"))
            self._waiting[alert_id] = Alert(alert_id, said["kind"], at, said["text"])
            return
        self._know([alert_id, *said.get("same_as", ())])
        self._waiting.pop(alert_id, None)


def published_run(workspace: Workspace) -> str | None:
    """The run whose marts readers see; None where none says so."""
    with open_warehouse(workspace.readers, read_only=True) as connection:
        if not connection.has_table("marts", "audit_digests"):
            return None
        row = connection.execute(
            "select run_id from marts.audit_digests order by run_number desc limit 1"
        ).fetchone()
    return str(row[0]) if row else None


def news(workspace: Workspace, *, is_first_look: bool = False) -> list[Alert]:
    """Open MQL episodes, hand-raises and endangered clocks, oldest first, told before or not.

    Of people who may be contacted only, and what is owed still; at a first look of everybody,
    episodes that ended and clocks nobody has to act on, for whatever is there then is history. A
    clock is at risk or breached when a run has seen it so.

    Read where BI tools read, so a run that is going on is neither disturbed nor seen half.

    Raises:
        OldMartsError: the marts are of an older version; the next run makes them anew.
    """
    may = "true" if is_first_look else "leads.is_contactable"
    lasts = "true" if is_first_look else "mqls.left_at is null"
    with open_warehouse(workspace.readers, read_only=True) as connection:
        if not _is_of_this_version(connection):
            raise OldMartsError("the marts are of an older version; looking after the next run")
        others = _other_ids(connection)
        mqls = connection.execute(_MQLS.replace("{wanted}", f"{lasts} and {may}")).fetchall()
        raises = connection.execute(_HAND_RAISES.replace("{wanted}", may)).fetchall()
        owed = "true" if is_first_look else "clocks.is_owed"
        about = f"{owed} and (clocks.lead_id is null or {may})"
        clocks = connection.execute(_CLOCKS.replace("{wanted}", about)).fetchall()
    found = [_new_mql(row, others) for row in mqls]
    found += [_new_hand_raise(row) for row in raises]
    found += _endangered(clocks, others)
    return sorted(found, key=lambda alert: (alert.happened_at, alert.alert_id))


def _is_of_this_version(connection: Connection) -> bool:
    marts = connection.columns("marts")
    return "hand_raises" in marts and "is_owed" in marts.get("sla_clocks", {})


def _other_ids(connection: Connection) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for lead_id, contact_id in connection.execute(
        "select lead_id, contact_id from marts.lead_aliases where contact_id <> lead_id order by 2"
    ).fetchall():
        found.setdefault(lead_id, []).append(contact_id)
    return found


def _new_mql(row: tuple[Any, ...], others: Mapping[str, list[str]]) -> Alert:
    lead_id, entered_at, *known = row
    names = [_mql(entered_at, each) for each in (lead_id, *others.get(lead_id, ()))]
    said = _said("became an MQL", entered_at, lead_id, *known)
    return Alert(names[0], "new_mql", entered_at, said, tuple(names[1:]))


def _new_hand_raise(row: tuple[Any, ...]) -> Alert:
    hand_raise_id, raised_at, *known = row
    said = _said("asked for us", raised_at, *known)
    return Alert(f"hand_raise:{hand_raise_id}", "new_hand_raise", raised_at, said)


def _endangered(rows: list[tuple[Any, ...]], others: Mapping[str, list[str]]) -> list[Alert]:
    called, found = obligations(), dict[str, Alert]()
    for clock_id, status, obligation, segment, started_at, happened_at, fact, *known in rows:
        lead_id, kind = known[0], f"clock_{status}"
        whose = [segment] if lead_id is None else [lead_id, *others.get(lead_id, ())]
        begun = [fact] if fact else [f"{_instant(started_at)}:{each}" for each in whose]
        names = [f"{kind}:{obligation}:{each}" for each in begun]
        if clock_id in found:  # another hand-raise of the same instant
            names = [*found[clock_id].names, *names]
        said = _owed(kind, called[obligation], *known)
        found[clock_id] = Alert(names[0], kind, happened_at, said, tuple(names[1:]))
    return list(found.values())


def obligations(labels: Path = SLA_LABELS) -> dict[str, str]:
    """What a person calls each obligation."""
    with labels.open(encoding="utf-8") as rows:
        return {row["name"]: row["label_en"] for row in csv.DictReader(rows)}


def tell(alerts: Iterable[Alert], told: Told, teller: Teller, how: str, now: datetime) -> int:
    """Tell those not told before, one after the other; gives how many.

    One that is refused holds up none of the others. Once nobody has answered several times in a
    row, the rest waits for the next look.

    Raises:
        UntoldError: some were not taken; the others were, and are noted.
    """
    count, silent = 0, 0
    untaken: list[UntoldError] = []
    for alert in alerts:
        if alert in told:
            continue
        try:
            teller(alert)
        except UntoldError as error:
            untaken.append(error)
            silent = silent + 1 if isinstance(error, NobodyThereError) else 0
            if silent == SILENCES:
                break
        else:
            silent = 0
            told.note(alert, now, how)
            count += 1
    if untaken:
        raise UntoldError(
            f"{count} told, {len(untaken)} not taken and tried again at the next look: {untaken[0]}"
        )
    return count


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
            kind = NobodyThereError if error.code == NOT_NOW else UntoldError
            raise kind(f"The webhook answered {error.code} to {alert.alert_id}.") from None
        except (urllib.error.URLError, TimeoutError, OSError) as error:
            reason = getattr(error, "reason", error)
            raise NobodyThereError(
                f"The webhook did not answer {alert.alert_id}: {reason}"
            ) from None

    return post


def teller_for(workspace: Workspace) -> tuple[Teller, str]:
    """The webhook named in the environment; without one, the file of alerts is all there is."""
    address = os.environ.get(WEBHOOK, "")
    if address:
        return webhook(address), "webhook"
    return (lambda alert: None), str(workspace.alerts)


def failed_run(run_id: str, message: str, at: datetime) -> Alert:
    """A run of the job failed."""
    return Alert(
        f"failed_run:{run_id}", "failed_run", at, f"leadger: run {run_id} failed. {_first(message)}"
    )


def untold_crms(run_id: str, crms: Mapping[str, str], at: datetime) -> Alert:
    """A run published its marts, and could not tell these CRMs, each for its reason."""
    said = " ".join(
        f"{_UNTOLD.get(crm, f'{crm} was not told')}: {_first(why)}" for crm, why in crms.items()
    )
    return Alert(
        f"failed_run:{run_id}",
        "crm_failed",
        at,
        f"leadger: run {run_id} published its marts. {said}",
    )


_UNTOLD = {"files": "The file for the CRM's importer was not written"}


def _first(message: str) -> str:
    """Its first line."""
    return message.strip().partition("\n")[0]


def _said(
    what: str,
    happened_at: datetime,
    lead_id: str,
    score: int | None,
    grade: str | None,
    owner_id: str | None,
    next_action: str | None,
) -> str:
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


def _mql(entered_at: datetime, person: str) -> str:
    return f"mql:{_instant(entered_at)}:{person}"


def _entry(name: str) -> tuple[str, str]:
    """The entry and the person of an MQL's name, as text that sorts; empty for other names."""
    kind, _, rest = name.partition(":")
    entered, _, person = rest.partition(":")
    return (entered, person) if kind == "mql" and person else ("", "")


def _instant(at: datetime) -> str:
    return f"{at:%Y%m%dT%H%M%S.%fZ}"
