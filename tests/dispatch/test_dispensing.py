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
from tests.dispatch.round import Round
from tests.dispensing import pharmacy, prescribed_and_dispensed
from tests.mappings.pdf.test_report import words_of

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
        cda = requests.get(f"{record.http_url}/registry/documents/{unique_id}", timeout=5).content
    document = etree.fromstring(cda)
    namespaces = {"v3": "urn:hl7-org:v3"}
    (section,) = document.xpath("//v3:section[v3:title='Délivrances']", namespaces=namespaces)
    (row,) = section.xpath("v3:text//v3:tr", namespaces=namespaces)
    assert tuple("\n".join(cell.itertext()) for cell in row) == _SAID
    # No template nor code of the CI-SIS is known for it: words, and no more.
    assert section.xpath("v3:entry | v3:code | v3:templateId", namespaces=namespaces) == []
    prescribed = document.xpath("//v3:section[v3:title='Prescriptions']//v3:entry", namespaces=namespaces)
    assert len(prescribed) == 1
    # A pharmacist's report of a consultation: dispensing does not make it another document.
    assert document.xpath("string(/v3:ClinicalDocument/v3:code/@code)", namespaces=namespaces) == "93024-8"
    (copy,) = document.xpath("//v3:observationMedia/v3:value", namespaces=namespaces)
    printed = "".join(words_of(b64decode(copy.text)).split())
    assert "".join("".join(_SAID).split()) in printed
    round_.assert_proved()
