"""The sandbox's shared record over HTTP: ITI-41 and ITI-43 at the repository, ITI-18 at the registry.

IHE ITI TF-2 3.41 (Provide and Register Document Set-b), 3.18 (Registry Stored Query), 3.43 (Retrieve Document Set);
ebRS 3.0 for the RegistryResponse.
"""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Final

from cryptography import x509
from flask import Blueprint, Response, request
from lxml import etree

from service.clock import Clock
from service.sandbox import grammar, interference
from service.sandbox.faults import Fault, Faults
from service.sandbox.registry import REPOSITORY, Registered, Registry
from service.sandbox.soap import XOP, Message, SoapFault, package, read_message, write_answer, write_fault
from service.sandbox.submission import (
    RIM,
    XDS,
    BadMetadata,
    RegistryError,
    Submission,
    errors_of,
    read_submission,
    slot_values,
)
from service.sandbox.vihf import read_vihf

RS: Final = "urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0"
QUERY: Final = "urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0"
_STATUS: Final = "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:"
_PARTIAL: Final = "urn:ihe:iti:2007:ResponseStatusType:PartialSuccess"
_SEVERITY: Final = "urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Error"

_PROVIDE: Final = "urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b"
_RETRIEVE: Final = "urn:ihe:iti:2007:RetrieveDocumentSet"
_STORED_QUERY: Final = "urn:ihe:iti:2007:RegistryStoredQuery"
_GET_DOCUMENTS: Final = "urn:uuid:5c4f972b-d56b-40ac-a5fc-c8ca9b40b9d4"
_FIND_DOCUMENTS: Final = "urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d"

#: Faults that are an ebRS refusal: kind → error code.
_REFUSALS: Final = {
    "busy": "XDSRepositoryBusy",
    "registry-busy": "XDSRegistryBusy",
    "unknown-patient": "XDSUnknownPatientId",
}
_QUOTED: Final = re.compile(r"'((?:[^']|'')*)'")

Answer = tuple[etree._Element, dict[str, tuple[str, bytes]]]


class _Gateway(Exception):
    """The answer of something before the destination, which then does nothing."""

    def __init__(self, response: Response) -> None:
        self.response = response


