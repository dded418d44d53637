"""Who may ask, and what the answer may do: this machine's browsers, and nothing of the network.

A page elsewhere can point a name of its own at 127.0.0.1 and then read what is there as if it were
its own (DNS rebinding). Its requests still name that host, so only loopback's names are answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

import flask

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
_KEPT_BY_BROWSERS = "/_dash-component-suites/"


def is_loopback(host: str) -> bool:
    """Whether a Host header names this machine by its loopback names, on whatever port."""
    try:
        return urlsplit(f"//{host}").hostname in LOOPBACK_NAMES
    except ValueError:
        return False


def content_policy(script_hashes: Sequence[str]) -> str:
    """What the page may load: its own files; and scripts within it, by their hashes."""
    scripts = " ".join(["'self'", *script_hashes])
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {scripts}",
            "style-src 'self' 'unsafe-inline'",  # Plotly sizes its drawing by style attributes
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ]
    )


def protect(server: flask.Flask, script_hashes: Sequence[str]) -> None:
    """Refuse other hosts, and say with every answer what it may do."""
    policy = content_policy(script_hashes)

    @server.before_request
    def refuse_other_hosts() -> flask.Response | None:
        if is_loopback(flask.request.headers.get("Host", "")):
            return None
        return flask.Response(
            "Only http://127.0.0.1 is answered here.\n", 421, mimetype="text/plain"
        )

    @server.after_request
    def say_what_is_allowed(response: flask.Response) -> flask.Response:
        response.headers.update(
            {
                "Content-Security-Policy": policy,
                "Cross-Origin-Resource-Policy": "same-origin",
                "Cross-Origin-Opener-Policy": "same-origin",
                "Referrer-Policy": "no-referrer",
                "X-Content-Type-Options": "nosniff",
                "X-Frame-Options": "DENY",
            }
        )
        if not flask.request.path.startswith(_KEPT_BY_BROWSERS):
            response.headers["Cache-Control"] = "no-store"  # people's data stay out of the disk
        return response
