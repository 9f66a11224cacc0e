"""Who may read the shared record: every condition lets in, and each alone keeps out, with a trace and an explanation."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mappings.domain.time import french_day
from mappings.fhir.json import parse
from mappings.fhir.patient import patient_from_fhir
from mappings.fhir.structure import check
from service.consultation.rights import DENIALS, Denied, Right, right_of
from service.ledger.verify import verify
from service.store import Store
from tests.consultation.shelf import LEROUX, STRANGER, WEBER, Reading
from tests.house import House, Json, team_records

Change = Callable[[Reading], None]


def put(reading: Reading, resource: Json) -> None:
    answer = reading.house.fhir("PUT", f"/{resource['resourceType']}/{resource['id']}", resource)
    assert answer.status_code in (200, 201), answer.json


def consent(reading: Reading, **changes: Any) -> None:
    answer = reading.house.post("consents", team_records("consents")[0] | changes)
    assert answer.status_code in (200, 201), answer.json


def suspended(reading: Reading) -> None:
    (record,) = [one for one in team_records("enrolments") if one["rpps"] == WEBER]
    answer = reading.house.post("enrolments", record | {"status": "suspended"})
    assert answer.status_code in (200, 201), answer.json


def completed(reading: Reading) -> None:
    put(reading, reading.plan | {"status": "completed"})


def ended_yesterday(reading: Reading) -> None:
    put(reading, reading.plan | {"period": {"start": "2026-11-16", "end": "2026-11-19"}})


def withdrawn(reading: Reading) -> None:
    consent(reading, decision="withdrawn", withdrawn_at="2026-11-20T11:30:00+01:00")


def expired(reading: Reading) -> None:
    (found,) = reading.house.found("Consent?identifier=CONS-0001")
    put(reading, found | {"provision": found["provision"] | {"period": {"start": "2026-11-16", "end": "2026-11-19"}}})


def opposed(reading: Reading) -> None:
    consent(reading, sharing={"dmp": False, "patient_mailbox": True, "professional_mailbox": True})


def test_members_of_the_team_read_the_delegatee_on_behalf_of_the_delegator(reading: Reading) -> None:
    for rpps in (WEBER, LEROUX):
        answer: Any = reading.get(rpps=rpps)
        assert (answer.status_code, answer.json) == (200, {"documents": [], "whole": True, "since": None})
    delegator, delegatee = sorted(reading.events(), key=lambda one: len(one["agent"]))
    assert [one["outcome"] for one in (delegator, delegatee)] == ["0", "0"]
    assert delegator["agent"][0]["who"]["identifier"]["value"] == WEBER
    assert [
        (agent["type"]["coding"][0]["code"], agent["role"][0]["coding"][0]["code"], agent["who"]["identifier"]["value"])
        for agent in delegatee["agent"]
    ] == [("IRCP", "DELEGATEE", LEROUX), ("RESP", "DELEGATOR", WEBER)]
    assert [one["what"]["reference"] for one in delegatee["entity"]] == [
        f"Patient/{reading.patient}", f"CarePlan/{reading.plan['id']}"
    ]  # fmt: skip
    assert [check(event) for event in (delegator, delegatee)] == [[], []]
    # Asked for the patient of the address, by whoever asked.
    assert reading.shelf.asked == [f"{rpps} 292043899900158^^^&1.2.250.1.213.1.4.11&ISO^NH" for rpps in (WEBER, LEROUX)]
    assert verify(reading.house.store) == []


@pytest.mark.parametrize(
    ("change", "rpps", "reason"),
    [
        (lambda _: None, STRANGER, "not-a-member"),
        (suspended, WEBER, "not-a-member"),
        (completed, WEBER, "not-a-member"),
        (ended_yesterday, WEBER, "not-a-member"),
        # The withdrawal ends the inclusion in the same commit.
        (withdrawn, WEBER, "not-a-member"),
        (expired, WEBER, "no-consent"),
        (opposed, WEBER, "opposed"),
    ],
)
def test_whoever_may_not_is_told_why_and_the_record_is_not_asked(
    embedded: Reading, change: Change, rpps: str, reason: str
) -> None:
    change(embedded)
    for path in ("", "/1.2.250.1.999.7.1"):
        answer: Any = embedded.get(path, rpps=rpps)
        assert answer.status_code == 403
        (issue,) = answer.json["issue"]
        assert issue["diagnostics"].startswith(DENIALS[reason])
    assert embedded.shelf.asked == []
    events = embedded.events()
    assert [(event["outcome"], event["outcomeDesc"]) for event in events] == [("8", reason)] * 2
    assert {event["agent"][0]["who"]["identifier"]["value"] for event in events} == {rpps}
    assert [check(event) for event in events] == [[], []]


def test_a_choice_that_was_never_made_feeds_and_does_not_read(tmp_path: Path, embedded_store: Store) -> None:
    house = House(embedded_store, tmp_path, people=0)
    for door, records in (
        ("enrolments", team_records("enrolments")),
        ("consents", team_records("consents")[:1]),
        ("inclusions", team_records("inclusions")[:1]),
    ):
        for record in records:
            answer = house.post(door, {key: value for key, value in record.items() if key != "sharing"})
            assert answer.status_code in (200, 201), answer.json
    answer: Any = Reading(house).get()
    assert answer.status_code == 403
    assert answer.json["issue"][0]["diagnostics"].startswith(DENIALS["no-choice"])


def test_without_an_ins_no_record_can_be_named(settled: Reading) -> None:
    stored = settled.house.store.read("Patient", settled.patient)
    assert stored is not None
    patient = patient_from_fhir(parse(stored.body))
    knowledge = settled.composition.intake.knowledge()
    day = french_day(settled.composition.clock())
    assert isinstance(right_of(WEBER, patient, knowledge, day), Right)
    for unfit in (replace(patient, ins=None), replace(patient, identity_status="validated")):
        assert right_of(WEBER, unfit, knowledge, day) == Denied("not-qualified")


def test_nobody_and_a_false_token_are_not_let_in_and_an_unknown_patient_is_not_there(settled: Reading) -> None:
    before = len(settled.events())
    nobody: Any = settled.get(rpps="")
    assert nobody.status_code == 401
    false = settled.app.test_client().get(
        f"/records/patients/{settled.patient}/documents", headers={"Authorization": "Bearer faux"}
    )
    assert false.status_code == 401
    token = settled.composition.issuer.token(WEBER)
    unknown = settled.app.test_client().get(
        "/records/patients/personne/documents", headers={"Authorization": f"Bearer {token}"}
    )
    assert unknown.status_code == 404
    assert (len(settled.events()), settled.shelf.asked) == (before, [])
