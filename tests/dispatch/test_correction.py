"""A new version of a report while the former waits, is on its way, arrived, was refused or came to its end."""

import email
import email.policy
import io
import zipfile

import pytest
from lxml import etree

from mappings.issues import Refused
from service.clients.mssante.bounce import Bounce
from service.outbox.envelope import State
from service.replaying import replay
from tests.dispatch.correcting import (
    act_of,
    correct,
    documents,
    envelopes,
    last,
    names,
    withdraw_consent,
)
from tests.dispatch.places import ANSWER_LOST, ARRIVES, DIES_AFTER, DIES_BEFORE, LOST, NOBODY_THERE, TURNED_AWAY, Crash
from tests.dispatch.round import DMP, DOCTOR, PATIENT, Round
from tests.house import team_records
from tests.stores import EMBEDDED

EVERYWHERE = (DMP, DOCTOR, PATIENT)


def shown(round_: Round) -> dict[str, list[int]]:
    """Versions in force at each destination, by their place among all that were made, from 1."""
    made = names(round_)
    return {place: [made.index(one) + 1 for one in round_.places[place].shown] for place in EVERYWHERE}


def test_whoever_has_the_former_has_the_new_one(round_: Round) -> None:
    round_.drain()
    correct(round_)
    first, second = documents(round_)
    assert (second.version, second.set_id) == (2, first.set_id)
    assert round_.states("replace") == dict.fromkeys(EVERYWHERE, State.QUEUED)
    assert round_.drain() == 3
    assert shown(round_) == {DMP: [2], DOCTOR: [2], PATIENT: [2]}
    for place in EVERYWHERE:
        assert round_.places[place].purposes == ["publish", "replace"]
        assert round_.places[place].replaced == [(), (first.unique_id,)]
    current, superseded = sorted(round_.house.found("DocumentReference"), key=lambda one: one["status"])
    assert (current["status"], current["docStatus"]) == ("current", "amended")
    assert current["relatesTo"] == [
        {"code": "replaces", "target": {"reference": f"DocumentReference/{superseded['id']}"}}
    ]
    assert (superseded["status"], superseded["docStatus"]) == ("superseded", "final")
    assert round_.duties() == []
    round_.assert_proved()


@EMBEDDED
def test_the_document_and_the_mail_say_what_they_replace(round_: Round) -> None:
    round_.drain()
    correct(round_)
    round_.drain()
    first, second = documents(round_)
    assert second.cda is not None
    header = etree.fromstring(second.cda)
    space = {"v3": "urn:hl7-org:v3"}
    assert header.xpath("string(v3:versionNumber/@value)", namespaces=space) == "2"
    assert header.xpath("string(v3:setId/@root)", namespaces=space) == first.set_id
    related = "string(v3:relatedDocument[@typeCode='RPLC']/v3:parentDocument/v3:id/@root)"
    assert header.xpath(related, namespaces=space) == first.unique_id
    assert "Erreur de saisie." in "".join(header.itertext())
    former, replacement = (one for one in envelopes(round_) if one.destination is DOCTOR)
    assert replacement.payload is not None
    mail = email.message_from_bytes(replacement.payload, policy=email.policy.default)
    assert mail["In-Reply-To"] == former.message_id
    assert "annule et le remplace" in " ".join(mail.get_body().get_content().split())
    with zipfile.ZipFile(io.BytesIO(next(mail.iter_attachments()).get_content())) as archive:
        metadata = etree.fromstring(archive.read("IHE_XDM/SUBSET01/METADATA.XML"))
    slots = metadata.xpath("//*[local-name()='Slot'][@name='urn:action:extraMetadataSlot']//*[local-name()='Value']")
    assert [slot.text for slot in slots] == ["C"]


@EMBEDDED
def test_a_former_that_waits_is_never_sent(round_: Round) -> None:
    """What is known to be wrong does not leave: the new version comes as a first, of a set of its own."""
    correct(round_)
    first, second = documents(round_)
    assert (second.version, second.set_id == first.set_id) == (1, False)
    assert {one.state for one in envelopes(round_)[:3]} == {State.CANCELLED}
    assert {round_.house.store.attempts_of(one.id)[-1].code for one in envelopes(round_)[:3]} == {"superseded"}
    round_.drain()
    assert shown(round_) == {DMP: [2], DOCTOR: [2], PATIENT: [2]}
    assert round_.sendings() == 3
    assert [round_.places[place].purposes for place in EVERYWHERE] == [["publish"]] * 3
    round_.assert_proved()


