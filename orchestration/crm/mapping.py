"""The mapping file of a CRM: which property says what, in the CRM's own names and values."""

from __future__ import annotations

import builtins
import hashlib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from orchestration.errors import UnusableInputError

MAPPINGS = Path(__file__).parent / "mappings"

STAGES = (
    "customer",
    "opted_out",
    "disqualified",
    "prospect",
    "sql",
    "nurturing",
    "mql",
    "lead",
)

CLOSING_COLUMNS = ("do_not_contact", "do_not_email", "do_not_phone", "do_not_post")
"""Columns that say that somebody must not be reached, at all or by a channel: told before anything
else, whatever somebody made of them in the CRM, and never taken back by a rollback."""

PropertyType = Literal["string", "number", "bool", "datetime", "enumeration"]
Policy = Literal["rep_wins", "warehouse_wins", "fill_empty"]

# Properties the CRM's own machinery hangs on: written only under a policy somebody chose.
_THE_CRMS_OWN = ("lifecyclestage", "hs_lead_status", "Status", "LeadStatus")

# Types of the warehouse (first word) that can be told as a type of the CRM; any can be a string.
_TELLABLE: Mapping[PropertyType, tuple[str, ...]] = {
    "number": (
        "TINYINT",
        "SMALLINT",
        "INTEGER",
        "BIGINT",
        "HUGEINT",
        "DECIMAL",
        "FLOAT",
        "DOUBLE",
        "NUMERIC",
        "REAL",
    ),
    "bool": ("BOOLEAN",),
    "datetime": ("TIMESTAMP",),
    "enumeration": ("VARCHAR", "CHARACTER VARYING", "TEXT"),
}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ObjectId(_Strict):
    """The column that holds the CRM's record id, and the header importers know it by."""

    column: str
    property: str


class Property(_Strict):
    """One CRM property: the column it tells, and how."""

    column: str
    property: str
    type: PropertyType
    values: dict[str, str] = Field(default_factory=dict)
    """For enumerations: the CRM's value for each of ours."""
    policy: Policy | None = None
    """What happens where somebody edited the value in the CRM; `rep_wins` if not said."""
    label: str = ""
    """What the CRM shows people, for a property that `crm setup` makes."""

    @builtins.property
    def closes(self) -> bool:
        """Whether it says that somebody must not be reached."""
        return self.column in CLOSING_COLUMNS

    def on_edit(self) -> Policy:
        """The policy that holds; that somebody objected is no matter of opinion."""
        if self.closes:
            return "warehouse_wins"
        return self.policy or "rep_wins"

    @model_validator(mode="after")
    def _values_belong_to_enumerations(self) -> Self:
        if self.values and self.type != "enumeration":
            raise ValueError(f"{self.property}: only an enumeration has values")
        if self.type == "enumeration":
            if not self.values:
                raise ValueError(f"{self.property}: an enumeration needs its values")
            missing = [stage for stage in STAGES if stage not in self.values]
            if self.column == "stage" and missing:
                raise ValueError(f"{self.property}: no value for the stages {', '.join(missing)}")
        return self


class Limits(_Strict):
    """Beyond which a sync waits for somebody's approval; shares are of the records of the mart."""

    always_allowed: int = Field(default=50, ge=0)
    """So few records never need approval, but for what is cleared, stale or unchecked."""
    changed_share: float = Field(default=0.25, gt=0, le=1)
    new_share: float = Field(default=0.1, gt=0, le=1)
    """Records never told anything, once others were. They are allowed up to `always_allowed`, or to
    as many as there were records, whichever is less."""
    backward_share: float = Field(default=0.05, gt=0, le=1)
    cleared_share: float = Field(default=0.25, gt=0, le=1)
    """Of the records in which a property was filled."""
    lifted_share: float = Field(default=0.1, gt=0, le=1)
    """Of the records that were told somebody must not be reached, at all or by that channel."""
    always_lifted: int = Field(default=10, ge=0)
    """So few of them may be reached again unseen, whatever their share."""
    fewer_rows_share: float = Field(default=0.1, gt=0, le=1)
    """Of the records of the sync before."""
    hours_old: float = Field(default=26, gt=0)
    approval_hours: float = Field(default=24, ge=0)
    """So long runs leave a plan that waits alone; 0: each run plans anew."""


class CrmMapping(_Strict):
    """What a CRM is told, property by property."""

    destination: str
    longest_text: int | None = Field(default=None, gt=1)
    """Characters the CRM takes in a text; longer ones are cut there, and end with an ellipsis."""
    requests_per_10_seconds: int = Field(default=100, gt=0)
    canary: int = Field(default=10, gt=0)
    """Records sent first and read back before the rest leaves."""
    limits: Limits = Limits()
    object_id: ObjectId
    properties: tuple[Property, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        names = [self.object_id.property, *(each.property for each in self.properties)]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"mapped twice: {', '.join(twice)}")
        if self.destination != "files":
            for each in self.properties:
                if each.property in _THE_CRMS_OWN and each.policy is None:
                    raise ValueError(
                        f"{each.property} is the CRM's own: say its policy "
                        "(rep_wins, warehouse_wins or fill_empty)"
                    )
        if not any(each.column == "do_not_contact" for each in self.properties):
            raise ValueError("do_not_contact is not mapped: the CRM must be told who objected")
        return self

    @property
    def closing(self) -> tuple[str, ...]:
        """The CRM's properties that say that somebody must not be reached."""
        return tuple(each.property for each in self.properties if each.closes)

    def fingerprint(self) -> str:
        """Another one for every other mapping."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    def problems(self, columns: Mapping[str, str]) -> list[str]:
        """What does not fit the columns (name to type) of `crm_lead_status`."""
        wanted = [("object_id", self.object_id.column, "string")] + [
            (each.property, each.column, each.type) for each in self.properties
        ]
        found = []
        for name, column, kind in wanted:
            if column not in columns:
                close = get_close_matches(column, columns, n=1)
                hint = f", did you mean {close[0]!r}?" if close else ""
                found.append(f"{name}: crm_lead_status has no column {column!r}{hint}")
                continue
            tellable = _TELLABLE.get(kind)  # type: ignore[call-overload]
            if tellable and not columns[column].upper().startswith(tellable):
                found.append(
                    f"{name}: column {column!r} is {columns[column]}, "
                    f"which cannot be told as {kind}"
                )
        return found


def read_mapping(name: str, folder: Path = MAPPINGS) -> CrmMapping:
    """The mapping of a destination, by its name.

    Raises:
        UnusableInputError: there is none, or it is not written as it should be.
    """
    path = folder / f"{name}.yml"
    try:
        return CrmMapping.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise UnusableInputError(f"{path}: there is no mapping for {name!r}") from None
    except yaml.YAMLError as error:
        raise UnusableInputError(f"{path}: not YAML: {error}") from None
    except ValidationError as error:
        lines = [
            f"{path}: {'.'.join(map(str, each['loc'])) or 'mapping'}: {each['msg']}"
            for each in error.errors()
        ]
        raise UnusableInputError("\n".join(lines)) from None
