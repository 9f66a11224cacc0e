"""A shared record that speaks FHIR: takes documents (ITI-65, ITI-105), finds them (ITI-66, ITI-67), gives and changes them (ITI-68, PATCH).

IHE MHD 4.2.3, PDSm 3.1.1. What it holds is in
``pdsm_record``, what it asks of a submission in ``pdsm_rules``, of a change in ``pdsm_updates``.
"""

import json
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from flask import Blueprint, Response, request

from service.sandbox import interference
from service.sandbox.faults import Fault as Ordered
from service.sandbox.faults import Faults
from service.sandbox.pdsm_record import FhirRecord, Held, patient_resource
from service.sandbox.pdsm_rules import Fault, Submitted, Unfit, provided, published
from service.sandbox.pdsm_updates import ARCHIVED, NotPatched, flag, hidden_from

PATH: Final = "/pdsm/fhir"
_JSON: Final = "application/fhir+json; charset=utf-8"
#: Documents of one page of a search.
_PAGE: Final = 50

Resource = dict[str, Any]


class _Gateway(Exception):
    """The answer is not the record's."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


class Desk:
    """The transactions over one record."""

    def __init__(self, record: FhirRecord, faults: Faults) -> None:
        self.record = record
        self.faults = faults

    # ITI-65

    def transaction(self) -> Response:
        return self._taken("ITI-65", provided, _transaction_response)

    # ITI-105

    def create(self) -> Response:
        return self._taken("ITI-105", published, _created)

    def _taken(
        self, transaction: str, read: Callable[[Resource], Submitted], answer: Callable[[Held], Response]
    ) -> Response:
        try:
            one = read(_body())
            self.record.count(transaction, one.unique_id)
            fault = self._strike(transaction, [one.unique_id])
            kind = fault.kind if fault else ""
            held = self.record.keep(one, again=kind == "accept-twice")
            if kind == "store-then-fault":
                return _outcome(500, Fault("exception", "Bundle"))
            response = answer(held)
            if kind == "partial":
                response.set_data(response.get_data().replace(b'"201 Created"', b'"500 Internal Server Error"', 1))
            return interference.spoil(fault, response)
        except Unfit as unfit:
            status = 409 if unfit.faults[0].code in ("duplicate", "conflict") else 422
            return _outcome(status, *unfit.faults)
        except _Gateway as gateway:
            return gateway.response

    # ITI-67, ITI-66

    def documents(self) -> Response:
        return self._found("ITI-67", lambda one: None if self.record.is_gone(one) else self.record.shown(one))

    def lists(self) -> Response:
        return self._found("ITI-66", lambda one: one.submission)

    def _found(self, transaction: str, show: Callable[[Held], Resource | None]) -> Response:
        asked = self.record.asked_on(request.args.get("_page", "")) or _asked()
        self.record.count(transaction)
        patient, identifier = asked.get("patient.identifier", ""), asked.get("identifier", "")
        unique_id = identifier.rpartition("|")[2].removeprefix("urn:oid:")
        # PDSm: a patient and a status at the least.
        if not patient or not asked.get("status") or (transaction == "ITI-66" and not asked.get("code")):
            return _outcome(400, Fault("required", "patient, status"))
        try:
            fault = self._strike(transaction, [unique_id] if unique_id else [])
        except _Gateway as gateway:
            return gateway.response
        found = [one for one in self.record.by_patient(patient) if not identifier or one.unique_id == unique_id]
        if fault is not None and fault.kind == "other-answer":
            found = [one for one in self.record.by_patient(patient) if one not in found]
        shown = [(one, show(one)) for one in found]
        matches = [(one, resource) for one, resource in shown if resource and _wanted(resource, asked["status"])]
        return interference.spoil(fault, self._searchset(matches, asked))

    def _searchset(self, matches: list[tuple[Held, Resource]], asked: dict[str, str]) -> Response:
        start = int(asked.get("_start", "0"))
        base = f"{request.host_url.rstrip('/')}{PATH}"
        links = []
        if start + _PAGE < len(matches):
            name = self.record.page_after(asked, start + _PAGE)
            links = [{"relation": "next", "url": f"{base}/{matches[0][1]['resourceType']}?_page={name}"}]
        entries = [
            {"fullUrl": f"{base}/{resource['resourceType']}/{one.id}", "resource": resource}
            for one, resource in matches[start : start + _PAGE]
        ]
        return _answer(
            {"resourceType": "Bundle", "type": "searchset", "total": len(matches), "link": links, "entry": entries}
        )

    # PATCH (PDSm, flux 03)

    def change(self) -> Response:
        self.record.count("PATCH")
        identifier = request.args.get("identifier", "")
        unique_id = identifier.rpartition("|")[2].removeprefix("urn:oid:")
        if not identifier.startswith("urn:ietf:rfc:3986|"):
            return _outcome(412, Fault("required", "identifier"))
        version = request.headers.get("If-Match", "").removeprefix("W/").strip('"')
        try:
            fault = self._strike("PATCH", [unique_id])
            document = self.record.change(unique_id, request.get_data(), request.content_type or "", version)
        except NotPatched as no:
            return _outcome(no.status, no.fault)
        except _Gateway as gateway:
            return gateway.response
        if fault is not None and fault.kind == "store-then-fault":
            return _outcome(500, Fault("exception", "DocumentReference"))
        response = _answer(document)
        response.headers["ETag"] = f'W/"{document["meta"]["versionId"]}"'
        return interference.spoil(fault, response)

    # TD0.2 of the draft for the DMP

    def patients(self) -> Response:
        asked = _asked()
        self.record.count("TD0.2")
        fault = self.faults.take("pdsm", "TD0.2")
        token = asked.get("identifier", "")
        entry = [{"resource": {**patient_resource(token)}}]
        bundle = {"resourceType": "Bundle", "type": "searchset", "entry": [] if fault else entry}
        return _answer(bundle)

    # ITI-68

    def binary(self, id_: str) -> Response:
        self.record.count("ITI-68")
        held = self.record.by_id(id_)
        if held is None or self.record.is_gone(held):
            return _outcome(404, Fault("not-found", "Binary"))
        try:
            fault = self._strike("ITI-68", [held.unique_id])
        except _Gateway as gateway:
            return gateway.response
        content = held.content + b" " if fault and fault.kind == "altered" else held.content
        kind = held.document["content"][0]["attachment"]["contentType"]
        return interference.spoil(fault, Response(content, content_type=kind))

    def told(self) -> Response:
        """Not of FHIR: what was received, as the other record tells it."""
        listed = []
        for unique_id in self.record.unique_ids():
            found = self.record.by_unique_id(unique_id)
            listed.append(
                {
                    "uniqueId": unique_id,
                    "document": [one.id for one in found],
                    "status": self.record.status(found[0]),
                    "visibility": hidden_from(self.record.shown(found[0])),
                    "archived": flag(self.record.shown(found[0]), ARCHIVED),
                    "hash": found[0].document["content"][0]["attachment"]["hash"],
                    "size": len(found[0].content),
                    "stored": len(found),
                    "received": self.record.received[unique_id],
                }
            )
        return Response(json.dumps(listed), content_type="application/json")

    def _strike(self, transaction: str, subjects: Collection[str]) -> Ordered | None:
        """The fault of this request, already played when it comes before the record does anything."""
        fault = self.faults.take("pdsm", transaction, subjects)
        if fault is None:
            return None
        if fault.kind == "slow":
            interference.wait(fault)
        if fault.kind == "cut-before":
            raise _Gateway(interference.cut_connection())
        if fault.kind in interference.GATEWAY:
            raise _Gateway(interference.gateway_answer(fault))
        if fault.kind in _REFUSALS:
            status, code = _REFUSALS[fault.kind]
            raise _Gateway(_outcome(status, Fault(code, "ordered")))
        return fault


_REFUSALS: Final[Mapping[str, tuple[int, str]]] = {
    "busy": (429, "throttled"),
    "unknown-patient": (422, "not-found"),
    "fault": (500, "exception"),
}


def _asked() -> dict[str, str]:
    return {**request.args.to_dict(), **request.form.to_dict()}


def _body() -> Resource:
    try:
        body = json.loads(request.get_data())
    except ValueError:
        raise Unfit(Fault("structure", "Bundle")) from None
    if not isinstance(body, dict):
        raise Unfit(Fault("structure", "Bundle"))
    return body


def _wanted(resource: Resource, statuses: str) -> bool:
    return resource["status"] in statuses.split(",")


def _transaction_response(held: Held) -> Response:
    types = ("List", "DocumentReference", "Binary")
    entries = [{"response": {"status": "201 Created", "location": f"{type_}/{held.id}/_history/1"}} for type_ in types]
    return _answer({"resourceType": "Bundle", "type": "transaction-response", "entry": entries})


def _created(held: Held) -> Response:
    response = _answer(held.document, 201)
    response.headers["Location"] = f"{request.host_url.rstrip('/')}{PATH}/DocumentReference/{held.id}/_history/1"
    return response


def _outcome(status: int, *faults: Fault) -> Response:
    issues = [{"severity": "error", "code": one.code, "expression": [one.element]} for one in faults]
    return _answer({"resourceType": "OperationOutcome", "issue": issues}, status)


def _answer(resource: Resource, status: int = 200) -> Response:
    return Response(json.dumps(resource), status=status, content_type=_JSON)


def fhir_record_blueprint(desk: Desk) -> Blueprint:
    blueprint = Blueprint("pdsm", __name__)
    blueprint.add_url_rule(PATH, view_func=desk.transaction, methods=["POST"])
    blueprint.add_url_rule(f"{PATH}/DocumentReference", view_func=desk.create, methods=["POST"])
    blueprint.add_url_rule(f"{PATH}/DocumentReference", view_func=desk.change, methods=["PATCH"])
    for name, view in (("DocumentReference", desk.documents), ("List", desk.lists), ("Patient", desk.patients)):
        blueprint.add_url_rule(f"{PATH}/{name}", view_func=view, methods=["GET"])
        blueprint.add_url_rule(f"{PATH}/{name}/_search", view_func=view, methods=["POST"], endpoint=f"search_{name}")
    blueprint.add_url_rule(f"{PATH}/Binary/<id_>", view_func=desk.binary, methods=["GET"])
    blueprint.add_url_rule("/pdsm/documents", view_func=desk.told, methods=["GET"])
    return blueprint
