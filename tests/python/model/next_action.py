"""What to do next about a person: the playbook, by the channels that are open to them."""

from __future__ import annotations

from datetime import datetime

from .consent import register
from .identity import normal_email
from .lifecycle import Timeline

Plays = tuple[tuple[str, str], ...]
"""What to do and by which channel (none: nobody is reached), the one to prefer first."""
FIRST_CONTACT: Plays = (("first_contact", "phone"), ("first_message", "email"))
PLAYBOOK: dict[tuple[str, str], Plays] = {
    ("prospect", "hot"): (("follow_up_now", "phone"), ("write_follow_up_now", "email")),
    ("prospect", "warm"): (("advance_dialogue", "email"), ("call_with_next_step", "phone")),
    ("prospect", "cold"): (("light_touch", "email"), ("light_call", "phone")),
    ("mql", "hot"): (("call_now", "phone"), ("write_now", "email"), *FIRST_CONTACT),
    ("mql", "warm"): FIRST_CONTACT,
    ("mql", "cold"): FIRST_CONTACT,
    ("lead", "hot"): (("offer_demo", "email"), ("offer_demo_by_phone", "phone")),
    ("lead", "warm"): (("send_case_study", "email"),),
    ("lead", "cold"): (("send_newsletter", "email"),),
}
AT_ANY_TEMPERATURE: dict[str, Plays] = {
    "customer": (("hand_to_account_owner", ""),),
    "disqualified": (("no_action", ""),),
    "sql": (("take_on", "phone"), ("take_on_in_writing", "email")),
    "nurturing": (("nurture", "email"),),
}


def next_action(timeline: Timeline, as_of: datetime) -> str | None:
    """The first action whose channel is open; none for people without a stage."""
    state = timeline.last
    if state.stage is None:
        return None
    is_open = {one.channel: one.status == "contactable" for one in register(timeline.person, as_of)}
    if not is_open["all"]:
        return "do_not_contact"
    has_email = normal_email(timeline.person.attributes.of_contact("email", as_of)) is not None
    is_open |= {"": True, "email": is_open["email"] and has_email}
    plays = AT_ANY_TEMPERATURE.get(state.stage) or PLAYBOOK[state.stage, state.temperature]
    return next((action for action, channel in plays if is_open[channel]), "no_open_channel")
