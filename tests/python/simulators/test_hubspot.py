"""HubSpot as its public documentation describes it, asked through its official client."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import hubspot
import pytest
from hubspot.crm.contacts import (
    ApiException,
    BatchInputSimplePublicObjectBatchInput,
    BatchInputSimplePublicObjectBatchInputForCreate,
    BatchInputSimplePublicObjectBatchInputUpsert,
    BatchInputSimplePublicObjectId,
    BatchReadInputSimplePublicObjectId,
    PublicGdprDeleteInput,
    PublicMergeInput,
    PublicObjectSearchRequest,
    SimplePublicObjectBatchInput,
    SimplePublicObjectBatchInputForCreate,
    SimplePublicObjectBatchInputUpsert,
    SimplePublicObjectId,
    SimplePublicObjectInput,
)
from urllib3.util.retry import Retry

from simulators.control import HubSpotSimulator
from simulators.faults import Kind

Properties = Mapping[str, Any]


def connect(crm: HubSpotSimulator, token: str | None = None) -> Any:
    """The official client: `host` goes to its configuration.

    Left to itself it waits for a `Retry-After` and asks again, where the method is idempotent.
    """
    return hubspot.Client.create(access_token=token or crm.token, host=crm.url, retry=Retry(0))


@pytest.fixture
def client(crm: HubSpotSimulator) -> Any:
    return connect(crm)


def update(client: Any, changes: Mapping[str, Properties], *, traced: bool = False) -> Any:
    inputs = [
        SimplePublicObjectBatchInput(
            id=each, properties=dict(values), object_write_trace_id=f"t{each}" if traced else None
        )
        for each, values in changes.items()
    ]
    return client.crm.contacts.batch_api.update(BatchInputSimplePublicObjectBatchInput(inputs))


def read(client: Any, ids: list[str], properties: list[str], **more: Any) -> Any:
    content = BatchReadInputSimplePublicObjectId(
        inputs=[SimplePublicObjectId(each) for each in ids],
        properties=properties,
        **{"properties_with_history": [], **more},
    )
    return client.crm.contacts.batch_api.read(content)


def values(client: Any, record_id: str, *names: str) -> dict[str, str | None]:
    found = client.crm.contacts.basic_api.get_by_id(record_id, properties=list(names))
    return {name: found.properties[name] for name in names}


def refusal(call: Callable[[], Any]) -> tuple[int, dict[str, Any]]:
    with pytest.raises(Exception) as caught:
        call()
    error: Any = caught.value
    assert hasattr(error, "status"), repr(error)
    return error.status, json.loads(error.body)


class TestToken:
    def test_a_wrong_token_is_unauthenticated(self, crm: HubSpotSimulator) -> None:
        status, body = refusal(lambda: update(connect(crm, "wrong"), {"1": {"firstname": "A"}}))
        assert (status, body["category"]) == (401, "INVALID_AUTHENTICATION")
        assert body["correlationId"]

    def test_an_expired_token_says_so(self, crm: HubSpotSimulator, client: Any) -> None:
        crm.configure(token_is_expired=True)
        status, body = refusal(lambda: values(client, "1", "email"))
        assert (status, body["category"]) == (401, "EXPIRED_AUTHENTICATION")

    def test_a_missing_scope_is_named(self, crm: HubSpotSimulator, client: Any) -> None:
        crm.configure(scopes=["crm.objects.contacts.read"])
        status, body = refusal(lambda: update(client, {"1": {"firstname": "A"}}))
        assert (status, body["category"]) == (403, "MISSING_SCOPES")
        scopes = body["errors"][0]["context"]["requiredGranularScopes"]
        assert scopes == ["crm.objects.contacts.write"]
        assert values(client, "1", "firstname") == {"firstname": None}

    def test_the_log_does_not_have_the_token(self, crm: HubSpotSimulator, client: Any) -> None:
        update(client, {"1": {"firstname": "A"}})
        logged = crm.requests("batch/update")[0]
        assert logged["headers"]["authorization"] == "Bearer ***"
        assert crm.token not in json.dumps(crm.requests())
        assert (logged["method"], logged["status"]) == ("POST", 200)


class TestBatchUpdate:
    def test_values_are_stored_as_hubspot_writes_them(self, client: Any) -> None:
        update(
            client,
            {
                "1": {
                    "email": " Ada@Example.COM ",
                    "firstname": " Ada ",
                    "leadger_score": "7.0",
                    "leadger_due": "1767348000000",
                    "leadger_call": "true",
                }
            },
        )
        names = ("email", "firstname", "leadger_score", "leadger_due", "leadger_call")
        assert values(client, "1", *names) == {
            "email": "ada@example.com",
            "firstname": "Ada",
            "leadger_score": "7",
            "leadger_due": "2026-01-02T10:00:00Z",
            "leadger_call": "true",
        }

    @pytest.mark.parametrize(
        ("sent", "stored"),
        [
            ("2026-01-02T10:00:00.120+01:00", "2026-01-02T09:00:00.120Z"),
            ("2026-01-02", "2026-01-02T00:00:00Z"),
            ("0", "1970-01-01T00:00:00Z"),
        ],
    )
    def test_instants_are_utc(self, client: Any, sent: str, stored: str) -> None:
        update(client, {"1": {"leadger_due": sent}})
        assert values(client, "1", "leadger_due") == {"leadger_due": stored}

    def test_an_empty_text_clears(self, client: Any) -> None:
        update(client, {"1": {"leadger_note": "x"}})
        update(client, {"1": {"leadger_note": ""}})
        assert values(client, "1", "leadger_note") == {"leadger_note": None}

    @pytest.mark.parametrize("value", [None, 7, True])
    def test_what_is_no_text_is_refused(self, crm: HubSpotSimulator, value: object) -> None:
        body = {"inputs": [{"id": "1", "properties": {"firstname": value}}]}
        status, answer = crm.ask("POST", "/crm/v3/objects/contacts/batch/update", body)
        assert (status, answer["category"]) == (400, "VALIDATION_ERROR")

    @pytest.mark.parametrize(
        ("name", "value", "code"),
        [
            ("no_such", "x", "PROPERTY_DOESNT_EXIST"),
            ("lifecyclestage", "no such", "INVALID_OPTION"),
            ("leadger_score", "seven", "INVALID_NUMBER"),
            ("leadger_due", "soon", "INVALID_DATE"),
            ("leadger_call", "maybe", "INVALID_OPTION"),
            ("email", "ada", "INVALID_EMAIL"),
            ("hs_object_id", "9", "READ_ONLY_VALUE"),
        ],
    )
    @pytest.mark.parametrize("traced", [False, True])
    def test_one_wrong_value_refuses_the_whole_batch(
        self, client: Any, name: str, value: str, code: str, traced: bool
    ) -> None:
        changes = {"1": {"firstname": "Ada"}, "2": {name: value}}
        status, body = refusal(lambda: update(client, changes, traced=traced))
        assert (status, body["category"]) == (400, "VALIDATION_ERROR")
        assert body["errors"][0]["code"] == code
        assert json.loads(body["message"].split(": ", 1)[1])[0]["error"] == code
        assert values(client, "1", "firstname") == {"firstname": None}

    def test_or_only_its_record_where_the_setting_says_so(
        self, crm: HubSpotSimulator, client: Any
    ) -> None:
        crm.configure(updates_are_partial=True)
        answer = update(client, {"1": {"firstname": "A"}, "2": {"no_such": "x"}}, traced=True)
        assert [each.object_write_trace_id for each in answer.results] == ["t1"]
        assert answer.errors[0].context["objectWriteTraceId"] == ["t2"]

    def test_a_missing_record_fails_alone(self, client: Any) -> None:
        answer = update(client, {"1": {"firstname": "A"}, "404": {"firstname": "B"}}, traced=True)
        assert (answer.status, answer.num_errors) == ("COMPLETE", 1)
        assert [(each.id, each.object_write_trace_id) for each in answer.results] == [("1", "t1")]
        assert answer.errors[0].category == "OBJECT_NOT_FOUND"
        assert answer.errors[0].context == {"ids": ["404"], "objectWriteTraceId": ["t404"]}

    def test_no_inputs_are_complete_with_nothing_done(self, crm: HubSpotSimulator) -> None:
        bodies: list[Properties] = [{}, {"inputs": []}, {"records": [{"id": "1"}]}]
        for body in bodies:
            status, answer = crm.ask("POST", "/crm/v3/objects/contacts/batch/update", body)
            assert (status, answer["status"], answer["results"]) == (200, "COMPLETE", [])

    def test_an_id_twice_is_refused(self, crm: HubSpotSimulator) -> None:
        body = {"inputs": [{"id": "1", "properties": {}}, {"id": "1", "properties": {}}]}
        status, answer = crm.ask("POST", "/crm/v3/objects/contacts/batch/update", body)
        assert (status, answer["context"]) == (400, {"ids": ["1"]})

    @pytest.mark.parametrize("name", ["email", "hs_object_id", "firstname"])
    def test_it_goes_by_id(self, crm: HubSpotSimulator, name: str) -> None:
        each = {"id": "ada@example.com", "idProperty": name, "properties": {"firstname": "A"}}
        path = "/crm/v3/objects/contacts/batch/update"
        status, answer = crm.ask("POST", path, {"inputs": [each]})
        assert status == 400
        assert f"non-unique 0-1 property {name}" in answer["message"]

    def test_a_hundred_is_the_most(self, client: Any) -> None:
        status, body = refusal(
            lambda: update(client, {str(each): {"firstname": "A"} for each in range(101)})
        )
        assert (status, body["category"]) == (400, "VALIDATION_ERROR")

    def test_an_email_that_is_anothers_conflicts(self, client: Any) -> None:
        changes = {"1": {"firstname": "A"}, "2": {"email": "edsger@example.com"}}
        status, body = refusal(lambda: update(client, changes))
        assert (status, body["category"]) == (409, "CONFLICT")
        assert "Existing ID: 3" in body["message"]
        assert values(client, "1", "firstname") == {"firstname": None}


class TestLifecycle:
    def test_it_moves_forward_and_silently_not_back(self, client: Any) -> None:
        update(client, {"1": {"lifecyclestage": "salesqualifiedlead"}})
        answer = update(client, {"1": {"lifecyclestage": "lead", "firstname": "A"}})
        assert answer.results[0].properties["lifecyclestage"] == "salesqualifiedlead"
        assert values(client, "1", "firstname") == {"firstname": "A"}

    def test_it_goes_back_once_cleared(self, client: Any) -> None:
        update(client, {"1": {"lifecyclestage": "opportunity"}})
        update(client, {"1": {"lifecyclestage": ""}})
        update(client, {"1": {"lifecyclestage": "lead"}})
        assert values(client, "1", "lifecyclestage") == {"lifecyclestage": "lead"}

    def test_or_freely_where_the_setting_says_so(self, crm: HubSpotSimulator, client: Any) -> None:
        crm.configure(lifecycle_may_go_back=True)
        update(client, {"1": {"lifecyclestage": "subscriber"}})
        assert values(client, "1", "lifecyclestage") == {"lifecyclestage": "subscriber"}

    def test_a_person_may_set_it_back(self, crm: HubSpotSimulator, client: Any) -> None:
        crm.edit("1", lifecyclestage="subscriber")
        assert values(client, "1", "lifecyclestage") == {"lifecyclestage": "subscriber"}


class TestReading:
    def test_what_has_no_value_is_null(self, client: Any) -> None:
        answer = read(client, ["1"], ["firstname", "email", "no_such"])
        found = answer.results[0].properties
        assert (found["email"], found["firstname"]) == ("ada@example.com", None)

    def test_missing_ids_are_told_together(self, client: Any) -> None:
        answer = read(client, ["1", "8", "9"], ["email"])
        assert [each.id for each in answer.results] == ["1"]
        assert (answer.num_errors, answer.errors[0].context) == (1, {"ids": ["8", "9"]})

    def test_history_tells_a_person_from_us(self, crm: HubSpotSimulator, client: Any) -> None:
        update(client, {"1": {"leadger_note": "ours"}})
        crm.edit("1", user_id=42, leadger_note="theirs")
        answer = read(client, ["1"], [], properties_with_history=["leadger_note"])
        versions = answer.results[0].properties_with_history["leadger_note"]
        assert [(each.value, each.source_type, each.updated_by_user_id) for each in versions] == [
            ("theirs", "CRM_UI", 42),
            ("ours", "INTEGRATION", None),
        ]

    def test_and_us_from_other_applications(self, crm: HubSpotSimulator, client: Any) -> None:
        update(client, {"1": {"leadger_note": "ours", "lifecyclestage": "opportunity"}})
        crm.write_as("1", "INTEGRATION", "999", leadger_note="theirs", lifecyclestage="lead")
        path = "/oauth/v2/private-apps/get/access-token-info"
        status, token = crm.ask("POST", path, {"tokenKey": crm.token})
        assert (status, len(token["scopes"])) == (200, 4)
        assert crm.token not in json.dumps(crm.requests())
        sources = [each["sourceId"] for each in crm.history("1", "leadger_note")]
        assert sources == [str(token["appId"]), "999"]
        assert crm.contact("1")["lifecyclestage"] == "opportunity"
        assert crm.history("1", "email")[0]["sourceType"] == "IMPORT"

    def test_fifty_is_the_most_with_history(self, client: Any) -> None:
        ids = [str(each) for each in range(51)]
        status, _ = refusal(lambda: read(client, ids, [], properties_with_history=["email"]))
        assert status == 400

    def test_by_email(self, client: Any) -> None:
        answer = read(client, ["GRACE@example.com"], ["email"], id_property="email")
        assert [each.id for each in answer.results] == ["2"]
        found = client.crm.contacts.basic_api.get_by_id("grace@example.com", id_property="email")
        assert found.id == "2"

    def test_one_that_is_not_there(self, client: Any) -> None:
        status, body = refusal(lambda: values(client, "404", "email"))
        assert (status, body["category"]) == (404, "OBJECT_NOT_FOUND")

    def test_pages(self, client: Any) -> None:
        first = client.crm.contacts.basic_api.get_page(limit=2)
        second = client.crm.contacts.basic_api.get_page(limit=2, after=first.paging.next.after)
        assert [each.id for each in first.results + second.results] == ["1", "2", "3"]
        assert second.paging is None

    def test_search(self, client: Any) -> None:
        wanted = {"propertyName": "email", "operator": "EQ", "value": "grace@example.com"}
        request = PublicObjectSearchRequest(
            filter_groups=[{"filters": [wanted]}], properties=["email"], limit=10, after="0"
        )
        answer = client.crm.contacts.search_api.do_search(request)
        assert (answer.total, answer.results[0].id) == (1, "2")


class TestMergedAndDeleted:
    def test_the_losers_id_answers_with_the_survivor(
        self, crm: HubSpotSimulator, client: Any
    ) -> None:
        crm.merge("1", "2")
        answer = read(client, ["2"], ["email", "hs_merged_object_ids"])
        assert answer.results[0].id == "1"
        assert answer.results[0].properties["hs_merged_object_ids"] == "2"
        update(client, {"2": {"firstname": "A"}})
        assert values(client, "1", "firstname", "email") == {
            "firstname": "A",
            "email": "ada@example.com",
        }

    def test_or_is_left_out_where_the_setting_says_so(
        self, crm: HubSpotSimulator, client: Any
    ) -> None:
        crm.configure(updates_skip_merged=True)
        crm.merge("1", "2")
        answer = update(client, {"2": {"firstname": "A"}, "3": {"firstname": "B"}})
        assert ([each.id for each in answer.results], answer.status) == (["3"], "COMPLETE")
        assert "firstname" not in crm.contact("1")

    def test_two_ids_of_one_record_are_answered_once(
        self, crm: HubSpotSimulator, client: Any
    ) -> None:
        crm.merge("1", "2")
        answer = update(client, {"1": {"firstname": "A"}, "2": {"firstname": "B"}})
        assert [each.id for each in answer.results] == ["1"]

    def test_a_merge_may_make_a_new_record(self, crm: HubSpotSimulator, client: Any) -> None:
        crm.configure(merge_makes_new_record=True)
        merged = client.crm.contacts.basic_api.merge(
            PublicMergeInput(primary_object_id="1", object_id_to_merge="2")
        )
        assert merged.id not in ("1", "2")
        assert {each.id for each in read(client, ["1", "2"], []).results} == {merged.id}

    @pytest.mark.parametrize(("primary", "other"), [("1", "2"), ("2", "1")])
    def test_the_further_stage_and_every_email_survive_a_merge(
        self, crm: HubSpotSimulator, client: Any, primary: str, other: str
    ) -> None:
        update(client, {"2": {"lifecyclestage": "customer"}})
        crm.merge(primary, other)
        assert values(client, "1", "lifecyclestage") == {"lifecyclestage": "customer"}
        for email in ("ada@example.com", "grace@example.com"):
            found = client.crm.contacts.basic_api.get_by_id(email, id_property="email")
            assert found.id == primary

    def test_merges_of_merges(self, crm: HubSpotSimulator, client: Any) -> None:
        crm.merge("1", "2")
        crm.merge("3", "1")
        assert {each.id for each in read(client, ["1", "2", "3"], []).results} == {"3"}
        assert crm.contact("2")["hs_merged_object_ids"] == "2;1"

    def test_archived_is_not_there(self, crm: HubSpotSimulator, client: Any) -> None:
        crm.archive("1")
        assert refusal(lambda: values(client, "1", "email"))[0] == 404
        answer = update(client, {"1": {"firstname": "A"}, "2": {"firstname": "B"}})
        assert ([each.id for each in answer.results], answer.num_errors) == (["2"], 1)

    def test_batch_archive_frees_the_email(self, client: Any) -> None:
        inputs = BatchInputSimplePublicObjectId([SimplePublicObjectId("1")])
        client.crm.contacts.batch_api.archive(inputs)
        update(client, {"2": {"email": "ada@example.com"}})

    def test_gdpr_delete_leaves_nothing(self, crm: HubSpotSimulator, client: Any) -> None:
        content = PublicGdprDeleteInput(object_id="ada@example.com", id_property="email")
        client.crm.contacts.basic_api.purge(content)
        assert "ada@example.com" not in json.dumps(crm.state())


class TestCreateAndUpsert:
    def test_a_conflict_fails_an_untraced_batch(self, crm: HubSpotSimulator, client: Any) -> None:
        inputs = [
            SimplePublicObjectBatchInputForCreate(properties={"email": each}, associations=[])
            for each in ("new@example.com", "ada@example.com")
        ]
        content = BatchInputSimplePublicObjectBatchInputForCreate(inputs)
        status, _ = refusal(lambda: client.crm.contacts.batch_api.create(content))
        assert (status, len(crm.state()["contacts"])) == (409, 3)

    def test_and_only_its_record_in_a_traced_one(self, client: Any) -> None:
        inputs = [
            SimplePublicObjectBatchInputForCreate(
                properties={"email": each}, associations=[], object_write_trace_id=each
            )
            for each in ("new@example.com", "ada@example.com")
        ]
        content = BatchInputSimplePublicObjectBatchInputForCreate(inputs)
        answer = client.crm.contacts.batch_api.create(content)
        assert [each.properties["email"] for each in answer.results] == ["new@example.com"]
        assert answer.errors[0].context["objectWriteTraceId"] == ["ada@example.com"]

    def test_upsert_by_email_is_all_or_nothing(self, crm: HubSpotSimulator, client: Any) -> None:
        def upsert(properties: dict[str, str]) -> Any:
            inputs = [
                SimplePublicObjectBatchInputUpsert(
                    id=each,
                    id_property="email",
                    properties=properties if each.startswith("new") else {},
                    object_write_trace_id=each,
                )
                for each in ("ada@example.com", "new@example.com")
            ]
            return client.crm.contacts.batch_api.upsert(
                BatchInputSimplePublicObjectBatchInputUpsert(inputs)
            )

        assert refusal(lambda: upsert({"no_such": "x"}))[0] == 400
        assert [each.new for each in upsert({"firstname": "N"}).results] == [False, True]

    def test_create_and_update_one(self, client: Any) -> None:
        basic = client.crm.contacts.basic_api
        made = basic.create({"properties": {"email": "new@example.com"}, "associations": []})
        basic.update(made.id, SimplePublicObjectInput(properties={"firstname": "N"}))
        assert values(client, made.id, "firstname") == {"firstname": "N"}
        basic.archive(made.id)
        assert refusal(lambda: values(client, made.id, "email"))[0] == 404


class TestProperties:
    NEW: Mapping[str, Any] = {
        "name": "leadger_stage",
        "label": "Stage",
        "type": "enumeration",
        "fieldType": "select",
        "groupName": "contactinformation",
        "options": [{"label": "MQL", "value": "mql", "displayOrder": 0, "hidden": False}],
    }

    def test_create_then_write(self, client: Any) -> None:
        client.crm.properties.core_api.create("contacts", dict(self.NEW))
        update(client, {"1": {"leadger_stage": "mql"}})
        found = client.crm.properties.core_api.get_by_name("contacts", "leadger_stage")
        assert (found.type, found.field_type) == ("enumeration", "select")
        assert [each.value for each in found.options] == ["mql"]

    def test_all_of_them(self, client: Any) -> None:
        names = {each.name for each in client.crm.properties.core_api.get_all("contacts").results}
        assert {"email", "lifecyclestage", "leadger_score"} <= names

    def test_twice_conflicts(self, client: Any) -> None:
        client.crm.properties.core_api.create("contacts", dict(self.NEW))
        status, body = refusal(
            lambda: client.crm.properties.core_api.create("contacts", dict(self.NEW))
        )
        assert (status, body["category"]) == (409, "OBJECT_ALREADY_EXISTS")

    def test_batch_create(self, client: Any) -> None:
        answer = client.crm.properties.batch_api.create("contacts", {"inputs": [dict(self.NEW)]})
        assert [each.name for each in answer.results] == ["leadger_stage"]
        other = {**self.NEW, "name": "leadger_other"}
        both = {"inputs": [other, dict(self.NEW)]}
        status, _ = refusal(lambda: client.crm.properties.batch_api.create("contacts", both))
        assert status == 409
        names = {each.name for each in client.crm.properties.core_api.get_all("contacts").results}
        assert "leadger_other" not in names

    @pytest.mark.parametrize(
        "change",
        [
            {"name": "Bad Name"},
            {"groupName": "no_such"},
            {"options": []},
            {"fieldType": "number"},
            {"type": "bool", "fieldType": "booleancheckbox"},
            {"label": ""},
        ],
    )
    def test_what_hubspot_does_not_take(
        self, crm: HubSpotSimulator, change: Mapping[str, Any]
    ) -> None:
        status, body = crm.ask("POST", "/crm/v3/properties/contacts", {**self.NEW, **change})
        assert (status, body["category"]) == (400, "VALIDATION_ERROR")

    def test_what_an_administrator_removes_is_gone(
        self, crm: HubSpotSimulator, client: Any
    ) -> None:
        crm.remove_property("leadger_note")
        crm.remove_option("lifecyclestage", "opportunity")
        assert refusal(lambda: update(client, {"1": {"leadger_note": "x"}}))[0] == 400
        assert refusal(lambda: update(client, {"1": {"lifecyclestage": "opportunity"}}))[0] == 400
        missing = refusal(
            lambda: client.crm.properties.core_api.get_by_name("contacts", "leadger_note")
        )
        assert missing[0] == 404


class TestLimits:
    def test_headers_tell_what_is_left(self, crm: HubSpotSimulator, client: Any) -> None:
        crm.configure(requests_per_ten_seconds=100)
        headers = client.crm.contacts.basic_api.get_by_id_with_http_info("1")[2]
        assert headers["X-HubSpot-RateLimit-Max"] == "100"
        assert headers["X-HubSpot-RateLimit-Remaining"] == "99"
        assert headers["X-HubSpot-RateLimit-Interval-Milliseconds"] == "10000"
        assert int(headers["X-HubSpot-RateLimit-Daily-Remaining"]) > 0

    def test_a_burst_is_stopped(self, crm: HubSpotSimulator, client: Any) -> None:
        crm.configure(requests_per_ten_seconds=2)
        values(client, "1", "email")
        values(client, "1", "email")
        with pytest.raises(ApiException) as caught:
            values(client, "1", "email")
        assert caught.value.status == 429
        assert json.loads(caught.value.body)["policyName"] == "TEN_SECONDLY_ROLLING"
        assert "Retry-After" not in caught.value.headers

    def test_retry_after_where_the_setting_says_so(
        self, crm: HubSpotSimulator, client: Any
    ) -> None:
        crm.configure(requests_per_ten_seconds=1, sends_retry_after=True)
        values(client, "1", "email")
        with pytest.raises(ApiException) as caught:
            values(client, "1", "email")
        assert 1 <= int(caught.value.headers["Retry-After"]) <= 11

    def test_a_day_is_used_up_until_midnight(self, crm: HubSpotSimulator, client: Any) -> None:
        crm.configure(requests_per_day=1)
        values(client, "1", "email")
        status, body = refusal(lambda: values(client, "1", "email"))
        assert (status, body["policyName"]) == (429, "DAILY")
        crm.end_day()
        values(client, "1", "email")

    def test_five_searches_a_second(self, client: Any) -> None:
        request = PublicObjectSearchRequest(limit=1, after="0", filter_groups=[])
        search = client.crm.contacts.search_api.do_search

        def many() -> None:
            for _ in range(60):
                search(request)

        status, body = refusal(many)
        assert (status, body["message"]) == (429, "You have reached your secondly limit.")

    def test_account(self, crm: HubSpotSimulator) -> None:
        status, body = crm.ask("GET", "/account-info/v3/details")
        assert (status, body["timeZone"]) == (200, "Europe/Paris")
        status, body = crm.ask("GET", "/account-info/v3/api-usage/daily/private-apps")
        assert body["results"][0]["currentUsage"] == 2


def test_a_partial_fault_fails_its_records_only(crm: HubSpotSimulator, client: Any) -> None:
    crm.arm(Kind.PARTIAL, partial=("2",), code="INTERNAL_ERROR", message="try again")
    answer = update(client, {"1": {"firstname": "A"}, "2": {"firstname": "B"}}, traced=True)
    assert [each.id for each in answer.results] == ["1"]
    assert answer.errors[0].context == {"ids": ["2"], "objectWriteTraceId": ["t2"]}
    assert values(client, "2", "firstname") == {"firstname": None}
