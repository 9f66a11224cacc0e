"""A consultation as the process is composed, and the headers under which a foreign file leaves. No framework here."""

from typing import Final

from service.composition import Composition, road_to_the_record
from service.consultation.looking import Consultation

#: A file is saved and never shown by us: not sniffed, not framed, not run, and under a name of ours.
FILE_HEADERS: Final = {
    "Content-Type": "application/pdf",
    "Content-Disposition": 'attachment; filename="document.pdf"',
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def consultation_of(composition: Composition) -> Consultation:
    return Consultation(
        store=composition.store,
        knowledge=composition.intake.knowledge,
        reader=composition.record_reader,
        road=road_to_the_record(composition.settings),
        clock=composition.clock,
        ids=composition.ids,
    )