class SharedRecord:
    """The three transactions over one registry."""

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
        return self._answer({_STORED_QUERY: ("ITI-18", self._stored_query)})

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
        if transaction == "ITI-18":
            content_type = f'application/soap+xml; charset=UTF-8; action="{action}"'
            return interference.spoil(fault, Response(envelope, content_type=content_type))
        data, content_type = package(envelope, attachments)
        return interference.spoil(fault, Response(data, content_type=content_type))

    def _patient(self, message: Message) -> str:
        """The patient for whom the verified assertion speaks."""
        return read_vihf(message.security, self.clock(), self.trusted).patient_id

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
        subject = self._patient(message) if self.validate else ""
        try:
            submission = read_submission(message.payload, message.attachments)
        except BadMetadata as bad:
            return (_registry_response([bad.error]), {}), None
        unique_ids = [entry.unique_id for entry in submission.entries]
        self.registry.received_again(unique_ids)
        fault = self._strike("ITI-41", unique_ids)
        return (self._registered(submission, subject, fault), {}), fault

    def _registered(self, submission: Submission, subject: str, fault: Fault | None) -> etree._Element:
        kind = fault.kind if fault else ""
        if kind in _REFUSALS:
            return _registry_response([_refusal(kind)])
        errors = errors_of(submission, subject) if self.validate else []
        errors = errors or self.registry.register(submission, self.clock(), again=kind == "accept-twice")
        if not errors and kind == "store-then-fault":
            raise SoapFault("ordered fault, after storing", receiver=True)
        if not errors and kind == "partial":
            partial = [RegistryError("XDSRegistryError", "ordered partial success")]
            return _registry_response(partial, status=_PARTIAL)
        return _registry_response(errors)

    # ITI-43

    def _retrieve(self, message: Message) -> tuple[Answer, Fault | None]:
        subject = self._patient(message) if self.validate else ""
        if message.payload.tag != f"{{{XDS}}}RetrieveDocumentSetRequest":
            raise SoapFault("the payload is not a RetrieveDocumentSetRequest")
        asked = [
            (d.findtext(f"{{{XDS}}}RepositoryUniqueId"), d.findtext(f"{{{XDS}}}DocumentUniqueId", ""))
            for d in message.payload.iterfind(f"{{{XDS}}}DocumentRequest")
        ]
        fault = self._strike("ITI-43", [unique_id for _, unique_id in asked])
        if fault and fault.kind in _REFUSALS:
            return (_retrieved([], [_refusal(fault.kind)], {}), {}), fault
        errors, found = [], []
        for repository, unique_id in asked:
            known = self.registry.by_unique_id(unique_id)
            if repository != REPOSITORY:
                errors.append(RegistryError("XDSUnknownRepositoryId", "RepositoryUniqueId: not this repository"))
            elif not known or (subject and known[0].patient_id != subject):
                errors.append(RegistryError("XDSDocumentUniqueIdError", "DocumentUniqueId: unknown"))
            else:
                found.append(known[0])
        attachments = {f"document{n}@sandbox": (entry.mime_type, entry.content) for n, entry in enumerate(found)}
        return (_retrieved(found, errors, attachments), attachments), fault

    # ITI-18

    def _stored_query(self, message: Message) -> tuple[Answer, Fault | None]:
        subject = self._patient(message) if self.validate else ""
        departure = grammar.stored_query().departure(message.payload) if self.validate else ""
        query = message.payload.find(f"{{{RIM}}}AdhocQuery")
        option = message.payload.find(f"{{{QUERY}}}ResponseOption")
        if departure or query is None or option is None:
            raise SoapFault(f"AdhocQueryRequest: {departure or 'incomplete'}")
        parameters = {name: _values(query, name) for name in _PARAMETERS}
        fault = self._strike("ITI-18", parameters["$XDSDocumentEntryUniqueId"])
        if fault and fault.kind in _REFUSALS:
            return (_query_response([], [_refusal(fault.kind)], "ObjectRef"), {}), fault
        found, errors = self._found(query.get("id", ""), parameters)
        if subject and any(entry.patient_id != subject for entry in found):
            errors = [RegistryError("XDSPatientIdDoesNotMatch", "the assertion speaks for another patient")]
        return_type = option.get("returnType", "RegistryObject")
        if return_type not in {"LeafClass", "ObjectRef"}:
            errors = [RegistryError("XDSRegistryError", "ResponseOption: returnType is LeafClass or ObjectRef")]
        return (_query_response([] if errors else found, errors, return_type), {}), fault

    def _found(self, query: str, parameters: dict[str, list[str]]) -> tuple[list[Registered], list[RegistryError]]:
        if query == _GET_DOCUMENTS:
            unique_ids, uuids = parameters["$XDSDocumentEntryUniqueId"], parameters["$XDSDocumentEntryEntryUUID"]
            if bool(unique_ids) == bool(uuids):
                return [], [RegistryError("XDSStoredQueryMissingParam", "GetDocuments: uniqueId or entryUUID")]
            by_unique_id = [entry for value in unique_ids for entry in self.registry.by_unique_id(value)]
            return by_unique_id + [entry for value in uuids for entry in self.registry.by_entry_uuid(value)], []
        if query == _FIND_DOCUMENTS:
            patients, statuses = parameters["$XDSDocumentEntryPatientId"], parameters["$XDSDocumentEntryStatus"]
            if len(patients) != 1 or not statuses:
                return [], [RegistryError("XDSStoredQueryMissingParam", "FindDocuments: patientId and status")]
            return [entry for entry in self.registry.by_patient_id(patients[0]) if entry.status in statuses], []
        return [], [RegistryError("XDSUnknownStoredQuery", "AdhocQuery: id")]


