"""What was written to whom, so that a message is written once per enrolment.

A file beside the warehouse, a line of JSON per message, only ever appended to. A message is noted
before its CSV file is put in place, and the file is noted once it is there: should the process die
in between, the next call looks whether it is, and forgets the messages of a file that never was.
Notes name people by id: no names, no addresses.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

from filelock import FileLock

from orchestration.errors import UnusableInputError
from orchestration.nurturing.mailing import Due, write_csv
from orchestration.workspace import sync_to_disk

_Key = tuple[str, str, str]


class Written:
    """The messages written so far."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._keys: set[_Key] = set()

    @classmethod
    @contextmanager
    def opened(cls, file: Path) -> Iterator[Self]:
        """Keep the notes to ourselves: a second call waits, and then writes what is left.

        Raises:
            UnusableInputError: a line of the file is no note.
        """
        file.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(file.with_suffix(".lock")):
            notes = cls(file)
            notes._read()
            yield notes

    def __contains__(self, due: Due) -> bool:
        """Whether a message of this enrolment was written, under whatever id of the person."""
        enrolled_at = due.enrolled_at.isoformat()
        return any((contact, due.track, enrolled_at) in self._keys for contact in due.contact_ids)

    def write(self, due: Sequence[Due], file: Path, now: datetime) -> int:
        """Write the messages that can be sent into a CSV file, and note them; gives how many.

        Without any there is no file. `now` is naive UTC.

        Raises:
            UnusableInputError: the file is there: what is in it may not have been sent yet.
        """
        ready = [one for one in due if one.message is not None]
        if not ready:
            return 0
        if file.exists():
            raise UnusableInputError(
                f"{file} is there already, and its messages may not have been sent yet. Name "
                "another file, or move it away."
            )
        file = file.resolve()
        part, batch = _part_of(file), uuid4().hex
        write_csv(ready, part)
        about = {"batch": batch, "file": str(file), "written_at": f"{now.isoformat()}Z"}
        self._append(
            {
                "lead_id": one.lead_id,
                "track": one.track,
                "enrolled_at": one.enrolled_at.isoformat(),
                "template_id": one.template_id,
                **about,
            }
            for one in ready
        )
        part.replace(file)
        sync_to_disk(file.parent)
        self._append([{"batch": batch, "file": str(file), "is_there": True}])
        self._keys |= {(one.lead_id, one.track, one.enrolled_at.isoformat()) for one in ready}
        return len(ready)

    def _append(self, notes: Iterable[dict[str, Any]]) -> None:
        """Add lines; on the disk when this returns."""
        with self.file.open("a", encoding="utf-8") as lines:
            lines.write("".join(json.dumps(note) + "\n" for note in notes))
            lines.flush()
            os.fsync(lines.fileno())

    def _read(self) -> None:
        keys: dict[str, set[_Key]] = {}
        files: dict[str, Path] = {}
        settled: dict[str, bool] = {}
        for number, line in enumerate(self._lines(), 1):
            try:
                note = json.loads(line)
                batch = note["batch"]
                if "is_there" in note:
                    settled[batch] = note["is_there"]
                else:
                    files[batch] = Path(note["file"])
                    key = note["lead_id"], note["track"], note["enrolled_at"]
                    keys.setdefault(batch, set()).add(key)
            except (ValueError, KeyError, TypeError):
                raise UnusableInputError(
                    f"{self.file}, line {number}: not a note of a message: {line[:80]!r}. Delete "
                    "it: the message it was about may be written once more."
                ) from None
        for batch in [batch for batch in files if batch not in settled]:
            settled[batch] = files[batch].exists()
            _part_of(files[batch]).unlink(missing_ok=True)
            self._append([{"batch": batch, "file": str(files[batch]), "is_there": settled[batch]}])
        self._keys = {key for batch, of_batch in keys.items() if settled[batch] for key in of_batch}

    def _lines(self) -> list[str]:
        """The lines there are, without one that a call that died did not finish."""
        if not self.file.exists():
            return []
        whole, end, rest = self.file.read_text(encoding="utf-8").rpartition("\n")
        if rest:
            os.truncate(self.file, len((whole + end).encode()))
        return whole.splitlines()


def free_name(folder: Path, stem: str) -> Path:
    """A CSV file of that name which is not there yet."""
    file, number = folder / f"{stem}.csv", 2
    while file.exists():
        file, number = folder / f"{stem}-{number}.csv", number + 1
    return file


def _part_of(file: Path) -> Path:
    return file.with_name(f"{file.name}.part")
