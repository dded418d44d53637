"""What SQL and the row-at-a-time model must agree on, person by person and instant by instant."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from model.consent import register, silence_began
from model.handoff import feedback, next_obligation, weekly_lists
from model.leaks import leaks
from model.lifecycle import Timeline
from model.next_action import next_action
from model.nurturing import enrolments
from model.signals import group_balances
from model.sla import Reps, clocks, findings, volumes

People = dict[str, Timeline]
SHOWN = 5


class Marts(Protocol):
    """A warehouse one can ask."""

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The answer to a question."""


def assert_agreement(marts: Marts, expected: People, as_of: datetime) -> None:
    """SQL's people, changes, states, episodes, groups, ledger and rights are those of the model."""
    assert_same_changes(marts, expected)
    assert_same_states(marts, expected)
    assert_same_scores(marts, expected)
    assert_same_episodes(marts, expected)
    assert_same_leads(marts, expected)
    assert_same_groups(marts, expected)
    assert_same_ledger(marts, expected)
    assert_same_register(marts, expected, as_of)
    assert_same_enrolments(marts, expected, as_of)
    assert_same_hand_raises(marts, expected, as_of)
    assert_same_actions(marts, expected, as_of)
    assert_same_clocks(marts, expected, as_of)
    assert_same_volumes(marts, expected, as_of)
    assert_same_findings(marts, expected)
    assert_same_obligations(marts, expected, as_of)
    assert_same_leaks(marts, expected, as_of)
    assert_same_lists(marts, expected, as_of)
    assert_same_feedback(marts, expected, as_of)


def shown(wrong: list[Any]) -> str:
    """The first few of what differs, a line each: whose, when, what was found, what is right."""
    return "\n".join([f"{len(wrong)} differ", *map(str, wrong[:SHOWN])])


def called(stage: str | None, path: str) -> str:
    """A path of the model, as SQL calls it."""
    return "qualified_verdict" if (stage, path) == ("sql", "verdict") else path


def assert_same_changes(marts: Marts, expected: People) -> None:
    """Every stage change, with scores, boxes, epoch and version."""
    found: dict[str, list[tuple[object, ...]]] = {}
    for lead_id, *change in marts.rows(
        "select lead_id, changed_at, from_stage, to_stage, path, score_before, score_after, epoch,"
        " definition_version from marts.lead_stage_changes order by lead_id, changed_at"
    ):
        found.setdefault(lead_id, []).append(tuple(change))
    wanted = {
        lead_id: [
            (
                *(change.changed_at, change.from_stage, change.to_stage),
                called(change.to_stage, change.path),
                *(change.score_before, change.score_after, change.epoch),
                change.definition_version,
            )
            for change in timeline.changes
        ]
        for lead_id, timeline in expected.items()
        if timeline.changes
    }
    _assert_equal(sorted(found.items()), sorted(wanted.items()))


def assert_same_states(marts: Marts, expected: People) -> None:
    """Everything a lead is judged by, at every instant SQL knows and every one the model knows."""
    states = (
        "select lead_id, instant, stage, stage_path, icp_grade,"
        " box_icp_fit, box_need, box_budget, box_authority, box_timing, box_engagement,"
        " temperature, epoch, is_call_recommended, is_mql_episode"
        " from intermediate.int_lead_states order by lead_id, instant"
    )
    _assert_same_at_every_instant(marts, states, expected, _judged)


def assert_same_scores(marts: Marts, expected: People) -> None:
    """The score on both axes, likewise."""
    scores = (
        "select lead_id, instant, engagement_score, fit_score, score"
        " from intermediate.int_lead_scores where is_identified order by lead_id, instant"
    )
    _assert_same_at_every_instant(marts, scores, expected, _scored)


