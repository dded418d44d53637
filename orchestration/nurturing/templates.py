"""Message templates: plain files with a subject and merge fields, filled in strictly.

A template is `templates/<track>.<language>.md`: a line `Subject: ...`, an empty line, the text.
An empty line begins a paragraph; a line break inside one is the file's, not the message's. Its
fields are those of `settings.yml` and the person's. A field that is not known, or empty, is an
error: nobody is ever written "Hello ,".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, StrictUndefined, TemplateSyntaxError, UndefinedError, meta

from orchestration.errors import UnusableInputError

FOLDER = Path(__file__).with_name("templates")
SETTINGS = Path(__file__).with_name("settings.yml")
PERSONAL = ("first_name", "content_title")
"""Fields that come from the marts; the others are settings."""
_SUBJECT = "Subject: "
_ENVIRONMENT = Environment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=False)


class MissingFieldError(UnusableInputError):
    """A message that cannot be written, because a field of its template has no value."""


@dataclass(frozen=True)
class Message:
    """A message as it would be sent; plain text."""

    subject: str
    text: str


@dataclass(frozen=True)
class Template:
    """A template as read from its file."""

    template_id: str
    file: Path
    subject: str
    text: str
    fields: frozenset[str]

    @property
    def language(self) -> str:
        """The language it is written in."""
        return self.template_id.rpartition(".")[2]

    def render(self, fields: Mapping[str, Any], *, whose: str) -> Message:
        """The message for one person.

        Args:
            fields: values by name; null and blank values count as missing.
            whose: the person's id, for the error.

        Raises:
            MissingFieldError: a field has no value.
        """
        known = {name: value for name, value in fields.items() if str(value or "").strip()}
        missing = sorted(self.fields - known.keys())
        if missing:
            where = (
                "the CRM" if set(missing) <= set(PERSONAL) else f"{SETTINGS.name}, or in the CRM"
            )
            raise MissingFieldError(
                f"{self.file.name}, lead {whose}: no value for {', '.join(missing)}. Fill it in in "
                f"{where}, or take the field out of the template."
            )
        try:
            return Message(
                _ENVIRONMENT.from_string(self.subject).render(known),
                _ENVIRONMENT.from_string(self.text).render(known),
            )
        except UndefinedError as error:
            raise MissingFieldError(f"{self.file.name}, lead {whose}: {error}") from None


def read_templates(folder: Path = FOLDER) -> dict[str, Template]:
    """All templates by id, `<track>.<language>`.

    Raises:
        UnusableInputError: one has no subject, or is not written as a template should be.
    """
    return {path.stem: _read(path) for path in sorted(folder.glob("*.md"))}


@dataclass(frozen=True)
class Settings:
    """What every message says of us: by name a text, or one per language."""

    texts: Mapping[str, str | Mapping[str, str]]

    def of(self, template: Template) -> dict[str, str]:
        """The texts in the language of a template; one that has none in it is missing."""
        said = {
            name: text if isinstance(text, str) else text.get(template.language)
            for name, text in self.texts.items()
        }
        return {name: text for name, text in said.items() if text is not None}


def read_settings(path: Path = SETTINGS) -> Settings:
    """What every message says of us.

    Raises:
        UnusableInputError: the file is not a list of names and texts.
    """
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(found, dict) or not all(map(_is_said, found.values())):
        raise UnusableInputError(
            f"{path}: expected names and texts, `sender_name: The team`, or a text per language, "
            "`sender_name: {en: The team, fr: L'équipe}`"
        )
    return Settings(found)


def _is_said(value: object) -> bool:
    texts = value.values() if isinstance(value, dict) else [value]
    return all(isinstance(text, str) for text in texts)


def _read(path: Path) -> Template:
    first, _, text = path.read_text(encoding="utf-8").partition("\n\n")
    if not first.startswith(_SUBJECT) or "\n" in first or not text.strip():
        raise UnusableInputError(
            f"{path}, line 1: expected `{_SUBJECT}...`, an empty line, and the text"
        )
    subject = first.removeprefix(_SUBJECT)
    try:
        fields = {
            name
            for part in (subject, text)
            for name in meta.find_undeclared_variables(_ENVIRONMENT.parse(part))
        }
    except TemplateSyntaxError as error:
        raise UnusableInputError(f"{path}, line {error.lineno}: {error.message}") from None
    return Template(path.stem, path, subject, _in_paragraphs(text), frozenset(fields))


def _in_paragraphs(text: str) -> str:
    """Lines that are only wrapped in the file are one in the message; an empty line stays."""
    return re.sub(r"(?<!\n)[ \t]*\n(?!\n)", " ", text.strip()) + "\n"
