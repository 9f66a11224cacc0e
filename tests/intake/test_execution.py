"""What the protocol judged is on record with the act, in the same commit, under the chain, and in its trace."""

import hashlib

from mappings.codes.systems import EXT_CHAIN, EXT_EXECUTION
from mappings.domain.logic import Truth
from mappings.fhir.execution import execution_from
from mappings.fhir.json import parse
from service.ledger.verify import verify
from tests.house import House, Json, act_record


def proof_of(house: House, **changes: Json) -> Json:
    answer = house.post("acts", act_record(**changes))
    assert answer.status_code == 201, answer.json
    trace = house.fhir("GET", f"/{answer.json['act']}/$trace")
    (proof,) = [e["resource"] for e in trace.json["entry"] if e["resource"]["resourceType"] == "Provenance"]
    found: Json = proof
    return found


def test_an_act_keeps_what_was_judged(house: House) -> None:
    proof = proof_of(house)
    assert [one["url"] for one in proof["extension"]] == [EXT_CHAIN, EXT_EXECUTION]
    execution = execution_from(proof)
    assert execution is not None
    protocol = house.composition.catalogue[proof["policy"][0]]
    wanted = {c.id: Truth.YES if c.kind == "inclusion" else Truth.NO for c in protocol.criteria}
    assert execution.criteria == wanted
    assert execution.recourses == {}


def test_a_recourse_that_was_taken_is_kept(house: House) -> None:
    exam = {"risque-thrombo-embolique": "present", "delegant-consulte": True, "canal-consultation": "telephone"}
    execution = execution_from(proof_of(house, exam=exam))
    assert execution is not None
    assert execution.recourses == {"risque-thrombo-embolique": True}


def test_a_patient_who_goes_back_keeps_why(house: House) -> None:
    proof = proof_of(
        house,
        exam={"plaie": True, "polytraumatisme": None},
        status="not-done",
        status_reason="exclusion-other",
        prescriptions=[],
    )
    execution = execution_from(proof)
    assert execution is not None
    assert execution.criteria["plaie"] is Truth.YES
    assert execution.criteria["polytraumatisme"] is Truth.UNKNOWN


def test_the_chain_has_a_link_over_it(house: House) -> None:
    proof = proof_of(house)
    stored = house.store.read("Provenance", proof["id"])
    assert stored is not None
    assert parse(stored.body)["extension"] == proof["extension"]
    links = [link for chain in house.store.chains() for link in house.store.links(chain)]
    (link,) = [link for link in links if link.reference == f"Provenance/{proof['id']}/_history/1"]
    assert link.content == hashlib.sha256(stored.body).digest()
    assert verify(house.store) == []
