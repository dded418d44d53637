"""Serving the page on loopback, until somebody ends it."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

from orchestration.audit_page.app import make_app
from orchestration.errors import UnusableInputError
from orchestration.workspace import Workspace

HOST = "127.0.0.1"


class _Quiet(WSGIRequestHandler):
    """Addresses name people: no log of them is written."""

    def log_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def serve(workspace: Workspace, lang: str, port: int, tell: Callable[[str], None]) -> None:
    """Serve the page; `tell` hears its address once it answers. Port 0 takes a free one.

    Raises `UnusableInputError` when the port is taken.
    """
    with _listening(port) as listener:
        server = make_server(
            HOST,
            port,
            make_app(workspace, lang).server,
            threaded=True,
            request_handler=_Quiet,
            fd=listener.fileno(),
        )
        # whoever started us may have told us to ignore it, and we would never end
        signal.signal(signal.SIGTERM, _end)
        tell(f"http://{HOST}:{listener.getsockname()[1]}/")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            pass
        finally:
            server.server_close()


def _end(*_: object) -> None:
    raise KeyboardInterrupt


def _listening(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
        raise UnusableInputError(
            f"Port {port} of {HOST} cannot be used: {error.strerror}. Name another one: --port 8052"
        ) from error
    listener.listen()
    return listener
