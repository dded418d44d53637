"""The contacts HubSpot holds: their values, every earlier value, merges and deletions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from simulators.hubspot import errors
from simulators.hubspot.errors import Invalid
from simulators.hubspot.schema import Schema
from simulators.hubspot.settings import Settings
from simulators.hubspot.values import canonical, instant

DEFAULT_PROPERTIES = (
    "createdate",
    "email",
    "firstname",
    "hs_object_id",
    "lastmodifieddate",
    "lastname",
)
FIRST_ID = 100_001


@dataclass(frozen=True)
class Author:
    """Who changes a value: HubSpot's `sourceType`, its id and the user's."""

    source_type: str
    source_id: str
    user_id: int | None = None


APP_ID = 2_222_222
APP = Author("INTEGRATION", str(APP_ID))
"""Our own private app."""
IMPORT = Author("IMPORT", "1")
"""A file somebody imported before we came."""


def person(user_id: int) -> Author:
    """Somebody who edits in HubSpot's own pages."""
    return Author("CRM_UI", f"userId:{user_id}", user_id)


class Version(NamedTuple):
    """A value a property had from an instant on."""

    value: str
    timestamp: str
    source_type: str
    source_id: str
    user_id: int | None = None

    def as_json(self) -> dict[str, Any]:
        """As `propertiesWithHistory` has it."""
        known = {} if self.user_id is None else {"updatedByUserId": self.user_id}
        return {
            "value": self.value,
            "timestamp": self.timestamp,
            "sourceType": self.source_type,
            "sourceId": self.source_id,
            **known,
        }


@dataclass
class Contact:
    """One contact; the last version of a property is its value, an empty one is none."""

    id: str
    created_at: str
    updated_at: str
    history: dict[str, list[Version]] = field(default_factory=dict)
    archived_at: str | None = None

    def value(self, name: str) -> str | None:
        """The value of a property; None where there is none."""
        versions = self.history.get(name)
        return (versions[-1].value or None) if versions else None

    def values(self) -> dict[str, str]:
        """All properties that have a value."""
        return {
            name: versions[-1].value
            for name, versions in self.history.items()
            if versions[-1].value
        }

    def dump(self) -> dict[str, Any]:
        """Everything about it, earlier values oldest first."""
        return {
            "id": self.id,
            "properties": self.values(),
            "history": {
                name: [version.as_json() for version in versions]
                for name, versions in self.history.items()
            },
            "createdAt": self.created_at,
            "updatedAt": self.updated_at,
            "archivedAt": self.archived_at,
        }

    def told(
        self,
        properties: Iterable[str],
        with_history: Iterable[str] = (),
        *,
        new: bool | None = None,
    ) -> dict[str, Any]:
        """As the API answers it: the properties asked for, null where they have no value."""
        own = {"createdate": self.created_at, "hs_object_id": self.id}
        own["lastmodifieddate"] = self.updated_at
        answer: dict[str, Any] = {
            "id": self.id,
            "properties": {name: own.get(name) or self.value(name) for name in {*own, *properties}},
            "createdAt": self.created_at,
            "updatedAt": self.updated_at,
            "archived": self.archived_at is not None,
        }
        histories = {
            name: [each.as_json() for each in reversed(self.history.get(name, []))]
            for name in with_history
        }
        if histories:
            answer["propertiesWithHistory"] = histories
        if self.archived_at is not None:
            answer["archivedAt"] = self.archived_at
        if new is not None:
            answer["new"] = new
        return answer


