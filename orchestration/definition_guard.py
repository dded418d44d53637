"""Guards the signed definitions: readable before dbt starts, and unchanged once used.

A version is used from the first successful regular run that judged by it. From then on its rows
are kept in `control.used_definitions`; an edit is refused cell by cell, because it would rewrite
decisions already handed over. Drafts, and versions not yet in force, may be edited freely.
Files and columns: page 1.7 of the definition.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from orchestration.errors import InputProblemsError, Problem, UnusableInputError

VERSIONS = "definition_versions.csv"
VERSION = "definition_version"


@dataclass(frozen=True)
class DefinitionFile:
    """A file of definitions: its columns, which hold integers, which name its rows."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    integers: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    is_key_unique: bool = True


FILES = (
    DefinitionFile(
        VERSIONS,
        (
            *(VERSION, "effective_from", "status", "approved_by_marketing"),
            *("approved_by_sales", "reviewed_on", "reason"),
        ),
        (VERSION,),
        required=(VERSION, "effective_from", "status"),
    ),
    DefinitionFile(
        "definition_parameters.csv",
        (VERSION, "parameter", "value"),
        ("parameter",),
        required=(VERSION, "parameter"),
    ),
    DefinitionFile(
        "scoring_rules.csv",
        (VERSION, "signal", "score_group", "points", "max_per_day", "decay_profile"),
        ("signal",),
        integers=("points", "max_per_day"),
        required=(VERSION, "signal", "points"),
    ),
    DefinitionFile(
        "scoring_groups.csv",
        (VERSION, "score_group", "cap"),
        ("score_group",),
        integers=("cap",),
        required=(VERSION, "score_group"),
    ),
    DefinitionFile(
        "decay_profiles.csv",
        (VERSION, "decay_profile", "after_days", "remaining_percent"),
        ("decay_profile", "after_days"),
        integers=("after_days", "remaining_percent"),
        required=(VERSION, "decay_profile", "after_days", "remaining_percent"),
    ),
    DefinitionFile(
        "icp_criteria.csv",
        (
            *(VERSION, "criterion", "entity", "attribute", "operator"),
            *("value", "points", "score_group", "is_exclusion"),
        ),
        ("criterion",),
        integers=("points",),
        required=(VERSION, "criterion", "entity", "attribute", "operator"),
        is_key_unique=False,
    ),
    DefinitionFile(
        "sla_policies.csv",
        (
            *(VERSION, "obligation", "segment", "business_minutes"),
            *("min_attempts", "min_channels", "owed_by", "escalate_to"),
        ),
        ("obligation", "segment"),
        integers=("business_minutes", "min_attempts", "min_channels"),
        required=(VERSION, "obligation", "segment"),
    ),
)
REVIEW_COLUMNS = frozenset({"approved_by_marketing", "approved_by_sales", "reviewed_on", "reason"})

Row = Mapping[str, str]
Content = Mapping[str, Sequence[Row]]
"""The rows of one version, or of all, by file."""


@dataclass(frozen=True)
class Definitions:
    """The definition files as they stand, with the line each row is on."""

    rows: Mapping[str, Sequence[tuple[int, Row]]]

    @property
    def effective_from(self) -> dict[str, datetime]:
        """When each active version came into force, earliest first."""
        active = {
            row[VERSION]: parse_effective_from(row["effective_from"])
            for _, row in self.rows[VERSIONS]
            if row["status"] == "active"
        }
        return dict(sorted(active.items(), key=lambda item: item[1]))

    def content(self, version: str) -> dict[str, list[Row]]:
        """What a version says, without the notes of those who reviewed it, in a fixed order."""
        content: dict[str, list[Row]] = {}
        for file in FILES:
            rows = [
                {name: value for name, value in row.items() if name not in REVIEW_COLUMNS}
                for _, row in self.rows[file.name]
                if row[VERSION] == version
            ]
            content[file.name] = sorted(rows, key=lambda row: sorted(row.items()))
        return content

    def used_at(self, as_of: datetime) -> list[str]:
        """Versions a run at that instant judges by; the earliest reaches back for ever."""
        instants = self.effective_from
        return [
            version
            for place, (version, instant) in enumerate(instants.items())
            if place == 0 or instant <= as_of
        ]


