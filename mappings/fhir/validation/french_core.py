"""What FR Core asks of a patient with an INS and of a professional, where a claim names it (``fr-core-patient-ins``…).

Its package cannot be loaded everywhere: our own profiles say again, under our canonical, what it constrains of the
elements that we use, and what FHIRPath cannot say (the key of an INS) stands here. https://hl7.fr/ig/fhir/core
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from mappings.codes import systems
from mappings.codes.identifiers import is_ins
from mappings.fhir.validation.fhirpath import Node
from mappings.fhir.validation.findings import Finding
from mappings.fhir.validation.profiles import Profile, profile

#: Profiles of FR Core, and ours that say the same of what we use.
_OUR_WORDS: Final[Mapping[str, str]] = {
    f"{systems.FR_CORE}fr-core-patient-ins": f"{systems.PROFILE}binome-patient",
    f"{systems.FR_CORE}fr-core-practitioner": f"{systems.PROFILE}binome-practitioner",
    f"{systems.FR_CORE}fr-core-organization": f"{systems.PROFILE}binome-organization",
}
_REFERENCE: Final = "FR Core, fr-core-patient-ins"

#: OID of each type of INS; the billing number (NSS) shares the first and is no INS.
_SYSTEMS: Final[Mapping[str, str]] = {
    "INS-NIR": f"urn:oid:{systems.INS_NIR_OID}",
    "INS-NIA": f"urn:oid:{systems.INS_NIA_OID}",
    "INS-NIR-TEST": f"urn:oid:{systems.INS_TEST_OID}",
    "INS-NIR-DEMO": f"urn:oid:{systems.INS_DEMO_OID}",
}


def profile_of(url: str) -> Profile | None:
    """The profile of that URL, or the one of ours that says the same as FR Core's; None when it is not known here."""
    name = url.partition("|")[0]
    return profile(_OUR_WORDS.get(name, name))


def judged(node: Node) -> Iterator[Finding]:
    """Every INS of a patient: the OID is its type's, the key is right."""
    identifiers = node.value.get("identifier") if node.type == "Patient" else None
    for index, identifier in enumerate(identifiers if isinstance(identifiers, list) else ()):
        wanted = _SYSTEMS.get(_type(identifier)) if isinstance(identifier, dict) else None
        if wanted is None:
            continue
        step, value = f".identifier[{index}]", identifier.get("value")
        if identifier.get("system") != wanted:
            text = "Le système de l’identifiant « {} » n’est pas celui de son type d’INS."
            yield Finding(f"{step}.system", "value", text, _REFERENCE)
        if isinstance(value, str) and not is_ins(value):
            text = "Le matricule INS « {} » n’a pas quinze caractères, ou sa clé est fausse."
            yield Finding(f"{step}.value", "value", text, _REFERENCE)


def _type(identifier: dict[str, Any]) -> str:
    type_ = identifier.get("type")
    codings = type_.get("coding") if isinstance(type_, dict) else None
    for coding in codings if isinstance(codings, list) else ():
        if isinstance(coding, dict) and coding.get("system") == systems.FR_IDENTIFIER_TYPE:
            return str(coding.get("code", ""))
    return ""
