"""The landing folder: which files are there, and whether they stand still."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Look:
    """What a look at the folder found; what a sensor remembers from tick to tick."""

    seen: str = ""
    """Fingerprint of the files at the last look."""
    loaded: str = ""
    """Fingerprint of the files a run was last asked to load."""

    @classmethod
    def remembered(cls, cursor: str | None) -> Look:
        """As it was written down."""
        return cls(**json.loads(cursor)) if cursor else cls()

    def cursor(self) -> str:
        """For the next tick."""
        return json.dumps({"seen": self.seen, "loaded": self.loaded})

    def again(self, found: str) -> tuple[Look, bool]:
        """What to remember after another look, and whether a run should load what is there.

        Files still being written change from look to look: only a folder that stood still between
        two looks is loaded, and only once.
        """
        is_ready = bool(found) and found == self.seen and found != self.loaded
        return Look(found, found if is_ready else self.loaded), is_ready


def fingerprint(folder: Path) -> str:
    """Names, sizes and times of the files in a folder; empty when there are none."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    digest = hashlib.sha256()
    for path in files:
        found = path.stat()
        digest.update(
            f"{path.relative_to(folder)}\0{found.st_size}\0{found.st_mtime_ns}\0".encode()
        )
    return digest.hexdigest() if files else ""
