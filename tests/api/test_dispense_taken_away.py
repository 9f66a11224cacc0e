"""A dispensing leaves with the record of its patient, and is seen by the structures that see its act."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.scoping.sight import Sight
from service.store import Store, open_store
from tests.api.exports import ASYNC, path, worker
from tests.dispensing import act_record, pharmacy, recorded
from tests.house import House

HERE, THERE = "380999990", "380999982"
UNSHARED = {"dmp": True, "patient_mailbox": True, "professional_mailbox": False}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'binome.sqlite'}", test=True)
    yield opened
    opened.close()


def exported(house: House, address: str) -> list[str]:
    """The lines of every file, as bytes of JSON."""
    status = path(house.client.get(f"/fhir/{address}", headers=ASYNC).headers["Content-Location"])
    assert worker(house, house.clock()).turn()  # type: ignore[arg-type]  # another house, with the same store and settings
    files = house.client.get(status).get_json()["output"]
    return [line for each in files for line in house.client.get(path(each["url"])).text.splitlines()]


def test_it_is_exported_with_its_patient(store: Store, tmp_path: Path) -> None:
    house = pharmacy(store, tmp_path)
    (dispense,) = recorded(house, act_record())["MedicationDispense"]
    (patient,) = house.found("Patient")
    (line,) = exported(house, "Patient/$export?_type=MedicationDispense")
    assert f'"id":"{dispense["id"]}"' in line
    assert f"Patient/{patient['id']}" in line
    group = house.found("CareTeam")[0]["id"]
    kept = exported(house, f"Group/{group}/$export?_type=MedicationDispense,Procedure")
    assert [f'"id":"{dispense["id"]}"' in one for one in kept].count(True) == 1


@pytest.mark.parametrize(
    ("sharing", "elsewhere"), [(UNSHARED, False), (UNSHARED | {"professional_mailbox": True}, True)]
)
def test_another_structure_sees_it_when_the_patient_shares(
    store: Store, tmp_path: Path, sharing: dict[str, bool], elsewhere: bool
) -> None:
    house = pharmacy(store, tmp_path, sharing=sharing)
    (dispense,) = recorded(house, act_record())["MedicationDispense"]
    version = store.read("MedicationDispense", dispense["id"])
    assert version is not None
    assert Sight(store, HERE).sees(version)
    assert Sight(store, THERE).sees(version) is elsewhere
