"""What is not sent at all: too long for its operator, outside the trust space, or nobody can say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.clients.mssante.client import MssanteClient
from service.clients.mssante.preflight import ANY_OPERATOR, TO_PATIENT, Limits, held_back
from service.clients.mssante.send import Submission
from service.clients.tls import Tls
from service.outbox.envelope import Destination
from service.outbox.receipt import Outcome, Receipt
from tests.clients.scripted import SmtpScript, listener
from tests.clients.sealed_things import MESSAGE, document, envelope

DOCTOR, PATIENT = Destination.MSSANTE_PROFESSIONAL, Destination.MSSANTE_PATIENT
MAIL = envelope(DOCTOR, MESSAGE)


@given(st.sampled_from([DOCTOR, PATIENT]), st.integers(1, 30_000_000), st.integers(-1, 1))
def test_the_limit_is_the_operators_and_for_a_patient_no_more_than_that_of_the_citizens_box(
    destination: Destination, longest: int, beyond: int
) -> None:
    most = min(longest, TO_PATIENT) if destination is PATIENT else longest

    class Bytes(bytes):
        def __len__(self) -> int:
            return most + beyond

    said = held_back(envelope(destination, b""), Bytes(), Limits(longest=longest))
    assert said == (Receipt(Outcome.REFUSED, "too-long") if beyond > 0 else None)


def test_a_generous_operator_does_not_widen_the_citizens_box() -> None:
    long = b"x" * (TO_PATIENT + 1)
    assert held_back(envelope(PATIENT, b""), long, Limits(longest=60_000_000)) == Receipt(Outcome.REFUSED, "too-long")
    assert held_back(envelope(DOCTOR, b""), long, Limits(longest=60_000_000)) is None


@pytest.mark.parametrize(
    ("belongs", "said"),
    [
        (True, None),
        (False, Receipt(Outcome.REFUSED, "outside-trust-space")),
        (None, Receipt(Outcome.UNREACHABLE, "no-trust-list")),
    ],
)
def test_who_is_not_of_the_trust_space_is_sent_nothing(belongs: bool | None, said: Receipt | None) -> None:
    asked: list[str] = []

    def belonging(box: str) -> bool | None:
        asked.append(box)
        return belongs

    assert held_back(MAIL, MESSAGE, Limits(belongs=belonging)) == said
    assert asked == [MAIL.recipient]


def test_without_a_list_the_operator_judges() -> None:
    assert held_back(MAIL, MESSAGE, Limits()) is None
    assert Limits().longest == ANY_OPERATOR


@pytest.mark.parametrize("limits", [Limits(longest=10), Limits(belongs=lambda box: False)])
def test_nobody_is_called_for_what_is_held_back(limits: Limits) -> None:
    script = SmtpScript()
    with listener(script) as port:
        server = Submission(host="127.0.0.1", port=port, starttls=False, tls=Tls(), greeting="x", seconds=30)
        assert MssanteClient(server, limits).send(MAIL, document()).outcome is Outcome.REFUSED
        assert MssanteClient(server).send(MAIL, document()).outcome is Outcome.ACCEPTED
    assert len(script.messages) == 1
    assert sum(command.startswith(b"ehlo") for command in script.commands) == 1
