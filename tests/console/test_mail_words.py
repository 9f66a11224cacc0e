"""What the pages say of a mail that did not leave, and of a mailbox that is in doubt."""

import datetime as dt
from dataclasses import replace

import pytest

from mappings.domain.declaration import Member
from service.clients.mssante.codes import Stage
from service.clients.mssante.preflight import UNLISTED
from service.clients.mssante.read import Said, read
from service.console import words
from service.console.sendings import attempt_event
from service.console.team import _verdict
from service.declarations.checking import Check
from service.outbox.envelope import Destination, State
from service.outbox.receipt import OUTSIDE, TOO_LONG
from service.store import Attempt
from tests.clients.sealed_things import MESSAGE, NOW, envelope
from tests.hostile.family_m import mails
from tests.hostile.family_z import archives

MEMBER = Member(function="DELEGATOR", family="WEBER-FICTIF", given="Hugo", profession="10", rpps="99900007024")
SURE = Check(member=MEMBER, known="yes", profession="yes", activity="yes", mailbox="yes")


@pytest.mark.parametrize("code", [TOO_LONG, OUTSIDE])
def test_what_we_did_not_send_is_not_told_as_the_receivers_no(code: str) -> None:
    attempt = Attempt(
        envelope_id="e-1", number=1, token="t", worker="w", started_at=NOW, finished_at=NOW, outcome="refused",
        code=code, receiver_id="", raw=b"", state=State.REFUSED,
    )  # fmt: skip
    event = attempt_event(envelope(Destination.MSSANTE_PROFESSIONAL, MESSAGE), attempt, "la structure")
    assert event.text == words.HELD_BACK[code]
    assert (event.tone, event.code) == ("alert", code)
    refused = attempt_event(
        envelope(Destination.MSSANTE_PROFESSIONAL, MESSAGE), replace(attempt, code="550 5.1.1"), "x"
    )
    assert "Le destinataire a refusé" in refused.text


def test_each_code_of_a_mail_that_waits_has_its_words() -> None:
    endings = ("no-starttls", "no-xoauth2", "tls", "token-over", "token-unreachable", "token-unreadable")
    codes = {read(Said(Stage.AUTH, None, ending=ending)).code for ending in endings}
    assert codes | {UNLISTED} <= words.CODES.keys()


def test_each_reason_why_a_mail_that_came_is_set_aside_has_its_words() -> None:
    told = [code for _, code in archives.CASES.values()] + [
        code for _, (_, _, code) in (mails.CASES | mails.XML).values()
    ]
    assert {word for code in told for word in code.split()} <= words.SET_ASIDE.keys()


@pytest.mark.parametrize(
    ("check", "verdict"),
    [
        (SURE, ("vérifié", "done")),
        (replace(SURE, mailbox="none"), ("vérifié", "done")),
        (replace(SURE, mailbox="moved"), ("messagerie qui n’est plus dans l’annuaire", "alert")),
        (replace(SURE, mailbox="to-choose"), ("messagerie à choisir parmi celles de l’annuaire", "alert")),
        (
            replace(SURE, as_of=dt.datetime(2026, 11, 16, 9, 40, tzinfo=dt.UTC)),
            ("d’après l’annuaire du 16\u00a0novembre\u00a02026 à\u00a010\u00a0h\u00a040", "waiting"),
        ),
    ],
)
def test_a_mailbox_in_doubt_is_told(check: Check, verdict: tuple[str, str]) -> None:
    assert _verdict(check) == verdict
