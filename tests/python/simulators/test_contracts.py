"""Requests that break a CRM's contract are refused, and on record."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from simulators import contracts
from simulators.control import HubSpotSimulator, SalesforceSimulator
from simulators.faults import Kind
from simulators.hubspot import contract as hubspot
from simulators.salesforce import contract as salesforce

UPDATE = "/crm/v3/objects/contacts/batch/update"
READ = "/crm/v3/objects/contacts/batch/read"
PROPERTIES = "/crm/v3/properties/contacts"
GOOD = {"id": "1", "objectWriteTraceId": "1", "properties": {"firstname": "Ada"}}
FIELD = {
    "name": "leadger_x",
    "label": "X",
    "type": "string",
    "fieldType": "text",
    "groupName": "contactinformation",
}
LEAD = "00Q000000000001AAA"
RECORD = {"attributes": {"type": "Lead"}, "id": LEAD, "LastName": "Ada"}
SALESFORCE = "/services/data/v59.0"


def inputs(*each: Any) -> dict[str, Any]:
    return {"inputs": list(each)}


def reading(count: int, *history: str) -> dict[str, Any]:
    ids = [{"id": str(number)} for number in range(count)]
    return {"inputs": ids, "properties": ["email"], "propertiesWithHistory": list(history)}


def records(*each: Any) -> dict[str, Any]:
    return {"allOrNone": False, "records": list(each)}


BAD = {
    "no inputs": ("POST", UPDATE, {}),
    "inputs of another name": ("POST", UPDATE, {"records": [GOOD]}),
    "nothing in inputs": ("POST", UPDATE, inputs()),
    "101 inputs": (
        "POST",
        UPDATE,
        inputs(*({**GOOD, "id": str(n), "objectWriteTraceId": str(n)} for n in range(101))),
    ),
    "no id": ("POST", UPDATE, inputs({k: v for k, v in GOOD.items() if k != "id"})),
    "an id that is a number": ("POST", UPDATE, inputs({**GOOD, "id": 1})),
    "an id that is empty": ("POST", UPDATE, inputs({**GOOD, "id": ""})),
    "the same id twice": ("POST", UPDATE, inputs(GOOD, {**GOOD, "objectWriteTraceId": "2"})),
    "no trace": ("POST", UPDATE, inputs({k: GOOD[k] for k in ("id", "properties")})),
    "a trace that is a number": ("POST", UPDATE, inputs({**GOOD, "objectWriteTraceId": 1})),
    "the same trace twice": ("POST", UPDATE, inputs(GOOD, {**GOOD, "id": "2"})),
    "a number for a value": ("POST", UPDATE, inputs({**GOOD, "properties": {"score": 7}})),
    "null for a value": ("POST", UPDATE, inputs({**GOOD, "properties": {"score": None}})),
    "true for a value": ("POST", UPDATE, inputs({**GOOD, "properties": {"score": True}})),
    "nothing to change": ("POST", UPDATE, inputs({**GOOD, "properties": {}})),
    "a key nobody knows": ("POST", UPDATE, inputs({**GOOD, "upsert": True})),
    "101 to read": ("POST", READ, reading(101)),
    "51 with history": ("POST", READ, reading(51, "email")),
    "no properties named": ("POST", READ, {"inputs": [{"id": "1"}]}),
    "a property without label": (
        "POST",
        PROPERTIES,
        {k: v for k, v in FIELD.items() if k != "label"},
    ),
    "a field type of another type": ("POST", PROPERTIES, {**FIELD, "fieldType": "date"}),
    "an enumeration without options": (
        "POST",
        PROPERTIES,
        {**FIELD, "type": "enumeration", "fieldType": "select"},
    ),
    "an option without value": (
        "PATCH",
        f"{PROPERTIES}/lifecyclestage",
        {"options": [{"label": "X", "hidden": False}]},
    ),
    "a group without label": ("POST", f"{PROPERTIES}/groups", {"name": "leadger"}),
}
BAD_IN_SALESFORCE = {
    "201 records": ("PATCH", "composite/sobjects", records(*[RECORD] * 201)),
    "no attributes": (
        "PATCH",
        "composite/sobjects",
        records({k: v for k, v in RECORD.items() if k != "attributes"}),
    ),
    "no id": ("PATCH", "composite/sobjects", records({**RECORD, "id": None})),
    "an id that is too short": ("PATCH", "composite/sobjects", records({**RECORD, "id": "00Q1"})),
    "the same id twice": ("PATCH", "composite/sobjects", records(RECORD, RECORD)),
    "allOrNone left open": ("PATCH", "composite/sobjects", {"records": [RECORD]}),
    "a list for a value": ("PATCH", "composite/sobjects", records({**RECORD, "LastName": ["x"]})),
    "nothing to change": (
        "PATCH",
        "composite/sobjects",
        records({k: RECORD[k] for k in ("attributes", "id")}),
    ),
    "no fields to read": ("POST", "composite/sobjects/Lead", {"ids": [LEAD], "fields": []}),
    "a field that is not custom": (
        "POST",
        "tooling/sobjects/CustomField",
        {"FullName": "Lead.Score", "Metadata": {"type": "Number", "label": "Score"}},
    ),
}


@pytest.fixture
def strict(running_hubspot: HubSpotSimulator) -> HubSpotSimulator:
    running_hubspot.reset()
    running_hubspot.seed({each: {"firstname": "before"} for each in "12"})
    return running_hubspot


@pytest.fixture
def strict_org(running_salesforce: SalesforceSimulator) -> SalesforceSimulator:
    running_salesforce.reset()
    running_salesforce.seed({LEAD: {"LastName": "before"}})
    return running_salesforce


@pytest.mark.parametrize("what", BAD)
def test_hubspot_refuses(strict: HubSpotSimulator, what: str) -> None:
    status, answer = strict.ask(*BAD[what])
    assert (status, answer["category"]) == (400, "VALIDATION_ERROR")
    assert answer["message"].startswith("Invalid input JSON: ")
    (logged,) = strict.requests()
    assert logged["breaches"]
    assert strict.breaches() == [
        f"{BAD[what][0]} {BAD[what][1]}: {each}" for each in logged["breaches"]
    ]
    assert strict.contact("1")["firstname"] == "before"


@pytest.mark.parametrize("what", BAD_IN_SALESFORCE)
def test_salesforce_refuses(strict_org: SalesforceSimulator, what: str) -> None:
    method, path, body = BAD_IN_SALESFORCE[what]
    status, (answer,) = strict_org.ask(method, f"{SALESFORCE}/{path}", body)
    assert (status, answer["errorCode"]) == (400, "JSON_PARSER_ERROR")
    assert strict_org.breaches()
    assert strict_org.record(LEAD)["LastName"] == "before"


def test_what_is_as_documented_is_taken(
    strict: HubSpotSimulator, strict_org: SalesforceSimulator
) -> None:
    assert strict.ask("POST", UPDATE, inputs(GOOD))[0] == 200
    assert strict.ask("POST", READ, reading(50, "email"))[0] == 207
    assert strict.ask("POST", PROPERTIES, FIELD)[0] == 201
    assert (strict.breaches(), strict.uncovered()) == ([], [])
    path = f"{SALESFORCE}/composite/sobjects"
    assert strict_org.ask("PATCH", path, records(RECORD))[0] == 200
    assert strict_org.breaches() == []


def test_an_endpoint_without_a_contract_is_named(strict: HubSpotSimulator) -> None:
    path = "/crm/v3/objects/contacts/batch/create"
    assert strict.ask("POST", path, inputs({"properties": {"firstname": "x"}}))[0] == 201
    assert strict.uncovered() == [f"POST {path}"]


def test_a_fault_hides_no_breach(strict: HubSpotSimulator) -> None:
    strict.arm(Kind.STATUS, status=409)
    assert strict.ask("GET", f"{PROPERTIES}?no=1")[0] == 409
    assert strict.breaches() == [f"GET {PROPERTIES}: query: no is not known"]
    strict.forget_requests()
    assert strict.breaches(), "on record until the simulator is reset"


def _checked() -> Iterator[tuple[str, contracts.Schema, Any]]:
    of = {UPDATE: hubspot.UPDATE, READ: hubspot.READ, PROPERTIES: hubspot.NEW_PROPERTY}
    for what, (_, path, body) in BAD.items():
        if path in of:
            yield what, of[path], body
    yield "good", hubspot.UPDATE, inputs(GOOD)
    yield "a good property", hubspot.NEW_PROPERTY, FIELD
    for what, (method, _, body) in BAD_IN_SALESFORCE.items():
        if method == "PATCH":
            yield f"Salesforce: {what}", salesforce.UPDATE, body
    yield "Salesforce: good", salesforce.UPDATE, records(RECORD)


@pytest.mark.parametrize(("schema", "body"), [each[1:] for each in _checked()])
def test_our_reading_of_json_schema_is_everybodys(schema: contracts.Schema, body: Any) -> None:
    whole = json.loads(json.dumps(schema).replace('"pattern": "', '"pattern": "^'))
    for each in _patterns(whole):
        each["pattern"] = f"^({each['pattern'][1:]})$"
    is_valid = Draft202012Validator(whole).is_valid(body)
    assert is_valid == (not list(contracts.breaches(schema, body)))


def _patterns(schema: Any) -> Iterator[dict[str, Any]]:
    """Patterns, which JSON Schema looks for anywhere in a text."""
    if isinstance(schema, dict):
        if isinstance(schema.get("pattern"), str):
            yield schema
        for each in schema.values():
            yield from _patterns(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from _patterns(each)
