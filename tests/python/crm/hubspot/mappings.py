"""What HubSpot is told in these tests, and what it was."""

from __future__ import annotations

from crm.scenes import FREELY
from orchestration.crm.mapping import CrmMapping, Limits, Property, read_mapping
from simulators.control import HubSpotSimulator


def mapping_with(
    lifecycle: str | None = None, limits: Limits = FREELY, **policies: str
) -> CrmMapping:
    """The mapping that is used, with the life cycle too if it has a policy, and other policies."""
    mapping = read_mapping("hubspot")
    properties = tuple(
        each.model_copy(update={"policy": policies.get(each.property)})
        for each in mapping.properties
    )
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
