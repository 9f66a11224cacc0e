"""A patient's no, through both doors: what it ends, in the commit that records it, and what it leaves."""

from typing import Any

import pytest

from service.ledger.verify import verify
from service.outbox.envelope import Destination, State
from tests.house import House, Json, act_bundle, act_record, issues, team_records

#: The clock of the house stands at 12:00 in France.
AT = "2026-11-20T11:30:00+01:00"
ALL = {"dmp": True, "patient_mailbox": True, "professional_mailbox": True}


def consent(**changes: Any) -> Json:
    return team_records("consents")[0] | changes


def said(house: House, **changes: Any) -> Any:
    answer = house.post("consents", consent(**changes))
    assert answer.status_code in (200, 201), answer.text
    return answer


def act(house: House, **changes: Any) -> str:
    answer = house.post("acts", act_record(**changes))
    assert answer.status_code == 201, answer.text
    return str(answer.json["act"])


def states(house: House, reference: str) -> dict[Destination, State]:
    return {one.destination: one.state for one in house.store.envelopes_of(f"{reference}/_history/1")}


def care_consent(house: House, identifier: str = "CONS-0001") -> Json:
    (found,) = house.found(f"Consent?identifier={identifier}")
    return found


def inclusion(house: House, identifier: str = "INCL-0001") -> Json:
    (found,) = house.found(f"CarePlan?identifier={identifier}")
    return found


def _by_fhir(house: House) -> Json:
    resource = care_consent(house)
    provision = {**resource["provision"], "period": {**resource["provision"]["period"], "end": AT}}
    answer = house.fhir("PUT", f"/Consent/{resource['id']}", {**resource, "status": "inactive", "provision": provision})
    assert answer.status_code == 200, answer.text
    body: Json = answer.json
    return body


@pytest.mark.parametrize("door", ["records", "fhir"])
def test_a_withdrawal_ends_all_that_rests_on_the_consent(house: House, door: str) -> None:
    before = act(house)
    other = act(house, identifier="ACTE-0002", inclusion="INCL-0002", delegatee_rpps="99900001027",
                delegator_rpps="99900002025")  # fmt: skip
    if door == "records":
        said(house, decision="withdrawn", withdrawn_at=AT)
    else:
        _by_fhir(house)
    assert set(states(house, before).values()) == {State.CANCELLED}
    assert set(states(house, other).values()) == {State.QUEUED}, "of another patient"
    assert {house.store.attempts_of(one.id)[-1].code for one in house.store.envelopes_of(f"{before}/_history/1")} == {
        "consent-withdrawn"
    }
    plan = inclusion(house)
    assert (plan["status"], plan["period"]["end"]) == ("revoked", "2026-11-20")
    assert [note["text"] for note in plan["note"]] == ["Le patient a retiré son consentement aux soins délégués."]
    assert inclusion(house, "INCL-0002")["status"] == "active"
    # The act stands, and the délégant still reads it.
    assert house.fhir("GET", f"/{before}").json["status"] == "completed"
    assert {one["status"] for one in house.found(f"Task?focus={before}")} == {"requested"}
    (task,) = house.found(f"Task?focus=CarePlan/{plan['id']}&code=reorient")
    assert task["owner"]["identifier"]["value"] == "99900002017"
    assert task["reasonCode"]["coding"][0]["code"] == "patient-choice"
    _assert_told(house, "consent-withdrawn")
    later = house.post("acts", act_record(identifier="ACTE-0003", performed={"start": AT}))
    assert ("business-rule", "CarePlan.supportingInfo") in issues(later)
    assert verify(house.store) == []


def _assert_told(house: House, event: str) -> Json:
    me = care_consent(house)
    (trace,) = house.found(f"AuditEvent?subtype={event}&entity=Consent/{me['id']}")
    assert trace["entity"][0]["what"]["reference"] == f"Consent/{me['id']}/_history/{me['meta']['versionId']}"
    (proof,) = house.found(f"Provenance?target=Consent/{me['id']}")
    agents = [agent["type"]["coding"][0]["code"] for agent in proof["agent"]]
    assert (agents, proof["agent"][0]["who"]) == (["author", "enterer", "assembler"], me["patient"])
    plan = inclusion(house)
    assert f"CarePlan/{plan['id']}/_history/{plan['meta']['versionId']}" in [t["reference"] for t in proof["target"]]
    assert proof["extension"][0]["url"].endswith("/chain")
    return proof


