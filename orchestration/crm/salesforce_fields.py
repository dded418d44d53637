"""Fields of leads and contacts: what a mapping needs, what is there, and the right to write it.

A field made through the Tooling API has no field-level security: nobody sees it, not even who made
it. So the rights are given by a permission set of our own, which the calling user is assigned to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from orchestration.crm.mapping import Property
from orchestration.crm.salesforce_calls import Calls, RefusedError
from orchestration.errors import UnusableInputError

OBJECTS = {"00Q": "Lead", "003": "Contact"}
"""What an id is of, by its first three characters."""
PERMISSION_SET = "Leadger"
_LONG = (
    "last_change_explanation_en",
    "last_change_explanation_fr",
    "engagement_history",
    "last_contents",
    "score_signals",
)
"""Columns whose texts may be longer than 255 characters."""
_TEXT: tuple[str, dict[str, Any]] = ("Text", {"length": 255})
_LONG_TEXT: tuple[str, dict[str, Any]] = ("LongTextArea", {"length": 32000, "visibleLines": 4})
_KINDS: dict[str, tuple[str, dict[str, Any]]] = {
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
_THERE = ("DUPLICATE_DEVELOPER_NAME", "DUPLICATE_VALUE")
"""Codes of what was made before."""


class SalesforceFields:
    """The fields of one organisation, as far as the calling user sees them."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._described: dict[str, dict[str, Any]] = {}

    def problems(self, properties: Sequence[Property]) -> list[str]:
        """What is missing on leads or contacts, read-only, of another type, or without a value."""
        known = {sobject: self._of(sobject) for sobject in OBJECTS.values()}
        return [
            problem
            for sobject, fields in known.items()
            for each in properties
            if not _is_only_the_others(each.property, sobject, known)
            for problem in _unfit(sobject, each, fields.get(each.property))
        ]

    def has(self, sobject: str, name: str) -> bool:
        """Whether an object has a field; leads have some of Salesforce's own that contacts lack."""
        if name.endswith("__c"):
            return True
        fields = self._described.get(sobject) or self._of(sobject)
        return name in fields

    def missing(self, properties: Sequence[Property]) -> list[Property]:
        """Those that leads or contacts lack, or that we may not write there."""
        known = {sobject: self._of(sobject) for sobject in OBJECTS.values()}
        return [
            each
            for each in properties
            if not all(
                _is_writable(fields.get(each.property))
                or _is_only_the_others(each.property, sobject, known)
                for sobject, fields in known.items()
            )
        ]

    def make(self, properties: Sequence[Property]) -> None:
        """Make custom fields on leads and contacts, and let the calling user see and write them.

        Raises:
            UnusableInputError: one cannot be made, or not be written.
        """
        for each in properties:
            if each.type == "enumeration" or not each.property.endswith("__c"):
                raise UnusableInputError(
                    f"{each.property}: only custom fields (…__c) of type string, number, bool "
                    "or datetime can be made here. Make it in Salesforce's Setup, and give the "
                    "integration user the right to edit it."
                )
        for sobject in OBJECTS.values():
            known = self._of(sobject)
            for each in properties:
                if each.property not in known:
                    self._once("tooling/sobjects/CustomField", _made_as(sobject, each))
        self._grant(properties)

    def _grant(self, properties: Sequence[Property]) -> None:
        granting = self._permission_set()
        known = {
            str(row["Field"]): row
            for row in self._calls.query(
                "SELECT Id, Field, PermissionsEdit FROM FieldPermissions "
                f"WHERE ParentId = '{granting}'"
            )
        }
        rights = {"PermissionsRead": True, "PermissionsEdit": True}
        for sobject in OBJECTS.values():
            for each in properties:
                field = f"{sobject}.{each.property}"
                there = known.get(field)
                if there is None:
                    made = {"ParentId": granting, "SobjectType": sobject, "Field": field, **rights}
                    self._once("sobjects/FieldPermissions", made)
                elif not there["PermissionsEdit"]:
                    self._calls.update(f"sobjects/FieldPermissions/{there['Id']}", rights)
        us = {"AssigneeId": self._calls.user(), "PermissionSetId": granting}
        if not self._calls.query(
            f"SELECT Id FROM PermissionSetAssignment WHERE AssigneeId = '{us['AssigneeId']}' "
            f"AND PermissionSetId = '{granting}'"
        ):
            self._once("sobjects/PermissionSetAssignment", us)

    def _permission_set(self) -> str:
        text = f"SELECT Id FROM PermissionSet WHERE Name = '{PERMISSION_SET}'"
        found = self._calls.query(text)
        if not found:
            made = {"Name": PERMISSION_SET, "Label": PERMISSION_SET}
            self._once("sobjects/PermissionSet", made)
            found = self._calls.query(text)
        return str(found[0]["Id"])

    def _once(self, path: str, body: Mapping[str, Any]) -> None:
        """Make something, unless it is there."""
        try:
            self._calls.make(path, body)
        except RefusedError as error:
            if error.code not in _THERE:
                raise

    def _of(self, sobject: str) -> dict[str, Any]:
        described = self._calls.ask(f"sobjects/{sobject}/describe")
        self._described[sobject] = {each["name"]: each for each in described["fields"]}
        return self._described[sobject]


def _is_only_the_others(
    name: str, sobject: str, known: Mapping[str, Mapping[str, Mapping[str, Any]]]
) -> bool:
    """Whether a field of Salesforce's own is none of this object's, such as a lead's status."""
    if name.endswith("__c") or name in known[sobject]:
        return False
    return any(name in fields for fields in known.values())


def _made_as(sobject: str, each: Property) -> dict[str, Any]:
    text = _LONG_TEXT if each.column in _LONG else _TEXT
    kind, more = _KINDS.get(each.type, text)
    metadata = {"type": kind, "label": each.label or each.property, **more}
    return {"FullName": f"{sobject}.{each.property}", "Metadata": metadata}


def _is_writable(there: Mapping[str, Any] | None) -> bool:
    return there is not None and bool(there["updateable"])


def _unfit(sobject: str, each: Property, there: Mapping[str, Any] | None) -> list[str]:
    name = f"{sobject}.{each.property}"
    if there is None:
        return [f"Salesforce's {sobject} has no field {each.property!r} that we may see"]
    if not _is_writable(there):
        return [f"Salesforce's {name} is read-only for us"]
    if there["type"] not in _TYPES[each.type]:
        return [f"Salesforce's {name} is a {there['type']}, not a {each.type}"]
    values = {
        value["value"] for value in there.get("picklistValues") or [] if value.get("active", True)
    }
    lacking = [one for one in dict.fromkeys(each.values.values()) if one not in values]
    if lacking and there["type"] == "picklist":
        return [f"Salesforce's {name} has no value {', '.join(lacking)}"]
    return []
