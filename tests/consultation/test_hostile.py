"""Documents that mean harm, or are not what they say: each is set aside by name, and nothing of it is shown."""

import dataclasses
import io
import time
import zipfile
import zlib

import pytest

from mappings.domain.people import Ins
from mappings.domain.shared import SharedDocument
from mappings.pdf.report import report_to_pdf
from service.clients.consulting import Asking, Retrieved, Unread
from service.clients.pdsm.reader import PdsmReader
from service.clients.pdsm.send import LONGEST_DOCUMENT, PdsmRecord
from service.consultation.examining import Examined, examined
from tests.clients.scripted import listener, read_request
from tests.consultation.shelf import INS, ROOT, Shelf, cda, enclosing, structured
from tests.mappings.reports import DELEGATEE, ORGANIZATION, REPORT

PATIENT = Ins(value=INS[1], oid=INS[0])
SECRET = "Glycémie 7,42"
SECTION = structured(f"<title>Bilan</title><text><paragraph>{SECRET}</paragraph></text>")


def seen(content: bytes, mime_type: str = "text/xml", **told: object) -> Examined:
    shelf = Shelf()
    document, held = shelf.documents[shelf.put(content, mime_type, **told)]
    return examined(document, Retrieved(mime_type, held), PATIENT)


def assert_aside(one: Examined, why: str) -> None:
    assert why in one.set_aside
    assert one == Examined(set_aside=one.set_aside)


def pdf(*objects: bytes) -> bytes:
    return b"%PDF-1.7\n" + b"\n".join(objects) + b"\n%%EOF"


def stream(dictionary: bytes, raw: bytes) -> bytes:
    return b"1 0 obj\n<<" + dictionary + b">>\nstream\n" + raw + b"\nendstream endobj"


XXE = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
LAUGHS = (
    "<!DOCTYPE a [<!ENTITY a0 'ha'>" + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10)) + "]>"
)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<html xmlns='http://www.w3.org/1999/xhtml'><body onload='alert(1)'>x</body></html>"
OBJECTS = zlib.compress(b"7 0 << /S /JavaScript /JS (app.alert(1)) >>")


def bomb() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x", b"\0" * 1_000_000)
    return held.getvalue()


@pytest.mark.parametrize(
    ("content", "mime_type", "why"),
    [
        (cda(SECTION, head=XXE), "text/xml", "DOCTYPE"),
        (cda(SECTION.replace(SECRET, "&x;"), head=XXE), "application/xml", "DOCTYPE"),
        (cda(SECTION.replace(SECRET, "&a9;"), head=LAUGHS), "text/xml", "DOCTYPE"),
        (cda(SECTION, head=XXE).decode().replace("UTF-8", "UTF-16").encode("utf-16"), "text/xml", "DOCTYPE"),
        (cda("<a>" * 150 + "</a>" * 150), "text/xml", "trop profond"),
        (cda("<a/>" * 200_001), "text/xml", "trop d’éléments"),
        (cda(SECTION)[:-20], "text/xml", "bien formé"),
        (HTML, "text/xml", "pas un CDA"),
        (SVG, "application/xml", "pas un CDA"),
        (HTML, "text/html", "text/html"),
        (SVG, "image/svg+xml", "image/svg+xml"),
        (bomb(), "application/zip", "application/zip"),
        (bomb(), "application/pdf", "pas un PDF"),
        (HTML, "application/pdf", "pas un PDF"),
        (b"x", '"><script>', "type inconnu"),
        (b"x", "", "type inconnu"),
        (b"\xff\xfe", "text/plain", "UTF-8"),
        (cda(SECTION, root=f"{ROOT}.2"), "text/xml", "autre identifiant"),
        (cda(SECTION, ins=(INS[0], "104082A99900249")), "text/xml", "ne désigne pas ce patient"),
        (cda(SECTION, ins=("1.2.250.1.213.1.4.8", INS[1])), "text/xml", "ne désigne pas ce patient"),
        (cda('<nonXMLBody><text mediaType="application/pdf" representation="B64">%%%</text></nonXMLBody>'),
         "text/xml", "base64"),
        (pdf(b"1 0 obj << /OpenAction << /S /JavaScript /JS (app.alert(1)) >> >> endobj"), "application/pdf", "code"),
        (pdf(b"1 0 obj << /S /J#61vaScript >> endobj"), "application/pdf", "code"),
        (pdf(b"1 0 obj << /J#53 5 0 R >> endobj"), "application/pdf", "code"),
        (pdf(b"1 0 obj << /S /Launch /F (cmd.exe) >> endobj"), "application/pdf", "code"),
        (pdf(b"1 0 obj << /Type /EmbeddedFile >> endobj"), "application/pdf", "code"),
        (pdf(stream(b"/Type/ObjStm/Filter/FlateDecode", OBJECTS)), "application/pdf", "code"),
        # A picture that is none, and objects behind a filter that nobody here undoes.
        (pdf(stream(b"/Type/ObjStm/Subtype/Image/Filter/FlateDecode", OBJECTS)), "application/pdf", "code"),
        (pdf(stream(b"/Type/ObjStm/Filter/LZWDecode", b"x")), "application/pdf", "ne peut pas être contrôlée"),
        (pdf(stream(b"/Type/ObjStm/Filter[/ASCIIHexDecode/FlateDecode]", b"x")), "application/pdf", "contrôlée"),
        # Objects in what claims to be a stream: a reader is led there by its table.
        (pdf(stream(b"/Filter/FlateDecode", b"7 0 obj << /JS (app.alert(1)) >> endobj")), "application/pdf", "code"),
        (pdf(b"trailer << /Encrypt 3 0 R >>"), "application/pdf", "chiffré"),
        (pdf(stream(b"/Filter/FlateDecode", zlib.compress(b"\0" * (130 << 20)))), "application/pdf", "dépasse"),
    ],
)  # fmt: skip
def test_what_means_harm_is_set_aside_by_name(content: bytes, mime_type: str, why: str) -> None:
    assert_aside(seen(content, mime_type), why)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"sha1": b"\0" * 20}, "empreinte différente"),
        ({"sha1": b""}, "ne dit pas l’empreinte"),
        ({"size": 3}, "taille différente"),
    ],
)
def test_bytes_that_are_not_those_announced_are_set_aside(told: dict[str, object], why: str) -> None:
    assert_aside(seen(cda(SECTION), **told), why)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (enclosing("application/pdf", pdf(b"<< /S /JavaScript >>")), "code"),
        (enclosing("application/pdf", HTML), "pas un PDF"),
        (enclosing("text/html", HTML), "text/html"),
        (enclosing("image/svg+xml", SVG), "image/svg+xml"),
    ],
)
def test_a_file_inside_a_document_is_examined_too(body: str, why: str) -> None:
    one = seen(cda(body))
    assert (one.set_aside, one.title, one.file, one.sections) == ("", "Compte rendu", b"", ())
    assert why in one.file_set_aside