def test_what_was_done_before_the_hour_is_covered_and_sent_nowhere(house: House) -> None:
    said(house, decision="withdrawn", withdrawn_at=AT)
    told = house.post("acts", act_record(performed={"start": "2026-11-20T10:05:00+01:00"}))
    assert told.status_code == 201, told.text
    assert told.json["deliveries"] == []
    assert {one["reason"] for one in told.json["withheld"]} == {
        "Le patient a retiré son consentement aux soins délégués."
    }
    refused = house.post("acts", act_record(identifier="ACTE-0002", performed={"start": AT}))
    assert issues(refused) == [("business-rule", "CarePlan.supportingInfo")]


def test_a_withdrawal_told_by_its_day_holds_from_its_record(house: House) -> None:
    said(house, decision="withdrawn", withdrawn_on="2026-11-20")
    assert house.post("acts", act_record(performed={"start": "2026-11-20T11:59:00+01:00"})).status_code == 201
    house.clock.pass_(minutes=10)
    late = house.post("acts", act_record(identifier="ACTE-0002", performed={"start": "2026-11-20T12:05:00+01:00"}))
    assert issues(late) == [("business-rule", "CarePlan.supportingInfo")]


def test_a_refusal_told_anew_takes_back_the_agreement_before_it(house: House) -> None:
    reference = act(house)
    said(house, identifier="CONS-0001-BIS", decision="refused", decided_at=AT)
    former = care_consent(house)
    assert (former["status"], former["provision"]["period"]["end"]) == ("inactive", AT)
    assert inclusion(house)["status"] == "revoked"
    assert set(states(house, reference).values()) == {State.CANCELLED}
    refused = house.post("acts", act_record(identifier="ACTE-0002", performed={"start": AT}))
    assert ("business-rule", "CarePlan.supportingInfo") in issues(refused)
    # A new agreement is a new consent, and needs a new inclusion.
    said(house, identifier="CONS-0001-TER", decided_at="2026-11-20T11:45:00+01:00")
    again = team_records("inclusions")[0] | {
        "identifier": "INCL-TER",
        "consent": "CONS-0001-TER",
        "start": "2026-11-20",
    }
    assert house.post("inclusions", again).status_code == 201
    act(house, identifier="ACTE-0003", inclusion="INCL-TER", performed={"start": "2026-11-20T11:50:00+01:00"})
    assert verify(house.store) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"protocol": "pc-lombalgie"},
        {"decided_at": "2026-11-15T09:00:00+01:00"},
    ],
    ids=["of another protocol", "before the agreement"],
)
def test_a_refusal_of_something_else_ends_nothing(house: House, changes: Json) -> None:
    reference = act(house)
    said(house, **{"identifier": "CONS-AUTRE", "decision": "refused", "decided_at": AT} | changes)
    assert (care_consent(house)["status"], inclusion(house)["status"]) == ("active", "active")
    assert set(states(house, reference).values()) == {State.QUEUED}


def test_the_same_again_changes_nothing_more(house: House) -> None:
    act(house)
    said(house, decision="withdrawn", withdrawn_at=AT)
    standing = house.standing()
    assert said(house, decision="withdrawn", withdrawn_at=AT).status_code == 200
    assert house.standing() == standing
    resource = care_consent(house)
    assert house.fhir("PUT", f"/Consent/{resource['id']}", resource).status_code == 200
    assert house.standing() == standing


@pytest.mark.parametrize("decision", [{"decision": "given"}, {"decision": "refused"}])
def test_what_was_taken_back_is_not_given_again_by_the_same_consent(house: House, decision: Json) -> None:
    said(house, decision="withdrawn", withdrawn_at=AT)
    standing = house.standing()
    answer = house.post("consents", consent(**decision))
    assert (answer.status_code, issues(answer)) == (422, [("business-rule", "Consent.status")])
    assert "nouveau consentement" in answer.json["issue"][0]["details"]["text"]
    assert house.standing() == standing


def test_a_withdrawal_is_not_put_off(house: House) -> None:
    said(house, decision="withdrawn", withdrawn_on="2026-11-18")
    answer = house.post("consents", consent(decision="withdrawn", withdrawn_on="2026-11-19"))
    assert issues(answer) == [("business-rule", "Consent.provision.period.end")]
    ahead = team_records("consents")[1] | {"decision": "withdrawn", "withdrawn_on": "2026-11-21"}
    assert issues(house.post("consents", ahead)) == [("business-rule", "Consent.provision.period.end")]


