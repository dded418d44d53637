"""sObject Collections: up to 200 records a request, each with its own result, in their order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from simulators.messages import Answer, Spoilt
from simulators.salesforce import errors
from simulators.salesforce.errors import RecordError, RefusalError
from simulators.salesforce.records import Record, Records

MOST_RECORDS = 200
MOST_RETRIEVED = 2_000

Work = Callable[[], dict[str, Any]]
"""Does what is to be done with one record, and tells its result."""


def update(
    records: Records, body: Any, spoilt: Spoilt, *, save: bool, assigns: bool = False
) -> Answer:
    """PATCH composite/sobjects: change records by id; leads may be assigned to somebody else."""
    content = _records(body)
    seen: set[str] = set()

    def checked(each: Mapping[str, Any]) -> Work:
        sobject = _type(each)
        _look_up_fields(records, sobject, each)
        if _id(each) is None:
            raise RecordError("MISSING_ARGUMENT", "Id not specified in an update call")
        record = records.to_update(sobject, _id(each))
        values = records.accepted(sobject, each, record, save=save)
        _refuse_spoilt(record.id, spoilt)
        if record.id in seen:
            raise RecordError("DUPLICATE_VALUE", f"Duplicate id in list: {record.id}", ["Id"])
        seen.add(record.id)

        def work() -> dict[str, Any]:
            if assigns:
                records.assign(record)
            return _written(records, record, values)

        return work

    return _all_done([_attempt(checked, each) for each in content], _all_or_none(body))


def create(records: Records, body: Any, *, save: bool) -> Answer:
    """POST composite/sobjects: new records."""

    def checked(each: Mapping[str, Any]) -> Work:
        sobject = _type(each)
        values = records.accepted(sobject, each, None, save=save)
        return lambda: {
            "id": records.create(sobject, values).id,
            "success": True,
            "errors": [],
        }

    return _all_done([_attempt(checked, each) for each in _records(body)], _all_or_none(body))


def upsert(
    records: Records, sobject: str, name: str, body: Any, spoilt: Spoilt, *, save: bool
) -> Answer:
    """PATCH composite/sobjects/Type/Field: change by external id, or create."""

    def checked(each: Mapping[str, Any]) -> Work:
        if _type(each) != sobject:
            said = f"the records are of {sobject}"
            raise RefusalError(400, "INVALID_INPUT", said)
        key = next((value for field, value in each.items() if field.lower() == name.lower()), None)
        if key is None:
            raise RecordError("MISSING_ARGUMENT", f"{name} not specified", [name])
        found = records.by_external_id(sobject, name, key)
        if len(found) > 1:
            said = f"{name}: more than one record found for external id field"
            raise RecordError("DUPLICATE_EXTERNAL_ID", said, [name])
        record = records.to_update(sobject, found[0].id) if found else None
        values = records.accepted(sobject, each, record, save=save)
        _refuse_spoilt(record.id if record else str(key), spoilt)
        if record is None:
            return lambda: {
                "id": records.create(sobject, values).id,
                "success": True,
                "errors": [],
                "created": True,
            }
        return lambda: {**_written(records, record, values), "created": False}

    _external_id(records, sobject, name)
    return _all_done([_attempt(checked, each) for each in _records(body)], _all_or_none(body))


def delete(records: Records, ids: Sequence[str], *, all_or_none: bool) -> Answer:
    """DELETE composite/sobjects?ids=…."""
    if len(ids) > MOST_RECORDS:
        raise _too_many(MOST_RECORDS)

    def checked(record_id: str) -> Work:
        found = records.find(record_id)
        record = records.to_update(found.sobject if found else "Lead", record_id)
        return lambda: _deleted(records, record)

    return _all_done([_attempt(checked, each) for each in ids], all_or_none)


def retrieve(records: Records, sobject: str, ids: Any, names: Any) -> Answer:
    """GET or POST composite/sobjects/Type: records in the order of their ids, null for none."""
    if not isinstance(ids, list) or not isinstance(names, list) or not ids or not names:
        raise RefusalError(400, "MISSING_ARGUMENT", "ids and fields are required")
    if len(ids) > MOST_RETRIEVED:
        raise _too_many(MOST_RETRIEVED)
    fields = [records.fields.found(sobject, each).name for each in names]
    answered: list[dict[str, Any] | None] = []
    for each in ids:
        record = records.find(each)
        is_there = record is not None and record.sobject == sobject and not record.is_deleted
        answered.append(told(record, ["Id", *fields]) if record and is_there else None)
    return Answer(200, answered)


def told(record: Record, names: Sequence[str]) -> dict[str, Any]:
    """A record as it is answered."""
    url = f"/services/data/v59.0/sobjects/{record.sobject}/{record.id}"
    attributes = {"type": record.sobject, "url": url}
    return {"attributes": attributes, **{name: record.value(name) for name in names}}


def _external_id(records: Records, sobject: str, name: str) -> None:
    field = records.fields.found(sobject, name)
    if not field.is_external_id:
        said = f"Provided external ID field does not exist or is not accessible: {name}"
        raise RefusalError(404, "NOT_FOUND", said)


def _records(body: Any) -> list[dict[str, Any]]:
    content = body.get("records") if isinstance(body, dict) else None
    if not isinstance(content, list) or not all(isinstance(each, dict) for each in content):
        raise errors.unreadable("`records` is a list of objects")
    if unknown := sorted(set(body) - {"allOrNone", "records"}):
        raise errors.unreadable(f'Unrecognized field "{unknown[0]}"')
    if not isinstance(body.get("allOrNone", False), bool):
        raise errors.unreadable("`allOrNone` is true or false")
    if len(content) > MOST_RECORDS:
        raise _too_many(MOST_RECORDS)
    return content


def _too_many(most: int) -> RefusalError:
    said = f"record limit reached. cannot submit more than {most} records into this call"
    return RefusalError(400, "EXCEEDED_ID_LIMIT", said)


def _all_or_none(body: Any) -> bool:
    return bool(body.get("allOrNone", False))


def _look_up_fields(records: Records, sobject: str, content: Mapping[str, Any]) -> None:
    """A field that is not there fails the whole request, whatever else is wrong with the record."""
    for name in content:
        if name.lower() not in ("id", "attributes"):
            records.fields.found(sobject, name)


def _type(content: Mapping[str, Any]) -> str:
    attributes = content.get("attributes")
    kind = attributes.get("type") if isinstance(attributes, dict) else None
    if isinstance(attributes, dict) and set(attributes) - {"type", "url"}:
        raise errors.unreadable("`attributes` has a type, and maybe a url")
    if not isinstance(kind, str):
        raise RefusalError(400, "INVALID_INPUT", "each record has attributes with a type")
    return kind


def _id(content: Mapping[str, Any]) -> Any:
    return next((value for name, value in content.items() if name.lower() == "id"), None)


def _refuse_spoilt(record_id: str, spoilt: Spoilt) -> None:
    if record_id in spoilt:
        said = f"unable to obtain exclusive access to this record or 1 records: {record_id}"
        raise RecordError(spoilt.code or "UNABLE_TO_LOCK_ROW", spoilt.message or said)


def _attempt(check: Callable[[Any], Work], content: Any) -> Work | RecordError:
    try:
        return check(content)
    except RecordError as error:
        return error


def _all_done(attempts: Sequence[Work | RecordError], all_or_none: bool) -> Answer:
    """Do what is good; all or none, the good ones are rolled back where one is bad."""
    has_failed = any(isinstance(each, RecordError) for each in attempts)
    results = []
    for each in attempts:
        if isinstance(each, RecordError):
            results.append(each.result())
        elif has_failed and all_or_none:
            results.append(errors.rolled_back().result())
        else:
            results.append(each())
    return Answer(200, results)


def _written(records: Records, record: Record, values: Mapping[str, Any]) -> dict[str, Any]:
    records.write(record, values)
    return {"id": record.id, "success": True, "errors": []}


def _deleted(records: Records, record: Record) -> dict[str, Any]:
    records.delete(record)
    return {"id": record.id, "success": True, "errors": []}
