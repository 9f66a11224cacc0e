"""F22, INV-10: receipts count from the addressed party alone, and move a state forward alone."""

import datetime as dt
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.outbox.envelope import State
from service.outbox.states import IllegalMove
from service.store import open_store
from service.store.inbound import Standing
from tests.dispatch.places import ANSWER_LOST
from tests.dispatch.round import DMP, DOCTOR, PATIENT, Round
from tests.house import NOON, House, act_record
from tests.inbound import letters
from tests.inbound.desk import Desk


@pytest.mark.parametrize(
    ("disposition", "outcome", "code"),
    [
        ("manual-action/MDN-sent-manually; displayed", "read", ""),
        ("automatic-action/MDN-sent-automatically; processed", "processed", ""),
        ("automatic-action/MDN-sent-automatically; processed/Error: 902^Patient inconnu", "not-integrated", "902"),
    ],
)
def test_each_disposition(desk: Desk, disposition: str, outcome: str, code: str) -> None:
    mail = desk.receive(letters.disposition(desk.round.envelope(DOCTOR), disposition))
    assert desk.heard() == [(outcome, code)]
    failed = outcome == "not-integrated"
    assert desk.state() is (State.REFUSED if failed else State.ACCEPTED)
    assert len(desk.tasks("resolve-delivery")) == failed
    assert (mail.kind, mail.code, mail.act) == ("notice", f"{outcome} {code}".strip(), desk.round.act)
    # The délégant's own duty is never done by a receipt.
    assert {task["status"] for task in desk.tasks("acknowledge")} == {"requested"}
    desk.round.assert_proved()


@pytest.mark.parametrize(("action", "heard"), [("delivered", "delivered"), ("delayed", "")])
def test_each_delivery_status_that_is_no_failure(desk: Desk, action: str, heard: str) -> None:
    desk.receive(letters.delivery(desk.round.envelope(DOCTOR), action, "2.0.0"))
    assert desk.heard() == ([(heard, "2.0.0")] if heard else [])
    assert desk.state() is State.ACCEPTED


def test_a_bounce_reopens_the_delivery_once(desk: Desk) -> None:
    envelope = desk.round.envelope(DOCTOR)
    for number in range(3):
        desk.receive(letters.delivery(envelope, number=number))
    assert desk.heard() == [("bounced", "5.1.1")]
    assert desk.state() is State.REFUSED
    assert len(desk.tasks("resolve-delivery")) == 1
    assert desk.state(PATIENT) is State.ACCEPTED


def test_an_integration_refused_by_an_ordinary_mail(desk: Desk) -> None:
    envelope = desk.round.envelope(DOCTOR)
    raw = letters.plain(
        "[KO Intégration système !][904] XDM/1.0/DDM+",
        "non",
        f"In-Reply-To: {envelope.message_id}",
        sender=envelope.recipient,
    )
    desk.receive(raw)
    assert desk.heard() == [("not-integrated", "904")]
    (task,) = desk.tasks("resolve-delivery")
    assert "pas pu intégrer" in task["reasonCode"]["text"]


def test_a_receipt_settles_a_doubt_without_another_sending(round_: Round) -> None:
    """The answer to the attempt was lost; the box says it was displayed: it is there, and not sent again."""
    told = round_.house.post("acts", act_record(identifier="ACTE-0002")).json
    second = Round(round_.house, f"{told['act']}/_history/1")
    second.places[DOCTOR].written = [ANSWER_LOST]
    second.drain()
    desk = Desk(second)
    assert desk.state() is State.IN_DOUBT
    desk.receive(letters.disposition(second.envelope(DOCTOR)))
    assert desk.state() is State.ACCEPTED
    second.later()
    assert len(second.places[DOCTOR].sent) == 1
    assert second.envelope(DOCTOR).message_id.strip("<>") in {
        one["identifier"][0]["value"] for one in second.house.found("Communication")
    }
    second.assert_proved()


