"""``/records/acts/{act}``: an act told flat and whole; corrected, with the reason."""

from typing import Any, Final

from flask import Blueprint, Response, abort, request

from mappings.domain.protocol import Protocol
from mappings.fhir.act import Placement, corrected
from mappings.fhir.bundle import Entry, Seen, seen_versions
from mappings.fhir.care_plan import inclusion_from_fhir
from mappings.fhir.json import dump, parse
from mappings.issues import Issue, Refused
from mappings.records.act import act_from_record, act_under
from mappings.records.correction import correction_from_record, refuse_another_act
from service import views
from service.intake import Answer, Asked
from service.records.recorded import Recorded, told
from service.records.routes import answered, rendered

corrections = Blueprint("corrections", __name__)
Resource = dict[str, Any]
_TURNS: Final = 4


@corrections.get("/acts/<act>")
def recorded(act: str) -> Response:
    """What to correct, as it is to be sent again."""
    composition = views.own()
    on_record = Recorded.of(composition.store, act)
    answer = Response(dump(told(composition, on_record)), content_type="application/json; charset=utf-8")
    answer.headers["ETag"] = f'W/"{on_record.version}"'
    return answer


@corrections.put("/acts/<act>")
def correct(act: str) -> Response:
    if request.mimetype != "application/json":
        abort(415)
    fingerprint = views.fingerprint()
    record = correction_from_record(parse(request.get_data()))
    seen = seen_versions(request.headers.get("If-Match", ""), "If-Match")
    caller = views.caller()
    asked = Asked(
        client=caller.client,
        key=views.idempotency_key(),
        fingerprint=fingerprint,
        render=rendered,
        rpps=caller.rpps,
        reason=record.reason,
        trusted=True,
    )
    answer = _submitted(act, record.act, seen, asked)
    response = answered(answer)
    response.status_code = 200
    if answer.outcome is not None:
        response.headers["ETag"] = f'W/"{answer.outcome.results[0].version}"'
    return response


def _submitted(act: str, said: dict[str, Any], seen: Seen | None, asked: Asked) -> Answer:
    """What changes is told from what is on record: when that has changed meanwhile, it is told again."""
    for left in reversed(range(_TURNS)):
        try:
            return views.intake().submit(_entries(act, said, seen), asked)
        except Refused as refusal:
            if (seen and not seen.any) or not left or {one.code for one in refusal.issues} != {"conflict"}:
                raise
    raise AssertionError("the last turn answers or raises")


def _entries(id_: str, said: dict[str, Any], seen: Seen | None) -> list[Entry]:
    """The act first, then what of it changes."""
    composition = views.own()
    recorded = Recorded.of(composition.store, id_)
    read = act_from_record(said)
    protocol = composition.catalogue.get(read.protocol)
    if protocol is None:
        text = "Cette version du protocole n’est pas connue."
        raise Refused(Issue("business-rule", "act.protocol", text, "CSP L4011-3"))
    knowledge = composition.intake.knowledge()
    inclusion = knowledge.reading("CarePlan", read.inclusion_id, inclusion_from_fhir)
    act = act_under(read, protocol, inclusion.patient_id if inclusion else "", composition.ids)
    refuse_another_act(act, recorded.act)
    (response,) = recorded.responses
    place = Placement(
        questionnaire_response_id=response["id"],
        questionnaire=response.get("questionnaire", ""),
        item_types={item.link_id: item.type for item in protocol.exam_items},
        fictitious="security" in recorded.procedure["meta"],
    )
    findings = [response, *recorded.observations]
    changes = corrected(recorded.procedure, findings, recorded.issued, act, place, _measured(protocol))
    # What is changed is what was told here, whichever of the versions seen it is.
    if seen is None or seen.holds(recorded.version):
        seen = Seen(frozenset({recorded.version}))
    return [_entry(resource, is_new=is_new, seen=seen) for resource, is_new in changes]


def _entry(resource: Resource, *, is_new: bool, seen: Seen) -> Entry:
    type_ = resource["resourceType"]
    if is_new:
        name = f"{type_}/{resource['id']}"
        return Entry(expression="", method="POST", type=type_, full_url=name, resource=resource)
    if_match = seen if type_ == "Procedure" else Seen(frozenset({int(resource["meta"]["versionId"])}))
    return Entry(expression="", method="PUT", type=type_, id=resource["id"], if_match=if_match, resource=resource)


def _measured(protocol: Protocol) -> frozenset[str]:
    """Codes of the questions whose answers are measures too."""
    return frozenset(item.code.loinc for item in protocol.exam_items if item.code is not None)
