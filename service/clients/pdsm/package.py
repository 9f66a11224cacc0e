"""The sealed payload: the whole request body, document included. Pure."""

from mappings.domain.report import ActReport, Submission
from mappings.pdsm import provide_bundle, simplified_publish


def package(
    report: ActReport, submission: Submission, cda: bytes, *, simplified: bool = False, replaced: str = ""
) -> bytes:
    """``replaced``: what the record calls the version this one replaces (``DocumentReference/…``); empty for the first."""
    build = simplified_publish if simplified else provide_bundle
    return build(report, submission, cda, replaced=replaced)
