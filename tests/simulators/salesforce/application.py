"""Salesforce behind the HTTP server: who may ask, which resource it is, what tests may do to it."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from typing import Any

from simulators.messages import Answer, Request, Spoilt, UnknownVerbError
from simulators.salesforce import contract, errors, soql
from simulators.salesforce import sobject_collections as collections
from simulators.salesforce.errors import RecordError, RefusalError
from simulators.salesforce.fields import Field, Fields
from simulators.salesforce.records import INTEGRATION_USER, Record, Records, person
from simulators.salesforce.rights import PREFIXES, Rights

_ROOT = re.compile(r"/services/data/v(\d+\.\d)/(.*)")
LOGIN = "/services/oauth2/token"
CLIENT_ID = "simulated-client"
ROWS_A_PAGE = 2_000


def secret_of(token: str) -> str:
    """The secret of the client whose tokens are accepted beside the one that always is."""
    return f"secret-{token}"


class Salesforce:
    """One organisation with one integration user, whose sessions it accepts."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._open()

    def _open(self) -> None:
        self.fields = Fields.standard(INTEGRATION_USER)
        self.records = Records(self.fields, assigns_leads_to=person(99))
        self._is_expired = False
        self._sessions: set[str] = set()
        self._logins = 0
        self._per_day = 100_000
        self._today = 0
        self._cursors: dict[str, list[dict[str, Any]]] = {}

    def answer(self, request: Request, spoilt: Spoilt) -> Answer:
        """The answer to one API call."""
        if request.path == LOGIN:
            return self._login(request)
        try:
            kind, _, session = request.headers.get("authorization", "").partition(" ")
            known = {self._token, *self._sessions}
            if kind != "Bearer" or session not in known or self._is_expired:
                raise errors.expired_session()
            if self._today >= self._per_day:
                raise errors.limit_exceeded()
            self._today += 1
            if request.malformed:
                raise errors.unreadable(request.malformed)
            answer = self._routed(request, spoilt)
        except RefusalError as refusal:
            answer = refusal.answer()
        except RecordError as error:
            answer = error.alone().answer()
        usage = {"Sforce-Limit-Info": f"api-usage={self._today}/{self._per_day}"}
        return Answer(answer.status, answer.body, {**usage, **answer.headers})

    def breaches(self, request: Request) -> list[str] | None:
        """What breaks the contract of its resource."""
        return contract.breaches(request)

    def refuse(self, breaches: Sequence[str]) -> Answer:
        """Salesforce's refusal of a request it cannot read."""
        return errors.unreadable("; ".join(breaches)).answer()

    def failure(self, status: int) -> Answer:
        """What Salesforce says with a status."""
        if status == 401:
            return errors.expired_session().answer()
        if status == 403:
            return errors.limit_exceeded().answer()
        if status == 404:
            return errors.not_found().answer()
        if status == 503:
            said = "Service Unavailable"
            return RefusalError(503, "SERVER_UNAVAILABLE", said).answer()
        if status in (502, 504):
            return Answer(status, f"<html><body>{status}</body></html>")
        return RefusalError(status, "UNKNOWN_EXCEPTION", "An unexpected error occurred.").answer()

    def ids_in(self, request: Request) -> frozenset[str]:
        """The records a request names."""
        body = request.body if isinstance(request.body, dict) else {}
        listed = body.get("records")
        named = {
            each.get("Id", each.get("id"))
            for each in (listed if isinstance(listed, list) else [])
            if isinstance(each, dict)
        }
        ids = body.get("ids")
        named |= set(ids if isinstance(ids, list) else _listed(request.query.get("ids")))
        named |= set(request.path.split("/sobjects/", 1)[-1].split("/")[1:])
        return frozenset(each for each in named if isinstance(each, str))

    def _login(self, request: Request) -> Answer:
        """POST /services/oauth2/token: the client credentials flow."""
        content = request.body if isinstance(request.body, dict) else {}
        if request.method != "POST" or content.get("grant_type") != "client_credentials":
            said = "grant type not supported"
            return Answer(400, {"error": "unsupported_grant_type", "error_description": said})
        given = content.get("client_id"), content.get("client_secret")
        kind, _, basic = request.headers.get("authorization", "").partition(" ")
        if kind == "Basic":
            name, _, secret = base64.b64decode(basic).decode().partition(":")
            given = name, secret
        if given != (CLIENT_ID, secret_of(self._token)):
            said = "invalid client credentials"
            return Answer(400, {"error": "invalid_client", "error_description": said})
        self._logins += 1
        session = f"session-{self._logins}-{self._token}"
        self._sessions.add(session)
        told = {
            "access_token": session,
            "instance_url": f"http://{request.headers.get('host', '')}",
            "id": _IDENTITY,
            "token_type": "Bearer",
            "issued_at": "1780000000000",
        }
        return Answer(200, told)

    def _routed(self, request: Request, spoilt: Spoilt) -> Answer:
        if request.path.rstrip("/") == "/services/data":
            return Answer(200, [{"label": "Simulated", "url": _url(""), "version": "59.0"}])
        root = _ROOT.fullmatch(request.path)
        if root is None:
            raise errors.not_found()
        parts = [each for each in root[2].split("/") if each]
        save = "allowsave=true" in request.headers.get("sforce-duplicate-rule-header", "").lower()
        match parts:
            case []:
                listed = {each: _url(each) for each in ("sobjects", "query", "tooling", "limits")}
                return Answer(200, {**listed, "identity": _IDENTITY})
            case ["composite", "sobjects", *rest]:
                return self._collection(request, rest, spoilt, save=save)
            case ["tooling", "sobjects", "CustomField"]:
                return self._new_field(request)
            case ["sobjects"]:
                known = [{"name": each, "label": each} for each in self.fields.sobjects()]
                return Answer(200, {"encoding": "UTF-8", "sobjects": known})
            case ["sobjects", sobject, "describe"]:
                described = [each.describe() for each in self.fields.seen(sobject).values()]
                return Answer(200, {"name": sobject, "label": sobject, "fields": described})
            case ["sobjects", kind, *rest] if kind in PREFIXES:
                return self._right(request, kind, rest)
            case ["sobjects", sobject, *rest]:
                return self._one(request, sobject, rest, spoilt, save=save)
            case ["query" | "queryAll" as verb]:
                return self._queried(request.query.get("q", ""), deleted=verb == "queryAll")
            case ["query" | "queryAll", cursor]:
                return self._page(cursor)
            case ["limits"]:
                left = {"Max": self._per_day, "Remaining": self._per_day - self._today}
                return Answer(200, {"DailyApiRequests": left})
            case _:
                raise errors.not_found()

    def _collection(
        self, request: Request, rest: Sequence[str], spoilt: Spoilt, *, save: bool
    ) -> Answer:
        body, query = request.body, request.query
        match request.method, list(rest):
            case "PATCH", []:
                assigns = request.headers.get("sforce-auto-assign", "TRUE").upper() != "FALSE"
                return collections.update(self.records, body, spoilt, save=save, assigns=assigns)
            case "POST", []:
                return collections.create(self.records, body, save=save)
            case "DELETE", []:
                together = query.get("allOrNone") == "true"
                ids = _listed(query.get("ids"))
                return collections.delete(self.records, ids, all_or_none=together)
            case "PATCH", [sobject, name]:
                return collections.upsert(self.records, sobject, name, body, spoilt, save=save)
            case "GET", [sobject]:
                ids, names = _listed(query.get("ids")), _listed(query.get("fields"))
                return collections.retrieve(self.records, sobject, ids, names)
            case "POST", [sobject]:
                content = body if isinstance(body, dict) else {}
                if unknown := sorted(set(content) - {"ids", "fields"}):
                    raise errors.unreadable(f'Unrecognized field "{unknown[0]}"')
                return collections.retrieve(
                    self.records, sobject, content.get("ids"), content.get("fields")
                )
            case _:
                raise _not_allowed(request.method)

    def _one(
        self, request: Request, sobject: str, rest: Sequence[str], spoilt: Spoilt, *, save: bool
    ) -> Answer:
        self.fields.of(sobject)
        content = request.body if isinstance(request.body, dict) else {}
        match request.method, list(rest):
            case "POST", []:
                values = self.records.accepted(sobject, content, None, save=save)
                made = self.records.create(sobject, values)
                return Answer(201, {"id": made.id, "success": True, "errors": []})
            case "GET", [record_id]:
                names = _listed(request.query.get("fields")) or list(self.fields.seen(sobject))
                known = [self.fields.found(sobject, each).name for each in names]
                return Answer(200, collections.told(self._there(sobject, record_id), known))
            case "PATCH", [record_id]:
                record = self.records.to_update(sobject, record_id)
                self._refuse_spoilt(record, spoilt)
                values = self.records.accepted(sobject, content, record, save=save)
                if request.headers.get("sforce-auto-assign", "TRUE").upper() != "FALSE":
                    self.records.assign(record)
                self.records.write(record, values)
                return Answer(204)
            case "DELETE", [record_id]:
                self.records.delete(self.records.to_update(sobject, record_id))
                return Answer(204)
            case method, [name, value]:
                return self._by_external_id(method, sobject, (name, value), content, save=save)
            case _:
                raise _not_allowed(request.method)

    @staticmethod
    def _refuse_spoilt(record: Record, spoilt: Spoilt) -> None:
        if record.id in spoilt:
            code = spoilt.code or "UNABLE_TO_LOCK_ROW"
            said = spoilt.message or "unable to obtain exclusive access to this record"
            raise RecordError(code, said)

    def _by_external_id(
        self,
        method: str,
        sobject: str,
        key: tuple[str, str],
        content: Mapping[str, Any],
        *,
        save: bool,
    ) -> Answer:
        field = self.fields.found(sobject, key[0])
        if not field.is_external_id:
            said = f"Provided external ID field does not exist or is not accessible: {key[0]}"
            raise RefusalError(404, "NOT_FOUND", said)
        found = self.records.by_external_id(sobject, field.name, key[1])
        if len(found) > 1:
            return Answer(300, [_url(f"sobjects/{sobject}/{each.id}") for each in found])
        if method == "GET":
            if not found:
                raise errors.not_found()
            return Answer(200, collections.told(found[0], list(self.fields.seen(sobject))))
        if method != "PATCH":
            raise _not_allowed(method)
        if found:
            record = self.records.to_update(sobject, found[0].id)
            self.records.write(record, self.records.accepted(sobject, content, record, save=save))
            return Answer(200, {"id": record.id, "success": True, "errors": [], "created": False})
        given = {**content, field.name: key[1]}
        made = self.records.create(sobject, self.records.accepted(sobject, given, None, save=save))
        return Answer(201, {"id": made.id, "success": True, "errors": [], "created": True})

    def _there(self, sobject: str, record_id: str) -> Record:
        record = self.records.find(record_id)
        if record is None or record.sobject != sobject:
            raise errors.not_found()
        if record.is_deleted:
            raise RefusalError(404, "ENTITY_IS_DELETED", "entity is deleted", [])
        return record

    def _right(self, request: Request, kind: str, rest: Sequence[str]) -> Answer:
        """Permission sets, what they open, and whom they are assigned to."""
        content = request.body if isinstance(request.body, dict) else {}
        match request.method, list(rest):
            case "POST", []:
                made = self.fields.rights.create(kind, content, self._is_field)
                return Answer(201, {"id": made, "success": True, "errors": []})
            case "PATCH", [row_id]:
                self.fields.rights.update(kind, row_id, content)
                return Answer(204)
            case _:
                raise _not_allowed(request.method)

    def _is_field(self, sobject: str, name: str) -> bool:
        return sobject in self.fields.sobjects() and name in self.fields.of(sobject)

    def _new_field(self, request: Request) -> Answer:
        body = request.body if isinstance(request.body, dict) else {}
        if unknown := sorted(set(body) - {"FullName", "Metadata"}):
            raise errors.unreadable(f'Unrecognized field "{unknown[0]}"')
        sobject, _, name = str(body.get("FullName", "")).partition(".")
        if request.method != "POST":
            raise _not_allowed(request.method)
        if name in self.fields.of(sobject):
            said = f"There is already a field named {name} on {sobject}."
            raise RefusalError(400, "DUPLICATE_DEVELOPER_NAME", said, ["DeveloperName"])
        self.fields.put(sobject, Field.from_metadata(name, body.get("Metadata") or {}))
        return Answer(201, {"id": f"00N{name[:12]:0<12}", "success": True, "errors": []})

    def _queried(self, text: str, *, deleted: bool) -> Answer:
        query = soql.read_query(text)
        rows = query.rows(self._rows(query, deleted=deleted))
        if query.is_count:
            return Answer(200, {"totalSize": len(rows), "done": True, "records": []})
        attributes = {"type": query.sobject}
        told = [
            {"attributes": attributes, **{each: row(each) for each in query.fields}} for row in rows
        ]
        return self._paged(told, len(told), 0)

    def _rows(self, query: soql.Query, *, deleted: bool) -> list[soql.Value]:
        parent = query.sobject.removesuffix("History")
        if query.sobject == "Organization":
            return [{"Id": "00D5g0000000001EAA", "IsSandbox": True}.__getitem__]
        asked = [*query.fields, *(each.field for each in query.conditions)]
        asked += [query.order] if query.order else []
        if query.sobject in PREFIXES:
            return self.fields.rights.values(query.sobject)
        if query.sobject in self.fields.sobjects():
            for name in asked:
                if name.lower() != "count()":
                    self._known(query.sobject, name)
            return [each.value for each in self.records.of(query.sobject, deleted=deleted)]
        if query.sobject.endswith("History") and parent in self.fields.sobjects():
            return [each.value for each in self.records.history if each.sobject == parent]
        said = f"sObject type '{query.sobject}' is not supported."
        raise RefusalError(400, "INVALID_TYPE", said)

    def _known(self, sobject: str, name: str) -> None:
        if name not in self.fields.seen(sobject):
            said = f"No such column '{name}' on entity '{sobject}'."
            raise RefusalError(400, "INVALID_FIELD", said)

    def _paged(self, rows: list[dict[str, Any]], total: int, first: int) -> Answer:
        page, rest = rows[:ROWS_A_PAGE], rows[ROWS_A_PAGE:]
        answer: dict[str, Any] = {"totalSize": total, "done": not rest, "records": page}
        if rest:
            cursor = f"01g5g{len(self._cursors):010d}-{first + ROWS_A_PAGE}"
            self._cursors[cursor] = rest
            answer["nextRecordsUrl"] = _url(f"query/{cursor}")
        return Answer(200, answer)

    def _page(self, cursor: str) -> Answer:
        if cursor not in self._cursors:
            raise RefusalError(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        first = int(cursor.rsplit("-", 1)[1])
        rows = self._cursors[cursor]
        return self._paged(rows, first + len(rows), first)

    def configure(self, settings: Mapping[str, Any]) -> Mapping[str, Any]:
        """Change settings: the daily limit, the session, and the rules of the organisation."""
        known = {
            "requests_per_day",
            "session_is_expired",
            "refuses_duplicates",
            "assigns_leads_to",
        }
        if unknown := set(settings) - known:
            raise KeyError(", ".join(sorted(unknown)))
        self._per_day = int(settings.get("requests_per_day", self._per_day))
        self._is_expired = bool(settings.get("session_is_expired", self._is_expired))
        self.records.refuses_duplicates = bool(
            settings.get("refuses_duplicates", self.records.refuses_duplicates)
        )
        self.records.assigns_leads_to = settings.get(
            "assigns_leads_to", self.records.assigns_leads_to
        )
        return {
            "requests_per_day": self._per_day,
            "session_is_expired": self._is_expired,
            "refuses_duplicates": self.records.refuses_duplicates,
            "assigns_leads_to": self.records.assigns_leads_to,
        }

    def control(self, verb: str, body: Mapping[str, Any]) -> Any:
        """What tests do to the organisation without the API."""
        try:
            return self._control(verb, body)
        except (RefusalError, RecordError) as error:
            raise ValueError(str(error)) from None

    def _control(self, verb: str, body: Mapping[str, Any]) -> Any:
        by = person(int(body.get("user", 7)))
        match verb:
            case "records":
                return [self._seed(body["type"], each) for each in body["records"]]
            case "record":
                return self.records.dump()["records"][self._present(body["id"]).id]
            case "edit":
                record = self._present(body["id"])
                values = self.records.accepted(record.sobject, body["values"], record, **_ADMIN)
                self.records.write(record, values, by)
            case "convert":
                return {"contact": self.records.convert(self._present(body["id"]), by).id}
            case "merge":
                master, other = self._present(body["master"]), self._present(body["other"])
                self.records.delete(other, master.id)
                gaps = {n: v for n, v in other.values.items() if master.value(n) in (None, "")}
                self.records.write(master, gaps, by)
            case "delete":
                self.records.delete(self._present(body["id"]))
            case "lock":
                self.records.locked |= {self._present(each).id for each in body["ids"]}
            case "unlock":
                self.records.locked.clear()
            case "define-field":
                self.fields.put(body["object"], Field.read(body["field"]))
            case "remove-field":
                self.fields.remove(body["object"], body["name"])
            case "remove-picklist-value":
                self.fields.remove_picklist_value(body["object"], body["name"], body["value"])
            case "flow":
                self.records.flows.append(dict(body))
            case "end-sessions":
                self._sessions.clear()
            case "end-day":
                self._today = 0
            case _:
                raise UnknownVerbError(verb)
        return {}

    def _seed(self, sobject: str, content: Mapping[str, Any]) -> str:
        given = {"LastName": "-", **content}
        if sobject == "Lead":
            given = {"Company": "-", "Status": "Open - Not Contacted", **given}
        record_id = given.pop("Id", None)
        if record_id is not None and self.records.find(record_id):
            raise ValueError(f"there is a record {record_id} already")
        values = self.records.accepted(sobject, given, None, **_ADMIN)
        return self.records.create(sobject, values, INTEGRATION_USER, record_id).id

    def _present(self, record_id: str) -> Record:
        record = self.records.find(record_id)
        if record is None or record.is_deleted:
            raise ValueError(f"there is no record {record_id}")
        return record

    def dump(self) -> dict[str, Any]:
        """Everything the organisation holds."""
        return {
            **self.records.dump(),
            "fields": self.fields.dump(),
            "rights": self.fields.rights.rows,
            "settings": dict(self.configure({})),
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Take a dump back; an empty one is an organisation as it begins."""
        self._open()
        if "fields" in state:
            rights = Rights(state["rights"]) if "rights" in state else Rights()
            self.fields = Fields.load(state["fields"], rights, INTEGRATION_USER)
            self.records = Records(self.fields, assigns_leads_to=person(99))
        self.records.load(state)
        self.configure(state.get("settings", {}))


_ADMIN = {"save": True, "by_admin": True}
_IDENTITY = f"https://login.salesforce.com/id/00D5g0000000001EAA/{INTEGRATION_USER}"


def _listed(text: str | None) -> list[str]:
    return [each.strip() for each in (text or "").split(",") if each.strip()]


def _url(path: str) -> str:
    return f"/services/data/v59.0/{path}"


def _not_allowed(method: str) -> RefusalError:
    said = f"HTTP Method '{method}' not allowed."
    return RefusalError(405, "METHOD_NOT_ALLOWED", said)
