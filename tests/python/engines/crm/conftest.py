"""The warehouse of the CRM's tests on PostgreSQL, and the CRM they tell."""

from __future__ import annotations

import pytest

from crm.conftest import make_status
from crm.hubspot.conftest import hubspot, running, scene
from orchestration.warehouse import open_warehouse
from orchestration.workspace import Workspace

__all__ = ["hubspot", "running", "scene", "workspace"]


@pytest.fixture
def workspace(space: Workspace) -> Workspace:
    """Three CRM contacts of two people."""
    with open_warehouse(space.warehouse) as connection:
        make_status(connection)
    return space
