"""What a robot tells of a mail of ours: every form and every code, and nothing read into any other mail."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.mail.message import Unreadable, opened
from mappings.mail.notices import Notice, Said, notice_of
from mappings.mail.reading import Kind, reading_of

# As Postfix writes it, with the headers of the returned mail alone (RET=HDRS).
REPORT = b"""\
Return-Path: <>
From: MAILER-DAEMON@operateur.formation.mssante.fr
To: msp@tilleuls.formation.mssante.fr
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain; charset=us-ascii

This is the mail system.
--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; operateur.formation.mssante.fr
Original-Envelope-Id: e-1

Final-Recipient: rfc822; personne@medecin.formation.mssante.fr
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 unknown

--b1
Content-Type: text/rfc822-headers

From: msp@tilleuls.formation.mssante.fr
Message-ID:
 <1.7@binome.example>
Subject: XDM/1.0/DDM+

--b1--
"""
WHOLE = REPORT.replace(b"text/rfc822-headers", b"message/rfc822")


BOX = "personne@medecin.formation.mssante.fr"


def read(raw: bytes) -> Notice | None:
    try:
        return notice_of(opened(raw))
    except Unreadable:
        return None


@pytest.mark.parametrize("report", [REPORT, WHOLE, REPORT.replace(b"\n", b"\r\n"), WHOLE.replace(b"\n", b"\r\n")])
def test_a_bounce_names_our_mail_our_envelope_the_box_and_why(report: bytes) -> None:
    assert read(report) == Notice(
        said=Said.FAILED,
        code="5.1.1",
        message_id="<1.7@binome.example>",
        envelope_id="e-1",
        recipients=(BOX,),
        from_the_box=False,
    )


@pytest.mark.parametrize(
    ("action", "said"),
    [("delivered", Said.DELIVERED), ("delayed", Said.PENDING), ("relayed", Said.PENDING), ("expanded", Said.PENDING)],
)
def test_actions_that_are_no_failure(action: str, said: Said) -> None:
    found = read(REPORT.replace(b"Action: failed", f"Action: {action}".encode()))
    assert found is not None
    assert found.said is said


def test_as_addressed_is_told_before_as_delivered() -> None:
    forwarded = REPORT.replace(b"Final-Recipient:", b"Original-Recipient: rfc822; x@y.mssante.fr\nFinal-Recipient:")
    found = read(forwarded)
    assert found is not None
    assert found.recipients == ("x@y.mssante.fr",)


def test_of_several_boxes_the_one_that_failed_is_told() -> None:
    other = b"Final-Recipient: rfc822; autre@medecin.formation.mssante.fr\nAction: delivered\nStatus: 2.0.0\n\n"
    found = read(REPORT.replace(b"Final-Recipient:", other + b"Final-Recipient:", 1))
    assert found is not None
    assert (found.said, found.recipients) == (Said.FAILED, (BOX,))


@pytest.mark.parametrize(
    "other",
    [
        REPORT.replace(b"Action: failed", b"Action: whatever"),
        REPORT.replace(b"Status: 5.1.1", b"Status: never"),
        REPORT.replace(b"Status: 5.1.1\n", b""),
        REPORT.replace(b"report-type=delivery-status", b"report-type=disposition-notification"),
        REPORT.replace(b"multipart/report", b"multipart/mixed"),
        REPORT.replace(b"message/delivery-status", b"text/plain"),
        b"From: a@x.example\r\n\r\nbonjour\r\n",
        b"",
        b"Content-Type: multipart/report; report-type=delivery-status\r\n\r\nno boundary",
    ],
)
def test_any_other_mail_is_no_notice(other: bytes) -> None:
    assert read(other) is None


def test_a_report_inside_a_part_is_the_word_of_its_author() -> None:
    inner = b"Content-Type: message/rfc822\n\n" + REPORT
    outer = (
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="b0"\n\n--b0\n' + inner + b"\n--b0--\n"
    )
    assert read(outer) is None


def test_without_the_returned_headers_the_envelope_is_still_named() -> None:
    report = REPORT[: REPORT.index(b"--b1\nContent-Type: text/rfc822-headers")] + b"--b1--\n"
    found = read(report)
    assert found is not None
    assert (found.message_id, found.envelope_id) == ("", "e-1")


def test_parts_in_parts_without_end_are_not_followed() -> None:
    deep = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(2, 2000))
    assert read(REPORT.replace(b"Content-Type: text/plain; charset=us-ascii\n", deep)) is None


def disposition(said: str, *headers: str) -> bytes:
    return "\n".join([
        f"From: {BOX}", *headers,
        'Content-Type: multipart/report; report-type=disposition-notification; boundary="b2"',
        "", "--b2", "Content-Type: message/disposition-notification", "",
        f"Final-Recipient: rfc822;{BOX}", "Original-Message-ID: <1.7@binome.example>", f"Disposition: {said}",
        "", "--b2--", "",
    ]).encode()  # fmt: skip


@pytest.mark.parametrize(
    ("written", "said", "code"),
    [
        ("manual-action/MDN-sent-manually; displayed", Said.READ, ""),
        ("manual-action/MDN-sent-manually;displayed", Said.READ, ""),
        ("Manual-Action/MDN-Sent-Manually; Displayed", Said.READ, ""),
        # A robot that says displayed has displayed it to nobody.
        ("automatic-action/MDN-sent-automatically; displayed", Said.PROCESSED, ""),
        ("automatic-action/MDN-sent-automatically; processed", Said.PROCESSED, ""),
        ("automatic-action/MDN-sent-automatically; processed/warning", Said.PROCESSED, ""),
        ("automatic-action/MDN-sent-automatically; dispatched", Said.PROCESSED, ""),
        ("manual-action/MDN-sent-automatically; deleted", Said.DELIVERED, ""),
        ("automatic-action/MDN-sent-automatically; failed/failure", Said.NOT_INTEGRATED, ""),
        ("automatic-action/MDN-sent-automatically; processed/Error: inconnue", Said.NOT_INTEGRATED, ""),
        # Several modifiers may stand side by side, and the code in a field of its own.
        ("automatic-action/MDN-sent-automatically; processed/warning,error: 902^inconnu", Said.NOT_INTEGRATED, "902"),
        ("automatic-action/MDN-sent-automatically; processed/error\nError: 904^INS", Said.NOT_INTEGRATED, "904"),
        ("automatic-action/MDN-sent-automatically; processed/warning\nWarning: 904^error", Said.PROCESSED, ""),
        *(
            (
                f"automatic-action/MDN-sent-automatically; processed/Error: {code}^libellé",
                Said.NOT_INTEGRATED,
                str(code),
            )
            for code in (*range(900, 907), *range(100, 208))
        ),
    ],
)
def test_every_disposition_and_every_code(written: str, said: Said, code: str) -> None:
    found = read(disposition(written))
    assert found is not None
    assert (found.said, found.code, found.message_id) == (said, code, "<1.7@binome.example>")
    assert (found.recipients, found.from_the_box) == ((BOX,), True)


@pytest.mark.parametrize("written", ["manual-action/MDN-sent-manually; denied", "displayed", "", ";", "a;b;c"])
def test_a_disposition_that_says_nothing_known_is_no_notice(written: str) -> None:
    assert read(disposition(written)) is None


def test_an_answering_machine_reads_nothing() -> None:
    found = read(disposition("manual-action/MDN-sent-manually; displayed", "Auto-Submitted: auto-replied"))
    assert found is not None
    assert found.said is Said.PROCESSED


@pytest.mark.parametrize(
    ("subject", "code"),
    [
        ("[KO Intégration système !][902] XDM/1.0/DDM+CR", "902"),
        ("=?utf-8?Q?[KO_Int=C3=A9gration_syst=C3=A8me_!][100]?= XDM/1.0/DDM+CR", "100"),
        ("[KO Integration systeme][906]", "906"),
    ],
)
def test_an_ordinary_mail_with_the_subject_of_a_refused_integration(subject: str, code: str) -> None:
    raw = f"From: {BOX}\nSubject: {subject}\nIn-Reply-To: <1.7@binome.example>\n\nnon\n".encode()
    found = read(raw)
    assert found is not None
    assert (found.said, found.code, found.message_id) == (Said.NOT_INTEGRATED, code, "<1.7@binome.example>")


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        (["In-Reply-To: <1@x.fr>"], Kind.REPLY),
        (["References: <1@x.fr>"], Kind.REPLY),
        ([], Kind.OTHER),
        (["In-Reply-To: <1@x.fr>", "Auto-Submitted: auto-replied"], Kind.AUTOMATIC),
        (["Auto-Submitted: no", "In-Reply-To: <1@x.fr>"], Kind.REPLY),
        (["X-Autoreply: yes"], Kind.AUTOMATIC),
        (["Precedence: bulk"], Kind.AUTOMATIC),
        (["Return-Path: <>", "In-Reply-To: <1@x.fr>"], Kind.BOUNCE),
    ],
)
def test_kinds_of_ordinary_mails(headers: list[str], kind: Kind) -> None:
    raw = "\n".join([f"From: {BOX}", "Subject: Re: compte rendu", *headers, "", "bonjour", ""]).encode()
    assert reading_of(raw).kind is kind


def test_a_bounce_without_structure_names_the_mail_in_its_words() -> None:
    raw = (
        b"From: MAILER-DAEMON@operateur.formation.mssante.fr\nReturn-Path: <>\nSubject: Message non distribue\n\n"
        b"La boite est fermee.\n\n> Message-ID: <1.7@binome.example>\n"
    )
    found = reading_of(raw)
    assert (found.kind, found.answers) == (Kind.BOUNCE, ("<1.7@binome.example>",))


@given(st.integers(min_value=0, max_value=len(WHOLE)), st.binary(max_size=30))
def test_spoilt_bytes_are_read_or_refused(at: int, noise: bytes) -> None:
    try:
        found = reading_of(WHOLE[:at] + noise + WHOLE[at + len(noise) :])
    except Unreadable:
        return
    assert found.notice is None or found.notice.said is not Said.FAILED or found.notice.code[0] in "245"


def test_notices_that_a_real_server_wrote() -> None:
    """Postfix 3.7 of Debian: kept by tests/mailserver, which holds them against the server where there is one."""
    notices = Path(__file__).parents[2] / "mailserver" / "notices"
    returned = (notices / "unknown-user.eml").read_bytes()
    for raw in (returned, returned.replace(b"\n", b"\r\n")):
        told = notice_of(opened(raw))
        assert told is not None
        assert (told.said, told.message_id, told.envelope_id, told.code) == (
            Said.FAILED,
            "<1.7@binome.example>",
            "e-1",
            "5.1.1",
        )
    told = notice_of(opened((notices / "delivered.eml").read_bytes()))
    assert told is not None
    assert told.said is Said.DELIVERED
