"""The fields of leads and contacts, as `describe` tells them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from simulators.salesforce.errors import RefusalError, no_such_field
from simulators.salesforce.rights import Rights

_LENGTHS = {"string": 255, "textarea": 32_768, "email": 80, "phone": 40, "url": 255, "id": 18}
_TYPES = {
    "Text": "string",
    "LongTextArea": "textarea",
    "TextArea": "textarea",
    "Number": "double",
    "Checkbox": "boolean",
    "DateTime": "datetime",
    "Date": "date",
    "Picklist": "picklist",
    "Email": "email",
    "Phone": "phone",
    "Url": "url",
}
"""The Metadata API's names of field types, and those of `describe`."""
_NEEDED = {
    "Text": frozenset({"length"}),
    "LongTextArea": frozenset({"length", "visibleLines"}),
    "Number": frozenset({"precision", "scale"}),
    "Checkbox": frozenset({"defaultValue"}),
    "Picklist": frozenset({"valueSet"}),
}
"""What the metadata of a field of some type has to say."""
_OPTIONAL = frozenset({"description", "inlineHelpText", "required", "externalId", "unique"})


@dataclass(frozen=True)
class Field:
    """One field of an object."""

    name: str
    type: str = "string"
    label: str = ""
    length: int = 0
    is_updateable: bool = True
    is_required: bool = False
    is_external_id: bool = False
    is_unique: bool = False
    is_restricted: bool = False
    picklist: tuple[str, ...] = ()
    scale: int | None = None
    """Places after the point that a number is rounded to; None: it is left as it is."""
    needs_right: bool = False
    """Whether only those see it whom a permission set opens it to."""

    @property
    def title(self) -> str:
        """The label, or the name without the suffix of custom fields."""
        return self.label or self.name.removesuffix("__c").replace("_", " ")

    @property
    def longest(self) -> int:
        """The most characters it takes; 0 for what is no text."""
        return self.length or _LENGTHS.get(self.type, 0)

    def describe(self) -> dict[str, Any]:
        """As `describe` tells it."""
        return {
            "name": self.name,
            "label": self.title,
            "type": self.type,
            "length": self.longest,
            "precision": 18 if self.type == "double" else 0,
            "scale": self.scale or 0,
            "custom": self.name.endswith("__c"),
            "createable": self.is_updateable,
            "updateable": self.is_updateable,
            "nillable": not self.is_required and self.type != "boolean",
            "defaultedOnCreate": self.type == "boolean" or not self.is_updateable,
            "externalId": self.is_external_id,
            "idLookup": self.is_external_id or self.type == "id",
            "unique": self.is_unique,
            "calculated": False,
            "filterable": True,
            "sortable": self.type != "textarea",
            "restrictedPicklist": self.is_restricted,
            "picklistValues": [
                {"value": each, "label": each, "active": True, "defaultValue": False}
                for each in self.picklist
            ],
            "referenceTo": [],
        }

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> Field:
        """A field from what `describe` tells."""
        return cls(
            name=content["name"],
            type=content["type"],
            label=content.get("label") or "",
            length=content.get("length") or 0,
            is_updateable=content.get("updateable", True),
            is_required=not content.get("nillable", True) and content["type"] != "boolean",
            is_external_id=content.get("externalId", False),
            is_unique=content.get("unique", False),
            is_restricted=content.get("restrictedPicklist", False),
            picklist=tuple(each["value"] for each in content.get("picklistValues", ())),
            scale=content.get("rounded_to"),
            needs_right=content.get("needs_right", False),
        )

    def dump(self) -> dict[str, Any]:
        """As `describe` tells it, with what that does not tell."""
        return {**self.describe(), "rounded_to": self.scale, "needs_right": self.needs_right}

    @classmethod
    def from_metadata(cls, name: str, content: Mapping[str, Any]) -> Field:
        """A custom field from the form the Tooling API takes.

        Raises:
            RefusalError: it is not one.
        """
        kind = _TYPES.get(content.get("type", ""))
        needed = _NEEDED.get(content.get("type", ""), frozenset())
        if not name.endswith("__c") or kind is None or not content.get("label"):
            raise RefusalError(400, "FIELD_INTEGRITY_EXCEPTION", f"{name}: not a custom field")
        if unknown := set(content) - {"type", "label"} - needed - _OPTIONAL:
            said = f'Unrecognized field "{min(unknown)}"'
            raise RefusalError(400, "JSON_PARSER_ERROR", said)
        if lacking := needed - set(content):
            said = f"{name}: must specify {', '.join(sorted(lacking))} for a {content['type']}"
            raise RefusalError(400, "FIELD_INTEGRITY_EXCEPTION", said)
        if kind == "string" and not 1 <= content["length"] <= 255:
            raise RefusalError(400, "NUMBER_OUTSIDE_VALID_RANGE", f"{name}: length 1 to 255")
        listed = content.get("valueSet") or {}
        values = (listed.get("valueSetDefinition") or {}).get("value") or []
        return cls(
            name=name,
            type=kind,
            label=content["label"],
            length=content.get("length") or 0,
            is_external_id=bool(content.get("externalId")),
            is_unique=bool(content.get("unique")),
            is_restricted=bool(listed.get("restricted")),
            picklist=tuple(each.get("fullName") or each["label"] for each in values),
            scale=content.get("scale"),
            needs_right=True,
        )


