"""HubSpot's refusals, in the form of its error bodies."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from simulators.messages import Answer

PORTAL = 1_234_567
_SCOPES_PAGE = "https://developers.hubspot.com/scopes"


class RefusalError(Exception):
    """A request that is refused as a whole."""

    def __init__(self, status: int, category: str | None, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status, self.category, self.message, self.more = status, category, message, more

    def answer(self) -> Answer:
        """What HubSpot sends; the fields vary by endpoint, and limits have no category."""
        correlation = str(uuid4())
        body = {
            "status": "error",
            "message": self.message,
            "correlationId": correlation,
            **self.more,
            **({"category": self.category} if self.category else {}),
        }
        return Answer(self.status, body, {"X-HubSpot-Correlation-Id": correlation})


@dataclass(frozen=True)
class Invalid:
    """A property value that is not accepted, and HubSpot's code for it."""

    name: str
    code: str
    message: str


def invalid_values(found: Iterable[Invalid]) -> RefusalError:
    """The refusal of values: a list in JSON inside the message, and the same as `errors`."""
    problems = list(found)
    listed = [
        {
            "isValid": False,
            "message": each.message,
            "error": each.code,
            "name": each.name,
            "localizedErrorMessage": each.message,
            "portalId": PORTAL,
        }
        for each in problems
    ]
    return RefusalError(
        400,
        "VALIDATION_ERROR",
        f"Property values were not valid: {json.dumps(listed, separators=(',', ':'))}",
        errors=[
            {
                "message": each.message,
                "code": each.code,
                "context": {"propertyName": [each.name]},
            }
            for each in problems
        ],
    )


def unauthenticated() -> RefusalError:
    """No token, or not the right one."""
    return RefusalError(
        401,
        "INVALID_AUTHENTICATION",
        "Authentication credentials not found. This API supports OAuth 2.0 authentication and "
        "you can find more details at "
        "https://developers.hubspot.com/docs/methods/auth/oauth-overview",
    )


def expired() -> RefusalError:
    """A token that was good once."""
    return RefusalError(
        401, "EXPIRED_AUTHENTICATION", "The OAuth token used to make this call expired."
    )


def missing_scope(scope: str) -> RefusalError:
    """A token without the right to do this."""
    return RefusalError(
        403,
        "MISSING_SCOPES",
        "This app hasn't been granted all required scopes to make this call. "
        f"Read more about required scopes here: {_SCOPES_PAGE}.",
        errors=[
            {
                "message": "One or more of the following scopes are required.",
                "context": {"requiredGranularScopes": [scope]},
            }
        ],
        links={"scopes": _SCOPES_PAGE},
    )


def too_many_requests(policy: str) -> RefusalError:
    """A limit is reached: `policyName` says which, but for the one on searches."""
    named = {} if policy == "SECONDLY" else {"policyName": policy}
    return RefusalError(
        429, None, f"You have reached your {policy.lower()} limit.", errorType="RATE_LIMIT", **named
    )


def not_found(message: str = "resource not found", **context: list[str]) -> RefusalError:
    """There is no such object."""
    return RefusalError(
        404, "OBJECT_NOT_FOUND", message, **({"context": context} if context else {})
    )


def validation(message: str, **context: list[str]) -> RefusalError:
    """A request that is not of the contract's form."""
    return RefusalError(
        400, "VALIDATION_ERROR", message, **({"context": context} if context else {})
    )


def not_unique(name: str) -> RefusalError:
    """Records cannot be told by this property: batch updates not even by email."""
    return validation(
        f"Unable to perform update/upsert by non-unique 0-1 property {name} in portal ID {PORTAL}"
    )


def conflict(message: str) -> RefusalError:
    """It exists already."""
    return RefusalError(409, "CONFLICT", message)


def record_error(
    category: str, message: str, context: Mapping[str, list[str]], **more: Any
) -> dict[str, Any]:
    """One entry of `errors` in a batch answer."""
    return {
        "status": "error",
        "category": category,
        "message": message,
        "context": dict(context),
        **more,
    }


def records_not_found(ids: list[str], traces: list[str]) -> dict[str, Any]:
    """The entry for ids of a batch that are no (longer) contacts."""
    context = {"ids": ids} | ({"objectWriteTraceId": traces} if traces else {})
    return record_error(
        "OBJECT_NOT_FOUND",
        "Could not get some CONTACT objects, they may be deleted or not exist. "
        "Check that ids are valid.",
        context,
    )
