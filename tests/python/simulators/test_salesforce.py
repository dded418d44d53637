"""Salesforce as its public documentation describes it, asked through simple-salesforce."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceExpiredSession,
    SalesforceGeneralError,
    SalesforceMalformedRequest,
    SalesforceMoreThanOneRecord,
    SalesforceRefusedRequest,
    SalesforceResourceNotFound,
)
from simple_salesforce.login import token_login

from simulators.control import SalesforceSimulator
from simulators.faults import Kind
from simulators.loopback import https_session

ADA, GRACE, EDSGER = "00Q5g00000AdaAAAAA", "00Q5g00000GraceAAA", "00Q5g0000EdsgerAAA"
COLLECTIONS = "composite/sobjects"


def connect(org: SalesforceSimulator, token: str | None = None) -> Any:
    """The official client, with a session that reaches plain http."""
    return Salesforce(
        instance_url=org.url, session_id=token or org.token, session=https_session(org.port)
    )


@pytest.fixture
def client(org: SalesforceSimulator) -> Any:
    return connect(org)


def records(changes: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    kind = {"attributes": {"type": "Lead"}}
    return [{**kind, "Id": each, **values} for each, values in changes.items()]


def update(client: Any, changes: Mapping[str, Mapping[str, Any]], *, together: bool = False) -> Any:
    body = {"allOrNone": together, "records": records(changes)}
    return client.restful(COLLECTIONS, method="PATCH", json=body)


def codes(results: list[dict[str, Any]]) -> list[str | None]:
    return [None if each["success"] else each["errors"][0]["statusCode"] for each in results]


class TestSession:
    def test_an_expired_session(self, org: SalesforceSimulator) -> None:
        with pytest.raises(SalesforceExpiredSession) as caught:
            update(connect(org, "wrong"), {ADA: {"Title": "Countess"}})
        assert caught.value.content[0]["errorCode"] == "INVALID_SESSION_ID"
        assert org.token not in json.dumps(org.requests())

    def test_the_days_requests_are_used_up(self, org: SalesforceSimulator, client: Any) -> None:
        org.configure(requests_per_day=1)
        client.query("SELECT Id FROM Lead")
        assert client.api_usage["api-usage"] == (1, 1)
        with pytest.raises(SalesforceRefusedRequest) as caught:
            client.query("SELECT Id FROM Lead")
        assert caught.value.content[0]["errorCode"] == "REQUEST_LIMIT_EXCEEDED"
        org.end_day()
        assert client.limits()["DailyApiRequests"] == {"Max": 1, "Remaining": 0}


class TestLogin:
    def log_in(self, org: SalesforceSimulator, secret: str) -> str:
        basic = base64.b64encode(f"{org.client_id}:{secret}".encode()).decode()
        token, host = token_login(
            f"{org.url}/services/oauth2/token",
            {"grant_type": "client_credentials"},
            "",
            org.client_id,
            {"Authorization": f"Basic {basic}"},
            None,
        )
        assert host == f"127.0.0.1:{org.port}"
        return str(token)

    def test_client_credentials(self, org: SalesforceSimulator) -> None:
        client = connect(org, self.log_in(org, org.client_secret))
        assert client.query("SELECT COUNT() FROM Lead")["totalSize"] == 3
        org.end_sessions()
        with pytest.raises(SalesforceExpiredSession):
            client.query("SELECT COUNT() FROM Lead")
        assert org.token not in json.dumps(org.requests())

    def test_a_wrong_secret(self, org: SalesforceSimulator) -> None:
        with pytest.raises(SalesforceAuthenticationFailed, match="invalid_client"):
            self.log_in(org, "wrong")


class TestCollections:
    def test_results_are_in_order(self, org: SalesforceSimulator, client: Any) -> None:
        results = update(client, {GRACE: {"Title": "Admiral"}, ADA: {"Title": "Countess"}})
        assert [dict(each) for each in results] == [
            {"id": GRACE, "success": True, "errors": []},
            {"id": ADA, "success": True, "errors": []},
        ]
        assert org.record(ADA)["Title"] == "Countess"

    def test_values_are_stored_as_salesforce_writes_them(
        self, org: SalesforceSimulator, client: Any
    ) -> None:
        update(
            client,
            {
                ADA: {
                    "Leadger_Score__c": 7,
                    "leadger_due__C": "2026-01-02T11:00:00.987+01:00",
                    "Leadger_Note__c": " x ",
                    "Leadger_Call__c": True,
                    "Email": "ADA@Example.com",
                }
            },
        )
        stored = org.record(ADA)
        assert {name: stored[name] for name in stored if name.startswith("Leadger")} == {
            "Leadger_Score__c": 7.0,
            "Leadger_Due__c": "2026-01-02T10:00:00.000+0000",
            "Leadger_Note__c": "x",
            "Leadger_Call__c": True,
            "Leadger_Id__c": "p1",
        }
        assert stored["Email"] == "ada@example.com"

    @pytest.mark.parametrize("nothing", [None, ""])
    def test_null_and_an_empty_text_clear(
        self, org: SalesforceSimulator, client: Any, nothing: str | None
    ) -> None:
        update(client, {ADA: {"Leadger_Note__c": "x"}})
        update(client, {ADA: {"Leadger_Note__c": nothing}})
        assert org.record(ADA)["Leadger_Note__c"] is None

    @pytest.mark.parametrize(
        ("values", "code", "fields"),
        [
            ({"Leadger_Note__c": "x" * 21}, "STRING_TOO_LONG", ["Leadger_Note__c"]),
            ({"Status": "No such"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", ["Status"]),
            ({"Email": "ada"}, "INVALID_EMAIL_ADDRESS", ["Email"]),
            ({"LastName": ""}, "REQUIRED_FIELD_MISSING", ["LastName"]),
            ({"IsConverted": True}, "INVALID_FIELD_FOR_INSERT_UPDATE", ["IsConverted"]),
        ],
    )
    def test_a_wrong_value_fails_its_record_only(
        self, client: Any, values: Mapping[str, Any], code: str, fields: list[str]
    ) -> None:
        results = update(client, {ADA: values, GRACE: {"Title": "Admiral"}})
        assert codes(results) == [code, None]
        assert results[0]["errors"][0]["fields"] == fields
        assert "id" not in results[0]

    @pytest.mark.parametrize(
        ("values", "code"),
        [
            ({"No_Such__c": "x"}, "INVALID_FIELD"),
            ({"Leadger_Score__c": "seven"}, "JSON_PARSER_ERROR"),
            ({"Leadger_Due__c": "soon"}, "JSON_PARSER_ERROR"),
            ({"Leadger_Call__c": 7}, "JSON_PARSER_ERROR"),
            ({"Title": 7}, "JSON_PARSER_ERROR"),
        ],
    )
    def test_an_unknown_field_or_another_type_fails_the_request(
        self, org: SalesforceSimulator, client: Any, values: Mapping[str, Any], code: str
    ) -> None:
        with pytest.raises(SalesforceMalformedRequest) as caught:
            update(client, {ADA: {"Title": "Countess"}, GRACE: values})
        assert caught.value.content[0]["errorCode"] == code
        assert "Title" not in org.record(ADA)

    def test_records_that_cannot_be_changed(self, org: SalesforceSimulator, client: Any) -> None:
        org.convert(ADA)
        org.delete(GRACE)
        org.lock(EDSGER)
        missing, malformed = "00Q5g00000NobodyAAA"[:18], "contact-7"
        ids = [ADA, GRACE, EDSGER, missing, malformed]
        results = update(client, {each: {"Title": "x"} for each in ids})
        assert codes(results) == [
            "CANNOT_UPDATE_CONVERTED_LEAD",
            "ENTITY_IS_DELETED",
            "UNABLE_TO_LOCK_ROW",
            "INVALID_CROSS_REFERENCE_KEY",
            "MALFORMED_ID",
        ]
        org.unlock()
        assert codes(update(client, {EDSGER: {"Title": "x"}})) == [None]

    def test_the_contact_of_a_converted_lead_can_be_changed(
        self, org: SalesforceSimulator, client: Any
    ) -> None:
        contact = org.convert(ADA)
        lead = client.Lead.get(ADA)
        assert (lead["IsConverted"], lead["ConvertedContactId"]) == (True, contact)
        client.Contact.update(contact, {"Title": "Countess"})
        assert org.record(contact)["Email"] == "ada@example.com"

    def test_all_or_none(self, org: SalesforceSimulator, client: Any) -> None:
        changes = {ADA: {"Title": "Countess"}, GRACE: {"Email": "no"}}
        assert codes(update(client, changes, together=True)) == [
            "ALL_OR_NONE_OPERATION_ROLLED_BACK",
            "INVALID_EMAIL_ADDRESS",
        ]
        assert "Title" not in org.record(ADA)

    def test_a_duplicate_rule(self, org: SalesforceSimulator, client: Any) -> None:
        org.configure(refuses_duplicates=True)
        changes = {ADA: {"Email": "grace@example.com"}}
        assert codes(update(client, changes)) == ["DUPLICATES_DETECTED"]
        body = {"records": records(changes)}
        allowed = {"Sforce-Duplicate-Rule-Header": "allowSave=true"}
        results = client.restful(COLLECTIONS, method="PATCH", json=body, headers=allowed)
        assert codes(results) == [None]

    def test_two_hundred_are_the_most(self, client: Any) -> None:
        with pytest.raises(SalesforceMalformedRequest) as caught:
            update(client, {str(each): {"Title": "x"} for each in range(201)})
        assert caught.value.content[0]["errorCode"] == "EXCEEDED_ID_LIMIT"

    def test_an_id_of_fifteen_characters(self, org: SalesforceSimulator, client: Any) -> None:
        assert update(client, {ADA[:15]: {"Title": "Countess"}})[0]["id"] == ADA

    def test_an_id_twice(self, client: Any) -> None:
        body = {"records": [*records({ADA: {}}), *records({ADA: {}})]}
        results = client.restful(COLLECTIONS, method="PATCH", json=body)
        assert codes(results) == [None, "DUPLICATE_VALUE"]

    def test_partial_faults_look_like_locks(self, org: SalesforceSimulator, client: Any) -> None:
        org.arm(Kind.PARTIAL, partial=(GRACE,))
        changes = {ADA: {"Title": "x"}, GRACE: {"Title": "x"}}
        assert codes(update(client, changes)) == [None, "UNABLE_TO_LOCK_ROW"]
        assert codes(update(client, changes)) == [None, None]

    def test_fewer_results(self, org: SalesforceSimulator, client: Any) -> None:
        org.arm(Kind.FEWER_RESULTS)
        assert len(update(client, {ADA: {"Title": "x"}, GRACE: {"Title": "x"}})) == 1

    @pytest.mark.parametrize(
        "body",
        [
            {"records": [{"id": ADA, "Title": "x"}]},
            {"records": [{"attributes": {}, "id": ADA}]},
            {"records": [{"attributes": {"type": "Lead", "colour": "red"}, "id": ADA}]},
            {"records": [], "colour": "red"},
            {"records": [], "allOrNone": "false"},
            {"allOrNone": False},
        ],
    )
    def test_a_body_that_is_none(self, client: Any, body: Mapping[str, Any]) -> None:
        with pytest.raises(SalesforceMalformedRequest):
            client.restful(COLLECTIONS, method="PATCH", json=body)

    def test_a_record_without_an_id(self, client: Any) -> None:
        body = {"records": [{"attributes": {"type": "Lead"}, "Title": "x"}]}
        results = client.restful(COLLECTIONS, method="PATCH", json=body)
        assert codes(results) == ["MISSING_ARGUMENT"]

    def test_a_lead_gets_the_owner_of_the_assignment_rule_unless_it_is_told_not_to(
        self, org: SalesforceSimulator, client: Any
    ) -> None:
        org.edit(ADA, OwnerId="0055g0000000007AAA")
        body = {"records": records({ADA: {"Title": "Countess"}})}
        without = {"Sforce-Auto-Assign": "FALSE"}
        client.restful(COLLECTIONS, method="PATCH", json=body, headers=without)
        assert org.record(ADA)["OwnerId"] == "0055g0000000007AAA"
        client.restful(COLLECTIONS, method="PATCH", json=body)
        assert org.record(ADA)["OwnerId"] != "0055g0000000007AAA"

    def test_retrieve(self, org: SalesforceSimulator, client: Any) -> None:
        org.delete(GRACE)
        found = client.restful(
            f"{COLLECTIONS}/Lead",
            method="POST",
            json={"ids": [EDSGER, GRACE, ADA], "fields": ["Email", "SystemModstamp"]},
        )
        assert [each and each["Email"] for each in found] == [
            "edsger@example.com",
            None,
            "ada@example.com",
        ]
        same = client.restful(f"{COLLECTIONS}/Lead", {"ids": ADA, "fields": "Email"})
        assert same[0]["Id"] == ADA

    def test_create_and_delete(self, org: SalesforceSimulator, client: Any) -> None:
        new = {"LastName": "H", "Company": "C", "Status": "Open - Not Contacted"}
        kind = {"attributes": {"type": "Lead"}}
        body = {"records": [{**kind, **new}, {**kind, "LastName": "I"}]}
        results = client.restful(COLLECTIONS, method="POST", json=body)
        assert codes(results) == [None, "REQUIRED_FIELD_MISSING"]
        made = results[0]["id"]
        assert (len(made), made[:3]) == (18, "00Q")
        gone = client.restful(COLLECTIONS, {"ids": f"{made},{ADA}"}, method="DELETE")
        assert codes(gone) == [None, None]
        assert client.query("SELECT COUNT() FROM Lead")["totalSize"] == 2


class TestExternalId:
    def test_it_changes_the_one_it_names(self, org: SalesforceSimulator, client: Any) -> None:
        client.Lead.upsert("Leadger_Id__c/p1", {"Title": "Countess"})
        assert org.record(ADA)["Title"] == "Countess"

    def test_it_creates_what_is_not_there(self, client: Any) -> None:
        new = {"LastName": "H", "Company": "C", "Status": "Open - Not Contacted"}
        answer = client.Lead.upsert("Leadger_Id__c/p9", new, raw_response=True)
        assert (answer.status_code, answer.json()["created"]) == (201, True)
        assert client.Lead.get_by_custom_id("Leadger_Id__c", "p9")["LastName"] == "H"

    def test_two_records_are_ambiguous(self, client: Any) -> None:
        with pytest.raises(SalesforceMoreThanOneRecord) as caught:
            client.Lead.upsert("Leadger_Id__c/p2", {"Title": "x"})
        urls = caught.value.content
        assert [each.rsplit("/", 1)[1] for each in urls] == [GRACE, EDSGER]

    def test_a_collection(self, client: Any) -> None:
        kind = {"attributes": {"type": "Lead"}}
        keys = ("p1", "p2", "p9")
        body = {"records": [{**kind, "Leadger_Id__c": each, "Title": "x"} for each in keys]}
        results = client.restful(f"{COLLECTIONS}/Lead/Leadger_Id__c", method="PATCH", json=body)
        assert codes(results) == [None, "DUPLICATE_EXTERNAL_ID", "REQUIRED_FIELD_MISSING"]
        assert (results[0]["id"], results[0]["created"]) == (ADA, False)

    def test_a_unique_one_is_nobody_elses(self, org: SalesforceSimulator, client: Any) -> None:
        org.define_field("Key__c", externalId=True, unique=True)
        changes = {ADA: {"Key__c": "k"}}
        assert codes(update(client, changes)) == [None]
        assert codes(update(client, changes)) == [None]
        assert codes(update(client, {GRACE: {"Key__c": "K"}})) == ["DUPLICATE_VALUE"]


class TestOneRecord:
    def test_read_change_delete(self, client: Any) -> None:
        assert client.Lead.get(ADA)["Email"] == "ada@example.com"
        assert client.Lead.update(ADA, {"Title": "Countess"}) == 204
        assert client.Lead.delete(ADA) == 204
        with pytest.raises(SalesforceResourceNotFound) as caught:
            client.Lead.update(ADA, {"Title": "x"})
        assert caught.value.content[0]["errorCode"] == "ENTITY_IS_DELETED"

    def test_one_that_is_not_there(self, client: Any) -> None:
        with pytest.raises(SalesforceResourceNotFound):
            client.Lead.get("00Q5g00000NobodyAAA")

    def test_create(self, client: Any) -> None:
        made = client.Contact.create({"LastName": "H"})
        assert (made["success"], made["id"][:3]) == (True, "003")


class TestSchema:
    def test_describe(self, client: Any) -> None:
        fields = {each["name"]: each for each in client.Lead.describe()["fields"]}
        assert fields["Leadger_Score__c"]["type"] == "double"
        assert fields["Leadger_Note__c"]["length"] == 20
        assert fields["Leadger_Id__c"]["externalId"]
        assert fields["Status"]["restrictedPicklist"]
        assert "Open - Not Contacted" in [
            each["value"] for each in fields["Status"]["picklistValues"]
        ]
        assert not fields["SystemModstamp"]["updateable"]

    def test_a_new_custom_field(self, client: Any) -> None:
        metadata = {"type": "Number", "label": "Leadger Boxes", "precision": 18, "scale": 0}
        content = {"FullName": "Lead.Leadger_Boxes__c", "Metadata": metadata}
        path = "tooling/sobjects/CustomField"
        assert client.restful(path, method="POST", json=content)["success"]
        with pytest.raises(SalesforceMalformedRequest):
            client.restful(path, method="POST", json=content)

    def test_a_new_field_is_seen_by_those_whom_a_permission_set_opens_it_to(
        self, org: SalesforceSimulator, client: Any
    ) -> None:
        metadata = {"type": "Number", "label": "Boxes", "precision": 18, "scale": 0}
        content = {"FullName": "Lead.Boxes__c", "Metadata": metadata}
        client.restful("tooling/sobjects/CustomField", method="POST", json=content)
        with pytest.raises(SalesforceMalformedRequest, match="No such column"):
            update(client, {ADA: {"Boxes__c": 2}})
        granting = client.PermissionSet.create({"Name": "Ours", "Label": "Ours"})["id"]
        us = client.restful("")["identity"].rsplit("/", 1)[1]
        client.PermissionSetAssignment.create({"AssigneeId": us, "PermissionSetId": granting})
        opened = {"ParentId": granting, "SobjectType": "Lead", "Field": "Lead.Boxes__c"}
        made = client.FieldPermissions.create(
            {**opened, "PermissionsRead": True, "PermissionsEdit": False}
        )["id"]
        fields = {each["name"]: each for each in client.Lead.describe()["fields"]}
        assert not fields["Boxes__c"]["updateable"]
        assert codes(update(client, {ADA: {"Boxes__c": 2}})) == ["INVALID_FIELD_FOR_INSERT_UPDATE"]
        client.FieldPermissions.update(made, {"PermissionsEdit": True})
        assert codes(update(client, {ADA: {"Boxes__c": 2.5}})) == [None]
        assert org.record(ADA)["Boxes__c"] == 3
        rows = client.query(f"SELECT Field FROM FieldPermissions WHERE ParentId = '{granting}'")
        assert [each["Field"] for each in rows["records"]] == ["Lead.Boxes__c"]

    @pytest.mark.parametrize(
        "metadata",
        [
            {"type": "Text", "label": "x"},
            {"type": "Text", "label": "x", "length": 256},
            {"type": "LongTextArea", "label": "x", "length": 32000},
            {"type": "Number", "label": "x", "precision": 18},
            {"type": "Checkbox", "label": "x"},
            {"type": "DateTime", "label": "x", "colour": "red"},
            {"type": "DateTime"},
        ],
    )
    def test_a_field_that_is_not_described_as_it_should_be(
        self, client: Any, metadata: Mapping[str, Any]
    ) -> None:
        content = {"FullName": "Lead.X__c", "Metadata": metadata}
        with pytest.raises(SalesforceMalformedRequest):
            client.restful("tooling/sobjects/CustomField", method="POST", json=content)

    def test_what_an_administrator_removes_is_gone(
        self, org: SalesforceSimulator, client: Any
    ) -> None:
        org.remove_picklist_value("Status", "Working - Contacted")
        results = update(client, {ADA: {"Status": "Working - Contacted"}})
        assert codes(results) == ["INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"]
        org.remove_field("Leadger_Note__c")
        with pytest.raises(SalesforceMalformedRequest):
            update(client, {ADA: {"Leadger_Note__c": "x"}})


class TestQueries:
    @pytest.mark.parametrize(
        ("where", "found"),
        [
            (f"Id IN ('{ADA}', '{GRACE[:15]}')", [ADA, GRACE]),
            (f"Id NOT IN ('{ADA}')", [GRACE, EDSGER]),
            ("Email = 'ADA@example.com'", [ADA]),
            ("Leadger_Score__c > 5 AND Leadger_Score__c <= 7", [ADA]),
            ("Leadger_Score__c = null", [GRACE, EDSGER]),
            (
                "LastModifiedDate >= 2020-01-01T00:00:00Z AND IsConverted = false",
                [ADA, GRACE, EDSGER],
            ),
            ("LastName != '-'", []),
        ],
    )
    def test_where(self, client: Any, where: str, found: list[str]) -> None:
        update(client, {ADA: {"Leadger_Score__c": 7}})
        answer = client.query(f"SELECT Id, Email FROM Lead WHERE {where}")
        assert [each["Id"] for each in answer["records"]] == found
        assert (answer["totalSize"], answer["done"]) == (len(found), True)

    def test_order_and_limit(self, client: Any) -> None:
        answer = client.query("SELECT Email FROM Lead ORDER BY Email DESC LIMIT 1")
        assert answer["records"][0]["Email"] == "grace@example.com"

    def test_pages(self, org: SalesforceSimulator, client: Any) -> None:
        org.seed({f"00Q5g{each:010d}AAA": {} for each in range(2_500)})
        first = client.query("SELECT Id FROM Lead")
        assert (first["totalSize"], first["done"], len(first["records"])) == (2_503, False, 2_000)
        assert len(client.query_all("SELECT Id FROM Lead")["records"]) == 2_503

    def test_the_recycle_bin(self, org: SalesforceSimulator, client: Any) -> None:
        org.merge(ADA, GRACE)
        text = "SELECT Id, IsDeleted, MasterRecordId FROM Lead WHERE IsDeleted = true"
        assert client.query(text)["totalSize"] == 0
        gone = client.query(text, include_deleted=True)["records"][0]
        assert (gone["Id"], gone["MasterRecordId"]) == (GRACE, ADA)

    def test_history_tells_a_person_from_us(self, org: SalesforceSimulator, client: Any) -> None:
        update(client, {ADA: {"Title": "Lady"}})
        org.edit(ADA, user=42, Title="Countess")
        rows = client.query(
            "SELECT Field, OldValue, NewValue, CreatedById, CreatedDate FROM LeadHistory "
            f"WHERE LeadId IN ('{ADA}') AND Field = 'Title'"
        )["records"]
        assert [(each["OldValue"], each["NewValue"]) for each in rows] == [
            (None, "Lady"),
            ("Lady", "Countess"),
        ]
        ours, theirs = (each["CreatedById"] for each in rows)
        assert ours != theirs
        assert client.Lead.get(ADA)["LastModifiedById"] == theirs

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("SELECT No_Such__c FROM Lead", "INVALID_FIELD"),
            ("SELECT Id FROM No_Such", "INVALID_TYPE"),
            ("SELECT Id FROM Lead WHERE Email LIKE 'a%'", "MALFORMED_QUERY"),
            ("DELETE FROM Lead", "MALFORMED_QUERY"),
        ],
    )
    def test_what_is_not_soql(self, client: Any, text: str, code: str) -> None:
        with pytest.raises(SalesforceMalformedRequest) as caught:
            client.query(text)
        assert caught.value.content[0]["errorCode"] == code


@pytest.mark.parametrize("status", [500, 502, 503])
def test_outages(org: SalesforceSimulator, client: Any, status: int) -> None:
    org.arm(Kind.STATUS, status=status)
    with pytest.raises(SalesforceGeneralError) as caught:
        update(client, {ADA: {"Title": "x"}})
    assert caught.value.status == status
    assert "Title" not in org.record(ADA)


def test_a_lost_answer(org: SalesforceSimulator, client: Any) -> None:
    org.arm(Kind.DROP_RESPONSE_AFTER_COMMIT)
    with pytest.raises(OSError):
        update(client, {ADA: {"Title": "Countess"}})
    assert org.record(ADA)["Title"] == "Countess"


def test_it_is_there_after_a_restart(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    with SalesforceSimulator(state=state) as org:
        org.define_field("Key__c", externalId=True)
        org.seed({ADA: {"Key__c": "k"}, GRACE: {}, EDSGER: {}})
        org.edit(ADA, Title="Countess")
        org.convert(GRACE)
        org.delete(EDSGER)
        before = org.state()
    with SalesforceSimulator(state=state) as org:
        assert org.state() == before
        assert connect(org).Lead.get_by_custom_id("Key__c", "k")["Title"] == "Countess"