def _assert_same_at_every_instant(
    marts: Marts,
    sql: str,
    expected: People,
    wanted_at: Callable[[Timeline, datetime], tuple[object, ...] | None],
) -> None:
    found: dict[str, dict[datetime, tuple[object, ...]]] = {}
    for lead_id, instant, *values in marts.rows(sql):
        found.setdefault(lead_id, {})[instant] = tuple(values)
    assert found.keys() == expected.keys()
    wrong = []
    for lead_id, by_instant in found.items():
        timeline, instants = expected[lead_id], list(by_instant)
        for instant in sorted({*instants, *(state.instant for state in timeline.states)}):
            place = bisect_right(instants, instant)
            had = by_instant[instants[place - 1]] if place else None
            wanted = wanted_at(timeline, instant)
            if had != wanted:
                wrong.append((lead_id, instant, had, wanted))
    assert not wrong, shown(wrong)


def _judged(timeline: Timeline, instant: datetime) -> tuple[object, ...] | None:
    state = timeline.state_at(instant)
    if state is None:
        return None
    return (
        *(state.stage, called(state.stage, state.path), state.icp_grade, *state.boxes),
        *(state.temperature, state.epoch, state.is_call_recommended, state.is_mql),
    )


def _scored(timeline: Timeline, instant: datetime) -> tuple[object, ...] | None:
    state = timeline.state_at(instant)
    return (state.engagement_score, state.fit_score, state.score) if state is not None else None


def assert_same_episodes(marts: Marts, expected: People) -> None:
    """Every MQL episode."""
    found = marts.rows(
        "select lead_id, entered_at, left_at, path from marts.mqls order by lead_id, entered_at"
    )
    wanted = sorted(
        (episode.lead_id, episode.entered_at, episode.left_at, episode.path)
        for timeline in expected.values()
        for episode in timeline.episodes
    )
    _assert_equal(sorted(found), wanted)


def assert_same_leads(marts: Marts, expected: People) -> None:
    """Where everybody who ever had a stage stands now."""
    found = marts.rows(
        "select lead_id, stage, stage_since, temperature, score, engagement_score, fit_score,"
        " icp_grade, boxes_ticked, epoch, is_call_recommended, definition_version"
        " from marts.leads order by lead_id"
    )
    wanted = sorted(
        (
            *(lead_id, timeline.last.stage),
            timeline.changes[-1].changed_at if timeline.last.stage else None,
            *(timeline.last.temperature, timeline.last.score, timeline.last.engagement_score),
            *(timeline.last.fit_score, timeline.last.icp_grade, timeline.last.boxes_ticked),
            *(timeline.last.epoch, timeline.last.is_call_recommended),
            timeline.last.definition_version,
        )
        for lead_id, timeline in expected.items()
        if timeline.changes
    )
    _assert_equal(sorted(found, key=lambda row: str(row[0])), wanted)


def assert_same_groups(marts: Marts, expected: People) -> None:
    """What each score group counts after its cap, wherever it moves."""
    wrong = []
    for lead_id, epoch, group, instant, found in marts.rows(
        "select lead_id, epoch, score_group, instant, balance_counted"
        " from intermediate.int_group_balances"
    ):
        person = expected[lead_id].person
        credits = [
            one
            for one in person.signals
            if one.epoch == epoch and one.at <= instant and not one.is_of_reset
        ]
        version = person.definitions.in_force(instant)
        wanted = group_balances(version, credits, instant).get(group, 0)
        if found != wanted:
            wrong.append((lead_id, epoch, group, instant, found, wanted))
    assert not wrong, shown(wrong)


def assert_same_ledger(marts: Marts, expected: People) -> None:
    """Adding up the ledger by hand gives the model's score, on each axis at every instant."""
    lines: dict[str, list[tuple[Any, ...]]] = {}
    for lead_id, *line in marts.rows(
        "select lead_id, entry_at, entry_type = 'fit' or (entry_type = 'adjustment'"
        " and score_group = 'fit') as is_fit, points_counted, score_after"
        " from marts.lead_score_ledger order by lead_id, entry_at"
    ):
        lines.setdefault(lead_id, []).append(tuple(line))
    assert lines.keys() <= expected.keys()
    wrong = []
    for lead_id, timeline in expected.items():
        own = lines.get(lead_id, [])
        entered = [entry[0] for entry in own]
        instants = {state.instant for state in timeline.states}
        instants |= {at for at in entered if at >= timeline.identified_at}
        for instant in sorted(instants):
            state = timeline.state_at(instant)
            assert state is not None
            until = own[: bisect_right(entered, instant)]
            fit = sum(points for _, is_fit, points, _ in until if is_fit)
            engagement = sum(points for _, is_fit, points, _ in until if not is_fit)
            said = until[-1][3] if until else 0
            found = (engagement, fit, said)
            wanted = (state.engagement_score, state.fit_score, state.score)
            if found != wanted:
                wrong.append((lead_id, instant, found, wanted))
    assert not wrong, shown(wrong)


