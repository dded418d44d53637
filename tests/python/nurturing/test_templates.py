"""Templates are filled in strictly: no blank where a name should be."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from orchestration.errors import UnusableInputError
from orchestration.nurturing.mailing import example, write_previews
from orchestration.nurturing.templates import (
    FOLDER,
    PERSONAL,
    MissingFieldError,
    read_settings,
    read_templates,
)
from orchestration.workspace import PROJECT


def test_every_track_has_both_languages() -> None:
    with (PROJECT / "seeds" / "reference" / "nurturing_tracks.csv").open(encoding="utf-8") as rows:
        tracks = {row["track"] for row in csv.DictReader(rows)}
    wanted = {f"{track}.{language}" for track in tracks for language in ("en", "fr")}
    assert set(read_templates()) == wanted


@pytest.mark.parametrize("template_id", sorted(path.stem for path in FOLDER.glob("*.md")))
def test_a_missing_field_is_an_error(template_id: str) -> None:
    template = read_templates()[template_id]
    known = {**read_settings().of(template), **example(template)}
    message = template.render(known, whose="p1")
    assert "{{" not in message.subject + message.text
    assert template.fields <= {*known}
    for field in template.fields:
        for nothing in (None, "", "  "):
            with pytest.raises(MissingFieldError) as caught:
                template.render({**known, field: nothing}, whose="p1")
            assert f"{template_id}.md, lead p1: no value for {field}" in str(caught.value)
            place = "the CRM" if field in PERSONAL else "settings.yml"
            assert place in str(caught.value)


def test_each_language_is_signed_in_its_own_words() -> None:
    settings, templates = read_settings(), read_templates()
    for template in templates.values():
        name = settings.of(template)["sender_name"]
        assert name == {"en": "The team at Example", "fr": "L'équipe d'Example"}[template.language]
        assert (
            name in template.render({**settings.of(template), **example(template)}, whose="p1").text
        )


def test_settings_are_texts_or_a_text_per_language(tmp_path: Path) -> None:
    file = tmp_path / "settings.yml"
    template = read_templates()["reactivation.fr"]
    file.write_text("sender_name: {en: The team}\nnews_url: x\n", encoding="utf-8")
    assert read_settings(file).of(template) == {"news_url": "x"}
    for wrong in ("sender_name: 7\n", "sender_name: {en: 7}\n", "- sender_name\n"):
        file.write_text(wrong, encoding="utf-8")
        with pytest.raises(UnusableInputError, match="or a text per language"):
            read_settings(file)


def test_a_wrapped_line_of_the_file_is_none_in_the_message(tmp_path: Path) -> None:
    text = "Subject: x\n\nHello\nyou, \nthere\n\nBye\n\n\nMe\n"
    (tmp_path / "x.en.md").write_text(text, encoding="utf-8")
    message = read_templates(tmp_path)["x.en"].render({}, whose="p1")
    assert message.text == "Hello you, there\n\nBye\n\n\nMe"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Hello", "line 1: expected `Subject: ...`"),
        ("Subject: x\n\n  \n", "line 1: expected"),
        ("Subject: x\n\nDear {{ first_name }\n", "x.en.md, line 1: unexpected '}'"),
    ],
)
def test_a_malformed_template_is_named(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "x.en.md").write_text(text, encoding="utf-8")
    with pytest.raises(UnusableInputError) as caught:
        read_templates(tmp_path)
    assert problem in str(caught.value)


def test_previews_are_one_page(tmp_path: Path) -> None:
    page = write_previews(tmp_path / "new" / "page.html").read_text(encoding="utf-8")
    assert page.count("<article") == len(read_templates())
    assert "Bonjour Camille" in page
    assert "« Guide d&#x27;achat 2026 »" in page
    assert "Hello Camille" in page
    assert "http" not in page.partition("<main>")[0]
