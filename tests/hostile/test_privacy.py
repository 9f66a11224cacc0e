"""INV-18: nobody's name, number, address or exam in a log, an error, a header or an address.

The canaries go through the good way and through every refusal; the ear is on the root logger at its most talkative,
on stdout and on stderr.
"""

import io
import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from werkzeug.test import TestResponse

from mappings.fhir.json import dump, parse
from mappings.fhir.xml import resource_to_xml
from service.clients import CLIENTS
from service.demonstration import people, records
from service.sandbox.server import Sandbox
from service.worker import Worker
from service.worker import compose as compose_worker
from tests.doors import DELEGATOR, House, act, transaction
from tests.hostile.test_doors import spoilt_everywhere
from tests.mappings.fhir.mutations import added, places, replaced

Json = dict[str, Any]
#: Nothing that an element, a code or an identifier of ours could be called.
CANARY = "TEST-CANARI 7F3A"
EXAM, CONCLUSION = "Glissade sur un CANARI-EXAMEN", "Entorse bénigne du CANARI-CONCLUSION"
#: What the demonstration patient is known by, and where letters about them go.
OF_A_PERSON = (
    "TILLEUL",
    "SAULE",
    "CAMILLE",
    "292043899900158",
    "1992-04-14",
    "PAT-0001",
    "@patient.mssante.fr",
    "antoine.weber-fictif",
    "MOREL-FICTIF",
)
CANARIES = (*OF_A_PERSON, CANARY, "CANARI-EXAMEN", "CANARI-CONCLUSION")


def silent(text: str) -> None:
    for canary in CANARIES:
        assert canary.lower() not in text.lower(), canary


def addressed(answer: TestResponse) -> str:
    """All of an answer that travels in the open: its headers."""
    return "\n".join(f"{name}: {value}" for name, value in answer.headers)


def told(**changes: Any) -> Json:
    record = act(conclusion=CONCLUSION, **changes)
    return record | {"exam": record["exam"] | {"circonstances": EXAM}}


