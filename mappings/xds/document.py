"""A document that a repository gave: whether it is what its entry says, and of the same patient.

CI-SIS « Structuration minimale de documents de santé » 1.16.8; DMP. Only what could show one patient's document as
another's is looked at; what else a document of somebody else's says is theirs.
"""

from typing import Final

from lxml import etree

from mappings import hardened_xml
from mappings.codes.systems import INS_DEMO_OID, INS_NIA_OID, INS_NIR_OID, INS_TEST_OID
from mappings.issues import Refused
from mappings.xds.existence import ins_of
from mappings.xds.namespaces import V3

_INS: Final = frozenset({INS_NIR_OID, INS_NIA_OID, INS_TEST_OID, INS_DEMO_OID})
_ROLE: Final = f"{{{V3}}}recordTarget/{{{V3}}}patientRole"


def cda_fault(content: bytes, unique_id: str, patient: str) -> str:
    """Why XML content is not to be shown; empty when nothing is wrong with it, or when it is no CDA.

    ``unique_id`` is its entry's, ``patient`` the INS in CX form of whose record it came from.
    """
    try:
        root = hardened_xml.parse(content)
    except Refused:
        return "unreadable-document"
    if root.tag != f"{{{V3}}}ClinicalDocument":
        return ""
    if _named(root.find(f"{{{V3}}}id")) != unique_id:
        return "other-document"
    roles = root.findall(_ROLE)
    if len(roles) != 1:
        return "other-patient"
    identifiers = [(each.get("extension"), each.get("root")) for each in roles[0].iterfind(f"{{{V3}}}id")]
    known = [each for each in identifiers if each[0] and each[1]]
    # An old document may bear another identifier than the INS; none at all names nobody.
    national = {each for each in known if each[1] in _INS}
    return "" if known and national <= {ins_of(patient)} else "other-patient"


def _named(identifier: etree._Element | None) -> str:
    """``root``, or ``root^extension`` (IHE ITI TF-3 4.2.3.2.26)."""
    if identifier is None:
        return ""
    root, extension = identifier.get("root", ""), identifier.get("extension", "")
    return f"{root}^{extension}" if extension else root