@pytest.mark.parametrize(
    ("closed", "left"),
    [
        ({"dmp"}, {Destination.MSSANTE_PROFESSIONAL, Destination.MSSANTE_PATIENT}),
        ({"professional_mailbox", "patient_mailbox"}, {Destination.DMP}),
    ],
)
def test_a_choice_of_sharing_closes_its_destinations_and_no_other(
    house: House, closed: set[str], left: set[Destination]
) -> None:
    reference = act(house)
    said(house, sharing=ALL | dict.fromkeys(closed, False))
    queued = {one for one, state in states(house, reference).items() if state is State.QUEUED}
    cancelled = {one for one, state in states(house, reference).items() if state is State.CANCELLED}
    assert (queued, cancelled) == (left, set(Destination) - {Destination.PDSM} - left)
    assert (care_consent(house)["status"], inclusion(house)["status"]) == ("active", "active")
    patient = care_consent(house)["patient"]["reference"]
    (trace,) = house.found(f"AuditEvent?subtype=sharing-recorded&patient={patient}")
    assert trace["agent"][1]["who"]["reference"].startswith("Patient/")
    assert verify(house.store) == []


def test_all_sharing_is_refused(house: House) -> None:
    reference = act(house)
    (choice,) = house.found(f"Consent?scope=patient-privacy&patient={care_consent(house)['patient']['reference']}")
    refused = {**choice, "status": "rejected", "provision": {"type": "deny"}}
    assert house.fhir("PUT", f"/Consent/{choice['id']}", refused).status_code == 200
    assert set(states(house, reference).values()) == {State.CANCELLED}
    told = house.post("acts", act_record(identifier="ACTE-0002")).json
    assert (told["deliveries"], len(told["withheld"])) == ([], 3)
    half = {**refused, "provision": {"type": "permit"}}
    assert issues(house.fhir("PUT", f"/Consent/{choice['id']}", half)) == [("value", "Consent.provision.type")]


def test_a_withdrawal_and_an_act_in_one_transaction_are_judged_together(house: House) -> None:
    """The act of before the withdrawal is covered, and its report is not addressed."""
    bundle, resource = act_bundle(), care_consent(house)
    provision = {**resource["provision"], "period": {**resource["provision"]["period"], "end": AT}}
    bundle["entry"].append(
        {
            "fullUrl": "urn:uuid:0d9f1c52-64f1-4d38-9d6f-2f0c6c1a7bff",
            "request": {"method": "PUT", "url": f"Consent/{resource['id']}"},
            "resource": {**resource, "status": "inactive", "provision": provision},
        }
    )
    answer = house.fhir("POST", "/", bundle)
    assert answer.status_code == 200, answer.text
    (procedure,) = house.found("Procedure")
    assert states(house, f"Procedure/{procedure['id']}") == {}
    assert inclusion(house)["status"] == "revoked"
    assert verify(house.store) == []


def test_what_the_patient_was_told_is_kept_on_both_doors(house: House) -> None:
    told = {"informed_by_rpps": "99900001019", "notice": "pc-torsion-cheville|2026.1"}
    said(house, **told)
    (extension,) = care_consent(house)["extension"]
    assert extension["extension"] == [
        {"url": "notice", "valueCanonical": "https://binome.example/fhir/PlanDefinition/pc-torsion-cheville|2026.1"},
        {
            "url": "informant",
            "valueReference": {"identifier": {"system": "https://rpps.esante.gouv.fr", "value": "99900001019"}},
        },
    ]
    resource = care_consent(house)
    resource["extension"][0]["extension"][1]["valueReference"]["identifier"]["value"] = "123"
    answer = house.fhir("PUT", f"/Consent/{resource['id']}", resource)
    assert [code for code, _ in issues(answer)] == ["value"]


def test_what_is_taken_back_on_its_first_day_tells_both_hours(house: House) -> None:
    """A day and an hour of it cannot be compared: R4's rule of periods (per-1) would have no result."""
    given = "2026-11-20T09:00:00+01:00"
    said(house, identifier="CONS-JOUR", decided_at=given)
    said(house, identifier="CONS-JOUR-BIS", decision="refused", decided_at=AT)
    (former,) = house.found("Consent?identifier=CONS-JOUR")
    assert former["provision"]["period"] == {"start": given, "end": AT}
    said(house, identifier="CONS-JOUR-TER", decided_at=given, decision="withdrawn", withdrawn_at=AT)
    (told,) = house.found("Consent?identifier=CONS-JOUR-TER")
    assert told["provision"]["period"] == {"start": given, "end": AT}
