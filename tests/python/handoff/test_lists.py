"""Pages and files of the Monday list: what they say, in two languages, and what they never do."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from orchestration.errors import UnusableInputError
from orchestration.handoff.files import file_names, write_handoff
from orchestration.handoff.lists import Feedback, Handoff, Lead, TeamList, by_team
from orchestration.handoff.pages import COLUMNS, Speaker, csv_rows, render_page
from orchestration.handoff.weeks import Week, check_week, parse_week
from orchestration.handoff.words import LANGUAGES, WORDS, Language, instant_in_words

WEEK = Week(date(2026, 3, 9), "Europe/Paris")
LEAD = Lead(
    lead_id="anna",
    priority_rank=1,
    owner_id="r1",
    owner_name="Ada Lovelace",
    team="Nord & Est",
    is_owner_active=True,
    email="anna@atelier.example",
    first_name="Anna",
    last_name="Blanc",
    job_title="CMO",
    company_name="Atelier",
    stage="mql",
    score=75,
    icp_grade="A",
    temperature="hot",
    boxes_ticked=2,
    has_hand_raise=True,
    is_call_recommended=False,
    is_email_contactable=True,
    is_phone_contactable=True,
    sla_obligation="hand_raise_response",
    sla_status="breached",
    sla_due_at=datetime(2026, 3, 30, 7, 30),
    engagement_history_en="2026-03-03 demo requested; 2026-03-02 email click x2",
    engagement_history_fr="2026-03-03 démo demandée; 2026-03-02 clic dans un e-mail x2",
    last_content_1="A guide",
    last_content_2=None,
    last_content_3=None,
    next_action_en="Call within the business hour",
    next_action_fr="Appeler dans l'heure ouvrée",
)
FEEDBACK = Feedback(
    lead_id="bob",
    owner_id="r1",
    owner_name="Ada Lovelace",
    team="Nord & Est",
    handed_over_as="mql",
    handed_over_at=datetime(2026, 3, 4, 9),
    verdict="contested",
    reason="wrong_contact",
    reason_en="wrong contact",
    reason_fr="mauvais interlocuteur",
    touches=1,
    verdict_at=datetime(2026, 3, 6, 9),
    first_name="Bob",
    last_name="Noir",
    is_shown=True,
)


def page(lang: Language, lead: Lead = LEAD, feedback: Feedback = FEEDBACK) -> str:
    handoff = Handoff(WEEK, by_team([lead], [feedback]))
    return render_page(Speaker(handoff, lang), handoff.teams[0])


class Outline(HTMLParser):
    """The tags of a page, and its attributes that would fetch something."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.fetched: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.fetched += [value or "" for name, value in attributes if name in ("src", "srcset")]
        if tag not in ("meta", "br", "wbr"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        (
            "en",
            [
                *('<html lang="en">', "Team Nord &amp; Est", "Week of", "9 March 2026", "2026-W11"),
                *("Anna Blanc", "MQL", "hot", "Score 75, grade A", "2/6 boxes ticked"),
                *("Mon 30 March 2026, 09:30", "2026-03-30T09:30+02:00", "overdue"),
                *("answer to a hand-raise", "<li>2026-03-03 demo requested</li>", "A guide"),
                *("Call within the business hour", "1 lead · 1 overdue · 1 asked to be called"),
                *("Bob Noir", "contested", "wrong contact", "week of 2 March 2026"),
            ],
        ),
        (
            "fr",
            [
                *('<html lang="fr">', "Équipe Nord &amp; Est", "Semaine du", "9 mars 2026"),
                *("chaud", "Score 75, note A", "2/6 cases cochées", "en retard"),
                *("lun. 30 mars 2026, 09:30", "réponse à une demande", "A guide"),
                *("<li>2026-03-03 démo demandée</li>", "Appeler dans l&#39;heure ouvrée"),
                *("contesté", "mauvais interlocuteur", "la semaine du 2 mars 2026"),
            ],
        ),
    ],
)
def test_a_page_says_it_all(lang: Language, said: list[str]) -> None:
    text = page(lang)
    assert [words for words in said if words not in text] == []
    outline = Outline(text)
    assert outline.open == []
    assert outline.tags.count("h1") == 1
    assert {"caption", "h2", "h3", "main", "header"} <= set(outline.tags)