def assert_same_register(marts: Marts, expected: People, as_of: datetime) -> None:
    """Who may be reached by which channel, on which ground, and who objected when."""
    found = marts.rows(
        "select lead_id, channel, status, legal_basis, proof_id, informed_at, objected_at,"
        " lifted_at, objection_kind, objection_id, is_by_former_address, last_sign_of_life_at"
        " from marts.consent_register order by lead_id, channel"
    )
    wanted = [
        (
            *(lead_id, one.channel, one.status, one.legal_basis, one.proof_id),
            *(one.informed_at, one.objected_at, one.lifted_at),
            *(one.objection_kind, one.objection_id, one.is_by_former_address),
            silence_began(timeline.person),
        )
        for lead_id, timeline in sorted(expected.items())
        for one in register(timeline.person, as_of)
    ]
    _assert_equal(found, wanted)


def assert_same_enrolments(marts: Marts, expected: People, as_of: datetime) -> None:
    """Who is kept warm in which track, why, until when; and nobody who may not be written to."""
    found = marts.rows(
        "select lead_id, track, template_id, reason, content_title, enrolled_at, next_try_at,"
        " try_until_at, left_at from marts.nurturing_enrolments order by lead_id, track"
    )
    wanted = [
        row for _, timeline in sorted(expected.items()) for row in enrolments(timeline, as_of)
    ]
    _assert_equal(found, wanted)


def assert_same_hand_raises(marts: Marts, expected: People, as_of: datetime) -> None:
    """Every fact by which somebody asked for us, whatever it is worth."""
    found = marts.rows(
        "select lead_id, raised_at, source_fact_id, signal, heard_at, epoch"
        " from marts.hand_raises order by lead_id, raised_at, source_fact_id"
    )
    wanted = [
        (lead_id, signal.at, signal.fact_id, signal.name, heard_at, signal.epoch)
        for lead_id, timeline in expected.items()
        for signal in timeline.person.signals
        if signal.is_hand_raise and (heard_at := max(signal.at, timeline.identified_at)) <= as_of
    ]
    _assert_equal(found, sorted(wanted))


def assert_same_actions(marts: Marts, expected: People, as_of: datetime) -> None:
    """What to do next about everybody who ever had a stage, by a channel that is open."""
    found = marts.rows("select lead_id, next_action from marts.leads order by lead_id")
    wanted = [
        (lead_id, next_action(timeline, as_of))
        for lead_id, timeline in sorted(expected.items())
        if timeline.changes
    ]
    _assert_equal(found, wanted)


def assert_same_clocks(marts: Marts, expected: People, as_of: datetime) -> None:
    """What is owed to everybody, until when, and what became of it."""
    reps = _reps(marts)
    found = marts.rows(
        "select lead_id, obligation, started_at, segment, owner_id, definition_version, status,"
        " attempts, channels, at_risk_at, due_at, stopped_at, business_minutes_late,"
        " owed_by, escalate_to, manager_id, business_minutes_used, elapsed_minutes, voided_at,"
        " is_owed"
        " from marts.sla_clocks where lead_id is not null order by lead_id, obligation, started_at"
    )
    wanted = [
        clock for _, timeline in sorted(expected.items()) for clock in clocks(timeline, as_of, reps)
    ]
    _assert_equal(found, wanted)


