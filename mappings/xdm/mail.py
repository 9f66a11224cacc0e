"""The whole RFC 5322 message that carries one report to one MSSanté box.

ANS « Référentiel socle MSSanté #2 » v1.0.1 (ECO.2.1, ECO.2.2, § 3.8 headers X-MSS-*), CI-SIS volet courriel
1.1.3; RFC 5322, 2045, 2047, 2231, 8098. Written by hand rather than by ``email``: the bytes are sealed, so they
must not change with the library, and a Message-ID must not be folded.
"""

import base64
import datetime as dt
import email.utils
import hashlib
import re
from collections.abc import Iterator
from typing import Final, Literal

from mappings.codes.characters import is_printable
from mappings.codes.identifiers import is_mailbox
from mappings.domain.people import Patient
from mappings.domain.report import ActReport, Submission
from mappings.issues import Issue, IssueCode, Refused
from mappings.xdm.archive import ARCHIVE_NAME, archive
from mappings.xdm.mime import address_header, attachment, text_part, unstructured

#: ECO.2.1.3: readers hide it, robots look for it.
SUBJECT_PREFIX: Final = "XDM/1.0/DDM+"
_SOCLE: Final = "Référentiel socle MSSanté #2"
_PATIENT_DOMAIN: Final = "patient.mssante.fr"
_MESSAGE_ID: Final = re.compile(r"<[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,128}@[A-Za-z0-9.-]{1,253}>")
#: What the message does with the document; CI-SIS, volet courriel: value of ``urn:action:extraMetadataSlot``.
Action = Literal["publish", "replace", "withdraw"]
SLOTS: Final[dict[Action, str]] = {"publish": "", "replace": "C", "withdraw": "D"}
_NIL: Final = re.compile(r"[!-~]{1,64}")
#: What file systems refuse in a name.
_NOT_IN_FILE_NAME: Final = re.compile(r'[\\/:*?"<>|]')


def message(
    report: ActReport,
    submission: Submission,
    cda: bytes,
    pdf: bytes,
    *,
    sender: str,
    recipient: str,
    message_id: str,
    date: dt.datetime,
    to_patient: bool,
    nil: str,
    reply_to: str = "",
    action: Action = "publish",
    in_reply_to: str = "",
) -> bytes:
    """One patient, one recipient, one message: archive for software and the same PDF as in the CDA for eyes.

    ``action``: the document in place of a former version, or the same document again, told to be removed, in the metadata
    for software and in words for readers; ``in_reply_to`` is then the Message-ID of the mail that carried it.
    """
    # a rapid test follows a model that has no place for a copy
    assert report.screening or _shows(cda, pdf), "the mail must show the very PDF of the document"
    issues = mail_refusals(
        report,
        sender=sender,
        recipient=recipient,
        message_id=message_id,
        date=date,
        to_patient=to_patient,
        nil=nil,
        reply_to=reply_to,
    )
    if issues:
        raise Refused(issues)
    boundary = f"=_{hashlib.sha256(message_id.encode('ascii')).hexdigest()[:40]}"
    headers = [
        address_header("From", report.organization.name, sender),
        f"To: {recipient}",
        unstructured("Subject", _subject(report)),
        f"Message-ID: {message_id}",
        f"Date: {email.utils.format_datetime(date)}",
        *([f"In-Reply-To: {in_reply_to}", f"References: {in_reply_to}"] if in_reply_to else []),
        *([f"Reply-To: {reply_to}"] if reply_to else []),
        # a citizen's box sends no notification of reading
        *([] if to_patient else [f"Disposition-Notification-To: {sender}"]),
        f"X-MSS-CODECDA: {report.type_code.code}",
        f"X-MSS-INS: {'O' if _is_qualified(report.patient) else 'N'}",
        f"X-MSS-NIL: {nil}",
        *(["X-MSS-MES: FIN"] if to_patient else []),
        "MIME-Version: 1.0",
        f'Content-Type: multipart/mixed; boundary="{boundary}"',
    ]
    parts = (
        text_part(_words_of(report, to_patient, action)),
        attachment("application/zip", ARCHIVE_NAME, archive(report, submission, cda, action=SLOTS[action])),
        attachment("application/pdf", pdf_name(report), pdf),
    )
    body = b"".join(b"--%s\r\n%s" % (boundary.encode(), part) for part in parts)
    sealed = "".join(f"{header}\r\n" for header in headers).encode("ascii") + b"\r\n" + body
    return sealed + b"--%s--\r\n" % boundary.encode()


