"""Field-level security: permission sets, the fields they open, and whom they are assigned to.

A field made through the Tooling API is opened to nobody: `describe` does not list it, and a request
that names it is told that there is no such field, until a permission set opens it to the user.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from simulators.salesforce.errors import RecordError, RefusalError

PREFIXES = {"PermissionSet": "0PS", "FieldPermissions": "01k", "PermissionSetAssignment": "0Pa"}
_KEYS = {
    "PermissionSet": ("Name",),
    "FieldPermissions": ("ParentId", "Field"),
    "PermissionSetAssignment": ("AssigneeId", "PermissionSetId"),
}
"""What no two of a kind have in common."""
_NEEDED = {
    "PermissionSet": {"Name", "Label"},
    "FieldPermissions": {
        "ParentId",
        "SobjectType",
        "Field",
        "PermissionsRead",
        "PermissionsEdit",
    },
    "PermissionSetAssignment": {"AssigneeId", "PermissionSetId"},
}


@dataclass
class Rights:
    """Rows of the three objects, by kind and id."""

    rows: dict[str, dict[str, dict[str, Any]]] = field(
        default_factory=lambda: {kind: {} for kind in PREFIXES}
    )

    def create(
        self, kind: str, content: Mapping[str, Any], is_field: Callable[[str, str], bool]
    ) -> str:
        """A new row; its id.

        Raises:
            RefusalError: a field it does not have.
            RecordError: something is missing, is not there, or is there already.
        """
        self._know(kind, content)
        lacking = sorted(_NEEDED[kind] - set(content))
        if lacking:
            said = f"Required fields are missing: [{', '.join(lacking)}]"
            raise RecordError("REQUIRED_FIELD_MISSING", said, lacking)
        key = [content[name] for name in _KEYS[kind]]
        if any([row[name] for name in _KEYS[kind]] == key for row in self.rows[kind].values()):
            code = "DUPLICATE_DEVELOPER_NAME" if kind == "PermissionSet" else "DUPLICATE_VALUE"
            raise RecordError(code, f"duplicate value found: {kind} {key[-1]}")
        parent = content.get("ParentId", content.get("PermissionSetId"))
        if parent is not None and parent not in self.rows["PermissionSet"]:
            raise RecordError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
        if kind == "FieldPermissions":
            sobject, _, name = content["Field"].partition(".")
            if sobject != content["SobjectType"] or not is_field(sobject, name):
                said = f"Field Name: bad value for restricted picklist field: {content['Field']}"
                code = "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
                raise RecordError(code, said, ["Field"])
            _see_what_is_edited(content)
        row_id = f"{PREFIXES[kind]}5g{len(self.rows[kind]) + 1:010d}AAA"
        self.rows[kind][row_id] = {"Id": row_id, **content}
        return row_id

    def update(self, kind: str, row_id: str, content: Mapping[str, Any]) -> None:
        """Change what may be changed of field permissions."""
        self._know(kind, content)
        row = self.rows[kind].get(row_id)
        if row is None:
            raise RecordError("NOT_FOUND", "The requested resource does not exist")
        fixed = sorted(set(content) - {"PermissionsRead", "PermissionsEdit"})
        if kind != "FieldPermissions" or fixed:
            said = f"Unable to create/update fields: {', '.join(fixed)}"
            raise RecordError("INVALID_FIELD_FOR_INSERT_UPDATE", said, fixed)
        _see_what_is_edited({**row, **content})
        row.update(content)

    def of(self, user: str, sobject: str, name: str) -> tuple[bool, bool]:
        """Whether a user may see a field, and edit it."""
        sets = {
            row["PermissionSetId"]
            for row in self.rows["PermissionSetAssignment"].values()
            if row["AssigneeId"] == user
        }
        granted = [
            row
            for row in self.rows["FieldPermissions"].values()
            if row["ParentId"] in sets and row["Field"] == f"{sobject}.{name}"
        ]
        return (
            any(row["PermissionsRead"] for row in granted),
            any(row["PermissionsEdit"] for row in granted),
        )

    def values(self, kind: str) -> list[Callable[[str], Any]]:
        """The rows of a kind, as a query reads them."""
        known = {"Id", *_NEEDED[kind]}

        def reader(row: Mapping[str, Any]) -> Callable[[str], Any]:
            def value(name: str) -> Any:
                if name not in known:
                    said = f"No such column '{name}' on entity '{kind}'."
                    raise RefusalError(400, "INVALID_FIELD", said)
                return row.get(name)

            return value

        return [reader(row) for row in self.rows[kind].values()]

    @staticmethod
    def _know(kind: str, content: Mapping[str, Any]) -> None:
        unknown = sorted(set(content) - _NEEDED[kind])
        if unknown:
            said = f"No such column '{unknown[0]}' on sobject of type {kind}"
            raise RefusalError(400, "INVALID_FIELD", said)


def _see_what_is_edited(row: Mapping[str, Any]) -> None:
    if row["PermissionsEdit"] and not row["PermissionsRead"]:
        said = "Permission Edit requires permission Read"
        raise RecordError("FIELD_INTEGRITY_EXCEPTION", said, ["PermissionsEdit"])
