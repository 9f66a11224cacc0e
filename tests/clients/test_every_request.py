"""Every request that leaves for the shared record, caught on its way: SOAP 1.2, its body valid for the published schema.

TD0.2 has no schema here: it is read back by the sandbox, which is written apart.
"""

import base64
import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
import requests
from lxml import etree

from mappings.xds import mtom, soap
from mappings.xds.namespaces import DELETED, V3, XDSB, XOP
from mappings.xds.vihf import VihfFacts
from service.clients.dmp import identity, send
from service.clients.dmp.client import DmpClient
from service.clients.dmp.consult import (
    find,
    find_submission_sets,
    get_associations,
    get_documents,
    get_documents_and_associations,
    retrieve,
)
from service.clients.dmp.publish import publish
from service.clients.dmp.send import SharedRecord
from service.clients.dmp.show import show
from service.clients.dmp.withdraw import withdraw
from service.clients.exchange import exchange
from service.clients.seal import SigningKey
from service.sandbox.server import Sandbox
from tests.clients.record import DOCUMENT, access, numbered, reached, sealed, second
from tests.clients.sealed_things import NOW, UNIQUE_ID
from tests.mappings import schemas
from tests.waiting import PATIENCE

SAML = "{urn:oasis:names:tc:SAML:2.0:assertion}"


def consulting(record: SharedRecord) -> None:
    at = access(record)
    (entry,) = (
        find(at, since=NOW.replace(year=2020), until=NOW, classes=[("10", "1.2.3")], types=[]).documents
        or find(at, types=[("11506-3", "2.16.840.1.113883.6.1")]).documents
    )
    find_submission_sets(at, since=NOW)
    get_documents(at, [UNIQUE_ID, "1.2.3"])
    get_documents_and_associations(at, [UNIQUE_ID])
    get_associations(at, [entry.entry_uuid])
    assert retrieve(at, entry).answered


def changing(record: SharedRecord) -> None:
    for number, purpose in enumerate(("mask", "hide", "archive"), start=3):
        change = dataclasses.replace(sealed(submission=numbered(number)), purpose=purpose)  # type: ignore[arg-type]  # a purpose
        assert show(record, change, DOCUMENT).code == "Success"
    assert withdraw(record, sealed(submission=numbered(6)), DOCUMENT).code == "Success"


def asking(record: SharedRecord) -> None:
    DmpClient(record).look_up(sealed(), DOCUMENT)


def replacing(record: SharedRecord) -> None:
    publish(record, *second())


#: What is done → the roots of the bodies that leave.
DEEDS: dict[str, tuple[Callable[[SharedRecord], None], set[str]]] = {
    "publish": (lambda record: None, {"PRPA_IN201307UV02", "ProvideAndRegisterDocumentSetRequest"}),
    "replace": (replacing, {"PRPA_IN201307UV02", "ProvideAndRegisterDocumentSetRequest", "AdhocQueryRequest"}),
    "look up": (asking, {"AdhocQueryRequest"}),
    "consult": (consulting, {"AdhocQueryRequest", "RetrieveDocumentSetRequest"}),
    "change": (changing, {"AdhocQueryRequest", "SubmitObjectsRequest"}),
}
SCHEMAS = {
    "ProvideAndRegisterDocumentSetRequest": schemas.XDSB,
    "RetrieveDocumentSetRequest": schemas.XDSB,
    "AdhocQueryRequest": schemas.QUERY,
    "SubmitObjectsRequest": schemas.LCM,
}


@pytest.mark.parametrize("signed", [True, False], ids=["signed", "unsigned"])
@pytest.mark.parametrize("deed", DEEDS)
def test_is_valid_for_its_schema(
    listening: Sandbox, signing_key: SigningKey, monkeypatch: pytest.MonkeyPatch, deed: str, signed: bool
) -> None:
    caught: list[tuple[str, bytes]] = []

    def catching(method: str, url: str, **call: Any) -> Any:
        caught.append((call["headers"]["Content-Type"], call["body"]))
        return exchange(method, url, **call)

    monkeypatch.setattr(send, "exchange", catching)
    record = reached(listening, signing_key, signed_sets=signed)
    assert publish(record, sealed(), DOCUMENT).code == "Success"
    caught[:] = caught if deed == "publish" else []
    played, roots = DEEDS[deed]
    played(record)
    messages = [_message(*each) for each in caught]
    assert {etree.QName(body).localname for body, _ in messages} == roots
    for body, parts in messages:
        name = etree.QName(body).localname
        if name in SCHEMAS:
            assert schemas.departures(SCHEMAS[name], _unpacked(body, parts)) == []


