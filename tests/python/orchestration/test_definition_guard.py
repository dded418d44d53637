"""The signed definitions: what cannot be read is refused, what was used cannot be edited."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orchestration.definition_guard import (
    Content,
    check_unchanged,
    checksum,
    read_definitions,
)
from orchestration.errors import InputProblemsError, UnusableInputError
from orchestration.workspace import PROJECT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(PROJECT / "seeds" / "definitions", tmp_path / "definitions")
    return tmp_path / "definitions"


def edit(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def append(folder: Path, file: str, line: str) -> None:
    with (folder / file).open("a", encoding="utf-8") as stream:
        stream.write(line + "\n")


def problems(folder: Path) -> str:
    with pytest.raises(InputProblemsError) as caught:
        read_definitions(folder)
    assert caught.value.exit_code == 2
    return str(caught.value)


def used(folder: Path) -> dict[str, Content]:
    definitions = read_definitions(folder)
    return {version: definitions.content(version) for version in definitions.effective_from}


def test_the_project_s_own_definitions_are_sound() -> None:
    definitions = read_definitions(PROJECT / "seeds" / "definitions")
    assert list(definitions.effective_from) == ["2026-01"]


def test_a_number_that_is_none_is_named_with_its_place(folder: Path) -> None:
    line = (folder / "scoring_rules.csv").read_text().splitlines()[1]
    edit(folder, "scoring_rules.csv", line, line.replace(",35,", ",plenty,"))
    said = problems(folder)
    assert "scoring_rules.csv, line 2, column points: found 'plenty'" in said
    assert "expected a whole number" in said


def test_a_missing_column_and_a_missing_file_are_named(folder: Path) -> None:
    edit(folder, "decay_profiles.csv", "after_days", "days")
    (folder / "scoring_groups.csv").unlink()
    said = problems(folder)
    assert "decay_profiles.csv, line 1, column after_days: the column is missing" in said
    assert "scoring_groups.csv: the file is missing" in said


def test_a_row_with_a_cell_too_many_is_named(folder: Path) -> None:
    append(folder, "icp_criteria.csv", "2026-01,a,contact,country,in,FR,DE,4,zone,false")
    assert "quote cells that hold a comma" in problems(folder)


def test_versions_must_be_known_where_they_are_named(folder: Path) -> None:
    append(folder, "scoring_groups.csv", "2031-01,web,20")
    assert "found '2031-01', expected a version listed in definition_versions.csv" in (
        problems(folder)
    )


def test_two_active_versions_cannot_start_at_one_instant(folder: Path) -> None:
    append(folder, "definition_versions.csv", "b,2026-01-01T01:00:00+01:00,active,,,,")
    assert "expected an instant of its own; version 2026-01 starts then too" in problems(folder)


def test_an_instant_must_be_one_and_some_version_active(folder: Path) -> None:
    edit(folder, "definition_versions.csv", ",active,", ",draft,")
    assert "at least one version `active`" in problems(folder)
    edit(folder, "definition_versions.csv", "2026-01-01T00:00:00Z", "next year")
    assert "column effective_from: found 'next year'" in problems(folder)


def test_the_same_rule_twice_is_refused(folder: Path) -> None:
    append(folder, "scoring_groups.csv", "2026-01,web,21")
    assert "one row per version and score_group" in problems(folder)


def test_the_earliest_version_is_used_by_any_run(folder: Path) -> None:
    append(folder, "definition_versions.csv", "later,2027-01-01T00:00:00Z,active,,,,")
    definitions = read_definitions(folder)
    assert definitions.used_at(datetime(2012, 1, 1, tzinfo=UTC)) == ["2026-01"]
    assert definitions.used_at(datetime(2027, 1, 1, tzinfo=UTC)) == ["2026-01", "later"]


def test_order_and_review_notes_do_not_count_as_an_edit(folder: Path) -> None:
    before = used(folder)
    header, *rows = (folder / "scoring_rules.csv").read_text().splitlines()
    (folder / "scoring_rules.csv").write_text("\n".join([header, *reversed(rows)]) + "\n")
    edit(folder, "definition_versions.csv", "Head of Sales", "Sales committee")
    check_unchanged(read_definitions(folder), before)


def test_an_edit_of_a_used_version_is_refused_cell_by_cell(folder: Path) -> None:
    before = used(folder)
    edit(folder, "definition_parameters.csv", "mql_score_above,70", "mql_score_above,65")
    append(folder, "scoring_groups.csv", "2026-01,phone,10")
    with pytest.raises(UnusableInputError) as caught:
        check_unchanged(read_definitions(folder), before)
    said = str(caught.value)
    assert "definition_parameters.csv, version 2026-01, mql_score_above (line 2)" in said
    assert "column value: was '70', now '65'" in said
    assert "scoring_groups.csv, version 2026-01, phone" in said
    assert "the row is new" in said
    assert "new version" in said


def test_a_used_version_can_neither_go_nor_become_a_draft(folder: Path) -> None:
    append(folder, "definition_versions.csv", "b,2026-02-01T00:00:00Z,active,,,,")
    before = used(folder)
    edit(folder, "definition_versions.csv", "T00:00:00Z,active,Head", "T00:00:00Z,draft,Head")
    edit(folder, "definition_versions.csv", "b,2026-02-01T00:00:00Z,active,,,,\n", "")
    edit(folder, "definition_versions.csv", ",draft,", ",active,")
    with pytest.raises(UnusableInputError, match=r"version b: the row is gone"):
        check_unchanged(read_definitions(folder), before)


def test_a_new_version_and_an_unused_one_may_be_edited(folder: Path) -> None:
    before = used(folder)
    append(folder, "definition_versions.csv", "2027-01,2027-01-01T00:00:00Z,active,,,,")
    append(folder, "definition_parameters.csv", "2027-01,mql_score_above,65")
    check_unchanged(read_definitions(folder), before)


def test_a_checksum_knows_every_cell(folder: Path) -> None:
    before = checksum(used(folder)["2026-01"])
    edit(folder, "decay_profiles.csv", "A,30,50", "A,30,49")
    assert checksum(used(folder)["2026-01"]) != before
