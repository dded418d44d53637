"""Faults that wait for a request: what goes wrong, and for which requests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any

from simulators.messages import Request, Spoilt


class Kind(StrEnum):
    """What goes wrong."""

    STATUS = "status"
    """Answer with a status (and headers, body); nothing is done."""
    STATUS_AFTER_COMMIT = "status_after_commit"
    """Do what was asked, then answer with a status all the same."""
    DROP_BEFORE_COMMIT = "drop_before_commit"
    """Close the connection without an answer; nothing is done."""
    DROP_RESPONSE_AFTER_COMMIT = "drop_response_after_commit"
    """Do what was asked, then close the connection without an answer."""
    PARTIAL = "partial"
    """The records in `partial` fail, the others of the batch do not."""
    FEWER_RESULTS = "fewer_results"
    """Do all of it, and leave the last results out of the answer without a word."""
    MALFORMED = "malformed"
    """Do what was asked, and answer with half of the JSON."""
    SLOW = "slow"
    """Do and answer as always, after `delay`."""
    MEANWHILE = "meanwhile"
    """Do and answer as always, but just before somebody does what `meanwhile` says."""


@dataclass(frozen=True)
class Fault:
    """A fault for the next requests that match."""

    fault: Kind
    times: int | None = 1
    """How many requests it meets; None: all, until it is disarmed."""
    skip: int = 0
    """How many matching requests pass before the first is met."""
    method: str | None = None
    path: str = ""
    """A part of the path."""
    ids: tuple[str, ...] = ()
    """Only requests that name one of these records."""
    status: int = 500
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    """None: what this CRM says with such a status."""
    delay: float = 0.0
    """Seconds until the answer."""
    partial: tuple[str, ...] = ()
    code: str | None = None
    """The CRM's error code for the records in `partial`."""
    message: str | None = None
    fewer_results: int = 1
    meanwhile: tuple[Mapping[str, Any], ...] = ()
    """Verbs of the control API, `{"verb": "edit", "body": {...}}`, done before anything else."""

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> Fault:
        """A fault from JSON.

        Raises:
            ValueError: an unknown field or kind, or a kind without what it needs.
        """
        unknown = set(content) - {each.name for each in fields(cls)}
        if unknown:
            raise ValueError(f"a fault has no {', '.join(sorted(unknown))}")
        lists = {name: tuple(content.get(name, ())) for name in ("ids", "partial", "meanwhile")}
        fault = cls(**{**content, "fault": Kind(content["fault"]), **lists})
        if fault.fault is Kind.PARTIAL and not fault.partial:
            raise ValueError("a partial fault needs the ids that fail in `partial`")
        if fault.fault is Kind.MEANWHILE and not fault.meanwhile:
            raise ValueError("`meanwhile` has to say what somebody does")
        return fault

    def as_json(self) -> dict[str, Any]:
        """The fault as it is armed and read."""
        return {**asdict(self), "headers": dict(self.headers)}

    def meets(self, request: Request, ids: frozenset[str]) -> bool:
        """Whether it is about this request."""
        return (
            self.method in (None, request.method)
            and self.path in request.path
            and (not self.ids or not ids.isdisjoint(self.ids))
        )

    @property
    def spoilt(self) -> Spoilt:
        """The records it makes fail."""
        return Spoilt(frozenset(self.partial), self.code, self.message)


@dataclass
class _Armed:
    fault: Fault
    to_skip: int
    left: int | None


class FaultBoard:
    """The faults that are armed, first come first met."""

    def __init__(self) -> None:
        self._armed: list[_Armed] = []

    def arm(self, faults: Iterable[Fault]) -> None:
        """Let faults wait."""
        self._armed += [_Armed(fault, fault.skip, fault.times) for fault in faults]

    def disarm(self) -> None:
        """Forget them all."""
        self._armed.clear()

    def waiting(self) -> list[dict[str, Any]]:
        """What is still armed, and for how many requests."""
        return [{**each.fault.as_json(), "left": each.left} for each in self._armed]

    def take(self, request: Request, ids: frozenset[str]) -> Fault | None:
        """The fault this request meets, if any."""
        for each in self._armed:
            if not each.fault.meets(request, ids):
                continue
            if each.to_skip:
                each.to_skip -= 1
                continue
            if each.left is not None:
                each.left -= 1
                if not each.left:
                    self._armed.remove(each)
            return each.fault
        return None
