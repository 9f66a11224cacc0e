"""The protocol catalogue: one folder a protocol, read once at start."""

from pathlib import Path

from mappings.domain.protocol import Protocol
from mappings.issues import Issue, Refused
from mappings.records.protocol import protocol_from_toml


def load_catalogue(folder: Path) -> dict[str, Protocol]:
    """Every protocol under ``folder`` by its canonical with version; raises ``Refused`` with every fault of every one."""
    catalogue: dict[str, Protocol] = {}
    issues: list[Issue] = []
    for protocol_folder in sorted(path for path in folder.iterdir() if path.is_dir()):
        files = {path.name: path.read_text(encoding="utf-8") for path in sorted(protocol_folder.glob("*.toml"))}
        try:
            protocol = protocol_from_toml(files)
        except Refused as refused:
            issues.extend(_within(protocol_folder.name, issue) for issue in refused.issues)
            continue
        if protocol.canonical in catalogue:
            issues.append(Issue("duplicate", protocol_folder.name, "Cette version du protocole est déjà au catalogue."))
        catalogue[protocol.canonical] = protocol
    if issues:
        raise Refused(issues)
    return catalogue


def _within(folder: str, issue: Issue) -> Issue:
    return Issue(issue.code, f"{folder}/{issue.expression}", issue.text, issue.reference, issue.severity)
