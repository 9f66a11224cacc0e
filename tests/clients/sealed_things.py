import datetime as dt
import hashlib

from service.outbox.envelope import Destination, Document, Envelope

NOW = dt.datetime(2026, 11, 16, 9, 40, tzinfo=dt.UTC)
UNIQUE_ID = "1.2.250.1.999.1.1.20260.1.7.1"
CDA = b"<ClinicalDocument xmlns='urn:hl7-org:v3'/>"
MESSAGE = (
    b"From: MSP DES TILLEULS (FICTIVE) <msp@tilleuls.formation.mssante.fr>\r\n"
    b"To: hugo.weber-fictif@medecin.formation.mssante.fr\r\n"
    b"Message-ID: <1.7@binome.example>\r\n"
    b"Subject: XDM/1.0/DDM+Compte rendu\r\n"
    b"\r\n"
    b"Bonjour,\r\n.\r\n..deux points\r\n.un point\r\nFin\r\n"
)


def document(cda: bytes | None = CDA) -> Document:
    return Document(
        id="d-1",
        act="Procedure/a-1/_history/1",
        chain="670999990",
        unique_id=UNIQUE_ID,
        set_id="1.2.250.1.999.1.1.20260.1.7",
        version=1,
        created_at=NOW,
        cda=cda,
    )


def envelope(destination: Destination, payload: bytes, recipient: str = "") -> Envelope:
    return Envelope(
        id="e-1",
        document_id="d-1",
        destination=destination,
        recipient=recipient or "hugo.weber-fictif@medecin.formation.mssante.fr",
        submission_id="1.2.250.1.999.1.1.20260.3.7",
        message_id="<1.7@binome.example>",
        set_uuid="urn:uuid:0a1b2c3d-0000-4000-8000-000000000001",
        entry_uuid="urn:uuid:0a1b2c3d-0000-4000-8000-000000000002",
        created_at=NOW,
        deadline=NOW + dt.timedelta(hours=72),
        next_attempt_at=NOW,
        payload=payload,
        payload_sha256=hashlib.sha256(payload).digest(),
    )