def _shows(cda: bytes, pdf: bytes) -> bool:
    """Whether the document holds this PDF. Its first line is looked for, then compared whole: it begins nowhere else."""
    copy = base64.b64encode(pdf)
    begin = cda.find(copy[:64])
    return begin >= 0 and cda.startswith(copy, begin)


def mail_refusals(
    report: ActReport,
    *,
    sender: str,
    recipient: str,
    message_id: str,
    date: dt.datetime,
    to_patient: bool,
    nil: str,
    reply_to: str = "",
) -> list[Issue]:
    """Why this report cannot go to this box; to be asked only of a report that its CDA accepts."""
    return [*_visibility(report, to_patient), *_addresses(report, sender, recipient, reply_to, to_patient)] + [
        _issue(code, expression, text)
        for wrong, code, expression, text in _headers(report, message_id, date, nil)
        if wrong
    ]


def pdf_name(report: ActReport) -> str:
    """``AAAAMMJJ_<type>_<NOM>_<prénom>.pdf`` (ECO.2.1.6): date of the act, type cut at 40 characters."""
    patient = report.patient
    parts = (report.type_code.display[:40], patient.birth_family.upper()[:60], patient.birth_given[:60])
    name = "_".join((f"{report.start.year:04}{report.start:%m%d}", *parts))
    return f"{_NOT_IN_FILE_NAME.sub('-', name)}.pdf"


def patient_mailbox(patient: Patient) -> str:
    """The citizen's box in Mon espace santé; empty without a qualified INS (ECO.2.2.6)."""
    if patient.ins is None or not _is_qualified(patient):
        return ""
    return f"{patient.ins.value}@{_PATIENT_DOMAIN}"


def _issue(code: IssueCode, expression: str, text: str) -> Issue:
    return Issue(code, expression, text, _SOCLE)


def _is_qualified(patient: Patient) -> bool:
    return patient.ins is not None and patient.identity_status == "qualified"


def _visibility(report: ActReport, to_patient: bool) -> Iterator[Issue]:
    """CI-SIS volet courriel: the visibility of the shared copy and the recipients of the mail agree."""
    label = "DocumentReference.securityLabel"
    hidden = {"INVISIBLE_PATIENT"} if to_patient else {"MASQUE_PS", "INVISIBLE_REPRESENTANTS_LEGAUX"}
    if report.visibility & hidden:
        yield _issue("business-rule", label, "La visibilité du document interdit de l’envoyer à ce destinataire.")


def _addresses(report: ActReport, sender: str, recipient: str, reply_to: str, to_patient: bool) -> Iterator[Issue]:
    if not is_mailbox(sender):
        yield _issue("value", "Organization.telecom", "L’adresse de la boîte émettrice manque ou est mal formée.")
    if reply_to and not is_mailbox(reply_to):
        yield _issue("value", "Practitioner.telecom", "L’adresse de réponse est mal formée.")
    if to_patient and not _is_qualified(report.patient):
        yield _issue("required", "Patient.identifier", "L’envoi au patient exige une INS qualifiée.")
    elif to_patient and recipient != patient_mailbox(report.patient):
        yield _issue("value", "Communication.recipient", "L’adresse du patient n’est pas celle de son espace santé.")
    elif not is_mailbox(recipient):
        yield _issue("value", "Communication.recipient", "L’adresse du destinataire manque ou est mal formée.")


def _headers(
    report: ActReport, message_id: str, date: dt.datetime, nil: str
) -> Iterator[tuple[bool, IssueCode, str, str]]:
    yield (
        _MESSAGE_ID.fullmatch(message_id) is None,
        "value",
        "Communication.identifier",
        "L’identifiant du message n’a pas la forme <gauche@droite>.",
    )
    yield (
        date.utcoffset() is None,
        "value",
        "Communication.sent",
        "La date du message doit porter son décalage horaire.",
    )
    yield (
        _NIL.fullmatch(nil) is None,
        "required",
        "Communication.sender",
        "Le numéro d’inscription du logiciel (X-MSS-NIL) manque ou est mal formé.",
    )
    words = f"{report.organization.name}{_subject(report)}{pdf_name(report)}"
    yield (
        not is_printable(words),
        "value",
        "Patient.name",
        "Un nom contient un caractère qu’un en-tête de message ne peut pas porter.",
    )