def test_a_page_needs_nothing_else() -> None:
    text = page("en")
    outline = Outline(text)
    assert outline.fetched == []
    assert not {"script", "link", "img", "iframe"} & set(outline.tags)
    assert "http" not in text
    assert "url(" not in text


def test_both_languages_have_the_same_words() -> None:
    assert WORDS["en"].keys() == WORDS["fr"].keys()
    assert set(WORDS) == set(LANGUAGES)


def test_what_somebody_typed_stays_text() -> None:
    bad = "<script>alert(1)</script>"
    lead = replace(
        LEAD,
        first_name=bad,
        last_content_1=bad,
        email='a"b?bcc=x@y.example',
        team=bad,
        company_name=bad,
    )
    text = page("en", lead, replace(FEEDBACK, reason=bad, reason_en=None, team=bad, first_name=bad))
    assert "<script" not in text
    assert text.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 6
    assert 'href="mailto:a%22b%3Fbcc%3Dx@y.example"' in text
    assert ">a&#34;b?bcc=x<wbr>@y.example</a>" in text


def test_a_cell_is_no_formula() -> None:
    lead = replace(LEAD, first_name="=cmd|' /C calc'!A0", job_title="+1", company_name="@x")
    handoff = Handoff(WEEK, by_team([lead], []))
    header, row = csv_rows(Speaker(handoff, "en"), handoff.teams[0])
    cells = dict(zip(header, row, strict=True))
    assert cells["first_name"] == "'=cmd|' /C calc'!A0"
    assert (cells["job_title"], cells["company_name"]) == ("'+1", "'@x")
    assert cells["score"] == "75"


def test_channels_that_are_closed_are_said() -> None:
    lead = replace(LEAD, email=None, is_email_contactable=False)
    text = page("fr", lead)
    assert "ne pas écrire par e-mail" in text
    assert "mailto:" not in text
    assert "do not phone" in page("en", replace(LEAD, is_phone_contactable=False))


def test_feedback_on_somebody_who_may_not_be_reached_has_no_name() -> None:
    gone = replace(FEEDBACK, first_name=None, last_name=None, is_shown=False)
    text = page("en", feedback=gone)
    assert "may no longer be contacted" in text
    assert "contested" in text
    assert "bob" not in text


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "Nobody to work on this week, and nothing"),
        ("fr", "Personne à suivre cette semaine, et"),
    ],
)
def test_an_empty_week_says_so(tmp_path: Path, lang: Language, said: str) -> None:
    (written,) = write_handoff(Handoff(WEEK, ()), lang, tmp_path)
    assert said in written.page.read_text(encoding="utf-8")
    assert rows_of(written.table) == [list(COLUMNS)]


def test_a_rep_without_leads_and_one_without_feedback() -> None:
    teams = by_team([LEAD], [replace(FEEDBACK, owner_id="r2", owner_name="Bea")])
    text = render_page(Speaker(Handoff(WEEK, teams), "en"), teams[0])
    assert "Nobody to work on this week." in text
    assert "Nobody was handed over last week" in text


