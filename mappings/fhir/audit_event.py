"""The business trace: the délégué did this for the délégant (AuditEvent, R4 4.0.1).

Profile ``binome-trace-event``. The constraints of ANS « Trace d'événements », profile tde-auditevent, hold too (one
subtype, a start, two agents and no more); it is not claimed, because its definition cannot be loaded here.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from mappings.codes import systems
from mappings.domain.act import DelegatedAct
from mappings.fhir.act.elements import delegator_of
from mappings.fhir.datatypes import meta, print_instant, rpps_reference
from mappings.fhir.provenance.elements import is_fictitious, typed, versioned

PROFILE = f"{systems.PROFILE}binome-trace-event"
EVENT = f"{systems.CODE_SYSTEM}binome-event"
_ENTITY_TYPE: Final = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
_OBJECT_ROLE: Final = "http://terminology.hl7.org/CodeSystem/object-role"

Resource = dict[str, Any]


def act_recorded(act: DelegatedAct, *, id: str, recorded: dt.datetime, fictitious: bool) -> Resource:
    """The event « act recorded »: author délégué, information recipient délégant."""
    delegatee = rpps_reference("PractitionerRole", act.delegatee_id, act.delegatee_rpps)
    delegator = rpps_reference("PractitionerRole", act.delegator_id, act.delegator_rpps)
    return _event(
        ("originate", "act-recorded" if act.status == "completed" else "reoriented", "C"),
        id=id,
        fictitious=fictitious,
        period=(act.start, act.end),
        recorded=recorded,
        agents=[
            _agent("AUT", "DELEGATEE", delegatee, requestor=True),
            _agent("IRCP", "DELEGATOR", delegator, requestor=False),
        ],
        about=f"Procedure/{act.id}/_history/1",
        patient=f"Patient/{act.patient_id}",
    )


def act_retracted(procedure: Resource, *, id: str, enterer: Resource, recorded: dt.datetime) -> Resource:
    """The event « act entered in error »: author whoever told it (an agent of its Provenance), recipient the délégant."""
    return _act_changed(procedure, ("deprecate", "act-entered-in-error"), id=id, enterer=enterer, recorded=recorded)


def act_amended(
    procedure: Resource, *, id: str, enterer: Resource, recorded: dt.datetime, countersigned: bool = False
) -> Resource:
    """The event « act corrected », or « act countersigned »: the same two."""
    event = ("verify", "act-countersigned") if countersigned else ("amend", "act-amended")
    return _act_changed(procedure, event, id=id, enterer=enterer, recorded=recorded)


def report_updated(procedure: Resource, *, id: str, enterer: Resource, recorded: dt.datetime) -> Resource:
    """The event « document updated »: how the report of an act shows in the shared record; the same two."""
    return _act_changed(procedure, ("amend", "document-updated"), id=id, enterer=enterer, recorded=recorded)


def _act_changed(
    procedure: Resource, event: tuple[str, str], *, id: str, enterer: Resource, recorded: dt.datetime
) -> Resource:
    """``event``: step of the life of the record, and what happened."""
    delegator = delegator_of(procedure)
    agents = [_author(enterer)]
    if enterer["who"] != delegator:
        agents.append(_agent("IRCP", "DELEGATOR", delegator, requestor=False))
    return _event(
        (*event, "U"),
        id=id,
        fictitious=is_fictitious(procedure),
        recorded=recorded,
        agents=agents,
        about=versioned(procedure),
        patient=procedure["subject"]["reference"],
    )


def decision_recorded(
    consent: Resource, event: str, *, id: str, agents: Sequence[Resource], recorded: dt.datetime
) -> Resource:
    """The event « the patient decided »: whoever entered it, for the patient; ``agents`` are those of its Provenance."""
    patient, enterer = agents[0]["who"], agents[1]["who"]
    return _event(
        _first_or_next(consent, event),
        id=id,
        fictitious=is_fictitious(consent),
        recorded=recorded,
        agents=[_agent("AUT", "", enterer, requestor=True), _agent("INF", "", patient, requestor=False)],
        about=versioned(consent),
        patient=consent["patient"]["reference"],
    )


def adverse_event_recorded(event: Resource, *, id: str, enterer: Resource, recorded: dt.datetime) -> Resource:
    """The event « adverse event recorded »: author whoever told it (an agent of its Provenance)."""
    return _event(
        _first_or_next(event, "adverse-event-recorded"),
        id=id,
        fictitious=is_fictitious(event),
        recorded=recorded,
        agents=[_author(enterer)],
        about=versioned(event),
        patient=event["subject"]["reference"],
    )


def _event(
    event: tuple[str, str, str],
    *,
    id: str,
    fictitious: bool,
    period: tuple[dt.datetime, dt.datetime] | None = None,
    recorded: dt.datetime,
    agents: Sequence[Resource],
    about: str,
    patient: str,
) -> Resource:
    """``event``: step of the life of the record, what happened, action; ``about`` is the version that says so."""
    step, happened, action = event
    start, end = period or (recorded, recorded)
    return {
        "resourceType": "AuditEvent",
        "id": id,
        "meta": meta(PROFILE, fictitious=fictitious),
        "type": {"system": systems.LIFECYCLE, "code": step},
        "subtype": [{"system": EVENT, "code": happened}],
        "action": action,
        "period": {"start": print_instant(start), "end": print_instant(end)},
        "recorded": print_instant(recorded),
        "outcome": "0",
        "agent": list(agents),
        "source": {"observer": {"reference": "Device/binome"}},
        "entity": [entity({"reference": about}, "2", "4"), entity({"reference": patient}, "1", "1")],
    }


def _first_or_next(resource: Resource, happened: str) -> tuple[str, str, str]:
    first = resource["meta"]["versionId"] == "1"
    return ("originate" if first else "amend", happened, "C" if first else "U")


def _author(enterer: Resource) -> Resource:
    role = enterer["role"][0]["coding"][0]["code"] if "role" in enterer else ""
    return _agent("AUT", role, enterer["who"], requestor=True)


def _agent(type_: str, role: str, who: Resource, *, requestor: bool) -> Resource:
    """``role`` is empty for a structure, and for whoever has no part in the act."""
    roles = {"role": [typed(systems.ROLE_CODE, role)]} if role else {}
    return {"type": typed(systems.PARTICIPATION_TYPE, type_), **roles, "who": who, "requestor": requestor}


def entity(what: Resource, type_: str, role: str) -> Resource:
    """What an event is about: a person or a thing, and what part it has."""
    return {
        "what": what,
        "type": {"system": _ENTITY_TYPE, "code": type_},
        "role": {"system": _OBJECT_ROLE, "code": role},
    }
