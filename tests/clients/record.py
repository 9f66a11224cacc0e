"""The sandbox's shared record as our client reaches it, with one sealed report to publish."""

import dataclasses
import itertools
from typing import Any

from mappings.cda import report_to_cda
from mappings.domain.report import ActReport, Submission
from service.clients import package
from service.clients.dmp.identity import Software, sender_for
from service.clients.dmp.send import Access, SharedRecord
from service.clients.seal import SigningKey
from service.outbox.envelope import Destination, Document, Envelope, Former
from service.sandbox.server import Sandbox
from tests.clients.sealed_things import NOW, UNIQUE_ID, document, envelope
from tests.mappings.reports import DELEGATEE, ORGANIZATION, REPORT, SUBMISSION, second_version
from tests.waiting import PATIENCE

PATIENT = "258066799900794^^^&1.2.250.1.213.1.4.10&ISO^NH"
PDF = b"%PDF-1.4\n%fictif\n"
DOCUMENT = dataclasses.replace(document(report_to_cda(REPORT, PDF)), pdf=PDF)
_NUMBERS = itertools.count(1)


def reached(sandbox: Sandbox, key: SigningKey, **changes: Any) -> SharedRecord:
    """As a professional behind the structure's certificate, everything asked and signed; ``changes`` as wanted."""
    parts: dict[str, Any] = {
        "repository": sandbox.repository_url,
        "registry": sandbox.registry_url,
        "existence": sandbox.patients_url,
        "arc": "1.2.250.1.999.1.1.20260",
        "seconds": PATIENCE,
        "key": key,
        "software": Software(id="LPS-1", name="Binôme", version="0.1", approval="NH-FICTIF"),
        "mode": "INDIRECTE_RENFORCEE",
        "signed_sets": True,
        "now": lambda: NOW,
        "identify": lambda: f"00000000-0000-4000-8000-{next(_NUMBERS):012}",
    }
    return SharedRecord(**(parts | changes))


def access(record: SharedRecord, patient: str = PATIENT) -> Access:
    return Access(record=record, sender=sender_for(DELEGATEE, ORGANIZATION), patient=patient)


def numbered(number: int) -> Submission:
    """Another submission, under identifiers of its own."""
    return dataclasses.replace(
        SUBMISSION,
        unique_id=f"{SUBMISSION.unique_id}.{number}",
        set_uuid=f"urn:uuid:2f853376-34c0-4018-9f6a-{number:012}",
        entry_uuid=f"urn:uuid:ef33026c-c446-46e9-a817-{number:012}",
    )


def sealed(
    report: ActReport = REPORT, submission: Submission = SUBMISSION, of: Document = DOCUMENT, purpose: str = "publish"
) -> Envelope:
    addressed = envelope(Destination.DMP, b"", PATIENT)
    payload = package(report, submission, of, addressed, nil="DEV-000000")
    made = envelope(Destination.DMP, payload, PATIENT)
    return dataclasses.replace(made, entry_uuid=submission.entry_uuid, submission_id=submission.unique_id)


def change(purpose: str, number: int = 5) -> Envelope:
    """What asks the record to show the report otherwise."""
    return dataclasses.replace(sealed(submission=numbered(number)), purpose=purpose)  # type: ignore[arg-type]  # a purpose


def second(*, certain: bool = True) -> tuple[Envelope, Document]:
    """The second version of the report, for a record that has the first, or may have."""
    report = second_version()
    made = document(report_to_cda(report, PDF + b"2"))
    of = dataclasses.replace(made, pdf=PDF + b"2", unique_id=report.unique_id, version=2)
    formers = (Former(UNIQUE_ID, "", certain),)
    return dataclasses.replace(sealed(report, numbered(2), of), formers=formers), of
