"""Salesforce leads and contacts, through simple-salesforce: sObject Collections of 200.

simple-salesforce retries nothing, has no time-outs, and no words for collections; all three are
here. An id says by its first three characters what it is: `00Q` a lead, `003` a contact. A lead
that was converted cannot be changed any more; its contact can, and stands for it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import requests
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceError

from orchestration.crm.destination import Answer, Change, Edit, Found, Outcome, StopError
from orchestration.crm.mapping import CrmMapping, Property
from orchestration.crm.pace import Pace, backoff
from orchestration.crm.reading_back import read_back
from orchestration.errors import UnusableInputError

TOKEN = "LEADGER_SALESFORCE_TOKEN"
ADDRESS = "LEADGER_SALESFORCE_URL"
TIMEOUT_SECONDS = (5, 60)
TRIES = 6
OBJECTS = {"00Q": "Lead", "003": "Contact"}
_PASSING = ("UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE", "REQUEST_RUNNING_TOO_LONG")
_KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "string": ("LongTextArea", {"length": 32000, "visibleLines": 4}),
    "number": ("Number", {"precision": 18, "scale": 0}),
    "bool": ("Checkbox", {"defaultValue": "false"}),
    "datetime": ("DateTime", {}),
}
_TYPES = {
    "string": ("string", "textarea", "picklist"),
    "number": ("double", "int", "currency", "percent"),
    "bool": ("boolean",),
    "datetime": ("datetime",),
    "enumeration": ("picklist", "string"),
}


class InTime(requests.Session):
    """A session in which no call lasts for ever."""

    def request(self, *args: Any, **more: Any) -> requests.Response:
        """Make a request, with a time-out unless it has one."""
        return super().request(*args, **{"timeout": TIMEOUT_SECONDS, **more})


class SalesforceDestination:
    """Salesforce; the token comes from the environment, and is in no message."""

    name = "salesforce"
    batch_size = 200
    takes_whole_rows = False
    calls_at_once = 1  # batches side by side wait for the same locks of accounts

    def __init__(
        self,
        mapping: CrmMapping,
        sleep: Callable[[float], None] = time.sleep,
        session: requests.Session | None = None,
    ) -> None:
        token, address = os.environ.get(TOKEN, ""), os.environ.get(ADDRESS, "")
        if not token or not address:
            raise UnusableInputError(
                f"{TOKEN} and {ADDRESS} must be set: an access token with the scope `api`, and the "
                "instance it is for, such as https://yourdomain.my.salesforce.com."
            )
        self.mapping = mapping
        self._kinds = {each.property: each.type for each in mapping.properties}
        self._sleep = sleep
        self._pace = Pace(mapping.requests_per_10_seconds, sleep=sleep)
        self._org = Salesforce(instance_url=address, session_id=token, session=session or InTime())

    # What it has

    def check(self, mapping: CrmMapping) -> list[str]:
        """Fields that are missing on leads or contacts, of another type, or without a value."""
        problems = []
        for sobject in OBJECTS.values():
            known = self._fields(sobject)
            for each in mapping.properties:
                there = known.get(each.property)
                if there is None:
                    problems.append(f"Salesforce's {sobject} has no field {each.property!r}")
                    continue
                if there["type"] not in _TYPES[each.type]:
                    problems.append(
                        f"Salesforce's {sobject}.{each.property} is a {there['type']}, "
                        f"not a {each.type}"
                    )
                values = {value["value"] for value in there.get("picklistValues") or []}
                lacking = [one for one in dict.fromkeys(each.values.values()) if one not in values]
                if lacking and there["type"] == "picklist":
                    problems.append(
                        f"Salesforce's {sobject}.{each.property} has no value {', '.join(lacking)}"
                    )
        if problems:
            problems.append("Make what is missing with: leadger crm setup salesforce")
        return problems

    def missing(self, mapping: CrmMapping) -> list[Property]:
        """Properties that leads or contacts lack."""
        known = [self._fields(sobject) for sobject in OBJECTS.values()]
        return [
            each
            for each in mapping.properties
            if any(each.property not in fields for fields in known)
        ]

    def create(self, properties: Sequence[Property]) -> None:
        """Make custom fields, on leads and contacts."""
        for sobject in OBJECTS.values():
            known = self._fields(sobject)
            for each in properties:
                if each.property in known:
                    continue
                if each.type == "enumeration" or not each.property.endswith("__c"):
                    raise UnusableInputError(
                        f"{each.property}: only custom fields (…__c) of type string, number, bool "
                        "or datetime can be made here. Make it in Salesforce's Setup."
                    )
                kind, more = _KINDS[each.type]
                made = {
                    "FullName": f"{sobject}.{each.property}",
                    "Metadata": {"type": kind, "label": each.label or each.property, **more},
                }
                self._call("tooling/sobjects/CustomField", "POST", made)

    def _fields(self, sobject: str) -> dict[str, Any]:
        described = self._call(f"sobjects/{sobject}/describe", "GET")
        return {each["name"]: each for each in described["fields"]}

    # What it holds

    def look(self, object_ids: Sequence[str], properties: Sequence[str]) -> list[Found]:
        """What it holds; for a converted lead its contact speaks, for a merged one its master."""
        found: dict[str, Found] = {}
        for prefix, sobject in OBJECTS.items():
            ids = list(dict.fromkeys(each for each in object_ids if each.startswith(prefix)))
            if ids:
                found |= self._look_at(sobject, ids, properties)
        unknown = "neither a lead (00Q…) nor a contact (003…) of Salesforce"
        return [found.get(each, Found(each, gone=unknown)) for each in object_ids]

    def _look_at(
        self, sobject: str, ids: Sequence[str], properties: Sequence[str]
    ) -> dict[str, Found]:
        own = ["IsConverted", "ConvertedContactId"] if sobject == "Lead" else []
        asked = {"ids": list(ids), "fields": ["Id", *properties, *own]}
        rows = self._call(f"composite/sobjects/{sobject}", "POST", asked)
        found = {}
        gone = []
        for object_id, row in zip(ids, rows, strict=True):
            if row is None:
                gone.append(object_id)
                continue
            contact = row.get("ConvertedContactId") if row.get("IsConverted") else None
            values = {name: _text(row.get(name)) for name in properties}
            if contact:
                values = self.look([contact], properties)[0].values  # type: ignore[assignment]
            found[object_id] = Found(object_id, values, contact)
        if gone:
            found |= self._where_they_went(sobject, gone, properties)
        return found

    def _where_they_went(
        self, sobject: str, ids: Sequence[str], properties: Sequence[str]
    ) -> dict[str, Found]:
        quoted = ", ".join(f"'{each}'" for each in ids if each.isalnum())
        query = f"SELECT Id, MasterRecordId FROM {sobject} WHERE Id IN ({quoted})"
        rows = self._call("queryAll", "GET", params={"q": query})["records"] if quoted else []
        masters = {row["Id"]: row.get("MasterRecordId") for row in rows}
        found = {}
        for object_id in ids:
            master = masters.get(object_id)
            if master:
                values = self.look([master], properties)[0].values
                found[object_id] = Found(object_id, values, master)
            else:
                found[object_id] = Found(object_id, gone="deleted or unknown in Salesforce")
        return found

    def edits(
        self, object_ids: Sequence[str], properties: Sequence[str]
    ) -> Mapping[str, Mapping[str, Edit]]:
        """Who last set some properties, where the object keeps a history of them."""
        found: dict[str, dict[str, Edit]] = {}
        for prefix, sobject in OBJECTS.items():
            ids = [each for each in object_ids if each.startswith(prefix) and each.isalnum()]
            quoted = ", ".join(f"'{each}'" for each in ids)
            query = (
                f"SELECT {sobject}Id, Field, CreatedById, CreatedDate FROM {sobject}History "
                f"WHERE {sobject}Id IN ({quoted}) ORDER BY CreatedDate DESC"
            )
            try:
                rows = self._call("query", "GET", params={"q": query})["records"] if ids else []
            except UnusableInputError:
                continue  # history is an option of the org; without it the conflict stands unsigned
            for row in rows:
                if row["Field"] in properties:
                    edit = Edit(f"user {row['CreatedById']}", str(row["CreatedDate"]))
                    found.setdefault(row[f"{sobject}Id"], {}).setdefault(row["Field"], edit)
        return found

    # What it is told

    def push(self, run: str, changes: Iterable[Change]) -> Iterator[Answer]:
        """Update records, each succeeding or failing by itself; leads and contacts apart."""
        batch = list(changes)
        for prefix, sobject in OBJECTS.items():
            yield from self._update(sobject, [e for e in batch if e.target.startswith(prefix)])

    def settle(self, run: str, changes: Iterable[Change]) -> Iterator[Answer]:
        """Find out what became of records that were sent: Salesforce is asked, not told again."""
        yield from self._read_back(list(changes))

    def file_of(self, run: str) -> None:
        """Salesforce has no file."""

    def _update(self, sobject: str, batch: Sequence[Change]) -> Iterator[Answer]:
        """Send records; those that another process holds are tried again, alone."""
        waiting = list(batch)
        for attempt in range(1, TRIES + 1):
            if not waiting:
                return
            body = {"allOrNone": False, "records": [self._record(sobject, e) for e in waiting]}
            try:
                results = self._call("composite/sobjects", "PATCH", body)
            except (requests.RequestException, ValueError):
                # it may have been done: ask before anything is sent again
                yield from self._read_back(waiting)
                return
            except UnusableInputError as error:
                if len(waiting) == 1:
                    yield Answer(waiting[0].sequence, Outcome.REJECTED, str(error), 400)
                    return
                middle = len(waiting) // 2
                yield from self._update(sobject, waiting[:middle])
                yield from self._update(sobject, waiting[middle:])
                return
            locked = []
            for change, result in zip(waiting, results, strict=False):
                if result.get("success"):
                    yield Answer(change.sequence, Outcome.ACKNOWLEDGED, http_status=200)
                    continue
                said = (result.get("errors") or [{}])[0]
                code = str(said.get("statusCode"))
                if code in _PASSING and attempt < TRIES:
                    locked.append(change)
                    continue
                outcome = Outcome.RETRY if code in _PASSING else Outcome.REJECTED
                yield Answer(change.sequence, outcome, said.get("message"), 200, code)
            yield from self._read_back(waiting[len(results) :])
            waiting = locked
            if waiting:
                self._sleep(backoff(attempt))

    def _record(self, sobject: str, change: Change) -> dict[str, Any]:
        values = {
            name: _typed(self._kinds.get(name, "string"), value)
            for name, value in change.properties.items()
        }
        return {"attributes": {"type": sobject}, "id": change.target, **values}

    def _read_back(self, changes: Sequence[Change]) -> Iterator[Answer]:
        return read_back(self.look, self._kinds, changes, self.batch_size)

    def _call(
        self, path: str, method: str, body: Any = None, params: Mapping[str, str] | None = None
    ) -> Any:
        """Make a call at the pace allowed; wait and try again where that may help.

        A lost answer to an update is the caller's business: what it did is open.
        """
        for attempt in range(1, TRIES + 1):
            self._pace.wait()
            more = {"json": body} if body is not None else {}
            try:
                return self._org.restful(path, params=dict(params or {}), method=method, **more)
            except SalesforceError as error:
                code = _code(error)
                if error.status == 401 or code == "INVALID_SESSION_ID":
                    raise StopError(
                        f"Salesforce refuses the token ({error.status}, {code}). Nothing more was "
                        f"sent. Check {TOKEN}."
                    ) from None
                if code == "REQUEST_LIMIT_EXCEEDED":
                    raise StopError(
                        "Salesforce takes no more calls today. What was not sent is planned again "
                        "by the next sync."
                    ) from None
                if error.status == 403:
                    raise StopError(
                        f"Salesforce refuses the call (403, {code}). Nothing more was sent. Check "
                        "what the integration user may do."
                    ) from None
                if error.status < 500 or attempt == TRIES:
                    raise UnusableInputError(
                        f"Salesforce answered {error.status}: {_message(error)}"
                    ) from None
            except requests.RequestException as error:
                if method == "PATCH":
                    raise
                if attempt == TRIES:
                    raise UnusableInputError(
                        f"Salesforce does not answer ({type(error).__name__}, {TRIES} tries). What "
                        "was not sent is planned again by the next sync."
                    ) from None
            self._sleep(backoff(attempt))
        raise AssertionError("unreachable")


def _typed(kind: str, value: str) -> Any:
    """A text as Salesforce's JSON wants it; an empty one clears."""
    if kind == "bool":
        return value == "true"
    if not value:
        return None
    if kind == "number":
        number = float(value)
        return int(number) if number.is_integer() else number
    return value


def _text(value: Any) -> str:
    """A value of Salesforce's JSON as the text that is compared."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _content(error: SalesforceError) -> dict[str, Any]:
    content = error.content
    first = content[0] if isinstance(content, list) and content else content
    return first if isinstance(first, dict) else {}


def _code(error: SalesforceError) -> str:
    return str(_content(error).get("errorCode", ""))


def _message(error: SalesforceError) -> str:
    return str(_content(error).get("message", "no reason given"))
