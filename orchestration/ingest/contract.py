"""The raw contract: the tables that may arrive, their columns, and which are required.

Every raw table is an append-only change log. Instants are UTC. The dbt sources in
`models/staging/generic/` document the same tables; a test keeps the two equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ColumnType(StrEnum):
    """What a value must be; the value is the DuckDB type it is stored as."""

    TEXT = "VARCHAR"
    INSTANT = "TIMESTAMP"
    DATE = "DATE"
    FLAG = "BOOLEAN"
    WHOLE = "BIGINT"
    NUMBER = "DOUBLE"
    JSON = "JSON"


@dataclass(frozen=True)
class Column:
    """One column of a raw table."""

    name: str
    type: ColumnType = ColumnType.TEXT
    is_required: bool = False


# Stamped by the loader on every row: when it landed, in which batch, at which place in it.
LOADER_COLUMNS = (
    Column("_loaded_at", ColumnType.INSTANT, True),
    Column("_batch", ColumnType.WHOLE, True),
    Column("_row", ColumnType.WHOLE, True),
    Column("_file", ColumnType.TEXT, True),
)
# What stands for an erased person's address and cookie: keyed hashes.
ERASED_EMAIL = Column("_erased_email")
ERASED_COOKIE = Column("_erased_cookie")


@dataclass(frozen=True)
class RawTable:
    """One raw table: the record or event at a time, and the columns that identify a row."""

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    alternatives: tuple[tuple[str, ...], ...] = ()
    """Groups of columns of which at least one must be in the file."""
    is_of_people: bool = True
    """Whether its addresses are of people who may ask for erasure, not of our own staff."""

    @property
    def stored(self) -> tuple[Column, ...]:
        """The columns of the table in the warehouse."""
        names = {column.name for column in self.columns}
        holders = {"email": ERASED_EMAIL, "anonymous_id": ERASED_COOKIE}
        erased = tuple(
            column for name, column in holders.items() if name in names and self.is_of_people
        )
        return (*self.columns, *LOADER_COLUMNS, *erased)

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns a file of this table must have."""
        return tuple(column.name for column in self.columns if column.is_required)


def _columns(spec: str) -> tuple[Column, ...]:
    """Read `name*:type` words; `*` marks a required column, text is the default type."""
    types = {
        "at": ColumnType.INSTANT,
        "date": ColumnType.DATE,
        "flag": ColumnType.FLAG,
        "whole": ColumnType.WHOLE,
        "number": ColumnType.NUMBER,
        "json": ColumnType.JSON,
    }
    columns = []
    for word in spec.split():
        name, _, kind = word.partition(":")
        columns.append(
            Column(name.rstrip("*"), types.get(kind, ColumnType.TEXT), name.endswith("*"))
        )
    return tuple(columns)


TABLES: tuple[RawTable, ...] = (
    RawTable(
        "contacts",
        ("contact_id", "updated_at"),
        _columns(
            "contact_id* email first_name last_name job_title phone company_id country language "
            "lead_source source_agency owner_id merged_into_contact_id is_deleted:flag "
            "created_at*:at updated_at*:at"
        ),
    ),
    RawTable(
        "companies",
        ("company_id", "updated_at"),
        _columns(
            "company_id* name domain industry employee_count:whole annual_revenue:number country "
            "is_deleted:flag updated_at*:at"
        ),
    ),
    RawTable(
        "events",
        ("event_id",),
        _columns(
            "event_id* occurred_at*:at event_type* contact_id email anonymous_id page_url "
            "content_id content_title campaign_id channel properties:json"
        ),
    ),
    RawTable(
        "sales_activities",
        ("activity_id",),
        _columns(
            "activity_id* contact_id* occurred_at*:at scheduled_at:at is_automated:flag "
            "activity_type* direction outcome rep_id need budget authority timing verdict reason"
        ),
    ),
    RawTable(
        "deals",
        ("deal_id", "updated_at"),
        _columns(
            "deal_id* contact_id company_id owner_id status* stage amount:number currency "
            "lost_reason created_at*:at closed_at:at updated_at*:at"
        ),
    ),
    RawTable(
        "consents",
        ("consent_id",),
        _columns(
            "consent_id* contact_id email occurred_at*:at kind* channel legal_basis notice source"
        ),
        alternatives=(("contact_id", "email"),),
    ),
    RawTable(
        "deal_contacts",
        ("deal_id", "contact_id", "updated_at"),
        _columns("deal_id* contact_id* is_removed:flag updated_at*:at"),
    ),
    RawTable(
        "reps",
        ("rep_id", "updated_at"),
        _columns("rep_id* name email role team manager_id is_active:flag updated_at*:at"),
        is_of_people=False,
    ),
    RawTable(
        "campaign_costs",
        ("campaign_id", "cost_date"),
        _columns("campaign_id* lead_source cost_date*:date amount*:number currency*"),
    ),
)

TABLES_BY_NAME = {table.name: table for table in TABLES}