@pytest.fixture
def alone(nothing_is_called: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """For what does call somebody."""
    monkeypatch.undo()


def test_the_good_way_is_silent(house: House, heard: io.StringIO, capsys: pytest.CaptureFixture[str]) -> None:
    answer = house.client.post("/records/acts", json=told())
    assert answer.status_code == 201
    silent(answer.text + addressed(answer))
    made = answer.get_json()
    bundle = house.client.post("/fhir", data=dump(transaction(house, told())), content_type="application/fhir+json")
    assert bundle.status_code == 200
    silent(bundle.text + addressed(bundle))
    for url in (
        "/fhir/Patient?identifier=292043899900158",
        "/fhir/Patient?family=TEST-TILLEUL&birthdate=1992-04-14",
        f"/fhir/{made['act']}",
        f"/fhir/{made['act']}/$trace",
        f"/fhir/{made['act']}/_history",
        f"/fhir/{made['tasks'][0]}",
        f"/fhir/{made['provenance']}",
        "/fhir/Provenance/$verify-chain",
        "/metrics",
    ):
        read = house.client.get(url)
        assert read.status_code == 200
        silent(addressed(read))
        silent("\n".join(addresses(parse(read.data))) if read.mimetype == "application/fhir+json" else read.text)
    done = house.client.post(f"/fhir/{made['tasks'][0]}/$acknowledge", headers=house.token(DELEGATOR))
    assert done.status_code == 200
    out, err = capsys.readouterr()
    silent(heard.getvalue() + out + err)


def addresses(node: Any) -> Iterator[str]:
    """Every address in an answer: links, full URLs, locations, literal references."""
    if isinstance(node, dict):
        for name, value in node.items():
            if name in ("url", "fullUrl", "location", "reference") and isinstance(value, str):
                yield value
            else:
                yield from addresses(value)
    elif isinstance(node, list):
        for value in node:
            yield from addresses(value)


DOORS = {
    "enrolments": lambda: records("enrolments")[0],
    "consents": lambda: records("consents")[0],
    "inclusions": lambda: records("inclusions")[0],
    "acts": told,
}


@pytest.mark.usefixtures("alone")  # an enrolment without a mailbox asks the directory
@pytest.mark.parametrize("door", DOORS)
def test_no_refusal_of_a_record_repeats_it(
    shared: House, heard: io.StringIO, capsys: pytest.CaptureFixture[str], door: str
) -> None:
    refused = 0
    for spoilt in spoilt_everywhere(DOORS[door](), (CANARY, [CANARY], {CANARY: CANARY}, 5), (CANARY,)):
        answer = shared.client.post(f"/records/{door}", json=spoilt)
        if answer.status_code >= 400:
            refused += 1
            silent(answer.text)
        silent(addressed(answer))
    assert refused > 20
    out, err = capsys.readouterr()
    silent(heard.getvalue() + out + err)


@pytest.mark.parametrize("kind", ["application/fhir+json", "application/fhir+xml"])
def test_no_refusal_of_a_transaction_repeats_it(
    shared: House, heard: io.StringIO, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    good = transaction(shared, told())
    refused = 0
    for place in itertools.islice(places(good), 0, None, 2):
        spoilt = replaced(good, place, CANARY)
        try:
            body = dump(spoilt) if kind.endswith("json") else resource_to_xml(spoilt)
        except (KeyError, ValueError, TypeError, AttributeError):
            continue  # what XML cannot say
        answer = shared.client.post("/fhir", data=body, content_type=kind)
        if answer.status_code >= 400:
            refused += 1
            silent(answer.text)
        silent(addressed(answer))
    assert refused > 20
    if kind.endswith("json"):
        for place in places(good):
            here = good
            for key in place:
                here = here[key]  # type: ignore[index]
            if isinstance(here, dict):
                spoilt = added(good, place, CANARY, CANARY)
                answer = shared.client.post("/fhir", data=dump(spoilt), content_type=kind)
                assert answer.status_code >= 400
                silent(answer.text)
    out, err = capsys.readouterr()
    silent(heard.getvalue() + out + err)


def test_nothing_that_is_asked_is_repeated(
    shared: House, heard: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = CANARY.replace(" ", "%20")
    answers = [
        shared.client.get(url)
        for url in (
            f"/fhir/Patient?{asked}=1",
            f"/fhir/Patient?family={asked}",
            f"/fhir/Patient?birthdate={asked}",
            f"/fhir/Patient?family:{asked}=x",
            f"/fhir/Patient?_sort={asked}",
            f"/fhir/Patient?_count={asked}",
            f"/fhir/Patient?_format={asked}",
            f"/fhir/Patient/{asked}",
            f"/fhir/{asked}",
            f"/fhir//{asked}",
            f"/records/{asked}",
            f"/{asked}",
            f"/fhir/Provenance/$verify-chain?organization={asked}",
            "/fhir/Patient?identifier=292043899900158&family=TEST-TILLEUL&foo=x",
        )
    ]
    answers += [
        shared.client.post("/records/acts", json={}, headers={name: CANARY})
        for name in (
            "Idempotency-Key",
            "If-None-Exist",
            "If-Match",
            "Prefer",
            "Authorization",
            "Accept",
            "Content-Type",
        )
    ]
    answers += [
        shared.client.post("/fhir/Patient/_search", data={"family": CANARY, CANARY: "x"}),
        shared.client.post("/fhir/Patient/_search", data={"family": "TEST-TILLEUL"}),
    ]
    for answer in answers:
        silent(addressed(answer))
        if answer.mimetype == "application/fhir+json" and parse(answer.data)["resourceType"] == "Bundle":
            silent("\n".join(addresses(parse(answer.data))))
        else:
            silent(answer.text)
    out, err = capsys.readouterr()
    silent(heard.getvalue() + out + err)


class Quoting(Exception):
    """A defect whose text quotes what was sent."""


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("destinations", ["listening", "away", "broken"])
def test_the_worker_is_silent(
    house: House,
    heard: io.StringIO,
    capsys: pytest.CaptureFixture[str],
    destinations: str,
) -> None:
    assert house.client.post("/records/acts", json=told()).status_code == 201
    settings = replace(house.settings, attempt_seconds=2)
    with Sandbox(people=people(), directory_key="demonstration") as sandbox:
        if destinations == "listening":
            settings = replace(
                settings,
                dmp_repository=sandbox.repository_url,
                dmp_registry=sandbox.registry_url,
                dmp_patients=sandbox.patients_url,
                mssante="{}:{}".format(*sandbox.smtp_address),
            )
        dispatch = compose_worker(settings, house.store, clock=house.composition.clock, ids=house.composition.ids)
        if destinations == "broken":

            class Broken:
                def look_up(self, *_: Any) -> Any:
                    raise Quoting(CANARIES)

                send = look_up

            dispatch = replace(dispatch, clients=dict.fromkeys(CLIENTS, Broken()))
        worker = Worker(house.store, dispatch, settings, house.composition.clock, house.composition.ids)
        assert worker.drain() == 3
    out, err = capsys.readouterr()
    assert heard.getvalue().count("INFO service envelope") + heard.getvalue().count("ERROR service envelope") == 3
    silent(heard.getvalue() + out + err)
