"""`mapping.yml`: how files of another layout are read as the raw contract's tables.

    tables:
      contacts:
        file: "Export contacts *.csv"        # name or glob inside the folder
        delimiter: ";"
        encoding: cp1252
        decimal_separator: ","
        timestamp_format: "%d/%m/%Y %H:%M"   # or a list; text that fits none is an error
        date_format: "%d/%m/%Y"
        time_zone: Europe/Paris              # of instants written without an offset
        true_values: [Oui]
        false_values: [Non]
        columns: {contact_id: "Réf. contact", email: "Adresse e-mail"}
        constants: {country: FR}

Everything is optional; what a table does not say stays as in the standard layout (comma,
UTF-8, ISO 8601, UTC). Instants are converted to UTC; of the hour that occurs twice in autumn
the second (winter time) is taken, and of the hour that does not exist in spring the one after.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import duckdb
import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from orchestration.errors import InputProblemsError, Problem
from orchestration.ingest.contract import TABLES_BY_NAME, RawTable

NAMES = ("mapping.yml", "mapping.yaml")

# The columns a file may fill beside the contract's: when the row first landed somewhere.
STAMPED_IN_FILE = "_loaded_at"

_DELIMITER_WORDS = {"tab": "\t", "semicolon": ";", "comma": ",", "pipe": "|"}
_DAY_PARTS = {
    "a year (%Y or %y)": ("%Y", "%y"),
    "a month (%m, %-m, %b or %B)": ("%m", "%-m", "%b", "%B"),
    "a day (%d or %-d)": ("%d", "%-d"),
}


def _one_or_many(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _as_text(value: object) -> object:
    """YAML reads `Oui: true`, numbers and dates as such; the file would hold their text."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, str) and "\0" in value:
        raise ValueError("expected text without NUL characters")
    return str(value) if isinstance(value, int | float) else value


Text = Annotated[str, BeforeValidator(_as_text)]
Texts = Annotated[tuple[Text, ...], BeforeValidator(_one_or_many)]


class TableMapping(BaseModel):
    """How the file or files of one table are laid out; the defaults are the standard layout."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str | None = None
    delimiter: str = ","
    encoding: Literal[
        "utf-8", "latin-1", "iso-8859-1", "iso-8859-15", "cp1252", "windows-1252", "utf-16"
    ] = "utf-8"
    quote: str = '"'
    decimal_separator: Literal[".", ","] = "."
    timestamp_format: Texts = ()
    date_format: Texts = ()
    time_zone: str = "UTC"
    true_values: Texts = ()
    false_values: Texts = ()
    columns: dict[str, Text] = Field(default_factory=dict)
    constants: dict[str, Text] = Field(default_factory=dict)

    @field_validator("file")
    @classmethod
    def _stays_in_folder(cls, value: str | None) -> str | None:
        if value is None:
            return None
        path = PurePosixPath(value)
        if not value or path.is_absolute() or ".." in path.parts:
            raise ValueError("expected a file name or glob inside the folder")
        return value

    @field_validator("delimiter")
    @classmethod
    def _delimits(cls, value: str) -> str:
        value = _DELIMITER_WORDS.get(value, value)
        if len(value) != 1 or not value.isascii() or value.isalnum() or value in "\"' \r\n\0":
            raise ValueError("expected one character such as ';', ',', '|' or the word tab")
        return value

    @field_validator("quote")
    @classmethod
    def _quotes(cls, value: str) -> str:
        if value not in ("", '"', "'"):
            raise ValueError("expected '\"', \"'\" or '' (no quoting)")
        return value

    @field_validator("timestamp_format", "date_format")
    @classmethod
    def _names_a_day(cls, formats: tuple[str, ...]) -> tuple[str, ...]:
        for text in formats:
            for part, codes in _DAY_PARTS.items():
                if not any(code in text for code in codes):
                    raise ValueError(f"{text!r} lacks {part}")
            try:
                duckdb.connect().execute(
                    f"select try_strptime(t.v, {_literal(text)}) from (values ('')) t(v)"
                )
            except duckdb.Error as error:
                raise ValueError(f"{text!r}: {str(error).splitlines()[0]}") from error
        return formats

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"{value!r} is no IANA time zone such as Europe/Paris") from error
        return value

    @model_validator(mode="after")
    def _gives_each_column_once(self) -> TableMapping:
        if twice := sorted(self.columns.keys() & self.constants.keys()):
            raise ValueError(f"{', '.join(twice)}: both under columns and under constants")
        return self


STANDARD = TableMapping()


class Mapping(BaseModel):
    """The whole mapping file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tables: dict[str, TableMapping]

    @model_validator(mode="after")
    def _names_the_contract(self) -> Mapping:
        for name, mapping in self.tables.items():
            table = TABLES_BY_NAME.get(name)
            if table is None:
                raise ValueError(f"tables.{name}: no such table; known: {_known_tables()}")
            for column in (*mapping.columns, *mapping.constants):
                if column not in fillable(table):
                    raise ValueError(
                        f"tables.{name}: {column} is no column of {name}; "
                        f"known: {', '.join(fillable(table))}"
                    )
        return self


def fillable(table: RawTable) -> tuple[str, ...]:
    """The columns a file of this table may fill."""
    return (*(column.name for column in table.columns), STAMPED_IN_FILE)


def read_mapping(folder: Path) -> tuple[Mapping, str | None]:
    """The folder's mapping and its file name; an empty mapping where there is no file.

    Raises InputProblemsError with one line per thing wrong in the mapping file.
    """
    present = [name for name in NAMES if (folder / name).is_file()]
    if not present:
        return Mapping(tables={}), None
    if len(present) > 1:
        raise InputProblemsError([_problem(present[1], "one mapping file, not two: remove one")])
    name = present[0]
    try:
        content = yaml.safe_load((folder / name).read_text(encoding="utf-8-sig"))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark else None
        raise InputProblemsError(
            [Problem(name, line, None, None, f"expected YAML: {error.problem}")]
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        raise InputProblemsError([_problem(name, f"expected YAML in UTF-8: {error}")]) from error
    try:
        return Mapping.model_validate(content), name
    except ValidationError as error:
        raise InputProblemsError([_explain(name, e) for e in error.errors()]) from error


def _explain(name: str, error: Any) -> Problem:
    where = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        known = TableMapping.model_fields if where.startswith("tables.") else Mapping.model_fields
        return _problem(name, f"unknown key {where}; known here: {', '.join(known)}")
    if not where and error["type"] == "model_type":
        return _problem(name, "expected the key `tables` with one entry per table")
    message = re.sub(r"^Value error, ", "", error["msg"])
    return _problem(name, f"{where}: {message}" if where else message)


def _problem(name: str, expected: str) -> Problem:
    return Problem(name, None, None, None, expected)


def _known_tables() -> str:
    return ", ".join(TABLES_BY_NAME)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
