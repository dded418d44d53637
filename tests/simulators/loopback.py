"""A `requests` session for clients that only speak https, against a simulator that speaks http.

simple-salesforce writes `https://` in front of every instance, with no setting against it. It takes
a session though, and a session takes an adapter for one address: this one's only difference is the
scheme, so the client is the official one from its first line to its last.

    session = https_session(simulator.port)
    Salesforce(instance_url=simulator.url, session_id=simulator.token, session=session)
"""

from __future__ import annotations

from typing import Any

import requests
from requests.adapters import HTTPAdapter


class PlainHttp(HTTPAdapter):
    """Sends without encryption what is addressed with it."""

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        """Send it."""
        request.url = (request.url or "").replace("https://", "http://", 1)
        return super().send(request, *args, **more)


def https_session(port: int) -> requests.Session:
    """A session whose https requests to a simulator's port reach it; any other is as ever."""
    session = requests.Session()
    session.trust_env = False
    session.mount(f"https://127.0.0.1:{port}/", PlainHttp())
    return session
