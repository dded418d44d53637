"""The properties that contacts have, and the API that reads and creates them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from simulators.hubspot import errors

FIELD_TYPES: Mapping[str, tuple[str, ...]] = {
    "string": ("text", "textarea", "file", "html", "phonenumber"),
    "number": ("number", "calculation_equation"),
    "bool": ("booleancheckbox", "calculation_equation"),
    "enumeration": ("select", "radio", "checkbox", "booleancheckbox", "calculation_equation"),
    "date": ("date",),
    "datetime": ("date",),
}
LIFECYCLE = (
    ("subscriber", "Subscriber"),
    ("lead", "Lead"),
    ("marketingqualifiedlead", "Marketing Qualified Lead"),
    ("salesqualifiedlead", "Sales Qualified Lead"),
    ("opportunity", "Opportunity"),
    ("customer", "Customer"),
    ("evangelist", "Evangelist"),
    ("other", "Other"),
)
_LEAD_STATUS = ("NEW", "OPEN", "IN_PROGRESS", "OPEN_DEAL", "UNQUALIFIED", "CONNECTED")
_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Option:
    """One value of an enumeration."""

    value: str
    label: str
    displayOrder: int = 0  # noqa: N815
    hidden: bool = False
    description: str = ""


@dataclass(frozen=True)
class Property:
    """One property of contacts."""

    name: str
    type: str
    field_type: str
    label: str = ""
    group: str = "contactinformation"
    description: str = ""
    options: tuple[Option, ...] = ()
    is_hubspots: bool = False
    is_read_only: bool = False
    is_unique: bool = False
    has_external_options: bool = False

    def as_json(self) -> dict[str, Any]:
        """As the properties API answers it."""
        return {
            "name": self.name,
            "label": self.label or self.name,
            "type": self.type,
            "fieldType": self.field_type,
            "description": self.description,
            "groupName": self.group,
            "options": [asdict(each) for each in self.options],
            "displayOrder": -1,
            "calculated": False,
            "externalOptions": self.has_external_options,
            "hasUniqueValue": self.is_unique,
            "hidden": False,
            "hubspotDefined": self.is_hubspots,
            "formField": False,
            "archived": False,
            "modificationMetadata": {
                "archivable": not self.is_hubspots,
                "readOnlyDefinition": self.is_hubspots,
                "readOnlyOptions": False,
                "readOnlyValue": self.is_read_only,
            },
        }

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> Property:
        """A property from the form the API answers."""
        made = content.get("modificationMetadata") or {}
        return cls(
            name=content["name"],
            type=content["type"],
            field_type=content["fieldType"],
            label=content.get("label") or content["name"],
            group=content.get("groupName") or "contactinformation",
            description=content.get("description") or "",
            options=_options(content.get("options") or ()),
            is_hubspots=bool(content.get("hubspotDefined")),
            is_read_only=bool(made.get("readOnlyValue")),
            is_unique=bool(content.get("hasUniqueValue")),
            has_external_options=bool(content.get("externalOptions")),
        )


def _options(content: Iterable[Mapping[str, Any]]) -> tuple[Option, ...]:
    return tuple(
        Option(
            value=each["value"],
            label=each.get("label") or each["value"],
            displayOrder=place if each.get("displayOrder") is None else each["displayOrder"],
            hidden=bool(each.get("hidden")),
            description=each.get("description") or "",
        )
        for place, each in enumerate(content)
    )


def standard_properties() -> list[Property]:
    """A small part of what every account has."""
    texts = ("firstname", "lastname", "company", "phone", "jobtitle", "website", "city", "country")
    lifecycle = tuple(Option(value, label, place) for place, (value, label) in enumerate(LIFECYCLE))
    status = tuple(Option(each, each.title(), place) for place, each in enumerate(_LEAD_STATUS))
    yes_or_no = (Option("true", "Yes"), Option("false", "No", 1))
    return [
        *(Property(name, "string", "text", is_hubspots=True) for name in texts),
        Property("email", "string", "text", is_hubspots=True, is_unique=True),
        Property("hs_additional_emails", "string", "text", is_hubspots=True, is_read_only=True),
        Property("lifecyclestage", "enumeration", "radio", options=lifecycle, is_hubspots=True),
        Property("hs_lead_status", "enumeration", "radio", options=status, is_hubspots=True),
        Property("hs_email_optout", "bool", "booleancheckbox", options=yes_or_no, is_hubspots=True),
        Property(
            "hubspot_owner_id",
            "enumeration",
            "select",
            is_hubspots=True,
            has_external_options=True,
        ),
        Property("createdate", "datetime", "date", is_hubspots=True),
        Property("lastmodifieddate", "datetime", "date", is_hubspots=True, is_read_only=True),
        Property("hs_object_id", "number", "number", is_hubspots=True, is_read_only=True),
        Property("hs_merged_object_ids", "string", "text", is_hubspots=True, is_read_only=True),
    ]


class Schema:
    """The properties of contacts, and their groups."""

    def __init__(self, properties: Iterable[Property], groups: Iterable[str] = ()) -> None:
        self._properties = {each.name: each for each in properties}
        self.groups = {"contactinformation", *groups}
        self.unique = {each.name for each in self._properties.values() if each.is_unique}

    def __getitem__(self, name: str) -> Property:
        return self._properties[name]

    def get(self, name: str) -> Property | None:
        """The property of this name, if there is one."""
        return self._properties.get(name)

    def all(self) -> list[Property]:
        """Every property, in the order they were made."""
        return list(self._properties.values())

    def found(self, name: str) -> Property:
        """The property of this name.

        Raises:
            RefusalError: there is none.
        """
        if name not in self._properties:
            raise errors.not_found(f"Property {name} does not exist", propertyName=[name])
        return self._properties[name]

    def put(self, wanted: Property) -> None:
        """Add a property, or put it in the place of its namesake."""
        self._properties[wanted.name] = wanted
        (self.unique.add if wanted.is_unique else self.unique.discard)(wanted.name)

    def create(self, *contents: Any) -> list[Property]:
        """Add properties as the API is asked to, all or none.

        Raises:
            RefusalError: one is not such as HubSpot takes.
        """
        names: set[str] = set()
        for each in contents:
            if not isinstance(each, dict):
                raise errors.validation("Invalid input JSON: a property is an object")
            _check_definition(each, self.groups)
            name = each["name"]
            if name in self._properties or name in names:
                said = f'Property named "{name}" already exists.'
                raise errors.RefusalError(409, "OBJECT_ALREADY_EXISTS", said)
            names.add(name)
        made = [Property.read({**each, "hubspotDefined": False}) for each in contents]
        for each in made:
            self.put(each)
        return made

    def update(self, name: str, content: Any) -> Property:
        """Change a property's texts or options.

        Raises:
            RefusalError: there is none, or it cannot be changed so.
        """
        before = self.found(name)
        if not isinstance(content, dict):
            raise errors.validation("Invalid input JSON: a property is an object")
        changed = replace(
            before,
            label=content.get("label") or before.label,
            description=content.get("description") or before.description,
            options=_options(content["options"]) if "options" in content else before.options,
        )
        self.put(changed)
        return changed

    def remove(self, name: str) -> None:
        """Remove a property; one that is HubSpot's own cannot be."""
        if self.found(name).is_hubspots:
            raise errors.validation(f"Property {name} is defined by HubSpot", propertyName=[name])
        del self._properties[name]
        self.unique.discard(name)

    def remove_option(self, name: str, value: str) -> None:
        """Take an option from an enumeration, as an administrator may at any time."""
        before = self.found(name)
        kept = tuple(each for each in before.options if each.value != value)
        self.put(replace(before, options=kept))


def _check_definition(content: Mapping[str, Any], groups: Iterable[str]) -> None:
    missing = [
        each
        for each in ("name", "label", "type", "fieldType", "groupName")
        if not content.get(each)
    ]
    if missing:
        raise errors.validation(
            "Invalid input JSON: Some required fields were not set: " + ", ".join(missing),
            missing=missing,
        )
    name, kind, field = content["name"], content["type"], content["fieldType"]
    options = content.get("options") or []
    if not _NAME.fullmatch(name):
        raise errors.validation(f"Property name {name!r}: lower-case letters, digits and _ only")
    if field not in FIELD_TYPES.get(kind, ()):
        raise errors.validation(f"Property {name}: fieldType {field!r} does not go with {kind!r}")
    if content["groupName"] not in groups:
        raise errors.validation(f"Property {name}: no group {content['groupName']!r}")
    values = [each.get("value") for each in options]
    if kind == "bool" and sorted(map(str, values)) != ["false", "true"]:
        raise errors.validation(f"Property {name}: a bool has the options true and false")
    if kind == "enumeration" and not values:
        raise errors.validation(f"Property {name}: an enumeration needs options")
    if len(set(values)) != len(values):
        raise errors.validation(f"Property {name}: the same option twice")
