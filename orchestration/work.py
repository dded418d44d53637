"""What a run has to do: what changed since the marts in use were published.

`control.publications` has one row per run that published: the loader batch and the instant its
marts reach up to, and fingerprints of the definitions, the reference seeds and the code they were
built by. Whatever differs now is the work of the next run; where nothing does, there is none.
Instants are naive UTC.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from orchestration.definition_guard import Definitions, checksum
from orchestration.warehouse import Connection
from orchestration.workspace import PROJECT

BEGINNING = datetime(1900, 1, 1)
STAGED_INSTANTS: Mapping[str, tuple[str, ...]] = {
    "contacts": ("created_at", "updated_at"),
    "companies": ("updated_at",),
    "events": ("occurred_at",),
    "sales_activities": ("occurred_at",),
    "deals": ("created_at", "updated_at"),
    "deal_contacts": ("updated_at",),
    "consents": ("occurred_at",),
    "campaign_costs": ("cost_date",),
    "reps": ("updated_at",),
}
"""Instants of staged rows that may lie ahead of the clock, by table."""


@dataclass(frozen=True)
class Sources:
    """What marts are made by, apart from rows: fingerprints of files, versions in force."""

    definitions: Mapping[str, tuple[datetime, str]]
    """Each version in force by the instant judged: since when, and the checksum of its rows."""
    seeds: str
    reference: str
    code: str

    @classmethod
    def of(cls, definitions: Definitions, as_of: datetime, project: Path = PROJECT) -> Sources:
        """The sources as the files stand, for a run that judges `as_of` (naive UTC)."""
        used = definitions.used_at(as_of.replace(tzinfo=UTC))
        starts = definitions.effective_from
        in_force = {
            version: (
                BEGINNING if place == 0 else starts[version].replace(tzinfo=None),
                checksum(definitions.content(version)),
            )
            for place, version in enumerate(used)
        }
        return cls(
            in_force,
            _fingerprint(project, "seeds/**/*.csv"),
            _fingerprint(project, "seeds/reference/*.csv"),
            _fingerprint(project, "models/**/*.sql", "macros/**/*.sql", "dbt_project.yml"),
        )

    def definitions_changed_from(self, before: Sources) -> datetime | None:
        """The earliest instant at which other definitions hold than before, if any do."""
        if self.reference != before.reference:
            return BEGINNING
        differing = [
            found[version][0]
            for version in self.definitions.keys() | before.definitions.keys()
            for found in (self.definitions, before.definitions)
            if version in found and self.definitions.get(version) != before.definitions.get(version)
        ]
        return min(differing, default=None)

    def as_json(self) -> str:
        """For the record."""
        versions = {
            version: [since.isoformat(), content]
            for version, (since, content) in self.definitions.items()
        }
        return json.dumps(
            {
                "definitions": versions,
                "seeds": self.seeds,
                "reference": self.reference,
                "code": self.code,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> Sources:
        """As it was recorded."""
        known = json.loads(text)
        versions = {
            version: (datetime.fromisoformat(since), content)
            for version, (since, content) in known["definitions"].items()
        }
        return cls(versions, known["seeds"], known["reference"], known["code"])


@dataclass(frozen=True)
class Publication:
    """What the marts in use were built from."""

    run_id: str
    published_at: datetime
    batch: int
    as_of: datetime
    sources: Sources


@dataclass(frozen=True)
class Work:
    """What a run has to do."""

    since: Publication | None
    """What it starts from; None where the marts are built from nothing."""
    batch: int
    """The loader batch the marts will reach up to."""
    sources: Sources
    why_everybody: str | None
    """Why everybody is recomputed, if so: `first build`, `full refresh` ..."""
    is_nothing: bool
    is_staging_afresh: bool
    """Whether the staging tables are built from nothing instead of brought up to date."""
    definitions_changed_from: datetime | None = None
    is_code_changed: bool = False
    has_crm_ledger: bool = False
    """Whether there is a ledger of what CRMs were told, for findings to be read from."""

    @property
    def passed_batch(self) -> int:
        """The batch up to which rows passed the gates and have not changed since; 0 for none."""
        return 0 if self.since is None or self.is_staging_afresh else self.since.batch

    def variables(self) -> dict[str, Any]:
        """What dbt is told of it, at the build."""
        since = self.since
        if since is None:
            return {"has_crm_ledger": self.has_crm_ledger}
        changed_from = self.definitions_changed_from
        return {
            "built_batch": since.batch,
            "built_as_of": _text(since.as_of),
            "recompute_everybody": self.why_everybody is not None,
            "published_at": _text(since.published_at),
            "definitions_changed_from": _text(changed_from) if changed_from else "",
            "is_code_changed": self.is_code_changed,
            "has_crm_ledger": self.has_crm_ledger,
        }


def work_to_do(
    connection: Connection,
    *,
    sources: Sources,
    as_of: datetime,
    batch: int,
    is_travel: bool,
    is_full_refresh: bool,
) -> Work:
    """Compare what there is with what the marts in use were built from.

    Args:
        connection: the warehouse, after the load.
        sources: definitions, seeds and code as they stand.
        as_of: the instant to judge.
        batch: the latest loader batch.
        is_travel: the run builds marts of its own, from nothing.
        is_full_refresh: somebody asked for everything to be built from nothing.
    """
    since = None if is_travel else latest_publication(connection)
    has_ledger = not is_travel and connection.has_table("crm_sync", "open_conflicts")
    if since is None:
        first = "time travel" if is_travel else "first build"
        return Work(
            *(None, batch, sources, first),
            is_nothing=False,
            is_staging_afresh=True,
            has_crm_ledger=has_ledger,
        )
    changed_from = sources.definitions_changed_from(since.sources)
    is_code_changed = sources.code != since.sources.code
    why = (
        "full refresh"
        if is_full_refresh
        else "an earlier instant than the last run's"
        if as_of < since.as_of
        else "changed code"
        if is_code_changed
        else "changed definitions"
        if changed_from is not None
        else None
    )
    is_staged = connection.has_table("staging", "stg_generic__events")
    is_nothing = (
        why is None
        and is_staged
        and batch == since.batch
        and sources.seeds == since.sources.seeds
        and not _is_anything_due(connection, since.as_of, as_of)
        and not (has_ledger and _is_anything_heard(connection))
    )
    is_afresh = is_full_refresh or is_code_changed or not is_staged
    return Work(
        *(since, batch, sources, why, is_nothing, is_afresh, changed_from, is_code_changed),
        has_crm_ledger=has_ledger,
    )


def latest_publication(connection: Connection) -> Publication | None:
    """What the marts in use were built from; None where there are none."""
    if not connection.has_table("control", "publications"):
        return None
    found = connection.execute(
        "select run_id, published_at, batch, as_of, sources from control.publications "
        "where published_at = (select max(published_at) from control.publications)"
    ).fetchall()
    if not found:
        return None
    run_id, published_at, batch, as_of, sources = found[0]
    return Publication(run_id, published_at, int(batch), as_of, Sources.from_json(sources))


def record_publication(connection: Connection, publication: Publication) -> None:
    """Write down what the marts are built from, inside the transaction that publishes them."""
    connection.execute(
        "insert into control.publications values (?, ?, ?, ?, ?)",
        [
            *(publication.run_id, publication.published_at, publication.batch),
            *(publication.as_of, publication.sources.as_json()),
        ],
    )


def _is_anything_due(connection: Connection, before: datetime, as_of: datetime) -> bool:
    """Whether anything known already comes about between the last instant judged and this one."""
    if as_of <= before:
        return False
    span = f"> timestamp '{before}' and {{}} <= timestamp '{as_of}'"
    questions = [f"select 1 from control.lead_upkeep where due_at <= timestamp '{as_of}'"]
    if connection.has_table("marts", "sla_clocks"):
        # what is owed to nobody in particular; where a month ends, the next one begins
        questions += [
            f"select 1 from marts.sla_clocks where lead_id is null and {turn} {span.format(turn)}"
            for turn in ("at_risk_at", "due_at")
        ]
    if connection.has_table("marts", "handoff_weeks"):
        # a week's list is made even when it is as empty as the last
        questions += [f"select 1 from marts.handoff_weeks where ends_at <= timestamp '{as_of}'"]
    if connection.has_table("marts", "kpi_basis"):
        # a month that is over can be reviewed, and other settings judge, though nothing happened
        questions += [f"select 1 from marts.kpi_basis where ends_at <= timestamp '{as_of}'"]
    questions += [
        f"select 1 from staging.stg_generic__{table} where {instant} {span.format(instant)}"
        for table, instants in STAGED_INSTANTS.items()
        for instant in instants
    ]
    return any(connection.execute(f"{each} limit 1").fetchall() for each in questions)


def _is_anything_heard(connection: Connection) -> bool:
    """Whether people edited something in a CRM, or no longer, since the findings were made."""
    if not connection.has_table("marts", "audit_findings"):
        return False
    findings = "select evidence, found_at from marts.audit_findings where finding = 'crm_disagrees'"
    conflicts = (
        "select destination || ' record ' || object_id || ', ' || property, recorded_at "
        "from crm_sync.open_conflicts where object_id in "
        "(select contact_id from marts.lead_aliases)"
    )
    found = connection.execute(
        f"select 1 from (({findings} except {conflicts}) union all "
        f"({conflicts} except {findings})) as heard limit 1"
    )
    return bool(found.fetchall())


def _fingerprint(project: Path, *patterns: str) -> str:
    digest = hashlib.sha256()
    for path in _files(project, patterns):
        digest.update(f"{path.relative_to(project).as_posix()}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _files(project: Path, patterns: tuple[str, ...]) -> Iterator[Path]:
    yield from sorted(path for pattern in patterns for path in project.glob(pattern))


def _text(instant: datetime) -> str:
    return instant.isoformat(sep=" ", timespec="microseconds")