def _reps(marts: Marts) -> Reps:
    reps: Reps = {}
    for rep_id, manager_id, updated_at in marts.rows(
        "select rep_id, manager_id, updated_at from raw.reps order by rep_id, updated_at"
    ):
        reps.setdefault(rep_id, []).append({"manager_id": manager_id, "updated_at": updated_at})
    return reps


def assert_same_volumes(marts: Marts, expected: People, as_of: datetime) -> None:
    """What marketing delivered each month."""
    found = marts.rows(
        "select started_at, segment, definition_version, status, attempts, at_risk_at, due_at,"
        " stopped_at, business_minutes_used, is_owed from marts.sla_clocks"
        " where obligation = 'marketing_volume' order by started_at, segment"
    )
    definitions = next(iter(expected.values())).person.definitions
    wanted = volumes(expected.values(), definitions, as_of)
    _assert_equal(found, sorted(wanted, key=lambda clock: clock[:2]))


def assert_same_findings(marts: Marts, expected: People) -> None:
    """Who was left alone, and who was not left alone."""
    found = marts.rows(
        "select lead_id, finding, found_at from marts.audit_findings"
        " where finding in ('mql_expired_untouched', 'cold_prospect_pressed') order by all"
    )
    wanted = sorted(
        (lead_id, *finding)
        for lead_id, timeline in expected.items()
        for finding in findings(timeline)
    )
    _assert_equal(found, wanted)


def assert_same_obligations(marts: Marts, expected: People, as_of: datetime) -> None:
    """What the CRM is told is due next, of everybody who ever had a stage."""
    reps = _reps(marts)
    found = marts.rows(
        "select distinct lead_id, sla_due_at from marts.crm_lead_status order by lead_id"
    )
    wanted = [
        (lead_id, next_obligation(expected[str(lead_id)], as_of, reps)[2]) for lead_id, _ in found
    ]
    _assert_equal(found, wanted)


def assert_same_leaks(marts: Marts, expected: People, as_of: datetime) -> None:
    """Who slips away, by which leak, since when; deals apart."""
    found = marts.rows(
        "select lead_id, leak, leaked_at from marts.leak_cases where deal_id is null order by all"
    )
    wanted = [leak for _, timeline in sorted(expected.items()) for leak in leaks(timeline, as_of)]
    _assert_equal(found, wanted)
    _assert_equal(
        marts.rows("select leak, cases from marts.leaks where cases > 0 order by leak"),
        marts.rows("select leak, count(*) from marts.leak_cases group by leak order by leak"),
    )


def assert_same_lists(marts: Marts, expected: People, as_of: datetime) -> None:
    """Whom each rep works on this week, in which order, and what is said of them."""
    found = marts.rows(
        "select week_start, lead_id, owner_id, priority_rank, stage, score, icp_grade, temperature,"
        " boxes_ticked, sla_obligation, sla_status, sla_due_at, has_hand_raise,"
        " is_email_contactable, is_phone_contactable, last_content_1, last_content_2,"
        " last_content_3, last_contents, company_name from marts.weekly_handoff order by lead_id"
    )
    wanted = weekly_lists(expected.values(), as_of, _reps(marts))
    _assert_equal(found, sorted(wanted, key=lambda row: str(row[1])))


def assert_same_feedback(marts: Marts, expected: People, as_of: datetime) -> None:
    """What sales made of those they were handed last week."""
    found = marts.rows(
        "select lead_id, week_start, owner_id, handed_over_as, handed_over_at, verdict, reason,"
        " verdict_at, touches from marts.handoff_feedback order by lead_id"
    )
    said = [feedback(timeline, as_of) for _, timeline in sorted(expected.items())]
    _assert_equal(found, [row for row in said if row is not None])


def _assert_equal(found: list[Any], wanted: list[Any]) -> None:
    wrong = [pair for pair in zip(found, wanted, strict=False) if pair[0] != pair[1]]
    assert not wrong, shown(wrong)
    assert len(found) == len(wanted), f"{len(found)} found, {len(wanted)} wanted"
