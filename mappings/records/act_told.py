"""Act record, the other way: an act on record told flat, so that the same record sent again changes nothing.

What a FHIR client said besides is not told, and stays where it is (``mappings.fhir.act.correcting``). What no record could
name is refused, rather than told as something else.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from mappings.domain.act import Answer, DelegatedAct, Dispense, Prescription
from mappings.domain.cooperation import Enrolment, Inclusion
from mappings.domain.identity import enrolment_id, enrolment_identifier, inclusion_id, organization_id
from mappings.domain.people import Organization
from mappings.domain.protocol import Protocol
from mappings.elements import Json
from mappings.issues import Issue, Refused
from mappings.records.people import print_protocol, without_empty

_NOT_FLAT: Final = "Cet acte dit ce que le format à plat ne dit pas : il se lit, et se corrige, par la porte FHIR."
_REFERENCE: Final = "Binôme, format à plat"


def act_to_record(
    act: DelegatedAct,
    protocol: Protocol,
    unanswered: Mapping[str, Answer],
    *,
    inclusion: Inclusion,
    delegatee: Enrolment,
    delegator: Enrolment,
    organization: Organization,
) -> Json:
    """``unanswered``: what was asked and is not known. ``Refused`` when a record cannot say it."""
    finess = organization.finess
    names = (
        inclusion_id(inclusion.identifier) == act.inclusion_id,
        organization_id(finess) == act.organization_id,
        *(enrolment_id(one.identifier) == one.id for one in (delegatee, delegator)),
    )
    if not all(names):
        raise Refused(Issue("not-supported", "act", _NOT_FLAT, _REFERENCE))
    answers = {**unanswered, **act.answers}
    return {
        "identifier": act.identifier,
        "protocol": print_protocol(act.protocol),
        "act": _listed(protocol, act.activity),
        "status": act.status,
        **without_empty({"status_reason": act.status_reason, "recourse": act.recourse}),
        "inclusion": inclusion.identifier,
        **_enrolled("delegatee", delegatee, finess),
        **_enrolled("delegator", delegator, finess),
        "structure_finess": finess,
        "performed": {"start": act.start.isoformat(), "end": act.end.isoformat()},
        "exam": {item.link_id: _said(answers[item.link_id]) for item in protocol.exam_items if item.link_id in answers},
        **without_empty(
            {
                "prescriptions": [_prescription(one, protocol) for one in act.prescriptions],
                "dispenses": [_dispense(one, act, protocol) for one in act.dispenses],
                "conclusion": act.conclusion,
            }
        ),
    }


def _enrolled(role: str, enrolment: Enrolment, finess: str) -> Json:
    """The number of whom, and the enrolment where it is not the one that the number gives."""
    told = {f"{role}_rpps": enrolment.rpps}
    given = enrolment_identifier(enrolment.protocol, enrolment.function, enrolment.rpps, finess)
    return told if given == enrolment.identifier else told | {f"{role}_enrolment": enrolment.identifier}


def _said(answer: Answer) -> Any:
    return answer.isoformat() if isinstance(answer, dt.date) else answer


def _prescription(one: Prescription, protocol: Protocol) -> Json:
    told = {"activity": _listed(protocol, one.activity), "text": one.text, "instructions": one.instructions}
    return without_empty(told) | ({"status": "stopped"} if one.stopped else {})


def _dispense(one: Dispense, act: DelegatedAct, protocol: Protocol) -> Json:
    ranks = [n for n, order in enumerate(act.prescriptions, 1) if order.id in one.prescriptions]
    if len(ranks) != len(one.prescriptions) or len(ranks) > 1:
        raise Refused(Issue("not-supported", "act.dispenses", _NOT_FLAT, _REFERENCE))
    told: Json = {
        "activity": _listed(protocol, one.activity),
        "text": one.text,
        "quantity": one.quantity,
        "unit": one.unit,
        "handed_over": one.handed_over.isoformat(),
        "prescription": ranks[0] if ranks else None,
        "instructions": one.instructions,
    }
    return without_empty(told)


def _listed(protocol: Protocol, canonical: str) -> str:
    """Of an act on record: it was on the list, or it would not be."""
    return next(one.id for one in protocol.activities if one.canonical == canonical)
