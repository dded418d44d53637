"""What HubSpot is told in these tests, and what it was."""

from __future__ import annotations

from crm.scenes import FREELY
from orchestration.crm.mapping import CrmMapping, Limits, Property, read_mapping
from simulators.control import HubSpotSimulator


def mapping_with(lifecycle: str | None = None, limits: Limits = FREELY) -> CrmMapping:
    mapping = read_mapping("hubspot")
    properties = mapping.properties
    if lifecycle:
        stages = next(e for e in read_mapping("files").properties if e.type == "enumeration")
        properties = (
            *properties,
            Property(
                column="stage",
                property="lifecyclestage",
                type="enumeration",
                values=stages.values,
                policy=lifecycle,  # type: ignore[arg-type]
            ),
        )
    return mapping.model_copy(update={"properties": properties, "limits": limits})


def updates(hubspot: HubSpotSimulator) -> list[dict[str, object]]:
    return hubspot.requests("batch/update")
