"""``/records/acts/{act}``: an act corrected, told flat and whole, with the reason."""

from typing import Any

from flask import Blueprint, Response, abort, request

from mappings.domain.protocol import Protocol
from mappings.fhir.act import BELONGINGS, ISSUED, Placement, act_from_fhir, corrected, is_in_error
from mappings.fhir.bundle import Entry, etag_version
from mappings.fhir.care_plan import inclusion_from_fhir
from mappings.fhir.json import parse
from mappings.issues import Issue, Refused
from mappings.records.act import act_from_record, act_under
from mappings.records.correction import correction_from_record, refuse_another_act
from service import views
from service.finding import found
from service.intake import Asked
from service.records.routes import answered, rendered
from service.store import Store

corrections = Blueprint("corrections", __name__)
Resource = dict[str, Any]


@corrections.put("/acts/<act>")
def correct(act: str) -> Response:
    if request.mimetype != "application/json":
        abort(415)
    fingerprint = views.fingerprint()
    record = correction_from_record(parse(request.get_data()))
    seen = etag_version(request.headers.get("If-Match", ""), "If-Match")
    entries = _entries(act, record.act, seen)
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
    answer = views.intake().submit(entries, asked)
    response = answered(answer)
    response.status_code = 200
    if answer.outcome is not None:
        response.headers["ETag"] = f'W/"{answer.outcome.results[0].version}"'
    return response


def _entries(id_: str, told: dict[str, Any], seen: int) -> list[Entry]:
    """The act first, then what of it changes."""
    composition = views.own()
    store = composition.store
    stored = store.read("Procedure", id_)
    if stored is None:
        raise Refused(Issue("not-found", "act", "Cet acte n’existe pas sur ce serveur."))
    procedure = parse(stored.body)
    if is_in_error(procedure):
        text = "Cet acte a été annulé, saisi par erreur : il ne change plus."
        raise Refused(Issue("not-supported", "act", text, "Binôme, actes saisis par erreur"))
    responses, observations = (_belonging(store, id_, type_) for type_ in ("QuestionnaireResponse", "Observation"))
    recorded = act_from_fhir(procedure, responses, observations, _belonging(store, id_, *ISSUED))
    read = act_from_record(told)
    protocol = composition.catalogue.get(read.protocol)
    if protocol is None:
        text = "Cette version du protocole n’est pas connue."
        raise Refused(Issue("business-rule", "act.protocol", text, "CSP L4011-3"))
    knowledge = composition.intake.knowledge()
    inclusion = knowledge.reading("CarePlan", read.inclusion_id, inclusion_from_fhir)
    act = act_under(read, protocol, inclusion.patient_id if inclusion else "", composition.ids)
    refuse_another_act(act, recorded)
    place = Placement(
        questionnaire_response_id=responses[0]["id"],
        questionnaire=responses[0].get("questionnaire", ""),
        item_types={item.link_id: item.type for item in protocol.exam_items},
        fictitious="security" in procedure["meta"],
    )
    changes = list(corrected(procedure, [*responses, *observations], act, place, _measured(protocol)))
    return [_entry(resource, is_new=is_new, act=id_, seen=seen) for resource, is_new in changes]


def _entry(resource: Resource, *, is_new: bool, act: str, seen: int) -> Entry:
    type_ = resource["resourceType"]
    if is_new:
        part = {**resource, "partOf": [{"reference": f"Procedure/{act}"}]}
        return Entry(expression="", method="POST", type=type_, resource=part)
    if_match = seen if type_ == "Procedure" else int(resource["meta"]["versionId"])
    return Entry(expression="", method="PUT", type=type_, id=resource["id"], if_match=if_match, resource=resource)


def _measured(protocol: Protocol) -> frozenset[str]:
    """Codes of the questions whose answers are measures too."""
    return frozenset(item.code.loinc for item in protocol.exam_items if item.code is not None)


def _belonging(store: Store, act: str, *types: str) -> list[Resource]:
    kept = (one for type_ in types for one in found(store, type_, [(BELONGINGS[type_], "Procedure", act)]))
    return [resource for one in kept if not is_in_error(resource := parse(one.body))]
