"""A pharmacist of 2023 who dispenses: the people of the scenario, and its act with other words."""

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from service.store import Store, open_store
from tests.house import ROOT, House, Json

SCENARIO = ROOT / "fixtures" / "scenarios" / "delivrance-antibiotique"
DISPENSE = "odyno-antibiotique-delivrance"
DELEGATEE, DELEGATOR = "99900001126", "99900002017"


def record(name: str) -> Json:
    told: Json = json.loads((SCENARIO / f"{name}.json").read_text(encoding="utf-8"))
    return told


def enrolled(house: House, **consent: Any) -> House:
    """The house with the pharmacist, the délégant, the consent and the inclusion of the scenario."""
    for number, door in ((1, "enrolments"), (3, "enrolments"), (5, "consents"), (7, "inclusions")):
        said = record(f"{number}-request-{door}") | (consent if door == "consents" else {})
        answer = house.post(door, said)
        assert answer.status_code in (200, 201), answer.json
    return house


def pharmacy(store: Store, folder: Path, **consent: Any) -> House:
    return enrolled(House(store, folder, people=0, exports=str(folder / "exports")), **consent)


def act_record(**changes: Any) -> Json:
    """The act of the scenario, that dispenses and prescribes nothing."""
    return deepcopy(record("9-request")) | changes


def prescribed_and_dispensed(**changes: Any) -> Json:
    """The antibiotic prescribed on behalf of the délégant, and dispensed for that prescription."""
    (dispense,) = act_record()["dispenses"]
    said = {"prescriptions": [{"activity": "odyno-antibiotique"}], "dispenses": [dispense | {"prescription": 1}]}
    return act_record(**said | changes)


def recorded(house: House, told: Json) -> dict[str, list[Json]]:
    """What an accepted act is made of, by type."""
    answer = house.post("acts", told)
    assert answer.status_code == 201, answer.json
    found: dict[str, list[Json]] = {}
    for reference in answer.json["resources"]:
        resource = house.fhir("GET", f"/{reference.partition('/_history/')[0]}").json
        found.setdefault(resource["resourceType"], []).append(resource)
    return found


def as_transaction(resources: dict[str, list[Json]]) -> Json:
    """What is on record as a FHIR client would have sent it: no ids of the act, no meta of the server."""
    own = [one for some in resources.values() for one in some]
    text = json.dumps(own)
    for number, one in enumerate(own):
        urn = f"urn:uuid:{number:08d}-0000-4000-8000-000000000000"
        text = text.replace(f'"{one["resourceType"]}/{one["id"]}"', f'"{urn}"')
    entries = []
    for number, one in enumerate(json.loads(text)):
        del one["id"]
        meta = {key: value for key, value in one.pop("meta").items() if key in ("profile", "security")}
        entries.append(
            {
                "fullUrl": f"urn:uuid:{number:08d}-0000-4000-8000-000000000000",
                "resource": one | ({"meta": meta} if meta else {}),
                "request": {"method": "POST", "url": one["resourceType"]},
            }
        )
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


@pytest.fixture(scope="module")
def refusing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One house for every request that leaves nothing."""
    folder = tmp_path_factory.mktemp("refusing")
    opened = open_store(f"sqlite:///{folder / 'binome.sqlite'}", test=True)
    yield pharmacy(opened, folder)
    opened.close()


@pytest.fixture(scope="module")
def transaction(tmp_path_factory: pytest.TempPathFactory) -> Json:
    """The act as a FHIR client sends it."""
    folder = tmp_path_factory.mktemp("told")
    opened = open_store(f"sqlite:///{folder / 'binome.sqlite'}", test=True)
    told = as_transaction(recorded(pharmacy(opened, folder), prescribed_and_dispensed()))
    opened.close()
    return told
