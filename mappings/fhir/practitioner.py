"""Practitioner: who a professional is, profession and specialty in ``qualification`` (profile ``binome-practitioner``).

It says again what FR Core asks in ``fr-core-practitioner``, https://hl7.fr/ig/fhir/core.
"""

from typing import Final

from mappings.codes import systems
from mappings.domain.identity import practitioner_id
from mappings.domain.invariants import rpps_issues
from mappings.domain.people import Practitioner
from mappings.elements import Json
from mappings.fhir.datatypes import FhirElement, codeable_concept, coding, identifier, mailbox, meta

PROFILE: Final = f"{systems.PROFILE}binome-practitioner"
#: Range of numbers that belong to nobody.
FICTITIOUS_RPPS: Final = "99900"


def practitioner_from_fhir(resource: object) -> Practitioner:
    """lost: diplomas, further specialties, CAB mailboxes, ordinary telecoms."""
    practitioner = FhirElement.of_resource(resource, "Practitioner")
    rpps = practitioner.identifier(systems.RPPS)
    practitioner.faults.extend(rpps_issues(rpps, "Practitioner.identifier"))
    name = practitioner.first("name")
    read = Practitioner(
        id=practitioner.id_or(practitioner_id(rpps)),
        rpps=rpps,
        family=name.text("family"),
        given=next(iter(name.texts("given")), ""),
        prefix=next(iter(name.texts("prefix")), ""),
        suffix=next(iter(name.texts("suffix")), ""),
        profession=_profession(practitioner),
        specialty=next(iter(_qualifications(practitioner, systems.SPECIALTY)), ""),
        mailbox=practitioner.mailbox("PER"),
    )
    practitioner.refuse_faults()
    return read


def practitioner_to_fhir(practitioner: Practitioner) -> Json:
    rpps = practitioner.rpps
    return (
        {
            "resourceType": "Practitioner",
            "id": practitioner.id,
            "meta": meta(PROFILE, fictitious=rpps.startswith(FICTITIOUS_RPPS)),
            "identifier": [
                # National id of a professional: prefix 8 (TRE_G08) and the RPPS.
                identifier(systems.IDNPS, f"8{rpps}", use="official", type=_type("IDNPS")),
                identifier(systems.RPPS, rpps, use="official", type=_type("RPPS")),
            ],
            "name": [_print_name(practitioner)],
        }
        | ({"telecom": [mailbox(practitioner.mailbox, "PER")]} if practitioner.mailbox else {})
        | {"qualification": _print_qualifications(practitioner)}
    )


def _profession(practitioner: FhirElement) -> str:
    """One profession, in TRE_G15 only: TRE_G16 gives students the same digits."""
    found = _qualifications(practitioner, systems.PROFESSION)
    if not found:
        practitioner.fault("required", "qualification", "La profession (TRE_G15) est obligatoire.")
    if len(found) > 1:
        practitioner.fault("value", "qualification", "Une seule profession (TRE_G15) est attendue.")
    return next(iter(found), "")


def _qualifications(practitioner: FhirElement, system: str) -> list[str]:
    """Codes of one system among the qualifications, in order, each once."""
    codings = [c for q in practitioner.children("qualification") for c in q.codings("code")]
    return list(dict.fromkeys(c.text("code") for c in codings if c.json.get("system") == system))


def _type(code: str) -> Json:
    return coding(systems.FR_IDENTIFIER_TYPE, code)


def _print_name(practitioner: Practitioner) -> Json:
    return (
        {"use": "usual", "family": practitioner.family}
        | ({"given": [practitioner.given]} if practitioner.given else {})
        | ({"prefix": [practitioner.prefix]} if practitioner.prefix else {})
        | ({"suffix": [practitioner.suffix]} if practitioner.suffix else {})
    )


def _print_qualifications(practitioner: Practitioner) -> list[Json]:
    codes = [(systems.PROFESSION, practitioner.profession), (systems.SPECIALTY, practitioner.specialty)]
    return [{"code": codeable_concept(coding(system, code))} for system, code in codes if code]
