"""A mapping file that is wrong says where and what to write instead."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import yaml

from orchestration.crm.files import FilesDestination
from orchestration.crm.mapping import MAPPINGS, read_mapping
from orchestration.crm.sync import sync
from orchestration.errors import UnusableInputError
from orchestration.workspace import Workspace

Query = Callable[..., list[tuple[object, ...]]]

DO_NOT_CONTACT = {"column": "do_not_contact", "property": "do_not_contact", "type": "bool"}


def write(folder: Path, *properties: Mapping[str, object]) -> Path:
    content = {
        "destination": "files",
        "object_id": {"column": "crm_contact_id", "property": "Record ID"},
        "properties": [dict(each) for each in properties],
    }
    (folder / "files.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ([{"column": "score", "property": "s", "type": "number"}], "do_not_contact is not mapped"),
        ([DO_NOT_CONTACT, DO_NOT_CONTACT], "mapped twice: do_not_contact"),
        (
            [DO_NOT_CONTACT, {"column": "score", "property": "s", "type": "integer"}],
            r"properties\.1\.type: Input should be 'string'",
        ),
        (
            [DO_NOT_CONTACT, {"column": "stage", "property": "s", "type": "enumeration"}],
            "an enumeration needs its values",
        ),
        (
            [
                DO_NOT_CONTACT,
                {
                    "column": "stage",
                    "property": "s",
                    "type": "enumeration",
                    "values": {"mql": "marketingqualifiedlead"},
                },
            ],
            "no value for the stages customer, opted_out",
        ),
        (
            [DO_NOT_CONTACT | {"colour": "red"}],
            r"properties\.0\.colour: Extra inputs are not permitted",
        ),
    ],
)
def test_a_wrong_file_says_where(
    tmp_path: Path, properties: list[dict[str, object]], message: str
) -> None:
    with pytest.raises(UnusableInputError, match=message):
        read_mapping("files", write(tmp_path, *properties))


def test_there_must_be_a_file(tmp_path: Path) -> None:
    with pytest.raises(UnusableInputError, match="no mapping for 'files'"):
        read_mapping("files", tmp_path)


def test_columns_and_types_must_fit_the_mart(workspace: Workspace, tmp_path: Path) -> None:
    mapping = read_mapping(
        "files",
        write(
            tmp_path,
            DO_NOT_CONTACT,
            {"column": "scor", "property": "s", "type": "number"},
            {"column": "stage", "property": "t", "type": "datetime"},
        ),
    )
    with pytest.raises(UnusableInputError) as raised:
        sync(
            workspace,
            run_id="r1",
            destination=FilesDestination(workspace.outbox, mapping),
            started_by="test",
            mapping=mapping,
        )
    assert "no column 'scor', did you mean 'score'?" in str(raised.value)
    assert "column 'stage' is VARCHAR, which cannot be told as datetime" in str(raised.value)


def test_a_value_the_crm_has_no_word_for_stops_the_sync(workspace: Workspace, query: Query) -> None:
    query("update marts.crm_lead_status set stage = 'suspect' where crm_contact_id = '1'")
    with pytest.raises(UnusableInputError, match="lifecyclestage: no value for 'suspect'"):
        sync(
            workspace,
            run_id="r1",
            destination=FilesDestination(workspace.outbox, read_mapping("files")),
            started_by="test",
        )
    assert not workspace.outbox.exists()


def test_the_shipped_mappings_are_sound() -> None:
    for file in MAPPINGS.glob("*.yml"):
        assert read_mapping(file.stem).destination == file.stem
