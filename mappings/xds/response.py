"""ebXML ``RegistryResponse``: what a registry or a repository answered.

ebXML Registry Services 3.0; error codes of IHE ITI TF-3 4.2.4.
"""

from dataclasses import dataclass
from typing import Final

from lxml import etree

from mappings.issues import Issue, Refused
from mappings.xds.namespaces import RS

SUCCESS: Final = "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Success"
PARTIAL_SUCCESS: Final = "urn:ihe:iti:2007:ResponseStatusType:PartialSuccess"
FAILURE: Final = "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Failure"
_SEVERITY: Final = "urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryError:
    """One error or warning of the answer."""

    #: E.g. ``XDSRepositoryBusy``.
    code: str
    #: The receiver's own words: may quote an identity, never to be logged.
    context: str
    #: ``Error`` or ``Warning``.
    severity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryAnswer:
    """Status (a full URN) and errors of one answer."""

    status: str
    errors: tuple[RegistryError, ...] = ()

    @property
    def succeeded(self) -> bool:
        return self.status == SUCCESS


def read_registry_response(body: etree._Element) -> RegistryAnswer:
    """Reads ``rs:RegistryResponse`` and what derives from it; ``Refused`` when the body is something else."""
    status = body.get("status")
    if status is None:
        raise Refused(Issue("structure", "", "La réponse n’est pas une RegistryResponse.", "ebXML RS 3.0"))
    return RegistryAnswer(
        status=status,
        errors=tuple(
            RegistryError(
                code=error.get("errorCode", ""),
                context=error.get("codeContext", ""),
                severity=error.get("severity", f"{_SEVERITY}Error").removeprefix(_SEVERITY),
            )
            for error in body.iterfind(f"{{{RS}}}RegistryErrorList/{{{RS}}}RegistryError")
        ),
    )


def registry_response(answer: RegistryAnswer) -> etree._Element:
    """The answer as ``rs:RegistryResponse``."""
    body = etree.Element(f"{{{RS}}}RegistryResponse", {"status": answer.status}, nsmap={"rs": RS})
    if answer.errors:
        errors = etree.SubElement(body, f"{{{RS}}}RegistryErrorList")
        for error in answer.errors:
            attributes = {"errorCode": error.code, "codeContext": error.context, "severity": _SEVERITY + error.severity}
            etree.SubElement(errors, f"{{{RS}}}RegistryError", attributes)
    return body
