"""Basic as ``binome-protocol-life``: what befell one protocol after it was published, suspensions and reviews.

R4 has no resource for it (https://hl7.org/fhir/R4/basic.html): a PlanDefinition is one version of the definition, and
says nothing of the structures that carry it. One resource a protocol, under an id that follows from its canonical.
"""

from typing import Final

from mappings.codes import systems
from mappings.domain.cooperation import Period
from mappings.domain.identity import life_id
from mappings.domain.life.events import Events, Reviewed, Suspension
from mappings.elements import Json
from mappings.fhir.datatypes import (
    FhirElement,
    codeable_concept,
    coding,
    extension,
    identifier,
    meta,
    print_date,
    print_period,
    reference,
)

PROFILE: Final = f"{systems.PROFILE}binome-protocol-life"
#: A canonical, used as an identifier (https://hl7.org/fhir/R4/datatypes.html#Identifier).
_URI: Final = "urn:ietf:rfc:3986"
_RECORD: Final = f"{systems.CODE_SYSTEM}binome-record"


def events_from_fhir(resource: Json) -> Events:
    basic = FhirElement.of_resource(resource, "Basic")
    protocol = basic.child("subject").child("identifier").text("value")
    read = Events(
        protocol=basic.protocol("subject", protocol, versioned=False),
        suspensions=tuple(map(_suspension, basic.extensions(systems.EXT_SUSPENSION))),
        reviews=tuple(map(_review, basic.extensions(systems.EXT_REVIEW))),
    )
    basic.refuse_faults()
    return read


def events_to_fhir(events: Events) -> Json:
    told = [_print_suspension(one) for one in events.suspensions] + [_print_review(one) for one in events.reviews]
    return {
        "resourceType": "Basic",
        "id": life_id(events.protocol),
        "meta": meta(PROFILE),
        "extension": told,
        "code": codeable_concept(coding(_RECORD, "protocol-life")),
        "subject": {"type": "PlanDefinition", "identifier": identifier(_URI, events.protocol)},
    }


def _suspension(element: FhirElement) -> Suspension:
    organization = element.extension("organization")
    return Suspension(
        organization_id=organization.reference("valueReference", "Organization") if organization.json else "",
        period=_period(element.extension("period")),
        authority=element.extension("authority").text("valueString"),
        reason=element.extension("reason").text("valueString"),
        source=element.extension("source").text("valueString"),
    )


def _period(element: FhirElement) -> Period:
    return element.period("valuePeriod")


def _print_suspension(one: Suspension) -> Json:
    organization = (
        [extension("organization", valueReference=reference("Organization", one.organization_id))]
        if one.organization_id
        else []
    )
    return extension(
        systems.EXT_SUSPENSION,
        extension=[
            *organization,
            extension("period", valuePeriod=print_period(one.period)),
            extension("authority", valueString=one.authority),
            extension("reason", valueString=one.reason),
            extension("source", valueString=one.source),
        ],
    )


def _review(element: FhirElement) -> Reviewed:
    reviewer = element.extension("reviewer").child("valueReference")
    return Reviewed(
        on=element.extension("date").date("valueDate"),
        by=reviewer.text("display"),
        rpps=reviewer.child("identifier").text("value"),
        version=element.extension("version").text("valueString"),
        changed=element.extension("changed").flag("valueBoolean"),
    )


def _print_review(one: Reviewed) -> Json:
    return extension(
        systems.EXT_REVIEW,
        extension=[
            extension("date", valueDate=print_date(one.on)),
            extension("reviewer", valueReference=reviewer_reference(one)),
            extension("version", valueString=one.version),
            extension("changed", valueBoolean=one.changed),
        ],
    )


def reviewer_reference(one: Reviewed) -> Json:
    return {"type": "Practitioner", "identifier": identifier(systems.RPPS, one.rpps), "display": one.by}