class Contacts:
    """All contacts, by id and by the properties whose values are unique."""

    def __init__(self, schema: Schema, settings: Settings) -> None:
        self.schema = schema
        self._settings = settings
        self._contacts: dict[str, Contact] = {}
        self._merged: dict[str, str] = {}
        self._unique: dict[str, dict[str, str]] = {}
        self._next = FIRST_ID

    def survivor(self, record_id: str) -> str:
        """The id under which a contact answers: its own, or that of the one it was merged into."""
        while record_id in self._merged:
            record_id = self._merged[record_id]
        return record_id

    def find(self, value: str, id_property: str | None = None) -> Contact | None:
        """The contact with this id, or this value of a unique property; archived ones are gone."""
        key: str | None = value
        if id_property and id_property != "hs_object_id":
            wanted = self.schema.get(id_property)
            if wanted is None or not wanted.is_unique:
                raise errors.not_unique(id_property)
            canon = canonical(wanted, value)
            key = self._unique.get(id_property, {}).get(canon) if isinstance(canon, str) else None
        contact = self._contacts.get(self.survivor(key)) if key else None
        return contact if contact and contact.archived_at is None else None

    def page(self, after: str | None, limit: int) -> tuple[list[Contact], str | None]:
        """Contacts by id from one on, and the id the next page begins with."""
        kept = sorted(each for each, contact in self._contacts.items() if not contact.archived_at)
        rest = [each for each in kept if after is None or each >= after]
        following = rest[limit] if len(rest) > limit else None
        return [self._contacts[each] for each in rest[:limit]], following

    def current(self) -> list[Contact]:
        """Every contact that is not archived."""
        return [each for each in self._contacts.values() if each.archived_at is None]

    def checked(self, properties: Mapping[str, str]) -> tuple[dict[str, str], list[Invalid]]:
        """The values as they would be stored, and those that are not accepted."""
        good: dict[str, str] = {}
        bad: list[Invalid] = []
        for name, value in properties.items():
            wanted = self.schema.get(name)
            if wanted is None:
                said = f'Property "{name}" does not exist'
                bad.append(Invalid(name, "PROPERTY_DOESNT_EXIST", said))
            elif wanted.is_read_only:
                said = f'"{name}" is a read only property; its value cannot be set'
                bad.append(Invalid(name, "READ_ONLY_VALUE", said))
            else:
                read = canonical(wanted, value)
                if isinstance(read, Invalid):
                    bad.append(read)
                else:
                    good[name] = read
        return good, bad

    def taken(self, properties: Mapping[str, str], record_id: str | None) -> str | None:
        """The id of another contact that already has one of these unique values."""
        for name in self.schema.unique & properties.keys():
            owner = self._unique.get(name, {}).get(properties[name])
            if owner is not None and self.survivor(owner) != record_id:
                return self.survivor(owner)
        return None

    def create(
        self, properties: Mapping[str, str], author: Author = APP, record_id: str | None = None
    ) -> Contact:
        """A new contact with these (checked) values."""
        if record_id is None:
            while str(self._next) in self._contacts:
                self._next += 1
            record_id = str(self._next)
            self._next += 1
        now = instant(datetime.now(UTC))
        contact = Contact(record_id, now, now)
        self._contacts[record_id] = contact
        self.write(contact, properties, author)
        return contact

    def write(self, contact: Contact, properties: Mapping[str, str], author: Author = APP) -> None:
        """Give a contact these (checked) values; a life-cycle stage never goes back by the API."""
        now = instant(datetime.now(UTC))
        for name, value in properties.items():
            before = contact.value(name) or ""
            if value == before or (
                author.source_type == "INTEGRATION" and self._goes_back(name, before, value)
            ):
                continue
            version = Version(value, now, author.source_type, author.source_id, author.user_id)
            contact.history.setdefault(name, []).append(version)
            contact.updated_at = now
            if name in self.schema.unique:
                index = self._unique.setdefault(name, {})
                if before in index and self.survivor(index[before]) == contact.id:
                    del index[before]
                if value:
                    index[value] = contact.id

    def _goes_back(self, name: str, before: str, value: str) -> bool:
        if (
            name != "lifecyclestage"
            or self._settings.lifecycle_may_go_back
            or not before
            or not value
        ):
            return False
        return self._place(value) < self._place(before)

    def _place(self, stage: str) -> int:
        options = self.schema["lifecyclestage"].options
        return next((each.displayOrder for each in options if each.value == stage), 0)

    def merge(self, primary_id: str, other_id: str, author: Author = APP) -> Contact:
        """Make one contact of two: the primary's values win, gaps are filled from the other.

        Raises:
            RefusalError: one is missing, or they are the same.
        """
        primary, other = self.find(primary_id), self.find(other_id)
        if primary is None or other is None:
            raise errors.not_found("Object not found", ids=[primary_id, other_id])
        if primary is other:
            raise errors.validation("A contact cannot be merged with itself", ids=[primary.id])
        kept = self._copy(primary) if self._settings.merge_makes_new_record else primary
        gone = [each for each in (primary, other) if each is not kept]
        values = self._united(primary.values(), other.values(), [each.id for each in gone])
        for each in gone:
            self._merged[each.id] = kept.id
            del self._contacts[each.id]
        self.write(kept, values, Author("MERGE_OBJECTS", "merge", author.user_id))
        return kept

    def _copy(self, contact: Contact) -> Contact:
        copy = self.create({})
        copy.history = {name: list(each) for name, each in contact.history.items()}
        return copy

    def _united(
        self, ours: Mapping[str, str], theirs: Mapping[str, str], gone: Sequence[str]
    ) -> dict[str, str]:
        """The values of a merged contact: the further stage, every email, every id it had."""
        united = {**theirs, **ours}
        stages = [each["lifecyclestage"] for each in (ours, theirs) if "lifecyclestage" in each]
        if stages:
            order = {
                each.value: each.displayOrder for each in self.schema["lifecyclestage"].options
            }
            united["lifecyclestage"] = max(stages, key=lambda each: order.get(each, 0))
        both = (ours, theirs)
        ids = [each["hs_merged_object_ids"] for each in both if "hs_merged_object_ids" in each]
        united["hs_merged_object_ids"] = ";".join([*ids, *gone])
        mails = [each["hs_additional_emails"] for each in both if "hs_additional_emails" in each]
        if "email" in ours and "email" in theirs:
            mails.append(theirs["email"])
        return united | ({"hs_additional_emails": ";".join(mails)} if mails else {})

    def forget_property(self, name: str) -> None:
        """A property that is removed takes its values with it."""
        for contact in self._contacts.values():
            contact.history.pop(name, None)
        self._unique.pop(name, None)

    def archive(self, contact: Contact) -> None:
        """Move a contact to the recycling bin: its id answers no more."""
        contact.archived_at = instant(datetime.now(UTC))
        self._forget_unique(contact)

    def purge(self, contact: Contact) -> None:
        """Delete a contact and everything about it for good."""
        self._forget_unique(contact)
        del self._contacts[contact.id]
        self._merged = {
            loser: kept
            for loser, kept in self._merged.items()
            if self.survivor(loser) != contact.id
        }

    def _forget_unique(self, contact: Contact) -> None:
        for index in self._unique.values():
            owned = [each for each, owner in index.items() if self.survivor(owner) == contact.id]
            for value in owned:
                del index[value]

    def dump(self) -> dict[str, Any]:
        """Everything, as JSON."""
        return {
            "next_id": self._next,
            "merged": self._merged,
            "contacts": {each.id: each.dump() for each in self._contacts.values()},
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Take a dump back."""
        self._next = state.get("next_id", FIRST_ID)
        self._merged = dict(state.get("merged", {}))
        self._unique = {}
        self._contacts = {
            record_id: Contact(
                record_id,
                each["createdAt"],
                each["updatedAt"],
                {
                    name: [_version(version) for version in versions]
                    for name, versions in each["history"].items()
                },
                each["archivedAt"],
            )
            for record_id, each in state.get("contacts", {}).items()
        }
        for contact in self.current():
            for name, value in contact.values().items():
                if name in self.schema.unique:
                    self._unique.setdefault(name, {})[value] = contact.id


def _version(content: Mapping[str, Any]) -> Version:
    return Version(
        content["value"],
        content["timestamp"],
        content["sourceType"],
        content["sourceId"],
        content.get("updatedByUserId"),
    )
