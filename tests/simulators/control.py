"""Start a simulated CRM from a test, make it fail, look into it, stop it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from simulators.faults import Fault, Kind
from simulators.salesforce.application import CLIENT_ID, secret_of

TESTS = Path(__file__).resolve().parents[1]
TOKEN = "simulated-token-never-valid-elsewhere"
TOKEN_VARIABLE = "CRM_SIMULATOR_TOKEN"
_PATIENCE = 20.0


class SimulatorError(Exception):
    """The simulator did not start, or did not do what it was told."""


class RunningSimulator:
    """A simulator in a process of its own, which ends with this one.

    Use it as a context manager, or call `stop`.
    """

    def __init__(
        self,
        crm: Literal["hubspot", "salesforce"],
        *,
        token: str = TOKEN,
        state: Path | None = None,
        latency: float = 0.0,
        port: int = 0,
    ) -> None:
        command = [sys.executable, "-m", f"simulators.{crm}", "--with-parent"]
        command += ["--port", str(port), "--latency", str(latency)]
        command += ["--state", str(state)] if state else []
        self.token = token
        self.process = subprocess.Popen(
            [*command, "--token-env", TOKEN_VARIABLE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(TESTS), TOKEN_VARIABLE: token},
            text=True,
        )
        assert self.process.stdout is not None
        first = self.process.stdout.readline().strip()
        if not first.isdigit():
            self.process.wait(_PATIENCE)
            raise SimulatorError(f"{crm} did not start (exit {self.process.returncode})")
        self.port = int(first)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop it; it writes its state file first."""
        self.process.terminate()
        try:
            self.process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()

    def kill(self) -> None:
        """Stop it as a power cut would: the state file is not written."""
        self.process.kill()
        self.process.wait(_PATIENCE)

    def arm(self, fault: Fault | Kind, **fields: Any) -> None:
        """Let a fault wait for the next matching request: `arm(Kind.STATUS, status=502)`."""
        made = fault if isinstance(fault, Fault) else Fault(fault, **fields)
        self.call("POST", "faults", made.as_json())

    def disarm(self) -> None:
        """Forget all faults."""
        self.call("DELETE", "faults")

    def faults(self) -> list[dict[str, Any]]:
        """The faults that still wait."""
        found: list[dict[str, Any]] = self.call("GET", "faults")
        return found

    def requests(self, path: str = "") -> list[dict[str, Any]]:
        """The API calls so far whose path contains this, in the order they were answered."""
        found: list[dict[str, Any]] = self.call("GET", "requests")
        return [each for each in found if path in each["path"]]

    def breaches(self) -> list[str]:
        """What broke the contract of its endpoint since the last `reset`, a line each."""
        found: list[str] = self.call("GET", "breaches")["breaches"]
        return found

    def uncovered(self) -> list[str]:
        """Endpoints that were called since the last `reset` and that no contract covers."""
        found: list[str] = self.call("GET", "breaches")["uncovered"]
        return found

    def forget_requests(self) -> None:
        """Empty the request log."""
        self.call("DELETE", "requests")

    def state(self) -> dict[str, Any]:
        """Everything it knows."""
        found: dict[str, Any] = self.call("GET", "state")
        return found

    def save(self) -> None:
        """Write the state file now."""
        self.call("POST", "save")

    def reset(self) -> None:
        """Back to a new CRM, without faults and requests."""
        self.call("POST", "reset")

    def configure(self, **settings: Any) -> dict[str, Any]:
        """Change settings; all of them as they are now."""
        now: dict[str, Any] = self.call("POST", "settings", settings)
        return now

    def call(self, method: str, verb: str, body: Any = None) -> Any:
        """Ask the control API.

        Raises:
            SimulatorError: it refuses; its words are in the message.
        """
        status, answer = self.ask(method, f"/_simulator/{verb}", body)
        if status >= 400:
            raise SimulatorError(answer["message"])
        return answer

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Status and parsed body of a call, with the token: one no official client would make."""
        request = Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"},
        )
        try:
            with urlopen(request, timeout=_PATIENCE) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except HTTPError as error:
            return error.code, json.loads(error.read() or b"null")


class HubSpotSimulator(RunningSimulator):
    """HubSpot, with what its people and administrators do."""

    def __init__(self, **options: Any) -> None:
        super().__init__("hubspot", **options)

    def seed(self, contacts: Mapping[str, Mapping[str, str]]) -> None:
        """Contacts that are there from the start: properties by id."""
        records = [{"id": each, "properties": dict(values)} for each, values in contacts.items()]
        self.call("POST", "records", {"records": records})

    def contact(self, record_id: str) -> dict[str, str]:
        """The values of a contact, or of the one it was merged into."""
        values: dict[str, str] = self.call("POST", "record", {"id": record_id})["properties"]
        return values

    def survivor(self, record_id: str) -> str:
        """The id a contact answers under: its own, or that of the one it was merged into."""
        return str(self.call("POST", "record", {"id": record_id})["id"])

    def edit(self, record_id: str, user_id: int = 7, **properties: str) -> None:
        """Change a contact as a person does in HubSpot's pages; they may go back a stage."""
        content = {"id": record_id, "user_id": user_id, "properties": properties}
        self.call("POST", "edit", content)

    def write_as(self, record_id: str, source_type: str, source_id: str, **properties: str) -> None:
        """Change a contact as another application (`INTEGRATION`), an import, a workflow does."""
        source = {"source_type": source_type, "source_id": source_id}
        self.call("POST", "edit", {"id": record_id, "properties": properties, **source})

    def merge(self, primary: str, other: str) -> None:
        """Merge as a person does."""
        self.call("POST", "merge", {"primary": primary, "other": other})

    def archive(self, record_id: str) -> None:
        """Delete a contact as a person does."""
        self.call("POST", "archive", {"id": record_id})

    def gdpr_delete(self, record_id: str) -> None:
        """Delete a contact for good."""
        self.call("POST", "gdpr-delete", {"id": record_id})

    def define_property(
        self, name: str, kind: str = "string", field: str = "text", options: Sequence[str] = ()
    ) -> None:
        """Make a property as an administrator does."""
        listed = [{"value": each, "label": each} for each in options]
        content = {"name": name, "type": kind, "fieldType": field, "options": listed}
        self.call("POST", "define-property", content)

    def define_properties(self, kinds: Mapping[str, str]) -> None:
        """Make several properties, types by name; a bool gets its two options."""
        for name, kind in kinds.items():
            options = ("true", "false") if kind == "bool" else ()
            self.define_property(name, kind, _FIELDS[kind], options)

    def remove_property(self, name: str) -> None:
        """Remove a property as an administrator does."""
        self.call("POST", "remove-property", {"name": name})

    def remove_option(self, name: str, value: str) -> None:
        """Remove an option of an enumeration."""
        self.call("POST", "remove-option", {"name": name, "value": value})

    def end_day(self) -> None:
        """Midnight: the daily limit starts again."""
        self.call("POST", "end-day", {})

    def history(self, record_id: str, name: str) -> list[dict[str, Any]]:
        """Every value a property of a contact had and who wrote it, oldest first."""
        contact = self.call("POST", "record", {"id": record_id})
        versions: list[dict[str, Any]] = contact["history"].get(name, [])
        return versions


