"""Who told that an act was entered in error, and why, in the words of the pages. Pure."""

from typing import Any

from mappings.domain.report import ActReport
from service.console import french

Resource = dict[str, Any]


def enterer(agent: Resource, report: ActReport) -> tuple[str, str]:
    """Who told it, and on whose behalf: the délégué, the délégant, somebody else, or the structure's software."""
    role = agent["role"][0]["coding"][0]["code"] if "role" in agent else ""
    if role == "DELEGATEE":
        return french.name(report.delegatee), french.name(report.delegator)
    if role == "DELEGATOR":
        return french.name(report.delegator), ""
    if "identifier" in agent["who"]:
        return f"Professionnel RPPS {agent['who']['identifier']['value']}", ""
    return "Logiciel de la structure", f"la structure {report.organization.name}"


def why_of(before: Resource, after: Resource) -> str:
    """What was told besides: notes that were added, and a reason where there was none."""
    added = [note["text"] for note in after.get("note", ())[len(before.get("note", ())) :]]
    reason = "" if "statusReason" in before else after.get("statusReason", {}).get("text", "")
    return " ".join([*filter(None, [reason]), *added])
