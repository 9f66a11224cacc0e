"""Mails that somebody means ill by: family M of the hostile corpus, and the XML of family X that comes by mail."""

import base64
from collections.abc import Callable

from service.outbox.envelope import Envelope
from tests.hostile.family_z.archives import DOCUMENT, FOLDER, metadata, xdm, zipped
from tests.hostile.packed import packed
from tests.inbound import letters

SENDER = "a@medecin.formation.mssante.fr"
STRANGER = "quelquun@ailleurs.formation.mssante.fr"
CANARY = "CANARI-7F3A"
Make = Callable[[Envelope], bytes]


def part(content: bytes, media_type: str, name: str) -> bytes:
    head = (
        f"Content-Type: {media_type}\r\nContent-Transfer-Encoding: base64\r\n"
        f"Content-Disposition: attachment; filename*=utf-8''{name}\r\n\r\n"
    )
    return head.encode() + base64.encodebytes(content)


def carrying(*parts: bytes, headers: str = "") -> bytes:
    head = f"From: {SENDER}\r\n{headers}MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    return head.encode() + b"".join(b"--b\r\n" + one + b"\r\n" for one in parts) + b"--b--\r\n"


def with_cda(document: bytes, headers: str = "") -> bytes:
    return carrying(part(zipped(xdm(document)), "application/zip", "IHE_XDM.ZIP"), headers=headers)


def deep(levels: int) -> bytes:
    body = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(levels))
    return f"From: {SENDER}\r\n".encode() + body + b"Content-Type: text/plain\r\n\r\nfond\r\n"


def signed(inside: bytes) -> bytes:
    head = (
        f'From: {SENDER}\r\nContent-Type: multipart/signed; protocol="application/pkcs7-signature"; boundary=s\r\n\r\n'
    )
    signature = part(b"not a signature", "application/pkcs7-signature", "smime.p7s")
    return head.encode() + b"--s\r\n" + inside + b"\r\n--s\r\n" + signature + b"\r\n--s--\r\n"


def notice_in_a_part(envelope: Envelope) -> bytes:
    """A right receipt, inside a mail of somebody else's."""
    return carrying(b"Content-Type: message/rfc822\r\n\r\n" + letters.disposition(envelope))


def in_charset(charset: str) -> Make:
    return lambda e: letters.plain("x", "x", f"Content-Type: text/plain; charset={charset}", sender=SENDER)


