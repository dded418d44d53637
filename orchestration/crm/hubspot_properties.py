"""Contact properties in HubSpot: which there are, whether they fit, how ours are made."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from hubspot.crm import properties
from hubspot.crm.properties.exceptions import ApiException

from orchestration.crm.hubspot_calls import Calls, in_time, told
from orchestration.crm.mapping import Property

GROUP = "leadger"
_KINDS = {
    "string": ("string", "textarea"),
    "number": ("number", "number"),
    "bool": ("bool", "booleancheckbox"),
    "datetime": ("datetime", "date"),
    "enumeration": ("enumeration", "select"),
}


class HubSpotProperties:
    """The contact properties of one account."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def problems(self, wanted: Sequence[Property]) -> list[str]:
        """Properties that are missing, of another type, or without an option we need."""
        problems = []
        known = self._all()
        for each in wanted:
            there = known.get(each.property)
            if there is None:
                problems.append(f"HubSpot has no contact property {each.property!r}")
                continue
            problems += _unfit(each, there)
        if problems:
            problems.append("Make what is missing with: leadger crm setup hubspot")
        return problems

    def missing(self, wanted: Sequence[Property]) -> list[Property]:
        """Those that HubSpot does not have."""
        known = self._all()
        return [each for each in wanted if each.property not in known]

    def make(self, wanted: Sequence[Property]) -> None:
        """Make properties, in a group of their own."""
        group = properties.PropertyGroupCreate(name=GROUP, label="Leadger", display_order=-1)
        try:
            self._calls.ask(
                lambda: self._calls.groups.create_with_http_info("contacts", group, **in_time()),
                is_repeatable=True,
            )
        except ApiException as error:
            if error.status != 409:  # it is there already
                raise told(error) from None
        for each in wanted:
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
                self._calls.ask(
                    partial(
                        self._calls.schema.create_with_http_info, "contacts", made, **in_time()
                    ),
                    is_repeatable=True,
                )
            except ApiException as error:
                if error.status != 409:
                    raise told(error) from None

    def add_options(self, wanted: Sequence[Property]) -> list[str]:
        """Add options that properties lack, after those they have; gives `property: value`."""
        added = []
        known = self._all()
        for each in wanted:
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
            change = partial(self._calls.schema.update_with_http_info, "contacts", each.property)
            try:
                self._calls.ask(partial(change, update, **in_time()), is_repeatable=True)
            except ApiException as error:
                raise told(error) from None
            added += [f"{each.property}: {one}" for one in lacking]
        return added

    def _all(self) -> dict[str, Any]:
        try:
            found = self._calls.ask(
                lambda: self._calls.schema.get_all_with_http_info("contacts", **in_time()),
                is_repeatable=True,
            )
        except ApiException as error:
            raise told(error) from None
        return {each.name: each for each in found.results}


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
