"""The link of the proof chain, as a Provenance shows it."""

import base64
from dataclasses import dataclass

from mappings.codes import systems
from mappings.fhir.provenance.elements import Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainLink:
    """The link that a Provenance shows: its number, what it follows, the SHA-256 of the bytes, its digest."""

    sequence: int
    previous: bytes
    content: bytes
    digest: bytes


def with_chain(provenance: Resource, link: ChainLink) -> Resource:
    """``provenance`` showing ``link``."""
    chain = {
        "url": systems.EXT_CHAIN,
        "extension": [
            {"url": "sequence", "valuePositiveInt": link.sequence},
            {"url": "previous", "valueBase64Binary": base64.b64encode(link.previous).decode()},
            {"url": "content", "valueBase64Binary": base64.b64encode(link.content).decode()},
            {"url": "digest", "valueBase64Binary": base64.b64encode(link.digest).decode()},
        ],
    }
    head = {key: provenance[key] for key in ("resourceType", "id", "meta")}
    extensions = [chain, *provenance.get("extension", ())]
    rest = {key: value for key, value in provenance.items() if key not in head and key != "extension"}
    return {**head, "extension": extensions, **rest}