#: By name: the mail, and (state, kind, code) of what it must come to. None of them may move anything.
CASES: dict[str, tuple[Make, tuple[str, str, str]]] = {
    "M01 hdr-crlf-subject": (
        lambda e: letters.plain("x\r\n\r\nBcc: y", "x", sender=SENDER), ("settled", "other", ""),
    ),
    "M02 hdr-crlf-encoded": (
        lambda e: letters.plain("=?utf-8?B?YQ0KQmNjOiB4QHkuZnINCg==?=", "x", sender=SENDER), ("settled", "other", ""),
    ),
    "M03 addr-comment": (
        lambda e: letters.disposition(e, sender=f"{e.recipient} ({STRANGER})"), ("quarantined", "notice", "other-sender"),
    ),
    "M03 comment before": (
        lambda e: letters.disposition(e, sender=f"({e.recipient}) {STRANGER}"), ("quarantined", "notice", "other-sender"),
    ),
    "M03 name that looks like a box": (
        lambda e: letters.disposition(e, sender=f'"{e.recipient}" <{STRANGER}>'),
        ("quarantined", "notice", "other-sender"),
    ),
    "M04 addr-group-list": (
        lambda e: letters.disposition(e, sender=f"g:{e.recipient};"), ("quarantined", "notice", "other-sender"),
    ),
    "M04 two addresses": (
        lambda e: letters.disposition(e, sender=f"{e.recipient}, {STRANGER}"), ("quarantined", "notice", "other-sender"),
    ),
    "M05 addr-idn-homograph": (
        lambda e: letters.disposition(e, sender=e.recipient.replace("mssante", "mssant\u0435")),
        ("quarantined", "notice", "other-sender"),
    ),
    "M05 punycode": (
        lambda e: letters.disposition(e, sender=e.recipient.replace("mssante.fr", "xn--mssant-cva.fr")),
        ("quarantined", "notice", "other-sender"),
    ),
    "M06 addr-null-sender": (
        lambda e: letters.plain(
            "Accusé de lecture", "Lu par le destinataire.", "Return-Path: <>", f"X-Id: {e.message_id}", sender=STRANGER
        ),
        ("settled", "bounce", "unknown-message"),
    ),
    "M07 smuggle-lf-dot-lf": (
        lambda e: letters.plain("x", f"a\n.\nMAIL FROM:<{STRANGER}>\nRCPT TO:<y>\nDATA\n", sender=SENDER),
        ("settled", "other", ""),
    ),
    "M08 smuggle-pipelined": (
        lambda e: letters.plain("x", "a\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<y>\r\nDATA\r\n", sender=SENDER),
        ("settled", "other", ""),
    ),
    "M09 long-line-1MB": (
        lambda e: letters.plain("x" * 1_000_000, "y" * 1_000_000, sender=SENDER), ("settled", "other", ""),
    ),
    "M09 identifiers without an end": (
        lambda e: letters.plain("x", "x", "References:" + f" <{'@' * 500}\r\n" * 12_000, sender=SENDER),
        ("settled", "other", ""),
    ),
    "M10 mime-depth-1000": (lambda e: deep(1000), ("quarantined", "unread", "too-deep")),
    "M10 parts side by side": (
        lambda e: carrying(*[b"Content-Type: text/plain\r\n\r\nx"] * 5000), ("quarantined", "unread", "too-deep"),
    ),
    "M11 ack-forged-id": (
        lambda e: letters.disposition(e, message_id="<deviné@binome.formation.mssante.fr>".replace("é", "e")),
        ("settled", "notice", "unknown-message"),
    ),
    "M12 ack-wrong-box": (
        lambda e: letters.disposition(e, sender=STRANGER, recipient=STRANGER),
        ("quarantined", "notice", "other-recipient"),
    ),
    "M16 mdn-human-claim without an id": (
        lambda e: letters.disposition(e, "manual-action/MDN-sent-manually; displayed", "Auto-Submitted: auto-replied",
                                      message_id=""),
        ("settled", "notice", "unknown-message"),
    ),
    "M17 boundary-collision": (
        lambda e: carrying(
            b"Content-Type: text/plain\r\n\r\nx\r\n--b--\r\n",
            b"Content-Type: multipart/report; report-type=disposition-notification; boundary=b\r\n\r\n"
            + letters.disposition(e),
        ),
        ("settled", "other", ""),
    ),
    "M18 two-content-types": (
        lambda e: letters.disposition(e, "manual-action/MDN-sent-manually; displayed", "Content-Type: text/plain"),
        ("quarantined", "unread", "ambiguous"),
    ),
    "M18 two transfer encodings in a part": (
        lambda e: carrying(
            b"Content-Type: text/plain\r\nContent-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64\r\n\r\nx"
        ),
        ("quarantined", "unread", "ambiguous"),
    ),
    "M18 two senders": (
        lambda e: letters.disposition(e, "manual-action/MDN-sent-manually; displayed", f"From: {STRANGER}"),
        ("quarantined", "unread", "ambiguous"),
    ),
    "M19 filename-rtl": (
        lambda e: carrying(part(b"MZ", "application/octet-stream", "compte-rendu%E2%80%AEfdp.exe")),
        ("quarantined", "document", "name-deceives"),
    ),
    "M20 loop-autoreply": (
        lambda e: letters.reply(e, "Absent.", "Auto-Submitted: auto-replied", "Precedence: bulk"),
        ("settled", "automatic", ""),
    ),
    "M21 tnef-winmail": (
        lambda e: carrying(part(b"\x78\x9f\x3e\x22", "application/ms-tnef", "winmail.dat")),
        ("quarantined", "document", "tnef"),
    ),
    "M22 smime-strip": (
        lambda e: signed(b"Content-Type: text/plain\r\n\r\nsigne"), ("settled", "other", ""),
    ),
    "M22 receipt inside a signature": (lambda e: signed(letters.disposition(e)), ("settled", "other", "")),
    "M23 xmss-header-mismatch code": (
        lambda e: with_cda(DOCUMENT, "X-MSS-CODECDA: 34133-9\r\n"), ("quarantined", "document", "mss-code"),
    ),
    "M23 xmss-header-mismatch ins": (
        lambda e: with_cda(DOCUMENT.replace(b"1.2.250.1.213.1.4.10", b"1.2.250.1.999.1"), "X-MSS-INS: O\r\n"),
        ("quarantined", "document", "xdm-patient"),
    ),
    "a receipt in a part of another mail": (notice_in_a_part, ("settled", "other", "")),
    "no bytes": (lambda e: b"\r\n", ("quarantined", "unread", "malformed")),
    "bytes of no mail": (lambda e: bytes(range(256)) * 40, ("quarantined", "unread", "malformed")),
    "charset that does not exist": (
        lambda e: letters.plain("=?x-none?Q?x?=", "x", "Content-Type: text/plain; charset=x-none", sender=SENDER),
        ("settled", "other", ""),
    ),
    "charset that replaces nothing": (in_charset("idna"), ("settled", "other", "")),
    "charset that decodes nothing": (in_charset("undefined"), ("settled", "other", "")),
    "charset with a NUL": (in_charset('"a\0b"'), ("settled", "other", "")),
}  # fmt: skip


