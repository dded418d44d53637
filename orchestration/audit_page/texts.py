"""The page's texts, one file per language."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import yaml

from orchestration.reports.labels import label, labels, rows

FOLDER = Path(__file__).with_name("texts")
LANGUAGES = ("en", "fr")
_NAME = re.compile(r"(^|, )([a-z0-9_]+)=")
NO_STAGE = "none"
"""How filters and texts call the absence of a stage."""


@dataclass(frozen=True)
class Texts:
    """The texts of one language."""

    lang: str
    known: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """A text, filled in; raises `KeyError` where there is none."""
        return self.known[key].format(**values) if values else self.known[key]

    def named(self, family: str, name: object) -> str:
        """What a code of a family is called, such as a finding; the code itself if unknown."""
        return self.known.get(f"{family}_{name}", str(name))

    def stage(self, name: object) -> str:
        """A stage, or the absence of one."""
        if name is None or name == NO_STAGE:
            return self("no_stage")
        return label("stage_labels", str(name), self.lang)

    def cause(self, part: str) -> str:
        """One part of a cause, such as `signal:pricing_page` or `deal_won`."""
        kind, colon, signal = part.partition(":")
        if not colon:
            return label("cause_labels", kind, self.lang)
        what = label("signal_labels", signal, self.lang)
        return f"{self.kind(kind)}{self('colon')} {what}" if signal else self.kind(kind)

    def kind(self, name: str) -> str:
        """What a cause begins with: signal, decay, expiry, or a cause of its own."""
        known = self.named("kind", name)
        return label("cause_labels", name, self.lang) if known == name else known

    def sla(self, name: object) -> str:
        """An obligation, or the state of its clock."""
        return label("sla_labels", str(name), self.lang)

    def signal(self, name: object) -> str:
        """A signal."""
        return label("signal_labels", str(name), self.lang)

    def next_action(self, name: str) -> str:
        """What the playbook says of an action."""
        said = [row for row in rows("playbooks") if row["next_action"] == name]
        return f"{said[0][f'message_{self.lang}']} ({name})" if said else name

    def evidence(self, said: object) -> str:
        """The names and values of a finding's evidence, such as `activity=ac-1`, in words."""
        text, colon = str(said or ""), self("colon")
        return _NAME.sub(lambda name: f"{name[1]}{self.named('evidence', name[2])}{colon} ", text)

    def number(self, value: int) -> str:
        """A count with its thousands apart."""
        return f"{value:,}".replace(",", self("thousands"))

    def share(self, part: int, whole: int) -> str:
        """A part of a whole, in percent."""
        return self("percent", share=f"{100 * part / whole:.1f}".replace(".", self("decimal")))

    def minute(self, instant: object) -> str:
        """An instant (UTC) to the minute; empty for none."""
        return f"{instant:%Y-%m-%d %H:%M}" if isinstance(instant, date | datetime) else ""


@functools.cache
def read_texts(lang: str) -> Texts:
    """The texts of a language."""
    known = yaml.safe_load((FOLDER / f"{lang}.yml").read_text(encoding="utf-8"))
    return Texts(lang, known)


def stages() -> list[str]:
    """The stages in the order of the lifecycle, the latest last."""
    known = labels("stage_labels")
    return sorted(known, key=lambda stage: -int(known[stage]["stage_rank"]))
