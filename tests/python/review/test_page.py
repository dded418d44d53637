"""The page itself: both languages, nothing there, few cases, no network, nothing a reader typed."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from string import Formatter

import duckdb
import pytest
from click.testing import CliRunner

from orchestration.cli import main
from orchestration.errors import UnusableInputError
from orchestration.review.blocks import Curve, Curves, Gauge, Gauges
from orchestration.review.findings import Outcome
from orchestration.review.marts import TABLES, Kpis, read_review
from orchestration.review.months import Month
from orchestration.review.page import render_page, sections, write_page
from orchestration.review.plots import drawn
from orchestration.review.speaker import Speaker
from orchestration.review.words import (
    LANGUAGES,
    NARROW,
    WORDS,
    Language,
    number,
    percent,
    signed,
)
from orchestration.workspace import PROJECT
from review.cases import EMPTY, clock, returns, source
from review.conftest import AS_OF, MONTH, World
from review.reading import Reader

BAD = "<script>alert('x')</script>"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_page_is_whole_and_needs_nothing_else(world: World, lang: Language) -> None:
    text = render_page(world.review, lang)
    page = Reader(text)
    assert page.open == []
    assert page.tags.count("h1") == 1
    assert text.startswith("<!doctype html>") and f'<html lang="{lang}">' in text
    assert not {"link", "img", "iframe", "object", "image", "use"} & set(page.tags)
    fetching = {"src", "srcset", "xlink:href", "action", "data", "poster"}
    assert not fetching & {name for name, _ in page.attributes}
    assert {value[0] for name, value in page.attributes if name == "href"} == {"#"}
    # the scripts are Plotly's, in the page itself: none has a source
    written = re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    assert not re.search(r"https?:|//[a-z]|@import|url\(", written)
    assert "{" not in page.text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_plot_has_a_title_and_a_table_beneath(world: World, lang: Language) -> None:
    page = world.page(lang)
    assert len(page.figures) > 10
    for tags in page.figures:
        assert "h3" in tags
        assert "table" in tags or "script" not in tags
    ids = [value for name, value in page.attributes if name == "id"]
    links = [value[1:] for name, value in page.attributes if name == "href"]
    assert set(links) <= set(ids) and len(set(ids)) == len(ids)
    plots = sum("script" in tags for tags in page.figures)
    assert page.attributes.count(("role", "img")) == plots


def test_both_languages_say_the_same(world: World) -> None:
    english, french = world.page("en"), world.page("fr")
    assert english.cards == french.cards
    values = [
        [[entry.value for entry in row] for rows in page.tables.values() for row in rows]
        for page in (english, french)
    ]
    assert values[0] == values[1]
    assert WORDS["en"].keys() == WORDS["fr"].keys()
    for key, text in WORDS["en"].items():
        fields = [
            {name for _, name, _, _ in Formatter().parse(words) if name}
            for words in (text, WORDS["fr"][key])
        ]
        assert fields[0] == fields[1], key


def test_french_is_french(world: World) -> None:
    page = world.page("fr")
    assert "Revue mensuelle\N{NO-BREAK SPACE}: mai 2026" in page.text
    assert "Ce que les chiffres invitent à regarder" in page.text
    assert re.search(rf"\d,\d{NARROW}%", page.text)
    assert not re.search(r"\d\.\d", page.text)
    for leaked in ("few cases", "incomplete,", "of the month", "Nothing", " of "):
        assert leaked not in page.text.partition("Revue mensuelle")[2]


@pytest.mark.parametrize(
    ("value", "decimals", "english", "french"),
    [
        (1234567.891, 1, "1,234,567.9", f"1{NARROW}234{NARROW}567,9"),
        (0.05, 1, "0.1", "0,1"),
        (2.5, 0, "3", "3"),
        (-2.5, 0, "\N{MINUS SIGN}3", "\N{MINUS SIGN}3"),
        (1.45, 1, "1.5", "1,5"),
        (-0.01, 1, "0.0", "0,0"),
    ],
)
def test_numbers(value: float, decimals: int, english: str, french: str) -> None:
    assert number(value, "en", decimals) == english
    assert number(value, "fr", decimals) == french


def test_shares_and_differences() -> None:
    assert (percent(0.1234, "en"), percent(0.1234, "fr")) == ("12.3%", f"12,3{NARROW}%")
    assert [signed(each, "en", 1) for each in (1.25, -1.25, 0.0, 0.01, -0.01)] == [
        *("+1.3", "\N{MINUS SIGN}1.3", "0.0", "0.0", "0.0")
    ]


@pytest.fixture
def nothing(world: World, tmp_path: Path) -> Path:
    """A warehouse whose marts have no rows, but for what they were judged at."""
    place = tmp_path / "empty.duckdb"
    with duckdb.connect(str(place)) as connection:
        connection.execute(f"attach '{world.sandbox.warehouse}' as full_one (read_only)")
        connection.execute("create schema marts")
        for table in TABLES:
            which = "true" if table == "marts.kpi_basis" else "false"
            connection.execute(f"create table {table} as from full_one.{table} where {which}")
    return place


@pytest.mark.parametrize("lang", LANGUAGES)
def test_without_rows_everything_is_said_in_words(nothing: Path, lang: Language) -> None:
    review = read_review(nothing)
    assert review.month == MONTH
    page = Reader(render_page(review, lang))
    assert page.cards == ["0"] * 5
    for tags in page.figures:
        assert "svg" not in tags
        assert "p" in tags
    words = WORDS[lang]
    month = {"en": "May 2026", "fr": "mai 2026"}[lang]
    assert words["empty"].format(month=month) in page.text
    for key in ("funnel_empty", "sla_empty", "recycling_empty", "wins_empty", "velocities_empty"):
        assert words[key].format(month=month) in page.text
    assert page.text.count(words["nothing"].partition("{")[0]) == len(page.figures)


def test_a_month_before_all_history_is_empty_too(world: World) -> None:
    review = read_review(world.sandbox.warehouse, Month(date(2001, 2, 1)))
    page = Reader(render_page(review, "en"))
    assert "Nothing is on record for February 2001" in page.text
    assert page.cards == ["0"] * 5


def test_the_running_month_is_said_to_run(world: World) -> None:
    running = read_review(world.sandbox.warehouse, MONTH.after(1))
    assert "The month has not ended" in Reader(render_page(running, "en")).text
    assert "The month has not ended" not in world.page().text
    with pytest.raises(UnusableInputError, match="2026-07 had not begun when the marts were built"):
        read_review(world.sandbox.warehouse, MONTH.after(2))


def test_the_default_is_the_last_month_that_was_over(world: World) -> None:
    assert read_review(world.sandbox.warehouse).month == MONTH
    assert world.review.basis.as_of == AS_OF


def test_few_cases_and_incomplete_ones_are_marked(world: World) -> None:
    is_seen = {"few cases": 0, "incomplete": 0, "neither": 0}
    for rows in world.page().tables.values():
        for row in rows:
            for entry in row[1:]:
                found = re.search(r"% (\d[\d,]*) of (\d+(?:,\d{3})*)", entry.text)
                if found is None or "," in found[2]:  # in thousands: an amount of money
                    continue
                is_small = int(found[2]) < 20
                is_young = "still to come" in entry.text
                assert is_small == ("few cases" in entry.text), entry
                assert is_young == ("incomplete" in entry.text), entry
                is_seen["few cases"] += is_small
                is_seen["incomplete"] += is_young
                is_seen["neither"] += not is_small and not is_young
    assert min(is_seen.values()) >= 5


def test_what_somebody_typed_stays_text() -> None:
    review = replace(
        EMPTY,
        clocks=[clock(owner_name=BAD), clock(owner_id=BAD, owner_name=None)],
        returns=returns({BAD: 2}),
        sources=[source(BAD, 1, 30)],
    )
    for lang in LANGUAGES:
        text = render_page(review, lang)
        assert "<script>alert" not in text
        assert text.count("&lt;script&gt;") >= 5


def test_bars_that_are_all_zero_are_a_table_and_a_sentence() -> None:
    missed = [clock(status="breached")] * 3
    for lang in LANGUAGES:
        page = Reader(render_page(replace(EMPTY, clocks=missed), lang))
        (tags,) = [each for each in page.figures if "table" in each and "script" not in each][:1]
        assert "details" not in tags
        assert WORDS[lang]["flat"] in page.text
    kept = Reader(render_page(replace(EMPTY, clocks=[*missed, clock()]), "en"))
    assert WORDS["en"]["flat"] not in kept.text


def test_the_ends_of_an_axis_have_room() -> None:
    """The last label stands under the very end of its axis, a dot may stand on it."""
    labels = ("0", "45", "90 days")
    ends = Gauge("ours", 20, 30, 100, (80, 100), "100%", "")
    curve = Curve("May", "", (), [(0, 100), (100, 0)], 100, labels, labels)
    for plot in (Gauges([ends], labels), Curves([curve])):
        drawing = drawn(plot, "x", "incomplete")
        assert '"cliponaxis":false' in drawing
        room = re.search(r'"margin":\{"l":8,"r":(\d+)', drawing)
        assert room is not None and int(room[1]) >= 30
        assert '"ticklabelstandoff":6' in drawing


def test_what_has_no_exchange_rate_is_said(world: World) -> None:
    costs: dict[str, object] = {"costs_without_rate": 2}
    for name in ("lead", "mql", "sql"):
        costs |= {f"cost_per_{name}_numerator": None, f"cost_per_{name}": None}
    rows = [Kpis({**kpis.row, **costs}) for kpis in world.review.kpis]
    page = Reader(render_page(replace(world.review, kpis=rows), "en"))
    lines = page.by_name("Figures of")
    assert "no exchange rate for any cost" in lines["cost_per_mql"][0].text
    assert "2 costs of May 2026 have no exchange rate" in page.text
    assert "have no exchange rate" not in world.page().text


def test_nobody_answered_who_left_before_an_answer() -> None:
    left = clock(status="breached", is_voided=True, business_minutes_used=9000.0)
    page = Reader(render_page(replace(EMPTY, clocks=[clock(), left]), "en"))
    rows = {row[0].text: row[1].value for row in page.table("First contact of an MQL: how")}
    assert (rows["up to 15"], rows["over 2,700"], rows["ended unanswered"]) == ("1", "0", "1")
    assert rows["unanswered so far"] == "0"
    assert rows["median"] is None


def test_sections_have_names_of_their_own(world: World) -> None:
    names = [section.name for section in sections(Speaker(world.review, "en"))]
    assert len(set(names)) == len(names) == 12


def test_a_page_is_replaced_whole(world: World, tmp_path: Path) -> None:
    file = write_page(world.review, "en", tmp_path / "new" / "page.html")
    assert write_page(world.review, "fr", file) == file
    assert [each.name for each in file.parent.iterdir()] == ["page.html"]
    assert '<html lang="fr">' in file.read_text(encoding="utf-8")


def test_the_command(world: World, tmp_path: Path) -> None:
    warehouse, out = str(world.sandbox.warehouse), tmp_path / "r.html"
    told = CliRunner().invoke(
        main, ["review", "--warehouse", warehouse, "--lang", "fr", "--out", str(out)]
    )
    assert (told.exit_code, told.output) == (0, f"Review of 2026-05: {out}\n")
    assert out.read_text(encoding="utf-8") == render_page(world.review, "fr")
    told = CliRunner().invoke(main, ["review", "--warehouse", warehouse, "--month", "2026-04"])
    beside = world.sandbox.folder / "w.reviews" / "2026-04.en.html"
    assert (told.exit_code, told.output) == (0, f"Review of 2026-04: {beside}\n")
    assert beside.is_file()
    told = CliRunner().invoke(main, ["review", "--warehouse", warehouse, "--month", "2031-01"])
    assert told.exit_code == 2
    told = CliRunner().invoke(main, ["review", "--warehouse", str(tmp_path / "none.duckdb")])
    assert told.exit_code == 2


def test_a_month_judged_at_its_very_end_is_over() -> None:
    at_the_end = replace(EMPTY, basis=replace(EMPTY.basis, as_of=datetime(2026, 6, 1)))
    just_before = replace(EMPTY, basis=replace(EMPTY.basis, as_of=datetime(2026, 5, 31, 23)))
    assert at_the_end.is_over and not just_before.is_over


def test_no_text_is_left_over() -> None:
    folder = PROJECT / "orchestration" / "review"
    code = "\n".join(
        path.read_text(encoding="utf-8") for path in (*folder.rglob("*.py"), folder / "review.html")
    )
    # some are put together of a name and what is said of it
    endings = ("_of", "_trust", "_short", *(f"_{outcome.value}" for outcome in Outcome))
    for key in WORDS["en"]:
        if not key.endswith(endings) and not key.startswith(("path_", "trend_")):
            assert re.search(rf"""["']{key}["']|words\.{key}\b""", code), key
