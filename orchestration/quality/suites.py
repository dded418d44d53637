"""The checkpoints and suites of `great_expectations/`: read and checked, nothing run.

A checkpoint is a gate: the schema it looks at, and a suite for each table. A suite is written in
Great Expectations' own words (`type`, `kwargs`, `meta`). In SQL, `{batch}` is the table (or its new
rows), as Great Expectations has it, and `${staging}` names a schema, which a time-travel run may
have renamed.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from orchestration.errors import UnusableInputError
from orchestration.workspace import PROJECT

SUITES = PROJECT / "great_expectations"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class ExpectationMeta(_Strict):
    """What an expectation says to people: its title, whether it stops a run, whom to ask."""

    name: str
    blocking: bool
    owner: str = ""
    remedy: str = ""


class Expectation(_Strict):
    """One expectation, as Great Expectations takes it."""

    type: str
    kwargs: dict[str, Any] = Field(default_factory=dict)
    meta: ExpectationMeta

    @property
    def query(self) -> str | None:
        """The SQL of an `unexpected_rows_expectation`."""
        query = self.kwargs.get("unexpected_rows_query")
        return query if isinstance(query, str) else None

    @property
    def column(self) -> str | None:
        """The column or columns looked at, as far as the expectation names them."""
        columns = self.kwargs.get("column") or self.kwargs.get("column_list")
        return ", ".join(columns) if isinstance(columns, list) else columns


class Suite(_Strict):
    """The expectations of one table."""

    name: str
    owner: str
    expectations: list[Expectation] = Field(min_length=1)


class Validation(_Strict):
    """A table and the suite it must satisfy: all its rows, or those that no gate has passed yet."""

    table: str
    suite: str
    rows: Literal["all", "new"] = "all"


class Checkpoint(_Strict):
    """A gate: what it looks at, and what to do when it stays shut."""

    name: str
    schema_name: str = Field(alias="schema")
    batch_column: str = "_batch"
    """The loader batch that a row came with, or last changed by, in its tables."""
    remedy: str
    validations: list[Validation] = Field(min_length=1)


Read = TypeVar("Read", bound=_Strict)


def _read(model: type[Read], path: Path) -> Read:
    try:
        return model.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise UnusableInputError(f"{path}: there is no such file") from None
    except yaml.YAMLError as error:
        raise UnusableInputError(f"{path}: not YAML: {error}") from None
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise UnusableInputError(f"{path}: " + "; ".join(lines)) from None


def read_checkpoint(gate: str, folder: Path = SUITES) -> Checkpoint:
    """The checkpoint of a gate.

    Raises:
        UnusableInputError: there is none, or it is not written as it should be.
    """
    return _read(Checkpoint, folder / "checkpoints" / f"{gate}.yml")


def read_suite(name: str, schemas: Mapping[str, str] | None = None, folder: Path = SUITES) -> Suite:
    """A suite by its path below `suites/`, with the schemas of this run in its SQL.

    Raises:
        UnusableInputError: there is none, or it is not written as it should be.
    """
    suite = _read(Suite, folder / "suites" / f"{name}.yml")
    for expectation in suite.expectations:
        expectation.meta.owner = expectation.meta.owner or suite.owner
        if expectation.query is not None:
            expectation.kwargs["unexpected_rows_query"] = Template(expectation.query).substitute(
                _Schemas(schemas or {})
            )
    return suite


class _Schemas(dict[str, str]):
    """A schema that was not renamed has the name it always has."""

    def __missing__(self, name: str) -> str:
        return name