def _system(kinds: Mapping[str, str]) -> list[Field]:
    return [Field(name, kind, is_updateable=False) for name, kind in kinds.items()]


def standard_fields(sobject: str) -> list[Field]:
    """A small part of what every organisation has."""
    system = _system(
        {
            "Id": "id",
            "IsDeleted": "boolean",
            "MasterRecordId": "reference",
            "CreatedDate": "datetime",
            "CreatedById": "reference",
            "LastModifiedDate": "datetime",
            "LastModifiedById": "reference",
            "SystemModstamp": "datetime",
        }
    )
    person = [
        Field("FirstName", length=40, label="First Name"),
        Field("LastName", length=80, label="Last Name", is_required=True),
        Field("Email", "email"),
        Field("Phone", "phone"),
        Field("Title", length=128),
        Field("Description", "textarea"),
        Field("OwnerId", "reference"),
        Field("HasOptedOutOfEmail", "boolean", label="Email Opt Out"),
        Field("DoNotCall", "boolean", label="Do Not Call"),
    ]
    if sobject == "Contact":
        return [*system, *person, Field("AccountId", "reference")]
    statuses = ("Open - Not Contacted", "Working - Contacted", "Closed - Not Converted")
    rating = ("Hot", "Warm", "Cold")
    return [
        *system,
        *person,
        Field("Company", length=255, is_required=True),
        Field(
            "Status",
            "picklist",
            label="Lead Status",
            is_required=True,
            is_restricted=True,
            picklist=statuses,
        ),
        Field("Rating", "picklist", picklist=rating),
        *_system(
            {
                "IsConverted": "boolean",
                "ConvertedDate": "date",
                "ConvertedContactId": "reference",
                "ConvertedAccountId": "reference",
                "ConvertedOpportunityId": "reference",
            }
        ),
    ]


class Fields:
    """The fields of each object."""

    def __init__(self, fields: Mapping[str, Iterable[Field]], rights: Rights, user: str) -> None:
        self.rights, self._user = rights, user
        self._fields = {
            sobject: {each.name: each for each in all_} for sobject, all_ in fields.items()
        }

    @classmethod
    def standard(cls, user: str) -> Fields:
        """As an organisation begins, seen by a user."""
        return cls({each: standard_fields(each) for each in ("Lead", "Contact")}, Rights(), user)

    def of(self, sobject: str) -> Mapping[str, Field]:
        """The fields of an object, by name.

        Raises:
            RefusalError: there is no such object.
        """
        if sobject not in self._fields:
            raise RefusalError(404, "NOT_FOUND", "The requested resource does not exist")
        return self._fields[sobject]

    def seen(self, sobject: str) -> dict[str, Field]:
        """The fields of an object that the user may see, as far as the user may edit them."""
        return {
            each.name: found
            for each in self.of(sobject).values()
            if (found := self._as_seen(sobject, each)) is not None
        }

    def _as_seen(self, sobject: str, field: Field) -> Field | None:
        if not field.needs_right:
            return field
        may_read, may_edit = self.rights.of(self._user, sobject, field.name)
        return replace(field, is_updateable=may_edit) if may_read else None

    def found(self, sobject: str, name: str, *, by_admin: bool = False) -> Field:
        """A field; names are matched whatever their case.

        Raises:
            RefusalError: there is none, or none that the user may see.
        """
        fields = self.of(sobject)
        there = fields.get(name) or next(
            (each for each in fields.values() if each.name.lower() == name.lower()), None
        )
        found = there and (there if by_admin else self._as_seen(sobject, there))
        if found is None:
            raise no_such_field(name, sobject)
        return found

    def sobjects(self) -> list[str]:
        """The names of the objects."""
        return list(self._fields)

    def put(self, sobject: str, field: Field) -> None:
        """Add a field, or put it in the place of its namesake."""
        self.of(sobject)
        self._fields[sobject][field.name] = field

    def remove(self, sobject: str, name: str) -> None:
        """Remove a field."""
        del self._fields[sobject][self.found(sobject, name, by_admin=True).name]

    def remove_picklist_value(self, sobject: str, name: str, value: str) -> None:
        """Take a value from a picklist."""
        field = self.found(sobject, name, by_admin=True)
        kept = tuple(each for each in field.picklist if each != value)
        self.put(sobject, replace(field, picklist=kept))

    def dump(self) -> dict[str, Any]:
        """Everything, as JSON."""
        return {
            sobject: [each.dump() for each in fields.values()]
            for sobject, fields in self._fields.items()
        }

    @classmethod
    def load(cls, state: Mapping[str, Any], rights: Rights, user: str) -> Fields:
        """Take a dump back."""
        return cls({each: map(Field.read, fields) for each, fields in state.items()}, rights, user)
