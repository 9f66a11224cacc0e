"""The checker has teeth: from one sound run, each promise broken once, and found under its name."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.chaos.checker import COMPANIONS, judge, repeats
from tests.chaos.ledgers import Brought, Carried, Kept, Ledgers, Letter, Registered, Sent, Tried

NOW = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)
ALL = frozenset({"dmp", "mssante-professional", "mssante-patient"})


def at(seconds: float) -> dt.datetime:
    return NOW + dt.timedelta(seconds=seconds)


def tried(number: int, outcome: str | None, **parts: Any) -> Tried:
    """Attempt ``number`` starts at its number of minutes, ends a second later, and is a worker's of its own."""
    states = {"accepted": "accepted", "in-doubt": "in-doubt", "unreachable": "queued", "cancelled": "cancelled"}
    state = states[outcome] if outcome else None
    values: dict[str, Any] = {
        "number": number,
        "worker": f"w{number}",
        "started": at(60 * number),
        "finished": None if outcome is None else at(60 * number + 1),
        "outcome": outcome,
        "state": state,
    }
    return Tried(**{**values, **parts})


def carried(name: str, destination: str, *journal: Tried) -> Carried:
    mail = destination != "dmp"
    return Carried(
        id=f"{name}-{destination}",
        destination=destination,
        submission_id=f"submission-{name}-{destination}",
        message_id=f"<{name}-{destination}>" if mail else "",
        state=journal[-1].state or "sending",
        attempts=len(journal),
        sha256=f"sha256-{name}-{destination}",
        journal=journal,
    )


def sent(name: str) -> Sent:
    return Sent(identifier=name, destinations=ALL, answers={name.encode()}, procedures={f"Procedure/{name}"})


def kept(name: str) -> Kept:
    return Kept(
        identifier=name,
        procedure=f"Procedure/{name}",
        companions={**COMPANIONS, "DocumentReference": 1, "Communication": 2},
        documents={f"oid-{name}": f"cda-{name}"},
        envelopes=(
            # Looked up and found; repeated after a cut; taken at once.
            carried(name, "dmp", tried(1, "in-doubt"), tried(2, "accepted")),
            carried(name, "mssante-professional", tried(1, None), tried(2, "accepted")),
            carried(name, "mssante-patient", tried(1, "accepted")),
        ),
    )


def in_error() -> Kept:
    """An act told to be in error: one delivery had arrived, one waited, of one nobody knows."""
    return replace(
        kept("e"),
        companions={**COMPANIONS, "Provenance": 2, "AuditEvent": 2, "Task": 2, "DocumentReference": 1},
        envelopes=(
            carried("e", "dmp", tried(1, "accepted")),
            carried("e", "mssante-professional", tried(1, "unreachable"), tried(2, "cancelled")),
            carried("e", "mssante-patient", tried(1, "in-doubt"), tried(2, "cancelled")),
        ),
        status="entered-in-error",
        statuses={
            "Observation": frozenset({"entered-in-error"}),
            "DocumentReference": frozenset({"entered-in-error"}),
            "Task": frozenset({"cancelled", "requested"}),
        },
        to_withdraw="dossier médical partagé, messagerie du patient",
    )


def letter(name: str, destination: str) -> Letter:
    return Letter(
        message_id=f"<{name}-{destination}>", mailbox=f"{destination}@test", sha256=f"sha256-{name}-{destination}"
    )


def brought(name: str) -> Brought:
    return Brought(unique_id=f"oid-{name}", submission_id=f"submission-{name}-dmp", sha256=f"cda-{name}", known=False)


def registered(name: str) -> Registered:
    return Registered(
        unique_id=f"oid-{name}", submission_id=f"submission-{name}-dmp", sha256=f"cda-{name}", identifier=name
    )


def sound() -> Ledgers:
    """Two acts that went through everything that may happen; a third was sent, never answered, never stored.

    A fourth was told to be in error.
    """
    names = ("a", "b")
    letters = [
        letter(name, destination)
        for name in names
        for destination in ("mssante-professional", "mssante-professional", "mssante-patient")
    ]
    return Ledgers(
        sent=(
            *map(sent, names),
            Sent(identifier="c", destinations=ALL, broken=1),
            replace(sent("e"), retracting=True, retracted=True),
        ),
        kept=(*map(kept, names), in_error()),
        brought=tuple(map(brought, (*names, "e"))),
        registered=tuple(map(registered, (*names, "e"))),
        letters=(*letters, letter("e", "mssante-patient")),
    )


def first_kept(ledgers: Ledgers, **parts: Any) -> Ledgers:
    return replace(ledgers, kept=(replace(ledgers.kept[0], **parts), *ledgers.kept[1:]))


