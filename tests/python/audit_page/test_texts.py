"""Both languages say the same things."""

from __future__ import annotations

import re
import string

import pytest

from orchestration.audit_page.texts import FOLDER, LANGUAGES, read_texts, stages
from orchestration.workspace import PROJECT

EN, FR = (read_texts(lang).known for lang in LANGUAGES)


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_same_keys_in_the_same_order() -> None:
    assert list(EN) == list(FR)
    assert {path.stem for path in FOLDER.glob("*.yml")} == set(LANGUAGES)


@pytest.mark.parametrize("key", EN)
def test_a_text_is_said_in_both(key: str) -> None:
    assert EN[key]
    assert FR[key]
    assert fields(EN[key]) == fields(FR[key])


def test_numbers_as_each_language_writes_them() -> None:
    assert [read_texts(lang).share(351, 1000) for lang in ("en", "fr")] == ["35.1%", "35,1\u202f%"]


def test_every_text_that_pages_ask_for_is_there() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in FOLDER.parent.glob("*.py"))
    asked = set(re.findall(r'texts\(\s*"([a-z_]+)"', code))
    assert len(asked) > 80
    assert asked <= set(EN)


def test_every_finding_has_a_name() -> None:
    model = (PROJECT / "models/marts/audit/audit_findings.sql").read_text(encoding="utf-8")
    found = set(re.findall(r"'([a-z_]+)'(?: as finding)?, '(?:high|medium|low)'", model))
    found -= {"_without_reason"}
    found |= {"recycled_without_reason", "disqualified_without_reason"}
    assert len(found) >= 10
    for name in found:
        assert EN[f"finding_{name}"] != name


def test_evidence_is_in_words() -> None:
    models = ("marts/audit/audit_findings", "intermediate/touched/int_crm_disagreements")
    sql = "".join((PROJECT / f"models/{name}.sql").read_text(encoding="utf-8") for name in models)
    names = set(re.findall(r"'(?:, )?([a-z0-9_]+)='", sql))
    assert {f"evidence_{name}" for name in names} == {key for key in EN if "evidence_" in key[:9]}
    french = read_texts("fr")
    assert french.evidence("activity=a=1, b, touches_in_30_days=5") == (
        "activité\u00a0: a=1, b, prises de contact en 30 jours\u00a0: 5"
    )
    assert french.evidence("unheard_of=7") == "unheard_of\u00a0: 7"
    assert french.evidence("as it was said before") == "as it was said before"
    assert french.evidence(None) == ""


def test_causes_and_stages_in_words() -> None:
    english, french = read_texts("en"), read_texts("fr")
    assert english.cause("signal:pricing_page") == "signal: pricing page viewed"
    assert french.cause("deal_won") == "affaire gagnée"
    assert english.cause("decay:") == "decay"
    assert english.cause("unheard_of") == "unheard_of"
    assert english.stage(None) == english.stage("none") == "no stage"
    assert french.number(1234567) == "1\u202f234\u202f567"
    assert stages()[0] == "lead"
    assert stages()[-1] == "customer"
    assert {f"mark_{stage}" for stage in [*stages(), "none"]} <= set(EN)
