"""What a sealed document says of itself: read back from its own header, for whoever must tell of it later.

HL7 CDA R2 and CI-SIS « Structuration minimale » 1.16.8, en-tête. The bytes are ours; they are read like anybody's.
"""

from dataclasses import dataclass
from typing import Final, Literal

from mappings.codes import oids
from mappings.codes.document import CLASSES, HORS_PROFILS_FORMAT, PDF_FORMAT, TROD_FORMAT, TYPE_CLASSES
from mappings.domain.people import Code
from mappings.hardened_xml import parse

_V3: Final = {"v3": "urn:hl7-org:v3"}
_INDUSTRY: Final = "v3:documentationOf/v3:serviceEvent/v3:performer//v3:standardIndustryClassCode"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The codes under which a document is filed."""

    type_code: Code
    class_code: Code
    format_code: Code
    practice_setting: str

    @property
    def level(self) -> Literal[1, 3]:
        return 1 if self.format_code.code == PDF_FORMAT[0] else 3


def told(cda: bytes) -> Told:
    document = parse(_header(cda))
    kind = document.find("v3:code", _V3)
    setting = document.find(_INDUSTRY, _V3)
    assert kind is not None
    assert setting is not None
    code = kind.get("code", "")
    group = TYPE_CLASSES[code]
    return Told(
        type_code=Code(code=code, display=kind.get("displayName", ""), system=kind.get("codeSystem", "")),
        class_code=Code(code=group, display=CLASSES[group], system=oids.DOCUMENT_CLASS),
        format_code=_format({one.get("root") for one in document.findall("v3:templateId", _V3)}),
        practice_setting=setting.get("code", ""),
    )


def _header(cda: bytes) -> bytes:
    """What comes before the patient, and the main act: all else says nothing of how a document is filed."""
    begun, people, rest = cda.partition(b"<recordTarget>")
    _, mark, act = rest.partition(b"<documentationOf>")
    main, end, _ = act.partition(b"</documentationOf>")
    return b"".join([begun, mark, main, end, b"</ClinicalDocument>"]) if people and mark and end else cda


def _format(templates: set[str | None]) -> Code:
    if oids.BIO_TROD in templates:
        return Code(code=TROD_FORMAT[0], display=TROD_FORMAT[1], system=oids.CI_SIS_FORMAT)
    if oids.XDS_SD in templates:
        return Code(code=PDF_FORMAT[0], display=PDF_FORMAT[1], system=oids.FORMAT)
    return Code(code=HORS_PROFILS_FORMAT[0], display=HORS_PROFILS_FORMAT[1], system=oids.CI_SIS_FORMAT)
