"""What can be set about the simulated account: its limits, its app's rights, disputed behaviour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

SCOPES = (
    "crm.objects.contacts.read",
    "crm.objects.contacts.write",
    "crm.schemas.contacts.read",
    "crm.schemas.contacts.write",
)


@dataclass
class Settings:
    """The settings, as HubSpot is by default."""

    requests_per_ten_seconds: int = 190
    """0: no limit."""
    requests_per_day: int = 625_000
    """0: no limit."""
    sends_retry_after: bool = False
    """Whether a 429 has the header `Retry-After`; documented for some APIs, not for contacts."""
    scopes: list[str] = field(default_factory=lambda: list(SCOPES))
    token_is_expired: bool = False
    updates_are_partial: bool = False
    """Whether a wrong value of a traced input fails it alone; documented for creations only."""
    merge_makes_new_record: bool = False
    """Whether a merge answers under an id of its own, or under the primary's."""
    updates_skip_merged: bool = False
    """Whether a batch update of a merged contact's old id does nothing, and says nothing of it."""
    lifecycle_may_go_back: bool = False
    """Whether `lifecyclestage` may be set back without being cleared first."""

    def change(self, changes: Mapping[str, Any]) -> None:
        """Set some.

        Raises:
            KeyError: there is no such setting.
            TypeError: it is of another type.
        """
        known = {each.name for each in fields(self)}
        for name, value in changes.items():
            if name not in known:
                raise KeyError(name)
            if type(value) is not type(getattr(self, name)):
                raise TypeError(f"{name}: {value!r} is not of its type")
        for name, value in changes.items():
            setattr(self, name, value)

    def as_json(self) -> dict[str, Any]:
        """All of them as they are."""
        return asdict(self)
