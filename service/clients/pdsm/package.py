"""The sealed payload: the whole request body, document included; of a change, what is asked alone. Pure."""

from mappings.domain.report import ActReport, Submission
from mappings.fhir.json import dump, parse
from mappings.pdsm import provide_bundle, simplified_publish
from mappings.pdsm.changes import visibility_of
from mappings.pdsm.vocabulary import URI


def package(
    report: ActReport, submission: Submission, cda: bytes, *, simplified: bool = False, replaced: str = ""
) -> bytes:
    """``replaced``: what the record calls the version this one replaces (``DocumentReference/…``); empty for the first."""
    build = simplified_publish if simplified else provide_bundle
    return build(report, submission, cda, replaced=replaced)


def package_change(unique_id: str, purpose: str) -> bytes:
    """What is asked of a document that is there: which one, and what. The request itself is written at the call, from what
    the record then shows: no document leaves, and none is sealed."""
    return dump({"identifier": {"system": URI, "value": f"urn:oid:{unique_id}"}, "purpose": purpose})


def visibility_in(payload: bytes) -> frozenset[str]:
    """Codes of visibility of the sealed document."""
    sealed = parse(payload)
    resources = [entry["resource"] for entry in sealed.get("entry", ())] or [sealed]
    (document,) = (one for one in resources if one["resourceType"] == "DocumentReference")
    return visibility_of(document)
