"""The destination `files`: one CSV per run, in the layout the CRMs' importers take.

The file is written under another name and renamed when it is complete: a file that is there is
whole, so whether a run that was cut short has sent its records is answered by looking for it.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from orchestration.crm.destination import Answer, Change, Outcome
from orchestration.crm.mapping import CrmMapping
from orchestration.spreadsheet import inert


class FilesDestination:
    """Writes `crm-RUN-INSTANT.csv` into the outbox: whole rows of the records that changed."""

    name = "files"
    batch_size = None
    takes_whole_rows = True

    def __init__(self, outbox: Path, mapping: CrmMapping) -> None:
        self.outbox = outbox
        self.mapping = mapping

    def check(self, mapping: CrmMapping) -> list[str]:
        """A file takes any property."""
        return []

    def push(self, run: str, changes: Iterable[Change]) -> Iterator[Answer]:
        """Write the run's file; its records are acknowledged once it is there whole."""
        self.outbox.mkdir(parents=True, exist_ok=True)
        instant = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        file = self.outbox / f"{self._stem(run)}{instant}.csv"
        part = file.with_suffix(".part")
        written = self._write(part, changes)
        self._put_in_place(part, file)
        for sequence in written:
            yield Answer(sequence, Outcome.ACKNOWLEDGED)

    def settle(self, run: str, changes: Iterable[Change]) -> Iterator[Answer]:
        """Sent if the run's file is there, never sent if not."""
        for leftover in self.outbox.glob("*.part"):
            leftover.unlink()
        file = self.file_of(run)
        for change in changes:
            if file is None:
                yield Answer(change.sequence, Outcome.SUPERSEDED, "the file was never finished")
            else:
                yield Answer(change.sequence, Outcome.ACKNOWLEDGED, f"found in {file.name}")

    def file_of(self, run: str) -> Path | None:
        """The finished file of a run."""
        name = re.compile(re.escape(self._stem(run)) + r"\d{8}T\d{6}Z\.csv")
        if not self.outbox.is_dir():
            return None
        return next((file for file in self.outbox.iterdir() if name.fullmatch(file.name)), None)

    @staticmethod
    def _stem(run: str) -> str:
        return f"crm-{re.sub(r'[^A-Za-z0-9_.-]', '_', run)}-"

    def _write(self, part: Path, changes: Iterable[Change]) -> list[int]:
        """Write the rows; gives their sequence numbers."""
        headers = [each.property for each in self.mapping.properties]
        written = []
        with part.open("w", encoding="utf-8", newline="") as stream:
            rows = csv.writer(stream, quoting=csv.QUOTE_ALL)
            rows.writerow([self.mapping.object_id.property, *headers])
            for change in changes:
                cells = [change.object_id, *(change.record[header] for header in headers)]
                rows.writerow([inert(cell) for cell in cells])
                written.append(change.sequence)
            stream.flush()
            os.fsync(stream.fileno())
        return written

    def _put_in_place(self, part: Path, file: Path) -> None:
        part.rename(file)
        folder = os.open(self.outbox, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
