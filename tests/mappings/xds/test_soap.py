"""SOAP envelopes: what is written is read back, a fault is a value, anything else is refused."""

import pytest
from lxml import etree

from mappings.issues import Refused
from mappings.xds.soap import Fault, envelope, fault_body, read_envelope

ADDRESSES = {"action": "urn:act", "to": "https://dmp.example/é", "message_id": "urn:uuid:1"}


def test_what_is_written_is_read_back() -> None:
    data = envelope(etree.fromstring("<a>é</a>"), **ADDRESSES, security=etree.fromstring("<assertion ID='_1'/>"))
    message = read_envelope(data)
    assert (message.action, message.message_id, message.relates_to) == ("urn:act", "urn:uuid:1", "")
    assert not isinstance(message.body, Fault)
    assert (message.body.tag, message.body.text) == ("a", "é")
    (security,) = message.security
    assert security.get("ID") == "_1"
    root = etree.fromstring(data)
    assert root.xpath("string(//*[local-name()='To'])") == ADDRESSES["to"]
    assert root.xpath("string(//*[local-name()='ReplyTo'])") == "http://www.w3.org/2005/08/addressing/anonymous"
    assert len(root.xpath("//*[@*[local-name()='mustUnderstand'][.='true']]")) == 3


def test_an_answer_relates_to_its_request() -> None:
    data = envelope(etree.fromstring("<a/>"), **ADDRESSES, relates_to="urn:uuid:0")
    assert read_envelope(data).relates_to == "urn:uuid:0"
    assert read_envelope(data).security == ()
    assert b"ReplyTo" not in data


@pytest.mark.parametrize(
    "fault",
    [
        Fault(code="Receiver"),
        Fault(code="Sender", subcodes=("InvalidSecurity", "Détail"), reason="Certificat refusé."),
    ],
)
def test_a_fault_is_a_value(fault) -> None:
    assert read_envelope(envelope(fault_body(fault), **ADDRESSES)).body == fault


_HEADER, _BODY, _OTHER = "<s:Header/>", "<s:Body><a/></s:Body>", "<b/>"


@pytest.mark.parametrize(
    "parts",
    [
        (_BODY, _BODY),
        (_BODY, "<s:Body/>"),
        (_BODY, _HEADER),
        (_HEADER, _HEADER, _BODY),
        (_HEADER, _BODY, _OTHER),
        (_OTHER, _BODY),
    ],
)
def test_nothing_stands_beside_a_header_and_a_body(parts: tuple[str, ...]) -> None:
    def written(*parts: str) -> bytes:
        return f"<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'>{''.join(parts)}</s:Envelope>".encode()

    for well in ((_BODY,), (_HEADER, _BODY), ("<!-- x -->", _HEADER, " ", _BODY)):
        assert not isinstance(read_envelope(written(*well)).body, Fault)
    with pytest.raises(Refused):
        read_envelope(written(*parts))


@pytest.mark.parametrize(
    "data",
    [
        b"<html/>",
        b"not xml",
        b"<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'/>",
        b"<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Body/></s:Envelope>",
        b"<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Body><a/><b/></s:Body></s:Envelope>",
        b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><a/></s:Body></s:Envelope>",
        b"<!DOCTYPE x><s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Body><a/></s:Body></s:Envelope>",
    ],
)
def test_refuses(data) -> None:
    with pytest.raises(Refused):
        read_envelope(data)