@EMBEDDED
def test_a_former_that_arrived_somewhere_alone(round_: Round) -> None:
    """The others have nothing to replace: their copy comes to them as any document does."""
    round_.places[DMP].written = [NOBODY_THERE]
    round_.places[PATIENT].written = [NOBODY_THERE]
    round_.drain()
    correct(round_)
    first, second = documents(round_)
    assert second.version == 2
    round_.later()
    assert shown(round_) == {DMP: [2], DOCTOR: [2], PATIENT: [2]}
    assert round_.places[DMP].replaced[-1] == ()
    assert round_.places[DOCTOR].replaced[-1] == (first.unique_id,)


@EMBEDDED
def test_a_third_version_replaces_what_each_has(round_: Round) -> None:
    round_.drain()
    round_.places[DMP].written = [NOBODY_THERE]
    correct(round_)
    round_.drain()
    correct(round_, "Encore.")
    assert [one.version for one in documents(round_)] == [1, 2, 3]
    round_.later()
    assert shown(round_) == {DMP: [3], DOCTOR: [3], PATIENT: [3]}
    first, second, _ = names(round_)
    assert (round_.places[DMP].replaced[-1], round_.places[DOCTOR].replaced[-1]) == ((first,), (second,))


@EMBEDDED
def test_a_former_that_the_registry_refused(round_: Round) -> None:
    """Somebody had a task of it, which the new version makes void; nothing is replaced where nothing is."""
    round_.places[DMP].written = [TURNED_AWAY]
    round_.drain()
    assert [one["status"] for one in round_.duties()] == ["requested"]
    correct(round_)
    assert [one["status"] for one in round_.duties()] == ["cancelled"]
    round_.drain()
    assert shown(round_) == {DMP: [2], DOCTOR: [2], PATIENT: [2]}
    assert round_.places[DMP].replaced[-1] == ()


@EMBEDDED
def test_a_dead_letter_is_not_sent_again_once_there_is_a_new_version(round_: Round) -> None:
    round_.places[DOCTOR].written = [NOBODY_THERE, NOBODY_THERE]
    round_.drain()
    round_.house.clock.pass_(seconds=round_.house.settings.delivery_budget_seconds)
    round_.drain()
    dead = round_.envelope(DOCTOR)
    assert dead.state is State.EXHAUSTED
    correct(round_)
    with pytest.raises(Refused) as refusal:
        replay(round_.house.store, round_.house.clock, round_.house.ids, dead.id, "99900002017")
    assert "Une version plus récente" in refusal.value.issues[0].text
    round_.drain()
    assert shown(round_)[DOCTOR] == [2]
    assert {one["status"] for one in round_.duties()} == {"cancelled"}


def test_a_former_in_doubt_that_is_there(round_: Round) -> None:
    """The record is asked before anything else; a mailbox cannot be, and is told to replace what it may have."""
    for place in EVERYWHERE:
        round_.places[place].written = [ANSWER_LOST]
    round_.drain()
    first = round_.act
    correct(round_)
    assert round_.states("replace") == dict.fromkeys(EVERYWHERE, State.QUEUED)
    round_.later()
    round_.later()
    assert shown(round_) == {DMP: [2], DOCTOR: [2], PATIENT: [2]}
    second, round_.act = round_.act, first
    assert round_.states() == {DMP: State.ACCEPTED, DOCTOR: State.CANCELLED, PATIENT: State.CANCELLED}
    round_.act = second
    (former, _) = names(round_)
    assert [round_.places[place].replaced[-1] for place in EVERYWHERE] == [(former,)] * 3
    # Each was sent the former once, and is not sent it again.
    assert [len(round_.places[place].sent) for place in EVERYWHERE] == [2, 2, 2]
    assert round_.duties() == []
    round_.assert_proved()


@EMBEDDED
def test_a_former_in_doubt_that_is_not_there(round_: Round) -> None:
    round_.places[DMP].written = [LOST]
    round_.drain()
    correct(round_)
    round_.later()
    round_.later()
    assert shown(round_)[DMP] == [2]
    assert len(round_.places[DMP].sent) == 2, "the former is looked for, and not sent again"


