"""VIHF: the SAML 2.0 assertion by which a professional or a structure comes before the shared record.

ANS, CI-SIS « Transport synchrone », VIHF; OASIS SAML 2.0. Unsigned: whoever holds the signature key puts ``ds:Signature`` right after Issuer.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Final, Literal

from lxml import etree

from mappings.codes import oids
from mappings.domain.people import Code
from mappings.xds.namespaces import add

SAML: Final = "urn:oasis:names:tc:SAML:2.0:assertion"
_XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
_XS: Final = "http://www.w3.org/2001/XMLSchema"
_V3: Final = "urn:hl7-org:v3"
_SUBJECT_NAME: Final = "urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName"
_CONTEXT: Final = "urn:oasis:names:tc:SAML:2.0:ac:classes:"

SUBJECT_ID: Final = "urn:oasis:names:tc:xspa:1.0:subject:subject-id"
ROLE: Final = "urn:oasis:names:tc:xacml:2.0:subject:role"
RESOURCE_ID: Final = "urn:oasis:names:tc:xacml:2.0:resource:resource-id"
#: The DMP example tokens of version 3.0 (2019) write a small m: to be settled with the operator.
MODE: Final = "Authentification_Mode"
PURPOSE: Final = "urn:oasis:names:tc:xspa:1.0:subject:purposeofuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class VihfFacts:
    """All that an assertion says."""

    #: ``_`` + UUID: an XML ID.
    assertion_id: str
    issued_at: dt.datetime
    #: When the user, or the structure, authenticated.
    authenticated_at: dt.datetime
    #: After this instant the assertion is worth nothing; None = not said.
    expires_at: dt.datetime | None = None
    #: Subject DN of the signature certificate, never of the authentication one.
    issuer: str
    #: Professional (``8`` + RPPS) or structure.
    name_id: str
    #: National structure id, ``1`` + FINESS.
    structure_id: str
    #: TRE_R02, e.g. ``SA52``.
    sector: str
    #: « Prénom NOM » of the professional, or the structure's name.
    subject_name: str
    #: TRE_G15 (1.2.250.1.71.1.2.7), then the speciality (1.2.250.1.71.4.2.5) for doctors and pharmacists.
    roles: tuple[Code, ...]
    #: INS in CX form, ``composites.ins_cx``.
    patient: str
    mode: Literal["DIRECTE", "INDIRECTE", "INDIRECTE_RENFORCEE"]
    authentication_context: Literal["SmartcardPKI", "unspecified"] = "SmartcardPKI"
    lps_id: str
    lps_name: str
    lps_version: str
    #: CNDA approval number.
    lps_approval: str
    vihf_version: str = "3.0"


def assertion(facts: VihfFacts) -> etree._Element:
    root = etree.Element(
        f"{{{SAML}}}Assertion",
        {"ID": facts.assertion_id, "IssueInstant": _instant(facts.issued_at), "Version": "2.0"},
        nsmap={"saml2": SAML, "xsi": _XSI},
    )
    add(root, SAML, "Issuer", facts.issuer, Format=_SUBJECT_NAME)
    add(add(root, SAML, "Subject"), SAML, "NameID", facts.name_id)
    if facts.expires_at is not None:
        limits = {"NotBefore": _instant(facts.issued_at), "NotOnOrAfter": _instant(facts.expires_at)}
        add(root, SAML, "Conditions", **limits)
    authentication = add(root, SAML, "AuthnStatement", AuthnInstant=_instant(facts.authenticated_at))
    context = add(authentication, SAML, "AuthnContext")
    add(context, SAML, "AuthnContextClassRef", f"{_CONTEXT}{facts.authentication_context}")
    statement = add(root, SAML, "AttributeStatement")
    _text(statement, "Identifiant_Structure", facts.structure_id)
    _text(statement, "Secteur_Activite", f"{facts.sector}^{oids.FACILITY}")
    _text(statement, SUBJECT_ID, facts.subject_name)
    roles = add(statement, SAML, "Attribute", Name=ROLE)
    for role in facts.roles:
        _coded(roles, "Role", role)
    _text(statement, "VIHF_Version", facts.vihf_version)
    _text(statement, MODE, facts.mode)
    _text(statement, RESOURCE_ID, facts.patient)
    _text(statement, "Ressource_URN", "urn:dmp")
    purpose = add(statement, SAML, "Attribute", Name=PURPOSE)
    _coded(purpose, "PurposeOfUse", Code(code="normal", display="Accès normal", system=oids.PURPOSE_OF_USE))
    _text(statement, "LPS_ID", facts.lps_id)
    _text(statement, "LPS_Nom", facts.lps_name)
    _text(statement, "LPS_Version", facts.lps_version)
    _text(statement, "LPS_ID_HOMOLOGATION_DMP", facts.lps_approval)
    return root


def _instant(instant: dt.datetime) -> str:
    return instant.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _text(statement: etree._Element, name: str, value: str) -> None:
    attribute = add(statement, SAML, "Attribute", Name=name)
    element = etree.SubElement(
        attribute, f"{{{SAML}}}AttributeValue", {f"{{{_XSI}}}type": "xs:string"}, nsmap={"xs": _XS}
    )
    element.text = value


def _coded(attribute: etree._Element, name: str, code: Code) -> None:
    value = add(attribute, SAML, "AttributeValue")
    attributes = {"code": code.code, "codeSystem": code.system, "displayName": code.display, f"{{{_XSI}}}type": "CE"}
    # lxml-stubs do not know the default namespace
    etree.SubElement(value, f"{{{_V3}}}{name}", attributes, nsmap={None: _V3})  # type: ignore[dict-item]  # the stubs want no default