def checksum(content: Content) -> str:
    """A fingerprint of what a version says, whatever the order of its rows."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def parse_effective_from(text: str) -> datetime:
    """An instant of a definition file in UTC (without an offset it is UTC); raises ValueError."""
    instant = datetime.fromisoformat(text.strip())
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def read_definitions(folder: Path) -> Definitions:
    """Read and check every definition file; raises `InputProblemsError` with all that is wrong."""
    rows: dict[str, list[tuple[int, Row]]] = {}
    problems: list[Problem] = []
    for file in FILES:
        rows[file.name], found = _read(folder / file.name, file)
        problems += found
    if not problems:
        problems = [*_check_versions(rows[VERSIONS]), *_check_references(rows)]
    if problems:
        raise InputProblemsError(problems)
    return Definitions(rows)


def _read(path: Path, file: DefinitionFile) -> tuple[list[tuple[int, Row]], list[Problem]]:
    shown = f"seeds/definitions/{file.name}"
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return [], [Problem(shown, None, None, None, "the file is missing; restore it")]
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        return [], [Problem(shown, line, None, None, "not UTF-8 text; save the file as UTF-8")]
    reader = csv.DictReader(text.splitlines(keepends=True), restkey="", restval=None)
    missing = [name for name in file.columns if name not in (reader.fieldnames or ())]
    if missing:
        return [], [Problem(shown, 1, name, None, "the column is missing") for name in missing]
    rows: list[tuple[int, Row]] = []
    problems: list[Problem] = []
    for cells in reader:
        line = reader.line_num
        if "" in cells or None in cells.values():
            expected = f"{len(reader.fieldnames or ())} cells; quote cells that hold a comma"
            problems.append(Problem(shown, line, None, None, expected))
            continue
        row = {name: str(value).strip() for name, value in cells.items()}
        rows.append((line, row))
        problems += _check_cells(shown, line, row, file)
    return rows, problems


def _check_cells(shown: str, line: int, row: Row, file: DefinitionFile) -> list[Problem]:
    problems = [
        Problem(shown, line, name, "", "a value") for name in file.required if not row[name]
    ]
    for name in file.integers:
        if row[name]:
            try:
                int(row[name])
            except ValueError:
                problems.append(Problem(shown, line, name, row[name], "a whole number"))
    return problems


def _check_versions(rows: Sequence[tuple[int, Row]]) -> list[Problem]:
    shown = f"seeds/definitions/{VERSIONS}"
    problems: list[Problem] = []
    versions: dict[str, int] = {}
    starts: dict[datetime, str] = {}
    for line, row in rows:
        version, status = row[VERSION], row["status"]
        if version in versions:
            expected = f"a version of its own; line {versions[version]} has this one"
            problems.append(Problem(shown, line, VERSION, version, expected))
        versions[version] = line
        if status not in ("active", "draft"):
            problems.append(Problem(shown, line, "status", status, "`active` or `draft`"))
        try:
            instant = parse_effective_from(row["effective_from"])
        except ValueError:
            expected = "an instant such as 2026-01-01T00:00:00Z"
            value = row["effective_from"]
            problems.append(Problem(shown, line, "effective_from", value, expected))
            continue
        if status == "active" and instant in starts:
            expected = f"an instant of its own; version {starts[instant]} starts then too"
            value = row["effective_from"]
            problems.append(Problem(shown, line, "effective_from", value, expected))
        elif status == "active":
            starts[instant] = version
    if not problems and not starts:
        problems.append(Problem(shown, None, "status", None, "at least one version `active`"))
    return problems


def _check_references(rows: Mapping[str, Sequence[tuple[int, Row]]]) -> Iterable[Problem]:
    known = {row[VERSION] for _, row in rows[VERSIONS]}
    for file in FILES:
        shown = f"seeds/definitions/{file.name}"
        seen: dict[tuple[str, ...], int] = {}
        for line, row in rows[file.name]:
            if row[VERSION] not in known:
                expected = f"a version listed in {VERSIONS}"
                yield Problem(shown, line, VERSION, row[VERSION], expected)
            key = (row[VERSION], *(row[name] for name in file.key))
            if key in seen and file.is_key_unique:
                expected = f"one row per version and {', '.join(file.key)}; line {seen[key]} has it"
                yield Problem(shown, line, file.key[0], row[file.key[0]], expected)
            seen.setdefault(key, line)


def check_unchanged(definitions: Definitions, used: Mapping[str, Content]) -> None:
    """Refuse an edit of a used version; raises `UnusableInputError` naming every changed cell."""
    differences: list[str] = []
    for version, content in used.items():
        if checksum(content) != checksum(definitions.content(version)):
            found = list(_differences(version, content, definitions))
            differences += found or [f"version {version}: rows of the same name were changed"]
    if differences:
        raise UnusableInputError(
            "A definition version that runs have already judged by was edited:\n"
            + "\n".join(f"  {difference}" for difference in differences)
            + "\nPut the old values back, and say the new ones in a new version: add a line with "
            f"a new {VERSION} and effective_from to {VERSIONS}, and its rows to the other files."
        )


def _differences(version: str, before: Content, definitions: Definitions) -> Iterable[str]:
    after = definitions.content(version)
    for file in FILES:
        old = _by_key(file, before.get(file.name, ()))
        new = _by_key(file, after[file.name])
        lines = {
            tuple(row[name] for name in file.key): line
            for line, row in definitions.rows[file.name]
            if row[VERSION] == version
        }
        for key in sorted(old.keys() | new.keys()):
            label = "" if file.name == VERSIONS else " ".join(key) + ", "
            where = f"{file.name}, version {version}, {label}".rstrip(", ")
            if key not in new:
                yield f"{where}: the row is gone"
                continue
            where += f" (line {lines[key]})"
            if key not in old:
                yield f"{where}: the row is new"
                continue
            for name in file.columns:
                was, now = old[key].get(name), new[key].get(name)
                if was != now:
                    yield f"{where}, column {name}: was {was!r}, now {now!r}"


def _by_key(file: DefinitionFile, rows: Sequence[Row]) -> dict[tuple[str, ...], Row]:
    found: dict[tuple[str, ...], Row] = defaultdict(dict)
    for row in rows:
        found[tuple(row[name] for name in file.key)] = row
    return dict(found)
