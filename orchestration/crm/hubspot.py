"""HubSpot contacts, through its official client: batches of 100, updated by id, never created.

The client has no time-outs and retries nothing that is a POST; both are here. What HubSpot does
that others do not: answers 207 when some records failed, fails a whole batch for one bad value,
moves `lifecyclestage` only forward and says nothing when it does not, and answers under the
surviving id once contacts were merged.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

import urllib3
from hubspot import Client
from hubspot.crm import contacts, properties
from hubspot.crm.contacts.exceptions import ApiException
from hubspot.crm.properties.exceptions import ApiException as PropertiesApiException

from orchestration.crm.destination import Answer, Change, Edit, Found, Outcome, StopError
from orchestration.crm.mapping import CrmMapping, Property
from orchestration.crm.pace import Pace, backoff
from orchestration.crm.reading_back import read_back, taken_by
from orchestration.errors import UnusableInputError

TOKEN = "LEADGER_HUBSPOT_TOKEN"
ADDRESS = "LEADGER_HUBSPOT_URL"
TIMEOUT_SECONDS = (5, 30)
TRIES = 6
WITH_HISTORY = 50
"""Records HubSpot reads at once when it is asked for their history."""
ALLOWED = "X-HubSpot-RateLimit-Max"
LIFECYCLE = "lifecyclestage"
STAGES_IN_ORDER = (
    "subscriber",
    "lead",
    "marketingqualifiedlead",
    "salesqualifiedlead",
    "opportunity",
    "customer",
    "evangelist",
    "other",
)
GROUP = "leadger"
_KINDS = {
    "string": ("string", "textarea"),
    "number": ("number", "number"),
    "bool": ("bool", "booleancheckbox"),
    "datetime": ("datetime", "date"),
    "enumeration": ("enumeration", "select"),
}
_LOST = (urllib3.exceptions.HTTPError, ConnectionError, TimeoutError)


class HubSpotDestination:
    """HubSpot; the token comes from the environment, and is in no message."""

    name = "hubspot"
    batch_size = 100
    takes_whole_rows = False
    calls_at_once = 8

    def __init__(self, mapping: CrmMapping, sleep: Callable[[float], None] = time.sleep) -> None:
        token = os.environ.get(TOKEN, "")
        if not token:
            raise UnusableInputError(
                f"{TOKEN} is not set: give the access token of a private app with the scopes "
                "crm.objects.contacts.read and .write, crm.schemas.contacts.read and .write."
            )
        self.mapping = mapping
        self._kinds = {each.property: each.type for each in mapping.properties}
        self._sleep = sleep
        self.pace = Pace(mapping.requests_per_10_seconds, sleep=sleep)
        host = os.environ.get(ADDRESS)
        # our own retries: the client's would repeat neither a POST nor a lost answer
        client = Client.create(
            access_token=token,
            retry=urllib3.Retry(0),
            connection_pool_maxsize=self.calls_at_once,
            **({"host": host} if host else {}),
        )
        # asked for once each: every time the client makes them anew, with new connections
        self._batches = client.crm.contacts.batch_api
        # the client guesses the format of two instants a record: half of all the time a sync takes
        self._batches.api_client._ApiClient__deserialize_datetime = datetime.fromisoformat
        self._groups = client.crm.properties.groups_api
        self._schema = client.crm.properties.core_api

    # What it has

    def check(self, mapping: CrmMapping) -> list[str]:
        """Properties that are missing, of another type, or without an option we need."""
        problems = []
        known = self._properties()
        for each in mapping.properties:
            there = known.get(each.property)
            if there is None:
                problems.append(f"HubSpot has no contact property {each.property!r}")
                continue
            problems += _unfit(each, there)
        if problems:
            problems.append("Make what is missing with: leadger crm setup hubspot")
        return problems

    def missing(self, mapping: CrmMapping) -> list[Property]:
        """Properties of the mapping that HubSpot does not have."""
        known = self._properties()
        return [each for each in mapping.properties if each.property not in known]

    def create(self, properties_: Sequence[Property]) -> None:
        """Make properties, in a group of their own."""
        group = properties.PropertyGroupCreate(name=GROUP, label="Leadger", display_order=-1)
        try:
            self._ask(lambda: self._groups.create_with_http_info("contacts", group, **_in_time()))
        except PropertiesApiException as error:
            if error.status != 409:  # it is there already
                raise _told(error) from None
        for each in properties_:
            kind, shown_as = _KINDS[each.type]
            options = [
                properties.OptionInput(label=value, value=value, display_order=place, hidden=False)
                for place, value in enumerate(_options(each))
            ]
            made = properties.PropertyCreate(
                name=each.property,
                label=each.label or each.property,
                group_name=GROUP,
                type=kind,
                field_type=shown_as,
                options=options,
            )
            try:
                self._ask(
                    partial(self._schema.create_with_http_info, "contacts", made, **_in_time())
                )
            except PropertiesApiException as error:
                if error.status != 409:
                    raise _told(error) from None

    def add_options(self, mapping: CrmMapping) -> list[str]:
        """Add options that properties lack, after those they have; gives `property: value`."""
        added = []
        known = self._properties()
        for each in mapping.properties:
            there = known.get(each.property)
            if there is None or there.type != "enumeration" or each.type != "enumeration":
                continue
            has = [_option_input(option) for option in there.options or []]
            lacking = [one for one in _options(each) if one not in {o.value for o in has}]
            is_fixed = there.modification_metadata and there.modification_metadata.read_only_options
            if not lacking or is_fixed:
                continue
            has += [
                properties.OptionInput(label=one, value=one, display_order=place, hidden=False)
                for place, one in enumerate(lacking, start=len(has))
            ]
            update = properties.PropertyUpdate(options=has)
            change = partial(self._schema.update_with_http_info, "contacts", each.property)
            try:
                self._ask(partial(change, update, **_in_time()))
            except PropertiesApiException as error:
                raise _told(error) from None
            added += [f"{each.property}: {one}" for one in lacking]
        return added

    def _properties(self) -> dict[str, Any]:
        try:
            found = self._ask(
                lambda: self._schema.get_all_with_http_info("contacts", **_in_time()),
                only_asks=True,
            )
        except PropertiesApiException as error:
            raise _told(error) from None
        return {each.name: each for each in found.results}

    # What it holds

    def look(self, object_ids: Sequence[str], names: Sequence[str]) -> list[Found]:
        """What HubSpot holds; archived contacts are gone, merged ones have survivors."""
        by_id: dict[str, Any] = {}
        for each in self._read(object_ids, [*names, "hs_merged_object_ids"]):
            by_id[each.id] = each
            for merged in (each.properties.get("hs_merged_object_ids") or "").split(";"):
                by_id.setdefault(merged, each)
        found = []
        for object_id in object_ids:
            there = by_id.get(object_id)
            if there is None:
                found.append(Found(object_id, gone="archived, deleted or unknown in HubSpot"))
                continue
            survivor = there.id if there.id != object_id else None
            found.append(Found(object_id, dict(there.properties), survivor))
        return found

    def edits(
        self, object_ids: Sequence[str], names: Sequence[str]
    ) -> Mapping[str, Mapping[str, Edit]]:
        """Who last set some properties, from their history."""
        return {
            each.id: _last_edits(each.properties_with_history or {})
            for start in range(0, len(object_ids), WITH_HISTORY)
            for each in self._read(object_ids[start : start + WITH_HISTORY], names, names)
        }

    def _read(
        self, object_ids: Sequence[str], names: Sequence[str], with_history: Sequence[str] = ()
    ) -> list[Any]:
        wanted = contacts.BatchReadInputSimplePublicObjectId(
            properties=list(names),
            properties_with_history=list(with_history),
            inputs=[contacts.SimplePublicObjectId(id=each) for each in dict.fromkeys(object_ids)],
        )
        try:
            answer = self._ask(
                lambda: self._batches.read_with_http_info(wanted, **_in_time()), only_asks=True
            )
        except ApiException as error:
            raise _told(error) from None
        return list(answer.results)

    # What it is told

    def push(self, run: str, changes: Iterable[Change]) -> Iterator[Answer]:
        """Update a batch; a stage that goes back is cleared first, and read back afterwards."""
        batch = list(changes)
        if not batch:
            return
        back = [each for each in batch if self._goes_back(each)]
        if back:
            cleared = [replace(each, properties={LIFECYCLE: ""}) for each in back]
            refused = {
                answer.sequence
                for answer in self._update(cleared)
                if answer.outcome is not Outcome.ACKNOWLEDGED
            }
            batch = [each for each in batch if each.sequence not in refused]
            for each in back:
                if each.sequence in refused:
                    yield Answer(
                        each.sequence, Outcome.RETRY, "HubSpot did not clear lifecyclestage"
                    )
        changed = {each.sequence: each for each in batch}
        for answer in self._update(batch):
            yield self._checked(answer, changed[answer.sequence])

    def settle(self, run: str, changes: Iterable[Change]) -> Iterator[Answer]:
        """Find out what became of records that were sent: HubSpot is asked, not told again."""
        yield from self._read_back(list(changes))

    def file_of(self, run: str) -> None:
        """HubSpot has no file."""

    def _goes_back(self, change: Change) -> bool:
        wanted, now = change.properties.get(LIFECYCLE), change.before.get(LIFECYCLE)
        if not wanted or not now or wanted not in STAGES_IN_ORDER or now not in STAGES_IN_ORDER:
            return False
        return STAGES_IN_ORDER.index(wanted) < STAGES_IN_ORDER.index(now)

    def _update(self, batch: Sequence[Change]) -> Iterator[Answer]:
        """Send a batch; one that is refused as a whole is halved until the bad record is alone."""
        if not batch:
            return
        inputs = [
            contacts.SimplePublicObjectBatchInput(
                id=each.target,
                properties=dict(each.properties),
                object_write_trace_id=str(each.sequence),
            )
            for each in batch
        ]
        body = contacts.BatchInputSimplePublicObjectBatchInput(inputs=inputs)
        try:
            answer = self._ask(lambda: self._batches.update_with_http_info(body, **_in_time()))
        except ApiException as error:
            if error.status not in (400, 404, 409):
                raise _told(error) from None
            if len(batch) == 1:
                said = _error_of(error)
                yield Answer(
                    batch[0].sequence,
                    Outcome.REJECTED,
                    said.get("message") or str(error.reason),
                    error.status,
                    said.get("category"),
                )
                return
            middle = len(batch) // 2
            yield from self._update(batch[:middle])
            yield from self._update(batch[middle:])
            return
        except _LOST:
            # it may have been done: ask before anything is sent again
            yield from self._read_back(batch)
            return
        yield from self._answers(batch, answer)

    def _answers(self, batch: Sequence[Change], answer: Any) -> Iterator[Answer]:
        """What an answer says of each record; those it does not name are asked about."""
        open_changes = {str(each.sequence): each for each in batch}
        by_target = {each.target: str(each.sequence) for each in batch}
        status = 207 if getattr(answer, "errors", None) else 200
        for each in answer.results:
            trace = each.object_write_trace_id or by_target.get(each.id)
            change = open_changes.pop(trace, None) if trace else None
            if change is None:
                continue
            echo = _echo(change, each.properties)
            if each.id != change.target:
                yield taken_by(each.id, change, echo, status)
            else:
                yield Answer(change.sequence, Outcome.ACKNOWLEDGED, http_status=status, echo=echo)
        for error in getattr(answer, "errors", None) or []:
            context = error.context or {}
            traces = context.get("objectWriteTraceId") or [
                by_target[each] for each in context.get("ids", []) if each in by_target
            ]
            for trace in traces:
                change = open_changes.pop(trace, None)
                if change is not None:
                    yield Answer(
                        change.sequence, Outcome.REJECTED, error.message, status, error.category
                    )
        yield from self._read_back(list(open_changes.values()))

    def _read_back(self, changes: Sequence[Change]) -> Iterator[Answer]:
        return read_back(self.look, self._kinds, changes, self.batch_size)

    def _checked(self, answer: Answer, change: Change) -> Answer:
        """HubSpot acknowledges a stage it did not move: believe what it holds, not what it says."""
        wanted = change.properties.get(LIFECYCLE)
        if answer.outcome is not Outcome.ACKNOWLEDGED or wanted is None:
            return answer
        now = self.look([change.target], [LIFECYCLE])[0].values.get(LIFECYCLE) or ""
        if now == wanted:
            return answer
        return replace(
            answer,
            outcome=Outcome.REJECTED,
            reason=f"HubSpot left lifecyclestage at {now or 'nothing'!r}",
            error_category="LIFECYCLE_NOT_MOVED",
        )

    def _ask(
        self, call: Callable[[], tuple[Any, int, Mapping[str, str]]], *, only_asks: bool = False
    ) -> Any:
        """Make a call at the pace allowed; wait and try again where that may help.

        The mapping says how many requests in 10 seconds at most, HubSpot itself how many it takes.
        What an update did whose answer was lost (time-out, broken connection, half an answer) is
        open, and the caller's business; what only asks is asked again.
        """
        for attempt in range(1, TRIES + 1):
            self.pace.wait()
            try:
                answer, _, headers = call()
                self.pace.allow(int((headers or {}).get(ALLOWED) or self.pace.requests))
                if getattr(answer, "results", ()) is None:  # what the client makes of broken JSON
                    raise urllib3.exceptions.ProtocolError("half an answer")
                return answer
            except (ApiException, PropertiesApiException) as error:
                if error.status in (401, 403):
                    raise StopError(
                        f"HubSpot refuses the token ({error.status}"
                        f"{_category(error)}). Nothing more was sent. Check {TOKEN} and its scopes."
                    ) from None
                if error.status == 429 and _error_of(error).get("policyName") == "DAILY":
                    raise StopError(
                        "HubSpot takes no more calls today (daily limit). What was not sent is "
                        "planned again by the next sync."
                    ) from None
                may_help = error.status == 429 or (error.status or 0) >= 500
                if not may_help or attempt == TRIES:
                    raise
                asked = (error.headers or {}).get("Retry-After")
                self._sleep(float(asked) if asked else backoff(attempt))
            except _LOST as error:
                if not only_asks:
                    raise
                if attempt == TRIES:
                    raise UnusableInputError(
                        f"HubSpot does not answer ({type(error).__name__}, {TRIES} tries). What "
                        "was not sent is planned again by the next sync."
                    ) from None
                self._sleep(backoff(attempt))
        raise AssertionError("unreachable")


def _last_edits(history: Mapping[str, Any]) -> dict[str, Edit]:
    found = {}
    for name, values in history.items():
        if values:
            last = values[0]
            who = f"user {last.updated_by_user_id}" if last.updated_by_user_id else ""
            found[name] = Edit(
                f"{last.source_type or 'unknown'} {who}".strip(), str(last.timestamp)
            )
    return found


def _in_time() -> dict[str, Any]:
    return {"_request_timeout": TIMEOUT_SECONDS}


def _options(each: Property) -> list[str]:
    if each.type == "bool":
        return ["true", "false"]
    return list(dict.fromkeys(each.values.values()))


def _option_input(option: Any) -> Any:
    """An option as it is, to be sent back: an update replaces the whole list."""
    return properties.OptionInput(
        label=option.label,
        value=option.value,
        description=option.description,
        display_order=option.display_order,
        hidden=option.hidden,
    )


def _unfit(each: Property, there: Any) -> list[str]:
    kind = _KINDS[each.type][0]
    found = []
    if there.type != kind:
        found.append(f"HubSpot's property {each.property!r} is a {there.type}, not a {kind}")
    elif kind in ("enumeration", "bool"):
        known = {option.value for option in there.options or []}
        lacking = [value for value in _options(each) if value not in known]
        if lacking:
            found.append(f"HubSpot's property {each.property!r} has no option {', '.join(lacking)}")
    return found


def _echo(change: Change, values: Mapping[str, str | None]) -> dict[str, str]:
    return {name: values.get(name) or "" for name in change.properties if name in values}


def _error_of(error: Any) -> dict[str, Any]:
    try:
        found = json.loads(error.body or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _category(error: Any) -> str:
    category = _error_of(error).get("category")
    return f", {category}" if category else ""


def _told(error: Any) -> UnusableInputError:
    """An error of the client in a line: its own text holds headers, which are nobody's business."""
    said = _error_of(error).get("message") or error.reason
    return UnusableInputError(f"HubSpot answered {error.status}: {said}")