def _doctype(inside: bytes, body: bytes = b"") -> bytes:
    head, _, rest = DOCUMENT.partition(b"?>\n")
    return head + b"?>\n<!DOCTYPE x [" + inside + b"]>\n" + rest.replace(b"<title>CR", b"<title>" + body)


def _picture(place: bytes) -> bytes:
    """A structured document whose picture is at ``place``, and whose words are in it."""
    body = (
        b"<structuredBody><component><section><entry><observationMedia><value><reference value='%s'/></value>"
        b"<entryRelationship><observation><text><reference value='#words'/></text></observation></entryRelationship>"
        b"</observationMedia></entry></section></component></structuredBody>"
    ) % place
    return DOCUMENT.replace(b"<nonXMLBody><text>x</text></nonXMLBody>", body)


def _xml(document: bytes, code: str = "xml-refused", kind: str = "unread") -> tuple[Make, tuple[str, str, str]]:
    kept = packed(document)
    return (lambda e: with_cda(kept())), ("quarantined", kind, code)


_CHAIN = b"".join(b'<!ENTITY e%d "&e%d;">' % (n + 1, n) for n in range(20_000))
_LAUGHS = b"".join(b'<!ENTITY l%d "%s">' % (n + 1, b"&l%d;" % n * 10) for n in range(9))
_NOTED = b"<title>CR</title>"

