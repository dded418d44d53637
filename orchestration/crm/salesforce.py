"""Salesforce leads and contacts, through simple-salesforce: sObject Collections of 200.

An id says by its first three characters what it is: `00Q` a lead, `003` a contact; one of 15
characters is the same as its form of 18, which answers have. A lead that was converted cannot be
changed any more: its contact can, and stands for it, as the master does for what was merged.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from orchestration.crm.destination import (
    BROKE,
    BROKEN_IN_A_ROW,
    Answer,
    Change,
    Edit,
    Found,
    Outcome,
    StopError,
)
from orchestration.crm.mapping import CrmMapping, Property
from orchestration.crm.pace import backoff
from orchestration.crm.reading_back import read_back
from orchestration.crm.salesforce_calls import (
    ADDRESS,
    PASSING,
    TOKEN,
    TRIES,
    Calls,
    OpenError,
    RefusedError,
)
from orchestration.crm.salesforce_fields import OBJECTS, SalesforceFields
from orchestration.crm.three_way import is_same
from orchestration.errors import LeadgerError

__all__ = ["ADDRESS", "TOKEN", "SalesforceDestination"]

_COLLECTION = "composite/sobjects"
_MOVED = ("CANNOT_UPDATE_CONVERTED_LEAD", "ENTITY_IS_DELETED")
"""Codes of a record whose place another one may have taken."""
_OF_THE_REQUEST = ("INVALID_FIELD", "INVALID_TYPE")
"""Codes of a whole request that no record of it is to blame for."""
_MOVES = 6
"""How often a record may have been converted or merged on."""
_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


class SalesforceDestination:
    """Salesforce; who calls comes from the environment, and is in no message."""

    name = "salesforce"
    batch_size = 200
    takes_whole_rows = False
    calls_at_once = 1  # batches side by side wait for the same locks of accounts

    def __init__(self, mapping: CrmMapping, sleep: Callable[[float], None] = time.sleep) -> None:
        self.mapping = mapping
        self._kinds = {each.property: each.type for each in mapping.properties}
        self._objection = next(
            each.property for each in mapping.properties if each.column == "do_not_contact"
        )
        self._sleep = sleep
        self._calls = Calls(mapping.requests_per_10_seconds, sleep)
        self._fields = SalesforceFields(self._calls)
        self._broken = 0

    # What it has

    def check(self, mapping: CrmMapping) -> list[str]:
        """Fields that are missing, that we may not write, of another type, or without a value."""
        problems = self._fields.problems(mapping.properties)
        if problems:
            problems.append(
                "Make what is missing with: leadger crm setup salesforce. What is there and not "
                "seen or read-only is a matter of the permission set Leadger."
            )
        return problems

    def missing(self, mapping: CrmMapping) -> list[Property]:
        """Properties that leads or contacts lack, or that we may not write."""
        return self._fields.missing(mapping.properties)

    def create(self, properties: Sequence[Property]) -> None:
        """Make custom fields on leads and contacts, and the right to see and write them."""
        if properties:
            self._fields.make(properties)

    # What it holds

    def look(self, object_ids: Sequence[str], properties: Sequence[str]) -> list[Found]:
        """What it holds; for a converted lead its contact speaks, for a merged one its master."""
        known: dict[str, _Row] = {}
        waiting = dict.fromkeys(in_18(each) for each in object_ids)
        for _ in range(_MOVES):
            asked = [each for each in waiting if each not in known]
            if not asked:
                break
            for prefix, sobject in OBJECTS.items():
                if ids := [each for each in asked if each.startswith(prefix)]:
                    known |= self._rows(sobject, ids, properties)
            waiting = dict.fromkeys(row.moved_to for row in known.values() if row.moved_to)
        return [_found(each, known) for each in object_ids]

    def _rows(self, sobject: str, ids: Sequence[str], names: Sequence[str]) -> dict[str, _Row]:
        """Records as they are, by id; those that are not there with where they went."""
        own = ["IsConverted", "ConvertedContactId"] if sobject == "Lead" else []
        found = {}
        absent = []
        for object_id, row in self._read(sobject, ids, [*names, *own]).items():
            if row is None:
                absent.append(object_id)
            elif row.get("IsConverted"):
                contact = row.get("ConvertedContactId")
                gone = None if contact else "converted in Salesforce, without a contact"
                found[object_id] = _Row(moved_to=contact and in_18(contact), gone=gone)
            else:
                found[object_id] = _Row({name: _text(row.get(name)) for name in names})
        return found | self._where_they_went(sobject, absent)

    def _read(
        self, sobject: str, ids: Sequence[str], names: Sequence[str]
    ) -> dict[str, dict[str, Any] | None]:
        """Fields of records, by id of 18 characters; None for those Salesforce says are not there.

        An answer that leaves some out says nothing of them: they are asked about again.

        Raises:
            StopError: it goes on leaving some out.
        """
        waiting = list(dict.fromkeys(in_18(each) for each in ids))
        fields = [name for name in ("Id", *names) if self._fields.has(sobject, name)]
        found: dict[str, dict[str, Any] | None] = {}
        for attempt in range(1, TRIES + 1):
            asked = {"ids": waiting, "fields": fields}
            rows = self._calls.ask(f"{_COLLECTION}/{sobject}", asked) or []
            found |= {in_18(row["Id"]): row for row in rows if row}
            if _is_in_order(waiting, rows):
                found |= {each: None for each, row in zip(waiting, rows, strict=True) if not row}
            waiting = [each for each in waiting if each not in found]
            if not waiting:
                return found
            self._sleep(backoff(attempt))
        raise StopError(
            f"Salesforce was asked about {len(ids)} records and says nothing of {len(waiting)}. "
            "Nothing is known of them, and nothing was told to them."
        )

    def _where_they_went(self, sobject: str, ids: Sequence[str]) -> dict[str, _Row]:
        masters: dict[str, str | None] = {}
        if quoted := _quoted(ids):
            masters = {
                in_18(row["Id"]): row.get("MasterRecordId")
                for row in self._calls.query(
                    f"SELECT Id, MasterRecordId FROM {sobject} WHERE Id IN ({quoted})",
                    deleted=True,
                )
            }
        gone = "deleted or unknown in Salesforce, or not for our user to see"
        return {
            each: _Row(moved_to=in_18(master)) if (master := masters.get(each)) else _Row(gone=gone)
            for each in ids
        }

    def edits(
        self, object_ids: Sequence[str], properties: Sequence[str]
    ) -> Mapping[str, Mapping[str, Edit]]:
        """Who last set some properties, where the object keeps a history of them."""
        found: dict[str, dict[str, Edit]] = {}
        for prefix, sobject in OBJECTS.items():
            as_asked = {in_18(each): each for each in object_ids if each.startswith(prefix)}
            quoted = _quoted(as_asked)
            if not quoted:
                continue
            try:
                rows = self._calls.query(
                    f"SELECT {sobject}Id, Field, CreatedById, CreatedDate FROM {sobject}History "
                    f"WHERE {sobject}Id IN ({quoted}) ORDER BY CreatedDate DESC"
                )
            except RefusedError:
                continue  # history is an option of the org; without it the conflict stands unsigned
            for row in rows:
                object_id = as_asked.get(in_18(row[f"{sobject}Id"]))
                if object_id and row["Field"] in properties:
                    edit = Edit(f"user {row['CreatedById']}", str(row["CreatedDate"]))
                    found.setdefault(object_id, {}).setdefault(row["Field"], edit)
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

    def _update(
        self, sobject: str, batch: Sequence[Change], tries: int = TRIES
    ) -> Iterator[Answer]:
        """Send records; what passes is tried again, a batch that is refused is halved."""
        waiting = list(batch)
        for attempt in range(1, tries + 1):
            if not waiting:
                return
            is_last = attempt == tries
            body = {"allOrNone": False, "records": [self._record(sobject, e) for e in waiting]}
            try:
                results = self._calls.update(_COLLECTION, body)
                self._broken = 0
            except RefusedError as error:
                if error.status not in (400, 404) or error.code in _OF_THE_REQUEST:
                    raise
                yield from self._refused(sobject, waiting, error)
                return
            except OpenError as error:
                untouched = self._untouched(waiting, error)
                yield from self._read_back([e for e in waiting if e not in untouched])
                if is_last:
                    yield from self._broke(sobject, untouched, error)
                    return
                waiting = untouched
            else:
                waiting = yield from self._answers(sobject, waiting, results, is_last=is_last)
            if waiting:
                self._sleep(backoff(attempt))

    def _refused(
        self, sobject: str, batch: Sequence[Change], error: RefusedError
    ) -> Iterator[Answer]:
        """A batch that is refused as a whole is halved until the bad record is alone."""
        if len(batch) == 1:
            only = batch[0].sequence
            yield Answer(only, Outcome.REJECTED, error.message, error.status, error.code or None)
            return
        middle = len(batch) // 2
        yield from self._update(sobject, batch[:middle])
        yield from self._update(sobject, batch[middle:])

    def _untouched(self, batch: Sequence[Change], error: OpenError) -> list[Change]:
        """Of records whose update broke, those that hold what they held: they may be told again.

        An answer that was lost on its way may still be on its way: nobody is told again at once.
        """
        if error.status is None:
            return []
        names = sorted({name for each in batch for name in each.properties})
        found = self.look([each.target for each in batch], names)
        return [
            change
            for change, there in zip(batch, found, strict=True)
            if not there.gone
            and not there.survivor_id
            and self._holds(there, change.before)
            and not self._holds(there, change.properties)
        ]

    def _broke(self, sobject: str, batch: Sequence[Change], error: OpenError) -> Iterator[Answer]:
        """A batch that breaks time and again: halved where it may be a record's fault.

        Nobody is parked for it the first time. Salesforce's own gateways (502, 504) know no
        records.
        """
        if not batch:
            return
        self._broken += 1
        if error.status != 500 or self._broken >= BROKEN_IN_A_ROW:
            raise StopError(
                f"Salesforce breaks on every update ({error.status}). What was not taken is "
                "planned again by the next sync."
            )
        if len(batch) == 1:
            reason = "Salesforce broke on this record (500)"
            yield Answer(batch[0].sequence, Outcome.RETRY, reason, error.status, BROKE)
            return
        middle = len(batch) // 2
        yield from self._update(sobject, batch[:middle], tries=1)
        yield from self._update(sobject, batch[middle:], tries=1)

    def _answers(
        self, sobject: str, batch: Sequence[Change], results: Any, *, is_last: bool
    ) -> Generator[Answer, None, list[Change]]:
        """What an answer says of each record; gives those that another process held.

        Results are in the order of the records. An answer of another length is believed where it
        names a record; the other ones are asked about.
        """
        listed = results if isinstance(results, list) else []
        is_whole = len(listed) == len(batch)
        named = {in_18(each["id"]) for each in listed if each.get("success")}
        taken: list[Change] = []
        moved: list[tuple[Change, str]] = []
        unnamed: list[Change] = []
        locked: list[Change] = []
        for place, change in enumerate(batch):
            result = listed[place] if is_whole else {"success": True}
            if result.get("success"):
                (taken if in_18(change.target) in named else unnamed).append(change)
                continue
            said = (result.get("errors") or [{}])[0]
            code = str(said.get("statusCode"))
            if code in _MOVED:
                moved.append((change, code))
            elif code in PASSING and not is_last:
                locked.append(change)
            else:
                outcome = Outcome.RETRY if code in PASSING else Outcome.REJECTED
                yield Answer(change.sequence, outcome, said.get("message"), 200, code)
        echoes = self._echoes(sobject, taken)
        for change in taken:
            echo = echoes.get(change.sequence, {})
            yield Answer(change.sequence, Outcome.ACKNOWLEDGED, http_status=200, echo=echo)
        yield from self._elsewhere(moved)
        yield from self._read_back(unnamed)
        return locked

    def _echoes(self, sobject: str, taken: Sequence[Change]) -> dict[int, dict[str, str]]:
        """What Salesforce made of values it took (rounding, a flow), by sequence.

        Where somebody else has written the record since, it is not ours to say.
        """
        if not taken:
            return {}
        names = sorted({name for each in taken for name in each.properties})
        targets = [each.target for each in taken]
        try:
            us = in_18(self._calls.user())
            rows = self._read(sobject, targets, [*names, "LastModifiedById"])
        except LeadgerError:
            return {}  # they were taken all the same; whatever it is, the next call says it
        found = {}
        for change in taken:
            row = rows.get(in_18(change.target))
            if row and us in ("", in_18(str(row.get("LastModifiedById")))):
                found[change.sequence] = {name: _text(row.get(name)) for name in change.properties}
        return found

    def _elsewhere(self, moved: Sequence[tuple[Change, str]]) -> Iterator[Answer]:
        """Records that were converted, merged or deleted on the way; objections follow at once.

        All else is the next plan's, which finds the record that stands for them now.
        """
        if not moved:
            return
        names = sorted({name for each, _ in moved for name in each.properties} | {self._objection})
        found = self.look([change.target for change, _ in moved], names)
        pairs = list(zip(moved, found, strict=True))
        objections = [
            replace(change, properties={self._objection: "true"}, sent_to=there.survivor_id)
            for (change, _), there in pairs
            if there.survivor_id
            and change.properties.get(self._objection) == "true"
            and there.values.get(self._objection) != "true"
        ]
        told = {
            answer.sequence
            for answer in self.push("", objections)
            if answer.outcome is Outcome.ACKNOWLEDGED
        }
        for (change, code), there in pairs:
            if there.gone:
                yield Answer(change.sequence, Outcome.REJECTED, there.gone, 404, code)
                continue
            reason = f"{there.survivor_id or 'another record'} took its place on the way"
            reason += ", and was told the objection" if change.sequence in told else ""
            yield Answer(change.sequence, Outcome.RETRY, reason, 200, code)

    def _record(self, sobject: str, change: Change) -> dict[str, Any]:
        values = {
            name: _typed(self._kinds.get(name, "string"), value)
            for name, value in change.properties.items()
            if self._fields.has(sobject, name)
        }
        return {"attributes": {"type": sobject}, "id": change.target, **values}

    def _holds(self, there: Found, values: Mapping[str, str | None]) -> bool:
        return all(
            is_same(self._kinds.get(name, "string"), there.values.get(name) or "", value or "")
            for name, value in values.items()
        )

    def _read_back(self, changes: Sequence[Change]) -> Iterator[Answer]:
        return read_back(self.look, self._kinds, changes, self.batch_size)


@dataclass(frozen=True)
class _Row:
    """A record as it is, or the one that took its place, or why there is none."""

    values: Mapping[str, str] | None = None
    moved_to: str | None = None
    gone: str | None = None


def in_18(object_id: str) -> str:
    """An id in its form of 18 characters: three more say which of the 15 are capitals."""
    if len(object_id) != 15:
        return object_id
    more = ""
    for start in (0, 5, 10):
        five = object_id[start : start + 5]
        bits = ((each.isascii() and each.isupper()) << place for place, each in enumerate(five))
        more += _DIGITS[sum(bits)]
    return object_id + more


def _found(object_id: str, known: Mapping[str, _Row]) -> Found:
    """A record as it was asked for, and what stands for it, in the same form of id."""
    row, survivor = known.get(in_18(object_id)), None
    for _ in range(_MOVES):
        if row is None or not row.moved_to:
            break
        survivor = row.moved_to[: len(object_id)] if len(object_id) == 15 else row.moved_to
        row = known.get(row.moved_to)
    if row is None:
        return Found(object_id, gone="neither a lead (00Q…) nor a contact (003…) of Salesforce")
    if row.values is None:
        return Found(object_id, gone=row.gone or "merged on and on in Salesforce")
    return Found(object_id, dict(row.values), survivor)


def _is_in_order(ids: Sequence[str], rows: Sequence[Mapping[str, Any] | None]) -> bool:
    """Whether an answer has a place for every id, and nobody else's record in it."""
    return len(ids) == len(rows) and all(
        row is None or in_18(row["Id"]) == each for each, row in zip(ids, rows, strict=True)
    )


def _quoted(ids: Iterable[str]) -> str:
    """Ids as SOQL takes them; what is none cannot be quoted, and is nowhere."""
    return ", ".join(f"'{each}'" for each in ids if each.isascii() and each.isalnum())


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
