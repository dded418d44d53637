"""The rules of the CRM sync hold on PostgreSQL: the very tests of DuckDB, on another warehouse."""

from __future__ import annotations

import pytest

from crm.test_sync import (  # noqa: F401
    test_a_crm_that_lacks_a_property_stops_the_sync,
    test_a_destination_answers_record_by_record,
    test_a_destination_that_breaks_off_is_settled_by_the_next_run,
    test_a_dry_run_sends_nothing,
    test_a_first_sync_writes_every_contact_with_objections_first,
    test_a_formula_in_the_data_is_inert_in_the_file_and_true_in_the_ledger,
    test_a_second_sync_with_nothing_new_writes_nothing,
    test_a_value_that_goes_is_cleared,
    test_only_what_changed_is_sent_and_a_value_may_come_back,
)

pytestmark = pytest.mark.postgres