_PARAMETERS: Final = (
    "$XDSDocumentEntryUniqueId",
    "$XDSDocumentEntryEntryUUID",
    "$XDSDocumentEntryPatientId",
    "$XDSDocumentEntryStatus",
)


def _values(query: etree._Element, name: str) -> list[str]:
    """Values of a stored query parameter: quoted, in parentheses when there may be several (TF-2 3.18.4.1.2.3.5)."""
    values = []
    for text in slot_values(query, name):
        several = text.strip().startswith("(")
        # patientId is single-valued: parentheses are not its form.
        if several and name == "$XDSDocumentEntryPatientId":
            continue
        values += [value.replace("''", "'") for value in _QUOTED.findall(text)]
    return values


def _refusal(kind: str) -> RegistryError:
    return RegistryError(_REFUSALS[kind], "ordered refusal")


def _registry_response(errors: list[RegistryError], *, status: str = "") -> etree._Element:
    element = etree.Element(f"{{{RS}}}RegistryResponse", nsmap={"rs": RS})
    element.set("status", status or _STATUS + ("Failure" if errors else "Success"))
    _append_errors(element, errors)
    return element


def _append_errors(element: etree._Element, errors: list[RegistryError]) -> None:
    if not errors:
        return
    container = etree.SubElement(element, f"{{{RS}}}RegistryErrorList", nsmap={"rs": RS}, highestSeverity=_SEVERITY)
    for error in errors:
        etree.SubElement(
            container,
            f"{{{RS}}}RegistryError",
            codeContext=error.context,
            errorCode=error.code,
            severity=_SEVERITY,
            location="sandbox",
        )


def _retrieved(
    found: list[Registered], errors: list[RegistryError], attachments: dict[str, tuple[str, bytes]]
) -> etree._Element:
    element = etree.Element(f"{{{XDS}}}RetrieveDocumentSetResponse", nsmap={"xds": XDS})
    element.append(_registry_response(errors, status=_PARTIAL if errors and found else ""))
    for entry, content_id in zip(found, attachments, strict=True):
        response = etree.SubElement(element, f"{{{XDS}}}DocumentResponse")
        etree.SubElement(response, f"{{{XDS}}}RepositoryUniqueId").text = REPOSITORY
        etree.SubElement(response, f"{{{XDS}}}DocumentUniqueId").text = entry.unique_id
        etree.SubElement(response, f"{{{XDS}}}mimeType").text = entry.mime_type
        document = etree.SubElement(response, f"{{{XDS}}}Document")
        etree.SubElement(document, f"{{{XOP}}}Include", nsmap={"xop": XOP}, href=f"cid:{content_id}")
    return element


def _query_response(found: list[Registered], errors: list[RegistryError], return_type: str) -> etree._Element:
    element = etree.Element(f"{{{QUERY}}}AdhocQueryResponse", nsmap={"query": QUERY, "rim": RIM})
    element.set("status", _STATUS + ("Failure" if errors else "Success"))
    _append_errors(element, errors)
    objects = etree.SubElement(element, f"{{{RIM}}}RegistryObjectList")
    for entry in found:
        if return_type == "ObjectRef":
            etree.SubElement(objects, f"{{{RIM}}}ObjectRef", id=entry.entry_uuid)
        else:
            extrinsic = grammar.parse(entry.metadata)
            extrinsic.set("status", entry.status)
            objects.append(extrinsic)
    return element


def shared_record_blueprint(record: SharedRecord) -> Blueprint:
    blueprint = Blueprint("xds", __name__, url_prefix="/xds")
    blueprint.add_url_rule("/repository", view_func=record.repository, methods=["POST"])
    blueprint.add_url_rule("/registry", view_func=record.query, methods=["POST"])
    return blueprint
