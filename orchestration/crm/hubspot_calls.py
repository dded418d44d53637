"""Calls to HubSpot through its official client: whose token, how fast, how often again.

The client has no time-outs and retries nothing that is a POST; both are here, with what an error
says once nobody's headers are in it.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import urllib3
from hubspot import Client
from hubspot.crm.contacts.exceptions import ApiException
from hubspot.crm.properties.exceptions import ApiException as PropertiesApiException

from orchestration.crm.destination import StopError
from orchestration.crm.pace import Pace, backoff, retry_after
from orchestration.errors import LeadgerError, UnusableInputError

TOKEN = "LEADGER_HUBSPOT_TOKEN"
ADDRESS = "LEADGER_HUBSPOT_URL"
TIMEOUT_SECONDS = (5, 30)
TRIES = 6
MAY_BE_DONE = (500, 502, 504)
"""Statuses after which nobody knows whether an update was done."""
LOST = (urllib3.exceptions.HTTPError, ConnectionError, TimeoutError)
"""What is raised where there was no answer."""
_ALLOWED = "X-HubSpot-RateLimit-Max"
_WINDOW = "x-hubspot-ratelimit-interval-milliseconds"
_WINDOW_SECONDS = 10.0


class Calls:
    """The way to one account; the token comes from the environment, and is in no message."""

    def __init__(
        self, requests_per_10_seconds: int, at_once: int, sleep: Callable[[float], None]
    ) -> None:
        token = os.environ.get(TOKEN, "")
        if not token:
            raise UnusableInputError(
                f"{TOKEN} is not set: give the access token of a private app with the scopes "
                "crm.objects.contacts.read and .write, crm.schemas.contacts.read and .write."
            )
        self.sleep = sleep
        self.pace = Pace(requests_per_10_seconds, sleep=sleep)
        self._stopped: StopError | None = None
        host = os.environ.get(ADDRESS)
        # our own retries: the client's would repeat neither a POST nor a lost answer
        client = Client.create(
            access_token=token,
            retry=urllib3.Retry(0),
            connection_pool_maxsize=at_once,
            **({"host": host} if host else {}),
        )
        # asked for once each: every time the client makes them anew, with new connections
        self.batches = client.crm.contacts.batch_api
        # the client guesses the format of two instants a record: half of all the time a sync takes
        self.batches.api_client._ApiClient__deserialize_datetime = datetime.fromisoformat
        self.groups = client.crm.properties.groups_api
        self.schema = client.crm.properties.core_api

    def ask(
        self, call: Callable[[], tuple[Any, int, Mapping[str, str]]], *, is_repeatable: bool = False
    ) -> Any:
        """Make a call at the pace allowed; wait and try again where that may help.

        The mapping says how many requests in 10 seconds at most, HubSpot itself how many it takes.
        What an update did whose answer was lost (time-out, broken connection, half an answer, 500,
        502, 504) is open, and the caller's business; what may be repeated is. Once HubSpot
        takes nothing more, no other call begins, from whichever thread.
        """
        for attempt in range(1, TRIES + 1):
            self.pace.wait()
            if self._stopped is not None:
                raise self._stopped
            try:
                answer, _, headers = call()
                self.pace.allow(int((headers or {}).get(_ALLOWED) or self.pace.requests))
                if getattr(answer, "results", ()) is None:  # what the client makes of broken JSON
                    raise urllib3.exceptions.ProtocolError("half an answer")
                return answer
            except (ApiException, PropertiesApiException) as error:
                if error.status in (401, 403):
                    self._stopped = StopError(
                        f"HubSpot refuses the token ({error.status}"
                        f"{_category(error)}). Nothing more was sent. Check {TOKEN} and its scopes."
                    )
                    raise self._stopped from None
                if error.status == 429 and error_of(error).get("policyName") == "DAILY":
                    self._stopped = StopError(
                        "HubSpot takes no more calls today (daily limit). What was not sent is "
                        "planned again by the next sync."
                    )
                    raise self._stopped from None
                may_help = error.status == 429 or (error.status or 0) >= 500
                if not is_repeatable and error.status in MAY_BE_DONE:
                    raise
                if not may_help or attempt == TRIES:
                    raise
                self.sleep(_wait(error, attempt))
            except LOST as error:
                if not is_repeatable:
                    raise
                if attempt == TRIES:
                    raise StopError(
                        f"HubSpot does not answer ({type(error).__name__}, {TRIES} tries). What "
                        "was not sent is planned again by the next sync."
                    ) from None
                self.sleep(backoff(attempt))
        raise AssertionError("unreachable")


def in_time() -> dict[str, Any]:
    """How long a call may last, as the client is told."""
    return {"_request_timeout": TIMEOUT_SECONDS}


def error_of(error: Any) -> dict[str, Any]:
    """What HubSpot says of an error; nothing where it says it in no form we know."""
    try:
        found = json.loads(error.body or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def told(error: Any) -> LeadgerError:
    """An error of the client in a line: its own text holds headers, which are nobody's business.

    An outage is nothing that other input would mend.
    """
    said = f"HubSpot answered {error.status}: {error_of(error).get('message') or error.reason}"
    if error.status == 429 or (error.status or 0) >= 500:
        return StopError(said)
    return UnusableInputError(said)


def _wait(error: Any, attempt: int) -> float:
    """Seconds until the next try: as long as HubSpot says, or as its limit lasts.

    Of the windows of a rolling limit that another app uses up, the tries outlast two.
    """
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    asked = retry_after(headers.get("retry-after"))
    if asked is not None:
        return asked
    if error.status != 429:
        return backoff(attempt)
    try:
        window = int(headers.get(_WINDOW, "")) / 1000
    except ValueError:
        window = _WINDOW_SECONDS
    return min(window, 1.25 * 2.0 ** (attempt - 1)) * random.uniform(1.0, 1.2)


def _category(error: Any) -> str:
    category = error_of(error).get("category")
    return f", {category}" if category else ""
