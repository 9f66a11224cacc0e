"""The patient hides a report in the record itself; the act is corrected: the new version stays hidden, and we say so."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.ledger.verify import verify
from service.versions import documents_of
from tests.hiding import hidden_in_the_record, hide_in_the_record
from tests.intake.correcting import reason
from tests.stores import database, postgres_server  # noqa: F401  # fixtures
from tests.whole.test_showing import DELEGATEE, ROADS, ask, sent
from tests.whole.test_whole_way import Way, way_over


@pytest.fixture(params=list(ROADS))
def way(request: pytest.FixtureRequest, database: str, tmp_path: Path) -> Iterator[Way]:  # noqa: F811  # the imported fixture
    with way_over(database, tmp_path, **ROADS[request.param]) as one:
        yield one


def correct(way: Way, act: str, text: str) -> None:
    procedure = way.client.get(f"/fhir/Procedure/{act}").get_json()
    headers = {"Content-Type": "application/fhir+json", "X-Provenance": reason()}
    body = procedure | {"note": [{"text": text}]}
    assert way.client.put(f"/fhir/Procedure/{act}", json=body, headers=headers).status_code == 200


def newest(way: Way, act: str) -> str:
    return documents_of(way.store, sent(way, act))[-1].unique_id


def told(way: Way, act: str) -> list[str]:
    bearer = {"Authorization": f"Bearer {way.composition.issuer.token(DELEGATEE)}"}
    codes: list[str] = way.client.get(f"/records/acts/{act}/visibility", headers=bearer).json["hidden_by_others"]
    return codes


def in_force(way: Way, act: str) -> set[str]:
    """What our own record says of the version in force."""
    found = way.client.get(f"/fhir/DocumentReference?related=Procedure/{act}&status=current").json["entry"]
    (reference,) = [one["resource"] for one in found]
    return {label["coding"][0]["code"] for label in reference["securityLabel"]} - {"N"}


def test_a_correction_keeps_what_the_patient_has_hidden_and_tells_it(way: Way) -> None:
    act = way.act("S-1")["act"].partition("/")[2]
    way.deliver()
    hide_in_the_record(way.sandbox, newest(way, act), "MASQUE_PS")
    assert told(way, act) == [], "nobody has asked the record since: it is not known"
    correct(way, act, "Conclusion corrigée.")
    way.deliver()
    assert hidden_in_the_record(way.sandbox, newest(way, act)) == {"MASQUE_PS"}
    assert (told(way, act), in_force(way, act)) == (["MASQUE_PS"], {"MASQUE_PS"})
    ask(way, act, hidden=True)
    way.deliver()
    assert hidden_in_the_record(way.sandbox, newest(way, act)) == {"MASQUE_PS", "INVISIBLE_PATIENT"}
    assert (told(way, act), in_force(way, act)) == (["MASQUE_PS"], {"MASQUE_PS", "INVISIBLE_PATIENT"})
    ask(way, act)
    way.deliver()
    assert hidden_in_the_record(way.sandbox, newest(way, act)) == {"MASQUE_PS"}, "ours is lifted, and no other"
    assert told(way, act) == ["MASQUE_PS"]
    assert list(verify(way.store)) == []


def test_a_change_of_ours_tells_what_hides_it_besides(way: Way) -> None:
    act = way.act("S-1")["act"].partition("/")[2]
    way.deliver()
    hide_in_the_record(way.sandbox, newest(way, act), "INVISIBLE_REPRESENTANTS_LEGAUX")
    ask(way, act, masked=True)
    way.deliver()
    assert told(way, act) == ["INVISIBLE_REPRESENTANTS_LEGAUX"]
    correct(way, act, "Conclusion corrigée.")
    way.deliver()
    assert in_force(way, act) == {"MASQUE_PS", "INVISIBLE_REPRESENTANTS_LEGAUX"}


def test_a_mask_of_ours_that_is_lifted_meanwhile_is_not_taken_for_the_patients(way: Way) -> None:
    act = way.act("S-1")["act"].partition("/")[2]
    way.deliver()
    ask(way, act, masked=True)
    way.deliver()
    correct(way, act, "Conclusion corrigée.")
    ask(way, act)
    correct(way, act, "Conclusion corrigée de nouveau.")
    way.deliver()
    assert hidden_in_the_record(way.sandbox, newest(way, act)) == set()
    assert (told(way, act), in_force(way, act)) == ([], set())