@EMBEDDED
@pytest.mark.parametrize("answer", [ARRIVES, NOBODY_THERE, TURNED_AWAY, ANSWER_LOST, LOST])
def test_a_former_that_is_being_sent(round_: Round, answer: object) -> None:
    """The attempt that had begun is its last one; the new version waits for its end."""
    round_.places[DMP].written = [answer]  # type: ignore[list-item]
    leases = round_.house.store.claim(round_.house.clock(), "w", 60, 10, round_.house.ids)
    assert len(leases) == 3
    round_.places[DMP].first = lambda: correct(round_) if not round_.places[DMP].sent else None
    for lease in sorted(leases, key=lambda one: one.envelope.destination is not DMP):
        round_.dispatch.deliver(lease)
    for _ in range(3):
        round_.later()
    assert shown(round_) == {DMP: [2], DOCTOR: [2], PATIENT: [2]}
    # Whoever was about to send asked first: the mails went once, in the new version.
    assert [len(round_.places[place].sent) for place in (DOCTOR, PATIENT)] == [1, 1]
    round_.assert_proved()


@EMBEDDED
@pytest.mark.parametrize("answer", [DIES_BEFORE, DIES_AFTER])
def test_a_former_whose_sender_died(round_: Round, answer: object) -> None:
    round_.places[DMP].written = [answer]  # type: ignore[list-item]
    with pytest.raises(Crash):
        round_.drain()
    correct(round_)
    round_.after_the_lease()
    for _ in range(3):
        round_.later()
    assert shown(round_) == {DMP: [2], DOCTOR: [2], PATIENT: [2]}
    round_.assert_proved()


@EMBEDDED
def test_a_replacement_never_overtakes(round_: Round) -> None:
    """While what it follows is not at its end, it is not even claimed."""
    round_.places[DMP].written = [LOST]
    round_.places[DMP].answers_questions = False
    round_.drain()
    correct(round_)
    for _ in range(3):
        round_.later()
    assert round_.places[DMP].purposes == ["publish"]
    assert last(round_)[DMP].state is State.QUEUED
    assert shown(round_)[DOCTOR] == [2]
    round_.places[DMP].answers_questions = True
    round_.later()
    assert shown(round_)[DMP] == [2]


@EMBEDDED
def test_a_replacement_refused_is_somebodys_task(round_: Round) -> None:
    round_.drain()
    correct(round_)
    round_.places[DMP].written = [TURNED_AWAY]
    round_.drain()
    assert shown(round_) == {DMP: [1], DOCTOR: [2], PATIENT: [2]}
    (task,) = round_.duties()
    assert "dossier médical partagé" in task["reasonCode"]["text"]
    # Corrected again, it replaces what is there.
    correct(round_, "Encore.")
    round_.drain()
    assert shown(round_) == {DMP: [3], DOCTOR: [3], PATIENT: [3]}


@EMBEDDED
def test_a_mail_given_back_was_never_there(round_: Round) -> None:
    round_.drain()
    former = round_.envelope(DOCTOR)
    round_.acknowledge.bounced(Bounce(message_id=former.message_id, envelope_id="", status="5.1.1"), b"raw")
    round_.places[DOCTOR].shown.clear()
    correct(round_)
    assert [one["status"] for one in round_.duties()] == ["cancelled"]
    round_.drain()
    assert shown(round_)[DOCTOR] == [2]
    assert round_.places[DOCTOR].replaced[-1] == ()


@EMBEDDED
def test_a_consent_taken_back_meanwhile(round_: Round) -> None:
    """Nothing is sent any more, not even what is right: the structure is told who has the former."""
    round_.drain()
    withdraw_consent(round_.house)
    correct(round_)
    assert round_.drain() == 0
    assert round_.states("replace") == {}
    told = sorted(task["reasonCode"]["text"] for task in round_.duties())
    assert len(told) == 3
    assert all(text.startswith("Version corrigée non envoyée. Le patient a retiré") for text in told)


@EMBEDDED
def test_a_destination_closed_meanwhile(round_: Round) -> None:
    round_.drain()
    house = round_.house
    (sharing,) = [one for one in house.found("Consent") if one["scope"]["coding"][0]["code"] == "patient-privacy"]
    refused = sharing | {"status": "rejected", "provision": {**sharing.get("provision", {}), "type": "deny"}}
    assert house.fhir("PUT", f"/Consent/{sharing['id']}", refused).status_code == 200
    correct(round_)
    assert round_.drain() == 0
    assert len(round_.duties()) == 3