def _subject(report: ActReport) -> str:
    """The type and not the title, which may name an illness: operators keep subjects in their traces."""
    patient = report.patient
    return f"{SUBJECT_PREFIX}{report.type_code.display} {patient.birth_family} {patient.birth_given} {_birth(patient)}"


def _birth(patient: Patient) -> str:
    return f"{patient.birth_date:%d/%m}/{patient.birth_date.year:04}"


def _words_of(report: ActReport, to_patient: bool, action: Action) -> str:
    if action == "withdraw":
        return _patient_withdrawal(report) if to_patient else _professional_withdrawal(report)
    if action == "replace":
        return _patient_replacement(report) if to_patient else _professional_replacement(report)
    return _patient_text(report) if to_patient else _professional_text(report)


def _professional_withdrawal(report: ActReport) -> str:
    return (
        "Bonjour,\n\n"
        "Le compte rendu que nous vous avons adressé par un message précédent est annulé : l’acte a été saisi par "
        "erreur. Ne tenez pas compte de ce document et retirez-le du dossier du patient.\n\n"
        f"Il est joint de nouveau pour que vous puissiez le retrouver : {ARCHIVE_NAME} le signale à votre logiciel "
        "comme à supprimer, et le PDF est celui que vous avez reçu.\n\n"
        f"{report.organization.name}\n"
    )


def _patient_withdrawal(report: ActReport) -> str:
    return (
        "Bonjour,\n\n"
        f"L’équipe de soins de {report.organization.name} vous a adressé un document par erreur : il est annulé. "
        "N’en tenez pas compte, vous pouvez le supprimer.\n\n"
        "Il est joint de nouveau pour que vous puissiez le reconnaître.\n\n"
        "Ce message est envoyé automatiquement et n’appelle pas de réponse. "
        "Pour toute question, adressez-vous à l’équipe qui vous suit.\n\n"
        "Cordialement,\n"
        f"{report.organization.name}\n"
    )


def _professional_replacement(report: ActReport) -> str:
    return (
        "Bonjour,\n\n"
        "Vous trouverez ci-joint une nouvelle version du compte rendu que nous vous avons adressé par un message "
        "précédent : elle l’annule et le remplace.\n\n"
        f"Le document est joint sous deux formes : {ARCHIVE_NAME}, que votre logiciel peut intégrer à la place de la "
        "version précédente, et un PDF identique, pour la lecture.\n\n"
        f"{report.organization.name}\n"
    )


def _patient_replacement(report: ActReport) -> str:
    return (
        "Bonjour,\n\n"
        f"L’équipe de soins de {report.organization.name} vous adresse une nouvelle version d’un document que vous avez "
        "déjà reçu : elle le remplace. Vous pouvez la lire en ouvrant le fichier PDF joint à ce message, et supprimer "
        "l’ancienne.\n\n"
        "Ce message est envoyé automatiquement et n’appelle pas de réponse. "
        "Pour toute question, adressez-vous à l’équipe qui vous suit.\n\n"
        "Cordialement,\n"
        f"{report.organization.name}\n"
    )


def _professional_text(report: ActReport) -> str:
    return (
        "Bonjour,\n\n"
        "Vous trouverez ci-joint le compte rendu d’un acte réalisé par un professionnel délégué pour votre compte, "
        "dans le cadre d’un protocole de coopération.\n\n"
        f"Le document est joint sous deux formes : {ARCHIVE_NAME}, que votre logiciel peut intégrer, et un PDF "
        "identique, pour la lecture.\n\n"
        f"{report.organization.name}\n"
    )


def _patient_text(report: ActReport) -> str:
    return (
        "Bonjour,\n\n"
        f"L’équipe de soins de {report.organization.name} vous adresse un document qui vous concerne. "
        "Vous pouvez le lire en ouvrant le fichier PDF joint à ce message ; le fichier "
        f"{ARCHIVE_NAME} contient le même document, destiné aux logiciels.\n\n"
        "Ce message est envoyé automatiquement et n’appelle pas de réponse. "
        "Pour toute question, adressez-vous à l’équipe qui vous suit.\n\n"
        "Cordialement,\n"
        f"{report.organization.name}\n"
    )
