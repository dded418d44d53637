"""Salesforce's refusals: a list of them for a whole request, or inside one record's result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simulators.messages import Answer


class RefusalError(Exception):
    """A request that is refused as a whole."""

    def __init__(
        self, status: int, code: str, message: str, fields: Sequence[str] | None = None
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.status, self.code, self.message, self.fields = status, code, message, fields

    def answer(self) -> Answer:
        """What Salesforce sends."""
        body: dict[str, Any] = {"message": self.message, "errorCode": self.code}
        if self.fields is not None:
            body["fields"] = list(self.fields)
        return Answer(self.status, [body])


class RecordError(Exception):
    """One record that is refused, in a collection or alone."""

    def __init__(self, code: str, message: str, fields: Sequence[str] = ()) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.fields = code, message, list(fields)

    def result(self) -> dict[str, Any]:
        """Its place in the answer to a collection: without an id, as Salesforce leaves it out."""
        error = {"statusCode": self.code, "message": self.message, "fields": self.fields}
        return {"success": False, "errors": [error]}

    def alone(self) -> RefusalError:
        """The refusal of a request that is about this record only."""
        status = 404 if self.code in ("ENTITY_IS_DELETED", "NOT_FOUND") else 400
        return RefusalError(status, self.code, self.message, self.fields)


def expired_session() -> RefusalError:
    """No session, or one that is over."""
    return RefusalError(401, "INVALID_SESSION_ID", "Session expired or invalid")


def limit_exceeded() -> RefusalError:
    """The day's requests are used up."""
    return RefusalError(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")


def not_found() -> RefusalError:
    """There is no such resource."""
    return RefusalError(404, "NOT_FOUND", "The requested resource does not exist")


def unreadable(message: str) -> RefusalError:
    """A body that is not what the resource takes."""
    return RefusalError(400, "JSON_PARSER_ERROR", message)


def no_such_field(name: str, sobject: str) -> RefusalError:
    """A field that the object does not have, or that this user may not see: they look alike."""
    message = f"No such column '{name}' on sobject of type {sobject}"
    return RefusalError(400, "INVALID_FIELD", message)


def rolled_back() -> RecordError:
    """A good record among bad ones, all or none."""
    return RecordError(
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
        "Record rolled back because not all records were valid and the request was using "
        "AllOrNone header",
    )
