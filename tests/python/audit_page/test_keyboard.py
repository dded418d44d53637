"""The page by keyboard alone, in a real browser: everything is reached, and can be seen to be."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from audit_page.browser import CHROMIUM, Tab, browsing
from audit_page.test_browser import serving
from orchestration.workspace import Workspace

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium on the PATH: apt-get install chromium"
)
FOCUSED = """(() => {
    const found = document.activeElement, style = getComputedStyle(found);
    return {
        name: found.id || found.className || found.textContent,
        address: found.getAttribute("href") || "",
        isSeen: style.outlineStyle !== "none" || style.boxShadow !== "none",
    };
})()"""
MOST_STOPS = 400


@pytest.fixture(scope="module")
def address(built: Workspace) -> Iterator[str]:
    with serving(built) as address:
        yield address


@pytest.fixture
def tab(tmp_path: Path) -> Iterator[Tab]:
    with browsing(tmp_path / "profile") as tab:
        yield tab
    shutil.rmtree(tmp_path / "profile", ignore_errors=True)


def stops(tab: Tab) -> Iterator[tuple[str, str]]:
    """Name and address of what each Tab reaches; each can be seen to have the focus."""
    for _ in range(MOST_STOPS):
        tab.press("Tab")
        found = tab.ask(FOCUSED)
        assert found["isSeen"], f"{found['name']} does not show that it has the focus"
        yield found["name"], found["address"]


def go_to(tab: Tab, wanted: str) -> None:
    """Press Tab until something of that name has the focus."""
    for name, _ in stops(tab):
        if name == wanted:
            return
    raise AssertionError(f"Tab never reached {wanted}")


def test_tab_reaches_everything_in_its_order(tab: Tab, address: str) -> None:
    tab.open(f"{address}/changes?since=", "document.querySelector('#stage-changes')")
    reached = list(itertools.islice(stops(tab), 60))
    names = [name for name, _ in reached]
    assert names[0] == "skip"
    wanted = [
        *("find", "find-button", "filter-since", "filter-until", "filter-from_stage"),
        *("filter-to_stage", "filter-cause", "filter-version"),
    ]
    assert [name for name in names if name in wanted] == wanted
    places = [to for _, to in reached]
    file = next(place for place, to in enumerate(places) if to.startswith("/changes.csv"))
    person = next(place for place, to in enumerate(places) if to.startswith("/lead/"))
    assert names.index("filter-version") < file < person
    assert {"/", "/findings", "/changes"} <= set(places)


def test_skipping_to_what_the_page_is_about(tab: Tab, address: str) -> None:
    tab.open(f"{address}/findings", "document.querySelector('#findings')")
    tab.press("Tab")
    tab.press("Enter")
    tab.wait_for("document.activeElement.id === 'main'")
    first = next(stops(tab))
    assert tab.ask("document.querySelector('main').contains(document.activeElement)"), first


def test_enter_finds_a_person(tab: Tab, address: str, built: Workspace) -> None:
    with duckdb.connect(str(built.published), read_only=True) as marts:
        lead_id, email = marts.execute(
            "select lead_id, email from marts.leads where email is not null order by 1"
        ).fetchall()[0]
    for wanted in (lead_id, email.upper()):
        tab.open(f"{address}/")
        go_to(tab, "find")
        tab.write(wanted)
        tab.press("Enter")
        tab.wait_for(f"location.pathname === '/lead/{lead_id}'")
        tab.wait_for(f"document.querySelector('h1')?.textContent.includes('{lead_id}')")
    tab.open(f"{address}/")
    go_to(tab, "find")
    tab.write("nobody at all")
    tab.press("Enter")
    tab.wait_for("document.querySelector('#found').textContent.includes('nobody at all')")
    assert tab.ask("document.activeElement.id") == "find", "the focus stays where one types"


def test_enter_opens_a_person_of_the_results(tab: Tab, address: str) -> None:
    tab.open(f"{address}/findings", "document.querySelector('#findings')")
    to = next(to for _, to in stops(tab) if to.startswith("/lead/"))
    tab.press("Enter")
    tab.wait_for(f"location.pathname === '{to}' && document.querySelector('#now')")


def test_filters_by_keyboard(tab: Tab, address: str) -> None:
    tab.open(f"{address}/findings", "document.querySelector('#findings')")
    go_to(tab, "filter-severity")
    tab.press("ArrowDown")
    next(stops(tab))
    tab.write("2024-01-01")
    tab.press("Enter")
    tab.wait_for("new URLSearchParams(location.search).get('severity') === 'high'")
    assert "since=2024-01-01" in tab.ask("location.search")
    tab.wait_for("document.querySelector('#findings') || document.querySelector('#list')")


def test_a_long_page_is_drawn_whole(tab: Tab, address: str) -> None:
    tab.open(f"{address}/changes?since=", "document.querySelector('#per-day .barlayer .point')")
    assert tab.ask("document.querySelectorAll('#days tbody tr').length") > 90


OVERLAPS = """(() => {
    const boxes = [...document.querySelectorAll("#score .annotation-text")]
        .map(each => [each.textContent, each.getBoundingClientRect()]);
    const found = [];
    boxes.forEach(([one, a], place) => boxes.slice(place + 1).forEach(([other, b]) => {
        if (a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
            found.push(`${one} and ${other}`);
    }));
    return {names: boxes.length, found};
})()"""


@pytest.mark.parametrize("width", [1400, 800, 400])
def test_names_of_stages_do_not_overlap(
    tab: Tab, address: str, built: Workspace, width: int
) -> None:
    with duckdb.connect(str(built.published), read_only=True) as marts:
        people = marts.execute(
            "select lead_id from marts.lead_stage_changes group by 1 order by count(*) desc, 1"
        ).fetchall()
    tab.resize(width, 900)
    for (lead_id,) in people[:3]:
        drawn = "document.querySelector('#score .annotation-text')"
        tab.open(f"{address}/lead/{lead_id}", f"location.pathname.endsWith('{lead_id}') && {drawn}")
        overlaps = tab.ask(OVERLAPS)
        assert overlaps["names"] > 3
        assert overlaps["found"] == [], lead_id
        sideways = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        assert tab.ask(sideways), "the page itself scrolls sideways"
