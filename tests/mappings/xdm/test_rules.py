"""The rules of the mail and of its archive, one by one: what the specification says beside what is sealed.

IHE ITI TF-2 3.32 (XDM), CI-SIS volet courriel, « Référentiel socle MSSanté #2 »: the requirement's number is the case.
"""

import email
import email.policy
import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from email.message import EmailMessage

import pytest
from lxml import etree

from mappings.cda import report_to_cda
from mappings.domain.report import ActReport
from mappings.xdm import archive, mail_refusals
from service.clients import package, refusals
from service.outbox.envelope import Destination, Document, Envelope
from tests.clients.sealed_things import document
from tests.clients.sealed_things import envelope as sealed_envelope
from tests.mappings.reports import DELEGATEE, DELEGATOR, ORGANIZATION, PATIENT, REPORT, SUBMISSION, with_patient

PDF = b"%PDF-1.4 a stand-in"
RIM = "{urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0}"
PATIENT_BOX = f"{PATIENT.ins.value if PATIENT.ins else ''}@patient.mssante.fr"


@dataclass(frozen=True)
class Sent:
    """One mail as it leaves, read by the standard library."""

    report: ActReport
    data: bytes
    mail: EmailMessage

    @property
    def zipped(self) -> zipfile.ZipFile:
        return zipfile.ZipFile(io.BytesIO(self.attachment("application/zip").get_content()))

    def attachment(self, media_type: str) -> EmailMessage:
        [found] = [part for part in self.mail.iter_attachments() if part.get_content_type() == media_type]
        return found

    @property
    def metadata(self) -> etree._Element:
        return etree.fromstring(self.zipped.read("IHE_XDM/SUBSET01/METADATA.XML"))


def addressed(destination: Destination) -> Envelope:
    box = PATIENT_BOX if destination is Destination.MSSANTE_PATIENT else DELEGATOR.mailbox
    return sealed_envelope(destination, b"", box)


def sent(destination: Destination, report: ActReport = REPORT) -> Sent:
    cda = report_to_cda(report, PDF)
    paper: Document = replace(document(cda), pdf=PDF)
    data = package(report, SUBMISSION, paper, addressed(destination), nil="DEV-000000")
    read = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(read, EmailMessage)
    return Sent(report, data, read)


@pytest.fixture(scope="module")
def professional() -> Sent:
    return sent(Destination.MSSANTE_PROFESSIONAL)


@pytest.fixture(scope="module")
def patient() -> Sent:
    return sent(Destination.MSSANTE_PATIENT)


def readme(sent: Sent) -> bytes:
    return sent.zipped.read("README.TXT")


