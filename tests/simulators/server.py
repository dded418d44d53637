"""The HTTP server in front of a simulated CRM: faults, the request log and the control API.

What is under `/_simulator/` steers the simulator and is neither logged nor subject to faults.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from simulators.contracts import FEW
from simulators.faults import Fault, FaultBoard, Kind
from simulators.messages import NOTHING_SPOILT, Answer, Application, Request, UnknownVerbError

CONTROL = "/_simulator/"
_BEFORE_COMMIT = (Kind.STATUS, Kind.DROP_BEFORE_COMMIT)


@dataclass(frozen=True)
class Logged:
    """One request as it came and what was said to it; the token is masked."""

    number: int
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any
    time: str
    """When it came, UTC."""
    seconds: float
    """Until the answer was ready."""
    status: int | None
    """None: the connection was closed without an answer."""
    fault: str | None
    breaches: Sequence[str] = ()
    """What breaks the contract of its endpoint; it was refused for that."""


class Simulator:
    """A simulated CRM with its faults and its log; one request at a time changes it."""

    def __init__(
        self, application: Application, *, state: Path | None = None, latency: float = 0.0
    ) -> None:
        self.application = application
        self.latency = self._first_latency = latency
        self.logs_bodies = True
        self.checks_contract = True
        self._state = state
        self._lock = threading.Lock()
        self._faults = FaultBoard()
        self._log: list[Logged] = []
        self._breaches: list[str] = []
        self._uncovered: set[str] = set()
        self._number = 0
        if state is not None and state.exists():
            application.load(json.loads(state.read_text(encoding="utf-8")))

    def save(self) -> None:
        """Write what the CRM knows to the state file, if there is one."""
        if self._state is None:
            return
        with self._lock:
            text = json.dumps(self.application.dump())
        unfinished = self._state.with_name(self._state.name + ".unfinished")
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(self._state)

    def handle(self, request: Request) -> Answer | bytes | None:
        """The answer to an API call; bytes are sent as they are, None closes the connection."""
        came, began = datetime.now(UTC), time.monotonic()
        with self._lock:
            fault = self._faults.take(request, self.application.ids_in(request))
        time.sleep(self.latency + (fault.delay if fault else 0.0))
        breaches = self._breaches_of(request)
        answer = self._answer(request, fault, breaches)
        status = answer.status if isinstance(answer, Answer) else 200 if answer else None
        with self._lock:
            self._number += 1
            self._log.append(
                Logged(
                    number=self._number,
                    method=request.method,
                    path=request.path,
                    query=request.query,
                    headers=_masked(request.headers),
                    body=_without_token(request.body) if self.logs_bodies else None,
                    time=came.isoformat(timespec="milliseconds"),
                    seconds=round(time.monotonic() - began, 6),
                    status=status,
                    fault=fault.fault if fault else None,
                    breaches=breaches,
                )
            )
        return answer

    def _breaches_of(self, request: Request) -> list[str]:
        """What breaks the contract; on record until `reset`, with endpoints that have none."""
        if not self.checks_contract:
            return []
        found = self.application.breaches(request)
        where = f"{request.method} {request.path}"
        with self._lock:
            if found is None:
                self._uncovered.add(where)
            self._breaches += [f"{where}: {each}" for each in (found or [])[:FEW]]
        return (found or [])[:FEW]

    def _answer(
        self, request: Request, fault: Fault | None, breaches: Sequence[str]
    ) -> Answer | bytes | None:
        kind = fault.fault if fault else None
        spoilt = fault.spoilt if fault else NOTHING_SPOILT
        answer = Answer(204)
        if kind not in _BEFORE_COMMIT:
            with self._lock:
                for each in fault.meanwhile if fault else ():
                    self.application.control(each["verb"], each["body"])
                if breaches:
                    answer = self.application.refuse(breaches)
                else:
                    answer = self.application.answer(request, spoilt)
        if fault and kind in (Kind.STATUS, Kind.STATUS_AFTER_COMMIT):
            said = self.application.failure(fault.status)
            body = said.body if fault.body is None else fault.body
            return Answer(fault.status, body, {**said.headers, **fault.headers})
        if kind in (Kind.DROP_BEFORE_COMMIT, Kind.DROP_RESPONSE_AFTER_COMMIT):
            return None
        if kind is Kind.MALFORMED:
            text = json.dumps(answer.body).encode()
            return text[: max(1, len(text) // 2)]
        if fault and kind is Kind.FEWER_RESULTS:
            return replace(answer, body=_without_last(answer.body, fault.fewer_results))
        return answer

    def _configure(self, settings: dict[str, Any]) -> dict[str, Any]:
        self.latency = float(settings.pop("latency", self.latency))
        self.logs_bodies = bool(settings.pop("logs_bodies", self.logs_bodies))
        self.checks_contract = bool(settings.pop("checks_contract", self.checks_contract))
        own = {
            "latency": self.latency,
            "logs_bodies": self.logs_bodies,
            "checks_contract": self.checks_contract,
        }
        return {**self.application.configure(settings), **own}

    def control(self, method: str, verb: str, body: Any) -> Answer:
        """What the control API says."""
        content = body if isinstance(body, dict) else {}
        with self._lock:
            try:
                match method, verb:
                    case "GET", "health":
                        return Answer(200, {"status": "ready"})
                    case "GET", "faults":
                        return Answer(200, self._faults.waiting())
                    case "POST", "faults":
                        faults = body if isinstance(body, list) else [content]
                        self._faults.arm([Fault.read(each) for each in faults])
                        return Answer(200, self._faults.waiting())
                    case "DELETE", "faults":
                        self._faults.disarm()
                        return Answer(204)
                    case "GET", "requests":
                        return Answer(200, [asdict(each) for each in self._log])
                    case "DELETE", "requests":
                        self._log.clear()
                        return Answer(204)
                    case "GET", "breaches":
                        uncovered = sorted(self._uncovered)
                        return Answer(200, {"breaches": self._breaches, "uncovered": uncovered})
                    case "GET", "state":
                        return Answer(200, self.application.dump())
                    case "POST", "reset":
                        self.application.load({})
                        self._faults.disarm()
                        self._log.clear()
                        self._breaches.clear()
                        self._uncovered.clear()
                        self.latency, self.logs_bodies = self._first_latency, True
                        self.checks_contract = True
                        return Answer(204)
                    case "POST", "settings":
                        return Answer(200, self._configure(dict(content)))
                    case "POST", _:
                        return Answer(200, self.application.control(verb, content))
                    case _:
                        raise UnknownVerbError(verb)
            except UnknownVerbError:
                return Answer(404, {"message": f"no {method} {verb} to steer it with"})
            except (KeyError, TypeError, ValueError) as error:
                return Answer(400, {"message": f"{verb}: {type(error).__name__}: {error}"})


def _masked(headers: Mapping[str, str]) -> dict[str, str]:
    return {
        name: f"{value.split(' ')[0]} ***" if name == "authorization" else value
        for name, value in headers.items()
    }


def _without_token(body: Any) -> Any:
    if isinstance(body, dict):
        return {
            name: "***" if name in ("tokenKey", "client_secret") else value
            for name, value in body.items()
        }
    return body


def _without_last(body: Any, count: int) -> Any:
    if isinstance(body, list):
        return body[:-count]
    if isinstance(body, dict):
        return {
            name: value[:-count] if name in ("results", "records") else value
            for name, value in body.items()
        }
    return body


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Server

    def do_GET(self) -> None:
        try:
            self._serve()
        except OSError:
            raise
        except Exception:
            # The simulator's own failure must not look like a dropped connection.
            traceback.print_exc()
            self._send(Answer(500, {"message": "the simulator failed, see its standard error"}))

    do_POST = do_PATCH = do_PUT = do_DELETE = do_GET  # noqa: N815

    def _serve(self) -> None:
        url = urlsplit(self.path)
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
            body, malformed = dict(parse_qsl(text.decode())), None
        else:
            body, malformed = _parsed(text)
        path = unquote(url.path)
        if path.startswith(CONTROL):
            verb = path.removeprefix(CONTROL)
            if (self.command, verb) == ("POST", "save"):
                self.server.simulator.save()
                self._send(Answer(204))
            else:
                self._send(self.server.simulator.control(self.command, verb, body))
            return
        answer = self.server.simulator.handle(
            Request(
                method=self.command,
                path=path,
                query=_query(url.query),
                headers={name.lower(): value for name, value in self.headers.items()},
                body=body,
                malformed=malformed,
            )
        )
        if answer is None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        else:
            self._send(answer)

    def _send(self, answer: Answer | bytes) -> None:
        if isinstance(answer, bytes):
            self._write(200, {}, answer)
        elif answer.body is None:
            self._write(answer.status, answer.headers, b"")
        elif isinstance(answer.body, str):
            page = {"Content-Type": "text/html", **answer.headers}
            self._write(answer.status, page, answer.body.encode())
        else:
            self._write(answer.status, answer.headers, json.dumps(answer.body).encode())

    def _write(self, status: int, headers: Mapping[str, str], content: bytes) -> None:
        self.send_response(status)
        names = {name.lower() for name in headers}
        if content and "content-type" not in names:
            self.send_header("Content-Type", "application/json;charset=utf-8")
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the request log says it, without the token."""


def _query(text: str) -> dict[str, str]:
    """Parameters by name; one that is given several times is a list with commas, as both take."""
    query: dict[str, str] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        query[name] = f"{query[name]},{value}" if name in query else value
    return query


def _parsed(text: bytes) -> tuple[Any, str | None]:
    if not text:
        return None, None
    try:
        return json.loads(text), None
    except ValueError as error:
        return None, str(error)


class Server(ThreadingHTTPServer):
    """The server, on loopback only."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, simulator: Simulator, port: int = 0) -> None:
        self.simulator = simulator
        super().__init__(("127.0.0.1", port), _Handler)

    @property
    def port(self) -> int:
        """The port it got."""
        return self.server_port

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hung up is nothing to report; anything else is."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]
