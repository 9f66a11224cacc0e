"""The patient, or another software, hides a document in the sandbox's records: nothing of it comes through us."""

import copy

from lxml import etree

from service.sandbox.server import Sandbox

_CONFIDENTIALITY = "urn:uuid:f4f85eac-e6cb-4883-b524-f2705394840f"
_TRE_A07 = "https://mos.esante.gouv.fr/NOS/TRE_A07-StatutVisibiliteDocument/FHIR/TRE-A07-StatutVisibiliteDocument"


def hide_in_the_record(sandbox: Sandbox, unique_id: str, code: str) -> None:
    """In whichever record holds it."""
    for entry in sandbox.state.registry.by_unique_id(unique_id):
        element = etree.fromstring(entry.metadata)
        label = next(one for one in element if one.get("classificationScheme") == _CONFIDENTIALITY)
        made = copy.deepcopy(label)
        made.set("nodeRepresentation", code)
        made.set("id", f"by-the-patient-{code}")
        label.addnext(made)
        entry.metadata = etree.tostring(element)
    for held in sandbox.state.fhir_record.by_unique_id(unique_id):
        held.document["securityLabel"].append({"coding": [{"system": _TRE_A07, "code": code}]})


def hidden_in_the_record(sandbox: Sandbox, unique_id: str) -> set[str]:
    """From whom, by the version in force."""
    found: set[str] = set()
    for entry in sandbox.state.registry.by_unique_id(unique_id):
        labels = etree.fromstring(entry.metadata)
        found |= {
            one.get("nodeRepresentation", "") for one in labels if one.get("classificationScheme") == _CONFIDENTIALITY
        }
    for held in sandbox.state.fhir_record.by_unique_id(unique_id):
        found |= {one["coding"][0]["code"] for one in held.document["securityLabel"]}
    return found - {"N"}
