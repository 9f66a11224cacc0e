"""The sandbox's shared record over HTTP: ITI-41 and ITI-43 at the repository, ITI-18 and ITI-57 at the registry, TD0.2.

IHE ITI TF-2 3.41 (Provide and Register Document Set-b), 3.18 (Registry Stored Query), 3.43 (Retrieve Document Set), 3.57
(Update Document Set); ebRS 3.0 for the RegistryResponse. Who comes with a structure's certificate alone feeds: it is told
references, reads nothing and changes nothing (DMP, authentication mode INDIRECTE).
"""

from collections.abc import Callable, Collection, Mapping
from typing import Final

from cryptography import x509
from flask import Blueprint, Response, request
from lxml import etree

from service.clock import Clock
from service.sandbox import grammar, interference, queries
from service.sandbox.answers import PARTIAL, QUERY, query_response, registry_response, retrieved
from service.sandbox.existence import read_question
from service.sandbox.existence import write_answer as write_existence
from service.sandbox.faults import Fault, Faults
from service.sandbox.registry import REPOSITORY, Registry
from service.sandbox.signatures import signature_errors
from service.sandbox.soap import Message, SoapFault, package, read_message, write_answer, write_fault
from service.sandbox.submission import (
    RIM,
    XDS,
    BadMetadata,
    RegistryError,
    Submission,
    errors_of,
    read_submission,
)
from service.sandbox.updates import read_update
from service.sandbox.vihf import Vihf, read_vihf

_PROVIDE: Final = "urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b"
_RETRIEVE: Final = "urn:ihe:iti:2007:RetrieveDocumentSet"
_STORED_QUERY: Final = "urn:ihe:iti:2007:RegistryStoredQuery"
_UPDATE: Final = "urn:ihe:iti:2010:UpdateDocumentSet"
_EXISTENCE: Final = "urn:hl7-org:v3:PRPA_IN201307UV02"
#: Transactions whose answer is a plain envelope; the others are packaged.
_PLAIN: Final = frozenset({"ITI-18", "ITI-57", "TD0.2"})
#: Who comes when nobody looks.
_NOBODY: Final = Vihf(patient_id="", mode="", structure="")

#: Faults that are an ebRS refusal: kind → error code.
_REFUSALS: Final = {
    "busy": "XDSRepositoryBusy",
    "registry-busy": "XDSRegistryBusy",
    "unknown-patient": "XDSUnknownPatientId",
}

Answer = tuple[etree._Element, dict[str, tuple[str, bytes]]]


class _Gateway(Exception):
    """The answer of something before the destination, which then does nothing."""

    def __init__(self, response: Response) -> None:
        self.response = response


