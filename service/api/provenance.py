"""The header in which a client says why it changes what it changes (R4 4.0.1, https://hl7.org/fhir/R4/provenance.html#header).

Of the Provenance that it holds only ``reason`` is the client's to tell: who, on whose behalf, when and of what are the
server's, which knows them.
"""

from mappings.fhir.json import parse
from mappings.issues import Issue, Refused

_REFERENCE = "FHIR R4, provenance.html#header"


def told_reason(header: str) -> str:
    """Why, in words; empty without the header. ``Refused`` when it holds no Provenance that says so."""
    if not header:
        return ""
    try:
        provenance = parse(header.encode("latin-1", "replace"))
    except Refused:
        provenance = {}
    reasons = provenance.get("reason") if provenance.get("resourceType") == "Provenance" else None
    texts = [one.get("text") for one in reasons if isinstance(one, dict)] if isinstance(reasons, list) else []
    told = " ".join(text for text in texts if isinstance(text, str)).strip()
    if not told:
        text = "L’en-tête X-Provenance porte une Provenance (JSON) dont reason[0].text dit le motif."
        raise Refused(Issue("value", "Provenance.reason", text, _REFERENCE))
    return told