#: The cases of family X that come in a CDA by mail.
XML: dict[str, tuple[Make, tuple[str, str, str]]] = {
    "X01 xxe-file": _xml(_doctype(b'<!ENTITY x SYSTEM "file:///etc/hostname">', b"&x;")),
    "X02 xxe-http": _xml(_doctype(b'<!ENTITY x SYSTEM "http://127.0.0.1:9/">', b"&x;")),
    "X03 xxe-param": _xml(_doctype(b'<!ENTITY % p SYSTEM "http://127.0.0.1:9/p"> %p;')),
    "X04 dtd-external": _xml(DOCUMENT.replace(b"<Clin", b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/d"><Clin', 1)),
    "X05 xxe-utf16": _xml(
        _doctype(b'<!ENTITY x SYSTEM "file:///etc/hostname">').decode().replace("UTF-8", "UTF-16").encode("utf-16")
    ),
    "X05 utf-7": _xml(DOCUMENT.replace(b'"UTF-8"', b'"UTF-7"')),
    "X09 laughs-10x9": _xml(_doctype(b'<!ENTITY l0 "ha">' + _LAUGHS, b"&l9;")),
    "X10 laughs-quadratic": _xml(_doctype(b'<!ENTITY q "' + b"q" * 50_000 + b'">', b"&q;" * 5000)),
    "X11 laughs-lazy": _xml(_doctype(b'<!ENTITY l0 "ha">' + _LAUGHS)),
    "X12 entity-chain": _xml(_doctype(b'<!ENTITY e0 "x">' + _CHAIN, b"&e20000;")),
    "X14 deep-200k": _xml(DOCUMENT.replace(_NOTED, b"<a>" * 200_000 + b"</a>" * 200_000), "zip-bomb"),
    "X14 deep and stored": _xml(DOCUMENT.replace(_NOTED, b"<a>" * 300 + b"</a>" * 300)),
    "X15 attrs duplicate": _xml(DOCUMENT.replace(b'<id root="', b'<id root="1" root="', 1)),
    "X17 xinclude-text": _xml(
        DOCUMENT.replace(
            _NOTED, _NOTED + b'<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="/etc/hostname" parse="text"/>'
        ),
        "cda-inclusion",
        "document",
    ),
    "X23 cda-two-patients": _xml(
        DOCUMENT.replace(b"<author/>", b'<recordTarget><patientRole><id root="1.2" extension="x"/></patientRole></recordTarget><author/>'),
        "cda-patients",
        "document",
    ),
    "X24 cda-id-mismatch": (
        lambda e: carrying(
            part(
                zipped(xdm() | {f"{FOLDER}/METADATA.XML": metadata(patient="1^^^&amp;1.2.250.1.213.1.4.10&amp;ISO")}),
                "application/zip", "IHE_XDM.ZIP",
            )
        ),
        ("quarantined", "document", "xdm-patient"),
    ),
    "X25 cda-nullflavor-all": _xml(
        DOCUMENT.replace(b'<code code="11506-3"/>', b'<code nullFlavor="NI"/>'), "cda-null", "document"
    ),
    "X26 cda-nonxml-js": _xml(
        DOCUMENT.replace(b"<text>x</text>", b'<text><reference value="javascript:alert(1)"/></text>'),
        "cda-elsewhere",
        "document",
    ),
    "X26 picture that lies elsewhere": _xml(
        _picture(b"http://127.0.0.1:9/x.png"), "cda-elsewhere", "document"
    ),
    "X27 cda-table-onmouseover": _xml(
        DOCUMENT.replace(b"<text>x</text>", b'<text><td onmouseover="alert(1)">x</td></text>'), "cda-active", "document"
    ),
    "X28 cda-b64-huge": _xml(DOCUMENT.replace(b"<text>x", b"<text>" + b"QUJD" * 13_000_000), "zip-bomb"),
}  # fmt: skip
#: What is odd in XML and right.
HONEST_XML: dict[str, bytes] = {
    "X16 stylesheet-pi": DOCUMENT.replace(b"<Clin", b'<?xml-stylesheet href="http://127.0.0.1:9/x.xsl"?><Clin', 1),
    "X18 schemalocation": DOCUMENT.replace(
        b'xmlns="urn:hl7-org:v3">',
        b'xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        b' xsi:schemaLocation="urn:hl7-org:v3 http://127.0.0.1:9/cda.xsd">',
    ),
    "X29 ns-redefine": DOCUMENT.replace(b"<author/>", b'<h:author xmlns:h="urn:hl7-org:v3"/>'),
    "references to parts of itself": _picture(b"#pixels"),
    "X30 cdata-split": DOCUMENT.replace(b"<text>x", b"<text><![CDATA[<scr]]><![CDATA[ipt>]]>"),
}
