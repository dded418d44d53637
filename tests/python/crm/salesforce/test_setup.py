"""Who calls Salesforce and over what; which fields it needs, and the right to see them."""

from __future__ import annotations

from typing import Any

import pytest

from crm.salesforce.org import ONE, mapping_with
from crm.scenes import Query, Scene, outcomes, set_score
from orchestration.crm.destination import StopError
from orchestration.crm.mapping import Property
from orchestration.crm.salesforce import ADDRESS, TOKEN, SalesforceDestination
from orchestration.crm.salesforce_calls import CLIENT_ID, CLIENT_SECRET
from orchestration.errors import UnusableInputError
from simulators.control import SalesforceSimulator
from simulators.faults import Kind


@pytest.fixture
def by_client(org: SalesforceSimulator, monkeypatch: pytest.MonkeyPatch) -> SalesforceSimulator:
    """The token is not set; the client's id and secret are."""
    monkeypatch.delenv(TOKEN)
    monkeypatch.setenv(CLIENT_ID, org.client_id)
    monkeypatch.setenv(CLIENT_SECRET, org.client_secret)
    return org


def rights(org: SalesforceSimulator, kind: str) -> list[dict[str, Any]]:
    return list(org.state()["rights"][kind].values())


def logins(org: SalesforceSimulator) -> int:
    return len(org.requests("oauth2/token"))


class TestFields:
    def test_setup_makes_fields_that_we_may_see_and_write(
        self, fresh: Scene, org: SalesforceSimulator
    ) -> None:
        count = len(fresh.mapping.properties)
        assert len(fresh.setup()) == count
        assert [each["Name"] for each in rights(org, "PermissionSet")] == ["Leadger"]
        assert len(rights(org, "FieldPermissions")) == 2 * count
        assert len(rights(org, "PermissionSetAssignment")) == 1
        assert fresh.setup() == []

    def test_setup_that_was_cut_short_goes_on(self, fresh: Scene, org: SalesforceSimulator) -> None:
        org.arm(Kind.STATUS, status=400, path="sobjects/FieldPermissions", skip=3)
        with pytest.raises(UnusableInputError):
            fresh.setup()
        assert fresh.setup()
        assert fresh.setup() == []

    def test_fields_made_before_and_seen_by_nobody_are_opened(
        self, fresh: Scene, org: SalesforceSimulator
    ) -> None:
        org.arm(Kind.STATUS, status=400, path="sobjects/PermissionSet")
        with pytest.raises(UnusableInputError):
            fresh.setup()
        with pytest.raises(UnusableInputError, match="permission set Leadger"):
            fresh.sync("r1")
        fresh.setup()
        assert fresh.sync("r1").state == "awaiting_approval"

    def test_a_field_we_may_only_read(self, scene: Scene, org: SalesforceSimulator) -> None:
        org.define_field("leadger_score__c", "double", updateable=False)
        with pytest.raises(UnusableInputError, match=r"Lead\.leadger_score__c is read-only for us"):
            scene.sync("r2")

    def test_short_texts_are_short(self, fresh: Scene, org: SalesforceSimulator) -> None:
        fresh.setup()
        fields = {each["name"]: each for each in org.state()["fields"]["Lead"]}
        short = ("stage", "temperature", "icp_grade", "next_action", "definition_version")
        long = ("explanation_en", "explanation_fr", "engagement_history", "last_contents")
        assert {fields[f"leadger_{each}__c"]["type"] for each in short} == {"string"}
        assert {fields[f"leadger_{each}__c"]["length"] for each in short} == {255}
        assert {fields[f"leadger_{each}__c"]["type"] for each in (*long, "score_signals")} == {
            "textarea"
        }

    def test_a_field_of_another_type(self, fresh: Scene, org: SalesforceSimulator) -> None:
        fresh.setup()
        org.define_field("leadger_score__c", "string", "Contact")
        with pytest.raises(UnusableInputError, match=r"Contact\.leadger_score__c is a string"):
            fresh.sync("r1")

    def test_what_is_not_ours_is_not_made(self, fresh: Scene) -> None:
        other = Property(column="lead_id", property="Rating2", type="string")
        fresh.mapping = fresh.mapping.model_copy(
            update={"properties": (*fresh.mapping.properties, other)}
        )
        with pytest.raises(UnusableInputError, match="Rating2: only custom fields"):
            fresh.setup()


