"""Makes a folder of believable raw data, deterministic from a seed."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path

from orchestration.demo.tables import DemoSpec, write_tables
from orchestration.errors import UnusableInputError
from orchestration.ingest.contract import TABLES

MARKER = "demo.json"
_EARLIEST_END = date(1995, 1, 1)
_LATEST_END = date(2200, 1, 1)


def make_demo(folder: Path, *, people: int, seed: int, until: date | None = None) -> dict[str, int]:
    """Write an invented B2B history in the raw contract into `folder`; rows per table.

    The history spans the 24 months before `until` (default: today, UTC) and ends early that day;
    the meetings already booked may lie after it. The same people, seed and until give the same
    rows on every machine. An earlier demo in the folder is replaced, whole and at once.

    Raises UnusableInputError when the arguments make no sense or the folder holds anything but
    an earlier demo; nothing is changed then.
    """
    spec = _checked(people, seed, until or datetime.now(UTC).date())
    folder = folder.expanduser().resolve()
    _refuse_foreign(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnusableInputError(f"{folder.parent} cannot be made a folder: {error}") from error
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as place:
        new = Path(place) / "new"
        new.mkdir()
        rows = write_tables(new, spec, spill=Path(place) / "spill")
        (new / MARKER).write_text(_marker(spec, rows), encoding="utf-8")
        _swap(folder, new, Path(place) / "old")
    return rows


def _checked(people: int, seed: int, until: date) -> DemoSpec:
    if people < 1:
        raise UnusableInputError(f"people: found {people}, expected at least 1")
    if not -(2**63) <= seed < 2**63:
        raise UnusableInputError(f"seed: found {seed}, expected a whole number of at most 64 bits")
    if not _EARLIEST_END <= until <= _LATEST_END:
        raise UnusableInputError(
            f"until: found {until}, expected a day from {_EARLIEST_END} to {_LATEST_END}"
        )
    return DemoSpec(people, seed, until)


def _refuse_foreign(folder: Path) -> None:
    """What a demo did not write is never deleted."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise UnusableInputError(f"{folder} is a file, expected a folder for the demo")
    found = {entry.name for entry in folder.iterdir()}
    if not found:
        return
    if not _is_marker(folder / MARKER):
        raise UnusableInputError(
            f"{folder} is not empty and holds no earlier demo; name another folder or empty it"
        )
    written = {MARKER, "events", "events.parquet", *(f"{table.name}.csv" for table in TABLES)}
    foreign = sorted(found - written)
    if foreign:
        raise UnusableInputError(
            f"{folder} holds files that no demo wrote ({', '.join(foreign[:5])}); "
            "move them away or name another folder"
        )


def _swap(folder: Path, new: Path, old: Path) -> None:
    """Put the new folder in the place of the old one; a failure leaves the old one there."""
    had_one = folder.exists()
    if had_one:
        folder.rename(old)
    try:
        new.rename(folder)
    except OSError:
        if had_one:
            old.rename(folder)
        raise


def _marker(spec: DemoSpec, rows: dict[str, int]) -> str:
    content = {
        "people": spec.people,
        "seed": spec.seed,
        "until": spec.until.isoformat(),
        "ends_at": spec.ends_at.isoformat(),
        "rows": rows,
    }
    return json.dumps(content, indent=2) + "\n"


def _is_marker(file: Path) -> bool:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and {"people", "seed", "until"} <= content.keys()
