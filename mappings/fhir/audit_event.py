"""The business trace: the délégué did this for the délégant (AuditEvent, R4 4.0.1).

Profile ``binome-trace-event``. The constraints of ANS « Trace d'événements », profile tde-auditevent, hold too (one
subtype, a start, two agents and no more); it is not claimed, because its definition cannot be loaded here.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Literal

from mappings.codes import systems
from mappings.domain.act import DelegatedAct
from mappings.fhir.act.elements import delegator_of
from mappings.fhir.datatypes import print_instant, rpps_reference

PROFILE = f"{systems.PROFILE}binome-trace-event"
EVENT = f"{systems.CODE_SYSTEM}binome-event"
_ENTITY_TYPE = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
_OBJECT_ROLE = "http://terminology.hl7.org/CodeSystem/object-role"

Resource = dict[str, Any]


def act_recorded(act: DelegatedAct, *, id: str, recorded: dt.datetime, fictitious: bool) -> Resource:
    """The event « act recorded »: author délégué, information recipient délégant."""
    event: Literal["act-recorded", "reoriented"] = "act-recorded" if act.status == "completed" else "reoriented"
    meta: Resource = {"profile": [PROFILE]}
    if fictitious:
        meta["security"] = [{"system": systems.ACT_REASON, "code": "HTEST"}]
    return {
        "resourceType": "AuditEvent",
        "id": id,
        "meta": meta,
        "type": {"system": systems.LIFECYCLE, "code": "originate"},
        "subtype": [{"system": EVENT, "code": event}],
        "action": "C",
        "period": {"start": print_instant(act.start), "end": print_instant(act.end)},
        "recorded": print_instant(recorded),
        "outcome": "0",
        "agent": [
            _agent(
                "AUT",
                "DELEGATEE",
                rpps_reference("PractitionerRole", act.delegatee_id, act.delegatee_rpps),
                requestor=True,
            ),
            _agent(
                "IRCP",
                "DELEGATOR",
                rpps_reference("PractitionerRole", act.delegator_id, act.delegator_rpps),
                requestor=False,
            ),
        ],
        "source": {"observer": {"reference": "Device/binome"}},
        "entity": [
            _entity(f"Procedure/{act.id}/_history/1", "2", "4"),
            _entity(f"Patient/{act.patient_id}", "1", "1"),
        ],
    }


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
    meta: Resource = {"profile": [PROFILE]}
    if "security" in procedure["meta"]:
        meta["security"] = [{"system": systems.ACT_REASON, "code": "HTEST"}]
    delegator = delegator_of(procedure)
    role = enterer["role"][0]["coding"][0]["code"] if "role" in enterer else ""
    agents = [_agent("AUT", role, enterer["who"], requestor=True)]
    if enterer["who"] != delegator:
        agents.append(_agent("IRCP", "DELEGATOR", delegator, requestor=False))
    version = procedure["meta"]["versionId"]
    return {
        "resourceType": "AuditEvent",
        "id": id,
        "meta": meta,
        "type": {"system": systems.LIFECYCLE, "code": event[0]},
        "subtype": [{"system": EVENT, "code": event[1]}],
        "action": "U",
        "period": {"start": print_instant(recorded), "end": print_instant(recorded)},
        "recorded": print_instant(recorded),
        "outcome": "0",
        "agent": agents,
        "source": {"observer": {"reference": "Device/binome"}},
        "entity": [
            _entity(f"Procedure/{procedure['id']}/_history/{version}", "2", "4"),
            _entity(procedure["subject"]["reference"], "1", "1"),
        ],
    }


def decision_recorded(
    consent: Resource, event: str, *, id: str, agents: Sequence[Resource], recorded: dt.datetime
) -> Resource:
    """The event « the patient decided »: whoever entered it, for the patient; ``agents`` are those of its Provenance."""
    author, enterer = agents[0]["who"], agents[1]["who"]
    meta: Resource = {"profile": [PROFILE]}
    if "security" in consent["meta"]:
        meta["security"] = [{"system": systems.ACT_REASON, "code": "HTEST"}]
    version = consent["meta"]["versionId"]
    return {
        "resourceType": "AuditEvent",
        "id": id,
        "meta": meta,
        "type": {"system": systems.LIFECYCLE, "code": "originate" if version == "1" else "amend"},
        "subtype": [{"system": EVENT, "code": event}],
        "action": "C" if version == "1" else "U",
        "period": {"start": print_instant(recorded), "end": print_instant(recorded)},
        "recorded": print_instant(recorded),
        "outcome": "0",
        "agent": [
            _agent("AUT", "", enterer, requestor=True),
            _agent("INF", "", author, requestor=False),
        ],
        "source": {"observer": {"reference": "Device/binome"}},
        "entity": [
            _entity(f"Consent/{consent['id']}/_history/{version}", "2", "4"),
            _entity(consent["patient"]["reference"], "1", "1"),
        ],
    }


def adverse_event_recorded(event: Resource, *, id: str, enterer: Resource, recorded: dt.datetime) -> Resource:
    """The event « adverse event recorded »: author whoever told it (an agent of its Provenance)."""
    meta: Resource = {"profile": [PROFILE]}
    if "security" in event["meta"]:
        meta["security"] = [{"system": systems.ACT_REASON, "code": "HTEST"}]
    version = event["meta"]["versionId"]
    role = enterer["role"][0]["coding"][0]["code"] if "role" in enterer else ""
    return {
        "resourceType": "AuditEvent",
        "id": id,
        "meta": meta,
        "type": {"system": systems.LIFECYCLE, "code": "originate" if version == "1" else "amend"},
        "subtype": [{"system": EVENT, "code": "adverse-event-recorded"}],
        "action": "C" if version == "1" else "U",
        "period": {"start": print_instant(recorded), "end": print_instant(recorded)},
        "recorded": print_instant(recorded),
        "outcome": "0",
        "agent": [_agent("AUT", role, enterer["who"], requestor=True)],
        "source": {"observer": {"reference": "Device/binome"}},
        "entity": [
            _entity(f"AdverseEvent/{event['id']}/_history/{version}", "2", "4"),
            _entity(event["subject"]["reference"], "1", "1"),
        ],
    }


def _agent(type_: str, role: str, who: Resource, *, requestor: bool) -> Resource:
    """``role`` is empty for a structure, and for whoever has no part in the act."""
    roles = {"role": [{"coding": [{"system": systems.ROLE_CODE, "code": role}]}]} if role else {}
    return {
        "type": {"coding": [{"system": systems.PARTICIPATION_TYPE, "code": type_}]},
        **roles,
        "who": who,
        "requestor": requestor,
    }


def _entity(reference: str, type_: str, role: str) -> Resource:
    return {
        "what": {"reference": reference},
        "type": {"system": _ENTITY_TYPE, "code": type_},
        "role": {"system": _OBJECT_ROLE, "code": role},
    }
