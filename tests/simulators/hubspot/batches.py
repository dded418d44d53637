"""HubSpot's batch endpoints: what fails a batch as a whole, and what fails one record of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from simulators.hubspot import errors
from simulators.hubspot.contacts import DEFAULT_PROPERTIES, Contact, Contacts
from simulators.hubspot.errors import Invalid
from simulators.hubspot.settings import Settings
from simulators.hubspot.values import instant
from simulators.messages import Answer, Spoilt

MOST_INPUTS = 100
MOST_INPUTS_WITH_HISTORY = 50


@dataclass(frozen=True)
class Input:
    """One record of a batch."""

    id: str
    properties: dict[str, str]
    id_property: str | None = None
    trace: str | None = None


def read_batch(contacts: Contacts, body: Any) -> Answer:
    """`batch/read`: ids or unique values in, contacts out; those that are not there are told."""
    content = _object(body)
    with_history = _names(content, "propertiesWithHistory")
    properties = _names(content, "properties") or list(DEFAULT_PROPERTIES)
    inputs = _inputs(content, MOST_INPUTS_WITH_HISTORY if with_history else MOST_INPUTS)
    id_property = content.get("idProperty")
    found: dict[str, Contact] = {}
    missing = []
    for each in inputs:
        contact = contacts.find(each.id, id_property)
        if contact is None:
            missing.append(each.id)
        else:
            found[contact.id] = contact
    told = [each.told(properties, with_history) for each in found.values()]
    return answered(told, [errors.records_not_found(missing, [])] if missing else [])


def update_batch(contacts: Contacts, body: Any, spoilt: Spoilt, settings: Settings) -> Answer:
    """`batch/update`: one wrong value refuses the whole batch, a missing record only itself."""
    inputs = _inputs(_object(body), MOST_INPUTS, with_properties=True)
    _refuse_duplicates(inputs)
    for each in inputs:
        if each.id_property in ("email", "hs_object_id"):
            raise errors.not_unique(each.id_property)
    partial = settings.updates_are_partial and _are_traced(inputs)
    values, refused = _checked(contacts, inputs, partial=partial)
    found: list[tuple[Input, Contact, dict[str, str]]] = []
    failed = list(refused.values())
    missing: list[Input] = []
    for place, each in enumerate(inputs):
        contact = contacts.find(each.id, each.id_property)
        if contact is None:
            missing.append(each)
        elif each.id in spoilt:
            failed.append(_spoilt(each, spoilt))
        elif place not in refused and not _is_skipped(each, contact, settings):
            taken = contacts.taken(values[place], contact.id)
            if taken is not None:
                raise errors.conflict(f"Contact already exists. Existing ID: {taken}")
            found.append((each, contact, values[place]))
    failed += _not_found(missing)
    told: dict[str, dict[str, Any]] = {}
    for each, contact, checked in found:
        contacts.write(contact, checked)
        # Two ids of one (merged) contact are answered once.
        told[contact.id] = _traced(contact.told(each.properties), each)
    return answered(list(told.values()), failed)


def _is_skipped(given: Input, contact: Contact, settings: Settings) -> bool:
    is_old_id = given.id_property is None and given.id != contact.id
    return is_old_id and settings.updates_skip_merged


def create_batch(contacts: Contacts, body: Any) -> Answer:
    """`batch/create`: with an `objectWriteTraceId` each, wrong records fail alone."""
    inputs = _inputs(_object(body), MOST_INPUTS, with_properties=True, with_id=False)
    traced = _are_traced(inputs)
    values, refused = _checked(contacts, inputs, partial=traced)
    failed = list(refused.values())
    good: list[tuple[Input, dict[str, str]]] = []
    for place, each in enumerate(inputs):
        if place in refused:
            continue
        taken = contacts.taken(values[place], None)
        if taken is None:
            good.append((each, values[place]))
            continue
        said = f"Contact already exists. Existing ID: {taken}"
        if not traced:
            raise errors.conflict(said)
        failed.append(errors.record_error("CONFLICT", said, _trace(each)))
    told = []
    for each, checked in good:
        told.append(_traced(contacts.create(checked).told(each.properties), each))
    return answered(told, failed, status=201)


def upsert_batch(contacts: Contacts, body: Any, spoilt: Spoilt) -> Answer:
    """`batch/upsert`: by a unique property; by email a wrong record refuses the whole batch."""
    inputs = _inputs(_object(body), MOST_INPUTS, with_properties=True)
    _refuse_duplicates(inputs)
    id_properties = {each.id_property for each in inputs}
    if inputs and (len(id_properties) != 1 or None in id_properties):
        raise errors.validation("An upsert names one idProperty, the same for all inputs")
    partial = _are_traced(inputs) and id_properties != {"email"}
    values, refused = _checked(contacts, inputs, partial=partial)
    failed = list(refused.values())
    told = []
    for place, each in enumerate(inputs):
        if place in refused:
            continue
        if each.id in spoilt:
            failed.append(_spoilt(each, spoilt))
            continue
        contact = contacts.find(each.id, each.id_property)
        is_new = contact is None
        if contact is None:
            key, _ = contacts.checked({each.id_property or "": each.id})
            contact = contacts.create({**key, **values[place]})
        else:
            contacts.write(contact, values[place])
        told.append(_traced(contact.told(each.properties, new=is_new), each))
    return answered(told, failed)


def archive_batch(contacts: Contacts, body: Any) -> Answer:
    """`batch/archive`: ids that are not there are passed over in silence."""
    for each in _inputs(_object(body), MOST_INPUTS):
        contact = contacts.find(each.id)
        if contact is not None:
            contacts.archive(contact)
    return Answer(204)


def properties_of(content: Any) -> dict[str, str]:
    """The properties of a record as it is sent.

    Raises:
        RefusalError: they are not texts by name.
    """
    properties = content.get("properties") if isinstance(content, dict) else None
    if not isinstance(properties, dict):
        raise errors.validation("Invalid input JSON: `properties` is an object of texts by name")
    wrong = [name for name, value in properties.items() if not isinstance(value, str)]
    if wrong:
        raise errors.validation(
            "Invalid input JSON: cannot read a text from the value of " + ", ".join(wrong),
            propertyName=wrong,
        )
    return properties


def _object(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise errors.validation("Invalid input JSON: an object is expected")
    return body


def _names(content: dict[str, Any], field: str) -> list[str]:
    names = content.get(field) or []
    if not isinstance(names, list) or not all(isinstance(each, str) for each in names):
        raise errors.validation(f"Invalid input JSON: `{field}` is a list of property names")
    return names


def _inputs(
    content: dict[str, Any], most: int, *, with_properties: bool = False, with_id: bool = True
) -> list[Input]:
    # A body without `inputs` is answered COMPLETE with nothing done, as HubSpot does.
    inputs = content.get("inputs") or []
    if not isinstance(inputs, list) or not all(isinstance(each, dict) for each in inputs):
        raise errors.validation("Invalid input JSON: `inputs` is a list of objects")
    if len(inputs) > most:
        raise errors.validation(
            f"A batch takes at most {most} inputs, this one has {len(inputs)}",
        )
    if with_id and not all(isinstance(each.get("id"), str) and each["id"] for each in inputs):
        raise errors.validation(
            "Invalid input JSON: Some required fields were not set: [id]", missing=["id"]
        )
    return [
        Input(
            id=each.get("id") or "",
            properties=properties_of(each) if with_properties else {},
            id_property=each.get("idProperty"),
            trace=each.get("objectWriteTraceId"),
        )
        for each in inputs
    ]


def _are_traced(inputs: Sequence[Input]) -> bool:
    traces = {each.trace for each in inputs}
    return len(traces) == len(inputs) and None not in traces


def _refuse_duplicates(inputs: Iterable[Input]) -> None:
    twice = [each for each, count in Counter(each.id for each in inputs).items() if count > 1]
    if twice:
        raise errors.validation(
            f"Duplicate IDs found in batch input: [{', '.join(twice)}]. IDs must be unique",
            ids=twice,
        )


def _checked(
    contacts: Contacts, inputs: Sequence[Input], *, partial: bool
) -> tuple[dict[int, dict[str, str]], dict[int, dict[str, Any]]]:
    """Values to store by place in the batch, and the entries of `errors` by place."""
    values: dict[int, dict[str, str]] = {}
    invalid: dict[int, list[Invalid]] = {}
    for place, each in enumerate(inputs):
        good, bad = contacts.checked(each.properties)
        if bad:
            invalid[place] = bad
        else:
            values[place] = good
    if invalid and not partial:
        raise errors.invalid_values({each: None for bad in invalid.values() for each in bad})
    return values, {
        place: errors.record_error(
            "VALIDATION_ERROR", errors.invalid_values(bad).message, _trace(inputs[place])
        )
        for place, bad in invalid.items()
    }


def _trace(given: Input) -> dict[str, list[str]]:
    trace = {"objectWriteTraceId": [given.trace]} if given.trace else {}
    return trace | ({"ids": [given.id]} if given.id else {})


def _spoilt(given: Input, spoilt: Spoilt) -> dict[str, Any]:
    return errors.record_error(
        spoilt.code or "INTERNAL_ERROR", spoilt.message or "internal error", _trace(given)
    )


def _not_found(missing: Sequence[Input]) -> list[dict[str, Any]]:
    if not missing:
        return []
    if all(each.trace for each in missing):
        return [errors.records_not_found([each.id], [each.trace or ""]) for each in missing]
    return [errors.records_not_found([each.id for each in missing], [])]


def _traced(told: dict[str, Any], given: Input) -> dict[str, Any]:
    return {**told, "objectWriteTraceId": given.trace} if given.trace else told


def answered(
    results: list[dict[str, Any]], failed: list[dict[str, Any]], status: int = 200
) -> Answer:
    """The envelope of every batch answer: 207 as soon as one record failed."""
    now = instant(datetime.now(UTC))
    body: dict[str, Any] = {
        "status": "COMPLETE",
        "results": results,
        "startedAt": now,
        "completedAt": now,
    }
    if not failed:
        return Answer(status, body)
    return Answer(207, {**body, "numErrors": len(failed), "errors": failed})