#: What holds of every mail, whoever it is for.
EVERY: dict[str, Callable[[Sent], bool]] = {
    # XDM, 3.32.4.1.2
    "XDM names are 8.3, upper case": lambda s: all(
        re.fullmatch(r"[A-Z0-9_]{1,8}(\.[A-Z]{3})?", part) for name in s.zipped.namelist() for part in name.split("/")
    ),
    "XDM index and readme at the root": lambda s: {"INDEX.HTM", "README.TXT"} <= set(s.zipped.namelist()),
    "XDM one submission set of one document": lambda s: (
        set(s.zipped.namelist())
        == {"INDEX.HTM", "README.TXT", "IHE_XDM/SUBSET01/METADATA.XML", "IHE_XDM/SUBSET01/DOC0001.XML"}
    ),
    "XDM the index is XHTML, with the issuer and its number": lambda s: (
        f"{ORGANIZATION.name} – FINESS {ORGANIZATION.finess}"
        in "".join(etree.fromstring(s.zipped.read("INDEX.HTM")).itertext())
    ),
    "XDM the index links the readme and the document": lambda s: (
        re.findall(r'href="([^"]+)"', s.zipped.read("INDEX.HTM").decode())
        == ["README.TXT", "IHE_XDM/SUBSET01/DOC0001.XML"]
    ),
    "XDM the readme is 7-bit ASCII": lambda s: readme(s).isascii(),
    "XDM the readme ends its lines by CRLF": lambda s: (
        readme(s).count(b"\r\n") == readme(s).count(b"\n") == readme(s).count(b"\r") > 0
    ),
    "XDM the readme names the sender, the structure, the address, the telephone": lambda s: all(
        word.encode() in readme(s)
        for word in (DELEGATEE.family, "MSP DES TILLEULS", "3 rue des Tilleuls", "67000", "+33 3 88 00 00 00")
    ),
    "XDM the readme names the software, its version and its editor": lambda s: (
        re.search(rb"(?m)^Logiciel : \S+ \d+\.\d+\.\d+ \(\S+\)\r$", readme(s)) is not None
    ),
    "XDM the readme draws the tree": lambda s: all(name.encode() in readme(s) for name in s.zipped.namelist()),
    "XDM root of the metadata": lambda s: etree.QName(s.metadata).localname == "SubmitObjectsRequest",
    # Volet courriel
    "ECO.2.1.3 subject": lambda s: (
        s.mail["Subject"] == f"XDM/1.0/DDM+{REPORT.type_code.display} TEST-BINOME CAMILLE 14/06/1958"
    ),
    "ECO.2.1.3 the prefix travels in plain ASCII": lambda s: b"\r\nSubject: XDM/1.0/DDM+CR " in s.data,
    "ECO.2.1.1 one patient, in the metadata": lambda s: (
        {
            slot.get("value")
            for slot in s.metadata.iter(f"{RIM}ExternalIdentifier")
            if "patientId" in (slot.find(f"{RIM}Name/{RIM}LocalizedString").get("value") or "")
        }
        == {"258066799900794^^^&1.2.250.1.213.1.4.10&ISO^NH"}
    ),
    "ECO.2.1.1 one recipient": lambda s: len(s.mail["To"].addresses) == 1 and s.mail["Cc"] is s.mail["Bcc"] is None,
    "ECO.2.1.1 the archive": lambda s: s.attachment("application/zip").get_filename() == "IHE_XDM.ZIP",
    "the archive is in base64": lambda s: s.attachment("application/zip")["Content-Transfer-Encoding"] == "base64",
    "ECO.2.1.5 the same PDF as in the document": lambda s: s.attachment("application/pdf").get_content() == PDF,
    "ECO.2.1.6 name of the PDF": lambda s: (
        s.attachment("application/pdf").get_filename()
        == "20261116_CR ou fiche de suivi de soins par auxili_TEST-BINOME_CAMILLE.pdf"
    ),
    "ECO.2.2.1 Message-ID, unfolded": lambda s: b"\r\nMessage-ID: <1.7@binome.example>\r\n" in s.data,
    "ECO.2.2.2 a first message answers none": lambda s: s.mail["In-Reply-To"] is s.mail["References"] is None,
    "ECO.2.2.3 text in UTF-8": lambda s: (
        s.mail.get_body() is not None
        and s.mail.get_body().get_content_charset() == "utf-8"
        and s.mail.get_body().get_content_type() == "text/plain"
    ),
    "ECO.2.2.7 an organisation's box bears its functional name": lambda s: (
        s.mail["From"].addresses[0].display_name == ORGANIZATION.name
    ),
    "an automatic flow leaves the applicative box": lambda s: (
        s.mail["From"].addresses[0].addr_spec == ORGANIZATION.mailbox
    ),
    "X-MSS-CODECDA": lambda s: s.mail["X-MSS-CODECDA"] == "11506-3",
    "X-MSS-INS": lambda s: s.mail["X-MSS-INS"] == "O",
    "X-MSS-NIL": lambda s: s.mail["X-MSS-NIL"] == "DEV-000000",
    "no illness in the subject": lambda s: REPORT.title not in s.mail["Subject"],
    "the same bytes, packed again": lambda s: (
        s.attachment("application/zip").get_content() == archive(REPORT, SUBMISSION, report_to_cda(REPORT, PDF))
    ),
}
TO_PROFESSIONAL: dict[str, Callable[[Sent], bool]] = {
    "a reading is notified to the sender's box": lambda s: (
        s.mail["Disposition-Notification-To"] == ORGANIZATION.mailbox
    ),
    "a human answers": lambda s: s.mail["Reply-To"] == DELEGATEE.mailbox,
    "the délégant's personal box": lambda s: s.mail["To"] == DELEGATOR.mailbox,
    "X-MSS-MES is for patients": lambda s: s.mail["X-MSS-MES"] is None,
}
TO_PATIENT: dict[str, Callable[[Sent], bool]] = {
    "ECO.2.2.6 the box of the INS": lambda s: s.mail["To"] == PATIENT_BOX,
    "X-MSS-MES: no answer is wanted": lambda s: s.mail["X-MSS-MES"] == "FIN",
    "no answer is wanted, so none is directed": lambda s: s.mail["Reply-To"] is None,
    "a citizen's box notifies nothing": lambda s: s.mail["Disposition-Notification-To"] is None,
}


