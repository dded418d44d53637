"""Calls to Salesforce through simple-salesforce: who calls, how fast, how often again.

simple-salesforce retries nothing, has no time-outs, speaks https to every address, and forgets a
call's own headers when it renews a session; all four are here. What a refusal means is decided in
one place: whether it is the record's, the account's, or nobody's and passes.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceAuthenticationFailed, SalesforceError
from simple_salesforce.login import token_login

from orchestration.crm.destination import StopError
from orchestration.crm.pace import Pace, backoff
from orchestration.errors import LeadgerError, UnusableInputError

TOKEN = "LEADGER_SALESFORCE_TOKEN"
CLIENT_ID = "LEADGER_SALESFORCE_CLIENT_ID"
CLIENT_SECRET = "LEADGER_SALESFORCE_CLIENT_SECRET"
ADDRESS = "LEADGER_SALESFORCE_URL"
TIMEOUT_SECONDS = (5, 60)
TRIES = 6
PASSING = ("UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE", "REQUEST_RUNNING_TOO_LONG")
"""Codes of what may go well a moment later."""
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_LOST = (requests.RequestException, ValueError)


class RefusedError(UnusableInputError):
    """Salesforce does not take a request for what it says; nothing was done."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"Salesforce answered {status}: {message}")
        self.status, self.code, self.message = status, code, message


class OpenError(LeadgerError):
    """What an update did is open: its answer was lost, or says that something broke."""

    def __init__(self, what: str, status: int | None = None) -> None:
        super().__init__(f"Salesforce does not say what became of an update ({what}).")
        self.status = status


class InTime(requests.Session):
    """A session in which no call lasts for ever, and none lets rules give a lead another owner."""

    def __init__(self) -> None:
        super().__init__()
        # of the session, not of a call: it must not be lost when a call is made again
        self.headers["Sforce-Auto-Assign"] = "FALSE"

    def request(self, *args: Any, **more: Any) -> requests.Response:
        """Make a request, with a time-out unless it has one."""
        return super().request(*args, **{"timeout": TIMEOUT_SECONDS, **more})


class Calls:
    """The way to one organisation; who calls comes from the environment, and is in no message."""

    def __init__(self, requests_per_10_seconds: int, sleep: Callable[[float], None]) -> None:
        self._token = os.environ.get(TOKEN, "")
        self._client = os.environ.get(CLIENT_ID, ""), os.environ.get(CLIENT_SECRET, "")
        address = os.environ.get(ADDRESS, "")
        if not address or not (self._token or all(self._client)):
            raise UnusableInputError(
                f"{ADDRESS} must be set, to the organisation's own address such as "
                f"https://yourdomain.my.salesforce.com, and either {CLIENT_ID} and "
                f"{CLIENT_SECRET} (an app with the client credentials flow and the scope `api`) "
                f"or {TOKEN} (an access token, which expires)."
            )
        self._origin = _origin(address)
        self._sleep = sleep
        self._pace = Pace(requests_per_10_seconds, sleep=sleep)
        self._session = InTime()
        # a proxy of the environment is not on this machine's loopback, and would see the token
        self._session.trust_env = not self._origin.startswith("http:")
        self._org: Salesforce | None = None
        self._user: str | None = None

    def ask(self, path: str, body: Any = None, params: Mapping[str, str] | None = None) -> Any:
        """Ask for something; what only asks is asked again."""
        return self._call("GET" if body is None else "POST", path, body, params)

    def make(self, path: str, body: Any) -> Any:
        """Make something that cannot be made twice."""
        return self._call("POST", path, body)

    def update(self, path: str, body: Any) -> Any:
        """Change something.

        Raises:
            OpenError: it may have been done. Look before it is sent again.
        """
        return self._call("PATCH", path, body)

    def query(self, text: str, *, deleted: bool = False) -> list[dict[str, Any]]:
        """All rows of a query.

        Args:
            text: in SOQL.
            deleted: those in the recycle bin too.

        Raises:
            StopError: fewer came than there are.
        """
        path = "queryAll" if deleted else "query"
        for _ in range(TRIES):
            page = self.ask(path, params={"q": text})
            rows, total = list(page["records"]), page["totalSize"]
            while more := page.get("nextRecordsUrl"):
                page = self.ask(f"{path}/{more.rsplit('/', 1)[1]}")
                rows += page["records"]
            if len(rows) == total:
                return rows
        raise StopError(f"Salesforce answers with {len(rows)} of {total} rows. Nothing was sent.")

    def user(self) -> str:
        """The id of the user the calls are made as; empty where Salesforce does not say."""
        if self._user is None:
            identity = str((self.ask("") or {}).get("identity") or "")
            self._user = identity.rstrip("/").rsplit("/", 1)[-1]
        return self._user

    def _call(
        self, method: str, path: str, body: Any = None, params: Mapping[str, str] | None = None
    ) -> Any:
        """Make a call at the pace allowed; wait and try again where that may help."""
        more = {"json": body} if body is not None else {}
        is_renewed = False
        for attempt in range(1, TRIES + 1):
            org = self._reached()
            self._pace.wait()
            try:
                return org.restful(path, params=dict(params or {}), method=method, **more)
            except SalesforceError as error:
                if _is_expired(error) and not self._token and not is_renewed:
                    self._org, is_renewed = None, True
                    continue
                said = _judged(error, method)
            except _LOST as error:
                said = type(error).__name__
                if method == "PATCH":
                    raise OpenError(said) from None
            if attempt == TRIES:
                raise _silent(said)
            self._sleep(backoff(attempt))
        raise AssertionError("unreachable")

    def _reached(self) -> Salesforce:
        if self._org is None:
            token = self._token or self._log_in()
            self._org = Salesforce(
                instance_url=self._origin, session_id=token, session=self._session
            )
            self._org.base_url = f"{self._origin}/services/data/v{self._org.sf_version}/"
        return self._org

    def _log_in(self) -> str:
        """A token for our client, by the client credentials flow."""
        key, secret = self._client
        basic = base64.b64encode(f"{key}:{secret}".encode()).decode()
        for attempt in range(1, TRIES + 1):
            try:
                token, _ = token_login(
                    f"{self._origin}/services/oauth2/token",
                    {"grant_type": "client_credentials"},
                    self._origin,
                    key,
                    {"Authorization": f"Basic {basic}"},
                    None,
                    self._session,
                )
                return str(token)
            except SalesforceAuthenticationFailed as error:
                if isinstance(error.code, str):
                    said = f"{error.code}: {error.auth_message}".replace(secret, "***")
                    raise StopError(
                        f"Salesforce gives our client no token ({said[:200]}). Nothing was sent. "
                        f"Check {CLIENT_ID}, {CLIENT_SECRET} and {ADDRESS}."
                    ) from None
                said = f"{error.code} to the login"
            except (*_LOST, AttributeError) as error:
                said = f"{type(error).__name__} at the login"
            if attempt == TRIES:
                raise _silent(said)
            self._sleep(backoff(attempt))
        raise AssertionError("unreachable")


