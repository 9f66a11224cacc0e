"""An act that dispenses goes the whole way: the shared record and both boxes have a report that says what was handed over."""

from base64 import b64decode
from dataclasses import replace
from pathlib import Path

import requests
from lxml import etree

from service.outbox.envelope import State
from service.sandbox.server import Sandbox
from service.store import Store
from service.worker import Worker, compose
from tests.dispatch.correcting import documents
from tests.dispatch.round import DMP, DOCTOR, PATIENT, Round
from tests.dispensing import pharmacy, prescribed_and_dispensed
from tests.intake.correcting import WHY
from tests.mappings.pdf.test_report import words_of
from tests.waiting import PATIENCE

_SPACE = {"v3": "urn:hl7-org:v3"}
_SAID = (
    "Antibiotique (produit fictif)",
    "Remis le 02/10/2023 à 10:22\nQuantité (boîte) : 1\nSelon les consignes remises.",
)


def test_what_was_dispensed_is_in_the_report_that_everybody_has(store: Store, keys: Path) -> None:
    house = pharmacy(store, keys)
    act = house.post("acts", prescribed_and_dispensed()).json["act"]
    round_ = Round(house, f"{act}/_history/1")
    with Sandbox(clock=house.clock) as record:
        settings = replace(
            house.settings,
            dmp_repository=record.repository_url,
            dmp_registry=record.registry_url,
            dmp_patients=record.patients_url,
            mssante="{}:{}".format(*record.smtp_address),
        )
        dispatch = compose(settings, store, clock=house.clock, ids=house.ids)
        Worker(store, dispatch, settings, house.clock, house.ids).drain()
        assert len(round_.states()) == 3
        assert set(round_.states().values()) == {State.ACCEPTED}
        (unique_id,) = record.state.registry.unique_ids()
        cda = requests.get(f"{record.http_url}/registry/documents/{unique_id}", timeout=PATIENCE).content
    document = etree.fromstring(cda)
    (section,) = document.xpath("//v3:section[v3:title='Délivrances']", namespaces=_SPACE)
    (row,) = section.xpath("v3:text//v3:tr", namespaces=_SPACE)
    assert tuple("\n".join(cell.itertext()) for cell in row) == _SAID
    # No template nor code of the CI-SIS is known for it: words, and no more.
    assert section.xpath("v3:entry | v3:code | v3:templateId", namespaces=_SPACE) == []
    prescribed = document.xpath("//v3:section[v3:title='Prescriptions']//v3:entry", namespaces=_SPACE)
    assert len(prescribed) == 1
    # A pharmacist's report of a consultation: dispensing does not make it another document.
    assert document.xpath("string(/v3:ClinicalDocument/v3:code/@code)", namespaces=_SPACE) == "93024-8"
    (copy,) = document.xpath("//v3:observationMedia/v3:value", namespaces=_SPACE)
    printed = "".join(words_of(b64decode(copy.text)).split())
    assert "".join("".join(_SAID).split()) in printed
    round_.assert_proved()


def test_what_was_dispensed_told_right_replaces_the_report_wherever_it_is(store: Store, keys: Path) -> None:
    house = pharmacy(store, keys)
    told = prescribed_and_dispensed()
    act = house.post("acts", told).json["act"]
    round_ = Round(house, f"{act}/_history/1")
    round_.drain()
    told["dispenses"][0]["quantity"] = 2
    told["prescriptions"][0]["status"] = "stopped"
    answer = house.app.test_client().put(f"/records/acts/{act.partition('/')[2]}", json={"reason": WHY, "act": told})
    assert answer.status_code == 200, answer.text
    round_.act = f"{act}/_history/2"
    assert round_.drain() == 3
    first, second = documents(round_)
    for place in (DMP, DOCTOR, PATIENT):
        assert round_.places[place].shown == [second.unique_id]
        assert round_.places[place].replaced == [(), (first.unique_id,)]
    assert (second.set_id, second.version) == (first.set_id, 2)
    before, after = (etree.fromstring(one.cda) for one in (first, second))
    assert [_cells(one, "Délivrances") for one in (before, after)] == [
        list(_SAID),
        [_SAID[0], _SAID[1].replace(": 1", ": 2")],
    ]
    assert _cells(after, "Prescriptions") == ["Antibiotique", "Prescription arrêtée : elle n’est plus à suivre."]
    entries = [
        len(one.xpath("//v3:section[v3:title='Prescriptions']/v3:entry", namespaces=_SPACE)) for one in (before, after)
    ]
    assert entries == [1, 0], "software reads no entry of what is no longer to be followed"
    round_.assert_proved()


def _cells(document: etree._Element, title: str) -> list[str]:
    rows = document.xpath(f"//v3:section[v3:title='{title}']/v3:text//v3:tr", namespaces=_SPACE)
    return ["\n".join(cell.itertext()) for row in rows for cell in row]