@pytest.mark.parametrize("rule", [*EVERY, *TO_PROFESSIONAL])
def test_to_a_professional(rule: str, professional: Sent) -> None:
    assert (EVERY | TO_PROFESSIONAL)[rule](professional)


@pytest.mark.parametrize("rule", [*EVERY, *TO_PATIENT])
def test_to_a_patient(rule: str, patient: Sent) -> None:
    assert (EVERY | TO_PATIENT)[rule](patient)


def test_a_professional_whose_box_is_not_known_directs_no_answer() -> None:
    report = replace(REPORT, delegatee=replace(DELEGATEE, mailbox=""))
    assert sent(Destination.MSSANTE_PROFESSIONAL, report).mail["Reply-To"] is None


def test_without_a_qualified_identity_a_professional_is_told_so_and_the_patient_has_no_mail() -> None:
    report = with_patient(identity_status="validated")
    assert sent(Destination.MSSANTE_PROFESSIONAL, report).mail["X-MSS-INS"] == "N"
    assert [one.expression for one in refusals(report, [addressed(Destination.MSSANTE_PATIENT)], nil="DEV-1")] == [
        "Patient.identifier"
    ]


#: (MASQUE_PS, INVISIBLE_PATIENT) → (to the professional, to the patient): the table of the volet courriel.
VISIBILITY = {
    (False, False): (True, True),
    (False, True): (True, False),
    (True, False): (False, True),
    (True, True): (False, False),
}


@pytest.mark.parametrize("guardians", [False, True], ids=["", "not for the guardians"])
@pytest.mark.parametrize(("masked", "hidden"), VISIBILITY)
def test_visibility_and_recipients_are_decided_together(masked: bool, hidden: bool, guardians: bool) -> None:
    marks = {"MASQUE_PS": masked, "INVISIBLE_PATIENT": hidden, "INVISIBLE_REPRESENTANTS_LEGAUX": guardians}
    report = replace(REPORT, visibility=frozenset(mark for mark, set_ in marks.items() if set_))
    professional, patient = VISIBILITY[masked, hidden]
    # Guardians: off for the rows in which the professional has the mail.
    assert _goes(report, Destination.MSSANTE_PROFESSIONAL) is (professional and not guardians)
    assert _goes(report, Destination.MSSANTE_PATIENT) is patient


def _goes(report: ActReport, destination: Destination) -> bool:
    envelope = addressed(destination)
    issues = mail_refusals(
        report,
        sender=ORGANIZATION.mailbox,
        recipient=envelope.recipient,
        message_id=envelope.message_id,
        date=envelope.created_at,
        to_patient=destination is Destination.MSSANTE_PATIENT,
        nil="DEV-000000",
    )
    assert all(issue.expression == "DocumentReference.securityLabel" for issue in issues)
    return not issues
