"""The leads and contacts Salesforce holds, what became of them, and their field history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from simulators.salesforce import errors
from simulators.salesforce.errors import RecordError
from simulators.salesforce.fields import Fields
from simulators.salesforce.values import instant, read_value

PREFIXES = {"Lead": "00Q", "Contact": "003", "Account": "001", "User": "005"}
_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def with_checksum(short: str) -> str:
    """The 18 characters of an id of 15: three more say which letters are capitals."""
    more = ""
    for start in (0, 5, 10):
        bits = (each.isupper() << place for place, each in enumerate(short[start : start + 5]))
        more += _DIGITS[sum(bits)]
    return short + more


def new_id(sobject: str, number: int) -> str:
    """An id of this object."""
    return with_checksum(f"{PREFIXES[sobject]}5g{number:010d}")


INTEGRATION_USER = new_id("User", 1)
"""Who our own requests are made as."""


def person(number: int) -> str:
    """The id of somebody who works in Salesforce."""
    return new_id("User", number)


_SYSTEM = {
    "Id": "id",
    "IsDeleted": "is_deleted",
    "MasterRecordId": "master",
    "CreatedDate": "created",
    "CreatedById": "created_by",
    "LastModifiedDate": "modified",
    "LastModifiedById": "modified_by",
    "SystemModstamp": "modified",
}


@dataclass
class Record:
    """One record with its system fields."""

    sobject: str
    id: str
    values: dict[str, Any]
    created: str
    modified: str
    created_by: str
    modified_by: str
    is_deleted: bool = False
    master: str | None = None

    def value(self, name: str) -> Any:
        """The value of a field; null where there is none."""
        system = _SYSTEM.get(name)
        return getattr(self, system) if system else self.values.get(name)


class HistoryRow(NamedTuple):
    """One change of one field, as `LeadHistory` and `ContactHistory` have it."""

    sobject: str
    id: str
    parent: str
    name: str
    old: Any
    new: Any
    by: str
    when: str

    def value(self, name: str) -> Any:
        """The value of a field of the history object."""
        row = {
            "Id": self.id,
            f"{self.sobject}Id": self.parent,
            "ParentId": self.parent,
            "Field": self.name,
            "OldValue": self.old,
            "NewValue": self.new,
            "CreatedById": self.by,
            "CreatedDate": self.when,
            "DataType": "Text",
            "IsDeleted": False,
        }
        if name not in row:
            raise errors.no_such_field(name, f"{self.sobject}History")
        return row[name]


@dataclass
class Records:
    """All records, by id of 18 characters."""

    fields: Fields
    refuses_duplicates: bool = False
    by_id: dict[str, Record] = field(default_factory=dict)
    history: list[HistoryRow] = field(default_factory=list)
    locked: set[str] = field(default_factory=set)
    flows: list[dict[str, Any]] = field(default_factory=list)
    """What the organisation makes of values of its own accord: object, field, value, becomes."""
    assigns_leads_to: str | None = None
    """The owner that the active assignment rule of leads gives them."""
    last_number: int = 0
    _short: dict[str, str] = field(default_factory=dict)
    _external: dict[tuple[str, str, str], list[str]] = field(default_factory=dict)

    def find(self, record_id: str) -> Record | None:
        """The record of an id of 15 or 18 characters, deleted ones too."""
        return self.by_id.get(record_id) or self.by_id.get(self._short.get(record_id, ""))

    def of(self, sobject: str, *, deleted: bool = False) -> Iterator[Record]:
        """The records of an object."""
        for each in self.by_id.values():
            if each.sobject == sobject and (deleted or not each.is_deleted):
                yield each

    def to_update(self, sobject: str, record_id: Any) -> Record:
        """The record that is to be changed.

        Raises:
            RecordError: there is none that can be.
        """
        record = self.find(record_id) if isinstance(record_id, str) else None
        if record is None:
            well_formed = (
                isinstance(record_id, str)
                and len(record_id) in (15, 18)
                and record_id.isalnum()
                and record_id.startswith(PREFIXES.get(sobject, ""))
            )
            if well_formed:
                raise RecordError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
            said = f"{sobject} ID: id value of incorrect type: {record_id}"
            raise RecordError("MALFORMED_ID", said, ["Id"])
        if record.sobject != sobject:
            said = f"{sobject} ID: id value of incorrect type: {record_id}"
            raise RecordError("MALFORMED_ID", said, ["Id"])
        if record.is_deleted:
            raise RecordError("ENTITY_IS_DELETED", "entity is deleted")
        if record.value("IsConverted"):
            raise RecordError("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
        if record.id in self.locked:
            said = f"unable to obtain exclusive access to this record or 1 records: {record.id}"
            raise RecordError("UNABLE_TO_LOCK_ROW", said)
        return record

    def accepted(
        self,
        sobject: str,
        content: Mapping[str, Any],
        record: Record | None,
        *,
        save: bool = False,
        by_admin: bool = False,
    ) -> dict[str, Any]:
        """The values of a record that is sent, as they would be stored.

        Args:
            sobject: the kind of record.
            content: fields by name, `Id` and `attributes` apart.
            record: what it is to change; None for a new one.
            save: save although a duplicate rule warns.
            by_admin: whether it is somebody who sees every field.

        Raises:
            RefusalError: a field that is not there, or JSON of the wrong type.
            RecordError: a value that is not accepted.
        """
        names = [each for each in content if each.lower() not in ("id", "attributes")]
        fields = {each: self.fields.found(sobject, each, by_admin=by_admin) for each in names}
        closed = [each.name for each in fields.values() if not each.is_updateable]
        if closed:
            raise RecordError(
                "INVALID_FIELD_FOR_INSERT_UPDATE",
                f"Unable to create/update fields: {', '.join(closed)}. Please check the security "
                "settings of this field and verify that it is read/write for your profile or "
                "permission set.",
                closed,
            )
        values = {fields[each].name: read_value(fields[each], content[each]) for each in names}
        for flow in [] if by_admin else self.flows:
            if flow["object"] == sobject and values.get(flow["field"]) == flow["value"]:
                values[flow["field"]] = flow["becomes"]
        if record is None:
            required = [
                each.name
                for each in self.fields.of(sobject).values()
                if each.is_required and each.is_updateable and not values.get(each.name)
            ]
            if required:
                said = f"Required fields are missing: [{', '.join(required)}]"
                raise RecordError("REQUIRED_FIELD_MISSING", said, required)
        self._check_unique(sobject, values, record)
        if self.refuses_duplicates and not save:
            self._check_duplicates(sobject, values, record)
        return values

    def _check_unique(self, sobject: str, values: Mapping[str, Any], own: Record | None) -> None:
        fields = self.fields.of(sobject)
        for name, value in values.items():
            if value is None or not fields[name].is_unique:
                continue
            others = [each for each in self.by_external_id(sobject, name, value) if each is not own]
            if others:
                raise RecordError(
                    "DUPLICATE_VALUE",
                    f"duplicate value found: {name} duplicates value on record with id: "
                    f"{others[0].id[:15]}",
                )

    def _check_duplicates(
        self, sobject: str, values: Mapping[str, Any], own: Record | None
    ) -> None:
        email = values.get("Email")
        if email and any(
            each is not own and each.value("Email") == email for each in self.of(sobject)
        ):
            raise RecordError("DUPLICATES_DETECTED", "Use one of these records?")

    def by_external_id(self, sobject: str, name: str, value: Any) -> list[Record]:
        """The records with this value of an external id, whatever its case."""
        found = self._external.get((sobject, name, str(value).lower()), ())
        return [self.by_id[each] for each in found if not self.by_id[each].is_deleted]

    def create(
        self,
        sobject: str,
        values: Mapping[str, Any],
        by: str = INTEGRATION_USER,
        record_id: str | None = None,
    ) -> Record:
        """A new record with these (accepted) values."""
        if record_id is None:
            record_id = new_id(sobject, self._number())
        now = instant(datetime.now(UTC))
        switches = {
            each.name: False
            for each in self.fields.of(sobject).values()
            if each.type == "boolean" and each.name != "IsDeleted"
        }
        record = Record(sobject, record_id, switches, now, now, by, by)
        self._keep(record)
        self._store(record, values)
        return record

    def assign(self, record: Record) -> None:
        """Let the active assignment rule give a lead its owner."""
        if record.sobject == "Lead" and self.assigns_leads_to:
            record.values["OwnerId"] = self.assigns_leads_to

    def write(self, record: Record, values: Mapping[str, Any], by: str = INTEGRATION_USER) -> None:
        """Give a record these (accepted) values; what does not change has no history.

        The time of modification is set all the same, as Salesforce does.
        """
        record.modified, record.modified_by = instant(datetime.now(UTC)), by
        fields = self.fields.of(record.sobject)
        for name, value in values.items():
            before = record.value(name)
            if before == value:
                continue
            is_long = fields[name].type == "textarea"
            self.history.append(
                HistoryRow(
                    record.sobject,
                    f"017{self._number():015d}",
                    record.id,
                    name,
                    # Of a long text, the history only tells that it changed.
                    None if is_long else before,
                    None if is_long else value,
                    by,
                    record.modified,
                )
            )
        self._store(record, values)

    def _store(self, record: Record, values: Mapping[str, Any]) -> None:
        fields = self.fields.of(record.sobject)
        for name, value in values.items():
            if fields[name].is_external_id:
                before = (record.sobject, name, str(record.value(name)).lower())
                if record.id in self._external.get(before, ()):
                    self._external[before].remove(record.id)
                if value is not None:
                    after = (record.sobject, name, str(value).lower())
                    self._external.setdefault(after, []).append(record.id)
            record.values[name] = value

    def delete(self, record: Record, master: str | None = None) -> None:
        """Move a record to the recycle bin, into which a merge puts the loser."""
        record.is_deleted, record.master = True, master

    def convert(self, record: Record, by: str) -> Record:
        """Make a contact of a lead; from then on the lead is only read."""
        shared = self.fields.of("Contact")
        known = {
            name: value
            for name, value in record.values.items()
            if name in shared and shared[name].is_updateable
        }
        contact = self.create("Contact", known, by)
        record.values |= {
            "IsConverted": True,
            "ConvertedContactId": contact.id,
            "ConvertedAccountId": new_id("Account", self._number()),
            "ConvertedDate": instant(datetime.now(UTC))[:10],
        }
        record.modified, record.modified_by = instant(datetime.now(UTC)), by
        return contact

    def _number(self) -> int:
        self.last_number += 1
        return self.last_number

    def _keep(self, record: Record) -> None:
        self.by_id[record.id] = record
        if len(record.id) == 18:
            self._short[record.id[:15]] = record.id

    def dump(self) -> dict[str, Any]:
        """Everything, as JSON."""
        return {
            "records": {each.id: asdict(each) for each in self.by_id.values()},
            "history": [each._asdict() for each in self.history],
            "locked": sorted(self.locked),
            "flows": self.flows,
            "last_number": self.last_number,
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Take a dump back."""
        self.history = [HistoryRow(**each) for each in state.get("history", ())]
        self.locked = set(state.get("locked", ()))
        self.flows = list(state.get("flows", ()))
        self.last_number = state.get("last_number", 0)
        for content in state.get("records", {}).values():
            record = Record(**{**content, "values": {}})
            self._keep(record)
            known = self.fields.of(record.sobject)
            self._store(record, {n: v for n, v in content["values"].items() if n in known})
