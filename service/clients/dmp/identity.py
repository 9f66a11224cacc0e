"""Who comes before the shared record: the VIHF assertion, made and signed at the call because it expires.

ANS, VIHF 3.0. In the mode INDIRECTE the structure comes alone: it feeds, the act is imputed to it, and it may not read.
In INDIRECTE_RENFORCEE and DIRECTE a professional comes, with their profession and, if they have one, their speciality.
What the sealed metadata say of the author is what the assertion says, so that the two cannot part.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Final, Literal

from lxml import etree

from mappings import hardened_xml
from mappings.codes.professions import SPECIALTIES, author_specialty
from mappings.domain.people import Code, Organization, Practitioner
from mappings.xds.composites import unescaped
from mappings.xds.namespaces import RIM
from mappings.xds.vihf import VihfFacts, assertion
from service.clients.seal import SigningKey, signature_placeholder, signed

#: How long an assertion may be used after it was made.
LIFE: Final = dt.timedelta(minutes=5)
_PROFESSIONS: Final = "1.2.250.1.71.1.2.7"
_SPECIALTIES: Final = "1.2.250.1.71.4.2.5"
_CONTENT_TYPE: Final = "urn:uuid:aa543740-bdda-424e-8c96-df4873be8500"
#: How we come: DMP, section on authentication.
Mode = Literal["DIRECTE", "INDIRECTE", "INDIRECTE_RENFORCEE"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Software:
    """Our product as the shared record knows it."""

    id: str
    name: str
    version: str
    #: CNDA approval number.
    approval: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """A professional, and the structure they come from, as metadata name them."""

    structure_id: str
    structure_name: str
    #: TRE_R02.
    sector: str
    roles: tuple[Code, ...]
    #: ``8`` + RPPS, and « Prénom NOM »; said when the professional comes, not when the structure comes alone.
    practitioner_id: str
    practitioner_name: str


def sender_for(practitioner: Practitioner, organization: Organization) -> Sender:
    """Whoever consults, or changes what the record shows."""
    specialty = author_specialty(practitioner.profession, practitioner.specialty)
    return Sender(
        structure_id=f"1{organization.finess}",
        structure_name=organization.name,
        sector=organization.facility_type,
        roles=_roles(specialty[0] if specialty else ""),
        practitioner_id=f"8{practitioner.rpps}",
        practitioner_name=f"{practitioner.given} {practitioner.family}",
    )


def sender_of(metadata: bytes) -> Sender:
    """The author that sealed metadata name."""
    return sender_in(hardened_xml.parse(metadata))


def sender_in(request: etree._Element) -> Sender:
    """The same, of a request that was read already."""
    package = request.find(f"{{{RIM}}}RegistryObjectList/{{{RIM}}}RegistryPackage")
    if package is None:
        raise ValueError("sealed metadata without a submission set")
    institution = _slot(package, "authorInstitution").split("^")
    sector = package.find(f"{{{RIM}}}Classification[@classificationScheme='{_CONTENT_TYPE}']")
    person = _slot(package, "authorPerson").split("^")
    return Sender(
        structure_id=institution[-1],
        structure_name=unescaped(institution[0]),
        sector="" if sector is None else sector.get("nodeRepresentation", ""),
        roles=_roles(_slot(package, "authorSpecialty").partition("^")[0]),
        practitioner_id=person[0],
        practitioner_name=" ".join(unescaped(name) for name in reversed(person[1:3]) if name),
    )


def vihf(
    sender: Sender,
    patient: str,
    software: Software,
    key: SigningKey,
    *,
    mode: Mode,
    identifier: str,
    now: dt.datetime,
) -> etree._Element:
    """The signed assertion for one patient; ``identifier`` is a fresh UUID."""
    alone = mode == "INDIRECTE"
    facts = VihfFacts(
        assertion_id=f"_{identifier}",
        issued_at=now,
        authenticated_at=now,
        expires_at=now + LIFE,
        issuer=key.subject,
        name_id=sender.structure_id if alone else sender.practitioner_id,
        structure_id=sender.structure_id,
        sector=sender.sector,
        subject_name=sender.structure_name if alone else sender.practitioner_name,
        roles=sender.roles,
        patient=patient,
        mode=mode,
        authentication_context="unspecified" if alone else "SmartcardPKI",
        lps_id=software.id,
        lps_name=software.name,
        lps_version=software.version,
        lps_approval=software.approval,
    )
    element = assertion(facts)
    # Right after Issuer (SAML 2.0 core, section 5.4).
    element.insert(1, signature_placeholder())
    return signed(element, facts.assertion_id, key)


def _slot(package: etree._Element, name: str) -> str:
    value = package.findtext(f"{{{RIM}}}Classification/{{{RIM}}}Slot[@name='{name}']/{{{RIM}}}ValueList/{{{RIM}}}Value")
    return value or ""


def _roles(author_specialty: str) -> tuple[Code, ...]:
    """Profession (G15), then speciality (R01), out of one code of TRE_A02 such as ``G15_10/SM26``."""
    profession, _, specialty = author_specialty.partition("/")
    if not profession.startswith("G15_"):
        return ()
    first = Code(code=profession.removeprefix("G15_"), display=SPECIALTIES.get(profession, ""), system=_PROFESSIONS)
    if not specialty:
        return (first,)
    display = SPECIALTIES.get(author_specialty, "").partition(" - ")[2]
    return first, Code(code=specialty, display=display, system=_SPECIALTIES)
