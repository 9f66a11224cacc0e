"""An export from request to files: asked for, done by the worker, read, and held to what its manifest says."""

import datetime as dt
from collections import Counter
from pathlib import Path
from typing import Any

from mappings.fhir.json import parse
from mappings.fhir.structure import check
from service.exporting.slices import Exporting
from tests.doors import NOW, House

ASYNC = {"Prefer": "respond-async", "Accept": "application/fhir+json"}
Json = dict[str, Any]


def worker(house: House, now: dt.datetime = NOW) -> Exporting:
    return Exporting(
        house.store, Path(house.settings.exports), dt.timedelta(hours=24), lambda: now, house.composition.ids
    )


def path(url: str) -> str:
    assert url.startswith("http://localhost/fhir/")
    return url.removeprefix("http://localhost")


def kick_off(house: House, address: str = "$export", **headers: str) -> str:
    """The address of the status."""
    answer = house.client.get(f"/fhir/{address}", headers={**ASYNC, **headers})
    assert answer.status_code == 202, answer.text
    assert check(parse(answer.data)) == []
    return path(answer.headers["Content-Location"])


def manifest(house: House, status: str, **headers: str) -> Json:
    answer = house.client.get(status, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "application/json"
    told: Json = answer.get_json()
    assert set(told) == {"transactionTime", "request", "requiresAccessToken", "output", "deleted", "error"}
    return told


def lines(house: House, told: Json, kind: str = "output", **headers: str) -> list[Json]:
    """Every resource of the files; each file is held to what the manifest says of it."""
    found = []
    for each in told[kind]:
        answer = house.client.get(path(each["url"]), headers={"Accept": "application/fhir+ndjson", **headers})
        assert (answer.status_code, answer.mimetype) == (200, "application/fhir+ndjson"), answer.text
        assert answer.headers["Content-Length"] == str(len(answer.data))
        some = [parse(line) for line in answer.data.splitlines()]
        assert {one["resourceType"] for one in some} == {each["type"]}
        assert len(some) == each["count"]
        found += some
    return found


def exported(house: House, address: str = "$export") -> list[Json]:
    status = kick_off(house, address)
    assert worker(house).turn()
    return lines(house, manifest(house, status))


def keys(resources: list[Json]) -> Counter[tuple[str, str]]:
    """Of all but the events that exports leave themselves (``test_export_audit``)."""
    return Counter((resource["resourceType"], resource["id"]) for resource in resources if not of_an_export(resource))


def of_an_export(resource: Json) -> bool:
    return resource["resourceType"] == "AuditEvent" and bool(resource["type"]["code"] == "110106")


def on_record(house: House) -> Counter[tuple[str, str]]:
    statement = parse(house.client.get("/fhir/metadata").data)
    found: Counter[tuple[str, str]] = Counter()
    for each in statement["rest"][0]["resource"]:
        answer = parse(house.client.get(f"/fhir/{each['type']}?_count=500").data)
        found += keys([entry["resource"] for entry in answer.get("entry", ())])
    return found


def done(house: House, address: str) -> str:
    status = kick_off(house, address)
    assert worker(house).turn()
    return status
