"""Which person a name stands for: a lead id, any contact id of the person, or an email."""

from __future__ import annotations

from orchestration.errors import UnusableInputError
from orchestration.warehouse import Connection


def lead_named(connection: Connection, wanted: str) -> str | None:
    """The person's lead id as the marts have it today; None when they know nobody so."""
    found = connection.execute(
        """
        select lead_id from marts.lead_aliases
        where lead_id = $wanted or contact_id = $wanted or lower(email) = lower(trim($wanted))
        union
        select lead_id from marts.leads
        where lead_id = $wanted or lower(email) = lower(trim($wanted))
        order by 1
        """,
        {"wanted": wanted},
    ).fetchall()
    return str(found[0][0]) if found else None


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