def test_markup_comes_out_as_text_and_nothing_is_followed() -> None:
    one = seen(
        cda(
            structured(
                "<title>&lt;script&gt;alert(1)&lt;/script&gt;</title><text><paragraph>Avant<br/>Après</paragraph>"
                '<linkHtml href="javascript:alert(1)">lien</linkHtml><renderMultiMedia referencedObject="MM1"/>'
                "<table><tbody><tr><td>HbA1c</td><td>7,1 %</td></tr></tbody></table>"
                "<list><item>un</item><item>deux</item></list></text>"
            )
        )
    )
    (section,) = one.sections
    assert section.title == "<script>alert(1)</script>"
    assert section.lines == ("Avant", "Après", "lien", "HbA1c | 7,1 %", "un", "deux")
    assert "javascript" not in str(one)


def test_an_honest_document_is_shown_and_an_honest_file_offered() -> None:
    assert seen(cda(SECTION)).sections[0].lines == (SECRET,)
    honest = report_to_pdf(REPORT)
    assert seen(honest, "application/pdf") == Examined(file=honest)
    assert seen(cda(enclosing("application/pdf", honest))).file == honest
    assert seen(b"Bonjour\x00 <b>\n", "text/plain").sections[0].lines == ("Bonjour <b>",)
    # A picture may weigh, and may spell anything.
    picture = stream(b"/Subtype/Image/Filter/FlateDecode", zlib.compress(b"/JS (" * 1000))
    assert seen(pdf(picture), "application/pdf").file


def test_many_sections_and_long_lines_are_cut_and_not_followed_for_ever() -> None:
    one = seen(cda(structured(*["<text>x</text>"] * 500)))
    assert len(one.sections) == 200
    (section,) = seen(cda(structured(f"<text>{'mot ' * 10_000}</text>"))).sections
    assert len(section.lines[0]) == 2_000


@pytest.mark.parametrize(
    "piece", [b"<<", b"stream\n", b"stream\nendstream ", b"#", b"/JS ", b"<</FlateDecode>>stream\n"]
)
def test_a_file_made_to_keep_us_busy_does_not(piece: bytes) -> None:
    content = b"%PDF-" + piece * (4_000_000 // len(piece))
    begun = time.process_time()
    seen(content, "application/pdf")
    assert time.process_time() - begun < 5


def test_a_hundred_megabytes_are_not_read() -> None:
    def play(connection: object) -> None:
        read_request(connection)  # type: ignore[arg-type]
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n")  # type: ignore[attr-defined]
        for _ in range(100):
            connection.sendall(b"\0" * (1 << 20))  # type: ignore[attr-defined]

    asking = Asking(practitioner=DELEGATEE, organization=ORGANIZATION, patient="")
    document = SharedDocument(unique_id=f"{ROOT}.1", status="current", where="Binary/1")
    with listener(play) as port:
        reader = PdsmReader(PdsmRecord(base=f"http://127.0.0.1:{port}/fhir", seconds=20))
        assert reader.retrieve(asking, document) == Unread("too-long")
        assert LONGEST_DOCUMENT < 100 << 20


def test_what_the_transport_says_does_not_change_what_the_record_says() -> None:
    shelf = Shelf()
    document, content = shelf.documents[shelf.put(cda(SECTION), "text/xml")]
    assert examined(document, Retrieved("text/html", content), PATIENT).sections
    nameless = dataclasses.replace(document, mime_type="")
    assert_aside(examined(nameless, Retrieved("text/html", content), PATIENT), "text/html")
