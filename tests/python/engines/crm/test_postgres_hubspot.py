"""A sync with HubSpot from PostgreSQL: the very tests of DuckDB, on another warehouse."""

from __future__ import annotations

import pytest

from crm.hubspot.test_doubts import (  # noqa: F401
    test_a_stage_emptied_before_it_was_cut_short_is_no_edit,
    test_a_stage_that_did_not_move_hides_nothing_else,
    test_what_is_there_is_acknowledged_without_the_rest_of_its_record,
)
from crm.hubspot.test_faults import (  # noqa: F401
    test_a_late_retry_never_overwrites_a_newer_intent,
    test_another_mapping_tells_what_is_new_and_waits_for_somebody,
    test_many_calls_at_once_lose_nobody,
    test_the_rest_of_an_approved_plan_needs_no_second_approval,
    test_two_leads_on_one_contact_stop_the_sync,
)
from crm.hubspot.test_hubspot import (  # noqa: F401
    test_a_plan_that_was_tampered_with_is_refused,
    test_a_reps_edit_wins_and_is_listed,
    test_an_answer_lost_after_it_was_done_is_read_back,
    test_an_objection_is_not_taken_back,
    test_of_two_merged_contacts_the_survivor_speaks_but_for_objections,
    test_one_bad_record_does_not_hold_up_the_others,
    test_only_what_changed_and_nothing_twice,
    test_rollback_gives_back_what_nobody_changed_since,
    test_the_breaker,
    test_what_the_marts_say_otherwise_by_now_is_not_sent,
    test_what_was_told_of_an_erased_person_is_taken_back,
)
from crm.hubspot.test_objections import (  # noqa: F401
    planned,
    test_a_plan_that_is_held_does_not_hold_it,
    test_an_edit_since_the_plan_holds_up_nothing_but_its_property,
)
from crm.hubspot.test_rolled_back import (  # noqa: F401
    test_another_acknowledgement_does_not_undo_it,
    test_cut_short_it_is_not_undone_by_the_next_sync,
    test_it_ends_as_soon_as_somebody_releases_it,
    test_it_ends_as_soon_as_the_marts_say_something_else,
)
from crm.hubspot.test_safeguards import (  # noqa: F401
    test_a_canary_that_is_not_held_keeps_the_next_sync_too,
    test_a_text_longer_than_hubspot_takes_is_cut,
)

pytestmark = pytest.mark.postgres