class SalesforceSimulator(RunningSimulator):
    """Salesforce, with what its people and administrators do."""

    client_id = CLIENT_ID

    def __init__(self, **options: Any) -> None:
        super().__init__("salesforce", **options)

    @property
    def client_secret(self) -> str:
        """The secret of its client, for the client credentials flow."""
        return secret_of(self.token)

    def end_sessions(self) -> None:
        """Let the tokens its client was given expire."""
        self.call("POST", "end-sessions", {})

    def add_flow(self, name: str, value: Any, becomes: Any, sobject: str = "Lead") -> None:
        """Let the organisation make another value of one that is written through the API."""
        flow = {"object": sobject, "field": name, "value": value, "becomes": becomes}
        self.call("POST", "flow", flow)

    def seed(self, records: Mapping[str, Mapping[str, Any]], sobject: str = "Lead") -> None:
        """Records that are there from the start: fields by id; what is required has a filler."""
        listed = [{"Id": each, **values} for each, values in records.items()]
        self.call("POST", "records", {"type": sobject, "records": listed})

    def record(self, record_id: str) -> dict[str, Any]:
        """The values of a record, deleted or not."""
        values: dict[str, Any] = self.call("POST", "record", {"id": record_id})["values"]
        return values

    def edit(self, record_id: str, user: int = 7, **values: Any) -> None:
        """Change a record as a person does in Salesforce's pages."""
        self.call("POST", "edit", {"id": record_id, "user": user, "values": values})

    def convert(self, lead_id: str) -> str:
        """Convert a lead as a person does; the id of its contact."""
        contact: str = self.call("POST", "convert", {"id": lead_id})["contact"]
        return contact

    def merge(self, master: str, other: str) -> None:
        """Merge as a person does: the other goes to the recycle bin."""
        self.call("POST", "merge", {"master": master, "other": other})

    def delete(self, record_id: str) -> None:
        """Delete a record as a person does."""
        self.call("POST", "delete", {"id": record_id})

    def lock(self, *record_ids: str) -> None:
        """Let another process hold records until `unlock`."""
        self.call("POST", "lock", {"ids": list(record_ids)})

    def unlock(self) -> None:
        """Let go of all records."""
        self.call("POST", "unlock", {})

    def define_field(
        self, name: str, kind: str = "string", sobject: str = "Lead", **more: Any
    ) -> None:
        """Make a field as an administrator does; the rest as `describe` names it."""
        content = {"name": name, "type": kind, **more}
        self.call("POST", "define-field", {"object": sobject, "field": content})

    def remove_field(self, name: str, sobject: str = "Lead") -> None:
        """Remove a field, or hide it from the integration user: they look alike."""
        self.call("POST", "remove-field", {"object": sobject, "name": name})

    def remove_picklist_value(self, name: str, value: str, sobject: str = "Lead") -> None:
        """Take a value from a picklist."""
        content = {"object": sobject, "name": name, "value": value}
        self.call("POST", "remove-picklist-value", content)

    def end_day(self) -> None:
        """The daily limit starts again."""
        self.call("POST", "end-day", {})


_FIELDS = {
    "string": "text",
    "number": "number",
    "bool": "booleancheckbox",
    "date": "date",
    "datetime": "date",
    "enumeration": "select",
}
