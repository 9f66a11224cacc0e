"""What HTTP adds: conditional reads, preferences, compression, sight, other origins (R4 4.0.1, http.html)."""

import gzip
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from mappings.fhir.json import dump, parse
from mappings.fhir.xml import resource_from_xml
from service.api.exchange import Call
from service.app import create_app
from tests.api.test_interactions import JSON, XML, body, number, patient, post, put
from tests.doors import House, outcome
from tests.waiting import PATIENCE

ORIGIN = "https://dossier.example"


# ── conditional reads ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"If-None-Match": 'W/"1"'}, 304),
        ({"If-None-Match": '"1"'}, 304),
        ({"If-None-Match": 'W/"7", W/"1"'}, 304),
        ({"If-None-Match": "*"}, 304),
        ({"If-None-Match": 'W/"2"'}, 200),
        ({"If-None-Match": 'W/"11"'}, 200),
        ({"If-Modified-Since": "Sat, 21 Nov 2026 09:00:00 GMT"}, 304),
        ({"If-Modified-Since": "Sat, 21 Nov 2026 10:00:00 +0100"}, 304),
        ({"If-Modified-Since": "Sat, 21 Nov 2026 08:59:59 GMT"}, 200),
        ({"If-Modified-Since": "hier"}, 200),
        ({"If-Modified-Since": "Sat, 21 Nov 2026 09:00:00 +999999999999999"}, 200),
        # The ETag decides where there is one.
        ({"If-Modified-Since": "Sat, 21 Nov 2026 09:00:00 GMT", "If-None-Match": 'W/"2"'}, 200),
    ],
)
def test_what_the_caller_has_is_not_sent_again(house: House, headers: dict[str, str], status: int) -> None:
    made = body(post(house, patient()))
    for url in (f"/fhir/Patient/{made['id']}", f"/fhir/Patient/{made['id']}/_history/1"):
        answer = house.client.get(url, headers=headers)
        assert answer.status_code == status
        assert answer.headers["ETag"] == 'W/"1"'
        assert bool(answer.data) == (status == 200)


# ── preferences ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("prefer", ["return=representation", "respond-async, return=representation", ""])
def test_the_resource_comes_back_unless_less_is_wanted(house: House, prefer: str) -> None:
    created = post(house, patient(), Prefer=prefer)
    assert created.data == house.client.get(created.headers["Location"]).data


def test_an_outcome_comes_back_when_it_is_wanted(house: House) -> None:
    for kind in (JSON, XML):
        created = post(house, patient(), Prefer='return="OperationOutcome"', Accept=kind)
        assert (created.status_code, body(created)["resourceType"]) == (201, "OperationOutcome")
    made = body(house.client.get(created.headers["Location"]))
    updated = put(house, made, Prefer="return=OperationOutcome")
    assert (updated.status_code, body(updated)["issue"][0]["code"]) == (200, "informational")


# ── conditional update ─────────────────────────────────────────────────────────────────────────────────────


def conditional(house: House, new: dict[str, Any], query: str, **headers: str) -> Any:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return house.client.put(f"/fhir/Patient?{query}", data=dump(new), content_type=JSON, headers=given)


def test_a_conditional_update_creates_updates_or_refuses(house: House) -> None:
    new = patient()
    created = conditional(house, new, number(new))
    assert created.status_code == 201
    made = body(created)
    again = conditional(house, new | {"birthDate": "1990-05-13"}, number(new))
    assert (again.status_code, again.headers["ETag"], body(again)["id"]) == (200, 'W/"2"', made["id"])
    by_id = conditional(house, body(again) | {"birthDate": "1990-05-14"}, number(new), If_Match='W/"2"')
    assert (by_id.status_code, by_id.headers["ETag"]) == (200, 'W/"3"')
    assert conditional(house, new | {"birthDate": "1990-05-15"}, number(new), If_Match='W/"2"').status_code == 412
    told = outcome(conditional(house, new | {"id": "autre"}, number(new)), 400)
    assert told.issue[0].expression == ["Patient.id"]
    other = patient()
    assert body(conditional(house, other | {"id": "choisi"}, number(other)))["id"] == "choisi"
    outcome(conditional(house, patient(), f"family={new['name'][0]['family']}"), 412)
    outcome(conditional(house, patient(), ""), 400)
    outcome(conditional(house, patient(), "inconnu=x"), 400)


def test_ids_are_ours_when_that_is_set(house: House) -> None:
    strict = create_app(replace(house.composition, settings=replace(house.settings, update_creates=0))).test_client()
    made = body(post(house, patient()))
    assert strict.put(f"/fhir/Patient/{made['id']}", data=dump(made), content_type=JSON).status_code == 200
    chosen = dump(patient() | {"id": "choisi"})
    answer = strict.put("/fhir/Patient/choisi", data=chosen, content_type=JSON)
    assert "POST" in outcome(answer, 405).issue[0].details.text
    outcome(strict.put(f"/fhir/Patient?{number(patient())}", data=chosen, content_type=JSON), 400)
    assert put(house, patient() | {"id": "choisi"}).status_code == 201