def _message(content_type: str, data: bytes) -> tuple[etree._Element, dict[str, bytes]]:
    packed = mtom.parse(content_type, data)
    message = soap.read_envelope(packed.root)
    assert not isinstance(message.body, soap.Fault)
    assert message.message_id.startswith("urn:uuid:")
    assert message.action in content_type
    assert len(message.security) == 1
    assert message.security[0].findtext(f"{SAML}Subject/{SAML}NameID") == "899900007016"
    return message.body, dict(packed.parts)


def _unpacked(body: etree._Element, parts: dict[str, bytes]) -> etree._Element:
    """As it is without XOP: the schema knows base64 alone."""
    for document in body.iterfind(f"{{{XDSB}}}Document"):
        (include,) = document
        assert include.tag == f"{{{XOP}}}Include"
        document.remove(include)
        document.text = base64.b64encode(parts[include.get("href", "").removeprefix("cid:")]).decode()
    return body


def test_a_structure_comes_under_its_own_name(
    listening: Sandbox, signing_key: SigningKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    named: list[tuple[str | None, str | None, list[str]]] = []

    def catching(method: str, url: str, **call: Any) -> Any:
        packed = mtom.parse(call["headers"]["Content-Type"], call["body"])
        (assertion,) = soap.read_envelope(packed.root).security
        said = {
            each.get("Name", "").rpartition(":")[2]: each.findtext(f"{SAML}AttributeValue")
            for each in assertion.iter(f"{SAML}Attribute")
        }
        roles = [role.get("code", "") for role in assertion.iter(f"{{{V3}}}Role")]
        named.append((assertion.findtext(f"{SAML}Subject/{SAML}NameID"), said["subject-id"], roles))
        return exchange(method, url, **call)

    monkeypatch.setattr(send, "exchange", catching)
    for mode in ("INDIRECTE", "INDIRECTE_RENFORCEE", "DIRECTE"):
        assert find(access(reached(listening, signing_key, mode=mode))).answered
    assert named == [
        ("1670999990", "MSP DES TILLEULS (FICTIVE)", ["70"]),
        ("899900007016", "Lucie MARTEL-FICTIF", ["70"]),
        ("899900007016", "Lucie MARTEL-FICTIF", ["70"]),
    ]


@pytest.mark.parametrize(("said", "name"), [("INDIRECTE_RENFORCEE", "1670999990"), ("INDIRECTE", "899900007016")])
def test_the_sandbox_holds_a_mode_to_whom_it_names(
    listening: Sandbox, signing_key: SigningKey, monkeypatch: pytest.MonkeyPatch, said: str, name: str
) -> None:
    """A structure that calls itself a professional is turned away, and the other way round."""
    lying = {"mode": said, "name_id": name}
    monkeypatch.setattr(identity, "VihfFacts", lambda **facts: VihfFacts(**(facts | lying)))
    assert find(access(reached(listening, signing_key))).code == "InvalidSecurityToken"


def test_nothing_is_left_of_what_is_deleted(listening: Sandbox, signing_key: SigningKey) -> None:
    record = reached(listening, signing_key)
    publish(record, sealed(), DOCUMENT)
    withdraw(record, sealed(submission=numbered(6)), DOCUMENT)
    assert find(access(record), statuses=(DELETED,)).documents == ()
    listed = requests.get(f"{listening.http_url}/registry/documents", timeout=PATIENCE).json()
    assert [(one["uniqueId"], one["status"], one["signed"]) for one in listed] == [(UNIQUE_ID, "Deleted", True)]
