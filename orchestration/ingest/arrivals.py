"""Which files of a folder belong to which raw table, and how they are laid out."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from orchestration.errors import InputProblemsError, Problem, UnusableInputError
from orchestration.ingest.contract import TABLES, RawTable
from orchestration.ingest.mapping import NAMES, STANDARD, TableMapping, read_mapping

_ENDINGS = (".csv", ".parquet")


@dataclass(frozen=True)
class Arrival:
    """One file for one table; `name` is its path inside the folder, as it is recorded."""

    table: RawTable
    path: Path
    name: str
    layout: TableMapping

    @property
    def is_parquet(self) -> bool:
        """Whether the file is Parquet; everything else is read as CSV."""
        return self.path.suffix.lower() == ".parquet"


@dataclass(frozen=True)
class Arrivals:
    """The files in landing order, and the names in the folder that no table claims."""

    files: tuple[Arrival, ...]
    ignored: tuple[str, ...]
    mapping_name: str | None


def find_arrivals(folder: Path) -> Arrivals:
    """List what the folder brings, by table in contract order and by name in byte order.

    Raises UnusableInputError where there is nothing to load, InputProblemsError where a table
    has two kinds of place or the mapping file is wrong.
    """
    if not folder.is_dir():
        kind = "is a file" if folder.exists() else "does not exist"
        raise UnusableInputError(f"{folder} {kind}: expected a folder with {_expected_names()}")
    mapping, mapping_name = read_mapping(folder)
    files: list[Arrival] = []
    problems: list[Problem] = []
    taken: set[str] = set() if mapping_name is None else {mapping_name}
    for table in TABLES:
        layout = mapping.tables.get(table.name, STANDARD)
        if layout.file is None:
            names = _standard_places(folder, table, taken, problems)
        else:
            names = _mapped_places(folder, table, layout.file, mapping_name, problems)
        files += [
            Arrival(table, folder / name, recordable(name), layout)
            for name in sorted(names, key=os.fsencode)
        ]
    ignored = tuple(recordable(name) for name in _unclaimed(folder, taken, files))
    if problems:
        raise InputProblemsError(problems)
    if not files:
        found = f"found only {', '.join(ignored)}" if ignored else "it is empty"
        raise UnusableInputError(
            f"{folder} has no table to load ({found}): expected {_expected_names()}"
        )
    return Arrivals(tuple(files), ignored, mapping_name)


def _standard_places(
    folder: Path, table: RawTable, taken: set[str], problems: list[Problem]
) -> list[str]:
    """`<table>.csv`, `<table>.parquet` or the part files in `<table>/`: exactly one of them."""
    wanted = [table.name + ending for ending in _ENDINGS]
    places = [name for name in _files_in(folder) if name.lower() in wanted]
    parts_folder = folder / table.name
    parts: list[str] = []
    if parts_folder.is_dir():
        places.append(table.name + "/")
        parts = [
            f"{table.name}/{name}"
            for name in _files_in(parts_folder)
            if name.lower().endswith(_ENDINGS) and not name.startswith((".", "_"))
        ]
    taken.update(place.rstrip("/") for place in places)
    if len(places) > 1:
        expected = (
            f"expected one place for the table {table.name}, found "
            f"{' and '.join(sorted(places))}: remove all but one"
        )
        problems.append(_problem(places[0], expected))
        return []
    if parts_folder.is_dir() and not parts:
        expected = (
            "expected part files *.csv or *.parquet directly in this folder: "
            "put them there, or remove the folder"
        )
        problems.append(_problem(table.name + "/", expected))
    return parts if parts_folder.is_dir() else places


def _mapped_places(
    folder: Path, table: RawTable, pattern: str, mapping_name: str | None, problems: list[Problem]
) -> list[str]:
    """The files that the mapping file names for the table, literally or by a glob."""
    if (folder / pattern).is_file():
        return [pattern]
    names = [path.relative_to(folder).as_posix() for path in folder.glob(pattern) if path.is_file()]
    if not names:
        problems.append(
            _problem(
                mapping_name or NAMES[0],
                f"tables.{table.name}.file: no file of the folder matches {pattern!r}",
            )
        )
    return names


def _unclaimed(folder: Path, taken: set[str], files: list[Arrival]) -> list[str]:
    """What lies beside the files: in the folder itself, and in its folders of part files."""
    claimed = {file.path for file in files}
    places = [folder, *sorted({path.parent for path in claimed} - {folder})]
    names = [
        path.relative_to(folder).as_posix()
        for place in places
        for path in place.iterdir()
        if path not in claimed
        and path.relative_to(folder).as_posix() not in taken
        and not any(file.is_relative_to(path) for file in claimed)
    ]
    return sorted(names, key=os.fsencode)


def _files_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.is_file()]


def _expected_names() -> str:
    tables = ", ".join(table.name for table in TABLES)
    return (
        "<table>.csv, <table>.parquet or a folder <table>/ with such part files, where <table> "
        f"is one of {tables} (or a mapping.yml that names the files)"
    )


def recordable(name: str) -> str:
    """The name as text that a database takes, whatever bytes the file system holds."""
    return os.fsencode(name).decode("utf-8", "replace")


def _problem(file: str, expected: str) -> Problem:
    return Problem(recordable(file), None, None, None, expected)