# ── compression ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_long_answer_is_compressed_for_who_takes_it(house: House) -> None:
    plain = house.client.get("/fhir/metadata")
    assert "Content-Encoding" not in plain.headers
    assert plain.headers["Vary"] == "Accept-Encoding"
    packed = house.client.get("/fhir/metadata", headers={"Accept-Encoding": "br, gzip;q=0.5"})
    assert (packed.headers["Content-Encoding"], packed.headers["Vary"]) == ("gzip", "Accept-Encoding")
    assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data) / 2
    assert parse(gzip.decompress(packed.data)) == parse(plain.data)
    for refused in ("gzip;q=0", "identity", "br"):
        answer = house.client.get("/fhir/metadata", headers={"Accept-Encoding": refused})
        assert "Content-Encoding" not in answer.headers


def test_a_compressed_body_is_taken(house: House) -> None:
    new = patient()
    headers = {"Content-Encoding": "gzip"}
    packed = gzip.compress(dump(new))
    answer = house.client.post("/fhir/Patient", data=packed, content_type=JSON, headers=headers)
    assert answer.status_code == 201
    before = house.state()
    for broken in (packed[:-4], packed + b"x", b"x" + packed, b"", dump(new)):
        outcome(house.client.post("/fhir/Patient", data=broken, content_type=JSON, headers=headers), 400)
    outcome(house.client.post("/fhir/Patient", data=packed, content_type=JSON, headers={"Content-Encoding": "br"}), 415)
    bomb = gzip.compress(b" " * 50_000_000)
    outcome(house.client.post("/fhir/Patient", data=bomb, content_type=JSON, headers=headers), 413)
    assert house.state() == before


# ── for the eye ────────────────────────────────────────────────────────────────────────────────────────────


def test_pretty_says_the_same(house: House) -> None:
    made = body(post(house, patient()))
    url = f"/fhir/Patient/{made['id']}"
    pretty = house.client.get(f"{url}?_pretty=true")
    assert pretty.text.count("\n") > 20
    assert parse(pretty.data) == made == parse(house.client.get(f"{url}?_pretty=false").data)
    assert json.loads(pretty.data) == made
    xml = house.client.get(f"{url}?_pretty=true&_format=xml")
    assert xml.text.count("\n") > 20
    assert resource_from_xml(xml.data) == made
    etree.fromstring(xml.data)
    assert house.client.get("/fhir/Patient/none?_pretty=true").text.count("\n") > 5


# ── other origins ──────────────────────────────────────────────────────────────────────────────────────────


def open_to(house: House, origins: str) -> Any:
    return create_app(replace(house.composition, settings=replace(house.settings, cors_origins=origins))).test_client()


def test_no_page_may_call_unless_it_is_set(house: House) -> None:
    for method in ("GET", "OPTIONS"):
        asked = {"Origin": ORIGIN, "Access-Control-Request-Method": "GET"}
        answer = house.client.open("/fhir/Patient", method=method, headers=asked)
        assert not [name for name in answer.headers.keys() if name.startswith("Access-Control")]


def test_a_page_of_an_origin_that_is_set_may_call(house: House) -> None:
    client = open_to(house, f"https://autre.example {ORIGIN}")
    asked = {"Origin": ORIGIN, "Access-Control-Request-Method": "PUT", "Authorization": "Bearer faux"}
    before = client.options("/fhir/Patient/x", headers=asked)
    assert (before.status_code, before.data) == (204, b"")
    assert before.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert {"PUT", "PATCH", "DELETE"} <= set(before.headers["Access-Control-Allow-Methods"].split(", "))
    assert "If-Match" in before.headers["Access-Control-Allow-Headers"]
    read = client.get("/fhir/Patient/none", headers={"Origin": ORIGIN})
    assert (read.status_code, read.headers["Access-Control-Allow-Origin"]) == (404, ORIGIN)
    assert "ETag" in read.headers["Access-Control-Expose-Headers"]
    assert "Origin" in read.headers["Vary"]
    assert "Access-Control-Allow-Credentials" not in read.headers
    for stranger in ("https://dossier.example.mal.example", "null", ""):
        headers = {"Origin": stranger, "Access-Control-Request-Method": "PUT"}
        for answer in (client.get("/fhir/metadata", headers=headers), client.options("/fhir/Patient", headers=headers)):
            assert "Access-Control-Allow-Origin" not in answer.headers
    anyone = open_to(house, "*").get("/fhir/metadata", headers={"Origin": "https://x.example"})
    assert anyone.headers["Access-Control-Allow-Origin"] == "*"


def test_a_setting_is_what_it_says(tmp_path: Path) -> None:
    from service.api.cors import origins_of

    assert origins_of("none") == origins_of("") == frozenset()
    assert origins_of("https://a.example  https://b.example") == {"https://a.example", "https://b.example"}


# ── bodies ─────────────────────────────────────────────────────────────────────────────────────────────────


class Slow:
    """A body whose bytes come when they may."""

    def __init__(self) -> None:
        self.asked, self.may_come = threading.Event(), threading.Event()

    def read(self, size: int) -> bytes:
        self.asked.set()
        assert self.may_come.wait(PATIENCE)
        return b"a" * size


def test_a_body_that_is_slow_to_come_holds_up_no_other(house: House) -> None:
    def call(stream: Slow) -> Call:
        environ = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": "3", "wsgi.input": stream}
        return Call(environ, house.composition)

    slow, quick = Slow(), Slow()
    quick.may_come.set()
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(lambda: call(slow).body)
        assert slow.asked.wait(PATIENCE)
        try:
            assert threads.submit(lambda: call(quick).body).result(PATIENCE) == b"aaa"
            assert not first.done()
        finally:
            slow.may_come.set()
        assert first.result(PATIENCE) == b"aaa"
