"""HubSpot contacts, through its official client: batches of 100, updated by id, never created.

How it is called is in `hubspot_calls`, its properties in `hubspot_properties`. An update that may
have been done (no answer, 500, 502, 504) is looked at before it is sent again; one that was not
taken (429, 503) is just sent again. What HubSpot does that others do not: answers 207 when some
records failed, fails a whole batch for one bad value, moves `lifecyclestage` only forward and says
nothing when it does not, and answers under the surviving id once contacts were merged.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from hubspot.crm import contacts
from hubspot.crm.contacts.exceptions import ApiException

from orchestration.crm.destination import (
    BROKE,
    BROKEN_IN_A_ROW,
    Answer,
    Change,
    Edit,
    Found,
    Outcome,
)
from orchestration.crm.hubspot_calls import (
    LOST,
    MAY_BE_DONE,
    TRIES,
    Calls,
    error_of,
    in_time,
    told,
)
from orchestration.crm.hubspot_properties import HubSpotProperties
from orchestration.crm.mapping import CrmMapping, Property
from orchestration.crm.pace import Pace, backoff
from orchestration.crm.reading_back import read_back, taken_by
from orchestration.crm.three_way import is_same

WITH_HISTORY = 50
"""Records HubSpot reads at once when it is asked for their history."""
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


class HubSpotDestination:
    """HubSpot; the token comes from the environment, and is in no message."""

    name = "hubspot"
    batch_size = 100
    takes_whole_rows = False
    calls_at_once = 8

    def __init__(self, mapping: CrmMapping, sleep: Callable[[float], None] = time.sleep) -> None:
        self.mapping = mapping
        self._kinds = {each.property: each.type for each in mapping.properties}
        self._calls = Calls(mapping.requests_per_10_seconds, self.calls_at_once, sleep)
        self._properties = HubSpotProperties(self._calls)
        self._broken = 0

    @property
    def pace(self) -> Pace:
        """How fast it is called."""
        return self._calls.pace

    # What it has

    def check(self, mapping: CrmMapping) -> list[str]:
        """Properties that are missing, of another type, or without an option we need."""
        return self._properties.problems(mapping.properties)

    def missing(self, mapping: CrmMapping) -> list[Property]:
        """Properties of the mapping that HubSpot does not have."""
        return self._properties.missing(mapping.properties)

    def create(self, properties: Sequence[Property]) -> None:
        """Make properties, in a group of their own."""
        self._properties.make(properties)

    def add_options(self, mapping: CrmMapping) -> list[str]:
        """Add options that properties lack, after those they have; gives `property: value`."""
        return self._properties.add_options(mapping.properties)

    # What it holds

    def look(self, object_ids: Sequence[str], names: Sequence[str]) -> list[Found]:
        """What HubSpot holds; merged contacts have survivors, gone is what it says is not there.

        What its answer does not name is asked about once more, and then left open.
        """
        by_id: dict[str, Any] = {}
        gone: set[str] = set()
        open_ids = list(object_ids)
        for _ in range(2):
            if not open_ids:
                break
            results, missing = self._read(open_ids, [*names, "hs_merged_object_ids"])
            gone |= missing
            for each in results:
                by_id[each.id] = each
                for merged in (each.properties.get("hs_merged_object_ids") or "").split(";"):
                    by_id.setdefault(merged, each)
            open_ids = [each for each in open_ids if each not in by_id and each not in gone]
        return [_found(each, by_id.get(each), is_gone=each in gone) for each in object_ids]

    def edits(
        self, object_ids: Sequence[str], names: Sequence[str]
    ) -> Mapping[str, Mapping[str, Edit]]:
        """Who last set some properties, from their history."""
        return {
            each.id: _last_edits(each.properties_with_history or {})
            for start in range(0, len(object_ids), WITH_HISTORY)
            for each in self._read(object_ids[start : start + WITH_HISTORY], names, names)[0]
        }

    def _read(
        self, object_ids: Sequence[str], names: Sequence[str], with_history: Sequence[str] = ()
    ) -> tuple[list[Any], set[str]]:
        """Contacts, and the ids that HubSpot says are none."""
        wanted = contacts.BatchReadInputSimplePublicObjectId(
            properties=list(names),
            properties_with_history=list(with_history),
            inputs=[contacts.SimplePublicObjectId(id=each) for each in dict.fromkeys(object_ids)],
        )
        try:
            answer = self._calls.ask(
                lambda: self._calls.batches.read_with_http_info(wanted, **in_time()),
                is_repeatable=True,
            )
        except ApiException as error:
            if error.status != 404:
                raise told(error) from None
            if len(object_ids) == 1:
                return [], set(object_ids)
            middle = len(object_ids) // 2
            halves = [
                self._read(some, names, with_history)
                for some in (object_ids[:middle], object_ids[middle:])
            ]
            return halves[0][0] + halves[1][0], halves[0][1] | halves[1][1]
        missing = {
            object_id
            for error in getattr(answer, "errors", None) or []
            if "OBJECT_NOT_FOUND" in (error.category, error.sub_category)
            for object_id in (error.context or {}).get("ids", [])
        }
        return list(answer.results), missing

    # What it is told

    def push(self, run: str, changes: Iterable[Change]) -> Iterator[Answer]:
        """Update a batch; HubSpot's own stage is read back afterwards."""
        batch = list(changes)
        answers = list(self._update(batch)) if batch else []
        yield from self._checked(answers, {each.sequence: each for each in batch})

    def to_clear(self, change: Change) -> Sequence[str]:
        """HubSpot moves its stage back only once it is empty."""
        return [LIFECYCLE] if self._goes_back(change) else []

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

    def _update(self, batch: Sequence[Change], attempt: int = 1) -> Iterator[Answer]:
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
            answer = self._calls.ask(
                lambda: self._calls.batches.update_with_http_info(body, **in_time())
            )
        except ApiException as error:
            if error.status in MAY_BE_DONE and attempt < TRIES:
                self._calls.sleep(backoff(attempt))
                yield from self._what_is_left(batch, attempt)
                return
            if error.status == 500:
                yield from self._broke(batch, error)
                return
            if error.status not in (400, 404, 409):
                raise told(error) from None
            if len(batch) == 1:
                said = error_of(error)
                yield Answer(
                    batch[0].sequence,
                    Outcome.REJECTED,
                    said.get("message") or str(error.reason),
                    error.status,
                    said.get("category"),
                )
                return
            middle = len(batch) // 2
            yield from self._update(batch[:middle], attempt)
            yield from self._update(batch[middle:], attempt)
            return
        except LOST:
            # it may have been done: ask before anything is sent again
            yield from self._read_back(batch)
            return
        self._broken = 0
        yield from self._answers(batch, answer)

    def _broke(self, batch: Sequence[Change], error: Any) -> Iterator[Answer]:
        """A batch that breaks time and again: halved, since it may be a record's fault.

        Nobody is parked for it the first time.
        """
        self._broken += 1
        if self._broken >= BROKEN_IN_A_ROW:
            raise told(error) from None
        if len(batch) == 1:
            reason = "HubSpot broke on this record (500)"
            yield Answer(batch[0].sequence, Outcome.RETRY, reason, error.status, BROKE)
            return
        middle = len(batch) // 2
        yield from self._what_is_left(batch[:middle], TRIES - 1)
        yield from self._what_is_left(batch[middle:], TRIES - 1)

    def _what_is_left(self, batch: Sequence[Change], attempt: int) -> Iterator[Answer]:
        """After an answer that leaves it open: look, and send again only what is as it was.

        What holds another value by now was edited in the meantime, which the next sync looks at.
        """
        open_changes = {each.sequence: each for each in batch}
        again: list[Change] = []
        names = sorted({name for each in batch for name in each.properties})
        found = {each.object_id: each for each in self.look([e.target for e in batch], names)}
        look = partial(_as_found, found)
        for answer in read_back(look, self._kinds, batch, self.batch_size):
            change = open_changes[answer.sequence]
            left = change if answer.properties is None else change.only(answer.properties)
            there = found[change.target]
            is_as_it_was = not (there.gone or there.is_unsaid or there.survivor_id) and all(
                is_same(
                    self._kinds.get(name, "string"),
                    there.values.get(name) or "",
                    left.before.get(name) or "",
                )
                or not there.values.get(name)
                for name in left.properties
            )
            if answer.outcome is Outcome.RETRY and answer.taken_by is None and is_as_it_was:
                again.append(left)
            else:
                yield answer
        for answer in self._update(again, attempt + 1):
            left = next(each for each in again if each.sequence == answer.sequence)
            yield replace(answer, properties=answer.properties or list(left.properties))

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

    def _checked(
        self, answers: Sequence[Answer], changes: Mapping[int, Change]
    ) -> Iterator[Answer]:
        """HubSpot acknowledges a stage it did not move: believe what it holds, not what it says."""
        staged = [
            each
            for each in answers
            if each.outcome is Outcome.ACKNOWLEDGED
            and LIFECYCLE in changes[each.sequence].properties
            and (each.properties is None or LIFECYCLE in each.properties)
        ]
        targets = [changes[each.sequence].target for each in staged]
        found = dict(zip(map(id, staged), self.look(targets, [LIFECYCLE]), strict=True))
        for answer in answers:
            if id(answer) not in found:
                yield answer
                continue
            change, there = changes[answer.sequence], found[id(answer)]
            now = there.values.get(LIFECYCLE) or ""
            if now == change.properties[LIFECYCLE]:
                yield answer
                continue
            names = change.properties if answer.properties is None else answer.properties
            if others := [name for name in names if name != LIFECYCLE]:
                echo = {name: value for name, value in answer.echo.items() if name in others}
                yield replace(answer, properties=others, echo=echo)
            is_seen = not (there.gone or there.is_unsaid)
            yield Answer(
                answer.sequence,
                Outcome.REJECTED if is_seen else Outcome.UNKNOWN,
                f"HubSpot left lifecyclestage at {now or 'nothing'!r}",
                answer.http_status,
                "LIFECYCLE_NOT_MOVED" if is_seen else None,
                properties=[LIFECYCLE],
            )


def _as_found(
    found: Mapping[str, Found], object_ids: Sequence[str], names: Sequence[str]
) -> list[Found]:
    """What was found already."""
    return [found[each] for each in object_ids]


def _found(object_id: str, there: Any, *, is_gone: bool) -> Found:
    if there is None and is_gone:
        return Found(object_id, gone="archived, deleted or unknown in HubSpot")
    if there is None:
        return Found(object_id, is_unsaid=True)
    return Found(object_id, dict(there.properties), there.id if there.id != object_id else None)


def _last_edits(history: Mapping[str, Any]) -> dict[str, Edit]:
    found = {}
    for name, values in history.items():
        if values:
            last = values[0]
            who = f"user {last.updated_by_user_id}" if last.updated_by_user_id else ""
            found[name] = Edit(
                f"{last.source_type or 'unknown'} {who}".strip(),
                str(last.timestamp),
                _app(last),
                {each.value or "": _app(each) for each in reversed(values[1:])},
            )
    return found


def _app(each: Any) -> str:
    return str(each.source_id or "") if each.source_type == "INTEGRATION" else ""


def _echo(change: Change, values: Mapping[str, str | None]) -> dict[str, str]:
    return {name: values.get(name) or "" for name in change.properties if name in values}
