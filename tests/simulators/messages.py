"""A request and its answer, as the simulated CRMs see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True)
class Request:
    """One HTTP request, its body already read."""

    method: str
    path: str
    """Decoded, without the query."""
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    """By lower-case name."""
    body: Any = None
    """The parsed JSON; None where there is none, or it cannot be read."""
    malformed: str | None = None
    """Why the body is not JSON."""


@dataclass(frozen=True)
class Answer:
    """What the CRM says: a body of None is an empty one."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Spoilt:
    """Records of a batch that a fault makes fail, and the CRM's code and words for it."""

    ids: frozenset[str] = frozenset()
    code: str | None = None
    message: str | None = None

    def __contains__(self, record_id: str) -> bool:
        return record_id in self.ids


NOTHING_SPOILT = Spoilt()


class UnknownVerbError(Exception):
    """The control API is asked for what it does not do."""


class Application(Protocol):
    """A simulated CRM behind the HTTP server, which calls it from one thread at a time."""

    def answer(self, request: Request, spoilt: Spoilt) -> Answer:
        """The CRM's answer, with its effects."""
        ...

    def breaches(self, request: Request) -> list[str] | None:
        """What breaks the contract of its endpoint, a line each; None where there is none."""
        ...

    def refuse(self, breaches: Sequence[str]) -> Answer:
        """The CRM's refusal of a request that is not of the contract's form."""
        ...

    def control(self, verb: str, body: Mapping[str, Any]) -> Any:
        """Do what no API call does: seed records, edit one as a person, read it as it is.

        Raises:
            UnknownVerbError: there is no such verb.
            KeyError, TypeError, ValueError: it cannot be done.
        """
        ...

    def ids_in(self, request: Request) -> frozenset[str]:
        """The record ids a request names."""
        ...

    def failure(self, status: int) -> Answer:
        """What this CRM says with an HTTP status that a fault asks for."""
        ...

    def configure(self, settings: Mapping[str, Any]) -> Mapping[str, Any]:
        """Change settings, by name; all of them as they are now."""
        ...

    def dump(self) -> dict[str, Any]:
        """Everything it knows, as JSON."""
        ...

    def load(self, state: Mapping[str, Any]) -> None:
        """Take a dump back; an empty one is a new CRM."""
        ...