def first_envelope(ledgers: Ledgers, position: int, **parts: Any) -> Ledgers:
    envelopes = list(ledgers.kept[0].envelopes)
    envelopes[position] = replace(envelopes[position], **parts)
    return first_kept(ledgers, envelopes=tuple(envelopes))


def fourth(ledgers: Ledgers, **parts: Any) -> Ledgers:
    return replace(ledgers, kept=(*ledgers.kept[:2], replace(ledgers.kept[2], **parts)))


def fourth_envelope(ledgers: Ledgers, position: int, **parts: Any) -> Ledgers:
    envelopes = list(ledgers.kept[2].envelopes)
    envelopes[position] = replace(envelopes[position], **parts)
    return fourth(ledgers, envelopes=tuple(envelopes))


def with_sent(ledgers: Ledgers, **parts: Any) -> Ledgers:
    return replace(ledgers, sent=(replace(ledgers.sent[0], **parts), *ledgers.sent[1:]))


def companions(**parts: int) -> dict[str, int]:
    return {**kept("a").companions, **parts}


#: (what was done, set that finds it)
BROKEN: list[tuple[str, str, Callable[[Ledgers], Ledgers]]] = [
    ("the act is gone", "lost", lambda x: replace(x, kept=x.kept[1:])),
    ("the act has another name than was answered", "lost", lambda x: first_kept(x, procedure="Procedure/z")),
    ("the worker gave up", "undelivered", lambda x: first_envelope(x, 2, state="refused")),
    ("an envelope waits", "undelivered", lambda x: first_envelope(x, 2, state="queued")),
    ("the shared record does not have what it accepted", "undelivered", lambda x: replace(x, registered=())),
    ("a mailbox does not have what its operator accepted", "undelivered", lambda x: replace(x, letters=())),
    ("an act that nobody sent", "phantom", lambda x: replace(x, sent=x.sent[1:])),
    ("a document of no act", "phantom", lambda x: replace(x, registered=(*x.registered, registered("z")))),
    ("a submission of no act", "phantom", lambda x: replace(x, brought=(*x.brought, brought("z")))),
    ("a mail of no act", "phantom", lambda x: replace(x, letters=(*x.letters, letter("z", "dmp")))),
    ("two Procedures of one act", "duplicate", lambda x: replace(x, kept=(*x.kept, kept("a")))),
    ("two names answered", "duplicate", lambda x: with_sent(x, procedures={"Procedure/a", "Procedure/b"})),
    ("two answers to one key", "contradicted", lambda x: with_sent(x, answers={b"one", b"other"})),
    ("a good act refused", "refused", lambda x: with_sent(x, refusals=[422])),
    ("registered twice", "doubled", lambda x: replace(x, registered=(*x.registered, registered("a")))),
    (
        "registered again under another uniqueId",
        "doubled",
        lambda x: replace(x, registered=(*x.registered, replace(registered("a"), unique_id="oid-z"))),
    ),
    (
        "two documents of one act",
        "doubled",
        lambda x: first_kept(x, documents={"oid-a": "cda-a", "oid-z": "cda-a"}),
    ),
    ("two envelopes to one destination", "doubled", lambda x: first_envelope(x, 2, destination="dmp")),
    (
        "sent again without looking",
        "fed-again",
        lambda x: replace(x, brought=(*x.brought, replace(brought("a"), known=True))),
    ),
    (
        "rendered anew for the second attempt",
        "altered",
        lambda x: replace(x, brought=(*x.brought, replace(brought("a"), sha256="cda-anew"))),
    ),
    (
        "submitted under another identifier",
        "altered",
        lambda x: replace(x, brought=(*x.brought, replace(brought("a"), submission_id="other"))),
    ),
    (
        "other bytes in the shared record",
        "altered",
        lambda x: replace(x, registered=(replace(registered("a"), sha256="other"), *x.registered[1:])),
    ),
    (
        "another mail under the same name",
        "altered",
        lambda x: replace(x, letters=(*x.letters[1:], replace(x.letters[0], sha256="other"))),
    ),
    ("no task for the délégant", "torn", lambda x: first_kept(x, companions=companions(Task=0))),
    ("the proof is missing", "torn", lambda x: first_kept(x, companions=companions(Provenance=0))),
    ("the event was written twice", "torn", lambda x: first_kept(x, companions=companions(AuditEvent=2))),
    ("no envelopes", "torn", lambda x: first_kept(x, envelopes=())),
    ("no document", "torn", lambda x: first_kept(x, documents={})),
    ("no publication", "unpublished", lambda x: first_kept(x, companions=companions(DocumentReference=0))),
    ("two publications", "unpublished", lambda x: first_kept(x, companions=companions(Communication=3))),
    (
        "in somebody else's mailbox",
        "misplaced",
        lambda x: replace(x, letters=(*x.letters, replace(letter("a", "mssante-patient"), mailbox="other@test"))),
    ),
    (
        "a mail twice without a doubt",
        "repeated",
        lambda x: replace(x, letters=(*x.letters, letter("a", "mssante-patient"))),
    ),
    (
        "an attempt is missing",
        "journal",
        lambda x: first_envelope(x, 0, journal=(tried(2, "accepted"),)),
    ),
    ("the state follows from no attempt", "journal", lambda x: first_envelope(x, 0, state="in-doubt")),
    (
        "sent after it was accepted",
        "journal",
        lambda x: first_envelope(x, 0, journal=(tried(1, "accepted"), tried(2, "accepted"))),
    ),
    (
        "two attempts at once",
        "journal",
        lambda x: first_envelope(x, 0, journal=(tried(1, "in-doubt", finished=at(130)), tried(2, "accepted"))),
    ),
    (
        "taken over from a worker that was alive",
        "overrun",
        lambda x: first_envelope(x, 1, journal=(tried(1, None, worker="w3"), tried(2, "accepted", worker="w2"))),
    ),
    ("nobody told that it is in error", "forgotten", lambda x: first_kept(x, status="entered-in-error")),
    ("an act in error is as it was", "forgotten", lambda x: fourth(x, status="completed")),
    ("half of an act is in error", "torn", lambda x: first_kept(x, statuses={"Task": frozenset({"entered-in-error"})})),
    (
        "half of an act in error is not",
        "torn",
        lambda x: fourth(x, statuses={"Observation": frozenset({"final"})}),
    ),
    (
        "the proof of an error is missing",
        "torn",
        lambda x: fourth(x, companions={**x.kept[2].companions, "Provenance": 1}),
    ),
    ("cancelled without a cause", "uncancelled", lambda x: first_envelope(x, 2, state="cancelled")),
    ("waits although its act is in error", "uncancelled", lambda x: fourth_envelope(x, 1, state="queued")),
    (
        "cancelled and not journalled",
        "uncancelled",
        lambda x: fourth_envelope(x, 1, journal=(tried(1, "unreachable"),), attempts=1),
    ),
    ("nobody is told to withdraw", "unwithdrawn", lambda x: fourth(x, to_withdraw="messagerie du patient")),
    (
        "nobody is told of what arrived in a doubt",
        "unwithdrawn",
        lambda x: fourth(x, to_withdraw="dossier médical partagé"),
    ),
    ("the verifier found something", "unproved", lambda x: replace(x, unproved=("gap",))),
    ("a defect of ours in a log", "defects", lambda x: replace(x, defects=("incident",))),
]