def test_the_record_of_the_mail_tells_when_it_arrived(desk: Desk) -> None:
    """By the first receipt that says so; a later one is in the journal alone."""
    envelope, house = desk.round.envelope(DOCTOR), desk.round.house
    name = envelope.message_id.strip("<>")

    def told() -> tuple[str, str]:
        (one,) = [one for one in house.found("Communication") if one["identifier"][0]["value"] == name]
        return one["meta"]["versionId"], one.get("received", "")

    assert told() == ("1", "")
    house.clock.pass_(hours=1)
    desk.receive(letters.delivery(envelope, "delivered", "2.0.0"))
    house.clock.pass_(hours=1)
    desk.receive(letters.disposition(envelope))
    version, at = told()
    assert (version, dt.datetime.fromisoformat(at)) == ("2", NOON + dt.timedelta(hours=1))
    desk.round.assert_proved()


def _forgeries(desk: Desk) -> dict[str, tuple[bytes, str]]:
    envelope, other = desk.round.envelope(DOCTOR), desk.round.envelope(PATIENT)
    stranger = "quelquun@ailleurs.formation.mssante.fr"
    return {
        "M11 guessed id": (letters.disposition(envelope, message_id="<0000@binome.formation.mssante.fr>"), "unknown-message"),
        "M12 another box says it": (letters.disposition(envelope, sender=stranger), "other-sender"),
        "M12 for another box": (letters.disposition(envelope, recipient=stranger), "other-recipient"),
        "M12 both": (letters.disposition(envelope, sender=stranger, recipient=stranger), "other-recipient"),
        "bounce for another box": (letters.delivery(envelope, recipient=stranger), "other-recipient"),
        "ids of two mails": (letters.delivery(envelope, envelope_id=other.id), "contradictory"),
        "no id": (letters.delivery(envelope, envelope_id="", message_id=""), "unknown-message"),
        "M05 look-alike domain": (
            letters.disposition(envelope, sender=envelope.recipient.replace("mssante", "mssant\u0435")),
            "other-sender",
        ),
        "M03 comment in the address": (
            letters.disposition(envelope, sender=f"{envelope.recipient} ({stranger})"), "other-sender",
        ),
        "M04 two addresses": (letters.disposition(envelope, sender=f"{envelope.recipient}, {stranger}"), "other-sender"),
        "M04 group": (letters.disposition(envelope, sender=f"g:{envelope.recipient};"), "other-sender"),
        "the shared record's envelope": (
            letters.delivery(envelope, envelope_id=desk.round.envelope(DMP).id, message_id=""), "unknown-message",
        ),
    }  # fmt: skip


def test_forged_receipts_change_nothing(desk: Desk) -> None:
    before, standing = desk.round.states(), desk.house.standing()
    for name, (raw, code) in _forgeries(desk).items():
        mail = desk.receive(raw)
        assert (mail.kind, mail.code) == ("notice", code), name
        expected = Standing.SETTLED if code == "unknown-message" else Standing.QUARANTINED
        assert mail.state is expected, name
    assert desk.round.states() == before
    assert desk.house.standing() == standing


def test_the_receipt_of_another_structures_mail(desk: Desk) -> None:
    """M15: right in every way, but it came to a box that the mail did not give for answers."""
    mail = desk.receive(letters.disposition(desk.round.envelope(DOCTOR)), box="autre@structure.formation.mssante.fr")
    assert (mail.state, mail.code) == (Standing.QUARANTINED, "other-box")
    assert desk.heard() == []


def test_replayed_receipts_are_one(desk: Desk) -> None:
    """M13: the same one many times is one mail; others that say the same are one line of the journal."""
    envelope = desk.round.envelope(DOCTOR)
    assert [desk.put(letters.disposition(envelope)) for _ in range(200)] == [True] + [False] * 199
    for number in range(2, 12):
        desk.put(letters.disposition(envelope, number=number))
    desk.settling().drain()
    assert desk.heard() == [("read", "")]


