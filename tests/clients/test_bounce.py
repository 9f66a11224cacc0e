import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.clients.mssante.bounce import Bounce, read_bounce

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


@pytest.mark.parametrize("report", [REPORT, WHOLE, REPORT.replace(b"\n", b"\r\n"), WHOLE.replace(b"\n", b"\r\n")])
def test_a_bounce_names_our_mail_our_envelope_and_why(report: bytes) -> None:
    assert read_bounce(report) == Bounce("<1.7@binome.example>", "e-1", "5.1.1")


@pytest.mark.parametrize(
    "other",
    [
        REPORT.replace(b"Action: failed", b"Action: delayed"),
        REPORT.replace(b"Action: failed", b"Action: delivered"),
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
def test_any_other_mail_is_no_bounce(other: bytes) -> None:
    assert read_bounce(other) is None


def test_a_report_inside_a_part_is_the_word_of_its_author() -> None:
    inner = b"Content-Type: message/rfc822\n\n" + REPORT
    outer = (
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="b0"\n\n--b0\n' + inner + b"\n--b0--\n"
    )
    assert read_bounce(outer) is None


def test_without_the_returned_headers_the_envelope_is_still_named() -> None:
    report = REPORT[: REPORT.index(b"--b1\nContent-Type: text/rfc822-headers")] + b"--b1--\n"
    assert read_bounce(report) == Bounce("", "e-1", "5.1.1")


def test_parts_in_parts_without_end_are_not_followed() -> None:
    deep = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(2, 2000))
    assert read_bounce(REPORT.replace(b"Content-Type: text/plain; charset=us-ascii\n", deep)) is None


def test_a_bounce_too_long_is_not_read() -> None:
    assert read_bounce(REPORT + b" " * (1 << 20)) is None


@given(st.integers(min_value=0, max_value=len(WHOLE)), st.binary(max_size=30))
def test_spoilt_bytes_never_raise(at: int, noise: bytes) -> None:
    found = read_bounce(WHOLE[:at] + noise + WHOLE[at + len(noise) :])
    assert found is None or found.status[0] in "245"