def found(ledgers: Ledgers) -> set[str]:
    return {name for name, members in judge(ledgers).items() if members}


def test_a_sound_run_is_sound() -> None:
    assert found(sound()) == set()
    assert repeats(sound()) == 2


@pytest.mark.parametrize(("state", "expected"), [("accepted", set()), ("queued", {"unwithdrawn"})])
def test_a_withdrawal_that_arrived_stands_for_the_task(state: str, expected: set[str]) -> None:
    ledgers = fourth(sound(), to_withdraw="dossier médical partagé")
    there = ledgers.kept[2].envelopes[2]
    again = replace(there, id=f"{there.id}-w", message_id="", state=state, purpose="withdraw", follows=there.id)
    told = fourth(ledgers, envelopes=(*ledgers.kept[2].envelopes, again))
    assert found(told) & {"unwithdrawn"} == expected


@pytest.mark.parametrize(("name", "breach"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_each_breach_is_found(name: str, breach: Callable[[Ledgers], Ledgers]) -> None:
    ledgers = sound()
    # Whoever took the second attempt of the mail is seen again later.
    later = replace(ledgers.kept[1].envelopes[2], journal=(tried(1, "accepted", worker="w3", started=at(600)),))
    ledgers = replace(
        ledgers,
        kept=(
            ledgers.kept[0],
            replace(ledgers.kept[1], envelopes=(*ledgers.kept[1].envelopes[:2], later)),
            *ledgers.kept[2:],
        ),
    )
    assert name in found(breach(ledgers))


def test_every_set_has_a_breach() -> None:
    assert set(judge(sound())) == {name for _, name, _ in BROKEN}


def test_an_act_without_answer_may_be_stored_or_not() -> None:
    ledgers = sound()
    without = replace(ledgers, sent=(*ledgers.sent[1:], Sent(identifier="a", destinations=ALL, broken=1)))
    assert found(without) == set()
