"""The page as a browser shows it: `leadger audit ui` in a process of its own, read by Chromium."""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from audit_page.browser import CHROMIUM
from orchestration.workspace import PROJECT, Workspace

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium on the PATH: apt-get install chromium"
)
Show = Callable[[str], str]


@contextmanager
def serving(workspace: Workspace, lang: str = "en") -> Iterator[str]:
    """The address at which the page is served, on a free port."""
    command = (
        *(sys.executable, "-m", "orchestration", "audit", "ui", "--port", "0", "--lang", lang),
        *("--warehouse", str(workspace.warehouse)),
    )
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            line = server.stdout.readline() if server.stdout else ""
            found = re.match(r"http://127\.0\.0\.1:\d+", line)
            assert found, f"said {line!r}"
            yield found[0]
        finally:
            server.terminate()
            assert server.wait(10) == 0, "it ends when it is told to"


def shown(address: str, profile: Path) -> str:
    """The document once its scripts have run."""
    assert CHROMIUM is not None
    ended = subprocess.run(
        [
            *(CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr"),
            *(f"--user-data-dir={profile}", "--virtual-time-budget=20000", "--dump-dom", address),
        ],
        capture_output=True,
        text=True,
        timeout=120,
    )
    complaints = [line for line in ended.stderr.splitlines() if "CONSOLE" in line]
    refused = [
        line for line in complaints if "Content Security Policy" in line or "Uncaught" in line
    ]
    assert not refused, refused
    return html.unescape(ended.stdout)


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("chromium")


@pytest.fixture(scope="module")
def show(built: Workspace, profile: Path) -> Iterator[Show]:
    with serving(built) as address:
        yield lambda path: shown(f"{address}{path}", profile)


def cells(document: str, table: str) -> list[list[str]]:
    """The rows of a table, as a reader has them."""
    found = re.search(rf'<table id="{table}">.*?<tbody>(.*?)</tbody>', document, re.S)
    assert found, f"no table {table}"
    return [
        [
            re.sub(r"<[^>]+>", "", cell)
            for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)
        ]
        for row in re.findall(r"<tr>(.*?)</tr>", found[1], re.S)
    ]


def test_a_person(show: Show, built: Workspace) -> None:
    with duckdb.connect(str(built.published), read_only=True) as marts:
        lead_id = marts.execute(
            "select lead_id from marts.lead_stage_changes group by 1 order by count(*) desc, 1"
        ).fetchall()[0][0]
        changes = marts.execute(
            "select strftime(changed_at, '%Y-%m-%d %H:%M'), definition_version "
            "from marts.lead_stage_changes where lead_id = ? order by change_number desc",
            [lead_id],
        ).fetchall()
        sums = marts.execute(
            "select cast(sum(points_counted) as integer), count(*) "
            "from marts.lead_score_ledger where lead_id = ?",
            [lead_id],
        ).fetchall()[0]
    document = show(f"/lead/{lead_id}")
    assert [(row[0], row[-1]) for row in cells(document, "changes")] == changes
    ledger = cells(document, "ledger")
    assert (int(ledger[0][5]), len(ledger)) == sums
    assert len(cells(document, "six-boxes")) == 6
    assert len(cells(document, "register")) == 4
    assert "js-plotly-plot" in document  # the curve is drawn, too
    assert f"<title>Person {lead_id} · leadger audit</title>" in document


def test_what_assistive_technology_needs(show: Show) -> None:
    document = show("/changes")
    assert '<html lang="en">' in document
    assert document.index('class="skip"') < document.index("<header")
    assert 'href="#main"' in document
    for landmark in ("<header", "<nav", '<main id="main"', 'role="search"', "<footer"):
        assert landmark in document
    fields = set(re.findall(r'<(?:input|select)[^>]* id="([^"]+)"', document))
    assert {"find", "filter-since", "filter-cause"} <= fields
    assert fields <= set(re.findall(r'<label[^>]* for="([^"]+)"', document))
    assert document.count("<table") == document.count("<caption")
    assert "<canvas" not in document
    assert re.search(r'role="img" aria-label="[^"]{20,}"', document)
    assert 'aria-current="page"' in document
    assert len(re.findall("<h1", document)) == 1


def test_changes(show: Show, built: Workspace) -> None:
    document = show("/changes?since=&to_stage=mql")
    with duckdb.connect(str(built.published), read_only=True) as marts:
        number = marts.execute(
            "select count(*) from marts.lead_stage_changes where to_stage = 'mql'"
        ).fetchall()[0][0]
    assert f"of {number}" in document
    assert len(cells(document, "stage-changes")) == min(number, 50)
    assert sum(int(row[1]) for row in cells(document, "cause-totals")) == number
    assert sum(int(row[-1]) for row in cells(document, "days")) == number


def test_findings(show: Show, built: Workspace) -> None:
    document = show("/findings")
    with duckdb.connect(str(built.published), read_only=True) as marts:
        number = marts.execute("select count(*) from marts.audit_findings").fetchall()[0][0]
    assert number > 0
    assert sum(int(row[2]) for row in cells(document, "finding-counts")) == number
    assert len(cells(document, "findings")) == number
    assert "▲ high" in document  # not by colour alone


def test_empty_and_unpublished_in_french(empty: Workspace, profile: Path, tmp_path: Path) -> None:
    with serving(empty, "fr") as address:
        document = shown(f"{address}/changes", profile)
        assert '<html lang="fr">' in document
        assert "Les tables ne contiennent encore aucun changement d'étape." in document
        assert "personne inconnue" in shown(f"{address}/lead/x", profile)
    with serving(Workspace(tmp_path / "none.duckdb"), "fr") as address:
        assert "Pas encore de tables" in shown(f"{address}/", profile)


def test_served_on_loopback_to_loopback_names(built: Workspace) -> None:
    with serving(built) as address:
        asked = urllib.request.Request(f"{address}/", headers={"Host": "evil.example"})
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(asked, timeout=20)
        assert caught.value.code == 421
        port = address.rpartition(":")[2]
        taken = subprocess.run(
            [sys.executable, "-m", "orchestration", "audit", "ui", "--port", port],
            cwd=PROJECT,
            capture_output=True,
            text=True,
        )
    assert taken.returncode == 2
    assert f"Port {port} of 127.0.0.1 cannot be used" in taken.stderr