@EMBEDDED
def test_a_destination_that_never_had_it_is_not_opened_by_a_correction(round_: Round) -> None:
    withdraw_consent(round_.house)
    assert {one.state for one in envelopes(round_)} == {State.CANCELLED}
    correct(round_)
    assert (round_.drain(), round_.sendings(), round_.duties()) == (0, 0, [])


@EMBEDDED
def test_a_delegator_who_has_another_box(round_: Round) -> None:
    """The reader is the same: the new version goes where they read by now, and says what it replaces."""
    round_.drain()
    house = round_.house
    old = round_.envelope(DOCTOR).recipient
    (doctor,) = [one for one in house.found("Practitioner") if old in str(one.get("telecom"))]
    moved = [
        {**one, "value": "autre.boite@medecin.formation.mssante.fr"} if one.get("value") == old else one
        for one in doctor["telecom"]
    ]
    assert house.fhir("PUT", f"/Practitioner/{doctor['id']}", doctor | {"telecom": moved}).status_code == 200
    correct(round_)
    new = round_.envelope(DOCTOR, "replace")
    assert new.recipient == "autre.boite@medecin.formation.mssante.fr"
    round_.drain()
    assert shown(round_)[DOCTOR] == [2]
    assert round_.places[DOCTOR].replaced[-1] == (names(round_)[0],)


@EMBEDDED
def test_an_act_in_error_after_a_correction_takes_every_version_back(round_: Round) -> None:
    round_.drain()
    correct(round_)
    round_.drain()
    act = act_of(round_)
    answer = round_.house.fhir("PUT", f"/Procedure/{act['id']}", act | {"status": "entered-in-error"})
    assert answer.status_code == 200, answer.text
    assert round_.drain() == 4
    assert (round_.places[DOCTOR].shown, round_.places[PATIENT].shown) == ([], [])
    assert {one["status"] for one in round_.house.found("DocumentReference")} == {"entered-in-error"}
    (task,) = round_.house.found("Task?code=withdraw-report")
    assert "dossier médical partagé" in task["reasonCode"]["text"]
    round_.assert_proved()


@EMBEDDED
def test_an_identity_that_changed_is_another_record(round_: Round) -> None:
    """What lies with the former number is somebody's to take away; the new version comes to the other as a first."""
    round_.drain()
    house = round_.house
    old = round_.envelope(PATIENT).recipient.partition("@")[0]
    (patient,) = [one for one in house.found("Patient") if old in str(one["identifier"])]
    numbers = [{**one, "value": "104082A99900249"} if one.get("value") == old else one for one in patient["identifier"]]
    answer = house.fhir("PUT", f"/Patient/{patient['id']}", patient | {"identifier": numbers})
    assert answer.status_code == 200, answer.text
    correct(round_)
    assert round_.envelope(PATIENT, "replace").recipient == "104082A99900249@patient.mssante.fr"
    round_.drain()
    assert [round_.places[place].replaced[-1] for place in EVERYWHERE] == [(), (names(round_)[0],), ()]
    told = sorted(task["reasonCode"]["text"] for task in round_.duties() if task["status"] == "requested")
    assert ["dossier" in one for one in told] == [True, False]
    assert all(one.startswith("L’identifiant du patient a changé depuis.") for one in told)


@EMBEDDED
def test_a_destination_that_the_patient_had_closed_is_not_opened_again_by_a_correction(round_: Round) -> None:
    """They have changed their mind since; what was refused then was not to be had, and is not brought now."""
    house = round_.house
    for shared in (False, True):
        sharing = {"dmp": shared, "patient_mailbox": True, "professional_mailbox": True}
        answer = house.post("consents", team_records("consents")[0] | {"sharing": sharing})
        assert answer.status_code == 201, answer.text
        house.clock.pass_(seconds=60)
    assert round_.envelope(DMP).state is State.CANCELLED
    correct(round_)
    round_.drain()
    assert shown(round_) == {DMP: [], DOCTOR: [2], PATIENT: [2]}
    assert round_.duties() == []
