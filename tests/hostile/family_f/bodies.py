"""Bodies of families J and X where they would be told in another format, and some that are odd (json.html, xml.html)."""

from typing import Final

from mappings.fhir.json import dump
from mappings.fhir.xml import resource_to_xml
from tests.hostile import test_fhir_bodies as bodies
from tests.hostile.family_f.case import XML, Case, patient, post

_JSON_SECTION: Final = "FHIR R4, json.html"
_XML_SECTION: Final = "FHIR R4, xml.html"
_ANY: Final = (
    "structure",
    "value",
    "invariant",
    "too-costly",
    "too-long",
    "required",
    "not-supported",
    "code-invalid",
    "not-found",
)

JSON_BODIES: Final = {
    f"{name}, at $convert": post("$convert", body, *_ANY, answers=(400, 413, 422), section=_JSON_SECTION)
    for name, body in bodies.JSON.items()
}  # fmt: skip
XML_BODIES: Final = {
    f"{name}, in XML at $convert": post(
        "$convert", body.replace(b"/CANARY", b"/etc/passwd"), *_ANY, answers=(400, 413, 422), kind=XML, section=_XML_SECTION
    )
    for name, body in bodies.XML.items()
}  # fmt: skip

_DOB: Final = b'"birthDate":"1990-05-12"'


def _with(old: bytes, new: bytes, number: str) -> bytes:
    good = dump(patient(number))
    assert old in good
    return good.replace(old, new, 1)


ODD: Final[dict[str, Case]] = {
    "two birth dates": post("Patient", _with(_DOB, _DOB + b',"birthDate":"1800-01-01"', "H-J1"), "structure", answers=(400,), section=_JSON_SECTION),
    "two birth dates, one of them escaped": post(
        "Patient", _with(_DOB, _DOB + b',"birth\\u0044ate":"1800-01-01"', "H-J2"), "structure", answers=(400,), section=_JSON_SECTION
    ),
    "a birth date that differs by case": post(
        "Patient", _with(_DOB, _DOB + b',"BirthDate":"1800-01-01"', "H-J3"), "structure", answers=(400, 422), section=_JSON_SECTION
    ),
    "a birth date and why there is none": post(
        "Patient", _with(_DOB, _DOB + b',"_birthDate":[{"id":"x"}]', "H-J4"), "structure", answers=(400,), section="FHIR R4, json.html#primitive"
    ),
    "members in another order": post(
        "Patient", dump(dict(reversed(patient("H-J5").items()))), answers=(201,), section="FHIR R4, json.html: the order of members means nothing"
    ),
    "escapes where none is needed": post(
        "Patient", _with(b'"family"', b'"fam\\u0069ly"', "H-J6"), answers=(201,), section="RFC 8259, section 8.3"
    ),
    "blanks everywhere": post(
        "Patient", b" \r\n\t" * 10_000 + dump(patient("H-J7"), pretty=True) + b"\n" * 10_000, answers=(201,), section="RFC 8259, section 2"
    ),
    "a pair of surrogates, escaped": post(
        "Patient", _with(b'"LISE"', b'"LISE \\ud83d\\ude00"', "H-J8"), "value", "business-rule", answers=(201, 422), section="RFC 8259, section 7"
    ),
    "XML with another prefix": post(
        "Patient",
        resource_to_xml(patient("H-J9")).replace(b"<", b"<f:").replace(b"<f:/", b"</f:").replace(b"<f:?", b"<?").replace(b" xmlns=", b" xmlns:f="),
        answers=(201,),
        kind=XML,
        section=_XML_SECTION,
    ),
    "XML with comments": post(
        "Patient", resource_to_xml(patient("H-J10")).replace(b"<gender", b"<!-- x --><gender"), answers=(201,), kind=XML, section=_XML_SECTION
    ),
    "XML with a byte order mark": post(
        "Patient", b"\xef\xbb\xbf" + resource_to_xml(patient("H-J11")), answers=(201,), kind=XML, section="XML 1.0, section 4.3.3"
    ),
    "XML in UTF-16": post(
        "Patient",
        resource_to_xml(patient("H-J12")).decode().replace("UTF-8", "UTF-16").encode("utf-16"),
        "structure", answers=(400,), kind=XML, section="FHIR R4, xml.html: UTF-8",
    ),
}  # fmt: skip
CASES: Final = JSON_BODIES | XML_BODIES | ODD
