"""What a patient's no and an adverse event bring into being is what our own profiles allow."""

from tests.house import House, act_record, team_records

TYPES = ("Consent", "CarePlan", "Task", "Provenance", "AuditEvent", "AdverseEvent", "Procedure")


def test_all_that_follows_is_valid(house: House) -> None:
    assert house.post("acts", act_record(recourse="take-over")).status_code == 201
    event = team_records("adverse-events")[0] | {"seriousness": "hospitalization"}
    assert house.post("adverse-events", event).status_code == 201
    told = {"informed_by_rpps": "99900001019", "notice": "pc-torsion-cheville|2026.1"}
    first, second = team_records("consents")[:2]
    closed = {"dmp": False, "patient_mailbox": True, "professional_mailbox": True}
    assert house.post("consents", first | told | {"sharing": closed}).status_code == 201
    at = "2026-11-20T11:30:00+01:00"
    assert house.post("consents", first | {"decision": "withdrawn", "withdrawn_at": at}).status_code == 201
    refused = second | {"identifier": "CONS-NON", "decision": "refused", "decided_at": at}
    assert house.post("consents", refused).status_code == 201
    said = []
    for type_ in TYPES:
        for resource in house.found(type_):
            answer = house.fhir("POST", f"/{type_}/$validate", resource)
            errors = [one for one in answer.json["issue"] if one["severity"] in ("error", "fatal")]
            assert errors == [], (type_, resource, errors)
            said.append(f"{type_}/{resource.get('status', '')}")
    assert {"Consent/inactive", "Consent/rejected", "CarePlan/revoked", "AdverseEvent/"} <= set(said)
