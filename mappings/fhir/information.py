"""The extension ``information`` of a Consent: what the patient was told before deciding, and by whom."""

from mappings.codes import systems
from mappings.domain.cooperation import NO_INFORMATION, Information
from mappings.domain.invariants import rpps_issues
from mappings.elements import Json
from mappings.fhir.datatypes import FhirElement, extension, identifier


def read_information(consent: FhirElement) -> Information:
    """lost: further notices; the first one was given."""
    told = consent.extensions(systems.EXT_INFORMATION)
    if not told:
        return NO_INFORMATION
    notice, informant = "", ""
    for part in told[0].children("extension"):
        if part.optional_text("url") == "notice":
            notice = part.optional_text("valueCanonical") or part.text("valueString")
        elif part.optional_text("url") == "informant":
            informant = part.reference_identifier("valueReference", systems.RPPS)
            consent.faults.extend(rpps_issues(informant, part.at("valueReference.identifier")))
    return Information(notice=notice, rpps=informant)


def print_information(information: Information) -> Json:
    """A notice that has an address is named by it, any other in words."""
    kind = "valueCanonical" if information.notice.startswith(("http://", "https://", "urn:")) else "valueString"
    parts = [extension("notice", **{kind: information.notice})] if information.notice else []
    if information.rpps:
        parts.append(extension("informant", valueReference={"identifier": identifier(systems.RPPS, information.rpps)}))
    return {"extension": [{"url": systems.EXT_INFORMATION, "extension": parts}]} if parts else {}
