"""The destinations: one folder each, the same three verbs. ``package`` and ``read`` are pure, ``send`` is the network.

What must live here: the one list of destinations and what a client promises. What must not be known here: when
to send and when to stop (``outbox``), who stores what was said (``store``). A client never raises for what the
outside world does: every answer, and every silence, is a receipt.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from mappings.codes.document import VISIBILITIES
from mappings.domain.report import ActReport, Submission
from mappings.issues import Issue
from mappings.pdsm import pdsm_refusals
from mappings.xds import dmp_refusals, metadata_refusals
from service.clients.dmp import package as dmp_package
from service.clients.dmp.client import DmpClient
from service.clients.dmp.send import SharedRecord
from service.clients.look_up import LookUp, Presence
from service.clients.mssante import package as mssante_package
from service.clients.mssante.client import MssanteClient
from service.clients.mssante.preflight import Limits
from service.clients.mssante.send import Submission as MailSubmission
from service.clients.pdsm import package as pdsm_package
from service.clients.pdsm.client import PdsmClient
from service.clients.pdsm.send import PdsmRecord
from service.clients.sealed import cda_of, pdf_of
from service.outbox.envelope import BRINGS, Destination, Document, Envelope
from service.outbox.receipt import Receipt

__all__ = [
    "CLIENTS",
    "WITHDRAWS",
    "Client",
    "ClientSettings",
    "LookUp",
    "Presence",
    "package",
    "refusals",
    "visibility_sealed",
]


class Client(Protocol):
    """What every destination's client promises."""

    def send(self, envelope: Envelope, document: Document) -> Receipt:
        """Carry the sealed bytes, once, and read what was answered."""
        ...

    def look_up(self, envelope: Envelope, document: Document) -> LookUp | None:
        """Ask whether the document is there; None when the destination cannot be asked."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSettings:
    """What the clients need, composed once."""

    dmp: SharedRecord
    pdsm: PdsmRecord
    mssante: MailSubmission
    mail_limits: Limits = Limits()


CLIENTS: Final[dict[Destination, Callable[[ClientSettings], Client]]] = {
    Destination.DMP: lambda settings: DmpClient(settings.dmp),
    Destination.PDSM: lambda settings: PdsmClient(settings.pdsm),
    Destination.MSSANTE_PROFESSIONAL: lambda settings: MssanteClient(settings.mssante, settings.mail_limits),
    Destination.MSSANTE_PATIENT: lambda settings: MssanteClient(settings.mssante, settings.mail_limits),
}


SEALED_VISIBILITY: Final[dict[Destination, Callable[[bytes], frozenset[str]]]] = {
    Destination.DMP: dmp_package.visibility_in,
    Destination.PDSM: pdsm_package.visibility_in,
}

#: Destinations that can always be told that what they hold was entered in error. A mailbox gets the document again, told
#: to be removed (CI-SIS, volet courriel: ``urn:action:extraMetadataSlot`` = D).
WITHDRAWS: Final = frozenset({Destination.MSSANTE_PROFESSIONAL, Destination.MSSANTE_PATIENT})


def refusals(report: ActReport, envelopes: Sequence[Envelope], *, nil: str) -> list[Issue]:
    """What the destinations could not be told of ``report``; asked before anything is stored."""
    found = [issue for envelope in envelopes for issue in _own_refusals(report, envelope, nil)]
    # The metadata are the same wherever they go.
    return [*metadata_refusals(report), *found] if envelopes else []


def _own_refusals(report: ActReport, envelope: Envelope, nil: str) -> list[Issue]:
    if envelope.destination is Destination.DMP:
        return dmp_refusals(report)
    if envelope.destination is Destination.PDSM:
        return pdsm_refusals(report)
    return mssante_package.refusals(report, envelope, nil=nil)


def package(
    report: ActReport,
    submission: Submission,
    document: Document,
    envelope: Envelope,
    *,
    nil: str,
    replaced_uuid: str = "",
    simplified: bool = False,
) -> bytes:
    """The payload to seal; ``Refused`` when the destination cannot be told this report.

    ``nil``: product reference of the X-MSS-NIL header. ``replaced_uuid``: what the shared record calls
    the version this one replaces (a look-up's ``receiver_id``): an entryUUID, or a reference over FHIR. ``simplified``:
    over FHIR, one resource (ITI-105) instead of a transaction (ITI-65).
    """
    if envelope.destination is Destination.DMP:
        return dmp_package.package(report, submission, cda_of(document), replaced_uuid=replaced_uuid)
    if envelope.destination is Destination.PDSM and envelope.purpose not in BRINGS:
        return pdsm_package.package_change(document.unique_id, envelope.purpose)
    if envelope.destination is Destination.PDSM:
        cda = cda_of(document)
        return pdsm_package.package(report, submission, cda, simplified=simplified, replaced=replaced_uuid)
    return mssante_package.package(report, submission, cda_of(document), pdf_of(document), envelope, nil=nil)


def visibility_sealed(envelope: Envelope) -> frozenset[str]:
    """Codes of visibility (TRE_A07) that the sealed bytes bring to a shared record; none for a mail."""
    payload, read = envelope.payload or b"", SEALED_VISIBILITY.get(envelope.destination)
    # Most hide from nobody, and are not read for it.
    hides = any(code.encode() in payload for code in VISIBILITIES)
    return read(payload) if read and hides else frozenset()
