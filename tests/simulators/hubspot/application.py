"""HubSpot behind the HTTP server: who may ask, which endpoint it is, what tests may do to it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from simulators.hubspot import batches, contract, errors
from simulators.hubspot.contacts import (
    APP_ID,
    DEFAULT_PROPERTIES,
    IMPORT,
    Author,
    Contact,
    Contacts,
    person,
)
from simulators.hubspot.limits import Limits
from simulators.hubspot.schema import Property, Schema, standard_properties
from simulators.hubspot.search import search
from simulators.hubspot.settings import SCOPES, Settings
from simulators.messages import Answer, Request, Spoilt, UnknownVerbError

CONTACTS = "/crm/v3/objects/contacts"
PROPERTIES = "/crm/v3/properties/contacts"
_READS = re.compile(r"/(batch/read|search)$")


class HubSpot:
    """One account with one private app, whose token it accepts."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._open(Settings(), Schema(standard_properties()))

    def _open(self, settings: Settings, schema: Schema) -> None:
        self._settings = settings
        self._limits = Limits(settings)
        self.schema = schema
        self.contacts = Contacts(schema, settings)

    def answer(self, request: Request, spoilt: Spoilt) -> Answer:
        """The answer to one API call."""
        headers: Mapping[str, str] = {}
        try:
            self._check_token(request)
            headers = self._limits.count(is_search=request.path.endswith("/search"))
            self._check_scope(request)
            if request.malformed:
                raise errors.validation(f"Invalid input JSON: {request.malformed}")
            answer = self._routed(request, spoilt)
        except errors.RefusalError as refusal:
            answer = refusal.answer()
            if answer.status == 429:
                headers = {**self._limits.headers(), **self._limits.retry_after()}
        return Answer(answer.status, answer.body, {**headers, **answer.headers})

    def breaches(self, request: Request) -> list[str] | None:
        """What breaks the contract of its endpoint."""
        return contract.breaches(request)

    def refuse(self, breaches: Sequence[str]) -> Answer:
        """HubSpot's refusal of a request it cannot read."""
        return errors.validation(f"Invalid input JSON: {'; '.join(breaches)}").answer()

    def failure(self, status: int) -> Answer:
        """What HubSpot says with a status."""
        if status == 401:
            return errors.unauthenticated().answer()
        if status == 403:
            return errors.missing_scope(SCOPES[1]).answer()
        if status == 429:
            return errors.too_many_requests("TEN_SECONDLY_ROLLING").answer()
        if status == 409:
            return errors.conflict("Contact already exists.").answer()
        if status == 404:
            return errors.not_found().answer()
        if status in (502, 503, 504):
            # The gateway in front answers these, not the API: a page, no JSON.
            return Answer(status, f"<html><body>{status}</body></html>")
        category = "VALIDATION_ERROR" if status == 400 else "INTERNAL_ERROR"
        return errors.RefusalError(status, category, "internal error").answer()

    def ids_in(self, request: Request) -> frozenset[str]:
        """The contacts a request names."""
        body = request.body if isinstance(request.body, dict) else {}
        inputs = body.get("inputs")
        named = {
            each["id"]
            for each in (inputs if isinstance(inputs, list) else [])
            if isinstance(each, dict) and isinstance(each.get("id"), str)
        }
        if request.path.startswith(f"{CONTACTS}/"):
            named.add(request.path.removeprefix(f"{CONTACTS}/"))
        return frozenset(named)

    def _check_token(self, request: Request) -> None:
        if request.headers.get("authorization") != f"Bearer {self._token}":
            raise errors.unauthenticated()
        if self._settings.token_is_expired:
            raise errors.expired()

    def _check_scope(self, request: Request) -> None:
        reads = request.method == "GET" or _READS.search(request.path)
        if request.path.startswith(PROPERTIES):
            scope = "crm.schemas.contacts." + ("read" if reads else "write")
        elif request.path.startswith(CONTACTS):
            scope = "crm.objects.contacts." + ("read" if reads else "write")
        else:
            return
        if scope not in self._settings.scopes:
            raise errors.missing_scope(scope)

    def _routed(self, request: Request, spoilt: Spoilt) -> Answer:
        body, query = request.body, request.query
        match request.method, request.path:
            case "POST", "/crm/v3/objects/contacts/batch/read":
                return batches.read_batch(self.contacts, body)
            case "POST", "/crm/v3/objects/contacts/batch/update":
                return batches.update_batch(self.contacts, body, spoilt, self._settings)
            case "POST", "/crm/v3/objects/contacts/batch/create":
                return batches.create_batch(self.contacts, body)
            case "POST", "/crm/v3/objects/contacts/batch/upsert":
                return batches.upsert_batch(self.contacts, body, spoilt)
            case "POST", "/crm/v3/objects/contacts/batch/archive":
                return batches.archive_batch(self.contacts, body)
            case "POST", "/crm/v3/objects/contacts/search":
                return search(self.contacts, body)
            case "POST", "/crm/v3/objects/contacts/merge":
                return self._merged(body)
            case "POST", "/crm/v3/objects/contacts/gdpr-delete":
                return self._purged(body)
            case "GET", "/crm/v3/objects/contacts":
                return self._page(query)
            case "POST", "/crm/v3/objects/contacts":
                return self._created(body)
            case "POST", "/oauth/v2/private-apps/get/access-token-info":
                return self._token_info(body)
            case "GET", "/account-info/v3/details":
                return Answer(200, _ACCOUNT)
            case "GET", "/account-info/v3/api-usage/daily/private-apps":
                return Answer(200, {"results": [self._usage()]})
            case method, path if path.startswith(f"{CONTACTS}/"):
                return self._one(method, path.removeprefix(f"{CONTACTS}/"), query, body)
            case method, path if path.startswith(PROPERTIES):
                return self._properties(method, path.removeprefix(PROPERTIES).strip("/"), body)
            case _:
                raise errors.not_found()

    def _one(self, method: str, key: str, query: Mapping[str, str], body: Any) -> Answer:
        contact = self.contacts.find(key, query.get("idProperty"))
        if method == "DELETE":
            if contact is not None:
                self.contacts.archive(contact)
            return Answer(204)
        if contact is None:
            raise errors.not_found("Object not found.  objectId are usually numeric.", id=[key])
        if method == "GET":
            properties = _listed(query, "properties") or DEFAULT_PROPERTIES
            history = _listed(query, "propertiesWithHistory")
            return Answer(200, contact.told(properties, history))
        if method != "PATCH":
            raise errors.RefusalError(405, "METHOD_NOT_ALLOWED", f"{method} is not allowed here")
        values = self._accepted(body, contact)
        self.contacts.write(contact, values)
        return Answer(200, contact.told(values))

    def _created(self, body: Any) -> Answer:
        values = self._accepted(body, None)
        return Answer(201, self.contacts.create(values).told(values))

    def _accepted(self, body: Any, contact: Contact | None) -> dict[str, str]:
        good, bad = self.contacts.checked(batches.properties_of(body))
        if bad:
            raise errors.invalid_values(bad)
        taken = self.contacts.taken(good, contact.id if contact else None)
        if taken is not None:
            raise errors.conflict(f"Contact already exists. Existing ID: {taken}")
        return good

    def _page(self, query: Mapping[str, str]) -> Answer:
        limit = int(query.get("limit", "10"))
        history = _listed(query, "propertiesWithHistory")
        most = 50 if history else 100
        if limit > most:
            raise errors.validation(f"A page has at most {most} contacts")
        found, after = self.contacts.page(query.get("after"), limit)
        names = _listed(query, "properties") or DEFAULT_PROPERTIES
        answer: dict[str, Any] = {"results": [each.told(names, history) for each in found]}
        if after is not None:
            answer["paging"] = {"next": {"after": after, "link": f"?after={after}"}}
        return Answer(200, answer)

    def _merged(self, body: Any) -> Answer:
        content = body if isinstance(body, dict) else {}
        primary, other = content.get("primaryObjectId"), content.get("objectIdToMerge")
        if not isinstance(primary, str) or not isinstance(other, str):
            raise errors.validation("Invalid input JSON: primaryObjectId and objectIdToMerge")
        return Answer(200, self.contacts.merge(primary, other).told(DEFAULT_PROPERTIES))

    def _purged(self, body: Any) -> Answer:
        content = body if isinstance(body, dict) else {}
        contact = self.contacts.find(str(content.get("objectId")), content.get("idProperty"))
        if contact is not None:
            self.contacts.purge(contact)
        return Answer(204)

    def _token_info(self, body: Any) -> Answer:
        if not isinstance(body, dict) or body.get("tokenKey") != self._token:
            raise errors.not_found("There is no such token")
        known = {"userId": 1, "hubId": errors.PORTAL, "appId": APP_ID}
        return Answer(200, {**known, "scopes": self._settings.scopes})

    def _usage(self) -> dict[str, Any]:
        return {
            "name": "private-apps-api-calls-daily",
            "usageLimit": self._settings.requests_per_day,
            "currentUsage": self._limits.used_today,
            "fetchStatus": "SUCCESS",
            "resetsAt": "2030-01-01T00:00:00Z",
        }

    def _properties(self, method: str, name: str, body: Any) -> Answer:
        inputs = body.get("inputs") or [] if isinstance(body, dict) else []
        match method, name:
            case "GET", "":
                return Answer(200, {"results": [each.as_json() for each in self.schema.all()]})
            case "POST", "":
                return Answer(201, self.schema.create(body)[0].as_json())
            case "POST", "batch/create":
                made = [each.as_json() for each in self.schema.create(*inputs)]
                return batches.answered(made, [], status=201)
            case "POST", "batch/read":
                named = [self.schema.found(each["name"]).as_json() for each in inputs]
                return batches.answered(named, [])
            case "POST", "batch/archive":
                for each in inputs:
                    self.schema.remove(each["name"])
                return Answer(204)
            case "GET", "groups":
                return Answer(200, {"results": [_group(each) for each in self.schema.groups]})
            case "POST", "groups":
                return Answer(201, self._new_group(body))
            case "GET", _:
                return Answer(200, self.schema.found(name).as_json())
            case "PATCH", _:
                return Answer(200, self.schema.update(name, body).as_json())
            case "DELETE", _:
                self.schema.remove(name)
                self.contacts.forget_property(name)
                return Answer(204)
            case _:
                raise errors.not_found()

    def _new_group(self, body: Any) -> dict[str, Any]:
        name = body.get("name") if isinstance(body, dict) else None
        if not isinstance(name, str) or not name:
            raise errors.validation("Invalid input JSON: Some required fields were not set: [name]")
        if name in self.schema.groups:
            raise errors.RefusalError(409, "OBJECT_ALREADY_EXISTS", f"Group {name} already exists.")
        self.schema.groups.add(name)
        return _group(name)

    def configure(self, settings: Mapping[str, Any]) -> Mapping[str, Any]:
        """Change settings: the limits, the token's rights, and how disputed things behave."""
        self._settings.change(settings)
        return self._settings.as_json()

    def control(self, verb: str, body: Mapping[str, Any]) -> Any:
        """What tests do to the account without the API."""
        try:
            return self._control(verb, body)
        except errors.RefusalError as refusal:
            raise ValueError(refusal.message) from None

    def _control(self, verb: str, body: Mapping[str, Any]) -> Any:
        match verb:
            case "records":
                return [self._seed(each) for each in body["records"]]
            case "record":
                return self._present(body["id"]).dump()
            case "edit":
                contact = self._present(body["id"])
                values = self._accepted({"properties": body["properties"]}, contact)
                author = person(int(body.get("user_id", 7)))
                if "source_type" in body:
                    author = Author(body["source_type"], body["source_id"])
                self.contacts.write(contact, values, author)
                return contact.told(values, values)
            case "merge":
                author = person(int(body.get("user_id", 7)))
                return self.contacts.merge(body["primary"], body["other"], author).told(())
            case "archive":
                self.contacts.archive(self._present(body["id"]))
            case "gdpr-delete":
                self.contacts.purge(self._present(body["id"]))
            case "define-property":
                self.schema.put(Property.read(body))
            case "remove-property":
                self.schema.remove(body["name"])
                self.contacts.forget_property(body["name"])
            case "remove-option":
                self.schema.remove_option(body["name"], body["value"])
            case "end-day":
                self._limits.end_day()
            case _:
                raise UnknownVerbError(verb)
        return {}

    def _seed(self, record: Mapping[str, Any]) -> str:
        good, bad = self.contacts.checked(record.get("properties", {}))
        if bad:
            raise errors.invalid_values(bad)
        if self.contacts.find(record["id"]) is not None:
            raise errors.conflict(f"Contact already exists. Existing ID: {record['id']}")
        return self.contacts.create(good, IMPORT, record["id"]).id

    def _present(self, record_id: str) -> Contact:
        contact = self.contacts.find(record_id)
        if contact is None:
            raise errors.not_found(f"there is no contact {record_id}")
        return contact

    def dump(self) -> dict[str, Any]:
        """Everything the account holds."""
        return {
            **self.contacts.dump(),
            "properties": [each.as_json() for each in self.schema.all()],
            "groups": sorted(self.schema.groups),
            "settings": self._settings.as_json(),
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Take a dump back; an empty one is an account as HubSpot opens it."""
        properties = state.get("properties")
        settings = Settings()
        settings.change(state.get("settings", {}))
        listed = [Property.read(each) for each in properties] if properties else None
        self._open(settings, Schema(listed or standard_properties(), state.get("groups", ())))
        self.contacts.load(state)


def _listed(query: Mapping[str, str], name: str) -> list[str]:
    return [each for each in query.get(name, "").split(",") if each]


def _group(name: str) -> dict[str, Any]:
    return {"name": name, "label": name, "displayOrder": -1, "archived": False}


_ACCOUNT = {
    "portalId": errors.PORTAL,
    "accountType": "STANDARD",
    "timeZone": "Europe/Paris",
    "companyCurrency": "EUR",
    "additionalCurrencies": [],
    "utcOffset": "+01:00",
    "utcOffsetMilliseconds": 3600000,
    "uiDomain": "app.hubspot.com",
    "dataHostingLocation": "eu1",
}
