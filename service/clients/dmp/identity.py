"""Who comes before the shared record: the VIHF assertion, made and signed at the call because it expires.

ANS, VIHF 3.0; mode INDIRECTE of the DMP: the structure feeds, and the act is imputed to it. What the sealed
metadata say of the author's structure is what the assertion says, so that the two cannot part.
"""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Final, Literal

from lxml import etree

from mappings import hardened_xml
from mappings.codes.professions import SPECIALTIES
from mappings.domain.people import Code
from mappings.xds.namespaces import RIM
from mappings.xds.vihf import VihfFacts, assertion
from service.clients.seal import SigningKey, signature_placeholder, signed

#: How long an assertion may be used after it was made.
LIFE: Final = dt.timedelta(minutes=5)
_PROFESSIONS: Final = "1.2.250.1.71.1.2.7"
_SPECIALTIES: Final = "1.2.250.1.71.4.2.5"
_CONTENT_TYPE: Final = "urn:uuid:aa543740-bdda-424e-8c96-df4873be8500"
_ESCAPES: Final = {"E": "\\", "F": "|", "S": "^", "T": "&", "R": "~"}


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
    """The author's structure and the author's profession, as the sealed metadata have them."""

    structure_id: str
    structure_name: str
    #: TRE_R02.
    sector: str
    roles: tuple[Code, ...]


def sender_of(metadata: bytes) -> Sender:
    package = hardened_xml.parse(metadata).find(f"{{{RIM}}}RegistryObjectList/{{{RIM}}}RegistryPackage")
    if package is None:
        raise ValueError("sealed metadata without a submission set")
    institution = _slot(package, "authorInstitution").split("^")
    sector = package.find(f"{{{RIM}}}Classification[@classificationScheme='{_CONTENT_TYPE}']")
    return Sender(
        structure_id=institution[-1],
        structure_name=_unescaped(institution[0]),
        sector="" if sector is None else sector.get("nodeRepresentation", ""),
        roles=_roles(_slot(package, "authorSpecialty").partition("^")[0]),
    )


def vihf(
    sender: Sender,
    patient: str,
    software: Software,
    key: SigningKey,
    *,
    mode: Literal["DIRECTE", "INDIRECTE", "INDIRECTE_RENFORCEE"],
    identifier: str,
    now: dt.datetime,
) -> etree._Element:
    """The signed assertion for one patient; ``identifier`` is a fresh UUID."""
    facts = VihfFacts(
        assertion_id=f"_{identifier}",
        issued_at=now,
        authenticated_at=now,
        expires_at=now + LIFE,
        issuer=key.subject,
        name_id=sender.structure_id,
        structure_id=sender.structure_id,
        sector=sender.sector,
        subject_name=sender.structure_name,
        roles=sender.roles,
        patient=patient,
        mode=mode,
        authentication_context="unspecified",
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


def _unescaped(text: str) -> str:
    """HL7 V2.5 section 2.7: delimiters come back as they were."""
    return re.sub(r"\\([EFSTR])\\", lambda found: _ESCAPES[found[1]], text)
