"""Only this machine is answered, and the page loads nothing from elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from orchestration.audit_page.app import make_app
from orchestration.audit_page.guard import content_policy, is_loopback
from orchestration.workspace import Workspace

HERE = "127.0.0.1:8051"


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    client: FlaskClient = make_app(Workspace(tmp_path / "w.duckdb"), "fr").server.test_client()
    return client


@pytest.mark.parametrize("host", [HERE, "127.0.0.1", "localhost:9000", "[::1]:8051", "LOCALHOST"])
def test_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "evil.example:8051", "127.0.0.1.evil.example", "localhost.evil.example"),
        *("", "10.0.0.5", "127.0.0.1@evil.example", "evil.example#127.0.0.1", "[::1", "0.0.0.0"),
    ],
)
def test_anything_else(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    "path", ["/", "/lead/c1", "/changes.csv", "/_dash-layout", "/assets/audit.css"]
)
def test_other_hosts_are_refused_everywhere(client: FlaskClient, path: str) -> None:
    refused = client.get(path, headers={"Host": "evil.example:8051"})
    assert refused.status_code == 421
    assert refused.text.startswith("Only http://127.0.0.1")


def test_callbacks_are_refused_too(client: FlaskClient) -> None:
    refused = client.post(
        "/_dash-update-component", json={}, headers={"Host": "evil.example", "Origin": "null"}
    )
    assert refused.status_code == 421


def test_what_the_page_may_do(client: FlaskClient) -> None:
    answer = client.get("/changes", headers={"Host": HERE})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Frame-Options"] == "DENY"
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "'unsafe-eval'" not in policy
    assert "http" not in policy
    assert "'unsafe-inline'" not in policy.partition("script-src")[2].partition(";")[0]
    loaded = re.findall(r'(?:src|href)="([^"]+)"', answer.text)
    assert loaded
    assert all(address.startswith("/") and not address.startswith("//") for address in loaded)
    assert '<html lang="fr">' in answer.text
    assert "<title>Changements d&#x27;étape · leadger audit</title>" in answer.text


def test_a_title_is_text(client: FlaskClient) -> None:
    answer = client.get("/lead/%3Cscript%3Ealert(1)%3C%2Fscript%3E", headers={"Host": HERE})
    assert "<script>alert(1)" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text


def test_policy_names_hashes() -> None:
    assert "script-src 'self' 'sha256-x'" in content_policy(["'sha256-x'"])