@pytest.mark.parametrize("order", list(itertools.permutations(["read", "bounced"])))
def test_a_late_contradiction(desk: Desk, order: tuple[str, str]) -> None:
    """M14: displayed, and given back. In whichever order, somebody looks, and it is not told delivered."""
    envelope = desk.round.envelope(DOCTOR)
    both = {"read": letters.disposition(envelope), "bounced": letters.delivery(envelope)}
    for one in order:
        desk.receive(both[one])
    assert desk.state() is State.REFUSED
    assert len(desk.tasks("resolve-delivery")) == 1
    assert {outcome for outcome, _ in desk.heard()} == {"read", "bounced"}


def test_a_receipt_waits_for_the_attempt_it_speaks_of(round_: Round) -> None:
    """It may come before the operator's answer was written down: it is not lost, nor counted as a failure to read."""
    told = round_.house.post("acts", act_record(identifier="ACTE-0002")).json
    second = Round(round_.house, f"{told['act']}/_history/1")
    desk = Desk(second)
    second.drain()  # the documents are sealed
    envelope = second.envelope(DOCTOR)
    desk.put(letters.disposition(envelope))
    settling = desk.settling()
    hear = settling.effects.hearing.hear
    calls = itertools.count()

    class Early:
        """The attempt is under way the first five times."""

        acknowledge = settling.effects.hearing.acknowledge

        def hear(self, *arguments: object) -> State:
            if next(calls) < 5:
                raise IllegalMove(State.SENDING, None)  # type: ignore[arg-type]  # which event does not matter here
            return hear(*arguments)  # type: ignore[arg-type]  # those of hear

    object.__setattr__(settling.effects, "hearing", Early())
    for _ in range(6):
        settling.drain()
        second.house.clock.pass_(seconds=11)
    assert desk.heard() == [("read", "")]


LETTERS = {
    "delivered": lambda e: letters.delivery(e, "delivered", "2.0.0"),
    "processed": lambda e: letters.disposition(e, "automatic-action/MDN-sent-automatically; processed"),
    "read": letters.disposition,
    "bounced": letters.delivery,
    "not-integrated": lambda e: letters.disposition(
        e, "automatic-action/MDN-sent-automatically; processed/Error: 902^x"
    ),
    "delayed": lambda e: letters.delivery(e, "delayed", "4.0.0"),
    "forged": lambda e: letters.disposition(e, sender="x@y.formation.mssante.fr"),
}
_RANKS = {State.ACCEPTED: 0, State.REFUSED: 1}


@pytest.fixture(scope="module")
def rounds(keys: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Round]]:
    """Acts sent everywhere, as many as are asked for, in one house."""
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('receipts')}/binome.sqlite")
    house, numbers = House(store, keys, people=1), itertools.count(1)

    def fresh() -> Round:
        told = house.post("acts", act_record(identifier=f"ACTE-{next(numbers):04}")).json
        made = Round(house, f"{told['act']}/_history/1")
        made.drain()
        return made

    yield fresh
    store.close()


@settings(max_examples=20, deadline=None)
@given(sequence=st.lists(st.sampled_from(sorted(LETTERS)), max_size=7))
def test_any_sequence_ends_alike_and_never_goes_back(rounds: Callable[[], Round], sequence: list[str]) -> None:
    """Any receipts in any order, any of them many times: the end depends on which came, and on nothing else."""
    desk, rank = Desk(rounds()), 0
    tasks = len(desk.tasks("resolve-delivery"))
    for number, name in enumerate(sequence):
        raw = LETTERS[name](desk.round.envelope(DOCTOR))
        desk.receive(raw.replace(b"Message-ID: <", b"Message-ID: <n%d" % number, 1))
        assert _RANKS[desk.state()] >= rank
        rank = _RANKS[desk.state()]
    said = set(sequence) - {"delayed", "forged"}
    failed = said & {"bounced", "not-integrated"}
    assert desk.state() is (State.REFUSED if failed else State.ACCEPTED)
    assert {outcome for outcome, _ in desk.heard()} == said
    assert len(desk.heard()) == len(said)
    assert len(desk.tasks("resolve-delivery")) - tasks == bool(failed)