def test_teams_reps_and_leads_are_in_order() -> None:
    leads = [
        replace(LEAD, lead_id="x", priority_rank=1, owner_id=None, owner_name=None, team=None),
        replace(LEAD, lead_id="z", priority_rank=1, owner_id="r9", owner_name=None, team=None),
        replace(LEAD, lead_id="b", priority_rank=1),
        replace(LEAD, lead_id="a", priority_rank=2),
        replace(LEAD, lead_id="c", owner_id="r0", owner_name="abel", is_owner_active=False),
    ]
    teams = by_team(leads, [replace(FEEDBACK, owner_id="r0")])
    assert [(team.team, team.is_unassigned) for team in teams] == [
        *(("Nord & Est", False), (None, False), (None, True))
    ]
    first = teams[0].reps
    assert [(rep.name, rep.is_active) for rep in first] == [("abel", False), ("Ada Lovelace", True)]
    assert [lead.lead_id for lead in first[1].leads] == ["b", "a"]
    assert [each.lead_id for each in first[0].feedback] == ["bob"]
    speaker = Speaker(Handoff(WEEK, teams), "en")
    assert [speaker.team(team) for team in teams] == [
        *("Team Nord & Est", "Reps without a team", "Leads without an owner")
    ]
    assert speaker.rep(teams[1].reps[0]) == "r9"
    assert "no longer a rep" in render_page(speaker, teams[0])
    assert "no longer a rep" not in render_page(speaker, teams[2])


def test_files_are_named_for_people_and_replaced_whole(tmp_path: Path) -> None:
    handoff = Handoff(WEEK, by_team([LEAD], [FEEDBACK]))
    (written,) = write_handoff(handoff, "fr", tmp_path)
    assert written.page == tmp_path / "2026-W11.fr" / "nord-est.html"
    header, row = rows_of(written.table)
    cells = dict(zip(header, row, strict=True))
    assert cells["sla_due_at"] == "2026-03-30T09:30+02:00"
    assert cells["engagement_history"].startswith("2026-03-03 démo demandée")
    assert (cells["asked_to_be_called"], cells["last_week_verdict"]) == ("true", "")

    other = replace(LEAD, team="Sud")
    beside = write_handoff(handoff, "en", tmp_path)
    write_handoff(Handoff(WEEK, by_team([other], [])), "fr", tmp_path)
    assert sorted(path.name for path in (tmp_path / "2026-W11.fr").iterdir()) == [
        *("sud.csv", "sud.html")
    ]
    assert beside[0].page.exists()


def test_no_two_lists_share_a_file() -> None:
    names = ["Sud", "sud!", "Unassigned", "?", None]
    teams = [TeamList(name, is_unassigned=False, reps=()) for name in names]
    teams.append(TeamList(None, is_unassigned=True, reps=()))
    assert file_names(teams) == ["sud", "sud-2", "unassigned", "team", "no-team", "unassigned-2"]


def test_weeks_as_people_name_them() -> None:
    assert parse_week("2026-W11") == parse_week("2026w11") == date(2026, 3, 9)
    assert parse_week("2026-03-15") == parse_week(" 2026-03-09 ") == date(2026, 3, 9)
    assert parse_week("2026-W53") == date(2026, 12, 28)
    for wrong in ("2025-W53", "2026-W00", "soon", "2026-13-01", ""):
        with pytest.raises(UnusableInputError, match="is not a week"):
            parse_week(wrong)


def test_another_week_names_the_remedy() -> None:
    check_week(WEEK, None)
    check_week(WEEK, date(2026, 3, 9))
    with pytest.raises(UnusableInputError, match=r"leadger run --as-of 2026-03-16T12:00:00Z publ"):
        check_week(WEEK, date(2026, 3, 16))
    with pytest.raises(UnusableInputError, match=r"--as-of 2026-03-02T12:00:00Z builds them again"):
        check_week(WEEK, date(2026, 3, 2))


def test_the_clocks_of_the_business() -> None:
    before, after = datetime(2026, 3, 29, 0, 30), datetime(2026, 3, 29, 1, 30)
    assert instant_in_words(before, "Europe/Paris", "en") == "Sun 29 March 2026, 01:30"
    assert instant_in_words(after, "Europe/Paris", "fr") == "dim. 29 mars 2026, 03:30"
    assert instant_in_words(datetime(2026, 4, 30, 23), "Europe/Paris", "fr").startswith(
        "ven. 1er mai"
    )


def rows_of(table: Path) -> list[list[str]]:
    with table.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))