def _origin(address: str) -> str:
    """Scheme, host and port of an address; http is only for this machine itself."""
    try:
        parts = urlsplit(address.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise UnusableInputError(f"{ADDRESS}: not an address.") from None
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc:
        raise UnusableInputError(
            f"{ADDRESS}: not an address such as https://yourdomain.my.salesforce.com."
        )
    if parts.scheme == "http" and host not in _LOOPBACK:
        raise UnusableInputError(
            f"{ADDRESS}: http would send the token to {host} for everybody to read. Use https; "
            "http is only for this machine (127.0.0.1, ::1, localhost)."
        )
    named = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{named}" + (f":{port}" if port else "")


def _is_expired(error: SalesforceError) -> bool:
    return error.status == 401 or _code(error) == "INVALID_SESSION_ID"


def _judged(error: SalesforceError, method: str) -> str:
    """What to call a refusal that passes; any other is raised as what it is."""
    status, code, message = error.status, _code(error), _message(error)
    if _is_expired(error):
        raise StopError(
            f"Salesforce refuses the token ({status}, {code}). Nothing more was sent. Check "
            f"{TOKEN}, or {CLIENT_ID} and {CLIENT_SECRET}."
        ) from None
    if code == "REQUEST_LIMIT_EXCEEDED" and "concurrent" not in message.lower():
        raise StopError(
            "Salesforce takes no more calls today. What was not sent is planned again by the next "
            "sync."
        ) from None
    if status in (429, 503) or code in (*PASSING, "REQUEST_LIMIT_EXCEEDED"):
        return str(status)
    if status == 403:
        raise StopError(
            f"Salesforce refuses the call (403, {code}). Nothing more was sent. Check what the "
            "integration user may do."
        ) from None
    if status < 500:
        raise RefusedError(status, code, message) from None
    if method == "PATCH":
        raise OpenError(str(status), status) from None
    return str(status)


def _silent(said: str) -> StopError:
    return StopError(
        f"Salesforce does not answer ({said}, {TRIES} tries). What was not sent is planned again "
        "by the next sync."
    )


def _content(error: SalesforceError) -> dict[str, Any]:
    content = error.content
    first = content[0] if isinstance(content, list) and content else content
    return first if isinstance(first, dict) else {}


def _code(error: SalesforceError) -> str:
    return str(_content(error).get("errorCode", ""))


def _message(error: SalesforceError) -> str:
    return str(_content(error).get("message", "no reason given"))
