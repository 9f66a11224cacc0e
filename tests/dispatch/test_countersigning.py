"""Where a team holds that reading validates: the délégant's reading is a version of the report that they countersign."""

from pathlib import Path

import pytest
from lxml import etree

from service.outbox.envelope import State
from service.store import Store
from tests.dispatch.correcting import correct, documents, envelopes
from tests.dispatch.round import DMP, DOCTOR, PATIENT, Round
from tests.house import House, Json, act_record
from tests.intake.correcting import proofs, token
from tests.stores import EMBEDDED

SPACE = {"v3": "urn:hl7-org:v3"}

EVERYWHERE = (DMP, DOCTOR, PATIENT)


@pytest.fixture
def signing(store: Store, keys: Path) -> Round:
    house = House(store, keys, people=1, countersign=1)
    return Round(house, f"{house.post('acts', act_record()).json['act']}/_history/1")


def read(round_: Round, rpps: str = "99900002017") -> Json:
    (task,) = round_.house.found("Task?code=acknowledge&status=requested")
    answer = round_.house.fhir("POST", f"/Task/{task['id']}/$acknowledge", Authorization=token(round_.house, rpps))
    assert answer.status_code == 200, answer.text
    done: Json = answer.json
    return done


def act(round_: Round) -> Json:
    stored: Json = round_.house.fhir("GET", f"/{round_.act.partition('/_history/')[0]}").json
    return stored


def test_reading_is_a_version_that_names_the_delegator(signing: Round) -> None:
    signing.drain()
    done = read(signing)
    assert done["businessStatus"]["coding"][0]["code"] == "countersigned"
    signing.act = signing.act.replace("/_history/1", "/_history/2")
    assert signing.states("replace") == dict.fromkeys(EVERYWHERE, State.QUEUED)
    signing.drain()
    first, second = documents(signing)
    assert [len(signing.places[place].shown) for place in EVERYWHERE] == [1, 1, 1]
    assert signing.places[DMP].shown == [second.unique_id]
    assert first.cda is not None
    assert second.cda is not None
    one, other = etree.fromstring(first.cda), etree.fromstring(second.cda)
    signs = "string(v3:authenticator[v3:signatureCode/@code='S']/v3:assignedEntity/v3:id/@extension)"
    assert (one.xpath(signs, namespaces=SPACE), other.xpath(signs, namespaces=SPACE)) == ("", "899900002017")
    responsible = "count(v3:participant[@typeCode='RESP'])"
    assert (one.xpath(responsible, namespaces=SPACE), other.xpath(responsible, namespaces=SPACE)) == (1, 0)
    assert "Contresigné par le délégant" in "".join(other.itertext())
    (proof,) = proofs(signing.house, act(signing), 2)
    assert proof["activity"]["coding"][0]["code"] == "verify"
    assert proof["agent"][0]["who"]["identifier"]["value"] == "99900002017"
    (event,) = [e for e in signing.house.found("AuditEvent") if e["subtype"][0]["code"] == "act-countersigned"]
    assert event["agent"][0]["who"]["identifier"]["value"] == "99900002017"
    signing.assert_proved()


@EMBEDDED
def test_a_version_corrected_after_that_is_not_countersigned_until_it_is_read(signing: Round) -> None:
    signing.drain()
    read(signing)
    correct(signing)
    signing.drain()
    header = etree.fromstring(documents(signing)[-1].cda or b"")
    assert header.find("v3:authenticator", SPACE) is None
    read(signing)
    assert act(signing)["meta"]["versionId"] == "4"
    signing.act = signing.act.replace("/_history/3", "/_history/4")
    signing.drain()
    header = etree.fromstring(documents(signing)[-1].cda or b"")
    assert header.find("v3:authenticator", SPACE) is not None
    # Each destination ends with one document, the last.
    assert [signing.places[place].shown for place in EVERYWHERE] == [[documents(signing)[-1].unique_id]] * 3
    signing.assert_proved()


@EMBEDDED
def test_by_default_reading_makes_no_version(round_: Round) -> None:
    round_.drain()
    assert read(round_)["businessStatus"]["coding"][0]["code"] == "acknowledged"
    assert act(round_)["meta"]["versionId"] == "1"
    assert len(envelopes(round_)) == 3


@EMBEDDED
def test_read_twice_is_countersigned_once(signing: Round) -> None:
    signing.drain()
    (task,) = signing.house.found("Task?code=acknowledge")
    bearer = token(signing.house, "99900002017")
    for _ in range(2):
        assert signing.house.fhir("POST", f"/Task/{task['id']}/$acknowledge", Authorization=bearer).status_code == 200
    assert act(signing)["meta"]["versionId"] == "2"
