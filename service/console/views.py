"""What the list of acts shows, made of resources already read. Pure: no store, no request, no clock."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mappings.domain.judgement import age_on
from mappings.domain.people import Patient, Practitioner
from mappings.domain.protocol import Protocol
from mappings.domain.reporting import REORIENTATION_REASONS
from mappings.domain.time import french_day
from mappings.fhir.act import protocol_of
from service.console import words
from service.outbox.envelope import CHANGES_SHOWING, SHARED_RECORD, Envelope, State

Resource = dict[str, Any]

_ORDER = tuple(words.DESTINATIONS)


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientView:
    """The traits by which a doctor knows whom an act is about."""

    family: str
    given: str
    #: Name in use, when it differs from the one at birth.
    used: str
    #: ``née le``, as the sex on record demands.
    born: str
    birth_date: dt.date
    #: Whole years on the day of the act; None when the day precedes the birth.
    age: int | None
    #: False while no INS may travel with the identity.
    qualified: bool

    @property
    def name(self) -> str:
        return f"{self.family} {self.given}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Where one envelope stands, in words."""

    destination: str
    state: str
    tone: words.Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """What the délégant still has to do about an act, or has done."""

    #: Why the patient comes back to the délégant; empty when this is no reorientation.
    reorientation: str
    #: None when no text sets a limit.
    until: dt.datetime | None
    late: bool
    #: None while something is left to acknowledge, and for ever when nothing ever was read.
    read_at: dt.datetime | None
    comment: str
    #: Why it went to somebody else, each time in words; empty while it is the délégant's own.
    moves: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ActView:
    """One act of the list."""

    #: Logical id of the Procedure.
    id: str
    patient: PatientView
    text: str
    #: False when the délégué did not perform it.
    performed: bool
    #: It was entered in error, and is told as it was accepted.
    in_error: bool
    start: dt.datetime
    delegatee: Practitioner
    profession: str
    protocol: str
    version: str
    conclusion: str
    deliveries: tuple[Delivery, ...]
    duty: Duty


def patient_view(patient: Patient, on: dt.date) -> PatientView:
    used = f"{patient.used_family or patient.birth_family} {patient.used_given or patient.birth_given}"
    return PatientView(
        family=patient.birth_family,
        given=patient.birth_given,
        used="" if used == f"{patient.birth_family} {patient.birth_given}" else used,
        born=words.BORN[patient.gender],
        birth_date=patient.birth_date,
        age=age_on(patient.birth_date, on),
        qualified=patient.identity_status == "qualified",
    )


def act_view(
    procedure: Resource,
    tasks: Sequence[Resource],
    envelopes: Sequence[Envelope],
    outcomes: Mapping[str, Collection[str]],
    *,
    patient: Patient,
    delegatee: Practitioner,
    catalogue: Mapping[str, Protocol],
    now: dt.datetime,
    in_error: bool = False,
) -> ActView:
    start = performed_from(procedure)
    canonical = protocol_of(procedure)
    protocol = catalogue.get(canonical)
    return ActView(
        id=procedure["id"],
        patient=patient_view(patient, french_day(start)),
        text=procedure["code"]["text"],
        performed=procedure["status"] == "completed",
        in_error=in_error,
        start=start,
        delegatee=delegatee,
        profession=profession_of(delegatee, protocol),
        protocol=protocol.short_title if protocol else canonical.partition("|")[0].rpartition("/")[2],
        version=canonical.partition("|")[2],
        conclusion="\n".join(note["text"] for note in procedure.get("note", ())),
        deliveries=tuple(
            delivery_view(one, outcomes.get(one.id, ()))
            for one in sorted(envelopes, key=lambda one: _ORDER.index(one.destination))
        ),
        duty=duty_view(tasks, now),
    )


def duty_view(tasks: Sequence[Resource], now: dt.datetime) -> Duty:
    """``tasks`` are those of one délégant about one act: to read it, and perhaps to take the patient back."""
    limits = [task["restriction"]["period"]["end"] for task in tasks if "restriction" in task]
    until = min((dt.datetime.fromisoformat(limit) for limit in limits), default=None)
    is_open = any(task["status"] == "requested" for task in tasks)
    return Duty(
        reorientation=next((reorientation_of(task) for task in tasks if code_of(task) == "reorient"), ""),
        until=until,
        late=until is not None and is_open and until < now,
        read_at=None if is_open else max(_read(tasks), default=None),
        comment=next((comment_of(task) for task in tasks if comment_of(task)), ""),
        moves=tuple(dict.fromkeys(note["text"] for task in tasks for note in task.get("note", ()))),
    )


def _read(tasks: Sequence[Resource]) -> Iterable[dt.datetime]:
    """When each was done; what was cancelled was not."""
    return (dt.datetime.fromisoformat(task["lastModified"]) for task in tasks if task["status"] == "completed")


def delivery_view(envelope: Envelope, outcomes: Collection[str]) -> Delivery:
    """``outcomes``: how its attempts ended, receipts among them."""
    state, tone = words.STATES[envelope.state]
    if envelope.state is State.QUEUED and envelope.attempts:
        state = "nouvel essai prévu"
    if envelope.state is State.ACCEPTED and envelope.destination in SHARED_RECORD:
        state = "déposé"
    arrived = next((far for heard, far in words.FURTHEST.items() if heard in outcomes), "")
    if envelope.state is not State.ACCEPTED:
        arrived = ""
    if envelope.purpose in CHANGES_SHOWING:
        state = f"{words.CHANGING[envelope.purpose]} : {words.CHANGED[envelope.state]}"
    elif envelope.purpose == "withdraw":
        told = f"annulation : {words.WITHDRAWALS.get(envelope.state, state)}"
        state = f"message d’annulation {arrived}" if arrived else told
    elif arrived:
        state = arrived
    return Delivery(destination=words.SHORT_DESTINATIONS[envelope.destination], state=state, tone=tone)


def code_of(task: Resource) -> str:
    code: str = task["code"]["coding"][0]["code"]
    return code


def comment_of(task: Resource) -> str:
    return next((str(output["valueString"]) for output in task.get("output", ()) if "valueString" in output), "")


def reorientation_of(task: Resource) -> str:
    """The reason of a reorientation in words; its code when nobody has told us the words."""
    reason = task.get("reasonCode", {})
    code = next((coding["code"] for coding in reason.get("coding", ())), "")
    return REORIENTATION_REASONS.get(code, "").lower() or reason.get("text") or code or "motif non précisé"


def performed_from(procedure: Resource) -> dt.datetime:
    return dt.datetime.fromisoformat(procedure.get("performedDateTime") or procedure["performedPeriod"]["start"])


def profession_of(practitioner: Practitioner, protocol: Protocol | None) -> str:
    """The délégué's profession as the protocol calls it; empty when it does not."""
    admitted = protocol.delegatees if protocol else ()
    return next((one.display.lower() for one in admitted if one.code == practitioner.profession), "")
