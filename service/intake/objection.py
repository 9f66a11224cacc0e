"""What closes the way of what waits to be sent: a choice of sharing, a consent to care taken back, a report that is hidden.

Asked when a report is addressed, before each sending, and when an attempt that did not arrive is settled.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from mappings.domain.cooperation import Sharing
from mappings.domain.showing import HIDDEN as HIDDEN_FROM_PATIENT
from mappings.domain.showing import MASKED
from mappings.fhir.care_plan import inclusion_from_fhir
from mappings.fhir.consent import consent_from_fhir
from mappings.fhir.datatypes import reference_id
from mappings.fhir.json import parse
from service.intake.knowledge import Knowledge, Readings
from service.intake.sharing import sharing_of
from service.outbox.envelope import Destination, Document
from service.outbox.objection import Objection
from service.outbox.receipt import CONSENT_WITHDRAWN, HIDDEN, OBJECTION
from service.showing import change_id, changes_of, showing_in
from service.store import Store

#: What the patient may object to, and by which choice.
SHARES: Final[Mapping[Destination, Callable[[Sharing], bool]]] = {
    Destination.DMP: lambda sharing: sharing.dmp,
    Destination.PDSM: lambda sharing: sharing.dmp,
    Destination.MSSANTE_PROFESSIONAL: lambda sharing: sharing.professional_mailbox,
    Destination.MSSANTE_PATIENT: lambda sharing: sharing.patient_mailbox,
}

#: Mails that do not leave while the report is hidden from whoever they go to (CI-SIS, volet de transmission par courriel).
HIDES: Final = {Destination.MSSANTE_PROFESSIONAL: MASKED, Destination.MSSANTE_PATIENT: HIDDEN_FROM_PATIENT}


def objection_to(store: Store, readings: Readings, document: Document, destination: Destination) -> Objection:
    """What stands today against sending ``document`` there, and the versions that say so."""
    type_, id_, _, version = document.act.split("/")
    try:
        fetch = partial(_act, store, type_, id_, int(version))
        inclusion_id, patient_id = readings.reading((type_, id_), int(version), rests_on, fetch)
    except _Absent:
        return Objection(OBJECTION)  # what is not on record is not sent
    knowledge = Knowledge(store, readings)
    plan = ("CarePlan", inclusion_id)
    inclusion = knowledge.reading(*plan, inclusion_from_fhir)
    if inclusion:
        knowledge.look_up_after(plan, [("Consent", inclusion.consent_id)])
    consent = knowledge.reading("Consent", inclusion.consent_id, consent_from_fhir) if inclusion else None
    # What is not on record, or no longer reads as it should, permits nothing.
    code = "" if consent is not None and consent.holds else CONSENT_WITHDRAWN
    if not code and not SHARES[destination](sharing_of(patient_id, knowledge)):
        code = OBJECTION
    relied = [(*key, current) for key, current in knowledge.relied.items()]
    if not code and destination in HIDES:
        asked = changes_of(store, id_)
        relied += [("Task", one.id, one.version) for one in asked]
        # Nor has anything been asked since: a number is given once.
        relied.append(("Task", change_id(id_, len(asked) + 1), 0))
        code = HIDDEN if HIDES[destination] in showing_in(asked).visibility else ""
    return Objection(code, tuple(relied))


def rests_on(act: dict[str, Any]) -> tuple[str, str]:
    """Ids of the inclusion and of the patient of an act."""
    return reference_id(act["basedOn"][0], "CarePlan"), reference_id(act["subject"], "Patient")


class _Absent(Exception):
    """The act is not on record."""


def _act(store: Store, type_: str, id_: str, version: int) -> dict[str, Any]:
    procedure = store.read(type_, id_, version)
    if procedure is None:
        raise _Absent
    return parse(procedure.body)