class SharedRecord:
    """The transactions over one registry."""

    def __init__(
        self,
        registry: Registry,
        faults: Faults,
        clock: Clock,
        *,
        validate: bool = True,
        trusted: Collection[x509.Certificate] = (),
    ) -> None:
        self.registry = registry
        self.faults = faults
        self.clock = clock
        #: False only to measure: schemas, metadata rules and assertion are then not looked at.
        self.validate = validate
        #: Certificates that may sign assertions; empty = the one that the assertion carries.
        self.trusted = tuple(trusted)

    def repository(self) -> Response:
        actions = {_PROVIDE: ("ITI-41", self._provide), _RETRIEVE: ("ITI-43", self._retrieve)}
        return self._answer(actions)

    def query(self) -> Response:
        return self._answer({_STORED_QUERY: ("ITI-18", self._stored_query), _UPDATE: ("ITI-57", self._update)})

    def patients(self) -> Response:
        return self._answer({_EXISTENCE: ("TD0.2", self._existence)})

    def _answer(self, actions: Mapping[str, tuple[str, Callable[[Message], tuple[Answer, Fault | None]]]]) -> Response:
        try:
            message = read_message(request.headers.get("Content-Type", ""), request.get_data())
            if message.action not in actions:
                raise SoapFault("action unknown here")
            transaction, play = actions[message.action]
            self.registry.count(transaction)
            (payload, attachments), fault = play(message)
        except SoapFault as refusal:
            status = 500 if refusal.receiver else 400
            return Response(write_fault(refusal), status=status, content_type="application/soap+xml; charset=UTF-8")
        except _Gateway as gateway:
            return gateway.response
        relates_to = message.message_id
        if fault is not None and fault.kind == "other-answer":
            relates_to = "urn:uuid:00000000-0000-4000-8000-000000000000"
        action = f"{message.action}Response"
        envelope = write_answer(action, relates_to, payload)
        if transaction in _PLAIN:
            content_type = f'application/soap+xml; charset=UTF-8; action="{action}"'
            return interference.spoil(fault, Response(envelope, content_type=content_type))
        data, content_type = package(envelope, attachments)
        return interference.spoil(fault, Response(data, content_type=content_type))

    def _caller(self, message: Message) -> Vihf:
        """Who comes for which patient, by the verified assertion."""
        return read_vihf(message.security, self.clock(), self.trusted) if self.validate else _NOBODY

    def _strike(self, transaction: str, subjects: Collection[str]) -> Fault | None:
        """The fault of this request, already played when it comes before the destination does anything."""
        fault = self.faults.take("xds", transaction, subjects)
        if fault is None:
            return None
        if fault.kind == "slow":
            interference.wait(fault)
        if fault.kind == "cut-before":
            raise _Gateway(interference.cut_connection())
        if fault.kind in interference.GATEWAY:
            raise _Gateway(interference.gateway_answer(fault))
        if fault.kind == "fault":
            raise SoapFault("ordered fault", receiver=True)
        return fault

    # ITI-41

    def _provide(self, message: Message) -> tuple[Answer, Fault | None]:
        caller = self._caller(message)
        try:
            submission = read_submission(message.payload, message.attachments)
        except BadMetadata as bad:
            return (registry_response([bad.error]), {}), None
        unique_ids = [entry.unique_id for entry in submission.entries]
        self.registry.received_again(unique_ids)
        fault = self._strike("ITI-41", unique_ids)
        return (self._registered(submission, caller, fault), {}), fault

    def _registered(self, submission: Submission, caller: Vihf, fault: Fault | None) -> etree._Element:
        kind = fault.kind if fault else ""
        if kind in _REFUSALS:
            return registry_response([_refusal(kind)])
        errors = errors_of(submission, caller.patient_id) if self.validate else []
        errors = errors or (list(signature_errors(submission)) if self.validate else [])
        errors = errors or self.registry.register(
            submission, self.clock(), structure=caller.structure, again=kind == "accept-twice"
        )
        if not errors and kind == "store-then-fault":
            raise SoapFault("ordered fault, after storing", receiver=True)
        if not errors and kind == "partial":
            partial = [RegistryError("XDSRegistryError", "ordered partial success")]
            return registry_response(partial, status=PARTIAL)
        return registry_response(errors)

    # ITI-43

    def _retrieve(self, message: Message) -> tuple[Answer, Fault | None]:
        caller = self._caller(message)
        if message.payload.tag != f"{{{XDS}}}RetrieveDocumentSetRequest":
            raise SoapFault("the payload is not a RetrieveDocumentSetRequest")
        asked = [
            (d.findtext(f"{{{XDS}}}RepositoryUniqueId"), d.findtext(f"{{{XDS}}}DocumentUniqueId", ""))
            for d in message.payload.iterfind(f"{{{XDS}}}DocumentRequest")
        ]
        fault = self._strike("ITI-43", [unique_id for _, unique_id in asked])
        if fault and fault.kind in _REFUSALS:
            return (retrieved([], [_refusal(fault.kind)], {}), {}), fault
        if caller.alone:
            return (retrieved([], [_feeds_only("XDSRepositoryError")], {}), {}), fault
        errors, found = [], []
        for repository, unique_id in asked:
            known = self.registry.by_unique_id(unique_id)
            if repository != REPOSITORY:
                errors.append(RegistryError("XDSUnknownRepositoryId", "RepositoryUniqueId: not this repository"))
            elif not known or (caller.patient_id and known[0].patient_id != caller.patient_id):
                errors.append(RegistryError("XDSDocumentUniqueIdError", "DocumentUniqueId: unknown"))
            else:
                found.append(known[0])
        attachments = {f"document{n}@sandbox": (entry.mime_type, entry.content) for n, entry in enumerate(found)}
        return (retrieved(found, errors, attachments, fault), attachments), fault

    # ITI-18

    def _stored_query(self, message: Message) -> tuple[Answer, Fault | None]:
        caller = self._caller(message)
        departure = grammar.stored_query().departure(message.payload) if self.validate else ""
        query = message.payload.find(f"{{{RIM}}}AdhocQuery")
        option = message.payload.find(f"{{{QUERY}}}ResponseOption")
        if departure or query is None or option is None:
            raise SoapFault(f"AdhocQueryRequest: {departure or 'incomplete'}")
        parameters = queries.asked(query)
        fault = self._strike("ITI-18", parameters.get("$XDSDocumentEntryUniqueId", []))
        if fault and fault.kind in _REFUSALS:
            return (query_response(queries.Answer(errors=[_refusal(fault.kind)]), "ObjectRef"), {}), fault
        found = queries.answer(self.registry, query.get("id", ""), parameters)
        errors = found.errors
        if caller.patient_id and found.patients() - {caller.patient_id}:
            errors = [RegistryError("XDSPatientIdDoesNotMatch", "the assertion speaks for another patient")]
        return_type = option.get("returnType", "RegistryObject")
        if return_type not in {"LeafClass", "ObjectRef"}:
            errors = [RegistryError("XDSRegistryError", "ResponseOption: returnType is LeafClass or ObjectRef")]
        answer = queries.Answer(errors=errors) if errors else found
        return (query_response(answer, "ObjectRef" if caller.alone else return_type), {}), fault

    # ITI-57

    def _update(self, message: Message) -> tuple[Answer, Fault | None]:
        caller = self._caller(message)
        fault = self._strike("ITI-57", ())
        if fault and fault.kind in _REFUSALS:
            return (registry_response([_refusal(fault.kind)]), {}), fault
        if caller.alone:
            return (registry_response([_feeds_only("XDSMetadataUpdateOperationError")]), {}), fault
        try:
            update = read_update(message.payload, validate=self.validate)
        except BadMetadata as bad:
            return (registry_response([bad.error]), {}), fault
        errors = self.registry.update(update, caller.patient_id, caller.structure)
        if not errors and fault and fault.kind == "store-then-fault":
            raise SoapFault("ordered fault, after storing", receiver=True)
        return (registry_response(errors), {}), fault

    # TD0.2

    def _existence(self, message: Message) -> tuple[Answer, Fault | None]:
        question = read_question(message.payload, self._caller(message).patient_id)
        fault = self._strike("TD0.2", [question.patient[1]])
        situation = fault.kind if fault and fault.kind in ("closed", "absent") else "open"
        return (write_existence(question, situation), {}), fault


def _feeds_only(code: str) -> RegistryError:
    return RegistryError(code, "a structure that comes alone feeds, and does nothing else")


def _refusal(kind: str) -> RegistryError:
    return RegistryError(_REFUSALS[kind], "ordered refusal")


def shared_record_blueprint(record: SharedRecord) -> Blueprint:
    blueprint = Blueprint("xds", __name__, url_prefix="/xds")
    blueprint.add_url_rule("/repository", view_func=record.repository, methods=["POST"])
    blueprint.add_url_rule("/registry", view_func=record.query, methods=["POST"])
    blueprint.add_url_rule("/patients", view_func=record.patients, methods=["POST"])
    return blueprint