class TestClient:
    def test_a_client_gets_a_token_of_its_own(
        self, fresh: Scene, by_client: SalesforceSimulator
    ) -> None:
        fresh.setup()
        fresh.sync("r1")
        assert fresh.approve("r1").counts["acknowledged"] == 3

    def test_a_token_that_expires_is_renewed_once(
        self, scene: Scene, by_client: SalesforceSimulator, query: Query
    ) -> None:
        set_score(query, 80, ONE)
        by_client.edit(ONE, OwnerId="0055g0000000007AAA")
        end = {"verb": "end-sessions", "body": {}}
        by_client.arm(Kind.MEANWHILE, meanwhile=[end], path="composite/sobjects", method="PATCH")
        scene.sync("r2")
        assert outcomes(query, "r2") == {ONE: "acknowledged"}
        assert logins(by_client) == 2
        assert by_client.record(ONE)["OwnerId"] == "0055g0000000007AAA"

    def test_a_token_that_is_refused_anew_stops(
        self, scene: Scene, by_client: SalesforceSimulator, query: Query
    ) -> None:
        set_score(query, 80, ONE)
        by_client.configure(session_is_expired=True)
        with pytest.raises(StopError, match="refuses the token"):
            scene.sync("r2")
        assert logins(by_client) == 2
        assert len(by_client.requests("describe")) == 2

    def test_a_wrong_secret_is_told_without_it(
        self, scene: Scene, by_client: SalesforceSimulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(CLIENT_SECRET, "not-the-secret")
        with pytest.raises(StopError, match="invalid_client") as stopped:
            scene.sync("r2")
        assert "not-the-secret" not in str(stopped.value)
        assert logins(by_client) == 1

    def test_an_outage_of_the_login_is_waited_for(
        self, scene: Scene, by_client: SalesforceSimulator, query: Query
    ) -> None:
        set_score(query, 80, ONE)
        by_client.arm(Kind.STATUS, status=502, path="oauth2/token", times=2)
        assert scene.sync("r2").counts["acknowledged"] == 1
        by_client.arm(Kind.STATUS, status=503, path="oauth2/token", times=None)
        set_score(query, 81, ONE)
        with pytest.raises(StopError, match="does not answer"):
            scene.sync("r3")


class TestAddress:
    @pytest.mark.parametrize(
        "address", ["http://yourdomain.my.salesforce.com", "http://127.0.0.1.example.com:8080"]
    )
    def test_http_is_refused_but_on_this_machine(
        self, org: SalesforceSimulator, monkeypatch: pytest.MonkeyPatch, address: str
    ) -> None:
        monkeypatch.setenv(ADDRESS, address)
        with pytest.raises(UnusableInputError, match="Use https"):
            SalesforceDestination(mapping_with())

    @pytest.mark.parametrize(
        "address", ["yourdomain.my.salesforce.com", "https://", "ftp://x", "https://a:b@c.example"]
    )
    def test_what_is_no_address(
        self, org: SalesforceSimulator, monkeypatch: pytest.MonkeyPatch, address: str
    ) -> None:
        monkeypatch.setenv(ADDRESS, address)
        with pytest.raises(UnusableInputError, match="not an address"):
            SalesforceDestination(mapping_with())

    def test_a_proxy_does_not_see_what_is_meant_for_this_machine(
        self, scene: Scene, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
        assert scene.sync("r2").state == "nothing"

    @pytest.mark.parametrize("missing", [ADDRESS, TOKEN])
    def test_what_must_be_set_is_named(
        self, org: SalesforceSimulator, monkeypatch: pytest.MonkeyPatch, missing: str
    ) -> None:
        monkeypatch.delenv(missing)
        with pytest.raises(UnusableInputError, match=missing):
            SalesforceDestination(mapping_with())
