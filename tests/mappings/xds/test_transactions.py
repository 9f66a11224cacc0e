"""Requests are valid for their schemas; answers, good and bad, are read as values."""

import pytest
from lxml import etree

from mappings.issues import Refused
from mappings.xds import submission_to_ebxml
from mappings.xds.found import Registered, read_query_response
from mappings.xds.namespaces import XDSB, XOP
from mappings.xds.provide import provide_request
from mappings.xds.query import get_documents_request
from mappings.xds.response import (
    FAILURE,
    SUCCESS,
    RegistryAnswer,
    RegistryError,
    read_registry_response,
    registry_response,
)
from mappings.xds.retrieve import read_retrieve_response, retrieve_request
from tests.mappings.reports import REPORT, SUBMISSION
from tests.mappings.schemas import LCM, QUERY, RS, departures

UUID = "urn:uuid:5c4f972b-d56b-40ac-a5fc-c8ca9b40b9d4"
NAMESPACES = (
    'xmlns:rs="urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0" xmlns:rim="urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0" '
    'xmlns:q="urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0" xmlns:x="urn:ihe:iti:xds-b:2007" '
    'xmlns:xop="http://www.w3.org/2004/08/xop/include"'
)


def test_provide_request_points_at_its_document() -> None:
    metadata = submission_to_ebxml(REPORT, SUBMISSION, b"<cda/>")
    request = provide_request(metadata, {SUBMISSION.entry_uuid: "doc@binome.example"})
    submit, document = request
    assert request.tag == f"{{{XDSB}}}ProvideAndRegisterDocumentSetRequest"
    assert departures(LCM, submit) == []
    assert document.get("id") == SUBMISSION.entry_uuid
    assert document.find(f"{{{XOP}}}Include").get("href") == "cid:doc@binome.example"


def test_get_documents_request() -> None:
    request = get_documents_request("1.2.3")
    assert departures(QUERY, request) == []
    (value,) = request.xpath("//*[local-name()='Slot'][@name='$XDSDocumentEntryUniqueId']//*[local-name()='Value']")
    assert value.text == "('1.2.3')"
    assert request.xpath("//*[local-name()='AdhocQuery']/@id") == [UUID]
    assert request.xpath("//@returnType") == ["LeafClass"]


def test_query_response() -> None:
    body = etree.fromstring(f"""
    <q:AdhocQueryResponse {NAMESPACES} status="{SUCCESS}"><rim:RegistryObjectList>
      <rim:ExtrinsicObject id="urn:uuid:e1" status="urn:oasis:names:tc:ebxml-regrep:StatusType:Approved">
        <rim:Slot name="hash"><rim:ValueList><rim:Value>ABCD</rim:Value></rim:ValueList></rim:Slot>
        <rim:Slot name="size"><rim:ValueList><rim:Value> 12 </rim:Value></rim:ValueList></rim:Slot>
        <rim:Slot name="repositoryUniqueId"><rim:ValueList><rim:Value>1.9</rim:Value></rim:ValueList></rim:Slot>
        <rim:ExternalIdentifier id="i" identificationScheme="urn:uuid:other" registryObject="e" value="no"/>
        <rim:ExternalIdentifier id="j" registryObject="e" value="1.2.3"
          identificationScheme="urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab"/>
      </rim:ExtrinsicObject>
      <rim:ExtrinsicObject id="urn:uuid:e2"/>
    </rim:RegistryObjectList></q:AdhocQueryResponse>""")
    answer, found = read_query_response(body)
    first, second = found.documents
    assert answer == RegistryAnswer(status=SUCCESS)
    assert (first.entry_uuid, first.unique_id, first.repository_unique_id) == ("urn:uuid:e1", "1.2.3", "1.9")
    assert (first.hash, first.size, first.status.rpartition(":")[2]) == ("abcd", 12, "Approved")
    assert (second.unique_id, second.size, second.hash) == ("", None, "")


def test_an_empty_query_response_is_an_answer() -> None:
    body = etree.fromstring(
        f'<q:AdhocQueryResponse {NAMESPACES} status="{SUCCESS}"><rim:RegistryObjectList/></q:AdhocQueryResponse>'
    )
    assert read_query_response(body) == (RegistryAnswer(status=SUCCESS), Registered())


@pytest.mark.parametrize("lists", ["", "<rim:RegistryObjectList/>" * 2])
def test_a_success_without_its_one_list_says_nothing(lists: str) -> None:
    body = etree.fromstring(f'<q:AdhocQueryResponse {NAMESPACES} status="{SUCCESS}">{lists}</q:AdhocQueryResponse>')
    with pytest.raises(Refused):
        read_query_response(body)


def test_a_failure_needs_no_list() -> None:
    body = etree.fromstring(f'<q:AdhocQueryResponse {NAMESPACES} status="{FAILURE}"/>')
    assert read_query_response(body) == (RegistryAnswer(status=FAILURE), Registered())


@pytest.mark.parametrize(
    "answer",
    [
        RegistryAnswer(status=SUCCESS),
        RegistryAnswer(
            status=FAILURE,
            errors=(
                RegistryError(code="XDSRepositoryBusy", context="réessayer", severity="Error"),
                RegistryError(code="XDSExtraMetadataNotSaved", context="", severity="Warning"),
            ),
        ),
    ],
)
def test_registry_response_is_valid_and_read_back(answer) -> None:
    body = registry_response(answer)
    assert departures(RS, body) == []
    assert read_registry_response(body) == answer
    assert answer.succeeded is (answer.status == SUCCESS)


def test_an_answer_without_status_is_refused() -> None:
    with pytest.raises(Refused):
        read_registry_response(etree.fromstring("<html/>"))


def retrieved(document: str) -> etree._Element:
    return etree.fromstring(f"""
    <x:RetrieveDocumentSetResponse {NAMESPACES}><rs:RegistryResponse status="{SUCCESS}"/><x:DocumentResponse>
      <x:RepositoryUniqueId>1.9</x:RepositoryUniqueId><x:DocumentUniqueId>1.2.3</x:DocumentUniqueId>
      <x:mimeType>text/xml</x:mimeType>{document}
    </x:DocumentResponse></x:RetrieveDocumentSetResponse>""")


@pytest.mark.parametrize(
    "document",
    ['<x:Document><xop:Include href="cid:d@x"/></x:Document>', "<x:Document>PGNk\n YS8+</x:Document>"],
    ids=["beside", "inside"],
)
def test_retrieve_response(document) -> None:
    answer, (found,) = read_retrieve_response(retrieved(document), {"d@x": b"<cda/>"})
    assert answer.succeeded
    assert (found.repository_unique_id, found.unique_id, found.mime_type) == ("1.9", "1.2.3", "text/xml")
    assert found.content == b"<cda/>"


@pytest.mark.parametrize("document", ["", "<x:Document>é</x:Document>", "<x:Document>PGN</x:Document>"])
def test_a_retrieve_response_without_a_readable_document_is_refused(document) -> None:
    with pytest.raises(Refused):
        read_retrieve_response(retrieved(document), {})


def test_retrieve_request() -> None:
    request = retrieve_request(repository_unique_id="1.9", unique_id="1.2.3")
    assert [(etree.QName(one).localname, one.text) for one in request.iter() if one.text] == [
        ("RepositoryUniqueId", "1.9"),
        ("DocumentUniqueId", "1.2.3"),
    ]
