"""Which person a name stands for: a lead id, any contact id of the person, or an email."""

from __future__ import annotations

from orchestration.errors import UnusableInputError
from orchestration.warehouse import Connection


def lead_named(connection: Connection, wanted: str) -> str | None:
    """The person's lead id as the marts have it today; None when they know nobody so."""
    by_id = "lead_id = $wanted"
    by_email = "lower(email) = lower(trim($wanted))"
    # ids first: they are found without reading everybody's address
    for alias, lead in ((f"{by_id} or contact_id = $wanted", by_id), (by_email, by_email)):
        found = connection.execute(
            f"select lead_id from marts.lead_aliases where {alias} "
            f"union select lead_id from marts.leads where {lead} order by 1",
            {"wanted": wanted},
        ).fetchall()
        if found:
            return str(found[0][0])
    return None


def contacts_of(connection: Connection, lead_id: str) -> list[str]:
    """The ids of all CRM contacts that are this person today, the lead id first."""
    found = connection.execute(
        "select contact_id from marts.lead_aliases where lead_id = ? order by 1", [lead_id]
    ).fetchall()
    return [lead_id, *(str(name) for (name,) in found if name != lead_id)]


def nobody_named(wanted: str) -> UnusableInputError:
    """What to say when nobody is found."""
    return UnusableInputError(
        f"Nobody in the marts has the lead id, contact id or email {wanted!r}. "
        "Contact ids are compared as they are, emails in any case."
    )
