"""The files of a week: per team one HTML page and one CSV file, in a folder replaced whole."""

from __future__ import annotations

import csv
import re
import shutil
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from orchestration.handoff.lists import Handoff, TeamList
from orchestration.handoff.pages import Speaker, csv_rows, render_page
from orchestration.handoff.words import Language


@dataclass(frozen=True)
class Written:
    """The files of one list."""

    title: str
    reps: int
    leads: int
    page: Path
    table: Path


def write_handoff(handoff: Handoff, lang: Language, out: Path) -> list[Written]:
    """Write a week's lists into `<out>/<week>.<language>/`; what was in there is replaced.

    A week in which there is nothing to say has one page that says so.
    """
    folder = out / f"{handoff.week.label}.{lang}"
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    speaker = Speaker(handoff, lang)
    teams: Sequence[TeamList | None] = handoff.teams or (None,)
    written = []
    for name, team in zip(file_names(teams), teams, strict=True):
        page, table = f"{name}.html", f"{name}.csv"
        (part / page).write_text(render_page(speaker, team), encoding="utf-8")
        # with a byte order mark, without which spreadsheets take accents for something else
        with (part / table).open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows(csv_rows(speaker, team))
        reps, leads = (len(team.reps), len(team.leads)) if team else (0, 0)
        written.append(Written(speaker.team(team), reps, leads, folder / page, folder / table))
    if folder.exists():
        shutil.rmtree(folder)
    part.rename(folder)
    return written


def file_names(teams: Sequence[TeamList | None]) -> list[str]:
    """A file name for each list, readable and different from all others, without an ending."""
    names: list[str] = []
    for team in teams:
        base = name = _base_name(team)
        number = 2
        while name in names:
            name, number = f"{base}-{number}", number + 1
        names.append(name)
    return names


def _base_name(team: TeamList | None) -> str:
    if team is None:
        return "nobody"
    if team.is_unassigned:
        return "unassigned"
    if team.team is None:
        return "no-team"
    plain = unicodedata.normalize("NFKD", team.team).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "team"
